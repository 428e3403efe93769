#include "runtime/service/listing.h"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "base/limits.h"
#include "runtime/service/contact.h"
#include "runtime/service/image.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

constexpr std::string_view kEnds[] = {"", "done", "failed", "outcome", "expired"};

// "r" and an order: the running ones before it; "e" and what the tables said: the ended ones from there.
struct Cursor {
  bool ended = false;
  std::uint64_t before = 0;
};

std::string text_of(const Cursor& cursor) {
  return fmt::format("{}{}", cursor.ended ? 'e' : 'r', cursor.before);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  if (text.empty()) return Cursor{};
  if (text.front() != 'e' && text.front() != 'r') return std::nullopt;
  Cursor cursor{text.front() == 'e', 0};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + 1, end, cursor.before);
  return error == std::errc{} && at == end ? std::optional(cursor) : std::nullopt;
}

class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(ListingParts parts, ListQuery query, Done<ListPage> done)
      : parts_(std::move(parts)), query_(std::move(query)), done_(std::move(done)) {}

  void run() {
    if (query_.limit == 0 || query_.limit > limits::kListPageMax) {
      return refuse(Problem::invalid_request, ErrorCode::invalid_argument,
                    fmt::format("a page has 1 to {} executions", limits::kListPageMax));
    }
    const auto cursor = parse_cursor(query_.cursor);
    if (!cursor) {
      return refuse(Problem::invalid_cursor, ErrorCode::invalid_argument, "the cursor is not one that a list gave");
    }
    cursor_ = *cursor;
    if (!find_number(query_.flow, parts_.directory->flow_numbers, flow_) ||
        !find_number(query_.bundle, parts_.directory->bundle_numbers, bundle_)) {
      return done_(ListPage{});
    }
    if (cursor_.ended || query_.ended == true) return ask_tables();
    ask_shards();
  }

 private:
  void refuse(Problem problem, ErrorCode code, std::string why) {
    done_(std::unexpected(Fault{problem, {code, std::move(why)}}));
  }

  // False: nothing has that name.
  static bool find_number(const std::string& name, const std::map<std::string, std::uint32_t, std::less<>>& numbers,
                          std::optional<std::uint32_t>& number) {
    if (name.empty()) return true;
    const auto found = numbers.find(name);
    if (found == numbers.end()) return false;
    number = found->second;
    return true;
  }

  void ask_shards() {
    const auto self = shared_from_this();
    missing_ = parts_.mailboxes.size() + 1;
    for (const auto& mailbox : parts_.mailboxes) {
      Command command = Task([self](Shard* shard) {
        shard->list({self->flow_, self->bundle_, self->parts_.party, self->cursor_.before, self->query_.limit + 1},
                    [self](Outcome<std::vector<Shard::Listed>> some) { self->arrived(std::move(some)); });
      });
      if (!mailbox->push(std::move(command))) arrived(std::vector<Shard::Listed>{});
    }
    arrived(std::vector<Shard::Listed>{});
  }

  void arrived(Outcome<std::vector<Shard::Listed>> some) {
    {
      const std::lock_guard lock(mutex_);
      if (some) {
        for (Shard::Listed& each : *some) found_.push_back(std::move(each));
      } else {
        fault_ = std::move(some.error());
      }
      if (--missing_ > 0) return;
    }
    if (fault_) return done_(std::unexpected(*std::move(fault_)));
    std::ranges::sort(found_, std::greater{}, &Shard::Listed::order);
    const bool more = found_.size() > query_.limit;
    if (more) found_.resize(query_.limit);
    for (Shard::Listed& each : found_) page_.executions.push_back(std::move(each.summary));
    if (more) {
      page_.next_cursor = text_of({false, found_.back().order});
    } else if (!query_.ended) {
      if (page_.executions.size() < query_.limit) {
        cursor_ = {true, 0};
        return ask_tables();
      }
      page_.next_cursor = text_of({true, 0});
    }
    done_(std::move(page_));
  }

  void ask_tables() {
    store::EndedFilter filter;
    filter.flow = flow_;
    filter.bundle = bundle_;
    if (parts_.party != 0) filter.party = parts_.party;
    filter.before = cursor_.ended ? cursor_.before : 0;
    filter.limit = query_.limit - page_.executions.size();
    parts_.lookups.list(std::move(filter), [self = shared_from_this()](Result<store::EndedPage> page) {
      self->rows_arrived(std::move(page));
    });
  }

  void rows_arrived(Result<store::EndedPage> rows) {
    if (!rows) {
      const bool busy = rows.error().code == ErrorCode::resource_exhausted;
      return done_(
          std::unexpected(Fault{busy ? Problem::overloaded : Problem::storage_failed, rows.error(), busy ? 1000 : 0}));
    }
    for (const store::EndedRow& row : rows->rows) {
      if (row.bundle == kContactBundle) continue;  // no execution
      Outcome<ExecutionSummary> summary = summary_of(row);
      if (!summary) return done_(std::unexpected(std::move(summary.error())));
      page_.executions.push_back(*std::move(summary));
    }
    if (rows->next != 0) page_.next_cursor = text_of({true, rows->next});
    done_(std::move(page_));
  }

  Outcome<ExecutionSummary> summary_of(const store::EndedRow& row) const {
    const Head head{.id = row.id, .order = row.order, .party = row.party, .key = row.key, .ended = true};
    Image image;
    if (Status taken = take_image(head, row.image, image); !taken) {
      return std::unexpected(Fault{Problem::storage_failed, taken.error()});
    }
    ExecutionSummary summary;
    summary.execution = row.id;
    const auto flow = parts_.directory->flow_names.find(row.flow);
    if (flow != parts_.directory->flow_names.end()) summary.flow = flow->second;
    if (const KnownBundle* bundle = parts_.directory->bundle(row.bundle)) summary.bundle = bundle->view.version;
    summary.party = image.party;
    summary.end = kEnds[static_cast<std::size_t>(image.end)];
    summary.outcome = image.outcome;
    summary.reason = image.reason;
    summary.messages = image.messages;
    summary.started_at_ms = started_ms(row.order);
    summary.changed_at_ms = row.changed_at_ms;
    summary.ended_at_ms = row.ended_at_ms;
    summary.order = row.order;
    if (image.caller) summary.caller = image.caller->execution;
    return summary;
  }

  ListingParts parts_;
  ListQuery query_;
  Done<ListPage> done_;
  Cursor cursor_;
  std::optional<std::uint32_t> flow_;
  std::optional<std::uint32_t> bundle_;
  ListPage page_;
  std::mutex mutex_;
  std::size_t missing_ = 0;
  std::vector<Shard::Listed> found_;
  std::optional<Fault> fault_;
};

}  // namespace

void run_listing(ListingParts parts, ListQuery query, Done<ListPage> done) {
  std::make_shared<Listing>(std::move(parts), std::move(query), std::move(done))->run();
}

}  // namespace flow::service
