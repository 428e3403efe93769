#include "runtime/channels/channels.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/channels/vonage_viber/vonage_viber.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

namespace flow::channels {
namespace {

using outbox::SendClass;
using outbox::SendResult;

// Connections for everything that all channels may have under way at once.
http::ClientOptions client_options(const config::Config& config) {
  http::ClientOptions options;
  std::size_t in_flight = 0;
  for (const auto& [name, channel] : config.channels) in_flight += channel.in_flight_max;
  options.connections_max = static_cast<long>(std::clamp<std::size_t>(in_flight, 1, 4096));
  options.connections_per_host_max = static_cast<long>(std::clamp<std::size_t>(in_flight, 1, 4096));
  options.requests_max = std::max(options.requests_max, 2 * in_flight);
  return options;
}

SendResult result_of(const Adapter& adapter, const http::ClientOutcome& outcome) {
  if (outcome) return adapter.answer(*outcome);
  const auto& [error, sent] = outcome.error();
  // What never left is certainly not taken; what may have left may have been.
  return {sent ? SendClass::unknown : SendClass::transient, "", error.message, 0};
}

outbox::ChannelPolicy policy_of(const config::Channel& channel, program::ChannelKind kind) {
  outbox::ChannelPolicy policy;
  policy.kind = kind;
  policy.at_most_once = channel.at_most_once;
  policy.in_flight_max = channel.in_flight_max;
  policy.per_second = channel.sends_per_second;
  policy.burst = channel.burst;
  policy.queue_max = channel.queue_max;
  policy.queue_time_max_ms = channel.queue_time_max.count();
  policy.account = config::account_of(channel);
  const config::Breaker& breaker = channel.breaker;
  policy.breaker = {.consecutive_failures = breaker.consecutive_failures,
                    .failure_percent = breaker.failure_percent,
                    .window_attempts_min = breaker.window_attempts_min,
                    .window_ms = breaker.window.count(),
                    .pause_ms = breaker.pause.count(),
                    .pause_ms_max = breaker.pause_max.count(),
                    .probes = breaker.probes};
  return policy;
}

}  // namespace

Channels::Channels(const config::Config& config, const std::string& public_url,
                   std::function<std::int64_t()> real_now_ms)
    : real_now_ms_(std::move(real_now_ms)), client_(client_options(config)) {
  if (config.channels.empty()) return;
  correlator_ = std::make_shared<const Correlator>(config.sealing_keys);
  for (const auto& [name, channel] : config.channels) {
    std::shared_ptr<const Adapter> adapter;
    if (const auto* whatsapp = std::get_if<config::WhatsappCloud>(&channel.provider)) {
      adapter = whatsapp_cloud::make(*whatsapp, name, correlator_);
    } else if (const auto* viber = std::get_if<config::VonageViber>(&channel.provider)) {
      adapter = vonage_viber::make(*viber, name, correlator_);
    } else {
      adapter = twilio_sms::make(std::get<config::TwilioSms>(channel.provider), name, public_url, correlator_);
    }
    bound_.emplace(name, Bound{policy_of(channel, adapter->kind()), channel.timeout, std::move(adapter)});
  }
}

const Channels::Bound* Channels::find(std::string_view channel) const {
  const auto it = bound_.find(channel);
  return it == bound_.end() ? nullptr : &it->second;
}

std::optional<outbox::ChannelPolicy> Channels::policy(std::string_view channel) const {
  const Bound* bound = find(channel);
  return bound == nullptr ? std::nullopt : std::optional(bound->policy);
}

void Channels::hand_over(outbox::SendRequest request, outbox::SendDone done) {
  const Bound* bound = find(request.channel);
  FLOW_CHECK(bound != nullptr, "channel {} is not bound", request.channel);
  const Correlation correlation{request.execution, request.message, request.attempt};
  const Token token = correlator_->token(request.channel, correlation, real_now_ms_());
  http::ClientRequest out = bound->adapter->request(request, {token.data(), token.size()});
  out.timeout = bound->timeout;
  // The client calls back before it is gone, and it goes before the adapters.
  client_.send(std::move(out), [adapter = bound->adapter.get(), done = std::move(done)](
                                   http::ClientOutcome outcome) mutable { done(result_of(*adapter, outcome)); });
}

Result<Reports> Channels::webhook(std::string_view channel, const http::Request& request) const {
  const Bound* bound = find(channel);
  if (bound == nullptr) return fail(ErrorCode::not_found, "no such channel");
  if (request.body.size() > limits::kWebhookBytesMax)
    return fail(ErrorCode::resource_exhausted, "the webhook is too large");
  return bound->adapter->webhook(request, real_now_ms_());
}

Result<std::string> Channels::handshake(std::string_view channel, const http::Request& request) const {
  const Bound* bound = find(channel);
  if (bound == nullptr) return fail(ErrorCode::not_found, "no such channel");
  return bound->adapter->handshake(request);
}

}  // namespace flow::channels
