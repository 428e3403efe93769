// Functions as print() writes them, and in no other way: nearly all of a bundle's IR is that, and reading it so takes a
// third of the time, and need not be printed again to know. Private to compiler/ir.
//
// What this reads is print() read backwards, piece by piece: a number without leading zeros, a name as it was declared,
// a comment with the text that it is about. So print() writes what was read as it stood there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ir/name_index.h"
#include "compiler/ir/op_info.h"

namespace flow::ir {

class PrintedReader {
 public:
  // What the code of a function may name, as far as it is declared; looked at while reading.
  struct Names {
    const Flow& flow;  // its texts
    const NameIndex& fields;
    const NameIndex& steps;
    const NameIndex& outcomes;
  };
  // A tail call: the number of its block, and whom it calls.
  struct Tail {
    std::size_t block;
    std::string_view name;
    std::uint32_t line;  // counted from the function's own, which is 0
  };

  explicit PrintedReader(const Names& names) : names_(names) {}

  // Reads the function that `text` begins with into an empty one: its bytes. 0: it is not written so, and `function`
  // has anything in it.
  std::size_t read(std::string_view text, Function& function);

  // Of the function that was read last. Views of `text`.
  std::string_view name() const { return name_; }
  const std::vector<Tail>& tails() const { return tails_; }
  std::uint32_t lines() const { return lines_; }

 private:
  bool head();
  bool block();
  bool instruction();
  bool operands(const OpInfo& op, Inst& inst);
  bool list(std::vector<Reg>& regs);
  bool immediate(Imm kind, std::int64_t& value);
  bool terminator(Term kind);
  bool cases(Terminator& term);
  bool finish(Terminator& term);

  template <std::size_t kSize>
  bool literal(const char (&text)[kSize]);
  bool literal(char c);
  std::string_view word();
  std::string_view declared_name();
  bool quoted(std::string_view& text);
  bool number(std::int64_t& value);
  bool number(std::uint32_t& value);
  bool at_register() const;
  bool reg(Reg& number);
  bool block_reference(std::uint32_t& block);
  bool named(const NameIndex& index, std::uint32_t& place);
  bool comment(std::int64_t text);
  bool line_end();

  const Names names_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  Function* function_ = nullptr;
  std::string_view name_;
  std::vector<Tail> tails_;
  std::uint32_t lines_ = 0;
  std::vector<Block> blocks_;  // gathered before they are allocated, as are the others
  std::vector<Inst> insts_;
  std::vector<Reg> regs_;
  std::vector<std::uint32_t> ways_;
  std::vector<std::int64_t> cases_;
  std::string comment_;
};

// In print.cpp: whether print() writes the byte in a quoted text as it is, and what it writes behind the number of a
// text.
bool stands_for_itself(char c);
void put_comment(std::string& out, std::string_view text);

}  // namespace flow::ir
