// The providers' side of the API.
#include <atomic>

#include "runtime/http/problem.h"
#include "runtime/ingress/api.h"

namespace flow::ingress {
namespace {

http::Response refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::not_found:
      return http::problem(404, "not_found", "there is nothing here");
    case ErrorCode::permission_denied:
      return http::problem(401, "webhook_refused", "not signed by the provider");
    case ErrorCode::resource_exhausted:
      return http::problem(413, "body_too_large", "the request's body is too large");
    default:
      return http::problem(400, "invalid_request", "the request is not valid", error.message);
  }
}

ReportFate fate_of(service::ReceiptVerdict verdict) {
  switch (verdict) {
    case service::ReceiptVerdict::applied:
      return ReportFate::applied;
    case service::ReceiptVerdict::repeated:
      return ReportFate::repeated;
    case service::ReceiptVerdict::unknown_execution:
      return ReportFate::unknown_execution;
  }
  return ReportFate::unknown_execution;
}

// Answers when the last report has been taken in; anything that could not be makes the provider repeat them all, which
// does no harm.
struct Gathering {
  Gathering(const Reply& responder, std::size_t count) : respond(responder), waiting(count) {}

  Reply respond;
  std::atomic<std::size_t> waiting;
  std::atomic<bool> failed = false;

  void one(bool good) {
    if (!good) failed = true;
    if (waiting.fetch_sub(1) != 1) return;
    respond(failed ? http::problem(503, "overloaded", "too much to do: try again")
                   : http::Response{200, {{"content-type", "text/plain"}}, ""});
  }
};

// What a kind promises and the provider left out makes it one that promises nothing.
service::InboundMessage message_of(const std::string& channel, channels::Inbound inbound) {
  service::InboundMessage out;
  out.channel = channel;
  out.sender = std::move(inbound.sender);
  out.message_id = std::move(inbound.message_id);
  out.name = std::move(inbound.name);
  out.account = std::move(inbound.account);
  out.to = std::move(inbound.to);
  out.age_ms = inbound.age_ms;
  program::Reply& reply = out.reply;
  reply.kind = inbound.kind;
  if (program::has_url(reply.kind) && inbound.url.empty()) reply.kind = program::ReplyKind::other;
  if (program::has_place(reply.kind) && !inbound.latitude) reply.kind = program::ReplyKind::other;
  reply.text = std::move(inbound.text);
  reply.choice = std::move(inbound.choice);
  reply.url = std::move(inbound.url);
  reply.latitude = inbound.latitude.value_or(0);
  reply.longitude = inbound.longitude.value_or(0);
  return out;
}

}  // namespace

void Api::handshake(const std::string& channel, const http::Request& request, const Reply& respond) const {
  auto answer = channels_.handshake(channel, request);
  if (!answer) return respond(refusal(answer.error()));
  respond({200, {{"content-type", "text/plain"}, {"x-content-type-options", "nosniff"}}, std::move(*answer)});
}

void Api::webhook(const std::string& channel, const http::Request& request, const Reply& respond) const {
  auto reports = channels_.webhook(channel, request);
  if (!reports) return respond(refusal(reports.error()));
  report(channel, std::move(*reports), respond);
}

void Api::report(const std::string& channel, channels::Reports reports, const Reply& respond) const {
  if (reports.ignored > 0) metrics_->reports(ReportFate::ignored).add(static_cast<double>(reports.ignored));
  const std::size_t count = reports.reports.size() + reports.inbound.size();
  if (count == 0) return respond({200, {{"content-type", "text/plain"}}, ""});
  const auto gathering = std::make_shared<Gathering>(respond, count);
  for (auto& report : reports.reports) {
    service::ReceiptReport receipt;
    receipt.execution = report.correlation.execution;
    receipt.message = report.correlation.message;
    receipt.attempt = report.correlation.attempt;
    receipt.status = report.status;
    receipt.reason = std::move(report.reason);
    receipt.provider_message_id = std::move(report.provider_message_id);
    receipt.received_at_ms = clock_.now_ms();
    service_.receipt(std::move(receipt),
                     [gathering, metrics = metrics_](service::Outcome<service::ReceiptVerdict> outcome) {
                       metrics->reports(outcome ? fate_of(*outcome) : ReportFate::failed).add();
                       gathering->one(outcome.has_value());
                     });
  }
  for (auto& inbound : reports.inbound) {
    service_.inbound(
        message_of(channel, std::move(inbound)),
        [gathering](const service::Outcome<service::InboundVerdict>& outcome) { gathering->one(outcome.has_value()); });
  }
}

}  // namespace flow::ingress
