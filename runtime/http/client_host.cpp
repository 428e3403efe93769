#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/http/client_internal.h"

namespace flow::http {

void ClientHost::enqueue(Call& call) {
  queue_.push_back(&call);
  serve();
}

bool ClientHost::remove(Call& call) {
  return std::erase(queue_, &call) != 0;
}

// Gives waiting requests to free connections, and opens more when there are none.
void ClientHost::serve() {
  while (!queue_.empty() && !idle_.empty()) {
    ClientConnection* connection = idle_.back();
    Call* call = queue_.front();
    queue_.pop_front();
    idle_.pop_back();
    if (connection->send(*call)) continue;
    if (++call->tries < 3) {
      queue_.push_front(call);  // nothing of it was written
    } else {
      core_.finish_later(*call, {{ErrorCode::unavailable, fmt::format("{}: closes its connections", name())}, false});
    }
  }
  if (queue_.empty() || core_.closing() || !know_addresses()) return;
  while (connecting_ < queue_.size() && core_.may_open(*this)) {
    connections_.push_back(std::make_unique<ClientConnection>(*this, addresses_));
    ClientConnection& connection = *connections_.back();
    connection.index = connections_.size() - 1;
    ++connecting_;
    core_.opened();
    connection.connect();
  }
}

// Or asks for them, and serves when they are there.
bool ClientHost::know_addresses() {
  const auto now = core_.loop().now();
  if (!addresses_.empty() && now < addresses_until_) return true;
  if (resolving_) return false;
  if (const auto address = parse_address(url_->host, url_->port)) {
    addresses_ = {*address};
    if (!keep_permitted()) return refuse_waiting();
    addresses_until_ = now + std::chrono::hours(24 * 365);
    return true;
  }
  resolving_ = true;
  core_.resolver().resolve(url_->host, url_->port, [this](Resolved resolved) {
    resolving_ = false;
    if (core_.closing()) return;
    if (resolved.addresses.empty()) {
      // Each that waits now would get the same answer.
      for (std::size_t waiting = queue_.size(); waiting > 0 && !queue_.empty(); --waiting) {
        fail_first(fmt::format("the name is not known: {}", resolved.why));
      }
      return;
    }
    addresses_ = std::move(resolved.addresses);
    if (!keep_permitted()) {
      refuse_waiting();
      return;
    }
    addresses_until_ = core_.loop().now() + core_.options().address_time;
    serve();
  });
  return false;
}

// False: there is none.
bool ClientHost::keep_permitted() {
  const auto& may_connect = core_.options().may_connect;
  if (may_connect) std::erase_if(addresses_, [&](const Address& each) { return !may_connect(each.host()); });
  return !addresses_.empty();
}

// Not from within send(): who waits is told in a moment. Always false.
bool ClientHost::refuse_waiting() {
  for (Call* call : std::exchange(queue_, {})) {
    core_.finish_later(*call, {{ErrorCode::permission_denied,
                                fmt::format("{}: its address is one that may not be connected to", name())},
                               false});
  }
  return false;
}

void ClientHost::fail_first(std::string why) {
  if (queue_.empty()) return;
  Call* call = queue_.front();
  queue_.pop_front();
  core_.finish(*call,
               std::unexpected(ClientFailure{{ErrorCode::unavailable, fmt::format("{}: {}", name(), why)}, false}));
}

void ClientHost::on_ready(ClientConnection& connection, const Address& address) {
  --connecting_;
  const auto same = [&](const Address& each) {
    return each.size == address.size && std::memcmp(&each.bytes, &address.bytes, each.size) == 0;
  };
  const auto found = std::ranges::find_if(addresses_, same);
  if (found != addresses_.end()) std::rotate(addresses_.begin(), found, found + 1);
  on_idle(connection);
}

// One connection that failed is one request that failed: the others have their own try, and it ends.
void ClientHost::on_connect_failed(ClientConnection& connection, std::string why) {
  on_closed(connection, false, true);
  addresses_until_ = std::min(addresses_until_, core_.loop().now());  // perhaps it has moved
  fail_first(std::move(why));
  serve();
}

void ClientHost::on_idle(ClientConnection& connection) {
  idle_.push_back(&connection);
  core_.look_again_at(connection.deadline());
  serve();
  core_.serve_starved();
}

void ClientHost::on_closed(ClientConnection& connection, bool was_idle, bool was_connecting) {
  if (was_idle) std::erase(idle_, &connection);
  if (was_connecting) --connecting_;
  const std::size_t index = connection.index;
  std::unique_ptr<ClientConnection> owned = std::move(connections_[index]);
  if (index + 1 < connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
  core_.closed(std::move(owned));
}

bool ClientHost::close_an_idle_one() {
  if (idle_.empty()) return false;
  idle_.front()->close();
  return true;
}

Loop::Clock::time_point ClientHost::expire(Loop::Clock::time_point now) {
  auto next = now + std::chrono::hours(1);
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    ClientConnection& connection = *connections_[i];
    if (connection.deadline() <= now) {
      connection.expire(now);
    } else {
      next = std::min(next, connection.deadline());
    }
  }
  return next;
}

void ClientHost::close_all() {
  while (!connections_.empty()) connections_.back()->close();
}

}  // namespace flow::http
