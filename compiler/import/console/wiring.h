// Where the edges of a foreign graph lead, in the language: jumps that count, cycles that need a bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/console/canvas.h"
#include "compiler/import/console/kinds.h"
#include "compiler/import/report.h"

namespace flow::importing::console {

inline constexpr std::string_view kTooManyRounds = " else end failed \"too many rounds\"";

// What stands behind arrows to a node.
struct Place {
  std::string name;    // of its step; empty: it is no step of its own
  std::string target;  // behind an arrow
};

class Wiring {
 public:
  struct Jump {
    std::size_t to = std::string::npos;  // node
    std::int64_t max = 0;
    std::size_t next = std::string::npos;  // edge
  };

  // `kinds`: by node, null where it is unknown.
  Wiring(const Canvas& canvas, const std::vector<const Kind*>& kinds) : canvas_(canvas), kinds_(kinds) {}

  // Jumps whose settings and ways out are understood.
  void read_jumps();
  // Whether a node is a jump to an end, which is an end itself.
  bool ends(std::size_t node) const;
  const Jump* jump(std::size_t node) const;
  bool is_setting(const Property* property) const { return settings_.contains(property); }

  // What stands behind the arrow of each edge.
  std::vector<std::string> targets(const std::vector<Place>& places, std::size_t start, Report& report);

 private:
  bool is(std::size_t node, KindId kind) const { return kinds_[node] != nullptr && kinds_[node]->id == kind; }
  void read_jump(std::size_t node);
  std::size_t find_node(const std::string& name);
  void find_cycles(const std::vector<Place>& places, std::size_t start);

  const Canvas& canvas_;
  const std::vector<const Kind*>& kinds_;
  std::map<std::size_t, Jump> jumps_;
  std::set<const Property*> settings_;
  std::map<std::string, std::size_t> by_name_;
  std::set<std::size_t> back_;  // edges that close a cycle
};

}  // namespace flow::importing::console
