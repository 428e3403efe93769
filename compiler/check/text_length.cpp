// Texts too long for their channel, with every value at its longest.
#include <algorithm>
#include <string>

#include "compiler/check/message.h"
#include "compiler/check/stages.h"

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

struct Measure {
  std::uint64_t characters = 0;
  std::uint64_t gsm = 0;  // places in the SMS alphabet, were all of it in there
  std::uint64_t utf16 = 0;
  char32_t foreign = 0;   // the first character outside the SMS alphabet
  std::string unbounded;  // a variable without a longest value
};

void add_text(Measure& measure, std::string_view text) {
  for (const char32_t c : code_points(text)) {
    ++measure.characters;
    measure.utf16 += c > 0xFFFF ? 2 : 1;
    const bool extended = kExtended.find(c) != std::u32string_view::npos;
    measure.gsm += extended ? 2 : 1;
    if (!extended && kBasic.find(c) == std::u32string_view::npos && measure.foreign == 0) measure.foreign = c;
  }
}

void add(const FlowScope& scope, Measure& measure, const Expr& expr);

// Of texts of which one is chosen, each count at its most.
void add_longest(const FlowScope& scope, Measure& measure, const Expr& choice) {
  Measure longest;
  for (std::size_t i = 1; i < choice.children.size(); ++i) {
    Measure one;
    add(scope, one, choice.children[i]);
    longest.characters = std::max(longest.characters, one.characters);
    longest.gsm = std::max(longest.gsm, one.gsm);
    longest.utf16 = std::max(longest.utf16, one.utf16);
    if (longest.foreign == 0) longest.foreign = one.foreign;
    if (longest.unbounded.empty()) longest.unbounded = one.unbounded;
  }
  measure.characters += longest.characters;
  measure.gsm += longest.gsm;
  measure.utf16 += longest.utf16;
  if (measure.foreign == 0) measure.foreign = longest.foreign;
  if (measure.unbounded.empty()) measure.unbounded = longest.unbounded;
}

void add(const FlowScope& scope, Measure& measure, const Expr& expr) {
  if (expr.kind == ExprKind::constant && program::is_text(expr.type.kind)) return add_text(measure, expr.text);
  if (expr.kind == ExprKind::interpolate) {
    for (const Expr& child : expr.children) add(scope, measure, child);
    return;
  }
  if (expr.kind == ExprKind::choose) return add_longest(scope, measure, expr);
  if (expr.kind == ExprKind::variable) {
    // A let is measured by what it is made of.
    for (const auto& [id, value] : scope.flow.lets)
      if (id == expr.variable && (value.kind == ExprKind::interpolate || value.kind == ExprKind::choose))
        return add(scope, measure, value);
  }
  const std::uint32_t longest = characters_max(expr.type);
  if (longest == 0 && measure.unbounded.empty())
    measure.unbounded = expr.text.empty() ? "a value in it" : fmt::format("`{}`", expr.text);
  measure.characters += longest;
  measure.gsm += longest;
  measure.utf16 += longest;
}

std::string utf8(char32_t c) {
  std::string text;
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (c < 0x800) {
    byte(0xC0 | (c >> 6));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
  return text;
}

void check_parts(FlowScope& scope, const Measure& measure, Span place) {
  using namespace catalogue;
  const bool ucs2 = measure.foreign != 0;
  const std::uint64_t places = ucs2 ? measure.utf16 : measure.gsm;
  const std::uint64_t single = ucs2 ? kSmsUcs2Single : kSmsGsmSingle, part = ucs2 ? kSmsUcs2Part : kSmsGsmPart;
  const std::uint64_t parts = places <= single ? 1 : (places + part - 1) / part;
  if (parts == 1) return;
  const std::string why =
      ucs2 ? fmt::format("`{}` is not in the SMS alphabet, so a part holds {} characters instead of {}",
                         utf8(measure.foreign), kSmsUcs2Part, kSmsGsmPart)
           : fmt::format("a part holds {} characters", kSmsGsmPart);
  if (parts > kSmsPartsMax) {
    scope.sink()
        .report(Code::text_too_long, place, "this SMS may have {} characters, {} parts", places, parts)
        .label(fmt::format("at most {} parts are sent as one message", kSmsPartsMax))
        .hint(why);
  } else {
    scope.sink()
        .report(Code::several_parts, place, "this SMS takes up to {} parts, each paid for", parts)
        .label(fmt::format("up to {} characters", places))
        .hint(why);
  }
}

}  // namespace

void check_characters(FlowScope& scope, const Expr& value, Span place, const catalogue::Channel& channel,
                      std::uint32_t most, std::string_view what) {
  Measure measure;
  add(scope, measure, value);
  if (measure.characters > most) {
    scope.sink()
        .report(Code::text_too_long, place, "{} may have {} characters, and {} takes {}", what, measure.characters,
                channel.name, most)
        .hint("shorten it, or bound the values in it: `text(..30)`, `left(…)`");
  } else if (!measure.unbounded.empty()) {
    scope.sink()
        .report(Code::text_unbounded, place, "how long {} gets is not known: {} has no longest value", what,
                measure.unbounded)
        .hint(fmt::format("bound it (`text(..30)`, `left(…)`); {} takes {} characters", channel.name, most));
  }
}

void check_text_length(FlowScope& scope, const Expr& body, Span place, ChannelKind kind, std::uint32_t most) {
  const catalogue::Channel& channel = catalogue::channel(kind);
  if (!channel.text.sms_parts) {
    if (most != 0) check_characters(scope, body, place, channel, most, "this text");
    return;
  }
  Measure measure;
  add(scope, measure, body);
  check_parts(scope, measure, place);
  if (!measure.unbounded.empty())
    scope.sink()
        .report(Code::text_unbounded, place, "how long this text gets is not known: {} has no longest value",
                measure.unbounded)
        .hint(fmt::format("bound it (`text(..30)`, `left(…)`); {} parts are sent at most", catalogue::kSmsPartsMax));
}

}  // namespace flow::check
