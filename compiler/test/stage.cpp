#include "compiler/test/stage.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/instant.h"
#include "compiler/check/prices.h"
#include "compiler/check/sms_parts.h"
#include "numbers/numbers.h"
#include "runtime/program/flow_call.h"
#include "runtime/program/http_call.h"
#include "runtime/program/text.h"

namespace flow::test {
namespace {

using program::ChannelKind;
using program::Effect;
using program::EffectKind;
using program::EventKind;
using program::FlowEvent;
using program::Receipt;
using program::Timer;

FlowEvent make_event(EventKind kind, std::int64_t at_ms) {
  FlowEvent event{};
  event.kind = std::to_underlying(kind);
  event.signal = -1;
  event.message = program::kNoMessage;
  event.at_ms = at_ms;
  return event;
}

program::WrittenEvent result_of(const program::FlowInfo& info, const program::OperationInfo& site, const Stub& stub) {
  if (site.kind == program::OperationKind::flow)
    return program::flow_result(info, site, stub.end, stub.outcome.value_or(""), stub.body);
  if (!stub.outcome) return program::http_result(info, site, stub.status, stub.body);
  const auto text = [&](const program::OperationOutcome& one) { return program::outcome_text(site.kind, one); };
  const auto arm = std::ranges::find(site.outcomes, *stub.outcome, text);
  return program::operation_result(
      info, site, arm == site.outcomes.end() ? 0 : static_cast<std::int32_t>(arm - site.outcomes.begin()), stub.body);
}

// 2026-01-01T00:00Z
constexpr std::int64_t kStartMs = 1'767'225'600'000;

}  // namespace

Stage::Stage(const Test& test, const check::Workspace& workspace, const program::Program& program)
    : test_(test),
      workspace_(workspace),
      program_(program),
      frame_(numbers::region_of),
      start_ms_(test.start_ms.value_or(kStartMs)),
      now_ms_(start_ms_),
      entered_(program.info().steps.size()),
      answered_(program.info().steps.size()) {}

void Stage::start(const std::vector<core::InputValue>& inputs) {
  frame_.reset(program_.info());
  core::put_inputs(inputs, frame_);
  feed(make_event(EventKind::start, start_ms_));
}

bool Stage::fire_one(std::int64_t at_ms) {
  Timer timer{};
  const std::int64_t due = frame_.next_deadline(&timer);
  if (retry_ && retry_->due_ms <= std::min(due, start_ms_ + at_ms)) {
    fire_retry();
    return true;
  }
  if (due == program::kNever || due > start_ms_ + at_ms) return false;
  FlowEvent event = make_event(EventKind::timer, std::max(due, now_ms_));
  event.timer = std::to_underlying(timer);
  Seen seen{Seen::Kind::timer, event.at_ms - start_ms_, {}, {}, nullptr, nullptr, {}, false, false};
  seen.effect.timer = timer;
  seen.effect.step = frame_.raw().resting;
  seen_.push_back(std::move(seen));
  const program::Verdict verdict = feed(event);
  FLOW_CHECK(verdict != program::Verdict::ignored, "timer {} is due and nothing handles it", event.timer);
  return true;
}

void Stage::run_until(std::int64_t at_ms) {
  while (fire_one(at_ms)) {
  }
}

void Stage::run_to_end() {
  run_until(program::kNever - 1 - start_ms_);
}

std::optional<std::uint32_t> Stage::last_message(const std::vector<check::StepId>& steps) const {
  const auto& messages = frame_.messages();
  for (std::size_t i = messages.size(); i-- > 0;) {
    if (is_of_step(steps, messages[i].step)) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

void Stage::receipt(const Line& line, std::int64_t at_ms) {
  // Of an instant's timers those come first without which there would be no message.
  while (!last_message(line.steps) && fire_one(at_ms)) {
  }
  const auto message = last_message(line.steps);
  Seen seen{Seen::Kind::event, at_ms, {}, {}, &line, nullptr, {}, false, false};
  if (!message) {
    seen.kind = Seen::Kind::problem;
    seen.note = "the step has sent nothing by then";
    seen_.push_back(std::move(seen));
    return;
  }
  FlowEvent event = make_event(EventKind::receipt, start_ms_ + at_ms);
  event.receipt = std::to_underlying(line.entry->receipt);
  event.message = *message;
  if (line.text) event.reason = {line.text->data(), line.text->size()};
  const std::size_t place = seen_.size();
  seen_.push_back(std::move(seen));
  seen_[place].ignored = feed(event) == program::Verdict::ignored;
}

void Stage::signal(const Line& line, std::int64_t at_ms) {
  FlowEvent event = make_event(EventKind::signal, start_ms_ + at_ms);
  const auto& signals = info().signals;
  const auto found = std::find(signals.begin(), signals.end(), *line.text);
  if (found != signals.end()) event.signal = static_cast<std::int32_t>(found - signals.begin());
  this->event(line, event);
}

// What a reply of its kind has: what the line says, and the usual.
void Stage::reply(const Line& line, std::int64_t at_ms) {
  program::Reply reply;
  reply.kind = line.entry->reply;
  reply.text = line.text.value_or("");
  reply.choice = reply.text;
  reply.url = "https://media.example/1";
  if (program::has_url(reply.kind) && line.text) {
    reply.url = *line.text;
    reply.text.clear();
  }
  const Position place = line.place.value_or(Position{14'599'512, 120'984'222});
  reply.latitude = place.latitude;
  reply.longitude = place.longitude;
  const auto values = reply.values();
  FlowEvent event = make_event(EventKind::reply, start_ms_ + at_ms);
  event.values = values.data();
  event.value_count = values.size();
  this->event(line, event);
}

void Stage::event(const Line& line, const FlowEvent& event) {
  const std::size_t place = seen_.size();
  seen_.push_back({Seen::Kind::event, event.at_ms - start_ms_, {}, {}, &line, nullptr, {}, false, false});
  seen_[place].ignored = feed(event) == program::Verdict::ignored;
}

program::Verdict Stage::feed(const FlowEvent& event) {
  now_ms_ = event.at_ms;
  const program::Verdict verdict = program_.advance(frame_, event);
  const std::vector<Effect> effects = std::move(frame_.effects());
  frame_.clear_effects();
  std::vector<std::pair<std::uint32_t, std::size_t>> sent;  // messages, and their steps
  std::vector<std::uint32_t> unreported;                    // those of them whose channel reports no `sent`
  const auto reports_sent = [&](std::uint32_t message) { return std::ranges::count(unreported, message) == 0; };
  for (const Effect& effect : effects) {
    const auto step = static_cast<std::size_t>(effect.step);
    if (effect.kind == EffectKind::enter) {
      ++entered_.at(step);
      // What a test added to see its arms is no part of the flow.
      if (step >= test_.flow->steps.size()) continue;
    }
    if (effect.kind == EffectKind::send) {
      sent.emplace_back(effect.message, step);
      if (!program::reports_sent(info().channels.at(effect.channel).kind)) unreported.push_back(effect.message);
    }
    seen_.push_back({Seen::Kind::effect,
                     event.at_ms - start_ms_,
                     effect,
                     effect.kind == EffectKind::send ? text_of(effect) : std::string(),
                     nullptr,
                     nullptr,
                     {},
                     false,
                     false});
  }
  // The provider takes it at once, or a stub refuses it, and reports nothing more by itself.
  for (const auto& [message, step] : sent) {
    FlowEvent answered = make_event(EventKind::receipt, event.at_ms);
    // Where the channel makes no report of `sent`, this is one.
    answered.receipt = std::to_underlying(next_stub(step) != nullptr ? Receipt::failed
                                          : reports_sent(message)    ? Receipt::accepted
                                                                     : Receipt::sent);
    answered.message = message;
    feed(answered);
  }
  for (const Effect& effect : effects) {
    // The step was left, or another asks.
    if (effect.kind == EffectKind::cancel || effect.kind == EffectKind::request) {
      retry_.reset();
      retried_ = 0;
    }
    if (effect.kind == EffectKind::request) answer(effect, event.at_ms);
    const bool own =
        effect.kind == EffectKind::enter && static_cast<std::size_t>(effect.step) < test_.flow->steps.size();
    if (own) foreign_event(effect, event.at_ms);
  }
  return verdict;
}

// Null: all are used up.
const Stub* Stage::next_stub(std::size_t step) {
  std::size_t left = answered_.at(step)++;
  const auto next = std::ranges::find_if(
      test_.stubs, [&](const Stub& stub) { return check::index(stub.step) == step && left-- == 0; });
  return next == test_.stubs.end() ? nullptr : &*next;
}

// A component of another system reports at once, and with any event it has a result.
void Stage::foreign_event(const Effect& enter, std::int64_t at_ms) {
  const auto step = static_cast<std::size_t>(enter.step);
  const auto* foreign = std::get_if<check::Extern>(&test_.flow->steps.at(step).body);
  if (foreign == nullptr) return;
  const Stub* next = next_stub(step);
  if (next == nullptr) {
    Seen seen{Seen::Kind::problem, at_ms - start_ms_, enter, {}, nullptr, nullptr, {}, false, false};
    seen.note =
        fmt::format("`{}` is of another system, and the test has no event left for it", info().steps.at(step).name);
    seen_.push_back(std::move(seen));
    return;
  }
  if (foreign->into) frame_.set_text(check::index(*foreign->into), next->body);
  FlowEvent event = make_event(EventKind::signal, at_ms);
  const auto& signals = info().signals;
  const auto found = std::ranges::find(signals, info().steps.at(step).name + "." + *next->outcome);
  FLOW_CHECK(found != signals.end(), "an event of `extern` is no signal");
  event.signal = static_cast<std::int32_t>(found - signals.begin());
  feed(event);
}

// At once, with the step's next stub.
void Stage::answer(const Effect& request, std::int64_t at_ms) {
  const auto step = static_cast<std::size_t>(request.step);
  const program::OperationInfo& site = info().operations.at(request.site);
  if (needs_no_stub(site.kind)) return result(program::operation_result(info(), site, 1, "{}"), request, at_ms);
  const Stub* next = next_stub(step);
  if (next == nullptr) {
    Seen seen{Seen::Kind::problem, at_ms - start_ms_, request, {}, nullptr, nullptr, {}, false, false};
    seen.note = fmt::format("`{}` asks, and the test has no answer left for it", info().steps.at(step).name);
    seen_.push_back(std::move(seen));
    return;
  }
  if (next->late || ask_again(request, *next, at_ms)) return;
  result(result_of(info(), site, *next), request, at_ms);
}

// What is only busy is asked again, as often as the step says.
bool Stage::ask_again(const Effect& request, const Stub& stub, std::int64_t at_ms) {
  const program::OperationInfo& site = info().operations.at(request.site);
  const bool busy = stub.status == 429 || stub.status == 502 || stub.status == 503 || stub.status == 504;
  const std::int64_t due = at_ms + site.retry_after_ms;
  if (!busy || retried_ >= site.retries || due >= request.not_after_ms) return false;
  ++retried_;
  retry_ = Retry{due, request};
  return true;
}

void Stage::fire_retry() {
  const Retry again = *std::exchange(retry_, std::nullopt);
  now_ms_ = again.due_ms;
  seen_.push_back(
      {Seen::Kind::effect, again.due_ms - start_ms_, again.request, {}, nullptr, nullptr, {}, false, false});
  answer(again.request, again.due_ms);
}

void Stage::result(program::WrittenEvent written, const Effect& request, std::int64_t at_ms) {
  written.event.at_ms = at_ms;
  written.event.operation = request.operation;
  written.point_to_texts();
  feed(written.event);
}

std::string Stage::text_of(const Effect& send) const {
  if (send.template_index < 0) return send.text;
  const std::string& name = info().templates.at(static_cast<std::size_t>(send.template_index)).name;
  const auto found = std::ranges::find(workspace_.templates, name, &check::Template::name);
  if (found == workspace_.templates.end()) return {};
  // The checker has written every parameter in it as `{{name}}`.
  std::string text = found->body;
  for (std::size_t at = 0; (at = text.find("{{", at)) != std::string::npos;) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string::npos) break;
    const std::string parameter = text.substr(at + 2, end - at - 2);
    const auto value = std::ranges::find(send.parameters, parameter, &std::pair<std::string, std::string>::first);
    const std::string with = value == send.parameters.end() ? std::string() : value->second;
    text.replace(at, end + 2 - at, with);
    at += with.size();
  }
  return text;
}

std::int64_t Stage::cost() const {
  std::int64_t sum = 0;
  for (const Seen& seen : seen_) {
    if (seen.kind != Seen::Kind::effect || seen.effect.kind != EffectKind::send) continue;
    const ChannelKind kind = info().channels.at(seen.effect.channel).kind;
    const check::Price* price = check::find_price(workspace_, kind, program::purpose_of(info(), seen.effect.content));
    const std::int64_t region = program::takes_numbers(kind) ? frame_.region_of(seen.effect.to) : 0;
    const auto one = check::price_for(*price, region == 0 ? "" : program::region_text(region));
    const std::uint64_t parts = kind == ChannelKind::sms ? check::sms_parts(seen.text) : 1;
    sum += one.value_or(0) * static_cast<std::int64_t>(parts);
  }
  return sum;
}

std::int64_t Stage::count_of(catalogue::TestFact fact) const {
  if (fact == catalogue::TestFact::messages) return static_cast<std::int64_t>(frame_.messages().size());
  return std::ranges::count_if(seen_, [](const Seen& seen) {
    return seen.kind == Seen::Kind::effect && seen.effect.kind == EffectKind::late_receipt;
  });
}

}  // namespace flow::test
