// What is carried out, against a server on this machine that behaves well, badly, and not at all.
#include "runtime/operations/operations.h"

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/core/clock.h"
#include "runtime/http/peers_test_support.h"
#include "runtime/http/server.h"
#include "runtime/program/http_call.h"
#include "tests/support/run_program.h"

namespace flow::operations {
namespace {

using http::Accepted;
using http::RawServer;
using http::Responder;
using http::Response;
using http::Server;
using namespace std::chrono_literals;

// A flow with one http step: asks `target` of the server and reads `eta` out of a 200.
program::FlowInfo flow_asking(std::string method, std::vector<std::string> places) {
  program::FlowInfo info;
  info.steps = {{"ask", "http"}};
  info.fields.push_back({.name = "eta", .type = program::ValueType::text, .choices = {}});
  program::OperationInfo site;
  site.target = std::move(method);
  site.arguments = std::move(places);
  using Kind = program::OperationOutcome::Kind;
  site.outcomes = {{Kind::failed, 0}, {Kind::ok, 0}, {Kind::status, 404}};
  site.reads = {{0, "eta", false}};
  info.operations = {site};
  return info;
}

std::uint16_t unused_port() {
  auto server = Server::start({}, [](http::Request&, Responder) {});
  return server ? (*server)->port() : 1;
}

class OperationsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::start({}, [this](http::Request& request, Responder respond) { serve(request, respond); });
    ASSERT_TRUE(server);
    server_ = *std::move(server);
    here_ = "shop.test:" + std::to_string(server_->port());
    there_ = "elsewhere.test:" + std::to_string(server_->port());
    names_ = {{"shop.test", {"127.0.0.1"}},
              {"elsewhere.test", {"127.0.0.1"}},
              {"inside.test", {"10.0.0.1"}},
              {"cloud.test", {"169.254.169.254"}},
              {"mapped.test", {"::ffff:127.0.0.1"}}};
    config_.outgoing.networks = {*config::parse_network("127.0.0.1")};
    config_.outgoing.plain_hosts = {here_, there_};
    open();
  }
  void TearDown() override {
    kept_.clear();  // the server would wait for them
  }
  void open() {
    operations_ = std::make_unique<Operations>(config_, std::vector<http::Loop*>{}, [this](const std::string& name) {
      const std::lock_guard lock(mutex_);
      ++lookups_;
      return names_[name];
    });
  }

