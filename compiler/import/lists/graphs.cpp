#include "compiler/import/lists/graphs.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"

namespace flow::importing::lists {
namespace {

using fidelity::Action;
using fidelity::Graph;

constexpr std::string_view kSent = "sent";

// What the original says of one channel, in the words of graphs.
struct Item {
  std::string channel;              // in small letters, without `_`
  std::string sender;               // empty: not said
  std::optional<std::string> text;  // nothing: not said
  bool other = false;               // something else than a text
  std::string_view until = kSent;   // what ends it
  std::string seconds;              // of `undelivered after`: milliseconds, or `*`; empty: only a failure falls back
  std::string seconds_unread;
  // What a message has besides its text, in the words of messages.
  std::vector<std::pair<std::string, std::string>> parts;
};

// Whether it has a member that is none of these.
bool has_more(const Json& json, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : json.items())
    if (std::find(known.begin(), known.end(), name) == known.end()) return true;
  return false;
}

std::string plain(const Json& json) {
  if (!json.is_string()) return {};
  std::string out;
  for (const char c : json.get_ref<const std::string&>())
    if (std::string_view("_- ").find(c) == std::string_view::npos)
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out == "viberbm" || out == "viberbusiness" ? "viber" : out;
}

// As many as a message of the channel may have.
bool fits(const Item& item) {
  if (!item.text) return true;
  std::size_t characters = 0;
  for (const char c : *item.text) {
    const auto byte = static_cast<unsigned char>(c);
    characters += (byte & 0xC0U) != 0x80U ? 1 : 0;
    characters += item.channel == "sms" && byte >= 0xF0U ? 1 : 0;  // two places of an SMS
  }
  return characters <= (item.channel == "sms" ? 1600U : item.channel == "viber" ? 1000U : 4096U);
}

bool has_component(const Item& item) {
  return !item.other && fits(item) && (item.channel == "whatsapp" || item.channel == "viber" || item.channel == "sms");
}

// Digits, as a number or a text, times so many milliseconds.
std::string milliseconds(const Json& json, long long unit) {
  const long long count =
      json.is_string() ? std::atoll(json.get_ref<const std::string&>().c_str()) : json.get<long long>();
  return fmt::format("{}", count * unit);
}

// A number of WhatsApp, with its plus.
std::string sender_of(const Item& item) {
  const bool bare = item.channel == "whatsapp" && !item.sender.starts_with('+');
  return bare ? "+" + item.sender : item.sender;
}

Graph graph_of(const std::vector<Item>& items, std::string_view product, const std::vector<std::string>& as_written) {
  Graph graph;
  const std::string recipient = fidelity::value("recipient");
  graph.states.push_back({Action("start")
                              .with(fidelity::input_name("customer"), recipient)
                              .with(fidelity::input_name("content"), fidelity::value("content"))
                              .words(),
                          "",
                          {{"start", 1}}});
  const auto count = static_cast<std::uint32_t>(items.size());
  const std::uint32_t reached = count + 1;
  const std::uint32_t exhausted = count + 2;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Item& item = items[i];
    const std::uint32_t next = i + 1 == count ? exhausted : i + 2;
    fidelity::State state;
    state.name = fmt::format("{} {}", as_written[i], i + 1);
    if (!has_component(item)) {
      state.action = Action("extern")
                         .with("type", fidelity::quoted(fmt::format("{} {}", product, as_written[i])))
                         .with(fidelity::setting_name("to"), recipient)
                         .words();
      state.transitions = {{"reached", reached}, {"failed", next}, {"expired", next}};
      graph.states.push_back(std::move(state));
      continue;
    }
    Action action("message");
    action.with("channel", item.channel).with("to", recipient).only();
    if (!item.sender.empty()) action.with("sender", fidelity::quoted(sender_of(item)));
    if (item.text || item.parts.empty())
      action.with("text", item.text ? fidelity::quoted(*item.text) : fidelity::value("content"));
    for (const auto& [name, value] : item.parts) action.with(name, fidelity::quoted(value));
    state.action = action.words();
    state.transitions.push_back({"failed", next});
    if (!item.seconds.empty()) state.transitions.push_back({fmt::format("undelivered after {}", item.seconds), next});
    if (!item.seconds_unread.empty())
      state.transitions.push_back({fmt::format("unread after {}", item.seconds_unread), next});
    state.transitions.push_back({std::string(item.until), reached});
    graph.states.push_back(std::move(state));
  }
  graph.states.push_back({Action("end").with("done", "true").words(), "", {}});
  graph.states.push_back({Action("end").with("failed", fidelity::kAnything).words(), "", {}});
  return graph;
}

