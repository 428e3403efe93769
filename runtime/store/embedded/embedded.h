// The embedded store: a folder of two SQLite files, `journal.sqlite` and `lookup.sqlite` (docs/formats/store.md).
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/store/store.h"

namespace flow::store::embedded {

struct Options {
  std::filesystem::path folder;  // made (0700) when it is missing; its parent must exist
  std::string vfs;               // of SQLite; empty: the default. Tests inject faults here
  // How long to wait for a process that holds the folder: one that was killed this instant may still be ending.
  std::chrono::milliseconds lock_patience{3000};
  std::size_t records_per_commit = 8192;  // of the tables, at the most
};

// Opens, or makes, the store and catches its tables up. Holds the folder against a second process until destroyed.
// The message of an error ends in a remedy. failed_precondition: in use, not a flowd store, or written by a newer
// flowd; data_loss: damaged; permission_denied, io_error: the operating system refused. Whatever is refused is left
// exactly as it was, and nothing is made beside it.
Result<std::unique_ptr<Store>> open(const Options& options);

}  // namespace flow::store::embedded
