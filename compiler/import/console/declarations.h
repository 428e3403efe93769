// What the steps of a foreign flow need of workspace.flow, and the flows that it only names.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/names.h"
#include "compiler/import/report.h"

namespace flow::importing::console {

// A flow that another one names: its inputs by what the original calls them.
struct StandIn {
  std::string name;
  std::string label;                                        // as the original has it
  std::string pointer;                                      // of the node that names it first
  std::vector<std::pair<std::string, std::string>> inputs;  // name there, name here
  bool used = false;
  bool answers = false;  // somebody reads `response`

  // Made when it is not there.
  std::string input(const std::string& there);
};

class Needs {
 public:
  std::set<std::string> hosts;
  std::set<std::string> declared;  // variables that steps make
  bool purpose = false;            // of messages that have none of their own
  std::string zone;                // of clocks; empty: none

  // No declaration is called so; and no flow.
  void reserve(std::string_view name) { names_.reserve(name); }
  void reserve_flow(std::string_view name) { flow_names_.reserve(name); }

  // The channel of a kind, by what says who sends; empty: nobody says. Of the kind of the trigger that is its channel.
  std::string channel(const std::string& kind, const std::string& sender);
  // The channel whose messages start the flow: its own, so that several imports have one each.
  std::string trigger_channel(const std::string& kind, const std::string& flow);
  // Anything else: the same `key` gives the same name, which `label` is made into.
  std::string name_for(const std::string& key, std::string_view label);
  bool has(const std::string& name) const { return entries_.contains(name); }
  void declare(const std::string& name, DraftEntry entry) { entries_.emplace(name, std::move(entry)); }
  StandIn& stand_in(const std::string& label, const std::string& pointer);
  const std::vector<StandIn>& stand_ins() const { return stand_ins_; }

  // All, for workspace.flow; says in `report` what is made up. `flow` is what messages to `trigger_channel` start.
  std::vector<DraftEntry> entries(const std::string& flow, const std::string& trigger_channel,
                                  const std::string& pointer, Report& report) const;

 private:
  struct Channel {
    std::string name;
    std::string kind;
    std::string sender;  // empty: nobody said
  };
  DraftEntry entry_of(const Channel& channel, const std::string& pointer, Report& report) const;

  Names names_;
  Names flow_names_;
  std::vector<Channel> channels_;
  std::map<std::string, std::map<std::string, std::size_t>> by_kind_;  // by kind and sender: which of the channels
  std::map<std::string, std::string> by_key_;
  std::map<std::string, DraftEntry> entries_;  // templates, functions, models
  std::vector<StandIn> stand_ins_;
  std::map<std::string, std::size_t> by_label_;
};

// The flow that stands in for one that is only named: an `extern` with its inputs.
DraftFlow flow_of(const StandIn& stand_in);

}  // namespace flow::importing::console
