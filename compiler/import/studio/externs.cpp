// Widgets that the language has not: kept with their settings and events, so that the graph stays checkable.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/import/studio/address.h"
#include "compiler/import/studio/widgets.h"
#include "compiler/import/studio/writer.h"

namespace flow::importing::studio {
namespace {

constexpr std::size_t kSettingsMax = 100;  // of one step

// A setting's or an event's name.
class Words {
 public:
  explicit Words(std::set<std::string> reserved) : seen_(std::move(reserved)) {}

  std::string of(std::string_view label, std::string_view otherwise) {
    std::string word = Names().variable(label, otherwise);
    if (seen_.insert(word).second) return word;
    for (int i = 2;; ++i) {
      std::string tried = fmt::format("{}_{}", word, i);
      if (seen_.insert(tried).second) return tried;
    }
  }

 private:
  std::set<std::string> seen_;
};

// Those that the step has no room for are one more, as JSON.
void add_rest(Writer& writer, Words& words, const Json& rest) {
  if (rest.empty()) return;
  const std::string json = rest.dump(-1, ' ', false, Json::error_handler_t::replace);
  writer.step().settings.push_back(line(fmt::format("{} {}", words.of("more settings", "setting"), literal(json))));
}

// False: there is no room for it.
bool add_setting(Writer& writer, Words& words, std::string_view name, const Json& value, const std::string& pointer) {
  std::string code;
  if (writer.step().settings.size() == kSettingsMax - 1) return false;
  if (value.is_string()) {
    const std::string& written = value.get_ref<const std::string&>();
    if (written.empty()) return true;
    code = as_block(writer.text(written, pointer));
  } else if (value.is_boolean()) {
    code = value.get<bool>() ? "true" : "false";
  } else if (value.is_number_integer() && value.dump().size() <= 12) {
    code = value.dump();
  } else if (!value.is_null()) {
    code = literal(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  if (!code.empty()) writer.step().settings.push_back(line(fmt::format("{} {}", words.of(name, "setting"), code)));
  return true;
}

std::string text_of(const std::vector<Condition>& conditions) {
  std::string all;
  for (const Condition& one : conditions)
    all += fmt::format("{}{} {} {}", all.empty() ? "" : " and ", one.arguments.front(), one.type, one.value);
  return all;
}

// Every transition as an event; those of a split are told apart by their places, and what each is for is a setting.
// What is a name of the language keeps it, whatever stands before it. `rest`: what there is no room for.
void add_events(Writer& writer, Words& settings, Json rest) {
  const State& state = writer.state();
  std::set<std::string> own;
  for (const Way& way : state.ways)
    if (way.event != "else" && Names().variable(way.event, "event") == way.event) own.insert(way.event);
  std::set<std::string> taken = own;
  taken.insert("else");
  Words words(std::move(taken));
  for (const Way& way : state.ways) {
    const bool keeps = own.erase(way.event) > 0;
    std::string event = keeps ? way.event : words.of(way.event, "event");
    const bool numbered = state.type == "split-based-on" && way.event == "match";
    if (event != way.event && !numbered) {
      writer.note(NoteKind::changed, way.pointer,
                  fmt::format("the event `{}` is called `{}`: the language has no such name", shown(way.event), event));
    }
    Arm arm{std::move(event), {}, true, false, {}};
    if (way.next) arm.to = {Target::Kind::state, *way.next};
    if (!way.conditions.empty() || !way.odd.is_null()) {
      const Json all = way.conditions.empty() ? way.odd : Json(text_of(way.conditions));
      if (!add_setting(writer, settings, arm.label + " when", all, way.pointer)) rest[arm.label] = all;
      arm.outcome = false;
    }
    writer.step().arms.push_back(std::move(arm));
  }
  add_rest(writer, settings, rest);
}

// A request that is kept has its whole address as a setting.
void tell_credentials(Writer& writer) {
  if (writer.state().type != "make-http-request") return;
  const auto address = address_of(writer.state());
  if (!address || address->credentials.empty()) return;
  writer.note(NoteKind::defect, writer.state().pointer_of("url"),
              "credentials stand in the address, and now in the flow's text: whoever reads it has them",
              "change them, and make them a `secret`");
}

}  // namespace

void write_extern(Writer& writer, const std::string& reason) {
  const State& state = writer.state();
  Step& step = writer.step();
  step.head = fmt::format("extern {}", one_line(state.type));
  if (const auto result = writer.values.find(Variable::Role::result, writer.index())) {
    const Variable& variable = writer.values.variables()[*result];
    step.head += " as " + variable.name;
    if (variable.spoken)
      writer.note(
          NoteKind::changed, state.pointer,
          fmt::format("what is pressed and what is said are one value: `{}` has the one that came", variable.name),
          "tell them apart by the step's events");
  }
  const bool message = state.type == "send-message" || state.type == "send-and-wait-for-reply";
  if (message) {
    if (const auto reply = writer.values.find(Variable::Role::reply, writer.index()))
      step.head += " as " + writer.values.variables()[*reply].name;
  }
  Words words({});
  Json rest = Json::object();
  for (const auto& [name, value] : state.properties.items()) {
    if (name == "offset" || (message && (is_plumbing(name) || name == "channel"))) continue;
    if (!add_setting(writer, words, name, value, state.pointer_of(name))) rest[name] = value;
  }
  add_events(writer, words, std::move(rest));
  tell_credentials(writer);
  if (step.arms.empty()) {
    step.arms.push_back({"done", {}, true, false, {}});
    writer.note(NoteKind::changed, state.pointer,
                fmt::format("`{}` has no transitions: it ends here", shown(state.name)));
  }
  writer.note(NoteKind::kept, state.pointer,
              reason.empty()
                  ? fmt::format("the language has no {}: its settings and events are kept", shown(state.type))
                  : fmt::format("kept as a {}: {}", shown(state.type), reason));
}

}  // namespace flow::importing::studio
