#include "runtime/cluster/cluster_service.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <set>
#include <thread>

#include "base/limits.h"
#include "runtime/cluster/listing.h"
#include "runtime/cluster/router.h"
#include "runtime/cluster/shard_mover.h"
#include "runtime/core/log.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"

namespace flow::cluster {

namespace {

using namespace service;
using std::chrono::milliseconds;

Fault unreadable() {
  return {Problem::internal, {ErrorCode::internal, "a node's message cannot be read"}};
}

Fault stopping() {
  return {Problem::shutting_down, {ErrorCode::unavailable, "this flowd is shutting down; try again"}, 1000};
}

// An answer in the form of the wire, as a value.
template <typename T>
Answered decoded(Done<T> done) {
  return [done = std::move(done)](Outcome<std::string> answer) mutable {
    if (!answer) return done(std::unexpected(std::move(answer.error())));
    auto value = decode<T>(*answer);
    if (!value) return done(std::unexpected(unreadable()));
    done(std::move(*value));
  };
}

template <typename T>
Done<T> encoded(Answered done) {
  return [done = std::move(done)](Outcome<T> value) mutable {
    if (!value) return done(std::unexpected(std::move(value.error())));
    done(encode(*value));
  };
}

// Whether another node is to be asked. Nothing was done here, then.
bool elsewhere(const Fault& fault) {
  return fault.problem == Problem::not_owner && fault.slot.has_value();
}

class Cluster final : public ClusterService {
 public:
  explicit Cluster(ClusterParts parts)
      : parts_(std::move(parts)),
        router_(std::make_shared<Router>(
            RouterParts{parts_.membership, parts_.peers,
                        [this](Call call, Answered done) { serve(std::move(call), std::move(done)); }, parts_.metrics},
            parts_.membership.lease() + milliseconds(2000))),
        mover_(parts_.open_shard, parts_.close_shard) {
    parts_.membership.watch({.take = [this](store::SlotRange slots) { mover_.take(slots); },
                             .give_back = [this](store::SlotRange slots) { mover_.give_back(slots); },
                             .changed = [this] { view_changed(); }});
  }
  ~Cluster() override { stop(milliseconds(0)); }

  void deploy(std::string bundle, Done<DeployAnswer> done) override {
    parts_.local.deploy(std::move(bundle), everywhere(std::move(done)));
  }
  void bundles(Done<std::vector<BundleView>> done) override { parts_.local.bundles(std::move(done)); }
  void publish(std::string flow, std::string bundle, Done<PublishedFlow> done) override {
    parts_.local.publish(std::move(flow), std::move(bundle), everywhere(std::move(done)));
  }
  void unpublish(std::string flow, Done<PublishedFlow> done) override {
    parts_.local.unpublish(std::move(flow), everywhere(std::move(done)));
  }
  void published(Done<std::vector<PublishedFlow>> done) override { parts_.local.published(std::move(done)); }

