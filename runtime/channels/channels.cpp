#include "runtime/channels/channels.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/channels/meta_messenger/meta_messenger.h"
#include "runtime/channels/sendgrid_email/sendgrid_email.h"
#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/channels/vonage_viber/vonage_viber.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

namespace flow::channels {
namespace {

using outbox::SendClass;
using outbox::SendResult;

// Gates say how much of a channel is under way; the client's own bounds stand far enough behind them for each
// configuration that a reload may bring.
http::ClientOptions client_options() {
  http::ClientOptions options;
  options.connections_max = 4096;
  options.connections_per_host_max = 4096;
  options.requests_max = std::size_t{20} * limits::kInFlightMax;
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

std::shared_ptr<const Channels::Table> Channels::make_table(const config::Config& config,
                                                            const std::string& public_url) {
  auto table = std::make_shared<Table>();
  if (config.channels.empty()) return table;
  table->correlator = std::make_shared<const Correlator>(config.sealing_keys);
  for (const auto& [name, channel] : config.channels) {
    std::shared_ptr<const Adapter> adapter;
    if (const auto* whatsapp = std::get_if<config::WhatsappCloud>(&channel.provider)) {
      adapter = whatsapp_cloud::make(*whatsapp, name, table->correlator);
    } else if (const auto* viber = std::get_if<config::VonageViber>(&channel.provider)) {
      adapter = vonage_viber::make(*viber, name, table->correlator);
    } else if (const auto* meta = std::get_if<config::MetaMessenger>(&channel.provider)) {
      adapter = meta_messenger::make(*meta, name, table->correlator);
    } else if (const auto* email = std::get_if<config::SendgridEmail>(&channel.provider)) {
      adapter = sendgrid_email::make(*email, name, table->correlator);
    } else {
      adapter = twilio_sms::make(std::get<config::TwilioSms>(channel.provider), name, public_url, table->correlator);
    }
    table->bound.emplace(name, Bound{policy_of(channel, adapter->kind()), channel.timeout, std::move(adapter)});
  }
  return table;
}

Channels::Channels(const config::Config& config, const std::string& public_url,
                   std::function<std::int64_t()> real_now_ms, const std::vector<http::Loop*>& loops)
    : real_now_ms_(std::move(real_now_ms)), public_url_(public_url), table_(make_table(config, public_url)) {
  for (http::Loop* loop : loops) ways_.push_back({loop, std::make_unique<http::Client>(client_options(), *loop)});
  if (ways_.empty()) ways_.push_back({nullptr, std::make_unique<http::Client>(client_options())});
}

void Channels::reload(const config::Config& config) {
  table_.replace(make_table(config, public_url_));
}

const Channels::Bound* Channels::Table::find(std::string_view channel) const {
  const auto it = bound.find(channel);
  return it == bound.end() ? nullptr : &it->second;
}

std::optional<outbox::ChannelPolicy> Channels::policy(std::string_view channel) const {
  const auto now = table_.take();
  const Bound* bound = now->find(channel);
  return bound == nullptr ? std::nullopt : std::optional(bound->policy);
}

void Channels::hand_over(outbox::SendRequest request, outbox::SendDone done) {
  const auto now = table_.take();
  const Bound* bound = now->find(request.channel);
  FLOW_CHECK(bound != nullptr, "channel {} is not bound", request.channel);
  const Correlation correlation{request.execution, request.message, request.attempt};
  const std::int64_t begun_ms = real_now_ms_();
  const Token token = now->correlator->token(request.channel, correlation, begun_ms);
  http::ClientRequest out = bound->adapter->request(request, {token.data(), token.size()});
  out.timeout = bound->timeout;
  if (!bound->adapter->reports_by_id()) {
    client().send(std::move(out), [adapter = bound->adapter, done = std::move(done)](
                                      http::ClientOutcome outcome) mutable { done(result_of(*adapter, outcome)); });
    return;
  }
  SentAs sent{correlation, {}, std::move(request.to), begun_ms};
  client().send(std::move(out), [adapter = bound->adapter, ids = sent_ids_, channel = std::move(request.channel),
                                 sent = std::move(sent), done = std::move(done)](http::ClientOutcome outcome) mutable {
    SendResult result = result_of(*adapter, outcome);
    if (result.result == SendClass::accepted)
      ids->remember(channel, sent.recipient, result.provider_message_id, sent.correlation, sent.at_ms);
    done(std::move(result));
  });
}

void Channels::show_typing(outbox::TypingRequest request, outbox::SendDone done) {
  const auto now = table_.take();
  const Bound* bound = now->find(request.channel);
  auto out = bound == nullptr ? std::nullopt : bound->adapter->typing(request);
  if (!out) return done({SendClass::permanent_configuration, "", "the provider shows no typing here", 0});
  out->timeout = std::min(bound->timeout, std::chrono::milliseconds(request.time_ms));
  client().send(std::move(*out), [done = std::move(done)](http::ClientOutcome outcome) mutable {
    if (!outcome) return done({SendClass::transient, "", outcome.error().error.message, 0});
    const bool good = outcome->status >= 200 && outcome->status < 300;
    done({good ? SendClass::accepted : SendClass::transient, "",
          good ? "" : fmt::format("the provider answered {}", outcome->status), 0});
  });
}

// Finds whose the reports are that name messages by the provider's ids.
void Channels::resolve(std::string_view channel, Reports& reports) const {
  for (const SentAs& sent : reports.sent)
    sent_ids_->remember(channel, sent.recipient, sent.id, sent.correlation, sent.at_ms);
  for (ReportById& each : reports.by_id) {
    const std::size_t before = reports.reports.size();
    if (!each.id.empty()) {
      if (const auto correlation = sent_ids_->find(channel, each.id))
        reports.reports.push_back({*correlation, each.status, "", std::move(each.id)});
    } else {
      for (SentIds::Sent& sent : sent_ids_->until(channel, each.recipient, each.until_ms))
        if (reports.reports.size() < limits::kWebhookReportsMax)
          reports.reports.push_back({sent.correlation, each.status, "", std::move(sent.id)});
    }
    if (reports.reports.size() == before) ++reports.ignored;
  }
  reports.by_id.clear();
  reports.sent.clear();
}

// Of the caller's loop, so that nothing is handed over to another thread.
http::Client& Channels::client() {
  for (const Way& way : ways_) {
    if (way.loop != nullptr && way.loop->inside()) return *way.client;
  }
  return *ways_.front().client;
}

Result<Reports> Channels::webhook(std::string_view channel, const http::Request& request) const {
  const auto now = table_.take();
  const Bound* bound = now->find(channel);
  if (bound == nullptr) return fail(ErrorCode::not_found, "no such channel");
  if (request.body.size() > limits::kWebhookBytesMax)
    return fail(ErrorCode::resource_exhausted, "the webhook is too large");
  auto reports = bound->adapter->webhook(request, real_now_ms_());
  if (reports && bound->adapter->reports_by_id()) resolve(channel, *reports);
  return reports;
}

Result<std::string> Channels::handshake(std::string_view channel, const http::Request& request) const {
  const auto now = table_.take();
  const Bound* bound = now->find(channel);
  if (bound == nullptr) return fail(ErrorCode::not_found, "no such channel");
  return bound->adapter->handshake(request);
}

}  // namespace flow::channels
