#include "tests/differential/write_source.h"

#include <fmt/format.h>

#include "calendar/civil.h"
#include "compiler/check/graph.h"
#include "compiler/check/replies.h"
#include "runtime/program/functions.h"
#include "runtime/program/text.h"
#include "tests/differential/lists.h"

namespace flow::generate {
namespace {

using check::Expr;
using check::ExprKind;
using check::Function;
using check::Target;
using program::ValueType;

std::string escaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '{':
        out += "\\{";
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

std::string quoted(const std::string& text) {
  return "\"" + escaped(text) + "\"";
}

class Writer {
 public:
  Writer(const check::Workspace& workspace, const check::Flow& flow) : workspace_(workspace), flow_(flow) {}

  std::string write() {
    line("flow {} {}", flow_.name, quoted(flow_.title));
    line("trigger manual");
    line("purpose {}", flow_.purpose);
    if (flow_.language) line("language {}", top(*flow_.language));
    if (flow_.zone) line("zone {}", top(*flow_.zone));
    line("expires {}", program::duration_text(flow_.expires_ms));
    for (const check::Variable& variable : flow_.variables)
      if (variable.role == program::FieldRole::input) line("input {}: {}", variable.name, type(variable.type));
    for (const auto& [id, value] : flow_.lets) line("let {} = {}", name(id), top(value));
    for (const std::string& outcome : flow_.outcomes) line("outcome {} \"made up\"", outcome);
    for (const check::Handler& handler : flow_.handlers)
      line("{} => {}", check::handler_text(handler), target(handler.target));
    line("start => {}", step(flow_.start));
    for (const check::Step& one : flow_.steps)
      if (!one.name.ends_with(".answer")) write_step(one);  // those stand with their questions
    return out_;
  }

 private:
  template <typename... Args>
  void line(fmt::format_string<Args...> text, Args&&... args) {
    out_ += fmt::format(text, std::forward<Args>(args)...) + "\n";
  }

  const std::string& name(check::VariableId id) const { return flow_.variables[check::index(id)].name; }
  const std::string& step(check::StepId id) const { return flow_.steps[check::index(id)].name; }

  static std::string type(const check::Type& type) {
    static constexpr const char* kNames[] = {"text",       "number",   "bool", "duration", "phone",
                                             "region",     "language", "date", "time",     "datetime",
                                             "money(USD)", "email",    "url",  "zone",     "json"};
    const auto plain = [](ValueType kind) -> std::string_view { return kNames[std::to_underlying(kind)]; };
    return (type.secret ? "secret " : "") + type_text(type, plain);
  }

  std::string target(const Target& target) const {
    switch (target.kind) {
      case Target::Kind::step:
        return step(target.step);
      case Target::Kind::end:
        return "end";
      case Target::Kind::end_failed:
        return "end failed " + quoted(target.reason);
      case Target::Kind::end_outcome:
        return "end " + flow_.outcomes.at(target.outcome);
      case Target::Kind::jump:
        return jump(target.jump);
    }
    return {};
  }

  std::string jump(check::JumpId id) const {
    const check::Jump& jump = flow_.jumps[check::index(id)];
    return fmt::format("jump {} max {} else {}", step(jump.step), jump.max, target(jump.otherwise));
  }

