// Those who start executions: impatient, forgetful, over a network that loses what it likes. Each order is one
// execution that somebody wants, with an idempotency key or without.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/doors.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/stage.h"

namespace flow::simulation {

struct Catalogue {
  std::vector<std::size_t> flows;     // numbers of subjects, each with another name
  std::vector<std::string> versions;  // of bundles that hold them all
};

class Clients {
 public:
  Clients(Stage& stage, Judge& judge, Doors& doors, const Catalogue& catalogue)
      : stage_(stage), judge_(judge), doors_(doors), catalogue_(catalogue) {}

  // `count` orders, spread over this time from now on.
  void begin(std::uint32_t count, std::int64_t over_ms);
  // Orders that were neither acknowledged nor given up, and whatever else clients repeat until it is answered.
  std::size_t waiting() const { return waiting_; }

 private:
  struct Order {
    std::size_t flow = 0;  // in Catalogue::flows
    std::size_t inputs = 0;
    std::string phone;
    std::string key;  // empty: none
    std::optional<std::int64_t> discard_in_ms;
    bool over = false;           // acknowledged, or given up
    bool nothing_begun = false;  // a node said so: it may be asked again, key or not
    std::optional<core::ExecutionId> execution;
  };

  service::StartRequest request_of(std::uint32_t number) const;
  void ask(std::uint32_t number);
  void arrive(std::uint32_t number, service::StartRequest request);
  void answered(std::uint32_t number, const service::StartRequest& request,
                const service::Outcome<service::StartAnswer>& outcome);
  void refused(std::uint32_t number, const service::StartRequest& request, const service::Fault& fault);
  void acknowledged(std::uint32_t number, const service::StartAnswer& answer);
  void give_up(std::uint32_t number);
  void follow_up(std::uint32_t number);
  struct Signal {
    std::uint32_t order = 0;
    std::string name;
    bool answered = false;
  };
  void signal(const std::shared_ptr<Signal>& owed);
  void read(std::uint32_t number);
  void probe_conflict(std::uint32_t number);

  Stage& stage_;
  Judge& judge_;
  Doors& doors_;
  const Catalogue& catalogue_;
  std::vector<Order> orders_;
  std::size_t waiting_ = 0;
};

}  // namespace flow::simulation
