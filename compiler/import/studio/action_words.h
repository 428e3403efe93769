// What Studio's widgets do, in the words of graphs, for the proof of an import. Nothing of the importer is used.
#pragma once

#include <map>
#include <string>

#include "compiler/import/fidelity/words.h"
#include "compiler/import/names.h"
#include "compiler/import/studio/liquid_words.h"

namespace flow::importing::studio {

// By widget: its name and its properties, an object. One for all states of a flow.
class ActionWords {
 public:
  explicit ActionWords(LiquidWords& liquid) : liquid_(liquid) {}

  fidelity::Action message(const Json& properties);
  fidelity::Action request(const Json& properties);
  fidelity::Action function(const std::string& name, const Json& properties);
  fidelity::Action sub_flow(const Json& properties);
  fidelity::Action desk(const Json& properties);
  fidelity::Action variables(const Json& properties);
  // As the import keeps it: with its settings.
  std::string kept(const std::string& type, const Json& state);
  // Every sub-flow has the inputs that all of its calls together give it: to be told before the first is asked for.
  void add_sub_flow(const Json& properties);

 private:
  struct SubFlow {
    Names names;
    std::map<std::string, std::string> inputs;  // by key
  };

  void add_ends(const Json& properties, fidelity::Action& action);
  void add_template(const Json& properties, fidelity::Action& action);
  void add_body(const Json& properties, const std::string& body, fidelity::Action& action);

  LiquidWords& liquid_;
  std::map<std::string, SubFlow> sub_flows_;
  std::map<std::string, std::size_t> secrets_;  // by host and credentials
};

}  // namespace flow::importing::studio
