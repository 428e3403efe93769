#include "runtime/daemon/one_execution.h"

#include <memory>
#include <utility>

#include "numbers/numbers.h"
#include "runtime/daemon/loader.h"
#include "runtime/service/local_service.h"

namespace flow::daemon {
namespace {

// Time stands still at the execution's last change: no timer of it fires.
class Standstill final : public core::Clock {
 public:
  explicit Standstill(std::int64_t at_ms) : at_ms_(at_ms) {}
  std::int64_t now_ms() const override { return at_ms_; }

 private:
  std::int64_t at_ms_;
};

// Takes every message and hands none on.
class NoTransport final : public outbox::Transport {
 public:
  std::optional<outbox::ChannelPolicy> policy(std::string_view) const override { return outbox::ChannelPolicy(); }
  void hand_over(outbox::SendRequest, outbox::SendDone done) override { kept_.push_back(std::move(done)); }

 private:
  std::vector<outbox::SendDone> kept_;
};

// A store of this one execution. Nothing that is appended becomes durable.
class OneExecution final : public store::Storage, private store::Lookups {
 public:
  OneExecution(store::Registry& registry, const store::EndedRow& row) : registry_(registry), row_(row) {}

  store::Registry& registry() override { return registry_; }
  store::Lookups& lookups() override { return *this; }
  Result<std::unique_ptr<store::ShardLog>> open_shard(store::SlotRange, std::function<void()>) override {
    return std::make_unique<Log>(row_);
  }
  std::int64_t last_change_ms() const override { return row_.changed_at_ms; }
  store::StorageSizes sizes() const override { return {}; }
  bool pump() override { return false; }

 private:
  class Log final : public store::ShardLog {
   public:
    explicit Log(const store::EndedRow& row) : row_(row) {}
    Status load(const std::function<Status(const store::ExecutionRecord&)>& each) override {
      return row_.ended_at_ms == 0 ? each(store::record_of(row_)) : Status();
    }
    std::uint64_t append(store::Batch) override { return ++appended_; }
    std::uint64_t durable_through() const override { return 0; }
    std::uint64_t indexed_through() const override { return 0; }
    std::size_t queued_bytes() const override { return 0; }
    std::optional<store::LogFailure> failure() const override { return std::nullopt; }
    bool may_act() const override { return true; }
    std::uint64_t rewrite_before() const override { return 0; }
    std::uint64_t purge() override { return 0; }
    std::uint64_t purged_before() const override { return 0; }

   private:
    const store::EndedRow& row_;
    std::uint64_t appended_ = 0;
  };

  void execution(const core::ExecutionId& id, store::LookupDone<std::optional<store::EndedRow>> done) override {
    done(id == row_.id && row_.ended_at_ms != 0 ? std::optional(row_) : std::nullopt);
  }
  void find_key(std::uint8_t, std::uint64_t, store::LookupDone<std::optional<store::EndedRow>> done) override {
    done(std::nullopt);
  }
  void list(store::EndedFilter, store::LookupDone<store::EndedPage> done) override { done(store::EndedPage()); }
  void each_key(store::SlotRange, std::function<void(KeyPortion)>, store::LookupDone<std::monostate> done) override {
    done(std::monostate());
  }
  void each_ended(store::SlotRange, std::function<Status(const RowPortion&)>,
                  store::LookupDone<std::monostate> done) override {
    done(std::monostate());
  }
  void forget_ended(store::SlotRange, store::Retention, std::int64_t, std::size_t,
                    store::LookupDone<std::size_t> done) override {
    done(std::size_t{0});
  }
  void erase_party(std::uint64_t, store::LookupDone<std::size_t> done) override { done(std::size_t{0}); }

  store::Registry& registry_;
  const store::EndedRow& row_;
};

}  // namespace

Result<std::optional<service::RawView>> read_execution(const store::log::Options& where, const core::ExecutionId& id) {
  const auto store = store::log::look(where);
  if (!store) return std::unexpected(store.error());
  const auto row = (*store)->execution(id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  if (Status done = numbers::load(); !done) return std::unexpected(done.error());

  OneExecution storage((*store)->registry(), **row);
  const Standstill clock((*row)->changed_at_ms);
  core::SystemRandom random;
  NoTransport transport;
  BundleLoader loader(Engine::interpreter, "");
  service::LocalOptions options;
  options.seals = true;
  options.threads = false;
  // What has ended must not be forgotten for its age while it is looked at.
  options.retention_ms = INT64_MAX / 4;
  auto service = service::LocalService::open({.storage = storage,
                                              .clock = clock,
                                              .random = random,
                                              .transport = transport,
                                              .loader = loader,
                                              .region_of = numbers::region_of},
                                             std::move(options));
  if (!service) return std::unexpected(service.error());
  std::optional<service::Outcome<service::RawView>> answer;
  (*service)->inspect(id, [&](service::Outcome<service::RawView> view) { answer = std::move(view); });
  (*service)->pump();
  if (!answer) return fail(ErrorCode::internal, "the execution was not shown");
  if (!*answer) return std::unexpected(answer->error().error);
  service::RawView view = *std::move(*answer);
  for (service::PendingView& pending : view.pending) pending.in_flight = false;
  return view;
}

}  // namespace flow::daemon
