// FLOW_CHECK(condition, "format", args...): for our own bugs. Stays on in production; ends the process with the
// place and the values, because going on with a broken invariant could lose or invent a message.
#pragma once

#include <fmt/format.h>

namespace flow {

[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& message);

}  // namespace flow

#define FLOW_CHECK(condition, ...)                                                         \
  do {                                                                                     \
    if (!(condition)) [[unlikely]]                                                         \
      ::flow::check_failed(__FILE__, __LINE__, #condition, ::fmt::format("" __VA_ARGS__)); \
  } while (false)
