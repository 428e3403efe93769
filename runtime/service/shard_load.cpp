// Going on after a restart, and what keeps the store small: rewriting, forgetting, knowing the keys of what ended.
#include <algorithm>
#include <array>
#include <ranges>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

constexpr std::size_t kRewrittenAtOnce = 256;
constexpr std::size_t kLookedAtAtOnce = 16'384;
constexpr std::size_t kForgottenAtOnce = 1000;
constexpr std::int64_t kForgetEveryMs = 60'000;

// By radix: they are nearly in order, which is the worst for std::sort.
template <typename Handle>
void sort_by_order(std::vector<std::pair<std::uint64_t, Handle>>& all) {
  constexpr unsigned kBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  if (all.empty()) return;
  const auto ends = std::ranges::minmax(all | std::views::keys);
  const std::uint64_t least = ends.min;
  const std::uint64_t greatest = ends.max;
  std::vector<std::pair<std::uint64_t, Handle>> other(all.size());
  for (unsigned shift = 0; shift < 64 && (greatest - least) >> shift != 0; shift += kBits) {
    const auto digit = [&](std::uint64_t order) { return (order - least) >> shift & (kDigits - 1); };
    std::array<std::size_t, kDigits + 1> at{};
    for (const auto& each : all) ++at[digit(each.first) + 1];
    for (std::size_t i = 0; i < kDigits; ++i) at[i + 1] += at[i];
    for (const auto& each : all) other[at[digit(each.first)]++] = each;
    all.swap(other);
  }
}

}  // namespace

Status Shard::load(std::unique_ptr<store::ShardLog> log) {
  log_ = std::move(log);
  directory_ = parts_.bundles.directory();
  now();
  if (Status done = load_records(); !done) return done;
  // In the order of their places, which is kinder to the memory than that of their starts.
  std::vector<std::pair<std::uint64_t, Handle>> by_order;
  std::vector<tables::KeyIndex<KeyOf>::Hashed> by_key;
  by_order.reserve(ids_.size());
  by_key.reserve(ids_.size());
  for (Handle handle = 0; handle < table_.end(); ++handle) {
    if (!table_.contains(handle)) continue;
    const Bytes record = table_.get(handle);
    if (Bytes rest = record; !is_contact(take_head(rest))) by_order.emplace_back(order_of(record), handle);
    if (const std::uint64_t key = key_of(record); key != 0) by_key.emplace_back(tables::hash_of_name(key), handle);
    if (Status armed = arm(handle); !armed) return armed;
  }
  keys_.fill(by_key);
  sort_by_order(by_order);
  for (const auto& [order, handle] : by_order) running_order_.push_back(handle);
  for (Use& use : uses_) {
    if (use.resumes.empty()) continue;
    if (use.code != nullptr)
      resuming_ = true;
    else
      parts_.bundles.want(use.bundle);
  }
  squeeze_end_ = table_.end();
  load_keys();
  core::log::info("shard_opened", {{"first_slot", static_cast<std::int64_t>(parts_.slots.first)},
                                   {"last_slot", static_cast<std::int64_t>(parts_.slots.last)},
                                   {"running", static_cast<std::int64_t>(running_order_.size())}});
  return {};
}

Status Shard::load_records() {
  LoadIndex index;
  LoadWindow window;
  const auto flush = [&] {
    return window.take([&](const LoadWindow::Item& item) { index.prefetch(item.hash); },
                       [&](const LoadWindow::Item& item) { return load_record(item, index); });
  };
  Status done =
      log_->load([&](const store::ExecutionRecord& record) { return window.add(record) ? flush() : Status(); });
  if (done) done = flush();
  if (!done) return done;
  ids_.fill(index.entries());
  return {};
}

Status Shard::load_record(const LoadWindow::Item& item, LoadIndex& index) {
  const store::ExecutionRecord& record = item.record;
  last_order_ = std::max(last_order_, record.order);
  last_now_ms_ = std::max(last_now_ms_, record.changed_at_ms);
  LoadIndex::Entry& known = index.at(
      item.hash, [&](Handle handle) { return handle != LoadIndex::kNone && id_of(table_.get(handle)) == record.id; });
  if (record.ended_at_ms != 0) {
    if (known.used) {
      table_.erase(known.handle);
      known.handle = LoadIndex::kNone;
    }
    if (record.key != 0) ended_keys_.insert(record.key, record.ended_at_ms);
    return {};
  }
  const Head head{.id = record.id,
                  .order = record.order,
                  .party = record.party,
                  .key = record.key,
                  .changed_at_ms = record.changed_at_ms,
                  .sequence = 0,
                  .revision = record.revision,
                  .use = use_of(record.bundle, record.flow),
                  .ended = false};
  record_.clear();
  put_head(head, record_);
  record_ += record.image;
  count_bytes(record.image.size());
  const Bytes bytes{reinterpret_cast<const std::uint8_t*>(record_.data()), record_.size()};
  if (known.used) {
    table_.replace(known.handle, bytes);
  } else {
    index.fill(known, item.hash, table_.put(bytes));
  }
  return {};
}

// Its timers, and its messages as soon as there is code.
Status Shard::arm(Handle handle) {
  Bytes record = table_.get(handle);
  const Head head = take_head(record);
  if (is_contact(head)) return arm_contact(head, handle, record);
  const Result<Outline> outline = outline_of(head, {reinterpret_cast<const char*>(record.data()), record.size()});
  if (!outline) return std::unexpected(outline.error());
  timers_.set(handle, outline->next_deadline_ms);
  conversations_.set(handle, outline->conversation);
  if (!outline->has_pending) return {};
  if (!open(handle)) return fail(ErrorCode::data_loss, "execution {} cannot be read", core::to_string(head.id));
  for (Pending& pending : work_.image.pending) {
    pending.in_flight = false;
    pending.loaded = true;
    // It was due when this process was not there yet: it may have been tried.
    pending.doubtful = pending.next_attempt_ms <= last_now_ms_;
  }
  remember_work();
  uses_[head.use].resumes.push_back(head.id);
  return {};
}

