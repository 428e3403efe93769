// A page of executions: those that run, from the shards, then those that ended, from the tables.
#pragma once

#include <memory>
#include <vector>

#include "runtime/service/bundles.h"
#include "runtime/service/mailbox.h"
#include "runtime/store/lookups.h"

namespace flow::service {

struct ListingParts {
  store::Lookups& lookups;
  std::shared_ptr<const Directory> directory;
  std::vector<std::shared_ptr<Mailbox>> mailboxes;
  std::uint64_t party = 0;
};

// Any thread; `done` on any.
void run_listing(ListingParts parts, ListQuery query, Done<ListPage> done);

}  // namespace flow::service
