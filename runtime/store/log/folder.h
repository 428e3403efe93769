// The folder of a store as files: whether it is one of ours, and the making of a new one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/store/log/disk.h"
#include "runtime/store/log/registry_file.h"

namespace flow::store::log {

inline constexpr const char* kRegistryName = "registry.sqlite";
inline constexpr const char* kLookupName = "lookup.sqlite";
inline constexpr const char* kLogFolder = "log";
inline constexpr std::uint32_t kRegistryApplication = 0x464c5232;  // "FLR2", in SQLite's header: application_id
inline constexpr std::uint32_t kLookupApplication = 0x464c4c32;    // "FLL2"
inline constexpr std::uint32_t kStoreVersion = 2;                  // user_version of both

enum class FolderState { fresh, store };

// Looks at names and file headers only. Everything that is not an empty folder (or what a crash left of making a store)
// and not a store that this flowd reads is an error with a remedy.
Result<FolderState> examine(Disk& disk, const std::string& folder);

// Makes all files and moves them into place, the registry last: a crash leaves a folder that examine() calls fresh.
Status make_store(Disk& disk, const std::string& folder, std::uint64_t segment_bytes, const RegistryFile::Keys& keys);

// A store that was moved elsewhere says so in a file of its folder: nobody opens it after that (verify() reads it).
inline constexpr const char* kMovedName = "moved";
Status mark_moved(Disk& disk, const std::string& folder, const std::string& where);
Status unmark_moved(Disk& disk, const std::string& folder);
// failed_precondition, with where it is now and a remedy.
Status check_not_moved(Disk& disk, const std::string& folder);

// Removes the side files (-wal, -shm) that opening made, when they were not there before.
class SideFiles {
 public:
  SideFiles(Disk& disk, std::string folder);
  void remove_new() const;

 private:
  Disk& disk_;
  std::string folder_;
  std::vector<std::string> before_;
};

}  // namespace flow::store::log
