// The header of a flow: what starts it, its inputs and lets, its handlers and promises.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/composite.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"
#include "compiler/check/words.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using catalogue::Header;

// The entry's meaning; nothing when it was reported or has none in this release.
struct HeaderMatch {
  const catalogue::HeaderEntry* entry = nullptr;
  Match match;
};

std::optional<HeaderMatch> match_header(const syntax::Entry& entry) {
  auto found = match(entry.head, header_patterns());
  if (!found) return std::nullopt;
  const auto& known = catalogue::header_entries()[found->entry];
  return HeaderMatch{&known, std::move(*found)};
}

bool is_step(const syntax::Entry& entry) {
  return entry.colon && single_name(entry.head) != nullptr;
}

void report_unknown_entry(FlowScope& scope, const syntax::Entry& entry) {
  const syntax::Expr* name = single_name(entry.head);
  // `sms { … }` or `sms => end`: a step whose component was forgotten.
  std::vector<std::string> words;
  words.reserve(header_patterns().all().size());
  for (const Pattern& pattern : header_patterns().all()) words.emplace_back(pattern.words[0]);
  const bool known = name != nullptr && std::ranges::find(words, name->text) != words.end();
  if (name != nullptr && !known && (entry.block || entry.arrow)) {
    const auto near = diagnostics::suggest(name->text, words);
    scope.sink()
        .report(Code::unknown_header, name->span, "`{}` is no flow entry", name->text)
        .hint(near ? fmt::format("did you mean `{}`?", *near)
                   : fmt::format("a step names its component: `{}: send sms {{ … }}`", name->text));
    return;
  }
  report_unmatched(scope.sink(), entry.head, header_patterns(), Code::unknown_header, "flow entry",
                   "docs/language/reference.md lists the entries of a flow");
}

void declare_step(FlowScope& scope, const syntax::Entry& entry) {
  const syntax::Expr& name = *single_name(entry.head);
  const auto reserved = catalogue::reserved_step_names();
  const StepId id{static_cast<std::uint32_t>(scope.step_entries.size())};
  scope.step_entries.push_back(&entry);
  if (!check_name_length(scope.sink(), name.text, name.span, "step")) return;
  if (std::ranges::find(reserved, name.text) != reserved.end()) {
    scope.sink()
        .report(Code::reserved_name, name.span, "`{}` is a target of its own, so no step can have this name", name.text)
        .hint("a longer name is clearer");
    scope.structure_known = false;
    return;
  }
  const auto [place, is_new] = scope.steps.emplace(name.text, id);
  if (!is_new) {
    const Span first = single_name(scope.step_entries[index(place->second)]->head)->span;
    scope.sink()
        .report(Code::duplicate_name, name.span, "step `{}` is declared twice", name.text)
        .label("declared again here")
        .also(first, "first declared here")
        .hint("give one of them another name");
    scope.structure_known = false;
  }
  check_snake_case(scope.sink(), name.text, name.span, "step");
}

VariableId add_variable(FlowScope& scope, Variable variable, VariableNotes notes) {
  const auto known = scope.variables.find(variable.name);
  const VariableId id{static_cast<std::uint32_t>(scope.flow.variables.size())};
  if (known != scope.variables.end()) {
    scope.sink()
        .report(Code::duplicate_name, variable.span, "variable `{}` is declared twice", variable.name)
        .label("declared again here")
        .also(scope.flow.variables[index(known->second)].span, "first declared here")
        .hint("give one of them another name");
    notes.used = true;
  } else {
    notes.bad |= !check_variable_name(scope, variable.name, variable.span);
    scope.variables.emplace(variable.name, id);
  }
  scope.flow.variables.push_back(std::move(variable));
  scope.notes.push_back(std::move(notes));
  return id;
}