  void serve(http::Request& request, Responder respond) {
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request);
    }
    const std::string path(request.path());
    const auto redirect = [&](int status, std::string to) {
      respond(Response{status, {{"location", std::move(to)}}, "moved"});
    };
    if (path == "/ok") return respond(Response{200, {}, R"({"eta":"soon"})"});
    if (path == "/bad") return respond(Response{200, {}, R"({"eta":)"});
    if (path == "/deep") return respond(Response{200, {}, std::string(100'000, '[')});
    if (path == "/missing") return respond(Response{404, {}, "no"});
    if (path == "/busy") return respond(Response{429, {{"retry-after", "7"}}, ""});
    if (path == "/busy-until") return respond(Response{503, {{"retry-after", until_}}, ""});
    if (path == "/down") return respond(Response{500, {}, ""});
    if (path == "/largest") return respond(Response{200, {}, padded(limits::kOperationAnswerBytesMax)});
    if (path == "/too-large") return respond(Response{200, {}, padded(limits::kOperationAnswerBytesMax + 1)});
    if (path == "/cut") return respond(Response{0, {}, ""});
    if (path == "/slow") return keep(std::move(respond));
    if (path == "/relative") return redirect(302, "ok");
    if (path.starts_with("/hop")) {
      const int left = path.back() - '0';
      return redirect(307, left == 0 ? "/ok" : "/hop" + std::to_string(left - 1));
    }
    if (path.starts_with("/to/")) return redirect(std::stoi(path.substr(4)), to_);
    respond(Response{200, {}, "{}"});
  }
  static std::string padded(std::size_t size) {
    std::string body = R"({"eta":"x","pad":")";
    return body + std::string(size - body.size() - 2, 'p') + "\"}";
  }
  void keep(Responder respond) {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(respond));
  }

  Answer carry_out(const program::FlowInfo& flow, std::vector<std::string> arguments,
                   std::chrono::milliseconds time = 20s) {
    program::FlowInfo info = flow;
    if (info.allowed_hosts.empty()) info.allowed_hosts = hosts_;
    Request request;
    request.idempotency_key = "e1-o0";
    request.arguments = std::move(arguments);
    request.time_ms = time.count();
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    operations_->carry_out(info, std::move(request), [&](Answer result) { promise.set_value(std::move(result)); });
    return answer.get();
  }
  Answer get(const std::string& url, std::chrono::milliseconds time = 20s) {
    hosts_ = {here_, there_, "inside.test", "cloud.test", "mapped.test", "127.0.0.2"};
    return carry_out(flow_asking("GET", {"url"}), {url}, time);
  }
  Answer get_path(const std::string& path) { return get("http://" + here_ + path); }
  // "ok", "failed" or "status 404" of the arm that is taken.
  static std::string outcome(const Answer& answer) {
    const auto info = flow_asking("GET", {"url"});
    const auto result = result_of(info, info.operations[0], answer);
    return program::to_string(info.operations[0].kind,
                              info.operations[0].outcomes[static_cast<std::size_t>(result.event.outcome)]);
  }
  std::vector<http::Request> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  std::mutex mutex_;
  std::vector<http::Request> seen_;
  std::vector<Responder> kept_;
  std::map<std::string, std::vector<std::string>> names_;
  int lookups_ = 0;
  std::string here_;
  std::string there_;
  std::string to_;
  std::string until_;
  std::vector<std::string> hosts_;
  config::Config config_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Operations> operations_;
};

TEST_F(OperationsTest, AskAndAnswer) {
  hosts_ = {here_};
  const auto info = flow_asking("POST", {"url", "query a", "header X-Shop", "json"});
  const Answer answer = carry_out(info, {"http://" + here_ + "/ok", "b c", "one", "{\"x\":1}"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(outcome(answer), "ok");
  EXPECT_EQ(answer.reason, "");
  const http::Request request = seen().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/ok?a=b%20c");
  EXPECT_EQ(request.header("x-shop"), "one");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("idempotency-key"), "e1-o0");
  EXPECT_EQ(request.body, "{\"x\":1}");
}

TEST_F(OperationsTest, AnswersThatAreOutcomes) {
  EXPECT_EQ(outcome(get_path("/missing")), "status 404");
  EXPECT_EQ(outcome(get_path("/down")), "failed");
  EXPECT_FALSE(get_path("/down").again) << "the author named which statuses are tried again";
  EXPECT_EQ(outcome(get_path("/bad")), "failed");
  EXPECT_EQ(outcome(get_path("/deep")), "failed");
  EXPECT_EQ(outcome(get_path("/none")), "failed") << "what is read is missing";
  EXPECT_NE(get_path("/down").reason.find("answered 500"), std::string::npos);
}

TEST_F(OperationsTest, SaysWhatMayBeTriedAgainAndWhen) {
  const Answer busy = get_path("/busy");
  EXPECT_TRUE(busy.again);
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.retry_after_ms, 7000);
  const std::time_t at = core::real_now_ms() / 1000 + 3600;
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&at));
  until_ = text;
  EXPECT_NEAR(static_cast<double>(get_path("/busy-until").retry_after_ms), 3'600'000, 60'000);
  until_ = "soon";
  EXPECT_EQ(get_path("/busy-until").retry_after_ms, 0);
  const Answer cut = get_path("/cut");
  EXPECT_TRUE(cut.again);
  EXPECT_EQ(cut.status, 0);
  server_.reset();
  const Answer gone = get_path("/ok");
  EXPECT_TRUE(gone.again);
  EXPECT_EQ(outcome(gone), "failed");
}

