// Every form of guarantee, from a flow's text into a bundle and out again: what is proven is certified, the checker
// takes the certificate and none that somebody has changed, and what does not hold is refused with the path that breaks
// it.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "compiler/bundle/bundle.h"
#include "compiler/certificate/checker.h"
#include "compiler/driver/build.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "numbers/numbers.h"
#include "tests/support/run_program.h"

namespace flow {
namespace {

using Json = nlohmann::json;
using Kind = ir::Guarantee::Kind;

constexpr const char* kWorkspace = R"(edition 1
languages en
allow regions PH, MY, US
channel viber_otp: viber { service "4501"; receipts within 5s; handover within 20s }
channel sms_otp: sms { sender "SHOP"; receipts within 10s; handover within 20s }
price viber { PH = 0.02USD; else = 0.03USD }
price sms { PH = 0.035USD; MY = 0.041USD; else = 0.05USD }
)";

// Philippines: Viber, then SMS, and once more on request; everybody else: SMS alone.
std::string flow_with(const std::string& guarantees, const std::string& expires = "10m") {
  return R"(flow notice "A notice"
trigger manual
purpose transaction
expires )" +
         expires + R"(
input customer: phone
)" + guarantees +
         R"(
start => route
route: recognize region of customer {
  PH => by_viber
  else => by_sms
}
by_viber: send viber {
  from viber_otp
  to customer
  text "Your parcel is here."
  failed, undelivered after 40s => by_sms
  delivered => more
}
more: await signal again {
  received => jump by_viber max 2 else end
  silent after 30s => end
}
by_sms: send sms {
  from sms_otp
  to customer
  text "Your parcel is here."
  failed => end failed "no SMS"
  sent => end
}
)";
}

struct Built {
  std::unique_ptr<driver::Compilation> compilation;
  std::string text;  // what is wrong
  bundle::Bundle bundle;
};

// Flows: file name → text.
Built build(const std::map<std::string, std::string>& flows, const std::string& workspace = kWorkspace) {
  testing_support::TemporaryFolder folder;
  folder.write("workspace.flow", workspace);
  for (const auto& [name, text] : flows) folder.write(name, text);
  Built built;
  auto compilation = driver::compile(folder.path());
  EXPECT_TRUE(compilation) << compilation.error().message;
  built.compilation = *std::move(compilation);
  for (const auto& one : built.compilation->sink.sorted()) {
    built.text += fmt::format("{}: {}\n", diagnostics::code_text(one.code), one.message);
    for (const std::string& line : one.path) built.text += "  " + line + "\n";
  }
  if (built.compilation->module == nullptr) return built;
  const auto bytes = driver::make_bundle(*built.compilation);
  EXPECT_TRUE(bytes) << bytes.error().message;
  if (bytes) built.bundle = *bundle::read_bundle(*bytes);
  return built;
}

Built build(const std::string& flow, const std::string& workspace = kWorkspace) {
  return build(std::map<std::string, std::string>{{"notice.flow", flow}}, workspace);
}

Status verify(const bundle::Bundle& bundle) {
  return certificate::verify(bundle.module, bundle.certificate, bundle::receipts_within(bundle.declarations),
                             numbers::regions_with_codes());
}

// The tightest of each form.
constexpr const char* kForms = R"(guarantee messages <= 4
guarantee viber messages <= 3
guarantee sms messages <= 1
guarantee last send within 3m
guarantee end within 3m30s
guarantee no double charge
guarantee every region reaches by_sms
guarantee cost <= 0.095USD
)";

const Built& all_forms() {
  static const Built built = build(flow_with(kForms));
  return built;
}

TEST(Forms, EachIsProvenCertifiedAndVerified) {
  const Built& built = all_forms();
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  ASSERT_EQ(built.bundle.module.flows[0].guarantees.size(), 8U);
  const Status verified = verify(built.bundle);
  EXPECT_TRUE(verified) << verified.error().message;
  const Json proofs = Json::parse(built.bundle.certificate)["flows"][0]["proofs"];
  std::string of;
  for (const Json& proof : proofs) of += proof["of"].get<std::string>() + "\n";
  EXPECT_TRUE(Json::parse(built.bundle.certificate)["flows"][0]["unverified"].empty());
  EXPECT_EQ(of, "messages\nmessages viber\nmessages sms\nlast_send\nend\nno_double_charge\nreaches by_sms\ncost\n");
}

