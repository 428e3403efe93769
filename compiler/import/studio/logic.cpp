// split-based-on and set-variables.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/import/studio/conditions.h"
#include "compiler/import/studio/writer.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

// Conditions as the language has them, for one state.
class Split {
 public:
  Split(Writer& writer, std::string& reason) : writer_(writer), reason_(reason) {}

  // The condition of one transition: all of its conditions hold.
  std::optional<std::string> of(const Way& way) {
    std::string all;
    for (const Condition& condition : way.conditions) {
      auto one = of(condition);
      if (!one) return std::nullopt;
      all += (all.empty() ? "" : " and ") + *one;
    }
    return all;
  }

 private:
  std::nullopt_t refuse(std::string reason) {
    reason_ = std::move(reason);
    return std::nullopt;
  }

  std::optional<std::string> of(const Condition& condition) {
    const auto test = test_of(condition.type);
    if (!test) return refuse(fmt::format("it has a condition `{}`", shown(condition.type)));
    Expr left = writer_.text(condition.arguments.front(), condition.pointer);
    peel(left, *test);
    // The language has no arm that is decided before the start.
    if (left.constant || left.fixed) left = writer_.values.hidden(as_text(left), writer_.state().name + " input");
    const Expr right = writer_.text(condition.value, condition.pointer);
    switch (*test) {
      case Test::equal_to:
      case Test::not_equal_to:
        return negated(*test == Test::not_equal_to, equal(left, right));
      case Test::matches_any_of:
      case Test::does_not_match_any_of:
        return any(left, right, *test == Test::does_not_match_any_of);
      case Test::contains:
      case Test::does_not_contain:
        return negated(*test == Test::does_not_contain,
                       fmt::format("lower({}) contains {}", as_text(left), lowered(right)));
      case Test::starts_with:
      case Test::does_not_start_with:
        return negated(*test == Test::does_not_start_with,
                       fmt::format("lower(trim({})) starts with {}", as_text(left), lowered(right)));
      case Test::is_blank:
      case Test::is_not_blank:
        return blank(left, *test == Test::is_not_blank);
      case Test::regex:
        return matching(left, right);
      case Test::less_than:
      case Test::greater_than:
        if (right.constant && !number_of(*right.constant))
          return refuse(fmt::format("it compares with `{}`, which is no number", shown(*right.constant)));
        return compared(left, right, *test == Test::less_than ? "<" : ">");
      default:
        return by_clock(left, right, *test);
    }
  }

  static std::string negated(bool yes, std::string code) { return yes ? "not (" + code + ")" : code; }

