#include "runtime/service/timeline.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/varint.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/json.h"

namespace flow::service {

namespace {

// What an entry of a kind has, besides its time.
enum Part : std::uint8_t { kMessage = 1, kNumber = 2, kDue = 4, kText = 8 };
constexpr std::uint8_t kSameTime = 0x80;  // as the entry before

std::uint8_t parts_of(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::started:
      return 0;
    case TimelineKind::entered:
    case TimelineKind::timer_fired:
    case TimelineKind::signal:
      return kNumber;
    case TimelineKind::queued:
    case TimelineKind::receipt:
      return kMessage | kNumber | kText;
    case TimelineKind::accepted:
    case TimelineKind::not_sent:
    case TimelineKind::outcome_unknown:
      return kMessage | kText;
    case TimelineKind::attempt_failed:
      return kMessage | kNumber | kDue | kText;
    case TimelineKind::late_receipt:
    case TimelineKind::withdrawn:
      return kMessage | kNumber;
    case TimelineKind::timer_set:
      return kNumber | kDue;
    case TimelineKind::ended:
    case TimelineKind::reply:
      return kNumber | kText;
    case TimelineKind::resent:
      return kMessage;
    case TimelineKind::asked:
      return kNumber;
    case TimelineKind::ask_failed:
      return kDue | kText;
    case TimelineKind::answered:
      return kNumber | kText;
    case TimelineKind::cancelled:
      return 0;
    case TimelineKind::began_other:
      return kNumber | kText;
  }
  return 0;
}

constexpr std::string_view kTimers[] = {"expires", "handover", "undelivered", "unread", "wait", "late", "silent"};
constexpr std::string_view kReceipts[] = {"none", "accepted", "sent", "delivered", "read", "failed", "opted_out"};
constexpr std::string_view kEnds[] = {"", "done", "failed", "outcome", "expired"};

template <std::size_t kSize>
std::string name_in(const std::string_view (&names)[kSize], std::uint64_t number) {
  return number < kSize ? std::string(names[number]) : fmt::format("#{}", number);
}

// The entry of `all` with that number, as `name` shows it.
template <typename T, typename Name>
std::string name_of(const std::vector<T>* all, std::uint64_t number, Name name) {
  return all != nullptr && number < all->size() ? std::string(name((*all)[number])) : fmt::format("#{}", number);
}

struct Stored {
  TimelineKind kind{};
  std::int64_t at_ms = 0;
  std::uint64_t message = 0;
  std::uint64_t number = 0;
  std::int64_t due_ms = 0;
  std::string text;
};

bool take_entry(std::string_view& bytes, std::int64_t started_at_ms, Stored& entry) {
  const auto first = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  const int kind = first & ~kSameTime;
  if (kind > static_cast<int>(TimelineKind::began_other)) return false;
  entry.kind = static_cast<TimelineKind>(kind);
  std::int64_t after = 0;
  if ((first & kSameTime) == 0) {
    if (!take_signed_varint(bytes, after)) return false;
    entry.at_ms = started_at_ms + after;
  }
  const std::uint8_t parts = parts_of(entry.kind);
  entry.message = entry.number = 0;
  entry.due_ms = 0;
  entry.text.clear();
  if ((parts & kMessage) != 0 && !take_varint(bytes, entry.message)) return false;
  if ((parts & kNumber) != 0 && !take_varint(bytes, entry.number)) return false;
  if ((parts & kDue) != 0) {
    if (!take_signed_varint(bytes, after)) return false;
    entry.due_ms = entry.at_ms + after;
  }
  return (parts & kText) == 0 || take_packed(bytes, entry.text);
}

// Fills in what follows from the entries before.
class Names {
 public:
  Names(const program::FlowInfo* info, const std::string& flow, const std::string& party)
      : info_(info), flow_(flow), party_(party) {}

