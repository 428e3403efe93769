#include "compiler/import/console/own_words.h"

#include <algorithm>
#include <cctype>

namespace flow::importing::console {

Word word_of(const Json& value) {
  const Json& inner = value.at("value");
  return {value.at("type").get<std::string>(), inner.is_string() ? inner.get<std::string>() : inner.dump()};
}

Item words_of(const Json& list) {
  Item item;
  for (const Json& one : list) item.push_back(word_of(one));
  return item;
}

std::vector<Item> items_of(const Json& entry) {
  if (const Json* items = member_of(entry, "items")) {
    std::vector<Item> result;
    for (const Json& one : *items) result.push_back(words_of(one));
    return result;
  }
  if (const Json* words = member_of(entry, "words")) return {words_of(*words)};
  const std::string setting = text_of(entry, "setting");
  const Json& values = entry.at("values");
  Item item;
  std::size_t next = 0;
  for (std::size_t at = 0; at < setting.size();) {
    const std::size_t end = std::min(setting.find(' ', at), setting.size());
    const std::string part = setting.substr(at, end - at);
    const bool value = std::isupper(static_cast<unsigned char>(part.front())) != 0;
    if (!value) item.push_back({"name", part});
    if (value && next < values.size()) item.push_back(word_of(values[next++]));
    at = end + 1;
  }
  while (next < values.size()) item.push_back(word_of(values[next++]));
  return {item};
}

}  // namespace flow::importing::console
