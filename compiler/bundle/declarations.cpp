#include <nlohmann/json.hpp>

#include "compiler/bundle/bundle.h"
#include "runtime/program/text.h"

namespace flow::bundle {

std::map<std::string, std::int64_t> receipts_within(std::string_view declarations) {
  using Json = nlohmann::json;
  std::map<std::string, std::int64_t> result;
  const Json declared = Json::parse(declarations, nullptr, false);
  if (!declared.is_object() || !declared.contains("channels")) return result;
  for (const Json& one : declared["channels"]) {
    const auto text = [&](const char* key) {
      return one.is_object() && one.contains(key) && one[key].is_string() ? one[key].get<std::string>() : "";
    };
    const auto within = program::parse_duration(text("receipts_within"));
    if (within && *within >= 0) result.emplace(text("name"), *within);
  }
  return result;
}

}  // namespace flow::bundle
