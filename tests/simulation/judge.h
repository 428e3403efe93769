// Who remembers what was promised, and looks whether it was kept. Told of everything that passes between the service
// and the world; at the end it reads every execution and lets the oracle check it.
//
// What it demands is in docs/simulation.md, What is checked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/outbox/transport.h"
#include "runtime/service/service.h"
#include "tests/simulation/flows.h"
#include "tests/simulation/replay.h"
#include "tests/simulation/trace.h"

namespace flow::simulation {

// One life of one node's process, from its start to its death.
using Life = std::uint64_t;

struct Failure {
  std::string what;
  std::uint32_t execution = kNone;
  std::uint32_t order = kNone;
  std::string committed;  // its timeline, where it was read
};

// Where an attempt is remembered.
struct AttemptName {
  std::uint32_t execution = 0;
  std::uint32_t message = 0;
  std::uint32_t attempt = 0;  // place
};

class Judge {
 public:
  const std::optional<Failure>& failure() const { return failure_; }
  void fail(std::string what, std::uint32_t execution = kNone, std::uint32_t order = kNone);
  // Its number in traces, from 0 as first seen.
  std::uint32_t number_of(const core::ExecutionId& id);
  // kNone: never seen.
  std::uint32_t number_if_known(const core::ExecutionId& id) const;

  // ---- Clients
  // The service has promised: this order is this execution.
  void started(std::uint32_t order, const Subject& subject, std::string phone, std::size_t inputs,
               const service::StartAnswer& answer);
  void signalled(const core::ExecutionId& id, const std::string& name);
  void read(const core::ExecutionId& id, const service::ExecutionView& view);
  // Nobody was told, and it may have been begun all the same.
  void maybe_started() { ++perhaps_; }

  // ---- Providers
  AttemptName handed_over(Life life, const outbox::SendRequest& request, bool at_most_once, std::int64_t service_ms);
  void taken(const AttemptName& name);
  void answered(const AttemptName& name, outbox::SendClass result);
  // The webhook was answered with success.
  void reported(const service::ReceiptReport& report, service::ReceiptVerdict verdict);

  // ---- Nodes
  void died(Life life);
  // It has no right to these slots any more.
  void lost(Life life, store::SlotRange slots);
  // Everything that this life was told is durable by now.
  void settled(Life life);
  // From this service time on nothing holds timers up.
  void healed(std::int64_t service_ms) { healed_ms_ = service_ms; }

  // ---- The end
  // `view`: as read after everything has ended.
  void close(const service::ExecutionView& view);
  bool is_closed(const core::ExecutionId& id) const;
  // After close() of every execution that the service lists.
  void close_all();

  std::size_t executions() const { return facts_.size(); }
  std::uint64_t sends() const { return sends_; }
  std::uint64_t repeats() const { return repeats_; }

 private:
  enum class Fate : std::uint8_t { flying, answered, settled, orphaned };
  struct Attempt {
    Life life = 0;
    std::int64_t at_ms = 0;
    Fate fate{};
    bool was_answered = false;
    bool was_taken = false;
    outbox::SendClass result{};
  };
  struct Message {
    outbox::SendRequest content;
    std::vector<Attempt> attempts;
    bool at_most_once = false;
    bool reported = false;  // its provider said something of it, and the service has confirmed that
  };
  struct Receipt {
    std::uint32_t message = 0;
    program::Receipt status{};
  };
  struct Facts {
    core::ExecutionId id;
    std::uint32_t order = kNone;
    const Subject* subject = nullptr;
    std::size_t inputs = 0;
    std::string phone;
    std::string bundle;
    std::map<std::uint32_t, Message> messages;
    std::vector<Receipt> receipts;
    std::vector<std::string> signals;
    std::size_t entries = 0;  // of its timeline, as last read
    std::uint64_t entries_hash = 0;
    std::string end;
    bool closed = false;
  };

  Facts& facts_of(const core::ExecutionId& id) { return facts_[number_of(id)]; }
  std::uint32_t place(const Facts& facts) const { return static_cast<std::uint32_t>(&facts - facts_.data()); }
  void may_repeat(Facts& facts, const Message& message, Life life);
  void check_content(const Facts& facts, const outbox::SendRequest& request, const outbox::SendRequest& first);
  void check(Facts& facts, const service::ExecutionView& view);
  void check_message(Facts& facts, std::uint32_t number, const ReplayedSend& send);
  void check_receipts(Facts& facts, const Replayed& replayed);
  void check_limits();
  void check_timers(Facts& facts, const Replayed& replayed);

  std::optional<Failure> failure_;
  std::vector<Facts> facts_;
  std::unordered_map<core::ExecutionId, std::uint32_t> numbers_;
  std::unordered_map<Life, std::vector<AttemptName>> open_;  // neither settled nor orphaned
  std::size_t perhaps_ = 0;
  std::int64_t healed_ms_ = INT64_MAX;
  std::uint64_t sends_ = 0;
  std::uint64_t repeats_ = 0;
};

}  // namespace flow::simulation
