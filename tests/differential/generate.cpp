// A flow in three steps: the steps and where they lead; which variables are certainly set where (as the checker finds
// it); then the expressions, which depend on that.
#include "tests/differential/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "tests/differential/clock.h"
#include "tests/differential/expressions.h"
#include "tests/differential/flow_head.h"
#include "tests/differential/generate_calls.h"
#include "tests/differential/generate_workspace.h"
#include "tests/differential/values.h"
#include "tests/differential/ways.h"

namespace flow::generate {
namespace {

using check::Target;
using program::ChannelKind;
using program::FieldRole;
using program::ValueType;

constexpr std::size_t kAsked = 1;  // the channel on which a flow that is written asks, and shows that it types

class FlowMaker : private FlowHead {
 public:
  using FlowHead::FlowHead;

  check::Flow make() {
    header();
    variables();
    const std::size_t fewest = std::min<std::size_t>(options_.steps_max, random_.chance(10) ? 1 : 4);
    const std::size_t steps = fewest + random_.below(options_.steps_max - fewest + 1);
    flow_.steps.resize(steps);
    plans_.resize(steps);
    steps_ = steps;
    named_.resize(steps, false);
    named_[0] = true;
    asks_ = !options_.as_written || random_.chance(60);
    for (std::size_t i = 0; i < steps; ++i) skeleton(i);
    for (const std::size_t i : asked_) ask(i);
    for (const std::size_t i : typing_) typing(i);
    for (std::size_t i = 0; i < steps && !options_.as_written; ++i) question(flow_.steps[i]);
    plans_.resize(flow_.steps.size());
    handlers();
    if (options_.as_written) readable_ &= assigned();
    settle();
    for (std::size_t i = 0; i < steps; ++i) fill(i);
    return std::move(flow_);
  }

 private:
  struct Plan : Knowledge {
    std::vector<Edge> edges;
  };

  // Targets. What step `from` names lies behind it; a jump may go anywhere.
  Target target(std::size_t from) {
    const std::size_t behind = steps_ - from - 1;
    Target target;
    const std::size_t dice = random_.below(100);
    if (dice < 15 && options_.jumps_max > 0 && jump(from, target)) return target;
    if (dice < 90 && behind > 0) {
      target.kind = Target::Kind::step;
      const std::size_t to = from + 1 + random_.below(std::min<std::size_t>(behind, 4));
      named_[to] = true;
      target.step = static_cast<check::StepId>(to);
      return target;
    }
    return end();
  }

  // Takes a jump that may be used from step `from`: its `else` leads to what lies behind all its users.
  bool jump(std::size_t from, Target& target) {
    target.kind = Target::Kind::jump;
    for (std::size_t i = 0; i < flow_.jumps.size(); ++i) {
      if (!options_.as_written && from < before_[i] && random_.chance(50)) {
        target.jump = static_cast<check::JumpId>(i);
        return true;
      }
    }
    if (flow_.jumps.size() >= options_.jumps_max) return false;
    target.jump = new_jump(from);
    return true;
  }

  check::JumpId new_jump(std::size_t from) {
    const std::size_t id = flow_.jumps.size();
    flow_.jumps.emplace_back();
    before_.push_back(steps_);
    const std::size_t to = random_.below(steps_);
    flow_.jumps[id].step = static_cast<check::StepId>(to);
    flow_.jumps[id].max = static_cast<std::uint32_t>(1 + random_.below(options_.jump_bound_max));
    Target otherwise = end();
    const std::size_t behind = steps_ - from - 1;
    if (behind > 0 && random_.chance(50)) {
      const std::size_t step = from + 1 + random_.below(behind);
      before_[id] = step;
      otherwise.kind = Target::Kind::step;
      otherwise.step = static_cast<check::StepId>(step);
    } else if (flow_.jumps.size() < options_.jumps_max && random_.chance(30)) {
      otherwise.kind = Target::Kind::jump;
      otherwise.jump = new_jump(from);
      before_[id] = before_[check::index(otherwise.jump)];
    }
    flow_.jumps[id].otherwise = otherwise;
    return static_cast<check::JumpId>(id);
  }

