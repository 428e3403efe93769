#include "runtime/program/intrinsics.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/limits.h"
#include "runtime/program/frame.h"

namespace flow::program {
namespace {

std::int64_t philippines(std::string_view) {
  return 'P' << 8 | 'H';
}

FlowText text(std::string_view value) {
  return {value.data(), value.size()};
}
std::string_view view(const FlowText& value) {
  return {value.data, value.size};
}

FlowEvent receipt(std::uint32_t message, Receipt what) {
  FlowEvent event{};
  event.kind = std::to_underlying(EventKind::receipt);
  event.message = message;
  event.receipt = std::to_underlying(what);
  event.at_ms = 5000;
  return event;
}

class Intrinsics : public testing::Test {
 protected:
  Intrinsics() {
    info_.expires_ms = 10'000;
    info_.fields.resize(2);
    info_.fields[0].secret = true;
    info_.fields[1].role = FieldRole::variable;
    info_.steps = {{"first", "send sms"}, {"second", "send whatsapp"}};
    info_.templates = {{"otp", {"code"}, {"en", "ms"}}};
    info_.counters = 1;
    frame_.reset(info_);
    event_.at_ms = 1000;
  }

  void send_text() {
    const FlowSendSite site{0, 0, -1, -1, 0, 0, 0};
    const FlowText operands[] = {text("+639171234567"), text("hello")};
    flow_send(raw_, &site, operands, 2);
  }