// `word`: "input".
std::optional<Type> declared_type(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& name,
                                  std::string_view word) {
  if (entry.colon) return check_type(scope.sink(), *entry.colon);
  scope.sink()
      .report(Code::missing_part, name.span, "the {} `{}` has no type", word, name.text)
      .hint(fmt::format("`{} {}: text(..30)`", word, name.text));
  return std::nullopt;
}

void declare_input(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& name) {
  refuse_other_parts(scope.sink(), entry, kColon, "input");
  Variable variable;
  variable.name = name.text;
  variable.role = program::FieldRole::input;
  variable.span = name.span;
  VariableNotes notes;
  const std::optional<Type> type = declared_type(scope, entry, name, "input");
  notes.bad = !type;
  if (type) variable.type = *type;
  add_variable(scope, std::move(variable), std::move(notes));
}

// A variable like those that steps make, whose type is known before any step.
void declare_output(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& name) {
  refuse_other_parts(scope.sink(), entry, kColon, "output");
  Variable variable;
  variable.name = name.text;
  variable.role = program::FieldRole::variable;
  variable.span = name.span;
  VariableNotes notes;
  notes.used = true;  // by callers
  notes.from_step = true;
  const std::optional<Type> type = declared_type(scope, entry, name, "output");
  notes.bad = !type;
  if (type && type->secret) {
    scope.sink()
        .report(Code::secret_use, entry.colon->span, "an output cannot be a secret: it is kept when the flow has ended")
        .hint("hand secrets on as inputs of the next flow");
    notes.bad = true;
  }
  if (type) variable.type = *type;
  const bool needed = type && !type->optional;
  variable.type.optional = true;
  const bool duplicate = scope.variables.contains(name.text);
  const VariableId id = add_variable(scope, std::move(variable), std::move(notes));
  if (duplicate) return;
  scope.flow.outputs.push_back({id, !needed});
}

void declare_let(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& name) {
  refuse_other_parts(scope.sink(), entry, kColon | kValue, "let");
  Variable variable;
  variable.name = name.text;
  variable.role = program::FieldRole::let;
  variable.span = name.span;
  VariableNotes notes;
  std::optional<Type> declared;
  if (entry.colon) declared = check_type(scope.sink(), *entry.colon);
  std::optional<Expr> value;
  const syntax::Expr* written = entry.value ? single(*entry.value) : nullptr;
  if (written == nullptr) {
    scope.sink()
        .report(Code::missing_part, entry.value ? entry.value->span : name.span, "the let `{}` has no single value",
                name.text)
        .hint(fmt::format("`let {} = 10m`", name.text));
  } else {
    FlowValues values(scope);
    const std::string place = fmt::format("`{}`", name.text);
    value = check_value(values, *written, declared ? want_of(*declared, place) : Want{std::nullopt, place});
  }
  notes.bad = !value || (entry.colon && !declared);
  if (value && declared && declared->chars_max != 0 && value->type.chars_max > declared->chars_max) {
    scope.sink().report(Code::type_mismatch, written->span, "`{}` has at most {} characters, and this up to {}",
                        name.text, declared->chars_max, value->type.chars_max);
    notes.bad = true;
  }
  if (value && declared && !same_parts(value->type, *declared)) {
    scope.sink()
        .report(Code::type_mismatch, written->span, "`{}` is made of other parts than this", name.text)
        .label(fmt::format("`{}`", written_type(value->type)));
    notes.bad = true;
  }
  if (value && declared && value->type.secret && !declared->secret) {
    scope.sink()
        .report(Code::secret_use, written->span, "this is a secret, and `{}` is not", name.text)
        .hint("write `secret` before the type");
    notes.bad = true;
  }
  if (value) {
    variable.type = value->type;
    variable.type.optional = false;
    if (declared) {
      const bool secret = declared->secret || value->type.secret;
      variable.type = *declared;
      variable.type.secret = secret;
      variable.type.personal |= value->type.personal;
      value->type.secret = secret;
    }
    notes.typed = declared.has_value();
    if (is_constant(*value) && !notes.bad) notes.constant = *value;
  }
  const bool duplicate = scope.variables.contains(name.text);
  const VariableId id = add_variable(scope, std::move(variable), std::move(notes));
  if (value && !duplicate) scope.flow.lets.emplace_back(id, std::move(*value));
}

