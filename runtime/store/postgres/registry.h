// Bundles and what is published, in the database. Every statement may be repeated: a deployment is found by its
// version, a publication is what it says.
#pragma once

#include <atomic>

#include "runtime/store/postgres/control.h"
#include "runtime/store/registry.h"

namespace flow::store::postgres {

class PostgresRegistry final : public Registry {
 public:
  PostgresRegistry(Control& control, std::array<std::uint8_t, 16> hash_key) : control_(control), hash_key_(hash_key) {}

  // Reads clock and version. Once, before anything else.
  Status begin();
  // Another node's changes were seen.
  void saw_version(std::uint64_t version);
  // PostgresStorage's.
  Status take_over(Registry& from);
  Status finish_move();

  Result<std::vector<RegisteredBundle>> bundles() override;
  Result<std::vector<PublishedFlow>> published() override;
  Result<std::string> bundle_bytes(std::uint32_t number) override;
  Result<RegisteredBundle> deploy(std::string_view version, std::string_view bytes,
                                  const std::vector<std::string>& flows, std::int64_t at_ms, bool* known) override;
  Status publish(const PublishedFlow& row) override;
  std::uint64_t version() const override { return version_.load(std::memory_order_acquire); }
  void has_read(std::uint64_t version) override { read_.store(version, std::memory_order_release); }
  std::uint64_t read_version() const override { return read_.load(std::memory_order_acquire); }
  std::array<std::uint8_t, 16> hash_key() const override { return hash_key_; }
  core::ClockBase saved_clock() const override;
  Status save_clock(const core::ClockBase& base) override;

 private:
  Result<Rows> run(const Statement& statement, const Parameters& parameters);
  Status name_flow(const std::string& name);
  Status take_bundle(Registry& from, const RegisteredBundle& bundle);

  Control& control_;
  const std::array<std::uint8_t, 16> hash_key_;
  std::atomic<std::uint64_t> version_{1};
  std::atomic<std::uint64_t> read_{0};
  mutable std::mutex mutex_;
  core::ClockBase clock_;
};

}  // namespace flow::store::postgres
