// Stands between a program and a server and plays a bad network: connections that break, answers that never come.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace flow::testing_support {

class TcpProxy {
 public:
  enum class Mode : std::uint8_t {
    pass,     // both ways
    stall,    // nothing gets through, and nobody is told: a partition
    swallow,  // requests arrive, answers do not
  };

  // Listens on a loopback port of its own; a target is a socket's path, or "PORT" of 127.0.0.1. Of several, each new
  // connection takes the next that answers.
  explicit TcpProxy(std::vector<std::string> targets);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::uint16_t port() const { return port_; }
  void set_targets(std::vector<std::string> targets);
  // Nothing is carried in the mode before any more when it returns.
  void set(Mode mode);
  // Breaks every connection.
  void cut() { cut_.store(true); }

 private:
  struct Pair {
    int client = -1;
    int server = -1;
    std::string to_client;
    std::string to_server;
    bool broken = false;
  };

  void run();
  void accept_one();
  void carry(Pair& pair, Mode mode);
  int connect_to_target();

  std::mutex mutex_;
  std::vector<std::string> targets_;
  std::size_t next_target_ = 0;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<Mode> mode_{Mode::pass};
  std::atomic<std::uint64_t> rounds_{0};
  std::atomic<bool> cut_{false};
  std::atomic<bool> stopping_{false};
  std::list<Pair> pairs_;
  std::thread thread_;
};

}  // namespace flow::testing_support
