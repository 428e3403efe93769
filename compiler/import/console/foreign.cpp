#include "compiler/import/console/foreign.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"
#include "compiler/check/check.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/import/console/canvas.h"
#include "compiler/import/console/kinds.h"
#include "compiler/import/console/steps.h"
#include "compiler/import/console/types.h"
#include "compiler/import/console/variables.h"
#include "compiler/import/names.h"
#include "compiler/source/source.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::string_view kTooManyRounds = " else end failed \"too many rounds\"";

// What stands behind arrows to a node that is no step of its own.
struct Place {
  std::string name;    // of the step; empty: none
  std::string target;  // behind an arrow
};

class Importer {
 public:
  Importer(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options)
      : pointer_(pointer), envelope_(envelope), options_(options), canvas_(read_canvas(graph, pointer, out_.report)) {}

  Imported import() {
    if (out_.report.failed()) return std::move(out_);
    find_trigger();
    if (!find_start()) return std::move(out_);
    name_steps();
    find_variables();
    lead();
    if (out_.report.failed()) return std::move(out_);
    build();
    return std::move(out_);
  }

 private:
  void wrong(const std::string& pointer, std::string message) {
    out_.report.add({NoteKind::not_understood, pointer, "", std::move(message), ""});
  }
  void note(NoteKind kind, const std::string& pointer, const std::string& step, std::string message) {
    out_.report.add({kind, pointer, step, std::move(message), ""});
  }

  // ---- the whole

  void find_trigger() {
    std::string type = canvas_.trigger;
    if (envelope_ != nullptr) {
      const Json* flow = member_of(*envelope_, "flow");
      if (flow != nullptr) type = text_of(*flow, "triggerType", type);
      for (const auto& [member, value] : envelope_->items())
        if (member != "editor" && member != "flow") kept_envelope_[member] = value;
    }
    for (const Node& node : canvas_.nodes) {
      const Kind* kind = find_kind(node.type);
      if (kind == nullptr || kind->id != KindId::start) continue;
      for (const Property& property : node.properties)
        if (property.key == "triggertype" && property.value->is_string() && type.empty())
          type = property.value->get<std::string>();
    }
    trigger_ = std::string(trigger_of(type));
    if (trigger_.empty() && type.empty()) {
      trigger_ = "manual";
      note(NoteKind::changed, pointer_, "", "the original does not say what starts it: `trigger manual`");
    } else if (trigger_.empty() || trigger_ == "extern" || trigger_ == "call") {
      foreign_trigger_ = type;
      trigger_ = "manual";
      note(NoteKind::kept, pointer_, "", fmt::format("the trigger `{}` is kept as it is", shown(type)));
    }
  }

