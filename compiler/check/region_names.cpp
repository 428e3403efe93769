#include "compiler/check/region_names.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "runtime/program/text.h"

namespace flow::check {
namespace {

using catalogue::Region;

std::string lower(std::string_view text) {
  std::string result;
  program::append_lower(result, text);
  return result;
}

// Lower-case names and aliases of all regions; built once.
const std::map<std::string, const Region*, std::less<>>& names() {
  static const auto table = [] {
    std::map<std::string, const Region*, std::less<>> result;
    for (const Region& region : catalogue::regions()) result.emplace(lower(region.name), &region);
    for (const auto& alias : catalogue::region_aliases())
      result.emplace(std::string(alias.alias), catalogue::find_region(alias.code));
    return result;
  }();
  return table;
}

bool is_letter(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  const auto c = static_cast<unsigned char>(text[at]);
  return c >= 0x80 || std::isalnum(c) != 0;
}

// The end of the longest name that begins at `at`, and its region.
std::pair<std::size_t, const Region*> name_at(std::string_view text, std::size_t at) {
  std::pair<std::size_t, const Region*> best{at, nullptr};
  for (auto it = names().upper_bound(text.substr(at, 1)); it != names().end() && it->first[0] == text[at]; ++it) {
    const std::string& name = it->first;
    if (name.size() <= best.first - at || text.substr(at, name.size()) != name) continue;
    if (is_letter(text, at + name.size())) continue;
    best = {at + name.size(), it->second};
  }
  return best;
}

}  // namespace

const Region* region_of_name(std::string_view name) {
  const auto found = names().find(lower(name));
  return found == names().end() ? nullptr : found->second;
}

std::vector<const Region*> regions_named_in(std::string_view text) {
  // Short aliases that are words as well (`us`, `uk` in lower case, `america`) count only as written by people who mean
  // the country: in capitals.
  const std::string folded = lower(text);
  std::vector<const Region*> result;
  for (std::size_t at = 0; at < folded.size();) {
    if (!is_letter(folded, at) || (at > 0 && is_letter(folded, at - 1))) {
      ++at;
      continue;
    }
    const auto [end, region] = name_at(folded, at);
    if (region == nullptr) {
      ++at;
      continue;
    }
    const bool capital = folded.size() == text.size() && std::isupper(static_cast<unsigned char>(text[at])) != 0;
    const bool plain = !capital && folded.size() == text.size() && static_cast<unsigned char>(text[at]) < 0x80;
    if (!plain && std::ranges::find(result, region) == result.end()) result.push_back(region);
    at = end;
  }
  return result;
}

}  // namespace flow::check
