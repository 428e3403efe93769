// docs/language/reference.md and tests.md have the tables that the catalogue makes. FLOW_UPDATE_GOLDEN=1 rewrites them.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"
#include "compiler/catalogue/messages.h"
#include "compiler/catalogue/tests.h"

namespace flow::catalogue {
namespace {

const std::string kFolder = std::string(FLOW_SOURCE_DIR) + "/docs/language/";

std::string words_before_hole(std::string_view pattern) {
  if (pattern == "on REPLY") return "on reply";
  std::vector<std::string> words;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t end = std::min(pattern.find(' ', at), pattern.size());
    const std::string word(pattern.substr(at, end - at));
    if (word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z') break;
    words.push_back(word);
    at = end + 1;
  }
  // What only leads to a value.
  const std::set<std::string> connectors = {"as", "of", "to", "on", "with", "after", "at"};
  while (words.size() > 1 && connectors.contains(words.back())) words.pop_back();
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

// The supported rows as a table, what is not of this release named below it.
class Table {
 public:
  explicit Table(const std::vector<std::string>& heads) {
    row(heads);
    std::string line = "|";
    for (std::size_t i = 0; i < heads.size(); ++i) line += " --- |";
    text_ += line + "\n";
  }

  void row(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (std::string cell : cells) {
      // A bar would end the cell.
      for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2) cell.insert(at, "\\");
      line += " " + cell + " |";
    }
    text_ += line + "\n";
  }

  // By its words before the first hole: `ask as NAME` is `ask`. `known`: words that alone would name something else.
  void later(std::string_view pattern, std::string_view known = {}) {
    std::string name = words_before_hole(pattern);
    if (name == known) name = pattern;
    if (std::ranges::find(later_, name) == later_.end()) later_.push_back(std::move(name));
  }

  std::string text() const {
    if (later_.empty()) return text_;
    std::string line = "\nNot in this release:";
    std::string result = text_;
    for (std::size_t i = 0; i < later_.size(); ++i) {
      const std::string word = " `" + later_[i] + "`" + (i + 1 < later_.size() ? "," : ".");
      if (line.size() + word.size() > 118) {
        result += line + "\n";
        line = word.substr(1);
      } else {
        line += word;
      }
    }
    return result + line + "\n";
  }

 private:
  std::string text_;
  std::vector<std::string> later_;
};

std::string presence(Presence presence, std::string_view group = {}) {
  switch (presence) {
    case Presence::required:
      return "once, required";
    case Presence::optional:
      return "at most once";
    case Presence::repeated:
      return "any number";
    case Presence::one_of:
      return group.empty() ? "once, required" : fmt::format("one of them: {}", group);
  }
  return {};
}

template <typename Entries>
std::string entries_with_presence(const Entries& entries) {
  Table table({"Entry", "How often", "Meaning"});
  for (const auto& entry : entries) {
    if (entry.support == Support::not_yet) {
      table.later(entry.pattern);
      continue;
    }
    const std::string form = entry.after.empty() ? std::string(entry.pattern)
                                                 : fmt::format("{}{}{}", entry.pattern,
                                                               entry.after.starts_with(':') ? "" : " ", entry.after);
    table.row({code(form), presence(entry.presence), std::string(entry.doc)});
  }
  return table.text();
}

std::string settings(std::span<const WorkspaceSettingEntry> entries) {
  Table table({"Setting", "How often", "Meaning"});
  for (const auto& entry : entries) {
    if (entry.support == Support::not_yet)
      table.later(entry.pattern);
    else
      table.row({code(entry.pattern), presence(entry.presence), std::string(entry.doc)});
  }
  return table.text();
}

std::string component_table() {
  Table table({"Component", "Then", "Meaning"});
  for (const auto& entry : components()) {
    static const std::map<Body, std::string> bodies = {
        {Body::none, "`else TARGET`"},
        {Body::arrow, "`=> TARGET`"},
        {Body::regions, "arms of regions"},
        {Body::codes, "arms of calling codes"},
        {Body::languages, "arms of languages"},
        {Body::found, "`found => TARGET; else => TARGET`"},
        {Body::table, "messages, rows of regions"},
        {Body::events, "settings, arms of events"},
        {Body::shares, "arms of percentages"},
        {Body::conditions, "arms of conditions"},
        {Body::times, "arms of days and hours"},
        {Body::clock, "`=> TARGET`, or arms of outcomes"},
        {Body::assignments, "assignments, `=> TARGET`"},
        {Body::outcomes, "settings, arms of outcomes"},
        {Body::labels, "labels and what they mean, `else`, arms of outcomes"},
        {Body::call_outcomes, "arms of its outcomes"},
        {Body::whole, "nothing"},
        {Body::question, "settings, `failed`, arms of replies"},
        {Body::replies, "arms of texts and kinds, `else` or `replied`, `silent after`"}};
    if (entry.support == Support::not_yet)
      table.later(entry.pattern);
    else
      table.row({code(entry.pattern), bodies.at(entry.body), std::string(entry.doc)});
  }
  return table.text();
}

std::string send_setting_table() {
  Table table({"Setting", "How often", "Meaning"});
  for (const auto& entry : send_settings()) {
    if (entry.support == Support::not_yet)
      table.later(entry.pattern, "from");
    else
      table.row({code(entry.pattern), presence(entry.presence, entry.group), std::string(entry.doc)});
  }
  return table.text();
}

std::string outcome_table(OutcomeOf of) {
  Table table({"Outcome", "Meaning"});
  for (const auto& entry : outcomes()) {
    if (entry.of != of) continue;
    if (entry.support == Support::not_yet)
      table.later(entry.pattern);
    else
      table.row({code(entry.pattern), std::string(entry.doc)});
  }
  return table.text();
}

std::string duration(std::int64_t ms) {
  if (ms % 86'400'000 == 0) return fmt::format("{}d", ms / 86'400'000);
  if (ms % 3'600'000 == 0) return fmt::format("{}h", ms / 3'600'000);
  return fmt::format("{}s", ms / 1000);
}

std::string channel_table() {
  Table table({"Channel", "Sender", "Reports", "Text", "Templates", "Time to live", ""});
  for (const auto& entry : channels()) {
    if (entry.support == Support::not_yet) {
      table.later(entry.name);
      continue;
    }
    std::string reports;
    for (const auto& [does, word] :
         {std::pair(entry.reports_sent, "sent"), std::pair(entry.reports_delivered, "delivered"),
          std::pair(entry.reports_read, "read")})
      if (does) reports += (reports.empty() ? "" : ", ") + std::string(word);
    const std::string text = entry.text.sms_parts
                                 ? fmt::format("{} characters, {} parts", kSmsCharactersMax, kSmsPartsMax)
                                 : fmt::format("{} characters", entry.text.characters_max);
    const std::string ttl = entry.ttl_max_ms == 0
                                ? "templates only"
                                : fmt::format("{} to {}", duration(entry.ttl_min_ms), duration(entry.ttl_max_ms));
    table.row({code(entry.name), code(entry.sender_setting), reports, text, entry.templates ? "yes" : "no", ttl,
               std::string(entry.doc)});
  }
  return table.text();
}

std::string guarantee_table() {
  Table table({"Guarantee", "Meaning"});
  for (const auto& entry : guarantees()) {
    if (entry.support == Support::not_yet)
      table.later(entry.pattern);
    else
      table.row({code(entry.pattern), std::string(entry.doc)});
  }
  return table.text();
}

std::string type_table() {
  Table table({"Type", "Values"});
  for (const auto& entry : types()) {
    if (entry.support == Support::not_yet)
      table.later(entry.name);
    else
      table.row({code(entry.form), std::string(entry.doc)});
  }
  return table.text();
}

std::string unit_table() {
  Table table({"Unit", "Meaning"});
  for (const auto& entry : units())
    if (entry.support == Support::supported) table.row({code(entry.name), std::string(entry.doc)});
  return table.text();
}

std::string operator_table() {
  Table table({"Operator", "Operands", "Result", "Meaning"});
  for (const auto& entry : operators()) {
    if (entry.support == Support::not_yet)
      table.later(entry.name);
    else
      table.row({code(entry.name), std::string(entry.operands), std::string(entry.result), std::string(entry.doc)});
  }
  return table.text();
}

std::string detail_table() {
  Table table({"In the block of", "Setting", "How often", "Meaning"});
  for (const Detail& detail : details()) {
    const auto of = std::ranges::find(send_settings(), detail.of, &Setting::id);
    table.row({code(of->pattern.substr(0, of->pattern.find(' '))), code(detail.pattern), presence(detail.presence),
               std::string(detail.doc)});
  }
  return table.text();
}

// "up to 3 `button` of 20 characters, …"
std::string parts_of(const MessageRule& rule) {
  std::string text;
  std::vector<std::string_view> named;
  for (int i = 0; i < program::kPartKindCount; ++i) {
    const auto part = static_cast<PartKind>(i);
    if (!rule.parts.has(part) || part == PartKind::track) continue;
    const PartRule limit = find_rule(rule.channel, part);
    std::string each = code(name_of(part));
    if (part == PartKind::button_opens) each = "`button … opens`";
    if (part == PartKind::button_replies) each = "`button … replies`";
    if (part == PartKind::row_description) each = "descriptions";
    if (part == PartKind::row) each = "rows";
    if (part == PartKind::latitude) each = "`location`";
    if (part == PartKind::longitude) continue;
    if (limit.count_max > 1) each += fmt::format(" ×{}", limit.count_max);
    if (limit.most != 0 && part == PartKind::bytes) each += fmt::format(" to {} MB", limit.most / 1'000'000);
    if (limit.most != 0 && part == PartKind::lasts) each += fmt::format(" to {} s", limit.most);
    if (limit.most != 0 && part != PartKind::bytes && part != PartKind::lasts) each += fmt::format(" ≤ {}", limit.most);
    const bool needed = rule.required.has(part) || std::ranges::any_of(part_rules(), [&](const PartRule& other) {
                          return other.channel == rule.channel && rule.parts.has(other.part) && other.needs.has(part);
                        });
    if (needed) each += rule.kind == MessageKind::buttons && !rule.required.has(part) ? " (with it)" : " (required)";
    text += (text.empty() ? "" : ", ") + each;
  }
  return text;
}

std::string message_table() {
  Table table({"Channel", "Kind", "Text", "What it may have"});
  for (const MessageRule& rule : message_rules()) {
    std::string text = rule.text == Need::none ? "no" : rule.text == Need::optional ? "perhaps" : "yes";
    if (rule.text_max != 0) text += fmt::format(", ≤ {}", rule.text_max);
    table.row({std::string(channel(rule.channel).name), std::string(name_of(rule.kind)), text, parts_of(rule)});
  }
  std::string sources = "\nThe numbers are those of";
  for (const Channel& each : channels()) {
    if (!each.kind) continue;
    sources += fmt::format("{} {}: {}", sources.ends_with("of") ? "" : ";", each.name, source_of(*each.kind));
  }
  return table.text() + sources + ".\n";
}

std::string function_table() {
  Table table({"Function", "Result", "Meaning"});
  for (const auto& entry : functions()) {
    if (entry.support == Support::not_yet) {
      table.later(entry.name);
      continue;
    }
    std::string arguments;
    for (std::size_t i = 0; i < entry.arguments; ++i)
      arguments += (i == 0 ? "" : ", ") + std::string(name_of(entry.argument[i]));
    const std::string form =
        entry.form.empty() ? fmt::format("{}({})", entry.name, arguments) : std::string(entry.form);
    table.row({code(form), std::string(name_of(entry.result)), std::string(entry.doc)});
  }
  return table.text();
}

std::string limit_table() {
  Table table({"What", "At most"});
  table.row({"characters of a name", std::to_string(limits::kNameCharsMax)});
  table.row({"steps of a flow", std::to_string(limits::kStepsMax)});
  table.row({"variables of a flow, inputs and lets included", std::to_string(limits::kVariablesMax)});
  table.row({"`on` handlers of a flow", "64"});
  table.row({"`max` of a jump", std::to_string(limits::kJumpMax)});
  table.row({"`expires`, and any other duration", duration(limits::kExpiresMsMax)});
  table.row({"messages of one execution; more are `failed`", std::to_string(limits::kMessagesPerExecutionMax)});
  table.row({"bytes of a text that a flow holds or sends", std::to_string(limits::kTextValueBytesMax)});
  table.row({"items of a list", std::to_string(limits::kListItemsMax)});
  table.row({"members of a record", std::to_string(limits::kRecordMembersMax)});
  table.row({"bytes of a list or record, as JSON", std::to_string(limits::kListBytesMax)});
  table.row({".flow files of a workspace", std::to_string(limits::kWorkspaceFilesMax)});
  return table.text();
}

std::string test_table(std::span<const TestEntry> entries, std::string_view what) {
  Table table({std::string(what), "Meaning"});
  for (const auto& entry : entries) {
    if (entry.support == Support::not_yet)
      table.later(entry.pattern, "start");
    else
      table.row({code(fmt::format("{}{}{}", entry.pattern, entry.after.empty() ? "" : " ", entry.after)),
                 std::string(entry.doc)});
  }
  return table.text();
}

std::string test_fact_table(FactOf of) {
  Table table({"About", "Type", "Meaning"});
  for (const auto& entry : test_facts()) {
    if (entry.of != of) continue;
    if (entry.support == Support::not_yet)
      table.later(entry.name);
    else
      table.row({code(entry.name), std::string(name_of(entry.type)), std::string(entry.doc)});
  }
  return table.text();
}

std::string made(const std::string& name) {
  if (name == "header") return entries_with_presence(header_entries());
  if (name == "components") return component_table();
  if (name == "settings") return send_setting_table();
  if (name == "details") return detail_table();
  if (name == "messages") return message_table();
  if (name == "outcomes") return outcome_table(OutcomeOf::message);
  if (name == "clock outcomes") return outcome_table(OutcomeOf::clock);
  if (name == "signal outcomes") return outcome_table(OutcomeOf::signal);
  if (name == "request outcomes") return outcome_table(OutcomeOf::operation);
  if (name == "desk outcomes") return outcome_table(OutcomeOf::desk);
  if (name == "call outcomes") return outcome_table(OutcomeOf::call);
  if (name == "http settings") return entries_with_presence(http_settings());
  if (name == "function settings") return entries_with_presence(function_settings());
  if (name == "generate settings") return entries_with_presence(generate_settings());
  if (name == "contact settings") return entries_with_presence(contact_settings());
  if (name == "model settings") return settings(model_settings());
  if (name == "channels") return channel_table();
  if (name == "guarantees") return guarantee_table();
  if (name == "workspace") return entries_with_presence(workspace_entries());
  if (name == "channel settings") return settings(channel_settings());
  if (name == "template settings") return settings(template_settings());
  if (name == "types") return type_table();
  if (name == "units") return unit_table();
  if (name == "operators") return operator_table();
  if (name == "functions") return function_table();
  if (name == "limits") return limit_table();
  if (name == "test setup") return test_table(test_setup(), "Before the start");
  if (name == "test events") return test_table(test_events(), "Event");
  if (name == "test expectations") return test_table(test_expectations(), "Behind `expect`");
  if (name == "test facts of messages") return test_fact_table(FactOf::message);
  if (name == "test facts of requests") return test_fact_table(FactOf::request);
  if (name == "test facts") return test_fact_table(FactOf::execution);
  return {};
}

// The page with every table made anew.
std::string rewritten(const std::string& page, std::size_t& tables) {
  const std::string open = "<!-- table: ", close = " -->\n", end = "<!-- end -->";
  std::string result;
  std::size_t at = 0;
  for (std::size_t begin; (begin = page.find(open, at)) != std::string::npos;) {
    const std::size_t name_end = page.find(close, begin);
    const std::size_t end_mark = page.find(end, begin);
    if (name_end == std::string::npos || end_mark == std::string::npos) break;
    const std::string name = page.substr(begin + open.size(), name_end - begin - open.size());
    EXPECT_FALSE(made(name).empty()) << "no table is called `" << name << "`";
    result += page.substr(at, name_end + close.size() - at) + made(name);
    at = end_mark;
    ++tables;
  }
  return result + page.substr(at);
}

void expect_tables(const std::string& name, std::size_t count) {
  const std::string path = kFolder + name;
  std::ifstream in(path, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::size_t tables = 0;
  const std::string expected = rewritten(page, tables);
  EXPECT_EQ(tables, count) << name;
  const char* update = std::getenv("FLOW_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << expected;
    return;
  }
  EXPECT_EQ(page, expected) << "scripts/update-golden makes the tables anew";
}

TEST(Reference, HasTheTablesOfTheCatalogue) {
  expect_tables("reference.md", 26);
}

TEST(Tests, HaveTheTablesOfTheCatalogue) {
  expect_tables("tests.md", 6);
}

}  // namespace
}  // namespace flow::catalogue
