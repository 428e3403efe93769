// `stub STEP = ANSWER`: what a step that asks the outside is answered.
#include <algorithm>

#include "compiler/check/operation.h"
#include "compiler/check/pattern.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/test/scope.h"
#include "runtime/program/escape.h"
#include "runtime/program/http_call.h"

namespace flow::test {
namespace {

using check::Words;
using program::OperationKind;
using syntax::ExprKind;

bool is_word(Words words, std::size_t at, std::string_view word) {
  return words.size() > at && words[at].kind == ExprKind::name && words[at].text == word;
}

class StubReader {
 public:
  StubReader(TestScope& scope, const check::Step& step, const check::Operation& asked, Stub& stub)
      : scope_(scope), step_(step), asked_(asked), stub_(stub), values_(scope) {}

  bool read(const syntax::Item& item) {
    const Words words = item.exprs;
    if (needs_no_stub(asked_.kind)) {
      scope_.sink.report(Code::unexpected_part, stub_.span, "`{}` needs no answer: it is always done", step_.component)
          .hint("take the line out");
      return false;
    }
    if (asked_.kind == OperationKind::classify && item.is_else) return outcome("else");
    if (item.is_else) return wrong();
    if (words.size() == 1 && is_word(words, 0, "failed")) return outcome("failed");
    stub_.late = words.size() == 1 && is_word(words, 0, "late") && asked_.late;
    if (stub_.late) return true;
    switch (asked_.kind) {
      case OperationKind::http:
        return status(words);
      case OperationKind::function:
        return is_word(words, 0, "ok") ? ok(words) : status(words);
      case OperationKind::classify:
        return label(words);
      case OperationKind::generate:
        return text(words);
      case OperationKind::hand_over:
        return words.size() == 1 && is_word(words, 0, "accepted") ? outcome("accepted") : wrong();
      default:
        return is_word(words, 0, "ok") ? ok(words) : wrong();
    }
  }

 private:
  bool outcome(std::string name) {
    stub_.outcome = std::move(name);
    return true;
  }

  bool wrong() {
    scope_.sink.report(Code::malformed_value, stub_.span, "this is no answer for `{}`", step_.component).hint(hint());
    return false;
  }

  std::string hint() const {
    switch (asked_.kind) {
      case OperationKind::http:
        return "`failed`, `late`, `status 404`, or `status 200 json(eta: \"today\")`";
      case OperationKind::function:
        return "`failed`, `late`, `ok`, or `ok json(area: \"north\")`";
      case OperationKind::classify:
        return "`failed`, `late`, `else`, or one of its labels: " + check::quoted(labels());
      case OperationKind::generate:
        return "`failed`, `late`, or what it writes: `\"a text\"`";
      case OperationKind::hand_over:
        return "`accepted` or `failed`";
      default:
        return "`ok`, `failed`, or what is read: `ok json(tier: \"gold\")`";
    }
  }

  std::vector<std::string> labels() const {
    std::vector<std::string> result;
    for (const auto& arm : asked_.arms)
      if (arm.outcome.kind == program::OperationOutcome::Kind::named && !arm.outcome.name.empty())
        result.push_back(arm.outcome.name);
    return result;
  }

  // `status 404`, `status 200 json(…)`.
  bool status(Words words) {
    if (!is_word(words, 0, "status") || words.size() < 2 || words.size() > 3) return wrong();
    const auto number = check::check_whole(values_, words[1], "`status`", 200, 599);
    if (!number) return false;
    stub_.status = static_cast<int>(*number);
    return words.size() == 2 || body(words[2]);
  }

  bool ok(Words words) {
    if (words.size() > 2) return wrong();
    outcome("ok");
    stub_.body = "{}";
    return words.size() == 1 || body(words[1]);
  }

  bool label(Words words) {
    if (words.size() != 1 || words[0].kind != ExprKind::name) return wrong();
    const auto known = labels();
    if (std::ranges::find(known, words[0].text) == known.end()) {
      scope_.sink.report(Code::unknown_outcome, words[0].span, "`{}` has no label `{}`", step_.name, words[0].text)
          .also(step_.span, "declared here")
          .hint(diagnostics::did_you_mean(words[0].text, known));
      return false;
    }
    stub_.body = "{\"label\":\"" + words[0].text + "\"}";
    return outcome(words[0].text);
  }

  bool text(Words words) {
    if (words.size() != 1 || words[0].kind != ExprKind::string) return wrong();
    const auto written = check::check_text(values_, words[0], "`stub`");
    if (!written) return false;
    stub_.body = "{\"text\":\"";
    program::append_json_escaped(stub_.body, *written);
    stub_.body += "\"}";
    return outcome("ok");
  }

  // `json(…)`, or a text as it is.
  bool body(const syntax::Expr& written) {
    std::vector<check::Operation::Argument> arguments;
    if (!check::body_arguments(values_, written, arguments)) return false;
    program::OperationInfo site;
    std::vector<std::string> texts;
    for (auto& argument : arguments) {
      site.arguments.push_back(std::move(argument.name));
      texts.push_back(std::move(argument.value.text));
    }
    auto call = program::http_call(site, texts);
    if (call) stub_.body = std::move(call->body);
    return call.has_value();
  }

