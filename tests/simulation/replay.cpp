#include "tests/simulation/replay.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace flow::simulation {

namespace {

using program::Effect;
using program::EffectKind;
using program::EventKind;
using service::TimelineEntry;
using service::TimelineKind;

constexpr std::array<std::string_view, 7> kTimers = {"expires", "handover", "undelivered", "unread",
                                                     "wait",    "late",     "silent"};
constexpr std::array<std::string_view, 7> kReceipts = {"none", "accepted", "sent",     "delivered",
                                                       "read", "failed",   "opted_out"};
constexpr std::array<std::string_view, 5> kEnds = {"", "done", "failed", "outcome", "expired"};

template <std::size_t N>
std::int32_t place_of(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? -1 : static_cast<std::int32_t>(found - names.begin());
}

bool is_cause(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::started:
    case TimelineKind::accepted:
    case TimelineKind::attempt_failed:
    case TimelineKind::receipt:
    case TimelineKind::not_sent:
    case TimelineKind::timer_fired:
    case TimelineKind::signal:
    case TimelineKind::outcome_unknown:
    case TimelineKind::resent:
    case TimelineKind::reply:
      return true;
    default:
      return false;
  }
}

class Reader {
 public:
  Reader(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
         const service::ExecutionView& view, Replayed& replayed)
      : subject_(subject),
        seed_(core::seed_of(view.summary.execution)),
        timeline_(view.timeline),
        replayed_(replayed),
        state_(subject.oracle->create(inputs)) {}