// One less than what is promised is refused with a path, by the prover; and no certificate shows it.
TEST(Forms, WhatIsNotSoIsRefusedWithThePathThatBreaksIt) {
  const std::vector<std::pair<const char*, const char*>> broken = {
      {"guarantee messages <= 3", "F0801"},     {"guarantee viber messages <= 2", "F0801"},
      {"guarantee sms messages <= 0", "F0801"}, {"guarantee last send within 179s", "F0802"},
      {"guarantee end within 209s", "F0805"},   {"guarantee every region reaches by_viber", "F0803"},
      {"guarantee cost <= 0.0949USD", "F0807"},
  };
  for (const auto& [guarantee, code] : broken) {
    const Built built = build(flow_with(guarantee));
    EXPECT_EQ(built.compilation->module, nullptr) << guarantee;
    EXPECT_TRUE(built.text.starts_with(code)) << guarantee << "\n" << built.text;
    EXPECT_NE(built.text.find("\n  "), std::string::npos) << "no path: " << built.text;
  }
  // The window in seconds.
  std::string flow = flow_with("guarantee no double charge");
  flow.replace(flow.find("after 40s"), 9, "after 33s");
  const Built built = build(flow);
  EXPECT_EQ(built.compilation->module, nullptr);
  EXPECT_NE(built.text.find("F0806"), std::string::npos) << built.text;
  EXPECT_NE(built.text.find("2s"), std::string::npos) << built.text;
}

TEST(Forms, TighterGuaranteesThanThoseThatWereProvenAreRefused) {
  for (std::size_t i = 0; i < 5; ++i) {
    bundle::Bundle bundle = all_forms().bundle;
    --bundle.module.flows[0].guarantees[i].limit;
    EXPECT_FALSE(verify(bundle)) << i;
  }
  bundle::Bundle cheap = all_forms().bundle;
  --cheap.module.flows[0].guarantees.back().limit;
  EXPECT_FALSE(verify(cheap));
  bundle::Bundle other = all_forms().bundle;
  for (ir::Guarantee& guarantee : other.module.flows[0].guarantees)
    if (guarantee.kind == Kind::reaches) guarantee.step = 1;
  EXPECT_FALSE(verify(other));
  // Receipts take longer than the time to live allows for.
  bundle::Bundle slow = all_forms().bundle;
  slow.declarations.replace(slow.declarations.find("\"5s\""), 4, "\"15s\"");
  EXPECT_FALSE(verify(slow));
  bundle::Bundle undeclared = all_forms().bundle;
  undeclared.declarations = "{}";
  EXPECT_FALSE(verify(undeclared));
}

// Of the first flow alone what asks this question.
Status verify_one(bundle::Bundle bundle, const Json& certificate, const std::string& of) {
  ir::Flow& flow = bundle.module.flows[0];
  std::erase_if(flow.guarantees, [&](const ir::Guarantee& one) { return ir::question_text(flow, one) != of; });
  EXPECT_EQ(flow.guarantees.size(), 1U) << of;
  bundle.certificate = certificate.dump();
  return verify(bundle);
}

