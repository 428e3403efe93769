// The words of graph.h, for readers of originals and for flow_graph.h: so that the same thing is written the same way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flow::importing::fidelity {

// `{tier}`: a value by its name.
std::string value(std::string_view name);

// A text with values in it: `"Hello {name}"`. One that is nothing but a value is that value: `{name}`.
class Text {
 public:
  void add(std::string_view literal);
  // In braces when it is `value(…)`, else between `<` and `>`; of `either(…)` each.
  void add_value(std::string_view words);
  std::string words() const { return only_.empty() ? "\"" + out_ + "\"" : only_; }

 private:
  std::string out_;
  std::string only_;  // the value, while there is nothing else
};
std::string quoted(std::string_view literal);

// 1500000 millionths are `1.5`.
std::string number(std::int64_t millionths);
// A decimal number as somebody wrote it, `5.0`, in the same form; empty when it is none.
std::string number(std::string_view decimal);

// An action: `Action("message").with("text", quoted("Hello")).words()`.
class Action {
 public:
  explicit Action(std::string_view kind) : words_(kind) {}
  Action& with(std::string_view setting, std::string_view value);
  // Of an original: the import may have no other settings, but those whose values it makes up or keeps.
  Action& only();
  const std::string& words() const { return words_; }

 private:
  std::string words_;
};
inline constexpr std::string_view kAnything = "*";
inline constexpr std::string_view kOnly = "only";
// Between values of which the import has one, since it may say the same in several forms.
inline constexpr char kOr = '\x01';
// Within the words of an original: of several forms the import has one. A form that is kAnything, and the last of its
// words, may be anything but a text that another system makes.
std::string either(const std::vector<std::string>& forms);
// The forms of what is `either(…)` as a whole; of others themselves.
std::vector<std::string_view> forms_of(std::string_view words);
// Behind the forms that begin at `at`.
std::size_t behind_forms(std::string_view words, std::size_t at);
inline constexpr char kEither = '\x02';
inline constexpr char kEnd = '\x03';  // of the forms, with kOr between them
// In an original: a text that another system makes of this template, should the import have kept it, and the values
// that have to be given to it.
std::string made_elsewhere(std::string_view written, const std::vector<std::string>& values);
inline constexpr char kMade = '\x05';  // begins its name
// In an original: a text of which one is chosen, which State::texts has.
inline constexpr std::string_view kChosen = "{\x06}";
// Of an `extern`: as an import makes a name of the language of it, `setting sipendpoint` of "sip-endpoint".
std::string setting_name(std::string_view written);
// Of the start, likewise: `input orderno` of "Order no".
std::string input_name(std::string_view written);

// "silent after 3600000".
std::string after(std::string_view outcome, std::int64_t ms);

// `a and b`, `a or b`; a single one stays as it is. Alternatives within a conjunction are put into brackets.
std::string all_of(const std::vector<std::string>& conditions);
std::string any_of(const std::vector<std::string>& conditions);
// `not (a)`; of a negation what was negated.
std::string none_of(const std::string& condition);

// The parts of an action.
struct Setting {
  std::string_view name;
  std::string_view value;
};
std::string_view kind_of(std::string_view action);
std::vector<Setting> settings_of(std::string_view action);

// Of a regular expression; a `/` is one, with or without a backslash.
std::string pattern(std::string_view regular_expression);
std::string upper(std::string_view text);
// Small letters, without outer space: what `~=` and the like compare.
std::string folded(std::string_view text);

}  // namespace flow::importing::fidelity
