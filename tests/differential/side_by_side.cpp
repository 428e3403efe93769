#include "tests/differential/side_by_side.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace flow::differential {
namespace {

using program::Effect;
using program::Verdict;

std::string shown(const std::string& text) {
  return text.size() <= 80 ? text : fmt::format("{}… ({} bytes)", text.substr(0, 40), text.size());
}

std::string difference(const std::vector<Effect>& expected, const std::vector<Effect>& found) {
  std::string out;
  for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
    const std::string one = i < expected.size() ? describe(expected[i]) : "nothing";
    const std::string other = i < found.size() ? describe(found[i]) : "nothing";
    const bool same = i < expected.size() && i < found.size() && expected[i] == found[i];
    out += fmt::format("\n    {} {}: {}{}", same ? " " : "!", i, one, same ? "" : "\n         but " + other);
  }
  return out;
}

// The parts of a state that differ.
std::string difference(const program::FlowInfo& info, program::RegionLookup region_of, const std::string& expected,
                       const std::string& found) {
  program::Frame one(region_of);
  program::Frame other(region_of);
  if (const Status status = program::decode_state(expected, info, one); !status)
    return "the oracle's state does not decode: " + status.error().message;
  if (const Status status = program::decode_state(found, info, other); !status)
    return "the engine's state does not decode: " + status.error().message;
  std::string out;
  const auto compare = [&](const std::string& name, std::int64_t a, std::int64_t b) {
    if (a != b) out += fmt::format("\n    {}: {}, but {}", name, a, b);
  };
  const program::FlowFrame& a = one.raw();
  const program::FlowFrame& b = other.raw();
  compare("resting", a.resting, b.resting);
  compare("started at", one.rest().started_at_ms, other.rest().started_at_ms);
  compare("entered at", one.rest().entered_at_ms, other.rest().entered_at_ms);
  compare("current message", one.current_message(), other.current_message());
  compare("handlers fired", static_cast<std::int64_t>(a.handlers_fired), static_cast<std::int64_t>(b.handlers_fired));
  compare("end", one.rest().end, other.rest().end);
  compare("outcome", one.rest().end_outcome, other.rest().end_outcome);
  for (int t = 0; t < program::kTimerCount; ++t) {
    const auto timer = static_cast<program::Timer>(t);
    compare(fmt::format("deadline {}", t), program::deadline(a, timer), program::deadline(b, timer));
  }
  for (std::size_t c = 0; c < info.counters; ++c)
    compare(fmt::format("counter {}", c), one.rest().counters[c], other.rest().counters[c]);
  for (std::size_t f = 0; f < info.fields.size(); ++f) {
    const std::string name = info.fields[f].name;
    compare(name + " present", static_cast<std::int64_t>(a.fields[f].present),
            static_cast<std::int64_t>(b.fields[f].present));
    compare(name, a.fields[f].scalar, b.fields[f].scalar);
    const std::string text_a(a.fields[f].text.data, a.fields[f].text.size);
    const std::string text_b(b.fields[f].text.data, b.fields[f].text.size);
    if (text_a != text_b) out += fmt::format("\n    {}: \"{}\", but \"{}\"", name, shown(text_a), shown(text_b));
  }
  compare("messages", static_cast<std::int64_t>(one.messages().size()),
          static_cast<std::int64_t>(other.messages().size()));
  for (std::size_t m = 0; m < std::min(one.messages().size(), other.messages().size()); ++m) {
    compare(fmt::format("message {} step", m), one.messages()[m].step, other.messages()[m].step);
    compare(fmt::format("message {} status", m), one.messages()[m].status, other.messages()[m].status);
    compare(fmt::format("message {} failed", m), one.messages()[m].failed, other.messages()[m].failed);
    compare(fmt::format("message {} left", m), one.messages()[m].left, other.messages()[m].left);
  }
  return out.empty() ? "other bytes for the same state" : out;
}

}  // namespace

