// The client against servers that do not behave: raw bytes from a thread.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/http/client.h"
#include "runtime/http/peers_test_support.h"
#include "runtime/http/server.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

ClientRequest post(const std::string& url, milliseconds timeout = milliseconds(5000)) {
  return {.method = "POST", .url = url, .headers = {}, .body = "body", .timeout = timeout};
}

TEST(ClientPeers, UsesAConnectionAgain) {
  const RawServer server([](const Accepted& peer) {
    while (!peer.read_request(4).empty()) peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Client client;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.perform(post(server.url()))->body, "ok");
  EXPECT_EQ(server.accepted(), 1);
}

TEST(ClientPeers, UnderstandsEveryWayOfEndingAnAnswer) {
  const RawServer server([](const Accepted& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      if (request.starts_with("GET /chunked ")) {
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        peer.write("2;extension=1\r\nde\r\n0\r\ntrailer: x\r\n\r\n");
      } else if (request.starts_with("GET /interim ")) {
        peer.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
      } else if (request.starts_with("GET /slowly ")) {
        for (const char c : std::string_view("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nabcde")) {
          peer.write({&c, 1});
        }
      } else if (request.starts_with("HEAD ")) {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
      } else {
        peer.write("HTTP/1.1 204 No Content\r\n\r\n");
      }
    }
  });
  Client client;
  for (const char* path : {"/chunked", "/interim", "/slowly"}) {
    const auto outcome = client.perform({.url = server.url(path)});
    ASSERT_TRUE(outcome) << path << ": " << outcome.error().error.message;
    EXPECT_EQ(outcome->status, 200);
    EXPECT_EQ(outcome->body, "abcde") << path;
  }
  EXPECT_EQ(client.perform({.method = "HEAD", .url = server.url()})->body, "");
  EXPECT_EQ(client.perform({.url = server.url("/nothing")})->status, 204);
  const RawServer closing([](const Accepted& peer) {
    peer.read_request();
    peer.write("HTTP/1.0 200 OK\r\n\r\nabcde");
  });
  EXPECT_EQ(client.perform({.url = closing.url()})->body, "abcde");
}