  // Comparisons look at neither case nor outer space: what takes them away is not said twice.
  static void peel(Expr& left, Test test) {
    const bool contains = test == Test::contains || test == Test::does_not_contain;
    const bool exact = test == Test::regex || test == Test::less_than || test == Test::greater_than;
    if (left.kind != Kind::text || left.constant || !left.prefix.empty() || exact || test > Test::regex) return;
    bool trims = false;
    for (;;) {
      const std::string_view word = left.code.starts_with("lower(")  ? "lower("
                                    : left.code.starts_with("trim(") ? "trim("
                                                                     : "";
      if (word.empty() || !is_one_call(left.code)) break;
      trims = trims || word == "trim(";
      left.code = left.code.substr(word.size(), left.code.size() - word.size() - 1);
    }
    if (trims && contains) left.code = fmt::format("trim({})", left.code);
  }
  // Whether the first bracket closes with the last character.
  static bool is_one_call(std::string_view code) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (quoted && code[i] == '\\') {
        ++i;
      } else if (code[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && code[i] == '(') {
        ++depth;
      } else if (!quoted && code[i] == ')' && --depth == 0) {
        return i + 1 == code.size();
      }
    }
    return false;
  }

  // A text beside an operator.
  static std::string side(const Expr& expr) { return operand(as_text(expr)); }
  // The same, and perhaps absent.
  static std::string value_of(const Expr& expr) {
    return expr.kind == Kind::text && expr.prefix.empty() && expr.optional ? operand(expr.code) : side(expr);
  }

  // Of a number or a truth only its absence is blank. What counts from 0 has no value in Studio until it counts.
  static std::string blank(const Expr& expr, bool negate = false) {
    if (expr.from_nothing && expr.kind == Kind::number) return fmt::format("{} {} 0", expr.code, negate ? "!=" : "==");
    const bool text = expr.kind == Kind::text || expr.kind == Kind::phone || !expr.prefix.empty() || !expr.optional;
    if (text) return value_of(expr) + (negate ? " is not blank" : " is blank");
    return operand(expr.code) + (negate ? " is set" : " is not set");
  }

  static std::string equal(const Expr& left, const Expr& right) {
    if (left.kind == Kind::boolean && right.constant) {
      const std::string value = plain(*right.constant);
      if (value == "true") return left.optional ? operand(left.code + " ?? false") : left.code;
      if (value == "false") return fmt::format("not {}", left.optional ? operand(left.code + " ?? true") : left.code);
    }
    // Studio compares texts: a number is never `05`.
    const auto number =
        left.kind == Kind::number && right.constant ? number_of(*right.constant) : std::optional<std::string>();
    if (number && *number == program::trim(*right.constant)) {
      if (left.optional) return fmt::format("({} ?? {}) == {}", left.code, *number == "0" ? "-1" : "0", *number);
      return fmt::format("{} == {}", operand(left.code), *number);
    }
    if (right.constant && program::trim(*right.constant).empty()) return blank(left);
    if (right.constant) return fmt::format("{} ~= {}", side(left), one_line(program::trim(*right.constant)));
    return fmt::format("{} ~= {}", side(left), side(right));
  }

  std::optional<std::string> any(const Expr& left, const Expr& right, bool negate) {
    if (!right.constant) return refuse("a list of values is made of values");
    std::string list;
    for (const std::string& part : any_of(*right.constant)) list += (list.empty() ? "" : ", ") + one_line(part);
    return negated(negate, fmt::format("{} ~= [{}]", side(left), list));
  }

  static std::string lowered(const Expr& expr) {
    if (expr.constant && is_ascii(*expr.constant)) return one_line(plain(*expr.constant));
    if (expr.constant) return fmt::format("lower({})", one_line(program::trim(*expr.constant)));
    return fmt::format("lower(trim({}))", as_text(expr));
  }

  std::optional<std::string> matching(const Expr& left, const Expr& right) {
    if (!right.constant) return refuse("its regular expression is not written out");
    const auto pattern = whole_pattern(*right.constant);
    if (!pattern) return refuse(fmt::format("the language has no regular expression `{}`", shown(*right.constant)));
    return fmt::format("{} matches {}", side(left), *pattern);
  }

  // What is no number is neither less nor greater.
  static std::string compared(const Expr& left, const Expr& right, std::string_view sign) {
    const auto constant = right.constant ? number_of(*right.constant) : std::nullopt;
    if (!constant) return compared_values(left, right, sign);
    const std::string number = number_code(left);
    const std::string& other = *constant;
    if (is_always_number(left)) return fmt::format("{} {} {}", operand(number), sign, other);
    const bool zero_fails = (sign == ">") != constant->starts_with('-');
    if (zero_fails && (sign == ">" || *constant == "0")) return fmt::format("({} ?? 0) {} {}", number, sign, other);
    return fmt::format("({} ?? {}) {} {}", number, other, sign, other);
  }
  static std::string compared_values(const Expr& left, const Expr& right, std::string_view sign) {
    std::string sides[2];
    std::string conditions;
    int i = 0;
    for (const Expr* expr : {&left, &right}) {
      const std::string number = number_code(*expr);
      sides[i++] = is_always_number(*expr) ? operand(number) : fmt::format("({} ?? 0)", number);
      if (!is_always_number(*expr)) conditions += fmt::format("{} is set and ", number);
    }
    const std::string all = fmt::format("{}{} {} {}", conditions, sides[0], sign, sides[1]);
    return conditions.empty() ? all : "(" + all + ")";
  }
  static bool is_always_number(const Expr& expr) { return expr.kind == Kind::number && !expr.optional; }
  static std::string number_code(const Expr& expr) {
    return expr.kind == Kind::number ? expr.code : fmt::format("number({})", value_of_call(expr));
  }
  static std::string value_of_call(const Expr& expr) {
    return expr.kind == Kind::text && expr.prefix.empty() ? expr.code : as_text(expr);
  }

  std::optional<std::string> by_clock(const Expr& left, const Expr& right, Test test) {
    const bool time = test == Test::is_before_time || test == Test::is_after_time;
    if (!right.constant) return refuse("a time of day or a date that is not written out");
    const auto value = time ? time_of(*right.constant) : date_of(*right.constant);
    if (!value) return refuse(fmt::format("`{}` is no {}", shown(*right.constant), time ? "time of day" : "date"));
    const bool before = test == Test::is_before_time || test == Test::is_before_date;
    return fmt::format("({}({}) ?? {}) {} {}", time ? "time" : "date", value_of_call(left), *value, before ? "<" : ">",
                       *value);
  }

  Writer& writer_;
  std::string& reason_;
};

// What an answer is told apart by: the label of an arm of `ask`.
std::optional<std::string> answer_of(const Condition& condition) {
  const auto test = test_of(condition.type);
  const auto value = liquid::parse(condition.value);
  if (!test || !value.constant()) return std::nullopt;
  const std::string text(program::trim(value.constant_text()));
  if (text.empty()) return std::nullopt;
  if (*test == Test::equal_to) return one_line(text);
  if (*test == Test::contains) return "containing " + one_line(text);
  if (*test == Test::regex) return whole_pattern(value.constant_text());
  if (*test != Test::matches_any_of) return std::nullopt;
  std::string list;
  for (const std::string& part : any_of(text)) {
    if (part.empty()) return std::nullopt;
    list += (list.empty() ? "" : ", ") + one_line(part);
  }
  return list;
}