void declare_outcome(FlowScope& scope, const syntax::Entry& entry, const Match& match) {
  refuse_other_parts(scope.sink(), entry, kNoPart, "outcome");
  const syntax::Expr& name = *match.holes[0];
  FlowValues values(scope);
  if (match.holes.size() > 1) check_text(values, *match.holes[1], "`outcome`");
  if (!check_name_length(scope.sink(), name.text, name.span, "outcome")) return;
  if (name.text == "failed" || name.text == "done" || name.text == "expired" || name.text == "late") {
    scope.sink()
        .report(Code::reserved_name, name.span, "every flow has the outcome `{}`", name.text)
        .hint("give this one another name");
    return;
  }
  const auto next = static_cast<std::uint32_t>(scope.flow.outcomes.size());
  const auto [place, is_new] = scope.outcomes.emplace(name.text, next);
  if (!is_new) {
    scope.sink()
        .report(Code::duplicate_name, name.span, "outcome `{}` is declared twice", name.text)
        .label("declared again here")
        .also(scope.outcome_notes[place->second].span, "first declared here");
    return;
  }
  scope.flow.outcomes.push_back(name.text);
  scope.outcome_notes.push_back({name.span, false});
}

void read_header_entry(FlowScope& scope, const syntax::Entry& entry, const HeaderMatch& found) {
  FlowValues values(scope);
  switch (found.entry->id) {
    case Header::purpose:
      refuse_other_parts(scope.sink(), entry, kNoPart, "purpose");
      if (auto purpose = check_purpose(scope.sink(), *found.match.holes[0]))
        scope.flow.purpose = *purpose;
      else
        scope.purpose_bad = true;
      break;
    case Header::trigger_manual:
      refuse_other_parts(scope.sink(), entry, kNoPart, "trigger manual");
      break;
    case Header::trigger_call:
      refuse_other_parts(scope.sink(), entry, kNoPart, "trigger call");
      scope.flow.called = true;
      break;
    case Header::output:
      declare_output(scope, entry, *found.match.holes[0]);
      break;
    case Header::trigger_extern:
      refuse_other_parts(scope.sink(), entry, kNoPart, "trigger extern");
      check_text(values, *found.match.holes[0], "`trigger extern`");
      scope.flow.foreign_trigger = found.match.holes[0]->span;
      break;
    case Header::trigger_message: {
      const std::string_view kind = found.entry->pattern.substr(8, found.entry->pattern.find(' ', 8) - 8);
      declare_trigger(scope, entry, kind, *found.match.holes[0],
                      found.match.holes.size() > 1 ? found.match.holes[1] : nullptr);
      break;
    }
    case Header::outcome:
      declare_outcome(scope, entry, found.match);
      break;
    case Header::input:
      declare_input(scope, entry, *found.match.holes[0]);
      break;
    case Header::wording:
      declare_wording(scope.shared, entry, *found.match.holes[0], scope.wordings);
      break;
    default:
      break;
  }
}

void read_zone(FlowScope& scope, const syntax::Entry& entry, const HeaderMatch& found) {
  refuse_other_parts(scope.sink(), entry, kNoPart, "zone");
  FlowValues values(scope);
  auto value = check_value(values, *found.match.holes[0], {ValueType::zone, "`zone`"});
  scope.zone_bad = !value;
  if (!value) return;
  if (value->type.secret) {
    scope.sink().report(Code::secret_use, value->span, "clock times would show something of a secret");
    scope.zone_bad = true;
    return;
  }
  if (value->kind == ExprKind::variable && scope.flow.variables[index(value->variable)].type.optional) {
    scope.sink()
        .report(Code::maybe_absent, value->span, "`{}` may have no value here", value->text)
        .label("a value is needed")
        .also(scope.flow.variables[index(value->variable)].span, "it may be left out")
        .hint(fmt::format("supply one: `{} ?? \"Asia/Manila\"`", value->text));
    scope.zone_bad = true;
    return;
  }
  scope.flow.zone = std::move(*value);
}

