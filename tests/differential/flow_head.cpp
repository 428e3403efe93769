#include "tests/differential/flow_head.h"

#include <algorithm>
#include <utility>

#include "tests/differential/lists.h"
#include "tests/differential/values.h"

namespace flow::generate {

using check::ValueType;
using program::FieldRole;

std::int64_t FlowHead::some_ms() {
  static const std::vector<std::int64_t> all = {500, 1000, 5000, 10'000, 30'000, 60'000, 90'000, 600'000, 3'600'000};
  const std::int64_t ms = random_.pick(all);
  return options_.as_written ? std::max<std::int64_t>(ms, 1000) : ms;  // from 1s in arms
}

void FlowHead::header() {
  flow_.title = "Generated";
  flow_.purpose = random_.chance(50) || options_.as_written ? "authentication" : "transaction";
  flow_.expires_ms = random_.chance(85) ? 86'400'000 : some_ms();
  for (std::size_t i = random_.below(3); i > 0; --i) flow_.outcomes.push_back("outcome_" + std::to_string(i));
}

check::VariableId FlowHead::add_variable(FieldRole role, ValueType kind, bool optional, bool secret) {
  check::Variable variable;
  variable.name = "v" + std::to_string(flow_.variables.size());
  variable.role = role;
  variable.type.kind = kind;
  variable.type.optional = optional;
  variable.type.secret = secret;
  variable.type.personal = kind == ValueType::phone || kind == ValueType::email;
  variable.type.currency = kind == ValueType::money ? kCurrency : 0;
  flow_.variables.push_back(std::move(variable));
  return static_cast<check::VariableId>(flow_.variables.size() - 1);
}

// As written, JSON is made by flows alone.
ValueType FlowHead::any_kind() {
  return static_cast<ValueType>(random_.below(program::kPlainTypeCount - (options_.as_written ? 1 : 0)));
}

ValueType FlowHead::made_kind() {
  static const std::vector<ValueType> plain = {ValueType::text,     ValueType::number, ValueType::boolean,
                                               ValueType::duration, ValueType::date,   ValueType::time,
                                               ValueType::datetime, ValueType::money};
  return options_.as_written ? random_.pick(plain) : any_kind();
}

void FlowHead::variables() {
  add_variable(FieldRole::input, ValueType::phone, false, false);
  certain_ = bit(0);
  for (std::size_t i = random_.below(6); i > 0; --i) {
    // JSON comes from nowhere outside.
    const auto kind = static_cast<ValueType>(random_.below(program::kPlainTypeCount - 1));
    const bool optional = random_.chance(40);
    const auto id = add_variable(FieldRole::input, kind, optional, kind == ValueType::text && random_.chance(30));
    if (!optional) certain_ |= bit(check::index(id));
  }
  if (options_.lists && random_.chance(30)) {
    const bool optional = random_.chance(40);
    const auto id = add_variable(FieldRole::input, ValueType::list, optional, false);
    check::Type& type = flow_.variables.back().type;
    type = random_.chance(75) ? some_list(random_) : some_record();
    type.optional = optional;
    if (!optional) certain_ |= bit(check::index(id));
  }
  zone_and_language();
  for (std::size_t i = random_.below(4); i > 0; --i) {
    const Wanted wanted{made_kind(), random_.chance(30), random_.chance(30)};
    check::Expr value = expression(random_, options_, scope(certain_), wanted);
    const auto id = add_variable(FieldRole::let, wanted.kind, value.type.optional, value.type.secret);
    if (!value.type.optional) certain_ |= bit(check::index(id));
    flow_.lets.emplace_back(id, std::move(value));
  }
  first_plain_ = flow_.variables.size();
  add_variable(FieldRole::variable, ValueType::region, true, false);
  for (std::size_t i = 1 + random_.below(5); i > 0; --i) {
    const ValueType kind = made_kind();
    add_variable(FieldRole::variable, kind, true, random_.chance(15) && !options_.as_written);
  }
  if (options_.lists && !options_.as_written && random_.chance(30)) {
    add_variable(FieldRole::variable, ValueType::list, true, false);
    flow_.variables.back().type = random_.chance(50) ? some_list(random_) : some_record();
    flow_.variables.back().type.optional = true;
  }
  plain_end_ = flow_.variables.size();
  if (random_.chance(40)) {
    flow_.now = add_variable(FieldRole::let, ValueType::datetime, false, false);
    flow_.variables.back().name = "clock.now";
    readable_ &= ~bit(flow_.variables.size() - 1);
  }
  if (random_.chance(50)) {
    flow_.seed = add_variable(FieldRole::let, ValueType::number, false, false);
    flow_.variables.back().name = "random.seed";
    readable_ &= ~bit(flow_.variables.size() - 1);
  }
}

void FlowHead::zone_and_language() {
  check::Expr zone;
  zone.kind = check::ExprKind::constant;
  zone.type.kind = ValueType::zone;
  zone.text = random_value(random_, ValueType::zone, options_).text;
  for (std::size_t id = 0; id < flow_.variables.size(); ++id) {
    const check::Variable& variable = flow_.variables[id];
    if (variable.type.kind != ValueType::zone || variable.type.optional) continue;
    zone.kind = check::ExprKind::variable;
    zone.text = variable.name;
    zone.variable = static_cast<check::VariableId>(id);
  }
  flow_.zone = zone;
  language_.kind = check::ExprKind::constant;
  language_.type.kind = ValueType::language;
  language_.text = workspace_.languages.front();
  if (random_.chance(50)) return;
  flow_.language = expression(random_, options_, scope(certain_), {ValueType::language, true, false});
  if (flow_.language->kind == check::ExprKind::constant) {
    language_ = *flow_.language;
    return;
  }
  check::Expr either;
  either.kind = check::ExprKind::coalesce;
  either.type.kind = ValueType::language;
  either.children.push_back(*flow_.language);
  either.children.push_back(language_);
  language_ = std::move(either);
}

Scope FlowHead::scope(std::uint64_t certain) const {
  return {&flow_.variables, flow_.variables.size(), certain, readable_, flow_.zone ? &*flow_.zone : nullptr,
          &language_};
}

std::optional<check::VariableId> FlowHead::some_variable(ValueType kind) {
  std::vector<check::VariableId> all;
  for (std::size_t id = first_plain_; id < plain_end_; ++id)
    if (flow_.variables[id].type.kind == kind) all.push_back(static_cast<check::VariableId>(id));
  if (all.empty()) return std::nullopt;
  return random_.pick(all);
}

check::Target FlowHead::end() {
  check::Target target;
  target.kind = check::Target::Kind::end;
  if (random_.chance(30)) {
    target.kind = check::Target::Kind::end_failed;
    target.reason = random_.chance(50) ? "no channel reached the user" : "spent";
  } else if (!flow_.outcomes.empty() && random_.chance(40)) {
    target.kind = check::Target::Kind::end_outcome;
    target.outcome = static_cast<std::uint32_t>(random_.below(flow_.outcomes.size()));
  }
  return target;
}

}  // namespace flow::generate
