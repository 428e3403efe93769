#include "compiler/import/studio/writer.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/import/studio/widgets.h"

namespace flow::importing::studio {
namespace {

constexpr std::size_t kTextSettingsMax = 90;  // values of a text that another system makes

std::string in_words(std::string label) {
  std::replace(label.begin(), label.end(), '_', ' ');
  return label + " ";
}

}  // namespace

Writer::Writer(const Definition& of_definition, Values& of_values, Declarations& of_declarations, Report& of_report,
               const std::vector<Known>& known, const Folds& of_folds, Names& step_names)
    : definition(of_definition),
      values(of_values),
      declarations(of_declarations),
      report(of_report),
      folds(of_folds),
      all_known_(known),
      step_names_(step_names) {}

void Writer::note(NoteKind kind, std::string pointer, std::string message, std::string remedy) {
  pending_notes_.push_back({kind, std::move(pointer), step_.name, std::move(message), std::move(remedy)});
}

Expr Writer::text(std::string_view written, const std::string& pointer, Place place) {
  if (const auto made = made_.find(written); made != made_.end()) return made->second;
  const liquid::Template parsed = liquid::parse(written);
  std::string why;
  std::string spare;  // a name that was made for a text that could not be said after all
  char letter = 'a';
  values.set_place(pointer);
  Chosen chosen{[&] {
                  const std::string name = values.names().variable(label_of_text(letter++), "text");
                  if (spare.empty()) spare = name;
                  return name;
                },
                {}};
  if (auto expr = translate(parsed, values, known(), why, place, &chosen)) {
    if (!why.empty())
      note(NoteKind::changed, pointer, why, "where that matters, write a `branch` on `is blank` before it");
    letter = 'a';
    for (ChosenText& one : chosen.texts) choose(std::move(one), label_of_text(letter++), pointer);
    if (!chosen.texts.empty()) made_.emplace(written, *expr);
    return *std::move(expr);
  }
  // What the language cannot say: a step of another system, whose result it is.
  Step before;
  before.name = step_names_.step(in_words(state().name + " text"), "text");
  before.pointer = pointer;
  const std::string result = spare.empty() ? values.names().variable(state().name + " text ", "text") : spare;
  before.head = "extern \"liquid\" as " + result;
  before.settings.push_back(line("template " + literal(written)));
  std::set<std::string> named;
  for (const liquid::Path& path : parsed.references) {
    if (const auto list = values.list(path)) {
      const std::string& name = values.variables()[list->variable].name;
      if (named.size() < kTextSettingsMax && named.insert(name).second)
        before.settings.push_back(line(fmt::format("{} json({}: {})", name, name, name)));
      continue;
    }
    const auto value = values.value(path, known());
    if (!value) continue;
    const std::string& word = path.parts.back().kind == liquid::Part::Kind::name ? path.parts.back().name : "value";
    const std::string name = is_name(value->code) ? value->code : Names().variable(word, "value");
    if (named.size() < kTextSettingsMax && named.insert(name).second)
      before.settings.push_back(line(name + " " + as_text(*value)));
  }
  before.arms.push_back({"rendered", {Target::Kind::step, 1}, false, false, {}});
  note(NoteKind::kept, pointer,
       fmt::format("{} is Liquid that the language has not: the text is made by another system, in `{}`", why,
                   before.name),
       "say it in the language, and take the step out");
  if (parsed.broken) note(NoteKind::defect, pointer, fmt::format("the text has {}", parsed.problem), "close it");
  pending_.push_back(std::move(before));
  Expr expr;
  expr.code = result;
  made_.emplace(written, expr);
  return expr;
}

// Of the texts of one state that are chosen: `hello text`, `hello text b`, …
std::string Writer::label_of_text(char letter) const {
  const std::string label = state().name + " text ";
  return letter == 'a' || letter > 'z' ? label : label + letter;
}

// A `branch`, and a `set` on each of its ways, in the order in which somebody reads them.
void Writer::choose(ChosenText text, const std::string& label, const std::string& pointer) {
  Step branch;
  branch.name = step_names_.step(in_words(label), "text");
  branch.head = "branch";
  branch.pointer = pointer;
  std::vector<Step> sets;
  for (ChosenText::Way& way : text.ways) {
    const std::size_t left = text.ways.size() - sets.size();
    branch.arms.push_back(
        {left == 1 ? "else" : std::move(way.condition), {Target::Kind::step, sets.size() + 1}, false, false, {}});
    Step set;
    set.name = step_names_.step(in_words(fmt::format("{} {}", branch.name, sets.size() + 1)), "text");
    set.head = "set";
    set.pointer = pointer;
    set.arrow = true;
    set.aside = left > 1;
    set.settings.push_back(line(fmt::format("{} = {}", text.name, way.code)));
    set.arms.push_back({"", {Target::Kind::step, left}, false, false, {}});
    sets.push_back(std::move(set));
  }
  pending_.push_back(std::move(branch));
  for (Step& set : sets) pending_.push_back(std::move(set));
}

Target Writer::target(std::string_view event) const {
  const Way* way = state().way(event);
  if (way == nullptr || !way->next) return {};
  return {Target::Kind::state, *way->next};
}

Arm Writer::outcome(std::string label, std::string_view event, bool failure) {
  Arm arm{std::move(label), target(event), true, false, {}};
  if (arm.to.kind != Target::Kind::end) return arm;
  arm.unwired = failure;
  const Way* way = state().way(event);
  if (failure) {
    note(NoteKind::defect, way == nullptr ? state().pointer : way->pointer,
         fmt::format("`{}` of `{}` leads nowhere: the execution ends there, and nobody knows", event,
                     shown(state().name)),
         "lead it somewhere");
  }
  return arm;
}

void Writer::split_off(std::size_t from) {
  Step first;
  first.name = step_names_.step(in_words(state().name + " first"), "first");
  first.head = step_.head;
  first.pointer = step_.pointer;
  first.settings = std::move(step_.settings);
  first.arrow = true;
  first.arms.push_back({"", {Target::Kind::step, 1}, false, false, {}});
  step_.settings.clear();
  pending_notes_.push_back({NoteKind::changed,
                            step_.pointer,
                            first.name,
                            "what is set first has a step of its own: a text that another system makes reads it",
                            {}});
  pending_.insert(pending_.begin() + static_cast<std::ptrdiff_t>(from), std::move(first));
}

void Writer::note_unknown_properties() {
  const Widget* widget = widget_of(state().type);
  if (widget == nullptr) return;
  for (const auto& [name, value] : state().properties.items()) {
    if (std::find(widget->properties.begin(), widget->properties.end(), name) != widget->properties.end()) continue;
    if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty())) continue;
    report.add({NoteKind::left_out,
                state().pointer_of(name),
                step_.name,
                fmt::format("`{}` of the widget {} is not known: it is in the layout file", shown(name), state().type),
                {}});
  }
}

