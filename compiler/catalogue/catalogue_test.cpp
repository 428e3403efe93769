// The promises of catalogue.h that its readers rely on.
#include "compiler/catalogue/messages.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "compiler/catalogue/tests.h"

namespace flow::catalogue {
namespace {

constexpr std::string_view kReserved[] = {"and",     "or",     "not",  "in",   "is",   "contains",
                                          "matches", "starts", "ends", "else", "true", "false"};

std::vector<std::string> words(std::string_view pattern) {
  std::vector<std::string> result{""};
  for (const char c : pattern)
    if (c == ' ')
      result.emplace_back();
    else
      result.back() += c;
  return result;
}

bool is_hole(const std::string& word) {
  return word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z';
}

// Two patterns tie when they have as many words and each pair of words may stand for the same.
bool ties(std::string_view first, std::string_view second) {
  const auto a = words(first), b = words(second);
  if (a.size() != b.size()) return false;
  bool same_literals = true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (is_hole(a[i]) != is_hole(b[i])) return false;  // the literal is preferred
    if (!is_hole(a[i]) && a[i] != b[i]) same_literals = false;
  }
  return same_literals;
}

template <typename Table>
void check_patterns(const Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (const std::string& word : words(table[i].pattern))
      EXPECT_EQ(std::ranges::count(kReserved, word), 0) << table[i].pattern << " has the reserved word " << word;
    EXPECT_FALSE(table[i].doc.empty()) << table[i].pattern;
    for (std::size_t j = i + 1; j < table.size(); ++j)
      EXPECT_FALSE(ties(table[i].pattern, table[j].pattern)) << table[i].pattern << " and " << table[j].pattern;
  }
}

TEST(Catalogue, PatternsNeverTieAndHaveNoReservedWord) {
  check_patterns(components());
  check_patterns(send_settings());
  check_patterns(outcomes());
  check_patterns(http_settings());
  check_patterns(function_settings());
  check_patterns(generate_settings());
  check_patterns(contact_settings());
  check_patterns(model_settings());
  check_patterns(header_entries());
  check_patterns(guarantees());
  check_patterns(workspace_entries());
  check_patterns(channel_settings());
  check_patterns(template_settings());
  check_patterns(test_setup());
  check_patterns(test_events());
  check_patterns(test_expectations());
}

TEST(Catalogue, WhatIsSupportedHasAMeaningAndWhatIsNotHasNone) {
  for (const auto& entry : components())
    EXPECT_EQ(entry.support == Support::supported, entry.id != Component::none) << entry.pattern;
  for (const auto& entry : send_settings())
    EXPECT_EQ(entry.support == Support::supported, entry.id != SettingId::none) << entry.pattern;
  for (const auto& entry : outcomes())
    EXPECT_EQ(entry.support == Support::supported, entry.id != OutcomeId::none) << entry.pattern;
  for (const auto& entry : header_entries())
    EXPECT_EQ(entry.support == Support::supported, entry.id != Header::none) << entry.pattern;
  for (const auto& entry : workspace_entries())
    EXPECT_EQ(entry.support == Support::supported, entry.id != Workspace::none) << entry.pattern;
  for (const auto& entry : guarantees())
    EXPECT_EQ(entry.support == Support::supported, entry.id != Guarantee::none) << entry.pattern;
  for (const auto& entry : functions())
    EXPECT_EQ(entry.support == Support::supported, entry.id.has_value() || entry.special != Special::none)
        << entry.name;
  for (const auto& entry : types())
    EXPECT_EQ(entry.support == Support::supported, entry.type.has_value()) << entry.name;
  for (const auto& entry : channels())
    EXPECT_EQ(entry.support == Support::supported, entry.kind.has_value()) << entry.name;
  for (const auto& table : {test_setup(), test_events(), test_expectations()})
    for (const auto& entry : table)
      EXPECT_EQ(entry.support == Support::supported, entry.id != TestLine::none) << entry.pattern;
  for (const auto& entry : test_facts())
    EXPECT_EQ(entry.support == Support::supported, entry.id != TestFact::none) << entry.name;
}

TEST(Catalogue, RegionsAndLanguagesAreSortedAndKnown) {
  EXPECT_GE(regions().size(), 249u);
  EXPECT_TRUE(std::ranges::is_sorted(regions(), {}, &Region::code));
  EXPECT_TRUE(std::ranges::is_sorted(languages(), {}, &Language::code));
  ASSERT_NE(find_region("MY"), nullptr);
  EXPECT_EQ(find_region("MY")->name, "Malaysia");
  EXPECT_EQ(find_region("ML")->name, "Mali");
  EXPECT_EQ(find_region("my"), nullptr);
  EXPECT_EQ(find_region(""), nullptr);
  EXPECT_EQ(find_language("ms_MY")->name, "Malay");
  EXPECT_EQ(find_language("zh-Hant")->code, "zh");
  EXPECT_EQ(find_language("qq"), nullptr);
}

TEST(Catalogue, AliasesNameRegionsAndHideNone) {
  for (const RegionAlias& alias : region_aliases()) {
    EXPECT_NE(find_region(alias.code), nullptr) << alias.alias;
    for (const Region& region : regions()) {
      std::string name(region.name);
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (name == alias.alias) EXPECT_EQ(region.code, alias.code) << alias.alias;
    }
  }
}

TEST(Catalogue, OnlyChannelsThatReportAReceiptHaveItsOutcome) {
  EXPECT_FALSE(channel(program::ChannelKind::sms).reports_read);
  EXPECT_TRUE(channel(program::ChannelKind::viber).reports_read);
  EXPECT_EQ(word_of(OutcomeId::undelivered), "undelivered");
}

TEST(Catalogue, SaysOfChannelsWhatTheRuntimeKnows) {
  std::size_t supported = 0;
  for (const Channel& entry : channels()) {
    if (!entry.kind) continue;
    ++supported;
    EXPECT_EQ(entry.reports_sent, program::reports_sent(*entry.kind)) << entry.name;
    EXPECT_EQ(entry.reports_delivered, program::reports_delivered(*entry.kind)) << entry.name;
    EXPECT_EQ(entry.reports_read, program::reports_read(*entry.kind)) << entry.name;
    EXPECT_NE(find_rule(*entry.kind, MessageKind::text), nullptr) << entry.name;
  }
  EXPECT_EQ(supported, program::kChannelKindCount);
}

TEST(Catalogue, RulesOfMessagesFitTogether) {
  for (const MessageRule& rule : message_rules()) {
    for (int i = 0; i < program::kPartKindCount; ++i) {
      const auto part = static_cast<PartKind>(i);
      if (rule.required.has(part) || rule.several.has(part))
        EXPECT_TRUE(rule.parts.has(part)) << channel(rule.channel).name << ' ' << name_of(rule.kind);
      if (rule.parts.has(part)) EXPECT_TRUE(has_part(rule.channel, part));
    }
    EXPECT_EQ(find_rule(rule.channel, rule.kind), &rule) << "twice: " << name_of(rule.kind);
  }
  for (const PartRule& rule : part_rules())
    EXPECT_TRUE(has_part(rule.channel, rule.part)) << channel(rule.channel).name << ' ' << name_of(rule.part);
}

}  // namespace
}  // namespace flow::catalogue
