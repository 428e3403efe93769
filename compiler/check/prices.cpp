#include "compiler/check/prices.h"

#include <algorithm>

namespace flow::check {

const Price* find_price(const WorkspaceSettings& workspace, ChannelKind kind, std::string_view purpose) {
  const Price* general = nullptr;
  for (const Price& price : workspace.prices) {
    if (price.kind != kind) continue;
    if (price.purpose == purpose) return &price;
    if (price.purpose.empty()) general = &price;
  }
  return general;
}

std::optional<std::int64_t> price_for(const Price& price, std::string_view region) {
  for (const auto& [name, amount] : price.regions)
    if (name == region) return amount;
  return price.otherwise;
}

std::optional<std::string> unpriced(const WorkspaceSettings& workspace, const Price& price) {
  if (price.otherwise) return std::nullopt;
  if (workspace.all_regions || !program::takes_numbers(price.kind)) return "else";
  for (const std::string& region : workspace.allowed_regions)
    if (!price_for(price, region)) return region;
  return std::nullopt;
}

PriceRange price_range(const WorkspaceSettings& workspace, const Price& price) {
  std::vector<std::int64_t> amounts;
  if (workspace.all_regions || !program::takes_numbers(price.kind)) {
    amounts.push_back(price.otherwise.value_or(0));
    for (const auto& [name, amount] : price.regions) amounts.push_back(amount);
  } else {
    for (const std::string& region : workspace.allowed_regions) amounts.push_back(price_for(price, region).value_or(0));
  }
  const auto [least, most] = std::ranges::minmax(amounts.empty() ? std::vector<std::int64_t>{0} : amounts);
  return {least, most};
}

bool is_priced(const WorkspaceSettings& workspace, const Flow& flow) {
  return std::ranges::all_of(flow.steps, [&](const Step& step) {
    const auto* send = std::get_if<Send>(&step.body);
    if (send == nullptr) return true;
    const Price* price = find_price(workspace, workspace.channels.at(index(send->channel)).kind, send->purpose);
    return price != nullptr && !unpriced(workspace, *price);
  });
}

}  // namespace flow::check
