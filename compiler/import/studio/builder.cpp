#include "compiler/import/studio/builder.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/studio/address.h"
#include "compiler/import/studio/arrows.h"
#include "compiler/import/studio/conditions.h"
#include "compiler/import/studio/paths.h"
#include "compiler/import/studio/terraform.h"
#include "compiler/import/studio/widgets.h"
#include "compiler/import/studio/writer.h"

namespace flow::importing::studio {
namespace {

struct Entry {
  Start start = Start::message;
  std::string event;
  std::string suffix;  // of the flow's name, when it is not the first
  std::optional<std::size_t> next;
  std::string pointer;
};

std::string in_words(std::string label) {
  std::replace(label.begin(), label.end(), '_', ' ');
  return label + " ";
}

// `shift_checker` is "Shift checker".
std::string as_title(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
  return name;
}

bool is_message(const State& state) {
  return state.type == "send-message" || state.type == "send-and-wait-for-reply";
}

bool mentions(const Json& json, std::string_view what) {
  if (json.is_string()) return json.get_ref<const std::string&>().find(what) != std::string::npos;
  return json.is_structured() &&
         std::any_of(json.begin(), json.end(), [&](const Json& one) { return mentions(one, what); });
}

// Every template in a property.
template <typename Use>
void each_text(const Json& json, const Use& use) {
  if (json.is_string()) {
    const std::string& text = json.get_ref<const std::string&>();
    if (text.find("{{") != std::string::npos || text.find("{%") != std::string::npos) use(text);
  } else if (json.is_structured()) {
    for (const Json& one : json) each_text(one, use);
  }
}

void use_all(Values& values, const Json& json) {
  each_text(json, [&](const std::string& text) { values.use(liquid::parse(text)); });
}

class Builder {
 public:
  Builder(const Definition& definition, const Naming& naming, const Json& wrapper, Imported& out)
      : definition_(definition),
        naming_(naming),
        wrapper_(wrapper),
        out_(out),
        declarations_(naming.name, out.report) {}

  void run() {
    const auto entries = find_entries();
    choose_channel(entries);
    declare();
    bool first = true;
    for (const Entry& entry : entries) {
      const std::string name = first ? naming_.name : naming_.name + entry.suffix;
      build_flow(entry, declarations_.flow_names().step(name, "flow"), first);
      first = false;
    }
    out_.report.count("trigger", entries.front().start != Start::call && entries.front().start != Start::other);
    for (SubFlow* flow : declarations_.sub_flows())
      if (flow->real == nullptr) add_stand_in(*flow);
    out_.workspace = declarations_.entries();
  }

 private:
  void note(NoteKind kind, std::string pointer, std::string message, std::string remedy = {}) {
    if (told_.emplace(pointer, message).second)
      out_.report.add({kind, std::move(pointer), {}, std::move(message), std::move(remedy)});
  }

  std::vector<Entry> find_entries() {
    const State& trigger = definition_.states[*definition_.trigger];
    const Way* conversation = trigger.way("incomingConversationMessage");
    const Way* message = trigger.way("incomingMessage");
    std::vector<Entry> entries;
    for (const Way& way : trigger.ways) {
      if (!way.next) continue;
      if (way.event == "incomingMessage") {
        entries.push_back({Start::message, way.event, "_message", way.next, way.pointer});
      } else if (way.event == "incomingCall") {
        entries.push_back({Start::call, way.event, "_call", way.next, way.pointer});
      } else if (way.event == "incomingRequest") {
        entries.push_back({Start::request, way.event, "_request", way.next, way.pointer});
      } else if (way.event == "incomingParent") {
        entries.push_back({Start::parent, way.event, "_parent", way.next, way.pointer});
      } else if (&way == conversation && (message == nullptr || !message->next || message->next == way.next)) {
        note(NoteKind::changed, way.pointer, "messages of conversations start the flow as other messages do");
        if (message == nullptr || !message->next)
          entries.push_back({Start::message, way.event, "_message", way.next, way.pointer});
      } else {
        entries.push_back(
            {Start::other, way.event, "_" + Names().step(in_words(way.event), "other"), way.next, way.pointer});
      }
    }
    if (entries.size() > limits::kImportTriggersMax) {
      note(
          NoteKind::not_understood, trigger.pointer,
          fmt::format("{} events start it, and an import takes {} at most", entries.size(), limits::kImportTriggersMax),
          "divide it");
      entries.resize(1);
    }
    if (entries.size() > 1) {
      note(NoteKind::changed, trigger.pointer,
           fmt::format("a flow has one trigger: {} are wired, and each has a flow of its own", entries.size()));
    }
    if (entries.empty()) {
      entries.push_back({Start::request, "incomingRequest", "", std::nullopt, trigger.pointer});
      note(NoteKind::defect, trigger.pointer, "nothing is wired to the trigger: no execution does anything",
           "wire the trigger");
    }
    return entries;
  }