  // Every step is named by one before it.
  void name_next(std::size_t from, Target& target) {
    if (from + 1 >= steps_ || named_[from + 1]) return;
    named_[from + 1] = true;
    target = Target{};
    target.kind = Target::Kind::step;
    target.step = static_cast<check::StepId>(from + 1);
  }

  void skeleton(std::size_t i) {
    check::Step& step = flow_.steps[i];
    step.name = "s" + std::to_string(i);
    const std::size_t dice = random_.below(100);
    if (dice < 10)
      recognize(i);
    else if (dice < 15)
      recognize_code(i);
    else if (dice < 20)
      random(i);
    else if (dice < 35)
      branch(i);
    else if (dice < 50)
      set(i);
    else if (dice < 56)
      wait(i);
    else if (dice < 59)
      await(i);
    else if (dice < 61 && !(asks_ && options_.as_written))
      await_reply(i);
    else if (dice < 63)
      foreign(i);
    else if (dice < 65 && options_.jumps_max > 0)
      jump_step(i);
    else if (dice < 73 && options_.operations && !options_.as_written)
      operation(i, dice > 68);
    else if (dice < 75 && options_.operations && !options_.as_written)
      name_next(i, make_launch(random_, flow_.steps[i], target(i)));
    else if (dice < 80 && asks_)
      pause(i, random_.chance(80));
    else
      send(i);
  }

  void recognize(std::size_t i) {
    check::RecognizeRegion body;
    if (random_.chance(70)) body.into = some_variable(ValueType::region);
    std::vector<std::string> names = {"PH", "MY", "SG", "ML", "GB", "MM", "US"};
    for (std::size_t arms = random_.below(4); arms > 0 && !names.empty(); --arms) {
      auto& arm = body.arms.emplace_back();
      for (std::size_t n = 1 + random_.below(2); n > 0 && !names.empty(); --n) {
        const std::size_t which = random_.below(names.size());
        arm.regions.push_back(names[which]);
        names.erase(names.begin() + static_cast<std::ptrdiff_t>(which));
      }
      arm.target = target(i);
    }
    body.otherwise = target(i);
    name_next(i, body.otherwise);
    flow_.steps[i].component = "recognize region";
    flow_.steps[i].body = std::move(body);
  }

  // A variable of this type that steps may make; none: there is none.
  void recognize_code(std::size_t i) {
    check::RecognizeCallingCode body;
    if (random_.chance(70)) body.into = some_variable(ValueType::number);
    std::vector<check::RecognizeCallingCode::Code> codes = calling_codes();
    for (std::size_t arms = random_.below(4); arms > 0 && !codes.empty(); --arms) {
      auto& arm = body.arms.emplace_back();
      for (std::size_t n = 1 + random_.below(2); n > 0 && !codes.empty(); --n) {
        const std::size_t which = random_.below(codes.size());
        arm.codes.push_back(codes[which]);
        codes.erase(codes.begin() + static_cast<std::ptrdiff_t>(which));
      }
      arm.target = target(i);
    }
    body.otherwise = target(i);
    name_next(i, body.otherwise);
    flow_.steps[i].component = "recognize calling code";
    flow_.steps[i].body = std::move(body);
  }

  void random(std::size_t i) {
    check::Random body;
    body.draws = flow_.seed && random_.chance(60);
    std::uint32_t rest = 100;
    for (std::size_t more = 1 + random_.below(4); more > 0; --more) {
      auto& arm = body.arms.emplace_back();
      arm.share = 1 + static_cast<std::uint32_t>(random_.below(rest - static_cast<std::uint32_t>(more)));
      rest -= arm.share;
      arm.target = target(i);
    }
    auto& last = body.arms.emplace_back();
    last.share = rest;
    last.target = target(i);
    name_next(i, last.target);
    flow_.steps[i].component = "random";
    flow_.steps[i].body = std::move(body);
  }

  // `fill` says in what.
  std::optional<check::Assignment> something_found() {
    using program::FunctionId;
    static const std::vector<std::pair<ValueType, FunctionId>> all = {{ValueType::email, FunctionId::find_email},
                                                                      {ValueType::phone, FunctionId::find_phone},
                                                                      {ValueType::language, FunctionId::language_of}};
    const auto& [kind, function] = random_.pick(all);
    const auto into = some_variable(kind);
    if (!into) return std::nullopt;
    check::Assignment first{*into, call(function, kind, {}), {}};
    first.value.type.optional = true;
    return first;
  }

