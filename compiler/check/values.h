// Values: literals, names, operators, functions, texts with `{{…}}`. For compiler/check and compiler/test.
//
// Types are told here; whether a value may be absent at its place is told later, by the paths (presence.h).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/scope.h"

namespace flow::calendar {
class Zone;
}

namespace flow::check {

// Where names in an expression come from.
class Values {
 public:
  struct Found {
    enum class Kind : std::uint8_t { none, bad, value };
    Kind kind = Kind::none;
    Expr expr;
  };

  virtual ~Values() = default;
  // Marks the name as used. `bad`: its declaration was reported.
  virtual Found find(std::string_view name, Span span) = 0;
  virtual std::vector<std::string> names() const = 0;
  // Whether it is one of names(), of which there may be many.
  virtual bool has(std::string_view name) const {
    const std::vector<std::string> all = names();
    return std::find(all.begin(), all.end(), name) != all.end();
  }
  // Null: there is no wording of this name.
  virtual const Wording* wording(std::string_view name) const = 0;
  // In the text of `each`, where the item and its place are.
  virtual bool in_each() const { return false; }
  // A name of one of the runtime's secrets; it has no value here.
  virtual bool is_secret_name(std::string_view) const { return false; }
  virtual Sink& sink() = 0;
  // The zone of clock times; reports at `place`, and answers nothing, where there is none.
  virtual std::optional<Expr> zone(Span place) = 0;
  // By whose clocks a point in time is taken at once, where nothing of it is left to a flow's run; null: by none.
  virtual const calendar::Zone* clocks() const { return nullptr; }
  // The language of names of months and days: the flow's, else the workspace's first.
  virtual std::optional<Expr> language(Span place) = 0;
  // How `expr` comes to be a secret, a line a value; for the path of a report.
  virtual std::vector<std::string> secret_path(const Expr& expr) = 0;
  // `reveal(x)` stands at `place`.
  virtual void revealed(Span place) = 0;
};

// What the values in a text are escaped for, by functions that the checked tree shows around them.
enum class Context : std::uint8_t { text, json, url, html, header };

// What a place wants: a type, or any; and how the place is called in a message: "`to`".
struct Want {
  std::optional<ValueType> type;
  std::string place;
  program::Currency currency = 0;   // of money, where it must be a certain one
  Context context = Context::text;  // of a text with `{{…}}` that stands there
};

// The checked form of `expr`, constants folded; nothing when a mistake in it was reported (once). Bare regions and
// languages become constants where their type is wanted.
std::optional<Expr> check_value(Values& values, const syntax::Expr& expr, const Want& want);

// The value as a piece of a text: dates, clock times, points in time and amounts become texts; reports at `place` where
// that needs a zone and there is none.
std::optional<Expr> check_piece(Values& values, Expr value, Span place);

// The value as JSON, a text; absent when the value is.
std::optional<Expr> json_text(Values& values, Expr value, Span span);

// A regular expression, `/…/`; reports and answers nothing when it is none.
std::optional<std::string> check_regex(Sink& sink, const syntax::Expr& expr);

// `text matches /…/`, or with `whole` false `contains`: true or false. REQUIRES: `text` is one.
Expr match_of(Expr text, std::string pattern, bool whole, Span span);

// The same, and reports a value that is not constant. `what`: "`wait`".
std::optional<Expr> check_constant(Values& values, const syntax::Expr& expr, const Want& want);

// A constant duration in ms within [min, max]; reports otherwise.
std::optional<std::int64_t> check_duration(Values& values, const syntax::Expr& expr, std::string_view place,
                                           std::int64_t min_ms, std::int64_t max_ms);
// A whole constant number within [min, max]; reports otherwise.
std::optional<std::int64_t> check_whole(Values& values, const syntax::Expr& expr, std::string_view place,
                                        std::int64_t min, std::int64_t max);
// A constant text; reports otherwise.
std::optional<std::string> check_text(Values& values, const syntax::Expr& expr, std::string_view place);

// A region code, bare or quoted; reports an unknown one with what was probably meant.
std::optional<std::string> check_region(Sink& sink, const syntax::Expr& expr);
// A language tag, bare or quoted.
std::optional<std::string> check_language(Sink& sink, const syntax::Expr& expr);
void report_unknown_currency(Sink& sink, Span span, std::string_view code);

// A value that may stand where a text is wanted.
constexpr bool is_plain_text(ValueType type) {
  return program::is_text(type) && !program::is_composite(type);
}

// What a place of a declared type wants.
Want want_of(const Type& type, std::string place);

// Why a value does not fit a text type's length or choices, "has up to 50 characters"; empty: it does. call_flow.cpp
std::string misfit(const Expr& value, const Type& type);
// "takes at most 30 characters".
std::string bounds_text(const Type& type);

bool is_constant(const Expr& expr);
Expr constant_text(std::string text, Span span);
// The value as the text that it is written as; texts as they are.
Expr as_text(Sink& sink, Expr value);

// Computes what can be computed before the start; the same results as the engines (docs/semantics.md). Reports a
// constant that leaves the range of numbers; false then.
bool fold(Sink& sink, Expr& expr);

// A type as written after `:`, `secret text(4..8)?`; reports and answers nothing when there is none such.
std::optional<Type> check_type(Sink& sink, const syntax::Target& target);
std::optional<Type> check_type(Sink& sink, std::span<const syntax::Expr> words, Span span);

// A literal's value.
std::optional<std::int64_t> parse_duration_literal(std::string_view raw);
std::optional<std::int64_t> parse_number_literal(std::string_view raw);

// The most characters that a value of this type takes in a text; 0: no bound.
std::uint32_t characters_max(const Type& type);

}  // namespace flow::check