// `language`: of inputs it is read before the lets, which may need it; of lets after them.
bool mentions_let(const std::vector<std::string>& lets, const syntax::Expr& expr) {
  if (expr.kind == syntax::ExprKind::name && std::ranges::find(lets, expr.text) != lets.end()) return true;
  return std::ranges::any_of(expr.children, [&](const auto& child) { return mentions_let(lets, child); });
}

void read_language(FlowScope& scope, const syntax::Entry& entry, const HeaderMatch& found) {
  FlowValues values(scope);
  refuse_other_parts(scope.sink(), entry, kNoPart, "language");
  auto value = check_value(values, *found.match.holes[0], {ValueType::language, "`language`"});
  scope.language_bad = !value;
  if (value && value->type.secret)
    scope.sink().report(Code::secret_use, value->span, "the language of templates would show a secret");
  else if (value)
    scope.flow.language = std::move(*value);
}

// `expires`: it may use lets.
void read_values(FlowScope& scope, const syntax::Entry& entry, const HeaderMatch& found) {
  FlowValues values(scope);
  if (found.entry->id == Header::expires) {
    refuse_other_parts(scope.sink(), entry, kNoPart, "expires");
    const auto ms = check_duration(values, *found.match.holes[0], "`expires`", 1000, limits::kExpiresMsMax);
    if (ms) scope.flow.expires_ms = *ms;
    scope.expires_stated = ms.has_value();
    scope.expires_span = found.match.holes[0]->span;
  }
}

void add_refused_variable(FlowScope& scope, std::string_view name, Span span) {
  if (scope.variables.contains(name)) return;
  Variable variable;
  variable.name = std::string(name);
  variable.span = span;
  variable.role = program::FieldRole::variable;
  VariableNotes notes;
  notes.bad = true;
  scope.variables.emplace(variable.name, VariableId{static_cast<std::uint32_t>(scope.flow.variables.size())});
  scope.flow.variables.push_back(std::move(variable));
  scope.notes.push_back(std::move(notes));
}

// What an entry that was refused as "not yet" would have brought is not missing as well.
void note_later(FlowScope& scope, const syntax::Entry& entry, const HeaderMatch& found) {
  const std::string_view pattern = found.entry->pattern;
  if (pattern.starts_with("trigger")) {
    scope.trigger_bad = true;
    scope.header_once.emplace(Header::trigger_manual, entry.head.span);
    for (const std::string_view name : catalogue::trigger_variables())
      add_refused_variable(scope, name, entry.head.span);
  }
}

// Entries that stand once stand once.
bool check_once(FlowScope& scope, const syntax::Entry& entry, const catalogue::HeaderEntry& known) {
  if (known.presence == catalogue::Presence::repeated) return true;
  // A flow has one trigger, whichever it is.
  const bool trigger =
      known.id == Header::trigger_extern || known.id == Header::trigger_message || known.id == Header::trigger_call;
  const Header id = trigger ? Header::trigger_manual : known.id;
  const auto [place, is_new] = scope.header_once.emplace(id, entry.head.span);
  if (is_new) return true;
  const std::string word(known.pattern.substr(0, known.pattern.find(' ')));
  const bool flow = known.id == Header::flow;
  scope.sink()
      .add(flow ? Code::not_a_flow : Code::repeated_setting, entry.head.span,
           flow ? "this is a second flow in one file" : fmt::format("`{}` stands here a second time", word))
      .also(place->second, "first here")
      .hint(flow ? "a file holds one flow, and has its name" : "keep one of them");
  return false;
}

}  // namespace

