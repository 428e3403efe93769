#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "base/limits.h"
#include "compiler/ir/op_info.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/ir/verify_internal.h"

namespace flow::ir {
namespace {

std::string sample() {
  std::ifstream file(FLOW_SOURCE_DIR "/compiler/ir/testdata/sample.ir", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Flow sample_flow() {
  return parse_flow(sample()).value();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Text, SampleIsCanonicalAndComplete) {
  const Result<Flow> flow = parse_flow(sample());
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_EQ(print(*flow), sample());
  const Status status = verify(*flow);
  EXPECT_TRUE(status) << status.error().message;
  std::set<Op> used;
  for (const Function& function : flow->functions)
    for (const Block& block : function.blocks)
      for (const Inst& inst : block.insts) used.insert(inst.op);
  for (const OpInfo& op : all_ops())
    EXPECT_TRUE(used.contains(op.op) || op.imm == Imm::texts || op.imm == Imm::regions)
        << op.name << " is not in the sample";
}

TEST(Text, KeepsWhatThePassesMake) {
  const std::string lines = "  choice 0 texts 0, 1\n  choice 1 regions PH, MY\n";
  const std::string code = replaced(replaced(sample(), "i3 = text_equal t1 t2", "i3 = text_choice 0 t1"),
                                    "i1 = region_of t0\n    branch", "i1 = region_choice 1 t0\n    branch");
  const auto with = [&](const std::string& choices) {
    return replaced(code, "  start \"start\"", choices + "  start \"start\"");
  };
  const Result<Flow> flow = parse_flow(with(lines));
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_EQ(print(*flow), with(lines));
  const Status status = verify(*flow, Form::optimised);
  EXPECT_TRUE(status) << status.error().message;
  EXPECT_EQ(verify(*flow).error().message, "flow `sample`: it has choices, which only the passes make");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"texts 0, 1", "texts 0, 0"}, {"texts 0, 1", "texts 99"}, {"PH, MY", "PH, PH"}, {"PH, MY", "PH, P"}}) {
    const Result<Flow> other = parse_flow(with(replaced(lines, from, to)));
    ASSERT_TRUE(other) << to << ": " << other.error().message;
    EXPECT_EQ(verify(*other, Form::optimised).error().message,
              "flow `sample`: a choice is of nothing, names a text or region that is none, or has one twice");
  }
  for (const char* choices : {"", "  choice 0 regions PH\n  choice 1 texts 0\n"}) {
    const Result<Flow> other = parse_flow(with(choices));
    ASSERT_TRUE(other) << choices;
    EXPECT_FALSE(verify(*other, Form::optimised)) << choices;
  }
}

TEST(Text, KeepsWhatStartsAndMovesAFlow) {
  const std::string text = replaced(sample(), "  regions", "  replies\n  trigger waba position 3\n  regions");
  const Result<Flow> flow = parse_flow(text);
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_TRUE(flow->info.replies);
  EXPECT_EQ(flow->info.trigger, (program::TriggerInfo{"waba", 3}));
  EXPECT_EQ(print(*flow), text);
  EXPECT_FALSE(sample_flow().info.trigger || sample_flow().info.replies);
}

TEST(Text, KeepsHowManyMessagesThereMayBe) {
  const auto with = [](const std::string& lines) {
    return replaced(sample(), "  regions PH, MY\n", "  regions PH, MY\n" + lines);
  };
  const std::string text = with(
      "  limit recipient messages 5 within 1h purposes authentication, marketing\n"
      "  limit prefix 7 messages 200 within 10m\n");
  const Result<Flow> flow = parse_flow(text);
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_EQ(flow->info.message_limits, (std::vector<program::MessageLimit>{
                                           {0, 5, 3'600'000, {"authentication", "marketing"}}, {7, 200, 600'000, {}}}));
  EXPECT_EQ(print(*flow), text);
  EXPECT_TRUE(verify(*flow));
  const auto verified = [&](const std::string& lines) {
    const Result<Flow> read = parse_flow(with(lines));
    return read ? verify(*read) : Status(std::unexpected(read.error()));
  };
  const std::string one = "  limit recipient messages 1 within 1s\n";
  std::string most;
  for (std::size_t i = 0; i < limits::kMessageLimitsMax; ++i) most += one;
  EXPECT_TRUE(verified(most));
  for (const std::string& refused :
       {most + one, std::string("  limit recipient messages 0 within 1h\n"),
        fmt::format("  limit recipient messages {} within 1h\n", limits::kLimitMessagesMax + 1),
        std::string("  limit recipient messages 5 within 999ms\n"),
        std::string("  limit recipient messages 5 within 32d\n"),
        fmt::format("  limit prefix {} messages 5 within 1h\n", limits::kLimitDigitsMax + 1),
        std::string("  limit recipient messages 5 within 1h purposes marketing, marketing\n"),
        std::string("  limit prefix messages 5 within 1h\n"), std::string("  limit somebody messages 5 within 1h\n")})
    EXPECT_FALSE(verified(refused)) << refused;
}

TEST(Text, KeepsWhomAFlowMayAsk) {
  const std::string hosts = "  hosts \"api.shop.example\", \"crm.example:8443\"\n";
  const std::string text = replaced(sample(), "  regions PH, MY\n", "  regions PH, MY\n" + hosts);
  const Result<Flow> flow = parse_flow(text);
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_EQ(flow->info.allowed_hosts, (std::vector<std::string>{"api.shop.example", "crm.example:8443"}));
  EXPECT_EQ(print(*flow), text);
  EXPECT_TRUE(verify(*flow));
}

TEST(Text, KeepsWhatItReads) {
  const Flow flow = sample_flow();
  EXPECT_EQ(flow.info.title, "A \"sample\" with every instruction\n\\");
  EXPECT_EQ(flow.info.expires_ms, 5'400'000);
  EXPECT_EQ(flow.info.fields[1].chars_max, 8U);
  EXPECT_TRUE(flow.info.fields[1].secret);
  EXPECT_EQ(flow.info.fields[2].choices, (std::vector<std::string>{"small", "large"}));
  EXPECT_EQ(flow.info.templates[0].parameters, (std::vector<std::string>{"code", "label"}));
  EXPECT_EQ(flow.handle, (std::vector<std::int32_t>{-1, 4, 4, 6, 8, -1, -1}));
  EXPECT_TRUE(flow.info.called);
  EXPECT_EQ(flow.info.outputs, std::vector<std::uint32_t>{5});
  EXPECT_EQ(flow.info.operations[1].outcomes[2].name, "verified");
  EXPECT_EQ(flow.texts[2],
            "no \x1b"
            "channel ☎");
}

TEST(Text, PrintsOneFunction) {
  const Flow flow = sample_flow();
  const std::string text = print(flow, flow.functions[5]);
  EXPECT_TRUE(text.starts_with("  function \"enter pause\" registers ii {\n  b0:\n    enter pause\n")) << text;
  EXPECT_NE(sample().find(text), std::string::npos);
}

struct Case {
  const char* from;
  const char* to;
  const char* message;
};

TEST(Text, ErrorsNameLineAndExpectation) {
  const Case cases[] = {
      {"flow_ir 1", "flow_ir one", "line 1: expected a number in range, found `one`"},
      {"expires 1h30m", "expires soon", "line 5: expected a duration, found `soon`"},
      {"field code:", "field phone:", "line 11: a second field `phone`"},
      {"input personal", "input quiet", "line 10: expected a declaration or `}`, found `quiet`"},
      {"text 1 \"\"", "text 3 \"\"", "line 38: expected number 1"},
      {"enter pause\n", "enter nowhere\n", "expected the name of a step, found `nowhere`"},
      {"tail \"enter route\"", "tail \"enter root\"", "line 74: there is no function `enter root`"},
      {"  b1:\n    t3", "  b2:\n    t3", "expected `b1`"},
      {"i2 = present", "present", "`present` gives a result"},
      {"    begin\n", "    i0 = begin\n", "`begin` gives no result"},
      {"i2 = present", "t2 = present", "register t2 is not one of the function"},
      {"no \\u{1b}", "no \\q", "a text with an escape that is none"},
      {"\"Your code is \"\n", "\"Your code is\n", "a text without an end on its line"},
      {"arm wait i0", "arm never i0", "expected a timer, found `never`"},
      {"i1 = const_int 5000", "i1 = const_int 99999999999999999999", "expected a number in range"},
      {"    begin\n", "    § begin\n", "line 59: a character that begins nothing"},
  };
  for (const Case& one : cases) {
    const Result<Flow> flow = parse_flow(replaced(sample(), one.from, one.to));
    ASSERT_FALSE(flow) << one.from;
    EXPECT_NE(flow.error().message.find(one.message), std::string::npos) << flow.error().message;
    EXPECT_EQ(flow.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Text, RefusesNewerAndLonger) {
  const Result<Flow> newer = parse_flow(replaced(sample(), "flow_ir 1", "flow_ir 2"));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(newer.error().message.find("version 2"), std::string::npos);
  EXPECT_FALSE(parse_flow(std::string(limits::kIrTextBytesMax + 1, ' ')));
}

TEST(Text, EveryTruncationIsRefused) {
  const std::string text = sample();
  for (std::size_t size = 0; size + 2 < text.size(); ++size)
    ASSERT_FALSE(parse_flow(std::string_view(text).substr(0, size))) << size;
}

TEST(Verify, RefusesWhatBreaksARule) {
  const Case cases[] = {
      {"branch i2 ? b1 : b2\n  b1:\n    t3 = load size\n    t3 = text_trim t3\n",
       "branch i2 ? b1 : b2\n  b1:\n    t3 = text_trim t3\n",
       "function `start`: b1, `text_trim` (0): register 3 is not assigned on every way here"},
      {"expires 1h30m", "expires 401d", "`expires` is out of range"},
      {"expires 1h30m", "expires 0s", "`expires` is out of range"},
      {"handlers 2", "handlers 1", "`fire` (1): what it names is none"},
      {"handlers 2", "handlers 65", "more than 64 handlers"},
      {"counters 1", "counters 0", "`count` (1): what it names is none"},
      {"counters 1", "counters 65537", "too many counters"},
      {"regions PH, MY", "regions PHL", "two capital letters"},
      {"chars 4..8", "chars 9..8", "range of lengths that is empty"},
      {"signal verified", "signal verified\n  signal verified", "two signals are called `verified`"},
      {"duration_in i0 60000", "duration_in i0 0", "`duration_in` (3): what it names is none"},
      {"list input optional items 9", "list input optional items 101", "a number of items out of range"},
      {"list input optional items 9", "list input optional", "a number of items out of range"},
      {"shift: record variable", "shift: record variable items 2", "a number of items out of range"},
      {"shift: record variable (\"day\" text", "shift: record variable (\"seats\" text",
       "two members are called `seats`"},
      {"shift: record variable (\"day\" text", "shift: record variable (\"\" text", "a member has a name that is none"},
      {"shift: record variable (\"day\" text", "shift: record variable (\"day\" json",
       "a part of a type that none has"},
      {"shift: record variable (\"day\" text", "shift: text variable (\"day\" text", "parts that its type has not"},
      {"(\"day\" text \"seats\" number optional)", "", "parts that its type has not"},
      {"store minutes i1", "store label i1", "an operand is no register of the type"},
      {"    t2 = load wished\n    jump b3", "    t2 = load wished\n    jump b1", "its blocks form a cycle"},
      {"    t2 = load wished\n    jump b3", "    t2 = load wished\n    jump b9", "it leads to no block"},
      {"branch i6 ? b3 : b4", "jump b4", "nothing leads to b3"},
      {"send 1 (t0, t0, t2, t2)", "send 1 (t0, t0, t2)", "not the operands that its send needs"},
      {"send 1 (t0, t0, t2, t2)", "send 2 (t0, t0, t2, t2)", "what it names is none"},
      {"switch i4 { 1: b9, 2: b9, -1: b15, else: b16 }", "switch i4 { 1: b9, 1: b9, -1: b15, else: b16 }",
       "a case stands twice"},
      {"finish outcome outcome late", "finish outcome", "its outcome is none"},
      {"finish done\n  b15", "finish done reason 1\n  b15", "its reason is no text, or one without need"},
      {"finish failed reason 2", "finish failed reason 3", "its reason is no text"},
      {"i0 = const_int 2\n", "i0 = const_int 1001\n", "its limit is not a constant"},
      {"i0 = const_int 2\n", "i0 = event_at\n", "its limit is not a constant"},
      {"branch i1 ? b1 : b2\n  b1:\n    tail \"enter first\"", "branch i0 ? b1 : b2\n  b1:\n    tail \"enter first\"",
       "calls itself without a count"},
      {"b2:\n    finish failed reason 2  // \"no \\u{1b}channel ☎\"\n  }\n\n  function \"ended\"",
       "b2:\n    tail \"enter first\"\n  }\n\n  function \"ended\"", "calls itself without a count"},
      {"i1 = receipt\n    branch i1 ? b2 : b15", "i1 = receipt\n    branch i1 ? b15 : b2", "ignores an event"},
      {"switch i0 { 1: b1, 2: b8", "disarm wait\n    switch i0 { 1: b1, 2: b8", "`handle first`: b15 ignores an event"},
      {"switch i4 { 0: b10, else: b11 }", "switch i4 { 0: b15, 9: b10, else: b11 }", "ignores an event"},
      {"1: b9, 2: b9, -1: b15, else: b16 }", "1: b9, 2: b9, -1: b16, else: b15 }", "ignores an event"},
      {"1: b9, 2: b9, -1: b15, else: b16 }", "1: b9, 2: b9, else: b15 }", "ignores an event"},
      {"i5 = fire 0\n    branch i5 ? b14 : b15", "i5 = fire 0\n    i5 = const_int 0\n    branch i5 ? b14 : b15",
       "ignores an event"},
      {"    late\n    rest\n  }\n}", "    leave\n    rest\n  }\n}", "`ended` changes an execution that has ended"},
      {"    late\n    rest\n  }\n}", "    tail \"jump 0\"\n  }\n}", "changes an execution that has ended"},
  };
  for (const Case& one : cases) {
    const Result<Flow> flow = parse_flow(replaced(sample(), one.from, one.to));
    ASSERT_TRUE(flow) << one.to << ": " << flow.error().message;
    const Status status = verify(*flow);
    ASSERT_FALSE(status) << one.to;
    EXPECT_NE(status.error().message.find(one.message), std::string::npos) << one.to << "\n" << status.error().message;
  }
}

TEST(Verify, RefusesWhatTextCannotSay) {
  const std::vector<std::function<void(Flow&)>> breaks = {
      [](Flow& flow) { flow.start = 99; },
      [](Flow& flow) { flow.ended = 99; },
      [](Flow& flow) { flow.handle.pop_back(); },
      [](Flow& flow) { flow.handle[0] = -2; },
      [](Flow& flow) { flow.functions[1].name = "start"; },
      [](Flow& flow) { flow.functions[0].blocks.clear(); },
      [](Flow& flow) { flow.functions[0].blocks[0].insts[1].dst = 77; },
      [](Flow& flow) { flow.functions[0].blocks[0].insts[1].a = 0; },
      [](Flow& flow) { flow.functions[0].blocks[0].insts[1].list = {0}; },
      [](Flow& flow) { flow.functions[0].blocks[0].term.blocks.clear(); },
      [](Flow& flow) { flow.functions[0].blocks[2].term.function = 99; },
      [](Flow& flow) { flow.functions[0].blocks[2].term.end = program::EndKind::done; },
      [](Flow& flow) { flow.sends[0].channel = 2; },
      [](Flow& flow) { flow.sends[0].template_index = 1; },
      [](Flow& flow) { flow.sends[0].ttl_ms = -1; },
      [](Flow& flow) { flow.sends[0].step = 7; },
      [](Flow& flow) { flow.sends[0].price = 1; },
      [](Flow& flow) { flow.sends[0].parts = 0; },
      [](Flow& flow) { flow.prices[0].otherwise = -1; },
      [](Flow& flow) { flow.prices[0].regions[0].first = "Malaysia"; },
      [](Flow& flow) { flow.prices[0].regions[0].first = flow.prices[0].regions[1].first; },
      [](Flow& flow) { flow.info.operations[0].step = 7; },
      [](Flow& flow) { flow.info.operations[0].outcomes.clear(); },
      [](Flow& flow) { flow.info.operations[0].reads[0].field = 99; },
      [](Flow& flow) { flow.info.operations[0].retries = limits::kOperationRetriesMax + 1; },
      [](Flow& flow) { flow.info.operations[1].outcomes[2].name = "\xC3"; },
      [](Flow& flow) { flow.info.operations[2].kind = program::OperationKind::flow; },
      [](Flow& flow) { flow.info.outputs[0] = 99; },
      [](Flow& flow) { flow.texts[0] = "\xC3"; },
      [](Flow& flow) { flow.texts[0] = std::string(limits::kTextValueBytesMax + 1, 'x'); },
      [](Flow& flow) { flow.info.name = "1st"; },
      [](Flow& flow) { flow.info.name = std::string(3 * limits::kNameCharsMax + 1, 'x'); },
      [](Flow& flow) { flow.info.fields[0].name = "a b"; },
      [](Flow& flow) { flow.info.fields.resize(limits::kVariablesMax + 1, {"x", {}, {}, {}, {}, {}, 0, 0, {}}); },
      [](Flow& flow) { flow.info.steps.clear(); },
      [](Flow& flow) { flow.info.templates[0].languages.clear(); },
      [](Flow& flow) { flow.info.channels[0].handover_ms = -1; },
  };
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    Flow flow = sample_flow();
    breaks[i](flow);
    EXPECT_FALSE(verify(flow)) << i;
    EXPECT_FALSE(print(flow).empty());
  }
}

TEST(Verify, TakesWhatIsAtALimitAndNoMore) {
  Flow flow = sample_flow();
  flow.info.expires_ms = limits::kExpiresMsMax;
  flow.info.channels[0].handover_ms = limits::kExpiresMsMax;
  flow.sends[0].ttl_ms = limits::kExpiresMsMax;
  flow.info.counters = limits::kIrCountersMax;
  flow.prices[0].otherwise = limits::kPriceMax;
  const Status status = verify(flow);
  EXPECT_TRUE(status) << status.error().message;
  const std::vector<std::function<void(Flow&)>> excesses = {
      [](Flow& more) { ++more.info.expires_ms; },     [](Flow& more) { ++more.info.channels[0].handover_ms; },
      [](Flow& more) { ++more.sends[0].ttl_ms; },     [](Flow& more) { ++more.info.counters; },
      [](Flow& more) { ++more.prices[0].otherwise; },
  };
  for (std::size_t i = 0; i < excesses.size(); ++i) {
    Flow more = flow;
    excesses[i](more);
    const Status refused = verify(more);
    ASSERT_FALSE(refused) << i;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
}

// What the check of assignments may hold at once: a bit for each register in each block.
TEST(Verify, FunctionsHaveALimit) {
  constexpr std::size_t kSide = 16'384;
  static_assert(kSide * kSide == limits::kIrFunctionBitsMax);
  const Flow flow = sample_flow();
  Function function{"wide", std::vector<RegType>(kSide, RegType::integer), std::vector<Block>(kSide)};
  for (std::size_t b = 0; b + 1 < kSide; ++b) {
    function.blocks[b].term.kind = Term::jump;
    function.blocks[b].term.blocks = {static_cast<std::uint32_t>(b + 1)};
  }
  const auto fits = verify_function(flow, function);
  EXPECT_TRUE(fits) << fits.error().message;
  function.regs.push_back(RegType::integer);
  const auto refused = verify_function(flow, function);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "function `wide`: it has too many blocks and registers");
}

TEST(Verify, StepsHaveALimit) {
  Flow flow = sample_flow();
  flow.info.steps.resize(limits::kIrStepsMax, {"more", ""});
  for (std::size_t i = 4; i < flow.info.steps.size(); ++i) flow.info.steps[i].name = fmt::format("s{}", i);
  flow.handle.resize(flow.info.steps.size(), -1);
  EXPECT_TRUE(verify(flow));
  flow.info.steps.push_back({"one_more", ""});
  flow.handle.push_back(-1);
  EXPECT_NE(verify(flow).error().message.find("no or too many steps"), std::string::npos);
}

TEST(Verify, ModulesAreSortedByName) {
  Module module;
  module.flows = {sample_flow(), sample_flow()};
  EXPECT_FALSE(verify(module));
  module.flows[1].info.name = "sample_b";
  EXPECT_TRUE(verify(module));
}

// Whatever the bytes: no crash, and what is accepted prints back to itself.
TEST(Text, SurvivesMutation) {
  const std::string text = sample();
  std::mt19937_64 random(20261120);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string mutant = text;
    for (std::size_t edits = 1 + pick(3); edits > 0; --edits) {
      const std::size_t at = pick(mutant.size());
      const std::size_t from = pick(text.size());
      switch (pick(4)) {
        case 0:
          mutant[at] = static_cast<char>(random());
          break;
        case 1:
          mutant.erase(at, pick(12));
          break;
        case 2:
          mutant.insert(at, text.substr(from, pick(40)));
          break;
        default:
          mutant[at] = text[from];
      }
    }
    const Result<Flow> flow = parse_flow(mutant);
    if (!flow || !verify(*flow)) continue;
    ++accepted;
    const Result<Flow> again = parse_flow(print(*flow));
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_EQ(*again, *flow);
  }
  EXPECT_GT(accepted, 50);
}

std::size_t read_as_printed(const AsPrinted& as_printed) {
  return static_cast<std::size_t>(
      std::count_if(as_printed.functions.begin(), as_printed.functions.end(), [](auto part) { return !part.empty(); }));
}

// Two ways to read a function, one result: with a blank more in it, it is read token by token.
TEST(Text, IsReadTheSameTokenByToken) {
  AsPrinted as_printed;
  const Flow flow = parse_flow(sample(), &as_printed).value();
  EXPECT_EQ(read_as_printed(as_printed), flow.functions.size());
  std::string loose = sample();
  for (std::size_t at = 0; (at = loose.find("  function", at)) != std::string::npos; at += 12)
    loose.insert(at + 10, " ");
  const Result<Flow> again = parse_flow(loose, &(as_printed = {}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, flow);
  EXPECT_EQ(read_as_printed(as_printed), 0U);
  EXPECT_FALSE(is_printed(loose, *again, as_printed));
}

// What is known of a text from reading it says the same as printing all of it.
TEST(Text, NothingIsReadAsPrintedThatIsNot) {
  const std::string text = sample();
  constexpr std::string_view kPieces[] = {" ",  "\n", "0",       "1",    "-",         "b",         "i",
                                          "t",  "\"", "\\",      ".",    ",",         "//",        "_",
                                          "\t", "}",  "\n  b1:", "rest", " reason 0", "  // \"\"", "é"};
  std::mt19937_64 random(20261121);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  std::size_t accepted = 0, printed = 0, known = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string mutant = text;
    const std::size_t at = pick(mutant.size());
    const std::string_view piece = kPieces[pick(std::size(kPieces))];
    switch (pick(4)) {
      case 0:
        mutant.insert(at, piece);
        break;
      case 1:
        mutant.replace(at, piece.size(), piece);
        break;
      case 2:
        mutant.erase(at, 1 + pick(3));
        break;
      default:  // a line twice, or elsewhere
        mutant.insert(mutant.find('\n', pick(mutant.size() - 1)) + 1, text.substr(at, text.find('\n', at) - at + 1));
    }
    AsPrinted as_printed;
    const Result<Flow> flow = parse_flow(mutant, &as_printed);
    if (!flow || !verify(*flow)) continue;
    ++accepted;
    known += read_as_printed(as_printed);
    const bool is = print(*flow) == mutant;
    printed += is ? 1 : 0;
    ASSERT_EQ(is_printed(mutant, *flow, as_printed), is) << mutant;
    ASSERT_EQ(is_printed(mutant, *flow), is);
  }
  EXPECT_GT(printed, 25U);
  EXPECT_GT(accepted, printed + 125U);
  EXPECT_GT(known, accepted);
}

}  // namespace
}  // namespace flow::ir
