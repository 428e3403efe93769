#include "compiler/syntax/build.h"

#include <string>
#include <utility>

#include <antlr4-runtime.h>

#include <FlowLexer.h>
#include <FlowParser.h>

#include "base/check.h"
#include "compiler/syntax/meanings.h"
#include "compiler/syntax/texts.h"

namespace flow::syntax {
namespace {

using antlr4::ParserRuleContext;
using antlr4::tree::ParseTree;
using antlr4::tree::TerminalNode;
using diagnostics::Code;
using grammar::FlowParser;

std::size_t type_of(const ParseTree* node) {
  const auto* terminal = dynamic_cast<const TerminalNode*>(node);
  return terminal == nullptr ? 0 : const_cast<TerminalNode*>(terminal)->getSymbol()->getType();
}

class Builder {
 public:
  Builder(std::string_view text, source::FileId file, Report& report)
      : text_(text), file_(file), report_(report), check_errors_(report.any()) {}

  void entries(const ParserRuleContext* context, std::vector<Entry>& into) {
    for (ParseTree* child : context->children) {
      auto* entry_context = dynamic_cast<FlowParser::EntryContext*>(child);
      if (entry_context == nullptr || (check_errors_ && has_error(entry_context))) continue;
      into.push_back(entry(entry_context));
    }
  }

 private:
  // On the entry's own line: errors within its block leave it whole.
  static bool has_error(const ParserRuleContext* context) {
    if (context->exception) return true;
    for (const ParseTree* child : context->children) {
      if (dynamic_cast<const FlowParser::BlockContext*>(child) != nullptr) continue;
      if (dynamic_cast<const antlr4::tree::ErrorNode*>(child) != nullptr) return true;
      const auto* rule = dynamic_cast<const ParserRuleContext*>(child);
      if (rule != nullptr && has_error(rule)) return true;
    }
    return false;
  }

  source::Span span(const antlr4::Token* first, const antlr4::Token* last) const {
    return {file_, static_cast<std::uint32_t>(first->getStartIndex()),
            static_cast<std::uint32_t>(last->getStopIndex() + 1)};
  }
  source::Span span(const ParserRuleContext* context) const { return span(context->start, context->stop); }
  std::string_view text_of(const antlr4::Token* token) const {
    return text_.substr(token->getStartIndex(), token->getStopIndex() + 1 - token->getStartIndex());
  }
  std::string name(TerminalNode* node) const { return std::string(text_of(node->getSymbol())); }

  Entry entry(FlowParser::EntryContext* context);
  Block block(FlowParser::BlockContext* context);
  Target target(FlowParser::TargetContext* context);
  Clause clause(FlowParser::ClauseContext* context);
  Item item(FlowParser::ItemContext* context);
  Expr expr(FlowParser::ExprContext* context);
  Expr is(FlowParser::IsContext* context);
  Expr name_or_call(FlowParser::NameContext* context);
  Argument argument(FlowParser::ArgumentContext* context);
  void name_argument(Argument& argument, FlowParser::ValueContext* context);
  Expr text(FlowParser::TextContext* context);
  void piece(FlowParser::PieceContext* context, TextReader& reader, Expr& into);