  bool find_start() {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
      kinds_.push_back(find_kind(canvas_.nodes[i].type));
      if (kinds_.back() != nullptr && kinds_.back()->id == KindId::start) found.push_back(i);
    }
    if (found.size() > 1) {
      for (std::size_t i = 1; i < found.size(); ++i) wrong(canvas_.nodes[found[i]].pointer, "is a second start");
      return false;
    }
    if (found.empty()) {
      for (std::size_t i = 0; i < canvas_.nodes.size(); ++i)
        if (canvas_.nodes[i].in.empty()) found.push_back(i);
      if (found.size() != 1) {
        wrong(pointer_, fmt::format("has no start, and {} nodes to which nothing leads", found.size()));
        return false;
      }
      note(NoteKind::changed, canvas_.nodes[found[0]].pointer, "", "no node is the start: nothing leads to this one");
    }
    start_ = found[0];
    return true;
  }

  bool is_start() const { return kinds_[start_] != nullptr && kinds_[start_]->id == KindId::start; }
  bool is(std::size_t node, KindId kind) const { return kinds_[node] != nullptr && kinds_[node]->id == kind; }

  void name_steps() {
    Names names;
    names.reserve("start");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
      const Node& node = canvas_.nodes[i];
      Place place;
      if (is(i, KindId::end)) {
        place.target = "end";
        if (!seen.insert("end").second) note(NoteKind::left_out, node.pointer, "end", "all ends are one");
      } else if (i != start_ || !is_start()) {
        std::string label = node.name.empty() || node.name == node.id ? node.type : node.name;
        if (label.size() > 4 && label.ends_with("Node")) label.resize(label.size() - 4);
        label.resize(std::min(label.find('#'), label.size()));
        // Names of steps are in small letters.
        if (std::any_of(label.begin(), label.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) label += ' ';
        place.name = names.step(label, "step");
        place.target = place.name;
      }
      places_.push_back(std::move(place));
    }
  }

  // ---- variables

  void find_variables() {
    for (const std::string_view name : catalogue::trigger_variables()) {
      if (trigger_ == "manual") break;
      const bool whatsapp_only = name.starts_with("waba");
      const bool viber_only = name == "serviceId";
      if ((whatsapp_only && trigger_ != "whatsapp") || (viber_only && trigger_ != "viber")) continue;
      Variable& variable = variables_.of(name);
      variable.trigger = true;
      variable.always = !(whatsapp_only || viber_only || name == "customerName");
    }
    if (is_start()) {
      for (const Property& property : canvas_.nodes[start_].properties)
        if (is_variable_list(property.key)) declare_inputs(*property.value);
    }
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) read_uses(i);
    variables_.settle(canvas_, start_);
  }

  static bool is_variable_list(std::string_view key) {
    return key == "variables" || key == "inputs" || key == "inputvariables" || key == "parameters" || key == "params";
  }

  void declare_inputs(const Json& list) {
    if (!list.is_array()) return;
    for (const Json& each : list) {
      const std::string name = each.is_string() ? each.get<std::string>() : text_of(each, "name", text_of(each, "key"));
      if (name.empty() || trigger_ != "manual") continue;
      Variable& variable = variables_.of(name);
      variable.input = variable.always = true;
    }
  }

  // `{{name}}` in all of a node's texts; what it sets; what has to be a phone number.
  void read_uses(std::size_t node) {
    for (const Property& property : canvas_.nodes[node].properties) read_uses(*property.value);
    const auto set_by = [&](std::initializer_list<std::string_view> keys, bool replied) {
      for (const std::string_view key : keys) {
        for (const Property& property : canvas_.nodes[node].properties) {
          if (property.key != key || !property.value->is_string() || property.value->get<std::string>().empty())
            continue;
          const std::string name = property.value->get<std::string>();
          variables_.sets(node, name);
          for (const std::size_t edge : canvas_.nodes[node].out)
            if (replied && role_of(canvas_.edges[edge]) != Role::silent) variables_.sure_behind(edge, name);
          return;
        }
      }
    };
    if (is(node, KindId::await_reply))
      set_by({"outputvariable", "output", "variable", "variablename", "outputvariablename"}, true);
    if (kinds_[node] == nullptr || is(node, KindId::extern_) || is(node, KindId::phone))
      set_by({"outputvariable", "output", "outputvariablename"}, false);
    for (const Property& property : canvas_.nodes[node].properties) {
      if (is(node, KindId::set) && property.value->is_array()) set_all(node, *property.value);
      if (is(node, KindId::http) && property.value->is_array() && property.key.ends_with("variables"))
        for (const Json& each : *property.value)
          if (const std::string name =
                  each.is_string() ? each.get<std::string>() : text_of(each, "name", text_of(each, "key"));
              !name.empty())
            variables_.sets(node, name);
      const bool number = (is(node, KindId::send) &&
                           (property.key == "to" || property.key == "recipient" || property.key == "receiver")) ||
                          (is(node, KindId::phone) && (property.key == "input" || property.key == "inputvariable"));
      if (number && property.value->is_string()) mark_phone(property.value->get<std::string>());
      if (is(node, KindId::branch)) branch_variables(*property.value, 0);
    }
  }

  void mark_phone(const std::string& text) {
    const Placeholder place = next_placeholder(text, 0);
    const std::string& name = place.name.empty() ? text : place.name;
    if (variables_.find(name) != nullptr) variables_.of(name).phone = true;
  }

  void set_all(std::size_t node, const Json& list) {
    for (const Json& each : list) {
      const std::string name = text_of(each, "key", text_of(each, "name", text_of(each, "variable")));
      if (name.empty()) continue;
      variables_.sets(node, name);
      for (const std::size_t edge : canvas_.nodes[node].out) variables_.sure_behind(edge, name);
    }
  }

  // What rules compare, written as a bare name.
  void branch_variables(const Json& json, std::size_t depth) {
    if (depth > 12) return;
    for (const char* member : {"variable", "left", "field", "variableName"})
      if (const std::string name = text_of(json, member); !name.empty() && next_placeholder(name, 0).begin == kNone)
        variables_.of(name);
    if (json.is_structured())
      for (const Json& each : json) branch_variables(each, depth + 1);
  }

  void read_uses(const Json& json) {
    if (json.is_structured()) {
      for (const Json& each : json) read_uses(each);
      return;
    }
    if (!json.is_string()) return;
    const std::string& text = json.get_ref<const std::string&>();
    for (Placeholder place = next_placeholder(text, 0); place.begin != kNone; place = next_placeholder(text, place.end))
      if (!place.name.empty()) variables_.of(place.name);
  }

  // ---- where edges lead

  void lead() {
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i)
      if (is(i, KindId::jump)) read_jump(i);
    find_cycles();
    targets_.resize(canvas_.edges.size());
    for (std::size_t i = 0; i < canvas_.edges.size(); ++i) {
      const Edge& edge = canvas_.edges[i];
      targets_[i] = places_[edge.target].target;
      if (edge.target == start_ && is_start()) wrong(edge.pointer, "leads back to the start");
      if (!back_.contains(i)) continue;
      targets_[i] = fmt::format("jump {} max {}{}", targets_[i], limits::kJumpMax, kTooManyRounds);
      note(NoteKind::changed, edge.pointer, places_[edge.source].name,
           fmt::format("closes a cycle without a bound: {} rounds at most", limits::kJumpMax));
    }
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
      const Node& node = canvas_.nodes[i];
      const bool single = (i == start_ && is_start()) || is(i, KindId::end);
      const std::size_t most = is(i, KindId::end) ? 0 : 1;
      for (std::size_t each = most; single && each < node.out.size(); ++each)
        wrong(canvas_.edges[node.out[each]].pointer, "goes on from the same place as another edge");
    }
    if (is_start() && canvas_.nodes[start_].out.empty())
      note(NoteKind::defect, canvas_.nodes[start_].pointer, "", "the start leads nowhere");
  }

  struct Jump {
    std::size_t to = kNone;  // node
    std::int64_t max = 0;
    std::size_t next = kNone;  // edge
  };

  // The node that a jump's setting or its second edge names.
  void read_jump(std::size_t node) {
    Jump jump;
    for (const Property& property : canvas_.nodes[node].properties) {
      const bool names_node = property.key == "jumpto" || property.key == "target" || property.key == "targetnode" ||
                              property.key == "targetnodeid" || property.key == "targetid" || property.key == "step";
      if (names_node && property.value->is_string()) jump.to = find_node(property.value->get<std::string>());
      const bool counts = property.key == "maximumnumberofjumps" || property.key == "maxjumps" ||
                          property.key == "max" || property.key == "maxtimes" || property.key == "times";
      if (counts && property.value->is_number_integer()) jump.max = property.value->get<std::int64_t>();
      if (names_node || counts) jump_settings_.insert(&property);
    }
    for (const std::size_t each : canvas_.nodes[node].out) {
      const std::string port = squeezed(canvas_.edges[each].port);
      if (jump.to == kNone && (port == "jump" || port == "target" || port == "jumpto")) {
        jump.to = canvas_.edges[each].target;
      } else if (jump.next == kNone) {
        jump.next = each;
      } else {
        return;  // three ways out: kept
      }
    }
    const bool sound = jump.to != kNone && jump.max >= 1 && jump.max <= static_cast<std::int64_t>(limits::kJumpMax) &&
                       !places_[jump.to].name.empty();
    if (sound) jumps_.emplace(node, jump);
  }

  std::size_t find_node(const std::string& name) {
    if (by_name_.empty()) {
      for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
        const auto [place, added] = by_name_.emplace(canvas_.nodes[i].name, i);
        if (!added) place->second = kNone;  // two of one name
      }
      for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) by_name_[canvas_.nodes[i].id] = i;
    }
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kNone : found->second;
  }

  // Edges that close a cycle, in a walk from the start; those that jumps count do not.
  void find_cycles() {
    std::vector<char> state(canvas_.nodes.size());  // 1: on the way, 2: done
    std::vector<std::pair<std::size_t, std::size_t>> way;
    const auto walk = [&](std::size_t from) {
      if (state[from] != 0) return;
      state[from] = 1;
      way.emplace_back(from, 0);
      while (!way.empty()) {
        auto& [node, next] = way.back();
        if (next == canvas_.nodes[node].out.size()) {
          state[node] = 2;
          way.pop_back();
          continue;
        }
        const std::size_t edge = canvas_.nodes[node].out[next++];
        const auto jump = jumps_.find(node);
        if (jump != jumps_.end() && edge != jump->second.next) continue;
        const std::size_t to = canvas_.edges[edge].target;
        if (state[to] == 1 && !places_[to].name.empty()) back_.insert(edge);
        if (state[to] != 0) continue;
        state[to] = 1;
        way.emplace_back(to, 0);
      }
    };
    walk(start_);
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) walk(i);
  }

  // ---- steps

  // What has an error as a component is kept, and the rest is tried again.
  void build() {
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds; ++round) {
      Imported made;
      made.report = out_.report;
      Needs needs;
      ImportedFlow flow = make_flow(made, needs);
      if (lose_variables(needs) && round + 1 < kRounds) continue;
      const auto errors = check(flow.flow, made.workspace);
      if (errors.empty()) {
        made.flows.push_back(std::move(flow));
        out_ = std::move(made);
        return;
      }
      bool progress = false;
      for (const auto& [step, message] : errors) progress |= keep_step(step, message);
      if (progress && round + 2 < kRounds) continue;
      // Too many to find them one by one, or one that is no step's.
      for (std::size_t i = 0; i < places_.size(); ++i)
        if (!places_[i].name.empty()) progress |= kept_.emplace(i, errors.begin()->second).second;
      if (!progress) return wrong(pointer_, "the flow would not compile: " + errors.begin()->second);
    }
    wrong(pointer_, "the flow would not compile");
  }

  bool keep_step(const std::string& step, const std::string& message) {
    const auto found =
        std::find_if(places_.begin(), places_.end(), [&](const Place& each) { return each.name == step; });
    if (step.empty() || found == places_.end()) return false;
    return kept_.emplace(static_cast<std::size_t>(found - places_.begin()), message).second;
  }

  // Variables that no step of the flow makes are inputs, which may be absent.
  bool lose_variables(const Needs& needs) {
    bool any = false;
    for (const auto& [name, variable] : variables_.all()) {
      if (variable.input || variable.trigger || variable.lost || needs.declared.contains(variable.name)) continue;
      variables_.lose(name);
      any = true;
    }
    return any;
  }

  ImportedFlow make_flow(Imported& made, Needs& needs) {
    StepMaker steps(canvas_, variables_, made.report, needs, trigger_);
    steps.lead(targets_);
    std::string trigger_channel;
    if (trigger_ != "manual") trigger_channel = steps.channel(trigger_, "");
    ImportedFlow out;
    out.layout.format = "console";
    out.flow.pointer = pointer_;
    out.flow.name = flow_name();
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) place(out, made.report, steps, i);
    order(out.flow);
    header(made.report, out.flow, needs, trigger_channel);
    workspace(made, needs, out.flow.name, trigger_channel);
    if (!kept_envelope_.empty()) out.layout.properties["envelope"] = kept_envelope_;
    return out;
  }

  std::string flow_name() const {
    if (is_name(options_.flow_name)) return options_.flow_name;
    Names names;
    return names.step(canvas_.name, "imported");
  }

  void order(DraftFlow& flow) {
    flow.start = is_start() ? (canvas_.nodes[start_].out.empty() ? "end" : targets_[canvas_.nodes[start_].out[0]])
                            : places_[start_].target;
    order_steps(flow);
  }

  void place(ImportedFlow& out, Report& report, StepMaker& steps, std::size_t node) {
    const Node& from = canvas_.nodes[node];
    const Place& place = places_[node];
    const bool step = !place.name.empty();
    Layout::Place kept{from.id, from.position, Json::object()};
    if (step) out.flow.steps.push_back(make_step(report, steps, node));
    if (node == start_ && is_start()) take_start(steps);
    for (const Property* property : steps.left_over(node)) {
      if (jumps_.contains(node) && jump_settings_.contains(property)) continue;
      kept.properties[property->pointer.substr(from.pointer.size())] = *property->value;
      report.add({NoteKind::left_out, property->pointer, place.name,
                  fmt::format("is not known: {}", shown_value(*property->value)), ""});
    }
    const std::string key = step ? place.name : node == start_ ? "start" : "end";
    out.layout.steps.emplace(key, std::move(kept));
  }

  void take_start(StepMaker& steps) const {
    for (const Property& property : canvas_.nodes[start_].properties)
      if (is_variable_list(property.key) && property.value->is_array()) steps.take(start_, {property.key});
    steps.take(start_, {"triggertype"});
  }

  DraftStep make_step(Report& report, StepMaker& steps, std::size_t node) {
    const Node& from = canvas_.nodes[node];
    DraftStep step;
    step.name = places_[node].name;
    step.pointer = from.pointer;
    step.id = from.id;
    step.position = from.position;
    for (const std::size_t edge : from.out) step.leads_to.push_back(places_[canvas_.edges[edge].target].name);
    const Kind* kind = kinds_[node];
    std::optional<DraftEntry> entry;
    const auto kept = kept_.find(node);
    const auto jump = jumps_.find(node);
    if (kept == kept_.end() && jump != jumps_.end()) {
      const std::string next = jump->second.next == kNone ? "end" : targets_[jump->second.next];
      entry = line(fmt::format("jump {} max {} else {}", places_[jump->second.to].name, jump->second.max, next));
    } else if (kept == kept_.end() && kind != nullptr) {
      entry = steps.make(node, *kind, step.name);
    }
    report.count(kind == nullptr ? from.type : kind->name, entry.has_value());
    if (!entry) {
      std::string why = kept != kept_.end() ? kept->second
                        : kind == nullptr   ? "no component of the console is called so"
                                            : "its settings or ways out are not those that are known";
      report.add({NoteKind::kept, from.pointer, step.name,
                  fmt::format("`{}` is kept as it is: {}", shown(from.type), why), ""});
      entry = steps.keep(node);
    }
    step.entry = *std::move(entry);
    explain_bounds(step.entry);
    return step;
  }

  static void explain_bounds(DraftEntry& entry) {
    if (entry.arrow.ends_with(kTooManyRounds)) entry.trailing_comment = "The original has no bound.";
    for (DraftEntry& inner : entry.block) explain_bounds(inner);
  }

  void header(Report& report, DraftFlow& flow, const Needs& needs, const std::string& trigger_channel) {
    flow.header.push_back(line(canvas_.name.empty() || canvas_.name == flow.name
                                   ? fmt::format("flow {}", flow.name)
                                   : fmt::format("flow {} {}", flow.name, one_line(shown(canvas_.name)))));
    if (!foreign_trigger_.empty()) {
      flow.header.push_back(line("trigger extern " + one_line(foreign_trigger_)));
    } else if (trigger_ == "manual") {
      flow.header.push_back(line("trigger manual"));
    } else {
      flow.header.push_back(line(fmt::format("trigger {} on {}", trigger_, trigger_channel)));
    }
    flow.header.back().blank_before = true;
    if (needs.purpose) {
      flow.header.push_back(line("purpose transaction"));
      flow.header.back().comments = {"The original does not say what its messages are for."};
      report.add({NoteKind::changed, pointer_, "",
                  "messages have a purpose: `transaction`, as long as nobody says another", ""});
    }
    bool first = true;
    for (const auto& [name, variable] : variables_.all()) {
      const bool undefined = variable.lost && !needs.declared.contains(variable.name);
      if (!variable.input && !undefined) continue;
      const std::string_view type = variable.phone ? "phone" : "text";
      flow.header.push_back(line(fmt::format("input {}: {}{}", variable.name, type, undefined ? "?" : "")));
      flow.header.back().blank_before = std::exchange(first, false);
      if (!undefined) continue;
      flow.header.back().comments = {"No component sets it."};
      report.add({NoteKind::defect, pointer_, "", fmt::format("no component sets the variable `{}`", shown(name)),
                  "it is an input that may be absent"});
    }
  }

  void workspace(Imported& made, const Needs& needs, const std::string& flow, const std::string& trigger_channel) {
    for (const Needs::Channel& each : needs.channels) {
      const auto channels = catalogue::channels();
      const auto kind =
          std::find_if(channels.begin(), channels.end(), [&](const auto& one) { return one.name == each.kind; });
      DraftEntry entry = line(fmt::format("channel {}: {}", each.name, each.kind));
      entry.has_block = true;
      const std::string made_up = each.kind == "whatsapp" ? "+12025550123" : "0000";
      entry.block.push_back(
          line(fmt::format("{} {}", kind->sender_setting, one_line(each.sender.empty() ? made_up : each.sender))));
      if (each.sender.empty()) {
        entry.block.back().comments = {"The original does not say who sends."};
        made.report.add({NoteKind::changed, pointer_, "",
                         fmt::format("the sender of channel `{}` is made up", each.name),
                         "put the real one into workspace.flow"});
      }
      if (each.name == trigger_channel) entry.block.push_back(line("flows " + flow));
      made.workspace.push_back(std::move(entry));
    }
    std::string hosts;
    for (const std::string& host : needs.hosts) hosts += (hosts.empty() ? "" : ", ") + one_line(host);
    if (!hosts.empty()) made.workspace.push_back(line("allow hosts " + hosts));
  }

  // Errors of the flow by step; an empty name: the header's, or the workspace's.
  // Without any, the flow has its text.
  static std::map<std::string, std::string> check(DraftFlow& flow, const std::vector<DraftEntry>& workspace) {
    std::map<std::string, std::string> errors;
    const auto declarations = write(workspace);
    if (!declarations) {
      errors.emplace("", declarations.error().message);
      return errors;
    }
    source::SourceMap sources;
    diagnostics::Sink sink;
    const auto outside = sources.add("workspace.flow", "edition 1\nallow regions all\n" + *declarations);
    const auto inside = sources.add(flow.name + ".flow", sketch(flow));
    const auto first = syntax::parse(sources, outside, sink);
    const auto second = syntax::parse(sources, inside, sink);
    if (first && second) {
      check::Checker checker(sources, sink);
      checker.add(*first);
      checker.add(*second);
      checker.finish();
    }
    for (const auto& each : sink.sorted()) {
      if (each.severity != diagnostics::Severity::error) continue;
      std::string step;
      if (second && each.primary.span.file == inside) step = step_at(*second, each.primary.span.begin);
      errors.emplace(step, fmt::format("{} ({})", each.message, diagnostics::code_text(each.code)));
    }
    if (errors.empty()) flow.text = syntax::format(*second);
    return errors;
  }

  static std::string step_at(const syntax::File& file, std::uint32_t offset) {
    for (const syntax::Entry& entry : file.entries) {
      if (offset < entry.span.begin || offset >= entry.span.end) continue;
      const auto& items = entry.head.items;
      const bool step = entry.colon && items.size() == 1 && items[0].exprs.size() == 1;
      return step ? items[0].exprs[0].text : std::string();
    }
    return {};
  }

  const std::string& pointer_;
  const Json* envelope_;
  const Options& options_;
  Imported out_;
  Canvas canvas_;
  Variables variables_;
  std::string trigger_;          // "manual", "whatsapp", …
  std::string foreign_trigger_;  // of another system
  Json kept_envelope_ = Json::object();
  std::size_t start_ = 0;
  std::vector<const Kind*> kinds_;    // by node; null: unknown
  std::vector<Place> places_;         // by node
  std::vector<std::string> targets_;  // by edge
  std::map<std::size_t, Jump> jumps_;
  std::set<const Property*> jump_settings_;
  std::map<std::string, std::size_t> by_name_;
  std::set<std::size_t> back_;               // edges that close a cycle
  std::map<std::size_t, std::string> kept_;  // nodes that are no components, and why
};

}  // namespace

Imported read_foreign(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options) {
  return Importer(graph, pointer, envelope, options).import();
}

}  // namespace flow::importing::console
