#include "tests/importing/json_mutants.h"

#include <utility>
#include <vector>

namespace flow::importing {
namespace {

using Random = std::mt19937_64;

void collect(Json& json, std::vector<Json*>& out) {
  out.push_back(&json);
  if (json.is_structured())
    for (Json& each : json) collect(each, out);
}

Json other_type(Random& random, const Json& was) {
  switch (random() % 8) {
    case 0:
      return nullptr;
    case 1:
      return true;
    case 2:
      return static_cast<std::int64_t>(random() % 5) - 2;
    case 3:
      return 1.5e300;
    case 4:
      return Json::array({was});
    case 5:
      return Json{{"value", was}};
    case 6:
      return "";
    default:
      return "} => end\nx: wait 1s => end // {{a}} \"\xC3\xA9";
  }
}

void change_container(Random& random, Json& container) {
  const std::size_t which = random() % container.size();
  auto chosen = container.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(which));
  switch (random() % 3) {
    case 0:
      container.erase(chosen);
      return;
    case 1:  // doubled
      if (container.is_array()) {
        container.push_back(Json(*chosen));
      } else {
        container[chosen.key() + "2"] = Json(*chosen);
      }
      return;
    default:  // renamed, or swapped
      if (container.is_array()) {
        auto other = container.begin();
        std::advance(other, static_cast<std::ptrdiff_t>(random() % container.size()));
        std::swap(*chosen, *other);
      } else {
        Json value = *chosen;
        const std::string name = chosen.key();
        container.erase(name);
        container[random() % 2 == 0 ? name + "X" : name.substr(0, name.size() / 2)] = std::move(value);
      }
  }
}

void change(Random& random, Json& json) {
  std::vector<Json*> all;
  collect(json, all);
  Json& chosen = *all[random() % all.size()];
  const Json other = *all[random() % all.size()];  // a copy: it may hold `chosen`
  switch (random() % 4) {
    case 0:
      chosen = other_type(random, chosen);
      return;
    case 1:
      if (other.is_primitive() || random() % 4 == 0) chosen = other;
      return;
    case 2:
      if (chosen.is_string() && !chosen.get_ref<const std::string&>().empty()) {
        auto& text = chosen.get_ref<std::string&>();
        text.resize(random() % text.size());
        return;
      }
      [[fallthrough]];
    default:
      if (chosen.is_structured() && !chosen.empty()) change_container(random, chosen);
  }
}

}  // namespace

Json mutant(const Json& json, std::uint64_t seed) {
  Random random(seed);
  Json out = json;
  for (std::uint64_t i = 0, count = 1 + random() % 3; i < count; ++i) change(random, out);
  return out;
}

std::string broken(const std::string& text, std::uint64_t seed) {
  Random random(seed);
  std::string out = text;
  for (std::uint64_t i = 0, count = 1 + random() % 3; i < count && !out.empty(); ++i) {
    const std::size_t at = random() % out.size();
    if (random() % 8 == 0) {
      out.resize(at);
    } else {
      out[at] = static_cast<char>(static_cast<unsigned char>(out[at]) ^ (1U << random() % 8));
    }
  }
  return out;
}

}  // namespace flow::importing
