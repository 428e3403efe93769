#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "runtime/http/resolver_internal.h"

namespace flow::http {
namespace {

constexpr int kThreadsMax = 4;  // so that a name server that hangs for one name does not hold up the others
constexpr std::size_t kAddressesMax = 16;
constexpr std::chrono::seconds kThreadIdleTime{10};

Resolved ask_system(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Resolved resolved;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list); error != 0) {
    resolved.why = ::gai_strerror(error);
    return resolved;
  }
  for (const addrinfo* each = list; each != nullptr && resolved.addresses.size() < kAddressesMax;
       each = each->ai_next) {
    Address& address = resolved.addresses.emplace_back();
    std::memcpy(&address.bytes, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
  }
  ::freeaddrinfo(list);
  return resolved;
}

Resolved ask(const Resolver::LookUp& look_up, const std::string& host, std::uint16_t port) {
  if (!look_up) return ask_system(host, port);
  Resolved resolved;
  for (const std::string& text : look_up(host)) {
    if (resolved.addresses.size() >= kAddressesMax) break;
    if (const auto address = parse_address(text, port)) resolved.addresses.push_back(*address);
  }
  if (resolved.addresses.empty()) resolved.why = "no address";
  return resolved;
}

}  // namespace

std::span<const std::uint8_t> Address::host() const {
  if (bytes.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(bytes).sin_addr;
    return {reinterpret_cast<const std::uint8_t*>(&v4), sizeof v4};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bytes).sin6_addr;
  return {reinterpret_cast<const std::uint8_t*>(&v6), sizeof v6};
}

std::optional<Address> parse_address(const std::string& text, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.bytes);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.bytes);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
    return address;
  }
  address = {};
  if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
    return address;
  }
  return std::nullopt;
}

struct Resolver::Shared : std::enable_shared_from_this<Resolver::Shared> {
  struct Question {
    std::string host;
    std::uint16_t port;
    Done done;
  };
  std::mutex mutex;
  std::condition_variable asked;
  Loop* loop = nullptr;  // null: over
  LookUp look_up;        // never changed
  std::deque<Question> questions;
  int threads = 0;
  int idle_threads = 0;

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle_threads;
      const bool more = asked.wait_for(lock, kThreadIdleTime, [this] { return loop == nullptr || !questions.empty(); });
      --idle_threads;
      if (!more || loop == nullptr) break;
      Question question = std::move(questions.front());
      questions.pop_front();
      lock.unlock();
      Resolved resolved = ask(look_up, question.host, question.port);
      lock.lock();
      if (loop == nullptr) break;
      loop->post(
          [self = shared_from_this(), done = std::move(question.done), resolved = std::move(resolved)]() mutable {
            {
              const std::lock_guard inner(self->mutex);
              if (self->loop == nullptr) return;
            }
            done(std::move(resolved));
          });
    }
    --threads;
  }
};

Resolver::Resolver(Loop& loop, LookUp look_up) : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->look_up = std::move(look_up);
}

Resolver::~Resolver() {
  stop();
}

void Resolver::stop() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->questions.clear();
  shared_->asked.notify_all();
}

void Resolver::resolve(const std::string& host, std::uint16_t port, Done done) {
  const std::lock_guard lock(shared_->mutex);
  shared_->questions.push_back({host, port, std::move(done)});
  if (shared_->idle_threads < static_cast<int>(shared_->questions.size()) && shared_->threads < kThreadsMax) {
    ++shared_->threads;
    std::thread([shared = shared_] { shared->work(); }).detach();
  }
  shared_->asked.notify_one();
}

}  // namespace flow::http
