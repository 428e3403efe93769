// Nodes of a foreign graph as steps of the language, one by one.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/console/canvas.h"
#include "compiler/import/console/kinds.h"
#include "compiler/import/console/variables.h"
#include "compiler/import/draft.h"
#include "compiler/import/report.h"

namespace flow::importing::console {

// Which way out of a node an edge is, as far as its port or label says.
enum class Role { next, failed, undelivered, unread, silent, otherwise, unknown };
Role role_of(const Edge& edge);

// What steps need of workspace.flow.
struct Needs {
  struct Channel {
    std::string name;
    std::string kind;
    std::string sender;  // empty: nobody said
  };
  std::vector<Channel> channels;
  std::map<std::string, std::map<std::string, std::size_t>> by_kind;  // by kind and sender: which of the channels
  std::set<std::string> hosts;
  std::set<std::string> declared;  // variables that steps make
  bool purpose = false;            // of messages that have none of their own
};

class StepMaker {
 public:
  StepMaker(const Canvas& canvas, const Variables& variables, Report& report, Needs& needs, std::string trigger)
      : canvas_(canvas), variables_(variables), report_(report), needs_(needs), trigger_(std::move(trigger)) {}

  // What stands behind the arrow of each edge.
  void lead(std::vector<std::string> targets) { targets_ = std::move(targets); }

  // The step of a node, without its name. Nothing: its settings or its wiring are not those of its kind, so that it has
  // to be kept. `ends`: what an edge that is missing leads to.
  std::optional<DraftEntry> make(std::size_t node, const Kind& kind, const std::string& name);
  // The node as `extern`, its ports as events.
  DraftEntry keep(std::size_t node);

  // Settings of the node that the step does not have.
  std::vector<const Property*> left_over(std::size_t node) const;

  // The setting of one of these names, which is then known.
  const Property* take(std::size_t node, std::initializer_list<std::string_view> keys);
  std::string taken_text(std::size_t node, std::initializer_list<std::string_view> keys);

  // The channel of a kind, by what says who sends; empty: nobody says.
  std::string channel(const std::string& kind, const std::string& sender);

 private:
  std::optional<DraftEntry> send(std::size_t node, const Kind& kind);
  bool message(std::size_t node, DraftEntry& entry);
  bool recipient(std::size_t node, DraftEntry& entry);
  bool message_arms(std::size_t node, DraftEntry& entry);
  std::optional<DraftEntry> await_reply(std::size_t node);
  std::optional<DraftEntry> branch(std::size_t node);
  std::optional<std::string> condition(const Json& json, std::size_t node, std::size_t depth);
  std::optional<std::string> rule(const Json& json, std::size_t node);
  std::optional<DraftEntry> set(std::size_t node);
  std::optional<DraftEntry> wait(std::size_t node);
  std::optional<DraftEntry> phone(std::size_t node);
  std::optional<DraftEntry> random(std::size_t node);
  std::optional<DraftEntry> http(std::size_t node);
  std::optional<DraftEntry> plain(std::size_t node, std::string head);

  // The one edge of a role, or of any port when there is only one edge; npos: none. Sets `clear_` to false when there
  // are two.
  std::size_t edge(std::size_t node, Role role);
  std::size_t edge_to(std::size_t node, const Json& branch);
  // What stands behind an edge's arrow; `end` when there is none.
  std::string behind(std::size_t edge);
  bool all_edges_used(std::size_t node) const;
  std::optional<std::int64_t> seconds(const Property* property) const;
  // A text of the language, its placeholders values.
  std::string text(const Json& value, std::size_t node) const;
  std::string operand(const Json& value, std::size_t node) const;
  void changed(std::size_t node, DraftEntry& line, std::string why);

  const Canvas& canvas_;
  const Variables& variables_;
  Report& report_;
  Needs& needs_;
  std::string trigger_;  // "manual", "whatsapp", …
  std::vector<std::string> targets_;
  std::set<const Property*> taken_;
  std::vector<const Property*> takes_;  // by the step that is being made
  std::set<std::size_t> used_;          // edges of the step that is being made
  std::vector<Note> changes_;           // of it; reported when it is made, as what it declares is
  std::vector<std::string> declares_;
  std::string name_;
  bool clear_ = true;
};

}  // namespace flow::importing::console
