// Any bytes as the inputs of a start and as a line of events: what comes from outside as JSON. What is read as inputs
// keeps what the flow declares; an event that is read is written and read as the same again.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/core/inputs.h"
#include "runtime/program/json.h"
#include "runtime/program/text.h"

namespace {

using namespace flow;

const program::FlowInfo& info() {
  static const program::FlowInfo made = [] {
    program::FlowInfo out;
    out.name = "fuzz";
    const char* const names[] = {"text", "number", "boolean", "duration", "phone", "region", "language"};
    for (std::size_t i = 0; i < 7; ++i) {
      program::FieldInfo& field = out.fields.emplace_back();
      field.name = names[i];
      field.type = static_cast<program::ValueType>(i);
      field.optional = true;
    }
    out.fields[0].chars_min = 2;
    out.fields[0].chars_max = 8;
    out.steps = {{"sms", "send sms"}};
    out.signals = {"verified"};
    return out;
  }();
  return made;
}

void check_inputs(std::string_view text) {
  const auto values = core::read_inputs(text, info(), "PH");
  if (!values) return;
  for (const core::InputValue& value : *values) {
    FLOW_CHECK(value.text.size() <= limits::kTextValueBytesMax && program::is_utf8(value.text));
    if (value.field == 0) FLOW_CHECK(program::count_characters(value.text) - 2 <= 6);
    if (value.field == 2) FLOW_CHECK(value.scalar == 0 || value.scalar == 1);
    FLOW_CHECK(value.scalar <= limits::kNumberUnitsMax && value.scalar >= -limits::kNumberUnitsMax);
  }
  program::Frame frame([](std::string_view) { return std::int64_t{0}; });
  frame.reset(info());
  core::put_inputs(*values, frame);
  FLOW_CHECK(decode_state(encode_state(frame), info(), frame).has_value());
}

void check_event(std::string_view text) {
  auto event = program::read_event(text, info(), 1'795'168'800'000);
  if (!event || event->message_of || event->result_of || event->event.signal < 0) return;
  event->point_to_texts();
  const std::string line = program::event_line(event->event, info());
  if (line.size() > limits::kEventLineBytesMax) return;
  auto again = program::read_event(line, info(), 0);
  FLOW_CHECK(again.has_value(), "{}: {}", line, again.error().message);
  again->point_to_texts();
  FLOW_CHECK(program::event_line(again->event, info()) == line, "{}", line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(data[i]);
  check_inputs(text);
  check_event(text);
  return 0;
}
