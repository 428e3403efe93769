#include "runtime/program/json.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "runtime/program/money.h"

namespace flow::program {
namespace {

FlowInfo some_info() {
  FlowInfo info;
  info.name = "sample";
  info.steps = {{"route", "branch"}, {"sms", "send sms"}};
  info.signals = {"verified"};
  info.outcomes = {"late"};
  info.channels = {{"sms_otp", ChannelKind::sms, "SHOP", 30'000}};
  info.templates = {{"otp", {"code"}, {"en"}}};
  return info;
}

constexpr std::int64_t kStart = 1'795'168'800'000;  // 2026-11-20T10:00:00Z

WrittenEvent read(std::string_view line) {
  auto event = read_event(line, some_info(), kStart);
  EXPECT_TRUE(event) << line << ": " << event.error().message;
  return event ? *event : WrittenEvent{};
}

TEST(EventJson, ReadsEachKind) {
  EXPECT_EQ(read(R"({"event":"start"})").event.at_ms, kStart);
  const WrittenEvent receipt =
      read(R"({"v":1,"event":"receipt","at":"65s","message":3,"status":"failed","reason":"no"})");
  EXPECT_EQ(receipt.event.at_ms, kStart + 65'000);
  EXPECT_EQ(receipt.event.message, 3U);
  EXPECT_EQ(receipt.event.receipt, std::to_underlying(Receipt::failed));
  EXPECT_EQ(receipt.reason, "no");
  EXPECT_EQ(read(R"({"event":"receipt","at":5,"step":"sms","status":"read"})").message_of, 1);
  EXPECT_EQ(read(R"({"event":"timer","at":"2026-11-20T10:00:01Z","timer":"wait"})").event.at_ms, kStart + 1000);
  EXPECT_EQ(read(R"({"event":"start","seed":4294967295})").event.seed, UINT32_MAX);
  EXPECT_EQ(read(R"({"event":"signal","signal":"verified"})").event.signal, 0);
  EXPECT_EQ(read(R"({"event":"signal","signal":"other"})").event.signal, -1);
}

TEST(EventJson, ValuesOfEveryTypeComeBack) {
  const std::tuple<ValueType, std::string, std::string> values[] = {
      {ValueType::text, R"("a")", R"("9")"},
      {ValueType::number, R"("1.5")", R"("x")"},
      {ValueType::boolean, "true", R"("true")"},
      {ValueType::duration, R"("90s")", R"("90")"},
      {ValueType::region, R"("PH")", R"("Philippines")"},
      {ValueType::date, R"("2026-12-25")", R"("2026-02-30")"},
      {ValueType::time, R"("09:00")", R"("25:00")"},
      {ValueType::datetime, R"("2026-12-25T09:00:00.000Z")", R"("2026-12-25")"},
      {ValueType::money, R"("12.50 USD")", R"("12.50 PHP")"},
      {ValueType::url, R"("https://shop.example")", "7"},
  };
  FlowInfo info = some_info();
  FieldInfo field;
  field.name = "v";
  field.currency = currency_of("USD");
  info.fields.push_back(field);
  OperationInfo operation;
  operation.outcomes = {{OperationOutcome::Kind::failed, 0}, {OperationOutcome::Kind::ok, 0}};
  operation.reads = {{0, "body.v", false}};
  info.operations.push_back(operation);
  const auto line = [](const std::string& value) {
    return R"({"event":"result","step":"route","outcome":"ok","values":{"v":)" + value + "}}";
  };
  for (const auto& [type, good, bad] : values) {
    info.fields[0].type = type;
    auto event = read_event(line(good), info, kStart);
    ASSERT_TRUE(event) << good << ": " << event.error().message;
    event->point_to_texts();
    const std::string printed = event_line(event->event, info, 0);
    const std::string shown = type == ValueType::duration ? R"("1m30s")" : good;
    EXPECT_NE(printed.find(R"("values":{"v":)" + shown + "}"), std::string::npos) << printed;
    if (type != ValueType::text) EXPECT_FALSE(read_event(line(bad), info, kStart)) << bad;
  }
}

TEST(EventJson, ListsComeBackInTheirForm) {
  FlowInfo info = some_info();
  FieldInfo list;
  list.name = "v";
  list.type = ValueType::list;
  list.items_max = 2;
  list.parts.push_back({.name = "", .type = ValueType::number, .choices = {}});
  info.fields = {list};
  OperationInfo operation;
  operation.outcomes = {{OperationOutcome::Kind::failed, 0}, {OperationOutcome::Kind::ok, 0}};
  operation.reads = {{0, "body.v", false}};
  info.operations.push_back(operation);
  const auto line = [](const std::string& value) {
    return R"({"event":"result","step":"route","outcome":"ok","values":{"v":)" + value + "}}";
  };
  auto event = read_event(line("[1, 2.50]"), info, kStart);
  ASSERT_TRUE(event) << event.error().message;
  event->point_to_texts();
  EXPECT_NE(event_line(event->event, info, 0).find(R"("values":{"v":[1,2.5]})"), std::string::npos);
  const std::string deep = std::string(20'000, '[') + std::string(20'000, ']');
  for (const std::string& wrong : {std::string("[1,2,3]"), std::string("\"[1]\""), std::string("{}"), deep})
    EXPECT_FALSE(read_event(line(wrong), info, kStart)) << wrong.substr(0, 20);
  info.fields[0] = {.name = "v", .type = ValueType::number, .choices = {}};
  EXPECT_FALSE(read_event(line(deep), info, kStart));
}

TEST(EventJson, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "the line is not JSON"},
      {"{", "the line is not JSON"},
      {"[]", "an event is a JSON object"},
      {"{}", "\"event\" is missing"},
      {R"({"event":7})", "\"event\" must be a text"},
      {R"({"event":"stop"})", "\"event\" must be one of start, receipt, timer, signal"},
      {R"({"event":"start","v":2})", "\"v\" is not 1"},
      {R"({"event":"start","at":"soon"})", "\"at\" must be a time"},
      {R"({"event":"start","at":"-5s"})", "\"at\" must be a time"},
      {R"({"event":"start","at":1.5})", "\"at\" must be a time"},
      {R"({"event":"start","when":1})", "\"when\" is not a member of this event"},
      {R"({"event":"receipt","status":"sent"})", "either its \"message\" or its \"step\""},
      {R"({"event":"receipt","status":"sent","message":0,"step":"sms"})", "either its \"message\" or its \"step\""},
      {R"({"event":"receipt","status":"sent","message":-1})", "\"message\" must be the number"},
      {R"({"event":"receipt","status":"sent","message":1000})", "\"message\" must be the number"},
      {R"({"event":"receipt","status":"sent","step":"smss"})", "\"step\" is no step of flow `sample`"},
      {R"({"event":"receipt","status":"none","message":0})", "\"status\" must be one of accepted, sent"},
      {R"({"event":"receipt","status":"sent","message":0,"reason":1})", "\"reason\" must be a text"},
      {R"({"event":"timer","timer":"noon"})", "\"timer\" must be one of expires"},
      {R"({"event":"signal"})", "\"signal\" is missing"},
      {R"({"event":"start","seed":-1})", "\"seed\" must be a whole number from 0 to 4294967295"},
      {R"({"event":"start","seed":4294967296})", "\"seed\" must be a whole number from 0 to 4294967295"},
  };
  for (const auto& [line, message] : cases) {
    const auto event = read_event(line, some_info(), kStart);
    ASSERT_FALSE(event) << line;
    EXPECT_NE(event.error().message.find(message), std::string::npos) << line << ": " << event.error().message;
  }
  EXPECT_FALSE(read_event(std::string(limits::kEventLineBytesMax + 1, ' '), some_info(), 0));
  EXPECT_FALSE(read_event(std::string(limits::kEventLineBytesMax, '['), some_info(), 0));
}

TEST(EventJson, WritesWhatItReads) {
  for (const char* line : {R"({"v":1,"at":"2026-11-20T10:00:00.000Z","event":"start"})",
                           R"({"v":1,"at":"2026-11-20T10:00:00.000Z","event":"timer","timer":"unread"})",
                           R"({"v":1,"at":"2026-11-20T10:00:00.500Z","event":"signal","signal":"verified"})",
                           R"({"v":1,"at":"2026-11-20T10:00:00.000Z","event":"receipt","message":2,"status":"sent"})"})
    EXPECT_EQ(event_line(read(line).event, some_info()), line);
}

TEST(EffectJson, WritesEachKind) {
  const FlowInfo info = some_info();
  const auto line = [&](const Effect& effect, bool reveal = false) {
    return effect_line(effect, kStart, info, reveal);
  };
  Effect effect;
  effect.kind = EffectKind::enter;
  effect.step = 0;
  EXPECT_EQ(line(effect), R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"enter","step":"route"})");
  effect.kind = EffectKind::timer;
  effect.timer = Timer::handover;
  effect.due_ms = kStart + 1000;
  EXPECT_EQ(
      line(effect),
      R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"timer","step":"route","timer":"handover","due":"2026-11-20T10:00:01.000Z"})");
  effect.kind = EffectKind::withdraw;
  effect.message = 4;
  EXPECT_EQ(line(effect), R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"withdraw","step":"route","message":4})");
  effect.kind = EffectKind::late_receipt;
  effect.receipt = Receipt::read;
  EXPECT_EQ(
      line(effect),
      R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"late_receipt","step":"route","message":4,"status":"read"})");
  effect.kind = EffectKind::end;
  effect.end = EndKind::outcome;
  effect.outcome = 0;
  EXPECT_EQ(line(effect), R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"end","end":"outcome","outcome":"late"})");
  effect.end = EndKind::failed;
  effect.reason = "why";
  EXPECT_EQ(line(effect), R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"end","end":"failed","reason":"why"})");
}

