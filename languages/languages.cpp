#include "languages/languages.h"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>
#include <cstdio>  // its header needs it

#include "base/limits.h"

namespace flow::languages {
namespace {

// Its own codes for a few languages are older than BCP 47.
std::string tag_of(std::string_view code) {
  if (code == "iw") return "he";
  if (code == "jw") return "jv";
  if (code == "mo") return "ro";
  if (code == "sh") return "sr";
  return std::string(code);
}

}  // namespace

std::string detect(std::string_view text) {
  if (text.size() > limits::kDetectBytesMax) {
    std::size_t end = limits::kDetectBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // no half character
    text = text.substr(0, end);
  }
  const int size = static_cast<int>(text.size());
  constexpr int kThree = 3;  // the library fills so many
  CLD2::Language languages[kThree] = {};
  int percents[kThree] = {};
  double scores[kThree] = {};
  int text_bytes = 0;
  int valid_bytes = 0;
  bool reliable = false;
  const CLD2::CLDHints no_hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  const CLD2::Language found = CLD2::ExtDetectLanguageSummaryCheckUTF8(text.data() == nullptr ? "" : text.data(), size,
                                                                       true, &no_hints, 0, languages, percents, scores,
                                                                       nullptr, &text_bytes, &reliable, &valid_bytes);
  if (!reliable || found == CLD2::UNKNOWN_LANGUAGE) return {};
  return tag_of(CLD2::LanguageCode(found));
}

}  // namespace flow::languages
