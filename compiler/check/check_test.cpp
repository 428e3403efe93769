// What a checked tree holds: resolved names, folded constants, spread `otherwise`, shared jumps, presence. What the
// checks say to people is in tests/golden.
#include "compiler/check/check.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

namespace flow::check {
namespace {

using diagnostics::Code;
using diagnostics::Sink;

constexpr std::string_view kWorkspace = R"(edition 1
languages en, ms
allow regions all
channel viber_shop: viber { service "4501"; receipts within 5s; handover within 20s }
channel waba_shop: whatsapp { number "+60123456789" }
channel sms_shop: sms { sender "SHOP" }
template code_v1(code: text(4..8), tries: number) on waba_shop {
  purpose authentication
  valid 30s..15m
  body "{{code}}, {{tries}} tries"
}
let shop = "The shop"
)";

// A flow called `example` and the workspace above, or another one.
struct Checked {
  source::SourceMap sources;
  Sink sink;
  std::unique_ptr<Workspace> workspace;

  explicit Checked(const std::string& flow, std::string_view shared = kWorkspace) {
    std::vector<syntax::File> files;
    for (const auto& [name, text] :
         {std::pair("workspace.flow", std::string(shared)), std::pair("example.flow", flow)}) {
      auto file = syntax::parse(sources, sources.add(name, text), sink);
      if (file) files.push_back(std::move(*file));
    }
    workspace = check_workspace(files, sources, sink);
  }

