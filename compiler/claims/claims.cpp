#include "compiler/claims/claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/limits.h"

namespace flow::claims {
namespace {

using Json = nlohmann::json;

// The member of an object, the element of an array; null when there is none.
const Json& at(const Json& json, const char* member) {
  static const Json none;
  const auto found = json.is_object() ? json.find(member) : json.end();
  return json.is_object() && found != json.end() ? *found : none;
}
const Json& at(const Json& json, std::size_t place) {
  static const Json none;
  return json.is_array() && place < json.size() ? json[place] : none;
}

// The element of `all` whose member is called so.
const Json* find(const Json& all, const char* member, std::string_view name) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Json& one = at(at(all, i), member);
    if (one.is_string() && one.get_ref<const std::string&>() == name) return &all[i];
  }
  return nullptr;
}

bool read_number(const Json& json, std::int64_t& out) {
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return false;
  if (!json.is_number_integer()) return false;
  out = json.get<std::int64_t>();
  return true;
}

bool read_claims(const Json& json, Claims& out) {
  if (!json.is_array()) return false;
  for (const Json& one : json) {
    Claim& claim = out.emplace_back();
    if (!read_number(at(one, std::size_t{0}), claim.earliest) || !read_number(at(one, std::size_t{1}), claim.most))
      return false;
    claim = {std::clamp(claim.earliest, -kMost, kMost), std::clamp(claim.most, -kMost, kMost)};
  }
  return true;
}

}  // namespace

struct Certificate::Document {
  Json json;
};

Result<Certificate> Certificate::read(std::string_view json) {
  Certificate result;
  result.document_ = std::make_shared<Document>(Document{Json::parse(json, nullptr, false)});
  if (result.document_->json.is_discarded()) return fail(ErrorCode::invalid_argument, "it is not JSON");
  return result;
}

Result<Proof> Certificate::proof(std::string_view flow, std::string_view question) const {
  const Json* about = find(at(document_->json, "flows"), "flow", flow);
  const Json* written = about == nullptr ? nullptr : find(at(*about, "proofs"), "of", question);
  if (written == nullptr) return fail(ErrorCode::invalid_argument, "there is no proof of it");
  const Status unreadable = fail(ErrorCode::invalid_argument, "its proof cannot be read");
  Proof proof;
  proof.forgetful = written->contains("credits");
  const Json& credits = at(*written, "credits");
  if (proof.forgetful && !credits.is_array()) return std::unexpected(unreadable.error());
  for (const Json& credit : credits)
    if (!read_number(credit, proof.credits.emplace_back())) return std::unexpected(unreadable.error());
  const Json& text = at(*written, "claims");
  if (!text.is_string()) return std::unexpected(unreadable.error());
  const Json claims = Json::parse(text.get_ref<const std::string&>(), nullptr, false);
  if (!claims.is_array()) return std::unexpected(unreadable.error());
  if (claims.size() > limits::kProofLabelsMax) return fail(ErrorCode::invalid_argument, "its proof is too long");
  for (const Json& one : claims)
    if (!read_claims(one, proof.claims.emplace_back())) return std::unexpected(unreadable.error());
  return proof;
}

}  // namespace flow::claims
