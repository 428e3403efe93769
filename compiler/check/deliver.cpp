// `deliver to NUMBER as NAME { … }`: a table of messages, and who gets which in which order. It becomes steps here:
// the table itself recognizes the region, and each place in a row is a `send` of its own; places of one message with
// the same rest of the row behind them share it. Nothing after the checks knows of tables.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/arms.h"
#include "compiler/check/pattern.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

// `viber: send viber { … }`.
struct Line {
  std::string name;
  Span span;
  std::string component;
  std::optional<Send> send;  // none: reported
  bool used = false;
};

// `PH, MM => viber then sms`: what comes in which order, or another target.
struct Row {
  RecognizeRegion::Arm arm;
  std::vector<std::size_t> lines;
  std::size_t first = SIZE_MAX;  // in places_
};

bool is_else(const syntax::Entry& entry) {
  return std::ranges::any_of(entry.head.items, &syntax::Item::is_else);
}

class TableChecker {
 public:
  TableChecker(FlowScope& scope, const syntax::Entry& entry) : scope_(scope), entry_(entry), sink_(scope.sink()) {}

  std::optional<StepBody> run(const syntax::Expr& number, const syntax::Expr* into) {
    check_recipient(number);
    if (into != nullptr) {
      into_ = result_variable(scope_, *into, ValueType::text);
      into_span_ = into->span;
    }
    if (!entry_.block) {
      sink_.report(Code::missing_part, entry_.colon->span, "`deliver` has no table")
          .hint("a block: `{ sms: send sms { … }; else => sms; reached => end; exhausted => end }`");
      return std::nullopt;
    }
    refuse_other_parts(sink_, entry_, kColon | kBlock, "deliver");
    for (const syntax::Entry& line : entry_.block->entries)
      if (line.colon) read_line(line);
    for (const syntax::Entry& line : entry_.block->entries)
      if (!line.colon) read_arm(line);
    report_missing();
    report_too_many();
    report_unused_lines();
    if (!fine_) return std::nullopt;
    return make();
  }

 private:
  void check_recipient(const syntax::Expr& number) {
    FlowValues values(scope_);
    auto value = check_value(values, number, {ValueType::phone, "`deliver to`"});
    if (value && value->type.secret)
      sink_.report(Code::secret_use, number.span, "a recipient cannot be secret: providers and reports see it");
    else if (value)
      to_ = std::move(*value);
  }

  // ---- Messages ----

  void read_line(const syntax::Entry& entry) {
    const syntax::Expr* name = single_name(entry.head);
    if (name == nullptr) {
      fine_ = false;
      sink_.report(Code::unexpected_part, entry.head.span, "a message of the table has one name")
          .hint("`viber: send viber { … }`");
      return;
    }
    check_name(*name);
    Line line;
    line.name = name->text;
    line.span = name->span;
    const auto found = match(entry.colon->clause, component_patterns());
    const auto* component = found ? &catalogue::components()[found->entry] : nullptr;
    const bool send = component != nullptr && component->pattern.starts_with("send ");
    if (!send) {
      sink_.report(Code::unknown_component, entry.colon->span, "a message of the table is a `send`")
          .hint("`viber: send viber { … }`; other steps stand outside, behind `reached` or `exhausted`");
    } else if (component->support == catalogue::Support::not_yet) {
      report_later(sink_, entry.colon->clause.items[0].exprs, component->pattern);
    } else {
      line.component = component->name;
      scope_.in_table = true;
      if (auto body = check_send_to(scope_, entry, *component->channel, &to_))
        line.send = std::get<Send>(std::move(*body));
      scope_.in_table = false;
    }
    fine_ &= line.send.has_value();
    lines_.push_back(std::move(line));
  }

  void check_name(const syntax::Expr& name) {
    const auto reserved = catalogue::reserved_step_names();
    const auto same = std::ranges::find(lines_, name.text, &Line::name);
    check_name_length(sink_, name.text, name.span, "message");
    check_snake_case(sink_, name.text, name.span, "message");
    if (std::ranges::find(reserved, name.text) != reserved.end()) {
      fine_ = false;
      sink_
          .report(Code::reserved_name, name.span, "`{}` is a target of its own, so no message can have this name",
                  name.text)
          .hint("a longer name is clearer");
    } else if (same != lines_.end()) {
      fine_ = false;
      sink_.report(Code::duplicate_name, name.span, "message `{}` is declared twice", name.text)
          .label("declared again here")
          .also(same->span, "first declared here")
          .hint("give one of them another name");
    }
  }

  // ---- Rows, `reached`, `exhausted` ----

