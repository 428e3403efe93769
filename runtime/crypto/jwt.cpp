#include "runtime/crypto/jwt.h"

#include <nlohmann/json.hpp>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"

namespace flow::crypto {
namespace {

// A bounded nesting keeps the parser's stack bounded; no real header or claim set comes near it.
constexpr int kDepthMax = 16;

constexpr std::string_view kUsualHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kUsualHeaderOtherWay = R"({"typ":"JWT","alg":"HS256"})";

nlohmann::json parse_object(const std::string& text) {
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth < kDepthMax; };
  auto value = nlohmann::json::parse(text, shallow, false);
  return value.is_object() ? value : nlohmann::json();
}

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::permission_denied, "the token is not valid: {}", why);
}

}  // namespace

std::string sign_jwt_hs256(std::string_view claims, std::string_view key) {
  std::string token = base64url(kUsualHeader) + "." + base64url(claims);
  return token + "." + base64url(hmac_sha256(key, token));
}

Result<std::string> verify_jwt_hs256(std::string_view token, std::string_view key) {
  auto claims = verify_jwt_hs256(token, HmacSha256(key));
  if (claims && parse_object(*claims).is_null()) return refused("its claims are no JSON object");
  return claims;
}

Result<std::string> verify_jwt_hs256(std::string_view token, const HmacSha256& key) {
  if (token.size() > kJwtBytesMax) return refused("it is too long");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return refused("it has not three parts");
  }
  const auto header = from_base64url(token.substr(0, first));
  auto claims = from_base64url(token.substr(first + 1, second - first - 1));
  const auto signature = from_base64url(token.substr(second + 1));
  if (!header || !claims || !signature) return refused("a part is not base64url");
  // The signature first: nothing that a stranger wrote is parsed.
  if (!equal_constant_time(*signature, view(code_of(key, token.substr(0, second))))) return refused("wrong signature");
  // The usual headers, as they are usually written, need no parser.
  if (*header == kUsualHeader || *header == kUsualHeaderOtherWay) return *std::move(claims);
  const auto head = parse_object(*header);
  const auto alg = head.find("alg");
  if (head.is_null() || alg == head.end() || *alg != "HS256" || head.contains("crit")) return refused("not HS256");
  return *std::move(claims);
}

}  // namespace flow::crypto
