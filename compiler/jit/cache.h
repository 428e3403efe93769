// Object code kept on disk, so that a flow is compiled once per processor and compiler and not at every start.
//
// An entry is a file named by the digest of its key; it holds a checksum over key and code. What is damaged, too large
// or of another key is not read, and is written anew. Machine code is executed as found, so a folder or a file that
// another user could write is never read. Any thread, several processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/jit/pages.h"

namespace flow::jit {

class ObjectCache {
 public:
  // Creates the folder (mode 0700; its parent must exist) when it is missing. permission_denied when it belongs to
  // another user or others may write to it, io_error when it cannot be made.
  static Result<ObjectCache> open(const std::string& folder);

  // What was found under a digest.
  struct Entry {
    enum class State : std::uint8_t { absent, unusable, good };
    State state = State::absent;  // unusable: something is there that put() has not written so, or that is damaged
    Pages code;                   // good
  };

  // `digest` is 64 hexadecimal digits: digest_of() the key. Marks the entry as used.
  Entry get(std::string_view digest) const;

  // Atomic: a reader sees the old entry, the new one or none. Removes the entries that were used longest ago while the
  // folder holds more than limits::kObjectCacheBytesMax; looks whether it does at the first put of a process, and then
  // after each sixteenth part of that.
  Status put(std::string_view digest, std::string_view code) const;

  std::string path(std::string_view digest) const;

 private:
  explicit ObjectCache(std::string folder) : folder_(std::move(folder)) {}
  void prune(std::size_t put) const;

  std::string folder_;
};

// BLAKE3 in hexadecimal: 64 digits. Of a few MB it takes a millisecond, where SHA-256 would take most of the loading.
std::string digest_of(std::string_view bytes);

}  // namespace flow::jit
