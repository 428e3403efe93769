// What is asked of the service: each finds the shard that has it.
#include <atomic>
#include <memory>
#include <utility>

#include "runtime/service/local.h"

namespace flow::service {

void Local::start(StartRequest request, Done<StartAnswer> done) {
  if (!takes(done)) return;
  const auto refuse = [&](Fault why) {
    metrics_
        .counter("flow_starts_refused_total", "Starts that were refused",
                 {{"problem", std::string(to_string(why.problem))}})
        .add();
    done(std::unexpected(std::move(why)));
  };
  if (!request.child) {
    if (auto why = check_start(request)) return refuse(*std::move(why));
  }
  const auto directory = bundles_.directory();
  const KnownBundle* bundle =
      request.child ? directory->bundle(request.child->bundle) : directory->published_bundle(request.flow);
  if (bundle == nullptr && request.child) {
    return refuse({Problem::overloaded, {ErrorCode::unavailable, "the caller's bundle is not known here yet"}, 1000});
  }
  if (bundle == nullptr) {
    const bool known = directory->published.contains(request.flow);
    return refuse({known ? Problem::not_published : Problem::unknown_flow,
                   {known ? ErrorCode::failed_precondition : ErrorCode::not_found,
                    known ? fmt::format("flow `{}` is not published", request.flow)
                          : fmt::format("no flow `{}` was ever published", request.flow)}});
  }
  const auto number = directory->flow_numbers.find(request.flow);
  const FlowCode* code = number == directory->flow_numbers.end() ? nullptr : bundle->find(number->second);
  if (code == nullptr) {
    if (bundle->loaded()) {
      return refuse(
          {Problem::internal,
           {ErrorCode::internal, fmt::format("bundle {} lost flow `{}`", bundle->view.version, request.flow)}});
    }
    auto kept = std::make_shared<Done<StartAnswer>>(to_caller(std::move(done)));
    Bundles::Loaded then = [this, request = std::move(request), kept](const Status& loaded) mutable {
      if (!loaded) return (*kept)(std::unexpected(bundle_fault(loaded.error())));
      start(std::move(request), std::move(*kept));
    };
    if (!bundles_.when_loaded(bundle->number, then)) (*kept)(std::unexpected(shutting_down()));
    return;
  }
  Outcome<ReadStart> read = read_start(request, *code, hash_key_);
  if (!read) return refuse(std::move(read.error()));
  if (read->any_slot) {
    // One that is open here, if there is any.
    read->command.slot = static_cast<std::uint8_t>(parts_.random.below(core::kSlots));
    for (int i = 0; i < core::kSlots && routes_[read->command.slot].load(std::memory_order_acquire) == nullptr; ++i) {
      ++read->command.slot;
    }
  }
  Mailbox* mailbox = admit(read->command.slot, done);
  if (mailbox == nullptr) return;
  read->command.done = to_caller(std::move(done), mailbox);
  push(*mailbox, std::move(read->command));
}

void Local::start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) {
  if (requests.size() > limits::kBatchStartsMax) {
    return done(
        std::unexpected(Fault{Problem::invalid_request,
                              {ErrorCode::invalid_argument, fmt::format("a batch has at most {} starts, this one {}",
                                                                        limits::kBatchStartsMax, requests.size())}}));
  }
  if (!takes(done)) return;
  struct Gather {
    std::vector<Outcome<StartAnswer>> answers;
    std::atomic<std::size_t> missing;
    Done<std::vector<Outcome<StartAnswer>>> done;
  };
  if (requests.empty()) return done(std::vector<Outcome<StartAnswer>>{});
  const std::size_t count = requests.size();
  auto gather = std::make_shared<Gather>(std::vector<Outcome<StartAnswer>>(count), count, to_caller(std::move(done)));
  for (std::size_t i = 0; i < count; ++i) {
    start(std::move(requests[i]), [gather, i](Outcome<StartAnswer> answer) {
      gather->answers[i] = std::move(answer);
      if (gather->missing.fetch_sub(1, std::memory_order_acq_rel) == 1) gather->done(std::move(gather->answers));
    });
  }
}

void Local::erase_party(std::string e164, Done<EraseAnswer> done) {
  if (!takes(done)) return;
  Mailbox* mailbox = routes_[core::slot_of(e164)].load(std::memory_order_acquire);
  if (mailbox == nullptr) return done(std::unexpected(not_owner(core::slot_of(e164))));
  const std::uint64_t party = party_hash(hash_key_, e164);
  auto kept = std::make_shared<Done<EraseAnswer>>(to_caller(std::move(done), mailbox));
  Command command = Task([party, kept](Shard* shard) { shard->erase_party(party, std::move(*kept)); });
  if (!mailbox->push(std::move(command))) (*kept)(std::unexpected(not_owner()));
}

void Local::shards(Done<std::vector<ShardView>> done) {
  if (!takes(done)) return;
  struct Gather {
    std::mutex mutex;
    std::vector<ShardView> views;
    std::size_t missing = 0;
    Done<std::vector<ShardView>> done;
    void arrived(const Outcome<ShardView>* view) {
      std::unique_lock lock(mutex);
      if (view != nullptr && *view) views.push_back(**view);
      if (--missing > 0) return;
      lock.unlock();
      std::ranges::sort(views, {}, &ShardView::first_slot);
      done(std::move(views));
    }
  };
  const auto mailboxes = open_mailboxes();
  auto gather = std::make_shared<Gather>();
  gather->missing = mailboxes.size() + 1;
  gather->done = to_caller(std::move(done));
  for (const auto& mailbox : mailboxes) {
    Command command = Task(
        [gather](Shard* shard) { shard->view([gather](const Outcome<ShardView>& view) { gather->arrived(&view); }); });
    if (!mailbox->push(std::move(command))) gather->arrived(nullptr);
  }
  gather->arrived(nullptr);
}

}  // namespace flow::service
