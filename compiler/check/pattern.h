// The one matcher of the catalogue's patterns against clauses. For compiler/check and compiler/test.
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

// A pattern taken apart.
struct Pattern {
  std::size_t entry = 0;  // in the table
  std::string_view text;
  std::vector<std::string_view> words;
  bool list = false;        // `…` at its end
  bool takes_rest = false;  // its last hole takes all that is left
};

// The patterns of a table, in the order in which they are tried. Immutable.
class Patterns {
 public:
  // The texts outlive it: they are the catalogue's.
  explicit Patterns(const std::vector<std::string_view>& texts);
  template <typename Table>
  static Patterns of(const Table& table) {
    std::vector<std::string_view> texts;
    for (const auto& entry : table) texts.push_back(entry.pattern);
    return Patterns(texts);
  }
  const std::vector<Pattern>& all() const { return all_; }

 private:
  std::vector<Pattern> all_;
};

// The expressions of one item, side by side.
using Words = std::span<const syntax::Expr>;

// The pattern with most words that the whole of `clause` (or of `words`) fits; nothing when none does.
std::optional<Match> match(const syntax::Clause& clause, const Patterns& patterns);
std::optional<Match> match(Words words, const Patterns& patterns);

// A step as written: `sms`, or `otp.sms` of a table.
std::string step_name(const syntax::Expr& written);

// Reports why nothing matched, at the narrowest place: an unknown first word (`code`, with a suggestion), or words
// that do not go on as any pattern with that first word does. `what`: "component", "setting", "outcome".
void report_unmatched(Sink& sink, const syntax::Clause& clause, const Patterns& patterns, Code code,
                      std::string_view what, std::string_view hint = {});
void report_unmatched(Sink& sink, Words words, Span span, const Patterns& patterns, Code code, std::string_view what,
                      std::string_view hint = {});

// The words of a pattern before its first hole, without those that only lead to it: "recognize region".
std::string literal_words(std::string_view pattern);

// Reports what `words` wrote as not of this release, by the pattern's name.
void report_later(Sink& sink, Words words, std::string_view pattern);

// The catalogue's tables, taken apart once.
const Patterns& component_patterns();
const Patterns& setting_patterns();
const Patterns& outcome_patterns();
const Patterns& http_setting_patterns();
const Patterns& function_setting_patterns();
const Patterns& generate_setting_patterns();
const Patterns& contact_setting_patterns();
const Patterns& model_setting_patterns();
const Patterns& no_setting_patterns();
const Patterns& header_patterns();
const Patterns& guarantee_patterns();
const Patterns& workspace_patterns();
const Patterns& environment_patterns();
const Patterns& template_setting_patterns();

}  // namespace flow::check
