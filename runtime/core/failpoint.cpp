#include "runtime/core/failpoint.h"

#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <mutex>

#include "base/check.h"

namespace flow::core::failpoint {

namespace detail {
std::atomic<bool> armed{false};
}

namespace {

std::mutex mutex;
std::uint64_t left[std::size(kPlaces)] = {};  // reaches until the end; 0: not armed

std::size_t index_of(std::string_view place) {
  return static_cast<std::size_t>(std::ranges::find(kPlaces, place) - std::begin(kPlaces));
}

Status arm_one(std::string_view item) {
  const std::size_t colon = item.find(':');
  const std::string_view name = item.substr(0, colon);
  const std::size_t index = index_of(name);
  if (index == std::size(kPlaces)) return fail(ErrorCode::invalid_argument, "no failpoint is called `{}`", name);
  std::uint64_t nth = 1;
  if (colon != std::string_view::npos) {
    const std::string_view digits = item.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), nth);
    if (error != std::errc{} || end != digits.data() + digits.size() || nth == 0) {
      return fail(ErrorCode::invalid_argument, "`{}` is not a count of at least 1 for failpoint `{}`", digits, name);
    }
  }
  left[index] = nth;
  detail::armed.store(true, std::memory_order_relaxed);
  return {};
}

}  // namespace

void detail::reached(std::string_view place) {
  const std::size_t index = index_of(place);
  FLOW_CHECK(index < std::size(kPlaces), "failpoint {} is not in the list", place);
  const std::lock_guard lock(mutex);
  if (left[index] == 0 || --left[index] != 0) return;
  ::kill(::getpid(), SIGKILL);  // not _exit: nothing of the process may run any more, as after kill -9
  ::pause();
}

Status arm(std::string_view specification) {
  const std::lock_guard lock(mutex);
  while (!specification.empty()) {
    const std::size_t comma = specification.find(',');
    if (Status armed = arm_one(specification.substr(0, comma)); !armed) return armed;
    specification = comma == std::string_view::npos ? "" : specification.substr(comma + 1);
  }
  return {};
}

bool any_armed() {
  return detail::armed.load(std::memory_order_relaxed);
}

}  // namespace flow::core::failpoint
