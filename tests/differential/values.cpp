#include "tests/differential/values.h"

#include <array>
#include <utility>

#include "base/limits.h"
#include "tests/differential/lists.h"

namespace flow::generate {
namespace {

using program::ValueType;

struct Prefix {
  std::string_view digits;
  char a;
  char b;
};
constexpr std::array<Prefix, 7> kPrefixes = {{{"+63", 'P', 'H'},
                                              {"+60", 'M', 'Y'},
                                              {"+65", 'S', 'G'},
                                              {"+223", 'M', 'L'},
                                              {"+44", 'G', 'B'},
                                              {"+95", 'M', 'M'},
                                              {"+1", 'U', 'S'}}};

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all = {"",
                                               " ",
                                               "\t\n",
                                               "yes",
                                               " Yes ",
                                               "STOP",
                                               "stop",
                                               "x",
                                               "482913",
                                               "Hello, world",
                                               "\u00c4\u00d6\u00dc \u00e4\u00f6\u00fc",
                                               "\u00df",
                                               "\u0130\u0131",
                                               "\u041f\u0440\u0438\u0432\u0435\u0442",
                                               "\u03a3\u03ac\u03c2",
                                               "\U0001f44b caf\u00e9",
                                               "e\u0301",
                                               "\u00a0",
                                               "{{not}}",
                                               "a b  c"};
  return all;
}

std::string random_text(Random& random, const Options& options) {
  if (options.traps && random.chance(2)) {
    // `upper` makes each of these a byte longer: near the limit, past it with a little more, or past it in capitals.
    const std::string unit = random.chance(50) ? "a" : "\u0250";
    std::string text;
    const std::size_t bytes = limits::kTextValueBytesMax - random.below(6);
    while (text.size() + unit.size() <= bytes) text += unit;
    return text;
  }
  if (random.chance(75)) return random.pick(texts());
  std::string text;
  for (std::size_t i = 1 + random.below(12); i > 0; --i) text += random.pick(texts());
  return text;
}

std::string random_phone(Random& random) {
  static const std::vector<std::string> all = {"+639171234567", "+639280000001", "+60123456789",  "+6591234567",
                                               "+22370123456",  "+447700900123", "+959123456789", "+14155550100",
                                               "+883510000000", "+870773000000"};
  return random.pick(all);
}

std::int64_t random_number(Random& random, const Options& options) {
  static const std::vector<std::int64_t> all = {0,         1,         -1,         500'000,    1'000'000, -1'000'000,
                                                2'000'000, 2'500'000, -2'500'000, 10'000'000, 1'234'567, 3'333'333};
  if (options.traps && random.chance(6)) {
    const std::int64_t most = limits::kNumberUnitsMax - random.between(0, 2'000'000);
    return random.chance(50) ? most : -most;
  }
  if (random.chance(70)) return random.pick(all);
  return random.between(-50'000'000, 50'000'000);
}

// Days around changes of clocks and ends of months; with traps, the end of the calendar. None before 1970: releases of
// the time zone database differ in when clocks were first set.
std::int64_t random_date(Random& random, const Options& options) {
  static const std::vector<std::int64_t> all = {0,      20'541, 20'542, 20'543, 20'751,
                                                20'752, 20'812, 19'782, 19'783, 20'088};
  if (options.traps && random.chance(5)) return 2'932'890;
  return random.chance(70) ? random.pick(all) : random.between(18'000, 30'000);
}

std::int64_t random_duration(Random& random, const Options& options) {
  static const std::vector<std::int64_t> all = {
      0, 1, 500, 1000, 30'000, 90'000, 600'000, 3'600'000, 5'400'000, 86'400'000, 90'061'001, 7 * 86'400'000LL};
  if (options.traps && random.chance(3)) return limits::kNumberUnitsMax - random.between(0, 10'000);
  return random.chance(80) ? random.pick(all) : random.between(0, 4'000'000'000);
}

}  // namespace

std::int64_t region_of(std::string_view e164) {
  if (e164 == "+883510000000") return 0;
  for (const Prefix& prefix : kPrefixes)
    if (e164.starts_with(prefix.digits)) return check::region_scalar(prefix.a, prefix.b);
  return 0;
}

std::vector<check::RecognizeCallingCode::Code> calling_codes() {
  std::vector<check::RecognizeCallingCode::Code> codes;
  for (const Prefix& prefix : kPrefixes)
    codes.push_back({static_cast<std::uint32_t>(std::stoul(std::string(prefix.digits.substr(1)))),
                     {std::string{prefix.a, prefix.b}}});
  return codes;
}

Value random_value(Random& random, ValueType kind, const Options& options) {
  static const std::vector<std::string> languages = {"en", "ms", "ms_MY", "ms-SG", "zh-Hant",
                                                     "zh", "tl", "pt_BR", "xx"};
  switch (kind) {
    case ValueType::text:
      return {0, random_text(random, options)};
    case ValueType::phone:
      return {0, random_phone(random)};
    case ValueType::language: {
      const std::string& language = random.pick(languages);
      return {0, options.as_written && language == "xx" ? "en" : language};
    }
    case ValueType::number:
      return {random_number(random, options), {}};
    case ValueType::boolean:
      return {random.chance(50) ? 1 : 0, {}};
    case ValueType::duration:
      return {random_duration(random, options), {}};
    case ValueType::date:
      return {random_date(random, options), {}};
    case ValueType::time: {
      static const std::vector<std::int64_t> all = {0, 1, 32'400'000, 45'000'000, 86'399'999, 9'000'000, 7'230'500};
      return {options.as_written ? random.between(0, 1439) * 60'000 : random.pick(all), {}};
    }
    case ValueType::datetime: {
      const std::int64_t day = random_date(random, options);
      return {day * 86'400'000 + random.between(-80'000'000, 80'000'000), {}};
    }
    case ValueType::money:
      return {random_number(random, options), {}};
    case ValueType::email: {
      static const std::vector<std::string> all = {"a@mail.example", "A@Mail.example", "first.last+tag@shop.example"};
      return {0, random.pick(all)};
    }
    case ValueType::url: {
      static const std::vector<std::string> all = {"https://shop.example", "https://shop.example/a?b=c&d=%20",
                                                   "http://localhost:8080/x"};
      return {0, random.pick(all)};
    }
    case ValueType::json: {
      static const std::vector<std::string> all = {"{}", "[1,2]", "{\"a\":\"b\"}", "null"};
      return {0, random.pick(all)};
    }
    case ValueType::zone: {
      static const std::vector<std::string> all = {"Asia/Manila",         "UTC",           "America/New_York",
                                                   "Australia/Lord_Howe", "Europe/Berlin", "Asia/Kathmandu"};
      return {0, random.pick(all)};
    }
    case ValueType::list:
    case ValueType::record:
      break;  // composite_values() has them
    case ValueType::region: {
      const Prefix& prefix = kPrefixes[random.below(kPrefixes.size())];
      return {check::region_scalar(prefix.a, prefix.b), {}};
    }
  }
  std::unreachable();
}

std::vector<std::optional<Value>> inputs(Random& random, const check::Flow& flow, const Options& options) {
  std::vector<std::optional<Value>> values;
  for (const check::Variable& variable : flow.variables) {
    if (variable.role != program::FieldRole::input) break;
    values.emplace_back();
    if (variable.type.optional && random.chance(40)) continue;
    if (program::is_composite(variable.type.kind))
      values.back() = Value{0, random.pick(composite_values(variable.type))};
    else
      values.back() = random_value(random, variable.type.kind, options);
  }
  return values;
}

check::Expr picture() {
  check::Expr expr;
  expr.kind = check::ExprKind::constant;
  expr.type.kind = ValueType::text;
  expr.text = "https://cdn.example/a.jpg";
  return expr;
}

}  // namespace flow::generate