  void branch(std::size_t i) {
    check::Branch body;
    for (std::size_t arms = 1 + random_.below(4); arms > 0; --arms) {
      auto& arm = body.arms.emplace_back();
      arm.target = target(i);
      auto& shows = plans_[i].shows.emplace_back();
      const std::size_t id = random_.below(options_.as_written ? first_plain_ : plain_end_);
      if (random_.chance(35) && flow_.variables[id].type.optional) shows = static_cast<check::VariableId>(id);
    }
    body.otherwise = target(i);
    name_next(i, body.otherwise);
    if (!options_.as_written && random_.chance(20)) body.first = something_found();
    flow_.steps[i].component = "branch";
    flow_.steps[i].body = std::move(body);
  }

  void set(std::size_t i) {
    check::Set body;
    for (std::size_t n = 1 + random_.below(3); n > 0; --n) {
      auto& assignment = body.assignments.emplace_back();
      const std::size_t first = options_.as_written ? first_plain_ + 1 : first_plain_;  // that is a region
      assignment.variable = static_cast<check::VariableId>(first + random_.below(plain_end_ - first));
      plans_[i].gives.push_back(random_.chance(70));
    }
    body.target = target(i);
    name_next(i, body.target);
    flow_.steps[i].component = "set";
    flow_.steps[i].body = std::move(body);
  }

  // `fill` says until when.
  void wait_until(std::size_t i) {
    check::Wait body;
    body.until.emplace();
    body.most_ms = limits::kExpiresMsMax;
    body.target = target(i);
    name_next(i, body.target);
    if (random_.chance(50)) body.past = target(i);
    flow_.steps[i].component = "wait until";
    flow_.steps[i].body = std::move(body);
  }

  void fill_until(check::Wait& body, std::uint64_t certain) {
    if (body.past) {
      body.until = expression(random_, options_, scope(certain), {ValueType::datetime, false, false});
      return;
    }
    check::Expr time = expression(random_, options_, scope(certain), {ValueType::time, false, false});
    body.until = next_time(*flow_.now, std::move(time), *flow_.zone);
  }

  void wait(std::size_t i) {
    if (flow_.now && random_.chance(50)) return wait_until(i);
    pause(i, false);
  }

  // What leads to one target; `types`: it may become `typing`, when it is known whether the flow asks.
  void pause(std::size_t i, bool types) {
    check::Wait body;
    body.ms = some_ms();
    body.target = target(i);
    name_next(i, body.target);
    flow_.steps[i].component = "wait";
    flow_.steps[i].body = std::move(body);
    if (types && options_.operations) typing_.push_back(i);
  }

  // As it is written, it speaks where the flow asks.
  void typing(std::size_t i) {
    if (options_.as_written && asked_.empty()) return;
    const Target target = std::get<check::Wait>(flow_.steps[i].body).target;
    flow_.steps[i] = {flow_.steps[i].name, "typing", {}, typing_on(workspace_.channels[kAsked].name, target)};
  }

  static const std::vector<std::string>& signals() {
    static const std::vector<std::string> all = {"verified", "resend", "cancel"};
    return all;
  }

  void await(std::size_t i) {
    check::AwaitSignal body;
    body.signal = random_.pick(signals());
    body.received = target(i);
    body.silent.after_ms = some_ms();
    body.silent.target = target(i);
    name_next(i, random_.chance(50) ? body.received : body.silent.target);
    flow_.steps[i].component = "await signal";
    flow_.steps[i].body = std::move(body);
  }

  void await_reply(std::size_t i) {
    check::AwaitReply body = awaited(i);
    name_next(i, random_.chance(50) ? body.otherwise : body.silent.target);
    flow_.steps[i].component = "await reply";
    flow_.steps[i].body = std::move(body);
  }

