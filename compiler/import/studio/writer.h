// Steps in the making: a Studio state becomes one step, or one and the texts in Liquid before it. Which of them begin a
// cycle is only known when all are there (arrows.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/report.h"
#include "compiler/import/studio/declarations.h"
#include "compiler/import/studio/definition.h"
#include "compiler/import/studio/expressions.h"
#include "compiler/import/studio/values.h"

namespace flow::importing::studio {

struct Target {
  enum class Kind : std::uint8_t { end, state, step };
  Kind kind = Kind::end;
  std::size_t index = 0;
};

struct Arm {
  std::string label;  // `failed`, `late after 10s`, `"agent"`, a condition, `else`
  Target to;
  bool outcome = false;  // shares a line with others that lead to the same place
  bool unwired = false;  // leads nowhere in the original: an `otherwise` of the header may say so
  std::string comment;   // behind it
};

struct Step {
  std::string name;
  std::string head;  // without the name
  std::vector<DraftEntry> settings;
  std::vector<Arm> arms;
  bool arrow = false;  // its one arm stands behind the block: `set { … } => STEP`
  bool aside = false;  // where it leads to comes after others in the text
  std::vector<std::string> comments;
  std::optional<std::size_t> state;  // nothing: the import added it
  std::string pointer;
};

// Which `send-and-wait-for-reply` takes the arms of which `split-based-on`.
using Folds = std::map<std::size_t, std::size_t>;

class Writer {
 public:
  // All outlive it. `known`: by state, what has a value there for certain.
  Writer(const Definition& of_definition, Values& of_values, Declarations& of_declarations, Report& of_report,
         const std::vector<Known>& known, const Folds& of_folds, Names& step_names);

  // Whether the language has what it is.
  bool write(std::size_t state);

  // The parts that the widgets' functions use while a state is written.
  const Definition& definition;
  Values& values;
  Declarations& declarations;
  Report& report;
  const Folds& folds;

  const State& state() const { return definition.states[index_]; }
  std::size_t index() const { return index_; }
  const Known& known() const { return here_; }
  Known& known() { return here_; }
  Step& step() { return step_; }

  // What a template of the state says; what the language cannot say becomes a step before this one, whose result it is.
  Expr text(std::string_view written, const std::string& pointer, Place place = Place::text);
  Expr text_of_property(std::string_view property) {
    return text(state().text(property), state().pointer_of(property));
  }  // Texts that other systems make so far. What the step holds already moves into a step before those from `from` on,
  // which read it.
  std::size_t texts_before() const { return pending_.size(); }
  void split_off(std::size_t from);
  // What a text is made of has changed.
  void forget_texts() { made_.clear(); }

  Target target(std::string_view event) const;
  // An arm for an event of the original: notes what has no arm there.
  Arm outcome(std::string label, std::string_view event, bool failure);
  void note(NoteKind kind, std::string pointer, std::string message, std::string remedy = {});

  std::vector<Step> steps;
  std::map<std::size_t, std::size_t> entries;  // by state: its first step
  std::map<std::size_t, bool> first_class;     // by state: whether it is a component
  std::size_t messages_sent = 0;               // that have an arm `sent`

 private:
  void note_unknown_properties();

  const std::vector<Known>& all_known_;
  Names& step_names_;
  std::size_t index_ = 0;
  Known here_;
  Step step_;
  void choose(ChosenText text, const std::string& label, const std::string& pointer);
  std::string label_of_text(char letter) const;

  std::vector<Step> pending_;                      // before it; their arms lead so many steps on
  std::map<std::string, Expr, std::less<>> made_;  // by text: what they make
  std::vector<Note> pending_notes_;                // of it, when it stays as it is
};

// A state of each kind as a step: each fills writer.step(). False: the component cannot say it after all, `reason` has
// why, and nothing was written.
bool write_message(Writer& writer, std::string& reason);  // send-message, send-and-wait-for-reply
bool write_split(Writer& writer, std::string& reason);
bool write_assignments(Writer& writer);
void write_request(Writer& writer);
void write_function(Writer& writer);
void write_subflow(Writer& writer);
void write_desk(Writer& writer);
void write_extern(Writer& writer, const std::string& reason);

// Tells the declarations of a message's sender, when it is written out.
void expect_sender(const State& message, Declarations& declarations);

// The secret that a request of the type make-http-request sends; empty: none.
std::string secret_of(const State& request, Declarations& declarations);

// The arms of an `ask` that say what `split` says; nothing when a step of its own says it better.
std::optional<std::vector<Arm>> answer_arms(const Definition& definition, std::size_t ask, std::size_t split);

// Key and value of `parameters`.
struct Parameter {
  std::string key;
  std::string value;
  std::string pointer;
};
std::vector<Parameter> parameters_of(Writer& writer, std::string_view property);

// A text that is JSON around values, as `json(…)`, or as the members of one; nothing when it is none.
struct JsonMember {
  std::string name;
  std::string code;
};
std::optional<std::vector<JsonMember>> json_members(Writer& writer, std::string_view text);

}  // namespace flow::importing::studio