// Each number of each proof of a flow made tighter by one, each claim and each way to rest left out; `refused` says
// whether such a certificate is. How many were tried.
std::size_t tighten(const Json& whole, std::size_t flow,
                    const std::function<bool(const Json&, const std::string&)>& refused) {
  std::size_t tried = 0;
  for (std::size_t p = 0; p < whole["flows"][flow]["proofs"].size(); ++p) {
    const Json& proof = whole["flows"][flow]["proofs"][p];
    const Json claims = Json::parse(proof["claims"].get<std::string>());
    const auto changed = [&](const Json& to) {
      Json certificate = whole;
      certificate["flows"][flow]["proofs"][p]["claims"] = to.dump();
      ++tried;
      return refused(certificate, proof["of"]);
    };
    EXPECT_FALSE(changed(claims));
    for (std::size_t place = 0; place < claims.size(); ++place) {
      Json without = claims;
      without.erase(place);
      EXPECT_TRUE(changed(without) || without == claims) << proof["of"] << " without way " << place;
      for (std::size_t i = 0; i < claims[place].size(); ++i) {
        Json fewer = claims;
        fewer[place].erase(i);
        EXPECT_TRUE(changed(fewer)) << proof["of"] << " without claim " << i << " of way " << place;
        Json later = claims;
        later[place][i][0] = claims[place][i][0].get<std::int64_t>() + 1;
        EXPECT_TRUE(changed(later)) << proof["of"] << " claim " << i << " of way " << place << " later";
        Json less = claims;
        less[place][i][1] = claims[place][i][1].get<std::int64_t>() - 1;
        EXPECT_TRUE(changed(less)) << proof["of"] << " claim " << i << " of way " << place << " less";
      }
    }
  }
  return tried;
}

// A certificate claims no less than what executions can do.
TEST(Forms, NoClaimCanBeMadeTighterOrLeftOut) {
  const std::size_t tried = tighten(
      Json::parse(all_forms().bundle.certificate), 0,
      [](const Json& certificate, const std::string& of) { return !verify_one(all_forms().bundle, certificate, of); });
  EXPECT_GT(tried, 150U);
}

