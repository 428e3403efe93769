// Sinch Conversation API: `channel_priority_order` of an app or of a message. The next channel gets the message when it
// failed; with `delivery_report_based_fallback` also when no positive delivery report came within
// `delivery_report_waiting_time` seconds (developers.sinch.com, DeliveryReportBasedFallback).
#include <algorithm>
#include <map>

#include "compiler/import/lists/graphs.h"
#include "compiler/import/lists/list.h"
#include "compiler/import/lists/lists.h"
#include "compiler/import/members.h"

namespace flow::importing::lists {
namespace {

constexpr std::string_view kOrder = "channel_priority_order";
constexpr std::string_view kFallback = "delivery_report_based_fallback";
// Members of `message` that say something else for single channels.
constexpr std::string_view kOverrides[] = {"explicit_channel_message", "explicit_channel_omni_message",
                                           "channel_specific_message"};
constexpr std::int64_t kWaitingMsMade = 60'000;

class Sinch final : public Format {
 public:
  std::string_view name() const override { return "sinch"; }
  std::string_view product() const override { return "Sinch Conversation API, channel priority"; }

  bool recognises(const Json& json) const override {
    const Json* order = member_of(json, kOrder);
    return order != nullptr && order->is_array();
  }

  Imported read(const Json& json, const Options& options) const override {
    Imported imported;
    Report& report = imported.report;
    Json properties = Json::object();
    Members members(json, "", report, properties);
    const Json* order = members.take(kOrder);
    if (order == nullptr || !order->is_array()) {
      report.add({NoteKind::not_understood, "", "", "there is no list `channel_priority_order`", ""});
      return imported;
    }
    const std::string pointer = at("", kOrder);
    std::string title = members.word("display_name");
    List list{"Sinch", title.empty() ? options.flow_name : std::move(title), purpose_of(json, members), {}, pointer};
    const auto waiting = read_waiting(members, report, properties);
    const Content content = read_content(members, *order, report, properties);
    const Properties senders = read_properties(members, *order, report, properties);
    for (std::size_t i = 0; i < order->size(); ++i) {
      Entry entry;
      entry.pointer = at(pointer, i);
      if ((*order)[i].is_string()) entry.channel = (*order)[i].get<std::string>();
      if (entry.channel.empty())
        report.add({NoteKind::not_understood, entry.pointer, "",
                    fmt::format("{} is no channel", shown_value((*order)[i])), ""});
      entry.kind = lists::kind_of(entry.channel);
      if (entry.kind == "sms") entry.sender = senders.sms_sender;
      fill(entry, content, senders);
      entry.success = waiting ? Success::delivered : Success::sent;
      entry.after_ms = waiting;
      if (waiting) entry.settings["delivery_report_waiting_time"] = *waiting / 1000;
      list.entries.push_back(std::move(entry));
    }
    members.leave("recipient", NoteKind::left_out,
                  "who gets the message is the input `customer`: `recipient` is in the side file");
    members.leave("ttl", NoteKind::left_out,
                  "how long a message may be underway is not taken over: it is in the side file");
    members.leave_rest();
    Channels channels(imported, "main");
    if (!report.failed()) add_flow(std::move(list), options.flow_name, std::move(properties), channels, imported);
    return imported;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return graphs_sinch(json); }

 private:
  // {text_message: {text}, explicit_channel_message: {CHANNEL: …}}
  struct Content {
    std::optional<std::string> text;
    std::string other;                             // why it is no text, on any channel
    std::map<std::string, std::string> overrides;  // by channel: the member that says something else for it
    Json settings = Json::object();                // all of it
  };
  // Of `channel_properties`.
  struct Properties {
    std::string sms_sender;
    bool flash = false;
  };

  static void fill(Entry& entry, const Content& content, const Properties& senders) {
    entry.text = content.text;
    entry.settings = content.settings;
    entry.other = content.other;
    if (const auto found = content.overrides.find(upper(entry.channel)); found != content.overrides.end())
      entry.other = fmt::format("`{}` has a message of its own for it", found->second);
    if (entry.kind != "sms" || !senders.flash) return;
    entry.settings["SMS_FLASH_MESSAGE"] = true;
    if (entry.other.empty()) entry.other = "it is shown at once and not kept: `SMS_FLASH_MESSAGE`";
  }

  static std::string upper(std::string text) {
    for (char& c : text)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
  }

  // `message_content_type`, where it says one of ours.
  static std::string_view purpose_of(const Json& json, Members& members) {
    const std::string type = text_of(json, "message_content_type");
    const std::string_view purpose = type == "CONTENT_MARKETING"      ? "marketing"
                                     : type == "CONTENT_NOTIFICATION" ? "transaction"
                                                                      : "";
    if (!purpose.empty()) members.take("message_content_type");
    return purpose;
  }

