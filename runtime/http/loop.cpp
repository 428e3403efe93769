#include "runtime/http/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"

namespace flow::http {
namespace {

constexpr int kEventsARound = 512;
thread_local Loop* current_loop = nullptr;

// Makes the calling thread the loop's while it lives.
class Borrowed {
 public:
  explicit Borrowed(Loop* loop) : before_(std::exchange(current_loop, loop)) {}
  ~Borrowed() { current_loop = before_; }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

 private:
  Loop* before_;
};

}  // namespace

struct Loop::Core {
  int epoll = -1;
  int wake = -1;

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::vector<Task> posted;
  bool running = false;
  bool stopping = false;
  bool asleep = false;  // in epoll_wait, or about to be, and nobody has woken it

  // Of the loop's thread.
  std::vector<Task> tasks;
  std::array<epoll_event, kEventsARound> events{};
  int events_count = 0;
  int event_now = 0;
  Clock::time_point now = Clock::now();
  Id last_id = 0;
  std::map<std::pair<Clock::time_point, Id>, Task> timers;
  std::map<Id, Clock::time_point> timer_times;
  struct RoundEntry {
    Id id;
    Round round;
    bool removed = false;  // it may be the one that is being called, so it goes at the end of the round
  };
  std::vector<std::unique_ptr<RoundEntry>> rounds;
  std::optional<Clock::time_point> round_due;

  void notify() const {
    const std::uint64_t one = 1;
    // The descriptor is edge-triggered and never read: each write is an event, and the counter cannot overflow in
    // centuries.
    (void)!::write(wake, &one, sizeof one);
  }

