// JSON Web Tokens with HS256, the form in which some providers sign their webhooks (RFC 7519).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/crypto/mac.h"

namespace flow::crypto {

inline constexpr std::size_t kJwtBytesMax = 8192;

// `claims` is a JSON object as text; it is signed as it is.
std::string sign_jwt_hs256(std::string_view claims, std::string_view key);

// The claims of a token with a good signature, a JSON object as text. Times are the caller's to check.
// permission_denied: anything else, another algorithm (`none` above all) and `crit` headers included.
Result<std::string> verify_jwt_hs256(std::string_view token, std::string_view key);

// The same with a key that is used often, except that the claims are not looked at: they are what the signer wrote.
Result<std::string> verify_jwt_hs256(std::string_view token, const HmacSha256& key);

}  // namespace flow::crypto
