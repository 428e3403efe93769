// Infobip: the `flow` of an OMNI scenario, perhaps with the message beside it, and `failover` of the Messages API. The
// next channel gets the message when it could not be delivered, or when its validity period is over; 48 hours are the
// longest (infobip.com/docs/api/channels/omni-failover, dev.infobip.com/omni-channel).
#include "compiler/import/lists/graphs.h"
#include "compiler/import/lists/list.h"
#include "compiler/import/lists/lists.h"

#include "compiler/import/members.h"
#include "compiler/import/names.h"

namespace flow::importing::lists {
namespace {

constexpr std::int64_t kLongestMs = 48LL * 3600 * 1000;
constexpr std::size_t kViberButtonBytesMax = 30;  // as many characters as it may have, were they all ASCII

bool is_scenario(const Json& json) {
  const Json* flow = member_of(json, "flow");
  return flow != nullptr && flow->is_array() && !flow->empty() && member_of(flow->front(), "channel") != nullptr;
}

bool has_failover(const Json& json) {
  const Json* messages = member_of(json, "messages");
  if (messages == nullptr || !messages->is_array()) return false;
  for (const Json& message : *messages) {
    const Json* failover = member_of(message, "failover");
    if (failover != nullptr && failover->is_array() && member_of(message, "channel") != nullptr) return true;
  }
  return false;
}

// Without a unit they are minutes.
std::int64_t unit_ms(const Json* given, const std::string& pointer, Report& report) {
  const std::string unit = given == nullptr ? "MINUTES" : given->is_string() ? given->get<std::string>() : "";
  if (unit == "SECONDS") return 1000;
  if (unit == "MINUTES") return 60'000;
  if (unit == "HOURS") return 3'600'000;
  if (unit == "DAYS") return 86'400'000;
  report.add({NoteKind::not_understood, pointer, "",
              fmt::format("{} is none of SECONDS, MINUTES, HOURS and DAYS", shown_value(*given)), ""});
  return 1000;
}

class Infobip final : public Format {
 public:
  std::string_view name() const override { return "infobip"; }
  std::string_view product() const override { return "Infobip, OMNI scenario or Messages API with failover"; }

  bool recognises(const Json& json) const override { return is_scenario(json) || has_failover(json); }

  Imported read(const Json& json, const Options& options) const override {
    Imported imported;
    if (is_scenario(json)) {
      read_scenario(json, options, imported);
    } else if (has_failover(json)) {
      read_messages(json, options, imported);
    } else {
      imported.report.add({NoteKind::not_understood, "", "",
                           "there is neither a `flow` of channels nor a message with `failover`", ""});
    }
    if (imported.report.failed()) imported.flows.clear();
    return imported;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return graphs_infobip(json); }

 private:
  // ---- OMNI: {name, flow: [{from, channel}]}, and {sms: {text, validityPeriod}} beside it ----

  static void read_scenario(const Json& json, const Options& options, Imported& imported) {
    Json properties = Json::object();
    Members members(json, "", imported.report, properties);
    std::string title = members.word("name");
    List list{"Infobip", title.empty() ? options.flow_name : std::move(title), {}, {}, "/flow"};
    const Json& flow = *members.take("flow");
    for (std::size_t i = 0; i < flow.size(); ++i) {
      Members step(flow[i], at("/flow", i), imported.report, properties);
      Entry entry = read_channel(step, "from", imported.report);
      step.leave_rest();
      const std::string member = member_for(json, entry.channel);
      if (const Json* content = members.take(member))
        read_omni_content(*content, at("", member), entry, imported.report, properties);
      finish(entry, imported.report);
      list.entries.push_back(std::move(entry));
    }
    leave_recipients(members);
    members.leave_rest();
    Channels channels(imported, "main");
    if (!imported.report.failed())
      add_flow(std::move(list), options.flow_name, std::move(properties), channels, imported);
  }

  static void leave_recipients(Members& members) {
    members.leave("destinations", NoteKind::left_out,
                  "who gets the message is the input `customer`: `destinations` is in the side file");
  }

  // `WHATSAPP` has its content in `whatsApp`.
  static std::string member_for(const Json& json, const std::string& channel) {
    for (const auto& [name, value] : json.items()) {
      if (!value.is_object() || name.size() != channel.size()) continue;
      bool same = true;
      for (std::size_t i = 0; i < name.size() && same; ++i)
        same = (static_cast<unsigned char>(name[i]) | 0x20U) == (static_cast<unsigned char>(channel[i]) | 0x20U);
      if (same) return name;
    }
    return {};
  }

