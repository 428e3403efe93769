// Names and their places in a list, for texts that are read at once: most of an index's time is waiting for memory, so
// a look-up is one place of a flat table, and the name when its hash is the same. Private to compiler/ir.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace flow::ir {

// Does not own the names.
class NameIndex {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }

  // Puts the name behind the others; false: it is there already.
  bool add(std::string_view name) {
    const std::uint32_t before = size();
    return place_of(name) == before;
  }

  // The name's place; behind the others when it was not there.
  std::uint32_t place_of(std::string_view name) {
    if ((names_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint32_t wanted = hash(name);
    Slot& slot = slots_[place(name, wanted)];
    if (slot.number != kNone) return slot.number;
    slot = {wanted, size()};
    names_.push_back(name);
    return slot.number;
  }

  // REQUIRES: place < size().
  std::string_view name(std::uint32_t place) const { return names_[place]; }

  std::optional<std::uint32_t> find(std::string_view name) const {
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[place(name, hash(name))];
    return slot.number == kNone ? std::nullopt : std::optional(slot.number);
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::size_t kFirstSlots = 16;
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = kNone;
  };

  static std::uint32_t hash(std::string_view name) {
    std::uint64_t value = name.size() * 0x9E3779B97F4A7C15U;
    for (; !name.empty(); name.remove_prefix(name.size() < 8 ? name.size() : 8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, name.data(), name.size() < 8 ? name.size() : 8);
      value = (value ^ word) * 0xD6E8FEB86659FD93U;
      value ^= value >> 32;
    }
    return static_cast<std::uint32_t>(value);
  }

  // Where the name is, or may be put. REQUIRES: a slot is free.
  std::size_t place(std::string_view name, std::uint32_t wanted) const {
    std::size_t at = wanted & (slots_.size() - 1);
    while (slots_[at].number != kNone && (slots_[at].hash != wanted || names_[slots_[at].number] != name))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  void grow() {
    std::vector<Slot> before(slots_.empty() ? kFirstSlots : slots_.size() * 2);
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.number == kNone) continue;
      std::size_t at = slot.hash & (slots_.size() - 1);
      while (slots_[at].number != kNone) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half of them in use
  std::vector<std::string_view> names_;
};

// Functions, which are called before they are known. A name is looked for where it stands, beside others like it:
// looking for all of them at the end would wait for memory at each.
class FunctionIndex {
 public:
  // What found() takes.
  std::uint32_t mention(std::string_view name) { return names_.place_of(name); }
  // Gives the name to the next function; false: another has it.
  bool define(std::string_view name) {
    const std::uint32_t mentioned = mention(name);
    if (mentioned >= numbers_.size()) numbers_.resize(mentioned + 1, kNone);
    if (numbers_[mentioned] != kNone) return false;
    numbers_[mentioned] = defined_++;
    return true;
  }
  bool defined(std::string_view name) const {
    const auto mentioned = names_.find(name);
    return mentioned && found(*mentioned);
  }
  std::optional<std::uint32_t> found(std::uint32_t mentioned) const {
    if (mentioned >= numbers_.size() || numbers_[mentioned] == kNone) return std::nullopt;
    return numbers_[mentioned];
  }
  // Empty: it is none of mention()'s.
  std::string_view name(std::uint32_t mentioned) const {
    return mentioned < names_.size() ? names_.name(mentioned) : std::string_view();
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  NameIndex names_;                     // all that were mentioned
  std::vector<std::uint32_t> numbers_;  // by name
  std::uint32_t defined_ = 0;
};

}  // namespace flow::ir
