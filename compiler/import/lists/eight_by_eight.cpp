// 8x8, Messaging Apps: `channels` of a message (developer.8x8.com/connect/reference/chatapps-fallback-management). The
// next channel gets the message when it has not come to `successStatus` within `fallbackAfter` seconds, or has failed;
// without `fallbackAfter`, only when it has failed.
#include "compiler/import/lists/graphs.h"
#include "compiler/import/lists/list.h"
#include "compiler/import/lists/lists.h"

namespace flow::importing::lists {
namespace {

class EightByEight final : public Format {
 public:
  std::string_view name() const override { return "8x8"; }
  std::string_view product() const override { return "8x8 Messaging Apps, channels with fallback"; }

  bool recognises(const Json& json) const override {
    const Json* channels = member_of(json, "channels");
    if (channels == nullptr || !channels->is_array() || channels->empty()) return false;
    const Json& first = channels->front();
    return member_of(first, "channel") != nullptr && member_of(json, "nodes") == nullptr;
  }

  Imported read(const Json& json, const Options& options) const override {
    Imported imported;
    Report& report = imported.report;
    Json properties = Json::object();
    const Json* channels = member_of(json, "channels");
    if (channels == nullptr || !channels->is_array()) {
      report.add({NoteKind::not_understood, "", "", "there is no list `channels`", ""});
      return imported;
    }
    List list{"8x8", options.flow_name, {}, "/channels"};
    const Content content = read_content(json, report, properties);
    for (std::size_t i = 0; i < channels->size(); ++i)
      list.entries.push_back(read_entry((*channels)[i], at("/channels", i), content, report, properties));
    keep_others(json, "", {"channels", "user", "type", "content"}, report, properties);
    if (member_of(json, "user") != nullptr)
      report.add({NoteKind::left_out, "/user", "", "who gets the message is the input `customer`", ""});
    if (!report.failed()) add_flow(list, options.flow_name, std::move(properties), imported);
    return imported;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return graphs_8x8(json); }

 private:
  struct Content {
    std::optional<std::string> text;
    bool other = false;
    std::string sms_sender;
  };

  static Content read_content(const Json& json, Report& report, Json& properties) {
    Content result;
    const Json* content = member_of(json, "content");
    if (content == nullptr) return result;
    const std::string type = text_of(json, "type", "text");
    const Json* text = member_of(*content, "text");
    result.other = (type != "text" && type != "Text") || text == nullptr || !text->is_string();
    if (!result.other) result.text = text->get<std::string>();
    if (const Json* sms = member_of(*content, "sms")) {
      result.sms_sender = text_of(*sms, "source");
      keep_others(*sms, "/content/sms", {"source"}, report, properties);
    }
    keep_others(*content, "/content", {"text", "sms"}, report, properties);
    return result;
  }

  static Entry read_entry(const Json& json, const std::string& pointer, const Content& content, Report& report,
                          Json& properties) {
    Entry entry;
    entry.pointer = pointer;
    entry.channel = text_of(json, "channel");
    if (entry.channel.empty()) report.add({NoteKind::not_understood, pointer, "", "it names no `channel`", ""});
    entry.kind = lists::kind_of(entry.channel);
    if (entry.kind == "sms") entry.sender = content.sms_sender;
    entry.text = content.text;
    entry.other_content = content.other;
    if (const Json* after = member_of(json, "fallbackAfter"))
      entry.after_ms = read_time(*after, 1000, at(pointer, "fallbackAfter"), report);
    read_success(json, pointer, entry, report);
    keep_others(json, pointer, {"channel", "fallbackAfter", "successStatus"}, report, properties);
    return entry;
  }

  static void read_success(const Json& json, const std::string& pointer, Entry& entry, Report& report) {
    const std::string status = text_of(json, "successStatus");
    if (status == "Accepted" || status == "Sent") {
      entry.success = Success::sent;
    } else if (status == "Read") {
      entry.success = Success::read;
    } else if (status == "Delivered") {
      entry.success = Success::delivered;
    } else if (member_of(json, "successStatus") != nullptr) {
      report.add(
          {NoteKind::not_understood, at(pointer, "successStatus"), "",
           fmt::format("{} is none of Accepted, Sent, Delivered and Read", shown_value(json.at("successStatus"))), ""});
    } else {
      // Without a time there is nothing that a report could stop.
      entry.success = entry.after_ms ? Success::delivered : Success::sent;
    }
    if (entry.success == Success::sent && entry.after_ms) {
      report.add({NoteKind::left_out, at(pointer, "fallbackAfter"), "",
                  "a message that is sent has come to its status: what was not handed over in time has failed", ""});
      entry.after_ms.reset();
    }
    if (entry.success == Success::read && entry.kind == "sms") {
      report.add({NoteKind::defect, at(pointer, "successStatus"), "",
                  "an SMS is never reported read; `Delivered` was taken", ""});
      entry.success = Success::delivered;
    }
  }
};

}  // namespace

const Format& eight_by_eight() {
  static const EightByEight kFormat;
  return kFormat;
}

}  // namespace flow::importing::lists
