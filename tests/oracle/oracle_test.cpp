// The oracle against values and effects worked out by hand from docs/semantics.md: what the other engines agree with is
// also what was meant.
#include "tests/oracle/oracle.h"

#include <gtest/gtest.h>

#include <utility>

#include <fmt/ranges.h>

#include "base/limits.h"
#include "tests/differential/generate.h"
#include "tests/differential/side_by_side.h"
#include "tests/differential/tutorial.h"

namespace flow::oracle {
namespace {

using program::Effect;
using program::EventKind;
using program::Receipt;
using program::Timer;
using program::ValueType;
using program::Verdict;

constexpr std::int64_t kMost = limits::kNumberUnitsMax;

std::string text_of(std::int64_t scalar, ValueType type) {
  return to_text(Value{scalar}, type);
}

TEST(Values, AsTexts) {
  EXPECT_EQ(text_of(0, ValueType::number), "0");
  EXPECT_EQ(text_of(1'500'000, ValueType::number), "1.5");
  EXPECT_EQ(text_of(-1, ValueType::number), "-0.000001");
  EXPECT_EQ(text_of(kMost, ValueType::number), "999999999999.999999");
  EXPECT_EQ(text_of(0, ValueType::duration), "0s");
  EXPECT_EQ(text_of(5'400'000, ValueType::duration), "1h30m");
  EXPECT_EQ(text_of(90'061'001, ValueType::duration), "1d1h1m1s1ms");
  EXPECT_EQ(text_of(-500, ValueType::duration), "-500ms");
  EXPECT_EQ(text_of(1, ValueType::boolean), "true");
  EXPECT_EQ(text_of(check::region_scalar('P', 'H'), ValueType::region), "PH");
}

TEST(Values, Numbers) {
  EXPECT_EQ(multiply(1'234'567, 1'234'567), 1'524'155);  // 1.524155677489
  EXPECT_EQ(multiply(-1'234'567, 1'234'567), -1'524'155);
  EXPECT_EQ(round_number(2'500'000), 3'000'000);
  EXPECT_EQ(round_number(-2'500'000), -3'000'000);
  EXPECT_EQ(round_number(2'499'999), 2'000'000);
  EXPECT_EQ(duration_in(600'000, 60'000), 10'000'000);
  EXPECT_EQ(duration_in(1000, 86'400'000), 11);  // 0.0000115… days
  EXPECT_EQ(add(kMost, -kMost), 0);
  EXPECT_THROW(add(kMost, 1), Trap);
  EXPECT_THROW(subtract(-kMost, 1), Trap);
  EXPECT_THROW(multiply(kMost, 2'000'000), Trap);
  EXPECT_THROW(round_number(kMost), Trap);
  EXPECT_THROW(duration_in(kMost, 1000), Trap);
}

TEST(Values, Texts) {
  EXPECT_EQ(lower("\u00c4B\u0130"), "\u00e4bi");
  EXPECT_EQ(upper("stra\u00dfe \u03c3\u03c2"), "STRA\u00dfE \u03a3\u03a3");
  EXPECT_EQ(trim(" \t\n\v\f\r a b \n"), "a b");
  EXPECT_EQ(trim("\u00a0a"), "\u00a0a");  // no ASCII space
  EXPECT_EQ(left("\U0001f44bcaf\u00e9", 4'900'000), "\U0001f44bcaf");
  EXPECT_EQ(left("abc", -1'000'000), "");
  EXPECT_EQ(length("\U0001f44b\u00e9"), 2'000'000);
  EXPECT_TRUE(fold_equal(" Yes\n", "yEs"));
  EXPECT_FALSE(fold_equal("e\u0301", "\u00e9"));
  EXPECT_TRUE(is_blank(" \t"));
  EXPECT_FALSE(is_blank("\u00a0"));
  EXPECT_EQ(concatenate({std::string(limits::kTextValueBytesMax, 'a')}).size(), limits::kTextValueBytesMax);
  EXPECT_THROW(concatenate({std::string(limits::kTextValueBytesMax, 'a'), "b"}), Trap);
  std::string widening;
  while (widening.size() < limits::kTextValueBytesMax) widening += "\u0250";  // two bytes; its capital has three
  EXPECT_THROW(upper(widening), Trap);
}

// An execution of the tutorial's flow.
class Tutorial : public testing::Test {
 protected:
  void start(const std::string& phone, std::optional<Value> language = std::nullopt) {
    state_ = oracle_.create({Value{phone}, Value{"482913"}, std::move(language)});
    differential::Event event;
    event.at_ms = differential::kBeginMs;
    send(event);
  }
  void receipt(std::int64_t after_ms, std::uint32_t message, Receipt receipt) {
    differential::Event event;
    event.kind = EventKind::receipt;
    event.at_ms = differential::kBeginMs + after_ms;
    event.message = message;
    event.receipt = std::to_underlying(receipt);
    send(event);
  }
  void timer(std::int64_t after_ms, Timer timer) {
    differential::Event event;
    event.kind = EventKind::timer;
    event.at_ms = differential::kBeginMs + after_ms;
    event.timer = timer;
    send(event);
  }
  void signal(std::int32_t signal) {
    differential::Event event;
    event.kind = EventKind::signal;
    event.at_ms = differential::kBeginMs;
    event.signal = signal;
    send(event);
  }

