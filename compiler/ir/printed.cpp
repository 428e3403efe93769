#include "compiler/ir/printed.h"

#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

#include "compiler/ir/words.h"
#include "runtime/program/functions.h"

namespace flow::ir {
namespace {

constexpr std::size_t kDigitsMax = 18;   // of what surely is an std::int64_t
constexpr std::size_t kDigits32Max = 9;  // of an std::uint32_t

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <typename Item>
void move_to(std::vector<Item>& from, std::vector<Item>& to) {
  to.assign(std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

template <std::size_t kSize>
inline bool PrintedReader::literal(const char (&text)[kSize]) {
  constexpr std::size_t kBytes = kSize - 1;  // known here, so that no call compares them
  if (end_ - at_ < static_cast<std::ptrdiff_t>(kBytes) || std::memcmp(at_, text, kBytes) != 0) return false;
  at_ += kBytes;
  return true;
}

inline bool PrintedReader::literal(char c) {
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

std::size_t PrintedReader::read(std::string_view text, Function& function) {
  at_ = text.data();
  end_ = at_ + text.size();
  function_ = &function;
  lines_ = 0;
  tails_.clear();
  blocks_.clear();
  if (!head()) return 0;
  while (!literal("  }\n"))
    if (!block()) return 0;
  ++lines_;
  move_to(blocks_, function.blocks);
  return static_cast<std::size_t>(at_ - text.data());
}

bool PrintedReader::head() {
  if (!literal("  function ") || !quoted(name_)) return false;
  function_->name = name_;
  if (literal(" registers ")) {
    const char* from = at_;
    while (at_ != end_ && (*at_ == 'i' || *at_ == 't')) ++at_;
    if (at_ == from) return false;
    function_->regs.reserve(static_cast<std::size_t>(at_ - from));
    for (; from != at_; ++from) function_->regs.push_back(*from == 't' ? RegType::text : RegType::integer);
  }
  return literal(" {") && line_end();
}

bool PrintedReader::block() {
  std::uint32_t number = 0;
  if (!literal("  ") || !block_reference(number) || number != blocks_.size() || !literal(':') || !line_end())
    return false;
  blocks_.emplace_back();
  insts_.clear();
  while (literal("    ")) {
    if (at_register()) {
      if (!instruction()) return false;
      continue;
    }
    const char* from = at_;
    if (const auto term = find_word<Term>(word())) {
      move_to(insts_, blocks_.back().insts);
      return terminator(*term) && line_end();
    }
    at_ = from;
    if (!instruction()) return false;
  }
  return false;
}

bool PrintedReader::instruction() {
  Inst& inst = insts_.emplace_back();
  const bool result = at_register();
  if (result && (!reg(inst.dst) || !literal(" = "))) return false;
  const OpInfo* op = find_op(word());
  if (op == nullptr || (op->dst != Operand::none) != result) return false;
  inst.op = op->op;
  return operands(*op, inst) && line_end();
}

bool PrintedReader::operands(const OpInfo& op, Inst& inst) {
  if (op.imm != Imm::none && op.imm != Imm::value && (!literal(' ') || !immediate(op.imm, inst.imm))) return false;
  if (op.a != Operand::none && (!literal(' ') || !reg(inst.a))) return false;
  if (op.b != Operand::none && (!literal(' ') || !reg(inst.b))) return false;
  if (op.imm == Imm::value && (!literal(' ') || !number(inst.imm))) return false;
  if (op.list && !list(inst.list)) return false;
  return op.imm != Imm::text || comment(inst.imm);
}

bool PrintedReader::list(std::vector<Reg>& regs) {
  if (!literal(" (")) return false;
  if (literal(')')) return true;
  regs_.clear();
  do {
    if (!reg(regs_.emplace_back())) return false;
  } while (literal(", "));
  regs.assign(regs_.begin(), regs_.end());
  return literal(')');
}

bool PrintedReader::immediate(Imm kind, std::int64_t& value) {
  std::uint32_t place = 0;
  switch (kind) {
    case Imm::field:
    case Imm::step:
      if (!named(kind == Imm::field ? names_.fields : names_.steps, place)) return false;
      value = place;
      return true;
    case Imm::function: {
      const auto found = program::find_function(declared_name());
      if (found) value = static_cast<std::int64_t>(*found);
      return found.has_value();
    }
    case Imm::timer: {
      const auto found = find_timer(word());
      value = found.value_or(0);
      return found.has_value();
    }
    default:
      return number(value);
  }
}

bool PrintedReader::terminator(Term kind) {
  Terminator& term = blocks_.back().term;
  term.kind = kind;
  switch (kind) {
    case Term::jump:
      return literal(' ') && block_reference(term.blocks.emplace_back());
    case Term::branch: {
      std::uint32_t then = 0;
      std::uint32_t otherwise = 0;
      const bool good = literal(' ') && reg(term.a) && literal(" ? ") && block_reference(then) && literal(" : ") &&
                        block_reference(otherwise);
      if (good) term.blocks = {then, otherwise};
      return good;
    }
    case Term::switch_:
      return cases(term);
    case Term::tail: {
      Tail& tail = tails_.emplace_back(blocks_.size() - 1, std::string_view(), lines_);
      return literal(' ') && quoted(tail.name);
    }
    case Term::finish:
      return finish(term);
    case Term::rest:
    case Term::ignore:
      return true;
  }
  return false;
}

bool PrintedReader::cases(Terminator& term) {
  cases_.clear();
  ways_.clear();
  if (!literal(' ') || !reg(term.a) || !literal(" { ")) return false;
  while (!literal("else: ")) {
    if (!number(cases_.emplace_back()) || !literal(": ") || !block_reference(ways_.emplace_back()) || !literal(", "))
      return false;
  }
  if (!block_reference(ways_.emplace_back()) || !literal(" }")) return false;
  term.cases.assign(cases_.begin(), cases_.end());
  term.blocks.assign(ways_.begin(), ways_.end());
  return true;
}

bool PrintedReader::finish(Terminator& term) {
  if (!literal(' ')) return false;
  const auto end = find_word<program::EndKind>(word());
  if (!end) return false;
  term.end = *end;
  if (literal(" outcome ")) {
    std::uint32_t outcome = 0;
    if (!named(names_.outcomes, outcome)) return false;
    term.outcome = static_cast<std::int32_t>(outcome);
  }
  return !literal(" reason ") || (number(term.reason) && comment(term.reason));
}

// ---- Pieces

bool PrintedReader::line_end() {
  ++lines_;
  return literal('\n');
}

// Of small letters and `_`.
std::string_view PrintedReader::word() {
  const char* from = at_;
  while (at_ != end_ && ((*at_ >= 'a' && *at_ <= 'z') || *at_ == '_')) ++at_;
  return {from, static_cast<std::size_t>(at_ - from)};
}

// Whatever stands there up to a blank: whether it is one, the index says.
std::string_view PrintedReader::declared_name() {
  const char* from = at_;
  while (at_ != end_ && *at_ != ' ' && *at_ != '\n') ++at_;
  return {from, static_cast<std::size_t>(at_ - from)};
}

bool PrintedReader::quoted(std::string_view& text) {
  if (!literal('"')) return false;
  const char* from = at_;
  while (at_ != end_ && stands_for_itself(*at_)) ++at_;
  text = {from, static_cast<std::size_t>(at_ - from)};
  return literal('"');
}

bool PrintedReader::number(std::int64_t& value) {
  const bool negative = literal('-');
  const char* from = at_;
  std::int64_t read = 0;
  while (at_ != end_ && is_digit(*at_) && at_ - from < static_cast<std::ptrdiff_t>(kDigitsMax))
    read = read * 10 + (*at_++ - '0');
  const auto digits = at_ - from;
  if (digits == 0 || (*from == '0' && (digits > 1 || negative)) || (at_ != end_ && is_digit(*at_))) return false;
  value = negative ? -read : read;
  return true;
}

bool PrintedReader::number(std::uint32_t& value) {
  const char* from = at_;
  std::uint32_t read = 0;
  while (at_ != end_ && is_digit(*at_) && at_ - from < static_cast<std::ptrdiff_t>(kDigits32Max))
    read = read * 10 + static_cast<std::uint32_t>(*at_++ - '0');
  const auto digits = at_ - from;
  if (digits == 0 || (*from == '0' && digits > 1) || (at_ != end_ && is_digit(*at_))) return false;
  value = read;
  return true;
}

// No word that begins a line has a digit behind its first letter.
bool PrintedReader::at_register() const {
  return end_ - at_ > 1 && (*at_ == 'i' || *at_ == 't') && is_digit(at_[1]);
}

bool PrintedReader::reg(Reg& number_of) {
  if (!at_register()) return false;
  const RegType type = *at_++ == 't' ? RegType::text : RegType::integer;
  return number(number_of) && number_of < function_->regs.size() && function_->regs[number_of] == type;
}

bool PrintedReader::block_reference(std::uint32_t& block) {
  return literal('b') && number(block);
}

bool PrintedReader::named(const NameIndex& index, std::uint32_t& place) {
  const auto found = index.find(declared_name());
  place = found.value_or(0);
  return found.has_value();
}

bool PrintedReader::comment(std::int64_t text) {
  const auto& texts = names_.flow.texts;
  if (text < 0 || static_cast<std::uint64_t>(text) >= texts.size()) return false;
  comment_.clear();
  put_comment(comment_, texts[static_cast<std::size_t>(text)]);
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(comment_)) return false;
  at_ += comment_.size();
  return true;
}

}  // namespace flow::ir