  check::AwaitReply awaited(std::size_t i) {
    using Match = check::AwaitReply::Match;
    check::AwaitReply body;
    std::vector<Match> all = {{Match::Kind::text, "yes", {}},
                              {Match::Kind::text, "\u00e9t\u00e9", {}},
                              {Match::Kind::containing, "order", {}},
                              {Match::Kind::pattern, "[0-9]{2}-[0-9]{4}", {}},
                              {Match::Kind::kind, "", program::ReplyKind::image},
                              {Match::Kind::kind, "", program::ReplyKind::location}};
    for (std::size_t arms = random_.below(4); arms > 0 && !all.empty(); --arms) {
      auto& arm = body.arms.emplace_back();
      for (std::size_t n = 1 + random_.below(2); n > 0 && !all.empty(); --n) {
        const std::size_t which = random_.below(all.size());
        arm.matches.push_back(all[which]);
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(which));
      }
      arm.target = target(i);
    }
    body.otherwise = target(i);
    body.silent.after_ms = some_ms();
    body.silent.target = target(i);
    for (std::size_t v = 0; v < program::kReplyParts && !options_.as_written; ++v) {
      const auto value = static_cast<program::ReplyValue>(v);
      const auto into = some_variable(program::is_number(value)          ? ValueType::number
                                      : value == program::ReplyValue::at ? ValueType::datetime
                                                                         : ValueType::text);
      if (into && random_.chance(40)) body.takes.push_back({value, *into});
    }
    return body;
  }

  // Makes a question of a message. Its `STEP.answer` stands where the checker puts it: behind all that is written.
  void ask(std::size_t i) {
    check::AwaitReply answer = awaited(i);
    auto& send = std::get<check::Send>(flow_.steps[i].body);
    answer.otherwise = send.reached;  // perhaps all that leads to the next step
    send.answer = static_cast<check::StepId>(flow_.steps.size());
    send.reached = Target{};
    send.reached.kind = Target::Kind::step;
    send.reached.step = *send.answer;
    flow_.steps.push_back({flow_.steps[i].name + ".answer", "await reply", {}, std::move(answer)});
  }

  void foreign(std::size_t i) {
    check::Extern body;
    body.name = "say-play";
    for (std::size_t arms = 1 + random_.below(2); arms > 0; --arms) {
      auto& arm = body.arms.emplace_back();
      arm.events.push_back(arms == 2 ? "hangup" : "done");
      arm.target = target(i);
    }
    name_next(i, body.arms.back().target);
    flow_.steps[i].component = "extern";
    flow_.steps[i].body = std::move(body);
  }

  // A step that is nothing but a jump cannot name the next, so it is only where that is named already.
  void jump_step(std::size_t i) {
    Target way;
    if ((i + 1 < steps_ && !named_[i + 1]) || !jump(i, way)) return wait(i);
    flow_.steps[i].component = "jump";
    flow_.steps[i].body = check::JumpStep{way.jump};
  }

  void send(std::size_t i) {
    check::Send body;
    const bool asks = asks_ && random_.chance(25);
    const std::size_t channel = asks && options_.as_written ? kAsked : random_.below(workspace_.channels.size());
    const ChannelKind kind = workspace_.channels[channel].kind;
    body.channel = static_cast<check::ChannelId>(channel);
    std::vector<check::TemplateId> templates;
    for (std::size_t t = 0; t < workspace_.templates.size(); ++t)
      if (workspace_.templates[t].channel == body.channel) templates.push_back(static_cast<check::TemplateId>(t));
    if (!templates.empty() && random_.chance(60)) body.message_template = random_.pick(templates);
    body.purpose = flow_.purpose;
    body.milestone = static_cast<check::Milestone>(asks ? 0 : random_.below(kind == ChannelKind::sms ? 2 : 3));
    body.reached = target(i);
    body.failed = target(i);
    if (body.milestone != check::Milestone::sent) {
      body.undelivered = check::TimedArm{some_ms(), target(i), {}};
      if (random_.chance(60))
        body.ttl_ms =
            std::max<std::int64_t>(0, body.undelivered->after_ms - workspace_.channels[channel].receipts_within_ms);
    }
    if (body.milestone == check::Milestone::read) body.unread = check::TimedArm{some_ms(), target(i), {}};
    if (random_.chance(40)) more_than_a_text(body, kind);
    const bool marketing = !body.message_template && random_.chance(asks ? 60 : 30);
    if (marketing) body.purpose = "marketing";
    if (random_.chance(60) && (marketing || !options_.as_written))
      body.opted_out = random_.chance(50) ? body.failed : target(i);
    if (random_.chance(15)) body.report_to = fmt::format("https://{}/of/{}", workspace_.allowed_hosts.front(), i);
    if (asks) asked_.push_back(i);
    name_next(i, random_.chance(50) ? body.reached : body.failed);
    static const std::vector<std::string> names = {"send viber", "send whatsapp", "send sms"};
    flow_.steps[i].component = names[static_cast<std::size_t>(kind)];
    flow_.steps[i].body = std::move(body);
  }

