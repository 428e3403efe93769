#include "runtime/ingress/api.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"
#include "runtime/ingress/fake_service_test.h"
#include "runtime/ingress/ingress.h"

namespace flow::ingress {
namespace {

using config::Scope;
using http::Json;

constexpr std::int64_t kRealNow = 1'795'000'000'000;

config::Config configuration() {
  config::Config config;
  config.port = 0;
  config.sealing_keys.push_back({"k", std::string(32, 'k')});
  config::Channel sms;
  sms.provider = config::TwilioSms{"http://127.0.0.1:1", "AC1", config::Secret("auth-token")};
  config.channels.emplace("sms_otp", sms);
  config::Channel whatsapp;
  whatsapp.provider = config::WhatsappCloud{
      "http://127.0.0.1:1", "v21.0", "1", config::Secret("a"), config::Secret("app-secret"), config::Secret("verify")};
  config.channels.emplace("waba_otp", whatsapp);
  return config;
}

config::Token token(const std::string& name, std::set<Scope> scopes) {
  return {name, std::move(scopes), crypto::sha256("token-of-" + name)};
}

class ApiTest : public testing::Test {
 protected:
  http::Response call(http::Request request) {
    std::optional<http::Response> answer;
    api.handle(std::move(request), http::Responder([&](http::Response response) { answer = std::move(response); }));
    EXPECT_TRUE(answer);
    return answer.value_or(http::Response{});
  }
  http::Response call(const std::string& method, const std::string& target, const std::string& body = "",
                      http::Headers headers = {}) {
    if (!body.empty()) headers.emplace_back("content-type", "application/json");
    return call({method, target, std::move(headers), body, "127.0.0.1"});
  }
  static Json body(const http::Response& response) { return http::parse_json(response.body).value_or(Json()); }

