#include "compiler/driver/runner.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "numbers/numbers.h"
#include "runtime/program/json.h"

namespace flow::driver {
namespace {

using program::EventKind;
using program::FlowEvent;
using program::Timer;
using program::WrittenEvent;

struct Line {
  WrittenEvent written;
  std::size_t number = 0;
};

bool is(const FlowEvent& event, EventKind kind) {
  return event.kind == std::to_underlying(kind);
}

FlowEvent make_event(EventKind kind, std::int64_t at_ms) {
  FlowEvent event{};
  event.kind = std::to_underlying(kind);
  event.signal = -1;
  event.message = program::kNoMessage;
  event.at_ms = at_ms;
  return event;
}

WrittenEvent make_start(std::int64_t at_ms) {
  WrittenEvent written;
  written.event = make_event(EventKind::start, at_ms);
  return written;
}

Result<std::vector<Line>> read_lines(std::string_view text, const program::FlowInfo& info, std::int64_t start_ms) {
  if (text.size() > limits::kEventFileBytesMax)
    return fail(ErrorCode::invalid_argument, "the events are more than {} bytes", limits::kEventFileBytesMax);
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto event = program::read_event(line, info, start_ms);
    if (!event) return fail(ErrorCode::invalid_argument, "line {}: {}", number, event.error().message);
    if (!lines.empty() && event->event.at_ms < lines.back().written.event.at_ms)
      return fail(ErrorCode::invalid_argument, "line {}: \"at\" is before that of the event above", number);
    lines.push_back({std::move(*event), number});
  }
  const bool started = !lines.empty() && is(lines.front().written.event, EventKind::start);
  if (started) return lines;
  if (!lines.empty() && lines.front().written.event.at_ms < start_ms)
    return fail(ErrorCode::invalid_argument, "line {}: \"at\" is before the start", lines.front().number);
  lines.insert(lines.begin(), Line{make_start(start_ms), 0});
  return lines;
}

class Runner {
 public:
  Runner(const program::Program& program, const RunOptions& options)
      : program_(program), options_(options), frame_(numbers::region_of) {}

  Result<std::string> run(const std::vector<core::InputValue>& inputs, std::vector<Line>& lines) {
    frame_.reset(program_.info());
    core::put_inputs(inputs, frame_);
    for (Line& line : lines) {
      FlowEvent& event = line.written.event;
      // At one instant a receipt or signal comes before the timers.
      const bool timers_first = is(event, EventKind::timer);
      if (Status status = fire_timers(timers_first ? event.at_ms : event.at_ms - 1); !status)
        return std::unexpected(std::move(status.error()));
      if (Status status = resolve(line); !status) return std::unexpected(std::move(status.error()));
      line.written.point_to_texts();
      feed(event);
    }
    if (Status status = fire_timers(program::kNever - 1); !status) return std::unexpected(std::move(status.error()));
    return std::move(out_);
  }

 private:
  // Fires what is due up to `until_ms`, each at its own time.
  Status fire_timers(std::int64_t until_ms) {
    Timer timer{};
    for (std::int64_t due = frame_.next_deadline(&timer); due <= until_ms; due = frame_.next_deadline(&timer)) {
      FlowEvent event = make_event(EventKind::timer, std::max(due, now_ms_));
      event.timer = std::to_underlying(timer);
      if (feed(event) == program::Verdict::ignored)
        return fail(ErrorCode::internal, "timer `{}` is due and nothing handles it", program::to_string(timer));
    }
    return {};
  }

  Status resolve_result(Line& line) {
    const program::FlowFrame& raw = frame_.raw();
    if (raw.resting != *line.written.result_of || frame_.rest().current_operation == program::kNoOperation)
      return fail(ErrorCode::invalid_argument, "line {}: step `{}` does not wait for a result then", line.number,
                  program_.info().steps[static_cast<std::size_t>(*line.written.result_of)].name);
    line.written.event.operation = frame_.rest().current_operation;
    return {};
  }

  // A receipt by step is for the last message that the step has sent by now, a result for the operation under way.
  Status resolve(Line& line) {
    if (line.written.result_of) return resolve_result(line);
    if (!line.written.message_of) return {};
    const auto& messages = frame_.messages();
    for (std::size_t i = messages.size(); i-- > 0;) {
      if (messages[i].step != *line.written.message_of) continue;
      line.written.event.message = static_cast<std::uint32_t>(i);
      return {};
    }
    return fail(ErrorCode::invalid_argument, "line {}: step `{}` has sent no message by then", line.number,
                program_.info().steps[static_cast<std::size_t>(*line.written.message_of)].name);
  }

  program::Verdict feed(const FlowEvent& event) {
    now_ms_ = event.at_ms;
    const std::int32_t resting = frame_.raw().resting;
    const program::Verdict verdict = program_.advance(frame_, event);
    if (options_.show_events) print(program::event_line(event, program_.info(), resting));
    for (const program::Effect& effect : frame_.effects())
      print(program::effect_line(effect, event.at_ms, program_.info(), options_.reveal));
    frame_.clear_effects();
    return verdict;
  }

  void print(const std::string& line) { out_.append(line).append("\n"); }

  const program::Program& program_;
  RunOptions options_;
  program::Frame frame_;
  std::int64_t now_ms_ = INT64_MIN;
  std::string out_;
};

}  // namespace

Result<std::string> run_events(const program::Program& program, const std::vector<core::InputValue>& inputs,
                               std::string_view events, const RunOptions& options) {
  auto lines = read_lines(events, program.info(), options.start_ms);
  if (!lines) return std::unexpected(std::move(lines.error()));
  return Runner(program, options).run(inputs, *lines);
}

}  // namespace flow::driver
