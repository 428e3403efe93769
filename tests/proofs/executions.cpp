#include "tests/proofs/executions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "compiler/interpret/interpreter.h"
#include "runtime/program/flow_call.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using program::EventKind;
using program::Receipt;
using program::Timer;

constexpr std::int64_t kBegin = 1'795'168'800'000;

// What the flow's arms may look for in a reply, and something that they do not.
std::vector<program::Reply> replies_of(const ir::Flow& flow) {
  std::vector<program::Reply> result(1);
  result[0].text = "?";
  for (const ir::Function& function : flow.functions) {
    bool looks = false;
    for (const ir::Block& block : function.blocks) {
      for (const ir::Inst& inst : block.insts) {
        looks = looks || inst.op == ir::Op::event_text;
        if (!looks || inst.op != ir::Op::const_text) continue;
        const std::string& text = flow.texts[static_cast<std::size_t>(inst.imm)];
        program::Reply reply;
        if (const auto kind = program::reply_kind(text)) reply.kind = *kind;
        if (reply.kind == program::ReplyKind::text) reply.text = text;
        if (std::ranges::count(result, reply) == 0) result.push_back(std::move(reply));
      }
    }
  }
  return result;
}

}  // namespace

Executions::Executions(const ir::Flow& flow, program::RegionLookup regions, Children others)
    : flow_(flow), regions_(regions), replies_(replies_of(flow)), others_(std::move(others)) {
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(flow);
  program_ = interpret::make_interpreter(std::move(module), 0);
}

Executions::~Executions() = default;

Fed Executions::run(const std::vector<Given>& inputs, std::uint32_t seed, const Bounds& bounds,
                    const std::function<void(const Done&)>& see) const {
  program::Frame frame(regions_);
  frame.reset(program_->info());
  for (std::size_t i = 0, given = 0; i < flow_.info.fields.size(); ++i) {
    if (flow_.info.fields[i].role != program::FieldRole::input) continue;
    const Given input = given < inputs.size() ? inputs[given] : Given{};
    ++given;
    if (!input.present) continue;
    if (program::is_text(flow_.info.fields[i].type))
      frame.set_text(i, input.text);
    else
      frame.set_scalar(i, input.scalar);
  }
  program::FlowEvent start{};
  start.kind = std::to_underlying(EventKind::start);
  start.at_ms = kBegin;
  start.signal = -1;
  start.seed = seed;
  Fed fed;
  if (program_->advance(frame, start) != program::Verdict::changed) return fed;
  Place begun;
  begun.now = kBegin;
  note(frame, kBegin, begun.done);
  see(begun.done);
  begun.state = program::encode_state(frame);
  std::set<Place> level;
  if (!begun.done.ended) level.insert(std::move(begun));
  for (; fed.depth < bounds.depth; ++fed.depth) {
    std::set<Place> next;
    for (const Place& place : level) {
      program::Frame resting(regions_);
      FLOW_CHECK(program::decode_state(place.state, program_->info(), resting).has_value());
      for (const Choice& choice : choices(resting, place.now)) {
        if (fed.events++ >= bounds.events) return fed;
        auto to = go_on(place, choice);
        if (!to) continue;
        see(to->done);
        if (!to->done.ended) next.insert(*std::move(to));
      }
    }
    level = std::move(next);
  }
  return fed;
}

std::vector<Executions::Choice> Executions::choices(const program::Frame& frame, std::int64_t now) const {
  std::vector<Choice> result;
  const auto add = [&](EventKind kind, std::int64_t at) -> Choice& {
    Choice& choice = result.emplace_back();
    choice.event.kind = std::to_underlying(kind);
    choice.event.at_ms = at;
    choice.event.signal = -1;
    return choice;
  };
  Timer timer{};
  const std::int64_t due = frame.next_deadline(&timer);
  FLOW_CHECK(due != program::kNever, "an execution without a deadline");
  add(EventKind::timer, due).event.timer = std::to_underlying(timer);
  std::vector<std::int64_t> instants = {due};
  if (due != now) instants.push_back(now);
  for (const std::int64_t at : instants) {
    for (std::uint32_t i = 0; i < frame.messages().size(); ++i) {
      const program::FlowMessage& message = frame.messages()[i];
      const auto site = std::ranges::find(flow_.sends, message.step, &ir::SendSite::step);
      const program::ChannelKind kind = flow_.info.channels[site->channel].kind;
      for (const Receipt receipt :
           {Receipt::failed, Receipt::opted_out, Receipt::sent, Receipt::delivered, Receipt::read}) {
        const bool failed = receipt == Receipt::failed || receipt == Receipt::opted_out;
        const bool old = failed ? message.failed != 0 || message.status >= std::to_underlying(Receipt::delivered)
                                : message.status >= std::to_underlying(receipt);
        if (old || (receipt == Receipt::read && !program::reports_read(kind))) continue;
        if (receipt == Receipt::delivered && !program::reports_delivered(kind)) continue;
        program::FlowEvent& event = add(EventKind::receipt, at).event;
        event.message = i;
        event.receipt = std::to_underlying(receipt);
      }
    }
    for (std::size_t i = 0; i < flow_.info.signals.size(); ++i)
      add(EventKind::signal, at).event.signal = static_cast<std::int32_t>(i);
    for (const program::Reply& reply : replies_)
      if (flow_.info.replies) add(EventKind::reply, at).reply = &reply;
    if (frame.rest().current_operation == program::kNoOperation) continue;
    const auto operation = std::ranges::find(flow_.info.operations, frame.raw().resting, &program::OperationInfo::step);
    for (std::size_t i = 0; operation != flow_.info.operations.end() && i < operation->outcomes.size(); ++i) {
      program::FlowEvent& event = add(EventKind::result, at).event;
      event.operation = frame.rest().current_operation;
      event.outcome = static_cast<std::int32_t>(i);
    }
  }
  return result;
}

