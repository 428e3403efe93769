#include "tests/simulation/database.h"

#include <algorithm>

#include "base/check.h"

namespace flow::simulation {

Database::Database(Stage& stage, int shards, std::int64_t lease_ms) : stage_(stage), lease_ms_(lease_ms) {
  const int each = core::kSlots / shards;
  for (int i = 0; i < shards; ++i) {
    const int last = i + 1 == shards ? core::kSlots - 1 : (i + 1) * each - 1;
    shards_.emplace_back().row.slots = {static_cast<std::uint8_t>(i * each), static_cast<std::uint8_t>(last)};
  }
  for (std::uint8_t& byte : hash_key) byte = static_cast<std::uint8_t>(stage.random.next());
}

Database::Shard* Database::shard_at(std::uint8_t slot) {
  const auto found = std::ranges::find_if(shards_, [&](const Shard& each) { return each.row.slots.contains(slot); });
  return found == shards_.end() ? nullptr : &*found;
}

std::optional<Database::Lease> Database::take(store::SlotRange slots, const store::NodeId& node) {
  Shard* shard = shard_at(slots.first);
  FLOW_CHECK(shard != nullptr && shard->row.slots == slots, "slots {} to {} are no shard", slots.first, slots.last);
  if (shard->row.owner && shard->row.owner != node && shard->until_ms > now()) return std::nullopt;
  if (shard->row.owner && taken_over) taken_over(slots, *shard->row.owner);
  shard->row.owner = node;
  shard->until_ms = now() + lease_ms_;
  ++shard->row.token;
  return Lease{shard->row.token, shard->batches};
}

void Database::release(store::SlotRange slots, const store::NodeId& node, std::int64_t token) {
  Shard* shard = shard_at(slots.first);
  if (shard == nullptr || shard->row.owner != node || shard->row.token != token) return;
  if (taken_over) taken_over(slots, node);
  shard->row.owner.reset();
  shard->until_ms = 0;
}

std::vector<std::pair<std::uint8_t, std::int64_t>> Database::renew(
    const store::ClusterNode& node, const std::vector<std::pair<std::uint8_t, std::int64_t>>& held) {
  nodes_[node.id] = {node, now()};
  std::vector<std::pair<std::uint8_t, std::int64_t>> renewed;
  for (const auto& [slot, token] : held) {
    Shard* shard = shard_at(slot);
    if (shard == nullptr || shard->row.owner != node.id || shard->row.token != token) continue;
    shard->until_ms = now() + lease_ms_;
    renewed.emplace_back(slot, token);
  }
  return renewed;
}

store::ClusterView Database::view() const {
  store::ClusterView view;
  for (const auto& [id, seen] : nodes_) {
    if (seen.seen_ms + 3 * lease_ms_ <= now()) continue;
    view.nodes.push_back(seen.node);
    view.nodes.back().alive = seen.seen_ms + lease_ms_ > now();
  }
  for (const Shard& shard : shards_) {
    view.shards.push_back(shard.row);
    if (shard.until_ms <= now()) view.shards.back().owner.reset();
  }
  return view;
}

void Database::revoke(std::uint8_t slot) {
  shard_at(slot)->until_ms = 0;
}

bool Database::owns(const store::NodeId& node, std::uint8_t slot) const {
  const auto found = std::ranges::find_if(shards_, [&](const Shard& each) { return each.row.slots.contains(slot); });
  return found->row.owner == node;
}

// ---- Executions

Database::Written Database::write(std::uint8_t slot, std::int64_t token, std::uint64_t count,
                                  const store::Batch& batch) {
  Shard* shard = shard_at(slot);
  if (checks_fencing) {
    if (shard->row.token != token) return Written::fenced;
    if (count < shard->batches) return Written::done;
    FLOW_CHECK(count == shard->batches, "batch {} came before batch {}", count, shard->batches);
  }
  ++shard->batches;
  const Status read = batch.each([&](const store::ExecutionRecord& record) -> Status {
    StoredExecution& stored = executions_[record.id];
    stored.row = store::row_of(record);
    last_change_ms_ = std::max(last_change_ms_, record.changed_at_ms);
    if (record.ended_at_ms == 0) {
      ended_.erase(std::exchange(stored.place, 0));
    } else if (stored.place == 0) {
      stored.place = ++last_place_;
      ended_[stored.place] = record.id;
    }
    return {};
  });
  FLOW_CHECK(read.has_value(), "a batch cannot be read");
  return Written::done;
}

void Database::each_running(store::SlotRange slots, const std::function<void(const StoredExecution&)>& each) const {
  for (const auto& [id, stored] : executions_)
    if (stored.place == 0 && slots.contains(id.slot())) each(stored);
}

const StoredExecution* Database::find(const core::ExecutionId& id) const {
  const auto found = executions_.find(id);
  return found == executions_.end() ? nullptr : &found->second;
}

std::optional<store::EndedRow> Database::find_key(std::uint8_t slot, std::uint64_t key) const {
  for (const auto& [id, stored] : executions_)
    if (stored.place != 0 && id.slot() == slot && stored.row.key == key) return stored.row;
  return std::nullopt;
}

store::EndedPage Database::list(const store::EndedFilter& filter) const {
  store::EndedPage page;
  for (auto each = ended_.rbegin(); each != ended_.rend(); ++each) {
    const store::EndedRow& row = executions_.at(each->second).row;
    if ((filter.before != 0 && each->first >= filter.before) || !filter.slots.contains(row.id.slot())) continue;
    if ((filter.flow && row.flow != *filter.flow) || (filter.bundle && row.bundle != *filter.bundle)) continue;
    if (filter.party && row.party != *filter.party) continue;
    if (page.rows.size() == filter.limit) {
      page.next = executions_.at(page.rows.back().id).place;
      break;
    }
    page.rows.push_back(row);
  }
  return page;
}

std::vector<std::pair<std::uint64_t, std::int64_t>> Database::keys(store::SlotRange slots) const {
  std::vector<std::pair<std::uint64_t, std::int64_t>> keys;
  for (const auto& [id, stored] : executions_)
    if (stored.place != 0 && stored.row.key != 0 && slots.contains(id.slot()))
      keys.emplace_back(stored.row.key, stored.row.ended_at_ms);
  return keys;
}

std::vector<store::EndedRow> Database::ended(store::SlotRange slots) const {
  std::vector<store::EndedRow> rows;
  for (const auto& [place, id] : ended_)
    if (slots.contains(id.slot())) rows.push_back(executions_.at(id).row);
  return rows;
}

std::size_t Database::forget_ended(store::SlotRange slots, const store::Retention& retention, std::int64_t now_ms,
                                   std::size_t limit) {
  std::vector<core::ExecutionId> over;
  for (const auto& [place, id] : ended_) {
    const store::EndedRow& row = executions_.at(id).row;
    const auto own = std::ranges::find(retention.by_flow, row.flow, &std::pair<std::uint32_t, std::int64_t>::first);
    const std::int64_t kept_ms = own == retention.by_flow.end() ? retention.default_ms : own->second;
    if (over.size() < limit && slots.contains(id.slot()) && row.ended_at_ms + kept_ms <= now_ms) over.push_back(id);
  }
  for (const core::ExecutionId& id : over) {
    ended_.erase(executions_.at(id).place);
    executions_.erase(id);
  }
  return over.size();
}

std::size_t Database::erase_party(std::uint64_t party) {
  std::size_t count = 0;
  for (auto each = executions_.begin(); each != executions_.end();) {
    if (each->second.place == 0 || each->second.row.party != party) {
      ++each;
      continue;
    }
    ended_.erase(each->second.place);
    each = executions_.erase(each);
    ++count;
  }
  return count;
}

}  // namespace flow::simulation