  void choose_channel(const std::vector<Entry>& entries) {
    channel_ = "sms";
    std::string why = "no address in the definition names another channel";
    bool named = false;
    for (const State& state : definition_.states) {
      const bool whatsapp = mentions(state.properties, "whatsapp:");
      if (!whatsapp && (channel_ != "sms" || !mentions(state.properties, "messenger:"))) continue;
      channel_ = whatsapp ? "whatsapp" : "messenger";
      why = fmt::format("addresses in the definition begin with `{}:`", channel_);
      named = true;
      if (whatsapp) break;
    }
    if (!named) choose_by_content(why);
    const auto message =
        std::find_if(entries.begin(), entries.end(), [](const Entry& one) { return one.start == Start::message; });
    if (message == entries.end()) return;
    note(NoteKind::changed, message->pointer,
         fmt::format("the messages are {}: {}", channel_ == "sms" ? "SMS" : "on " + channel_, why),
         "Studio learns the channel from the number that the flow is put behind");
  }

  // What is no SMS of the language is one of WhatsApp.
  void choose_by_content(std::string& why) {
    for (const State& state : definition_.states) {
      if (!is_message(state)) continue;
      const bool content = !state.text("content_sid").empty() || !state.text("content_template_sid").empty();
      if (!content &&
          (too_long(state.text("body"), "sms").empty() || !too_long(state.text("body"), "whatsapp").empty()))
        continue;
      channel_ = "whatsapp";
      why = content ? fmt::format("`{}` sends a content template", shown(state.name))
                    : fmt::format("the text of `{}` is too long for an SMS", shown(state.name));
      return;
    }
  }

  // What the workspace will have, before variables get names.
  void declare() {
    for (const State& state : definition_.states) {
      if (is_message(state)) expect_sender(state, declarations_);
      if (is_kept(state)) continue;
      if (state.type == "run-function") declarations_.function(state);
      if (state.type == "send-to-flex") declarations_.desk(state);
      if (state.type == "make-http-request") secret_of(state, declarations_);
    }
    taken_ = declarations_.taken();
    for (const char* kind : {"sms", "whatsapp", "messenger"})
      taken_.insert(Names().step(in_words(std::string(kind) + " " + naming_.name), "channel"));
    for (const State& state : definition_.states)
      if (is_message(state)) taken_.insert(Names().step(in_words(state.name + " template"), "template"));
    declarations_.keep_from_inputs(taken_);
    link_sub_flows();
    for (const State& state : definition_.states)
      if (state.type == "run-subflow" && !is_kept(state)) declarations_.sub_flow(state);
  }

  // Sub-flows that were in other files, where no later widget asks what they gave back.
  void link_sub_flows() {
    if (naming_.others == nullptr || naming_.others->empty()) return;
    std::set<std::string> asked;
    const auto ask = [&](std::string_view text) {
      for (const liquid::Path& path : liquid::parse(text).references) asked.insert(liquid::name_at(path, 1));
    };
    for (const State& state : definition_.states) {
      each_text(state.properties, ask);
      for (const Way& way : state.ways) {
        for (const Condition& condition : way.conditions) {
          ask(condition.arguments.front());
          ask(condition.value);
        }
      }
    }
    std::map<std::string, bool> linked;  // by SID
    for (const State& state : definition_.states)
      if (state.type == "run-subflow")
        linked.try_emplace(state.text("flow_sid"), true).first->second &= !asked.contains(state.name);
    for (const auto& [sid, fine] : linked) {
      const auto real = naming_.others->find(sid);
      if (!fine || real == naming_.others->end()) continue;
      const bool same_contact = real->second.contact_is_text == (channel_ == "messenger");
      if (real->second.contact.empty() || same_contact) declarations_.link(sid, real->second);
    }
  }

