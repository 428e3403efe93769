#include "numbers/plan/table.h"

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace flow::numbers::plan {

using Id = Table::Id;

Id Table::add(Node node) {
  const auto [place, fresh] = ids_.try_emplace(node, static_cast<Id>(nodes_.size()));
  if (fresh) nodes_.push_back(std::move(node));
  return place->second;
}

Id Table::leaf(std::vector<Label> by_count) {
  while (by_count.size() > 1 && by_count.back() == by_count[by_count.size() - 2]) by_count.pop_back();
  return add({.leaf = std::move(by_count)});
}

Id Table::inner(Label stop, const std::array<Id, 10>& next) {
  const std::vector<Label>& first = nodes_[next[0]].leaf;
  if (!first.empty() && std::ranges::all_of(next, [&](Id id) { return id == next[0]; })) {
    std::vector<Label> by_count = {stop};
    by_count.insert(by_count.end(), first.begin(), first.end());
    return leaf(std::move(by_count));
  }
  return add({.leaf = {}, .stop = stop, .next = next});
}

Id Table::after(Id node, unsigned digit) {
  if (nodes_[node].leaf.empty()) return nodes_[node].next[digit];
  std::vector<Label> by_count = nodes_[node].leaf;
  if (by_count.size() > 1) by_count.erase(by_count.begin());
  return leaf(std::move(by_count));
}

std::vector<Id> Table::project(const std::vector<Id>& roots, const std::function<Label(Label)>& map,
                               Table& into) const {
  // Nodes come after those that they lead to.
  std::vector<Id> made;
  for (const Node& node : nodes_) {
    if (node.leaf.empty()) {
      std::array<Id, 10> next{};
      for (std::size_t digit = 0; digit < next.size(); ++digit) next[digit] = made[node.next[digit]];
      made.push_back(into.inner(map(node.stop), next));
    } else {
      std::vector<Label> by_count;
      for (const Label label : node.leaf) by_count.push_back(map(label));
      made.push_back(into.leaf(std::move(by_count)));
    }
  }
  std::vector<Id> result;
  for (const Id root : roots) result.push_back(made[root]);
  return result;
}

// Rows are numbered in the order in which a walk meets them, so that those of one calling code are near each other.
class Table::Writer {
 public:
  Writer(Table& table, const std::function<Label(Label)>& otherwise) : table_(table), otherwise_(otherwise) {}

  std::uint32_t entry(Id id) {
    if (!table_.nodes_[id].leaf.empty())
      if (const auto leaf = leaf_entry(table_.nodes_[id].leaf)) return *leaf;
    const auto [place, fresh] = rows_.try_emplace(id, static_cast<std::uint32_t>(order_.size()));
    if (fresh) order_.push_back(id);
    FLOW_CHECK(place->second <= UINT16_MAX, "too many rows");
    return place->second << 16 | kInner;
  }

  std::vector<Row> rows() {
    std::vector<Row> made;
    for (std::size_t at = 0; at < order_.size(); ++at) {
      const Id id = order_[at];
      const Label stop = table_.nodes_[id].leaf.empty() ? table_.nodes_[id].stop : table_.nodes_[id].leaf.front();
      Row row{.stop = stop, .next = {}};
      for (unsigned digit = 0; digit < 10; ++digit) row.next[digit] = entry(table_.after(id, digit));
      made.push_back(row);
    }
    return made;
  }

 private:
  std::optional<std::uint32_t> leaf_entry(const std::vector<Label>& by_count) const {
    for (const Label label : by_count) {
      FLOW_CHECK(label <= UINT16_MAX, "too many answers");
      const auto fits = [&](Label one) { return one == label || one == otherwise_(label); };
      if (!std::ranges::all_of(by_count, fits)) continue;
      std::uint32_t counts = 0;
      for (std::size_t count = 0; (kEveryCount >> count & 1) != 0; ++count)
        if (by_count[std::min(count, by_count.size() - 1)] == label) counts |= 1U << count;
      return label << 16 | counts;
    }
    return std::nullopt;
  }

  Table& table_;
  const std::function<Label(Label)>& otherwise_;
  std::map<Id, std::uint32_t> rows_;
  std::vector<Id> order_;
};

Table::Written Table::write(const std::vector<Id>& roots, const std::function<Label(Label)>& otherwise) {
  Writer writer(*this, otherwise);
  Written made;
  for (const Id root : roots) made.start.push_back(writer.entry(root));
  made.rows = writer.rows();
  return made;
}

}  // namespace flow::numbers::plan