  static void read_omni_content(const Json& content, const std::string& pointer, Entry& entry, Report& report,
                                Json& properties) {
    Members members(content, pointer, report, properties);
    entry.settings = content;
    const Json* text = members.take("text");
    if (text != nullptr && text->is_string()) entry.text = text->get<std::string>();
    const Json* period = members.take("validityPeriod");
    const Json* unit = members.take("validityPeriodTimeUnit");
    if (period != nullptr) {
      entry.after_ms = read_time(*period, unit_ms(unit, at(pointer, "validityPeriodTimeUnit"), report),
                                 at(pointer, "validityPeriod"), report);
    } else {
      members.leave("validityPeriodTimeUnit", NoteKind::no_effect, "a unit without a `validityPeriod`");
    }
    if (entry.kind == "sms") leave_sms_settings(content, members);
    if (entry.kind == "viber" && read_viber(content, entry)) {
      for (const char* member : {"imageURL", "buttonText", "buttonURL", "isPromotional"}) members.take(member);
    } else {
      const std::string others =
          others_of(content, {"text", "validityPeriod", "validityPeriodTimeUnit", "transliteration", "language"});
      const bool flash_off = others == "`flash`" && content.at("flash") == false;
      const bool transactional = others == "`isPromotional`" && content.at("isPromotional") == false;
      if (!entry.text)
        entry.other = "it sends something else than a text";
      else if (!others.empty() && !flash_off && !transactional)
        entry.other = fmt::format("it has more than a text: {}", others);
    }
    if (entry.other.empty()) return members.leave_rest();
    for (const auto& [name, value] : content.items()) properties[at(pointer, name)] = value;
  }

  // They change how an SMS looks, and no member of ours does.
  static void leave_sms_settings(const Json& content, Members& members) {
    if (text_of(content, "transliteration") == "NON_UNICODE" || text_of(content, "transliteration").empty())
      members.leave("transliteration", NoteKind::left_out, "letters are sent as they are: it is in the side file");
    else
      members.leave("transliteration", NoteKind::changed,
                    "the original replaces letters by others; here the text goes out as it is written");
    members.leave("language", NoteKind::changed,
                  "the original has an alphabet for the language; here the text decides in which alphabet it goes out");
    if (const Json* flash = member_of(content, "flash"); flash != nullptr && *flash == false)
      members.leave("flash", NoteKind::no_effect, "it is no flash SMS, as here");
  }

  // Viber takes a picture and a button for marketing alone. False: it is a text, or something else.
  static bool read_viber(const Json& content, Entry& entry) {
    const Json* promotional = member_of(content, "isPromotional");
    const bool plain = others_of(content, {"text", "validityPeriod", "validityPeriodTimeUnit", "isPromotional",
                                           "imageURL", "buttonText", "buttonURL"})
                           .empty();
    if (promotional == nullptr || *promotional != true || !plain) return false;
    const std::string image = text_of(content, "imageURL");
    const std::string title = text_of(content, "buttonText");
    const std::string opens = text_of(content, "buttonURL");
    const bool texts = content.contains("imageURL") == !image.empty() &&
                       content.contains("buttonText") == !title.empty() &&
                       content.contains("buttonURL") == !opens.empty() && content.contains("text") == !!entry.text;
    if (!texts || title.empty() != opens.empty() || title.size() > kViberButtonBytesMax) return false;
    if (!entry.text && (image.empty() || !title.empty())) return false;
    entry.parts.push_back(line("purpose marketing"));
    if (!image.empty()) entry.parts.push_back(line("image " + one_line(image)));
    if (!title.empty())
      entry.parts.push_back(line(fmt::format("button {} opens {}", one_line(title), one_line(opens))));
    return true;
  }

  // ---- Messages API: {messages: [{channel, sender, content, options, failover: […]}]} ----