  FakeService service;
  channels::Channels channels{configuration(), "http://flowd.example", [] { return kRealNow; }};
  core::VirtualClock clock{7'000};
  Api api{{}, service, channels, clock};
};

TEST_F(ApiTest, DeploysAndPublishes) {
  const http::Request deploy{"POST", "/v1/bundles", {{"content-type", "application/octet-stream"}}, "bytes", ""};
  auto response = call(deploy);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(body(response), (Json{{"version", "v1"}, {"deployed_at", "1970-01-01T00:00:01.000Z"}, {"flows", {"otp"}}}));
  service.repeated = true;
  EXPECT_EQ(call(deploy).status, 200);
  response = call("PUT", "/v1/flows/otp/published", R"({"bundle":"v1"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(body(response)["published"], true);
  response = call("DELETE", "/v1/flows/otp/published");
  EXPECT_EQ(body(response)["published"], false);
  EXPECT_FALSE(body(response).contains("bundle"));
  EXPECT_EQ(call("GET", "/v1/bundles").status, 200);
  EXPECT_EQ(body(call("GET", "/v1/flows"))["flows"][0]["flow"], "otp");
  EXPECT_EQ(service.calls, (std::vector<std::string>{"deploy bytes", "deploy bytes", "publish otp v1", "unpublish otp",
                                                     "bundles", "published"}));
}

TEST_F(ApiTest, StartsWithEverythingAStartCanHave) {
  const auto response =
      call("POST", "/v1/flows/otp%20two/executions",
           R"({"inputs":{"n":123456789012.123456},"default_region":"PH","discard_at":"1970-01-01T00:01:00+00:00"})",
           {{"idempotency-key", "order 7"}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(body(response)["execution"], to_string(sample_execution()));
  ASSERT_EQ(service.starts.size(), 1U);
  EXPECT_EQ(service.starts[0].flow, "otp two");
  EXPECT_EQ(service.starts[0].inputs_json, R"({"n":123456789012.123456})");
  EXPECT_EQ(service.starts[0].default_region, "PH");
  EXPECT_EQ(service.starts[0].discard_at_ms, 60'000);
  EXPECT_EQ(service.starts[0].idempotency_key, "order 7");
  service.repeated = true;
  EXPECT_EQ(call("POST", "/v1/flows/otp/executions", R"({"inputs":{}})").status, 200);
}

TEST_F(ApiTest, RefusesStartsThatSayWhatNobodyKnows) {
  const std::string path = "/v1/flows/otp/executions";
  const std::pair<std::string, std::string> cases[] = {
      {R"([])", "a JSON object is wanted"},
      {R"({})", "`inputs` is needed, an object from input name to value"},
      {R"({"inputs":[]})", "`inputs` is needed, an object from input name to value"},
      {R"({"inputs":{},"input":1})", "there is no `input`; known are inputs, default_region, discard_at"},
      {R"({"inputs":{},"default_region":"ph"})", "`default_region` must be two capital letters, such as \"PH\""},
      {R"({"inputs":{},"default_region":7})", "`default_region` must be a text"},
      {R"({"inputs":{},"discard_at":"tomorrow"})", "`discard_at` must be a time such as \"2026-11-20T10:00:00Z\""},
      {"{", "the body is not JSON, or nests too deep"},
  };
  for (const auto& [text, detail] : cases) {
    const auto response = call("POST", path, text);
    EXPECT_EQ(response.status, 400) << text;
    EXPECT_EQ(body(response)["code"], "invalid_request") << text;
    EXPECT_EQ(body(response)["detail"], detail) << text;
  }
  EXPECT_EQ(call("POST", path, R"({"inputs":{}})", {{"idempotency-key", std::string(256, 'k')}}).status, 400);
  EXPECT_EQ(call("POST", path, R"({"inputs":{}})", {{"idempotency-key", "\x01"}}).status, 400);
  EXPECT_EQ(call({"POST", path, {{"content-type", "text/plain"}}, "{}", ""}).status, 415);
  const std::string large = R"({"inputs":{"a":")" + std::string(limits::kInputsBytesMax, 'x') + R"("}})";
  EXPECT_EQ(call("POST", path, large).status, 400);
  EXPECT_TRUE(service.starts.empty());
}

TEST_F(ApiTest, BatchesAnswerForEachElement) {
  const auto response = call("POST", "/v1/flows/otp/executions:batch",
                             R"({"executions":[{"inputs":{"a":1.10},"idempotency_key":"k"},{"inputs":{"bad":1}}]})");
  EXPECT_EQ(response.status, 200);
  const Json results = body(response)["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["status"], 201);
  EXPECT_EQ(results[1]["status"], 422);
  EXPECT_EQ(results[1]["problem"]["code"], "invalid_input");
  EXPECT_EQ(results[1]["problem"]["detail"], "input `to` is missing");
  EXPECT_EQ(service.starts[0].inputs_json, R"({"a":1.10})");
  EXPECT_EQ(service.starts[0].idempotency_key, "k");
}

TEST_F(ApiTest, BatchesHaveALimit) {
  const auto batch = [](std::size_t count) {
    std::string text = R"({"executions":[)";
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + std::string(R"({"inputs":{}})");
    return text + "]}";
  };
  EXPECT_EQ(call("POST", "/v1/flows/otp/executions:batch", batch(limits::kBatchStartsMax)).status, 200);
  EXPECT_EQ(call("POST", "/v1/flows/otp/executions:batch", batch(limits::kBatchStartsMax + 1)).status, 400);
  EXPECT_EQ(call("POST", "/v1/flows/otp/executions:batch", batch(0)).status, 400);
  EXPECT_EQ(call("POST", "/v1/flows/otp/executions:batch", R"({"executions":[1]})").status, 400);
}

TEST_F(ApiTest, ReadsListsAndSignals) {
  const std::string id = to_string(sample_execution());
  const Json read = body(call("GET", "/v1/executions/" + id));
  EXPECT_EQ(read["step"], "sms");
  EXPECT_EQ(read["timeline"][0]["kind"], "queued");
  EXPECT_EQ(read["timeline"][0]["message"], 0);
  EXPECT_EQ(read["timeline"][1]["due_at"], "1970-01-01T00:00:36.000Z");
  EXPECT_FALSE(read.contains("end"));
  const Json page = body(call("GET", "/v1/executions?flow=otp&ended=false&limit=200&cursor=abc"));
  EXPECT_EQ(page["next_cursor"], "next");
  EXPECT_EQ(service.query.flow, "otp");
  EXPECT_EQ(service.query.ended, false);
  EXPECT_EQ(service.query.limit, limits::kListPageMax);
  EXPECT_EQ(service.query.cursor, "abc");
  for (const char* bad : {"limit=0", "limit=201", "limit=x", "ended=maybe", "flw=otp", "flow=%"}) {
    EXPECT_EQ(call("GET", std::string("/v1/executions?") + bad).status, 400) << bad;
  }
  EXPECT_EQ(body(call("POST", "/v1/executions/" + id + "/signals/verified"))["handled"], true);
  EXPECT_EQ(call("GET", "/v1/executions/nonsense").status, 404);
  EXPECT_EQ(call("POST", "/v1/executions/nonsense/signals/verified").status, 404);
}

TEST_F(ApiTest, EveryFaultHasItsStatusAndCode) {
  using enum service::Problem;
  for (const auto& [problem, status] : {std::pair{invalid_input, 422},
                                        {not_published, 409},
                                        {unknown_flow, 404},
                                        {idempotency_conflict, 409},
                                        {overloaded, 503},
                                        {storage_failed, 500}}) {
    service.fault = service::Fault{problem, {ErrorCode::internal, "because"}};
    const auto response = call("POST", "/v1/flows/otp/executions", R"({"inputs":{}})");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(body(response)["code"], to_string(problem));
    EXPECT_EQ(body(response)["detail"], "because");
    EXPECT_EQ(response.header("content-type"), "application/problem+json");
    EXPECT_EQ(response.header("retry-after").has_value(), status == 503);
  }
}

TEST_F(ApiTest, ServesMetricsHealthAndItsDescription) {
  call("GET", "/healthz");
  const std::string metrics = call("GET", "/metrics").body;
  EXPECT_NE(
      metrics.find("# TYPE flow_executions_started_total counter\nflow_executions_started_total{flow=\"a\\\"b\"} 3\n"),
      std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("flow_http_requests_total{operation=\"health\",status=\"200\"} 1\n"), std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("\nflow_phone_metadata_info{"), std::string::npos) << metrics;
  EXPECT_EQ(call("GET", "/readyz").status, 200);
  service.is_ready = false;
  EXPECT_EQ(call("GET", "/readyz").status, 503);
  EXPECT_EQ(call("GET", "/healthz").status, 200);
  EXPECT_TRUE(http::parse_json(call("GET", "/openapi.json").body));
}

TEST_F(ApiTest, UnknownPathsAndMethods) {
  EXPECT_EQ(call("GET", "/").status, 404);
  EXPECT_EQ(call("GET", "/v1/flows/").status, 404);
  EXPECT_EQ(call("GET", "/v1/flows/a/b/c").status, 404);
  EXPECT_EQ(call("GET", "/v1/executions/%zz").status, 404);
  const auto response = call("PATCH", "/v1/bundles");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.header("allow"), "POST, GET");
}

TEST_F(ApiTest, TokensHaveScopes) {
  const Api guarded({token("deployer", {Scope::deploy}), token("reader", {Scope::read}), token("root", {Scope::admin})},
                    service, channels, clock);
  const auto status = [&](const std::string& authorization, const std::string& method, const std::string& path) {
    int result = 0;
    http::Request request{method, path, {}, "", ""};
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    guarded.handle(request, http::Responder([&](const http::Response& response) { result = response.status; }));
    return result;
  };
  EXPECT_EQ(status("", "GET", "/v1/bundles"), 401);
  EXPECT_EQ(status("Bearer ", "GET", "/v1/bundles"), 401);
  EXPECT_EQ(status("Bearer wrong", "GET", "/v1/bundles"), 401);
  EXPECT_EQ(status("Basic token-of-reader", "GET", "/v1/bundles"), 401);
  EXPECT_EQ(status("Bearer token-of-reader", "GET", "/v1/bundles"), 200);
  EXPECT_EQ(status("bearer token-of-reader", "GET", "/v1/bundles"), 200);
  EXPECT_EQ(status("Bearer token-of-deployer", "GET", "/v1/bundles"), 403);
  EXPECT_EQ(status("Bearer token-of-deployer", "DELETE", "/v1/flows/otp/published"), 200);
  EXPECT_EQ(status("Bearer token-of-reader", "DELETE", "/v1/flows/otp/published"), 403);
  EXPECT_EQ(status("Bearer token-of-root", "DELETE", "/v1/flows/otp/published"), 200);
  EXPECT_EQ(status("", "GET", "/metrics"), 401);
  EXPECT_EQ(status("", "GET", "/healthz"), 200);
  EXPECT_EQ(status("", "GET", "/openapi.json"), 200);

  http::Request upload{"POST", "/v1/bundles", {}, "", ""};
  EXPECT_EQ(guarded.body_bytes_max(upload), limits::kAnonymousBodyBytesMax);
  upload.headers.emplace_back("authorization", "Bearer token-of-deployer");
  EXPECT_EQ(guarded.body_bytes_max(upload), limits::kBundleBytesMax);
}

TEST_F(ApiTest, OperatorsEraseAndLookInside) {
  EXPECT_EQ(body(call("DELETE", "/v1/parties/%2B639171234567")), (Json{{"ended", 1}, {"erased", 2}}));
  EXPECT_EQ(call("DELETE", "/v1/parties/+639171234567").status, 200);
  for (const char* bad : {"639171234567", "+06391712", "+1", "+12345678901234567", "+6391712a4567", "%2B"}) {
    EXPECT_EQ(call("DELETE", std::string("/v1/parties/") + bad).status, 400) << bad;
  }
  EXPECT_EQ(service.calls, (std::vector<std::string>{"erase +639171234567", "erase +639171234567"}));
  EXPECT_EQ(body(call("GET", "/v1/shards"))["shards"][0]["purging"], false);
  const Json raw = body(call("GET", "/v1/executions/" + to_string(sample_execution()) + "/raw"));
  EXPECT_EQ(raw["flow"], "otp");
  EXPECT_TRUE(raw["pending"].is_array());
  EXPECT_EQ(call("GET", "/v1/executions/nonsense/raw").status, 404);
  EXPECT_NE(call("GET", "/metrics").body.find("flow_log_lines_suppressed_total"), std::string::npos);
}

TEST_F(ApiTest, ATokenThatIsTakenAwayIsRefusedAtOnce) {
  const auto as = [](const char* name) {
    return http::Headers{{"authorization", std::string("Bearer token-of-") + name}};
  };
  api.reload({token("old", {Scope::read})});
  EXPECT_EQ(call("GET", "/v1/bundles", "", as("old")).status, 200);
  EXPECT_EQ(call("GET", "/v1/bundles", "", as("new")).status, 401);
  api.reload({token("new", {Scope::read})});
  EXPECT_EQ(call("GET", "/v1/bundles", "", as("old")).status, 401);
  EXPECT_EQ(call("GET", "/v1/bundles", "", as("new")).status, 200);
}

TEST_F(ApiTest, WithoutTokensABrowserIsRefused) {
  EXPECT_EQ(call("GET", "/v1/bundles", "", {{"origin", "https://evil.example"}}).status, 403);
  for (const char* host : {"evil.example", "evil.example:8080", "10.0.0.1", "[::2]:8080", "[", ""}) {
    EXPECT_EQ(call("GET", "/v1/bundles", "", {{"host", host}}).status, 403) << host;
  }
  for (const char* host : {"localhost", "127.0.0.1:8080", "[::1]:8080", "[::1]"}) {
    EXPECT_EQ(call("GET", "/v1/bundles", "", {{"host", host}}).status, 200) << host;
  }
}

// ---- Webhooks

http::Request twilio(const channels::Correlator& correlator, const std::string& key) {
  const std::string token = correlator.make("sms_otp", {sample_execution(), 3, 1}, kRealNow);
  http::Request request{
      "POST", "/v1/webhooks/sms_otp?c=" + token, {}, "AccountSid=AC1&MessageSid=SM1&MessageStatus=delivered", ""};
  const std::string text = "http://flowd.example" + request.target + "AccountSidAC1MessageSidSM1MessageStatusdelivered";
  request.headers.emplace_back("x-twilio-signature", crypto::base64(crypto::hmac_sha1(key, text)));
  return request;
}

TEST_F(ApiTest, AWebhookBecomesAReceipt) {
  const channels::Correlator correlator({{"k", std::string(32, 'k')}});
  EXPECT_EQ(call(twilio(correlator, "auth-token")).status, 200);
  ASSERT_EQ(service.receipts.size(), 1U);
  EXPECT_EQ(service.receipts[0].execution, sample_execution());
  EXPECT_EQ(service.receipts[0].message, 3U);
  EXPECT_EQ(service.receipts[0].attempt, 1U);
  EXPECT_EQ(service.receipts[0].status, program::Receipt::delivered);
  EXPECT_EQ(service.receipts[0].received_at_ms, 7'000);
}

TEST_F(ApiTest, WhatSomebodyWritesGoesToTheService) {
  http::Request request{"POST", "/v1/webhooks/sms_otp", {}, "", ""};
  request.body = "AccountSid=AC1&Body=yes&From=%2B639171234567&MessageSid=SM2&SmsStatus=received";
  const std::string text =
      "http://flowd.example/v1/webhooks/sms_otpAccountSidAC1BodyyesFrom+639171234567MessageSidSM2SmsStatusreceived";
  request.headers.emplace_back("x-twilio-signature", crypto::base64(crypto::hmac_sha1("auth-token", text)));
  EXPECT_EQ(call(request).status, 200);
  ASSERT_EQ(service.inbounds.size(), 1U);
  EXPECT_EQ(service.inbounds[0].channel, "sms_otp");
  EXPECT_EQ(service.inbounds[0].sender, "+639171234567");
  EXPECT_EQ(service.inbounds[0].message_id, "SM2");
  EXPECT_EQ(service.inbounds[0].reply.kind, program::ReplyKind::text);
  EXPECT_EQ(service.inbounds[0].reply.text, "yes");
  service.fault = service::Fault{service::Problem::overloaded, {ErrorCode::resource_exhausted, ""}};
  EXPECT_EQ(call(request).status, 503) << "the provider says it again";
}

TEST_F(ApiTest, AForgedWebhookIs401AndOneOfAnUnknownChannel404) {
  const channels::Correlator correlator({{"k", std::string(32, 'k')}});
  const auto refused = call(twilio(correlator, "other"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(body(refused)["code"], "webhook_refused");
  EXPECT_EQ(call("POST", "/v1/webhooks/nowhere", "{}").status, 404);
  EXPECT_EQ(call("POST", "/v1/webhooks/waba_otp", "{}").status, 401);
  EXPECT_TRUE(service.receipts.empty());
}

TEST_F(ApiTest, AReportThatCouldNotBeStoredIsAskedForAgain) {
  const channels::Correlator correlator({{"k", std::string(32, 'k')}});
  service.fault = service::Fault{service::Problem::overloaded, {ErrorCode::resource_exhausted, ""}};
  EXPECT_EQ(call(twilio(correlator, "auth-token")).status, 503);
  service.fault.reset();
  // Of another system: nothing to store, nothing to repeat.
  const channels::Correlator other({{"k", std::string(32, 'x')}});
  EXPECT_EQ(call(twilio(other, "auth-token")).status, 200);
  EXPECT_EQ(service.receipts.size(), 1U);
}

TEST_F(ApiTest, MetaShakesHands) {
  const auto response =
      call("GET", "/v1/webhooks/waba_otp?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=42");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "42");
  EXPECT_EQ(call("GET", "/v1/webhooks/waba_otp?hub.mode=subscribe&hub.verify_token=x&hub.challenge=42").status, 401);
  EXPECT_EQ(call("GET", "/v1/webhooks/sms_otp").status, 404);
}

// ---- Over HTTP

TEST(Ingress, ListensFirstAndServesLater) {
  const auto config = configuration();
  const core::VirtualClock clock(0);
  auto ingress = Ingress::listen(config, clock);
  ASSERT_TRUE(ingress) << ingress.error().message;
  EXPECT_EQ((*ingress)->public_url(), "http://127.0.0.1:" + std::to_string((*ingress)->port()));
  http::Client client;
  http::ClientRequest request;
  request.url = (*ingress)->public_url() + "/v1/bundles";
  EXPECT_EQ(client.perform(request)->status, 503);

  FakeService service;
  const channels::Channels channels(config, (*ingress)->public_url(), [] { return kRealNow; });
  (*ingress)->serve(service, channels);
  EXPECT_EQ(client.perform(request)->status, 200);
  request.method = "POST";
  request.headers = {{"content-type", "application/octet-stream"}};
  request.body = std::string(limits::kBundleBytesMax + 1, 'x');
  EXPECT_EQ(client.perform(request)->status, 413);
  request.body.pop_back();
  EXPECT_EQ(client.perform(request)->status, 201);
  (*ingress)->stop();
  EXPECT_FALSE(client.perform(request));
}

TEST(Ingress, BodiesHaveALimit) {
  const auto config = configuration();
  const core::VirtualClock clock(0);
  auto ingress = Ingress::listen(config, clock);
  ASSERT_TRUE(ingress) << ingress.error().message;
  FakeService service;
  const channels::Channels channels(config, (*ingress)->public_url(), [] { return kRealNow; });
  (*ingress)->serve(service, channels);
  http::Client client;
  const auto status = [&](const std::string& path, std::string body, std::size_t bytes) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = (*ingress)->public_url() + path;
    request.headers = {{"content-type", "application/json"}};
    request.body = std::move(body);
    request.body.resize(bytes, ' ');
    const auto response = client.perform(request);
    return response ? response->status : 0;
  };
  const std::string start = R"({"inputs":{}})";
  EXPECT_EQ(status("/v1/flows/otp/executions", start, limits::kApiBodyBytesMax), 201);
  EXPECT_EQ(status("/v1/flows/otp/executions", start, limits::kApiBodyBytesMax + 1), 413);
  const std::string batch = R"({"executions":[{"inputs":{}}]})";
  EXPECT_EQ(status("/v1/flows/otp/executions:batch", batch, limits::kBatchBodyBytesMax), 200);
  EXPECT_EQ(status("/v1/flows/otp/executions:batch", batch, limits::kBatchBodyBytesMax + 1), 413);
  EXPECT_EQ(service.starts.size(), 2U);
}

}  // namespace
}  // namespace flow::ingress
