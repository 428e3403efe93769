// What belongs to the installation and not to a slot: bundles, which of them each flow is published on, the clock.
// Few and small; every change is durable when the call returns. Calls block on disk or database: never on a shard's
// thread. Any other thread; calls are serialized.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core/clock.h"

namespace flow::store {

// A name that a flow has in any bundle, by a number that never changes: records carry the number.
struct RegisteredFlow {
  std::uint32_t number = 0;  // from 1
  std::string name;
  friend bool operator==(const RegisteredFlow&, const RegisteredFlow&) = default;
};

struct RegisteredBundle {
  std::uint32_t number = 0;  // from 1, in the order of deploying
  std::string version;       // the hash of its bytes, as text
  std::int64_t at_ms = 0;
  std::vector<RegisteredFlow> flows;
  friend bool operator==(const RegisteredBundle&, const RegisteredBundle&) = default;
};

struct PublishedFlow {
  std::string flow;
  std::string bundle;  // its version; empty: unpublished
  std::int64_t at_ms = 0;
  friend bool operator==(const PublishedFlow&, const PublishedFlow&) = default;
};

class Registry {
 public:
  virtual ~Registry() = default;

  virtual Result<std::vector<RegisteredBundle>> bundles() = 0;
  virtual Result<std::vector<PublishedFlow>> published() = 0;
  // data_loss: its bytes are damaged; not_found.
  virtual Result<std::string> bundle_bytes(std::uint32_t number) = 0;

  // Adds a bundle, or finds the one of that version: then `known` is set.
  virtual Result<RegisteredBundle> deploy(std::string_view version, std::string_view bytes,
                                          const std::vector<std::string>& flows, std::int64_t at_ms, bool* known) = 0;
  virtual Status publish(const PublishedFlow& row) = 0;

  // Grows with each change, also of other nodes: who reads it again and finds it greater asks bundles() and published()
  // anew. Any thread; does not block.
  virtual std::uint64_t version() const = 0;
  // Whoever works by bundles() and published() says which version() it had seen before it asked for what it now goes
  // by; other nodes are told. Any thread; does not block.
  virtual void has_read(std::uint64_t /*version*/) {}
  virtual std::uint64_t read_version() const { return version(); }

  // 16 random bytes of this installation, for the keyed hashes of recipients and idempotency keys; made with the store.
  virtual std::array<std::uint8_t, 16> hash_key() const = 0;

  // Embedded: the clock's base, so that a restart continues it; all zero in a fresh store. PostgreSQL: as agreed.
  virtual core::ClockBase saved_clock() const = 0;
  virtual Status save_clock(const core::ClockBase& base) = 0;
};

}  // namespace flow::store
