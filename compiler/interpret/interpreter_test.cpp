#include "compiler/interpret/interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"

namespace flow::interpret {
namespace {

using program::Effect;
using program::EffectKind;
using program::EndKind;
using program::EventKind;
using program::FlowEvent;
using program::Frame;
using program::Receipt;
using program::Timer;
using program::Verdict;

std::int64_t by_prefix(std::string_view e164) {
  if (e164.starts_with("+63")) return 'P' << 8 | 'H';
  if (e164.starts_with("+60")) return 'M' << 8 | 'Y';
  if (e164.starts_with("+1")) return 'U' << 8 | 'S';
  return 0;
}

std::string sample() {
  std::ifstream file(FLOW_SOURCE_DIR "/compiler/ir/testdata/sample.ir", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::unique_ptr<program::Program> load(std::string_view text) {
  auto flow = ir::parse_flow(text);
  EXPECT_TRUE(flow) << flow.error().message;
  const Status status = ir::verify(*flow);
  EXPECT_TRUE(status) << status.error().message;
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(std::move(*flow));
  return make_interpreter(std::move(module), 0);
}

FlowEvent event(EventKind kind, std::int64_t at) {
  FlowEvent made{};
  made.kind = std::to_underlying(kind);
  made.signal = -1;
  made.at_ms = at;
  return made;
}

class Sample : public testing::Test {
 protected:
  void begin(std::string_view phone) {
    frame_.reset(program_->info());
    frame_.set_text(0, phone);
    frame_.set_text(1, "482913");
    frame_.set_text(2, " Small\t");
    EXPECT_EQ(step(event(EventKind::start, 1000)), Verdict::changed);
  }

  // Advances a copy that was stored and read back, so that nothing lives on in memory only.
  Verdict step(const FlowEvent& what) {
    const std::string before = encode_state(frame_);
    EXPECT_TRUE(decode_state(before, program_->info(), frame_));
    const Verdict verdict = program_->advance(frame_, what);
    if (verdict == Verdict::ignored) {
      EXPECT_EQ(encode_state(frame_), before);
      EXPECT_TRUE(frame_.effects().empty());
    }
    return verdict;
  }
  Verdict receipt(std::uint32_t message, Receipt status, std::int64_t at) {
    FlowEvent what = event(EventKind::receipt, at);
    what.message = message;
    what.receipt = std::to_underlying(status);
    return step(what);
  }
  Verdict timer(Timer which, std::int64_t at) {
    FlowEvent what = event(EventKind::timer, at);
    what.timer = std::to_underlying(which);
    return step(what);
  }
  std::vector<EffectKind> kinds() const {
    std::vector<EffectKind> out;
    for (const Effect& effect : frame_.effects()) out.push_back(effect.kind);
    return out;
  }

  std::unique_ptr<program::Program> program_ = load(sample());
  Frame frame_{by_prefix};
};

TEST_F(Sample, SendsAndFallsBack) {
  begin("+639171234567");
  EXPECT_EQ(kinds(), (std::vector{EffectKind::enter, EffectKind::enter, EffectKind::timer, EffectKind::timer,
                                  EffectKind::send}));
  const Effect sent = frame_.effects().back();
  EXPECT_EQ(sent.to, "+639171234567");
  EXPECT_EQ(sent.text, "Your code is 48291310PHtrue");
  EXPECT_EQ(sent.ttl_ms, 25'000);
  EXPECT_EQ(sent.not_after_ms, 31'000);
  EXPECT_TRUE(sent.secret);
  EXPECT_EQ(timer(Timer::handover, 30'999), Verdict::ignored);
  EXPECT_EQ(timer(Timer::handover, 31'000), Verdict::changed);
  EXPECT_EQ(kinds(), (std::vector{EffectKind::withdraw, EffectKind::enter, EffectKind::timer, EffectKind::timer,
                                  EffectKind::send}));
  EXPECT_EQ(receipt(1, Receipt::failed, 33'000), Verdict::changed);
  EXPECT_EQ(receipt(2, Receipt::failed, 34'000), Verdict::changed);
  EXPECT_EQ(kinds(), (std::vector{EffectKind::end}));
  EXPECT_EQ(frame_.effects()[0].end, EndKind::failed);
  EXPECT_EQ(frame_.effects()[0].reason,
            "no \x1b"
            "channel ☎");
  EXPECT_EQ(frame_.raw().fields[1].present, 0U);
  EXPECT_EQ(receipt(2, Receipt::read, 35'000), Verdict::changed);
  EXPECT_EQ(kinds(), (std::vector{EffectKind::late_receipt}));
  EXPECT_EQ(receipt(2, Receipt::read, 36'000), Verdict::ignored);
}

TEST_F(Sample, ALateReceiptFiresTheHandler) {
  begin("+639171234567");
  EXPECT_EQ(timer(Timer::undelivered, 31'000), Verdict::changed);
  EXPECT_EQ(receipt(0, Receipt::sent, 32'000), Verdict::changed);
  EXPECT_EQ(kinds(), (std::vector{EffectKind::late_receipt, EffectKind::withdraw, EffectKind::end}));
  EXPECT_EQ(frame_.effects().back().end, EndKind::outcome);
  EXPECT_EQ(frame_.rest().end_outcome, 0);
}

TEST_F(Sample, FollowsTheBranches) {
  begin("+60123456789");
  EXPECT_EQ(frame_.effects().back().template_index, 0);
  EXPECT_EQ(frame_.effects().back().language, "en");
  begin("+12125550123");
  EXPECT_EQ(frame_.effects().back().end, EndKind::failed);
  begin("+9991234");
  EXPECT_EQ(frame_.effects().back().end, EndKind::failed);
  begin("+639171234567");
  EXPECT_EQ(receipt(0, Receipt::delivered, 2000), Verdict::changed);
  EXPECT_EQ(frame_.raw().resting, 3);
  EXPECT_EQ(frame_.next_deadline(), 7000);
  EXPECT_EQ(timer(Timer::wait, 7000), Verdict::changed);
  EXPECT_EQ(frame_.raw().resting, 1);
}

TEST_F(Sample, SignalsAndExpiry) {
  begin("+639171234567");
  FlowEvent signal = event(EventKind::signal, 2000);
  EXPECT_EQ(step(signal), Verdict::ignored);
  signal.signal = 0;
  EXPECT_EQ(step(signal), Verdict::changed);
  EXPECT_EQ(frame_.effects().back().end, EndKind::done);
  EXPECT_EQ(step(signal), Verdict::ignored);
  EXPECT_EQ(step(event(EventKind::start, 3000)), Verdict::ignored);
  begin("+639171234567");
  EXPECT_EQ(step(event(EventKind::start, 3000)), Verdict::ignored);
  EXPECT_EQ(timer(Timer::expires, 1000 + 5'400'000), Verdict::changed);
  EXPECT_EQ(frame_.effects().back().end, EndKind::expired);
}

TEST_F(Sample, NothingMovesBeforeTheStart) {
  frame_.reset(program_->info());
  for (EventKind kind : {EventKind::receipt, EventKind::timer, EventKind::signal})
    EXPECT_EQ(step(event(kind, 1)), Verdict::ignored);
}

TEST_F(Sample, ATooLongTextEndsTheExecution) {
  frame_.reset(program_->info());
  frame_.set_text(0, "+639171234567");
  frame_.set_text(1, std::string(limits::kTextValueBytesMax, '1'));
  EXPECT_EQ(step(event(EventKind::start, 1000)), Verdict::changed);
  EXPECT_EQ(frame_.effects().back().reason, "a text became too long");
  EXPECT_EQ(frame_.raw().resting, program::kEnded);
}

// Flows that verification accepts, whatever they are, run every sequence of events without harm: states stay readable,
// and each event ends.
TEST(Interpreter, VerifiedMutantsAreHarmless) {
  const std::string text = sample();
  std::mt19937_64 random(42);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  const char* const swaps[] = {"b0",
                               "b1",
                               "b2",
                               "b3",
                               "i0",
                               "i1",
                               "i2",
                               "t0",
                               "t2",
                               "1",
                               "2",
                               "leave",
                               "forget",
                               "first",
                               "pause",
                               "handover",
                               "wait",
                               "\"enter first\"",
                               "\"enter pause\""};
  int ran = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string mutant = text;
    for (std::size_t edits = 1 + pick(2); edits > 0; --edits) {
      const std::string from = swaps[pick(std::size(swaps))];
      const std::size_t at = mutant.find(from, pick(mutant.size()));
      if (at != std::string::npos) mutant.replace(at, from.size(), swaps[pick(std::size(swaps))]);
    }
    auto flow = ir::parse_flow(mutant);
    if (!flow || !ir::verify(*flow)) continue;
    ++ran;
    auto module = std::make_shared<ir::Module>();
    module->flows.push_back(std::move(*flow));
    const auto program = make_interpreter(module, 0);
    Frame frame(by_prefix);
    frame.reset(program->info());
    frame.set_text(0, pick(2) == 0 ? "+639171234567" : "+60123456789");
    std::int64_t now = 1000;
    for (int i = 0; i < 20; ++i) {
      FlowEvent what = event(i == 0 ? EventKind::start : static_cast<EventKind>(pick(4)), now);
      what.message = static_cast<std::uint32_t>(pick(3));
      what.receipt = static_cast<std::int32_t>(pick(6));
      what.signal = static_cast<std::int32_t>(pick(2)) - 1;
      what.timer = static_cast<std::int32_t>(pick(5));
      const std::string before = encode_state(frame);
      const Verdict verdict = program->advance(frame, what);
      const std::string state = encode_state(frame);
      ASSERT_TRUE(verdict == Verdict::changed || (state == before && frame.effects().empty())) << mutant;
      frame.clear_effects();
      const Status status = decode_state(state, program->info(), frame);
      ASSERT_TRUE(status) << status.error().message << "\n" << mutant;
      ASSERT_EQ(encode_state(frame), state);
      now += static_cast<std::int64_t>(pick(40'000));
    }
  }
  EXPECT_GT(ran, 100);
}

// A flow that says which case of its only switch it took: its place, or -1 for `else`.
std::string with_cases(const std::vector<std::int64_t>& cases) {
  std::string ways;
  std::string blocks;
  for (std::size_t i = 0; i <= cases.size(); ++i) {
    const bool last = i == cases.size();
    ways += last ? fmt::format("else: b{}", i + 1) : fmt::format("{}: b{}, ", cases[i], i + 1);
    blocks += fmt::format("  b{}:\n    i1 = const_int {}\n    store taken i1\n    finish done\n", i + 1,
                          last ? -1 : static_cast<std::int64_t>(i));
  }
  return fmt::format(
      "flow_ir 1\n\nflow cases \"Cases\" {{\n  purpose \"transaction\"\n  expires 1h\n  counters 0\n  handlers 0\n"
      "  field asked: number input\n  field taken: number variable\n  step ask \"wait\"\n  start \"start\"\n  ended "
      "\"ended\"\n"
      "  function \"start\" registers ii {{\n  b0:\n    begin\n    i0 = load asked\n    switch i0 {{ {} }}\n{}  }}\n"
      "  function \"ended\" {{\n  b0:\n    ignore\n  }}\n}}\n",
      ways, blocks);
}

// Cases that are near each other are decoded into another form than others.
TEST(Switch, TakesTheCaseOfItsValue) {
  const std::vector<std::int64_t> all[] = {{},
                                           {0},
                                           {1, 2, 3},
                                           {3, 1, 2},
                                           {-1, 0, 4},
                                           {5, -3},
                                           {0, 15},
                                           {0, 16},
                                           {-128},
                                           {-129},
                                           {110, 111},
                                           {126, 127},
                                           {128},
                                           {-128, 1000},
                                           {INT64_MIN, INT64_MAX},
                                           {INT64_MAX, -2}};
  for (const auto& cases : all) {
    auto flow = ir::parse_flow(with_cases(cases));
    ASSERT_TRUE(flow) << flow.error().message;
    const Status status = ir::verify(*flow);
    ASSERT_TRUE(status) << status.error().message;
    auto module = std::make_shared<ir::Module>();
    module->flows.push_back(std::move(*flow));
    const auto program = make_plain_interpreter(std::move(module), 0);
    std::vector<std::int64_t> asked = {0, 1, -1, 15, 16, 17, 127, 128, INT64_MIN, INT64_MAX, INT64_MIN + 1};
    for (const std::int64_t one : cases)
      asked.insert(asked.end(), {one, one - (one > INT64_MIN), one + (one < INT64_MAX)});
    for (const std::int64_t value : asked) {
      Frame frame(by_prefix);
      frame.reset(program->info());
      frame.set_scalar(0, value);
      EXPECT_EQ(program->advance(frame, event(EventKind::start, 1000)), Verdict::changed);
      const auto found = std::find(cases.begin(), cases.end(), value);
      EXPECT_EQ(frame.raw().fields[1].scalar, found == cases.end() ? -1 : found - cases.begin()) << value;
    }
  }
}

}  // namespace
}  // namespace flow::interpret