std::string as_text(const Json& json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

std::string number_or_text(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name)) return {};
  return json.at(name).is_number() ? json.at(name).dump() : as_text(json.at(name));
}

std::string in_capitals(const Json& json) {
  std::string out = as_text(json);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return c < 0x80 ? std::toupper(c) : c; });
  return out;
}

bool flashes(const Json& json) {
  const Json* all = member_of(json, "channel_properties");
  const Json* flash = all == nullptr ? nullptr : member_of(*all, "SMS_FLASH_MESSAGE");
  return flash != nullptr && *flash != false && *flash != "false";
}

Item item_8x8(const Json& json, const Json& entry) {
  Item item;
  item.channel = plain(entry.at("channel"));
  const Json* content = member_of(json, "content");
  if (content != nullptr) {
    const Json* type = member_of(json, "type");
    const Json* text = member_of(*content, "text");
    item.other = (type != nullptr && *type != "text" && *type != "Text") || text == nullptr || !text->is_string() ||
                 has_more(*content, {"text", "sms"});
    if (!item.other) item.text = text->get<std::string>();
    const Json* sms = member_of(*content, "sms");
    if (sms != nullptr && item.channel == "sms") item.sender = number_or_text(*sms, "source");
    if (sms != nullptr && item.channel == "sms")
      item.other = item.other || !sms->is_object() || has_more(*sms, {"source", "encoding"});
  }
  const Json* after = member_of(entry, "fallbackAfter");
  std::string status = text_of(entry, "successStatus", after != nullptr ? "Delivered" : "Sent");
  if (status == "Read" && item.channel == "sms") status = "Delivered";
  if (status == "Accepted" || status == "Sent") return item;
  item.until = status == "Read" ? "read" : "delivered";
  if (after == nullptr) return item;
  item.seconds = milliseconds(*after, 1000);
  // From the sending, which the language does not count from.
  if (status == "Read") item.seconds_unread = "*";
  return item;
}

// The channel's own member, `whatsApp` of `WHATSAPP`.
const Json* omni_content(const Json& json, const std::string& channel) {
  for (const auto& [name, value] : json.items())
    if (value.is_object() && plain(Json(name)) == plain(Json(channel)) && name.size() == channel.size()) return &value;
  return nullptr;
}

std::string validity(const Json& amount, const std::string& unit) {
  const long long ms = unit == "SECONDS" ? 1000 : unit == "HOURS" ? 3'600'000 : unit == "DAYS" ? 86'400'000 : 60'000;
  const std::string words = milliseconds(amount, ms);
  return std::atoll(words.c_str()) > 172'800'000 ? std::string("172800000") : words;
}

// A text, or on Viber for marketing a picture and a button with it or a picture alone.
void omni_message(const Json& content, Item& item) {
  const auto has = [&](const char* name) { return content.contains(name); };
  const auto text = [&](const char* name) { return text_of(content, name); };
  if (has("text") && content.at("text").is_string()) item.text = text("text");
  std::size_t known = has("text") + has("validityPeriod") + has("validityPeriodTimeUnit");
  const bool button = !text("buttonText").empty() && !text("buttonURL").empty();
  const bool rich = item.channel == "viber" && has("isPromotional") && content.at("isPromotional") == true &&
                    has("buttonText") == button && has("buttonURL") == button && text("buttonText").size() <= 30 &&
                    has("imageURL") == !text("imageURL").empty() && has("text") == item.text.has_value() &&
                    (item.text || (has("imageURL") && !button));
  if (rich && known + 1 + has("imageURL") + has("buttonText") + has("buttonURL") == content.size()) {
    if (has("imageURL")) item.parts.emplace_back("image", text("imageURL"));
    if (button) item.parts.emplace_back("button", text("buttonText"));
    if (button) item.parts.emplace_back("button_opens", text("buttonURL"));
    return;
  }
  known += has("transliteration") + has("language");
  known += has("flash") && content.at("flash") == false;
  known += has("isPromotional") && content.at("isPromotional") == false;
  item.other = !item.text || known != content.size();
}

Graph scenario(const Json& json) {
  std::vector<Item> items;
  std::vector<std::string> written;
  for (const Json& step : json.at("flow")) {
    Item item;
    item.channel = plain(step.at("channel"));
    item.sender = number_or_text(step, "from");
    item.until = "delivered";
    item.seconds = "172800000";
    if (const Json* content = omni_content(json, as_text(step.at("channel")))) {
      omni_message(*content, item);
      if (const Json* period = member_of(*content, "validityPeriod"))
        item.seconds = validity(*period, text_of(*content, "validityPeriodTimeUnit", "MINUTES"));
    }
    written.push_back(as_text(step.at("channel")));
    items.push_back(std::move(item));
  }
  return graph_of(items, "Infobip", written);
}