  void write_step(const check::Step& one) {
    if (const auto* recognize = std::get_if<check::RecognizeRegion>(&one.body)) {
      line("{}: recognize region of {}{} {{", one.name, top(recognize->number),
           recognize->into ? " as " + name(*recognize->into) : "");
      for (const auto& arm : recognize->arms) line("  {} => {}", fmt::join(arm.regions, ", "), target(arm.target));
      line("  else => {}\n}}", target(recognize->otherwise));
    } else if (const auto* code = std::get_if<check::RecognizeCallingCode>(&one.body)) {
      line("{}: recognize calling code of {}{} {{", one.name, top(code->number),
           code->into ? " as " + name(*code->into) : "");
      for (const auto& arm : code->arms) line("  {} => {}", check::codes_text(arm), target(arm.target));
      line("  else => {}\n}}", target(code->otherwise));
    } else if (const auto* random = std::get_if<check::Random>(&one.body)) {
      line("{}: random{} {{", one.name, random->draws ? "" : " by " + operand(random->key));
      for (const auto& arm : random->arms) line("  {}% => {}", arm.share, target(arm.target));
      line("}}");
    } else if (const auto* branch = std::get_if<check::Branch>(&one.body)) {
      line("{}: branch {{", one.name);
      for (const auto& arm : branch->arms) line("  {} => {}", top(arm.condition), target(arm.target));
      line("  else => {}\n}}", target(branch->otherwise));
    } else if (const auto* set = std::get_if<check::Set>(&one.body)) {
      line("{}: set {{", one.name);
      for (const auto& assignment : set->assignments)
        line("  {} = {}", name(assignment.variable), top(assignment.value));
      line("}} => {}", target(set->target));
    } else if (const auto* wait = std::get_if<check::Wait>(&one.body); wait != nullptr && wait->past) {
      line("{}: wait until {} {{", one.name, operand(*wait->until));
      line("  reached => {}\n  past => {}\n}}", target(wait->target), target(*wait->past));
    } else if (wait != nullptr && wait->until) {
      line("{}: wait until {} => {}", one.name, operand(wait->until->children[1]), target(wait->target));
    } else if (wait != nullptr) {
      line("{}: wait {} => {}", one.name, program::duration_text(wait->ms), target(wait->target));
    } else if (const auto* await = std::get_if<check::AwaitSignal>(&one.body)) {
      line("{}: await signal {} {{", one.name, await->signal);
      line("  received => {}", target(await->received));
      timed("silent", await->silent);
      line("}}");
    } else if (const auto* reply = std::get_if<check::AwaitReply>(&one.body)) {
      line("{}: await reply {{", one.name);
      write_answers(*reply);
      line("}}");
    } else if (const auto* operation = std::get_if<check::Operation>(&one.body)) {
      line("{}: typing => {}", one.name, target(operation->arms[0].target));
    } else if (const auto* foreign = std::get_if<check::Extern>(&one.body)) {
      line("{}: extern {} {{", one.name, quoted(foreign->name));
      for (const auto& arm : foreign->arms) line("  {} => {}", fmt::join(arm.events, ", "), target(arm.target));
      line("}}");
    } else if (const auto* jump_step = std::get_if<check::JumpStep>(&one.body)) {
      line("{}: {}", one.name, jump(jump_step->jump));
    } else {
      write_send(one, std::get<check::Send>(one.body));
    }
  }

  void write_answers(const check::AwaitReply& reply) {
    for (const auto& arm : reply.arms) line("  {} => {}", check::arm_text(arm), target(arm.target));
    line("  {} => {}", reply.arms.empty() ? "replied" : "else", target(reply.otherwise));
    timed("silent", reply.silent);
  }

  void write_send(const check::Step& one, const check::Send& send) {
    static constexpr const char* kMilestones[] = {"sent", "delivered", "read"};
    line("{}: {} {{", one.name, send.answer ? "ask whatsapp" : one.component);
    line("  from {}", workspace_.channels[check::index(send.channel)].name);
    line("  to {}", top(send.to));
    if (send.body) {
      line("  text {}", top(*send.body));
    } else if (send.message_template) {
      const check::Template& form = workspace_.templates[check::index(*send.message_template)];
      std::string parameters;
      for (std::size_t i = 0; i < send.parameters.size(); ++i)
        parameters += fmt::format("{}{}: {}", i == 0 ? "" : ", ", form.parameters[i].first, top(send.parameters[i]));
      line("  template {}({})", form.name, parameters);
    }
    for (const check::MessagePart& part : send.parts) line("  {} {}", program::to_string(part.kind), top(part.value));
    if (send.purpose != flow_.purpose) line("  purpose {}", send.purpose);
    if (!send.report_to.empty()) line("  report to {}", quoted(send.report_to));
    line("  failed => {}", target(send.failed));
    if (send.opted_out) line("  opted out => {}", target(*send.opted_out));
    if (send.undelivered) timed("undelivered", *send.undelivered);
    if (send.unread) timed("unread", *send.unread);
    if (send.answer)
      write_answers(std::get<check::AwaitReply>(flow_.steps[check::index(*send.answer)].body));
    else
      line("  {} => {}", kMilestones[std::to_underlying(send.milestone)], target(send.reached));
    line("}}");
  }

