// Flows by hand with one step, which asks something and waits a minute for the answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "runtime/program/intrinsics.h"
#include "runtime/program/program.h"

namespace flow::service::testing {

inline constexpr std::int64_t kAnswerWithinMs = 60'000;

// When it is late it ends as failed, with the reason "late"; the signal `stop` ends it as done.
class OneQuestion : public program::Program {
 public:
  const program::FlowInfo& info() const final { return info_; }

  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const final {
    program::FlowFrame* raw = &frame.raw();
    switch (static_cast<program::EventKind>(event.kind)) {
      case program::EventKind::start:
        begin(frame, event);
        return program::Verdict::changed;
      case program::EventKind::timer:
        return timer(raw, event);
      case program::EventKind::result:
        return result(raw, event);
      case program::EventKind::signal:
        if (raw->resting == program::kEnded || flow_fire(raw, 0) == 0) return program::Verdict::ignored;
        flow_leave(raw);
        finish(raw, program::EndKind::done, "");
        return program::Verdict::changed;
      default:
        return program::Verdict::ignored;
    }
  }

 protected:
  explicit OneQuestion(std::string name) {
    info_.name = std::move(name);
    info_.title = "by hand";
    info_.purpose = "transaction";
    info_.expires_ms = 10 * kAnswerWithinMs;
    info_.signals = {"stop"};
    info_.handlers = 1;
  }

  virtual void begin(program::Frame& frame, const program::FlowEvent& event) const = 0;
  virtual program::Verdict result(program::FlowFrame* raw, const program::FlowEvent& event) const = 0;

  static void finish(program::FlowFrame* raw, program::EndKind end, std::string_view why) {
    const program::FlowText reason{why.data(), why.size()};
    flow_finish(raw, static_cast<std::int32_t>(end), -1, why.empty() ? nullptr : &reason);
    static_cast<program::Frame*>(raw->host->owner)->effects();  // read while the reason is there
  }

  program::FlowInfo info_;

 private:
  static program::Verdict timer(program::FlowFrame* raw, const program::FlowEvent& event) {
    const std::int64_t taken = flow_timer_take(raw, &event);
    if (taken < 0) return program::Verdict::ignored;
    flow_leave(raw);
    if (taken == static_cast<std::int64_t>(program::Timer::expires))
      finish(raw, program::EndKind::expired, "");
    else
      finish(raw, program::EndKind::failed, "late");
    return program::Verdict::changed;
  }
};

}  // namespace flow::service::testing