Item item_infobip(const Json& json) {
  Item item;
  item.channel = plain(json.at("channel"));
  item.sender = number_or_text(json, "sender");
  item.until = "delivered";
  item.seconds = "172800000";
  if (const Json* content = member_of(json, "content")) {
    const Json* body = member_of(*content, "body");
    item.other = body == nullptr || content->size() != 1 || member_of(*body, "text") == nullptr ||
                 !body->at("text").is_string() || (body->contains("type") && body->at("type") != "TEXT") ||
                 has_more(*body, {"text", "type"});
    if (!item.other) item.text = body->at("text").get<std::string>();
  }
  item.other = item.other || json.contains("template");
  const Json* settings = member_of(json, "options");
  const Json* period = settings == nullptr ? nullptr : member_of(*settings, "validityPeriod");
  if (period == nullptr) period = member_of(json, "validityPeriod");
  if (period != nullptr) item.seconds = validity(period->at("amount"), text_of(*period, "timeUnit", "MINUTES"));
  return item;
}

// The readers ask only for what an import has understood; what it has not is an error here.
template <typename Make>
Result<std::vector<Graph>> attempt(const Make& make) {
  try {
    return make();
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, "the original cannot be followed: {}", error.what());
  }
}

}  // namespace

Result<std::vector<Graph>> graphs_8x8(const Json& json) {
  return attempt([&] {
    std::vector<Item> items;
    std::vector<std::string> written;
    for (const Json& entry : json.at("channels")) {
      items.push_back(item_8x8(json, entry));
      written.push_back(as_text(entry.at("channel")));
    }
    return std::vector<Graph>{graph_of(items, "8x8", written)};
  });
}

Result<std::vector<Graph>> graphs_sinch(const Json& json) {
  return attempt([&] {
    std::vector<Item> items;
    std::vector<std::string> written;
    const Json* fallback = member_of(json, "delivery_report_based_fallback");
    const Json* enabled = fallback == nullptr ? nullptr : member_of(*fallback, "enabled");
    const bool reports = enabled != nullptr && enabled->is_boolean() && enabled->get<bool>();
    const Json* time = reports ? member_of(*fallback, "delivery_report_waiting_time") : nullptr;
    const Json* message = member_of(json, "message");
    for (const Json& channel : json.at("channel_priority_order")) {
      Item item;
      item.channel = plain(channel);
      item.until = reports ? "delivered" : kSent;
      if (reports) item.seconds = time == nullptr ? "*" : milliseconds(*time, 1000);
      if (message != nullptr) {
        const Json* inner = member_of(*message, "text_message");
        const Json* text = inner == nullptr ? nullptr : member_of(*inner, "text");
        item.other = text == nullptr || !text->is_string() || has_more(*inner, {"text"}) ||
                     has_more(*message, {"text_message", "explicit_channel_message", "explicit_channel_omni_message",
                                         "channel_specific_message"});
        for (const auto& [name, own] : message->items())
          item.other = item.other || (name != "text_message" && own.is_object() && own.contains(in_capitals(channel)));
        if (!item.other) item.text = text->get<std::string>();
      }
      if (item.channel == "sms" && flashes(json)) item.other = true;
      if (const Json* all = member_of(json, "channel_properties"); all != nullptr && item.channel == "sms")
        item.sender = number_or_text(*all, "SMS_SENDER");
      items.push_back(std::move(item));
      written.push_back(as_text(channel));
    }
    return std::vector<Graph>{graph_of(items, "Sinch", written)};
  });
}

Result<std::vector<Graph>> graphs_infobip(const Json& json) {
  return attempt([&] {
    std::vector<Graph> result;
    if (member_of(json, "flow") != nullptr) return std::vector<Graph>{scenario(json)};
    for (const Json& message : json.at("messages")) {
      std::vector<Item> items = {item_infobip(message)};
      std::vector<std::string> written = {as_text(message.at("channel"))};
      if (const Json* failover = member_of(message, "failover")) {
        for (const Json& next : *failover) {
          items.push_back(item_infobip(next));
          written.push_back(as_text(next.at("channel")));
        }
      }
      result.push_back(graph_of(items, "Infobip", written));
    }
    return result;
  });
}

}  // namespace flow::importing::lists
