// Certificates of generated flows: what the prover proves the checker accepts, what is not so it refuses; programs and
// certificates that somebody has changed are refused or keep their promise all the same.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/limits.h"
#include "compiler/certificate/checker.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "compiler/prove/certify.h"
#include "compiler/prove/starts.h"
#include "tests/differential/generate.h"
#include "tests/differential/random.h"
#include "tests/proofs/executions.h"
#include "tests/proofs/replay.h"
#include "tests/proofs/samples.h"
#include "tests/support/long_run.h"
#include "tests/support/sanitized.h"

namespace flow::prove {
namespace {

using Json = nlohmann::json;

// FLOW_TEST_LONG=1 looks at twenty times as many, a sanitized build at an eighth.
std::uint64_t many(std::uint64_t count) {
  if (testing_support::kSanitized) count /= 8;
  return testing_support::long_run() ? 20 * count : count;
}

struct Certified {
  Sample sample;
  ir::Module module;
  certificate::ReceiptsWithin receipts;
  Json certificate;
};

Certified certified(Sample sample) {
  Certified result{std::move(sample), {}, {}, {}};
  result.module = lower::lower(result.sample.workspace);
  for (const check::Channel& channel : result.sample.workspace.channels)
    result.receipts[channel.name] = channel.receipts_within_ms;
  const std::vector<std::string> proofs =
      make_proofs(result.sample.workspace, result.module, sample_numbers(), result.receipts);
  result.certificate["flows"] = Json::array();
  for (std::size_t i = 0; i < proofs.size(); ++i)
    result.certificate["flows"].push_back(
        {{"flow", result.module.flows[i].info.name}, {"proofs", Json::parse(proofs[i])}});
  return result;
}

Certified certified(std::uint64_t i) {
  return certified(draw(i));
}

// Of what the bounds on a proof's size and work leave without one: `unverified` in a bundle.
bool is_without_proof(const Status& status) {
  const std::string_view message = status ? "" : std::string_view(status.error().message);
  return message.ends_with("there is no proof of it") || message.ends_with("it starts a flow that does not show it");
}

// Of one guarantee.
Status verify(const Certified& one, std::size_t guarantee) {
  ir::Module module = one.module;
  module.flows[0].guarantees = {one.module.flows[0].guarantees[guarantee]};
  return certificate::verify(module, one.certificate.dump(), one.receipts, sample_numbers());
}

TEST(Certificates, ShowWhatIsProvenAndNothingElse) {
  std::uint64_t proven = 0;
  std::uint64_t refused = 0;
  std::uint64_t coarse = 0;
  std::uint64_t without = 0;
  std::uint64_t starting = 0;  // those of flows that start others
  for (std::uint64_t i = 0; i < many(160); ++i) {
    const Certified one = certified(i);
    for (const GuaranteeResult& result : one.sample.certificate.guarantees) {
      const Status status = verify(one, result.guarantee);
      const std::string name = guarantee_text(*one.sample.flow, one.sample.flow->guarantees[result.guarantee]);
      if (result.verdict == Verdict::proven) {
        starting += one.module.flows.size() > 1 ? 1 : 0;
        // A coarser proof, of a flow with too many ways to rest, may show a little less.
        const bool weaker = !status && status.error().message.find("it comes to") != std::string::npos;
        const bool none = is_without_proof(status);
        EXPECT_TRUE(status || weaker || none) << "flow " << i << ", " << name << ": " << status.error().message;
        coarse += weaker ? 1 : 0;
        without += none ? 1 : 0;
        ++proven;
      }
      if (result.verdict == Verdict::broken) {
        EXPECT_FALSE(status) << "flow " << i << ", " << name;
        ++refused;
      }
    }
  }
  EXPECT_GT(proven, many(100));
  EXPECT_LE(coarse, proven / 200);
  EXPECT_LE(without, proven / 1000);
  EXPECT_GT(refused, many(50));
  EXPECT_GT(starting, many(20));
}

// This flow goes from jump to jump without resting: each is taken no more often than it may, on the coarse way too, or
// there are more ways than memory has room for.
TEST(Certificates, OfJumpsAfterJumpsAreMadeInBoundedWork) {
  const Certified one = certified(760);
  for (std::size_t i = 0; i < one.module.flows[0].guarantees.size(); ++i)
    if (const Status status = verify(one, i); !status)
      EXPECT_NE(status.error().message.find("it comes to"), std::string::npos) << status.error().message;
}

// What a flow that is started adds is shown in its own certificate, or nothing is shown.
TEST(Certificates, OfAFlowThatStartsOthersNeedThoseOfTheOthers) {
  std::uint64_t tried = 0;
  for (std::uint64_t i = 0; i < many(200); ++i) {
    Certified one = certified(i);
    if (one.module.flows.size() < 2) continue;
    ir::Flow& flow = one.module.flows[0];
    flow.guarantees = {{ir::Guarantee::Kind::messages, {}, 1000, 0}};
    const auto shown = [&](const ir::Module& module, const Json& certificate) {
      return certificate::verify(module, certificate.dump(), one.receipts, sample_numbers()).has_value();
    };
    if (!shown(one.module, one.certificate)) continue;  // of the cost there may be nothing else
    ++tried;
    for (std::size_t other = 1; other < one.module.flows.size(); ++other) {
      Json without = one.certificate;
      without["flows"].erase(other);
      EXPECT_FALSE(shown(one.module, without)) << "flow " << i;
    }
    ir::Module alone = one.module;
    alone.flows.resize(1);
    EXPECT_FALSE(shown(alone, one.certificate)) << "flow " << i;
    ir::Module circle = one.module;
    for (program::OperationInfo& site : circle.flows[0].info.operations)
      if (site.target == "other_flow") site.target = flow.info.name;
    EXPECT_FALSE(shown(circle, one.certificate)) << "flow " << i;
  }
  EXPECT_GT(tried, many(8));
}

// Changes one number, or deletes, doubles or swaps a few bytes.
std::string mutated(generate::Random& random, std::string text, bool numbers_only) {
  if (text.empty()) return text;
  const auto at = static_cast<std::size_t>(random.below(text.size()));
  const std::size_t digit = text.find_first_of("0123456789", at);
  if ((numbers_only || random.chance(70)) && digit != std::string::npos) {
    text[digit] = static_cast<char>('0' + random.below(10));
    return text;
  }
  const std::size_t size = std::min<std::size_t>(1 + random.below(6), text.size() - at);
  if (random.chance(50)) return text.erase(at, size);
  return text.insert(at, text.substr(random.below(text.size()), size));
}

// A promise that is false finds no certificate, however its proof is changed.
TEST(Certificates, OfWhatIsFalseAreRefusedHoweverTheyAreChanged) {
  std::uint64_t tried = 0;
  for (std::uint64_t i = 0; i < many(40); ++i) {
    Certified one = certified(i);
    ir::Module module = one.module;
    ir::Flow& flow = module.flows[0];
    const std::int64_t reached = one.sample.certificate.messages.reached;
    if (reached == 0) continue;
    flow.guarantees = {{ir::Guarantee::Kind::messages, {}, reached - 1, 0}};
    Json& proof = one.certificate["flows"][0]["proofs"][0];
    const std::string claims = proof["claims"];
    generate::Random random(generate::derive(i, 7));
    for (int n = 0; n < 50; ++n, ++tried) {
      std::string changed = claims;
      for (std::uint64_t k = 0; k <= random.below(4); ++k) changed = mutated(random, changed, n % 2 == 0);
      proof["claims"] = changed;
      EXPECT_FALSE(certificate::verify(module, one.certificate.dump(), one.receipts, sample_numbers()))
          << "flow " << i << ": " << changed;
    }
  }
  EXPECT_GT(tried, many(320));
}

// Somebody changes the program and keeps the certificate.
TEST(Certificates, OfChangedProgramsAreRefusedOrStillTrue) {
  std::uint64_t understood = 0;
  std::uint64_t accepted = 0;
  for (std::uint64_t i = 0; i < many(40); ++i) {
    const Certified one = certified(i);
    const auto inputs = some_inputs(one.sample.workspace, *one.sample.flow, 2);
    generate::Random random(generate::derive(i, 11));
    for (int n = 0; n < 40; ++n) {
      ir::Module module = one.module;
      ir::Flow& changed = module.flows[random.below(module.flows.size())];
      auto flow = ir::parse_flow(mutated(random, ir::print(changed), n % 4 != 0));
      if (!flow || !ir::verify(*flow)) continue;
      ++understood;
      changed = *std::move(flow);
      const std::vector<ir::Guarantee> guarantees = module.flows[0].guarantees;
      for (const ir::Guarantee& guarantee : guarantees) {
        module.flows[0].guarantees = {guarantee};
        if (!certificate::verify(module, one.certificate.dump(), one.receipts, sample_numbers())) continue;
        ++accepted;
        const Executions executions(module.flows[0], region_of_number, seen_of_others(one.sample, module, {40, 8}));
        for (const auto& given : inputs)
          executions.run(given, 0, {40, 8}, [&](const Done& done) {
            EXPECT_TRUE(keeps(done, guarantee)) << "flow " << i << ", change " << n;
          });
      }
    }
  }
  EXPECT_GT(understood, many(300));
  EXPECT_GT(accepted, many(100));
}

// Arming one of the timers that share a place disarms the other: a proof that counts on both must not be let in. Of
// steps that some execution comes to.
TEST(Certificates, OfAStepThatWaitsForTwoThingsIsRefused) {
  std::uint64_t changed = 0;
  for (std::uint64_t i = 0; i < many(64); ++i) {
    const Certified one = certified(i);
    const ir::Flow& original = one.module.flows[0];
    if (original.guarantees.empty() || !verify(one, 0)) continue;
    std::string text = ir::print(original);
    const std::size_t at = text.find("arm handover ");
    if (at == std::string::npos) continue;
    constexpr std::string_view kEnter = "\n    enter ";
    const std::size_t enter = text.rfind(kEnter, at) + kEnter.size();
    const std::string step = text.substr(enter, text.find('\n', enter) - enter);
    std::set<std::int32_t> sent;
    const Executions executions(original, region_of_number);
    for (const auto& given : some_inputs(one.sample.workspace, *one.sample.flow, 4))
      executions.run(given, 0, {400, 8}, [&](const Done& done) { sent.insert(done.sent.begin(), done.sent.end()); });
    const auto place = std::ranges::find(original.info.steps, step, &program::StepInfo::name);
    if (!sent.contains(static_cast<std::int32_t>(place - original.info.steps.begin()))) continue;
    const std::size_t end = text.find('\n', at);
    text.insert(end, "\n    arm wait " + text.substr(at + 13, end - at - 13));
    const auto flow = ir::parse_flow(text);
    ASSERT_TRUE(flow) << flow.error().message;
    ASSERT_TRUE(ir::verify(*flow));
    ir::Module module = one.module;
    module.flows[0] = *flow;
    module.flows[0].guarantees = {original.guarantees[0]};
    EXPECT_FALSE(certificate::verify(module, one.certificate.dump(), one.receipts, sample_numbers())) << "flow " << i;
    ++changed;
  }
  EXPECT_GT(changed, many(8));
}

TEST(Certificates, ThatAreNoneAreRefused) {
  const Certified one = certified(2);
  ir::Module module = one.module;
  module.flows[0].guarantees = {{ir::Guarantee::Kind::messages, {}, 1000, 0}};
  const auto refused = [&](const std::string& certificate) {
    return !certificate::verify(module, certificate, one.receipts, sample_numbers());
  };
  const std::string whole = one.certificate.dump();
  ASSERT_FALSE(refused(whole));
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 40)
    EXPECT_TRUE(refused(whole.substr(0, size))) << size;
  for (const char* text : {"", "{}", "[]", "null", "7", R"({"flows": 7})", R"({"flows": [7, {"flow": 7}, []]})"})
    EXPECT_TRUE(refused(text)) << text;
  EXPECT_TRUE(refused(std::string(1'000'000, '[')));
  Json changed = one.certificate;
  Json& claims = changed["flows"][0]["proofs"][0]["claims"];
  for (const char* text : {"", "0", "{}", "[]", "[[0,0]]", "[[[0]]]", "[[[0,\"a\"]]]", "[[[0,1e300]]]", "[[[0,0]]",
                           "[[[0,99999999999999999999]]]", "[[[-9223372036854775808,0]]]", "null", "[null,[null]]"}) {
    claims = text;
    EXPECT_TRUE(refused(changed.dump())) << text;
  }
  for (const Json& other : {Json(7), Json(nullptr), Json::array(), Json::object()}) {
    claims = other;
    EXPECT_TRUE(refused(changed.dump())) << other;
  }
  // More ways to rest than a proof may list are not even looked at.
  std::string many_claims = "[[[0,0]]";
  for (std::size_t i = 0; i < limits::kProofLabelsMax; ++i) many_claims += ",[[0,0]]";
  claims = many_claims + "]";
  EXPECT_TRUE(refused(changed.dump()));
  // A way to rest with so many claims that each event would have to be held against all of them.
  std::string crowded = "[[";
  for (std::size_t i = 0; i < 2 * limits::kProofLabelsMax; ++i) crowded += fmt::format("[{},{}],", i, i);
  claims = crowded + "[0,0]]]";
  EXPECT_TRUE(refused(changed.dump()));
  Json credited = one.certificate;
  for (const Json& credits : {Json(7), Json::array({"a"}), Json::array({-1}), Json::object({{"a", 1}})}) {
    credited["flows"][0]["proofs"][0]["credits"] = credits;
    refused(credited.dump());  // whatever it says, it says it
  }
}

}  // namespace
}  // namespace flow::prove
