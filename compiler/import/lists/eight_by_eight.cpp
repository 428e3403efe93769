// 8x8, Messaging Apps: `channels` of a message (developer.8x8.com/connect/reference/chatapps-fallback-management). The
// next channel gets the message when it has not come to `successStatus` within `fallbackAfter` seconds, or has failed;
// without `fallbackAfter`, only when it has failed.
#include <algorithm>

#include "compiler/import/lists/graphs.h"
#include "compiler/import/lists/list.h"
#include "compiler/import/lists/lists.h"
#include "compiler/import/members.h"

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
    Members members(json, "", report, properties);
    const Json* channels = members.take("channels");
    if (channels == nullptr || !channels->is_array()) {
      report.add({NoteKind::not_understood, "", "", "there is no list `channels`", ""});
      return imported;
    }
    List list{"8x8", options.flow_name, {}, {}, "/channels"};
    const Content content = read_content(members, *channels, report, properties);
    for (std::size_t i = 0; i < channels->size(); ++i)
      list.entries.push_back(read_entry((*channels)[i], at("/channels", i), content, report, properties));
    members.leave("user", NoteKind::left_out,
                  "who gets the message is the input `customer`: `user` is in the side file");
    members.leave_rest();
    Channels senders(imported, "main");
    if (!report.failed()) add_flow(std::move(list), options.flow_name, std::move(properties), senders, imported);
    return imported;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return graphs_8x8(json); }

 private:
  struct Content {
    std::optional<std::string> text;
    std::string other;      // why it is no text
    std::string other_sms;  // the same, of an SMS alone
    std::string sms_sender;
    Json settings = Json::object();  // all of it
  };

  // {type, content: {text, sms: {source, encoding}}}
  static Content read_content(Members& members, const Json& channels, Report& report, Json& properties) {
    Content result;
    const Json* type = members.take("type");
    const Json* content = members.take("content");
    if (content == nullptr) {
      if (type != nullptr)
        members.leave("type", NoteKind::left_out, "a `type` without `content`: it is in the side file");
      return result;
    }
    result.settings = content->is_object() ? *content : Json{{"content", *content}};
    if (type != nullptr) result.settings["type"] = *type;
    const Json* text = member_of(*content, "text");
    const std::string others = others_of(*content, {"text", "sms"});
    if (type != nullptr && *type != "text" && *type != "Text")
      result.other = fmt::format("its `type` is {}, and not a text", shown_value(*type));
    else if (text == nullptr || !text->is_string())
      result.other = "it sends something else than a text";
    else if (!others.empty())
      result.other = fmt::format("it has more than a text: {}", others);
    else
      result.text = text->get<std::string>();
    if (!result.other.empty()) properties["/content"] = *content;
    if (!result.other.empty() && type != nullptr) properties["/type"] = *type;
    const Json* sms = member_of(*content, "sms");
    if (sms == nullptr) return result;
    const bool sends = std::any_of(channels.begin(), channels.end(),
                                   [](const Json& one) { return lists::kind_of(text_of(one, "channel")) == "sms"; });
    if (!sends) {
      Members(*content, "/content", report, properties).leave("sms", NoteKind::no_effect, "no SMS is in the list");
      return result;
    }
    Members inner(*sms, "/content/sms", report, properties);
    result.sms_sender = inner.word("source");
    if (member_of(*sms, "encoding") != nullptr && sms->at("encoding") == "AUTO")
      inner.leave("encoding", NoteKind::no_effect, "`encoding` is AUTO: the text decides, as it does here");
    else
      inner.leave("encoding", NoteKind::changed, "here the text decides in which alphabet it goes out, not `encoding`");
    const std::string more = others_of(*sms, {"source", "encoding"});
    if (!more.empty()) result.other_sms = fmt::format("it has more than a text: {} of `sms`", more);
    if (!sms->is_object()) result.other_sms = "its `sms` is no object";
    inner.leave_rest();
    return result;
  }

  static Entry read_entry(const Json& json, const std::string& pointer, const Content& content, Report& report,
                          Json& properties) {
    Entry entry;
    Members members(json, pointer, report, properties);
    entry.pointer = pointer;
    entry.channel = members.word("channel");
    if (entry.channel.empty()) report.add({NoteKind::not_understood, pointer, "", "it names no `channel`", ""});
    entry.kind = lists::kind_of(entry.channel);
    const bool sms = entry.kind == "sms";
    if (sms) entry.sender = content.sms_sender;
    entry.text = content.text;
    entry.other = content.other.empty() && sms ? content.other_sms : content.other;
    entry.settings = content.settings;
    if (const Json* after = members.take("fallbackAfter")) {
      entry.after_ms = read_time(*after, 1000, at(pointer, "fallbackAfter"), report);
      entry.settings["fallbackAfter"] = *after;
    }
    if (const Json* status = members.take("successStatus")) entry.settings["successStatus"] = *status;
    read_success(json, members, entry, report);
    members.leave_rest();
    return entry;
  }

  static void read_success(const Json& json, Members& members, Entry& entry, Report& report) {
    const std::string& pointer = members.pointer();
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
      members.leave("fallbackAfter", NoteKind::no_effect,
                    "a message that is sent has come to its status: what was not handed over in time has failed");
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
