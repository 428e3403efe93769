#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace flow {

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  fmt::print(stderr, "flow: internal error at {}:{}: `{}` does not hold{}{}\n", file, line, condition,
             message.empty() ? "" : ": ", message);
  std::fflush(stderr);
  std::abort();
}

}  // namespace flow
