// `stub check = verified(attempts: 1)`: how a called flow ends.
#include <algorithm>
#include <map>

#include "compiler/diagnostics/suggest.h"
#include "compiler/test/scope.h"
#include "runtime/program/escape.h"

namespace flow::test {
namespace {

using program::EndKind;

// Of the flow that the step calls; null when the tests were checked without it.
const check::Flow* called_flow(const TestScope& scope, const check::Operation& call) {
  const auto found = std::ranges::find(scope.workspace.flows, call.target, [](const auto& flow) { return flow->name; });
  return found == scope.workspace.flows.end() ? nullptr : found->get();
}

class FlowEnd {
 public:
  FlowEnd(TestScope& scope, const check::Operation& call, const check::Flow& flow, Stub& stub)
      : scope_(scope), sink_(scope.sink), call_(call), flow_(flow), stub_(stub) {}

  bool run(const syntax::Expr& word) {
    if (!take_outcome(word)) return false;
    const bool brings = stub_.end == EndKind::done || stub_.end == EndKind::outcome;
    if (!brings && !word.args.empty()) {
      sink_.report(Code::unexpected_part, word.args[0].span, "with `{}` there are no outputs", word.text);
      return false;
    }
    for (const syntax::Argument& arg : word.args) read(arg);
    if (brings) report_missing(word.span);
    if (!fine_) return false;
    std::string body = "{";
    for (const auto& [name, value] : outputs_) {
      body += body.size() > 1 ? ",\"" : "\"";
      program::append_json_escaped(body, name);
      body += "\":" + value;
    }
    stub_.body = body + "}";
    return true;
  }

 private:
  bool take_outcome(const syntax::Expr& word) {
    const auto& names = flow_.outcomes;
    if (std::ranges::find(names, word.text) != names.end()) {
      stub_.end = EndKind::outcome;
      stub_.outcome = word.text;
      return true;
    }
    const auto arm = [&](program::OperationOutcome::Kind kind) {
      return std::ranges::any_of(call_.arms, [&](const auto& one) { return one.outcome.kind == kind; });
    };
    stub_.late = word.text == "late";
    if (stub_.late || word.text == "failed") return true;
    stub_.end = word.text == "done" ? EndKind::done : EndKind::expired;
    if (word.text == "expired" || (word.text == "done" && arm(program::OperationOutcome::Kind::ok))) return true;
    std::vector<std::string> all = names;
    if (arm(program::OperationOutcome::Kind::ok)) all.emplace_back("done");
    for (const char* name : {"failed", "expired", "late"}) all.emplace_back(name);
    sink_.report(Code::unknown_flow_outcome, word.span, "`{}` has no outcome `{}`", flow_.name, word.text)
        .hint(diagnostics::did_you_mean(word.text, all));
    return false;
  }

  void read(const syntax::Argument& arg) {
    const auto named = [&](const check::Output& output) { return variable(output).name == arg.name; };
    const auto output = std::ranges::find_if(flow_.outputs, named);
    if (arg.name.empty() || arg.spread || arg.values.size() != 1 || output == flow_.outputs.end()) {
      fine_ = false;
      std::vector<std::string> names;
      for (const check::Output& one : flow_.outputs) names.push_back(variable(one).name);
      sink_.report(Code::unknown_input, arg.span, "`{}` has no output `{}`", flow_.name, arg.name)
          .hint(names.empty() ? "it has none" : fmt::format("its outputs are {}", check::quoted(names)));
      return;
    }
    NoNames values(scope_);
    const check::Type& type = variable(*output).type;
    auto value = check::check_constant(values, arg.values[0], check::want_of(type, fmt::format("`{}`", arg.name)));
    if (value) value = check::json_text(values, std::move(*value), arg.values[0].span);
    fine_ &= value.has_value();
    if (value && !outputs_.emplace(arg.name, value->text).second) {
      fine_ = false;
      sink_.report(Code::repeated_setting, arg.span, "`{}` is given twice", arg.name);
    }
  }

  void report_missing(Span place) {
    std::vector<std::string> missing;
    for (const check::Output& output : flow_.outputs)
      if (!output.optional && !outputs_.contains(variable(output).name)) missing.push_back(variable(output).name);
    if (missing.empty() || !fine_) return;
    fine_ = false;
    sink_.report(Code::missing_input, place, "`{}` never ends so without {}", flow_.name, check::quoted(missing))
        .hint(fmt::format("`verified({}: VALUE)`", missing.front()));
  }

  const check::Variable& variable(const check::Output& output) const {
    return flow_.variables[check::index(output.variable)];
  }

  const TestScope& scope_;
  Sink& sink_;
  const check::Operation& call_;
  const check::Flow& flow_;
  Stub& stub_;
  std::map<std::string, std::string, std::less<>> outputs_;  // JSON
  bool fine_ = true;
};

}  // namespace

bool read_flow_end(TestScope& scope, const check::Operation& call, check::Words words, Stub& stub) {
  const check::Flow* flow = called_flow(scope, call);
  const bool word =
      words.size() == 1 && (words[0].kind == syntax::ExprKind::name || words[0].kind == syntax::ExprKind::call);
  if (flow != nullptr && word) return FlowEnd(scope, call, *flow, stub).run(words[0]);
  scope.sink.report(Code::malformed_value, stub.span, "this is no end of a called flow")
      .hint("one of its outcomes, with its outputs: `verified(attempts: 1)`, `done`, `failed`, `expired`, `late`");
  return false;
}

}  // namespace flow::test