  // Nothing: only what failed falls back.
  static std::optional<std::int64_t> read_waiting(Members& members, Report& report, Json& properties) {
    const Json* fallback = members.take(kFallback);
    if (fallback == nullptr) return std::nullopt;
    const std::string pointer = at("", kFallback);
    if (!fallback->is_object()) {
      report.add({NoteKind::not_understood, pointer, "", fmt::format("{} is no object", shown_value(*fallback)), ""});
      return std::nullopt;
    }
    Members inner(*fallback, pointer, report, properties);
    const Json* enabled = inner.take("enabled");
    if (enabled != nullptr && !enabled->is_boolean()) {
      report.add({NoteKind::not_understood, at(pointer, "enabled"), "",
                  fmt::format("{} is neither true nor false", shown_value(*enabled)), ""});
    }
    const bool on = enabled != nullptr && *enabled == true;
    if (!on)
      inner.leave("delivery_report_waiting_time", NoteKind::no_effect,
                  "how long to wait for reports, where nothing waits for them: it is in the side file");
    const Json* time = inner.take("delivery_report_waiting_time");
    inner.leave_rest();
    if (!on) return std::nullopt;
    if (time != nullptr) return read_time(*time, 1000, at(pointer, "delivery_report_waiting_time"), report);
    report.add({NoteKind::changed, pointer, "",
                "how long it waits for a delivery report is not in the original: a minute was written", ""});
    return kWaitingMsMade;
  }

  static Content read_content(Members& members, const Json& order, Report& report, Json& properties) {
    Content result;
    const Json* message = members.take("message");
    if (message == nullptr) return result;
    result.settings = message->is_object() ? *message : Json{{"message", *message}};
    const Json* text_message = member_of(*message, "text_message");
    const Json* text = text_message == nullptr ? nullptr : member_of(*text_message, "text");
    std::string others = others_of(*message, {"text_message", kOverrides[0], kOverrides[1], kOverrides[2]});
    if (text == nullptr || !text->is_string()) {
      result.other = "it sends something else than a text";
    } else {
      const std::string inner = others_of(*text_message, {"text"});
      if (!inner.empty()) others += (others.empty() ? "" : ", ") + inner;
      result.text = text->get<std::string>();
      if (!others.empty()) result.other = fmt::format("it has more than a text: {}", others);
    }
    if (!result.other.empty()) properties["/message"] = *message;
    for (const std::string_view member : kOverrides)
      read_overrides(*message, member, order, result, report, properties);
    return result;
  }

  // A message of its own for some channels; for those that are not tried, nothing comes of it.
  static void read_overrides(const Json& message, std::string_view member, const Json& order, Content& content,
                             Report& report, Json& properties) {
    const Json* all = member_of(message, member);
    if (all == nullptr) return;
    const std::string pointer = at("/message", member);
    if (!all->is_object())
      report.add({NoteKind::not_understood, pointer, "", fmt::format("{} is no object", shown_value(*all)), ""});
    Members members(*all, pointer, report, properties);
    for (const Json& channel : order) {
      if (!channel.is_string()) continue;
      const std::string name = upper(channel.get<std::string>());
      if (const Json* own = members.take(name)) {
        content.overrides.emplace(name, member);
        properties[at(pointer, name)] = *own;
      }
    }
    if (!all->is_object()) return;
    for (const auto& [name, value] : all->items())
      if (!content.overrides.contains(name))
        members.leave(name, NoteKind::no_effect,
                      "a message for a channel that is not in the list: it is in the side file");
  }

  static Properties read_properties(Members& members, const Json& order, Report& report, Json& properties) {
    Properties result;
    const Json* all = members.take("channel_properties");
    if (all == nullptr) return result;
    if (!all->is_object()) {
      members.leave("channel_properties", NoteKind::left_out, "it is no object: it is in the side file");
      return result;
    }
    Members inner(*all, "/channel_properties", report, properties);
    const bool sends = std::any_of(order.begin(), order.end(), [](const Json& one) {
      return one.is_string() && lists::kind_of(one.get_ref<const std::string&>()) == "sms";
    });
    if (sends) result.sms_sender = inner.word("SMS_SENDER");
    const Json* flash = member_of(*all, "SMS_FLASH_MESSAGE");
    result.flash = flash != nullptr && *flash != false && *flash != "false";
    inner.leave_rest();
    return result;
  }
};

}  // namespace

const Format& sinch() {
  static const Sinch kFormat;
  return kFormat;
}

}  // namespace flow::importing::lists
