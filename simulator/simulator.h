// flowsim without its command line: the providers behind one HTTP server, with their reports on the way out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "simulator/script.h"

namespace flow::simulator {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  Script script;
  std::optional<std::uint64_t> seed;  // chance instead of the script's rules
  double clock_rate = 1;              // delays are divided by it
  std::string log_file;               // empty: in memory only
};

class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> start(Options options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  std::uint16_t port() const;
  // Where the accounts' reports go from now on (docs/flowsim.md); empty: nowhere.
  void set_webhooks(const std::string& whatsapp, const std::string& viber);
  // The log's lines from number `from` on.
  std::string log(std::size_t from = 0) const;

 private:
  struct Core;
  explicit Simulator(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace flow::simulator