bool Writer::write(std::size_t state_index) {
  index_ = state_index;
  here_ = all_known_[state_index];
  pending_.clear();
  pending_notes_.clear();
  made_.clear();
  step_ = {};
  step_.state = state_index;
  step_.pointer = state().pointer;
  step_.name = step_names_.step(in_words(has_letters(state().name) ? state().name : state().type), "step");
  const std::string name = step_.name;
  std::string reason;
  bool written = false;
  if (!is_kept(state(), &reason)) {
    const std::string& type = state().type;
    written = true;
    if (type == "send-message" || type == "send-and-wait-for-reply") {
      written = write_message(*this, reason);
    } else if (type == "split-based-on") {
      written = write_split(*this, reason);
    } else if (type == "set-variables") {
      written = write_assignments(*this);
    } else if (type == "make-http-request") {
      write_request(*this);
    } else if (type == "run-function") {
      write_function(*this);
    } else if (type == "run-subflow") {
      write_subflow(*this);
    } else {
      write_desk(*this);
    }
  }
  if (!written) {
    pending_.clear();
    pending_notes_.clear();
    made_.clear();
    step_.head.clear();
    step_.settings.clear();
    step_.arms.clear();
    here_ = all_known_[state_index];
    write_extern(*this, reason);
  }
  if (loses_letters(state().name)) {
    const auto called = comment_lines(state().name);
    step_.comments.insert(step_.comments.begin(), called.begin(), called.end());
  }
  first_class[state_index] = written;
  if (written) note_unknown_properties();
  for (Note& one : pending_notes_) report.add(std::move(one));
  entries[state_index] = steps.size();
  for (Step& before : pending_) {
    for (Arm& arm : before.arms) arm.to.index += steps.size();
    steps.push_back(std::move(before));
  }
  steps.push_back(std::move(step_));
  return written;
}

std::vector<Parameter> parameters_of(Writer& writer, std::string_view property) {
  std::vector<Parameter> out;
  const Json* list = member_of(writer.state().properties, property);
  if (list == nullptr || list->is_null()) return out;
  const std::string pointer = writer.state().pointer_of(property);
  if (!list->is_array()) {
    writer.note(NoteKind::not_understood, pointer, fmt::format("`{}` is a list of keys and values", property));
    return out;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& one = (*list)[i];
    const Json* value = member_of(one, "value");
    Parameter parameter{text_of(one, "key"), "", at(at(pointer, i), "value")};
    if (value != nullptr && value->is_string())
      parameter.value = value->get<std::string>();
    else if (value != nullptr && !value->is_null())
      parameter.value = value->dump();
    if (parameter.key.empty()) {
      writer.note(NoteKind::left_out, at(pointer, i), "a parameter without a key is not sent");
    } else {
      out.push_back(std::move(parameter));
    }
  }
  return out;
}

}  // namespace flow::importing::studio
