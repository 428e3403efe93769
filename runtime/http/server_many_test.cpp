// Many connections, several threads, other people's loops.
#include <sys/resource.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/http/client.h"
#include "runtime/http/peers_test_support.h"
#include "runtime/http/server.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

std::string url_of(const Server& server) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + "/";
}

Handler fine() {
  return [](Request&, Responder respond) { respond(Response{200, {}, "fine"}); };
}

// A loop that runs on a thread while this lives.
struct Running {
  Running() : thread([this] { loop.run(); }) {}
  ~Running() {
    loop.stop();
    thread.join();
  }
  Loop loop;
  std::thread thread;
};

// As many as the test machine lets a process have, 2,048 where it can.
TEST(ServerMany, Connections) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::size_t count = std::min<std::size_t>(2048, (files.rlim_cur - 100) / 2);
  std::latch all_are_there(static_cast<std::ptrdiff_t>(count));
  std::mutex mutex;
  std::vector<Responder> responders;
  auto server = Server::start({}, [&](Request&, Responder respond) {
    const std::lock_guard lock(mutex);
    responders.push_back(std::move(respond));
    all_are_there.count_down();
  });
  ASSERT_TRUE(server);
  ClientOptions options;
  options.connections_max = options.connections_per_host_max = count + count / 7 + 1;
  Client client(options);
  std::latch answered(static_cast<std::ptrdiff_t>(count));
  std::atomic<std::size_t> good = 0;
  for (std::size_t i = 0; i < count; ++i) {
    client.send({.url = url_of(**server), .timeout = milliseconds(60'000)}, [&](ClientOutcome outcome) {
      if (outcome && outcome->body == "fine") ++good;
      answered.count_down();
    });
  }
  all_are_there.wait();  // each has its own connection, as none is answered yet
  for (Responder& respond : responders) respond(Response{200, {}, "fine"});
  answered.wait();
  EXPECT_EQ(good, count);
}

// Whatever stop() meets, each request ends once, and its answer is whole or a failure.
TEST(ServerMany, StopUnderLoad) {
  for (int round = 0; round < 5; ++round) {
    ServerOptions options;
    options.threads = 2;
    std::atomic<int> answers = 0;
    auto server = Server::start(options, [&](Request&, Responder respond) {
      ++answers;
      respond(Response{200, {}, std::string(10'000, 'x')});
    });
    ASSERT_TRUE(server);
    const std::string url = url_of(**server);
    Client client;
    std::atomic<bool> over = false;
    std::atomic<int> bad = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (!over) {
          const auto outcome = client.perform({.url = url});
          if (outcome && (outcome->status != 200 || outcome->body.size() != 10'000)) ++bad;
        }
      });
    }
    while (answers < 50) std::this_thread::yield();
    (*server)->stop(milliseconds(round * 50));
    const int after = answers;
    over = true;
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(answers, after) << "the handler was called after stop()";
    EXPECT_EQ(bad, 0);
  }
}

TEST(ServerMany, SeveralThreadsServe) {
  ServerOptions options;
  options.threads = 4;
  std::mutex mutex;
  std::set<std::thread::id> ids;
  auto server = Server::start(options, [&](Request&, Responder respond) {
    {
      const std::lock_guard lock(mutex);
      ids.insert(std::this_thread::get_id());
    }
    respond(Response{200, {}, "fine"});
  });
  ASSERT_TRUE(server);
  // Which thread takes a connection is the kernel's choice, so that two must be seen, but nobody knows when.
  for (int i = 0; i < 10'000; ++i) {
    Client client;
    const auto outcome = client.perform({.url = url_of(**server)});
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    const std::lock_guard lock(mutex);
    if (ids.size() > 1) break;
  }
  EXPECT_GT(ids.size(), 1U);
}

TEST(ServerMany, ServesOnAnotherLoopWithAClientBesideIt) {
  Running running;
  bool inside = true;
  auto server = Server::start(
      {},
      [&](Request&, Responder respond) {
        inside = inside && running.loop.inside();
        respond(Response{200, {}, "fine"});
      },
      running.loop);
  ASSERT_TRUE(server);
  {
    Client client({}, running.loop);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(client.perform({.url = url_of(**server)})->body, "fine");
  }
  (*server)->stop();
  EXPECT_TRUE(inside);
  Client client;
  EXPECT_FALSE(client.perform({.url = url_of(**server)})) << "nobody listens any more";
}

// Stopped on its own loop's thread, and by its destructor when that does not run any more.
TEST(ServerMany, EndsInsideItsLoopAndAfterIt) {
  auto first = [] {
    auto running = std::make_unique<Running>();
    auto server = Server::start({}, fine(), running->loop);
    EXPECT_TRUE(server);
    Raw raw((*server)->port());
    raw.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n");
    std::latch stopped(1);
    running->loop.post([&] {
      (*server)->stop();
      stopped.count_down();
    });
    stopped.wait();
    raw.read_all();
    server->reset();
  };
  first();
  Loop loop;
  auto server = Server::start({}, fine(), loop);
  ASSERT_TRUE(server);
  Raw raw((*server)->port());
  raw.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  loop.stop();
  loop.run();
}

TEST(ServerMany, TwoLoopsShareAPort) {
  Running one;
  Running two;
  ServerOptions options;
  options.share_port = true;
  std::atomic<int> ones = 0;
  std::atomic<int> twos = 0;
  const auto counting = [](std::atomic<int>& count) {
    return [&count](Request&, Responder respond) {
      ++count;
      respond(Response{200, {}, "fine"});
    };
  };
  auto first = Server::start(options, counting(ones), one.loop);
  ASSERT_TRUE(first);
  options.port = (*first)->port();
  auto second = Server::start(options, counting(twos), two.loop);
  ASSERT_TRUE(second) << second.error().message;
  for (int i = 0; i < 10'000 && (ones == 0 || twos == 0); ++i) {
    Raw raw(options.port);
    raw.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(raw.read_all().substr(0, 12), "HTTP/1.1 200");
  }
  EXPECT_GT(ones, 0);
  EXPECT_GT(twos, 0);
}

// No descriptor left: connections wait, and are served when there is room again.
TEST(ServerMany, OutOfDescriptorsIsAPause) {
  auto server = Server::start({}, fine());
  ASSERT_TRUE(server);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  // The socket is made while there is a descriptor for it, and connected when there is none for the other side.
  Raw waiting;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  waiting.connect((*server)->port());
  waiting.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const bool served = waiting.readable_within(milliseconds(100));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(served);
  EXPECT_EQ(waiting.read_all().substr(0, 12), "HTTP/1.1 200");
}

}  // namespace
}  // namespace flow::http