  // The effects of the last event, a line each, times after the start.
  std::vector<std::string> effects() const {
    static constexpr const char* kReceipts[] = {"none", "accepted", "sent", "delivered", "read", "failed"};
    static constexpr const char* kTimers[] = {"expires", "handover", "undelivered", "unread", "wait", "late", "silent"};
    std::vector<std::string> lines;
    for (const Effect& effect : effects_) {
      const std::string step = effect.step < 0 ? "" : flow_.steps.at(static_cast<std::size_t>(effect.step)).name;
      switch (effect.kind) {
        case program::EffectKind::enter:
          lines.push_back("enter " + step);
          break;
        case program::EffectKind::timer:
          lines.push_back(fmt::format("timer {} +{}", kTimers[std::to_underlying(effect.timer)],
                                      effect.due_ms - differential::kBeginMs));
          break;
        case program::EffectKind::send:
          lines.push_back(fmt::format("send {} until +{} {}{}", effect.message,
                                      effect.not_after_ms - differential::kBeginMs, effect.text, effect.language));
          EXPECT_TRUE(effect.secret);
          break;
        case program::EffectKind::withdraw:
          lines.push_back(fmt::format("withdraw {}", effect.message));
          break;
        case program::EffectKind::request:
          lines.push_back(fmt::format("request {} until +{} {}", effect.operation,
                                      effect.not_after_ms - differential::kBeginMs, fmt::join(effect.arguments, " ")));
          break;
        case program::EffectKind::launch:
          lines.push_back(fmt::format("launch {} {}", effect.operation, fmt::join(effect.arguments, " ")));
          break;
        case program::EffectKind::cancel:
          lines.push_back(fmt::format("cancel {}", effect.operation));
          break;
        case program::EffectKind::late_receipt:
          lines.push_back(fmt::format("late {} {}", effect.message, kReceipts[std::to_underlying(effect.receipt)]));
          break;
        case program::EffectKind::end:
          lines.push_back(fmt::format("end {} {}", std::to_underlying(effect.end), effect.reason));
          break;
      }
    }
    return lines;
  }

  Verdict verdict_{};
  State state_;

 private:
  void send(const differential::Event& event) {
    effects_.clear();
    verdict_ = oracle_.advance(state_, event.raw(), effects_);
  }