TEST_F(OperationsTest, ASlowServerIsNotWaitedForLonger) {
  const Answer answer = get("http://" + here_ + "/slow", 100ms);
  EXPECT_TRUE(answer.again);
  EXPECT_EQ(outcome(answer), "failed");
  config_.outgoing.timeout = 100ms;
  operations_->reload(config_);
  EXPECT_EQ(outcome(get("http://" + here_ + "/slow", 20s)), "failed");
}

TEST_F(OperationsTest, AnAnswerHasALimit) {
  static_assert(limits::kOperationAnswerBytesMax == 256 * 1024);
  EXPECT_EQ(outcome(get_path("/largest")), "ok");
  const Answer answer = get_path("/too-large");
  EXPECT_EQ(outcome(answer), "failed");
  EXPECT_FALSE(answer.again);
  EXPECT_NE(answer.reason.find("too large"), std::string::npos) << answer.reason;
}

TEST_F(OperationsTest, AnAnswerThatIsCutShortIsNone) {
  const RawServer server([](const Accepted& connection) {
    (void)connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"eta\":\"soon\"}");
  });
  config_.outgoing.plain_hosts = {"shop.test:" + std::to_string(server.port())};
  operations_->reload(config_);
  hosts_ = config_.outgoing.plain_hosts;
  const Answer answer = carry_out(flow_asking("GET", {"url"}), {"http://" + hosts_[0] + "/"});
  EXPECT_EQ(outcome(answer), "failed");
  EXPECT_TRUE(answer.again);
}

TEST_F(OperationsTest, OnlyHostsThatTheWorkspaceAllows) {
  hosts_ = {"other.test", here_ + "0", "shop.test"};
  const Answer answer = carry_out(flow_asking("GET", {"url"}), {"http://" + here_ + "/ok"});
  EXPECT_EQ(outcome(answer), "failed");
  EXPECT_FALSE(answer.again);
  EXPECT_EQ(answer.reason, "shop.test: no host that may be asked");
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(get("ftp://shop.test/").reason, "the address is none of http");
  EXPECT_EQ(get("http://user@" + here_ + "/").reason, "the address is none of http");
}

TEST_F(OperationsTest, OnlyEncryptedUnlessTheOperatorSaysSo) {
  config_.outgoing.plain_hosts = {there_};
  operations_->reload(config_);
  EXPECT_EQ(get_path("/ok").reason, "shop.test: may only be asked by https");
  EXPECT_EQ(outcome(get("http://" + there_ + "/ok")), "ok");
}

TEST_F(OperationsTest, WhoCannotProveWhoTheyAreIsNotAsked) {
  const testing_support::TemporaryFolder folder;
  const std::string certificate = folder.file("a.crt");
  const std::string key = folder.file("a.key");
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
      "/CN=shop.test -addext subjectAltName=DNS:shop.test -keyout " +
      key + " -out " + certificate + " >/dev/null 2>&1";
  ASSERT_EQ(std::system(make.c_str()), 0);
  http::ServerOptions options;
  options.tls_certificate_file = certificate;
  options.tls_key_file = key;
  auto server = Server::start(options, [this](http::Request& request, Responder respond) { serve(request, respond); });
  ASSERT_TRUE(server);
  const std::string host = "shop.test:" + std::to_string((*server)->port());
  hosts_ = {host, "elsewhere.test:" + std::to_string((*server)->port())};
  const auto info = flow_asking("GET", {"url"});
  EXPECT_EQ(outcome(carry_out(info, {"https://" + host + "/ok"})), "failed") << "nobody who is trusted signed it";
  EXPECT_TRUE(seen().empty());
  config_.outgoing.authorities = certificate;
  open();
  EXPECT_EQ(outcome(carry_out(info, {"https://" + host + "/ok"})), "ok");
  EXPECT_EQ(outcome(carry_out(info, {"https://" + hosts_[1] + "/ok"})), "failed") << "it is of another name";
  hosts_ = {here_};
  EXPECT_EQ(outcome(carry_out(info, {"https://" + here_ + "/ok"})), "failed") << "no TLS is spoken there";
  EXPECT_EQ(seen().size(), 1U);
}

