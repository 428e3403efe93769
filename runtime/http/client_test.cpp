#include "runtime/http/client.h"

#include <atomic>
#include <latch>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "runtime/http/server.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

struct Peer {
  std::unique_ptr<Server> server;
  explicit Peer(Handler handler) { server = std::move(Server::start({}, std::move(handler)).value()); }
  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + path;
  }
};

TEST(Client, SendsMethodHeadersAndBody) {
  Request seen;
  const Peer peer([&](Request request, Responder respond) {
    seen = request;
    respond(Response{202, {{"retry-after", "3"}}, "yes"});
  });
  Client client;
  for (const char* method : {"POST", "PUT", "DELETE", "GET"}) {
    ClientRequest request{
        method, peer.url("/p?q=1"), {{"x-test", "value"}, {"x-empty", ""}}, "body", milliseconds(5000)};
    const auto outcome = client.perform(request);
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->status, 202);
    EXPECT_EQ(outcome->body, "yes");
    EXPECT_EQ(outcome->header("retry-after"), "3");
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(seen.target, "/p?q=1");
    EXPECT_EQ(seen.header("x-test"), "value");
    EXPECT_EQ(seen.header("x-empty"), "");
    EXPECT_EQ(seen.body, seen.method == "GET" ? "" : "body");
  }
}

TEST(Client, ManyAtOnce) {
  const Peer peer([](Request request, Responder respond) { respond(Response{200, {}, request.body}); });
  constexpr int kRequests = 500;
  std::latch all(kRequests);
  std::atomic<int> good = 0;
  {
    Client client;
    for (int i = 0; i < kRequests; ++i) {
      ClientRequest request{"POST", peer.url(), {}, std::to_string(i), milliseconds(20'000)};
      client.send(request, [&, i](ClientOutcome outcome) {
        if (outcome && outcome->body == std::to_string(i)) ++good;
        all.count_down();
      });
    }
    all.wait();
  }
  EXPECT_EQ(good, kRequests);
}

TEST(Client, ARefusedConnectionWasNotSent) {
  std::uint16_t port = 0;
  {
    const Peer gone([](Request, Responder) {});
    port = gone.server->port();
  }
  Client client;
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/secret?token=hush";
  const auto outcome = client.perform(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, ErrorCode::unavailable);
  EXPECT_FALSE(outcome.error().sent);
  EXPECT_EQ(outcome.error().error.message.find("hush"), std::string::npos);
  EXPECT_NE(outcome.error().error.message.find("127.0.0.1"), std::string::npos);
}

TEST(Client, ALateAnswerMayHaveBeenSent) {
  std::mutex mutex;
  std::vector<Responder> held;
  const Peer peer([&](Request, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(respond);
  });
  Client client;
  const auto outcome = client.perform({"POST", peer.url(), {}, "x", milliseconds(100)});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, ErrorCode::unavailable);
  EXPECT_TRUE(outcome.error().sent);
}

TEST(Client, FollowsNoRedirectAndReadsNoMoreThanItsLimit) {
  const Peer peer([](Request request, Responder respond) {
    if (request.target == "/redirect") return respond(Response{302, {{"location", "/large"}}, ""});
    respond(Response{200, {}, std::string(1001, 'x')});
  });
  ClientOptions options;
  options.answer_bytes_max = 1000;
  Client client(options);
  EXPECT_EQ(client.perform({.url = peer.url("/redirect")})->status, 302);
  const auto large = client.perform({.url = peer.url("/large")});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().error.code, ErrorCode::resource_exhausted);
}

TEST(Client, RefusesOtherSchemesAndBrokenHeaders) {
  Client client;
  for (const char* url :
       {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://", "not a url"}) {
    const auto outcome = client.perform({.url = url});
    ASSERT_FALSE(outcome) << url;
    EXPECT_FALSE(outcome.error().sent);
  }
  const auto split = client.perform({.url = "http://127.0.0.1:1/", .headers = {{"a", "b\r\nc: d"}}});
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().error.code, ErrorCode::invalid_argument);
}

TEST(Client, TheDestructorFailsWhatIsUnderWay) {
  std::mutex mutex;
  std::vector<Responder> held;
  const Peer peer([&](Request, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(respond);
  });
  int failed = 0;
  {
    Client client;
    for (int i = 0; i < 3; ++i) {
      client.send({.url = peer.url()}, [&](ClientOutcome outcome) { failed += outcome ? 0 : 1; });
    }
  }
  EXPECT_EQ(failed, 3);
}

TEST(Client, ABoundedNumberWaits) {
  std::mutex mutex;
  std::vector<Responder> held;
  const Peer peer([&](Request, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(respond);
  });
  std::atomic<int> refused = 0;
  {
    ClientOptions options;
    options.requests_max = 2;
    Client client(options);
    for (int i = 0; i < 5; ++i) {
      client.send({.url = peer.url()}, [&](ClientOutcome outcome) {
        if (!outcome && outcome.error().error.code == ErrorCode::resource_exhausted) ++refused;
      });
    }
    for (int i = 0; i < 500 && refused < 3; ++i) std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(refused, 3);
}

}  // namespace
}  // namespace flow::http
