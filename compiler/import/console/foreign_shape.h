// The second reading of a canvas library's graph: its nodes as boxes with their settings and their ways out. Nothing of
// canvas.h and of what is behind it is used; docs/importing/console.md says what stands where.
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/json.h"

namespace flow::importing::console {

struct Way {
  std::string port;  // as written; empty: it names none
  std::string label;
  std::size_t to = 0;            // a box
  const Json* branch = nullptr;  // of the node that names this way itself; null: none does
};

struct Box {
  std::string id;
  std::string name;                                           // empty: it has none
  std::string type;                                           // as written; empty: nothing says it
  std::vector<std::pair<std::string, const Json*>> settings;  // by their names in small letters and digits
  const Json* text_of_node = nullptr;  // of a message without another text; null: it has one, or none
  std::vector<Way> ways;
  bool led_to = false;

  // The first of these that it has; null: none.
  const Json* setting(std::initializer_list<std::string_view> names) const;
  // The same as a text: of a number or a truth its digits; empty: none, or a list.
  std::string text(std::initializer_list<std::string_view> names) const;
};

struct Shape {
  std::vector<Box> boxes;
  std::deque<Json> inside;  // graphs that stood in a text
};

// `json` outlives the shape. Of several texts that may say what a node is the first that `is_type` knows does. Nothing:
// no graph is in it, or one that does not hold together.
std::optional<Shape> shape_of(const Json& json, bool (*is_type)(std::string_view));

// Small letters and digits alone.
std::string letters(std::string_view text);

}  // namespace flow::importing::console