TEST_F(OperationsTest, NoAddressThatIsNotPublic) {
  for (const char* url :
       {"https://inside.test/", "https://cloud.test/latest/meta-data", "https://mapped.test/", "https://127.0.0.2/"}) {
    const Answer answer = get(url);
    EXPECT_EQ(outcome(answer), "failed") << url;
    EXPECT_FALSE(answer.again) << url;
    EXPECT_NE(answer.reason.find("may not be connected to"), std::string::npos) << answer.reason;
  }
  EXPECT_TRUE(seen().empty());
}

// A name that means something good when it is looked at and something else later: what was checked is what is
// connected to, and each new meaning is checked.
TEST_F(OperationsTest, ANameThatChangesItsMeaningGainsNothing) {
  EXPECT_EQ(outcome(get_path("/ok")), "ok");
  {
    const std::lock_guard lock(mutex_);
    names_["shop.test"] = {"169.254.169.254", "10.0.0.1"};
  }
  EXPECT_EQ(outcome(get_path("/ok")), "ok") << "over the connection that is there, to the address that was checked";
  EXPECT_EQ(lookups_, 1);
  open();
  const Answer answer = get_path("/ok");
  EXPECT_NE(answer.reason.find("may not be connected to"), std::string::npos) << answer.reason;
  {
    const std::lock_guard lock(mutex_);
    names_["shop.test"] = {"10.0.0.1", "127.0.0.1"};
  }
  EXPECT_EQ(outcome(get_path("/ok")), "ok") << "of several only what is allowed";
}

TEST_F(OperationsTest, RedirectsAreFollowedAFewTimes) {
  EXPECT_EQ(limits::kOperationRedirectsMax, 3);
  EXPECT_EQ(outcome(get_path("/relative")), "ok");
  EXPECT_EQ(outcome(get_path("/hop2")), "ok");
  const Answer answer = get_path("/hop3");
  EXPECT_EQ(outcome(answer), "failed");
  EXPECT_EQ(answer.reason, "shop.test: more than 3 redirects");
}

TEST_F(OperationsTest, RedirectsAreHeldToTheSameRules) {
  to_ = "https://cloud.test/latest/meta-data";
  EXPECT_NE(get_path("/to/302").reason.find("may not be connected to"), std::string::npos);
  to_ = "https://evil.test/";
  EXPECT_EQ(get_path("/to/302").reason, "evil.test: no host that may be asked");
  to_ = "http://inside.test/";
  EXPECT_EQ(get_path("/to/302").reason, "inside.test: may only be asked by https");
  to_ = "file:///etc/passwd";
  EXPECT_EQ(get_path("/to/302").reason, "the address is none of http");
  to_ = "";
  const auto own = [&] {
    auto info = flow_asking("GET", {"url"});
    info.operations[0].outcomes.push_back({program::OperationOutcome::Kind::status, 302});
    return carry_out(info, {"http://" + here_ + "/to/302"});
  };
  EXPECT_EQ(own().status, 302) << "a status with an arm is an answer";
}

TEST_F(OperationsTest, RedirectsChangeTheMethodAsEverybodyDoes) {
  hosts_ = {here_, there_};
  to_ = "/end";
  struct Case {
    const char* method;
    int status;
    const char* then;
  };
  for (const Case& each : {Case{"POST", 301, "GET"}, Case{"POST", 302, "GET"}, Case{"POST", 303, "GET"},
                           Case{"POST", 307, "POST"}, Case{"POST", 308, "POST"}, Case{"PUT", 301, "PUT"},
                           Case{"PUT", 303, "GET"}, Case{"DELETE", 302, "DELETE"}, Case{"HEAD", 303, "HEAD"}}) {
    (void)carry_out(flow_asking(each.method, {"url", "json"}),
                    {"http://" + here_ + "/to/" + std::to_string(each.status), "{}"});
    const http::Request last = seen().back();
    EXPECT_EQ(last.method, each.then) << each.method << each.status;
    const bool with_body = std::string_view(each.then) != "GET" && std::string_view(each.then) != "HEAD";
    EXPECT_EQ(last.body, with_body ? "{}" : "") << each.method << each.status;
  }
}

