#include <algorithm>
#include <span>

#include "compiler/interpret/code.h"
#include "compiler/ir/op_info.h"

namespace flow::interpret {
namespace {

using ir::Op;
using ir::Term;

constexpr std::int64_t kNearMax = 16;  // from the least case to the greatest

class Decoder {
 public:
  explicit Decoder(const ir::Flow& flow) : flow_(flow) {}

  Decoded decode() {
    for (const std::string& text : flow_.texts) out_.texts.push_back({text.data(), text.size()});
    for (const ir::SendSite& site : flow_.sends)
      out_.sends.push_back(
          {site.step, site.channel, site.template_index, site.content, site.ttl_ms, site.secret ? 1 : 0, 0});
    for (const ir::Choice& one : flow_.choices) choice(one);
    place_blocks();
    for (const ir::Function& function : flow_.functions) {
      function_ = static_cast<std::size_t>(&function - flow_.functions.data());
      out_.registers = std::max(out_.registers, function.regs.size());
      for (const ir::Block& block : function.blocks) {
        const std::size_t first = out_.code.size();
        for (const ir::Inst& inst : block.insts) instruction(inst);
        terminator(block.term);
        for (std::size_t i = first; i < out_.code.size(); ++i) join(std::span(out_.code).subspan(i));
      }
    }
    out_.start = place_of(flow_.start);
    out_.ended = place_of(flow_.ended);
    for (std::int32_t function : flow_.handle)
      out_.handle.push_back(function < 0 ? -1 : std::int64_t{place_of(static_cast<std::size_t>(function))});
    return std::move(out_);
  }

 private:
  void choice(const ir::Choice& choice) {
    std::vector<program::FlowText> texts;
    for (std::uint32_t text : choice.texts) texts.push_back(out_.texts[text]);
    program::TextChoice& of_texts = out_.texts_of_choices.emplace_back();
    program::RegionChoice& of_regions = out_.regions_of_choices.emplace_back();
    if (choice.regions.empty())
      of_texts = program::TextChoice(std::move(texts));
    else
      of_regions = program::RegionChoice(choice.regions);
    out_.text_choices.push_back(choice.regions.empty() ? of_texts.table() : FlowTextChoice{});
    out_.region_choices.push_back(choice.regions.empty() ? FlowRegionChoice{} : of_regions.table());
  }

  // Each instruction and each end of a block takes one place, so places are known beforehand.
  void place_blocks() {
    std::uint32_t next = 0;
    first_blocks_.reserve(flow_.functions.size());
    for (const ir::Function& function : flow_.functions) {
      first_blocks_.push_back(places_.size());
      for (const ir::Block& block : function.blocks) {
        places_.push_back(next);
        next += static_cast<std::uint32_t>(block.insts.size() + 1);
      }
    }
    out_.code.reserve(next);
  }

  std::uint32_t place(std::uint32_t block) const { return places_[first_blocks_[function_] + block]; }
  std::uint32_t place_of(std::size_t function) const { return places_[first_blocks_[function]]; }

  bool is_text_field(std::int64_t field) const {
    return program::is_text(flow_.info.fields[static_cast<std::size_t>(field)].type);
  }

  void instruction(const ir::Inst& inst) {
    Instruction& out = out_.code.emplace_back();
    out.code = number(inst.op);
    out.dst = inst.dst;
    out.a = inst.a;
    out.b = inst.b;
    out.imm = inst.imm;
    if (inst.op == Op::load && is_text_field(inst.imm)) out.code = number(Code::load_text);
    if (inst.op == Op::store && is_text_field(inst.imm)) out.code = number(Code::store_text);
    if (!ir::info(inst.op).list) return;
    out.a = static_cast<std::uint32_t>(out_.operands.size());
    out.b = static_cast<std::uint32_t>(inst.list.size());
    out_.operands.insert(out_.operands.end(), inst.list.begin(), inst.list.end());
    out_.operands_max = std::max(out_.operands_max, inst.list.size());
  }