void collect_entries(FlowScope& scope) {
  for (const syntax::Entry& entry : scope.file.entries) {
    if (is_step(entry))
      declare_step(scope, entry);
    else
      scope.header.push_back(&entry);
  }
  if (scope.step_entries.size() > limits::kStepsMax)
    scope.sink()
        .report(Code::too_many, scope.step_entries[limits::kStepsMax]->head.span, "the flow has {} steps",
                scope.step_entries.size())
        .hint(fmt::format("at most {}", limits::kStepsMax));
}

void check_header(FlowScope& scope) {
  std::vector<std::pair<const syntax::Entry*, HeaderMatch>> known;
  for (const syntax::Entry* entry : scope.header) {
    auto found = match_header(*entry);
    if (!found) {
      report_unknown_entry(scope, *entry);
      continue;
    }
    if (found->entry->support == catalogue::Support::not_yet) {
      report_later(scope.sink(), entry->head.items[0].exprs, found->entry->pattern);
      note_later(scope, *entry, *found);
      continue;
    }
    if (check_once(scope, *entry, *found->entry)) known.emplace_back(entry, std::move(*found));
  }
  for (const auto& [entry, found] : known) read_header_entry(scope, *entry, found);
  std::vector<std::string> lets;
  for (const auto& [entry, found] : known)
    if (found.entry->id == Header::let) lets.push_back(found.match.holes[0]->text);
  const std::pair<const syntax::Entry*, HeaderMatch>* open_language = nullptr;
  for (const auto& one : known) {
    if (one.second.entry->id == Header::zone) read_zone(scope, *one.first, one.second);
    if (one.second.entry->id != Header::language) continue;
    if (mentions_let(lets, *one.second.match.holes[0]))
      open_language = &one;
    else
      read_language(scope, *one.first, one.second);
  }
  scope.language_open = open_language != nullptr;
  if (scope.flow.trigger) {
    for (const auto& [entry, found] : known)
      if (found.entry->id == Header::input)
        scope.sink()
            .report(Code::trigger_channel, entry->head.span, "a message brings no input `{}`",
                    found.match.holes[0]->text)
            .also(scope.flow.trigger->span, "the trigger")
            .hint("what it says is in `incomingMessage`; a `let` computes something from it");
  }
  for (const auto& [entry, found] : known)
    if (found.entry->id == Header::let) declare_let(scope, *entry, *found.match.holes[0]);
  scope.language_open = false;
  if (open_language != nullptr) read_language(scope, *open_language->first, open_language->second);
  for (const auto& [entry, found] : known) read_values(scope, *entry, found);
  for (const auto& entry : catalogue::header_entries()) {
    if (entry.presence != catalogue::Presence::required || scope.header_once.contains(entry.id)) continue;
    scope.sink()
        .report(Code::missing_header, scope.flow.span, "the flow `{}` has no `{}`", scope.flow.name,
                entry.pattern.substr(0, entry.pattern.find(' ')))
        .hint(entry.after.empty() ? fmt::format("`{}`", entry.pattern) : fmt::format("`{} => STEP`", entry.pattern));
    if (entry.id == Header::start) scope.structure_known = false;
  }
}

