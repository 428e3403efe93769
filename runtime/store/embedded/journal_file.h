// journal.sqlite: batches that are on the disk when append() returns. One connection, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "runtime/core/clock.h"
#include "runtime/store/embedded/sqlite.h"

namespace flow::store::embedded {

class JournalFile {
 public:
  // Reads only, until writable().
  static Result<JournalFile> open(const std::string& path, const std::string& vfs);
  // From here on the file may be changed, checkpoints included.
  void writable();

  const std::string& store_id() const { return store_id_; }
  core::ClockBase clock() const { return clock_; }
  std::uint64_t first() const { return first_; }  // 0: none is there
  std::uint64_t last() const { return last_; }

  // Every batch after `sequence`, in order.
  Status each_after(std::uint64_t sequence, const std::function<Status(std::uint64_t, std::string_view)>& each);
  // Also forgets batches up to `indexed`, now and then, but never the last one.
  Status append(std::uint64_t sequence, std::string_view body, std::uint64_t indexed);
  Status save_clock(const core::ClockBase& base);

 private:
  Status prepare();
  Status read_clock();
  Status commit_batch(std::uint64_t sequence, std::string_view body, std::uint64_t indexed);

  Database database_;
  Statement begin_, commit_, insert_, prune_;
  std::string store_id_;
  core::ClockBase clock_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace flow::store::embedded
