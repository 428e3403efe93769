// Sinch Conversation API: `channel_priority_order` of an app or of a message. The next channel gets the message when it
// failed; with `delivery_report_based_fallback` also when no positive delivery report came within
// `delivery_report_waiting_time` seconds (developers.sinch.com, DeliveryReportBasedFallback).
#include "compiler/import/lists/graphs.h"
#include "compiler/import/lists/list.h"
#include "compiler/import/lists/lists.h"

namespace flow::importing::lists {
namespace {

constexpr std::string_view kOrder = "channel_priority_order";
constexpr std::string_view kFallback = "delivery_report_based_fallback";
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
    const Json* order = member_of(json, kOrder);
    if (order == nullptr || !order->is_array()) {
      report.add({NoteKind::not_understood, "", "", "there is no list `channel_priority_order`", ""});
      return imported;
    }
    const std::string pointer = at("", kOrder);
    List list{"Sinch", text_of(json, "display_name", options.flow_name), {}, pointer};
    const auto waiting = read_waiting(json, report, properties);
    const Json* message = member_of(json, "message");
    const auto text = read_text(message);
    for (std::size_t i = 0; i < order->size(); ++i) {
      Entry entry;
      entry.pointer = at(pointer, i);
      if ((*order)[i].is_string()) entry.channel = (*order)[i].get<std::string>();
      if (entry.channel.empty())
        report.add({NoteKind::not_understood, entry.pointer, "",
                    fmt::format("{} is no channel", shown_value((*order)[i])), ""});
      entry.kind = lists::kind_of(entry.channel);
      entry.text = text;
      entry.other_content = message != nullptr && !text;
      entry.success = waiting ? Success::delivered : Success::sent;
      entry.after_ms = waiting;
      list.entries.push_back(std::move(entry));
    }
    keep_others(json, "", {kOrder, kFallback, "message", "recipient", "display_name"}, report, properties);
    if (message != nullptr && !text) properties["/message"] = *message;
    if (member_of(json, "recipient") != nullptr)
      report.add({NoteKind::left_out, "/recipient", "", "who gets the message is the input `customer`", ""});
    if (!report.failed()) add_flow(list, options.flow_name, std::move(properties), imported);
    return imported;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return graphs_sinch(json); }

 private:
  // Nothing: only what failed falls back.
  static std::optional<std::int64_t> read_waiting(const Json& json, Report& report, Json& properties) {
    const Json* fallback = member_of(json, kFallback);
    if (fallback == nullptr) return std::nullopt;
    const std::string pointer = at("", kFallback);
    keep_others(*fallback, pointer, {"enabled", "delivery_report_waiting_time"}, report, properties);
    const Json* enabled = member_of(*fallback, "enabled");
    if (enabled != nullptr && !enabled->is_boolean()) {
      report.add({NoteKind::not_understood, at(pointer, "enabled"), "",
                  fmt::format("{} is neither true nor false", shown_value(*enabled)), ""});
    }
    if (enabled == nullptr || *enabled != true) return std::nullopt;
    if (const Json* time = member_of(*fallback, "delivery_report_waiting_time"))
      return read_time(*time, 1000, at(pointer, "delivery_report_waiting_time"), report);
    report.add({NoteKind::changed, pointer, "",
                "how long it waits for a delivery report is not in the original: a minute was written", ""});
    return kWaitingMsMade;
  }

  static std::optional<std::string> read_text(const Json* message) {
    if (message == nullptr) return std::nullopt;
    const Json* text_message = member_of(*message, "text_message");
    const Json* text = text_message == nullptr ? nullptr : member_of(*text_message, "text");
    if (text == nullptr || !text->is_string()) return std::nullopt;
    return text->get<std::string>();
  }
};

}  // namespace

const Format& sinch() {
  static const Sinch kFormat;
  return kFormat;
}

}  // namespace flow::importing::lists
