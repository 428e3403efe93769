#include "tests/differential/tutorial.h"

#include <utility>

namespace flow::generate {
namespace {

using check::Expr;
using check::ExprKind;
using check::StepId;
using check::Target;
using check::VariableId;
using program::ChannelKind;
using program::FieldRole;
using program::ValueType;

constexpr VariableId kPhone{0};
constexpr VariableId kCode{1};
constexpr VariableId kLanguage{2};
constexpr VariableId kValidity{3};
constexpr VariableId kOtp{4};
constexpr VariableId kRegion{5};

Expr read(VariableId variable, ValueType kind, bool optional = false, bool secret = false) {
  Expr expr;
  expr.kind = ExprKind::variable;
  expr.variable = variable;
  expr.type.kind = kind;
  expr.type.optional = optional;
  expr.type.secret = secret;
  return expr;
}

Expr text(std::string value, ValueType kind = ValueType::text) {
  Expr expr;
  expr.kind = ExprKind::constant;
  expr.type.kind = kind;
  expr.text = std::move(value);
  return expr;
}

Expr node(ExprKind kind, ValueType type, std::vector<Expr> children) {
  Expr expr;
  expr.kind = kind;
  expr.type.kind = type;
  expr.children = std::move(children);
  return expr;
}

check::Variable variable(std::string name, FieldRole role, ValueType kind, bool optional = false, bool secret = false) {
  check::Variable made;
  made.name = std::move(name);
  made.role = role;
  made.type.kind = kind;
  made.type.optional = optional;
  made.type.secret = secret;
  made.type.personal = kind == ValueType::phone;
  return made;
}

Target to(std::uint32_t step) {
  Target target;
  target.kind = Target::Kind::step;
  target.step = StepId{step};
  return target;
}

Target end() {
  Target target;
  target.kind = Target::Kind::end;
  return target;
}

Target end_failed(std::string reason) {
  Target target;
  target.kind = Target::Kind::end_failed;
  target.reason = std::move(reason);
  return target;
}

check::Channel channel(std::string name, ChannelKind kind, std::string sender, std::int64_t handover_ms,
                       std::int64_t receipts_ms) {
  check::Channel made;
  made.name = std::move(name);
  made.kind = kind;
  made.sender = std::move(sender);
  made.handover_ms = handover_ms;
  made.receipts_within_ms = receipts_ms;
  return made;
}

check::Workspace channels() {
  check::Workspace made;
  made.languages = {"en", "ms", "tl"};
  made.all_regions = true;
  made.channels.push_back(channel("viber_otp", ChannelKind::viber, "4501", 30'000, 5000));
  made.channels.push_back(channel("waba_otp", ChannelKind::whatsapp, "+60123456789", 30'000, 5000));
  made.channels.push_back(channel("sms_otp", ChannelKind::sms, "SHOP", 10'000, 0));
  check::Template form;
  form.name = "otp_v2";
  form.channel = check::ChannelId{1};
  check::Type code;
  code.chars_min = 4;
  code.chars_max = 8;
  form.parameters.emplace_back("code", code);
  form.purpose = "authentication";
  form.languages = {"en", "ms", "tl"};
  form.body = "{{code}} is your verification code.";
  made.templates.push_back(std::move(form));
  return made;
}

// Channels are in the order viber, whatsapp, sms; WhatsApp sends the template.
check::Send send(std::uint32_t channel, check::Milestone milestone, Target reached, Target failed) {
  check::Send made;
  made.channel = check::ChannelId{channel};
  made.to = read(kPhone, ValueType::phone);
  if (channel == 1) {
    made.message_template = check::TemplateId{0};
    made.parameters.push_back(read(kCode, ValueType::text, false, true));
  } else {
    made.body = read(kOtp, ValueType::text, false, true);
  }
  made.purpose = "authentication";
  made.milestone = milestone;
  made.reached = std::move(reached);
  made.failed = std::move(failed);
  return made;
}

check::Send with_fallback(check::Send made, std::int64_t undelivered_ms, Target fallback) {
  made.undelivered = check::TimedArm{undelivered_ms, std::move(fallback), {}};
  made.ttl_ms = undelivered_ms - 5000;
  return made;
}

void add_step(check::Flow& flow, std::string name, std::string component, check::StepBody body) {
  flow.steps.push_back({std::move(name), std::move(component), {}, std::move(body)});
}

void add_variables(check::Flow& flow) {
  flow.variables = {variable("customerPhoneNumber", FieldRole::input, ValueType::phone),
                    variable("verificationCode", FieldRole::input, ValueType::text, false, true),
                    variable("customerLanguage", FieldRole::input, ValueType::language, true),
                    variable("validity", FieldRole::let, ValueType::duration),
                    variable("otp", FieldRole::let, ValueType::text, false, true),
                    variable("regionCode", FieldRole::variable, ValueType::region, true)};
  Expr validity;
  validity.kind = ExprKind::constant;
  validity.type.kind = ValueType::duration;
  validity.scalar = 600'000;
  Expr minutes = node(ExprKind::call, ValueType::number, {read(kValidity, ValueType::duration)});
  minutes.function = check::Function::minutes;
  Expr otp = node(ExprKind::interpolate, ValueType::text,
                  {text("Your one-time password is: "), read(kCode, ValueType::text, false, true),
                   text(" It is valid for "), std::move(minutes), text(" minutes.")});
  otp.type.secret = true;
  flow.lets.emplace_back(kValidity, std::move(validity));
  flow.lets.emplace_back(kOtp, std::move(otp));
  flow.language = node(ExprKind::coalesce, ValueType::language,
                       {read(kLanguage, ValueType::language, true), text("en", ValueType::language)});
}

}  // namespace

check::Workspace tutorial() {
  check::Workspace made = channels();
  auto flow = std::make_unique<check::Flow>();
  flow->name = "deliver_otp";
  flow->title = "Deliver one-time passwords to global users";
  flow->purpose = "authentication";
  flow->expires_ms = 600'000;
  add_variables(*flow);
  check::Handler verified;
  verified.kind = check::Handler::Kind::signal;
  verified.signal = "verified";
  verified.target = end();
  check::Handler seen;
  seen.kind = check::Handler::Kind::read;
  seen.target = end();
  flow->handlers = {verified, seen};

  check::RecognizeRegion route;
  route.number = read(kPhone, ValueType::phone);
  route.into = kRegion;
  route.arms.push_back({{"PH"}, to(1), {}});
  route.arms.push_back({{"MY"}, to(3), {}});
  route.otherwise = to(5);
  add_step(*flow, "route", "recognize region", std::move(route));
  check::Send viber = with_fallback(send(0, check::Milestone::read, end(), to(2)), 30'000, to(2));
  viber.unread = check::TimedArm{60'000, to(5), {}};
  add_step(*flow, "viber_ph", "send viber", std::move(viber));
  add_step(*flow, "whatsapp_ph", "send whatsapp",
           with_fallback(send(1, check::Milestone::delivered, end(), to(5)), 30'000, to(5)));
  check::Send whatsapp = with_fallback(send(1, check::Milestone::read, end(), to(4)), 30'000, to(4));
  whatsapp.unread = check::TimedArm{60'000, to(4), {}};
  add_step(*flow, "whatsapp_my", "send whatsapp", std::move(whatsapp));
  add_step(*flow, "viber_my", "send viber",
           with_fallback(send(0, check::Milestone::delivered, end(), to(5)), 30'000, to(5)));
  add_step(*flow, "sms", "send sms", send(2, check::Milestone::sent, end(), end_failed("no channel reached the user")));
  made.flows.push_back(std::move(flow));
  return made;
}

check::Workspace endless_sender() {
  check::Workspace made = channels();
  auto flow = std::make_unique<check::Flow>();
  flow->name = "endless_sender";
  flow->purpose = "authentication";
  flow->expires_ms = 86'400'000;
  add_variables(*flow);
  // Each counter goes to 1000; the second jump begins when the first is spent, so that the limit comes before the end.
  Target first;
  first.kind = Target::Kind::jump;
  first.jump = check::JumpId{0};
  Target second = first;
  second.jump = check::JumpId{1};
  flow->jumps.push_back({StepId{0}, 1000, second, {}});
  flow->jumps.push_back({StepId{0}, 1000, end(), {}});
  add_step(*flow, "again", "send sms", send(2, check::Milestone::sent, first, end_failed("too many")));
  made.flows.push_back(std::move(flow));
  return made;
}

}  // namespace flow::generate
