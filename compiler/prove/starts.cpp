#include "compiler/prove/starts.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "runtime/program/escape.h"
#include "runtime/program/money.h"

namespace flow::prove {
namespace {

using check::Expr;
using check::ExprKind;
using check::ValueType;

// ISO 3166-1 regions that have phone numbers: where a stand-in for "any other region" is taken from.
constexpr std::string_view kRegions =
    "US GB DE FR BR IN JP AU ZA EG NG MX CA IT ES ID PH MY SG TH VN KR CN TR SA AE PK BD RU UA PL NL BE SE NO DK FI PT "
    "GR CZ HU RO AT CH IE IL AR CL CO PE VE KE GH TZ UG ET MA DZ TN NZ HK TW MM KH LA LK NP AF IQ IR JO KW LB OM QA SY "
    "YE AM AZ GE KZ KG TJ TM UZ MN BG HR RS SK SI EE LV LT BY MD AL MK BA ME IS LU MT CY AO BJ BW BF BI CM CV CF TD KM "
    "CG CD CI DJ GQ ER GA GM GN GW LS LR LY MG MW ML MR MU MZ NA NE RW ST SN SC SL SO SS SD SZ TG ZM ZW BO CR CU DO EC "
    "GT HN HT JM NI PA PY SV TT UY BN BT FJ MV PG TL WS TO VU";

using Expressions = std::vector<const Expr*>;

void add_all(const Expr& expr, Expressions& out) {
  out.push_back(&expr);
  for (const Expr& child : expr.children) add_all(child, out);
}

// Every expression that can decide where the flow goes.
Expressions deciding(const check::Flow& flow) {
  Expressions result;
  if (flow.trigger && flow.trigger->when) add_all(*flow.trigger->when, result);
  for (const auto& [variable, value] : flow.lets) add_all(value, result);
  for (const check::Step& step : flow.steps) {
    if (const auto* branch = std::get_if<check::Branch>(&step.body)) {
      if (branch->first) add_all(branch->first->value, result);
      for (const check::Branch::Arm& arm : branch->arms) add_all(arm.condition, result);
    } else if (const auto* set = std::get_if<check::Set>(&step.body)) {
      for (const check::Set::Assignment& assignment : set->assignments) add_all(assignment.value, result);
    } else if (const auto* recognize = std::get_if<check::RecognizeRegion>(&step.body)) {
      add_all(recognize->number, result);
    } else if (const auto* code = std::get_if<check::RecognizeCallingCode>(&step.body)) {
      add_all(code->number, result);
    } else if (const auto* random = std::get_if<check::Random>(&step.body); random != nullptr && !random->draws) {
      add_all(random->key, result);
    } else if (const auto* wait = std::get_if<check::Wait>(&step.body); wait != nullptr && wait->until) {
      add_all(*wait->until, result);
    }
  }
  return result;
}

std::int64_t scalar(std::string_view letters) {
  return check::region_scalar(letters[0], letters[1]);
}

// By the flow, and with `priced` by the prices.
std::set<std::int64_t> named_regions(const check::Workspace& workspace, const check::Flow& flow, bool priced) {
  std::set<std::int64_t> result;
  if (priced) {
    for (const check::Price& price : workspace.prices)
      for (const auto& [region, amount] : price.regions) result.insert(scalar(region));
  }
  for (const Expr* expr : deciding(flow)) {
    if (expr->kind == ExprKind::constant && expr->type.kind == ValueType::region) result.insert(expr->scalar);
  }
  for (const check::Step& step : flow.steps) {
    if (const auto* body = std::get_if<check::RecognizeCallingCode>(&step.body)) {
      for (const auto& arm : body->arms)
        for (const auto& code : arm.codes)
          for (const std::string& region : code.regions) result.insert(scalar(region));
    }
    const auto* recognize = std::get_if<check::RecognizeRegion>(&step.body);
    if (recognize == nullptr) continue;
    for (const check::RecognizeRegion::Arm& arm : recognize->arms) {
      for (const std::string& region : arm.regions) result.insert(scalar(region));
    }
  }
  return result;
}

// A region that the flow does not name and that is, or is not, allowed; 0 when there is none.
std::int64_t stand_in(const check::Workspace& workspace, const std::set<std::int64_t>& named, bool allowed) {
  std::set<std::int64_t> open;
  for (const std::string& region : workspace.allowed_regions) open.insert(scalar(region));
  for (std::size_t i = 0; i + 1 < kRegions.size(); i += 3) {
    const std::int64_t region = scalar(kRegions.substr(i, 2));
    const bool is_open = workspace.all_regions || open.contains(region);
    if (is_open == allowed && !named.contains(region)) return region;
  }
  for (const std::int64_t region : open) {
    if (allowed && !named.contains(region)) return region;
  }
  return 0;
}

std::vector<Value> region_classes(const check::Workspace& workspace, const check::Flow& flow, bool optional,
                                  bool priced) {
  const std::set<std::int64_t> named = named_regions(workspace, flow, priced);
  std::vector<Value> result;
  for (const std::int64_t region : named) result.push_back(Value::known(region));
  for (const bool allowed : {true, false}) {
    const std::int64_t region = stand_in(workspace, named, allowed);
    if (region != 0) result.push_back({Value::State::present, true, region, {}});
  }
  // Where nothing tells regions apart, one number stands for all.
  const bool tells = !workspace.all_regions || std::any_of(flow.steps.begin(), flow.steps.end(), [](const auto& step) {
    return std::holds_alternative<check::RecognizeRegion>(step.body);
  });
  if (tells) result.push_back(Value::known(std::int64_t{0}));
  if (optional) result.push_back(Value::none());
  return result;
}

bool fits(const check::Type& type, const std::string& text) {
  if (!type.choices.empty()) return std::count(type.choices.begin(), type.choices.end(), text) > 0;
  const auto tail = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  const auto characters = text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), tail));
  return characters >= type.chars_min && (type.chars_max == 0 || characters <= type.chars_max);
}

