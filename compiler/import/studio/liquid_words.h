// Texts with Liquid in the words of graphs, for the proof of an import: a small reading of its own. Nothing of the
// importer is used.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/json.h"

namespace flow::importing::studio {

// The part of a definition that is one flow. What it points to outlives it.
struct OriginalFlow {
  const Json* states = nullptr;
  const std::map<std::string, std::size_t>* places = nullptr;  // of states, by name
  std::vector<bool> included;                                  // by state
  // What starts it: a message, a message of a conversation, a call, the REST API, a parent flow, or another event.
  bool message = false;
  bool conversation = false;
  bool call = false;
  bool request = false;
  bool parent = false;
  bool other = false;
  std::set<std::string, std::less<>> variables;  // that its widgets set

  // The state of that name, if it is part of the flow.
  const Json* widget(std::string_view name) const;
  bool starts_with_message() const { return message || conversation; }
};

// What another tool puts in, `${var.x}`, as an import names it: `{{terraform.var.x}}`.
std::string with_named_placeholders(std::string_view text);

// Whom the flow is with, whatever it is called.
inline constexpr std::string_view kContact = "contact.channel.address";

class LiquidWords {
 public:
  explicit LiquidWords(const OriginalFlow& flow) : flow_(flow) {}

  // Of a setting that is a text: what the language says of it, or one that another system makes of it; kAnything where
  // this reader does not know the Liquid.
  std::string text(std::string_view written);
  // The same as a part of conditions: `{*}` for what is not known.
  std::string operand(std::string_view written);
  // Without the form of another system; nothing: not known, or `{{` is not closed.
  std::optional<std::string> translation(std::string_view written);
  // Of `{{path}}` alone, without filters; nothing: it is something else.
  std::optional<std::string> path(std::string_view path);

  // What was read so far out of answers and results, by widget: the path behind `body` or `result`, and its words.
  using Reads = std::map<std::string, std::map<std::string, std::string>, std::less<>>;
  const Reads& reads() const { return reads_; }
  // Of widgets that the language has not: the words of what was read of each.
  using Results = std::map<std::string, std::set<std::string>>;
  const Results& results() const { return results_; }
  // What a start has to bring: by name, its words.
  const std::map<std::string, std::string>& inputs() const { return inputs_; }
  // Counters, by the name of the value: what they begin at, when it is not 0.
  const std::map<std::string, std::string, std::less<>>& first() const { return first_; }
  // Names that nothing gives a value.
  const std::set<std::string>& unset() const { return unset_; }

 private:
  friend class LiquidText;
  struct Part {
    std::string name;                  // empty: a place of a list
    std::optional<std::size_t> index;  // from 0
    std::string dynamic;               // words of a place
    bool is_place() const { return name.empty() || name == "first" || name == "last"; }
  };
  using Path = std::vector<Part>;

  std::optional<std::string> words_of(const Path& path);
  std::optional<std::string> of_list(const Path& path, std::size_t place);
  std::optional<std::string> of_widget(const Path& path);
  std::optional<std::string> of_trigger(const Path& path);
  std::string input(std::string_view label);
  std::string contact() const;
  bool is_never_set(const Path& path) const;
  std::optional<bool> truth(const Path& path) const;
  std::string output_of(const Json& call, std::string label);
  std::string elsewhere(std::string_view written);
  static bool is_literal(const Path& path);

  const OriginalFlow& flow_;
  Reads reads_;
  Results results_;
  std::map<std::string, std::string> inputs_;
  std::map<std::string, std::string, std::less<>> first_;
  std::set<std::string> unset_;
  bool inputs_known_ = false;
  std::map<std::string, std::set<std::string>> inputs_of_flows_;  // by what the flow is called
};

}  // namespace flow::importing::studio
