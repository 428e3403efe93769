#include "runtime/program/intrinsics.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "runtime/program/chance.h"
#include "runtime/program/frame.h"
#include "runtime/program/functions.h"
#include "runtime/program/inlined.h"
#include "runtime/program/number.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

std::string_view view(const FlowText& text) {
  return {text.data, text.size};
}
FlowText as_text(std::string_view text) {
  return {text.data(), text.size()};
}
Frame& host(FlowFrame* frame) {
  return *static_cast<Frame*>(frame->host->owner);
}

template <typename Write>
void write_value(FlowFrame* frame, FlowText* out, Write write) {
  char* place = host(frame).arena().allocate(kValueTextBytesMax);
  *out = {place, write(place)};
}

template <typename Write>
std::int64_t write_case(FlowFrame* frame, FlowText* out, const FlowText* a, Write write) {
  if (!host(frame).may_make_text()) return 0;
  char* place = host(frame).arena().allocate(2 * a->size);
  const std::size_t size = write(place, view(*a));
  if (size > limits::kTextValueBytesMax) return 0;
  *out = {place, size};
  return 1;
}

}  // namespace
}  // namespace flow::program

using namespace flow::program;
namespace limits = flow::limits;

extern "C" {

std::int64_t flow_number_multiply(std::int64_t* out, std::int64_t a, std::int64_t b) {
  return number_multiply(a, b, *out) ? 1 : 0;
}
std::int64_t flow_number_round(std::int64_t* out, std::int64_t a) {
  return number_round(a, *out) ? 1 : 0;
}
std::int64_t flow_duration_in(std::int64_t* out, std::int64_t ms, std::int64_t unit_ms) {
  return duration_in(ms, unit_ms, *out) ? 1 : 0;
}

std::int64_t flow_text_equal(const FlowText* a, const FlowText* b) {
  return view(*a) == view(*b) ? 1 : 0;
}
std::int64_t flow_text_fold_equal(const FlowText* a, const FlowText* b) {
  return fold_equal(view(*a), view(*b)) ? 1 : 0;
}
std::int64_t flow_text_contains(const FlowText* a, const FlowText* b) {
  if (b->size == 0) return 1;
  return memmem(a->data, a->size, b->data, b->size) != nullptr ? 1 : 0;  // linear on hostile texts, unlike find()
}
std::int64_t flow_text_fold_contains(const FlowText* a, const FlowText* b) {
  return fold_contains(view(*a), view(*b)) ? 1 : 0;
}
std::int64_t flow_text_starts(const FlowText* a, const FlowText* b) {
  return view(*a).starts_with(view(*b)) ? 1 : 0;
}
std::int64_t flow_text_ends(const FlowText* a, const FlowText* b) {
  return view(*a).ends_with(view(*b)) ? 1 : 0;
}
std::int64_t flow_text_blank(const FlowText* a) {
  return is_blank(view(*a)) ? 1 : 0;
}
std::int64_t flow_text_length(const FlowText* a) {
  return static_cast<std::int64_t>(count_characters(view(*a))) * limits::kNumberScale;
}
void flow_text_trim(FlowText* out, const FlowText* a) {
  *out = as_text(trim(view(*a)));
}
void flow_text_left(FlowText* out, const FlowText* a, std::int64_t number) {
  const std::int64_t count = number < 0 ? 0 : number / limits::kNumberScale;
  *out = as_text(left_characters(view(*a), static_cast<std::uint64_t>(count)));
}
std::int64_t flow_text_lower(FlowFrame* frame, FlowText* out, const FlowText* a) {
  return write_case(frame, out, a, write_lower);
}
std::int64_t flow_text_upper(FlowFrame* frame, FlowText* out, const FlowText* a) {
  return write_case(frame, out, a, write_upper);
}
void flow_text_of_number(FlowFrame* frame, FlowText* out, std::int64_t units) {
  write_value(frame, out, [units](char* place) { return write_number(place, units); });
}
void flow_text_of_boolean(FlowText* out, std::int64_t value) {
  *out = as_text(value != 0 ? std::string_view("true") : std::string_view("false"));
}
void flow_text_of_duration(FlowFrame* frame, FlowText* out, std::int64_t ms) {
  write_value(frame, out, [ms](char* place) { return write_duration(place, ms); });
}
void flow_text_of_region(FlowFrame* frame, FlowText* out, std::int64_t region) {
  write_value(frame, out, [region](char* place) { return write_region(place, region); });
}

std::int64_t flow_call(FlowFrame* frame, std::int64_t function, FlowValue* out, const FlowValue* operands) {
  const auto id = static_cast<FunctionId>(function);
  if (info(id).gives_text() && !host(frame).may_make_text()) return trapped(Trap::text_too_long);
  FlowValue result{};
  const CallStatus status = call_function(id, host(frame).arena(), operands, result);
  if (status == kCallGood) *out = result;
  return status;
}

std::int64_t flow_region_of(FlowFrame* frame, const FlowText* e164) {
  return host(frame).region_of(view(*e164));
}

std::int64_t flow_calling_code_of(const FlowText* e164) {
  return calling_code(view(*e164)) * limits::kNumberScale;
}

std::int64_t flow_region_allowed(FlowFrame* frame, std::int64_t region) {
  const auto& allowed = host(frame).info().allowed_regions;
  if (allowed.empty()) return 1;
  char letters[kValueTextBytesMax];
  const std::string_view name(letters, write_region(letters, region));
  for (const std::string& one : allowed)
    if (!name.empty() && one == name) return 1;
  return 0;
}

std::int64_t flow_bucket(const FlowText* salt, const FlowText* key) {
  return bucket_of(view(*salt), view(*key));
}

void flow_take_values(FlowFrame* frame, const FlowEvent* event, std::uint32_t site) {
  const auto& reads = host(frame).info().operations[site].reads;
  for (std::size_t i = 0; i < reads.size(); ++i)
    flow_take_value(frame, event, reads[i].field, static_cast<std::int64_t>(i));
}

void flow_take_value(FlowFrame* frame, const FlowEvent* event, std::uint32_t number, std::int64_t place) {
  FlowField& field = frame->fields[number];
  field = FlowField{0, {"", 0}, 0};
  const auto i = static_cast<std::uint64_t>(place);
  if (i >= event->value_count || event->values[i].present == 0) return;
  field = event->values[i];
  if (is_text(host(frame).info().fields[number].type)) field.text = host(frame).arena().copy(view(field.text));
}

void flow_forget(FlowFrame* frame) {
  const auto& fields = host(frame).info().fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].role == FieldRole::variable) frame->fields[i] = FlowField{0, {"", 0}, 0};
}

void flow_finish(FlowFrame* frame, std::int32_t end, std::int32_t outcome, const FlowText* reason) {
  const auto& fields = host(frame).info().fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].secret) frame->fields[i] = FlowField{0, {"", 0}, 0};
  inlined::finish(frame, end, outcome, reason);
}

void flow_more_effects(FlowFrame* frame) {
  host(frame).more_effects();
}
void flow_more_operands(FlowFrame* frame, std::uint64_t count) {
  host(frame).more_operands(count);
}
void flow_more_text(FlowFrame* frame, std::uint64_t bytes) {
  host(frame).arena().make_room(bytes);
}
void flow_more_messages(FlowFrame* frame) {
  host(frame).more_messages();
}

void flow_trap(FlowFrame* frame, std::int32_t trap) {
  flow_leave(frame);
  constexpr std::string_view kReasons[kTrapCount] = {"a number left its range", "a text became too long",
                                                     "a date left its range", "a time zone is not known here"};
  const FlowText reason = as_text(kReasons[trap]);
  flow_finish(frame, std::to_underlying(EndKind::failed), -1, &reason);
}

}  // extern "C"
