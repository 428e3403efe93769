// What one message costs in the adapters: building the request, reading the answer, verifying and reading a report, the
// correlation. `allocations` are those of one iteration.
#include <atomic>
#include <cstdlib>
#include <new>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/channels/vonage_viber/vonage_viber.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/jwt.h"
#include "runtime/http/form.h"
#include "runtime/outbox/schedule.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

// The program's own allocations; those of libraries that call malloc() are not counted. g++ takes free() here for one
// of memory from another operator new.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size);
  FLOW_CHECK(memory != nullptr, "out of memory");
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace flow::channels {
namespace {

using benchmark::State;

constexpr std::int64_t kNow = 1'795'000'000'000;
const std::string kAccount = "AC00000000000000000000000000000000";

enum Provider : int { whatsapp, viber, sms };

std::shared_ptr<const Correlator> correlator() {
  static const auto made =
      std::make_shared<const Correlator>(std::vector<crypto::SealingKey>{{"k", std::string(32, 'k')}});
  return made;
}

std::unique_ptr<Adapter> adapter_of(Provider provider) {
  using config::Secret;
  if (provider == whatsapp) {
    return whatsapp_cloud::make({"https://graph.facebook.com", "v21.0", "106540352242922",
                                 Secret(std::string(200, 't')), Secret("app-secret"), Secret("verify")},
                                "waba_otp", correlator());
  }
  if (provider == viber) {
    return vonage_viber::make({"https://api.nexmo.com", "a1b2c3d4", Secret("secret"), Secret("signature")}, "viber_otp",
                              correlator());
  }
  return twilio_sms::make({"https://api.twilio.com", kAccount, Secret("auth-token")}, "sms_otp",
                          "https://flowd.example.org", correlator());
}

// Runs `work` and counts what it allocates.
template <typename Work>
void run(State& state, Work work) {
  work();
  const std::uint64_t before = allocations.load();
  for (auto _ : state) work();
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(allocations.load() - before), benchmark::Counter::kAvgIterations);
}

outbox::SendRequest send_of(Provider provider) {
  outbox::SendRequest send;
  send.to = "+639171234567";
  send.sender = "MG0123456789abcdef0123456789abcdef";
  send.purpose = "authentication";
  send.ttl_ms = 60'000;
  send.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  if (provider == whatsapp) {
    send.template_name = "otp_v2";
    send.language = "en";
    send.parameters = {{"code", "482913"}};
  } else {
    send.text = "482913 is your code for the shop & more. It counts for 5 minutes; never tell it to anyone.";
  }
  return send;
}

void request(State& state) {
  const auto provider = static_cast<Provider>(state.range(0));
  const auto adapter = adapter_of(provider);
  const outbox::SendRequest send = send_of(provider);
  run(state, [&] {
    const Token token = correlator()->token("sms_otp", {{}, 1, 1}, kNow);
    benchmark::DoNotOptimize(adapter->request(send, crypto::view(token)));
  });
}
BENCHMARK(request)->ArgName("provider")->DenseRange(whatsapp, sms);

http::Response answer_of(Provider provider) {
  http::Response response;
  response.status = 201;
  response.body =
      provider == whatsapp
          ? R"({"messaging_product":"whatsapp","contacts":[{"input":"+639171234567","wa_id":"639171234567"}],"messages":[{"id":"wamid.HBgLNjM5MTcxMjM0NTY3FQIAERgSQTFCMkMzRDRFNUY2NzgwAA==","message_status":"accepted"}]})"
      : provider == viber
          ? R"({"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"})"
          : R"({"account_sid":"AC00000000000000000000000000000000","api_version":"2010-04-01","body":"482913 is your code for the shop & more. It counts for 5 minutes; never tell it to anyone.","date_created":"Fri, 20 Nov 2026 10:00:00 +0000","date_sent":null,"date_updated":"Fri, 20 Nov 2026 10:00:00 +0000","direction":"outbound-api","error_code":null,"error_message":null,"from":null,"messaging_service_sid":"MG0123456789abcdef0123456789abcdef","num_media":"0","num_segments":"1","price":null,"price_unit":"USD","sid":"SM0123456789abcdef0123456789abcdef","status":"accepted","subresource_uris":{"media":"/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages/SM0123456789abcdef0123456789abcdef/Media.json"},"to":"+639171234567","uri":"/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages/SM0123456789abcdef0123456789abcdef.json"})";
  return response;
}

void answer(State& state) {
  const auto provider = static_cast<Provider>(state.range(0));
  const auto adapter = adapter_of(provider);
  const http::Response response = answer_of(provider);
  FLOW_CHECK(adapter->answer(response).result == outbox::SendClass::accepted);
  run(state, [&] { benchmark::DoNotOptimize(adapter->answer(response)); });
}
BENCHMARK(answer)->ArgName("provider")->DenseRange(whatsapp, sms);

http::Request report_of(Provider provider) {
  http::Request request;
  request.method = "POST";
  const auto token_for = [](const char* channel) { return correlator()->make(channel, {{}, 1, 1}, kNow); };
  request.headers = {{"host", "flowd.example.org"}, {"content-length", "300"}, {"user-agent", "provider/1.1"}};
  if (provider == whatsapp) {
    request.target = "/v1/webhooks/waba_otp";
    request.body =
        R"({"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"statuses":[{"id":"wamid.HBgLNjM5MTcxMjM0NTY3FQIAERgSQTFCMkMzRDRFNUY2NzgwAA==","status":"delivered","timestamp":"1795000000","recipient_id":"639171234567","biz_opaque_callback_data":")" +
        token_for("waba_otp") +
        R"(","conversation":{"id":"c1d2e3f4","origin":{"type":"authentication"}},"pricing":{"billable":true,"pricing_model":"PMP","category":"authentication"}}]},"field":"messages"}]}]})";
    request.headers.emplace_back("x-hub-signature-256",
                                 "sha256=" + crypto::hex(crypto::hmac_sha256("app-secret", request.body)));
  } else if (provider == viber) {
    request.target = "/v1/webhooks/viber_otp";
    request.body =
        R"({"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","to":"639171234567","from":"4501","timestamp":"2026-11-20T10:00:00Z","status":"delivered","channel":"viber_service","client_ref":")" +
        token_for("viber_otp") + "\"}";
    const std::string claims = R"({"iss":"Vonage","payload_hash":")" + crypto::hex(crypto::sha256(request.body)) +
                               R"(","api_key":"a1b2c3d4","iat":)" + std::to_string(kNow / 1000) + "}";
    request.headers.emplace_back("authorization", "Bearer " + crypto::sign_jwt_hs256(claims, "signature"));
  } else {
    request.target = "/v1/webhooks/sms_otp?c=" + token_for("sms_otp");
    const http::Fields fields = {
        {"AccountSid", kAccount},         {"ApiVersion", "2010-04-01"},
        {"From", "+14155550100"},         {"MessageSid", "SM0123456789abcdef0123456789abcdef"},
        {"MessageStatus", "delivered"},   {"MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"},
        {"RawDlrDoneDate", "2611201000"}, {"SmsSid", "SM0123456789abcdef0123456789abcdef"},
        {"SmsStatus", "delivered"},       {"To", "+639171234567"}};
    request.body = http::encode_form(fields);
    std::string text = "https://flowd.example.org" + request.target;
    for (const auto& [name, value] : fields) text += name + value;
    request.headers.emplace_back("x-twilio-signature", crypto::base64(crypto::hmac_sha1("auth-token", text)));
  }
  return request;
}

