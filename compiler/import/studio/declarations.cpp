#include "compiler/import/studio/declarations.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/import/names.h"
#include "compiler/import/studio/address.h"
#include "compiler/import/studio/liquid.h"
#include "compiler/import/studio/terraform.h"
#include "compiler/import/studio/values.h"
#include "runtime/program/addresses.h"

namespace flow::importing::studio {
namespace {

constexpr std::string_view kNoHost = "functions.example.com";  // a name that nobody has

std::string in_words(std::string label) {
  std::replace(label.begin(), label.end(), '_', ' ');
  return label + " ";
}

std::string_view sender_word(std::string_view kind) {
  if (kind == "whatsapp") return "number";
  return kind == "messenger" ? "page" : "sender";
}

std::string made_up_sender(std::string_view kind) {
  if (kind == "messenger") return "100000000000001";
  return kind == "whatsapp" ? "+15005550006" : "STUDIO";
}

// The user in `user:password`; nothing where it is no such pair, all of which may be secret.
std::string user_of(std::string_view credentials) {
  const std::size_t colon = credentials.find(':');
  return colon == std::string_view::npos ? std::string() : shown(as_terraform(credentials.substr(0, colon)));
}

}  // namespace

std::string Declarations::name(std::string_view label, std::string_view otherwise) {
  std::string out = names_.step(in_words(std::string(label)), otherwise);
  taken_.insert(out);
  return out;
}

std::string Declarations::channel(std::string_view kind, std::string_view sender, const std::string& pointer) {
  const auto senders = senders_.find(kind);
  const bool several = senders != senders_.end() && senders->second.size() > 1;
  const std::string key = several && !sender.empty() ? fmt::format("{} {}", kind, sender) : std::string(kind);
  auto found = channels_.find(key);
  if (found == channels_.end()) {
    Channel one;
    one.kind = kind;
    one.name = name(fmt::format("{} {}", kind, base_), "channel");
    one.made_up = sender.empty();
    one.sender = sender.empty() ? made_up_sender(kind) : std::string(sender);
    if (one.made_up) {
      report_.add(
          {NoteKind::changed,
           pointer,
           {},
           fmt::format("no definition says who sends: the channel `{}` has a made-up {}", one.name, sender_word(kind)),
           "write the real one into workspace.flow"});
    }
    found = channels_.emplace(key, std::move(one)).first;
  } else if (!sender.empty() && found->second.made_up) {
    found->second.made_up = false;
    found->second.sender = sender;
  }
  return found->second.name;
}

void Declarations::start_by(std::string_view kind, std::string_view flow) {
  const auto found = channels_.find(kind);
  if (found != channels_.end()) found->second.flows.emplace_back(flow);
}

std::string Declarations::function(const State& state) {
  const std::string url = state.text("url");
  const auto address = parse_address(url);
  const bool known = address && address->credentials.empty() && liquid::parse(url).constant() &&
                     program::is_url(address->scheme + "://" + address->host + address->rest);
  const std::string sid = state.text("function_sid");
  const std::string id = known ? url : sid.empty() ? state.name : sid;
  const auto [place, is_new] = function_ids_.emplace(id, "");
  if (!is_new) return place->second;
  const std::string word = known ? last_word(address->rest) : std::string();
  std::string given = name(word.empty() ? state.name : word, "function");
  place->second = given;
  const std::string host = known ? address->host : std::string(kNoHost);
  const std::string rest = known ? address->rest : "/" + given;
  hosts_.insert(host);
  DraftEntry entry = line(
      fmt::format("function {} at {}", given, one_line((known ? address->scheme : "https") + "://" + host + rest)));
  if (!sid.empty()) entry.trailing_comment = shown("Twilio function " + as_terraform(sid));
  functions_.emplace(given, std::move(entry));
  if (!known) {
    report_.add({NoteKind::changed,
                 state.pointer_of("url"),
                 {},
                 fmt::format("no address of the function `{}` is written out: workspace.flow has a made-up one", given),
                 "write the real one into workspace.flow"});
  }
  return given;
}

std::string Declarations::desk(const State& state) {
  const std::string workflow = state.text("workflow");
  const auto [place, is_new] = desk_ids_.emplace(workflow, "");
  if (!is_new) return place->second;
  place->second = name(desk_ids_.size() == 1 ? "flex" : "flex " + state.name, "flex");
  DraftEntry entry = line("desk " + place->second);
  if (!workflow.empty()) entry.trailing_comment = shown("Flex workflow " + as_terraform(workflow));
  desks_.emplace(place->second, std::move(entry));
  return place->second;
}

std::string Declarations::secret(std::string_view label, const std::string& host, const std::string& credentials) {
  const auto [place, is_new] = secrets_.emplace(std::pair(host, credentials), "");
  if (is_new) place->second = name(label, "secret");
  return place->second;
}

std::string Declarations::content_template(const State& state, std::string_view channel, std::size_t parameters) {
  std::string sid = state.text("content_sid");
  if (sid.empty()) sid = state.text("content_template_sid");
  // One that is sent with more or less variables is another.
  const auto [place, is_new] = template_ids_.emplace(fmt::format("{} {}", sid, parameters), "");
  if (!is_new) return place->second;
  place->second = name(state.name + " template", "template");
  std::string list;
  TextWriter body;
  body.add("Twilio content " + shown(as_terraform(sid)));
  for (std::size_t i = 1; i <= parameters; ++i) {
    list += fmt::format("{}x{}: text", i == 1 ? "" : ", ", i);
    body.add(" ");
    body.add_value(fmt::format("x{}", i));
  }
  DraftEntry entry = line(fmt::format("template {}({}) on {}", place->second, list, channel));
  entry.block.push_back(line("purpose transaction"));
  entry.block.push_back(line("body " + body.one_line()));
  entry.trailing_comment = shown("content " + as_terraform(sid));
  templates_.emplace(place->second, std::move(entry));
  report_.add({NoteKind::changed,
               state.pointer_of("content_sid"),
               {},
               fmt::format("the text of the template {} is not in the definition: `{}` has a made-up one",
                           shown(as_terraform(sid)), place->second),
               "write the approved one into workspace.flow"});
  return place->second;
}

void Declarations::link(const std::string& sid, const Startable& real) {
  SubFlow& one = sub_flows_[sid];
  one.name = real.flow;
  one.sid = sid;
  one.real = &real;
  flow_names_.reserve(real.flow);
}

SubFlow& Declarations::sub_flow(const State& state) {
  const std::string sid = state.text("flow_sid");
  const auto [place, is_new] = sub_flows_.try_emplace(sid);
  SubFlow& one = place->second;
  if (one.real != nullptr) return one;
  if (is_new) {
    one.sid = sid;
    one.pointer = state.pointer;
    one.name = flow_names_.step(in_words(state.name), "sub_flow");
  }
  const Json* parameters = member_of(state.properties, "parameters");
  if (parameters == nullptr || !parameters->is_array()) return one;
  Names names;
  for (const std::string& name : not_inputs_) names.reserve(name);
  for (const std::string& input : one.inputs) names.reserve(input);
  for (const Json& parameter : *parameters) {
    const std::string key = text_of(parameter, "key");
    if (key.empty() || one.input_of.contains(key)) continue;
    const std::string label = usable(key);
    one.inputs.push_back(names.variable(label, "value"));
    one.input_of.emplace(key, one.inputs.back());
  }
  return one;
}

std::vector<SubFlow*> Declarations::sub_flows() {
  std::vector<SubFlow*> out;
  for (auto& [sid, one] : sub_flows_) out.push_back(&one);
  return out;
}

DraftEntry Declarations::entry_of(const Channel& channel) {
  DraftEntry entry = line(fmt::format("channel {}: {}", channel.name, channel.kind));
  entry.block.push_back(line(fmt::format("{} {}", sender_word(channel.kind), one_line(channel.sender))));
  if (channel.made_up) entry.block.back().trailing_comment = "made up: no definition says who sends";
  std::string flows;
  for (const std::string& flow : channel.flows) flows += (flows.empty() ? "flows " : ", ") + flow;
  if (!flows.empty()) entry.block.push_back(line(std::move(flows)));
  return entry;
}

std::vector<DraftEntry> Declarations::entries() const {
  std::vector<DraftEntry> out;
  if (!hosts_.empty()) {
    std::string hosts;
    for (const std::string& host : hosts_) hosts += (hosts.empty() ? " " : ", ") + one_line(host);
    out.push_back(line("allow hosts" + hosts));
  }
  const auto group = [&](const auto& entries) {
    bool first = true;
    for (const auto& [name, entry] : entries) {
      out.push_back(entry);
      out.back().blank_before = first;
      first = false;
    }
  };
  bool first = true;
  for (const auto& [kind, channel] : channels_) {
    out.push_back(entry_of(channel));
    out.back().blank_before = first;
    first = false;
  }
  group(templates_);
  group(functions_);
  group(desks_);
  std::map<std::string_view, int> of_host;
  for (const auto& [of, secret] : secrets_) ++of_host[of.first];
  for (const auto& [of, secret] : secrets_) {
    out.push_back(line("secret " + secret));
    const auto& [host, credentials] = of;
    if (secrets_.size() == 1 || host.empty()) continue;
    const std::string user = user_of(credentials);
    const bool alone = user.empty() || of_host[host] == 1;
    out.back().trailing_comment = alone ? "of " + host : fmt::format("of {} at {}", user, host);
  }
  return out;
}

}  // namespace flow::importing::studio
