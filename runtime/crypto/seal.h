// Secrets at rest: sealed with AES-256-GCM under a key whose id stands in the record, so that keys can be changed
// while old records are still read.
//
// A sealed record: version (1 byte, 1) · length of the key id (1 byte) · key id · salt (16) · nonce (12) ·
// ciphertext · tag (16). The key of a record is HMAC-SHA256(key, "flow seal 1" · salt): with a random salt beside the
// random nonce, no number of records that a flowd can write brings a repeated (key, nonce) within reach. Everything
// before the ciphertext and the caller's `context` are authenticated.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/crypto/mac.h"

namespace flow::crypto {

inline constexpr std::size_t kSealingKeyBytes = 32;
inline constexpr std::size_t kSealingKeyIdCharsMax = 32;

struct SealingKey {
  std::string id;     // 1 to 32 characters of A-Z a-z 0-9 _ - .
  std::string bytes;  // 32
};

// Any thread. Keys are wiped from memory with it.
class Keyring {
 public:
  // The first key seals; each opens what it sealed. invalid_argument: no key, a key of another length, a bad or
  // repeated id.
  static Result<Keyring> make(std::vector<SealingKey> keys);

  Keyring(Keyring&&) = default;
  Keyring& operator=(Keyring&&) = default;
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;
  ~Keyring();

  // These keys from now on, all that were there among them. invalid_argument: as make(), or one is missing or has
  // another value; then nothing changes.
  Status replace(std::vector<SealingKey> keys);

  // `context` says what the record belongs to (execution and field, say); the same must be given to open it, so that
  // records cannot be swapped.
  std::string seal(std::string_view plain, std::string_view context) const;

  // failed_precondition: sealed by a key that is not in the ring (the message names its id), or in a newer format.
  // data_loss: damaged, or not sealed in this context.
  Result<std::string> open(std::string_view sealed, std::string_view context) const;

  const std::string& sealing_key_id() const { return now().keys.front().id; }
  bool has(std::string_view key_id) const { return now().find(key_id) != nullptr; }

  // The id of the key that a record was sealed with; data_loss when it is no such record. For re-sealing on rotation.
  static Result<std::string> key_id_of(std::string_view sealed);

 private:
  struct Keys {
    explicit Keys(std::vector<SealingKey> made);
    ~Keys();
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    const SealingKey* find(std::string_view id) const;
    std::string record_key(const SealingKey& key, std::string_view salt) const;

    std::vector<SealingKey> keys;
    std::vector<HmacSha256> derive;  // the same keys, ready to derive those of records
  };
  // Earlier ones stay until the end, so that who uses them needs no lock.
  struct Rings {
    std::mutex mutex;
    std::vector<std::unique_ptr<const Keys>> all;
    std::atomic<const Keys*> now = nullptr;
    void add(std::vector<SealingKey> keys);
  };

  Keyring();
  const Keys& now() const { return *rings_->now.load(std::memory_order_acquire); }

  std::unique_ptr<Rings> rings_;
};

}  // namespace flow::crypto
