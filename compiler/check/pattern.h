// The one matcher of the catalogue's patterns against clauses. Internal to compiler/check.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/scope.h"

namespace flow::check {

struct Match {
  std::size_t entry = 0;                   // index of the pattern
  std::vector<const syntax::Expr*> holes;  // in the pattern's order
  std::vector<const syntax::Expr*> more;   // for `…`: the expressions after commas
};

// The expressions of one item, side by side.
using Words = std::span<const syntax::Expr>;

// The pattern with most words that the whole of `clause` (or of `words`) fits; nothing when none does.
std::optional<Match> match(const syntax::Clause& clause, const std::vector<std::string_view>& patterns);
std::optional<Match> match(Words words, const std::vector<std::string_view>& patterns);

// Reports why nothing matched, at the narrowest place: an unknown first word (`code`, with a suggestion), or words
// that do not go on as any pattern with that first word does. `what`: "component", "setting", "outcome".
void report_unmatched(Sink& sink, const syntax::Clause& clause, const std::vector<std::string_view>& patterns,
                      Code code, std::string_view what, std::string_view hint = {});
void report_unmatched(Sink& sink, Words words, Span span, const std::vector<std::string_view>& patterns, Code code,
                      std::string_view what, std::string_view hint = {});

// The words of a pattern before its first hole, without those that only lead to it: "recognize region".
std::string literal_words(std::string_view pattern);

// Reports what `words` wrote as not of this release, by the pattern's name.
void report_later(Sink& sink, Words words, std::string_view pattern);

template <typename Table>
std::vector<std::string_view> patterns_of(const Table& table) {
  std::vector<std::string_view> result;
  result.reserve(table.size());
  for (const auto& entry : table) result.push_back(entry.pattern);
  return result;
}

}  // namespace flow::check
