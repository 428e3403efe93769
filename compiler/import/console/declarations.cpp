#include "compiler/import/console/declarations.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/catalogue/catalogue.h"

namespace flow::importing::console {

std::string Needs::channel(const std::string& kind, const std::string& sender) {
  auto& senders = by_kind_[kind];
  const auto [found, added] = senders.emplace(sender, channels_.size());
  if (!added) return channels_[found->second].name;
  // By its sender, so that those of several imports do not meet.
  const std::string label = sender.empty() ? fmt::format("main_{}", kind) : fmt::format("{} {} ", kind, sender);
  channels_.push_back({names_.step(label, "channel"), kind, sender});
  return channels_.back().name;
}

std::string Needs::trigger_channel(const std::string& kind, const std::string& flow) {
  by_kind_[kind].emplace("", channels_.size());
  channels_.push_back({names_.step(fmt::format("{}_{}", flow, kind), "channel"), kind, ""});
  return channels_.back().name;
}

std::string Needs::name_for(const std::string& key, std::string_view label) {
  const auto [found, added] = by_key_.emplace(key, "");
  // Names are in small letters.
  if (added) found->second = names_.step(fmt::format("{} ", label), "main");
  return found->second;
}

std::string StandIn::input(const std::string& there) {
  Names names;
  for (const char* taken : {"named", "response", "done"}) names.reserve(taken);
  for (const auto& [original, here] : inputs) {
    if (original == there) return here;
    names.reserve(here);
  }
  inputs.emplace_back(there, names.variable(there, "value"));
  return inputs.back().second;
}

StandIn& Needs::stand_in(const std::string& label, const std::string& pointer) {
  const auto [found, added] = by_label_.emplace(label, stand_ins_.size());
  if (added) stand_ins_.push_back({flow_names_.step(label + " ", "other_flow"), label, pointer, {}, false});
  return stand_ins_[found->second];
}

DraftEntry Needs::entry_of(const Channel& channel, const std::string& pointer, Report& report) const {
  const auto channels = catalogue::channels();
  const auto kind =
      std::find_if(channels.begin(), channels.end(), [&](const auto& one) { return one.name == channel.kind; });
  DraftEntry entry = line(fmt::format("channel {}: {}", channel.name, channel.kind));
  entry.has_block = true;
  const std::string made_up = channel.kind == "whatsapp" ? "+12025550123"
                              : channel.kind == "email"  ? "sender@example.com"
                                                         : "0000";
  const std::string& sender = channel.sender.empty() ? made_up : channel.sender;
  entry.block.push_back(line(fmt::format("{} {}", kind->sender_setting, one_line(sender))));
  if (!channel.sender.empty()) return entry;
  entry.block.back().comments = {"The original does not say who sends."};
  report.add({NoteKind::changed, pointer, "", fmt::format("the sender of channel `{}` is made up", channel.name),
              "put the real one into workspace.flow"});
  return entry;
}

std::vector<DraftEntry> Needs::entries(const std::string& flow, const std::string& trigger_channel,
                                       const std::string& pointer, Report& report) const {
  std::vector<DraftEntry> out;
  for (const Channel& each : channels_) {
    out.push_back(entry_of(each, pointer, report));
    if (each.name == trigger_channel) out.back().block.push_back(line("flows " + flow));
  }
  std::string all;
  for (const std::string& host : hosts) all += (all.empty() ? "" : ", ") + one_line(host);
  if (!all.empty()) out.push_back(line("allow hosts " + all));
  for (const auto& [name, entry] : entries_) out.push_back(entry);
  return out;
}

DraftFlow flow_of(const StandIn& stand_in) {
  DraftFlow flow;
  flow.name = stand_in.name;
  flow.pointer = stand_in.pointer;
  flow.comments = comment_lines(
      fmt::format("Stands in for the flow {}, which was not in the file: import that one, and put it here.",
                  shown(stand_in.label)));
  flow.header.push_back(line(fmt::format("flow {} {}", flow.name, one_line(shown(stand_in.label)))));
  flow.header.push_back(line("trigger call"));
  DraftStep step;
  step.name = "original";
  step.entry = line("extern \"flow\"" + std::string(stand_in.answers ? " as response" : ""));
  step.entry.has_block = true;
  step.entry.block.push_back(line("named " + one_line(stand_in.label)));
  for (const auto& [there, here] : stand_in.inputs) {
    flow.header.push_back(line(fmt::format("input {}: text?", here)));
    step.entry.block.push_back(line(fmt::format("{} {} ?? \"\"", here, here)));
  }
  if (stand_in.answers) flow.header.push_back(line("output response: text?"));
  step.entry.block.push_back(line("done", "end"));
  flow.start = step.name;
  flow.steps.push_back(std::move(step));
  return flow;
}

}  // namespace flow::importing::console
