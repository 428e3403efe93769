// Infobip: the `flow` of an OMNI scenario, perhaps with the message beside it, and `failover` of the Messages API. The
// next channel gets the message when it could not be delivered, or when its validity period is over; 48 hours are the
// longest (infobip.com/docs/api/channels/omni-failover, dev.infobip.com/omni-channel).
#include "compiler/import/lists/graphs.h"
#include "compiler/import/lists/list.h"
#include "compiler/import/lists/lists.h"

#include "compiler/import/names.h"

namespace flow::importing::lists {
namespace {

constexpr std::int64_t kLongestMs = 48LL * 3600 * 1000;

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

std::int64_t unit_ms(const std::string& unit, const std::string& pointer, Report& report) {
  if (unit == "SECONDS") return 1000;
  if (unit == "MINUTES") return 60'000;
  if (unit == "HOURS") return 3'600'000;
  if (unit == "DAYS") return 86'400'000;
  report.add({NoteKind::not_understood, pointer, "",
              fmt::format("`{}` is none of SECONDS, MINUTES, HOURS and DAYS", shown(unit)), ""});
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
    List list{"Infobip", text_of(json, "name", options.flow_name), {}, "/flow"};
    std::vector<std::string_view> used = {"name", "flow", "destinations"};
    std::vector<std::string> members;
    members.reserve(json.at("flow").size());
    for (std::size_t i = 0; i < json.at("flow").size(); ++i) {
      const Json& step = json.at("flow")[i];
      Entry entry = read_channel(step, at("/flow", i), "from", imported.report);
      keep_others(step, entry.pointer, {"channel", "from"}, imported.report, properties);
      members.push_back(member_for(json, entry.channel));
      if (const Json* content = member_of(json, members.back())) {
        used.push_back(members.back());
        read_omni_content(*content, at("", members.back()), entry, imported.report, properties);
      }
      finish(entry, imported.report);
      list.entries.push_back(std::move(entry));
    }
    keep_others(json, "", used, imported.report, properties);
    if (member_of(json, "destinations") != nullptr)
      imported.report.add(
          {NoteKind::left_out, "/destinations", "", "who gets the message is the input `customer`", ""});
    if (!imported.report.failed()) add_flow(list, options.flow_name, std::move(properties), imported);
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
    const Json* text = member_of(content, "text");
    if (text != nullptr && text->is_string()) entry.text = text->get<std::string>();
    entry.other_content = !entry.text;
    if (const Json* period = member_of(content, "validityPeriod")) {
      const std::string unit = text_of(content, "validityPeriodTimeUnit", "MINUTES");
      entry.after_ms = read_time(*period, unit_ms(unit, at(pointer, "validityPeriodTimeUnit"), report),
                                 at(pointer, "validityPeriod"), report);
    }
    keep_others(content, pointer, {"text", "validityPeriod", "validityPeriodTimeUnit"}, report, properties);
  }

  // ---- Messages API: {messages: [{channel, sender, content, options, failover: […]}]} ----

  static void read_messages(const Json& json, const Options& options, Imported& imported) {
    const Json& messages = json.at("messages");
    Names names;
    for (std::size_t m = 0; m < messages.size(); ++m) {
      const Json& message = messages[m];
      Json properties = Json::object();
      const std::string pointer = at("/messages", m);
      List list{"Infobip", options.flow_name, {}, pointer};
      list.entries.push_back(read_message(message, pointer, imported.report, properties));
      if (const Json* failover = member_of(message, "failover")) {
        for (std::size_t i = 0; i < failover->size(); ++i)
          list.entries.push_back(
              read_message((*failover)[i], at(at(pointer, "failover"), i), imported.report, properties));
      }
      if (m == 0) keep_others(json, "", {"messages"}, imported.report, properties);
      if (!imported.report.failed())
        add_flow(list, names.step(options.flow_name, "flow"), std::move(properties), imported);
    }
  }

  static Entry read_message(const Json& json, const std::string& pointer, Report& report, Json& properties) {
    Entry entry = read_channel(json, pointer, "sender", report);
    if (const Json* content = member_of(json, "content")) {
      const Json* body = member_of(*content, "body");
      const Json* text = body == nullptr ? nullptr : member_of(*body, "text");
      const bool plain =
          text != nullptr && text->is_string() && text_of(*body, "type", "TEXT") == "TEXT" && content->size() == 1;
      if (plain)
        entry.text = text->get<std::string>();
      else
        properties[at(pointer, "content")] = *content;
      entry.other_content = !plain;
    }
    const Json* settings = member_of(json, "options");
    if (settings != nullptr) keep_others(*settings, at(pointer, "options"), {"validityPeriod"}, report, properties);
    const Json* period = settings == nullptr ? nullptr : member_of(*settings, "validityPeriod");
    const std::string where = at(settings != nullptr ? at(pointer, "options") : pointer, "validityPeriod");
    if (period == nullptr) period = member_of(json, "validityPeriod");
    if (period != nullptr && period->is_object()) {
      const Json* amount = member_of(*period, "amount");
      const std::int64_t unit = unit_ms(text_of(*period, "timeUnit", "MINUTES"), at(where, "timeUnit"), report);
      entry.after_ms = read_time(amount == nullptr ? *period : *amount, unit, at(where, "amount"), report);
    } else if (period != nullptr) {
      report.add({NoteKind::not_understood, where, "", "a validity period has an `amount` and a `timeUnit`", ""});
    }
    if (member_of(json, "destinations") != nullptr)
      report.add(
          {NoteKind::left_out, at(pointer, "destinations"), "", "who gets the message is the input `customer`", ""});
    keep_others(json, pointer,
                {"channel", "sender", "content", "options", "validityPeriod", "destinations", "failover"}, report,
                properties);
    finish(entry, report);
    return entry;
  }

  // ---- Both ----

  static Entry read_channel(const Json& json, const std::string& pointer, std::string_view sender, Report& report) {
    Entry entry;
    entry.pointer = pointer;
    entry.channel = text_of(json, "channel");
    if (entry.channel.empty()) report.add({NoteKind::not_understood, pointer, "", "it names no `channel`", ""});
    entry.kind = lists::kind_of(entry.channel);
    entry.sender = text_of(json, sender);
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