  void read_arm(const syntax::Entry& entry) {
    if (std::ranges::all_of(entry.head.items, is_end)) {
      refuse_other_parts(sink_, entry, kArrow, entry.head.items[0].exprs[0].text);
      const auto target = check_arrow(scope_, entry, entry.head.items[0].exprs[0].text);
      fine_ &= target.has_value();
      for (const syntax::Item& item : entry.head.items)
        read_end(item.exprs[0], target.value_or(Target{}), item.exprs[0].text == "reached" ? reached_ : exhausted_);
      return;
    }
    refuse_other_parts(sink_, entry, kArrow, "a row");
    if (otherwise_) {
      fine_ = false;
      sink_.report(is_else(entry) ? Code::dead_arm : Code::else_not_last, entry.head.span, "this row is never reached")
          .label("it comes after `else`")
          .also(otherwise_->arm.span, "`else` takes all the rest")
          .hint("put `else` last");
      return;
    }
    Row row;
    row.arm.span = entry.head.span;
    if (is_else(entry)) {
      if (entry.head.items.size() > 1)
        sink_.report(Code::unexpected_part, entry.head.span, "`else` stands alone")
            .hint("it takes whatever no other row takes");
    } else {
      fine_ &= check_region_arm(scope_, entry, seen_, row.arm.regions);
    }
    read_order(entry, row);
    if (is_else(entry))
      otherwise_ = std::move(row);
    else
      rows_.push_back(std::move(row));
  }

  static bool is_end(const syntax::Item& item) {
    return !item.is_else && item.exprs.size() == 1 && item.exprs[0].kind == syntax::ExprKind::name &&
           (item.exprs[0].text == "reached" || item.exprs[0].text == "exhausted");
  }

  void read_end(const syntax::Expr& name, const Target& target, std::optional<TimedArm>& arm) {
    if (!arm) {
      arm = TimedArm{0, target, name.span};
      return;
    }
    fine_ = false;
    sink_.report(Code::dead_arm, name.span, "`{}` has an arm already", name.text)
        .label("this one never matches")
        .also(arm->span, "this one comes first")
        .hint("take one of them out");
  }