// The JSON of a value of no special meaning.
std::string plain_json(const check::Type& type) {
  switch (type.kind) {
    case ValueType::number:
      return "1";
    case ValueType::boolean:
      return "false";
    case ValueType::duration:
      return "\"1m\"";
    case ValueType::region:
      return "\"US\"";
    case ValueType::phone:
      return "\"+14155550100\"";
    case ValueType::date:
      return "\"2026-12-25\"";
    case ValueType::time:
      return "\"09:00\"";
    case ValueType::datetime:
      return "\"2026-12-25T09:00:00.000Z\"";
    case ValueType::money:
      return '"' + program::money_text(limits::kNumberScale, type.currency) + '"';
    case ValueType::language:
      return "\"en\"";
    case ValueType::email:
      return "\"a@mail.example\"";
    case ValueType::url:
      return "\"https://shop.example/\"";
    case ValueType::zone:
      return "\"UTC\"";
    default:
      break;
  }
  std::string text = "\"";
  program::append_json_escaped(
      text, type.choices.empty() ? std::string(std::max<std::size_t>(type.chars_min, 1), '7') : type.choices.front());
  return text + '"';
}

std::string plain_record(const check::Type& type) {
  std::string json;
  for (std::size_t i = 0; i < type.parts.size(); ++i)
    json += (i == 0 ? "{\"" : ",\"") + type.names[i] +
            "\":" + (type.parts[i].optional ? std::string("null") : plain_json(type.parts[i]));
  return json + "}";
}

