// The values of one imported flow: what a path of Liquid names, as an expression of the language. First every use is
// seen (use), then names and types are settled (settle), then expressions are asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/names.h"
#include "compiler/import/studio/definition.h"
#include "compiler/import/studio/liquid.h"

namespace flow::importing::studio {

// What starts the flow.
enum class Start : std::uint8_t { message, call, request, parent, other };

// Which variables have a value for certain: a bit for each of Values::variables().
using Known = std::vector<std::uint64_t>;
inline bool has(const Known& known, std::size_t i) {
  return (known[i / 64] >> (i % 64) & 1U) != 0;
}
inline void add(Known& known, std::size_t i) {
  known[i / 64] |= std::uint64_t{1} << (i % 64);
}

enum class Kind : std::uint8_t { text, number, boolean, phone, list };

struct Expr {
  std::string code;
  Kind kind = Kind::text;
  bool optional = false;                // it may be absent
  std::optional<std::string> constant;  // a text that is written out; `code` is its literal on one line
  bool never = false;                   // nothing gives it a value: Studio takes it for empty
  bool from_nothing = false;            // a variable every value of which is made of itself
  bool fixed = false;                   // it is made of nothing but what is the same in all executions
  std::string prefix;                   // a text in front: "whatsapp:"
  std::string block;                    // of a text of several lines: as a setting has it
  std::optional<TextWriter> pieces;     // of a text that is joined
};
Expr constant(std::string_view text);

// The label, or a longer one where it means something in the language, or will in the flow: `sms`, `id`.
std::string usable(const std::string& label);
struct Variable {
  enum class Role : std::uint8_t { input, reply, result, read, output, assigned };
  Role role{};
  std::string label;  // of a read: its path; of others the name it had
  std::string name;   // of the language, once settled
  Kind kind = Kind::text;
  std::size_t state = 0;          // that gives it its value; of an input and what is assigned none
  std::vector<std::string> path;  // of a read: behind `body` or `result`
  std::set<std::string> members;  // of a list of records; none: of texts
  bool spoken = false;            // of a result: what is pressed and what is said are both asked for
  bool required = false;          // a read without which the answer counts as failed

  bool from_nothing = false;                      // every value that it is assigned is made of itself
  std::set<std::int64_t> counts_from;             // of what counts: what each of its counters begins at
  std::vector<std::vector<std::string>> made_of;  // of what is assigned: the keys that each of its values reads
                                                  // What its uses say of its type.
  bool as_text = false;
  bool as_number = false;
  bool as_truth = false;
  bool as_word = false;  // compared with what is neither
  bool as_phone = false;
  bool may_lack = false;   // of an input: something is said for when it is absent
  bool as_list = false;    // an item of it is used
  bool as_loop = false;    // all of them are, one after the other
  bool counted = false;    // `.size`: a list, unless it is a text elsewhere
  bool calculated = true;  // of what is assigned: every value is a number
};

class Values {
 public:
  // The definition outlives it. `included`: by state, whether it is part of this flow. `channel`: the kind of channel
  // of the messages that it answers. `kept`: questions that the language cannot ask.
  Values(const Definition& definition, Start start, std::string channel, std::vector<bool> included,
         std::set<std::size_t> kept = {});

  // Every use of values that the language has, before settle().
  void use(const liquid::Template& text);
  void use_as_number(const liquid::Template& text);  // compared with numbers
  void use_as_truth(const liquid::Template& text);   // compared with `true` and `false`
  void use_as_word(const liquid::Template& text);    // compared with other texts
  void use_as_absent(const liquid::Template& text);  // asked whether it is there
  void use_as_phone(const liquid::Template& text);   // written to
  void assign(const State& state);                   // of the type set-variables

  // Gives names that no other value of the flow and none of `taken` has.
  void settle(const std::set<std::string, std::less<>>& taken);

  // What `path` is where `known` has values; nothing when the language has no such value. What nothing ever gives a
  // value is a variable of its own, listed in undefined().
  std::optional<Expr> value(const liquid::Path& path, const Known& known);
  // Whether `{% if path %}` is always or never taken; nothing when that is known at run time alone.
  std::optional<bool> truth(const liquid::Path& path, const Known& known) const;
  // Whether all of its counters can count `path`: where nothing else gives it a value, they begin at the same.
  bool counts(const liquid::Path& path) const;
  // Whether it is a variable every value of which is made of itself: it has a first one, and is never absent.
  bool is_from_nothing(const liquid::Path& path) const;
  // The variable that it is, whole; nothing when it is none, or a part of one.
  std::optional<std::size_t> variable(const liquid::Path& path) const;
  // A list, and how many parts of `path` it took.
  struct List {
    std::size_t variable = 0;
    std::size_t parts = 0;
  };
  std::optional<List> list(const liquid::Path& path) const;