  void read_order(const syntax::Entry& entry, Row& row) {
    const bool plain = entry.arrow && entry.arrow->otherwise == nullptr && entry.arrow->clause.items.size() == 1 &&
                       !entry.arrow->clause.items[0].is_else && !entry.arrow->clause.items[0].exprs.empty();
    const auto line_of = [&](const std::string& name) { return std::ranges::find(lines_, name, &Line::name); };
    // `US => end`, `FR => by_letter`: no message at all, or another step.
    const syntax::Expr* first = plain ? &entry.arrow->clause.items[0].exprs[0] : nullptr;
    const bool elsewhere =
        first != nullptr && (first->text == "end" || first->text == "jump" ||
                             (entry.arrow->clause.items[0].exprs.size() == 1 && line_of(first->text) == lines_.end() &&
                              scope_.steps.contains(first->text)));
    if (!plain || elsewhere || first->kind != syntax::ExprKind::name) {
      const auto target = check_arrow(scope_, entry, "a row");
      fine_ &= target.has_value();
      if (target) row.arm.target = *target;
      return;
    }
    const auto& words = entry.arrow->clause.items[0].exprs;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i % 2 == 1) {
        if (words[i].kind == syntax::ExprKind::name && words[i].text == "then" && i + 1 < words.size()) continue;
        fine_ = false;
        sink_.report(Code::malformed_target, words[i].span, "the order does not go on like this")
            .hint("`viber then whatsapp then sms`");
        return;
      }
      const auto line = line_of(words[i].text);
      if (line == lines_.end()) {
        fine_ = false;
        std::vector<std::string> names;
        for (const Line& known : lines_) names.push_back(known.name);
        sink_.report(Code::unknown_step, words[i].span, "the table has no message `{}`", words[i].text)
            .hint(diagnostics::did_you_mean(words[i].text, names));
        continue;
      }
      line->used = true;
      row.lines.push_back(static_cast<std::size_t>(line - lines_.begin()));
    }
  }

  void report_missing() {
    if (!otherwise_) {
      fine_ = false;
      sink_.report(Code::else_missing, entry_.colon->span, "`deliver` says nothing about the rest")
          .label("no `else` row")
          .hint("`else => sms` takes numbers of every other region");
    }
    std::vector<std::string> missing;
    if (!reached_) missing.emplace_back("reached");
    if (!exhausted_) missing.emplace_back("exhausted");
    if (missing.empty()) return;
    fine_ = false;
    std::string arms;
    for (const std::string& name : missing) arms += (arms.empty() ? "`" : "; ") + name + " => STEP";
    sink_
        .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}", single_name(entry_.head)->text,
                quoted(missing))
        .label(missing.size() == 1 ? "an outcome without an arm" : "outcomes without an arm")
        .hint(arms + "`");
  }

  // Before any is made: a row may be as long as a file.
  void report_too_many() {
    std::size_t places = scope_.step_entries.size() + scope_.made.size();
    for (const Row& row : rows_) places += row.lines.size();
    if (otherwise_) places += otherwise_->lines.size();
    if (places <= limits::kStepsMax) return;
    fine_ = false;
    sink_.report(Code::too_many, entry_.colon->span, "with the places of this table the flow has {} steps", places)
        .hint(fmt::format("at most {}", limits::kStepsMax));
  }

  void report_unused_lines() {
    if (!fine_) return;
    for (const Line& line : lines_)
      if (!line.used)
        sink_.report(Code::unused_name, line.span, "no row sends `{}`", line.name)
            .hint("take it out, or name it in a row");
  }

  // ---- Steps ----

  StepId next_step() const {
    return StepId{static_cast<std::uint32_t>(scope_.step_entries.size() + scope_.made.size())};
  }

  Target step_target(StepId step, Span span) const {
    Target target;
    target.kind = Target::Kind::step;
    target.step = step;
    target.span = span;
    return target;
  }

  StepBody make() {
    RecognizeRegion body;
    body.number = to_;
    make_places();
    for (Row& row : rows_) {
      lead(row);
      body.arms.push_back(row.arm);
    }
    lead(*otherwise_);
    body.otherwise = otherwise_->arm.target;
    return body;
  }

  // A message and what comes after it in its row; places where both are the same are one step.
  struct Place {
    std::size_t line = 0;
    std::size_t after = kNothing;  // in places_
    std::optional<StepId> step;
  };
  static constexpr std::size_t kNothing = SIZE_MAX;

  // Makes the steps, in the order in which rows first come to them.
  void make_places() {
    std::vector<Row*> all;
    for (Row& row : rows_) all.push_back(&row);
    all.push_back(&*otherwise_);
    for (Row* row : all) {
      std::size_t after = kNothing;
      for (auto line = row->lines.rbegin(); line != row->lines.rend(); ++line) {
        const auto [known, is_new] = known_.emplace(std::pair(*line, after), places_.size());
        if (is_new) places_.push_back({*line, after, {}});
        after = known->second;
      }
      row->first = after;
      for (std::size_t at = after; at != kNothing && !places_[at].step; at = places_[at].after) {
        places_[at].step = next_step();
        const Line& line = lines_[places_[at].line];
        add_step(unique_name(line.name), line.component, line.span, *line.send);
      }
    }
    for (const Place& place : places_) {
      Send send = *lines_[place.line].send;
      lead_on(send, place);  // may make more steps
      made(*place.step).body = std::move(send);
    }
  }

  // `otp.viber`, then `otp.viber_2`, … unless that is a message of the table, too.
  std::string unique_name(const std::string& line) {
    const auto is_line = [&](const std::string& name) {
      return std::ranges::find(lines_, name, &Line::name) != lines_.end();
    };
    std::size_t& number = used_[line];
    std::string name = line;
    if (++number > 1) {
      while (is_line(fmt::format("{}_{}", line, number))) ++number;
      name = fmt::format("{}_{}", line, number);
    }
    return single_name(entry_.head)->text + "." + name;
  }

  void add_step(std::string name, std::string component, Span span, StepBody body) {
    Step step;
    step.name = std::move(name);
    step.component = std::move(component);
    step.span = span;
    step.body = std::move(body);
    scope_.made.push_back(std::move(step));
  }

  Step& made(StepId step) { return scope_.made.at(index(step) - scope_.step_entries.size()); }

  void lead(Row& row) {
    if (row.first != kNothing) row.arm.target = step_target(*places_[row.first].step, row.arm.span);
  }

  // Puts in what `next`, `reached` and `exhausted` mean here.
  void lead_on(Send& send, const Place& place) {
    const auto resolve = [&](Target& target) {
      if (target.kind != Target::Kind::step) return;
      const Span span = target.span;
      if (target.step == kNextStep)
        target = place.after == kNothing ? exhausted_->target : step_target(*places_[place.after].step, span);
      else if (target.step == kReachedStep)
        target = reached(lines_[place.line]);
      else if (target.step == kExhaustedStep)
        target = exhausted_->target;
      else
        return;
      target.span = span;
    };
    resolve(send.reached);
    resolve(send.failed);
    if (send.opted_out) resolve(*send.opted_out);
    if (send.undelivered) resolve(send.undelivered->target);
    if (send.unread) resolve(send.unread->target);
  }

  // With `as NAME`: over a step that keeps the message's name.
  Target reached(const Line& line) {
    if (!into_) return reached_->target;
    const auto [place, is_new] = keepers_.emplace(line.name, StepId{});
    if (is_new) {
      Set set;
      set.assignments.push_back({*into_, constant_text(line.name, into_span_), into_span_});
      set.target = reached_->target;
      place->second = next_step();
      add_step(fmt::format("{}.reached.{}", single_name(entry_.head)->text, line.name), "set", into_span_,
               std::move(set));
    }
    return step_target(place->second, reached_->span);
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  Sink& sink_;
  Expr to_;
  std::optional<VariableId> into_;
  Span into_span_{};
  std::vector<Line> lines_;
  std::vector<Row> rows_;
  std::optional<Row> otherwise_;
  std::optional<TimedArm> reached_;
  std::optional<TimedArm> exhausted_;
  std::map<std::string, Span> seen_;  // regions
  std::vector<Place> places_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> known_;  // in places_
  std::map<std::string, std::size_t> used_;                           // by message: its highest number
  std::map<std::string, StepId> keepers_;                             // by message
  bool fine_ = true;
};

}  // namespace

std::optional<StepBody> check_deliver(FlowScope& scope, const WrittenStep& step) {
  return TableChecker(scope, step.entry).run(step.hole(0), step.hole_if_any(1));
}

}  // namespace flow::check