  const check::Workspace workspace_ = generate::tutorial();
  const check::Flow& flow_ = *workspace_.flows[0];
  const Oracle oracle_{workspace_, flow_, generate::region_of};
  std::vector<Effect> effects_;
};

using Lines = std::vector<std::string>;
const std::string kBody = "Your one-time password is: 482913 It is valid for 10 minutes.";

TEST_F(Tutorial, AFilipinoWhoIsNotReachedGetsThreeMessages) {
  start("+639171234567");
  EXPECT_EQ(effects(), (Lines{"enter route", "enter viber_ph", "timer handover +30000", "timer undelivered +30000",
                              "send 0 until +30000 " + kBody}));
  receipt(500, 0, Receipt::sent);
  EXPECT_EQ(effects(), Lines{});
  EXPECT_EQ(verdict_, Verdict::changed);
  timer(30'000, Timer::handover);  // was disarmed
  EXPECT_EQ(verdict_, Verdict::ignored);
  timer(29'999, Timer::undelivered);  // too early
  EXPECT_EQ(verdict_, Verdict::ignored);
  timer(30'000, Timer::undelivered);
  EXPECT_EQ(effects(), (Lines{"enter whatsapp_ph", "timer handover +60000", "timer undelivered +60000",
                              "send 1 until +60000 en"}));
  receipt(31'000, 1, Receipt::failed);
  EXPECT_EQ(effects(), (Lines{"enter sms", "timer handover +41000", "send 2 until +41000 " + kBody}));
  timer(41'000, Timer::handover);
  EXPECT_EQ(effects(), (Lines{"withdraw 2", "end 2 no channel reached the user"}));
  EXPECT_FALSE(state_.values.at(1));  // the code
  receipt(50'000, 0, Receipt::read);
  EXPECT_EQ(effects(), (Lines{"late 0 read"}));
}

TEST_F(Tutorial, ALateReadEndsTheFallback) {
  start("+639171234567");
  timer(30'000, Timer::undelivered);
  EXPECT_EQ(effects().at(0), "withdraw 0");
  receipt(40'000, 0, Receipt::delivered);
  EXPECT_EQ(effects(), (Lines{"late 0 delivered"}));
  EXPECT_FALSE(state_.ended);
  receipt(41'000, 0, Receipt::read);
  EXPECT_EQ(effects(), (Lines{"late 0 read", "withdraw 1", "end 1 "}));
  receipt(42'000, 0, Receipt::read);
  EXPECT_EQ(verdict_, Verdict::ignored);
}

TEST_F(Tutorial, DeliveredStartsTheClockForRead) {
  start("+639171234567");
  receipt(5000, 0, Receipt::delivered);
  EXPECT_EQ(effects(), (Lines{"timer unread +65000"}));
  receipt(6000, 0, Receipt::failed);  // counts only before delivered
  EXPECT_EQ(verdict_, Verdict::ignored);
  timer(65'000, Timer::unread);
  EXPECT_EQ(effects().at(0), "enter sms");
}

TEST_F(Tutorial, AMalaysianGetsWhatsAppFirstInTheirLanguage) {
  start("+60123456789", Value{"ms_MY"});
  EXPECT_EQ(effects().back(), "send 0 until +30000 ms");
}

TEST_F(Tutorial, OthersGetAnSmsAndSentIsEnough) {
  start("+14155550100");
  EXPECT_EQ(effects().back(), "send 0 until +10000 " + kBody);
  receipt(1000, 0, Receipt::sent);
  EXPECT_EQ(effects(), (Lines{"end 1 "}));
}

TEST_F(Tutorial, TheSignalEndsItOnce) {
  start("+14155550100");
  signal(7);
  EXPECT_EQ(verdict_, Verdict::ignored);
  signal(0);
  EXPECT_EQ(effects(), (Lines{"withdraw 0", "end 1 "}));
  signal(0);
  EXPECT_EQ(verdict_, Verdict::ignored);
}

TEST_F(Tutorial, TheCodeExpires) {
  start("+14155550100");
  timer(600'000, Timer::expires);
  EXPECT_EQ(effects(), (Lines{"withdraw 0", "end 4 "}));
}

}  // namespace
}  // namespace flow::oracle
