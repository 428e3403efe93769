// The way from a node's executions to those of all nodes.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>

#include "runtime/service/service.h"

namespace flow::service {

// Any thread.
class Whole {
 public:
  // `own` has the slots of this node, and must outlive it.
  explicit Whole(Others& own) : own_(own) {}

  // Null: there are no other nodes. When it returns, nothing calls the one before any more; not within a call of it.
  void replace(Others* others) {
    const std::lock_guard lock(mutex_);
    others_ = others;
  }

  void start(StartRequest request, Done<StartAnswer> done) {
    const std::shared_lock lock(mutex_);
    all().start(std::move(request), std::move(done));
  }
  void contact(ContactRequest request, Done<ContactAnswer> done) {
    const std::shared_lock lock(mutex_);
    all().contact(std::move(request), std::move(done));
  }
  // Nobody waits for the answer: a caller that was not told asks again.
  void child_ended(core::ExecutionId caller, std::uint32_t operation) {
    const std::shared_lock lock(mutex_);
    all().child_ended(caller, operation, [](const Outcome<bool>&) {});
  }

 private:
  Others& all() { return others_ != nullptr ? *others_ : own_; }

  Others& own_;
  std::shared_mutex mutex_;
  Others* others_ = nullptr;
};

}  // namespace flow::service