  TestScope& scope_;
  const check::Step& step_;
  const check::Operation& asked_;
  Stub& stub_;
  NoNames values_;
};

// `keypress`, `keypress("10-4432")`: what a component of another system reports, with its result.
class ForeignEvent {
 public:
  ForeignEvent(TestScope& scope, const check::Step& step, const check::Extern& foreign, Stub& stub)
      : sink_(scope.sink), step_(step), foreign_(foreign), stub_(stub), values_(scope) {}

  bool read(const syntax::Item& item) {
    const Words words = item.exprs;
    const bool word = words.size() == 1 && (words[0].kind == ExprKind::name || words[0].kind == ExprKind::call);
    if (!word || item.is_else) {
      sink_.report(Code::unexpected_part, stub_.span, "this is no event of a step `{}`", step_.component)
          .hint("`stub keys = keypress(\"10-4432\")`: an event, and its result");
      return false;
    }
    std::vector<std::string> known;
    for (const auto& arm : foreign_.arms) known.insert(known.end(), arm.events.begin(), arm.events.end());
    if (std::ranges::find(known, words[0].text) == known.end()) {
      sink_.report(Code::unknown_outcome, words[0].span, "`{}` has no event `{}`", step_.name, words[0].text)
          .also(step_.span, "declared here")
          .hint(diagnostics::did_you_mean(words[0].text, known));
      return false;
    }
    stub_.outcome = words[0].text;
    return words[0].args.empty() || result(words[0]);
  }

 private:
  bool result(const syntax::Expr& event) {
    const bool single = event.args.size() == 1 && event.args[0].name.empty() && event.args[0].values.size() == 1;
    if (!foreign_.into || !single) {
      sink_
          .report(Code::unexpected_part, event.args[0].span, "`{}` {}", step_.name,
                  foreign_.into ? "has one result, a text" : "keeps no result")
          .also(step_.span, "declared here");
      return false;
    }
    auto text = check::check_text(values_, event.args[0].values[0], "the result");
    if (text) stub_.body = std::move(*text);
    return text.has_value();
  }

  Sink& sink_;
  const check::Step& step_;
  const check::Extern& foreign_;
  Stub& stub_;
  NoNames values_;
};

// `failed`: the provider refuses the message at once. That it takes it needs no stub.
bool read_refusal(TestScope& scope, const syntax::Item& answer, Stub& stub) {
  if (!answer.is_else && answer.exprs.size() == 1 && is_word(answer.exprs, 0, "failed")) {
    stub.outcome = "failed";
    return true;
  }
  scope.sink.report(Code::malformed_value, stub.span, "this is no answer to a message")
      .hint("`failed`: it is refused at once; what becomes of it later is a line: `at 5s: delivered STEP`");
  return false;
}

}  // namespace

void read_stub(TestScope& scope, const syntax::Entry& entry, const syntax::Expr& name) {
  check::refuse_other_parts(scope.sink, entry, check::kValue, "stub");
  const std::string written = check::step_name(name);
  const auto found = scope.steps.find(written);
  if (found == scope.steps.end()) {
    scope.sink.report(Code::unknown_step, name.span, "`{}` has no step `{}`", scope.flow.name, written)
        .hint(diagnostics::did_you_mean(written, check::keys(scope.steps)));
    return;
  }
  const check::Step& step = scope.flow.steps[check::index(found->second)];
  const auto* asked = std::get_if<check::Operation>(&step.body);
  const auto* foreign = std::get_if<check::Extern>(&step.body);
  const bool sends = std::holds_alternative<check::Send>(step.body);
  if (asked == nullptr && foreign == nullptr && !sends) {
    scope.sink.report(Code::unknown_outcome, name.span, "`{}` asks nothing: it is a step `{}`", written, step.component)
        .also(step.span, "declared here");
    return;
  }
  if (!entry.value || entry.value->items.size() != 1) {
    scope.sink.report(Code::missing_part, entry.head.span, "`stub {}` does not say what is answered", written)
        .hint("`= failed`, `= late`, `= status 404`");
    return;
  }
  Stub stub;
  stub.step = found->second;
  stub.span = entry.value->span;
  const syntax::Item& answer = entry.value->items[0];
  if (foreign != nullptr) {
    if (ForeignEvent(scope, step, *foreign, stub).read(answer)) scope.test.stubs.push_back(std::move(stub));
    return;
  }
  if (sends) {
    if (read_refusal(scope, answer, stub)) scope.test.stubs.push_back(std::move(stub));
    return;
  }
  const bool calls = asked->kind == program::OperationKind::flow;
  if (calls ? read_flow_end(scope, *asked, answer.exprs, stub) : StubReader(scope, step, *asked, stub).read(answer))
    scope.test.stubs.push_back(std::move(stub));
}

}  // namespace flow::test
