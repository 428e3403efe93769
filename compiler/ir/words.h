// The words of the text form for the enumerations in it. Private to compiler/ir.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "compiler/ir/ir.h"

namespace flow::ir {

template <typename Enum>
struct Words;

#define FLOW_WORDS(type, ...)                                 \
  template <>                                                 \
  struct Words<type> {                                        \
    static constexpr std::string_view kAll[] = {__VA_ARGS__}; \
  }

FLOW_WORDS(program::ValueType, "text", "number", "boolean", "duration", "phone", "region", "language", "date", "time",
           "datetime", "money", "email", "url", "zone", "json", "list", "record");
FLOW_WORDS(program::FieldRole, "input", "let", "variable");
FLOW_WORDS(program::ChannelKind, "viber", "whatsapp", "sms", "messenger", "instagram", "email");
FLOW_WORDS(program::EndKind, "none", "done", "failed", "outcome", "expired");
FLOW_WORDS(program::OperationKind, "http", "function", "classify", "generate", "contact", "subscribe", "unsubscribe",
           "hand_over", "flow", "launch", "typing");
FLOW_WORDS(program::OperationOutcome::Kind, "failed", "ok", "status", "named", "expired");
FLOW_WORDS(Guarantee::Kind, "messages", "last_send", "end", "no_double_charge", "reaches", "cost");
FLOW_WORDS(Term, "jump", "branch", "switch", "tail", "rest", "ignore", "finish");

#undef FLOW_WORDS

template <typename Enum>
std::string_view word(Enum value) {
  return Words<Enum>::kAll[static_cast<std::size_t>(std::to_underlying(value))];
}

template <typename Enum>
std::optional<Enum> find_word(std::string_view text) {
  for (std::size_t i = 0; i < std::size(Words<Enum>::kAll); ++i)
    if (Words<Enum>::kAll[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

// A name of the source, or several joined by dots (`otp.viber`), at most three times limits::kNameCharsMax long.
bool is_name(std::string_view text);

}  // namespace flow::ir
