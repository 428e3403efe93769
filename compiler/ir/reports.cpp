#include "compiler/ir/reports.h"

#include <algorithm>

namespace flow::ir {
namespace {

constexpr auto kDelivered = static_cast<std::int32_t>(program::Receipt::delivered);
constexpr auto kRead = static_cast<std::int32_t>(program::Receipt::read);

bool reports_read(const Flow& flow, std::int32_t site) {
  const SendSite& send = flow.sends[static_cast<std::size_t>(site)];
  return program::reports_read(flow.info.channels[send.channel].kind);
}

// As many late messages as there are handlers are as good as more.
std::uint8_t all_late(const Flow& flow) {
  return static_cast<std::uint8_t>(std::max(1U, flow.info.handlers));
}

}  // namespace

void leave_message(const Flow& flow, Messages& now) {
  const std::uint8_t all = all_late(flow);
  if (now.site >= 0 && now.status < kDelivered && now.late_delivered < all) ++now.late_delivered;
  if (now.site >= 0 && now.status < kRead && reports_read(flow, now.site) && now.late_read < all) ++now.late_read;
  now = {-1, 0, false, now.late_delivered, now.late_read};
}

std::vector<Report> reports_of(const Flow& flow, const Messages& now) {
  constexpr std::int32_t kCurrent = program::kReceiptCurrent;
  std::vector<Report> result;
  const auto add = [&](std::int32_t bits) -> Messages& {
    const bool good = (bits & (1 << kDelivered | 1 << kRead | program::kReceiptOptedOut)) != 0;
    return result.emplace_back(bits, now, (bits & kCurrent) != 0 && good).after;
  };
  constexpr std::int32_t kFailed = program::kReceiptFailed;
  for (const std::int32_t failed : {kFailed, kFailed | program::kReceiptOptedOut}) {
    if (now.site >= 0 && now.status < kDelivered && !now.failed) add(kCurrent | failed).failed = true;
    if (now.late_delivered > 0) add(failed);
  }
  for (std::int32_t level = now.status + 1, bits = kCurrent; now.site >= 0 && level <= kRead; ++level) {
    bits |= 1 << level;
    if (level < kRead || reports_read(flow, now.site)) add(bits).status = level;
  }
  // Of messages whose step was left: what they may not have reached yet, in one go or one after the other.
  for (std::int32_t first = now.late_delivered > 0 ? 1 : kRead; first <= kRead; ++first) {
    for (std::int32_t last = first, bits = 0; last <= (now.late_read > 0 ? kRead : kDelivered); ++last) {
      Messages& after = add(bits |= 1 << last);
      if (first <= kDelivered && last >= kDelivered && now.late_delivered < all_late(flow)) --after.late_delivered;
      if (last == kRead && now.late_read < all_late(flow)) --after.late_read;
    }
  }
  return result;
}

}  // namespace flow::ir
