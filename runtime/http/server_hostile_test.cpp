// The server against clients that try to make it read another request than was sent, or hold what it should not.
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/http/peers_test_support.h"
#include "runtime/http/server.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

// Remembers what it was asked.
struct Listening {
  explicit Listening(ServerOptions options = {}) {
    auto started = Server::start(std::move(options), [this](Request& request, Responder respond) {
      {
        const std::lock_guard lock(mutex);
        requests.push_back(request);
      }
      respond(Response{200, {}, "fine"});
    });
    EXPECT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }

  std::mutex mutex;
  std::vector<Request> requests;
  std::unique_ptr<Server> server;
};

const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(ServerHostile, WhatOthersMightReadInAnotherWayIsRefused) {
  const Listening listening;
  for (const std::string& head : {std::string("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                                  std::string("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
                                  std::string("Content-Length: 5\r\nContent-Length: 6\r\n"),
                                  std::string("Content-Length: 5\r\nContent-Length: 5\r\n"),
                                  std::string("Content-Length: 5, 5\r\n"),
                                  std::string("Content-Length: +5\r\n"),
                                  std::string("Content-Length: -1\r\n"),
                                  std::string("Content-Length: 0x5\r\n"),
                                  std::string("Content-Length: 5 5\r\n"),
                                  std::string("Content-Length:\r\n"),
                                  std::string("Content-Length: 18446744073709551621\r\n"),
                                  std::string("Content-Length : 5\r\n"),
                                  std::string("Transfer-Encoding: gzip\r\n"),
                                  std::string("Transfer-Encoding: xchunked\r\n"),
                                  std::string("Transfer-Encoding: chunked, gzip\r\n"),
                                  std::string("Transfer-Encoding: gzip, chunked\r\n"),
                                  std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                                  std::string("Transfer-Encoding: identity\r\nContent-Length: 5\r\n"),
                                  std::string("Transfer-Encoding:\r\n"),
                                  std::string("Transfer-Encoding: \x0b"
                                              "chunked\r\n"),
                                  std::string("Transfer-Encoding\t: chunked\r\n"),
                                  std::string("X: y\nContent-Length: 5\r\n"),
                                  std::string("X: \0\r\n", 7),
                                  std::string("X: a\rb\r\n"),

                                  std::string("X\r\n"),
                                  std::string(": y\r\n"),
                                  std::string("Host: y\r\n"),
                                  std::string("X Y: z\r\n")}) {
    Raw raw(listening.server->port());
    raw.write("POST / HTTP/1.1\r\nHost: x\r\n" + head + "\r\n" + kSmuggled + kSmuggled);
    const std::string all = raw.read_all();
    EXPECT_EQ(all.find("HTTP/1.1 400 "), 0U) << head << all;
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << head << "a second answer: " << all;
  }
  EXPECT_TRUE(listening.requests.empty()) << listening.requests.front().target;
}

TEST(ServerHostile, ChunksBelongToOldVersionsNot) {
  const Listening listening;
  Raw raw(listening.server->port());
  raw.write("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(raw.read_all().find("HTTP/1.1 400 "), 0U);
  EXPECT_TRUE(listening.requests.empty());
}

TEST(ServerHostile, FoldedLinesAreOneLineAndTrailersAreNoHeaders) {
  Listening listening;
  Raw raw(listening.server->port());
  raw.write(
      "POST /a HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\nz\r\n0\r\nAuthorization: Bearer stolen\r\nContent-Length: 7\r\n\r\n"
      "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  raw.read_all();
  ASSERT_EQ(listening.requests.size(), 2U);
  EXPECT_EQ(listening.requests[0].header("x"), "a b");
  EXPECT_EQ(listening.requests[0].body, "z");
  EXPECT_FALSE(listening.requests[0].header("authorization"));
  EXPECT_EQ(listening.requests[0].headers.size(), 3U);
  EXPECT_EQ(listening.requests[1].target, "/b");
}

// The last chunk byte by byte, as the first one too.
TEST(ServerHostile, ChunksByteByByte) {
  Listening listening;
  Raw raw(listening.server->port());
  raw.no_delay();
  for (const char c : std::string("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") +
                          std::string("POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: "
                                      "close\r\n\r\n1\r\nz\r\n0\r\n\r\n")) {
    raw.write({&c, 1});
    std::this_thread::yield();
  }
  raw.read_all();
  ASSERT_EQ(listening.requests.size(), 2U);
  EXPECT_EQ(listening.requests[1].body, "z");
}

// Each line comes alone, so that none is ever too long.
TEST(ServerHostile, EndlessHeadersExtensionsAndTrailersEnd) {
  ServerOptions options;
  options.header_bytes_max = 4096;
  options.body_bytes_max = [](const Request&) { return std::size_t{16} * 1024; };
  const Listening listening(options);
  // Answer or not: the connection must end, and long before all of that was taken.
  const auto flood = [&](std::string text, const std::string& piece) {
    Raw raw(listening.server->port());
    raw.no_delay();
    raw.write(text);
    for (int i = 0; i < 64; ++i) {
      raw.write(piece);
      std::this_thread::yield();
    }
    return raw.read_all().substr(0, 12);
  };
  const std::string line = "a: " + std::string(500, 'b') + "\r\n";
  const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(flood("GET / HTTP/1.1\r\n", line), "HTTP/1.1 431");
  EXPECT_EQ(flood("GET / HTTP/1.1\r\na: ", std::string(500, 'b')), "HTTP/1.1 431");
  EXPECT_EQ(flood("GET /", std::string(500, 'b')), "HTTP/1.1 431");
  EXPECT_EQ(flood(std::string(), std::string(500, 'B')), "HTTP/1.1 431");
  EXPECT_EQ(flood(chunked, std::string(500, '0')), "HTTP/1.1 400");
  EXPECT_EQ(flood(chunked + "5;", std::string(500, 'b')), "HTTP/1.1 400");
  EXPECT_EQ(flood(chunked + "0\r\n", line), "HTTP/1.1 400");
  EXPECT_EQ(flood(chunked, "400\r\n" + std::string(1024, 'b') + "\r\n"), "HTTP/1.1 413");
  EXPECT_TRUE(listening.requests.empty());
}

TEST(ServerHostile, ManyHeadersAreRefused) {
  Listening listening;
  for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
    Raw raw(listening.server->port());
    std::string text = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    for (std::size_t i = 2; i < limits::kHttpHeadersMax + more; ++i) text += "a:\r\n";
    raw.write(text + "\r\n");
    EXPECT_EQ(raw.read_all().substr(0, 12), more == 0 ? "HTTP/1.1 200" : "HTTP/1.1 431");
  }
}

// Who sends requests faster than they are answered, and reads nothing, must not keep others waiting nor cost memory.
TEST(ServerHostile, OneConnectionDoesNotKeepTheThreadForItself) {
  Listening listening;
  std::atomic<bool> over = false;
  std::thread greedy([&] {
    Raw raw(listening.server->port());
    std::string many;
    for (int i = 0; i < 200; ++i) many += "GET /greedy HTTP/1.1\r\nHost: x\r\n\r\n";
    raw.give_up_writing_after(milliseconds(20));
    while (!over) raw.write(many);
  });
  for (int i = 0; i < 20; ++i) {
    Raw raw(listening.server->port());
    raw.write("GET /modest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(raw.read_all().substr(0, 12), "HTTP/1.1 200");
  }
  over = true;
  greedy.join();
}

TEST(ServerHostile, HalfClosedPeersGetTheirAnswer) {
  std::promise<Responder> asked;
  auto started = Server::start({}, [&](Request&, Responder respond) { asked.set_value(std::move(respond)); });
  ASSERT_TRUE(started);
  Raw raw((*started)->port());
  raw.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  raw.end_writing();
  asked.get_future().get()(Response{200, {}, "late"});
  const std::string all = raw.read_all();
  EXPECT_EQ(all.substr(0, 12), "HTTP/1.1 200");
  EXPECT_TRUE(all.ends_with("late")) << all;
}

TEST(ServerHostile, HeadersThatWouldSplitAnAnswerAreLeftOut) {
  auto started = Server::start({}, [](Request&, Responder respond) {
    respond(Response{200,
                     {{"x-split", "a\r\nSet-Cookie: stolen"},
                      {"x\r\nSet-Cookie", "stolen"},
                      {"x-nul", std::string("a\0b", 3)},
                      {"x y", "z"},
                      {"x:", "y"},
                      {"", "y"},
                      {"content-length", "0"},
                      {"Transfer-Encoding", "chunked"},
                      {"Connection", "keep-alive"},
                      {"x-good", "yes"}},
                     "body"});
  });
  ASSERT_TRUE(started);
  Raw raw((*started)->port());
  raw.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(raw.read_all(), "HTTP/1.1 200 OK\r\nx-good: yes\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbody");
}

}  // namespace
}  // namespace flow::http