namespace {

void read_start(FlowScope& scope, const syntax::Entry& entry) {
  refuse_other_parts(scope.sink(), entry, kArrow, "start");
  const auto target = check_arrow(scope, entry, "start");
  if (!target) return;
  scope.flow.start_span = target->span;
  if (target->kind == Target::Kind::step) {
    scope.flow.start = target->step;
    return;
  }
  scope.structure_known = false;
  scope.sink().report(Code::malformed_target, target->span, "a flow starts with a step").hint("`start => STEP`");
}

void read_handler(FlowScope& scope, const syntax::Entry& entry, const HeaderMatch& found) {
  Handler handler;
  handler.span = entry.head.span;
  handler.kind = found.entry->id == Header::on_signal      ? Handler::Kind::signal
                 : found.entry->id == Header::on_reply     ? Handler::Kind::reply
                 : found.entry->id == Header::on_delivered ? Handler::Kind::delivered
                                                           : Handler::Kind::read;
  if (handler.kind == Handler::Kind::signal) {
    const syntax::Expr& name = *found.match.holes[0];
    handler.signal = name.text;
    if (!check_name_length(scope.sink(), name.text, name.span, "signal")) return;
  }
  if (handler.kind == Handler::Kind::reply && !check_reply_condition(scope, *found.match.holes[0], handler)) return;
  refuse_other_parts(scope.sink(), entry, kArrow, "on");
  const auto target = check_arrow(scope, entry, "on");
  if (!target) return;
  handler.target = *target;
  constexpr std::size_t kHandlersMax = 64;  // a bit each: FlowFrame::handlers_fired
  if (scope.flow.handlers.size() == kHandlersMax) {
    scope.sink().report(Code::too_many, entry.head.span, "the flow has more than {} `on` handlers", kHandlersMax);
    return;
  }
  scope.flow.handlers.push_back(std::move(handler));
}

void read_otherwise(FlowScope& scope, const syntax::Entry& entry) {
  refuse_other_parts(scope.sink(), entry, kArrow, "otherwise");
  const auto target = check_arrow(scope, entry, "otherwise");
  const Patterns& patterns = outcome_patterns();
  FlowValues values(scope);
  for (std::size_t i = 0; i < entry.head.items.size(); ++i) {
    const syntax::Item& item = entry.head.items[i];
    Words words(item.exprs);
    if (i == 0) words = words.subspan(1);
    const Span span = words.empty() ? item.span : source::join(words.front().span, words.back().span);
    const auto found = item.is_else ? std::nullopt : match(words, patterns);
    if (!found) {
      report_unmatched(scope.sink(), words, span, patterns, Code::unknown_outcome, "outcome");
      continue;
    }
    const auto& outcome = catalogue::outcomes()[found->entry];
    if (outcome.support == catalogue::Support::not_yet) {
      report_later(scope.sink(), words, outcome.pattern);
      continue;
    }
    if (outcome.kind == catalogue::OutcomeKind::milestone) {
      scope.sink()
          .report(Code::unexpected_part, span, "`otherwise` cannot say what a step waits for")
          .hint(fmt::format("`{}` has an arm in the step itself", outcome.pattern));
      continue;
    }
    Otherwise rule{outcome.id, 0, target, span, false};
    if (!found->holes.empty()) {
      const auto ms = check_duration(values, *found->holes[0], fmt::format("`{}`", catalogue::word_of(outcome.id)),
                                     1000, limits::kExpiresMsMax);
      if (!ms) continue;
      rule.after_ms = *ms;
    }
    const auto same = std::ranges::find(scope.otherwise, outcome.id, &Otherwise::outcome);
    if (same != scope.otherwise.end()) {
      scope.sink()
          .report(Code::dead_arm, span, "`otherwise {}` stands here a second time", catalogue::word_of(outcome.id))
          .also(same->span, "this one comes first");
      continue;
    }
    scope.otherwise.push_back(std::move(rule));
  }
}

}  // namespace

void check_header_targets(FlowScope& scope) {
  for (const syntax::Entry* entry : scope.header) {
    const auto found = match_header(*entry);
    if (!found || found->entry->support == catalogue::Support::not_yet) continue;
    switch (found->entry->id) {
      case Header::start:
        if (scope.header_once.at(Header::start) == entry->head.span) read_start(scope, *entry);
        break;
      case Header::on_signal:
      case Header::on_delivered:
      case Header::on_read:
      case Header::on_reply:
        read_handler(scope, *entry, *found);
        break;
      case Header::otherwise:
        read_otherwise(scope, *entry);
        break;
      case Header::guarantee:
        check_guarantee(scope, *entry, Words(entry->head.items[0].exprs).subspan(1));
        break;
      default:
        break;
    }
  }
}

}  // namespace flow::check
