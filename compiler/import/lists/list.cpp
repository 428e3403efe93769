#include "compiler/import/lists/list.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"
#include "compiler/check/sms_parts.h"
#include "compiler/import/names.h"

namespace flow::importing::lists {
namespace {

// A list waits at most this long for a report that it would never have waited for.
constexpr std::int64_t kNoReportMs = 86'400'000;
constexpr std::uint64_t kLongest = limits::kExpiresMsMax;
constexpr std::string_view kTable = "message";
constexpr std::size_t kSettingsMax = 50;  // of an extern; all that are more are one, as JSON

bool first_class(const Entry& entry) {
  return !entry.kind.empty() && entry.other.empty();
}

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Without what only parts its words.
std::string folded(std::string_view text) {
  std::string out = small(text);
  std::erase_if(out, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return out;
}

// Why an entry of this channel is none of our messages.
std::string no_message(const Entry& entry) {
  if (!entry.kind.empty()) return entry.other;
  const std::string word = folded(entry.channel);
  const auto ours = [&](std::string_view kind, std::string_view whom) {
    return fmt::format("`{}` is the language's `{}`, which writes to {}, and not to a phone number as the list does",
                       shown(entry.channel), kind, whom);
  };
  if (word == "messenger" || word == "fbmessenger" || word == "facebookmessenger" || word == "facebook")
    return ours("messenger", "the id that a page knows somebody by");
  if (word == "instagram" || word == "instagramdm")
    return ours("instagram", "the id that an account knows somebody by");
  if (word == "email") return ours("email", "an address");
  return fmt::format("the channel `{}` is none of the language's", shown(entry.channel));
}

std::string value_of(const Json& json) {
  if (json.is_string()) return literal(json.get_ref<const std::string&>());
  if (json.is_boolean()) return json.get<bool>() ? "true" : "false";
  if (json.is_number_integer() && json.dump().size() <= 12) return json.dump();
  return literal(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// Of an extern, in the language's words.
std::vector<DraftEntry> settings_of(const Json& object) {
  std::vector<DraftEntry> out;
  Names names;
  names.reserve("to");
  Json rest = Json::object();
  for (const auto& [name, value] : object.items()) {
    if (out.size() == kSettingsMax)
      rest[name] = value;
    else
      out.push_back(line(fmt::format("{} {}", names.variable(name, "setting"), value_of(value))));
  }
  if (!rest.empty()) out.push_back(line(fmt::format("{} {}", names.variable("more", "more"), value_of(rest))));
  return out;
}

// Why the channel does not take the text; empty: it does.
std::string too_long(const Entry& entry) {
  if (!first_class(entry) || !entry.text) return {};
  check::TextMeasure measure;
  check::add_text(measure, *entry.text);
  if (entry.kind == "sms") {
    if (measure.utf16 <= catalogue::kSmsCharactersMax) return {};
    return fmt::format("its text has {} characters, and an SMS {} at most", measure.utf16,
                       catalogue::kSmsCharactersMax);
  }
  using program::ChannelKind;
  const auto& channel = catalogue::channel(entry.kind == "viber" ? ChannelKind::viber : ChannelKind::whatsapp);
  if (measure.characters <= channel.text.characters_max) return {};
  return fmt::format("its text has {} characters, and {} takes {}", measure.characters, entry.kind,
                     channel.text.characters_max);
}

class Writer {
 public:
  Writer(const List& list, Channels& channels, Imported& imported)
      : list_(list), channels_(channels), imported_(imported) {}

  DraftFlow run(const std::string& name) {
    for (const Entry& entry : list_.entries) {
      imported_.report.count(entry.channel, first_class(entry));
      names_of_entries_.push_back(
          names_.step(entry.kind.empty() ? small(entry.channel) : std::string(entry.kind), "message"));
    }
    flow_.name = name;
    flow_.pointer = list_.pointer;
    const bool table = std::all_of(list_.entries.begin(), list_.entries.end(), first_class);
    if (table)
      write_table();
    else
      write_steps();
    write_header();
    return std::move(flow_);
  }

 private:
  void note(NoteKind kind, std::string pointer, std::string message, std::string remedy = {}) {
    imported_.report.add({kind, std::move(pointer), flow_.start, std::move(message), std::move(remedy)});
  }

  void write_header() {
    DraftEntry first =
        line(fmt::format("flow {} {}", flow_.name, one_line(list_.title.empty() ? flow_.name : list_.title)));
    first.doc = {fmt::format("Channels in order, as a list of {} had them.", list_.product)};
    const bool given = !list_.purpose.empty();
    flow_.header = {std::move(first), line("trigger manual"),
                    line(fmt::format("purpose {}", given ? list_.purpose : "transaction")),
                    line("input customer: phone")};
    flow_.header[3].blank_before = true;
    if (!given) {
      flow_.header[2].comments = {"Not in the original: `authentication` and `marketing` are the others."};
      note(NoteKind::changed, list_.pointer,
           "the purpose of the messages is not in the original; `transaction` was written",
           "`authentication` for codes, `marketing` for offers");
    }
    if (!asks_for_text_) return;
    flow_.header.push_back(line("input content: text(1..1000)"));
    note(NoteKind::changed, list_.pointer, "what is sent is not in the original: it is the input `content`");
  }

  // ---- A table: every entry is a message ----

  void write_table() {
    flow_.start = kTable;
    DraftStep step;
    step.name = kTable;
    step.pointer = list_.pointer;
    step.entry = line("deliver to customer");
    std::string row;
    for (std::size_t i = 0; i < list_.entries.size(); ++i) {
      step.entry.block.push_back(message(list_.entries[i], names_of_entries_[i], "next", "reached", "exhausted"));
      row += fmt::format("{}{}", i == 0 ? "" : " then ", names_of_entries_[i]);
    }
    DraftEntry otherwise = line("else", row);
    otherwise.blank_before = true;
    DraftEntry reached = line("reached", "end");
    reached.blank_before = true;
    step.entry.block.push_back(std::move(otherwise));
    step.entry.block.push_back(std::move(reached));
    step.entry.block.push_back(line("exhausted", "end failed \"no channel reached the customer\""));
    flow_.steps.push_back(std::move(step));
  }

  // ---- Steps: some entry is of a channel that the language has not ----

  void write_steps() {
    flow_.start = names_of_entries_.front();
    for (std::size_t i = 0; i < list_.entries.size(); ++i) {
      const Entry& entry = list_.entries[i];
      const bool last = i + 1 == list_.entries.size();
      const std::string next = last ? "end failed \"no channel reached the customer\"" : names_of_entries_[i + 1];
      DraftStep step;
      step.name = names_of_entries_[i];
      step.pointer = entry.pointer;
      step.id = fmt::format("{} {}", entry.channel, i + 1);
      step.entry = first_class(entry) ? message(entry, step.name, next, "end", "end failed \"no report came\"")
                                      : foreign(entry, next);
      // The name stands before the step.
      if (first_class(entry)) step.entry.head = fmt::format("send {}", entry.kind);
      if (first_class(entry)) step.entry.block.insert(step.entry.block.begin() + 1, line("to customer"));
      if (!last) step.leads_to.push_back(next);
      flow_.steps.push_back(std::move(step));
    }
  }

  DraftEntry foreign(const Entry& entry, const std::string& next) {
    DraftEntry out = line(fmt::format("extern {}", one_line(fmt::format("{} {}", list_.product, entry.channel))));
    out.block = {line("to customer")};
    Json settings = entry.settings;
    if (!entry.sender.empty()) settings["from"] = entry.sender;
    if (entry.text && !settings.contains("text")) settings["text"] = *entry.text;
    for (DraftEntry& one : settings_of(settings)) out.block.push_back(std::move(one));
    out.block.push_back(line("reached", "end"));
    out.block.push_back(line("failed, expired", next));
    const std::string& step = names_of_entries_[index_of(entry)];
    imported_.report.add({NoteKind::kept, entry.pointer, step, no_message(entry),
                          "write a `send` on one of the language's channels in its place"});
    return out;
  }

  // `sms: send sms { from …; text …; failed => NEXT; sent => REACHED }`.
  DraftEntry message(const Entry& entry, const std::string& name, const std::string& next, const std::string& reached,
                     const std::string& no_report) {
    DraftEntry out = line(fmt::format("{}: send {}", name, entry.kind));
    out.block.push_back(line("from " + channels_.of(std::string(entry.kind), entry.sender, entry.pointer)));
    const bool asks = !entry.text && entry.parts.empty();
    asks_for_text_ = asks_for_text_ || asks;
    if (entry.text || asks)
      out.block.push_back(line(asks ? std::string("text content") : "text " + literal(*entry.text)));
    out.block.insert(out.block.end(), entry.parts.begin(), entry.parts.end());
    if (entry.success == Success::sent) {
      out.block.push_back(line("failed", next));
      out.block.push_back(line("sent", reached));
      return out;
    }
    std::string back = "failed";
    const bool read = entry.success == Success::read;
    if (entry.after_ms) {
      back += fmt::format(", undelivered after {}", duration(*entry.after_ms));
      if (read) back += fmt::format(", unread after {}", duration(*entry.after_ms));
      out.block.push_back(line(back, next));
    } else {
      out.block.push_back(line(back, next));
      out.block.push_back(no_report_arm(read, no_report));
    }
    if (read && entry.after_ms)
      out.block.back().comments = {"The original counts from the sending; `unread after` from the delivery."};
    tell_times(entry);
    out.block.push_back(line(read ? "read" : "delivered", reached));
    return out;
  }

  static DraftEntry no_report_arm(bool read, const std::string& target) {
    std::string head = fmt::format("undelivered after {}", duration(kNoReportMs));
    if (read) head += fmt::format(", unread after {}", duration(kNoReportMs));
    DraftEntry out = line(std::move(head), target);
    out.comments = {"Added: the original waits for ever."};
    return out;
  }

  void tell_times(const Entry& entry) {
    if (!entry.after_ms) {
      note_entry(entry, "it falls back when it failed, and waits for ever when no report comes; here for a day");
    } else if (entry.success == Success::read) {
      note_entry(entry, "the time to be read counts from the delivery here, and counted from the sending");
    }
  }
  void note_entry(const Entry& entry, std::string message) {
    imported_.report.add({NoteKind::changed, entry.pointer, step_of(entry), std::move(message), ""});
  }

  std::size_t index_of(const Entry& entry) const { return static_cast<std::size_t>(&entry - list_.entries.data()); }
  std::string step_of(const Entry& entry) const {
    return flow_.start == kTable ? fmt::format("{}.{}", kTable, names_of_entries_[index_of(entry)])
                                 : names_of_entries_[index_of(entry)];
  }

  const List& list_;
  Channels& channels_;
  Imported& imported_;
  DraftFlow flow_;
  Names names_;
  std::vector<std::string> names_of_entries_;
  bool asks_for_text_ = false;
};

}  // namespace

std::string_view kind_of(std::string_view channel) {
  const std::string word = folded(channel);
  if (word == "whatsapp") return "whatsapp";
  if (word == "viber" || word == "viberbm" || word == "viberbusiness") return "viber";
  return word == "sms" ? "sms" : "";
}

std::optional<std::int64_t> read_time(const Json& value, std::int64_t unit_ms, const std::string& pointer,
                                      Report& report) {
  std::int64_t count = 0;
  if (value.is_number_integer()) {
    count = value.is_number_unsigned() && value.get<std::uint64_t>() > kLongest ? -1 : value.get<std::int64_t>();
  } else if (value.is_string()) {
    std::string_view text = value.get_ref<const std::string&>();
    if (text.ends_with('s') && unit_ms == 1000) text.remove_suffix(1);  // "30s"
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size()) count = -1;
  }
  if (count > 0 && count <= limits::kExpiresMsMax / unit_ms) return count * unit_ms;
  report.add({NoteKind::not_understood, pointer, "", fmt::format("{} is no time", shown_value(value)), ""});
  return std::nullopt;
}

std::string others_of(const Json& object, std::initializer_list<std::string_view> known) {
  std::string out;
  if (!object.is_object()) return out;
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", shown(name));
  }
  return out;
}

void add_flow(List list, const std::string& name, Json properties, Channels& channels, Imported& imported) {
  if (list.entries.empty()) {
    imported.report.add({NoteKind::not_understood, list.pointer, "", "a list without a channel", ""});
    return;
  }
  ImportedFlow flow;
  for (Entry& entry : list.entries)
    if (std::string why = too_long(entry); !why.empty()) entry.other = std::move(why);
  flow.flow = Writer(list, channels, imported).run(name);
  flow.layout.format = folded(list.product);
  flow.layout.properties = std::move(properties);
  for (const DraftStep& step : flow.flow.steps)
    if (!step.id.empty()) flow.layout.steps[step.name].id = step.id;
  imported.flows.push_back(std::move(flow));
}

}  // namespace flow::importing::lists
