// Nodes of a foreign graph as steps of the language, one by one.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/console/canvas.h"
#include "compiler/import/console/declarations.h"
#include "compiler/import/console/kinds.h"
#include "compiler/import/console/settings.h"
#include "compiler/import/console/variables.h"
#include "compiler/import/draft.h"
#include "compiler/import/report.h"

namespace flow::importing::console {

// Which way out of a node an edge is, as far as its port or label says.
enum class Role { next, failed, undelivered, unread, silent, otherwise, unknown };
Role role_of(const Edge& edge);

// Settings that name the variable which a node fills.
inline const Keys kOutputKeys = {"outputvariable",   "output",          "outputvariablename", "resultvariable",
                                 "responsevariable", "outputvariables", "journeyresponse",    "response"};

class StepMaker {
 public:
  StepMaker(const Canvas& canvas, const Variables& variables, Report& report, Needs& needs, std::string trigger)
      : canvas_(canvas), variables_(variables), report_(report), needs_(needs), trigger_(std::move(trigger)) {}

  // What stands behind the arrow of each edge.
  void lead(std::vector<std::string> targets) { targets_ = std::move(targets); }

  // The step of a node, without its name. Nothing: its settings or its wiring are not those of its kind, so that it has
  // to be kept; why() says what is missing.
  std::optional<DraftEntry> make(std::size_t node, const Kind& kind, const std::string& name);
  const std::string& why() const { return why_; }
  // The node as `extern`, its ports as events.
  DraftEntry keep(std::size_t node);

  // Settings of the node that the step does not have.
  std::vector<const Property*> left_over(std::size_t node) const;

  // The setting of one of these names, which is then known.
  const Property* take(std::size_t node, Keys keys);
  std::string taken_text(std::size_t node, Keys keys);

 private:
  using Made = std::optional<DraftEntry>;

  std::optional<DraftEntry> make_kind(std::size_t node, const Kind& kind);
  Timer timed(std::size_t node, const Property* given, bool alone = true);
  std::nullopt_t refuse(std::string why);
  bool no(std::string why);  // the same, and false

  // messages.cpp: false, and nothing, when it was refused.
  Made send(std::size_t node, const Kind& kind);
  bool recipient(std::size_t node, DraftEntry& entry);
  void open_content(std::size_t node);
  bool message(std::size_t node, const Kind& kind, const std::string& channel, DraftEntry& entry);
  bool purpose(std::size_t node, DraftEntry& entry);
  bool media(std::size_t node, const std::string& type, DraftEntry& entry);
  bool medium(std::size_t node, const std::string& word, const Json& value, DraftEntry& entry);
  bool text_of_message(std::size_t node, DraftEntry& entry);
  bool around(std::size_t node, DraftEntry& entry);
  bool reporting(std::size_t node, DraftEntry& entry);
  bool untaken_content();
  bool message_arms(std::size_t node, DraftEntry& entry);
  // message_parts.cpp
  bool buttons(std::size_t node, const Kind& kind, DraftEntry& entry);
  std::optional<std::vector<DraftEntry>> button_lines(std::size_t node, const Json& list,
                                                      std::vector<std::string>& plain);
  bool rows(std::size_t node, DraftEntry& entry);
  bool products(std::size_t node, DraftEntry& entry);
  bool place(std::size_t node, DraftEntry& entry);
  bool people(std::size_t node, DraftEntry& entry);
  bool cards(std::size_t node, const Kind& kind, DraftEntry& entry);
  bool approved(std::size_t node, const std::string& channel, DraftEntry& entry);

  Made await_reply(std::size_t node);
  Made set(std::size_t node);
  Made wait(std::size_t node);
  Made plain(std::size_t node, std::string head);
  // steps_choices.cpp
  Made branch(std::size_t node);
  std::optional<std::string> condition(const Json& json, std::size_t node, std::size_t depth);
  std::optional<std::string> rule(const Json& json, std::size_t node);
  std::optional<std::string> compared(std::string_view operation, std::string_view name, const Json& value,
                                      std::size_t node);
  Made random(std::size_t node);
  // recognitions.cpp
  Made phone(std::size_t node);
  Made language(std::size_t node);
  Made entities(std::size_t node);
  std::string input_of(std::size_t node, bool bare);
  // schedule.cpp
  Made schedule(std::size_t node);
  // requests.cpp
  Made http(std::size_t node);
  bool http_body(std::size_t node, const std::string& type, DraftEntry& entry);
  bool reads(std::size_t node, std::string_view from, DraftEntry& entry);
  Made function(std::size_t node);
  Made classify(std::size_t node);
  Made generate(std::size_t node);
  std::string model(std::size_t node);
  Made forward(std::size_t node, bool goes_on);
  Made journey(std::size_t node, StandIn& other, const std::string& arguments);
  void request_arms(std::size_t node, DraftEntry& entry, std::int64_t ms, bool made_up, const std::string& failed);

  // The one edge of a role; npos: none. Sets `clear_` to false when there are two.
  std::size_t edge(std::size_t node, Role role);
  // The same of Role::next, or the only edge when its port says nothing else; with `any`, whatever its port says.
  std::size_t next_edge(std::size_t node, bool any = false);
  // Lists members of the branches of a setting that are not known. False: one may turn their meaning round, and was
  // refused.
  bool tell_members(const Property& property, Keys known);
  bool tell_members(const Json& json, const std::string& pointer, Keys known, std::size_t depth);
  std::size_t edge_to(std::size_t node, const Json& branch);
  // What stands behind an edge's arrow; `end` when there is none.
  std::string behind(std::size_t edge);
  bool all_edges_used(std::size_t node) const;
  // The variable that a node fills; null: it names none, or one that something else brings.
  const Variable* output(std::size_t node);
  // A text of the language, its placeholders values.
  std::string text(const Json& value, std::size_t node) const;
  std::string operand(const Json& value, std::size_t node) const;
  // The same between commas.
  std::string argument(const Json& value, std::size_t node) const;
  void changed(std::size_t node, DraftEntry& line, std::string why);
  void tell(NoteKind kind, std::size_t node, std::string message, std::string remedy = {});

  const Canvas& canvas_;
  const Variables& variables_;
  Report& report_;
  Needs& needs_;
  std::string trigger_;  // "manual", "whatsapp", …
  std::vector<std::string> targets_;
  std::set<const Property*> taken_;
  std::vector<const Property*> takes_;  // by the step that is being made
  std::deque<Property> inner_;          // settings within a setting of it
  std::set<const Property*> opened_;    // settings that these stood within
  std::set<std::size_t> used_;          // edges of it
  std::vector<Note> notes_;             // of it; reported when it is made, as what it declares is
  std::vector<std::string> declares_;
  std::vector<std::string> hosts_;
  std::vector<std::pair<std::string, DraftEntry>> entries_;  // for workspace.flow
  std::string zone_;
  std::string stand_in_;
  std::string name_;
  std::string why_;
  bool clear_ = true;
};

}  // namespace flow::importing::console
