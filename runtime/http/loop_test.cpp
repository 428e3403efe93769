#include "runtime/http/loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace flow::http {
namespace {

using std::chrono::milliseconds;

// A loop on a thread of its own.
struct Running {
  Loop loop;
  std::thread thread{[this] { loop.run(); }};
  ~Running() {
    loop.stop();
    thread.join();
  }
};

TEST(Loop, RunsPostedTasksInOrderOnItsThread) {
  std::vector<int> seen;
  bool inside = true;
  {
    Running running;
    for (int i = 0; i < 1000; ++i) {
      running.loop.post([&, i] {
        inside = inside && running.loop.inside();
        seen.push_back(i);
      });
    }
    EXPECT_FALSE(running.loop.inside());
  }
  ASSERT_EQ(seen.size(), 1000U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_TRUE(inside);
}

TEST(Loop, ManyThreadsPostAndCall) {
  int count = 0;  // of the loop's thread only
  {
    Running running;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          running.loop.post([&] { ++count; });
          if (i % 50 == 0) running.loop.call([&] { ++count; });
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(count, 4 * 510);
}

TEST(Loop, CallWaitsAlsoWhenNothingRuns) {
  Loop loop;
  bool called = false;
  loop.call([&] { called = loop.inside(); });
  EXPECT_TRUE(called);
  EXPECT_FALSE(loop.inside());
  loop.post([&] { called = false; });
  EXPECT_TRUE(called);  // waits for run()
  loop.stop();
  loop.run();
  EXPECT_FALSE(called);
}

TEST(Loop, ARoundComesAfterAllThatArrivedTogether) {
  Loop loop;
  std::vector<std::string> log;
  loop.on_round([&]() -> std::optional<Loop::Duration> {
    log.emplace_back("round");
    if (log.size() > 4) loop.stop();
    return std::nullopt;
  });
  for (int i = 0; i < 3; ++i) loop.post([&] { log.emplace_back("task"); });
  loop.post([&] { loop.post([&] { log.emplace_back("posted inside"); }); });
  loop.stop();
  loop.run();
  EXPECT_EQ(log, (std::vector<std::string>{"task", "task", "task", "posted inside", "round"}));
}

TEST(Loop, ARoundIsCalledAgainWhenItAskedForThat) {
  Loop loop;
  int rounds = 0;
  const auto begin = Loop::Clock::now();
  loop.on_round([&]() -> std::optional<Loop::Duration> {
    if (++rounds == 5) loop.stop();
    return milliseconds(2);
  });
  loop.run();
  EXPECT_GE(rounds, 5);
  EXPECT_GE(Loop::Clock::now() - begin, milliseconds(8));
}

TEST(Loop, ARemovedRoundIsNotCalledEvenWhenItRemovesItself) {
  Loop loop;
  int first = 0;
  int second = 0;
  Loop::Id id = 0;
  id = loop.on_round([&]() -> std::optional<Loop::Duration> {
    ++first;
    loop.remove_round(id);
    return milliseconds(0);
  });
  loop.on_round([&]() -> std::optional<Loop::Duration> {
    if (++second == 3) loop.stop();
    return milliseconds(0);
  });
  loop.run();
  EXPECT_EQ(first, 1);
  EXPECT_GE(second, 3);
}

TEST(Loop, TimersRunInTheirOrderAndOnlyWhenNotCancelled) {
  Loop loop;
  std::vector<int> order;
  loop.after(milliseconds(20), [&] {
    order.push_back(3);
    loop.stop();
  });
  loop.after(milliseconds(1), [&] { order.push_back(1); });
  const auto never = loop.after(milliseconds(2), [&] { order.push_back(99); });
  loop.after(milliseconds(4), [&] {
    order.push_back(2);
    loop.after(milliseconds(0), [&] { order.push_back(20); });
  });
  EXPECT_TRUE(loop.cancel(never));
  EXPECT_FALSE(loop.cancel(never));
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 20, 3}));
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
};

struct Counting final : Loop::Watcher {
  std::function<void()> then;
  int calls = 0;
  void on_ready(std::uint32_t events) override {
    EXPECT_NE(events & EPOLLIN, 0U);
    ++calls;
    then();
  }
};

TEST(Loop, AWatcherThatIsRemovedIsNotCalledAnyMore) {
  Loop loop;
  Pipe a;
  Pipe b;
  // Both are ready in the same round; whichever is told first removes the other.
  Counting first;
  Counting second;
  first.then = [&] { loop.unwatch(b.ends[0], second); };
  second.then = [&] { loop.unwatch(a.ends[0], first); };
  ASSERT_TRUE(loop.watch(a.ends[0], EPOLLIN, first));
  ASSERT_TRUE(loop.watch(b.ends[0], EPOLLIN, second));
  ASSERT_EQ(::write(a.ends[1], "x", 1), 1);
  ASSERT_EQ(::write(b.ends[1], "x", 1), 1);
  loop.stop();
  loop.run();
  EXPECT_EQ(first.calls + second.calls, 1);
  EXPECT_FALSE(loop.watch(-1, EPOLLIN, first));
}

TEST(Loop, DestroysWhatItNeverRan) {
  auto held = std::make_shared<int>(1);
  {
    Loop loop;
    loop.post([held] {});
    loop.after(std::chrono::hours(1), [held] {});
    EXPECT_EQ(held.use_count(), 3);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace flow::http
