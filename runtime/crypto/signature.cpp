#include "runtime/crypto/signature.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "runtime/crypto/encoding.h"

namespace flow::crypto {
namespace {

constexpr std::size_t kKeyBytesMax = 1024;
constexpr std::size_t kSignatureBytesMax = 1024;

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Digest new_digest() {
  return {EVP_MD_CTX_new(), &EVP_MD_CTX_free};
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::shared_ptr<void> own(EVP_PKEY* key) {
  return {key, [](void* each) { EVP_PKEY_free(static_cast<EVP_PKEY*>(each)); }};
}

EVP_PKEY* raw(const std::shared_ptr<void>& key) {
  return static_cast<EVP_PKEY*>(key.get());
}

}  // namespace

PublicKey::PublicKey(std::string_view base64) {
  if (base64.size() > kKeyBytesMax) return;
  const auto der = from_base64(base64);
  if (!der) return;
  const unsigned char* at = bytes(*der);
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size()));
  if (key == nullptr) return;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && at == bytes(*der) + der->size())
    key_ = own(key);
  else
    EVP_PKEY_free(key);
}

bool is_public_key(std::string_view base64) {
  return PublicKey(base64).key_ != nullptr;
}

bool PublicKey::verifies(std::string_view signature, std::string_view first, std::string_view second) const {
  if (key_ == nullptr || signature.size() > kSignatureBytesMax) return false;
  const auto der = from_base64(signature);
  const Digest digest = new_digest();
  return der && digest != nullptr &&
         EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, raw(key_)) == 1 &&
         EVP_DigestVerifyUpdate(digest.get(), first.data(), first.size()) == 1 &&
         EVP_DigestVerifyUpdate(digest.get(), second.data(), second.size()) == 1 &&
         EVP_DigestVerifyFinal(digest.get(), bytes(*der), der->size()) == 1;
}

PrivateKey::PrivateKey() : key_(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"))) {
  FLOW_CHECK(key_ != nullptr, "no key could be made");
}

PrivateKey::PrivateKey(std::string_view pkcs8_base64) {
  const auto der = from_base64(pkcs8_base64);
  FLOW_CHECK(der, "the private key is not base64");
  const unsigned char* at = bytes(*der);
  key_ = own(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der->size())));
  FLOW_CHECK(key_ != nullptr, "no private key can be read");
}

std::string PrivateKey::public_key() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(raw(key_), &der);
  FLOW_CHECK(size > 0, "the key cannot be written");
  std::string text = base64({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return text;
}

std::string PrivateKey::sign(std::string_view first, std::string_view second) const {
  const Digest digest = new_digest();
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(raw(key_))), '\0');
  std::size_t size = signature.size();
  const bool made = digest != nullptr &&
                    EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, raw(key_)) == 1 &&
                    EVP_DigestSignUpdate(digest.get(), first.data(), first.size()) == 1 &&
                    EVP_DigestSignUpdate(digest.get(), second.data(), second.size()) == 1 &&
                    EVP_DigestSignFinal(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size) == 1;
  FLOW_CHECK(made, "no signature could be made");
  signature.resize(size);
  return base64(signature);
}

}  // namespace flow::crypto