  void timed(std::string_view outcome, const check::TimedArm& arm) {
    line("  {} after {} => {}", outcome, program::duration_text(arm.after_ms), target(arm.target));
  }

  // Expressions: every operand that is one itself stands in parentheses.
  std::string operand(const Expr& expr) const {
    const bool plain = expr.kind == ExprKind::variable || expr.kind == ExprKind::call ||
                       expr.kind == ExprKind::interpolate || (expr.kind == ExprKind::constant && expr.scalar >= 0);
    return plain ? top(expr) : "(" + top(expr) + ")";
  }

  std::string binary(const Expr& expr, std::string_view op) const {
    return fmt::format("{} {} {}", operand(expr.children[0]), op, operand(expr.children[1]));
  }

  static std::string constant(const Expr& expr) {
    switch (expr.type.kind) {
      case ValueType::number:
        return program::number_text(expr.scalar);
      case ValueType::boolean:
        return expr.scalar != 0 ? "true" : "false";
      case ValueType::duration:
        return program::duration_text(expr.scalar);
      case ValueType::region:
        return program::region_text(expr.scalar);
      case ValueType::date:
        return calendar::date_text(expr.scalar);
      case ValueType::time:
        return calendar::time_text(expr.scalar);
      case ValueType::money:
        return program::number_text(expr.scalar) + "USD";
      default:
        return quoted(expr.text);
    }
  }

  std::string call(const Expr& expr) const {
    switch (expr.function) {
      case Function::date_add:
      case Function::instant_add:
        return "(" + binary(expr, "+") + ")";
      case Function::date_subtract:
      case Function::date_between:
      case Function::instant_subtract:
        return "(" + binary(expr, "-") + ")";
      case Function::text_matches:
        return fmt::format("({} matches /{}/)", operand(expr.children[0]), expr.children[1].text);
      case Function::text_finds:
        return fmt::format("({} contains /{}/)", operand(expr.children[0]), expr.children[1].text);
      default:
        break;
    }
    if (expr.function == Function::list_count) return fmt::format("count({})", top(expr.children[0]));
    if (expr.function == Function::list_text || expr.function == Function::list_scalar)
      return fmt::format("item({}, {})", top(expr.children[0]), top(expr.children[1]));
    if (program::info(expr.function).name.starts_with("record_") ||
        program::info(expr.function).name.starts_with("member_"))
      return fmt::format("{}.{}", top(expr.children[0]), expr.children[1].text);
    // As the language has it, without the operands that it adds.
    std::string_view name = program::info(expr.function).name;
    std::size_t written = expr.children.size();
    if (name == "date_in" || name == "time_in" || name.starts_with("text_of_")) written = 1;
    if (name == "at" || name.starts_with("format_")) written = 2;
    if (name.starts_with("format_")) name = "format";
    if (name == "date_in" || name == "time_in") name.remove_suffix(3);
    if (name == "read_instant") name = "datetime";
    if (name.starts_with("read_")) name.remove_prefix(5);
    std::string arguments;
    for (std::size_t i = 0; i < written; ++i) arguments += (i == 0 ? "" : ", ") + top(expr.children[i]);
    return fmt::format("{}({})", name, arguments);
  }

  // A piece of a text: what makes a value a text is not written.
  std::string written_piece(const Expr& expr) const {
    const bool made = expr.kind == ExprKind::call && program::info(expr.function).name.starts_with("text_of_");
    return top(made ? expr.children[0] : expr);
  }

