#include "runtime/cluster/http_peers.h"

#include <gtest/gtest.h>

#include <future>

#include "base/limits.h"
#include "runtime/http/client.h"

namespace flow::cluster {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::unique_ptr<HttpPeers> make(const std::string& token) {
  auto peers = HttpPeers::start({.address = "127.0.0.1",
                                 .port = 0,
                                 .token = token,
                                 .tls_certificate_file = "",
                                 .tls_key_file = "",
                                 .authorities_file = ""});
  EXPECT_TRUE(peers) << (peers ? "" : peers.error().message);
  return std::move(*peers);
}

std::string url(const HttpPeers& peers) {
  return "http://127.0.0.1:" + std::to_string(peers.port());
}

PeerOutcome ask(HttpPeers& from, const std::string& address, std::string calls, milliseconds patience = 30s) {
  std::promise<PeerOutcome> answer;
  from.send(address, std::move(calls), patience, [&](PeerOutcome outcome) { answer.set_value(std::move(outcome)); });
  return answer.get_future().get();
}

TEST(HttpPeers, CarryCallsAndAnswers) {
  const auto asking = make("a shared token");
  const auto asked = make("a shared token");
  const auto early = ask(*asking, url(*asked), "calls");
  ASSERT_FALSE(early);
  asked->answer_with([](std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done) {
    if (calls == "bad") return done(std::nullopt);
    done("answers to " + std::string(calls));
  });
  const auto answers = ask(*asking, url(*asked), std::string("ca\0lls", 6));
  ASSERT_TRUE(answers);
  EXPECT_EQ(*answers, std::string("answers to ca\0lls", 17));
  const auto bad = ask(*asking, url(*asked), "bad");
  ASSERT_FALSE(bad);
  EXPECT_FALSE(bad.error().sent);  // nothing was done
}

TEST(HttpPeers, TakeMessagesUpToTheirLimit) {
  const auto asking = make("a shared token");
  const auto asked = make("a shared token");
  std::size_t got = 0;
  asked->answer_with([&](std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done) {
    got = calls.size();
    done(std::string(calls));
  });
  ASSERT_TRUE(ask(*asking, url(*asked), std::string(limits::kForwardBytesMax, 'x')));
  EXPECT_EQ(got, limits::kForwardBytesMax);
  got = 0;
  EXPECT_FALSE(ask(*asking, url(*asked), std::string(limits::kForwardBytesMax + 1, 'x')));
  EXPECT_EQ(got, 0U);
}

TEST(HttpPeers, WithoutTheTokenNothingIsAnswered) {
  const auto asking = make("another token");
  const auto asked = make("a shared token");
  bool called = false;
  asked->answer_with([&](std::string_view, std::move_only_function<void(std::optional<std::string>)> done) {
    called = true;
    done("");
  });
  EXPECT_FALSE(ask(*asking, url(*asked), "calls"));
  http::Client client;
  const auto plain = client.perform({.method = "POST", .url = url(*asked) + "/internal/v1/calls", .body = "x"});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->status, 401);
  const auto elsewhere = client.perform({.method = "GET", .url = url(*asked) + "/"});
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->status, 404);
  EXPECT_FALSE(called);
}

TEST(HttpPeers, ANodeThatIsNotThereFails) {
  const auto asking = make("a shared token");
  std::string address;
  {
    const auto gone = make("a shared token");
    address = url(*gone);
  }
  const auto failed = ask(*asking, address, "calls");
  ASSERT_FALSE(failed);
  EXPECT_FALSE(failed.error().sent);
}

TEST(HttpPeers, TasksRunLater) {
  const auto peers = make("a shared token");
  std::promise<void> ran;
  const auto begin = peers->now();
  peers->after(20ms, [&] { ran.set_value(); });
  ran.get_future().get();
  EXPECT_GE(peers->now() - begin, 20ms);
}

}  // namespace
}  // namespace flow::cluster
