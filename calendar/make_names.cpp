// While building: what months, days and halves of the day are called in each language that ICU knows, and how it writes
// decimals. One text a language, its parts ended by NUL: 12 months, 12 short ones, 7 days from Monday, 7 short ones,
// am, pm, decimal sign, grouping sign.
#include <unicode/dcfmtsym.h>
#include <unicode/dtfmtsym.h>
#include <unicode/locid.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

using icu::DateFormatSymbols;

void add(std::vector<std::string>& parts, const icu::UnicodeString& text) {
  text.toUTF8String(parts.emplace_back());
}

std::vector<std::string> names(const icu::Locale& locale) {
  std::vector<std::string> parts;
  UErrorCode status = U_ZERO_ERROR;
  const DateFormatSymbols symbols(locale, "gregorian", status);
  int32_t count = 0;
  for (const auto width : {DateFormatSymbols::WIDE, DateFormatSymbols::ABBREVIATED}) {
    const icu::UnicodeString* months = symbols.getMonths(count, DateFormatSymbols::FORMAT, width);
    for (int i = 0; i < 12; ++i) add(parts, months[i]);
  }
  for (const auto width : {DateFormatSymbols::WIDE, DateFormatSymbols::ABBREVIATED}) {
    const icu::UnicodeString* days = symbols.getWeekdays(count, DateFormatSymbols::FORMAT, width);
    for (const int i : {2, 3, 4, 5, 6, 7, 1}) add(parts, days[i]);
  }
  const icu::UnicodeString* halves = symbols.getAmPmStrings(count);
  for (int i = 0; i < 2; ++i) add(parts, halves[i]);
  icu::Locale latin(locale);
  latin.setKeywordValue("numbers", "latn", status);
  const icu::DecimalFormatSymbols numbers(latin, status);
  add(parts, numbers.getSymbol(icu::DecimalFormatSymbols::kDecimalSeparatorSymbol));
  add(parts, numbers.getSymbol(icu::DecimalFormatSymbols::kGroupingSeparatorSymbol));
  return U_SUCCESS(status) ? parts : std::vector<std::string>{};
}

}  // namespace

int main() {
  int32_t count = 0;
  const icu::Locale* all = icu::Locale::getAvailableLocales(count);
  std::map<std::string, std::vector<std::string>> languages;
  for (int32_t i = 0; i < count; ++i) {
    const icu::Locale& locale = all[i];
    if (*locale.getVariant() != '\0') continue;
    std::string tag = locale.getLanguage();
    if (*locale.getScript() != '\0') tag += std::string("_") + locale.getScript();
    if (*locale.getCountry() != '\0') tag += std::string("_") + locale.getCountry();
    auto parts = names(locale);
    if (!parts.empty()) languages.emplace(tag, std::move(parts));
  }
  // Older tags and regions that stand for a script.
  for (const char* tag : {"tl", "iw", "in", "mo", "sh", "zh_TW", "zh_HK", "zh_MO", "zh_CN", "zh_SG"}) {
    auto parts = names(icu::Locale::createFromName(tag));
    if (!parts.empty()) languages.insert_or_assign(tag, std::move(parts));
  }
  // What the language alone says already is left out.
  for (auto language = languages.begin(); language != languages.end();) {
    const std::size_t cut = language->first.rfind('_');
    const auto parent = cut == std::string::npos ? languages.end() : languages.find(language->first.substr(0, cut));
    language = parent != languages.end() && parent->second == language->second ? languages.erase(language)
                                                                               : std::next(language);
  }
  std::puts("constexpr Language kLanguages[] = {");
  for (const auto& [tag, parts] : languages) {
    std::printf("{\"%s\", \"", tag.c_str());
    for (const std::string& part : parts) {
      for (const char c : part) std::printf("\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
      std::printf("\\000");
    }
    std::puts("\"},");
  }
  std::puts("};");
  return languages.contains("en") ? 0 : 1;
}
