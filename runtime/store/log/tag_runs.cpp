#include "runtime/store/log/tag_runs.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "base/crc32c.h"
#include "runtime/core/bytes.h"

namespace flow::store::log {

namespace {

// A page's row fills one leaf of SQLite's: 4096 bytes less its own overhead.
constexpr std::size_t kTagBytes = 12;
constexpr std::size_t kTagsPerPage = 335;
constexpr std::uint64_t kPageBits = 20;
constexpr std::size_t kMerged = 8;
constexpr std::uint64_t kRowsPerRunMax = 1 << 20;  // so that a merge stays short

std::int64_t page_number(std::uint64_t run, std::size_t page) {
  return static_cast<std::int64_t>(run << kPageBits | page);
}

std::int64_t checksum(std::initializer_list<std::uint64_t> numbers, std::string_view fences) {
  std::string bytes;
  core::ByteWriter writer(bytes);
  for (const std::uint64_t number : numbers) writer.u64(number);
  return crc32c(bytes, crc32c(fences));
}

std::unexpected<Error> damaged(std::uint64_t run) {
  return fail(ErrorCode::data_loss, "the look-up tables are damaged (tags, run {})", run);
}

}  // namespace

std::uint64_t tag_hash(TagKind kind, std::uint64_t value) {
  std::uint64_t mixed = value + static_cast<std::uint64_t>(kind) * 0x9e3779b97f4a7c15ULL;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
  return mixed ^ mixed >> 31;
}

Status TagRuns::open() {
  struct {
    Statement& statement;
    const char* sql;
  } const statements[] = {
      {insert_run_, "INSERT INTO tag_runs VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},
      {insert_page_, "INSERT OR REPLACE INTO tag_pages VALUES(?, ?, ?)"},
      {select_page_, "SELECT body, checksum FROM tag_pages WHERE page = ?"},
      {delete_run_, "DELETE FROM tag_runs WHERE run = ?"},
      {delete_pages_, "DELETE FROM tag_pages WHERE page BETWEEN ? AND ?"},
      {update_gone_, "UPDATE tag_runs SET gone = ?, checksum = ? WHERE run = ?"},
      {rows_, "SELECT number FROM ended WHERE number BETWEEN ? AND ?"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database_->prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    statement = *std::move(prepared);
  }
  runs_.clear();
  next_run_ = 1;
  Result<Statement> select = database_->prepare(
      "SELECT run, level, first, last, gone, entries, fences, checksum FROM tag_runs ORDER BY first");
  if (!select) return std::unexpected(select.error());
  for (Result<bool> row = select->step();; row = select->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    Run run{select->natural(0),
            select->natural(1),
            select->natural(2),
            select->natural(3),
            select->natural(4),
            select->natural(5),
            {}};
    const std::string fences = select->bytes(6);
    if (select->integer(7) != checksum({run.run, run.level, run.first, run.last, run.gone, run.entries}, fences)) {
      return damaged(run.run);
    }
    for (core::ByteReader reader(fences); !reader.rest().empty() && !reader.failed();) {
      run.fences.push_back(reader.u64());
    }
    next_run_ = std::max(next_run_, run.run + 1);
    runs_.push_back(std::move(run));
  }
}

Status TagRuns::add(std::uint64_t first, std::uint64_t last, std::vector<Tag>& tags) {
  std::ranges::sort(tags);
  if (Status done = write({next_run_++, 0, first, last, 0, 0, {}}, tags); !done) return done;
  // Runs of a level lie together, the youngest at the end.
  for (;;) {
    if (runs_.size() < kMerged) return {};
    const std::size_t from = runs_.size() - kMerged;
    const bool level = std::all_of(runs_.begin() + static_cast<std::ptrdiff_t>(from), runs_.end(),
                                   [&](const Run& run) { return run.level == runs_.back().level; });
    if (!level || runs_.back().last - runs_[from].first >= kRowsPerRunMax) return {};
    if (Status done = merge(from); !done) return done;
  }
}

Status TagRuns::merge(std::size_t from) {
  std::vector<Tag> all;
  Run merged{next_run_++, runs_[from].level + 1, runs_[from].first, runs_.back().last, 0, 0, {}};
  for (std::size_t i = from; i < runs_.size(); ++i) {
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    if (Status done = read_all(runs_[i], all); !done) return done;
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
    merged.gone += runs_[i].gone;
    if (Status done = remove(runs_[i]); !done) return done;
  }
  runs_.resize(from);
  return write(std::move(merged), all);
}

Status TagRuns::write(Run run, const std::vector<Tag>& tags) {
  std::string fences;
  core::ByteWriter writer(fences);
  for (std::size_t at = 0, page = 0; at < tags.size(); at += kTagsPerPage, ++page) {
    run.fences.push_back(tags[at].hash);
    writer.u64(tags[at].hash);
    if (Status done = write_page(run, page, &tags[at], std::min(kTagsPerPage, tags.size() - at)); !done) return done;
  }
  run.entries = tags.size();
  insert_run_.bind(1, run.run).bind(2, run.level).bind(3, run.first).bind(4, run.last);
  insert_run_.bind(5, run.gone).bind(6, run.entries).bind_blob(7, fences);
  const std::int64_t sum = checksum({run.run, run.level, run.first, run.last, run.gone, run.entries}, fences);
  if (Status done = insert_run_.bind(8, sum).run(); !done) return done;
  const auto place = std::ranges::upper_bound(runs_, run.first, {}, &Run::first);
  runs_.insert(place, std::move(run));
  return {};
}

Status TagRuns::remove(const Run& run) {
  if (Status done = delete_run_.bind(1, run.run).run(); !done) return done;
  return delete_pages_.bind(1, page_number(run.run, 0)).bind(2, page_number(run.run + 1, 0) - 1).run();
}

Status TagRuns::write_page(const Run& run, std::size_t page, const Tag* tags, std::size_t count) {
  std::string body;
  body.reserve(count * kTagBytes);
  core::ByteWriter writer(body);
  for (std::size_t i = 0; i < count; ++i) {
    writer.u64(tags[i].hash);
    writer.u32(static_cast<std::uint32_t>(tags[i].number - run.first));
  }
  const std::int64_t number = page_number(run.run, page);
  return insert_page_.bind(1, number)
      .bind_blob(2, body)
      .bind(3, checksum({static_cast<std::uint64_t>(number)}, body))
      .run();
}

Status TagRuns::read_page(const Run& run, std::size_t page, std::vector<Tag>& tags) {
  const Result<bool> row = select_page_.bind(1, page_number(run.run, page)).step();
  const std::string body = row && *row ? select_page_.bytes(0) : "";
  const std::int64_t kept = row && *row ? select_page_.integer(1) : -1;
  select_page_.reset();
  if (!row) return std::unexpected(row.error());
  if (kept != checksum({static_cast<std::uint64_t>(page_number(run.run, page))}, body) ||
      body.size() % kTagBytes != 0) {
    return damaged(run.run);
  }
  for (core::ByteReader reader(body); !reader.rest().empty();) {
    const std::uint64_t hash = reader.u64();
    tags.push_back({hash, run.first + reader.u32()});
  }
  return {};
}

Status TagRuns::read_all(const Run& run, std::vector<Tag>& tags) {
  tags.reserve(tags.size() + run.entries);
  for (std::size_t page = 0; page < run.fences.size(); ++page) {
    if (Status done = read_page(run, page, tags); !done) return done;
  }
  return {};
}

Status TagRuns::find(std::uint64_t hash, std::uint64_t before, const std::function<Result<bool>(std::uint64_t)>& each) {
  for (std::size_t i = runs_.size(); i-- > 0;) {
    const Run& run = runs_[i];
    if (run.first >= before) continue;
    // Pages that may have it: from the last that begins below it to the last that begins with it.
    const auto begin = std::ranges::lower_bound(run.fences, hash);
    const auto end = std::ranges::upper_bound(run.fences, hash);
    const auto low = begin == run.fences.begin() ? begin : begin - 1;
    for (auto page = end; page-- != low;) {
      std::vector<Tag> tags;
      if (Status done = read_page(run, static_cast<std::size_t>(page - run.fences.begin()), tags); !done) return done;
      const auto [first, last] = std::ranges::equal_range(tags, hash, {}, &Tag::hash);
      for (auto tag = last; tag-- != first;) {
        if (tag->number >= before) continue;
        const Result<bool> more = each(tag->number);
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
      }
    }
  }
  return {};
}

Status TagRuns::gone(std::uint64_t number) {
  auto run = std::ranges::upper_bound(runs_, number, {}, &Run::first);
  if (run == runs_.begin()) return {};
  --run;
  if (number > run->last) return {};
  const std::uint64_t rows = run->last - run->first + 1;
  ++run->gone;
  if (run->gone >= rows) {
    const Status done = remove(*run);
    runs_.erase(run);
    return done;
  }
  // Twice in a run's life half of what is left is thrown out.
  if (run->gone * 2 >= rows && run->gone * 2 < rows + 2) return rebuild(static_cast<std::size_t>(run - runs_.begin()));
  std::string fences;
  core::ByteWriter writer(fences);
  for (const std::uint64_t fence : run->fences) writer.u64(fence);
  const std::int64_t sum = checksum({run->run, run->level, run->first, run->last, run->gone, run->entries}, fences);
  return update_gone_.bind(1, run->gone).bind(2, sum).bind(3, run->run).run();
}

// Without the tags of rows that have gone.
Status TagRuns::rebuild(std::size_t at) {
  Run run = runs_[at];
  std::vector<bool> there(run.last - run.first + 1);
  rows_.bind(1, run.first).bind(2, run.last);
  Result<bool> row = rows_.step();
  for (; row && *row; row = rows_.step()) there[rows_.natural(0) - run.first] = true;
  rows_.reset();
  if (!row) return std::unexpected(row.error());
  std::vector<Tag> tags;
  if (Status done = read_all(run, tags); !done) return done;
  std::erase_if(tags, [&](const Tag& tag) { return !there[tag.number - run.first]; });
  if (Status done = remove(run); !done) return done;
  runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(at));
  run.run = next_run_++;
  run.fences.clear();
  return write(std::move(run), tags);
}

Status TagRuns::erase(const Tag& tag) {
  auto run = std::ranges::upper_bound(runs_, tag.number, {}, &Run::first);
  if (run == runs_.begin()) return {};
  --run;
  const auto begin = std::ranges::lower_bound(run->fences, tag.hash);
  const auto end = std::ranges::upper_bound(run->fences, tag.hash);
  for (auto page = begin == run->fences.begin() ? begin : begin - 1; page < end; ++page) {
    std::vector<Tag> tags;
    const auto place = static_cast<std::size_t>(page - run->fences.begin());
    if (Status done = read_page(*run, place, tags); !done) return done;
    const auto found = std::ranges::find(tags, tag);
    if (found == tags.end()) continue;
    tags.erase(found);
    if (Status done = write_page(*run, place, tags.data(), tags.size()); !done) return done;
  }
  return {};
}

Status TagRuns::verify(std::uint64_t& tags) {
  for (const Run& run : runs_) {
    std::vector<Tag> all;
    if (Status done = read_all(run, all); !done) return done;
    if (!std::ranges::is_sorted(all)) return damaged(run.run);
    tags += all.size();
  }
  return {};
}

}  // namespace flow::store::log