// Whether an arm takes what a later one waits for: the language has no arm that never matches.
class Seen {
 public:
  bool add(const Condition& condition) {
    const Test test = *test_of(condition.type);
    if (test == Test::regex) return texts_.insert("/" + condition.value).second;
    std::vector<std::string> texts = any_of(condition.value);
    if (test != Test::matches_any_of) texts = {condition.value};
    for (const std::string& one : texts) {
      const std::string text = plain(one);
      if (!texts_.insert(text).second) return false;
      const auto inside = [&](const std::string& part) { return text.find(part) != std::string::npos; };
      if (std::any_of(parts_.begin(), parts_.end(), inside)) return false;
    }
    if (test == Test::contains) parts_.push_back(plain(condition.value));
    return parts_.size() <= kPartsMax;
  }

 private:
  static constexpr std::size_t kPartsMax = 100;
  std::set<std::string> texts_;
  std::vector<std::string> parts_;
};

// Whether a text reads one of these flow variables.
bool reads_any(std::string_view text, const std::set<std::string>& keys) {
  const auto references = liquid::parse(text).references;
  return std::any_of(references.begin(), references.end(), [&](const liquid::Path& path) {
    const std::string written = liquid::to_string(path);
    const std::string_view prefix = "flow.variables.";
    return written.starts_with(prefix) &&
           keys.contains(written.substr(prefix.size(), written.find_first_of(".[", prefix.size()) - prefix.size()));
  });
}

Target target_of(const Way* way) {
  if (way == nullptr || !way->next) return {};
  return {Target::Kind::state, *way->next};
}

}  // namespace

std::optional<std::vector<Arm>> answer_arms(const Definition& definition, std::size_t ask, std::size_t split) {
  const std::string path = fmt::format("widgets.{}.inbound.Body", definition.states[ask].name);
  std::vector<Arm> arms;
  Seen seen;
  for (const Way& way : definition.states[split].ways) {
    if (way.event != "match") continue;
    if (way.conditions.size() != 1) return std::nullopt;
    const Condition& condition = way.conditions.front();
    const auto argument = liquid::parse(condition.arguments.front());
    const bool asked = !argument.opaque && argument.nodes.size() == 1 &&
                       argument.nodes[0].kind == liquid::Node::Kind::output &&
                       argument.nodes[0].output.filters.empty() &&
                       argument.nodes[0].output.value.kind == liquid::Operand::Kind::path &&
                       liquid::to_string(argument.nodes[0].output.value.path) == path;
    const auto label = asked ? answer_of(condition) : std::nullopt;
    if (!label || !seen.add(condition)) return std::nullopt;
    arms.push_back({*label, target_of(&way), false, false, {}});
  }
  if (arms.empty()) return std::nullopt;
  arms.push_back({"else", target_of(definition.states[split].way("noMatch")), false, false, {}});
  return arms;
}

bool write_split(Writer& writer, std::string& reason) {
  Split split(writer, reason);
  Step& step = writer.step();
  step.head = "branch";
  std::set<std::string> seen;
  for (const Way& way : writer.state().ways) {
    if (way.event != "match") continue;
    auto condition = split.of(way);
    if (!condition) return false;
    if (!seen.insert(*condition).second) {
      writer.note(NoteKind::defect, way.pointer, "the same condition stands before: this one never matches",
                  "take one of the two out");
      continue;
    }
    step.arms.push_back({*std::move(condition), target_of(&way), false, false, {}});
  }
  if (step.arms.empty()) {
    reason = "it has no conditions";
    return false;
  }
  step.arms.push_back({"else", target_of(writer.state().way("noMatch")), false, false, {}});
  return true;
}

bool write_assignments(Writer& writer) {
  Step& step = writer.step();
  step.head = "set";
  const Json& variables = writer.state().properties["variables"];
  const std::string pointer = writer.state().pointer_of("variables");
  std::set<std::string> done;  // the keys that have their values
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Json* value = member_of(variables[i], "value");
    std::string written;
    if (value != nullptr && value->is_string()) written = value->get<std::string>();
    if (value != nullptr && !value->is_string() && !value->is_null()) written = value->dump();
    const auto variable = writer.values.assigned(text_of(variables[i], "key"));
    if (!variable) {
      writer.note(NoteKind::left_out, at(pointer, i), "a variable without a key is not set");
      continue;
    }
    const std::size_t before = writer.texts_before();
    const Expr expr = writer.text(written, at(at(pointer, i), "value"));
    if (writer.texts_before() != before && reads_any(written, done)) writer.split_off(before);
    if (expr.kind == Kind::number && written.find("{%") != std::string::npos && written != program::trim(written))
      writer.note(NoteKind::changed, at(at(pointer, i), "value"), "the space round the number is left out");
    done.insert(text_of(variables[i], "key"));
    writer.forget_texts();
    const Variable& known = writer.values.variables()[*variable];
    const bool number = known.kind == Kind::number;
    const std::string code = number && expr.constant ? *expr.constant : number ? as_number(expr) : as_text(expr);
    step.settings.push_back(line(fmt::format("{} = {}", known.name, code)));
    add(writer.known(), *variable);
  }
  step.arrow = true;
  step.arms.push_back(writer.outcome("", "next", false));
  return true;
}

}  // namespace flow::importing::studio