  void use_values(Values& values, const std::vector<bool>& included, const Folds& folds) {
    std::set<std::size_t> in_answers;
    for (const auto& [ask, split] : folds) in_answers.insert(split);
    for (std::size_t i = 0; i < included.size(); ++i)
      if (included[i] && definition_.states[i].type == "set-variables" && !is_kept(definition_.states[i]))
        values.assign(definition_.states[i]);
    for (std::size_t i = 0; i < included.size(); ++i) {
      const State& state = definition_.states[i];
      if (!included[i] || state.type == "trigger") continue;
      const bool message = is_message(state);
      for (const auto& [name, value] : state.properties.items()) {
        if (is_plumbing(name) || (message && (name == "channel" || name == "to"))) continue;
        if (state.type == "split-based-on" && name == "input" && state.way("match") != nullptr) continue;
        use_all(values, value);
      }
      if (message && !state.text("to").empty() && !mentions(state.properties["to"], "contact.channel.address"))
        values.use_as_phone(liquid::parse(state.text("to")));
      if (in_answers.contains(i)) continue;
      for (const Way& way : state.ways)
        for (const Condition& condition : way.conditions) use_condition(values, condition);
    }
  }

  static void use_condition(Values& values, const Condition& condition) {
    const auto test = test_of(condition.type);
    const auto left = liquid::parse(condition.arguments.front());
    const std::string value = plain(condition.value);
    values.use(liquid::parse(condition.value));
    if (!test) return values.use(left);
    const bool equals = *test == Test::equal_to || *test == Test::not_equal_to;
    if (*test == Test::less_than || *test == Test::greater_than) return values.use_as_number(left);
    if (*test == Test::is_blank || *test == Test::is_not_blank || (equals && value.empty()))
      return values.use_as_absent(left);
    if (equals && (value == "true" || value == "false")) return values.use_as_truth(left);
    const bool dates = *test >= Test::is_before_time;
    if (dates || (equals && number_of(value))) return values.use(left);
    values.use_as_word(left);
  }

  void build_flow(const Entry& entry, const std::string& name, bool first) {
    std::vector<bool> included(definition_.states.size());
    if (entry.next) included = reachable(definition_, *entry.next);
    if (first) include_rest(included);
    Folds folds = find_folds(definition_, included);
    // A question that turns out to be kept as it is has no arms of answers, and no more than its text.
    std::set<std::size_t> kept;
    while (!build_flow(entry, name, included, folds, kept)) {
    }
  }

  // False: questions could not be written; `kept` has them, and `folds` has them no more.
  bool build_flow(const Entry& entry, const std::string& name, const std::vector<bool>& included, Folds& folds,
                  std::set<std::size_t>& kept) {
    Values values(definition_, entry.start, channel_, included, kept);
    use_values(values, included, folds);
    values.settle(taken_);
    if (values.variables().size() > limits::kVariablesMax / 2) check_size(values);
    const auto known = entry.next
                           ? find_known(definition_, values, *entry.next)
                           : std::vector<Known>(definition_.states.size(), Known(values.words(), ~std::uint64_t{0}));
    Names step_names;
    Report report;
    Writer writer(definition_, values, declarations_, report, known, folds, step_names);
    if (!write_states(writer, included, folds, kept)) return false;
    std::map<std::size_t, std::size_t> folded;
    for (const auto& [ask, split] : folds) folded.emplace(split, ask);
    ImportedFlow flow;
    flow.flow.name = name;
    flow.flow.pointer = entry.pointer;
    Target start;
    if (entry.next)
      start = {Target::Kind::state, *entry.next};
    else
      add_nothing(writer, step_names, start);
    add_beginning(writer, step_names, start);
    fill_layout(writer, folded, flow.layout);
    if (writer.messages_sent > 0)
      report.add(
          {NoteKind::changed,
           entry.pointer,
           {},
           fmt::format("`sent` of {} message{} waits for the channel's word; Studio's is that its API took it, and "
                       "whether it arrives nobody looks at",
                       writer.messages_sent, writer.messages_sent == 1 ? "" : "s"),
           "wait for `delivered`, with an arm for `undelivered after`"});
    const Otherwise otherwise =
        draw_arrows(std::move(writer.steps), writer.entries, start, definition_, report, flow.flow);
    fill_header(entry, values, otherwise, writer, flow.flow);
    if (entry.start == Start::parent) out_.startable = startable(values, name);
    for (const auto& [code, place] : values.absent())
      report.add({NoteKind::changed,
                  place,
                  {},
                  fmt::format("`{}` is 0 or false in a text when there is none, where Studio writes nothing", code),
                  "say what is to be written then"});
    take_over(report, writer, folded);
    out_.flows.push_back(std::move(flow));
    return true;
  }

