// What the imported flows need of workspace.flow.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/format.h"
#include "compiler/import/names.h"
#include "compiler/import/report.h"
#include "compiler/import/studio/definition.h"

namespace flow::importing::studio {

// A flow that is only named: what stands in for it takes these inputs.
struct SubFlow {
  std::string name;
  std::string sid;
  std::string pointer;                                       // of the state that names it first
  std::vector<std::string> inputs;                           // in order
  std::map<std::string, std::string, std::less<>> input_of;  // by the parameter's key
  std::set<std::string> outputs;
  const Startable* real = nullptr;  // the flow itself, which was in another file: nothing stands in for it
};

class Declarations {
 public:
  // `base`: of the flows' names, so that declarations of several imports do not meet.
  Declarations(std::string base, Report& report) : base_(std::move(base)), report_(report) {}

  // The definition has a sender of this kind written out. Before channel(): two of them are two channels.
  void expect_sender(std::string_view kind, std::string_view sender) { senders_[std::string(kind)].emplace(sender); }
  // The channel of a kind. `sender`: its number as the original has it; empty: made up. `pointer`: who needs it.
  std::string channel(std::string_view kind, std::string_view sender, const std::string& pointer);
  // A flow that messages of its channel start.
  void start_by(std::string_view kind, std::string_view flow);
  // The function behind an address; `id` tells those apart that have none.
  std::string function(const State& state);
  std::string desk(const State& state);
  // Of what stands before a host, `user:password`; without either Twilio's own, whichever host it is.
  std::string secret(std::string_view label, const std::string& host, const std::string& credentials);
  std::string content_template(const State& state, std::string_view channel, std::size_t parameters);
  SubFlow& sub_flow(const State& state);
  // This sub-flow is there. Before sub_flow().
  void link(const std::string& sid, const Startable& real);
  // Names that no input of a sub-flow may have.
  void keep_from_inputs(std::set<std::string, std::less<>> names) { not_inputs_ = std::move(names); }
  void allow_host(std::string_view host) { hosts_.emplace(host); }

  std::vector<DraftEntry> entries() const;
  std::vector<SubFlow*> sub_flows();
  // Names that no variable may have.
  const std::set<std::string, std::less<>>& taken() const { return taken_; }
  Names& flow_names() { return flow_names_; }

 private:
  struct Channel {
    std::string name;
    std::string kind;
    std::string sender;
    bool made_up = false;
    std::vector<std::string> flows;
  };
  std::string name(std::string_view label, std::string_view otherwise);
  static DraftEntry entry_of(const Channel& channel);

  std::string base_;
  Report& report_;
  Names names_;
  Names flow_names_;
  std::set<std::string, std::less<>> taken_;
  std::set<std::string, std::less<>> not_inputs_;
  std::map<std::string, Channel, std::less<>> channels_;  // by kind, and sender where there are several
  std::map<std::string, std::set<std::string>, std::less<>> senders_;
  std::map<std::string, DraftEntry, std::less<>> functions_;      // by name
  std::map<std::string, std::string, std::less<>> function_ids_;  // their names
  std::map<std::string, DraftEntry, std::less<>> desks_;
  std::map<std::string, std::string, std::less<>> desk_ids_;
  std::map<std::string, DraftEntry, std::less<>> templates_;
  std::map<std::string, std::string, std::less<>> template_ids_;
  std::map<std::pair<std::string, std::string>, std::string> secrets_;  // by host and what stands before it
  std::map<std::string, SubFlow, std::less<>> sub_flows_;               // by SID
  std::set<std::string, std::less<>> hosts_;
};

}  // namespace flow::importing::studio
