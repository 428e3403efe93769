#include "compiler/check/sms_parts.h"

#include "compiler/catalogue/catalogue.h"

namespace flow::check {
namespace {

// The SMS alphabet of GSM 03.38; `kExtended` takes two places.
constexpr std::u32string_view kBasic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    U"¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view kExtended = U"\f^{}\\[~]|€";

std::u32string code_points(std::string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t value = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
      value = (value << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    result += value;
    i += length;
  }
  return result;
}

}  // namespace

void add_text(TextMeasure& measure, std::string_view text) {
  for (const char32_t c : code_points(text)) {
    ++measure.characters;
    measure.utf16 += c > 0xFFFF ? 2 : 1;
    const bool extended = kExtended.find(c) != std::u32string_view::npos;
    measure.gsm += extended ? 2 : 1;
    if (!extended && kBasic.find(c) == std::u32string_view::npos && measure.foreign == 0) measure.foreign = c;
  }
}

std::uint64_t sms_parts(const TextMeasure& measure) {
  using namespace catalogue;
  const bool ucs2 = measure.foreign != 0;
  const std::uint64_t places = ucs2 ? measure.utf16 : measure.gsm;
  const std::uint64_t part = ucs2 ? kSmsUcs2Part : kSmsGsmPart;
  return places <= (ucs2 ? kSmsUcs2Single : kSmsGsmSingle) ? 1 : (places + part - 1) / part;
}

std::uint64_t sms_parts(std::string_view text) {
  TextMeasure measure;
  add_text(measure, text);
  return sms_parts(measure);
}

}  // namespace flow::check
