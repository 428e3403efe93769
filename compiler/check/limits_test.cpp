// Limits and defaults of what authors write.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "compiler/check/check.h"
#include "compiler/syntax/parse.h"

namespace flow::check {
namespace {

using diagnostics::Code;

struct Checked {
  std::unique_ptr<Workspace> workspace;
  std::vector<diagnostics::Diagnostic> found;
};

// `channel_more` stands in the channel's block, `flow_more` in the flow's header, `steps_more` behind its only step.
// `workspace_more` behind the channel.
Checked checked(const std::string& channel_more, const std::string& flow_more, const std::string& steps_more = "",
                const std::string& workspace_more = "") {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const source::FileId ids[] = {
      sources.add("workspace.flow",
                  fmt::format("edition 1\nallow regions all\nchannel s: sms {{ sender \"X\"; {} }}\n{}", channel_more,
                              workspace_more)),
      sources.add("a.flow",
                  fmt::format("flow a \"A\"\ntrigger manual\npurpose transaction\n{}\ninput p: phone\nstart => out\n"
                              "out: send sms {{\n  from s\n  to p\n  text \"Hello\"\n"
                              "  failed => end failed \"not sent\"\n  sent => end\n}}\n{}",
                              flow_more, steps_more))};
  std::vector<syntax::File> files;
  for (const source::FileId id : ids) {
    auto file = syntax::parse(sources, id, sink);
    EXPECT_TRUE(file);
    if (file) files.push_back(std::move(*file));
  }
  Checked result;
  result.workspace = check_workspace(files, sources, sink);
  result.found = sink.sorted();
  return result;
}

// What was said with this code, with its remedy.
std::string said(const Checked& result, Code code) {
  std::string text;
  for (const auto& one : result.found)
    if (one.code == code) text += fmt::format("{}: {}\n", one.message, one.hint);
  return text;
}

TEST(Limits, WhatIsNotSaidHasItsDefault) {
  const Checked silent = checked("", "");
  ASSERT_TRUE(silent.found.empty()) << silent.found[0].message;
  EXPECT_EQ(silent.workspace->flows.at(0)->expires_ms, limits::kExpiresMsDefault);
  EXPECT_EQ(silent.workspace->channels.at(0).handover_ms, limits::kHandoverMsDefault);
  const Checked spoken = checked("handover within 20s", "expires 5m");
  ASSERT_TRUE(spoken.found.empty()) << spoken.found[0].message;
  EXPECT_EQ(spoken.workspace->flows.at(0)->expires_ms, 300'000);
  EXPECT_EQ(spoken.workspace->channels.at(0).handover_ms, 20'000);
}

TEST(Limits, AWorkspaceHasLimitsInTheirRanges) {
  const auto with = [](const std::string& each, std::int64_t messages, std::int64_t within_ms) {
    return checked("", "", "", fmt::format("limit each {} {} messages within {}ms\n", each, messages, within_ms));
  };
  const std::string longest = fmt::format("prefix({})", limits::kLimitDigitsMax);
  const Checked most = with(longest, limits::kLimitMessagesMax, limits::kLimitWithinMsMax);
  ASSERT_TRUE(most.found.empty()) << most.found[0].message;
  EXPECT_EQ(most.workspace->limits.at(0).prefix, limits::kLimitDigitsMax);
  EXPECT_EQ(most.workspace->limits.at(0).messages, limits::kLimitMessagesMax);
  EXPECT_EQ(most.workspace->limits.at(0).within_ms, limits::kLimitWithinMsMax);
  EXPECT_TRUE(with("recipient", 1, limits::kLimitWithinMsMin).found.empty());
  const auto refused = [](const Checked& result) { return !said(result, Code::out_of_range).empty(); };
  EXPECT_TRUE(refused(with(fmt::format("prefix({})", limits::kLimitDigitsMax + 1), 1, limits::kLimitWithinMsMin)));
  EXPECT_TRUE(refused(with("recipient", limits::kLimitMessagesMax + 1, limits::kLimitWithinMsMin)));
  EXPECT_TRUE(refused(with("recipient", 1, limits::kLimitWithinMsMin - 1)));
  EXPECT_TRUE(refused(with("recipient", 1, limits::kLimitWithinMsMax + 1)));
}

TEST(Limits, AWorkspaceHasSoManyLimits) {
  std::string lines;
  for (std::size_t i = 1; i <= limits::kMessageLimitsMax; ++i)
    lines += fmt::format("limit each recipient {} messages within {}h\n", i, i);
  EXPECT_TRUE(checked("", "", "", lines).found.empty());
  const Checked more = checked("", "", "", lines + "limit each prefix(7) 200 messages within 1h\n");
  EXPECT_EQ(said(more, Code::too_many), "more than 16 limits: one limit may name several purposes\n");
  EXPECT_EQ(more.workspace->limits.size(), limits::kMessageLimitsMax);
}

TEST(Limits, AFlowExpiresInTime) {
  constexpr std::int64_t kDayMs = 24 * 3600 * 1000;
  static_assert(limits::kExpiresMsMax % kDayMs == 0);
  const std::string most = fmt::format("expires {}d", limits::kExpiresMsMax / kDayMs);
  const Checked longest = checked("", most);
  ASSERT_TRUE(longest.found.empty()) << longest.found[0].message;
  EXPECT_EQ(longest.workspace->flows.at(0)->expires_ms, limits::kExpiresMsMax);
  const Checked longer = checked("", most + "1ms");
  EXPECT_EQ(said(longer, Code::out_of_range), "`expires` cannot be 400d1ms: from 1s to 400d\n");
}

TEST(Limits, StepsAreCounted) {
  std::string steps;
  for (std::size_t i = 2; i <= limits::kStepsMax; ++i) steps += fmt::format("s{}: wait 1s => end\n", i);
  EXPECT_EQ(said(checked("", "", steps + "more: wait 1s => end\n"), Code::too_many),
            fmt::format("the flow has {} steps: at most {}\n", limits::kStepsMax + 1, limits::kStepsMax));
}

TEST(Limits, ItemsAndMembersAreCounted) {
  const auto list = [](std::size_t most) {
    return said(checked("", fmt::format("input xs: list(text, ..{})", most)), Code::out_of_range);
  };
  EXPECT_EQ(list(limits::kListItemsMax), "");
  EXPECT_EQ(list(limits::kListItemsMax + 1), "a list cannot have `..101` items: from ..1 to ..100\n");
  const auto record = [](std::size_t members) {
    std::string text = "input r: record(m0: text";
    for (std::size_t i = 1; i < members; ++i) text += fmt::format(", m{}: text", i);
    return said(checked("", text + ")"), Code::too_many);
  };
  EXPECT_EQ(record(limits::kRecordMembersMax), "");
  EXPECT_EQ(record(limits::kRecordMembersMax + 1), "this record has 51 members: at most 50\n");
}

TEST(Limits, VariablesAreCounted) {
  std::string inputs;
  for (std::size_t i = 2; i <= limits::kVariablesMax; ++i) inputs += fmt::format("input i{}: text\n", i);
  EXPECT_EQ(said(checked("", inputs), Code::too_many), "");
  EXPECT_EQ(said(checked("", inputs + "input more: text\n"), Code::too_many),
            fmt::format("the flow has {} variables: at most {}\n", limits::kVariablesMax + 1, limits::kVariablesMax));
}

TEST(Limits, NamesAreShort) {
  const auto with_name = [](std::size_t chars) { return "input " + std::string(chars, 'n') + ": text\n"; };
  EXPECT_EQ(said(checked("", with_name(limits::kNameCharsMax)), Code::name_too_long), "");
  EXPECT_EQ(said(checked("", with_name(limits::kNameCharsMax + 1)), Code::name_too_long),
            "the name of this variable has 65 characters: names have at most 64\n");
}

TEST(Limits, PartsOfAMessageAreCounted) {
  // A contact and its number are two parts, fewer contacts than the channel takes.
  const auto with_contacts = [](std::size_t count) {
    std::string step = "more: send whatsapp {\n  from w\n  to p\n";
    for (std::size_t i = 0; i < count; ++i) step += "  contact \"A\" { phone \"+60123456789\" }\n";
    return said(checked("handover within 1s }\nchannel w: whatsapp { number \"+60123456789\"", "",
                        step + "  failed, sent => end\n}\n"),
                Code::too_many_parts);
  };
  EXPECT_EQ(with_contacts(limits::kMessagePartsMax / 2), "");
  EXPECT_EQ(with_contacts(limits::kMessagePartsMax / 2 + 1), "a message has at most 256 parts: leave some out\n");
}

// What a model is asked, with these settings or arms.
std::string asked(const std::string& step) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const source::FileId ids[] = {
      sources.add("workspace.flow",
                  "edition 1\nallow regions all\nallow hosts \"m.example\"\n"
                  "model m: openai { name \"small\"; base \"https://m.example\" }\n"),
      sources.add("a.flow", "flow a \"A\"\ntrigger manual\npurpose transaction\ninput q: text\nstart => ask_it\n" +
                                ("ask_it: " + step + "\n"))};
  std::vector<syntax::File> files;
  for (const source::FileId id : ids) files.push_back(syntax::parse(sources, id, sink).value());
  check_workspace(files, sources, sink);
  std::string text;
  for (const auto& one : sink.sorted())
    if (one.code == Code::out_of_range || one.code == Code::too_many) text += one.message + "\n";
  return text;
}

TEST(Limits, OfWhatAModelIsAsked) {
  const auto generate = [](std::int64_t history, std::int64_t most) {
    return asked(fmt::format(
        "generate with m as t {{ prompt q; history {}; max {}; ok, failed, late after 5s => end }}", history, most));
  };
  EXPECT_EQ(generate(limits::kHistoryTurnsMax, limits::kGeneratedCharsMax), "");
  EXPECT_EQ(generate(limits::kHistoryTurnsMax + 1, limits::kGeneratedCharsMax + 1),
            "`history` cannot be 51\n`max` cannot be 16001\n");
  const auto classify = [](std::size_t labels) {
    std::string arms;
    for (std::size_t i = 0; i < labels; ++i) arms += fmt::format("l{} \"x\" => end; ", i);
    return asked("classify q with m { " + arms + "else, failed, late after 5s => end }");
  };
  EXPECT_EQ(classify(limits::kLabelsMax), "");
  EXPECT_EQ(classify(limits::kLabelsMax + 1), "`classify` has 51 labels\n");
}

// Nothing that a provider says of it decides where the flow goes, so it must not keep the flow for long.
TEST(Limits, TypingWaitsForItsProviderForAWhile) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const source::FileId ids[] = {
      sources.add("workspace.flow",
                  "edition 1\nallow regions all\nchannel w: whatsapp { number \"+60123456789\"; flows a }\n"),
      sources.add("a.flow",
                  "flow a \"A\"\ntrigger whatsapp on w\npurpose transaction\nexpires 1h\nstart => dots\n"
                  "dots: typing => more\nmore: reply { text \"Hello\"; failed, sent => end }\n")};
  std::vector<syntax::File> files;
  for (const source::FileId id : ids) files.push_back(*syntax::parse(sources, id, sink));
  const auto workspace = check_workspace(files, sources, sink);
  ASSERT_TRUE(sink.sorted().empty()) << sink.sorted()[0].message;
  const auto& step = std::get<Operation>(workspace->flows.at(0)->steps.at(0).body);
  EXPECT_EQ(step.kind, program::OperationKind::typing);
  ASSERT_TRUE(step.late);
  EXPECT_EQ(step.late->after_ms, limits::kTypingMsMax);
}

}  // namespace
}  // namespace flow::check
