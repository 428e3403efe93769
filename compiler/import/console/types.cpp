#include "compiler/import/console/types.h"

#include <array>
#include <cstdint>

namespace flow::importing::console {
namespace {

using catalogue::Header;

struct Name {
  std::string_view ours;
  std::string_view console;
};

// By the catalogue's name, where the console calls it otherwise.
constexpr auto kComponents = std::to_array<Name>({
    {"recognize region", "RecognizePhoneNumber"},
    {"recognize calling code", "RecognizePhoneNumber"},
    {"recognize email", "RecognizeEntities"},
    {"recognize phone", "RecognizeEntities"},
    {"branch", "ConditionalBranch"},
    {"random", "RandomBranch"},
    {"set", "SetVariables"},
    {"schedule", "DateConditionalBranch"},
    {"await signal", "WaitForSignal"},
    {"await reply", "WaitForResponse"},
    {"jump", kJumpType},
    {"deliver", "DeliverTable"},
    {"http", "HttpRequest"},
    {"classify", "TopicClassification"},
    {"generate", "NaturalLanguageGenerate"},
    {"hand over", "TransferToHuman"},
    {"call flow", "ForwardToJourney"},
    {"launch flow", "LaunchJourney"},
    {"forward to", "ForwardToFlow"},
    {"typing", "TypingIndicator"},
});

constexpr auto kChannels = std::to_array<Name>({{"whatsapp", "WhatsApp"}, {"sms", "SMS"}});

// "wait until" is "WaitUntil".
std::string joined(std::string_view words) {
  std::string out;
  bool first = true;
  for (const char c : words) {
    const bool letter = c >= 'a' && c <= 'z';
    if (letter) out += first ? static_cast<char>(c - 'a' + 'A') : c;
    first = !letter;
  }
  return out;
}

template <std::size_t N>
std::string name_in(const std::array<Name, N>& names, std::string_view ours) {
  for (const Name& each : names)
    if (each.ours == ours) return std::string(each.console);
  return joined(ours);
}

struct Trigger {
  std::string_view word;
  std::string_view type;
};
constexpr auto kTriggers = std::to_array<Trigger>({
    {"manual", "TriggeredManually"},
    {"whatsapp", "TriggeredByWhatsApp"},
    {"messenger", "TriggeredByMessenger"},
    {"instagram", "TriggeredByInstagram"},
    {"viber", "TriggeredByViber"},
    {"sms", "TriggeredBySMS"},
    {"call", "TriggeredByFlow"},
    {"extern", "TriggeredByOther"},
});

}  // namespace

std::string node_type(const catalogue::ComponentInfo& component) {
  if (!component.channel) return name_in(kComponents, component.name);
  const std::string_view verb = component.name.substr(0, component.name.find(' '));
  return joined(verb) + name_in(kChannels, catalogue::channel(*component.channel).name) + "Message";
}

std::string node_type(Header header) {
  switch (header) {
    case Header::start:
      return std::string(kStartType);
    case Header::on_signal:
      return "OnSignal";
    case Header::on_delivered:
      return "OnDelivered";
    case Header::on_read:
      return "OnRead";
    case Header::on_reply:
      return "OnReply";
    case Header::otherwise:
      return "Otherwise";
    default:
      return "Entry";
  }
}

std::string trigger_type(std::string_view trigger) {
  for (const Trigger& each : kTriggers)
    if (each.word == trigger) return std::string(each.type);
  return {};
}

std::string_view trigger_of(std::string_view trigger_type) {
  for (const Trigger& each : kTriggers)
    if (each.type == trigger_type) return each.word;
  return {};
}

std::string eight_characters(std::string_view key, unsigned attempt) {
  constexpr std::string_view kCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::uint64_t hash = 0xCBF29CE484222325U + attempt;  // FNV-1a
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  hash ^= hash >> 32U;
  hash *= 0x9E3779B97F4A7C15U;
  std::string out;
  for (int i = 0; i < 8; ++i) {
    out += kCharacters[hash % kCharacters.size()];
    hash /= kCharacters.size();
  }
  return out;
}

}  // namespace flow::importing::console