  // What starts this flow from another; nothing where it wants more than texts.
  static std::optional<Startable> startable(const Values& values, const std::string& name) {
    Startable out;
    out.flow = name;
    if (values.contact_used()) out.contact = values.contact_name();
    out.contact_is_text = values.channel() == "messenger";
    for (const Variable& variable : values.variables()) {
      if (variable.role != Variable::Role::input) continue;
      if (variable.kind != Kind::text) return std::nullopt;
      out.texts.emplace(variable.label, variable.name);
    }
    return out;
  }

  // What no trigger leads to is part of the first flow, so that nothing is lost.
  void include_rest(std::vector<bool>& included) const {
    std::vector<bool> led(definition_.states.size());
    for (const Way& way : definition_.states[*definition_.trigger].ways) {
      if (!way.next || led[*way.next]) continue;
      const auto more = reachable(definition_, *way.next);
      for (std::size_t i = 0; i < led.size(); ++i) led[i] = led[i] || more[i];
    }
    led[*definition_.trigger] = true;
    for (std::size_t i = 0; i < led.size(); ++i)
      if (!led[i]) reach(definition_, i, included);
    included[*definition_.trigger] = false;
  }

  void check_size(const Values& values) {
    if (values.variables().size() <= limits::kVariablesMax) return;
    note(NoteKind::not_understood, definition_.states[*definition_.trigger].pointer,
         fmt::format("the flow needs {} variables, and the language has {} at most", values.variables().size(),
                     limits::kVariablesMax),
         "divide it");
  }

  bool write_states(Writer& writer, const std::vector<bool>& included, Folds& folds,
                    std::set<std::size_t>& kept) const {
    std::set<std::size_t> in_answers;
    for (const auto& [ask, split] : folds) in_answers.insert(split);
    const std::size_t before = kept.size();
    for (std::size_t i = 0; i < included.size(); ++i) {
      if (!included[i] || in_answers.contains(i)) continue;
      if (writer.write(i) || definition_.states[i].type != "send-and-wait-for-reply") continue;
      kept.insert(i);
      folds.erase(i);
    }
    return kept.size() == before;
  }

  // A flow begins with a step, whatever it does.
  void add_nothing(Writer& writer, Names& step_names, Target& start) const {
    Step step;
    step.name = step_names.step("not wired", "beginning");
    step.head = "extern \"trigger\"";
    step.comments = {"Nothing is wired to the trigger."};
    writer.report.add({NoteKind::changed, definition_.states[*definition_.trigger].pointer, step.name,
                       "a flow begins with a step: this one does nothing", "wire the trigger"});
    step.arms.push_back({"done", {}, true, false, {}});
    start = {Target::Kind::step, writer.steps.size()};
    writer.steps.push_back(std::move(step));
  }

  // A step that gives values to what Studio takes for empty.
  static void add_beginning(Writer& writer, Names& step_names, Target& start) {
    const auto& undefined = writer.values.undefined();
    if (undefined.empty()) return;
    Step step;
    const bool empty =
        std::any_of(undefined.begin(), undefined.end(), [](const auto& one) { return !one.path.empty(); });
    step.name = step_names.step(empty ? "never set" : "first values", "beginning");
    step.head = "set";
    step.comments = {empty ? "What nothing gives a value, Studio takes for empty."
                           : "The language has no variable without a first value."};
    step.arrow = true;
    for (const Values::Undefined& one : undefined) {
      if (!one.name.empty()) step.settings.push_back(line(fmt::format("{} = {}", one.name, one.code)));
      if (one.path.empty()) {
        step.settings.back().trailing_comment = one.why;
        writer.report.add({NoteKind::changed,
                           one.place,
                           step.name,
                           fmt::format("`{}` gets its value before the flow begins: {}", one.name, one.why),
                           {}});
        continue;
      }
      if (!one.name.empty()) step.settings.back().trailing_comment = shown(one.path) + ": " + one.why;
      writer.report.add({NoteKind::defect, one.place, step.name,
                         fmt::format("`{}` has no value, ever: {}", shown(one.path), one.why), "name what was meant"});
    }
    step.arms.push_back({"", start, false, false, {}});
    start = {Target::Kind::step, writer.steps.size()};
    writer.steps.push_back(std::move(step));
  }