  void start(StartRequest request, Done<StartAnswer> done) override;
  void start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) override;
  void signal(core::ExecutionId execution, std::string name, Done<SignalAnswer> done) override {
    parts_.local.signal(execution, name, or_elsewhere(execution.slot(), std::move(done), [execution, name] {
                          return Call{Verb::signal, encode(SignalCall{execution, name})};
                        }));
  }
  void receipt(ReceiptReport report, Done<ReceiptVerdict> done) override {
    parts_.local.receipt(report, or_elsewhere(report.execution.slot(), std::move(done),
                                              [report] { return Call{Verb::receipt, encode(report)}; }));
  }
  void child_ended(core::ExecutionId execution, std::uint32_t operation, Done<bool> done) override {
    parts_.local.child_ended(execution, operation,
                             or_elsewhere(execution.slot(), std::move(done), [execution, operation] {
                               return Call{Verb::child_ended, encode(ChildEndedCall{execution, operation})};
                             }));
  }
  void inbound(InboundMessage message, Done<InboundVerdict> done) override {
    parts_.local.inbound(message, or_elsewhere(core::slot_of(message.sender), std::move(done),
                                               [message] { return Call{Verb::inbound, encode(message)}; }));
  }
  void contact(ContactRequest request, Done<ContactAnswer> done) override {
    parts_.local.contact(request, or_elsewhere(core::slot_of(request.address), std::move(done),
                                               [request] { return Call{Verb::contact, encode(request)}; }));
  }
  void inspect(core::ExecutionId execution, Done<RawView> done) override {
    parts_.local.inspect(execution, or_elsewhere(execution.slot(), std::move(done),
                                                 [execution] { return Call{Verb::inspect, encode(execution)}; }));
  }
  void read(core::ExecutionId execution, Done<ExecutionView> done) override {
    inspect(execution, [done = std::move(done)](Outcome<RawView> raw) mutable {
      if (!raw) return done(std::unexpected(std::move(raw.error())));
      done(std::move(raw->view));
    });
  }
  void erase_party(std::string e164, Done<EraseAnswer> done) override {
    parts_.local.erase_party(
        e164, or_elsewhere(core::slot_of(e164), std::move(done), [e164] { return Call{Verb::erase, encode(e164)}; }));
  }
  void list(ListQuery query, Done<ListPage> done) override;
  void shards(Done<std::vector<ShardView>> done) override;

  std::vector<MetricSample> metrics() const override { return parts_.local.metrics(); }
  bool ready() const override {
    return parts_.local.ready() && parts_.membership.connected() && !stopping_ && has_joined();
  }

  void answer_peer(std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done) override;
  void lost(store::SlotRange slots) override { mover_.lost(slots); }
  void stop(milliseconds most) override;

 private:
  struct Announcement {  // a change of the registry, until every node has read it
    std::uint64_t version = 0;
    std::uint64_t generation = 0;  // a view that was read after the change
    milliseconds until{};
    std::move_only_function<void()> done;
  };

  // For calls that may be repeated: when this node does not have the slot, or lost it meanwhile, its owner is asked.
  template <typename T, typename MakeCall>
  Done<T> or_elsewhere(std::uint8_t slot, Done<T> done, MakeCall make_call) {
    return [this, slot, done = std::move(done), make_call = std::move(make_call)](Outcome<T> answer) mutable {
      if (answer || answer.error().problem != Problem::not_owner) return done(std::move(answer));
      router_->to_slot(slot, make_call(), decoded<T>(std::move(done)));
    };
  }
  template <typename T>
  Done<T> everywhere(Done<T> done);
  // The others wait for this node when they change the registry, and it has read what was changed before.
  bool has_joined() const {
    if (!joined_ && parts_.membership.view()->generation > 0) {
      joined_ = parts_.registry.read_version() >= parts_.registry.version();
    }
    return joined_;
  }
  void serve(Call call, Answered done);
  void view_changed();
  void settle_announcements();
  std::vector<store::ClusterNode> others() const;

  const ClusterParts parts_;
  std::shared_ptr<Router> router_;
  ShardMover mover_;
  std::mutex mutex_;
  std::vector<Announcement> announcements_;
  std::atomic<bool> stopping_{false};
  mutable std::atomic<bool> joined_{false};
};

// ---- What any node may be asked

// An answer that is given when every node that lives has read the registry's change, so that the next request sees it
// wherever it goes. A node that does not read is over within a lease.
template <typename T>
Done<T> Cluster::everywhere(Done<T> done) {
  return [this, done = std::move(done)](Outcome<T> outcome) mutable {
    if (!outcome) return done(std::move(outcome));
    Announcement announcement;
    announcement.version = parts_.registry.version();
    // The next view may have been asked for before, and lack a node that has joined meanwhile.
    announcement.generation = parts_.membership.view()->generation + 2;
    announcement.until = parts_.peers.now() + 2 * parts_.membership.lease();
    announcement.done = [done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); };
    {
      const std::scoped_lock lock(mutex_);
      announcements_.push_back(std::move(announcement));
    }
    settle_announcements();
  };
}

