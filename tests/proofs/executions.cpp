#include "tests/proofs/executions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "compiler/interpret/interpreter.h"

namespace flow::prove {
namespace {

using program::EventKind;
using program::Receipt;
using program::Timer;

constexpr std::int64_t kBegin = 1'795'168'800'000;

program::FlowEvent event_of(EventKind kind, std::int64_t at_ms) {
  program::FlowEvent event{};
  event.kind = std::to_underlying(kind);
  event.at_ms = at_ms;
  event.signal = -1;
  return event;
}

}  // namespace

struct Executions::Walk {
  const Bounds& bounds;
  const std::function<void(const Done&)>& see;
  std::size_t fed = 0;
};

Executions::Executions(const ir::Flow& flow, program::RegionLookup regions) : flow_(flow), regions_(regions) {
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(flow);
  program_ = interpret::make_interpreter(std::move(module), 0);
}

Executions::~Executions() = default;

std::size_t Executions::run(const std::vector<Given>& inputs, std::uint32_t seed, const Bounds& bounds,
                            const std::function<void(const Done&)>& see) const {
  program::Frame frame(regions_);
  frame.reset(program_->info());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].present) continue;
    if (program::is_text(flow_.info.fields[i].type))
      frame.set_text(i, inputs[i].text);
    else
      frame.set_scalar(i, inputs[i].scalar);
  }
  Walk walk{bounds, see};
  program::FlowEvent start = event_of(EventKind::start, kBegin);
  start.seed = seed;
  FLOW_CHECK(program_->advance(frame, start) == program::Verdict::changed, "a start was ignored");
  Done done;
  for (const program::Effect& effect : frame.effects()) {
    if (effect.kind == program::EffectKind::enter) done.entered.insert(effect.step);
    if (effect.kind == program::EffectKind::end) done.ended = true;
    if (effect.kind != program::EffectKind::send) continue;
    ++done.messages;
    ++done.by_kind[flow_.info.channels[effect.channel].kind];
  }
  see(done);
  if (!done.ended) go_on(program::encode_state(frame), done, kBegin, 0, walk);
  return walk.fed;
}

std::vector<program::FlowEvent> Executions::choices(const program::Frame& frame, std::int64_t now) const {
  std::vector<program::FlowEvent> result;
  Timer timer{};
  const std::int64_t due = frame.next_deadline(&timer);
  FLOW_CHECK(due != program::kNever, "an execution without a deadline");
  result.push_back(event_of(EventKind::timer, due));
  result.back().timer = std::to_underlying(timer);
  std::vector<std::int64_t> instants = {due};
  if (due != now) instants.push_back(now);
  for (const std::int64_t at : instants) {
    for (std::uint32_t i = 0; i < frame.messages().size(); ++i) {
      const program::FlowMessage& message = frame.messages()[i];
      const auto site = std::ranges::find(flow_.sends, message.step, &ir::SendSite::step);
      const bool reads = flow_.info.channels[site->channel].kind != program::ChannelKind::sms;
      for (const Receipt receipt : {Receipt::failed, Receipt::sent, Receipt::delivered, Receipt::read}) {
        const bool failed = receipt == Receipt::failed;
        const bool old = failed ? message.failed != 0 || message.status >= std::to_underlying(Receipt::delivered)
                                : message.status >= std::to_underlying(receipt);
        if (old || (receipt == Receipt::read && !reads)) continue;
        result.push_back(event_of(EventKind::receipt, at));
        result.back().message = i;
        result.back().receipt = std::to_underlying(receipt);
      }
    }
    for (std::size_t i = 0; i < flow_.info.signals.size(); ++i) {
      result.push_back(event_of(EventKind::signal, at));
      result.back().signal = static_cast<std::int32_t>(i);
    }
  }
  return result;
}

void Executions::go_on(const std::string& state, const Done& done, std::int64_t now, int depth, Walk& walk) const {
  program::Frame frame(regions_);
  FLOW_CHECK(program::decode_state(state, program_->info(), frame).has_value());
  for (const program::FlowEvent& event : choices(frame, now)) {
    if (walk.fed >= walk.bounds.events) return;
    ++walk.fed;
    program::Frame next(regions_);
    FLOW_CHECK(program::decode_state(state, program_->info(), next).has_value());
    const std::uint64_t fired = next.raw().handlers_fired;
    const std::uint32_t current = next.raw().current_message;
    if (program_->advance(next, event) != program::Verdict::changed) continue;
    Done seen = done;
    const bool receipt = event.kind == std::to_underlying(EventKind::receipt);
    const bool late = receipt && event.message != current;
    const bool good = receipt && event.receipt >= std::to_underlying(Receipt::sent) &&
                      event.receipt <= std::to_underlying(Receipt::read);
    const bool left = current != program::kNoMessage && next.raw().current_message != current;
    if ((good && !late && (event.receipt > std::to_underlying(Receipt::sent) || left)) ||
        next.raw().handlers_fired != fired)
      seen.got_through = true;
    for (const program::Effect& effect : next.effects()) {
      if (effect.kind == program::EffectKind::enter) seen.entered.insert(effect.step);
      if (effect.kind == program::EffectKind::end) {
        seen.ended = true;
        seen.end_ms = event.at_ms - kBegin;
      }
      if (effect.kind != program::EffectKind::send) continue;
      ++seen.messages;
      ++seen.by_kind[flow_.info.channels[effect.channel].kind];
      seen.last_send_ms = std::max(seen.last_send_ms, event.at_ms - kBegin);
    }
    walk.see(seen);
    if (!seen.ended && depth + 1 < walk.bounds.depth)
      go_on(program::encode_state(next), seen, event.at_ms, depth + 1, walk);
  }
}

}  // namespace flow::prove