  static void read_messages(const Json& json, const Options& options, Imported& imported) {
    Names names;
    Channels channels(imported, "main");
    Json shared = Json::object();
    Members members(json, "", imported.report, shared);
    const Json& messages = *members.take("messages");
    members.leave_rest();
    for (std::size_t m = 0; m < messages.size(); ++m) {
      Json properties = m == 0 ? std::move(shared) : Json::object();
      const std::string pointer = at("/messages", m);
      List list{"Infobip", options.flow_name, {}, {}, pointer};
      Members message(messages[m], pointer, imported.report, properties);
      const Json* failover = message.take("failover");
      list.entries.push_back(read_message(messages[m], message, imported.report, properties));
      if (failover != nullptr && !failover->is_array()) {
        imported.report.add({NoteKind::not_understood, at(pointer, "failover"), "",
                             fmt::format("{} is no list of messages", shown_value(*failover)), ""});
        continue;
      }
      for (std::size_t i = 0; failover != nullptr && i < failover->size(); ++i) {
        Members next((*failover)[i], at(at(pointer, "failover"), i), imported.report, properties);
        list.entries.push_back(read_message((*failover)[i], next, imported.report, properties));
      }
      if (!imported.report.failed())
        add_flow(std::move(list), names.step(options.flow_name, "flow"), std::move(properties), channels, imported);
    }
  }

  static Entry read_message(const Json& json, Members& members, Report& report, Json& properties) {
    Entry entry = read_channel(members, "sender", report);
    if (const Json* content = members.take("content")) read_content(*content, members.pointer(), entry, properties);
    const Json* settings = members.take("options");
    if (settings != nullptr && !settings->is_object()) {
      members.leave("options", NoteKind::left_out, "it is no object: it is in the side file");
      properties[at(members.pointer(), "options")] = *settings;
    }
    if (settings != nullptr) entry.settings["options"] = *settings;
    const Json none = Json::object();
    Members inner(settings == nullptr ? none : *settings, at(members.pointer(), "options"), report, properties);
    Members& has = member_of(settings == nullptr ? none : *settings, "validityPeriod") != nullptr ? inner : members;
    if (const Json* period = has.take("validityPeriod")) {
      if (&has == &members) entry.settings["validityPeriod"] = *period;
      read_period(*period, at(has.pointer(), "validityPeriod"), entry, report, properties);
    }
    inner.leave_rest();
    if (json.is_object() && json.contains("template")) entry.other = "it sends a template of Infobip's";
    leave_recipients(members);
    members.leave_rest();
    finish(entry, report);
    return entry;
  }

  static void read_content(const Json& content, const std::string& pointer, Entry& entry, Json& properties) {
    entry.settings = content.is_object() ? content : Json{{"content", content}};
    const Json* body = member_of(content, "body");
    const Json* text = body == nullptr ? nullptr : member_of(*body, "text");
    const Json* type = body == nullptr ? nullptr : member_of(*body, "type");
    std::string others = others_of(content, {"body"});
    if (text == nullptr || !text->is_string() || (type != nullptr && *type != "TEXT")) {
      entry.other = "it sends something else than a text";
    } else {
      const std::string inner = others_of(*body, {"text", "type"});
      if (!inner.empty()) others += (others.empty() ? "" : ", ") + inner;
      if (!others.empty()) entry.other = fmt::format("it has more than a text: {}", others);
      entry.text = text->get<std::string>();
    }
    if (!entry.other.empty()) properties[at(pointer, "content")] = content;
  }

  static void read_period(const Json& period, const std::string& pointer, Entry& entry, Report& report,
                          Json& properties) {
    if (!period.is_object()) {
      report.add({NoteKind::not_understood, pointer, "", "a validity period has an `amount` and a `timeUnit`", ""});
      return;
    }
    Members members(period, pointer, report, properties);
    const Json* amount = members.take("amount");
    const std::int64_t unit = unit_ms(members.take("timeUnit"), at(pointer, "timeUnit"), report);
    entry.after_ms = read_time(amount == nullptr ? period : *amount, unit, at(pointer, "amount"), report);
    members.leave_rest();
  }

  // ---- Both ----

  static Entry read_channel(Members& members, std::string_view sender, Report& report) {
    Entry entry;
    entry.pointer = members.pointer();
    entry.channel = members.word("channel");
    if (entry.channel.empty()) report.add({NoteKind::not_understood, entry.pointer, "", "it names no `channel`", ""});
    entry.kind = lists::kind_of(entry.channel);
    entry.sender = members.word(sender);
    entry.success = Success::delivered;
    return entry;
  }

  static void finish(Entry& entry, Report& report) {
    if (entry.after_ms && *entry.after_ms <= kLongestMs) return;
    const bool given = entry.after_ms.has_value();
    entry.after_ms = kLongestMs;
    report.add({NoteKind::changed, entry.pointer, "",
                given ? "its validity period is longer than 48 hours, which is what counts"
                      : "it has no validity period: 48 hours, the longest, were written",
                ""});
  }
};

}  // namespace

const Format& infobip() {
  static const Infobip kFormat;
  return kFormat;
}

}  // namespace flow::importing::lists
