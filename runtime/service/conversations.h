// Which executions of a shard talk with whom: from a conversation (a channel and an address, hashed) to those that sent
// the last of their messages there. Only of flows that can take a reply. In memory; images have what it is made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace flow::service {

class Conversations {
 public:
  using Handle = std::uint32_t;

  // From now on the execution talks here; 0: nowhere.
  void set(Handle handle, std::uint64_t conversation) {
    const auto known = of_.find(handle);
    if (known != of_.end()) {
      if (known->second == conversation) return;
      const auto [begin, end] = in_.equal_range(known->second);
      for (auto it = begin; it != end; ++it) {
        if (it->second != handle) continue;
        in_.erase(it);
        break;
      }
      of_.erase(known);
    }
    if (conversation == 0) return;
    of_.emplace(handle, conversation);
    in_.emplace(conversation, handle);
  }

  std::vector<Handle> find(std::uint64_t conversation) const {
    std::vector<Handle> found;
    const auto [begin, end] = in_.equal_range(conversation);
    for (auto it = begin; it != end; ++it) found.push_back(it->second);
    return found;
  }

  std::size_t size() const { return of_.size(); }

 private:
  std::unordered_multimap<std::uint64_t, Handle> in_;
  std::unordered_map<Handle, std::uint64_t> of_;
};

}  // namespace flow::service
