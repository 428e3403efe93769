// A minimal automaton over digits, built from its ends: equal nodes are one. A node where only the count of the digits
// that follow matters is a leaf (numbers/walk.h has the form in which it is written). Runs while building.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "numbers/walk.h"

namespace flow::numbers::plan {

class Table {
 public:
  using Id = std::uint32_t;
  using Label = std::uint32_t;

  // `by_count[n]`: the answer when n digits follow; the last one for more as well.
  Id leaf(std::vector<Label> by_count);
  Id inner(Label stop, const std::array<Id, 10>& next);
  // A step from any node.
  Id after(Id node, unsigned digit);

  // The same automaton when answers are replaced: `roots` in `into`, in their order.
  std::vector<Id> project(const std::vector<Id>& roots, const std::function<Label(Label)>& map, Table& into) const;

  // In the form of numbers/walk.h.
  struct Written {
    std::vector<std::uint32_t> start;  // the entries of the roots
    std::vector<Row> rows;
  };
  // `otherwise`: what a leaf of this label says when the count does not fit.
  Written write(const std::vector<Id>& roots, const std::function<Label(Label)>& otherwise);

 private:
  struct Node {
    std::vector<Label> leaf;  // empty: an inner node
    Label stop = 0;
    std::array<Id, 10> next{};
    auto operator<=>(const Node&) const = default;
  };
  class Writer;

  Id add(Node node);

  std::vector<Node> nodes_;
  std::map<Node, Id> ids_;
};

}  // namespace flow::numbers::plan
