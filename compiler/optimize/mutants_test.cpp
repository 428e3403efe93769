// Flows that nobody would lower, yet verify: what the passes make of them verifies as well, and does the same.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "compiler/interpret/interpreter.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "compiler/optimize/optimize.h"
#include "tests/differential/generate.h"
#include "tests/support/long_run.h"

namespace flow::optimize {
namespace {

using program::EventKind;
using program::FlowEvent;
using program::Frame;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(engine_() % end); }

 private:
  std::mt19937_64 engine_;
};

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

// Where the words of the functions stand: names, registers, blocks, numbers.
struct Word {
  std::size_t at = 0;
  std::string text;
};
std::vector<Word> words(const std::string& flow) {
  std::vector<Word> found;
  for (std::size_t at = flow.find("  function "); at < flow.size();) {
    std::size_t end = at;
    while (end < flow.size() && in_word(flow[end])) ++end;
    if (end > at) found.push_back({at, flow.substr(at, end - at)});
    at = end + 1;
  }
  return found;
}

// A word becomes another one of the text that begins alike, once or twice.
std::string mutant(const std::string& flow, Random& random) {
  std::string made = flow;
  for (std::size_t edits = 1 + random.below(2); edits > 0; --edits) {
    const std::vector<Word> all = words(made);
    const Word& one = all[random.below(all.size())];
    for (int tries = 0; tries < 40; ++tries) {
      const Word& other = all[random.below(all.size())];
      const bool alike = other.text[0] == one.text[0] || random.below(16) == 0;
      if (other.text == one.text || !alike) continue;
      made.replace(one.at, one.text.size(), other.text);
      break;
    }
  }
  return made;
}

void fill(Frame& frame, Random random) {
  const auto& fields = frame.info().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].role != program::FieldRole::input || (fields[i].optional && random.below(2) == 0)) continue;
    if (program::is_text(fields[i].type))
      frame.set_text(i, random.below(2) == 0 ? "+639171234567" : "yes");
    else
      frame.set_scalar(i, random.below(2) == 0 ? 1'000'000 : 'P' << 8 | 'H');
  }
}

FlowEvent next(Random& random, std::size_t number, std::int64_t now) {
  static constexpr program::FlowField kValues[] = {{5'000'000, {"yes", 3}, 1}, {0, {"text", 4}, 1}};
  FlowEvent event{};
  event.kind = number == 0 ? 0 : static_cast<std::int32_t>(random.below(6));
  event.message = static_cast<std::uint32_t>(random.below(3));
  event.receipt = static_cast<std::int32_t>(random.below(7));
  event.signal = static_cast<std::int32_t>(random.below(3)) - 1;
  event.timer = static_cast<std::int32_t>(random.below(program::kTimerCount));
  event.operation = static_cast<std::uint32_t>(random.below(3));
  event.outcome = static_cast<std::int32_t>(random.below(3));
  event.values = kValues;
  event.value_count = random.below(3);
  event.at_ms = now;
  return event;
}

class Comparison {
 public:
  explicit Comparison(ir::Flow flow) {
    auto module = std::make_shared<ir::Module>();
    module->flows.push_back(std::move(flow));
    plain_ = interpret::make_plain_interpreter(module, 0);
    optimised_ = interpret::make_interpreter(module, 0);
  }

  ::testing::AssertionResult run(Random random) {
    one_.reset(plain_->info());
    fill(one_, random);
    std::string state = encode_state(one_);
    std::int64_t now = 1'795'168'800'000;
    for (std::size_t i = 0; i < 14; ++i) {
      const FlowEvent event = next(random, i, now);
      now += static_cast<std::int64_t>(random.below(100'000));
      if (!decode_state(state, plain_->info(), one_) || !decode_state(state, plain_->info(), other_))
        return ::testing::AssertionFailure() << "event " << i << ": the state does not decode";
      const program::Verdict verdict = plain_->advance(one_, event);
      if (optimised_->advance(other_, event) != verdict)
        return ::testing::AssertionFailure() << "event " << i << ": another verdict";
      state = encode_state(one_);
      if (encode_state(other_) != state) return ::testing::AssertionFailure() << "event " << i << ": another state";
      if (other_.effects() != one_.effects())
        return ::testing::AssertionFailure() << "event " << i << ": other effects";
    }
    return ::testing::AssertionSuccess();
  }

 private:
  std::unique_ptr<program::Program> plain_;
  std::unique_ptr<program::Program> optimised_;
  Frame one_{generate::region_of};
  Frame other_{generate::region_of};
};

TEST(Mutants, ThatVerifyStayWhatTheyAre) {
  std::ifstream file(FLOW_SOURCE_DIR "/compiler/ir/testdata/sample.ir", std::ios::binary);
  std::vector<std::string> bases = {{std::istreambuf_iterator<char>(file), {}}};
  for (std::uint64_t seed = 0; seed < 12; ++seed)
    bases.push_back(ir::print(lower::lower(generate::workspace(generate::derive(9, seed))).flows[0]));
  const int rounds = testing_support::long_run() ? 60'000 : 3'000;
  Random random(11);
  int ran = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string text = mutant(bases[random.below(bases.size())], random);
    auto flow = ir::parse_flow(text);
    if (!flow || !ir::verify(*flow)) continue;
    ++ran;
    const ir::Flow made = optimize(*flow);
    const Status status = ir::verify(made, ir::Form::optimised);
    ASSERT_TRUE(status) << status.error().message << "\n" << text << "\n" << ir::print(made);
    Comparison comparison(std::move(*flow));
    for (int sequence = 0; sequence < 3; ++sequence)
      ASSERT_TRUE(comparison.run(Random(random.below(SIZE_MAX)))) << text << "\n" << ir::print(made);
  }
  EXPECT_GT(ran, rounds / 40);
}

}  // namespace
}  // namespace flow::optimize
