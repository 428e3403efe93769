#include "runtime/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/http/client.h"
#include "runtime/http/peers_test_support.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

Handler echo() {
  return [](Request request, Responder respond) {
    Response response;
    response.headers = {{"content-type", "text/plain"}};
    response.body = request.method + " " + std::string(request.path()) + " " + std::string(request.query()) + " " +
                    request.peer + " " + request.body;
    respond(std::move(response));
  };
}

std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {}) {
  auto server = Server::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server) << server.error().message;
  return std::move(*server);
}

ClientOutcome call(const Server& server, ClientRequest request, const std::string& path = "/") {
  Client client;
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
  return client.perform(std::move(request));
}

TEST(Server, GivesTheHandlerTheRequestAsItCame) {
  const auto server = serve(echo());
  ClientRequest request;
  request.method = "POST";
  request.body = std::string("raw\0body", 8);
  const auto outcome = call(*server, request, "/a%20b?x=1&y");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 200);
  EXPECT_EQ(outcome->body, "POST /a%20b x=1&y 127.0.0.1 " + request.body);
  EXPECT_EQ(outcome->header("content-type"), "text/plain");
}

TEST(Server, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  const auto server = serve(echo());
  Raw raw(server->port());
  raw.write("GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = raw.read_all();
  const auto one = all.find("GET /one");
  const auto two = all.find("GET /two");
  ASSERT_NE(one, std::string::npos) << all;
  ASSERT_NE(two, std::string::npos) << all;
  EXPECT_LT(one, two);
}

TEST(Server, AnswersFromAnotherThreadAndOnlyOnce) {
  std::vector<std::thread> threads;
  const auto server = serve([&](Request, Responder respond) {
    threads.emplace_back([respond] {
      respond(Response{201, {}, "first"});
      respond(Response{500, {}, "second"});
    });
  });
  const auto outcome = call(*server, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 201);
  EXPECT_EQ(outcome->body, "first");
  for (auto& thread : threads) thread.join();
}

TEST(Server, ADroppedResponderAndAThrowingHandlerAre500) {
  const auto dropping = serve([](Request, Responder) {});
  EXPECT_EQ(call(*dropping, {})->status, 500);
  const auto throwing = serve([](Request, Responder) { throw std::runtime_error("bug"); });
  const auto outcome = call(*throwing, {});
  EXPECT_EQ(outcome->status, 500);
  EXPECT_EQ(outcome->body.find("bug"), std::string::npos);
}

TEST(Server, StatusZeroClosesWithoutAnAnswer) {
  const auto server = serve([](Request, Responder respond) { respond(Response{0, {}, ""}); });
  Raw raw(server->port());
  raw.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(raw.read_all(), "");
}

TEST(Server, AHandlerThatNeverAnswersIs503) {
  ServerOptions options;
  options.answer_time = milliseconds(50);
  std::vector<Responder> held;
  const auto server = serve([&](Request, Responder respond) { held.push_back(respond); }, options);
  EXPECT_EQ(call(*server, {})->status, 503);
  held.front()(Response{});  // too late: dropped
}

TEST(Server, HeaderAndBodyLimits) {
  ServerOptions options;
  options.header_bytes_max = 1000;
  options.body_bytes_max = [](const Request& head) { return head.path() == "/big" ? 100U : 10U; };
  const auto server = serve(echo(), options);
  ClientRequest post;
  post.method = "POST";
  post.body = std::string(11, 'x');
  EXPECT_EQ(call(*server, post)->status, 413);
  EXPECT_EQ(call(*server, post, "/big")->status, 200);
  post.body = std::string(10, 'x');
  EXPECT_EQ(call(*server, post)->status, 200);
  ClientRequest long_header;
  long_header.headers = {{"x-long", std::string(1001, 'x')}};
  EXPECT_EQ(call(*server, long_header)->status, 431);
  Raw chunked(server->port());
  chunked.write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nxxxxxxxxxxx\r\n0\r\n\r\n");
  EXPECT_NE(chunked.read_all().find(" 413 "), std::string::npos);
}

TEST(Server, MalformedRequestsAre400) {
  const auto server = serve(echo());
  for (const char* text : {"\x16\x03\x01 hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                           "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                           "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    Raw raw(server->port());
    raw.write(text);
    EXPECT_NE(raw.read_all().find("HTTP/1.1 400"), std::string::npos) << text;
  }
}

TEST(Server, SlowRequestsAreCutOff) {
  ServerOptions options;
  options.header_time = milliseconds(100);
  options.body_time = milliseconds(100);
  const auto server = serve(echo(), options);
  for (const char* text : {"", "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"}) {
    Raw raw(server->port());
    raw.write(text);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(raw.read_all(), "") << text;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(4000)) << text;
  }
}

TEST(Server, ConnectionsBeyondTheLimitAreClosedAndRoomComesBack) {
  ServerOptions options;
  options.connections_max = 2;
  const auto server = serve(echo(), options);
  {
    Raw a(server->port());
    Raw b(server->port());
    a.write("GET");
    b.write("GET");
    std::this_thread::sleep_for(milliseconds(50));
    Raw c(server->port());
    c.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(c.read_all(), "");
  }
  int status = 0;
  for (int i = 0; i < 100 && status != 200; ++i) {
    const auto outcome = call(*server, {});
    status = outcome ? outcome->status : 0;
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST(Server, HeadHasNoBodyAndExpectContinueIsAnswered) {
  const auto server = serve(echo());
  Raw head(server->port());
  head.write("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(head.read_all().ends_with("\r\n\r\n"));
  Raw raw(server->port());
  raw.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(20));
  raw.write("ok");
  const std::string all = raw.read_all();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")) << all;
}

TEST(Server, StopAnswersWhatIsUnderWayAndDropsWhatComesLate) {
  std::promise<Responder> arrived;
  auto server = serve([&](Request, Responder respond) { arrived.set_value(respond); });
  auto outcome = std::async(std::launch::async, [&] { return call(*server, {}); });
  const Responder respond = arrived.get_future().get();
  std::thread answer([&] {
    std::this_thread::sleep_for(milliseconds(50));
    respond(Response{202, {}, ""});
  });
  server->stop();
  answer.join();
  ASSERT_TRUE(outcome.get());
  respond(Response{});
  EXPECT_FALSE(Raw(server->port()).connected());
}

TEST(Server, StopEndsAHandlerThatNeverAnswers) {
  std::promise<Responder> arrived;
  auto server = serve([&](Request, Responder respond) { arrived.set_value(respond); });
  auto outcome = std::async(std::launch::async, [&] { return call(*server, {}); });
  const Responder respond = arrived.get_future().get();
  server->stop(milliseconds(20));
  EXPECT_FALSE(outcome.get());
  respond(Response{});  // nobody is there any more
}

TEST(Server, BadAddressesAndTakenPortsAreErrors) {
  ServerOptions options;
  options.address = "nowhere";
  EXPECT_EQ(Server::start(options, echo()).error().code, ErrorCode::invalid_argument);
  const auto server = serve(echo());
  options.address = "127.0.0.1";
  options.port = server->port();
  EXPECT_EQ(Server::start(options, echo()).error().code, ErrorCode::unavailable);
  options.port = 0;
  options.tls_certificate_file = "/nonexistent.pem";
  EXPECT_EQ(Server::start(options, echo()).error().code, ErrorCode::invalid_argument);
}

TEST(Server, SpeaksTlsWithACertificate) {
  // A self-signed certificate that curl, told to trust it alone, takes for 127.0.0.1.
  const auto folder = std::filesystem::temp_directory_path() / ("flow_tls_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string certificate = (folder / "flowd.crt").string();
  const std::string key = (folder / "flowd.key").string();
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=flowd "
      "-addext subjectAltName=IP:127.0.0.1 -keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  ServerOptions options;
  options.tls_certificate_file = certificate;
  options.tls_key_file = key;
  const auto server = serve(echo(), options);
  const auto curl = [&](const std::string& scheme, const std::string& more) {
    const std::string command =
        "curl -s --max-time 5 --noproxy '*' " + more + " " + scheme + "://127.0.0.1:" + std::to_string(server->port()) +
        "/a https://127.0.0.1:" + std::to_string(server->port()) + "/b >" + (folder / "out").string();
    return std::system(command.c_str());
  };
  EXPECT_EQ(curl("https", "--cacert " + certificate), 0);
  std::ifstream in(folder / "out");
  const std::string out{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(out.find("GET /a"), std::string::npos) << out;
  EXPECT_NE(out.find("GET /b"), std::string::npos) << out;
  EXPECT_NE(curl("https", "--tls-max 1.1 --cacert " + certificate), 0);
  EXPECT_FALSE(call(*server, {}));  // plain HTTP
  std::filesystem::remove_all(folder);
}

TEST(Server, Loopback) {
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) EXPECT_TRUE(is_loopback(address));
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "example.org", ""}) EXPECT_FALSE(is_loopback(address));
}

}  // namespace
}  // namespace flow::http