std::int64_t Executions::cost_of(const program::Effect& sent) const {
  const auto site = std::ranges::find(flow_.sends, sent.step, &ir::SendSite::step);
  if (site == flow_.sends.end() || site->price < 0) return 0;
  const ir::Price& price = flow_.prices[static_cast<std::size_t>(site->price)];
  const std::string region = program::region_text(regions_(sent.to));
  const auto named = std::ranges::find(price.regions, region, &std::pair<std::string, std::int64_t>::first);
  return site->parts * (named == price.regions.end() ? price.otherwise : named->second);
}

// The other flow does all that it may, as late as it may.
void Executions::note_start(const program::Effect& started, std::int64_t at_ms, Done& done) const {
  const program::OperationInfo& site = flow_.info.operations[started.site];
  const auto found = program::starts_flow(site.kind) ? others_.find(site.target) : others_.end();
  if (found == others_.end()) return;
  const Reach& other = found->second;
  const bool lives_on = site.kind == program::OperationKind::launch || other.launches;
  done.messages += other.messages;
  for (const auto& [kind, messages] : other.channel_messages) done.by_kind[kind] += messages;
  done.cost += other.cost.value_or(0);
  const std::int64_t begun = at_ms - kBegin;
  const std::int64_t wait = started.not_after_ms - at_ms;
  if (other.messages > 0)
    done.last_send_ms = std::max(done.last_send_ms,
                                 begun + (lives_on ? other.last_send_of_all_ms : std::min(other.last_send_ms, wait)));
  if (lives_on) done.end_ms = std::max(done.end_ms, begun + other.end_of_all_ms);
}

void Executions::note(const program::Frame& frame, std::int64_t at_ms, Done& done) const {
  static const std::set<std::string> kTraps = {"a number left its range", "a text became too long",
                                               "a date left its range", "a time zone is not known here"};
  for (const program::Effect& effect : frame.effects()) {
    if (effect.kind == program::EffectKind::enter) done.entered.insert(effect.step);
    if (effect.kind == program::EffectKind::end) {
      done.ended = true;
      done.end_ms = std::max(done.end_ms, at_ms - kBegin);
      done.trapped = effect.end == program::EndKind::failed && kTraps.contains(effect.reason);
    }
    if (effect.kind == program::EffectKind::request || effect.kind == program::EffectKind::launch)
      note_start(effect, at_ms, done);
    if (effect.kind != program::EffectKind::send) continue;
    ++done.messages;
    done.sent.insert(effect.step);
    ++done.by_kind[flow_.info.channels[effect.channel].kind];
    done.cost += cost_of(effect);
    done.last_send_ms = std::max(done.last_send_ms, at_ms - kBegin);
  }
}

std::optional<Executions::Place> Executions::go_on(const Place& from, const Choice& choice) const {
  program::FlowEvent event = choice.event;
  std::array<program::FlowField, program::kReplyValues> values{};
  if (choice.reply != nullptr) {
    values = choice.reply->values();
    event.values = values.data();
    event.value_count = values.size();
  }
  program::Frame next(regions_);
  FLOW_CHECK(program::decode_state(from.state, program_->info(), next).has_value());
  const std::uint64_t fired = next.raw().handlers_fired;
  const std::uint32_t current = next.current_message();
  if (program_->advance(next, event) != program::Verdict::changed) return std::nullopt;
  Place to{event.at_ms, {}, from.done};
  const bool receipt = event.kind == std::to_underlying(EventKind::receipt);
  const bool late = receipt && event.message != current;
  const bool unwanted = receipt && event.receipt == std::to_underlying(Receipt::opted_out);
  const bool good = unwanted || (receipt && event.receipt >= std::to_underlying(Receipt::sent) &&
                                 event.receipt <= std::to_underlying(Receipt::read));
  const bool left = current != program::kNoMessage && next.current_message() != current;
  to.done.got_through = to.done.got_through || choice.reply != nullptr || next.raw().handlers_fired != fired ||
                        (good && !late && (event.receipt > std::to_underlying(Receipt::sent) || left));
  note(next, event.at_ms, to.done);
  to.state = program::encode_state(next);
  return to;
}

}  // namespace flow::prove
