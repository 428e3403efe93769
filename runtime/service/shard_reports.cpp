// `report to`: status reports for somebody else, too, when they are durable here.
#include "runtime/program/json.h"
#include "runtime/service/shard.h"
#include "runtime/service/trace.h"

namespace flow::service {

// What is new of a message of the open execution.
void Shard::report_on(const ReceiptReport& report) {
  if (parts_.operations == nullptr || !load_frame() || report.message >= frame_.messages().size()) return;
  const program::FlowInfo& info = code().info();
  const auto step = static_cast<std::size_t>(frame_.messages()[report.message].step);
  if (step >= info.steps.size() || info.steps[step].report_to.empty()) return;
  const std::string id = core::to_string(work_.head.id);
  const std::string_view status = program::to_string(report.status);
  operations::Report telling;
  telling.url = info.steps[step].report_to;
  telling.idempotency_key = fmt::format("{}-{}-{}", id, report.message, status);
  telling.body = fmt::format(R"({{"execution":"{}","flow":"{}","step":"{}","message":{},"status":"{}","at_ms":{}}})",
                             id, info.name, info.steps[step].name, report.message, status, last_now_ms_);
  telling.traceparent = format_trace(work_.image.trace);
  Asking asking;
  asking.program = code().program;
  asking.report = std::move(telling);
  asking_.push_back(std::move(asking));
  ++step_asking_;
}

// Once: whoever misses one asks for the execution.
void Shard::tell(Asking& asking) {
  const std::shared_ptr<const program::Program> program = std::move(asking.program);
  parts_.operations->tell(program->info(), *std::move(asking.report), [](const operations::Answer&) {});
}

}  // namespace flow::service