TEST(EffectJson, HidesSecretsUnlessAsked) {
  Effect effect;
  effect.kind = EffectKind::send;
  effect.step = 1;
  effect.message = 0;
  effect.to = "+12125550123";
  effect.text = "code 4821";
  effect.secret = true;
  effect.ttl_ms = 25'000;
  effect.not_after_ms = kStart + 30'000;
  const FlowInfo info = some_info();
  EXPECT_EQ(
      effect_line(effect, kStart, info, false),
      R"({"v":1,"at":"2026-11-20T10:00:00.000Z","effect":"send","step":"sms","message":0,"channel":"sms_otp","kind":"sms","to":"+12125550123","text":"***","ttl":"25s","not_after":"2026-11-20T10:00:30.000Z"})");
  EXPECT_NE(effect_line(effect, kStart, info, true).find("code 4821"), std::string::npos);
  effect.template_index = 0;
  effect.text.clear();
  effect.language = "en";
  effect.parameters = {{"code", "4821"}};
  EXPECT_EQ(effect_line(effect, kStart, info, false).find("4821"), std::string::npos);
  EXPECT_NE(effect_line(effect, kStart, info, false).find(R"("parameters":{"code":"***"})"), std::string::npos);
  EXPECT_NE(effect_line(effect, kStart, info, true).find("4821"), std::string::npos);
  effect.secret = false;
  EXPECT_NE(effect_line(effect, kStart, info, false).find("4821"), std::string::npos);
}

}  // namespace
}  // namespace flow::program
