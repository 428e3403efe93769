// Whether a test may take its time: `scripts/test --long` sets FLOW_TEST_LONG=1.
#pragma once

#include <cstdlib>
#include <string_view>

namespace flow::testing_support {

inline bool long_run() {
  const char* wanted = std::getenv("FLOW_TEST_LONG");
  return wanted != nullptr && std::string_view(wanted) != "" && std::string_view(wanted) != "0";
}

}  // namespace flow::testing_support
