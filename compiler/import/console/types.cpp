#include "compiler/import/console/types.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/check.h"

namespace flow::importing::console {
namespace {

using catalogue::Component;
using catalogue::Header;
using program::ChannelKind;

std::string_view channel_name(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::viber:
      return "Viber";
    case ChannelKind::whatsapp:
      return "WhatsApp";
    case ChannelKind::sms:
      return "SMS";
    case ChannelKind::messenger:
      return "Messenger";
    case ChannelKind::instagram:
      return "Instagram";
    case ChannelKind::email:
      return "Email";
  }
  FLOW_CHECK(false, "channel {} has no name", static_cast<int>(kind));
  return {};
}

// The console's words, where it has a component of the kind.
std::string_view component_name(Component component) {
  switch (component) {
    case Component::recognize_region:
    case Component::recognize_calling_code:
      return "RecognizePhoneNumber";
    case Component::recognize_language:
      return "RecognizeLanguage";
    case Component::recognize_email:
    case Component::recognize_phone:
      return "RecognizeEntities";
    case Component::branch:
      return "ConditionalBranch";
    case Component::random:
      return "RandomBranch";
    case Component::set:
      return "SetVariables";
    case Component::wait:
      return "Wait";
    case Component::wait_until:
      return "WaitUntil";
    case Component::schedule:
      return "DateConditionalBranch";
    case Component::await_signal:
      return "WaitForSignal";
    case Component::await_reply:
      return "WaitForResponse";
    case Component::ask:
      return "Ask";
    case Component::reply:
      return "Reply";
    case Component::jump:
      return kJumpType;
    case Component::deliver:
      return "DeliverTable";
    case Component::send:
      return "Send";
    case Component::http:
      return "HttpRequest";
    case Component::call_function:
      return "CallFunction";
    case Component::classify:
      return "TopicClassification";
    case Component::generate:
      return "NaturalLanguageGenerate";
    case Component::contact:
      return "Contact";
    case Component::subscribe:
      return "Subscribe";
    case Component::unsubscribe:
      return "Unsubscribe";
    case Component::hand_over:
      return "TransferToHuman";
    case Component::call_flow:
      return "ForwardToJourney";
    case Component::launch_flow:
      return "LaunchJourney";
    case Component::forward_flow:
      return "ForwardToFlow";
    case Component::typing:
      return "TypingIndicator";
    case Component::extern_:
      return "Extern";
    case Component::none:
      break;
  }
  FLOW_CHECK(false, "component {} has no node type", static_cast<int>(component));
  return {};
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
  const std::string_view name = component_name(component.id);
  if (!component.channel) return std::string(name);
  return fmt::format("{}{}Message", name, channel_name(*component.channel));
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
