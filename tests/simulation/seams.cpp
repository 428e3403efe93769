#include "tests/simulation/seams.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/flows.h"

namespace flow::simulation {

namespace {

constexpr std::int64_t kSlowMsMax = 3000;

}  // namespace

class Seam::Log final : public store::ShardLog {
 public:
  Log(Seam& seam, std::unique_ptr<store::ShardLog> behind) : seam_(seam), behind_(std::move(behind)) {
    seam_.logs_.insert(this);
  }
  ~Log() override { seam_.logs_.erase(this); }

  Status load(const std::function<Status(const store::ExecutionRecord&)>& each) override {
    if (!seam_.canary_) return behind_->load(each);
    return behind_->load([&](const store::ExecutionRecord& record) {
      const auto image = image_with(*seam_.canary_, record, seam_.info_of(record));
      if (!image) return each(record);
      store::ExecutionRecord changed = record;
      changed.image = *image;
      return each(changed);
    });
  }
  std::uint64_t append(store::Batch batch) override { return appended_ = behind_->append(std::move(batch)); }
  std::uint64_t durable_through() const override {
    return seam_.canary_ == Canary::acknowledge_before_sync ? appended_ : behind_->durable_through();
  }
  std::uint64_t indexed_through() const override { return behind_->indexed_through(); }
  std::size_t queued_bytes() const override { return behind_->queued_bytes(); }
  std::optional<store::LogFailure> failure() const override { return behind_->failure(); }
  bool may_act() const override {
    return seam_.canary_ == Canary::lease_not_checked ? !behind_->failure() : behind_->may_act();
  }
  std::uint64_t rewrite_before() const override { return behind_->rewrite_before(); }
  void report(std::size_t running, std::uint64_t none_before) override { behind_->report(running, none_before); }
  std::uint64_t purge() override { return behind_->purge(); }
  std::uint64_t purged_before() const override { return behind_->purged_before(); }

  bool quiet() const { return behind_->durable_through() >= appended_ && behind_->may_act(); }

 private:
  Seam& seam_;
  std::unique_ptr<store::ShardLog> behind_;
  std::uint64_t appended_ = 0;
};

// The installation's key is the same in every run: hashes of numbers decide about the store's pages, and these about
// its disk's operations.
class Seam::SeededRegistry final : public store::Registry {
 public:
  explicit SeededRegistry(store::Registry& behind) : behind_(behind) {}
  Result<std::vector<store::RegisteredBundle>> bundles() override { return behind_.bundles(); }
  Result<std::vector<store::PublishedFlow>> published() override { return behind_.published(); }
  Result<std::string> bundle_bytes(std::uint32_t number) override { return behind_.bundle_bytes(number); }
  Result<store::RegisteredBundle> deploy(std::string_view version, std::string_view bytes,
                                         const std::vector<std::string>& flows, std::int64_t at_ms,
                                         bool* known) override {
    return behind_.deploy(version, bytes, flows, at_ms, known);
  }
  Status publish(const store::PublishedFlow& row) override { return behind_.publish(row); }
  std::uint64_t version() const override { return behind_.version(); }
  void has_read(std::uint64_t version) override { behind_.has_read(version); }
  std::uint64_t read_version() const override { return behind_.read_version(); }
  std::array<std::uint8_t, 16> hash_key() const override { return {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233}; }
  core::ClockBase saved_clock() const override { return behind_.saved_clock(); }
  Status save_clock(const core::ClockBase& base) override { return behind_.save_clock(base); }

 private:
  store::Registry& behind_;
};

// Key look-ups find nothing.
class Seam::KeylessLookups final : public store::Lookups {
 public:
  explicit KeylessLookups(store::Lookups& behind) : behind_(behind) {}
  void execution(const core::ExecutionId& id, store::LookupDone<std::optional<store::EndedRow>> done) override {
    behind_.execution(id, std::move(done));
  }
  void find_key(std::uint8_t, std::uint64_t, store::LookupDone<std::optional<store::EndedRow>> done) override {
    done(std::nullopt);
  }
  void list(store::EndedFilter filter, store::LookupDone<store::EndedPage> done) override {
    behind_.list(std::move(filter), std::move(done));
  }
  void each_key(store::SlotRange slots, std::function<void(KeyPortion)>,
                store::LookupDone<std::monostate> done) override {
    behind_.each_key(slots, [](KeyPortion) {}, std::move(done));
  }
  void each_ended(store::SlotRange slots, std::function<Status(const RowPortion&)> portion,
                  store::LookupDone<std::monostate> done) override {
    behind_.each_ended(slots, std::move(portion), std::move(done));
  }
  void forget_ended(store::SlotRange slots, store::Retention retention, std::int64_t now_ms, std::size_t limit,
                    store::LookupDone<std::size_t> done) override {
    behind_.forget_ended(slots, std::move(retention), now_ms, limit, std::move(done));
  }
  void erase_party(std::uint64_t party, store::LookupDone<std::size_t> done) override {
    behind_.erase_party(party, std::move(done));
  }

 private:
  store::Lookups& behind_;
};

Seam::Seam(Stage& stage, store::Storage& behind, std::optional<Canary> canary, std::function<void()> wake)
    : stage_(stage),
      behind_(behind),
      canary_(canary),
      wake_(std::move(wake)),
      registry_(std::make_unique<SeededRegistry>(behind.registry())),
      lookups_(&behind.lookups()) {
  if (canary == Canary::key_pruned_early) {
    keyless_ = std::make_unique<KeylessLookups>(behind.lookups());
    lookups_ = keyless_.get();
  }
}

Seam::~Seam() {
  *alive_ = false;
}

Result<std::unique_ptr<store::ShardLog>> Seam::open_shard(store::SlotRange slots, std::function<void()> wake) {
  auto log = behind_.open_shard(slots, std::move(wake));
  if (!log) return std::unexpected(log.error());
  return std::make_unique<Log>(*this, *std::move(log));
}

const program::FlowInfo* Seam::info_of(const store::ExecutionRecord& record) {
  const auto bundles = behind_.registry().bundles();
  if (!bundles) return nullptr;
  for (const store::RegisteredBundle& bundle : *bundles) {
    if (bundle.number != record.bundle) continue;
    for (const store::RegisteredFlow& flow : bundle.flows) {
      const Subject* subject = flow.number == record.flow ? subject_of(bundle.version, flow.name) : nullptr;
      if (subject != nullptr) return &subject->info();
    }
  }
  return nullptr;
}

bool Seam::pump() {
  const std::int64_t now = stage_.agenda.now_ms();
  if (now < slow_until_ms_ && !stage_.healed) return false;
  if (!quiet() && stage_.strikes(Fault::slow_disk)) {
    slow_until_ms_ = now + stage_.chance.between(1, kSlowMsMax);
    stage_.agenda.at(slow_until_ms_, [this, alive = alive_] {
      if (*alive) wake_();
    });
    return false;
  }
  return behind_.pump();
}

bool Seam::quiet() const {
  return std::ranges::all_of(logs_, [](const Log* log) { return log->quiet(); });
}

}  // namespace flow::simulation
