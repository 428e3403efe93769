// OpenSSL 3 calls the plain functions of its digests deprecated. They are the only ones whose state is a value that can
// be copied without allocating and looking things up, which is most of what a short HMAC costs.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "runtime/crypto/mac.h"

#include <openssl/sha.h>

#include "base/check.h"

namespace flow::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;  // of SHA-1 and of SHA-256

struct Sha1Functions {
  using Context = SHA_CTX;
  static int init(Context* c) { return SHA1_Init(c); }
  static int update(Context* c, const void* data, std::size_t size) { return SHA1_Update(c, data, size); }
  static int finish(unsigned char* out, Context* c) { return SHA1_Final(out, c); }
};

struct Sha256Functions {
  using Context = SHA256_CTX;
  static int init(Context* c) { return SHA256_Init(c); }
  static int update(Context* c, const void* data, std::size_t size) { return SHA256_Update(c, data, size); }
  static int finish(unsigned char* out, Context* c) { return SHA256_Final(out, c); }
};

template <typename Functions, typename State>
typename Functions::Context* context(State& state) {
  static_assert(sizeof(typename Functions::Context) <= sizeof(State));
  static_assert(alignof(typename Functions::Context) <= alignof(State));
  return reinterpret_cast<typename Functions::Context*>(state.bytes.data());
}

// RFC 2104: a key longer than a block is hashed first.
template <typename Functions, std::size_t kBytes, typename State>
void prepare(std::string_view key, State& inner, State& outer) {
  std::array<unsigned char, kBlockBytes> block{};
  if (key.size() > kBlockBytes) {
    FLOW_CHECK(Functions::init(context<Functions>(inner)) == 1);
    FLOW_CHECK(Functions::update(context<Functions>(inner), key.data(), key.size()) == 1);
    FLOW_CHECK(Functions::finish(block.data(), context<Functions>(inner)) == 1);
    static_assert(kBytes <= kBlockBytes);
  } else {
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<unsigned char>(key[i]);
  }
  for (auto& byte : block) byte ^= 0x36;
  FLOW_CHECK(Functions::init(context<Functions>(inner)) == 1);
  FLOW_CHECK(Functions::update(context<Functions>(inner), block.data(), block.size()) == 1);
  for (auto& byte : block) byte ^= 0x36 ^ 0x5C;
  FLOW_CHECK(Functions::init(context<Functions>(outer)) == 1);
  FLOW_CHECK(Functions::update(context<Functions>(outer), block.data(), block.size()) == 1);
}

template <typename Functions, std::size_t kBytes, typename State>
void complete(State& inner, State& outer, std::span<unsigned char, kBytes> out) {
  FLOW_CHECK(Functions::finish(out.data(), context<Functions>(inner)) == 1);
  FLOW_CHECK(Functions::update(context<Functions>(outer), out.data(), out.size()) == 1);
  FLOW_CHECK(Functions::finish(out.data(), context<Functions>(outer)) == 1);
}

}  // namespace

HmacSha1::HmacSha1(std::string_view key) {
  prepare<Sha1Functions, kBytes>(key, inner_, outer_);
}
void HmacSha1::update(std::string_view data) {
  FLOW_CHECK(SHA1_Update(context<Sha1Functions>(inner_), data.data(), data.size()) == 1);
}
void HmacSha1::finish(std::span<unsigned char, kBytes> out) {
  complete<Sha1Functions, kBytes>(inner_, outer_, out);
}

HmacSha256::HmacSha256(std::string_view key) {
  prepare<Sha256Functions, kBytes>(key, inner_, outer_);
}
void HmacSha256::update(std::string_view data) {
  FLOW_CHECK(SHA256_Update(context<Sha256Functions>(inner_), data.data(), data.size()) == 1);
}
void HmacSha256::finish(std::span<unsigned char, kBytes> out) {
  complete<Sha256Functions, kBytes>(inner_, outer_, out);
}

}  // namespace flow::crypto
