#include "compiler/ir/known.h"

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/ir/op_info.h"
#include "runtime/program/functions.h"
#include "runtime/program/text.h"

namespace flow::ir {
namespace {

constexpr std::size_t kApartMax = 256;

// What a part of a message to a kind of phone number costs, by its region.
std::int64_t amount(const Price& price, std::int64_t region) {
  const auto same = [&](const auto& one) { return program::parse_region(one.first).value_or(0) == region; };
  const auto found = std::ranges::find_if(price.regions, same);
  return found == price.regions.end() ? price.otherwise : found->second;
}

// What stands for integers in Known::each.
constexpr std::int64_t kAny = INT64_MIN;
constexpr std::int64_t kOpen = INT64_MIN + 1;    // a region that the IR does not name and that is allowed,
constexpr std::int64_t kClosed = INT64_MIN + 2;  // that is not
constexpr std::int64_t kOther = INT64_MIN + 3;   // a calling code that it does not name

}  // namespace

Known known(Known::State state, std::int64_t scalar, std::int64_t most) {
  return {state, {scalar, {}}, most, {}};
}

Known constant(std::int64_t scalar) {
  return known(Known::constant, scalar);
}

bool calls_flow(const Flow& flow, const Inst& inst) {
  return inst.op == Op::request &&
         flow.info.operations[static_cast<std::size_t>(inst.imm)].kind == program::OperationKind::flow;
}

std::int64_t later(std::int64_t instant, std::int64_t ms) {
  return ms > 0 && instant >= program::kNever - ms ? program::kNever : instant + ms;
}

Knowledge::Knowledge(const Flow& flow, const Numbers& numbers) : flow_(flow) {
  for (const Function& function : flow.functions) {
    for (const Block& block : function.blocks) {
      named_.insert(block.term.cases.begin(), block.term.cases.end());
      for (const Inst& inst : block.insts)
        if (inst.op == Op::const_int) named_.insert(inst.imm);
    }
  }
  for (const Price& price : flow.prices)
    for (const auto& [region, amount] : price.regions) named_.insert(program::parse_region(region).value_or(0));
  std::set<std::pair<std::int64_t, std::int64_t>> kinds;
  for (const auto& [region, code] : numbers) {
    const auto open = fold(flow, {.op = Op::region_allowed, .list = {}}, {{region, {}}});
    const std::int64_t scalar = code * limits::kNumberScale;
    kinds.emplace(named_.contains(region) ? region
                  : open->scalar != 0     ? kOpen
                                          : kClosed,
                  named_.contains(scalar) ? scalar : kOther);
  }
  kinds_ = {{kAny, kAny}, {0, kAny}};  // absent; of no region
  kinds_.insert(kinds_.end(), kinds.begin(), kinds.end());
}

void Knowledge::begin(Knowns& fields, Knowns& kinds) {
  for (const program::FieldInfo& field : flow_.info.fields) {
    const bool input = field.role == program::FieldRole::input;
    Known value = known(!input ? Known::absent : field.optional ? Known::unknown : Known::some);
    Known may_be;
    if (input && field.type == program::ValueType::phone) {
      value = known(Known::phone, static_cast<std::int64_t>(fields.size()));
      may_be = known(Known::kinds);
      may_be.each.assign(kinds_.size(), 1);
      may_be.each[0] = field.optional ? 1 : 0;
    }
    fields.push_back(one(value));
    kinds.push_back(one(may_be));
  }
}

std::vector<Knowns> Knowledge::apart(const Knowns& kinds, bool asked) {
  std::vector<Knowns> result = {kinds};
  for (std::size_t field = 0; asked && field < kinds.size(); ++field) {
    std::map<std::vector<std::int64_t>, Known> groups;  // by what each price is
    for (std::size_t i = 0; i < kinds[field]->each.size(); ++i) {
      if (kinds[field]->each[i] == 0) continue;
      std::vector<std::int64_t> amounts;
      for (const Price& price : flow_.prices) amounts.push_back(amount(price, kinds_[i].first));
      Known& group = groups.try_emplace(std::move(amounts), known(Known::kinds)).first->second;
      group.each.resize(kinds_.size());
      group.each[i] = 1;
    }
    if (groups.size() < 2 || groups.size() * result.size() > kApartMax) continue;
    std::vector<Knowns> more;
    for (const Knowns& each : result)
      for (const auto& [amounts, group] : groups) {
        more.push_back(each);
        more.back()[field] = one(group);
      }
    result = std::move(more);
  }
  return result;
}

std::int64_t Knowledge::dearest(const SendSite& site, const Known& to, const Knowns& kinds,
                                std::int64_t unknown) const {
  if (site.price < 0) return unknown;
  const Price& price = flow_.prices[static_cast<std::size_t>(site.price)];
  std::int64_t most = 0;
  if (to.state == Known::phone) {
    const Known& may_be = *kinds[static_cast<std::size_t>(to.is.scalar)];
    for (std::size_t i = 0; i < kinds_.size(); ++i)
      if (may_be.each[i] != 0) most = std::max(most, amount(price, kinds_[i].first));
    return site.parts * most;
  }
  most = price.otherwise;
  for (const auto& [region, amount] : price.regions) most = std::max(most, amount);
  return site.parts * most;
}

const Known* Knowledge::result(const Inst& inst, const Knowns& regs, const Known& about) {
  Knowns operands;
  if (inst.a != kNoReg) operands.push_back(regs[inst.a]);
  if (inst.b != kNoReg) operands.push_back(regs[inst.b]);
  for (const Reg reg : inst.list) operands.push_back(regs[reg]);
  if (inst.op != Op::call) return one(found(inst, operands, about));
  // A pattern takes its time.
  const Known*& called = calls_[{inst.imm, operands}];
  if (called == nullptr) called = one(found(inst, operands, about));
  return called;
}

bool Knowledge::change(const Inst& inst, const Knowns& regs, Knowns& fields) {
  const auto place = static_cast<std::size_t>(inst.imm);
  switch (inst.op) {
    case Op::store: {
      const Known& value = *regs[inst.a];
      const bool itself = value.state == Known::phone && value.is.scalar == inst.imm;
      const bool vague = value.state == Known::unknown || value.state == Known::maybe || value.state == Known::absent;
      const bool told = !vague && !itself;
      fields[place] = told ? regs[inst.a] : one(known(Known::some));
      return true;
    }
    case Op::clear:
      fields[place] = one(known(Known::absent));
      return true;
    case Op::take_value:
      fields[place] = one({});
      return true;
    case Op::take_values:
      for (const program::OperationRead& read : flow_.info.operations[place].reads) fields[read.field] = one({});
      return true;
    case Op::forget:
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (flow_.info.fields[i].role == program::FieldRole::variable) fields[i] = one(known(Known::absent));
      return true;
    default:
      return false;
  }
}

Known Knowledge::found(const Inst& inst, const Knowns& operands, const Known& about) const {
  const Known& a = operands.empty() ? about : *operands[0];
  switch (inst.op) {
    case Op::load:
      return about.state == Known::absent || about.state == Known::some ? Known{} : about;
    case Op::present:
      if (about.state == Known::unknown) return {};
      if (about.state == Known::phone && about.is.scalar == inst.imm)
        return derive(about, [](std::size_t i) { return i == 0 ? 0 : 1; });
      return constant(about.state == Known::absent ? 0 : 1);
    case Op::int_given:
    case Op::text_given:
      if (a.state == Known::absent || a.state == Known::constant) return constant(a.state == Known::constant ? 1 : 0);
      break;
    case Op::event_kind:
    case Op::event_signal:
      return about;
    case Op::event_at:
      return known(Known::instant);
    case Op::region_of:
      return a.state == Known::phone ? derive(a, [&](std::size_t i) { return kinds_[i].first; }) : Known{};
    case Op::calling_code_of:
      return a.state == Known::phone ? derive(a, [&](std::size_t i) { return kinds_[i].second; }) : Known{};
    case Op::number_add:
      if (a.state == Known::instant && operands[1]->state == Known::constant)
        return known(Known::instant, later(a.is.scalar, operands[1]->is.scalar), later(a.most, operands[1]->is.scalar));
      break;
    case Op::call:
      if (inst.imm == static_cast<std::int64_t>(program::FunctionId::next_time) && a.state == Known::instant &&
          operands[3]->state == Known::constant)
        return known(Known::instant, a.is.scalar, later(a.most, std::max<std::int64_t>(operands[3]->is.scalar, 0)));
      break;
    default:
      break;
  }
  return folded(inst, operands);
}

bool Knowledge::leads(const Terminator& term, std::size_t way, const Known& value, Knowns& kinds) {
  const auto goes = [&](std::int64_t scalar) {
    const auto place = std::ranges::find(term.cases, scalar) - term.cases.begin();
    return way == (term.kind == Term::branch ? (scalar != 0 ? 0U : 1U) : static_cast<std::size_t>(place));
  };
  if (value.state == Known::constant) return goes(value.is.scalar);
  if (value.state != Known::derived) return true;
  const Known*& may_be = kinds[static_cast<std::size_t>(value.is.scalar)];
  Known left = *may_be;
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    if (value.each[i] != kAny && !goes(value.each[i])) left.each[i] = 0;
  may_be = one(left);
  return std::ranges::count(left.each, 1) > 0;
}

// The value that `tell` gives for each kind of number in the input behind `from`.
template <typename Tell>
Known Knowledge::derive(const Known& from, const Tell& tell) const {
  Known result = known(Known::derived, from.is.scalar);
  for (std::size_t i = 0; i < kinds_.size(); ++i) result.each.push_back(tell(i));
  return result;
}

// Of constants; of what is derived from one number, for each kind.
Known Knowledge::folded(const Inst& inst, const Knowns& operands) const {
  const Known* number = nullptr;
  bool named = true;  // every constant among them is one of the IR
  std::vector<Constant> constants;
  for (const Known* operand : operands) {
    constants.push_back(operand->is);
    if (operand->state == Known::constant) named = named && named_.contains(operand->is.scalar);
    if (operand->state == Known::constant) continue;
    if (operand->state != Known::derived || number != nullptr) return {};
    number = operand;
  }
  const auto told = number == nullptr ? fold(flow_, inst, constants) : std::nullopt;
  if (told) return {Known::constant, *told, 0, {}};
  if (number == nullptr) return gives_nothing(inst, constants) ? known(Known::absent) : Known{};
  if (info(inst.op).dst != Operand::integer) return {};
  return derive(*number, [&](std::size_t i) {
    const std::int64_t scalar = number->each[i];
    if (inst.op == Op::region_allowed && (scalar == kOpen || scalar == kClosed)) return std::int64_t{scalar == kOpen};
    // What the IR does not name differs from each constant that it does.
    const bool equal = named && (inst.op == Op::int_equal || inst.op == Op::int_not_equal);
    if (scalar == kAny || (scalar <= kOther && !equal)) return kAny;
    for (std::size_t at = 0; at < operands.size(); ++at)
      if (operands[at] == number) constants[at].scalar = scalar;
    const auto one = fold(flow_, inst, constants);
    return one ? one->scalar : kAny;
  });
}

}  // namespace flow::ir