  void fill_layout(const Writer& writer, const std::map<std::size_t, std::size_t>& folded, Layout& layout) const {
    layout.format = "studio";
    layout.properties = definition_.rest;
    if (!wrapper_.empty()) layout.properties["wrapper"] = wrapper_;
    std::map<std::size_t, std::string> names;
    for (const Step& step : writer.steps) {
      if (!step.state) continue;
      const State& state = definition_.states[*step.state];
      Layout::Place place{state.name, state.position, unknown_properties(state)};
      names.emplace(*step.state, step.name);
      layout.steps.emplace(step.name, std::move(place));
    }
    for (const auto& [split, ask] : folded) {
      const State& state = definition_.states[split];
      Json& json = layout.steps[names[ask]].properties["split"] = {{"name", state.name}};
      json.update(unknown_properties(state));
      if (state.position) json["offset"] = {{"x", state.position->x}, {"y", state.position->y}};
    }
    const State& trigger = definition_.states[*definition_.trigger];
    Json& json = layout.properties["trigger"] = {{"name", trigger.name}};
    json.update(unknown_properties(trigger));
    if (trigger.position) json["offset"] = {{"x", trigger.position->x}, {"y", trigger.position->y}};
  }

  // What an export needs and an execution does not.
  static Json unknown_properties(const State& state) {
    Json out = Json::object();
    const Widget* widget = widget_of(state.type);
    for (const auto& [name, value] : state.properties.items()) {
      const bool known = widget == nullptr || std::find(widget->properties.begin(), widget->properties.end(), name) !=
                                                  widget->properties.end();
      if (!known || is_plumbing(name) || is_aside(state, name)) out[name] = value;
    }
    if (!state.aside.empty()) out["aside"] = state.aside;
    return out;
  }
  static bool is_aside(const State& state, std::string_view name) {
    if (name == "flow_revision") return true;
    if (is_message(state)) return name == "channel" || name == "attributes" || name == "media_type";
    if (state.type == "send-to-flex") return name == "channel" || name == "waitUrl" || name == "wait_url_method";
    if (state.type != "split-based-on" || name != "input") return false;
    return std::any_of(state.ways.begin(), state.ways.end(), [&](const Way& way) {
      return std::any_of(way.conditions.begin(), way.conditions.end(),
                         [&](const Condition& one) { return one.arguments.front() != state.text("input"); });
    });
  }

  void fill_header(const Entry& entry, const Values& values, const Otherwise& otherwise, const Writer& writer,
                   DraftFlow& flow) {
    const std::string description = as_terraform(definition_.description);
    const std::string title = naming_.title.empty() ? description : naming_.title;
    const bool plain = title.empty() || title == "A New Flow";
    DraftEntry first = line(fmt::format("flow {} {}", flow.name, one_line(plain ? as_title(flow.name) : shown(title))));
    if (!description.empty() && description != title && description != "A New Flow")
      first.doc = comment_lines(description);
    flow.header.push_back(std::move(first));
    flow.header.push_back(trigger_of(entry, flow.name));
    const bool messages = std::any_of(writer.first_class.begin(), writer.first_class.end(), [&](const auto& one) {
      return one.second && is_message(definition_.states[one.first]);
    });
    if (messages) flow.header.push_back(line("purpose transaction"));
    bool blank = true;
    const auto input = [&](const std::string& name, std::string_view type) {
      flow.header.push_back(line(fmt::format("input {}: {}", name, type)));
      flow.header.back().blank_before = blank;
      blank = false;
    };
    if (values.contact_used() && entry.start != Start::message)
      input(values.contact_name(), values.channel() == "messenger" && entry.start != Start::call ? "text" : "phone");
    for (const Variable& variable : values.variables())
      if (variable.role == Variable::Role::input)
        input(variable.name, variable.kind == Kind::phone ? "phone" : variable.may_lack ? "text?" : "text");
    blank = true;
    for (const auto& [written, name] : values.placeholders()) {
      const bool terraform = written.starts_with("${") || written.starts_with("%{");
      flow.header.push_back(line(fmt::format("let {} = {}", name, one_line(written))));
      flow.header.back().blank_before = blank;
      flow.header.back().trailing_comment =
          terraform ? "Terraform puts it in: write the value" : "the same in all executions: write the value";
      note(NoteKind::changed, {},
           terraform ? fmt::format("`{}` is Terraform's: `{}` stands for it", shown(written), name)
                     : fmt::format("`{}` is the same in all executions: `{}` stands for it", written, name),
           "write its value into the flow");
      blank = false;
    }
    if (!otherwise.outcomes.empty()) {
      DraftEntry rest = line("otherwise " + fmt::format("{}", fmt::join(otherwise.outcomes, ", ")), "end");
      rest.comments = {"Not wired in Studio: the execution ends, and nobody knows."};
      rest.blank_before = true;
      flow.header.push_back(std::move(rest));
    }
    if (messages)
      note(NoteKind::changed, definition_.states[*definition_.trigger].pointer,
           "no definition says what its messages are for: `purpose transaction` is written",
           "write `authentication` or `marketing` where that is meant");
  }