std::string describe(const Effect& effect) {
  static constexpr const char* kKinds[] = {"enter", "send",    "withdraw", "timer", "late receipt",
                                           "end",   "request", "cancel",   "launch"};
  std::string out = fmt::format("{} step {}", kKinds[std::to_underlying(effect.kind)], effect.step);
  if (effect.message != program::kNoMessage) out += fmt::format(" message {}", effect.message);
  if (effect.kind == program::EffectKind::send) {
    out += fmt::format(" channel {} to {} text \"{}\" template {} language {} ttl {} not after {}{}", effect.channel,
                       shown(effect.to), shown(effect.text), effect.template_index, effect.language, effect.ttl_ms,
                       effect.not_after_ms, effect.secret ? " secret" : "");
    for (const auto& [name, value] : effect.parameters) out += fmt::format(" {}=\"{}\"", name, shown(value));
    if (effect.content >= 0) out += fmt::format(" content {}", effect.content);
    for (const std::string& part : effect.parts) out += fmt::format(" \"{}\"", shown(part));
  }
  if (effect.operation != program::kNoOperation) out += fmt::format(" operation {}", effect.operation);
  if (effect.kind == program::EffectKind::request || effect.kind == program::EffectKind::launch) {
    out += fmt::format(" site {} not after {}{}", effect.site, effect.not_after_ms, effect.secret ? " secret" : "");
    for (const std::string& argument : effect.arguments) out += fmt::format(" \"{}\"", shown(argument));
  }
  if (effect.kind == program::EffectKind::timer)
    out += fmt::format(" {} due {}", std::to_underlying(effect.timer), effect.due_ms);
  if (effect.kind == program::EffectKind::late_receipt)
    out += fmt::format(" receipt {}", std::to_underlying(effect.receipt));
  if (effect.kind == program::EffectKind::end)
    out += fmt::format(" {} outcome {} reason \"{}\"", std::to_underlying(effect.end), effect.outcome, effect.reason);
  return out;
}

SideBySide::SideBySide(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs)
    : subject_(subject),
      oracle_(*subject.workspace, *subject.flow, subject.region_of),
      state_(oracle_.create(inputs)),
      properties_(*subject.flow),
      frame_(subject.region_of) {
  if (!subject.engines.empty()) bytes_.assign(subject.engines.size(), encode_oracle());
}

std::string SideBySide::encode_oracle() {
  frame_.reset(subject_.info);
  oracle::fill(state_, frame_);
  return program::encode_state(frame_);
}

std::optional<std::string> SideBySide::step(const Event& event) {
  const program::FlowEvent raw = event.raw();
  std::vector<Effect> effects;
  const Verdict verdict = oracle_.advance(state_, raw, effects);
  if (std::string wrong = properties_.check(event, verdict, effects, state_); !wrong.empty()) return "oracle: " + wrong;
  if (subject_.engines.empty()) return std::nullopt;
  const std::string bytes = encode_oracle();
  for (std::size_t i = 0; i < subject_.engines.size(); ++i)
    if (auto wrong = step_engine(i, event, verdict, effects, bytes)) return wrong;
  return std::nullopt;
}

std::optional<std::string> SideBySide::step_engine(std::size_t engine, const Event& event, Verdict verdict,
                                                   const std::vector<Effect>& effects, const std::string& bytes) {
  const Engine& it = subject_.engines[engine];
  if (const Status status = program::decode_state(bytes_[engine], subject_.info, frame_); !status)
    return fmt::format("{}: its state does not decode: {}", it.name, status.error().message);
  const program::FlowEvent raw = event.raw();
  const Verdict found = it.program->advance(frame_, raw);
  if (frame_.effects() != effects)
    return fmt::format("{}: other effects:{}", it.name, difference(effects, frame_.effects()));
  const std::string after = program::encode_state(frame_);
  if (after != bytes)
    return fmt::format("{}: another state: {}", it.name, difference(subject_.info, subject_.region_of, bytes, after));
  if (found != verdict)
    return fmt::format("{}: verdict {}, but {}", it.name, std::to_underlying(verdict), std::to_underlying(found));
  if (verdict == Verdict::ignored && after != bytes_[engine])
    return fmt::format("{}: the ignored event changed the state", it.name);
  bytes_[engine] = after;
  return std::nullopt;
}

std::optional<Failure> replay(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
                              const std::vector<Event>& events) {
  SideBySide run(subject, inputs);
  for (std::size_t i = 0; i < events.size(); ++i)
    if (auto wrong = run.step(events[i])) return Failure{i, *wrong};
  return std::nullopt;
}

std::vector<Event> shrink(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
                          std::vector<Event> events) {
  constexpr std::size_t kEventsReplayedMax = 50'000;
  std::size_t replayed = 0;
  for (std::size_t size = events.size() / 2; size > 0; size /= 2) {
    // From the end, so that what is kept does not move; the start stays.
    for (std::size_t end = events.size(); end > size && replayed < kEventsReplayedMax;) {
      const std::size_t begin = end - size;
      std::vector<Event> fewer = events;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin), fewer.begin() + static_cast<std::ptrdiff_t>(end));
      replayed += fewer.size();
      const auto failure = replay(subject, inputs, fewer);
      end = begin;
      if (!failure) continue;
      fewer.resize(failure->event + 1);
      events = std::move(fewer);
      end = std::min(end, events.size());
    }
  }
  return events;
}

}  // namespace flow::differential