  std::string_view text_;
  source::FileId file_;
  Report& report_;
  bool check_errors_;
};

Entry Builder::entry(FlowParser::EntryContext* context) {
  Entry out;
  std::size_t after = 0;
  bool first = true;
  const antlr4::Token* last = context->start;
  for (ParseTree* child : context->children) {
    if (auto* clause_context = dynamic_cast<FlowParser::ClauseContext*>(child)) {
      if (first) {
        out.head = clause(clause_context);
      } else {
        out.value = clause(clause_context);
      }
      first = false;
      last = clause_context->stop;
    } else if (auto* target_context = dynamic_cast<FlowParser::TargetContext*>(child)) {
      (after == FlowParser::COLON ? out.colon : out.arrow) = target(target_context);
      last = target_context->stop;
    } else if (auto* block_context = dynamic_cast<FlowParser::BlockContext*>(child)) {
      out.block = block(block_context);
      last = block_context->stop;
    } else {
      after = type_of(child);
    }
  }
  out.span = span(context->start, last);
  return out;
}

Block Builder::block(FlowParser::BlockContext* context) {
  Block out;
  out.span = span(context);
  const std::string_view inside = text_.substr(out.span.begin, out.span.end - out.span.begin);
  out.one_line = inside.find('\n') == std::string_view::npos;
  entries(context, out.entries);
  return out;
}

Target Builder::target(FlowParser::TargetContext* context) {
  Target out;
  out.span = span(context);
  out.clause = clause(context->clause());
  if (auto* otherwise = context->target()) out.otherwise = std::make_unique<Target>(target(otherwise));
  return out;
}

Clause Builder::clause(FlowParser::ClauseContext* context) {
  Clause out;
  out.span = span(context);
  for (auto* each : context->item()) out.items.push_back(item(each));
  return out;
}

Item Builder::item(FlowParser::ItemContext* context) {
  Item out;
  out.span = span(context);
  out.is_else = context->ELSE() != nullptr;
  for (auto* each : context->expr()) out.exprs.push_back(expr(each));
  return out;
}

Expr Builder::expr(FlowParser::ExprContext* context) {
  FLOW_CHECK(context != nullptr);
  Expr out;
  if (auto* binary = dynamic_cast<FlowParser::BinaryContext*>(context)) {
    out.kind = ExprKind::binary;
    out.op = operator_of(type_of(binary->children.at(1)));
    out.children.push_back(expr(binary->expr(0)));
    out.children.push_back(expr(binary->expr(1)));
  } else if (auto* named = dynamic_cast<FlowParser::NameContext*>(context)) {
    out = name_or_call(named);
  } else if (auto* textual = dynamic_cast<FlowParser::TextualContext*>(context)) {
    out = text(textual->text());
  } else if (auto* member = dynamic_cast<FlowParser::MemberContext*>(context)) {
    out.kind = ExprKind::member;
    out.text = name(member->NAME());
    out.children.push_back(expr(member->expr()));
  } else if (auto* optional = dynamic_cast<FlowParser::OptionalContext*>(context)) {
    out.kind = ExprKind::optional;
    out.children.push_back(expr(optional->expr()));
  } else if (auto* negation = dynamic_cast<FlowParser::NotContext*>(context)) {
    out.kind = ExprKind::unary_not;
    out.children.push_back(expr(negation->expr()));
  } else if (auto* paren = dynamic_cast<FlowParser::ParenContext*>(context)) {
    out.kind = ExprKind::paren;
    out.children.push_back(expr(paren->expr()));
  } else if (auto* list = dynamic_cast<FlowParser::ListContext*>(context)) {
    out.kind = ExprKind::list;
    for (auto* each : list->expr()) out.children.push_back(expr(each));
  } else if (auto* test = dynamic_cast<FlowParser::IsContext*>(context)) {
    out = is(test);
  } else {
    out = atom(context->start->getType(), span(context->start, context->start), text_);
  }
  out.span = span(context);
  return out;
}

Expr Builder::is(FlowParser::IsContext* context) {
  Expr out;
  out.kind = ExprKind::is;
  out.text = name(context->NAME());
  out.negated = context->NOT() != nullptr;
  out.children.push_back(expr(context->expr()));
  if (!is_test(out.text)) {
    const antlr4::Token* word = context->NAME()->getSymbol();
    const source::Span place = span(word, word);
    report_
        .error(Code::syntax_error, static_cast<std::uint32_t>(word->getLine()), place.begin, place.end,
               "expected `set` or `blank` after `is`, found `{}`", out.text)
        .hint("to compare, write `==`");
  }
  return out;
}

Expr Builder::name_or_call(FlowParser::NameContext* context) {
  Expr out;
  out.kind = context->CALL_OPEN() == nullptr ? ExprKind::name : ExprKind::call;
  out.text = name(context->NAME());
  for (auto* each : context->argument()) out.args.push_back(argument(each));
  return out;
}

Argument Builder::argument(FlowParser::ArgumentContext* context) {
  Argument out;
  out.span = span(context);
  const auto values = context->value();
  if (values.size() == 2) name_argument(out, values.front());
  auto* value = values.back();
  out.spread = value->RANGE() != nullptr;
  for (auto* each : value->expr()) out.values.push_back(expr(each));
  return out;
}

void Builder::name_argument(Argument& argument, FlowParser::ValueContext* context) {
  const auto exprs = context->expr();
  const bool one = exprs.size() == 1 && context->RANGE() == nullptr;
  if (one && syntax::name_argument(argument, expr(exprs.front()))) return;
  const source::Span place = span(context);
  report_
      .error(Code::syntax_error, static_cast<std::uint32_t>(context->start->getLine()), place.begin, place.end,
             "expected a name before `:`, found `{}`",
             text_.substr(place.begin, std::min(place.end - place.begin, 40U)))
      .hint("an argument's name is a word, or a text without `{{ }}`");
}

Expr Builder::text(FlowParser::TextContext* context) {
  Expr out;
  out.kind = ExprKind::string;
  out.block_string = context->BLOCK_TEXT_OPEN() != nullptr;
  TextReader reader(text_, report_);
  if (out.block_string) {
    const antlr4::Token* close = context->stop;
    reader.begin_block(span(context->start, context->start), span(close, close),
                       static_cast<std::uint32_t>(context->start->getLine()),
                       static_cast<std::uint32_t>(close->getLine()));
  }
  for (auto* each : context->piece()) piece(each, reader, out);
  reader.flush(out.pieces);
  return out;
}

void Builder::piece(FlowParser::PieceContext* context, TextReader& reader, Expr& into) {
  if (auto* value = context->expr()) {
    reader.flush(into.pieces);
    StringPiece interpolation;
    interpolation.span = span(context);
    interpolation.expr = std::make_unique<Expr>(expr(value));
    into.pieces.push_back(std::move(interpolation));
    return;
  }
  const antlr4::Token* token = context->start;
  const source::Span place = span(token, token);
  const auto line = static_cast<std::uint32_t>(token->getLine());
  if (token->getType() == FlowParser::TEXT) {
    reader.plain(place, line);
  } else {
    reader.escape(place, line);
  }
}

}  // namespace

File build(ParseTree& root, std::string_view text, source::FileId file, Report& report) {
  File out;
  out.file = file;
  auto* context = dynamic_cast<FlowParser::FileContext*>(&root);
  FLOW_CHECK(context != nullptr);
  Builder(text, file, report).entries(context, out.entries);
  return out;
}

}  // namespace flow::syntax
