// Liquid, as texts of Studio have it: read with tolerance, never run. Outputs, `if`, `unless` and `case`, `for` over a
// list, `assign` and comments are understood; a text with anything else is `opaque`, and what it reads is known all the
// same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flow::importing::studio::liquid {

struct Path;

// `.name`, `[3]` or `[path]`.
struct Part {
  enum class Kind : std::uint8_t { name, index, dynamic };
  Kind kind = Kind::name;
  std::string name;
  std::int64_t index = 0;
  std::shared_ptr<const Path> dynamic;
};

// `widgets.greeting.inbound.Body`: never empty, and begins with a name.
struct Path {
  std::vector<Part> parts;
};
std::string to_string(const Path& path);
// The names of a path from `from` on; nothing when one of the parts is none.
std::optional<std::vector<std::string>> names_from(const Path& path, std::size_t from);
// Empty when there is none at this place.
std::string name_at(const Path& path, std::size_t i);

struct Operand {
  enum class Kind : std::uint8_t { path, text, number, word };
  Kind kind = Kind::path;
  Path path;
  std::string text;  // of a text; of a number, as written; of a word: nil, true, false, blank or empty
};

struct Filter {
  std::string name;
  std::vector<Operand> arguments;
};

struct Output {
  Operand value;
  std::vector<Filter> filters;
};

// What is asked of a value.
struct Condition {
  Operand left;
  std::string sign;  // `==`, `!=`, `<`, `contains`, …; empty: whether it is there, and not false
  Operand right;     // with a sign
};

// What an arm asks: several are joined from the right, `a and b or c` is `a and (b or c)`.
struct Question {
  std::vector<Condition> conditions;
  std::vector<bool> ors;  // between them
  bool negated = false;   // `unless`
  // Null when there are several, or it is negated.
  const Condition* only() const { return conditions.size() == 1 && !negated ? conditions.data() : nullptr; }
};

struct Arm;
struct Node {
  enum class Kind : std::uint8_t { text, output, loop, assign, choice };
  Kind kind = Kind::text;
  std::string text;         // of a text
  std::string source;       // of an output, an `assign` and a choice: as it is written
  Output output;            // of an output and an `assign`; the list of a loop
  std::string variable;     // of a loop and an `assign`
  std::vector<Node> block;  // of a loop
  std::vector<Arm> arms;    // of a choice: `if` and `elsif`, or `when`, in order, `else`
};
struct Arm {
  std::optional<Question> question;  // nothing: `else`, the last
  std::vector<Node> block;
};

struct Template {
  std::vector<Node> nodes;  // when it is not opaque
  bool opaque = false;
  std::string problem;           // why it is opaque: "`{% if %}`"
  bool broken = false;           // it is not even Liquid: a tag that is not closed
  std::vector<Path> references;  // what it reads, without its own variables; each once, in order
  bool constant() const {
    return !opaque && (nodes.empty() || (nodes.size() == 1 && nodes[0].kind == Node::Kind::text));
  }
  std::string constant_text() const { return nodes.empty() ? std::string() : nodes[0].text; }
};

// Never fails; time and memory are linear in the text. Blocks nest at most kDepthMax deep, else it is opaque.
inline constexpr int kDepthMax = 8;
Template parse(std::string_view text);

}  // namespace flow::importing::studio::liquid
