#include "runtime/operations/hosts.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include <fmt/format.h>

#include "runtime/program/abi.h"

namespace flow::operations {
namespace {

constexpr std::int64_t kWhileProbesMs = 1000;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

outbox::SendClass class_of(const http::ClientOutcome& outcome) {
  if (outcome) return outcome->status >= 500 ? outbox::SendClass::transient : outbox::SendClass::accepted;
  return outcome.error().error.code == ErrorCode::unavailable ? outbox::SendClass::unknown
                                                              : outbox::SendClass::accepted;
}

}  // namespace

Hosts::Admission Hosts::admit(const http::Url& url) {
  const std::string name = fmt::format("{}:{}", url.host, url.port);
  Admission admission;
  {
    const std::lock_guard lock(mutex_);
    auto& breaker = breakers_[name];
    if (breaker == nullptr)
      breaker = std::make_shared<outbox::Breaker>(outbox::BreakerSettings{}, std::hash<std::string>()(name));
    admission.breaker = breaker;
    if (breakers_.size() > kHostsKeptMax)
      std::erase_if(breakers_, [&](const auto& each) { return each.first != name && each.second.use_count() == 1; });
  }
  outbox::Waiter nobody;
  const std::int64_t now = steady_ms();
  const auto pass = admission.breaker->admit(now, nobody);
  admission.breaker->leave(nobody);
  if (pass) {
    admission.pass = *pass;
    return admission;
  }
  const std::int64_t at = admission.breaker->retry_ms();
  admission.wait_ms = at == program::kNever ? kWhileProbesMs : std::max<std::int64_t>(at - now, 1);
  return admission;
}

void Hosts::report(const Admission& admission, const http::ClientOutcome& outcome) {
  admission.breaker->report(admission.pass, class_of(outcome), steady_ms());
}

}  // namespace flow::operations