  void question(check::Step& step) {
    auto* send = std::get_if<check::Send>(&step.body);
    if (send == nullptr || send->milestone != check::Milestone::sent || send->reached.kind != Target::Kind::step ||
        send->answer)
      return;
    const check::StepId to = send->reached.step;
    const bool awaits = std::holds_alternative<check::AwaitReply>(flow_.steps[check::index(to)].body);
    if (awaits && random_.chance(70)) send->answer = to;
  }

  void operation(std::size_t i, bool calls) {
    check::Operation body;
    const bool names = i % 2 == 1;  // labels in the place of statuses
    if (names) body.kind = program::OperationKind::classify;
    body.target = random_.chance(50) ? "GET" : "POST";
    for (std::size_t n = 1 + random_.below(3); n > 0; --n)
      body.arguments.push_back({"argument " + std::to_string(n), {}});
    using Kind = program::OperationOutcome::Kind;
    body.arms.push_back({{Kind::failed, 0}, target(i), {}});
    body.arms.push_back({{Kind::ok, 0}, target(i), {}});
    for (std::int32_t n = static_cast<std::int32_t>(random_.below(3)); n > 0; --n)
      body.arms.push_back({names ? program::OperationOutcome{Kind::named, 0, n == 1 ? "" : "billing"}
                                 : program::OperationOutcome{Kind::status, 400 + n},
                           target(i),
                           {}});
    if (random_.chance(80)) body.late = check::TimedArm{some_ms(), target(i), {}};
    for (std::size_t id = first_plain_; id < plain_end_; ++id) {
      if (!random_.chance(25)) continue;
      body.reads.push_back({static_cast<check::VariableId>(id), "a.b", random_.chance(50), {}});
    }
    name_next(i, body.arms[random_.below(2)].target);
    put_operation(random_, flow_.steps[i], std::move(body), calls, [&] { return target(i); });
  }

  // Kinds, purposes and parts; of what is written down as source only such as every check lets through.
  void more_than_a_text(check::Send& send, ChannelKind kind) {
    using program::PartKind;
    if (send.message_template) send.kind = program::MessageKind::message_template;
    if (options_.as_written) {
      if (kind == ChannelKind::whatsapp && !send.message_template && random_.chance(50)) {
        send.kind = program::MessageKind::image;
        send.parts.push_back({PartKind::image, {}});
      }
      send.parts.push_back({PartKind::track, {}});
      return;
    }
    if (!send.message_template) {
      send.kind = static_cast<program::MessageKind>(random_.below(program::kMessageKindCount));
      if (send.kind == program::MessageKind::message_template) send.kind = program::MessageKind::text;
    }
    if (random_.chance(30)) send.purpose = "marketing";
    for (std::size_t n = random_.below(4); n > 0; --n)
      send.parts.push_back({static_cast<PartKind>(random_.below(program::kPartKindCount)), {}});
  }

  void handlers() {
    for (std::size_t n = random_.below(options_.handlers_max + 1); n > 0; --n) {
      check::Handler& handler = flow_.handlers.emplace_back();
      handler.kind = static_cast<check::Handler::Kind>(random_.below(4));
      if (handler.kind == check::Handler::Kind::signal) handler.signal = random_.pick(signals());
      if (handler.kind == check::Handler::Kind::reply && random_.chance(70))
        handler.matches = {{check::AwaitReply::Match::Kind::text, random_.chance(50) ? "stop" : "yes", {}}};
      if (handler.kind == check::Handler::Kind::reply && handler.matches.empty() && random_.chance(40)) {
        handler.matches = {{check::AwaitReply::Match::Kind::pattern, "(.|\n)*([Oo]rder)(.|\n)*", {}}};
        handler.condition = "contains /[Oo]rder/";
      }
      handler.target = end();
      if (random_.chance(50)) {
        handler.target.kind = Target::Kind::step;
        handler.target.step = static_cast<check::StepId>(random_.below(steps_));
      }
    }
  }

