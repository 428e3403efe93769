#include "tests/differential/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/differential/lists.h"
#include "tests/differential/values.h"

namespace flow::differential {

using program::EventKind;
using program::Receipt;
using program::Timer;

program::FlowEvent Event::raw() const {
  program::FlowEvent event{};
  event.kind = std::to_underlying(kind);
  event.timer = std::to_underlying(timer);
  event.signal = signal;
  event.receipt = receipt;
  event.message = message;
  event.seed = seed;
  event.at_ms = at_ms;
  event.reason = {reason.data(), reason.size()};
  event.operation = operation;
  event.outcome = outcome;
  event.values = values.data();
  event.value_count = values.size();
  return event;
}

std::string Event::text() const {
  static const std::vector<std::string> receipts = {"none", "accepted", "sent",     "delivered",
                                                    "read", "failed",   "opted out"};
  static const std::vector<std::string> timers = {"expires", "handover", "undelivered", "unread",
                                                  "wait",    "late",     "silent"};
  const auto name = [](const std::vector<std::string>& names, std::int32_t value) {
    const bool known = value >= 0 && static_cast<std::size_t>(value) < names.size();
    return known ? names[static_cast<std::size_t>(value)] : std::to_string(value);
  };
  const std::string when = fmt::format("+{} ", at_ms - kBeginMs);
  switch (kind) {
    case EventKind::start:
      return when + fmt::format("start with seed {}", seed);
    case EventKind::receipt:
      return when + fmt::format("receipt {} of message {}", name(receipts, receipt), message);
    case EventKind::timer:
      return when + "timer " + name(timers, std::to_underlying(timer));
    case EventKind::signal:
      return when + fmt::format("signal {}", signal);
    case EventKind::result:
      return when + fmt::format("result {} of operation {} with {} values", outcome, operation, values.size());
    case EventKind::reply:
      return when + fmt::format("reply with {} values", values.size());
  }
  return when + fmt::format("event of kind {}", std::to_underlying(kind));
}

Event EventSource::next(const oracle::State& state) {
  Event event;
  if (!state.started) {
    event.kind = EventKind::start;
    event.seed = static_cast<std::uint32_t>(random_.chance(90) ? random_.below(1000) : random_.between(-2, 2));
    event.at_ms = now_ms_;
    return event;
  }
  if (random_.chance(40)) now_ms_ += random_.between(1, random_.chance(80) ? 4000 : 400'000);
  if (random_.chance(55))
    plausible(state, event);
  else
    hostile(state, event);
  event.at_ms = now_ms_;
  return event;
}

// What would take a reply; null: nothing.
const check::AwaitReply* EventSource::awaited(const oracle::State& state) const {
  if (!state.resting) return nullptr;
  const check::StepBody* body = &flow_.steps.at(check::index(*state.resting)).body;
  const auto* question = std::get_if<check::Send>(body);
  if (question != nullptr && question->answer) body = &flow_.steps.at(check::index(*question->answer)).body;
  return std::get_if<check::AwaitReply>(body);
}

void EventSource::receipt(Event& event, std::uint32_t message, std::int32_t receipt) {
  event.kind = EventKind::receipt;
  event.message = message;
  event.receipt = receipt;
  if (receipt == std::to_underlying(Receipt::failed) && random_.chance(50)) event.reason = "no such user";
}

// Of the operation under way, or of none; with the values that its reads take, or with fewer or more.
void EventSource::result(const oracle::State& state, Event& event) {
  static constexpr std::string_view kTexts[] = {"", "42", "a text that somebody else wrote", "+639171234567", "ms"};
  event.kind = EventKind::result;
  event.operation = state.operation && random_.chance(85)
                        ? *state.operation
                        : static_cast<std::uint32_t>(random_.below(state.operations + 1));
  event.outcome = static_cast<std::int32_t>(random_.chance(90) ? random_.between(0, 3) : random_.between(-2, 1000));
  if (!state.resting) return;
  const auto* step = std::get_if<check::Operation>(&flow_.steps.at(check::index(*state.resting)).body);
  if (step == nullptr) return;
  generate::Options options;
  options.traps = false;
  for (const auto& read : step->reads) {
    if (random_.chance(3)) break;
    program::FlowField value{0, {"", 0}, random_.chance(85) ? 1u : 0u};
    const check::Type& type = flow_.variables.at(check::index(read.variable)).type;
    const program::ValueType kind = type.kind;
    if (program::is_composite(kind)) {
      const std::string& text = random_.pick(generate::composite_values(type));
      value.text = {text.data(), text.size()};
    } else if (program::is_text(kind)) {
      const std::string_view text = kTexts[random_.below(std::size(kTexts))];
      value.text = {text.data(), text.size()};
    } else {
      value.scalar = generate::random_value(random_, kind, options).scalar;
    }
    event.values.push_back(value);
  }
}

// What an arm waits for, or anything; with parts that its kind has not, or without.
void EventSource::reply(const oracle::State& state, Event& event) {
  static constexpr std::string_view kTexts[] = {
      "", "Stop", "  YES ", "Well, the Order 10-4432", "+639171234567", "\u00c9T\u00c9"};
  event.kind = EventKind::reply;
  std::string_view text = kTexts[random_.below(std::size(kTexts))];
  auto kind = static_cast<program::ReplyKind>(random_.below(program::kReplyKinds));
  const check::AwaitReply* step = awaited(state);
  if (step != nullptr && !step->arms.empty() && random_.chance(60)) {
    const auto& match = random_.pick(random_.pick(step->arms).matches);
    text = match.text;
    if (match.kind == check::AwaitReply::Match::Kind::kind) kind = match.reply;
    if (match.kind == check::AwaitReply::Match::Kind::pattern) text = random_.chance(70) ? "10-4432" : "110-4432";
  }
  const auto add = [&](std::string_view value, std::int64_t scalar) {
    if (event.values.size() == event.values.capacity()) return;
    event.values.push_back({scalar, {value.data(), value.size()}, random_.chance(90) ? 1u : 0u});
  };
  event.values.reserve(random_.chance(90) ? program::kReplyValues : random_.below(program::kReplyValues));
  add(text, 0);
  add(random_.chance(95) ? program::to_string(kind) : std::string_view("nonsense"), 0);
  add("choice-1", 0);
  add("https://media.example/1.jpg", 0);
  add("", random_.between(-90'000'000, 90'000'000));
  add("", random_.between(-180'000'000, 180'000'000));
}

void EventSource::plausible(const oracle::State& state, Event& event) {
  if (signals_ != 0 && random_.chance(12)) {
    event.kind = EventKind::signal;
    event.signal = static_cast<std::int32_t>(random_.below(signals_));
    return;
  }
  if (state.operation && random_.chance(60)) return result(state, event);
  if (awaited(state) != nullptr && random_.chance(60)) return reply(state, event);
  const bool on_reply = std::ranges::any_of(
      flow_.handlers, [](const check::Handler& handler) { return handler.kind == check::Handler::Kind::reply; });
  if (on_reply && random_.chance(8)) return reply(state, event);
  const auto deadline = state.next_deadline();
  if (deadline && (!state.current || random_.chance(35))) {
    event.kind = EventKind::timer;
    event.timer = deadline->second;
    now_ms_ = std::max(now_ms_, deadline->first);
    return;
  }
  if (!state.messages.empty()) {
    const bool current = state.current && random_.chance(75);
    const auto message = current ? *state.current : static_cast<std::uint32_t>(random_.below(state.messages.size()));
    const std::int32_t status = std::to_underlying(state.messages[message].status);
    const std::int32_t next = std::min(status + static_cast<std::int32_t>(1 + random_.below(2)), 4);
    // A failure now and then because of the contact; where that has an arm, more often.
    const auto* send =
        state.resting ? std::get_if<check::Send>(&flow_.steps.at(check::index(*state.resting)).body) : nullptr;
    const bool opted_out = send != nullptr && send->opted_out ? random_.chance(60) : state.messages.size() % 3 == 0;
    const Receipt failure = opted_out ? Receipt::opted_out : Receipt::failed;
    return receipt(event, message, random_.chance(20) ? std::to_underlying(failure) : next);
  }
  event.kind = EventKind::signal;
  event.signal = static_cast<std::int32_t>(random_.below(signals_ + 1)) - (signals_ == 0 ? 1 : 0);
}

void EventSource::hostile(const oracle::State& state, Event& event) {
  switch (random_.below(10)) {
    case 9:
      return reply(state, event);
    case 8:
      return result(state, event);
    case 0:
      event.kind = EventKind::signal;
      event.signal = static_cast<std::int32_t>(random_.between(-2, static_cast<std::int64_t>(signals_) + 1));
      return;
    case 1:
    case 2: {
      event.kind = EventKind::timer;
      event.timer = static_cast<Timer>(random_.chance(90) ? random_.between(0, 6) : random_.between(-1, 8));
      const auto due = state.deadlines.find(event.timer);
      if (due != state.deadlines.end() && random_.chance(60))
        now_ms_ = std::max(now_ms_, due->second + random_.between(-1, 1));
      return;
    }
    case 3:
      if (random_.chance(30)) {
        event.kind = random_.chance(50) ? EventKind::start : static_cast<EventKind>(random_.between(-1, 7));
        return;
      }
      [[fallthrough]];
    default: {
      const std::uint32_t messages = static_cast<std::uint32_t>(state.messages.size());
      std::uint32_t message = static_cast<std::uint32_t>(random_.below(messages + 1));
      if (random_.chance(3)) message = program::kNoMessage - static_cast<std::uint32_t>(random_.below(2));
      const bool known = random_.chance(95);
      receipt(event, message,
              static_cast<std::int32_t>(known ? random_.between(1, 5) : random_.pick<std::int64_t>({-1, 0, 6, 100})));
      return;
    }
  }
}

}  // namespace flow::differential
