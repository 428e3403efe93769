// What an HTTP exchange costs: our server and our client, each on a loop and a thread of its own, against a bare epoll
// loop on both sides that sends and receives as many bytes and understands none of them.
//
// usage: bench_http [--seconds S] [--connections N]...    default: 3 s each of 1, 64 and 256 connections
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "runtime/http/client.h"
#include "runtime/http/loop.h"
#include "runtime/http/server.h"

namespace {

using namespace flow;
using std::chrono::steady_clock;

const std::string kBody =
    R"({"message_uuid":"6e1f3a9c-2f1b-4f7e-9d8a-2b7f0c1d5e6f","to":{"type":"sms","number":"447700900000"},)"
    R"("from":{"type":"sms","number":"447700900001"},"status":"delivered","usage":{"price":"0.0333"}})";
const std::string kAnswer = R"({"id":"01J9ZQ6Y3K7W8V5T4S3R2Q1P0N","status":"queued"})";
const http::Headers kHeaders = {{"authorization", "Basic QUMxMjM0NTY3ODkwYWJjZGVmOjEyMzQ1Njc4OTBhYmNkZWY="},
                                {"content-type", "application/json"},
                                {"idempotency-key", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"}};

double cpu_seconds(pthread_t thread) {
  clockid_t clock{};
  timespec time{};
  FLOW_CHECK(pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Two threads that run until told, and a count of exchanges.
struct Sides {
  std::thread server;
  std::thread client;
  std::function<std::uint64_t()> exchanges;
};

struct Cost {
  double server_us;
  double client_us;
  double rate;
};

Cost measure(Sides& sides, double seconds) {
  const auto sleep = [](double time) { std::this_thread::sleep_for(std::chrono::duration<double>(time)); };
  sleep(0.3);
  const double server = cpu_seconds(sides.server.native_handle());
  const double client = cpu_seconds(sides.client.native_handle());
  const auto count = sides.exchanges();
  const auto begin = steady_clock::now();
  sleep(seconds);
  const double done = static_cast<double>(sides.exchanges() - count);
  const double wall = std::chrono::duration<double>(steady_clock::now() - begin).count();
  return {(cpu_seconds(sides.server.native_handle()) - server) / done * 1e6,
          (cpu_seconds(sides.client.native_handle()) - client) / done * 1e6, done / wall};
}

// Starts `connections` requests and another one whenever an answer comes.
struct Caller {
  http::Client& client;
  std::string url;
  std::atomic<std::uint64_t> answered{0};
  std::atomic<bool> stop{false};

  void send() {
    client.send({.method = "POST", .url = url, .headers = kHeaders, .body = kBody}, [this](const auto& outcome) {
      if (!outcome && stop.load(std::memory_order_relaxed)) return;  // under way when the client went
      FLOW_CHECK(outcome.has_value(), "{}", outcome.error().error.message);
      FLOW_CHECK(outcome->status == 201, "{}: {}", outcome->status, outcome->body);
      answered.fetch_add(1, std::memory_order_relaxed);
      if (!stop.load(std::memory_order_relaxed)) send();
    });
  }
};

Cost ours(std::size_t connections, double seconds) {
  http::Loop server_loop;
  http::Loop client_loop;
  auto server = http::Server::start(
      {},
      [](http::Request& request, const http::Responder& respond) {
        respond({request.body.size() == kBody.size() ? 201 : 400, {{"content-type", "application/json"}}, kAnswer});
      },
      server_loop);
  FLOW_CHECK(server, "{}", server.error().message);
  http::ClientOptions options;
  options.connections_max = 2 * connections + 8;
  options.connections_per_host_max = connections;
  Cost cost{};
  {
    http::Client client(options, client_loop);
    Caller caller{client,
                  fmt::format("http://127.0.0.1:{}/2010-04-01/Accounts/AC123/Messages.json", (*server)->port())};
    Sides sides{std::thread([&] { server_loop.run(); }), std::thread([&] { client_loop.run(); }),
                [&] { return caller.answered.load(); }};
    client_loop.post([&] {
      for (std::size_t i = 0; i < connections; ++i) caller.send();
    });
    cost = measure(sides, seconds);
    caller.stop = true;
    client_loop.stop();
    sides.client.join();
    server_loop.stop();
    sides.server.join();
  }
  return cost;
}

// Reads once, writes once, for each event.
class Bare {
 public:
  explicit Bare(std::size_t connections) {
    const std::string header =
        "POST /2010-04-01/Accounts/AC123/Messages.json HTTP/1.1\r\nhost: 127.0.0.1:12345\r\nuser-agent: flowd\r\n"
        "accept: */*\r\ncontent-length: 200\r\n\r\n";
    request_ = header + kBody;
    for (const auto& [name, value] : kHeaders) request_ += name + ": " + value + "\r\n";
    answer_ = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 52\r\n\r\n" + kAnswer;
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    FLOW_CHECK(::bind(listener, generic, size) == 0 && ::listen(listener, 4096) == 0);
    ::getsockname(listener, generic, &size);
    for (std::size_t i = 0; i < connections; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      FLOW_CHECK(::connect(fd, generic, size) == 0);
      add(client_epoll_, fd);
      add(server_epoll_, ::accept(listener, nullptr, nullptr));
    }
    ::close(listener);
  }
  ~Bare() {
    for (const int fd : fds_) ::close(fd);
    ::close(server_epoll_);
    ::close(client_epoll_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  Cost run(double seconds) {
    Sides sides{std::thread([&] { serve(server_epoll_, answer_); }),
                std::thread([&] { serve(client_epoll_, request_); }), [&] { return exchanges_.load(); }};
    for (std::size_t i = 0; i < fds_.size(); i += 2) write(fds_[i], request_);
    const Cost cost = measure(sides, seconds);
    stop_ = true;
    sides.server.join();
    sides.client.join();
    return cost;
  }

 private:
  void add(int epoll, int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = fd;
    FLOW_CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    fds_.push_back(fd);
  }
  static void write(int fd, const std::string& text) { (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }
  void serve(int epoll, const std::string& text) {
    std::vector<epoll_event> events(512);
    std::vector<char> bytes(65536);
    while (!stop_) {
      const int count = ::epoll_wait(epoll, events.data(), 512, 100);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) <= 0) continue;
        if (&text == &request_) exchanges_.fetch_add(1, std::memory_order_relaxed);
        write(fd, text);
      }
    }
  }

  int server_epoll_ = ::epoll_create1(0);
  int client_epoll_ = ::epoll_create1(0);
  std::vector<int> fds_;
  std::string request_;
  std::string answer_;
  std::atomic<std::uint64_t> exchanges_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace

int main(int count, char** arguments) {
  double seconds = 3;
  std::vector<std::size_t> connections;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string option = arguments[i];
    if (option == "--seconds") seconds = std::stod(arguments[i + 1]);
    if (option == "--connections") connections.push_back(std::stoul(arguments[i + 1]));
  }
  if (connections.empty()) connections = {1, 64, 256};
  fmt::print("{:>12} {:>8} {:>14} {:>14} {:>12}\n", "connections", "", "server µs", "client µs", "exchanges/s");
  for (const std::size_t each : connections) {
    const Cost bare = Bare(each).run(seconds);
    fmt::print("{:>12} {:>8} {:>13.2f} {:>13.2f} {:>12.0f}\n", each, "epoll", bare.server_us, bare.client_us,
               bare.rate);
    const Cost cost = ours(each, seconds);
    fmt::print("{:>12} {:>8} {:>13.2f} {:>13.2f} {:>12.0f}\n", each, "ours", cost.server_us, cost.client_us, cost.rate);
  }
  return 0;
}
