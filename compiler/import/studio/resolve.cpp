// What a path of Liquid names, as Studio knows it.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/names.h"
#include "compiler/import/studio/terraform.h"
#include "compiler/import/studio/values.h"
#include "compiler/import/studio/widgets.h"

namespace flow::importing::studio {
namespace {

using liquid::name_at;
using liquid::names_from;
using liquid::Path;
using Role = Variable::Role;

// Of an answer, one in the other: as deep as the language nests, with the step and its block round it.
constexpr std::size_t kReadMembersMax = limits::kNestingDepthMax - 4;

// Which flow it is, and the number that it is behind.
bool is_constant_of_flow(std::string_view path) {
  return path == "flow.flow_sid" || path == "flow.channel.address";
}

}  // namespace

Values::Resolved Values::input(std::string label) const {
  Resolved out;
  out.what = Resolved::What::variable;
  out.variable.role = Role::input;
  out.variable.label = std::move(label);
  return out;
}

Values::Resolved Values::resolve(const Path& path) const {
  const std::string root = name_at(path, 0);
  if (root == "widgets") return resolve_widget(path);
  Resolved out;
  if (root == "contact") {
    if (name_at(path, 1) == "channel" && name_at(path, 2) == "address" && path.parts.size() == 3)
      out.what = Resolved::What::contact;
    return out;
  }
  if (root == "trigger" || (root == "flow" && name_at(path, 1) != "variables")) return resolve_trigger(path);
  if (const auto names = names_from(path, 1); root == "terraform" && names && !names->empty()) {
    out.what = Resolved::What::named;
    out.written = terraform_of(fmt::format("{}", fmt::join(*names, ".")));
    return out;
  }
  if (root != "flow") {
    out.what = Resolved::What::undefined;
    out.why = "Studio has no such value";
    return out;
  }
  const std::string key = name_at(path, 2);
  if (key.empty() || path.parts.size() > 3) return out;
  if (!assigned_keys_.contains(key)) {
    out.what = Resolved::What::undefined;
    out.why = "no widget on the way sets it";
    return out;
  }
  out.what = Resolved::What::variable;
  out.variable.role = Role::assigned;
  out.variable.label = key;
  return out;
}

// Whether messages of this event start the flow.
bool Values::starts_by(std::string_view event) const {
  const Way* way = definition_.trigger ? definition_.states[*definition_.trigger].way(event) : nullptr;
  return start_ == Start::message && way != nullptr && way->next && included_[*way->next];
}

Values::Resolved Values::resolve_trigger(const Path& path) const {
  const std::string root = name_at(path, 0);
  const std::string kind = name_at(path, 1);
  const std::string last = name_at(path, path.parts.size() - 1);
  Resolved out;
  // Of the account, the same in all executions.
  const bool account = path.parts.size() == 3 && (last == "AccountSid" || last == "InstanceSid") && kind != "request";
  if (account || (root == "flow" && (last == "flow_sid" || (kind == "channel" && start_ != Start::call)))) {
    if (root == "flow" ? is_constant_of_flow(liquid::to_string(path)) : kind != "parent") {
      out.what = Resolved::What::named;
      out.written = fmt::format("{{{{{}}}}}", liquid::to_string(path));
      return out;
    }
  }
  const auto only = [&](bool here, std::string_view brings) {
    if (here) return true;
    out.what = Resolved::What::undefined;
    out.why = fmt::format("only {} brings it", brings);
    return false;
  };
  if (root == "flow") {
    if (kind == "data" && path.parts.size() == 3 && !last.empty())
      return only(start_ == Start::request, "the REST API") ? input(last) : out;
    if (kind == "channel" && last == "address" && start_ == Start::call) return input("called");
    return out;  // flow_sid, sid, channel
  }
  if (last.empty() || path.parts.size() < 3) return out;
  if (kind == "message") {
    if (!only(starts_by("incomingMessage"), "a message")) return out;
    if (path.parts.size() == 3 && last == "Body") out.what = Resolved::What::incoming;
    if (path.parts.size() == 3 && last == "From") out.what = Resolved::What::contact;
    return out;
  }
  if (kind == "call") {
    if (!only(start_ == Start::call, "a call")) return out;
    if (last == "From" || last == "Caller") {
      out.what = Resolved::What::contact;
      return out;
    }
    return input(last == "To" || last == "Called" ? "called" : last);
  }
  if (kind == "request") {
    if (!only(start_ == Start::request, "the REST API")) return out;
    if (path.parts.size() == 3 && (last == "to" || last == "To")) {
      out.what = Resolved::What::contact;
      return out;
    }
    return input(last);
  }
  if (kind == "parent") return only(start_ == Start::parent, "a parent flow") ? input(last) : out;
  if (kind == "conversation") {
    if (!only(start_ == Start::other || starts_by("incomingConversationMessage"), "a conversation")) return out;
    if (start_ == Start::other) return input(last);
    if (path.parts.size() == 3 && last == "Body") out.what = Resolved::What::incoming;
    if (path.parts.size() == 3 && last == "From") out.what = Resolved::What::contact;
    return out;
  }
  return out;
}

Values::Resolved Values::resolve_widget(const Path& path) const {
  Resolved out;
  const std::string name = name_at(path, 1);
  if (name.empty()) return out;
  const auto found = definition_.by_name.find(name);
  if (found == definition_.by_name.end() || !included_[found->second]) {
    out.what = Resolved::What::undefined;
    out.why = found == definition_.by_name.end() ? fmt::format("there is no widget `{}`", shown(name))
                                                 : fmt::format("no way from this trigger leads to `{}`", shown(name));
    return out;
  }
  const State& state = definition_.states[found->second];
  out.variable.state = found->second;
  const std::string part = name_at(path, 2);
  if (state.type == "send-and-wait-for-reply") {
    const std::string last = name_at(path, 3);
    if (part != "inbound" || path.parts.size() != 4) return out;
    if (last == "From") out.what = Resolved::What::contact;
    const bool url = last == "MediaUrl0" || last == "MediaUrl";
    if (last != "Body" && (!url || kept_.contains(found->second))) return out;
    out.what = Resolved::What::variable;
    out.variable.role = Role::reply;
    if (last != "Body") out.member = "url";
    return out;
  }
  return resolve_result(state, found->second, path);
}

Values::Resolved Values::resolve_result(const State& state, std::size_t index, const Path& path) const {
  Resolved out;
  out.variable.state = index;
  const std::string part = name_at(path, 2);
  if (state.type == "make-http-request" || state.type == "run-function") {
    if (is_kept(state)) return out;
    if (part == "body" && path.parts.size() == 3) {
      out.variable.label = "body";
    } else if (part == "parsed" && path.parts.size() > 3) {
      auto names = names_from(path, 3);
      if (!names || names->size() > kReadMembersMax || !std::all_of(names->begin(), names->end(), is_word)) return out;
      out.variable.label = names->back();
      out.variable.path = *std::move(names);
    } else {
      return out;
    }
    out.variable.role = Role::read;
    out.what = Resolved::What::variable;
    return out;
  }
  if (state.type == "send-message" && part == "inbound") {
    out.what = Resolved::What::undefined;
    out.why = fmt::format("`{}` waits for no reply", shown(state.name));
    return out;
  }
  if (part.empty() || path.parts.size() != 3) return out;
  if (state.type == "run-subflow") {
    if (!is_word(part) || usable(part) != part || is_kept(state)) return out;
    out.variable.role = Role::output;
    out.variable.label = output_of(state, part);
    out.what = Resolved::What::variable;
    return out;
  }
  if (!is_kept(state)) return out;
  out.variable.role = Role::result;
  out.variable.label = part;
  out.what = Resolved::What::variable;
  return out;
}

// In the language an output is not called like an input.
std::string Values::output_of(const State& call, std::string label) const {
  const auto is_input = [&](const State& state) {
    if (state.type != call.type || state.text("flow_sid") != call.text("flow_sid")) return false;
    const Json* parameters = member_of(state.properties, "parameters");
    return parameters != nullptr && parameters->is_array() &&
           std::ranges::any_of(*parameters, [&](const Json& one) { return text_of(one, "key") == label; });
  };
  while (std::ranges::any_of(definition_.states, is_input)) label += "_out";
  return label;
}

}  // namespace flow::importing::studio