void Cluster::settle_announcements() {
  const auto view = parts_.membership.view();
  const auto now = parts_.peers.now();
  std::vector<std::move_only_function<void()>> ready;
  bool look = false;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(announcements_, [&](Announcement& each) {
      const bool fresh = view->generation >= each.generation;
      const bool read = fresh && std::ranges::all_of(view->nodes, [&](const store::ClusterNode& node) {
                          return node.id == view->self || !node.alive || node.registry >= each.version;
                        });
      if (!read && now < each.until && !stopping_) {
        look = look || !fresh;
        return false;
      }
      ready.push_back(std::move(each.done));
      return true;
    });
  }
  if (look) parts_.membership.look();
  for (auto& done : ready) done();
}

void Cluster::start(StartRequest request, Done<StartAnswer> done) {
  StartRequest kept = request;
  parts_.local.start(
      std::move(request), [this, kept = std::move(kept), done = std::move(done)](Outcome<StartAnswer> answer) mutable {
        if (answer || answer.error().problem != Problem::not_owner) return done(std::move(answer));
        const bool keyed = !kept.idempotency_key.empty();
        if (!elsewhere(answer.error()) && !keyed) {
          // The shard was lost while it was being done.
          return done(std::unexpected(
              Fault{Problem::storage_failed,
                    {ErrorCode::unavailable,
                     "the execution's shard was lost to another node while it began; whether it did is not known"},
                    1000}));
        }
        // Without a key of the caller's it gets one of ours: what is tried again must not begin twice.
        if (!keyed) kept.idempotency_key = "flowd " + crypto::base64url(crypto::random_bytes(18));
        const std::uint8_t slot = answer.error().slot.value_or(0);
        router_->to_slot(slot, {Verb::start, encode(kept)},
                         decoded<StartAnswer>([keyed, done = std::move(done)](Outcome<StartAnswer> forwarded) mutable {
                           if (forwarded && !keyed) forwarded->repeated = false;
                           done(std::move(forwarded));
                         }));
      });
}

void Cluster::start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) {
  if (requests.size() > limits::kBatchStartsMax) return parts_.local.start_batch(std::move(requests), std::move(done));
  struct Gather {
    std::vector<Outcome<StartAnswer>> answers;
    std::atomic<std::size_t> missing;
    Done<std::vector<Outcome<StartAnswer>>> done;
  };
  const std::size_t count = requests.size();
  if (count == 0) return done(std::vector<Outcome<StartAnswer>>{});
  auto gather = std::make_shared<Gather>(std::vector<Outcome<StartAnswer>>(count), count, std::move(done));
  for (std::size_t i = 0; i < count; ++i) {
    start(std::move(requests[i]), [gather, i](Outcome<StartAnswer> answer) {
      gather->answers[i] = std::move(answer);
      if (gather->missing.fetch_sub(1, std::memory_order_acq_rel) == 1) gather->done(std::move(gather->answers));
    });
  }
}

std::vector<store::ClusterNode> Cluster::others() const {
  const auto view = parts_.membership.view();
  std::vector<store::ClusterNode> nodes;
  for (const store::ClusterNode& node : view->nodes) {
    if (node.alive && node.id != view->self) nodes.push_back(node);
  }
  return nodes;
}

void Cluster::list(ListQuery query, Done<ListPage> done) {
  list_everywhere(
      std::move(query),
      [this](ListQuery part, Done<ListPage> answered) { parts_.local.list(std::move(part), std::move(answered)); },
      [this](const store::ClusterNode& node, const ListQuery& part, Done<ListPage> answered) {
        router_->to_node(node, {Verb::list, encode(part)}, decoded<ListPage>(std::move(answered)));
      },
      others(), std::move(done));
}

void Cluster::shards(Done<std::vector<ShardView>> done) {
  using Views = std::vector<ShardView>;
  gather<Views>(
      others(), [this](Done<Views> answered) { parts_.local.shards(std::move(answered)); },
      [this](const store::ClusterNode& node, Done<Views> answered) {
        router_->to_node(node, {Verb::shards, ""}, decoded<Views>(std::move(answered)));
      },
      [done = std::move(done)](Outcome<std::vector<Views>> parts) mutable {
        if (!parts) return done(std::unexpected(std::move(parts.error())));
        Views all;
        for (const Views& some : *parts) all.insert(all.end(), some.begin(), some.end());
        std::ranges::sort(all, {}, &ShardView::first_slot);
        done(std::move(all));
      });
}

