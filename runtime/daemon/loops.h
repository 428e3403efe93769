// The event loops of flowd, a thread each: HTTP in and out and the shards of the service share them.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "runtime/core/executor.h"
#include "runtime/http/loop.h"

namespace flow::daemon {

class Loops {
 public:
  explicit Loops(std::size_t count);
  // Whatever uses the loops is gone by then, and they still run.
  ~Loops();
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  std::vector<http::Loop*> loops() const;
  std::vector<core::Executor*> executors() const;

 private:
  class OnLoop;
  std::vector<std::unique_ptr<OnLoop>> all_;
};

}  // namespace flow::daemon