TEST_F(OperationsTest, SecretsStayWithTheirOrigin) {
  hosts_ = {here_, there_};
  to_ = "http://" + there_ + "/end";
  auto info = flow_asking("GET", {"url", "header Authorization", "header X-Token", "header Accept"});
  (void)carry_out(info, {"http://" + here_ + "/to/302", "Bearer s3cret", "s3cret", "application/json"});
  EXPECT_FALSE(seen().back().header("authorization"));
  EXPECT_EQ(seen().back().header("x-token"), "s3cret") << "nobody said that it is one";
  info.operations[0].secret = true;
  (void)carry_out(info, {"http://" + here_ + "/to/302", "Bearer s3cret", "s3cret", "application/json"});
  EXPECT_FALSE(seen().back().header("authorization"));
  EXPECT_FALSE(seen().back().header("x-token"));
  EXPECT_EQ(seen().back().header("accept"), "application/json");
  to_ = "/end";
  (void)carry_out(info, {"http://" + here_ + "/to/302", "Bearer s3cret", "s3cret", "application/json"});
  EXPECT_EQ(seen().back().header("x-token"), "s3cret") << "to the same origin";

  to_ = "http://" + there_ + "/end";
  info = flow_asking("POST", {"url", "json"});
  info.operations[0].secret = true;
  const auto before = seen().size();
  const Answer answer = carry_out(info, {"http://" + here_ + "/to/307", "{\"code\":\"s3cret\"}"});
  EXPECT_EQ(answer.reason, "shop.test: redirects a body with a secret to another host");
  EXPECT_EQ(seen().size(), before + 1);
}

TEST_F(OperationsTest, AHostThatIsDownIsLeftAlone) {
  const std::string down = "shop.test:" + std::to_string(unused_port());
  config_.outgoing.plain_hosts = {down, here_};
  operations_->reload(config_);
  hosts_ = {down};
  Answer answer;
  for (int i = 0; i < 21; ++i) answer = carry_out(flow_asking("GET", {"url"}), {"http://" + down + "/"});
  EXPECT_TRUE(answer.again);
  EXPECT_GT(answer.retry_after_ms, 0);
  EXPECT_NE(answer.reason.find("is not asked for a moment"), std::string::npos) << answer.reason;
  EXPECT_EQ(outcome(get_path("/ok")), "ok") << "others are asked as before";
}

TEST_F(OperationsTest, ArgumentsThatMakeNoRequestAreRefused) {
  hosts_ = {here_};
  const Answer answer = carry_out(flow_asking("GET", {"url", "header X"}), {"http://" + here_ + "/ok", "a\r\nb: c"});
  EXPECT_EQ(outcome(answer), "failed");
  EXPECT_FALSE(answer.again);
  EXPECT_EQ(answer.reason, "a control character in the header `X`");
  EXPECT_TRUE(seen().empty());
}

TEST_F(OperationsTest, WhatIsUnderWayIsAnsweredAtTheEnd) {
  hosts_ = {here_};
  auto info = flow_asking("GET", {"url"});
  info.allowed_hosts = hosts_;
  Request request;
  request.arguments = {"http://" + here_ + "/slow"};
  request.time_ms = 60'000;
  std::atomic<int> answers = 0;
  operations_->carry_out(info, request, [&](Answer answer) { answers += answer.status == 0 ? 1 : 100; });
  operations_.reset();
  EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace flow::operations