  // Inputs, lets, and what some step gives a value.
  std::uint64_t assigned() const {
    std::uint64_t all = bit(first_plain_) - 1;
    for (const check::Step& step : flow_.steps) {
      if (const auto* recognize = std::get_if<check::RecognizeRegion>(&step.body))
        if (recognize->into) all |= bit(check::index(*recognize->into));
      if (const auto* code = std::get_if<check::RecognizeCallingCode>(&step.body))
        if (code->into) all |= bit(check::index(*code->into));
      if (const auto* set = std::get_if<check::Set>(&step.body))
        for (const auto& assignment : set->assignments) all |= bit(check::index(assignment.variable));
    }
    return all;
  }

  // Definite assignment: in_[i] are the variables that are set on every way to step i.
  void settle() {
    for (std::size_t i = 0; i < flow_.steps.size(); ++i)
      plans_[i].edges = ways_out(flow_.steps[i].body, plans_[i], ways_);
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - flow_.variables.size());
    in_.assign(flow_.steps.size(), all);
    in_[0] = certain_;
    std::vector<std::uint64_t> jumps(flow_.jumps.size(), all);
    bool changed = true;
    const auto meet = [&](std::uint64_t& into, std::uint64_t value) {
      changed = changed || (into & value) != into;
      into &= value;
    };
    const auto flow_to = [&](const Target& target, std::uint64_t value) {
      if (target.kind == Target::Kind::step) meet(in_[check::index(target.step)], value);
      if (target.kind == Target::Kind::jump) meet(jumps[check::index(target.jump)], value);
    };
    while (changed) {
      changed = false;
      for (const check::Handler& handler : flow_.handlers) flow_to(handler.target, certain_);
      for (std::size_t j = 0; j < flow_.jumps.size(); ++j) {
        meet(in_[check::index(flow_.jumps[j].step)], jumps[j]);
        flow_to(flow_.jumps[j].otherwise, jumps[j]);
      }
      for (std::size_t i = 0; i < flow_.steps.size(); ++i)
        for (const Edge& edge : plans_[i].edges) flow_to(*edge.target, (in_[i] & ~edge.lost) | edge.set);
    }
  }

  check::Expr read_phone() const {
    check::Expr expr;
    expr.kind = check::ExprKind::variable;
    expr.type = flow_.variables[0].type;
    return expr;
  }

  check::Expr asked_of(const check::Operation& operation, std::uint64_t certain) {
    const bool types = operation.kind == program::OperationKind::typing;
    if (types && options_.as_written) return read_phone();
    if (types) return expression(random_, options_, scope(certain), {ValueType::phone, false, false});
    return expression(random_, options_, scope(certain), {ValueType::text, false, random_.chance(30)});
  }

