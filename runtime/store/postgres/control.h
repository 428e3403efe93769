// One connection that several use in turn, for statements that may be repeated: it is made when it is needed and made
// again when it breaks. Any thread.
#pragma once

#include <memory>
#include <mutex>

#include "runtime/store/postgres/connection.h"

namespace flow::store::postgres {

class Control {
 public:
  Control(Target target, ConnectOptions options) : target_(std::move(target)), options_(std::move(options)) {}

  // Tries until it is carried out, refused, or `patience` is over (then the last failure). May be carried out twice.
  Answer<Rows> run(const Statement& statement, const Parameters& parameters, std::chrono::milliseconds patience);
  // Once.
  Answer<Rows> try_once(const Statement& statement, const Parameters& parameters, std::chrono::milliseconds patience);

 private:
  Answer<Rows> attempt(const Statement& statement, const Parameters& parameters, Clock::time_point until);

  const Target target_;
  const ConnectOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace flow::store::postgres
