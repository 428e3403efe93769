#include "runtime/cluster/listing.h"

#include <algorithm>

#include "base/limits.h"

namespace flow::cluster {

namespace {

using namespace service;

// The youngest of all nodes' pages. Every page has as many as were asked for or all there are, so the whole has, too.
ListPage merged(std::vector<ListPage> pages, std::size_t limit) {
  ListPage whole;
  bool more = false;
  for (ListPage& page : pages) {
    more = more || !page.next_cursor.empty();
    std::ranges::move(page.executions, std::back_inserter(whole.executions));
  }
  std::ranges::sort(whole.executions, [](const ExecutionSummary& a, const ExecutionSummary& b) {
    return a.order != b.order ? a.order > b.order : a.execution > b.execution;
  });
  if (whole.executions.size() > limit) {
    more = true;
    whole.executions.resize(limit);
  }
  if (more) whole.next_cursor = fmt::format("r{}", whole.executions.back().order);
  return whole;
}

}  // namespace

void list_everywhere(ListQuery query, AskLocal local, const AskNode& remote,
                     const std::vector<store::ClusterNode>& others, Done<ListPage> done) {
  const bool bad_limit = query.limit == 0 || query.limit > limits::kListPageMax;
  if (bad_limit || query.ended == true || query.cursor.starts_with('e')) {
    return local(std::move(query), std::move(done));
  }
  ListQuery running = query;
  running.ended = false;
  gather<ListPage>(
      others, [&](Done<ListPage> answered) { local(running, std::move(answered)); },
      [&](const store::ClusterNode& node, Done<ListPage> answered) { remote(node, running, std::move(answered)); },
      [query = std::move(query), local, done = std::move(done)](Outcome<std::vector<ListPage>> pages) mutable {
        if (!pages) return done(std::unexpected(std::move(pages.error())));
        ListPage page = merged(std::move(*pages), query.limit);
        if (!page.next_cursor.empty() || query.ended == false) return done(std::move(page));
        if (page.executions.size() == query.limit) {
          page.next_cursor = "e0";
          return done(std::move(page));
        }
        ListQuery ended = query;
        ended.ended = true;
        ended.cursor.clear();
        ended.limit = query.limit - page.executions.size();
        local(std::move(ended), [page = std::move(page), done = std::move(done)](Outcome<ListPage> rest) mutable {
          if (!rest) return done(std::move(rest));
          std::ranges::move(rest->executions, std::back_inserter(page.executions));
          page.next_cursor = std::move(rest->next_cursor);
          done(std::move(page));
        });
      });
}

}  // namespace flow::cluster
