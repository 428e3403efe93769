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
#include "compiler/import/console/uses.h"
#include "compiler/import/console/variables.h"
#include "compiler/import/console/wiring.h"
#include "compiler/import/names.h"
#include "compiler/source/source.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::importing::console {
namespace {

constexpr std::string_view kKeep = "give it to the runtime";

class Importer {
 public:
  Importer(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options)
      : pointer_(pointer), envelope_(envelope), options_(options), canvas_(read_canvas(graph, pointer, out_.report)) {}

  Imported import() {
    if (out_.report.failed()) return std::move(out_);
    find_trigger();
    if (!find_start()) return std::move(out_);
    wiring_.read_jumps();
    name_steps();
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i)
      if (!places_[i].name.empty() && is_switched_off(canvas_.nodes[i])) kept_.emplace(i, "it is switched off");
    uses_.read(trigger_, start_);
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
        if (canvas_.nodes[i].in.empty() && !is_remark(i)) found.push_back(i);
      if (found.size() != 1) {
        out_.report.add({NoteKind::not_understood, pointer_, "",
                         fmt::format("has no start, and {} nodes to which nothing leads", found.size()),
                         "give it a node of the type `Start`"});
        return false;
      }
      note(NoteKind::changed, canvas_.nodes[found[0]].pointer, "", "no node is the start: nothing leads to this one");
    }
    start_ = found[0];
    return true;
  }

  bool is_start() const { return kinds_[start_] != nullptr && kinds_[start_]->id == KindId::start; }
  bool is(std::size_t node, KindId kind) const { return kinds_[node] != nullptr && kinds_[node]->id == kind; }

  // A note for people beside the flow.
  bool is_remark(std::size_t node) const {
    return is(node, KindId::note) && canvas_.nodes[node].out.empty() && canvas_.nodes[node].in.empty();
  }

  void name_steps() {
    Names names;
    names.reserve("start");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
      const Node& node = canvas_.nodes[i];
      Place place;
      if (is_remark(i)) {
        place.target = "end";
      } else if (wiring_.ends(i)) {
        place.target = "end";
        note(NoteKind::changed, node.pointer, "", "a jump to the end is the end");
      } else if (is(i, KindId::end)) {
        place.target = "end";
        if (!seen.insert("end").second) note(NoteKind::left_out, node.pointer, "end", "all ends are one");
      } else if (i != start_ || !is_start()) {
        const bool named = has_letters(node.name) && node.name != node.id;
        const bool as_type = !named || squeezed(node.name) == squeezed(node.type);
        const Kind* meant = as_type ? find_kind(node.type) : nullptr;
        // A type that is written as one word is called as people call it.
        std::string label = meant != nullptr ? std::string(meant->name) : named ? node.name : node.type;
        for (std::size_t found = 0; (found = label.find("WhatsApp", found)) != std::string::npos; ++found)
          label[found + 5] = 'a';  // one word, when capitals become words
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

  // ---- where edges lead

  void lead() {
    for (const Edge& edge : canvas_.edges)
      if (edge.target == start_ && is_start()) wrong(edge.pointer, "leads back to the start");
    targets_ = wiring_.targets(places_, start_, out_.report);
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
      const Node& node = canvas_.nodes[i];
      const bool single = (i == start_ && is_start()) || is(i, KindId::end);
      const std::size_t most = is(i, KindId::end) ? 0 : 1;
      for (std::size_t each = most; single && each < node.out.size(); ++each)
        wrong(canvas_.edges[node.out[each]].pointer, "goes on from the same place as another edge");
      for (const std::size_t each : node.out)
        if (wiring_.ends(i))
          note(NoteKind::defect, canvas_.edges[each].pointer, "",
               "nothing goes this way: the jump before it ends the flow");
    }
    const Node& start = canvas_.nodes[start_];
    if (is_start() && start.out.empty()) note(NoteKind::defect, start.pointer, "", "the start leads nowhere");
    if (is_start() && (start.out.empty() || targets_[start.out[0]] == "end"))
      out_.report.add({NoteKind::not_understood, start.pointer, "", "the flow does nothing: no step follows the start",
                       "a flow has a step at least; leave this file out"});
  }

  // ---- steps

  // What has an error as a component is kept, and the rest is tried again.
  void build() {
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds; ++round) {
      Imported made;
      made.report = out_.report;
      Needs needs;
      for (const auto& [name, variable] : variables_.all()) needs.reserve(variable.name);
      uses_.shape(kept_);
      ImportedFlow flow = make_flow(made, needs);
      if (reshape() && round + 1 < kRounds) continue;
      if (lose_variables(needs) && round + 1 < kRounds) continue;
      std::vector<DraftFlow> others;
      for (const StandIn& each : needs.stand_ins())
        if (each.used) others.push_back(flow_of(each));
      const auto errors = check(flow.flow, others, made.workspace);
      if (errors.empty()) {
        made.flows.push_back(std::move(flow));
        for (DraftFlow& each : others) {
          made.flows.push_back({std::move(each), {}});
          made.flows.back().layout.format = "console";
        }
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

  // A step that was kept makes a text of its variable, whatever the component would have made.
  bool reshape() {
    bool any = false;
    for (const std::size_t node : uses_.shaped())
      if (const auto why = whys_.find(node); why != whys_.end()) any |= kept_.emplace(node, why->second).second;
    return any;
  }

  bool keep_step(const std::string& step, const std::string& message) {
    const auto found =
        std::find_if(places_.begin(), places_.end(), [&](const Place& each) { return each.name == step; });
    if (step.empty() || found == places_.end()) return false;
    return kept_.emplace(static_cast<std::size_t>(found - places_.begin()), message).second;
  }

  // Variables that no step of the flow makes are inputs, which may be absent; but not to whom messages go.
  bool lose_variables(const Needs& needs) {
    bool any = false;
    for (const auto& [name, variable] : variables_.all()) {
      if (variable.input || variable.trigger || variable.lost || needs.declared.contains(variable.name)) continue;
      if (variable.phone && trigger_ == "manual") {
        Variable& recipient = variables_.of(name);
        recipient.input = recipient.always = true;
        recipients_.insert(name);
      } else {
        variables_.lose(name, trigger_ != "manual");
      }
      any = true;
    }
    return any;
  }

  ImportedFlow make_flow(Imported& made, Needs& needs) {
    StepMaker steps(canvas_, variables_, made.report, needs, trigger_);
    steps.lead(targets_);
    whys_.clear();
    std::string trigger_channel;
    ImportedFlow out;
    out.layout.format = "console";
    out.flow.pointer = pointer_;
    out.flow.name = flow_name();
    if (trigger_ != "manual") trigger_channel = needs.trigger_channel(trigger_, out.flow.name);
    needs.reserve_flow(out.flow.name);
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) place(out, made.report, steps, i);
    order(out.flow);
    header(made.report, out.flow, needs, trigger_channel);
    made.workspace = needs.entries(out.flow.name, trigger_channel, pointer_, made.report);
    if (!canvas_.rest.empty()) out.layout.properties["graph"] = canvas_.rest;
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
    if (is_remark(node)) return take_remark(out.flow, report, from);
    if (wiring_.ends(node)) return;  // the report has it; the place of `end` is that of End
    if (step) out.flow.steps.push_back(make_step(report, steps, node));
    if (node == start_ && is_start()) take_start(steps, report, kept);
    for (const Property* property : steps.left_over(node)) {
      if (wiring_.jump(node) != nullptr && wiring_.is_setting(property)) continue;
      if (is_secret(property->key)) {
        report.add({NoteKind::left_out, property->pointer, place.name, "is a secret, and is written nowhere",
                    std::string(kKeep)});
        continue;
      }
      Json value = *property->value;
      take_secrets_out(value, property->pointer, place.name, report);
      kept.properties[property->pointer.substr(from.pointer.size())] = std::move(value);
      const bool kept_whole = whys_.contains(node);
      report.add(
          {kept_whole ? NoteKind::kept : NoteKind::left_out, property->pointer, place.name,
           fmt::format("{}: {}", kept_whole ? "is in the side file" : "is not known", shown_value(*property->value)),
           ""});
    }
    const std::string key = step ? place.name : node == start_ ? "start" : "end";
    out.layout.steps.emplace(key, std::move(kept));
  }

  static void take_secrets_out(Json& json, const std::string& pointer, const std::string& step, Report& report) {
    if (!json.is_structured()) return;
    std::vector<std::string> secrets;
    for (auto each = json.begin(); each != json.end(); ++each) {
      if (!json.is_object()) {
        take_secrets_out(*each, at(pointer, static_cast<std::size_t>(each - json.begin())), step, report);
      } else if (is_secret(squeezed(each.key())) && !each->is_structured()) {
        secrets.push_back(each.key());
      } else {
        take_secrets_out(*each, at(pointer, each.key()), step, report);
      }
    }
    for (const std::string& member : secrets) {
      json.erase(member);
      report.add(
          {NoteKind::left_out, at(pointer, member), step, "is a secret, and is written nowhere", std::string(kKeep)});
    }
  }

  static void take_remark(DraftFlow& flow, Report& report, const Node& node) {
    std::string text = node.name;
    for (const Property& property : node.properties)
      if (property.value->is_string()) text += (text.empty() ? "" : " ") + property.value->get<std::string>();
    for (std::string& each : comment_lines(text)) flow.comments.push_back(std::move(each));
    report.add({NoteKind::left_out, node.pointer, "", "is a note: it stands above the flow", ""});
  }

  // What people wrote about a node stands above its step.
  static void take_comments(StepMaker& steps, std::size_t node, const std::string& name, DraftEntry& entry) {
    const std::string text =
        steps.taken_text(node, {"remark", "remarks", "comment", "comments", "note", "notes", "memo"});
    if (loses_letters(name)) entry.comments = comment_lines(name);
    for (std::string& each : comment_lines(text)) entry.comments.push_back(std::move(each));
  }

  // Its variables are inputs; what else is said of them is in the side file.
  void take_start(StepMaker& steps, Report& report, Layout::Place& kept) const {
    const Node& start = canvas_.nodes[start_];
    for (const Property& property : start.properties) {
      if (!is_variable_list(property.key) || !property.value->is_array()) continue;
      steps.take(start_, {property.key});
      for (std::size_t i = 0; i < property.value->size(); ++i)
        if ((*property.value)[i].is_object())
          tell_input((*property.value)[i], at(property.pointer, i), property, report, kept);
    }
    steps.take(start_, {"triggertype"});
  }

  void tell_input(const Json& input, const std::string& pointer, const Property& list, Report& report,
                  Layout::Place& kept) const {
    for (const auto& [member, value] : input.items()) {
      if (is_one_of(squeezed(member), {"name", "key", "variable", "variablename"}) || value.is_null()) continue;
      kept.properties[list.pointer.substr(canvas_.nodes[start_].pointer.size())] = *list.value;
      const bool given = squeezed(member).find("default") != std::string::npos && value != "";
      report.add({given ? NoteKind::changed : NoteKind::left_out, at(pointer, member), "",
                  given ? "an input has no value of its own: who starts the flow gives it"
                        : "is not known: " + shown_value(value),
                  ""});
    }
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
    const Wiring::Jump* jump = wiring_.jump(node);
    DraftEntry above;
    take_comments(steps, node, from.name, above);
    std::string why = kind == nullptr ? "no component of the console is called so"
                                      : "its settings or ways out are not those that are known";
    if (is(node, KindId::jump))
      why = fmt::format("where it jumps to, or how often, from 1 to {}, is not said", limits::kJumpMax);
    if (kept == kept_.end() && jump != nullptr && !places_[jump->to].name.empty()) {
      const std::string next = jump->next == std::string::npos ? "end" : targets_[jump->next];
      entry = line(fmt::format("jump {} max {} else {}", places_[jump->to].name, jump->max, next));
    } else if (kept == kept_.end() && kind != nullptr) {
      entry = steps.make(node, *kind, step.name);
      if (!steps.why().empty()) why = steps.why();
    }
    report.count(kind == nullptr ? from.type : kind->name, entry.has_value());
    if (!entry) {
      if (kept != kept_.end()) why = kept->second;
      whys_.emplace(node, why);
      report.add({NoteKind::kept, from.pointer, step.name,
                  fmt::format("`{}` is kept as it is: {}", shown(from.type), why), ""});
      entry = steps.keep(node);
    }
    step.entry = *std::move(entry);
    step.entry.comments.insert(step.entry.comments.begin(), above.comments.begin(), above.comments.end());
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
    if (!needs.zone.empty()) flow.header.push_back(line("zone " + one_line(needs.zone)));
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
      // A message brings no inputs.
      const bool none = undefined && trigger_ != "manual";
      flow.header.push_back(line(none ? fmt::format("let {} = \"\"", variable.name)
                                      : fmt::format("input {}: {}{}", variable.name, type, undefined ? "?" : "")));
      flow.header.back().blank_before = std::exchange(first, false);
      if (recipients_.contains(name)) {
        flow.header.back().comments = {"The original does not say where it comes from."};
        report.add({NoteKind::changed, pointer_, "",
                    fmt::format("messages go to `{}`, which nothing sets: who starts the flow gives it", shown(name)),
                    ""});
      }
      if (!undefined) continue;
      flow.header.back().comments = {"No component sets it."};
      report.add({NoteKind::defect, pointer_, "", fmt::format("no component sets the variable `{}`", shown(name)),
                  none ? "it is empty" : "it is an input that may be absent"});
    }
  }

  // Errors of the flow by step; an empty name: the header's, or the workspace's.
  // Without any, the flow has its text.
  static std::map<std::string, std::string> check(DraftFlow& flow, const std::vector<DraftFlow>& others,
                                                  const std::vector<DraftEntry>& workspace) {
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
      for (const DraftFlow& each : others)  // before who starts them
        if (const auto other = syntax::parse(sources, sources.add(each.name + ".flow", sketch(each)), sink))
          checker.add(*other);
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
  std::set<std::string> recipients_;  // variables that nothing sets
  std::vector<const Kind*> kinds_;    // by node; null: unknown
  std::vector<Place> places_;         // by node
  std::vector<std::string> targets_;  // by edge
  Uses uses_{canvas_, kinds_, variables_};
  Wiring wiring_{canvas_, kinds_};
  std::map<std::size_t, std::string> kept_;  // nodes that are no components, and why
  std::map<std::size_t, std::string> whys_;  // of this round
};

}  // namespace

Imported read_foreign(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options) {
  return Importer(graph, pointer, envelope, options).import();
}

}  // namespace flow::importing::console
