// Types of a canvas's nodes and what their ways out mean, read for a second time, for foreign_graphs.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/console/foreign_words.h"

namespace flow::importing::console::foreign {

enum class Type : std::uint8_t {
  other,
  start,
  end,
  note,
  message,
  typing,
  reply,
  branch,
  schedule,
  jump,
  set,
  wait,
  phone,
  language,
  entities,
  random,
  http,
  function,
  classify,
  generate,
  forward,
  journey,
  kept,  // a component, but none of the language
};

struct Known {
  Type type{};
  std::string_view channel = {};
};

// By what a node says it is; case, signs and a final `node` do not count.
Known known_type(std::string_view written);
// Whether the console has such a component.
bool is_component(std::string_view written);

inline const Keys kOtherwise = {"else", "otherwise", "other", "default", "nomatch"};
inline const Keys kNext = {"",        "next",   "out",     "output",   "source",   "success",  "sent",
                           "right",   "bottom", "replied", "continue", "done",     "ok",       "output1",
                           "output0", "out1",   "out0",    "outgoing", "finished", "complete", "completed"};

bool is_one(std::string_view word, Keys all);
bool is_failed(std::string_view word);
bool is_silent(std::string_view word);
// Of a node's only way: a port that a library has numbered or named by its side.
bool goes_on(const Way& way);
// What a way says of itself: its port, or its label where the port means nothing.
std::string word_of(const Way& way);

// Which of a node's ways is taken when; each is asked for once.
class Ways {
 public:
  explicit Ways(const Box& box) : box_(box), taken_(box.ways.size()) {
    for (std::size_t i = 0; i < box.ways.size(); ++i) {
      words_.push_back(word_of(box.ways[i]));
      add(box.ways[i].port, i);
      if (box.ways[i].label != box.ways[i].port) add(box.ways[i].label, i);
    }
  }

  const Way* failed() { return take_if(is_failed); }
  const Way* silent() { return take_if(is_silent); }
  const Way* otherwise() { return take(kOtherwise); }
  // "timeout-undelivered" and the like.
  const Way* with(std::string_view part) {
    return take_if([&](const std::string& port) { return port.find(part) != std::string::npos; });
  }
  const Way* named(Keys ports) { return take(ports); }
  // The only one that is left.
  const Way* rest() {
    const auto left = std::find(taken_.begin(), taken_.end(), false);
    if (left == taken_.end()) return nullptr;
    *left = true;
    return &box_.ways[static_cast<std::size_t>(left - taken_.begin())];
  }
  // A single way is the way on, unless it says something else.
  const Way* next() {
    const Way* found = take(kNext);
    if (found != nullptr || box_.ways.size() != 1 || taken_[0] || is_one(words_[0], kOtherwise) ||
        !goes_on(box_.ways[0]))
      return found;
    taken_[0] = true;
    return &box_.ways[0];
  }
  // The way of a branch, by what the branch says of itself.
  const Way* of(const Json& branch) {
    for (std::size_t i = 0; i < box_.ways.size(); ++i) {
      if (box_.ways[i].branch != &branch) continue;
      clear_ = clear_ && !taken_[i];
      taken_[i] = true;
      return &box_.ways[i];
    }
    for (const std::string_view member :
         {"port", "portId", "handle", "handleId", "anchorId", "id", "key", "name", "label", "title", "code", "value"}) {
      const Json* said = branch.is_object() ? member_of(branch, member) : member == "name" ? &branch : nullptr;
      if (said == nullptr || said->is_structured()) continue;
      std::string name = said->is_string() ? said->get<std::string>() : said->dump();
      auto found = by_name_.find(name);
      const bool prefixed = name.size() > box_.id.size() + 1 && name.starts_with(box_.id);  // as ports are read
      if (found == by_name_.end() && prefixed) found = by_name_.find(name.substr(box_.id.size() + 1));
      if (found == by_name_.end()) continue;
      clear_ = clear_ && found->second != std::string::npos && !taken_[found->second];
      if (found->second == std::string::npos) return nullptr;
      taken_[found->second] = true;
      return &box_.ways[found->second];
    }
    return nullptr;
  }
  // No way is left, and none was asked for twice.
  bool all_taken() const { return clear_ && std::find(taken_.begin(), taken_.end(), false) == taken_.end(); }

 private:
  void add(const std::string& name, std::size_t way) {
    if (name.empty()) return;
    const auto [place, first] = by_name_.emplace(name, way);
    if (!first) place->second = std::string::npos;
  }
  const Way* take(Keys ports) {
    return take_if([&](const std::string& port) { return std::find(ports.begin(), ports.end(), port) != ports.end(); });
  }
  template <typename Is>
  const Way* take_if(const Is& is) {
    const Way* found = nullptr;
    for (std::size_t i = 0; i < box_.ways.size(); ++i) {
      if (taken_[i] || !is(words_[i])) continue;
      if (found != nullptr) clear_ = false;
      taken_[i] = true;
      found = &box_.ways[i];
    }
    return found;
  }

  const Box& box_;
  std::vector<bool> taken_;
  std::vector<std::string> words_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  // std::string::npos: of two
  bool clear_ = true;
};

}  // namespace flow::importing::console::foreign
