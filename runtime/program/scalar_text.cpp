#include "runtime/program/scalar_text.h"

#include "base/instant.h"
#include "calendar/civil.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

std::optional<std::int64_t> known(const Result<std::int64_t>& read) {
  return read ? std::optional(*read) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> scalar_of_text(std::string_view text, ValueType type, Currency currency) {
  switch (type) {
    case ValueType::number:
      return known(parse_number(text));
    case ValueType::duration:
      return known(parse_duration(text));
    case ValueType::region:
      return known(parse_region(text));
    case ValueType::date:
      return calendar::parse_date(text);
    case ValueType::time:
      return calendar::parse_time(text);
    case ValueType::datetime: {
      const auto at = known(parse_instant(text));
      return at && calendar::is_instant(*at) ? at : std::nullopt;
    }
    case ValueType::money:
      return known(parse_money(text, currency));
    default:
      return std::nullopt;
  }
}

}  // namespace flow::program
