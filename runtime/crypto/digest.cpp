// OpenSSL 3 calls the functions of one digest deprecated, but only they have a state that can be kept and copied
// without an allocation: with EVP an HMAC of a short text takes five times as long.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "runtime/crypto/digest.h"

#include <cstring>

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

// The functions of a digest, by the size of its result.
template <std::size_t kDigestBytes>
struct Functions;

template <>
struct Functions<32> {
  using State = SHA256_CTX;
  static void begin(State& state) { SHA256_Init(&state); }
  static void update(State& state, std::string_view data) { SHA256_Update(&state, data.data(), data.size()); }
  static void finish(State& state, unsigned char* out) { SHA256_Final(out, &state); }
};

template <>
struct Functions<20> {
  using State = SHA_CTX;
  static void begin(State& state) { SHA1_Init(&state); }
  static void update(State& state, std::string_view data) { SHA1_Update(&state, data.data(), data.size()); }
  static void finish(State& state, unsigned char* out) { SHA1_Final(out, &state); }
};

}  // namespace

// RFC 2104: H(key ^ outer pad, H(key ^ inner pad, text)); both pads fill one block.
template <std::size_t kDigestBytes, std::size_t kStateBytes>
Hmac<kDigestBytes, kStateBytes>::Hmac(std::string_view key) {
  using F = Functions<kDigestBytes>;
  static_assert(sizeof(typename F::State) == kStateBytes && std::is_trivially_copyable_v<typename F::State>);
  constexpr std::size_t kBlockBytes = 64;
  std::array<char, kBlockBytes> block{};
  if (key.size() > kBlockBytes) {
    typename F::State state;
    F::begin(state);
    F::update(state, key);
    F::finish(state, reinterpret_cast<unsigned char*>(block.data()));
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  const auto absorb = [&block](State& into, char pad) {
    std::array<char, kBlockBytes> padded;
    for (std::size_t i = 0; i < kBlockBytes; ++i) padded[i] = static_cast<char>(block[i] ^ pad);
    typename F::State state;
    F::begin(state);
    F::update(state, view(padded));
    std::memcpy(into.bytes.data(), &state, sizeof state);
    OPENSSL_cleanse(padded.data(), padded.size());
    OPENSSL_cleanse(&state, sizeof state);
  };
  absorb(inner_, 0x36);
  absorb(outer_, 0x5C);
  OPENSSL_cleanse(block.data(), block.size());
}

template <std::size_t kDigestBytes, std::size_t kStateBytes>
Hmac<kDigestBytes, kStateBytes>::~Hmac() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

template <std::size_t kDigestBytes, std::size_t kStateBytes>
typename Hmac<kDigestBytes, kStateBytes>::Code Hmac<kDigestBytes, kStateBytes>::of(std::string_view first,
                                                                                   std::string_view second) const {
  using F = Functions<kDigestBytes>;
  typename F::State state;
  Code code;
  auto* out = reinterpret_cast<unsigned char*>(code.data());
  std::memcpy(&state, inner_.bytes.data(), sizeof state);
  F::update(state, first);
  if (!second.empty()) F::update(state, second);
  F::finish(state, out);
  std::memcpy(&state, outer_.bytes.data(), sizeof state);
  F::update(state, view(code));
  F::finish(state, out);
  return code;
}

template class Hmac<32, 112>;
template class Hmac<20, 96>;

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