  FlowInfo info_;
  Frame frame_{philippines};
  FlowFrame* raw_ = &frame_.raw();
  FlowEvent event_{};
};

TEST_F(Intrinsics, ReceiptsAreALattice) {
  send_text();
  const FlowEvent delivered = receipt(0, Receipt::delivered);
  EXPECT_EQ(flow_receipt(raw_, &delivered), kReceiptCurrent | kReceiptAccepted | kReceiptSent | kReceiptDelivered);
  const FlowEvent failed = receipt(0, Receipt::failed);
  const FlowEvent sent = receipt(0, Receipt::sent);
  const FlowEvent unknown = receipt(1, Receipt::sent);
  EXPECT_EQ(flow_receipt(raw_, &failed), 0);
  EXPECT_EQ(flow_receipt(raw_, &sent), 0);
  EXPECT_EQ(flow_receipt(raw_, &unknown), 0);
  send_text();
  const FlowEvent failed_second = receipt(1, Receipt::failed);
  const FlowEvent read_second = receipt(1, Receipt::read);
  EXPECT_EQ(flow_receipt(raw_, &failed_second), kReceiptCurrent | kReceiptFailed);
  EXPECT_EQ(flow_receipt(raw_, &failed_second), 0);
  EXPECT_EQ(flow_receipt(raw_, &read_second), 1 | 2 | 4 | 8 | 16);
  EXPECT_EQ(frame_.messages()[1].failed, 1);
}

TEST_F(Intrinsics, SendsATemplateInTheWishedLanguage) {
  flow_begin(raw_, &event_);
  flow_enter(raw_, &event_, 1);
  flow_arm(raw_, std::to_underlying(Timer::handover), 4000);
  const FlowSendSite site{1, 0, 0, -1, 600, 1, 0};
  const FlowText operands[] = {text("+60123456789"), text("1234"), text("ms_MY")};
  flow_send(raw_, &site, operands, 3);
  ASSERT_EQ(frame_.effects().size(), 3U);
  const Effect& effect = frame_.effects()[2];
  EXPECT_EQ(effect.kind, EffectKind::send);
  EXPECT_EQ(effect.language, "ms");
  EXPECT_EQ(effect.parameters, (std::vector<std::pair<std::string, std::string>>{{"code", "1234"}}));
  EXPECT_EQ(effect.not_after_ms, 4000);
  EXPECT_TRUE(effect.secret);
  EXPECT_EQ(effect.to, "+60123456789");
}

TEST_F(Intrinsics, LeavingWithdrawsWhatWasNotHandedOver) {
  flow_enter(raw_, &event_, 0);
  send_text();
  frame_.clear_effects();
  flow_leave(raw_);
  ASSERT_EQ(frame_.effects().size(), 1U);
  EXPECT_EQ(frame_.effects()[0].kind, EffectKind::withdraw);
  EXPECT_EQ(frame_.messages()[0].left, 1);
  send_text();
  const FlowEvent sent = receipt(1, Receipt::sent);
  flow_receipt(raw_, &sent);
  frame_.clear_effects();
  flow_leave(raw_);
  EXPECT_TRUE(frame_.effects().empty());
  EXPECT_EQ(frame_.current_message(), kNoMessage);
}

TEST_F(Intrinsics, ArmingATimerOfTheStepDisarmsItsOther) {
  flow_arm(raw_, std::to_underlying(Timer::handover), 1500);
  flow_arm(raw_, std::to_underlying(Timer::undelivered), 1600);
  flow_arm(raw_, std::to_underlying(Timer::wait), 2000);
  EXPECT_EQ(deadline(*raw_, Timer::handover), kNever);
  EXPECT_EQ(deadline(*raw_, Timer::undelivered), 1600);
  flow_disarm(raw_, std::to_underlying(Timer::handover));
  EXPECT_EQ(deadline(*raw_, Timer::wait), 2000);
  FlowEvent event{};
  event.kind = std::to_underlying(EventKind::timer);
  event.at_ms = 3000;
  event.timer = std::to_underlying(Timer::handover);
  EXPECT_EQ(flow_timer_take(raw_, &event), -1);
  event.timer = std::to_underlying(Timer::wait);
  EXPECT_EQ(flow_timer_take(raw_, &event), event.timer);
  EXPECT_EQ(deadline(*raw_, Timer::wait), kNever);
}

// What the frame has room for at first is used up several times over; what was made before stays as it is.
TEST_F(Intrinsics, MakesRoomForMore) {
  const std::string text(1000, 'x');
  const FlowText part{text.data(), text.size()};
  for (int i = 0; i < 300; ++i) {
    flow_enter(raw_, &event_, 0);
    FlowText both[2] = {part, part};
    ASSERT_EQ(flow_text_concat(raw_, &both[0], both, 2), 1);
    const FlowSendSite site{0, 0, -1, -1, 0, 0, 0};
    flow_send(raw_, &site, both, 2);
    frame_.effects();
    flow_leave(raw_);
  }
  ASSERT_EQ(frame_.effects().size(), 900U);
  for (std::uint32_t i = 0; i < 300; ++i) {
    EXPECT_EQ(frame_.effects()[3 * i + 1].to.size(), 2000U);
    EXPECT_EQ(frame_.effects()[3 * i + 1].message, i);
    EXPECT_EQ(frame_.messages()[i].left, 1);
  }
}

TEST_F(Intrinsics, TimersCountWhenArmedAndDue) {
  flow_arm(raw_, std::to_underlying(Timer::wait), 2000);
  FlowEvent event{};
  event.kind = std::to_underlying(EventKind::timer);
  event.timer = std::to_underlying(Timer::wait);
  event.at_ms = 1999;
  EXPECT_EQ(flow_timer_take(raw_, &event), -1);
  event.at_ms = 2000;
  EXPECT_EQ(flow_timer_take(raw_, &event), std::to_underlying(Timer::wait));
  EXPECT_EQ(flow_timer_take(raw_, &event), -1);
  for (std::int32_t timer : {-1, kTimerCount, INT32_MAX}) {
    event.timer = timer;
    EXPECT_EQ(flow_timer_take(raw_, &event), -1);
  }
}

TEST_F(Intrinsics, FinishErasesSecretsAndDeadlines) {
  frame_.set_text(0, "1234");
  frame_.set_text(1, "x");
  flow_begin(raw_, &event_);
  const FlowText reason = text("why");
  flow_finish(raw_, std::to_underlying(EndKind::failed), -1, &reason);
  EXPECT_EQ(raw_->fields[0].present, 0U);
  EXPECT_EQ(raw_->fields[1].present, 1U);
  EXPECT_EQ(frame_.next_deadline(), kNever);
  EXPECT_EQ(raw_->resting, kEnded);
  EXPECT_EQ(frame_.effects().back().reason, "why");
}

TEST_F(Intrinsics, ForgetKeepsInputs) {
  frame_.set_text(0, "1234");
  frame_.set_text(1, "x");
  flow_forget(raw_);
  EXPECT_EQ(raw_->fields[0].present, 1U);
  EXPECT_EQ(raw_->fields[1].present, 0U);
}

TEST_F(Intrinsics, CountsAndFiresUpToTheLimit) {
  EXPECT_EQ(flow_count(raw_, 0, 2), 1);
  EXPECT_EQ(flow_count(raw_, 0, 2), 1);
  EXPECT_EQ(flow_count(raw_, 0, 2), 0);
  EXPECT_EQ(flow_fire(raw_, 63), 1);
  EXPECT_EQ(flow_fire(raw_, 63), 0);
}

TEST_F(Intrinsics, TextsStopAtTheLimit) {
  const std::string half(limits::kTextValueBytesMax / 2, 'a');
  FlowText out = text("before");
  FlowText parts[] = {text(half), text(half), text("")};
  EXPECT_EQ(flow_text_concat(raw_, &out, parts, 3), 1);
  EXPECT_EQ(out.size, limits::kTextValueBytesMax);
  parts[2] = text("x");
  EXPECT_EQ(flow_text_concat(raw_, &out, parts, 3), 0);
  EXPECT_EQ(out.size, limits::kTextValueBytesMax);
  std::string growing;
  while (growing.size() < limits::kTextValueBytesMax) growing += "\u023A";
  const FlowText long_text = text(growing);
  EXPECT_EQ(flow_text_lower(raw_, &out, &long_text), 0);
  EXPECT_EQ(flow_text_upper(raw_, &out, &long_text), 1);
}

TEST_F(Intrinsics, OneEventMakesABoundedAmountOfText) {
  const std::string whole(limits::kTextValueBytesMax, 'a');
  const FlowText part = text(whole);
  FlowText out{};
  std::size_t made = 0;
  while (flow_text_concat(raw_, &out, &part, 1) != 0) ++made;
  EXPECT_EQ(made, limits::kEventTextBytesMax / limits::kTextValueBytesMax + 1);
  EXPECT_EQ(flow_text_lower(raw_, &out, &part), 0);
  frame_.begin_event();
  EXPECT_EQ(flow_text_concat(raw_, &out, &part, 1), 1);
}

TEST_F(Intrinsics, AnOperandMayBeTheResult) {
  FlowText value = text("  ABC ");
  flow_text_trim(&value, &value);
  EXPECT_EQ(flow_text_lower(raw_, &value, &value), 1);
  flow_text_left(&value, &value, 2'900'000);
  EXPECT_EQ(view(value), "ab");
}

TEST_F(Intrinsics, MessagesStopAtTheLimit) {
  for (std::size_t i = 0; i < limits::kMessagesPerExecutionMax; ++i) {
    EXPECT_EQ(flow_may_send(raw_), 1);
    send_text();
  }
  EXPECT_EQ(flow_may_send(raw_), 0);
  send_text();
  EXPECT_EQ(frame_.messages().size(), limits::kMessagesPerExecutionMax);
}

TEST_F(Intrinsics, RegionsAreRestricted) {
  EXPECT_EQ(flow_region_allowed(raw_, 0), 1);
  info_.allowed_regions = {"MY", "PH"};
  EXPECT_EQ(flow_region_allowed(raw_, 0), 0);
  EXPECT_EQ(flow_region_allowed(raw_, 'P' << 8 | 'H'), 1);
  EXPECT_EQ(flow_region_allowed(raw_, 'U' << 8 | 'S'), 0);
  const FlowText number = text("+639171234567");
  EXPECT_EQ(flow_region_of(raw_, &number), 'P' << 8 | 'H');
}

TEST_F(Intrinsics, ATrapLeavesAndFails) {
  flow_enter(raw_, &event_, 0);
  send_text();
  frame_.clear_effects();
  flow_trap(raw_, std::to_underlying(Trap::text_too_long));
  ASSERT_EQ(frame_.effects().size(), 2U);
  EXPECT_EQ(frame_.effects()[0].kind, EffectKind::withdraw);
  EXPECT_EQ(frame_.effects()[1].reason, "a text became too long");
  EXPECT_EQ(frame_.effects()[1].end, EndKind::failed);
}

// The first text of a frame that has none yet.
TEST_F(Intrinsics, JoinsNothing) {
  Frame frame([](std::string_view) { return std::int64_t{0}; });
  frame.reset(info_);
  const FlowText parts[] = {{"", 0}, {"", 0}};
  FlowText out{};
  ASSERT_EQ(flow_text_concat(&frame.raw(), &out, parts, 2), 1);
  EXPECT_EQ(out.size, 0U);
  EXPECT_NE(out.data, nullptr);
}

TEST(Arena, KeepsWhatItGave) {
  Arena arena;
  for (int round = 0; round < 2; ++round) {
    std::vector<FlowText> copies;
    for (std::size_t size : {1U, 4095U, 2U, 100'000U, 9000U, 3U}) copies.push_back(arena.copy(std::string(size, 'q')));
    for (const FlowText& copy : copies)
      for (char c : view(copy)) ASSERT_EQ(c, 'q');
    arena.reset();
  }
}

}  // namespace
}  // namespace flow::program
