// Any bytes as the text of a flow's IR. What parses and verifies prints back to itself and runs every sequence of
// events without harm: an ignored event changes nothing, a state can always be read again. What the passes make of it
// verifies, too, and gives the same effects and states.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/optimize/optimize.h"

namespace {

using namespace flow;

std::int64_t region_of(std::string_view e164) {
  return e164.ends_with("1") ? 'P' << 8 | 'H' : 0;
}

void fill_inputs(program::Frame& frame, std::uint64_t seed) {
  const auto& fields = frame.info().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].role != program::FieldRole::input || (seed >> (i % 64) & 1) != 0) continue;
    if (program::is_text(fields[i].type))
      frame.set_text(i, i % 2 == 0 ? "+639171234561" : "Ünsub ");
    else
      frame.set_scalar(i, i % 2 == 0 ? 1'500'000 : ('P' << 8 | 'H'));
  }
}

void run(const program::Program& program, const program::Program& optimised, std::uint64_t seed) {
  program::Frame frame(region_of);
  program::Frame other(region_of);
  frame.reset(program.info());
  fill_inputs(frame, seed);
  std::int64_t now = 1'000'000;
  for (int i = 0; i < 12; ++i) {
    program::FlowEvent event{};
    event.kind = i == 0 ? 0 : static_cast<std::int32_t>(seed % 4);
    event.message = static_cast<std::uint32_t>(seed / 4 % 3);
    event.receipt = static_cast<std::int32_t>(seed / 16 % 6);
    event.timer = static_cast<std::int32_t>(seed / 128 % 5);
    event.signal = static_cast<std::int32_t>(seed / 1024 % 3) - 1;
    event.at_ms = now;
    now += static_cast<std::int64_t>(seed >> 20 & 0xFFFFF);
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const std::string before = encode_state(frame);
    const program::Verdict verdict = program.advance(frame, event);
    const std::string after = encode_state(frame);
    if (verdict == program::Verdict::ignored) FLOW_CHECK(before == after && frame.effects().empty());
    FLOW_CHECK(decode_state(before, program.info(), other).has_value());
    FLOW_CHECK(optimised.advance(other, event) == verdict && encode_state(other) == after);
    FLOW_CHECK(other.effects() == frame.effects());
    frame.clear_effects();
    other.clear_effects();
    const Status status = decode_state(after, program.info(), frame);
    FLOW_CHECK(status.has_value(), "{}", status.error().message);
    FLOW_CHECK(encode_state(frame) == after);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(size, '\0');
  std::uint64_t seed = 1;
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(data[i]);
    seed = seed * 31 + data[i];
  }
  ir::AsPrinted as_printed;
  auto flow = ir::parse_flow(text, &as_printed);
  if (!flow) return 0;
  const std::string printed = ir::print(*flow);
  FLOW_CHECK(ir::is_printed(text, *flow, as_printed) == (printed == text));
  if (!ir::verify(*flow)) return 0;
  const auto again = ir::parse_flow(printed);
  FLOW_CHECK(again && *again == *flow, "{}", printed);
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(std::move(*flow));
  const Status verified = ir::verify(optimize::optimize(module->flows[0]), ir::Form::optimised);
  FLOW_CHECK(verified.has_value(), "after the passes: {}", verified.error().message);
  const auto program = interpret::make_plain_interpreter(module, 0);
  const auto optimised = interpret::make_interpreter(module, 0);
  for (std::uint64_t i = 0; i < 4; ++i) run(*program, *optimised, seed + i * 0x9E3779B97F4A7C15U);
  return 0;
}
