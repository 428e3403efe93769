// Object code kept on disk, so that a flow is compiled once per processor and compiler and not at every start.
//
// An entry is a file named by the digest of its key; it holds a checksum over key and code. What is missing, damaged,
// too large or of another key counts as absent, and is written anew. Machine code is executed as found, so a folder
// or a file that another user could write is never read. Any thread, several processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::jit {

class ObjectCache {
 public:
  // Creates the folder (mode 0700; its parent must exist) when it is missing. permission_denied when it belongs to
  // another user or others may write to it, io_error when it cannot be made.
  static Result<ObjectCache> open(const std::string& folder);

  // `digest` is 64 hexadecimal digits: SHA-256 of the key. Marks the entry as used.
  std::optional<std::string> get(std::string_view digest) const;

  // Atomic: a reader sees the old entry, the new one or none. Removes the entries that were used longest ago while
  // the folder holds more than limits::kObjectCacheBytesMax.
  Status put(std::string_view digest, std::string_view code) const;

  std::string path(std::string_view digest) const;

 private:
  explicit ObjectCache(std::string folder) : folder_(std::move(folder)) {}
  void prune() const;

  std::string folder_;
};

// SHA-256 in hexadecimal.
std::string digest_of(std::string_view bytes);

}  // namespace flow::jit
