// Signatures with a key pair: who holds the private half signs, everybody can verify. Door to OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::crypto {

// An elliptic curve's public key (SubjectPublicKeyInfo, DER, in base64). Immutable; any thread.
class PublicKey {
 public:
  // What is no such key verifies nothing (is_public_key tells).
  explicit PublicKey(std::string_view base64);

  // Whether `signature` (ECDSA over SHA-256, DER, in base64) is of the two parts as one text.
  bool verifies(std::string_view signature, std::string_view first, std::string_view second = {}) const;

 private:
  std::shared_ptr<void> key_;
  friend bool is_public_key(std::string_view base64);
};

bool is_public_key(std::string_view base64);

// For those who play the other side, on P-256. Immutable; any thread.
class PrivateKey {
 public:
  PrivateKey();                                                                  // a new pair
  explicit PrivateKey(std::string_view pkcs8_base64);                            // REQUIRES: an elliptic curve's
  std::string public_key() const;                                                // as PublicKey takes it
  std::string sign(std::string_view first, std::string_view second = {}) const;  // as PublicKey::verifies takes it

 private:
  std::shared_ptr<void> key_;
};

}  // namespace flow::crypto
