// One reader an event or expectation: what its words mean in this flow.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/test/scope.h"

namespace flow::test {
namespace {

using catalogue::TestLine;
using program::Receipt;

bool take_step(TestScope& scope, const syntax::Expr& name, Line& line) {
  const std::string written = check::step_name(name);
  const auto found = scope.steps.find(written);
  if (found != scope.steps.end()) {
    // A table's steps stand where its line does; so do quiet hours before a message, which are steps of their own.
    const check::Step& named = scope.flow.steps[check::index(found->second)];
    for (std::size_t i = 0; i < scope.flow.steps.size(); ++i) {
      const check::Step& step = scope.flow.steps[i];
      const bool same = step.component == check::kQuietHours || named.component == check::kQuietHours
                            ? &step == &named
                            : step.span == named.span;
      if (same) line.steps.push_back(check::StepId{static_cast<std::uint32_t>(i)});
    }
    return true;
  }
  scope.sink.report(Code::unknown_step, name.span, "`{}` has no step `{}`", scope.flow.name, written)
      .hint(diagnostics::did_you_mean(name.text, check::keys(scope.steps)));
  return false;
}

// A step that sends; null when the step is another or none.
const check::Send* take_send(TestScope& scope, const syntax::Expr& name, Line& line) {
  if (!take_step(scope, name, line)) return nullptr;
  const check::Step& step = scope.flow.steps[check::index(line.steps.front())];
  const auto* send = std::get_if<check::Send>(&step.body);
  if (send == nullptr)
    scope.sink
        .report(Code::sends_nothing, name.span, "`{}` sends nothing: it is a step `{}`", check::step_name(name),
                step.component)
        .also(step.span, "declared here");
  return send;
}

bool take_text(TestScope& scope, const Written& written, std::size_t hole, std::string_view place, Line& line) {
  if (written.match.holes.size() <= hole) return true;
  NoNames values(scope);
  line.text = check::check_text(values, *written.match.holes[hole], place);
  return line.text.has_value();
}

bool read_receipt(TestScope& scope, const Written& written, Line& line) {
  const syntax::Expr& name = *written.match.holes[0];
  const check::Send* send = take_send(scope, name, line);
  if (send == nullptr) return false;
  const auto& kind = catalogue::channel(scope.workspace.channels[check::index(send->channel)].kind);
  const Receipt receipt = line.entry->receipt;
  const bool reported = (receipt == Receipt::sent && kind.reports_sent) ||
                        (receipt == Receipt::delivered && kind.reports_delivered) ||
                        (receipt == Receipt::read && kind.reports_read) || receipt == Receipt::failed ||
                        (receipt == Receipt::opted_out && send->purpose == "marketing");
  if (!reported && receipt == Receipt::opted_out) {
    scope.sink.report(Code::impossible_outcome, line.span, "the message of `{}` is for {}", name.text, send->purpose)
        .hint("only marketing is kept from who has unsubscribed");
    return false;
  }
  if (!reported) {
    scope.sink
        .report(Code::impossible_outcome, line.span, "{} reports no `{}`", kind.name,
                check::literal_words(line.entry->pattern.substr(5)))
        .hint("such a receipt never comes");
    return false;
  }
  return take_text(scope, written, 1, "`failed`", line);
}

bool read_signal(TestScope& scope, const Written& written, Line& line) {
  const syntax::Expr& name = *written.match.holes[0];
  std::vector<std::string> names;
  for (const check::Handler& handler : scope.flow.handlers) {
    if (handler.kind == check::Handler::Kind::signal) names.push_back(handler.signal);
  }
  for (const check::Step& step : scope.flow.steps)
    if (const auto* await = std::get_if<check::AwaitSignal>(&step.body)) names.push_back(await->signal);
  line.text = name.text;
  if (std::ranges::find(names, name.text) != names.end()) return true;
  std::string help = diagnostics::did_you_mean(name.text, names);
  if (help.empty()) help = fmt::format("the flow says what it does: `on signal {} => …`", name.text);
  scope.sink.report(Code::unknown_signal, name.span, "`{}` waits for no signal `{}`", scope.flow.name, name.text)
      .hint(help);
  return false;
}

bool take_place(TestScope& scope, const Written& written, Line& line) {
  if (written.match.holes.empty()) return true;
  if (written.second == nullptr) {
    scope.sink.report(Code::missing_part, line.span, "a place has a latitude and a longitude")
        .hint("`reply location 3.1302, 101.6711`");
    return false;
  }
  NoNames values(scope);
  const auto degrees = [&](const syntax::Expr& expr, std::string_view what, std::int64_t most) {
    const auto value = check::check_constant(values, expr, {program::ValueType::number, std::string(what)});
    const bool fits = value && std::abs(value->scalar) <= most * limits::kNumberScale;
    if (value && !fits)
      scope.sink.report(Code::out_of_range, expr.span, "{} is from -{} to {} degrees", what, most, most);
    return fits ? std::optional(value->scalar) : std::nullopt;
  };
  const auto latitude = degrees(*written.match.holes[0], "a latitude", 90);
  const auto longitude = degrees(*written.second, "a longitude", 180);
  if (!latitude || !longitude) return false;
  line.place = Position{*latitude, *longitude};
  return true;
}

bool read_reply(TestScope& scope, const Written& written, Line& line) {
  const auto on_reply = [](const check::Handler& handler) { return handler.kind == check::Handler::Kind::reply; };
  const bool awaits = std::ranges::any_of(scope.flow.handlers, on_reply) ||
                      std::ranges::any_of(scope.flow.steps, [](const check::Step& step) {
                        return std::holds_alternative<check::AwaitReply>(step.body);
                      });
  if (!awaits) {
    scope.sink.report(Code::impossible_outcome, line.span, "`{}` waits for no reply", scope.flow.name)
        .hint("`await reply` waits for one");
    return false;
  }
  if (line.entry->reply == program::ReplyKind::location) return take_place(scope, written, line);
  return take_text(scope, written, 0, "`reply`", line);
}

bool read_conditions(TestScope& scope, const Written& written, catalogue::FactOf of, std::string_view example,
                     Line& line) {
  if (written.block == nullptr) return true;
  bool fine = true;
  for (const syntax::Entry& entry : written.block->entries) {
    fine &= check::refuse_other_parts(scope.sink, entry, check::kNoPart, "a condition");
    const auto& items = entry.head.items;
    if (items.size() != 1 || items[0].is_else || items[0].exprs.size() != 1) {
      scope.sink.report(Code::unexpected_part, entry.head.span, "this is not one condition")
          .hint(fmt::format("one a line, such as `{}`", example));
      fine = false;
      continue;
    }
    fine &= read_condition(scope, items[0].exprs, of, line.conditions);
  }
  return fine;
}

bool read_send(TestScope& scope, const Written& written, Line& line) {
  const bool fine = take_send(scope, *written.match.holes[0], line) != nullptr;
  return read_conditions(scope, written, catalogue::FactOf::message, "text contains \"482913\"", line) && fine;
}

bool read_never_send(TestScope& scope, const Written& written, Line& line) {
  return take_send(scope, *written.match.holes[0], line) != nullptr;
}

bool read_visited(TestScope& scope, const Written& written, Line& line) {
  return take_step(scope, *written.match.holes[0], line);
}

bool read_end(TestScope&, const Written&, Line&) {
  return true;
}

bool read_end_failed(TestScope& scope, const Written& written, Line& line) {
  return take_text(scope, written, 0, "`end failed`", line);
}

bool read_end_outcome(TestScope& scope, const Written& written, Line& line) {
  const syntax::Expr& name = *written.match.holes[0];
  line.text = name.text;
  std::vector<std::string> names = scope.flow.outcomes;
  names.emplace_back("expired");
  if (name.kind == syntax::ExprKind::name && std::ranges::find(names, name.text) != names.end()) return true;
  if (name.kind != syntax::ExprKind::name) {
    scope.sink.report(Code::unexpected_part, name.span, "`end` does not go on like this")
        .hint("`end`, `end failed \"why\"`, `end expired` or `end OUTCOME`");
    return false;
  }
  scope.sink.report(Code::unknown_flow_outcome, name.span, "`{}` has no outcome `{}`", scope.flow.name, name.text)
      .hint(diagnostics::did_you_mean(name.text, names));
  return false;
}

bool read_request(TestScope& scope, const Written& written, Line& line) {
  const syntax::Expr& name = *written.match.holes[0];
  if (!take_step(scope, name, line)) return false;
  const check::Step& step = scope.flow.steps[check::index(line.steps.front())];
  if (std::holds_alternative<check::Operation>(step.body))
    return read_conditions(scope, written, catalogue::FactOf::request, "url contains \"/orders\"", line);
  scope.sink.report(Code::sends_nothing, name.span, "`{}` asks nothing: it is a step `{}`", name.text, step.component)
      .also(step.span, "declared here");
  return false;
}

// An input, by what it is given above, or an address.
bool read_unsubscribed(TestScope& scope, const Written& written, Line& line) {
  const syntax::Expr& address = *written.match.holes[0];
  const bool can = std::ranges::any_of(scope.flow.steps, [](const check::Step& step) {
    const auto* operation = std::get_if<check::Operation>(&step.body);
    return operation != nullptr && operation->kind == program::OperationKind::unsubscribe;
  });
  if (!can) {
    scope.sink.report(Code::sends_nothing, line.span, "`{}` has no step that unsubscribes anybody", scope.flow.name)
        .hint("`leave: unsubscribe customerPhoneNumber => STEP`");
    return false;
  }
  if (address.kind == syntax::ExprKind::name) {
    const auto given = std::ranges::find_if(scope.test.givens, [&](const Given& one) {
      return scope.flow.variables[check::index(one.variable)].name == address.text;
    });
    if (given != scope.test.givens.end()) {
      line.text = given->text;
      return true;
    }
    if (const std::string_view usual = usual_value(scope.flow, address.text); !usual.empty()) {
      line.text = usual;
      return true;
    }
    scope.sink.report(Code::unknown_input, address.span, "the lines above give no value to an input `{}`", address.text)
        .hint("an input that is given before, or an address: \"+639171234567\"");
    return false;
  }
  NoNames values(scope);
  line.text = check::check_text(values, address, "`unsubscribed`");
  return line.text.has_value();
}

bool read_launch(TestScope& scope, const Written& written, Line& line) {
  const syntax::Expr& name = *written.match.holes[0];
  if (!take_step(scope, name, line)) return false;
  const check::Step& step = scope.flow.steps[check::index(line.steps.front())];
  if (std::holds_alternative<check::Launch>(step.body)) return true;
  scope.sink
      .report(Code::sends_nothing, name.span, "`{}` launches nothing: it is a step `{}`", name.text, step.component)
      .also(step.span, "declared here");
  return false;
}

constexpr std::pair<TestLine, Reader> kReaders[] = {
    {TestLine::unsubscribed, read_unsubscribed},
    {TestLine::expect_launch, read_launch},
    {TestLine::expect_request, read_request},
    {TestLine::receipt, read_receipt},
    {TestLine::signal, read_signal},
    {TestLine::reply, read_reply},
    {TestLine::expect_send, read_send},
    {TestLine::never_send, read_never_send},
    {TestLine::visited, read_visited},
    {TestLine::end, read_end},
    {TestLine::end_failed, read_end_failed},
    {TestLine::end_outcome, read_end_outcome},
};

}  // namespace

Reader reader_of(TestLine id) {
  const auto found = std::ranges::find(kReaders, id, &std::pair<TestLine, Reader>::first);
  FLOW_CHECK(found != std::end(kReaders), "test line {} has no reader", static_cast<int>(id));
  return found->second;
}

}  // namespace flow::test