  DraftEntry trigger_of(const Entry& entry, const std::string& name) {
    switch (entry.start) {
      case Start::message: {
        const std::string channel = declarations_.channel(channel_, "", entry.pointer);
        declarations_.start_by(channel_, name);
        return line(fmt::format("trigger {} on {}", channel_, channel));
      }
      case Start::request:
        return line("trigger manual");
      case Start::parent:
        return line("trigger call");
      default:
        note(NoteKind::kept, entry.pointer,
             fmt::format("the trigger {} is kept: no runtime here has it", shown(entry.event)));
        return line("trigger extern " + one_line(entry.event));
    }
  }

  // Notes and counts of a flow, each once, however many flows a state is part of.
  void take_over(const Report& report, const Writer& writer, const std::map<std::size_t, std::size_t>& folded) {
    for (const Note& one : report.notes())
      if (told_.emplace(one.pointer, fmt::format("{}: {}", one.step, one.message)).second) out_.report.add(one);
    for (const auto& [state, first_class] : writer.first_class)
      if (counted_.insert(state).second) out_.report.count(definition_.states[state].type, first_class);
    for (const auto& [split, ask] : folded)
      if (counted_.insert(split).second) out_.report.count(definition_.states[split].type, true);
  }

  void add_stand_in(const SubFlow& sub_flow) {
    ImportedFlow out;
    DraftFlow& flow = out.flow;
    flow.name = sub_flow.name;
    flow.pointer = sub_flow.pointer;
    flow.comments = {
        fmt::format("Stands in for the flow {}, which was not in the file: import that one, and put it here.",
                    shown(as_terraform(sub_flow.sid)))};
    flow.header.push_back(
        line(fmt::format("flow {} {}", flow.name, one_line("Sub-flow " + shown(as_terraform(sub_flow.sid))))));
    flow.header.push_back(line("trigger call"));
    DraftStep step;
    step.name = "subflow";
    step.entry = line("extern \"run-subflow\"");
    step.entry.block.push_back(line("flow " + one_line(as_terraform(sub_flow.sid))));
    for (const std::string& input : sub_flow.inputs) {
      flow.header.push_back(line(fmt::format("input {}: text?", input)));
      step.entry.block.push_back(line(fmt::format("{} {} ?? \"\"", input, input)));
    }
    for (const std::string& output : sub_flow.outputs)
      flow.header.push_back(line(fmt::format("output {}: text?", output)));
    step.entry.block.push_back(line("completed", "end"));
    step.entry.block.push_back(line("failed", "end failed \"the sub-flow failed\""));
    flow.start = step.name;
    flow.steps.push_back(std::move(step));
    out.layout.format = "studio";
    out_.flows.push_back(std::move(out));
  }

  const Definition& definition_;
  const Naming& naming_;
  const Json& wrapper_;
  Imported& out_;
  Declarations declarations_;
  std::set<std::string, std::less<>> taken_;
  std::string channel_;
  std::set<std::pair<std::string, std::string>> told_;
  std::set<std::size_t> counted_;
};

}  // namespace

void build(const Definition& definition, const Naming& naming, const Json& wrapper, Imported& out) {
  Builder(definition, naming, wrapper, out).run();
}

}  // namespace flow::importing::studio