  TimelineEntry show(const Stored& from) {
    TimelineEntry entry{.at_ms = from.at_ms, .kind = from.kind};
    if ((parts_of(from.kind) & kMessage) != 0) entry.message = static_cast<std::uint32_t>(from.message);
    entry.detail = from.text;
    switch (from.kind) {
      case TimelineKind::started:
        entry.status = flow_;
        break;
      case TimelineKind::entered:
        step_ = name_of(info_ == nullptr ? nullptr : &info_->steps, from.number,
                        [](const auto& step) { return step.name; });
        entry.step = step_;
        break;
      case TimelineKind::queued:
        entry.step = step_;
        entry.channel = name_of(info_ == nullptr ? nullptr : &info_->channels, from.number,
                                [](const auto& channel) { return channel.name; });
        if (from.text.empty()) entry.detail = party_;
        if (from.message < limits::kMessagesPerExecutionMax) {
          messages_.resize(std::max<std::size_t>(messages_.size(), from.message + 1));
          messages_[from.message] = {step_, entry.channel, ""};
        }
        break;
      case TimelineKind::accepted:
        entry.channel = message(from.message).channel;
        message(from.message).provider_id = from.text;
        break;
      case TimelineKind::attempt_failed:
        entry.channel = message(from.message).channel;
        entry.status = outbox::to_string(static_cast<outbox::SendClass>(std::min<std::uint64_t>(from.number, 5)));
        entry.due_at_ms = from.due_ms;
        break;
      case TimelineKind::not_sent:
      case TimelineKind::outcome_unknown:
      case TimelineKind::resent:
        entry.channel = message(from.message).channel;
        break;
      case TimelineKind::receipt:
        entry.status = name_in(kReceipts, from.number);
        if (entry.detail.empty() && entry.status != "failed") entry.detail = message(from.message).provider_id;
        break;
      case TimelineKind::late_receipt:
        entry.step = message(from.message).step;
        entry.status = name_in(kReceipts, from.number);
        break;
      case TimelineKind::withdrawn:
        entry.step = message(from.message).step;
        if (from.number != 0) entry.detail = "an attempt is under way";
        break;
      case TimelineKind::timer_set:
        entry.due_at_ms = from.due_ms;
        [[fallthrough]];
      case TimelineKind::timer_fired:
        entry.step = step_;
        entry.status = name_in(kTimers, from.number);
        break;
      case TimelineKind::signal:
        entry.step = step_;
        entry.status = name_of(info_ == nullptr ? nullptr : &info_->signals, from.number,
                               [](const std::string& name) { return name; });
        break;
      case TimelineKind::ended:
        entry.status = name_in(kEnds, from.number);
        break;
      case TimelineKind::reply:
        entry.step = step_;
        entry.status = from.number < program::kReplyKinds
                           ? std::string(program::to_string(static_cast<program::ReplyKind>(from.number)))
                           : fmt::format("#{}", from.number);
        break;
      case TimelineKind::asked:
        entry.step = step_;
        asked_ = info_ != nullptr && from.number < info_->operations.size() ? &info_->operations[from.number] : nullptr;
        entry.status = asked_ == nullptr ? fmt::format("#{}", from.number) : asked_text();
        break;
      case TimelineKind::ask_failed:
        entry.step = step_;
        entry.due_at_ms = from.due_ms;
        break;
      case TimelineKind::answered:
        entry.step = step_;
        entry.status = name_of(asked_ == nullptr ? nullptr : &asked_->outcomes, from.number,
                               [this](const auto& outcome) { return program::to_string(asked_->kind, outcome); });
        break;
      case TimelineKind::cancelled:
        entry.step = step_;
        break;
      case TimelineKind::began_other:
        entry.status = name_of(info_ == nullptr ? nullptr : &info_->operations, from.number,
                               [](const auto& operation) { return operation.target; });
        break;
    }
    return entry;
  }

 private:
  struct Message {
    std::string step;
    std::string channel;
    std::string provider_id;
  };
  std::string_view component(std::int32_t step) const {
    const auto place = static_cast<std::size_t>(step);
    return step >= 0 && place < info_->steps.size() ? info_->steps[place].component : std::string_view();
  }
  std::string asked_text() const {
    const std::string_view what = component(asked_->step);
    return asked_->target.empty() ? std::string(what) : fmt::format("{} {}", what, asked_->target);
  }
  // An empty one when its entry was left out.
  Message& message(std::uint64_t number) {
    if (number < messages_.size()) return messages_[number];
    unknown_ = {};
    return unknown_;
  }

  const program::FlowInfo* info_;
  const std::string& flow_;
  const std::string& party_;
  std::string step_;
  const program::OperationInfo* asked_ = nullptr;
  std::vector<Message> messages_;
  Message unknown_;
};

}  // namespace

void add_entry(Image& image, std::int64_t started_at_ms, std::int64_t at_ms, const Entry& entry) {
  if (image.entries >= limits::kTimelineEntriesMax && entry.kind != TimelineKind::ended) return;
  const bool same = image.entries > 0 && image.last_entry_ms == at_ms;
  ++image.entries;
  image.last_entry_ms = at_ms;
  std::string& out = image.timeline;
  out.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.kind) | (same ? kSameTime : 0)));
  if (!same) put_signed_varint(out, at_ms - started_at_ms);
  const std::uint8_t parts = parts_of(entry.kind);
  if ((parts & kMessage) != 0) put_varint(out, entry.message);
  if ((parts & kNumber) != 0) put_varint(out, entry.number);
  if ((parts & kDue) != 0) put_signed_varint(out, entry.due_ms - at_ms);
  if ((parts & kText) != 0) put_packed(entry.text, out);
}

std::vector<TimelineEntry> read_timeline(const Image& image, std::int64_t started_at_ms, const program::FlowInfo* info,
                                         const std::string& flow, const std::string& party) {
  std::vector<TimelineEntry> entries;
  Names names(info, flow, party);
  Stored stored;
  for (std::string_view rest = image.timeline; !rest.empty();) {
    if (!take_entry(rest, started_at_ms, stored)) break;  // the log's checksums saw it whole: it is of a newer flowd
    entries.push_back(names.show(stored));
  }
  return entries;
}

}  // namespace flow::service
