// Regions of ISO 3166-1, languages of ISO 639, currencies of ISO 4217, and the other names that people write for
// regions.
#include <algorithm>
#include <array>

#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

#include "iso_tables.inc"

constexpr auto kAliases = std::to_array<RegionAlias>({
    {"america", "US"},
    {"bolivia", "BO"},
    {"bonaire", "BQ"},
    {"bosnia", "BA"},
    {"britain", "GB"},
    {"brunei", "BN"},
    {"burma", "MM"},
    {"cape verde", "CV"},
    {"congo-brazzaville", "CG"},
    {"congo-kinshasa", "CD"},
    {"cote d'ivoire", "CI"},
    {"curacao", "CW"},
    {"czech republic", "CZ"},
    {"dr congo", "CD"},
    {"east timor", "TL"},
    {"emirates", "AE"},
    {"england", "GB"},
    {"eng", "GB"},
    {"falkland islands", "FK"},
    {"great britain", "GB"},
    {"holland", "NL"},
    {"hongkong", "HK"},
    {"iran", "IR"},
    {"ivory coast", "CI"},
    {"korea", "KR"},
    {"laos", "LA"},
    {"macau", "MO"},
    {"macedonia", "MK"},
    {"micronesia", "FM"},
    {"moldova", "MD"},
    {"north korea", "KP"},
    {"northern ireland", "GB"},
    {"palestine", "PS"},
    {"pilipinas", "PH"},
    {"reunion", "RE"},
    {"russia", "RU"},
    {"scotland", "GB"},
    {"south korea", "KR"},
    {"swaziland", "SZ"},
    {"syria", "SY"},
    {"taiwan", "TW"},
    {"tanzania", "TZ"},
    {"the gambia", "GM"},
    {"turkey", "TR"},
    {"u.k.", "GB"},
    {"u.s.", "US"},
    {"u.s.a.", "US"},
    {"uae", "AE"},
    {"uk", "GB"},
    {"usa", "US"},
    {"vatican", "VA"},
    {"venezuela", "VE"},
    {"vietnam", "VN"},
    {"wales", "GB"},
});

constexpr auto kWeekdays = std::to_array<std::string_view>({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});

template <typename Table>
auto find(const Table& table, std::string_view code) {
  const auto found = std::ranges::lower_bound(table, code, {}, &Table::value_type::code);
  return found != table.end() && found->code == code ? &*found : nullptr;
}

}  // namespace

std::span<const Region> regions() {
  return kRegions;
}
const Region* find_region(std::string_view code) {
  return find(kRegions, code);
}
std::span<const RegionAlias> region_aliases() {
  return kAliases;
}

std::span<const Language> languages() {
  return kLanguages;
}
const Language* find_language(std::string_view code) {
  return find(kLanguages, code.substr(0, code.find_first_of("_-")));
}

std::span<const std::string_view> weekdays() {
  return kWeekdays;
}

std::span<const CurrencyEntry> currencies() {
  return kCurrencies;
}

const CurrencyEntry* find_currency(std::string_view code) {
  const auto* found = std::ranges::lower_bound(kCurrencies, code, {}, &CurrencyEntry::code);
  return found != kCurrencies.end() && found->code == code ? found : nullptr;
}

}  // namespace flow::catalogue
