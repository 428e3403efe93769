#include "runtime/crypto/seal.h"

#include <algorithm>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/random.h"

namespace flow::crypto {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// One for each thread. Between two uses it holds the key of the record before, not the key that this was derived from.
EVP_CIPHER_CTX* cipher_of_thread() {
  static EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  FLOW_CHECK(aes != nullptr && context != nullptr, "AES-256-GCM is not available");
  // Chosen once: later only key and nonce are set.
  if (EVP_CIPHER_CTX_get0_cipher(context.get()) == nullptr) {
    FLOW_CHECK(EVP_CipherInit_ex(context.get(), aes, nullptr, nullptr, nullptr, 1) == 1);
  }
  return context.get();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// The parts of a sealed record, as views into it.
struct Record {
  std::string_view header;  // version, id length, id, salt, nonce
  std::string_view key_id;
  std::string_view salt;
  std::string_view nonce;
  std::string_view ciphertext;
  std::string_view tag;
};

Result<Record> split(std::string_view sealed) {
  if (sealed.size() < 2) return fail(ErrorCode::data_loss, "a sealed value is too short");
  if (sealed[0] != kVersion) {
    return fail(ErrorCode::failed_precondition, "a sealed value has format {}, this program reads format {}",
                static_cast<int>(static_cast<unsigned char>(sealed[0])), static_cast<int>(kVersion));
  }
  const auto id_size = static_cast<unsigned char>(sealed[1]);
  const std::size_t header_size = 2 + id_size + kSaltBytes + kNonceBytes;
  if (id_size == 0 || id_size > kSealingKeyIdCharsMax || sealed.size() < header_size + kTagBytes) {
    return fail(ErrorCode::data_loss, "a sealed value is damaged");
  }
  const std::size_t salt = 2 + id_size;
  return Record{sealed.substr(0, header_size),
                sealed.substr(2, id_size),
                sealed.substr(salt, kSaltBytes),
                sealed.substr(salt + kSaltBytes, kNonceBytes),
                sealed.substr(header_size, sealed.size() - header_size - kTagBytes),
                sealed.substr(sealed.size() - kTagBytes)};
}

// The header is authenticated with its length, so that header and context cannot flow into each other.
std::string authenticated(std::string_view header, std::string_view context) {
  std::string out;
  out += static_cast<char>(header.size());
  out += header;
  out += context;
  return out;
}

bool good_id(std::string_view id) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !id.empty() && id.size() <= kSealingKeyIdCharsMax && std::ranges::all_of(id, good);
}

Status check(const std::vector<SealingKey>& keys) {
  if (keys.empty()) return fail(ErrorCode::invalid_argument, "a keyring needs at least one sealing key");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const SealingKey& key = keys[i];
    if (!good_id(key.id)) {
      return fail(ErrorCode::invalid_argument, "a sealing key's id has 1 to {} characters of A-Z a-z 0-9 _ - .",
                  kSealingKeyIdCharsMax);
    }
    if (key.bytes.size() != kSealingKeyBytes) {
      return fail(ErrorCode::invalid_argument, "sealing key `{}` has {} bytes, it must have {}", key.id,
                  key.bytes.size(), kSealingKeyBytes);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[j].id == key.id) return fail(ErrorCode::invalid_argument, "two sealing keys have the id `{}`", key.id);
    }
  }
  return {};
}

}  // namespace

Keyring::Keys::Keys(std::vector<SealingKey> made) : keys(std::move(made)) {
  for (const SealingKey& key : keys) derive.emplace_back(key.bytes);
}

Keyring::Keys::~Keys() {
  for (SealingKey& key : keys) wipe(key.bytes);
  for (HmacSha256& key : derive) OPENSSL_cleanse(&key, sizeof key);
}

const SealingKey* Keyring::Keys::find(std::string_view id) const {
  const auto it = std::ranges::find(keys, id, &SealingKey::id);
  return it == keys.end() ? nullptr : &*it;
}

std::string Keyring::Keys::record_key(const SealingKey& key, std::string_view salt) const {
  return std::string(view(code_of(derive[static_cast<std::size_t>(&key - keys.data())], "flow seal 1", salt)));
}

void Keyring::Rings::add(std::vector<SealingKey> keys) {
  all.push_back(std::make_unique<const Keys>(std::move(keys)));
  now.store(all.back().get(), std::memory_order_release);
}