TEST(ClientPeers, BrokenAnswersAreFailuresThatMayHaveBeenSent) {
  const std::string many(70'000, 'h');
  for (const std::string& answer :
       {std::string(), std::string("nonsense\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), std::string("HTTP/1.1 20"),
        std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "HTTP/1.1 200 OK\r\nx: " + many + "\r\n\r\n"}) {
    const RawServer server([&](const Accepted& peer) {
      peer.read_request(4);
      peer.write(answer);
    });
    Client client;
    const auto outcome = client.perform(post(server.url("/path?token=hush")));
    ASSERT_FALSE(outcome) << answer.substr(0, 100);
    EXPECT_TRUE(outcome.error().sent) << answer.substr(0, 100);
    EXPECT_EQ(outcome.error().error.message.find("hush"), std::string::npos);
    EXPECT_EQ(server.accepted(), 1) << "it was sent twice";
  }
}

TEST(ClientPeers, EndlessInterimAnswersEnd) {
  const RawServer server([](const Accepted& peer) {
    peer.read_request(4);
    for (int i = 0; i < 100; ++i) peer.write("HTTP/1.1 102 Processing\r\n\r\n");
    peer.read_request();
  });
  Client client;
  EXPECT_FALSE(client.perform(post(server.url())));
}

// The other side closes what it kept open: the next request goes over a new connection, and only once.
TEST(ClientPeers, AConnectionThatWasClosedMeanwhileIsNotUsed) {
  std::latch closed(1);
  const RawServer server([&](const Accepted& peer) {
    peer.read_request(4);
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(peer.number));
    if (peer.number != 1) return;
    ::shutdown(peer.fd, SHUT_RDWR);
    closed.count_down();
  });
  Client client;
  EXPECT_EQ(client.perform(post(server.url()))->body, "1");
  closed.wait();
  const auto again = client.perform(post(server.url()));
  ASSERT_TRUE(again) << again.error().error.message;
  EXPECT_EQ(again->body, "2");
}

TEST(ClientPeers, AnAnswerThatNobodyAskedForClosesTheConnection) {
  const RawServer server([](const Accepted& peer) {
    peer.read_request(4);
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
    peer.read_request();
  });
  Client client;
  EXPECT_EQ(client.perform(post(server.url()))->body, "1");
  EXPECT_EQ(client.perform(post(server.url()))->body, "1");
  EXPECT_EQ(server.accepted(), 2);
}

// What the header announces and must not have may still come: it is no answer to the next request.
TEST(ClientPeers, ABodyThatMustNotBeIsNotTheNextAnswer) {
  for (const char* head : {"HTTP/1.1 204 No Content\r\nContent-Length: 44\r\n\r\n",
                           "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const RawServer server([&](const Accepted& peer) {
      if (peer.read_request(4).empty()) return;
      if (peer.number == 2) return void(peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"));
      peer.write(head);
      if (peer.read_request(4).empty()) return;
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    });
    Client client;
    EXPECT_TRUE(client.perform(post(server.url())));
    const auto next = client.perform(post(server.url()));
    ASSERT_TRUE(next) << next.error().error.message;
    EXPECT_EQ(next->body, "good");
  }
}

TEST(ClientPeers, WhoSpeaksBeforeItWasAskedIsNotAsked) {
  std::latch spoken(1);
  const RawServer server([&](const Accepted& peer) {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    spoken.count_down();
    EXPECT_EQ(peer.read_request(4), "");
  });
  Loop loop;
  Client client({}, loop);
  std::optional<ClientOutcome> outcome;
  loop.call([&] {
    client.send(post(server.url()), [&](ClientOutcome result) {
      outcome = std::move(result);
      loop.stop();
    });
  });
  spoken.wait();  // before the loop looks at the connection
  loop.run();
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_FALSE(outcome->error().sent);
  EXPECT_NE(outcome->error().error.message.find("spoke before"), std::string::npos) << outcome->error().error.message;
}

TEST(ClientPeers, EndlessHeadersExtensionsAndTrailersEnd) {
  const std::string line = "a: " + std::string(5000, 'b') + "\r\n";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  struct Case {
    std::string begin;
    std::string piece;
  };
  for (const Case& each : {Case{"HTTP/1.1 200 OK\r\n", line}, Case{"HTTP/1.1 200 OK\r\n", "a:\r\n"},
                           Case{"HTTP/1.1 ", std::string(5000, 'b')}, Case{"HTTP/1.1 200 ", std::string(5000, 'b')},
                           Case{chunked + "1;", std::string(5000, 'b')}, Case{chunked + "0\r\n", line},
                           Case{chunked, "1000\r\n" + std::string(4096, 'b') + "\r\n"},
                           Case{"HTTP/1.1 200 OK\r\n\r\n", std::string(5000, 'b')}}) {
    const RawServer server([&](const Accepted& peer) {
      peer.read_request(4);
      if (!peer.write(each.begin)) return;
      while (peer.write(each.piece)) continue;  // until the client has enough
    });
    Client client;
    const auto outcome = client.perform(post(server.url(), milliseconds(600'000)));
    EXPECT_FALSE(outcome) << each.begin;
    if (!outcome) EXPECT_TRUE(outcome.error().sent);
  }
}

TEST(ClientPeers, AnswersThatOthersMightReadInAnotherWayAreRefused) {
  for (const char* head :
       {"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Content-Length: 2, 2\r\n",
        "X: y\nZ: w\r\n", "X Y: z\r\n"}) {
    const RawServer server([&](const Accepted& peer) {
      peer.read_request(4);
      peer.write("HTTP/1.1 200 OK\r\n" + std::string(head) + "\r\nok");
    });
    Client client;
    const auto outcome = client.perform(post(server.url()));
    ASSERT_FALSE(outcome) << head;
    EXPECT_NE(outcome.error().error.message.find("not well-formed"), std::string::npos)
        << outcome.error().error.message;
  }
}

TEST(ClientPeers, AResetConnectionFailsAndTheNextRequestWorks) {
  const RawServer server([](const Accepted& peer) {
    peer.read_request(4);
    if (peer.number == 1) return peer.reset();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Client client;
  const auto first = client.perform(post(server.url()));
  ASSERT_FALSE(first);
  EXPECT_TRUE(first.error().sent);
  EXPECT_TRUE(client.perform(post(server.url())));
}

TEST(ClientPeers, ALargeBodyThatNobodyReadsEndsWithItsTime) {
  std::latch over(1);
  const RawServer server([&](const Accepted&) { over.wait(); });
  Client client;
  ClientRequest request = post(server.url(), milliseconds(200));
  request.body.assign(32 << 20, 'x');
  const auto outcome = client.perform(request);
  over.count_down();
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().sent);
}

TEST(ClientPeers, ALargeBodyArrivesWhole) {
  std::size_t received = 0;
  ServerOptions options;
  options.body_bytes_max = [](const Request&) { return std::size_t{64} << 20; };
  auto server = Server::start(options, [&](Request& request, const Responder& respond) {
    received = request.body.size();
    respond({200, {}, std::string(8 << 20, 'y')});
  });
  ASSERT_TRUE(server);
  ClientOptions client_options;
  client_options.answer_bytes_max = 16 << 20;
  Client client(client_options);
  ClientRequest request = post("http://127.0.0.1:" + std::to_string((*server)->port()) + "/", milliseconds(20'000));
  request.body.assign(32 << 20, 'x');
  const auto outcome = client.perform(request);
  ASSERT_TRUE(outcome) << outcome.error().error.message;
  EXPECT_EQ(outcome->body.size(), 8U << 20);
  EXPECT_EQ(received, 32U << 20);
}

// What waits behind a host that does not answer does not wait for it.
TEST(ClientPeers, ASlowHostDoesNotHoldUpAnother) {
  std::latch over(1);
  const RawServer slow([&](const Accepted&) { over.wait(); });
  const RawServer quick([](const Accepted& peer) {
    while (!peer.read_request(4).empty()) peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  ClientOptions options;
  options.connections_max = 8;
  options.connections_per_host_max = 8;
  options.requests_max = 100;
  options.requests_per_host_max = 50;
  {
    Client client(options);
    std::atomic<int> refused = 0;
    for (int i = 0; i < 60; ++i) {
      client.send(post(slow.url(), milliseconds(60'000)), [&](ClientOutcome outcome) {
        if (!outcome && outcome.error().error.code == ErrorCode::resource_exhausted) ++refused;
      });
    }
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.perform(post(quick.url())));
    EXPECT_EQ(refused, 10);
    over.count_down();
  }
}

TEST(ClientPeers, AnIdleConnectionOfAnotherHostMakesRoom) {
  const auto answer = [](const Accepted& peer) {
    while (!peer.read_request(4).empty()) peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  };
  const RawServer one(answer);
  const RawServer two(answer);
  ClientOptions options;
  options.connections_max = 1;
  Client client(options);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.perform(post(one.url())));
    ASSERT_TRUE(client.perform(post(two.url())));
  }
}

TEST(ClientPeers, UnusedConnectionsAreClosedAfterAWhile) {
  std::latch closed(1);
  const RawServer server([&](const Accepted& peer) {
    peer.read_request(4);
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(peer.read_request(), "");
    closed.count_down();
  });
  ClientOptions options;
  options.idle_time = milliseconds(30);
  Client client(options);
  ASSERT_TRUE(client.perform(post(server.url())));
  closed.wait();
}

TEST(ClientPeers, NamesAreResolvedAndUnknownOnesSaySo) {
  const RawServer server([](const Accepted& peer) {
    EXPECT_NE(peer.read_request(4).find("host: localhost:"), std::string::npos);
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Client client;
  std::string url = server.url();
  url.replace(url.find("127.0.0.1"), 9, "LocalHost");
  // The name means ::1 as well, where nobody listens: the next address is tried.
  EXPECT_TRUE(client.perform(post(url)));
  const auto outcome = client.perform(post("http://no-such-host.invalid/path"));
  ASSERT_FALSE(outcome);
  EXPECT_FALSE(outcome.error().sent);
  EXPECT_EQ(outcome.error().error.code, ErrorCode::unavailable);
  EXPECT_NE(outcome.error().error.message.find("no-such-host.invalid"), std::string::npos);
}

TEST(ClientPeers, DoneMaySendAgainOnItsLoop) {
  const RawServer server([](const Accepted& peer) {
    while (!peer.read_request(4).empty()) peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Loop loop;
  int answered = 0;
  int failed = 0;
  {
    Client client({}, loop);
    std::function<void()> again = [&] {
      client.send(post(server.url()), [&](ClientOutcome outcome) {
        EXPECT_TRUE(outcome);
        EXPECT_TRUE(loop.inside());
        if (++answered < 100) return again();
        client.send(post("nonsense"), [&](ClientOutcome refused) {
          EXPECT_FALSE(refused);
          ++failed;
          loop.stop();
        });
        EXPECT_EQ(failed, 0) << "called within send()";
      });
    };
    loop.post([&] { again(); });
    loop.run();
  }
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(server.accepted(), 1);
}

TEST(ClientPeers, WhatWasSentBeforeTheEndIsAlwaysAnswered) {
  Loop loop;  // never runs
  int failed = 0;
  {
    Client client({}, loop);
    for (int i = 0; i < 3; ++i) {
      client.send(post("http://127.0.0.1:1/"), [&](ClientOutcome outcome) { failed += outcome ? 0 : 1; });
    }
  }
  EXPECT_EQ(failed, 3);
}

}  // namespace
}  // namespace flow::http