  std::string said() const { return diagnostics::render(sources, sink); }
  const Flow& flow() const { return *workspace->flows.at(0); }
  const Step& step(std::string_view name) const {
    for (const Step& step : flow().steps)
      if (step.name == name) return step;
    throw std::out_of_range(std::string(name));
  }
  template <typename Body>
  const Body& body(std::string_view name) const {
    return std::get<Body>(step(name).body);
  }
  const Variable& variable(std::string_view name) const {
    for (const Variable& variable : flow().variables)
      if (variable.name == name) return variable;
    throw std::out_of_range(std::string(name));
  }
  bool has(Code code) const {
    for (const auto& one : sink.sorted())
      if (one.code == code) return true;
    return false;
  }
};

const std::string kHead = "flow example \"Example\"\ntrigger manual\npurpose authentication\ninput customer: phone\n";

std::string sms(const std::string& name, const std::string& text, const std::string& arms = "failed, sent => end") {
  return name + ": send sms { from sms_shop; to customer; text " + text + "; " + arms + " }\n";
}

TEST(CheckTree, ConstantsAreFoldedAndLetsKeepTheirPlace) {
  const Checked checked(kHead +
                        "let validity = 10m\nlet words = \"{{shop}}: {{minutes(validity)}} minutes, {{2 * 1.5 + 1}}\"\n"
                        "expires validity\nstart => sms\n" +
                        sms("sms", "words"));
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  EXPECT_EQ(checked.flow().expires_ms, 600'000);
  ASSERT_EQ(checked.flow().lets.size(), 2U);
  EXPECT_EQ(checked.flow().lets[1].second.text, "The shop: 10 minutes, 4");
  const Send& send = checked.body<Send>("sms");
  ASSERT_TRUE(send.body.has_value());
  EXPECT_EQ(send.body->kind, ExprKind::constant);
  EXPECT_EQ(send.body->text, "The shop: 10 minutes, 4");
}

TEST(CheckTree, VariablesComeInTheOrderOfTheContract) {
  const Checked checked(kHead +
                        "let a = customer\ninput late: text(..5)?\nstart => one\n"
                        "one: set { b = late; c = \"{{a}}\" } => sms\n" +
                        sms("sms", "\"{{b ?? c}}\""));
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  std::vector<std::string> names;
  for (const Variable& variable : checked.flow().variables) names.push_back(variable.name);
  EXPECT_EQ(names, (std::vector<std::string>{"customer", "late", "a", "b", "c"}));
  EXPECT_TRUE(checked.variable("late").type.optional);
  EXPECT_EQ(checked.variable("a").type.kind, ValueType::phone);
  EXPECT_EQ(checked.variable("b").type.chars_max, 5U);
}

TEST(CheckTree, OtherwiseIsSpreadAndItsJumpIsOne) {
  const Checked checked(
      kHead + "otherwise failed, undelivered after 2m => jump one max 2 else end failed \"why\"\nstart => one\n" +
      sms("one", "\"Hello\"", "delivered => two") +
      sms("two", "\"Hello\"", "undelivered after 1m => end; delivered => end"));
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  const Send &one = checked.body<Send>("one"), &two = checked.body<Send>("two");
  ASSERT_EQ(checked.flow().jumps.size(), 1U);
  EXPECT_EQ(checked.flow().jumps[0].max, 2U);
  EXPECT_EQ(checked.flow().jumps[0].otherwise.reason, "why");
  EXPECT_EQ(one.failed.kind, Target::Kind::jump);
  EXPECT_EQ(two.failed.jump, one.failed.jump);
  ASSERT_TRUE(one.undelivered && two.undelivered);
  EXPECT_EQ(one.undelivered->after_ms, 120'000);
  EXPECT_EQ(two.undelivered->after_ms, 60'000);
  EXPECT_EQ(one.milestone, Milestone::delivered);
}

TEST(CheckTree, TimeToLiveLeavesRoomForReceipts) {
  const auto ttl = [](const std::string& after, const std::string& kind, const std::string& content) {
    const Checked checked(kHead + "input code: secret text(4..8)\nstart => first\nfirst: send " + kind +
                          " { to customer; " + content + "; failed, undelivered after " + after +
                          " => sms; delivered => end }\n" + sms("sms", "code"));
    EXPECT_FALSE(checked.sink.has_errors()) << checked.said();
    return checked.body<Send>("first").ttl_ms;
  };
  EXPECT_EQ(ttl("60s", "viber", "from viber_shop; text \"Hello\""), 55'000);
  EXPECT_EQ(ttl("30s", "viber", "from viber_shop; text \"Hello\""), 30'000) << "the provider's least";
  EXPECT_EQ(ttl("30m", "whatsapp", "from waba_shop; template code_v1(code: code, tries: 3)"), 900'000) << "its most";
  EXPECT_EQ(ttl("60s", "whatsapp", "from waba_shop; text \"Hello\""), 0) << "cannot be told";
}

TEST(CheckTree, TemplateParametersComeInTheTemplatesOrderAsTexts) {
  const Checked checked(kHead +
                        "input code: secret text(4..8)\nstart => go\ngo: send whatsapp { from waba_shop; to customer; "
                        "template code_v1(tries: 3, code: code); failed, sent => end }\n");
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  const Send& send = checked.body<Send>("go");
  EXPECT_FALSE(send.body.has_value());
  ASSERT_EQ(send.parameters.size(), 2U);
  EXPECT_TRUE(send.parameters[0].type.secret);
  EXPECT_EQ(send.parameters[1].type.kind, ValueType::text);
  EXPECT_EQ(send.parameters[1].text, "3");
  EXPECT_EQ(send.purpose, "authentication");
}

TEST(CheckTree, PresenceFollowsTestsAndJoins) {
  const Checked checked(kHead + R"(input name: text(..30)?
start => ask
ask: branch {
  name is not set => plain
  name == "Bob" => bob
  else => bob
}
plain: set { greeting = "Hello" } => sms
bob: set { greeting = "Hello {{name}}" } => sms
)" + sms("sms", "greeting"));
  EXPECT_FALSE(checked.sink.has_errors()) << checked.said();
  EXPECT_FALSE(checked.body<Send>("sms").body->type.optional);
}

TEST(CheckTree, AndNarrowsItsRightSide) {
  const Checked checked(kHead +
                        "input n: number?\nstart => ask\nask: branch { n is set and n > 3 => sms; not (n is set) or n "
                        "< 2 => end; else => sms }\n" +
                        sms("sms", "\"Hello\""));
  EXPECT_FALSE(checked.sink.has_errors()) << checked.said();
}

TEST(CheckTree, AfterAHandlerOnlyTheHeaderIsAssigned) {
  const Checked checked(
      kHead + "on signal again => sms\nstart => one\none: set { x = \"Hello\" } => wait\nwait: wait 1m => sms\n" +
      sms("sms", "x"));
  EXPECT_TRUE(checked.has(Code::maybe_absent)) << checked.said();
}

TEST(CheckTree, RegionsAreAbsentUnderElse) {
  const std::string body = "recognize region of customer as area { PH => sms; else => OTHER }\n";
  const auto with = [&](const std::string& other) {
    std::string text =
        kHead + "start => route\nroute: " + body + sms("sms", "\"From {{area}}\"") + sms("other", "\"Hello\"");
    text.replace(text.find("OTHER"), 5, other);
    return Checked(text);
  };
  EXPECT_FALSE(with("other").sink.has_errors());
  EXPECT_TRUE(with("sms").has(Code::maybe_absent));
}

TEST(CheckTree, SecretsMarkWhatIsMadeOfThem) {
  const Checked checked(kHead + "input code: secret text(4..8)\nlet words = \"Code {{upper(code)}}\"\nstart => sms\n" +
                        sms("sms", "words"));
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  EXPECT_TRUE(checked.variable("words").type.secret);
  EXPECT_EQ(checked.variable("words").type.chars_max, 13U);
  EXPECT_TRUE(checked.body<Send>("sms").body->type.secret);
}

TEST(CheckTree, ListsBecomeShallowComparisons) {
  std::string list;
  for (int i = 0; i < 300; ++i) list += (i == 0 ? "" : ", ") + std::to_string(i);
  const Checked checked(kHead + "input n: number\nstart => ask\nask: branch { n in [" + list +
                        "] => sms; n not in [1] => end; else => end }\n" + sms("sms", "\"Hello\""));
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  std::size_t depth = 0;
  for (const Expr* at = &checked.body<Branch>("ask").arms[0].condition; !at->children.empty(); at = &at->children[0])
    ++depth;
  EXPECT_LE(depth, 12U);
}

TEST(CheckTree, WorkspaceSettingsHaveTheirDefaults) {
  const Checked checked(kHead + "start => sms\n" + sms("sms", "\"Hello\""));
  const auto& channels = checked.workspace->channels;
  ASSERT_EQ(channels.size(), 3U);
  EXPECT_EQ(channels[0].handover_ms, 20'000);
  EXPECT_EQ(channels[0].receipts_within_ms, 5'000);
  EXPECT_EQ(channels[2].handover_ms, limits::kHandoverMsDefault);
  EXPECT_EQ(channels[2].sender, "SHOP");
  ASSERT_EQ(checked.workspace->templates.size(), 1U);
  EXPECT_EQ(checked.workspace->templates[0].languages, (std::vector<std::string>{"en", "ms"}));
  EXPECT_EQ(checked.flow().expires_ms, limits::kExpiresMsDefault);
  EXPECT_TRUE(checked.workspace->all_regions);
}

std::string place(const Checked& checked, const Target& target) {
  if (target.kind == Target::Kind::step) return checked.flow().steps.at(index(target.step)).name;
  return target.kind == Target::Kind::end ? "end" : "another end";
}

// A step for each place in a row that differs in what comes after it.
TEST(CheckTree, ATableBecomesSteps) {
  const std::string rest = "text \"Hello\"; failed, undelivered after 35s => next; delivered => reached }\n";
  const Checked checked(kHead +
                        "start => otp\notp: deliver to customer as channel {\n"
                        "viber: send viber { from viber_shop; " +
                        rest + "viber_2: send viber { from viber_shop; " + rest +
                        "sms: send sms { from sms_shop; text \"Hello\"; failed => next; sent => reached }\n"
                        "PH, MM => viber then viber_2 then sms\nMY => sms then viber\nSG => viber_2 then sms\n"
                        "US => end\nelse => sms\nreached => tell\nexhausted => end failed \"no\"\n}\n"
                        "tell: branch { channel == \"sms\" => end; else => end }\n");
  ASSERT_FALSE(checked.sink.has_errors()) << checked.said();
  std::vector<std::string> names;
  for (const Step& step : checked.flow().steps) names.push_back(step.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"otp", "tell", "otp.viber", "otp.viber_2", "otp.sms", "otp.sms_2", "otp.viber_3",
                                      "otp.reached.sms", "otp.reached.viber_2", "otp.reached.viber"}));
  const auto& table = checked.body<RecognizeRegion>("otp");
  ASSERT_EQ(table.arms.size(), 4U);
  EXPECT_EQ(place(checked, table.arms[0].target), "otp.viber");
  EXPECT_EQ(place(checked, table.arms[1].target), "otp.sms_2");
  EXPECT_EQ(place(checked, table.arms[2].target), "otp.viber_2");
  EXPECT_EQ(place(checked, table.arms[3].target), "end");
  EXPECT_EQ(place(checked, table.otherwise), "otp.sms");
  const auto& first = checked.body<Send>("otp.viber");
  EXPECT_EQ(place(checked, first.failed), "otp.viber_2");
  EXPECT_EQ(place(checked, first.undelivered->target), "otp.viber_2");
  EXPECT_EQ(place(checked, first.reached), "otp.reached.viber");
  EXPECT_EQ(first.to.variable, VariableId{0});
  EXPECT_EQ(first.ttl_ms, 30'000);
  EXPECT_EQ(place(checked, checked.body<Send>("otp.sms_2").failed), "otp.viber_3");
  EXPECT_EQ(place(checked, checked.body<Send>("otp.viber_3").failed), "another end");
  const auto& keeper = checked.body<Set>("otp.reached.viber");
  EXPECT_EQ(keeper.assignments.at(0).value.text, "viber");
  EXPECT_EQ(place(checked, keeper.target), "tell");
}

TEST(CheckTree, FlowsThatDrawHaveASeed) {
  const Checked draws(kHead + "start => pick\npick: random { 50% => sms; 50% => end }\n" + sms("sms", "\"Hello\""));
  ASSERT_FALSE(draws.sink.has_errors()) << draws.said();
  ASSERT_TRUE(draws.flow().seed);
  EXPECT_EQ(draws.flow().variables.at(index(*draws.flow().seed)).type.kind, ValueType::number);
  const Checked sticky(kHead + "start => pick\npick: random by customer { 50% => sms; 50% => end }\n" +
                       sms("sms", "\"Hello\""));
  EXPECT_FALSE(sticky.flow().seed);
  EXPECT_EQ(sticky.body<Random>("pick").key.type.kind, ValueType::phone);
}

TEST(CheckTree, LimitsAreReached) {
  std::string variables;
  const std::string message = ": send sms { from sms_shop; text \"Hello\"; failed => next; sent => reached }\n";
  std::string order = "m";
  for (std::size_t i = 0; i < limits::kStepsMax; ++i) order += " then m";
  EXPECT_TRUE(Checked(kHead + "start => t\nt: deliver to customer {\nm" + message + "else => " + order +
                      "\nreached, exhausted => end\n}\n")
                  .has(Code::too_many));
  for (std::size_t i = 0; i < limits::kVariablesMax; ++i) variables += fmt::format("input v{}: number\n", i);
  EXPECT_TRUE(Checked(kHead + variables + "start => s\ns: wait 1s => end\n").has(Code::too_many));
  const std::string name(limits::kNameCharsMax + 1, 'x');
  EXPECT_TRUE(Checked(kHead + "start => " + name + "\n" + name + ": wait 1s => end\n").has(Code::name_too_long));
  EXPECT_TRUE(Checked(kHead + "expires 401d\nstart => s\ns: wait 1s => end\n").has(Code::out_of_range));
}

// Every way through a ladder of branches: the analysis must not walk them one by one.
TEST(CheckTree, ManyPathsTakeNoTime) {
  std::string text = kHead + "input n: number\nstart => b0\n";
  for (int i = 0; i < 600; ++i)
    text += fmt::format(
        "b{0}: branch {{ n == {0} => x{0}; else => y{0} }}\nx{0}: set {{ v{1} = 1 }} => b{2}\ny{0}: set {{ v{1} = 2 }} "
        "=> b{2}\n",
        i, i % 100, i + 1);
  text += "b600: wait 1s => sms\n" + sms("sms", "\"{{v0 + v99}}\"");
  const Checked checked(text);
  EXPECT_FALSE(checked.sink.has_errors()) << checked.said();
}

}  // namespace
}  // namespace flow::check