void Shard::resume_some() {
  std::size_t count = 0;
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    if (uses_[i].code == nullptr) continue;
    while (!uses_[i].resumes.empty() && count < limits::kCommandsPerCommitMax) {
      const core::ExecutionId id = uses_[i].resumes.back();
      uses_[i].resumes.pop_back();
      resume(id);
      ++count;
    }
  }
  resuming_ = std::ranges::any_of(uses_, [](const Use& use) { return use.code != nullptr && !use.resumes.empty(); });
}

// ---- The log

void Shard::rewrite_some() {
  const std::uint64_t before = log_->rewrite_before();
  if (!rewriting_ && before > rewritten_before_) {
    rewriting_ = true;
    rewrite_target_ = before;
    rewrite_at_ = 0;
  }
  if (!rewriting_) return;
  std::size_t looked = 0;
  std::size_t rewritten = 0;
  for (; rewrite_at_ < table_.end() && looked < kLookedAtAtOnce && rewritten < kRewrittenAtOnce; ++rewrite_at_) {
    ++looked;
    if (!table_.contains(rewrite_at_)) continue;
    Bytes record = table_.get(rewrite_at_);
    if (sequence_of(record) >= rewrite_target_) continue;
    const Head head = take_head(record);
    if (head.ended) continue;  // the tables have it, or are about to
    const Use& use = uses_[head.use];
    const std::string_view image = image_of(head, record);
    batch_.add({.id = head.id,
                .revision = head.revision,
                .bundle = use.bundle,
                .flow = use.flow,
                .order = head.order,
                .changed_at_ms = head.changed_at_ms,
                .ended_at_ms = 0,
                .party = head.party,
                .key = head.key,
                .image = image});
    count_bytes(image.size());
    set_sequence(table_.edit(rewrite_at_), next_sequence());
    ++rewritten;
  }
  if (rewritten > 0) parts_.shard_metrics.rewritten.add(static_cast<double>(rewritten));
  if (rewrite_at_ < table_.end()) return;
  rewriting_ = false;
  rewritten_before_ = rewrite_target_;
  report_at_ms_ = 0;
}

void Shard::report() {
  if (last_now_ms_ < report_at_ms_) return;
  report_at_ms_ = last_now_ms_ + service_ms(1000);
  const std::size_t running = running_order_.size() + contacts_.size();  // what must stay in the log
  const double each = seen_records_ == 0 ? 0 : seen_bytes_ / seen_records_;
  log_->report(static_cast<std::uint64_t>(each * static_cast<double>(running)),
               running == 0 ? next_sequence() : rewritten_before_);
}

// A mean that follows what is written, roughly: the log asks for no more.
void Shard::count_bytes(std::size_t image_bytes) {
  constexpr double kHeadBytes = 52;  // of a record of the log, about
  constexpr double kRemembered = 100'000;
  seen_bytes_ += static_cast<double>(image_bytes) + kHeadBytes;
  seen_records_ += 1;
  if (seen_records_ < kRemembered) return;
  seen_bytes_ /= 2;
  seen_records_ /= 2;
}

// ---- What ended

// Nothing is lost by asking the tables until all keys are known; it only takes longer.
void Shard::load_keys() {
  const auto mailbox = parts_.mailbox;
  parts_.storage.lookups().each_key(
      parts_.slots,
      [mailbox](store::Lookups::KeyPortion portion) {
        mailbox->push(Task([portion = std::move(portion)](Shard* shard) { shard->keys_arrived(portion); }));
      },
      [mailbox](const Result<std::monostate>& done) {
        if (done) mailbox->push(Task([](Shard* shard) { shard->keys_complete(); }));
      });
}

void Shard::keys_arrived(const store::Lookups::KeyPortion& portion) {
  if (closed_) return;
  for (const auto& [key, ended_at_ms] : portion) {
    if (key != 0 && !ended_keys_.maybe_contains(key)) ended_keys_.insert(key, ended_at_ms);
  }
}

void Shard::prune() {
  if (pruning_ || last_now_ms_ < prune_at_ms_) return;
  pruning_ = true;
  const std::shared_ptr<const RetentionRule> rule = parts_.retention.take();
  store::Retention retention{rule->usual_ms, {}};
  std::int64_t longest = rule->usual_ms;
  for (const auto& [flow, ms] : rule->by_flow) {
    const auto number = directory_->flow_numbers.find(flow);
    if (number == directory_->flow_numbers.end()) continue;
    retention.by_flow.emplace_back(number->second, ms);
    longest = std::max(longest, ms);
  }
  retention.by_flow.emplace_back(kContactFlow, 0);  // who is forgotten left nothing
  ended_keys_.drop_before(last_now_ms_ - longest);
  parts_.storage.lookups().forget_ended(
      parts_.slots, std::move(retention), last_now_ms_, kForgottenAtOnce,
      [mailbox = parts_.mailbox](Result<std::size_t> count) {
        mailbox->push(Task([count = std::move(count)](Shard* shard) { shard->pruned(count); }));
      });
}

void Shard::pruned(const Result<std::size_t>& count) {
  pruning_ = false;
  // A full round: there is more to forget at once.
  const bool more = count && *count >= kForgottenAtOnce;
  if (!more) prune_at_ms_ = last_now_ms_ + kForgetEveryMs;
  if (more) house_at_ms_ = last_now_ms_;
}

}  // namespace flow::service
