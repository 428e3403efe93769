// Liquid as expressions of the language: what means the same, or nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/studio/liquid.h"
#include "compiler/import/studio/values.h"

namespace flow::importing::studio {

// What a template says, where `known` has values. Nothing: the language cannot say it, and `why` has the reason. Beside
// a result `why` is empty, or what it says otherwise than Studio. `address`: it is part of an address, which the
// language escapes by itself.
enum class Place : std::uint8_t { text, address };

// A text of which one is taken: a `branch` and a `set` on each of its ways say it, before what reads `name`.
struct ChosenText {
  struct Way {
    std::string condition;  // of the last none
    std::string code;       // the text
  };
  std::string name;  // a variable
  std::vector<Way> ways;
};
// Where such steps may stand; `name` makes a name of a variable.
struct Chosen {
  std::function<std::string()> name;
  std::vector<ChosenText> texts;
};

// `chosen`: null where nothing can stand before.
std::optional<Expr> translate(const liquid::Template& text, Values& values, const Known& known, std::string& why,
                              Place place = Place::text, Chosen* chosen = nullptr);

// The expression as a text, a number or a truth that is never absent.
std::string as_text(const Expr& expr);
std::string as_number(const Expr& expr);
// As a value that a request or a function gets: a phone number as it is, everything else as a text.
std::string as_argument(const Expr& expr);
// As `{{…}}` writes it.
std::string in_text(const Expr& expr);
// As a text that may stand in several lines: the setting of a message.
std::string as_block(const Expr& expr);
// In brackets, where an operator stands beside it.
std::string operand(const std::string& code);

}  // namespace flow::importing::studio
