#include "compiler/check/scope.h"

#include "base/limits.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/program/text.h"

namespace flow::check {

bool declare(Sink& sink, std::map<std::string, Span, std::less<>>& names, const std::string& name, Span span,
             std::string_view what) {
  const auto [place, is_new] = names.emplace(name, span);
  if (is_new) return true;
  sink.report(Code::duplicate_name, span, "{} `{}` is declared twice", what, name)
      .label("declared again here")
      .also(place->second, "first declared here")
      .hint("give one of them another name");
  return false;
}

bool check_name_length(Sink& sink, const std::string& name, Span span, std::string_view what) {
  if (name.size() <= limits::kNameCharsMax) return true;
  sink.report(Code::name_too_long, span, "the name of this {} has {} characters", what, name.size())
      .hint(fmt::format("names have at most {}", limits::kNameCharsMax));
  return false;
}

void report_not_yet(Sink& sink, Span span, std::string_view name) {
  sink.report(Code::not_yet, span, "`{}` is part of the language, but not of this release", name)
      .hint("docs/language/reference.md lists what this release has");
}

std::string quoted(const std::vector<std::string>& words, std::string_view conjunction) {
  return diagnostics::quoted_list(words, conjunction);
}

std::string duration_words(std::int64_t ms) {
  return program::duration_text(ms);
}

std::string_view type_words(ValueType type) {
  switch (type) {
    case ValueType::text:
      return "a text";
    case ValueType::number:
      return "a number";
    case ValueType::boolean:
      return "true or false";
    case ValueType::duration:
      return "a duration";
    case ValueType::phone:
      return "a phone number";
    case ValueType::region:
      return "a region";
    case ValueType::language:
      return "a language";
    case ValueType::date:
      return "a date";
    case ValueType::time:
      return "a clock time";
    case ValueType::datetime:
      return "a point in time";
    case ValueType::money:
      return "an amount of money";
    case ValueType::email:
      return "an email address";
    case ValueType::url:
      return "a URL";
    case ValueType::zone:
      return "a time zone";
    case ValueType::json:
      return "JSON";
    case ValueType::list:
      return "a list";
    case ValueType::record:
      return "a record";
  }
  return "a value";
}

bool refuse_other_parts(Sink& sink, const syntax::Entry& entry, unsigned parts, std::string_view what) {
  bool fine = true;
  const auto refuse = [&](bool there, Part part, Span span, std::string_view name) {
    if (!there || (parts & part) != 0) return;
    if (fine) sink.report(Code::unexpected_part, span, "`{}` has no {}", what, name);
    fine = false;
  };
  if (entry.colon) refuse(true, kColon, entry.colon->span, "`:` part");
  if (entry.value) refuse(true, kValue, entry.value->span, "`=` part");
  if (entry.block)
    refuse(true, kBlock, {entry.block->span.file, entry.block->span.begin, entry.block->span.begin + 1}, "block");
  if (entry.arrow) refuse(true, kArrow, entry.arrow->span, "`=>` part");
  return fine;
}

const syntax::Expr* single(const syntax::Clause& clause) {
  if (clause.items.size() != 1 || clause.items[0].is_else || clause.items[0].exprs.size() != 1) return nullptr;
  return &clause.items[0].exprs[0];
}

const syntax::Expr* single_name(const syntax::Clause& clause) {
  const syntax::Expr* expr = single(clause);
  return expr != nullptr && expr->kind == syntax::ExprKind::name ? expr : nullptr;
}

}  // namespace flow::check
