// The parts of verify(): each gives the first rule that is broken, or nothing. Private to compiler/ir.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"
#include "compiler/ir/verify.h"

namespace flow::ir {

// FlowInfo, texts, sends, and the ids of start, ended and handle.
Status verify_declarations(const Flow& flow, Form form);

// One function by itself: ids, types, blocks, assignment of registers. Gives the blocks in an order in which each
// comes after all that lead to it.
Result<std::vector<std::uint32_t>> verify_function(const Flow& flow, const Function& function);

// How functions work together: cycles, `ignore`, what follows the end. Each is looked at once, where it was just read;
// then what was noted of it is enough.
class CallVerifier {
 public:
  explicit CallVerifier(const Flow& flow);
  ~CallVerifier();
  // The flow's next function. REQUIRES: verify_function() passed for it; `order` is what it gave.
  void add(const std::vector<std::uint32_t>& order);
  // REQUIRES: all functions were added.
  Status verify();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

// verify_function() of all functions of the flow, each of which is added to `calls`.
Status verify_functions(const Flow& flow, CallVerifier& calls);

}  // namespace flow::ir
