#include "runtime/store/postgres/control.h"

#include <algorithm>
#include <thread>

namespace flow::store::postgres {

using std::chrono::milliseconds;

Answer<Rows> Control::attempt(const Statement& statement, const Parameters& parameters, Clock::time_point until) {
  const auto left = std::max(std::chrono::duration_cast<milliseconds>(until - Clock::now()), milliseconds(1));
  if (!connection_ || !connection_->usable()) {
    connection_.reset();
    ConnectOptions options = options_;
    options.patience = std::min(options.patience, left);
    auto made = Connection::connect(target_, options);
    if (!made) return std::unexpected(made.error());
    connection_ = std::move(*made);
  }
  auto rows = connection_->run(statement, parameters, left);
  if (!rows && !connection_->usable()) connection_.reset();
  return rows;
}

Answer<Rows> Control::run(const Statement& statement, const Parameters& parameters, milliseconds patience) {
  const std::scoped_lock lock(mutex_);
  const auto until = Clock::now() + patience;
  Backoff backoff(milliseconds(1000));
  while (true) {
    auto rows = attempt(statement, parameters, until);
    if (rows || rows.error().kind == Failure::Kind::refused) return rows;
    const milliseconds pause = backoff.next();
    if (Clock::now() + pause >= until) return rows;
    if (options_.interrupt == nullptr)
      std::this_thread::sleep_for(pause);
    else if (!options_.interrupt->wait(pause))
      return rows;
  }
}

Answer<Rows> Control::try_once(const Statement& statement, const Parameters& parameters, milliseconds patience) {
  const std::scoped_lock lock(mutex_);
  return attempt(statement, parameters, Clock::now() + patience);
}

}  // namespace flow::store::postgres
