// Where executions are found by what they are known by: tags, which are hashes of id, key or party, and the number of a
// row each. They come sorted in runs, a run for each range of numbers, in pages that SQLite keeps; runs of about a size
// are merged. So a tag costs some bytes written in order, where an index would touch a page of its own for each.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "runtime/store/log/sqlite.h"

namespace flow::store::log {

struct Tag {
  std::uint64_t hash = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const Tag&, const Tag&) = default;
};

enum class TagKind : std::uint8_t { id = 1, key = 2, party = 3 };
std::uint64_t tag_hash(TagKind kind, std::uint64_t value);

inline constexpr const char* kTagSchema = R"(
  CREATE TABLE tag_runs(run INTEGER PRIMARY KEY, level INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
                        gone INTEGER NOT NULL, entries INTEGER NOT NULL, fences BLOB NOT NULL, checksum INTEGER NOT NULL);
  CREATE TABLE tag_pages(page INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum INTEGER NOT NULL);
)";

// One thread; within the transactions of whoever owns the database.
class TagRuns {
 public:
  explicit TagRuns(Database& database) : database_(&database) {}
  Status open();

  // The tags of rows [first, last], which are above all that came before. Sorts them.
  Status add(std::uint64_t first, std::uint64_t last, std::vector<Tag>& tags);
  // The numbers below `before` that have this tag, greatest first, until `each` says false. Rows may have gone.
  Status find(std::uint64_t hash, std::uint64_t before, const std::function<Result<bool>(std::uint64_t)>& each);
  // A row has gone. `now`: its tags must not stay in the file, else they go with their run.
  Status gone(std::uint64_t number);
  Status erase(const Tag& tag);
  // Counts what is there; data_loss when a page is damaged. For checks of a whole store.
  Status verify(std::uint64_t& tags);
  std::size_t runs() const { return runs_.size(); }

 private:
  struct Run {
    std::uint64_t run = 0;
    std::uint64_t level = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t gone = 0;
    std::uint64_t entries = 0;
    std::vector<std::uint64_t> fences;  // the first hash of each page
  };

  Status write(Run run, const std::vector<Tag>& tags);
  Status remove(const Run& run);
  Status read_page(const Run& run, std::size_t page, std::vector<Tag>& tags);
  Status write_page(const Run& run, std::size_t page, const Tag* tags, std::size_t count);
  Status read_all(const Run& run, std::vector<Tag>& tags);
  Status merge(std::size_t from);
  Status rebuild(std::size_t at);

  Database* database_;
  Statement insert_run_, insert_page_, select_page_, delete_run_, delete_pages_, update_gone_, rows_;
  std::vector<Run> runs_;  // by first
  std::uint64_t next_run_ = 1;
  std::vector<Tag> page_;
};

}  // namespace flow::store::log