void webhook(State& state) {
  const auto provider = static_cast<Provider>(state.range(0));
  const auto adapter = adapter_of(provider);
  const http::Request request = report_of(provider);
  FLOW_CHECK(adapter->webhook(request, kNow).value().reports.size() == 1);
  run(state, [&] { benchmark::DoNotOptimize(adapter->webhook(request, kNow)); });
}
BENCHMARK(webhook)->ArgName("provider")->DenseRange(whatsapp, sms);

void token_make(State& state) {
  run(state, [] { benchmark::DoNotOptimize(correlator()->token("sms_otp", {{}, 1, 1}, kNow)); });
}
BENCHMARK(token_make);

void token_read(State& state) {
  const std::string token = correlator()->make("sms_otp", {{}, 1, 1}, kNow);
  run(state, [&] { benchmark::DoNotOptimize(correlator()->read("sms_otp", token, kNow)); });
}
BENCHMARK(token_read);

void seal_and_open(State& state) {
  const auto keys = crypto::Keyring::make({{"k", std::string(32, 'k')}}).value();
  run(state, [&] { benchmark::DoNotOptimize(keys.open(keys.seal("482913", "execution 1"), "execution 1")); });
}
BENCHMARK(seal_and_open);

// One message through the schedule: added, taken, finished; among `waiting` others and under a rate limit.
class Limited final : public outbox::Transport {
 public:
  std::optional<outbox::ChannelPolicy> policy(std::string_view) const override {
    outbox::ChannelPolicy policy;
    policy.in_flight_max = 10'000;
    policy.per_second = 100'000'000;
    policy.burst = 1'000'000;
    return policy;
  }
  void hand_over(outbox::SendRequest, outbox::SendDone) override {}
};

void schedule(State& state) {
  const Limited transport;
  outbox::Schedule schedule(transport);
  const outbox::LaneId lane = schedule.lane("sms");
  std::int64_t now = 1000;
  std::vector<outbox::Turn> turns;
  for (std::int64_t i = 0; i < state.range(0); ++i) schedule.add({.name = {}, .lane = lane, .at_ms = 0});
  constexpr std::size_t kBatch = 64;
  run(state, [&] {
    turns.clear();
    for (std::size_t i = 0; i < kBatch; ++i) schedule.add({.name = {}, .lane = lane, .at_ms = now});
    schedule.take(++now, kBatch, turns);
    for (const outbox::Turn& turn : turns) schedule.finished(turn, outbox::SendClass::accepted, now);
  });
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(schedule)->ArgName("waiting")->Arg(0)->Arg(1'000'000);

}  // namespace
}  // namespace flow::channels

BENCHMARK_MAIN();