// ---- What this node is asked as the owner

void Cluster::serve(Call call, Answered done) {
  const auto bad = [&] { done(std::unexpected(unreadable())); };
  switch (call.verb) {
    case Verb::start:
      if (auto value = decode<StartRequest>(call.body)) {
        return parts_.local.start(std::move(*value), encoded<StartAnswer>(std::move(done)));
      }
      return bad();
    case Verb::signal:
      if (auto value = decode<SignalCall>(call.body)) {
        return parts_.local.signal(value->execution, std::move(value->name), encoded<SignalAnswer>(std::move(done)));
      }
      return bad();
    case Verb::receipt:
      if (auto value = decode<ReceiptReport>(call.body)) {
        return parts_.local.receipt(std::move(*value), encoded<ReceiptVerdict>(std::move(done)));
      }
      return bad();
    case Verb::inbound:
      if (auto value = decode<InboundMessage>(call.body);
          value && static_cast<std::size_t>(value->reply.kind) < program::kReplyKinds) {
        return parts_.local.inbound(std::move(*value), encoded<InboundVerdict>(std::move(done)));
      }
      return bad();
    case Verb::contact:
      if (auto value = decode<ContactRequest>(call.body)) {
        return parts_.local.contact(std::move(*value), encoded<ContactAnswer>(std::move(done)));
      }
      return bad();
    case Verb::child_ended:
      if (const auto value = decode<ChildEndedCall>(call.body)) {
        return parts_.local.child_ended(value->execution, value->operation, encoded<bool>(std::move(done)));
      }
      return bad();
    case Verb::inspect:
      if (const auto value = decode<core::ExecutionId>(call.body)) {
        return parts_.local.inspect(*value, encoded<RawView>(std::move(done)));
      }
      return bad();
    case Verb::erase:
      if (auto value = decode<std::string>(call.body)) {
        return parts_.local.erase_party(std::move(*value), encoded<EraseAnswer>(std::move(done)));
      }
      return bad();
    case Verb::list:
      if (auto value = decode<ListQuery>(call.body)) {
        return parts_.local.list(std::move(*value), encoded<ListPage>(std::move(done)));
      }
      return bad();
    case Verb::shards:
      return parts_.local.shards(encoded<std::vector<ShardView>>(std::move(done)));
  }
  bad();
}

void Cluster::answer_peer(std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done) {
  auto decoded_calls = decode_calls(calls);
  if (!decoded_calls || decoded_calls->empty()) return done(std::nullopt);
  struct Gather {
    std::vector<Outcome<std::string>> answers;
    std::atomic<std::size_t> missing;
    std::move_only_function<void(std::optional<std::string>)> done;
  };
  const std::size_t count = decoded_calls->size();
  auto gather = std::make_shared<Gather>(std::vector<Outcome<std::string>>(count), count, std::move(done));
  for (std::size_t i = 0; i < count; ++i) {
    serve(std::move((*decoded_calls)[i]), [gather, i](Outcome<std::string> answer) {
      gather->answers[i] = std::move(answer);
      if (gather->missing.fetch_sub(1, std::memory_order_acq_rel) == 1) gather->done(encode_answers(gather->answers));
    });
  }
}

// ---- Coming and going

void Cluster::view_changed() {
  router_->view_changed();
  settle_announcements();
}

void Cluster::stop(milliseconds most) {
  if (stopping_.exchange(true)) return;
  if (most.count() > 0) {
    parts_.membership.drain();
    mover_.wait_until_empty(most);
  }
  parts_.membership.unwatch();
  mover_.stop();
  router_->close(stopping());
  settle_announcements();
}

}  // namespace

std::unique_ptr<ClusterService> ClusterService::join(ClusterParts parts) {
  return std::make_unique<Cluster>(std::move(parts));
}

}  // namespace flow::cluster
