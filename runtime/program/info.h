// What the runtime must know of a compiled flow besides its code: names, types, marks. Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flow::program {

enum class ValueType : std::uint8_t { text, number, boolean, duration, phone, region, language };
constexpr bool is_text(ValueType type) {
  return type == ValueType::text || type == ValueType::phone || type == ValueType::language;
}

enum class FieldRole : std::uint8_t { input, let, variable };

struct FieldInfo {
  std::string name;
  ValueType type{};
  FieldRole role{};
  bool optional = false;             // an input that may be left out
  bool secret = false;               // sealed at rest, never printed
  bool personal = false;             // masked where people look
  std::uint32_t chars_min = 0;       // text: Unicode code points
  std::uint32_t chars_max = 0;       // 0: no bound but limits::kTextValueBytesMax
  std::vector<std::string> choices;  // oneof; empty: any text

  friend bool operator==(const FieldInfo&, const FieldInfo&) = default;
};

enum class ChannelKind : std::uint8_t { viber, whatsapp, sms };

struct ChannelInfo {
  std::string name;  // viber_otp
  ChannelKind kind{};
  std::string sender;  // service id, number or sender, as the workspace declares
  std::int64_t handover_ms = 0;

  friend bool operator==(const ChannelInfo&, const ChannelInfo&) = default;
};

struct TemplateInfo {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<std::string> languages;  // the first is the default

  friend bool operator==(const TemplateInfo&, const TemplateInfo&) = default;
};

struct StepInfo {
  std::string name;
  std::string component;  // "send viber"

  friend bool operator==(const StepInfo&, const StepInfo&) = default;
};

struct FlowInfo {
  std::string name;
  std::string title;
  std::string purpose;  // authentication, transaction, marketing
  std::int64_t expires_ms = 0;
  std::vector<FieldInfo> fields;      // index: field id
  std::vector<StepInfo> steps;        // index: step id
  std::vector<std::string> signals;   // that `on signal` handlers name
  std::vector<std::string> outcomes;  // declared with `outcome`
  std::vector<ChannelInfo> channels;  // that this flow sends on
  std::vector<TemplateInfo> templates;
  std::uint32_t counters = 0;
  std::uint32_t handlers = 0;                // `on` handlers, at most 64
  std::vector<std::string> allowed_regions;  // empty: all

  friend bool operator==(const FlowInfo&, const FlowInfo&) = default;
};

}  // namespace flow::program