// A value of the type, of no special meaning.
Value plain_value(const check::Type& type) {
  if (!type.choices.empty()) return Value::known(type.choices.front());
  switch (type.kind) {
    case ValueType::text:
      return Value::known(std::string(std::max<std::size_t>(type.chars_min, 1), '7'));
    case ValueType::language:
      return Value::known(std::string("en"));
    case ValueType::region:
      return Value::known(scalar("US"));
    case ValueType::phone:
      return Value::known(scalar("US"));
    case ValueType::number:
      return Value::known(limits::kNumberScale);
    case ValueType::duration:
      return Value::known(std::int64_t{60'000});
    case ValueType::date:
      return Value::known(std::int64_t{20'000});
    case ValueType::time:
      return Value::known(std::int64_t{9 * 3'600'000});
    case ValueType::datetime:
      return Value::known(std::int64_t{1'800'000'000'000});
    case ValueType::money:
      return Value::known(limits::kNumberScale);
    case ValueType::email:
      return Value::known(std::string("a@mail.example"));
    case ValueType::url:
      return Value::known(std::string("https://shop.example/"));
    case ValueType::zone:
      return Value::known(std::string("UTC"));
    case ValueType::json:
      return Value::known(std::string("{}"));
    case ValueType::list:
      return Value::known(std::string("[]"));
    case ValueType::record:
      return Value::known(plain_record(type));
    case ValueType::boolean:
      break;
  }
  return Value::known(std::int64_t{0});
}

// The values of one input at which some condition may turn, the plain one first; of more than a search could try, the
// first ones.
std::vector<Value> turning_values(const check::Workspace& workspace, const check::Flow& flow,
                                  const check::Variable& variable, const Expressions& expressions, bool priced) {
  const check::Type& type = variable.type;
  if (type.kind == ValueType::phone) return region_classes(workspace, flow, type.optional, priced);
  std::vector<Value> result = {plain_value(type)};
  const auto add = [&](Value value) {
    if (result.size() == limits::kProofInputsMax) return;
    if (std::find(result.begin(), result.end(), value) == result.end()) result.push_back(std::move(value));
  };
  for (const std::string& choice : type.choices) add(Value::known(choice));
  for (const Expr* expr : expressions) {
    if (expr->kind != ExprKind::constant || expr->type.kind != type.kind) continue;
    if (program::is_text(type.kind)) {
      if (fits(type, expr->text)) add(Value::known(expr->text));
      continue;
    }
    add(Value::known(expr->scalar));
    if (type.kind == ValueType::boolean || type.kind == ValueType::region) continue;
    if (type.kind == ValueType::time) continue;  // may be the last of the day
    const bool decimal = type.kind == ValueType::number || type.kind == ValueType::money;
    const std::int64_t step = decimal ? limits::kNumberScale : 1;
    if (expr->scalar < limits::kNumberUnitsMax - step) add(Value::known(expr->scalar + step));
    if (expr->scalar > step - limits::kNumberUnitsMax) add(Value::known(expr->scalar - step));
  }
  if (type.kind == ValueType::boolean) add(Value::known(std::int64_t{1}));
  if (type.optional) add(Value::none());
  return result;
}

bool is_read(check::VariableId id, const Expressions& expressions) {
  return std::any_of(expressions.begin(), expressions.end(),
                     [&](const Expr* expr) { return expr->kind == ExprKind::variable && expr->variable == id; });
}

void evaluate_lets(const check::Flow& flow, Valuation& values) {
  for (const auto& [variable, expr] : flow.lets) values[check::index(variable)] = evaluate(expr, values);
}

// What the flow's variables are before anything is known: all but inputs are absent.
Valuation blank(const check::Flow& flow) {
  Valuation values(flow.variables.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (flow.variables[i].role != program::FieldRole::input) values[i] = Value::none();
  }
  return values;
}

// Whether such a start begins at all; nothing when it cannot be told.
std::optional<bool> begins(const check::Flow& flow, const Valuation& start) {
  if (!flow.trigger || !flow.trigger->when) return true;
  return truth(evaluate(*flow.trigger->when, start));
}

// Replaces each of `starts` by one for each value of the variable.
void multiply(std::vector<Valuation>& starts, std::size_t variable, const std::vector<Value>& values) {
  std::vector<Valuation> result;
  result.reserve(starts.size() * values.size());
  for (const Valuation& start : starts) {
    for (const Value& value : values) {
      result.push_back(start);
      result.back()[variable] = value;
    }
  }
  starts = std::move(result);
}

}  // namespace

std::vector<Valuation> abstract_starts(const check::Workspace& workspace, const check::Flow& flow, bool priced) {
  std::vector<Valuation> starts = {blank(flow)};
  for (std::size_t i = 0; i < flow.variables.size(); ++i) {
    const check::Variable& variable = flow.variables[i];
    if (variable.role != program::FieldRole::input || variable.type.kind != ValueType::phone) continue;
    const std::vector<Value> classes = region_classes(workspace, flow, variable.type.optional, priced);
    if (starts.size() * classes.size() <= kStartsMax) multiply(starts, i, classes);
  }
  std::erase_if(starts, [&](const Valuation& start) { return begins(flow, start) == false; });
  for (Valuation& start : starts) evaluate_lets(flow, start);
  return starts;
}

std::vector<Valuation> concrete_starts(const check::Workspace& workspace, const check::Flow& flow, bool priced) {
  const Expressions expressions = deciding(flow);
  std::vector<Valuation> starts = {blank(flow)};
  for (std::size_t i = 0; i < flow.variables.size(); ++i) {
    const check::Variable& variable = flow.variables[i];
    if (variable.role != program::FieldRole::input) continue;
    const check::VariableId id{static_cast<std::uint32_t>(i)};
    std::vector<Value> values = {plain_value(variable.type)};
    if (is_read(id, expressions) || variable.type.kind == ValueType::phone) {
      values = turning_values(workspace, flow, variable, expressions, priced);
    }
    const std::size_t room = std::max<std::size_t>(1, limits::kProofInputsMax / starts.size());
    if (values.size() > room) values.resize(room);
    multiply(starts, i, values);
  }
  std::erase_if(starts, [&](const Valuation& start) { return begins(flow, start) != true; });
  for (Valuation& start : starts) evaluate_lets(flow, start);
  return starts;
}

Valuation completed(const check::Flow& flow, Valuation start) {
  for (std::size_t i = 0; i < start.size(); ++i) {
    const check::Variable& variable = flow.variables[i];
    if (variable.role != program::FieldRole::input || !start[i].is_unknown()) continue;
    start[i] = plain_value(variable.type);
    // What a message says to start the flow.
    if (!flow.trigger || !flow.trigger->when || variable.type.kind != ValueType::text) continue;
    Expressions parts;
    add_all(*flow.trigger->when, parts);
    for (const Expr* part : parts) {
      if (begins(flow, start) == true) break;
      if (part->kind == ExprKind::constant && part->type.kind == ValueType::text) start[i] = Value::known(part->text);
    }
  }
  evaluate_lets(flow, start);
  return start;
}

}  // namespace flow::prove