Keyring::Keyring() : rings_(std::make_unique<Rings>()) {}
Keyring::~Keyring() = default;

Result<Keyring> Keyring::make(std::vector<SealingKey> keys) {
  if (Status good = check(keys); !good) return std::unexpected(good.error());
  Keyring ring;
  ring.rings_->add(std::move(keys));
  return ring;
}

Status Keyring::replace(std::vector<SealingKey> keys) {
  if (Status good = check(keys); !good) return good;
  const std::lock_guard lock(rings_->mutex);
  for (const SealingKey& key : now().keys) {
    const auto same = std::ranges::find(keys, key.id, &SealingKey::id);
    if (same == keys.end() || same->bytes != key.bytes) {
      return fail(ErrorCode::invalid_argument, "sealing key `{}` is missing, or has another value", key.id);
    }
  }
  const bool same = std::ranges::equal(keys, now().keys, {}, &SealingKey::id, &SealingKey::id);
  if (!same) rings_->add(std::move(keys));
  return {};
}

std::string Keyring::seal(std::string_view plain, std::string_view context) const {
  const Keys& keys = now();
  const SealingKey& key = keys.keys.front();
  const std::string random = random_bytes(kSaltBytes + kNonceBytes);
  std::string out;
  out.reserve(2 + key.id.size() + random.size() + plain.size() + kTagBytes);
  out += kVersion;
  out += static_cast<char>(key.id.size());
  out += key.id;
  out += random;
  const std::string nonce = random.substr(kSaltBytes);
  const std::string aad = authenticated(out, context);
  std::string secret = keys.record_key(key, std::string_view(random).substr(0, kSaltBytes));

  EVP_CIPHER_CTX* const cipher = cipher_of_thread();
  const std::size_t header = out.size();
  out.resize(header + plain.size() + kTagBytes);
  unsigned char* const text = bytes(out) + header;
  unsigned char* const tag = text + plain.size();
  int size = 0;
  const bool good = EVP_EncryptInit_ex(cipher, nullptr, nullptr, bytes(secret), bytes(nonce)) == 1 &&
                    EVP_EncryptUpdate(cipher, nullptr, &size, bytes(aad), static_cast<int>(aad.size())) == 1 &&
                    EVP_EncryptUpdate(cipher, text, &size, bytes(plain), static_cast<int>(plain.size())) == 1 &&
                    EVP_EncryptFinal_ex(cipher, tag, &size) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1;
  FLOW_CHECK(good, "AES-256-GCM failed to seal");
  wipe(secret);
  return out;
}

Result<std::string> Keyring::open(std::string_view sealed, std::string_view context) const {
  const auto record = split(sealed);
  if (!record) return std::unexpected(record.error());
  const Keys& keys = now();
  const SealingKey* key = keys.find(record->key_id);
  if (key == nullptr) {
    return fail(ErrorCode::failed_precondition,
                "a stored secret was sealed with key `{}`, which is not among the configured sealing keys",
                good_id(record->key_id) ? record->key_id : std::string_view("?"));
  }
  const std::string aad = authenticated(record->header, context);
  std::string secret = keys.record_key(*key, record->salt);
  std::string tag(record->tag);
  std::string plain(record->ciphertext.size(), '\0');
  EVP_CIPHER_CTX* const cipher = cipher_of_thread();
  int size = 0;
  const std::string_view text = record->ciphertext;
  // The final step may write nothing, but wants a place to write to.
  unsigned char rest[EVP_MAX_BLOCK_LENGTH];
  const bool good = EVP_DecryptInit_ex(cipher, nullptr, nullptr, bytes(secret), bytes(record->nonce)) == 1 &&
                    EVP_DecryptUpdate(cipher, nullptr, &size, bytes(aad), static_cast<int>(aad.size())) == 1 &&
                    EVP_DecryptUpdate(cipher, bytes(plain), &size, bytes(text), static_cast<int>(text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher, rest, &size) == 1;
  wipe(secret);
  if (!good) {
    wipe(plain);
    return fail(ErrorCode::data_loss, "a stored secret is damaged or does not belong where it was found");
  }
  return plain;
}

Result<std::string> Keyring::key_id_of(std::string_view sealed) {
  const auto record = split(sealed);
  if (!record) return std::unexpected(record.error());
  return std::string(record->key_id);
}

}  // namespace flow::crypto