  // Milliseconds to sleep, rounded up; -1: until something happens.
  int patience() const {
    std::optional<Clock::time_point> due = round_due;
    if (!timers.empty() && (!due || timers.begin()->first.first < *due)) due = timers.begin()->first.first;
    if (!due) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  bool wait();
  void handle_events();
  void run_tasks();
  void run_timers();
  void run_rounds();
};

Loop::Loop() : core_(std::make_unique<Core>()) {
  core_->epoll = ::epoll_create1(EPOLL_CLOEXEC);
  core_->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  FLOW_CHECK(core_->epoll >= 0 && core_->wake >= 0, "no file descriptor left for an event loop");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  FLOW_CHECK(::epoll_ctl(core_->epoll, EPOLL_CTL_ADD, core_->wake, &event) == 0);
}

Loop::~Loop() {
  FLOW_CHECK(!core_->running, "a loop is destroyed while it runs");
  {
    // What tasks hold may want to know whether it is inside.
    const Borrowed borrowed(this);
    core_->posted.clear();
    core_->timers.clear();
    core_->rounds.clear();
  }
  ::close(core_->wake);
  ::close(core_->epoll);
}

Loop* Loop::current() {
  return current_loop;
}

Loop::Clock::time_point Loop::now() const {
  return core_->running ? core_->now : Clock::now();
}

void Loop::run() {
  Core& core = *core_;
  {
    std::unique_lock lock(core.mutex);
    core.changed.wait(lock, [&] { return !core.running; });  // a call() from outside may have it for a moment
    core.running = true;
  }
  const Borrowed borrowed(this);
  core.now = Clock::now();
  for (bool more = true; more;) {
    more = core.wait();
    core.now = Clock::now();
    core.handle_events();
    core.run_tasks();
    core.run_timers();
    core.run_rounds();
  }
  for (;;) {
    core.run_tasks();
    const std::lock_guard lock(core.mutex);
    if (!core.posted.empty()) continue;
    core.running = false;
    core.stopping = false;
    core.changed.notify_all();
    return;
  }
}

// False: this round is the last one.
bool Loop::Core::wait() {
  int timeout = patience();
  bool more = true;
  {
    const std::lock_guard lock(mutex);
    if (stopping) more = false;
    if (!more || !posted.empty()) timeout = 0;
    asleep = timeout != 0;
  }
  events_count = std::max(0, ::epoll_wait(epoll, events.data(), kEventsARound, timeout));
  const std::lock_guard lock(mutex);
  asleep = false;
  tasks.swap(posted);
  return more && !stopping;
}

void Loop::Core::handle_events() {
  for (event_now = 0; event_now < events_count; ++event_now) {
    const epoll_event& event = events[static_cast<std::size_t>(event_now)];
    if (event.data.ptr != nullptr) static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
  }
  events_count = 0;
}

// What was posted before the round began, and, once, what was posted since: a task that posts itself again must not
// hold up the sockets.
void Loop::Core::run_tasks() {
  for (auto& task : tasks) task();
  tasks.clear();
  {
    const std::lock_guard lock(mutex);
    tasks.swap(posted);
  }
  for (auto& task : tasks) task();
  tasks.clear();
}

void Loop::Core::run_timers() {
  const Id last = last_id;  // those that are armed here wait for the next round
  while (!timers.empty() && timers.begin()->first.first <= now && timers.begin()->first.second <= last) {
    auto node = timers.extract(timers.begin());
    timer_times.erase(node.key().second);
    node.mapped()();
  }
}

void Loop::Core::run_rounds() {
  round_due.reset();
  if (rounds.empty()) return;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    RoundEntry* entry = rounds[i].get();
    if (entry->removed) continue;
    const auto patience = entry->round();
    if (!patience) continue;
    const auto due = Clock::now() + std::max(*patience, Duration::zero());
    if (!round_due || due < *round_due) round_due = due;
  }
  std::erase_if(rounds, [](const auto& entry) { return entry->removed; });
}

bool Loop::is_running() const {
  const std::lock_guard lock(core_->mutex);
  return core_->running;
}

void Loop::stop() {
  const std::lock_guard lock(core_->mutex);
  core_->stopping = true;
  if (std::exchange(core_->asleep, false)) core_->notify();
}

void Loop::post(Task task) {
  const std::lock_guard lock(core_->mutex);
  core_->posted.push_back(std::move(task));
  if (std::exchange(core_->asleep, false)) core_->notify();
}

void Loop::call(Task task) {
  if (inside()) return task();
  Core& core = *core_;
  std::unique_lock lock(core.mutex);
  if (!core.running) {
    core.running = true;  // nobody may start it meanwhile
    lock.unlock();
    {
      const Borrowed borrowed(this);
      core.now = Clock::now();
      task();
    }
    lock.lock();
    core.running = false;
    core.changed.notify_all();
    return;
  }
  bool done = false;
  core.posted.emplace_back([&] {
    task();
    const std::lock_guard inner(core.mutex);
    done = true;
    core.changed.notify_all();
  });
  if (std::exchange(core.asleep, false)) core.notify();
  core.changed.wait(lock, [&] { return done; });
}

Loop::Id Loop::on_round(Round round) {
  core_->rounds.push_back(std::make_unique<Core::RoundEntry>(++core_->last_id, std::move(round)));
  core_->round_due = Clock::now();  // the first call comes soon, whatever happens
  return core_->last_id;
}

void Loop::remove_round(Id id) {
  for (auto& entry : core_->rounds) {
    if (entry->id == id) entry->removed = true;
  }
}

Loop::Id Loop::after(Duration delay, Task task) {
  const Id id = ++core_->last_id;
  const auto when = Clock::now() + std::max(delay, Duration::zero());
  core_->timers.emplace(std::pair(when, id), std::move(task));
  core_->timer_times.emplace(id, when);
  return id;
}

bool Loop::cancel(Id timer) {
  const auto found = core_->timer_times.find(timer);
  if (found == core_->timer_times.end()) return false;
  core_->timers.erase({found->second, timer});
  core_->timer_times.erase(found);
  return true;
}

bool Loop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  return ::epoll_ctl(core_->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Loop::watch_again(int fd, std::uint32_t events, Watcher& watcher) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  return ::epoll_ctl(core_->epoll, EPOLL_CTL_MOD, fd, &event) == 0;
}

void Loop::unwatch(int fd, Watcher& watcher) {
  epoll_event ignored{};
  ::epoll_ctl(core_->epoll, EPOLL_CTL_DEL, fd, &ignored);
  // What this round still has for it.
  for (int i = core_->event_now; i < core_->events_count; ++i) {
    epoll_event& event = core_->events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &watcher) event.data.ptr = nullptr;
  }
}

}  // namespace flow::http
