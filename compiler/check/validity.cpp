// Times that a text promises ("valid for 10 minutes") against those the flow keeps.
#include <algorithm>
#include <cctype>

#include "compiler/check/stages.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

struct Mention {
  std::int64_t ms = 0;
  std::uint32_t begin = 0;  // in the text
  std::uint32_t end = 0;
};

// "10 minutes", "10-minute", "24 hours", "1 day".
std::vector<Mention> times_in(std::string_view text) {
  constexpr std::pair<std::string_view, std::int64_t> kWords[] = {
      {"second", 1000}, {"sec", 1000}, {"minute", 60'000}, {"min", 60'000}, {"hour", 3'600'000}, {"day", 86'400'000}};
  std::vector<Mention> result;
  for (std::size_t i = 0; i < text.size();) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    std::int64_t count = 0;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0 && i - begin < 6)
      count = count * 10 + (text[i++] - '0');
    if (i < text.size() && (text[i] == ' ' || text[i] == '-')) ++i;
    std::size_t end = i;
    while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) ++end;
    std::string word;
    program::append_lower(word, text.substr(i, end - i));
    if (word.ends_with('s')) word.pop_back();
    for (const auto& [name, ms] : kWords)
      if (word == name)
        result.push_back({count * ms, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    i = std::max(end, i);
  }
  return result;
}

// Is the text about how long something holds?
bool is_about_validity(const FlowScope& scope, std::string_view text) {
  if (scope.flow.purpose == "authentication") return true;
  std::string lower;
  program::append_lower(lower, text);
  return lower.find("valid") != std::string::npos || lower.find("expire") != std::string::npos;
}

struct KnownTime {
  std::int64_t ms = 0;
  std::string name;
  Span span;
};

std::vector<KnownTime> known_times(const FlowScope& scope) {
  std::vector<KnownTime> result;
  for (const auto& [id, value] : scope.flow.lets)
    if (is_constant(value) && value.type.kind == ValueType::duration)
      result.push_back({value.scalar, scope.flow.variables[index(id)].name, scope.flow.variables[index(id)].span});
  if (scope.expires_stated && result.empty()) result.push_back({scope.flow.expires_ms, "expires", scope.expires_span});
  if (scope.expires_stated && !result.empty()) {
    const bool there =
        std::ranges::any_of(result, [&](const KnownTime& time) { return time.ms == scope.flow.expires_ms; });
    if (!there) result.push_back({scope.flow.expires_ms, "expires", scope.expires_span});
  }
  return result;
}

// Which times of `text` no constant of the flow keeps.
template <typename Report>
void compare(const FlowScope& scope, std::string_view text, Report report) {
  const auto known = known_times(scope);
  if (known.empty() || !is_about_validity(scope, text)) return;
  for (const Mention& mention : times_in(text)) {
    if (std::ranges::any_of(known, [&](const KnownTime& time) { return time.ms == mention.ms; })) continue;
    report(mention, known.front());
    return;  // one is enough to look at the text again
  }
}

class TextScan {
 public:
  explicit TextScan(FlowScope& scope) : scope_(scope) {}

  void expr(const syntax::Expr& written) {
    if (written.kind == syntax::ExprKind::string) string(written);
    for (const syntax::Expr& child : written.children) expr(child);
    for (const syntax::Argument& arg : written.args)
      for (const syntax::Expr& value : arg.values) expr(value);
    for (const syntax::StringPiece& piece : written.pieces)
      if (piece.expr != nullptr) expr(*piece.expr);
  }

  void clause(const syntax::Clause& written) {
    for (const syntax::Item& item : written.items)
      for (const syntax::Expr& value : item.exprs) expr(value);
  }

 private:
  void string(const syntax::Expr& written) {
    std::string whole;
    for (const syntax::StringPiece& piece : written.pieces) whole += piece.text;
    if (!is_about_validity(scope_, whole)) return;
    for (const syntax::StringPiece& piece : written.pieces) {
      compare(scope_, piece.text, [&](const Mention& mention, const KnownTime& time) {
        Span span = piece.span;
        // Escapes make the written text longer than the meant one; then the whole piece is shown.
        if (piece.raw == piece.text) span = {span.file, span.begin + mention.begin, span.begin + mention.end};
        scope_.sink()
            .report(Code::text_contradicts_validity, span, "the text says {}, and `{}` is {}",
                    piece.text.substr(mention.begin, mention.end - mention.begin), time.name, duration_words(time.ms))
            .also(time.span, "set here")
            .hint(time.name == "expires"
                      ? "give the time a name with `let`, and write it as {{minutes(NAME)}}"
                      : fmt::format("write the time as {{{{minutes({})}}}}: then they cannot differ", time.name));
      });
    }
  }

  FlowScope& scope_;
};

}  // namespace

void check_text_times(FlowScope& scope) {
  TextScan scan(scope);
  for (const syntax::Entry* entry : scope.header) {
    const bool let = !entry->head.items.empty() && !entry->head.items[0].exprs.empty() &&
                     entry->head.items[0].exprs[0].text == "let";
    if (let && entry->value) scan.clause(*entry->value);
  }
  for (const syntax::Entry* entry : scope.step_entries) {
    if (!entry->block) continue;
    for (const syntax::Entry& line : entry->block->entries) {
      if (!line.arrow) scan.clause(line.head);
      if (line.value) scan.clause(*line.value);
      if (!line.colon || !line.block) continue;  // else a message of a table
      for (const syntax::Entry& setting : line.block->entries)
        if (!setting.arrow) scan.clause(setting.head);
    }
  }
}

void check_template_times(FlowScope& scope, TemplateId id, Span use) {
  const Template& known = scope.shared.workspace.templates[index(id)];
  compare(scope, known.body, [&](const Mention& mention, const KnownTime& time) {
    scope.sink()
        .report(Code::text_contradicts_validity, use, "the template says {}, and `{}` is {}",
                known.body.substr(mention.begin, mention.end - mention.begin), time.name, duration_words(time.ms))
        .also(scope.shared.template_bodies[index(id)], "its text")
        .also(time.span, "set here")
        .hint("the template's text is fixed by its approval; change the time, or have another text approved");
  });
}

}  // namespace flow::check