// Starts others in each way: `check` sends two messages at most, `hello` one, ten minutes later.
const std::map<std::string, std::string>& starting_flows() {
  static const std::map<std::string, std::string> flows = {{"caller.flow", R"(flow caller "Starts others"
trigger manual
purpose transaction
expires 1h
input customer: phone
guarantee messages <= 100
guarantee sms messages <= 100
guarantee viber messages <= 100
guarantee last send within 10d
guarantee end within 10d
guarantee cost <= 10USD
guarantee every region reaches own
guarantee no double charge
start => first
first: call flow check(customer: customer) {
  done => greet
  failed, expired, late after 30s => own
}
greet: launch flow hello(customer: customer) => own
own: send sms { from sms_otp; to customer; text "Your parcel is here."; failed => end failed "no SMS"; sent => over }
over: forward to hello(customer: customer)
)"},
                                                           {"check.flow", R"(flow check "Is called"
trigger call
purpose transaction
expires 10m
input customer: phone
start => by_viber
by_viber: send viber {
  from viber_otp
  to customer
  text "Is it you?"
  failed, undelivered after 40s => by_sms
  delivered => end
}
by_sms: send sms { from sms_otp; to customer; text "Is it you?"; failed, sent => end }
)"},
                                                           {"hello.flow", R"(flow hello "Is launched"
trigger call
purpose transaction
expires 1h
input customer: phone
start => pause
pause: wait 10m => by_sms
by_sms: send sms { from sms_otp; to customer; text "Hello"; failed, sent => end }
)"}};
  return flows;
}

TEST(Forms, WhatAFlowStartsIsCertified) {
  const Built built = build(starting_flows());
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  const Status verified = verify(built.bundle);
  EXPECT_TRUE(verified) << verified.error().message;
  const Json certificate = Json::parse(built.bundle.certificate);
  EXPECT_TRUE(certificate["flows"][0]["unverified"].empty()) << certificate["flows"][0]["unverified"];
  ASSERT_EQ(built.bundle.module.flows[0].guarantees.size(), 8U);
  // As tight as the prover knows it, and no tighter. Two messages of `check`, three SMS of the others; the call ends
  // after 30 s, its message with it; the own SMS takes up to 20 s, and after that `hello` waits.
  const Json& found = certificate["flows"][0];
  const std::vector<std::int64_t> most = {found["messages"]["at_most"],          found["channels"]["sms"]["at_most"],
                                          found["channels"]["viber"]["at_most"], found["last_send_ms"]["at_most"],
                                          50'000 + 10 * 60'000 + 20'000,         found["cost"]["at_most"]};
  EXPECT_EQ(most, (std::vector<std::int64_t>{5, 4, 1, 650'000, 670'000, 230'000}));
  bundle::Bundle tight = built.bundle;
  for (std::size_t i = 0; i < most.size(); ++i) tight.module.flows[0].guarantees[i].limit = most[i];
  EXPECT_TRUE(verify(tight));
  for (std::size_t i = 0; i < most.size(); ++i) {
    bundle::Bundle tighter = tight;
    --tighter.module.flows[0].guarantees[i].limit;
    EXPECT_FALSE(verify(tighter)) << i;
  }
  // Nobody's certificate claims too little.
  std::size_t tried = 0;
  for (std::size_t flow = 0; flow < certificate["flows"].size(); ++flow)
    tried += tighten(certificate, flow,
                     [&](const Json& changed, const std::string& of) { return !verify_one(tight, changed, of); });
  EXPECT_GT(tried, 200U);
}

// To `no double charge` a start is a message, whatever the other flow does.
TEST(Forms, NothingIsStartedWhileAMessageMayArrive) {
  std::map<std::string, std::string> flows = {{"notice.flow", flow_with("guarantee no double charge")},
                                              {"hello.flow", starting_flows().at("hello.flow")}};
  std::string& notice = flows["notice.flow"];
  notice.replace(notice.find("after 40s => by_sms"), 19, "after 40s => other");
  notice += "other: launch flow hello(customer: customer) => by_sms\n";
  const Built built = build(flows);
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  const Json certificate = Json::parse(built.bundle.certificate);
  EXPECT_TRUE(certificate["flows"][1]["unverified"].empty()) << certificate.dump();
  const Status verified = verify(built.bundle);
  EXPECT_TRUE(verified) << verified.error().message;
  // What sends besides is taken out: the start alone comes too early when receipts take longer.
  std::string alone = notice;
  alone.replace(alone.find("launch flow hello(customer: customer) => by_sms"), 47,
                "launch flow hello(customer: customer) => end");
  flows["notice.flow"] = alone;
  bundle::Bundle slow = build(flows).bundle;
  ASSERT_TRUE(verify(slow));
  const std::size_t within = slow.declarations.find("\"5s\"");
  ASSERT_NE(within, std::string::npos) << slow.declarations;
  slow.declarations.replace(within, 4, "\"15s\"");
  EXPECT_FALSE(verify(slow));
  // The prover says so, too.
  alone.replace(alone.find("after 40s"), 9, "after 33s");
  flows["notice.flow"] = alone;
  const Built early = build(flows);
  EXPECT_EQ(early.compilation->module, nullptr);
  EXPECT_NE(early.text.find("F0806"), std::string::npos) << early.text;
}

// A flow that is started and never comes to its message is none that sends later.
TEST(Forms, WhatIsStartedAndSendsNothingIsNoLastSend) {
  std::map<std::string, std::string> flows = starting_flows();
  std::string& hello = flows["hello.flow"];
  hello.replace(hello.find("pause: wait 10m => by_sms"), 25,
                "pause: wait 10m => mark\nmark: set { tag = \"a\" } => which\n"
                "which: branch { tag == \"b\" => by_sms; else => end }");
  std::string& caller = flows["caller.flow"];
  const std::size_t end = caller.find("guarantee end within");
  caller.erase(end, caller.find('\n', end) + 1 - end);
  caller.replace(caller.find("within 10d"), 10, "within 30s");
  const Built built = build(flows);
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  const Json certificate = Json::parse(built.bundle.certificate);
  EXPECT_TRUE(certificate["flows"][0]["unverified"].empty()) << certificate["flows"][0]["unverified"];
  EXPECT_TRUE(verify(built.bundle));
}

// What is started counts as the module has it: dearer, more, later, others, or not there.
TEST(Forms, WhatIsStartedIsThatOfTheModule) {
  const Built built = build(starting_flows());
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  const std::vector<std::function<void(ir::Module&)>> changes = {
      [](ir::Module& module) { module.flows[1].prices[0].otherwise += 10'000'000; },
      [](ir::Module& module) { module.flows[2].sends[0].parts = 300; },
      [](ir::Module& module) { module.flows[2].sends[0].price = -1; },
      [](ir::Module& module) { module.flows.pop_back(); },
      [](ir::Module& module) { module.flows[2].info.name = "another"; },
      [](ir::Module& module) {
        module.flows[2].info.operations = {module.flows[0].info.operations[0]};
        module.flows[2].info.operations[0].target = "caller";
      },
      [](ir::Module& module) { std::swap(module.flows[1].info.name, module.flows[2].info.name); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    bundle::Bundle bundle = built.bundle;
    changes[i](bundle.module);
    EXPECT_FALSE(verify(bundle)) << i;
  }
}

// Marketing that the contact does not want goes another way, which counts.
TEST(Forms, WhatIsNotWantedIsFollowed) {
  std::string flow = flow_with("guarantee messages <= 2");
  flow.replace(flow.find("purpose transaction"), 19, "purpose marketing");
  flow.replace(flow.find("sent => end\n"), 12, "opted out => more_sms\n  sent => end\n");
  flow.replace(flow.find("jump by_viber max 2 else end"), 28, "end");
  flow += R"(
more_sms: send sms { from sms_otp; to customer; text "Once more"; failed, opted out, sent => end }
)";
  const Built broken = build(flow);
  EXPECT_EQ(broken.compilation->module, nullptr);
  EXPECT_TRUE(broken.text.starts_with("F0801")) << broken.text;
  flow.replace(flow.find("messages <= 2"), 13, "messages <= 3");
  Built built = build(flow);
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  EXPECT_TRUE(verify(built.bundle));
  built.bundle.module.flows[0].guarantees[0].limit = 2;
  EXPECT_FALSE(verify(built.bundle));
}

// Every member of the part that is checked, gone, of another type, or of another text.
void each_forgery(Json& part, const std::function<void()>& see) {
  const Json whole = part;
  for (const Json& other : {Json(nullptr), Json(7), Json("x"), Json::array(), Json::object()}) {
    part = other;
    see();
  }
  part = whole;
  if (!whole.is_structured()) return;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto member = std::next(whole.begin(), static_cast<std::ptrdiff_t>(i));
    if (whole.is_object()) {
      part.erase(member.key());
    } else {
      part.erase(i);
    }
    see();
    part = whole;
    each_forgery(whole.is_object() ? part[member.key()] : part[i], see);
  }
}

TEST(Forms, ForgedCertificatesAreRefused) {
  Json certificate = Json::parse(all_forms().bundle.certificate);
  // What nothing rests on is left out, and for speed some of the proofs.
  const Json flow = certificate["flows"][0];
  certificate["flows"][0] = {{"flow", flow["flow"]}, {"proofs", {flow["proofs"][1], flow["proofs"][7]}}};
  bundle::Bundle bundle = all_forms().bundle;
  auto& guarantees = bundle.module.flows[0].guarantees;
  guarantees = {guarantees[1], guarantees[7]};
  bundle.certificate = certificate.dump();
  ASSERT_TRUE(verify(bundle));
  int tried = 0;
  each_forgery(certificate["flows"], [&] {
    ++tried;
    bundle.certificate = certificate.dump();
    EXPECT_FALSE(verify(bundle)) << certificate.dump();
  });
  EXPECT_GT(tried, 40);
}

TEST(Forms, CertificatesOfOtherFlowsAreRefused) {
  bundle::Bundle bundle = all_forms().bundle;
  Json certificate = Json::parse(bundle.certificate);
  certificate["flows"][0]["flow"] = "another";
  bundle.certificate = certificate.dump();
  EXPECT_FALSE(verify(bundle));
  // A proof of one question for another.
  for (const auto& [from, to] : {std::pair{1, 0}, std::pair{2, 0}, std::pair{0, 3}, std::pair{6, 4}}) {
    Json swapped = Json::parse(all_forms().bundle.certificate);
    Json& proofs = swapped["flows"][0]["proofs"];
    proofs[to]["claims"] = proofs[from]["claims"];
    bundle.certificate = swapped.dump();
    EXPECT_FALSE(verify(bundle)) << from << " for " << to;
  }
  // Of a flow that sends less.
  std::string flow = flow_with(kForms);
  flow.replace(flow.find("jump by_viber max 2"), 19, "jump by_viber max 1");
  const Built smaller = build(flow);
  ASSERT_NE(smaller.compilation->module, nullptr) << smaller.text;
  bundle.certificate = smaller.bundle.certificate;
  EXPECT_FALSE(verify(bundle));
}

// What messages cost is read off the IR: dearer prices, more parts or no price, and the certificate shows it no more.
TEST(Forms, PricesAreThoseOfTheProgram) {
  const std::vector<std::function<void(ir::Flow&)>> dearer = {
      [](ir::Flow& flow) { flow.prices[0].regions[0].second += 1; },
      [](ir::Flow& flow) { flow.prices[0].regions.clear(); },
      [](ir::Flow& flow) { flow.prices[1].regions[0].second += 100'000; },
      [](ir::Flow& flow) { flow.prices[1].otherwise += 100'000; },
      [](ir::Flow& flow) { flow.sends[0].parts = 2; },
      [](ir::Flow& flow) { flow.sends[1].parts = 2; },
      [](ir::Flow& flow) { flow.sends[0].price = -1; },
      [](ir::Flow& flow) { flow.sends[1].price = -1; },
      [](ir::Flow& flow) { flow.sends[1].price = 0, flow.prices[0].otherwise = limits::kPriceMax; },
  };
  for (std::size_t i = 0; i < dearer.size(); ++i) {
    bundle::Bundle bundle = all_forms().bundle;
    ir::Flow& flow = bundle.module.flows[0];
    flow.guarantees = {flow.guarantees.back()};
    ASSERT_TRUE(verify(bundle));
    dearer[i](flow);
    ASSERT_TRUE(ir::verify(flow)) << i;
    EXPECT_FALSE(verify(bundle)) << i;
  }
}

// The hours of the night count, and what clocks may be set back by in them.
TEST(Forms, QuietHoursAreCertified) {
  const std::string quiet =
      std::string(kWorkspace) + "zone \"Asia/Manila\"\nquiet hours 21:00..08:00 for transaction\n";
  for (const auto& [within, code] : {std::pair{"44h3m", ""}, std::pair{"44h2m", "F0804"}}) {
    const Built built = build(flow_with(fmt::format("guarantee last send within {}", within), "2d"), quiet);
    if (*code != 0) {
      EXPECT_TRUE(built.text.starts_with(code)) << built.text;
      continue;
    }
    ASSERT_NE(built.compilation->module, nullptr) << built.text;
    EXPECT_EQ(built.bundle.module.flows[0].guarantees.size(), 1U) << built.bundle.certificate;
    const Status verified = verify(built.bundle);
    EXPECT_TRUE(verified) << verified.error().message;
  }
}

// Jumps within jumps: more ways to rest than a certificate may list, so it gets credits instead.
TEST(Forms, BoundsThatAreOnlyKnownCoarselyAreCertifiedToo) {
  std::string flow = flow_with("guarantee messages <= 150\nguarantee sms messages <= 62");
  flow.replace(flow.find("jump by_viber max 2 else end"), 28, "pick");
  flow += R"(
pick: random {
  34% => jump more max 60 else end
  33% => jump by_viber max 60 else end
  33% => jump more max 61 else end
}
)";
  const Built built = build(flow);
  ASSERT_NE(built.compilation->module, nullptr) << built.text;
  ASSERT_EQ(built.bundle.module.flows[0].guarantees.size(), 2U);
  const Status verified = verify(built.bundle);
  EXPECT_TRUE(verified) << verified.error().message;
  // What a jump may bring is paid for.
  for (std::size_t p = 0; p < 2; ++p) {
    bundle::Bundle cheap = built.bundle;
    Json certificate = Json::parse(cheap.certificate);
    Json& credits = certificate["flows"][0]["proofs"][p]["credits"];
    ASSERT_FALSE(credits.empty());
    for (Json& credit : credits) credit = 0;
    cheap.certificate = certificate.dump();
    EXPECT_FALSE(verify(cheap));
    bundle::Bundle less = built.bundle;
    less.module.flows[0].guarantees[p].limit = 40;
    EXPECT_FALSE(verify(less));
  }
}

}  // namespace
}  // namespace flow
