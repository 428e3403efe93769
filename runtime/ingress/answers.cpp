#include "runtime/ingress/answers.h"

#include <algorithm>

#include "runtime/http/problem.h"
#include "runtime/ingress/times.h"

namespace flow::ingress {
namespace {

using http::Json;

// Members that are empty are left out: an answer shows what there is.
void put(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

void put_time(Json& object, const char* name, const std::optional<std::int64_t>& ms) {
  if (ms) object[name] = format_time(*ms);
}

std::string_view title_of(service::Problem problem) {
  using enum service::Problem;
  switch (problem) {
    case invalid_request:
      return "the request is not valid";
    case invalid_input:
      return "an input is not valid";
    case invalid_bundle:
      return "not a valid bundle";
    case unbound_channel:
      return "a channel of the bundle is not configured";
    case unbound_operation:
      return "what the bundle asks is not configured";
    case no_secret_key:
      return "no sealing key is configured";
    case unknown_bundle:
      return "no such bundle";
    case unknown_flow:
      return "no such flow";
    case not_published:
      return "the flow is not published";
    case unknown_execution:
      return "no such execution";
    case unknown_signal:
      return "the flow knows no such signal";
    case idempotency_conflict:
      return "the idempotency key was used with another request";
    case discarded:
      return "the discard time has passed";
    case invalid_cursor:
      return "the cursor is not valid";
    case overloaded:
      return "too much to do: try again";
    case too_many_executions:
      return "too many executions: try again";
    case low_space:
      return "the disk is nearly full";
    case not_owner:
      return "another node has it: try again";
    case shutting_down:
      return "shutting down: try again";
    case storage_failed:
      return "the store failed";
    case internal:
      return "an internal error";
  }
  return "an internal error";
}

}  // namespace

int status_of(service::Problem problem) {
  using enum service::Problem;
  switch (problem) {
    case invalid_request:
    case invalid_cursor:
      return 400;
    case unknown_bundle:
    case unknown_flow:
    case unknown_execution:
      return 404;
    case unbound_channel:
    case unbound_operation:
    case no_secret_key:
    case not_published:
    case idempotency_conflict:
    case discarded:
      return 409;
    case invalid_input:
    case invalid_bundle:
    case unknown_signal:
      return 422;
    case overloaded:
    case too_many_executions:
    case not_owner:
    case shutting_down:
      return 503;
    case low_space:
      return 507;
    case storage_failed:
    case internal:
      return 500;
  }
  return 500;
}

http::Response json_response(int status, const Json& body) {
  return {status, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, http::dump(body) + "\n"};
}

Json fault_json(const service::Fault& fault) {
  const http::Response response =
      http::problem(status_of(fault.problem), to_string(fault.problem), title_of(fault.problem), fault.error.message);
  return Json::parse(response.body);
}

http::Response fault_response(const service::Fault& fault) {
  http::Response response;
  response.status = status_of(fault.problem);
  response.headers = {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}};
  if (response.status == 503 || fault.retry_after_ms > 0) {
    const std::int64_t seconds = std::max<std::int64_t>(1, (fault.retry_after_ms + 999) / 1000);
    response.headers.emplace_back("retry-after", std::to_string(seconds));
  }
  response.body = http::dump(fault_json(fault)) + "\n";
  return response;
}

Json to_json(const service::BundleView& bundle) {
  return {{"version", bundle.version}, {"deployed_at", format_time(bundle.deployed_at_ms)}, {"flows", bundle.flows}};
}

Json to_json(const service::PublishedFlow& flow) {
  Json out = {
      {"flow", flow.flow}, {"changed_at", format_time(flow.changed_at_ms)}, {"published", !flow.bundle.empty()}};
  put(out, "bundle", flow.bundle);
  return out;
}

Json to_json(const service::StartAnswer& answer) {
  return {{"execution", to_string(answer.execution)},
          {"bundle", answer.bundle},
          {"started_at", format_time(answer.started_at_ms)},
          {"repeated", answer.repeated}};
}

http::Response start_response(const service::StartAnswer& answer) {
  // An id, a hash in hexadecimal and a time: nothing that JSON would have to escape.
  return {answer.repeated ? 200 : 201,
          {{"content-type", "application/json"}, {"cache-control", "no-store"}},
          fmt::format(R"({{"bundle":"{}","execution":"{}","repeated":{},"started_at":"{}"}})"
                      "\n",
                      answer.bundle, to_string(answer.execution), answer.repeated, format_time(answer.started_at_ms))};
}

Json to_json(const service::ExecutionSummary& summary) {
  Json out = {{"execution", to_string(summary.execution)},
              {"flow", summary.flow},
              {"bundle", summary.bundle},
              {"messages", summary.messages},
              {"started_at", format_time(summary.started_at_ms)},
              {"changed_at", format_time(summary.changed_at_ms)}};
  put(out, "step", summary.step);
  put(out, "party", summary.party);
  put(out, "end", summary.end);
  put(out, "outcome", summary.outcome);
  put(out, "reason", summary.reason);
  put_time(out, "ended_at", summary.ended_at_ms);
  if (summary.caller) out["caller"] = to_string(*summary.caller);
  return out;
}

Json to_json(const service::TimelineEntry& entry) {
  Json out = {{"at", format_time(entry.at_ms)}, {"kind", to_string(entry.kind)}};
  put(out, "step", entry.step);
  if (entry.message) out["message"] = *entry.message;
  put(out, "channel", entry.channel);
  put(out, "status", entry.status);
  put(out, "detail", entry.detail);
  put_time(out, "due_at", entry.due_at_ms);
  return out;
}

Json to_json(const service::ExecutionView& view) {
  Json out = to_json(view.summary);
  Json timeline = Json::array();
  for (const auto& entry : view.timeline) timeline.push_back(to_json(entry));
  out["timeline"] = std::move(timeline);
  return out;
}

Json to_json(const service::ListPage& page) {
  Json executions = Json::array();
  for (const auto& summary : page.executions) executions.push_back(to_json(summary));
  Json out = {{"executions", std::move(executions)}};
  put(out, "next_cursor", page.next_cursor);
  return out;
}

Json to_json(const service::EraseAnswer& answer) {
  return {{"ended", answer.ended}, {"erased", answer.erased}};
}

Json to_json(const service::ShardView& shard) {
  return {{"first_slot", shard.first_slot},
          {"last_slot", shard.last_slot},
          {"running", shard.running},
          {"timers", shard.timers},
          {"sends_waiting", shard.sends_waiting},
          {"sends_in_flight", shard.sends_in_flight},
          {"requests_waiting", shard.requests_waiting},
          {"batches", shard.batches},
          {"batches_behind", shard.batches_behind},
          {"log_queued_bytes", shard.log_queued_bytes},
          {"purging", shard.purging},
          {"memory_bytes", shard.memory_bytes}};
}

Json to_json(const service::RawView& view) {
  Json out = to_json(view.view);
  out["revision"] = view.revision;
  out["order"] = view.order;
  out["bundle_number"] = view.bundle;
  out["flow_number"] = view.flow;
  out["image_bytes"] = view.image_bytes;
  if (view.next_deadline_ms != program::kNever) out["next_deadline"] = format_time(view.next_deadline_ms);
  Json pending = Json::array();
  for (const service::PendingView& each : view.pending) {
    pending.push_back({{"message", each.message},
                       {"channel", each.channel},
                       {"attempts", each.attempts},
                       {"next_attempt_at", format_time(each.next_attempt_ms)},
                       {"not_after", format_time(each.not_after_ms)},
                       {"in_flight", each.in_flight}});
  }
  out["pending"] = std::move(pending);
  return out;
}

}  // namespace flow::ingress
