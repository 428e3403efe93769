// What is not seen by the oracle and the engines together: ends of ranges, odd operands, what lives how long.
#include "runtime/program/functions.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "calendar/civil.h"
#include "runtime/program/frame.h"
#include "runtime/program/money.h"

namespace flow::program {
namespace {

using Operand = std::variant<std::int64_t, std::string>;

// "absent", "trap N", or the value.
std::string call(FunctionId function, const std::vector<Operand>& operands) {
  Arena arena;
  std::vector<FlowValue> values;
  EXPECT_EQ(operands.size(), info(function).operands());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    EXPECT_EQ(info(function).takes_text(i), std::holds_alternative<std::string>(operands[i]));
    FlowValue& value = values.emplace_back();
    if (const auto* text = std::get_if<std::string>(&operands[i]))
      value.text = {text->data(), text->size()};
    else
      value.scalar = std::get<std::int64_t>(operands[i]);
  }
  FlowValue out{};
  const CallStatus status = call_function(function, arena, values.data(), out);
  if (status != kCallGood) return "trap " + std::to_string(status - 1);
  if (info(function).gives_text())
    return out.text.data == nullptr ? "absent" : std::string(out.text.data, out.text.size);
  return out.scalar == kAbsentScalar ? "absent" : std::to_string(out.scalar);
}

constexpr std::int64_t kDay = calendar::kDayMs;
constexpr std::int64_t kLong = limits::kNumberUnitsMax;

TEST(Functions, DatesStayInTheirRange) {
  EXPECT_EQ(call(FunctionId::date_add, {calendar::kDateMax - 1, kDay}), std::to_string(calendar::kDateMax));
  EXPECT_EQ(call(FunctionId::date_add, {calendar::kDateMax, kDay}), "trap 2");
  EXPECT_EQ(call(FunctionId::date_add, {calendar::kDateMin, kLong}), "trap 2");
  EXPECT_EQ(call(FunctionId::date_subtract, {calendar::kDateMin, kDay}), "trap 2");
  EXPECT_EQ(call(FunctionId::date_add, {std::int64_t{0}, kDay - 1}), "0");
  EXPECT_EQ(call(FunctionId::date_add, {std::int64_t{0}, 1 - 2 * kDay}), "-1");
  EXPECT_EQ(call(FunctionId::instant_add, {calendar::kInstantMax, std::int64_t{1}}), "trap 2");
  EXPECT_EQ(call(FunctionId::instant_subtract, {calendar::kInstantMin, std::int64_t{1}}), "trap 2");
  EXPECT_EQ(call(FunctionId::at, {calendar::kDateMax, std::int64_t{0}, "UTC"}), "trap 2");
  EXPECT_EQ(call(FunctionId::date_in, {calendar::kInstantMax, "Etc/GMT-14"}), std::to_string(calendar::kDateMax));
}

TEST(Functions, AZoneThatIsNotKnownHereTraps) {
  EXPECT_EQ(call(FunctionId::at, {std::int64_t{0}, std::int64_t{0}, "Mars/Base"}), "trap 3");
  EXPECT_EQ(call(FunctionId::text_of_instant, {std::int64_t{0}, ""}), "trap 3");
  EXPECT_EQ(call(FunctionId::text_of_instant, {std::int64_t{0}, "Asia/Manila"}), "1970-01-01T08:00");
}

TEST(Functions, AWaitForAClockTimeHasALongest) {
  constexpr std::int64_t kHour = 3'600'000;
  const auto next = [](std::int64_t now, std::int64_t most) {
    return call(FunctionId::next_time, {now, 8 * kHour, "Asia/Manila", most});  // 08:00 there is midnight
  };
  EXPECT_EQ(next(0, 49 * kHour), "0");
  EXPECT_EQ(next(kHour, 49 * kHour), std::to_string(kDay));
  EXPECT_EQ(next(kHour, 23 * kHour), std::to_string(kDay));
  EXPECT_EQ(next(kHour, 11 * kHour), std::to_string(12 * kHour));
  EXPECT_EQ(next(kHour, INT64_MAX), std::to_string(kDay));
  EXPECT_EQ(next(kHour, INT64_MIN), std::to_string(kHour));
  EXPECT_EQ(call(FunctionId::next_time, {kHour, 8 * kHour, "Mars/Base", kDay}), "trap 3");
}

TEST(Functions, TextsThatAreNoValuesAreAbsent) {
  EXPECT_EQ(call(FunctionId::read_number, {" 1.5 "}), "1500000");
  for (const char* text : {"", "x", "1e5", "1.1234567", "0x1", "1 2"})
    EXPECT_EQ(call(FunctionId::read_number, {text}), "absent") << text;
  EXPECT_EQ(call(FunctionId::read_date, {"2026-12-25\n"}), "20812");
  EXPECT_EQ(call(FunctionId::read_date, {"25.12.2026"}), "absent");
  EXPECT_EQ(call(FunctionId::read_time, {"09:00"}), "32400000");
  EXPECT_EQ(call(FunctionId::read_instant, {"1970-01-02T00:00:00+01:00"}), "82800000");
  EXPECT_EQ(call(FunctionId::read_instant, {"1970-01-02T00:00:00"}), "absent");
  EXPECT_EQ(call(FunctionId::read_instant, {"0000-01-02T00:00:00Z"}), "absent");
}

TEST(Functions, MoneyHasAtLeastTheDecimalsOfItsCurrency) {
  const auto text = [](std::int64_t units, std::string_view code) { return money_text(units, currency_of(code)); };
  EXPECT_EQ(text(12'500'000, "USD"), "12.50 USD");
  EXPECT_EQ(text(35'000, "USD"), "0.035 USD");
  EXPECT_EQ(text(-12'000'000, "JPY"), "-12 JPY");
  EXPECT_EQ(text(12'000'000, "KWD"), "12.000 KWD");
  EXPECT_EQ(text(-kLong, "USD"), "-999999999999.999999 USD");
  EXPECT_EQ(parse_money("12.5USD", currency_of("USD")).value(), 12'500'000);
  EXPECT_EQ(parse_money("12.50 USD", currency_of("USD")).value(), 12'500'000);
  for (const char* bad : {"", "USD", "12", "12EUR", "12  USD", "USD12", "1e3USD"})
    EXPECT_FALSE(parse_money(bad, currency_of("USD"))) << bad;
  EXPECT_EQ(currency_of("usd"), 0u);
  EXPECT_EQ(currency_text(currency_of("PHP")), "PHP");
}

TEST(Functions, PartsOfListsAndRecords) {
  const char* list = R"([{"day":"a \"b\"","seats":2.5,"note":null},{"day":"c","seats":1,"note":"n"}])";
  const std::int64_t number = static_cast<std::int64_t>(ValueType::number);
  EXPECT_EQ(call(FunctionId::list_count, {list}), "2000000");
  EXPECT_EQ(call(FunctionId::list_text, {list, std::int64_t{2'000'000}}), R"({"day":"c","seats":1,"note":"n"})");
  for (const std::int64_t place : {std::int64_t{0}, std::int64_t{-1'000'000}, std::int64_t{1'500'000}, kLong})
    EXPECT_EQ(call(FunctionId::list_text, {list, place}), "absent") << place;
  EXPECT_EQ(call(FunctionId::list_scalar, {"[1,-2.5]", std::int64_t{2'000'000}, number}), "-2500000");
  EXPECT_EQ(call(FunctionId::list_scalar, {"[1,-2.5]", std::int64_t{3'000'000}, number}), "absent");
  const std::string record = call(FunctionId::list_text, {list, std::int64_t{1'000'000}});
  EXPECT_EQ(call(FunctionId::record_text, {record, "day"}), "a \"b\"");
  EXPECT_EQ(call(FunctionId::record_text, {record, "note"}), "absent");
  EXPECT_EQ(call(FunctionId::record_scalar, {record, "seats", number}), "2500000");
  EXPECT_EQ(call(FunctionId::record_scalar, {record, "note", number}), "absent");
  // What is always there is something even in a state that was damaged.
  EXPECT_EQ(call(FunctionId::member_text, {record, "day"}), "a \"b\"");
  EXPECT_EQ(call(FunctionId::member_text, {"damaged", "day"}), "");
  EXPECT_EQ(call(FunctionId::member_scalar, {record, "seats", number}), "2500000");
  EXPECT_EQ(call(FunctionId::member_scalar, {"{\"seats\":\"x\"}", "seats", number}), "0");
}

