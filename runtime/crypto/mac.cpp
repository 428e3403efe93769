// OpenSSL 3 calls the plain functions of its digests deprecated. They are the only ones whose state is a value that can
// be copied without allocating and looking things up, which is most of what a short HMAC costs.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "runtime/crypto/mac.h"

#include <openssl/sha.h>

#include <algorithm>

#include "base/check.h"

namespace flow::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;  // of SHA-1 and of SHA-256

template <typename Hash>
struct Functions;

template <>
struct Functions<Sha1Hash> {
  using Context = SHA_CTX;
  static int init(Context* c) { return SHA1_Init(c); }
  static int update(Context* c, const void* data, std::size_t size) { return SHA1_Update(c, data, size); }
  static int finish(unsigned char* out, Context* c) { return SHA1_Final(out, c); }
};

template <>
struct Functions<Sha256Hash> {
  using Context = SHA256_CTX;
  static int init(Context* c) { return SHA256_Init(c); }
  static int update(Context* c, const void* data, std::size_t size) { return SHA256_Update(c, data, size); }
  static int finish(unsigned char* out, Context* c) { return SHA256_Final(out, c); }
};

template <typename Hash, typename State>
typename Functions<Hash>::Context* context(State& state) {
  static_assert(sizeof(typename Functions<Hash>::Context) <= sizeof(State));
  static_assert(alignof(typename Functions<Hash>::Context) <= alignof(State));
  return reinterpret_cast<typename Functions<Hash>::Context*>(state.bytes.data());
}

template <typename Hash, typename State>
void update_state(State& state, const void* data, std::size_t size) {
  FLOW_CHECK(Functions<Hash>::update(context<Hash>(state), data, size) == 1);
}

template <typename Hash, typename State>
void begin(State& state, const std::array<unsigned char, kBlockBytes>& block) {
  FLOW_CHECK(Functions<Hash>::init(context<Hash>(state)) == 1);
  update_state<Hash>(state, block.data(), block.size());
}

}  // namespace

template <typename Hash>
Hmac<Hash>::Hmac(std::string_view key) {
  std::array<unsigned char, kBlockBytes> block{};
  static_assert(kBytes <= kBlockBytes);
  if (key.size() > kBlockBytes) {  // hashed first
    FLOW_CHECK(Functions<Hash>::init(context<Hash>(inner_)) == 1);
    update(key);
    FLOW_CHECK(Functions<Hash>::finish(block.data(), context<Hash>(inner_)) == 1);
  } else {
    std::ranges::copy(key, block.begin());
  }
  for (auto& byte : block) byte ^= 0x36;
  begin<Hash>(inner_, block);
  for (auto& byte : block) byte ^= 0x36 ^ 0x5C;
  begin<Hash>(outer_, block);
}

template <typename Hash>
void Hmac<Hash>::update(std::string_view data) {
  update_state<Hash>(inner_, data.data(), data.size());
}

template <typename Hash>
void Hmac<Hash>::finish(std::span<unsigned char, kBytes> out) {
  FLOW_CHECK(Functions<Hash>::finish(out.data(), context<Hash>(inner_)) == 1);
  update_state<Hash>(outer_, out.data(), out.size());
  FLOW_CHECK(Functions<Hash>::finish(out.data(), context<Hash>(outer_)) == 1);
}

template class Hmac<Sha1Hash>;
template class Hmac<Sha256Hash>;

}  // namespace flow::crypto
