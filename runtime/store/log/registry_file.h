// registry.sqlite: what the store is (its id, hash key, clock) and which bundles there are. Changes are rare, and on
// the disk when a call returns.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/crypto/seal.h"
#include "runtime/store/log/sqlite.h"
#include "runtime/store/registry.h"

namespace flow::store::log {

extern const char* const kRegistrySchema;

class RegistryFile final : public Registry {
 public:
  using Keys = std::shared_ptr<const crypto::Keyring>;
  // Reads only, until writable().
  static Result<std::unique_ptr<RegistryFile>> open(const std::string& path, const std::string& vfs, Keys keys);
  // Also seals the hash key, when that is not done with the first of the keys.
  Status writable();
  // What a new store gets.
  static Status fill(Database& database, std::string_view store_id, const Keys& keys);

  const std::string& store_id() const { return store_id_; }
  std::int64_t last_change_ms() const { return last_change_ms_; }
  // Every bundle's bytes are looked at.
  Status verify();
  // Copies the file; see Storage::backup().
  Status backup(const std::string& path, const std::string& vfs);

  Result<std::vector<RegisteredBundle>> bundles() override;
  Result<std::vector<PublishedFlow>> published() override;
  Result<std::string> bundle_bytes(std::uint32_t number) override;
  Result<RegisteredBundle> deploy(std::string_view version, std::string_view bytes,
                                  const std::vector<std::string>& flows, std::int64_t at_ms, bool* known) override;
  Status publish(const PublishedFlow& row) override;
  std::uint64_t version() const override { return version_.load(std::memory_order_acquire); }
  std::array<std::uint8_t, 16> hash_key() const override { return hash_key_; }
  core::ClockBase saved_clock() const override;
  Status save_clock(const core::ClockBase& base) override;

 private:
  Status prepare();
  Status read_hash_key();
  Status read_clock();
  Result<std::vector<RegisteredBundle>> read_bundles();
  Result<std::map<std::uint32_t, std::string>> read_flows();
  Result<std::vector<PublishedFlow>> read_published();
  Result<std::vector<RegisteredFlow>> number_flows(const std::vector<std::string>& names);
  Result<RegisteredBundle> insert(std::string_view version, std::string_view bytes,
                                  const std::vector<std::string>& flows, std::int64_t at_ms);
  Status set_meta(std::string_view key, std::string_view value);

  mutable std::mutex mutex_;
  Database database_;
  Keys keys_;
  std::string store_id_;
  std::array<std::uint8_t, 16> hash_key_{};
  bool reseal_ = false;
  core::ClockBase clock_;
  std::int64_t last_change_ms_ = 0;
  std::atomic<std::uint64_t> version_{1};
};

// Copies a whole database with SQLite's own means; `each_step`: called now and then, stops the copy with its error.
Status copy_database(Database& from, const std::string& path, const std::string& vfs,
                     const std::function<Status()>& each_step);

}  // namespace flow::store::log
