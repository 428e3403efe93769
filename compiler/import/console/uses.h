// What sets the variables of a foreign graph, and what uses them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "compiler/import/console/canvas.h"
#include "compiler/import/console/kinds.h"
#include "compiler/import/console/variables.h"

namespace flow::importing::console {

// A list of variables of Start.
bool is_variable_list(std::string_view key);

class Uses {
 public:
  // `kinds`: by node, null where it is unknown.
  Uses(const Canvas& canvas, const std::vector<const Kind*>& kinds, Variables& variables)
      : canvas_(canvas), kinds_(kinds), variables_(variables) {}

  // Reads them all. `trigger`: "manual", "whatsapp", …
  void read(std::string_view trigger, std::size_t start);
  // Gives the variables the forms that their steps make, where the node is none of those that are `kept`.
  void shape(const std::map<std::size_t, std::string>& kept);
  // Nodes whose variable has another form than text.
  const std::vector<std::size_t>& shaped() const { return shaped_; }

 private:
  bool is(std::size_t node, KindId kind) const { return kinds_[node] != nullptr && kinds_[node]->id == kind; }
  void trigger_variables(std::string_view trigger);
  void declare_inputs(const Json& list, std::string_view trigger);
  void read_node(std::size_t node);
  void read_texts(const Json& json);
  void set_by(std::size_t node);
  void mark_phone(const std::string& text);
  void rule_variables(const Json& json, std::size_t depth);
  void mention(const Json& json, bool rules, std::size_t depth);
  Variable::Form form_of(std::size_t node) const;

  const Canvas& canvas_;
  const std::vector<const Kind*>& kinds_;
  Variables& variables_;
  std::unordered_set<std::string> mentioned_;   // where a region would have to be a text
  std::map<std::string, std::size_t> setters_;  // how many nodes set a variable
  std::map<std::size_t, std::string> makes_;    // variables whose form may be another, by their node
  std::vector<std::size_t> shaped_;
};

}  // namespace flow::importing::console
