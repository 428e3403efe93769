// Functions, desks and models, each against a peer on this machine.
#include <future>
#include <mutex>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "runtime/http/server.h"
#include "runtime/operations/operations.h"

namespace flow::operations {
namespace {

using http::Responder;
using http::Response;
using http::Server;
using Json = nlohmann::json;
using program::OperationKind;
using Kind = program::OperationOutcome::Kind;

program::FlowInfo flow_of(OperationKind kind, std::string target, std::vector<std::string> places,
                          std::vector<program::OperationOutcome> outcomes) {
  program::FlowInfo info;
  info.name = "sample";
  info.steps = {{"ask", "component"}};
  info.fields.push_back({.name = "said", .type = program::ValueType::text, .chars_max = 20, .choices = {}});
  program::OperationInfo site;
  site.kind = kind;
  site.target = std::move(target);
  site.arguments = std::move(places);
  site.outcomes = std::move(outcomes);
  info.operations = {site};
  return info;
}

class KindsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::start({}, [this](http::Request& request, Responder respond) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request);
      respond(answer_);
    });
    ASSERT_TRUE(server);
    server_ = *std::move(server);
    base_ = "http://127.0.0.1:" + std::to_string(server_->port());
    config_.outgoing.networks = {*config::parse_network("127.0.0.1")};
    config_.outgoing.plain_hosts = {"127.0.0.1:" + std::to_string(server_->port())};
    config_.bindings.secrets.emplace("crm_token", config::Secret("s3cret"));
    config_.bindings.functions.emplace("save_spot", config::FunctionBinding{config::Secret("f-token")});
    config_.bindings.functions.emplace("open", config::FunctionBinding{});
    config_.bindings.models.emplace("support_llm", config::ModelBinding{config::Secret("m-key")});
    config_.bindings.desks.emplace("shop_desk", config::DeskBinding{base_ + "/desk", config::Secret("d-token")});
    operations_ = std::make_unique<Operations>(config_);
  }

  Answer carry_out(const program::FlowInfo& info, std::vector<std::string> arguments) {
    Request request;
    request.execution = *core::parse_execution_id("19ew5xwrnm83sqbh21mn3kw1m3");
    request.idempotency_key = "e1-o0";
    request.arguments = std::move(arguments);
    request.time_ms = 20'000;
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    operations_->carry_out(info, std::move(request), [&](Answer result) { promise.set_value(std::move(result)); });
    return answer.get();
  }
  // The arm that is taken, and what `said` gets: "ok", "ok:text".
  static std::string outcome(const program::FlowInfo& info, const Answer& answer) {
    const program::WrittenEvent result = result_of(info, info.operations[0], answer);
    std::string text = program::outcome_text(
        info.operations[0].kind, info.operations[0].outcomes[static_cast<std::size_t>(result.event.outcome)]);
    for (const auto& [place, value] : result.value_texts) text += ":" + value;
    return text;
  }
  http::Request last() {
    const std::lock_guard lock(mutex_);
    return seen_.back();
  }
  void answer_with(int status, std::string body) {
    const std::lock_guard lock(mutex_);
    answer_ = {status, {}, std::move(body)};
  }
  // As a model answers.
  void say(const Json& content, const char* finish = "stop") {
    answer_with(
        200,
        Json{{"id", "x"},
             {"choices",
              {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", content}}}, {"finish_reason", finish}}}}}
            .dump());
  }

  std::mutex mutex_;
  std::vector<http::Request> seen_;
  Response answer_;
  std::string base_;
  config::Config config_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Operations> operations_;
};

// ---- Functions

TEST_F(KindsTest, AFunctionIsAPostWithItsToken) {
  auto info =
      flow_of(OperationKind::function, "save_spot", {"url", "json", "json text", "json"}, {{Kind::failed}, {Kind::ok}});
  info.operations[0].reads = {{0, "area", true}};
  answer_with(200, R"({"area":"north"})");
  const Answer answer = carry_out(info, {base_ + "/spots", "{\"photo\":", "a\"b", "}"});
  EXPECT_EQ(outcome(info, answer), "ok:north");
  EXPECT_EQ(last().method, "POST");
  EXPECT_EQ(last().target, "/spots");
  EXPECT_EQ(last().header("authorization"), "Bearer f-token");
  EXPECT_EQ(last().header("content-type"), "application/json");
  EXPECT_EQ(last().header("idempotency-key"), "e1-o0");
  EXPECT_EQ(last().body, R"({"photo":"a\"b"})");
  answer_with(500, "");
  EXPECT_EQ(outcome(info, carry_out(info, {base_ + "/spots", "{}", "", ""})), "failed");
  info.operations[0].target = "open";
  (void)carry_out(info, {base_ + "/spots", "{}", "", ""});
  EXPECT_FALSE(last().header("authorization"));
}

TEST_F(KindsTest, SecretsAreLookedUpWhenTheyAreSent) {
  auto info = flow_of(OperationKind::http, "GET", {"url", "header Authorization", "secret header Authorization"},
                      {{Kind::failed}, {Kind::ok}});
  info.allowed_hosts = config_.outgoing.plain_hosts;
  EXPECT_EQ(outcome(info, carry_out(info, {base_ + "/x", "Bearer ", "crm_token"})), "ok");
  EXPECT_EQ(last().header("authorization"), "Bearer s3cret");
  config_.bindings.secrets.insert_or_assign("crm_token", config::Secret("n3w"));
  operations_->reload(config_);
  (void)carry_out(info, {base_ + "/x", "Bearer ", "crm_token"});
  EXPECT_EQ(last().header("authorization"), "Bearer n3w");
  const Answer unknown = carry_out(info, {base_ + "/x", "Bearer ", "nobody"});
  EXPECT_EQ(outcome(info, unknown), "failed");
  EXPECT_EQ(unknown.reason, "no secret `nobody` is configured");
}

TEST_F(KindsTest, OnlyWhatIsConfiguredIsAccepted) {
  const auto accepted = [&](OperationKind kind, const char* target) {
    return operations_->accepts(flow_of(kind, target, {}, {{Kind::failed}}));
  };
  EXPECT_TRUE(accepted(OperationKind::function, "save_spot"));
  EXPECT_EQ(accepted(OperationKind::function, "nobody").error().message,
            "it calls function `nobody`, which flowd's configuration does not bind: [functions.nobody]");
  EXPECT_TRUE(accepted(OperationKind::classify, "support_llm"));
  EXPECT_EQ(accepted(OperationKind::generate, "other").error().message,
            "it asks model `other`, which flowd's configuration does not bind: [models.other]");
  EXPECT_TRUE(accepted(OperationKind::hand_over, "shop_desk"));
  EXPECT_EQ(accepted(OperationKind::hand_over, "desk").error().message,
            "it hands over to desk `desk`, which flowd's configuration does not bind: [desks.desk]");
  auto info = flow_of(OperationKind::http, "GET", {}, {{Kind::failed}});
  info.secrets = {"crm_token"};
  EXPECT_TRUE(operations_->accepts(info));
  info.secrets = {"crm_token", "other"};
  EXPECT_EQ(operations_->accepts(info).error().message,
            "it sends secret `other`, which flowd's configuration does not bind: `other` in [secrets]");
}

// ---- Desks

TEST_F(KindsTest, ADeskIsToldWhatItNeeds) {
  const auto info = flow_of(OperationKind::hand_over, "shop_desk", {"argument name", "argument order"},
                            {{Kind::failed}, {Kind::named, 0, "accepted"}});
  answer_with(202, "");
  EXPECT_EQ(outcome(info, carry_out(info, {"Ann \"A\"", "17"})), "accepted");
  EXPECT_EQ(last().target, "/desk");
  EXPECT_EQ(last().header("authorization"), "Bearer d-token");
  EXPECT_EQ(last().header("idempotency-key"), "e1-o0");
  EXPECT_EQ(Json::parse(last().body), Json::parse(R"({"execution":"19ew5xwrnm83sqbh21mn3kw1m3","flow":"sample",
      "desk":"shop_desk","arguments":{"name":"Ann \"A\"","order":"17"}})"));
  answer_with(403, "");
  EXPECT_EQ(outcome(info, carry_out(info, {"", ""})), "failed");
  answer_with(503, "");
  EXPECT_TRUE(carry_out(info, {"", ""}).again);
}

// ---- Models

class ClassifyTest : public KindsTest {
 protected:
  void SetUp() override {
    KindsTest::SetUp();
    info_ =
        flow_of(OperationKind::classify, "support_llm", {"base", "model", "input", "label billing", "label delivery"},
                {{Kind::failed}, {Kind::named, 0, "billing"}, {Kind::named, 0, "delivery"}, {Kind::named, 0, ""}});
    info_.operations[0].reads = {{0, "label", false}};
  }
  std::string asked() {
    return outcome(info_, carry_out(info_, {base_ + "/v1/", "support-small", "where is it?", "invoices", "parcels"}));
  }
  program::FlowInfo info_;
};

TEST_F(ClassifyTest, TheModelChoosesALabel) {
  say(" delivery\n");
  EXPECT_EQ(asked(), "delivery:delivery");
  EXPECT_EQ(last().target, "/v1/chat/completions");
  EXPECT_EQ(last().header("authorization"), "Bearer m-key");
  const Json body = Json::parse(last().body);
  EXPECT_EQ(body.at("model"), "support-small");
  EXPECT_EQ(body.at("temperature"), 0);
  EXPECT_EQ(body.at("max_tokens"), limits::kNameCharsMax);
  ASSERT_EQ(body.at("messages").size(), 2U);
  const std::string system = body.at("messages")[0].at("content");
  EXPECT_NE(system.find("\nbilling: invoices\ndelivery: parcels\nelse: none of the others"), std::string::npos)
      << system;
  EXPECT_EQ(body.at("messages")[1], (Json{{"role", "user"}, {"content", "where is it?"}}));
  say("else");
  EXPECT_EQ(asked(), "else");
}

TEST_F(ClassifyTest, WhatIsNoLabelIsFailed) {
  for (const Json& content : {Json("refunds"), Json("Billing"), Json("billing."), Json("billing delivery"), Json(""),
                              Json(nullptr), Json(7), Json::array({"billing"}), Json("failed"), Json("ok")}) {
    say(content);
    EXPECT_EQ(asked(), "failed") << content;
  }
  say("billing", "length");
  EXPECT_EQ(asked(), "failed") << "it was cut short";
  for (const char* body : {"", "{", "[]", R"({"choices":[]})", R"({"choices":{}})", R"({"choices":[7]})",
                           R"({"error":{"message":"no"}})"}) {
    answer_with(200, body);
    EXPECT_EQ(asked(), "failed") << body;
  }
  answer_with(401, R"({"choices":[{"message":{"content":"billing"}}]})");
  EXPECT_EQ(asked(), "failed");
  info_.operations[0].outcomes.pop_back();
  say("else");
  EXPECT_EQ(asked(), "failed") << "it was not offered";
  EXPECT_EQ(last().body.find("none of the others"), std::string::npos);
}

TEST_F(KindsTest, AModelWritesAText) {
  auto info = flow_of(OperationKind::generate, "support_llm", {"base", "model", "prompt", "input", "max"},
                      {{Kind::failed}, {Kind::ok}});
  info.operations[0].reads = {{0, "text", false}};
  const auto asked = [&] { return outcome(info, carry_out(info, {base_, "m", "You answer.", "when?", "20"})); };
  say("  Tomorrow at nine.  ");
  EXPECT_EQ(asked(), "ok:Tomorrow at nine.");
  EXPECT_EQ(last().target, "/chat/completions");
  const Json body = Json::parse(last().body);
  EXPECT_EQ(body.at("max_tokens"), 20);
  EXPECT_EQ(body.at("messages"), Json::parse(R"([{"role":"system","content":"You answer."},
      {"role":"user","content":"when?"}])"));
  EXPECT_FALSE(body.contains("temperature"));
  say("exactly 20 chars …!");
  EXPECT_EQ(asked(), "ok:exactly 20 chars …!");
  say("a text that is longer than that");
  EXPECT_EQ(asked(), "failed");
  say("cut off", "length");
  EXPECT_EQ(asked(), "failed");
  say("");
  EXPECT_EQ(asked(), "failed");
  answer_with(429, "");
  EXPECT_TRUE(carry_out(info, {base_, "m", "p", "i", "20"}).again);
}

}  // namespace
}  // namespace flow::operations
