// Texts too long for their channel, with every value at its longest.
#include <algorithm>
#include <string>

#include "compiler/check/message.h"
#include "compiler/check/sms_parts.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

void add(const FlowScope& scope, TextMeasure& measure, const Expr& expr);

// Of texts of which one is chosen, each count at its most.
void add_longest(const FlowScope& scope, TextMeasure& measure, const Expr& choice) {
  TextMeasure longest;
  for (std::size_t i = 1; i < choice.children.size(); ++i) {
    TextMeasure one;
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

// The text for as many items as there may be.
void add_each(const FlowScope& scope, TextMeasure& measure, const Expr& each) {
  TextMeasure one;
  add(scope, one, each.children[1]);
  const std::uint64_t items = each.children[0].type.items_max;
  measure.characters += one.characters * items;
  measure.gsm += one.gsm * items;
  measure.utf16 += one.utf16 * items;
  if (measure.foreign == 0) measure.foreign = one.foreign;
  if (measure.unbounded.empty()) measure.unbounded = one.unbounded;
}

void add(const FlowScope& scope, TextMeasure& measure, const Expr& expr) {
  if (expr.kind == ExprKind::constant && program::is_text(expr.type.kind)) return add_text(measure, expr.text);
  if (expr.kind == ExprKind::interpolate) {
    for (const Expr& child : expr.children) add(scope, measure, child);
    return;
  }
  if (expr.kind == ExprKind::choose) return add_longest(scope, measure, expr);
  if (expr.kind == ExprKind::each) return add_each(scope, measure, expr);
  if (expr.kind == ExprKind::variable) {
    // A let is measured by what it is made of.
    for (const auto& [id, value] : scope.flow.lets)
      if (id == expr.variable &&
          (value.kind == ExprKind::interpolate || value.kind == ExprKind::choose || value.kind == ExprKind::each))
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

std::uint32_t check_parts(FlowScope& scope, const TextMeasure& measure, Span place) {
  using namespace catalogue;
  const bool ucs2 = measure.foreign != 0;
  const std::uint64_t places = ucs2 ? measure.utf16 : measure.gsm;
  const std::uint64_t parts = sms_parts(measure);
  if (parts == 1) return 1;
  const std::string why =
      ucs2 ? fmt::format("`{}` is not in the SMS alphabet, so a part holds {} characters instead of {}",
                         utf8(measure.foreign), kSmsUcs2Part, kSmsGsmPart)
           : fmt::format("a part holds {} characters", kSmsGsmPart);
  if (measure.utf16 > kSmsCharactersMax) {
    scope.sink()
        .report(Code::text_too_long, place, "this SMS may have {} characters, {} parts", measure.utf16, parts)
        .label(fmt::format("at most {} characters are sent as one message", kSmsCharactersMax))
        .hint(why);
  } else {
    scope.sink()
        .report(Code::several_parts, place, "this SMS takes up to {} parts, each paid for", parts)
        .label(fmt::format("up to {} characters", places))
        .hint(why);
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(parts, kSmsPartsMax));
}

}  // namespace

void check_characters(FlowScope& scope, const Expr& value, Span place, const catalogue::Channel& channel,
                      std::uint32_t most, std::string_view what) {
  TextMeasure measure;
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

std::uint32_t check_text_length(FlowScope& scope, const Expr& body, Span place, ChannelKind kind, std::uint32_t most) {
  const catalogue::Channel& channel = catalogue::channel(kind);
  if (!channel.text.sms_parts) {
    if (most != 0) check_characters(scope, body, place, channel, most, "this text");
    return 1;
  }
  TextMeasure measure;
  add(scope, measure, body);
  const std::uint32_t parts = check_parts(scope, measure, place);
  if (measure.unbounded.empty()) return parts;
  scope.sink()
      .report(Code::text_unbounded, place, "how long this text gets is not known: {} has no longest value",
              measure.unbounded)
      .hint(fmt::format("bound it (`text(..30)`, `left(…)`); {} characters are sent at most",
                        catalogue::kSmsCharactersMax));
  return catalogue::kSmsPartsMax;
}

}  // namespace flow::check
