#include "compiler/jit/test_flows.h"

#include <fstream>
#include <iterator>

#include "base/check.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"

namespace flow::jit::testing {

ir::Flow reminder() {
  std::ifstream file(FLOW_SOURCE_DIR "/compiler/jit/testdata/reminder.ir", std::ios::binary);
  auto flow = ir::parse_flow(std::string(std::istreambuf_iterator<char>(file), {}));
  FLOW_CHECK(flow.has_value(), "{}", flow.error().message);
  auto fine = ir::verify(*flow);
  FLOW_CHECK(fine.has_value(), "{}", fine.error().message);
  return *flow;
}

}  // namespace flow::jit::testing
