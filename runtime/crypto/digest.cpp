// OpenSSL 3 calls the functions of one digest deprecated, but only they have a state that can be kept and copied
// without an allocation: with EVP an HMAC of a short text takes five times as long.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "runtime/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace flow::crypto {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view data) {
  // HMAC() takes a null key as "the key of before", so an empty key must still point somewhere.
  static constexpr char kEmpty = 0;
  const void* key_data = key.empty() ? &kEmpty : key.data();
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  const auto* result =
      HMAC(digest, key_data, static_cast<int>(key.size()), bytes(data), data.size(), bytes(out), &size);
  FLOW_CHECK(result != nullptr, "HMAC failed");
  out.resize(size);
  return out;
}

}  // namespace

std::array<char, 32> sha256_of(std::string_view data) {
  std::array<char, 32> out;
  SHA256(bytes(data), data.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

struct Sha256::Context {
  EVP_MD_CTX* handle = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(handle); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  FLOW_CHECK(context_->handle != nullptr && EVP_DigestInit_ex(context_->handle, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view data) {
  FLOW_CHECK(EVP_DigestUpdate(context_->handle, data.data(), data.size()) == 1);
}

std::string Sha256::finish() {
  std::string out(32, '\0');
  unsigned int size = 0;
  FLOW_CHECK(EVP_DigestFinal_ex(context_->handle, bytes(out), &size) == 1 && size == out.size());
  return out;
}

std::string sha256(std::string_view data) {
  return std::string(view(sha256_of(data)));
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  return hmac(EVP_sha256(), key, data);
}
std::string hmac_sha1(std::string_view key, std::string_view data) {
  return hmac(EVP_sha1(), key, data);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace flow::crypto
