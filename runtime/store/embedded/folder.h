// The folder of an embedded store as files: who holds it, whether it is one of ours, and the making of a new one.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/store/embedded/sqlite.h"

namespace flow::store::embedded {

inline constexpr const char* kJournalName = "journal.sqlite";
inline constexpr const char* kLookupName = "lookup.sqlite";
inline constexpr std::uint32_t kJournalApplication = 0x464c4a31;  // "FLJ1", in SQLite's header: application_id
inline constexpr std::uint32_t kLookupApplication = 0x464c4c31;   // "FLL1"
inline constexpr std::uint32_t kStoreVersion = 1;                 // user_version of both

// Holds a folder against other processes, without a file of its own: nothing is made in a folder that is refused.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::filesystem::path& folder, std::chrono::milliseconds patience);
  FolderLock(FolderLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FolderLock& operator=(FolderLock&& other) noexcept;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

enum class FolderState { fresh, store };

// Looks at names and file headers only. Everything that is not an empty folder (or what a crash left of making a
// store) and not a store that this flowd reads is an error with a remedy.
Result<FolderState> examine(const std::filesystem::path& folder);

// Makes both files, complete, then moves them into place, the journal last: a crash leaves a folder that examine()
// calls fresh.
Status make_store(const std::filesystem::path& folder, const std::string& vfs);

// Removes the side files (-wal, -shm) that opening made, when they were not there before.
class SideFiles {
 public:
  explicit SideFiles(std::filesystem::path folder);
  void remove_new() const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> before_;
};

}  // namespace flow::store::embedded
