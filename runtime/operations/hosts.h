// A circuit breaker for each host that flows ask, shared by all loops of a node: one that is down fails at once instead
// of holding everybody up.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/http/client.h"
#include "runtime/http/url.h"
#include "runtime/outbox/breaker.h"

namespace flow::operations {

// Any thread.
class Hosts {
 public:
  struct Admission {
    std::int64_t wait_ms = 0;  // not 0: not now
    std::shared_ptr<outbox::Breaker> breaker;
    outbox::Breaker::Pass pass;
  };
  // Each that need not wait is reported, once.
  Admission admit(const http::Url& url);
  // Of an answer a status below 500 is a sign of life, of a failure whatever is not the host's: that nobody may connect
  // to it, say.
  static void report(const Admission& admission, const http::ClientOutcome& outcome);

 private:
  static constexpr std::size_t kHostsKeptMax = 1024;

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<outbox::Breaker>> breakers_;  // by host and port
};

}  // namespace flow::operations
