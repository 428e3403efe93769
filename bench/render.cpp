// Rendering the tutorial's message into the JSON of WhatsApp's request: bytes of output a second, with memcpy of the
// same bytes as the limit, in one run. `text`: the OTP text as the body of a text message; `template`: as the tutorial
// sends it, by template. `request` is the whole of what the adapter makes: URL, headers, body.
#include <benchmark/benchmark.h>

#include <cstring>

#include "base/check.h"
#include "runtime/channels/whatsapp_cloud/content.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"
#include "runtime/http/text.h"

namespace flow::channels {
namespace {

using benchmark::State;

constexpr std::string_view kOtp =
    "Your one-time password is: 482913 The password is valid for 10 minutes. Please do not share this password with "
    "anyone to protect your account.";
// Characters of two and three bytes, a line end and quotes.
constexpr std::string_view kMixed =
    "V\u00e1\u0161 k\u00f3d je \"482913\".\nPlat\u00ed 10 minut; nikomu ho ne\u0159\u00edkejte. "
    "\u0e23\u0e2b\u0e31\u0e2a\u0e02\u0e2d\u0e07\u0e04\u0e38\u0e13\u0e04\u0e37\u0e2d 482913";

outbox::SendRequest send_of(bool by_template) {
  outbox::SendRequest send;
  send.to = "+639171234567";
  send.purpose = "authentication";
  send.ttl_ms = 60'000;
  if (by_template) {
    send.template_name = "otp_v2";
    send.language = "en";
    send.parameters = {{"code", "482913"}};
  } else {
    send.text = kOtp;
  }
  return send;
}

// Into the same string each time, as a sender does that keeps its buffer.
template <typename Render>
void into_one_buffer(State& state, Render render) {
  std::string out;
  render(out);
  FLOW_CHECK(!out.empty());
  for (auto _ : state) {
    out.clear();
    render(out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
  state.counters["bytes"] = static_cast<double>(out.size());
}

void copy(State& state, std::string_view text) {
  std::string out(text.size(), ' ');
  for (auto _ : state) {
    std::memcpy(out.data(), text.data(), text.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["bytes"] = static_cast<double>(text.size());
}

void escape(State& state, std::string_view text) {
  into_one_buffer(state, [text](std::string& out) { http::append_json_text(out, text); });
}

void content(State& state, bool by_template) {
  const outbox::SendRequest send = send_of(by_template);
  into_one_buffer(state, [&](std::string& out) { whatsapp_cloud::append_content(out, send); });
}

void request(State& state, bool by_template) {
  const auto correlator =
      std::make_shared<const Correlator>(std::vector<crypto::SealingKey>{{"k", std::string(32, 'k')}});
  const auto adapter = whatsapp_cloud::make(
      {"https://graph.facebook.com", "v21.0", "106540352242922", config::Secret(std::string(200, 't')),
       config::Secret("app-secret"), config::Secret("verify")},
      "waba_otp", correlator);
  const outbox::SendRequest send = send_of(by_template);
  const std::string token(64, 'x');
  const std::size_t bytes = adapter->request(send, token).body.size();
  for (auto _ : state) benchmark::DoNotOptimize(adapter->request(send, token));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK_CAPTURE(copy, otp, kOtp);
BENCHMARK_CAPTURE(escape, otp, kOtp);
BENCHMARK_CAPTURE(escape, mixed, kMixed);
BENCHMARK_CAPTURE(content, text, false);
BENCHMARK_CAPTURE(content, by_template, true);
BENCHMARK_CAPTURE(request, text, false);
BENCHMARK_CAPTURE(request, by_template, true);

}  // namespace
}  // namespace flow::channels

BENCHMARK_MAIN();
