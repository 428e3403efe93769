// The variables of a foreign graph: `{{name}}` in its texts, what sets them, and where they are sure to have a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/console/canvas.h"
#include "compiler/import/names.h"

namespace flow::importing::console {

struct Variable {
  // What the step makes that fills it; all but the first are of another type than text.
  enum class Form : std::uint8_t { text, found, language, code, region, answer };
  std::string name;      // of the language
  bool input = false;    // a start brings it
  bool trigger = false;  // so does the message that starts it
  bool phone = false;    // its type is `phone`
  bool always = false;   // it has a value from the start on
  bool lost = false;     // what sets it is no component of the language
  Form form = Form::text;
  bool formed = false;  // its step may make another form of it; while that is text, it may have no value
};

// `{{ name }}` of a text from `at` on: where it begins and ends, and the name; npos: there is none.
struct Placeholder {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  std::string name;  // empty: what stands there is no name
};
Placeholder next_placeholder(std::string_view text, std::size_t at);

class Variables {
 public:
  // By the original's name; made when it is not there.
  Variable& of(std::string_view name);
  const Variable* find(std::string_view name) const;
  const std::map<std::string, Variable, std::less<>>& all() const { return all_; }

  // The node sets it.
  void sets(std::size_t node, std::string_view name) {
    set_by_node_[node].emplace_back(name);
    of(name);
  }
  // And it has a value behind this edge.
  void sure_behind(std::size_t edge, std::string_view name) { set_by_edge_[edge].emplace_back(name); }
  const std::vector<std::string>& set_by(std::size_t node) const;
  // Nothing of the imported flow sets it; `empty`: it is there all the same, as an empty text.
  void lose(std::string_view name, bool empty) {
    of(name).lost = true;
    of(name).always = empty;
  }
  // What its step makes of it.
  void form(std::string_view name, Variable::Form form) { of(name).form = form; }
  // Works out where variables have a value.
  void settle(const Canvas& canvas, std::size_t start);

  bool has_value(std::string_view name, std::size_t node) const;
  // The variable as a text in an expression at a node: `x`, `(x ?? "")`. Empty: there is none, or it has no text.
  std::string value(std::string_view name, std::size_t node) const;
  // The same between `{{` and `}}`, and as an operand of its own.
  std::string bare_value(std::string_view name, std::size_t node) const;

 private:
  bool has_value(const Variable& variable, std::size_t node) const;

  Names names_;
  std::map<std::string, Variable, std::less<>> all_;
  std::map<std::size_t, std::vector<std::string>> set_by_node_;
  std::map<std::size_t, std::vector<std::string>> set_by_edge_;
  std::map<std::string, std::size_t, std::less<>> bits_;  // by name of the language
  std::vector<std::vector<bool>> there_;                  // by node, by bit
};

}  // namespace flow::importing::console
