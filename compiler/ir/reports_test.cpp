#include "compiler/ir/reports.h"

#include <gtest/gtest.h>

#include <set>

namespace flow::ir {
namespace {

using program::ChannelKind;
using program::Receipt;

constexpr std::int32_t bit(Receipt level) {
  return 1 << static_cast<std::int32_t>(level);
}

// A message of an SMS, and one on Viber.
Flow sample(std::uint32_t handlers) {
  Flow flow;
  flow.info.handlers = handlers;
  flow.info.channels = {{"sms", ChannelKind::sms, "SHOP", 0}, {"viber", ChannelKind::viber, "4501", 0}};
  flow.sends.resize(2);
  flow.sends[1].channel = 1;
  return flow;
}

std::set<std::int32_t> bits(const std::vector<Report>& reports) {
  std::set<std::int32_t> result;
  for (const Report& report : reports) result.insert(report.bits);
  return result;
}

TEST(Reports, OfTheStepsMessageGoUpOrFail) {
  const Flow flow = sample(0);
  Messages now;
  now.site = 1;
  constexpr std::int32_t kCurrent = program::kReceiptCurrent;
  constexpr std::int32_t kFailed = program::kReceiptFailed;
  const std::int32_t accepted = bit(Receipt::accepted);
  const std::int32_t sent = accepted | bit(Receipt::sent);
  const std::int32_t delivered = sent | bit(Receipt::delivered);
  const std::int32_t read = delivered | bit(Receipt::read);
  EXPECT_EQ(bits(reports_of(flow, now)),
            (std::set<std::int32_t>{kCurrent | kFailed, kCurrent | kFailed | program::kReceiptOptedOut,
                                    kCurrent | accepted, kCurrent | sent, kCurrent | delivered, kCurrent | read}));
  for (const Report& report : reports_of(flow, now)) {
    const bool reached = (report.bits & (bit(Receipt::delivered) | bit(Receipt::read))) != 0;
    EXPECT_EQ(report.through, reached || (report.bits & program::kReceiptOptedOut) != 0) << report.bits;
    EXPECT_EQ(report.after.failed, (report.bits & kFailed) != 0) << report.bits;
  }
  // Nobody reports the reading of an SMS, nor a failure after the delivery.
  now.site = 0;
  now.status = static_cast<std::int32_t>(Receipt::sent);
  EXPECT_EQ(bits(reports_of(flow, now)).count(kCurrent | bit(Receipt::delivered) | bit(Receipt::read)), 0U);
  now.status = static_cast<std::int32_t>(Receipt::delivered);
  EXPECT_TRUE(reports_of(flow, now).empty());
  now = {1, static_cast<std::int32_t>(Receipt::delivered), false, 0, 0};
  EXPECT_EQ(bits(reports_of(flow, now)), std::set<std::int32_t>{kCurrent | bit(Receipt::read)});
  EXPECT_TRUE(reports_of(flow, Messages{}).empty());
}

TEST(Reports, OfAMessageThatWasLeftComeLate) {
  const Flow flow = sample(2);
  Messages now;
  now.site = 1;
  leave_message(flow, now);
  EXPECT_EQ(now, (Messages{-1, 0, false, 1, 1}));
  const auto reports = reports_of(flow, now);
  EXPECT_FALSE(reports.empty());
  for (const Report& report : reports) {
    EXPECT_EQ(report.bits & program::kReceiptCurrent, 0) << report.bits;
    EXPECT_EQ(report.after.late_delivered, (report.bits & bit(Receipt::delivered)) != 0 ? 0 : 1) << report.bits;
    EXPECT_EQ(report.after.late_read, (report.bits & bit(Receipt::read)) != 0 ? 0 : 1) << report.bits;
  }
  // As many as there are handlers are as good as more.
  for (int i = 0; i < 3; ++i) {
    now.site = 1;
    leave_message(flow, now);
  }
  EXPECT_EQ(now, (Messages{-1, 0, false, 2, 2}));
  for (const Report& report : reports_of(flow, now)) EXPECT_EQ(report.after.late_delivered, 2) << report.bits;
}

}  // namespace
}  // namespace flow::ir