  std::string top(const Expr& expr) const {
    switch (expr.kind) {
      case ExprKind::constant:
        return constant(expr);
      case ExprKind::variable:
        return name(expr.variable);
      case ExprKind::negation:
        return "not " + operand(expr.children[0]);
      case ExprKind::logical_and:
        return binary(expr, "and");
      case ExprKind::logical_or:
        return binary(expr, "or");
      case ExprKind::equal:
        return binary(expr, "==");
      case ExprKind::not_equal:
        return binary(expr, "!=");
      case ExprKind::less:
        return binary(expr, "<");
      case ExprKind::less_equal:
        return binary(expr, "<=");
      case ExprKind::greater:
        return binary(expr, ">");
      case ExprKind::greater_equal:
        return binary(expr, ">=");
      case ExprKind::fold_equal:
        return binary(expr, "~=");
      case ExprKind::contains:
        return binary(expr, "contains");
      case ExprKind::starts_with:
        return binary(expr, "starts with");
      case ExprKind::ends_with:
        return binary(expr, "ends with");
      case ExprKind::is_set:
        return operand(expr.children[0]) + " is set";
      case ExprKind::is_blank:
        return operand(expr.children[0]) + " is blank";
      case ExprKind::add:
        return binary(expr, "+");
      case ExprKind::subtract:
        return binary(expr, "-");
      case ExprKind::multiply:
        return binary(expr, "*");
      case ExprKind::coalesce:
        return binary(expr, "??");
      case ExprKind::call:
        return call(expr);
      case ExprKind::each:
        return fmt::format("each({}, {})", top(expr.children[0]), top(expr.children[1]));
      case ExprKind::item:
        return "item";
      case ExprKind::position:
        return "position";
      case ExprKind::choose:
        return {};  // wordings are not written
      case ExprKind::interpolate: {
        std::string text = "\"";
        for (const Expr& child : expr.children) {
          const bool literal = child.kind == ExprKind::constant && child.type.kind == ValueType::text;
          text += literal ? escaped(child.text) : "{{" + written_piece(child) + "}}";
        }
        return text + "\"";
      }
    }
    return {};
  }

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  std::string out_;
};

std::string write_workspace(const check::Workspace& workspace) {
  static constexpr const char* kKinds[] = {"viber", "whatsapp", "sms"};
  static constexpr const char* kSenders[] = {"service", "number", "sender"};
  std::string out = "edition 1\n";
  out += fmt::format("languages {}\n", fmt::join(workspace.languages, ", "));
  out += fmt::format("allow regions {}\n",
                     workspace.all_regions ? "all" : fmt::format("{}", fmt::join(workspace.allowed_regions, ", ")));
  if (!workspace.allowed_recipients.empty())
    out += fmt::format("allow recipients \"{}\"\n", fmt::join(workspace.allowed_recipients, "\", \""));
  out += fmt::format("allow hosts \"{}\"\n", fmt::join(workspace.allowed_hosts, "\", \""));
  for (const check::Channel& channel : workspace.channels) {
    const auto kind = std::to_underlying(channel.kind);
    out += fmt::format("channel {}: {} {{ {} {}; receipts within {}; handover within {} }}\n", channel.name,
                       kKinds[kind], kSenders[kind], quoted(channel.sender),
                       program::duration_text(channel.receipts_within_ms), program::duration_text(channel.handover_ms));
  }
  for (const check::Template& form : workspace.templates) {
    std::string parameters;
    std::string body = "as approved";
    for (const auto& [name, type] : form.parameters) {
      parameters += (parameters.empty() ? "" : ", ") + name + ": text";
      body += " {{" + name + "}}";
    }
    std::string languages;
    for (const std::string& language : form.languages) languages += (languages.empty() ? "" : ", ") + quoted(language);
    out += fmt::format("template {}({}) on {} {{\n  purpose {}\n  languages {}\n  body \"{}\"\n}}\n", form.name,
                       parameters, workspace.channels[check::index(form.channel)].name, form.purpose, languages, body);
  }
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> write_source(const check::Workspace& workspace) {
  std::vector<std::pair<std::string, std::string>> files = {{"workspace.flow", write_workspace(workspace)}};
  for (const auto& flow : workspace.flows) files.emplace_back(flow->name + ".flow", Writer(workspace, *flow).write());
  return files;
}

}  // namespace flow::generate
