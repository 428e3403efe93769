// Everything outside the worker, in one thread: the client that starts executions and repeats what was not answered,
// the provider that takes messages and reports on them, and the judge who remembers what was promised.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/process.h"

namespace flow::crash {

using Clock = std::chrono::steady_clock;

// How the provider treats the messages of one start; chosen by its number.
enum class Manner { delivers, silent, busy_first, no_answer_first, refuses };

struct Start {
  std::string key;
  std::string phone;
  Manner manner{};
  std::string execution;  // once acknowledged
  std::string end;        // once known
  int attempts = 0;       // of any of its messages
  bool by_sms = false;
};

struct Message {
  std::string text;
  int attempts = 0;
  int repeats = 0;
  std::string answer;               // the last one given; empty: none yet
  std::uint64_t answered_line = 0;  // when: the number of the next line to the same worker
  bool answer_is_settled = false;   // a later line was acknowledged: the worker has it on disk
};

class World {
 public:
  World(std::string folder, std::string worker, double clock_rate, std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Starts a worker and waits until it is ready, or is dead (then false).
  bool launch(const std::string& failpoints = "");
  // kill -9.
  void kill();
  // Lets client and provider work for so long; new starts as long as fewer than `starts_open` are unfinished. False:
  // the worker died.
  bool work(std::chrono::milliseconds time, std::size_t starts_open);
  // No new starts; until every start has ended. False: it took longer than `most`, or the worker died.
  bool finish(std::chrono::seconds most);

  const std::vector<Start>& starts() const { return starts_; }
  const std::map<std::string, Message>& messages() const { return messages_; }
  // What broke a promise, in words; empty: all is well.
  const std::vector<std::string>& faults() const { return faults_; }
  int repeats() const { return repeats_; }

 private:
  struct Owed {  // to the worker, repeated until it is acknowledged
    std::string line;
    std::size_t start;
    enum class What { start, receipt, end } what;
    bool written = false;
  };
  struct Later {
    Clock::time_point at;
    std::string id;
    std::string answer;
  };

  bool pump(std::chrono::milliseconds most);
  void disconnect();
  void write(const std::string& line);
  void flush();
  void write_owed();
  void owe(std::string line, std::size_t start, Owed::What what);
  void ask_for_ends();
  void begin_start();
  void answer_due();
  void read_line(const std::string& line);
  void acknowledged(std::uint64_t number, const std::string& what);
  void took(const std::string& id, const std::string& channel, const std::string& text);
  std::string answer_for(const Start& start, const Message& message, const std::string& channel) const;
  Start* start_of(const std::string& execution);

  std::string folder_;
  std::string worker_;
  double clock_rate_;
  std::mt19937_64 random_;
  std::string socket_path_;
  int listener_ = -1;
  int socket_ = -1;
  std::optional<Process> process_;
  std::string input_;
  std::string output_;
  bool ready_ = false;

  std::vector<Start> starts_;
  std::map<std::string, std::size_t> by_execution_;
  std::map<std::string, Message> messages_;
  std::map<std::uint64_t, Owed> owed_;
  std::vector<Later> later_;
  std::uint64_t next_line_ = 1;
  Clock::time_point ask_at_{};
  std::size_t unfinished_ = 0;
  int repeats_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace flow::crash