  std::optional<std::string> read() {
    std::int64_t before = 0;
    while (at_ < timeline_.size()) {
      const TimelineEntry& cause = timeline_[at_];
      if (!is_cause(cause.kind)) return fmt::format("entry {} (`{}`) has no cause", at_, words(cause));
      if (cause.at_ms < before) return fmt::format("entry {} (`{}`) is earlier than the one before", at_, words(cause));
      if ((at_ == 0) != (cause.kind == TimelineKind::started)) return fmt::format("entry {} is no start", at_);
      before = cause.at_ms;
      first_ = ++at_;
      while (at_ < timeline_.size() && !is_cause(timeline_[at_].kind)) ++at_;
      if (auto problem = step(cause)) return problem;
    }
    replayed_.ended = state_.ended;
    for (std::size_t i = 0; i < replayed_.sends.size(); ++i) {
      replayed_.sends[i].status = state_.messages.at(i).status;
      replayed_.sends[i].failed = state_.messages.at(i).failed;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> step(const TimelineEntry& cause) {
    program::FlowEvent event{};
    event.at_ms = cause.at_ms;
    event.message = cause.message.value_or(program::kNoMessage);
    switch (cause.kind) {
      case TimelineKind::started:
        event.kind = static_cast<std::int32_t>(EventKind::start);
        event.seed = seed_;
        return advance(cause, event, true);
      case TimelineKind::accepted:
        event.kind = static_cast<std::int32_t>(EventKind::receipt);
        event.receipt = static_cast<std::int32_t>(program::Receipt::accepted);
        return advance(cause, event, false);
      case TimelineKind::receipt:
        event.kind = static_cast<std::int32_t>(EventKind::receipt);
        event.receipt = place_of(kReceipts, cause.status);
        return advance(cause, event, true);
      case TimelineKind::timer_fired:
        return timer(cause, event);
      case TimelineKind::signal:
        return signal(cause, event);
      case TimelineKind::not_sent:
        return not_sent(cause, event);
      default:
        return same(cause, {});
    }
  }

  std::optional<std::string> timer(const TimelineEntry& cause, program::FlowEvent& event) {
    event.kind = static_cast<std::int32_t>(EventKind::timer);
    event.timer = place_of(kTimers, cause.status);
    const auto due = state_.deadlines.find(static_cast<program::Timer>(event.timer));
    if (due == state_.deadlines.end()) return fmt::format("entry {}: `{}` was not armed", first_ - 1, words(cause));
    if (due->second > cause.at_ms) return fmt::format("entry {}: `{}` fired early", first_ - 1, words(cause));
    replayed_.timers.push_back({due->second, cause.at_ms});
    return advance(cause, event, true);
  }

  std::optional<std::string> signal(const TimelineEntry& cause, program::FlowEvent& event) {
    event.kind = static_cast<std::int32_t>(EventKind::signal);
    const auto& signals = subject_.oracle->signals();
    event.signal = static_cast<std::int32_t>(std::ranges::find(signals, cause.status) - signals.begin());
    replayed_.signals.push_back(cause.status);
    return advance(cause, event, true);
  }

  // No further attempt. Whether the flow is told depends on why; what stands behind it says it was.
  std::optional<std::string> not_sent(const TimelineEntry& cause, program::FlowEvent& event) {
    if (event.message < replayed_.sends.size()) replayed_.sends[event.message].given_up = true;
    if (first_ == at_) return std::nullopt;
    event.kind = static_cast<std::int32_t>(EventKind::receipt);
    event.receipt = static_cast<std::int32_t>(program::Receipt::failed);
    return advance(cause, event, true);
  }

  // `must_move`: an event that changed nothing has no entry.
  std::optional<std::string> advance(const TimelineEntry& cause, const program::FlowEvent& event, bool must_move) {
    effects_.clear();
    const program::Verdict verdict = subject_.oracle->advance(state_, event, effects_);
    if (must_move && verdict == program::Verdict::ignored)
      return fmt::format("entry {}: `{}` moves nothing", first_ - 1, words(cause));
    return same(cause, effects_);
  }

  std::optional<std::string> same(const TimelineEntry& cause, const std::vector<Effect>& effects) {
    std::size_t entry = first_;
    for (const Effect& effect : effects) {
      const bool matches = entry < at_ && is(timeline_[entry], effect) && timeline_[entry].at_ms == cause.at_ms;
      if (effect.kind == EffectKind::send) {
        if (effect.message != replayed_.sends.size()) return "the oracle numbers its messages otherwise";
        replayed_.sends.push_back({.effect = effect});
      }
      if (effect.kind == EffectKind::withdraw) {
        replayed_.sends.at(effect.message).withdrawn = true;
        // Without an entry when there was nothing to take back.
        if (!matches) continue;
      }
      if (!matches)
        return fmt::format("entry {}: after `{}` there should be {}", entry, words(cause), words_of(effect));
      ++entry;
    }
    if (entry != at_)
      return fmt::format("entry {}: `{}` does not follow from `{}`", entry, words(timeline_[entry]), words(cause));
    return std::nullopt;
  }

  bool is(const TimelineEntry& entry, const Effect& effect) const {
    const program::FlowInfo& info = subject_.info();
    const auto step = [&] { return info.steps.at(static_cast<std::size_t>(effect.step)).name; };
    switch (effect.kind) {
      case EffectKind::enter:
        return entry.kind == TimelineKind::entered && entry.step == step();
      case EffectKind::send:
        return entry.kind == TimelineKind::queued && entry.message == effect.message &&
               entry.channel == info.channels.at(effect.channel).name;
      case EffectKind::withdraw:
        return entry.kind == TimelineKind::withdrawn && entry.message == effect.message;
      case EffectKind::timer:
        return entry.kind == TimelineKind::timer_set && entry.due_at_ms == effect.due_ms &&
               entry.status == kTimers[static_cast<std::size_t>(effect.timer)];
      case EffectKind::late_receipt:
        return entry.kind == TimelineKind::late_receipt && entry.message == effect.message &&
               entry.status == kReceipts[static_cast<std::size_t>(effect.receipt)];
      case EffectKind::end:
        return entry.kind == TimelineKind::ended && entry.status == kEnds[static_cast<std::size_t>(effect.end)];
      case EffectKind::request:
      case EffectKind::cancel:
      case EffectKind::launch:
        break;  // no flow of the simulation asks the outside
    }
    return false;
  }

  std::string words_of(const Effect& effect) const {
    constexpr std::array<std::string_view, 9> kKinds = {"entered", "queued", "withdrawn", "timer_set", "late_receipt",
                                                        "ended",   "asked",  "cancelled", "launched"};
    std::string text(kKinds[static_cast<std::size_t>(effect.kind)]);
    if (effect.step >= 0) text += " " + subject_.info().steps.at(static_cast<std::size_t>(effect.step)).name;
    if (effect.message != program::kNoMessage) text += fmt::format(" message {}", effect.message);
    if (effect.kind == EffectKind::end) text += fmt::format(" {}", kEnds[static_cast<std::size_t>(effect.end)]);
    return text;
  }

  const Subject& subject_;
  const std::uint32_t seed_;
  const std::vector<TimelineEntry>& timeline_;
  Replayed& replayed_;
  oracle::State state_;
  std::vector<Effect> effects_;
  std::size_t at_ = 0;     // behind the effects of the cause in hand
  std::size_t first_ = 0;  // of them
};

}  // namespace

std::string words(const TimelineEntry& entry) {
  std::string text = fmt::format("{} {}", entry.at_ms, service::to_string(entry.kind));
  if (!entry.step.empty()) text += " " + entry.step;
  if (entry.message) text += fmt::format(" message {}", *entry.message);
  if (!entry.status.empty()) text += " " + entry.status;
  if (entry.due_at_ms) text += fmt::format(" due {}", *entry.due_at_ms);
  if (!entry.detail.empty()) text += ": " + entry.detail;
  return text;
}

std::optional<std::string> replay(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
                                  const service::ExecutionView& view, Replayed& replayed) {
  if (view.timeline.empty()) return "its timeline is empty";
  return Reader(subject, inputs, view, replayed).read();
}

}  // namespace flow::simulation