  void terminator(const ir::Terminator& term) {
    Instruction& out = out_.code.emplace_back();
    switch (term.kind) {
      case Term::jump:
        out.code = number(Code::jump);
        out.a = place(term.blocks[0]);
        break;
      case Term::tail:
        out.code = number(Code::jump);
        out.a = place_of(term.function);
        break;
      case Term::branch:
        out.code = number(Code::branch);
        out.a = term.a;
        out.b = place(term.blocks[0]);
        out.dst = place(term.blocks[1]);
        break;
      case Term::switch_:
        out.a = term.a;
        out.imm = place(term.blocks.back());
        cases(term, out);
        break;
      case Term::rest:
        out.code = number(Code::rest);
        break;
      case Term::ignore:
        out.code = number(Code::ignore);
        break;
      case Term::finish:
        out.code = number(Code::finish);
        out.end = static_cast<std::uint8_t>(term.end);
        out.imm = term.outcome;
        out.a = term.reason;
        break;
    }
  }

  void cases(const ir::Terminator& term, Instruction& out) {
    const auto [least, most] = std::minmax_element(term.cases.begin(), term.cases.end());
    if (least != term.cases.end() && *least >= INT8_MIN && *most < INT8_MAX - kNearMax && *most - *least < kNearMax) {
      out.code = number(Code::switch_near);
      out.least = static_cast<std::int8_t>(*least);
      out.b = static_cast<std::uint32_t>(out_.near.size());
      out.dst = static_cast<std::uint32_t>(*most - *least + 1);
      out_.near.resize(out_.near.size() + out.dst, static_cast<std::uint32_t>(out.imm));
      for (std::size_t i = 0; i < term.cases.size(); ++i)
        out_.near[out.b + static_cast<std::size_t>(term.cases[i] - *least)] = place(term.blocks[i]);
      return;
    }
    out.code = number(Code::switch_);
    out.b = static_cast<std::uint32_t>(out_.cases.size());
    out.dst = static_cast<std::uint32_t>(term.cases.size());
    for (std::size_t i = 0; i < term.cases.size(); ++i) out_.cases.push_back({term.cases[i], place(term.blocks[i])});
    std::sort(out_.cases.begin() + out.b, out_.cases.end(),
              [](const Case& a, const Case& b) { return a.value < b.value; });
  }

  // The first instruction with what follows it in its block, when there is one for all of them. Each still writes its
  // register: nobody needs to know who reads it.
  static void join(std::span<Instruction> code) {
    if (code.size() < 2 || code[1].a != code[0].dst) return join_arm(code);
    const bool branch = code[1].code == number(Code::branch);
    const bool near = code[1].code == number(Code::switch_near);
    if (branch && code[0].code == number(Op::bit_test)) code[0].code = number(Code::bit_test_branch);
    if (branch && code[0].code == number(Op::receipt)) code[0].code = number(Code::receipt_branch);
    if (branch && code[0].code == number(Op::may_send)) code[0].code = number(Code::may_send_branch);
    if (near && code[0].code == number(Op::event_kind)) code[0].code = number(Code::event_kind_switch);
    if (near && code[0].code == number(Op::timer_take)) code[0].code = number(Code::timer_take_switch);
  }

  static void join_arm(std::span<Instruction> code) {
    if (code.size() > 2 && code[0].code == number(Op::const_int) && code[1].code == number(Op::number_add) &&
        code[1].b == code[0].dst && code[2].code == number(Op::arm) && code[2].a == code[1].dst)
      code[0].code = number(Code::arm_in);
  }

  const ir::Flow& flow_;
  Decoded out_;
  std::vector<std::uint32_t> places_;      // of all blocks, function after function
  std::vector<std::size_t> first_blocks_;  // by function: the place of its first block in places_
  std::size_t function_ = 0;
};

}  // namespace

Decoded decode(const ir::Flow& flow) {
  return Decoder(flow).decode();
}

}  // namespace flow::interpret