  const std::vector<Variable>& variables() const { return variables_; }
  std::optional<std::size_t> find(Variable::Role role, std::size_t state) const;
  std::optional<std::size_t> assigned(std::string_view key) const;
  std::vector<std::size_t> reads(std::size_t state) const;
  std::size_t words() const { return variables_.size() / 64 + 1; }  // of a Known
  Known nothing_known() const;

  // Texts that the flow begins with: what Studio takes for empty since nothing gives it a value, and constants where
  // the language needs a variable.
  struct Undefined {
    std::string name;   // empty: one of too many, it is only told
    std::string code;   // its value
    std::string path;   // as it is written; empty: it is no mistake
    std::string why;    // "no widget is called `x`"
    std::string place;  // a JSON pointer: where it is used first
  };
  const std::vector<Undefined>& undefined() const { return undefined_; }
  // What is the same in all executions and stands elsewhere: by the name that Terraform or Studio has for it,
  // `${var.x}` or `{{flow.flow_sid}}`, a name of the language.
  const std::map<std::string, std::string>& placeholders() const { return placeholders_; }
  // A number or a truth that may be absent stands in a text, where Studio writes nothing: by it, where that is.
  void tell_absent(const std::string& code) { absent_.emplace(code, place_); }
  const std::map<std::string, std::string>& absent() const { return absent_; }
  // Where what is asked for stands in the original.
  void set_place(std::string pointer) { place_ = std::move(pointer); }
  // A variable for a text that is the same in all executions.
  Expr hidden(std::string code, std::string_view label);
  Expr contact() const;                                // whoever the flow is with
  bool contact_used() const { return contact_used_; }  // and has to be an input, where no message starts it
  std::string contact_name() const;
  Start start() const { return start_; }
  const std::string& channel() const { return channel_; }
  Names& names() { return names_; }

 private:
  // What a path is, before it is known whether a variable of that kind exists.
  struct Resolved {
    enum class What : std::uint8_t { variable, contact, incoming, named, undefined, unknown };
    What what = What::unknown;
    Variable variable;    // role, label, state, path
    std::string member;   // of a reply: `url`
    std::string why;      // it is undefined
    std::string written;  // it is named: as the definition has it
  };
  Resolved resolve(const liquid::Path& path) const;
  Resolved resolve_widget(const liquid::Path& path) const;
  Resolved resolve_result(const State& state, std::size_t index, const liquid::Path& path) const;
  Resolved resolve_trigger(const liquid::Path& path) const;
  Resolved input(std::string label) const;
  static std::string key_of(const Variable& variable);
  std::size_t variable_of(const Variable& wanted);
  const Variable* assigned_variable(const liquid::Path& path) const;
  const Variable* known_variable(const Variable& wanted, std::size_t& index) const;

  using Loops = std::map<std::string, std::size_t>;                              // by their variable: the list
  std::optional<std::size_t> use(const liquid::Path& path, const Loops& loops);  // a variable that it names
  void use_condition(const liquid::Condition& condition, const Loops& loops);
  void use_nodes(const std::vector<liquid::Node>& nodes, Loops& loops);
  void use_output(const liquid::Output& output, const Loops& loops);
  Variable* only_variable(const liquid::Template& text);
  Variable* use_list(const liquid::Path& path, std::size_t parts);
  void settle_kind(Variable& variable) const;
  void find_first_values();
  std::string label_of(const Variable& variable, const std::map<std::string, int>& last_words) const;
  std::string output_of(const State& call, std::string label) const;
  std::optional<Expr> undefined(const liquid::Path& path, const std::string& why);

  bool starts_by(std::string_view event) const;

  const Definition& definition_;
  Start start_;
  std::string channel_;
  std::vector<bool> included_;
  std::set<std::size_t> kept_;
  std::vector<Variable> variables_;
  std::map<std::string, std::size_t, std::less<>> by_key_;
  std::map<std::size_t, std::vector<std::size_t>> reads_;  // by state
  std::set<std::string, std::less<>> assigned_keys_;
  std::vector<Undefined> undefined_;
  std::map<std::string, std::size_t, std::less<>> undefined_by_path_;
  std::string place_;
  std::map<std::string, std::string> absent_;
  std::map<std::string, std::string> placeholders_;
  mutable bool contact_used_ = false;
  Names names_;
};

}  // namespace flow::importing::studio