TEST(Functions, TheEndOfATextByCharacters) {
  EXPECT_EQ(call(FunctionId::right, {"a\u00e4\u20ac", std::int64_t{2'500'000}}), "\u00e4\u20ac");
  EXPECT_EQ(call(FunctionId::right, {"abc", std::int64_t{-1'000'000}}), "");
  EXPECT_EQ(call(FunctionId::right, {"abc", kLong}), "abc");
  EXPECT_EQ(call(FunctionId::left, {"", std::int64_t{1'000'000}}), "");
}

TEST(Functions, ALongPatternMakesNoTextPastTheLimit) {
  std::string pattern = "'" + std::string(limits::kTextValueBytesMax + 1, 'x') + "'";
  EXPECT_EQ(call(FunctionId::format_date, {std::int64_t{0}, pattern, "en"}), "trap 1");
}

TEST(Functions, EachIsFoundByItsName) {
  for (std::size_t i = 0; i < kFunctionCount; ++i)
    EXPECT_EQ(find_function(kFunctions[i].name), static_cast<FunctionId>(i));
  for (const FunctionInfo& one : kFunctions) EXPECT_LE(one.operands(), kFunctionOperandsMax) << one.name;
  EXPECT_FALSE(find_function("none"));
}

}  // namespace
}  // namespace flow::program