  void fill(std::size_t i) {
    std::uint64_t certain = in_[i];
    check::StepBody& body = flow_.steps[i].body;
    if (auto* recognize = std::get_if<check::RecognizeRegion>(&body)) {
      recognize->number = expression(random_, options_, scope(certain),
                                     {ValueType::phone, random_.chance(30) && !options_.as_written, false});
    } else if (auto* code = std::get_if<check::RecognizeCallingCode>(&body)) {
      code->number = expression(random_, options_, scope(certain), {ValueType::phone, false, false});
    } else if (auto* random = std::get_if<check::Random>(&body); random != nullptr && !random->draws) {
      static const std::vector<ValueType> kinds = {ValueType::text, ValueType::phone, ValueType::language};
      random->key = expression(random_, options_, scope(certain), {random_.pick(kinds), false, false});
      // A constant is refused, and most that are written are constants.
      if (options_.as_written && random->key.kind == check::ExprKind::constant) random->key = read_phone();
    } else if (auto* wait = std::get_if<check::Wait>(&body); wait != nullptr && wait->until) {
      fill_until(*wait, certain);
    } else if (auto* branch = std::get_if<check::Branch>(&body)) {
      if (branch->first) {
        branch->first->value.children = {
            expression(random_, options_, scope(certain), {ValueType::text, false, false})};
        certain &= ~bit(check::index(branch->first->variable));
      }
      branch->at_now = flow_.now && !options_.as_written && random_.chance(50);
      for (std::size_t a = 0; a < branch->arms.size(); ++a) {
        const auto& shows = plans_[i].shows[a];
        branch->arms[a].condition =
            branch->at_now && !shows && random_.chance(60) ? clock_condition(random_, *flow_.now, *flow_.zone)
            : shows
                ? set_condition(random_, options_, scope(certain), *shows)
                : expression(random_, options_, scope(certain),
                             {ValueType::boolean, random_.chance(50) && !options_.as_written, !options_.as_written});
      }
    } else if (auto* set = std::get_if<check::Set>(&body)) {
      for (std::size_t a = 0; a < set->assignments.size(); ++a) {
        auto& assignment = set->assignments[a];
        const check::Type& type = flow_.variables[check::index(assignment.variable)].type;
        const std::uint64_t variable = bit(check::index(assignment.variable));
        Scope known = scope(certain);
        // The first value as written tells the type, so it needs others whose types are told.
        if (options_.as_written && (typed_ & variable) == 0) known.count = first_plain_;
        typed_ |= variable;
        assignment.value = expression(random_, options_, known, {type.kind, !plans_[i].gives[a], type.secret, &type});
        certain = plans_[i].gives[a] ? certain | variable : certain & ~variable;
      }
    } else if (auto* operation = std::get_if<check::Operation>(&body)) {
      for (auto& argument : operation->arguments) argument.value = asked_of(*operation, certain);
    } else if (auto* launch = std::get_if<check::Launch>(&body)) {
      for (auto& argument : launch->arguments)
        argument.value = expression(random_, options_, scope(certain), {ValueType::text, false, random_.chance(30)});
    } else if (auto* send = std::get_if<check::Send>(&body)) {
      send->to = options_.as_written && send->answer
                     ? read_phone()
                     : expression(random_, options_, scope(certain), {ValueType::phone, false, false});
      const Wanted text{ValueType::text, false, true};
      for (check::MessagePart& part : send->parts) {
        part.value = expression(random_, options_, scope(certain), text);
        if (options_.as_written && part.kind == program::PartKind::image) part.value = picture();
      }
      if (!send->message_template && send->kind != program::MessageKind::text && random_.chance(30)) return;
      if (!send->message_template) {
        send->body = expression(random_, options_, scope(certain), text);
        if (options_.as_written && send->body->kind == check::ExprKind::constant) send->body->text += "!";  // not empty
        return;
      }
      for (std::size_t n = workspace_.templates[check::index(*send->message_template)].parameters.size(); n > 0; --n)
        send->parameters.push_back(expression(random_, options_, scope(certain), text));
    }
  }

  std::vector<Plan> plans_;
  std::size_t steps_ = 0;            // that targets may name: the others are answers to questions
  bool asks_ = false;                // as written: all of one person
  std::vector<std::size_t> asked_;   // steps that become questions
  std::vector<std::size_t> typing_;  // steps that may become `typing`
  std::vector<bool> named_;          // by step: something before it leads there
  std::vector<std::size_t> before_;  // by jump: steps before this one may use it
  std::vector<std::unique_ptr<Target>> ways_;
  std::vector<std::uint64_t> in_;
  std::uint64_t typed_ = 0;  // variables that a step so far has given a value
};

}  // namespace

std::unique_ptr<check::Flow> flow(std::uint64_t seed, const Options& options, const check::Workspace& workspace,
                                  const std::string& name) {
  Random random(seed);
  return std::make_unique<check::Flow>(FlowMaker(random, options, workspace, name).make());
}

check::Workspace workspace(std::uint64_t seed, const Options& options) {
  Random random(seed);
  check::Workspace made = workspace_of(random);
  made.flows.push_back(
      std::make_unique<check::Flow>(FlowMaker(random, options, made, "flow_" + std::to_string(seed)).make()));
  // Drawn apart, so that the flow is the same with and without.
  if (Random(derive(seed, 1)).chance(10)) made.allowed_recipients = {"+639171234567", "+60121234567"};
  return made;
}

}  // namespace flow::generate
