#include "tests/crash/world.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sstream>

#include <fmt/format.h>

#include "base/check.h"

namespace flow::crash {

namespace {

using namespace std::chrono_literals;

}  // namespace

World::World(std::string folder, std::string worker, double clock_rate, std::uint64_t seed)
    : folder_(std::move(folder)),
      worker_(std::move(worker)),
      clock_rate_(clock_rate),
      random_(seed),
      socket_path_(folder_ + "/socket") {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  FLOW_CHECK(socket_path_.size() < sizeof address.sun_path, "{} is too long", socket_path_);
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path_.c_str());
  FLOW_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind: {}", errno);
  FLOW_CHECK(::listen(listener_, 4) == 0, "listen: {}", errno);
}

World::~World() {
  kill();
  ::close(listener_);
}

bool World::launch(const std::string& failpoints) {
  ProcessOptions options;
  options.arguments = {worker_, folder_ + "/data", socket_path_, std::to_string(clock_rate_)};
  options.environment = {{"FLOWD_FAILPOINTS", failpoints}};
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  process_ = *std::move(process);
  pollfd waiting{listener_, POLLIN, 0};
  for (int i = 0; i < 1000 && ::poll(&waiting, 1, 10) == 0; ++i) {
    if (process_->wait(0ms)) return false;
  }
  socket_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  const auto until = Clock::now() + 30s;
  while (!ready_ && Clock::now() < until) {
    if (!pump(20ms)) return false;
  }
  return ready_;
}

void World::kill() {
  if (process_) process_->kill();
  while (socket_ >= 0 && pump(0ms)) {  // what it had written before it died counts: it was said
  }
  disconnect();
}

void World::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  if (process_) process_->kill();
  process_.reset();
  input_.clear();
  output_.clear();
  ready_ = false;
  later_.clear();
  for (auto& [number, owed] : owed_) owed.written = false;
  // What this worker did not settle, the next one cannot: it may ask again for every answer that it does not know.
  for (auto& [id, message] : messages_) {
    if (!message.answer_is_settled) message.answered_line = UINT64_MAX;
  }
}

bool World::work(std::chrono::milliseconds time, std::size_t starts_open) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    while (unfinished_ < starts_open) begin_start();
    if (!pump(5ms)) return false;
  }
  return true;
}

bool World::finish(std::chrono::seconds most) {
  const auto until = Clock::now() + most;
  while (unfinished_ > 0 && Clock::now() < until) {
    if (!pump(10ms)) return false;
  }
  return unfinished_ == 0;
}

void World::begin_start() {
  static constexpr Manner kManners[] = {Manner::delivers,   Manner::delivers,        Manner::silent,
                                        Manner::busy_first, Manner::no_answer_first, Manner::refuses};
  const std::size_t number = starts_.size();
  Start start;
  start.key = fmt::format("k{}", number);
  start.phone = fmt::format("+639171{:06}", number);
  start.manner = kManners[number % std::size(kManners)];
  starts_.push_back(start);
  ++unfinished_;
  owe(fmt::format("start {} {}", start.key, start.phone), number, Owed::What::start);
}

// Who has ended: those who are done make room for new ones.
void World::ask_for_ends() {
  if (Clock::now() < ask_at_) return;
  ask_at_ = Clock::now() + 50ms;
  std::erase_if(owed_, [](const auto& each) { return each.second.what == Owed::What::end && each.second.written; });
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    if (starts_[i].end.empty() && !starts_[i].execution.empty()) owe("end " + starts_[i].execution, i, Owed::What::end);
  }
}

void World::owe(std::string line, std::size_t start, Owed::What what) {
  owed_.emplace(next_line_++, Owed{std::move(line), start, what});
}

// Reads what came, writes what is due. False: the worker is gone.
bool World::pump(std::chrono::milliseconds most) {
  if (socket_ < 0) return false;
  if (ready_) {
    ask_for_ends();
    write_owed();
    answer_due();
    flush();
  }
  pollfd waiting{socket_, static_cast<short>(output_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
  ::poll(&waiting, 1, static_cast<int>(most.count()));
  char buffer[65536];
  while (true) {
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) break;
      disconnect();
      return false;
    }
    if (got == 0) {
      disconnect();
      return false;
    }
    input_.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      read_line(line);
    }
  }
  return true;
}

void World::write(const std::string& line) {
  output_ += line + "\n";
}

// As much as the worker takes; the rest waits, in order.
void World::flush() {
  const ssize_t sent = ::send(socket_, output_.data(), output_.size(), MSG_NOSIGNAL);
  if (sent > 0) output_.erase(0, static_cast<std::size_t>(sent));
}

void World::write_owed() {
  // A line that is repeated gets a new number: only what is said to this worker is settled by its answers.
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, owed] : owed_) {
    if (!owed.written) numbers.push_back(number);
  }
  for (const std::uint64_t number : numbers) {
    Owed owed = std::move(owed_.at(number));
    owed_.erase(number);
    owed.written = true;
    const std::uint64_t fresh = next_line_++;
    write(fmt::format("{} {}", fresh, owed.line));
    owed_.emplace(fresh, std::move(owed));
  }
}

void World::answer_due() {
  const auto now = Clock::now();
  for (std::size_t i = 0; i < later_.size();) {
    if (later_[i].at > now) {
      ++i;
      continue;
    }
    const Later due = later_[i];
    later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(i));
    Message& message = messages_.at(due.id);
    message.answer = due.answer;
    message.answered_line = next_line_;
    write(fmt::format("answer {} {}", due.id, due.answer));
    if (due.answer != "accepted") continue;
    const std::size_t dash = due.id.rfind('-');
    const std::string execution = due.id.substr(0, dash);
    const auto owner = by_execution_.find(execution);
    if (owner == by_execution_.end()) continue;  // sent, but its start was never acknowledged: reported once it is
    const std::string number = due.id.substr(dash + 1);
    const bool viber = starts_[owner->second].manner != Manner::refuses && number == "0";
    if (viber && starts_[owner->second].manner == Manner::silent) continue;
    for (const char* status : viber ? std::vector{"sent", "delivered"} : std::vector{"sent"}) {
      owe(fmt::format("receipt {} {} {}", execution, number, status), owner->second, Owed::What::receipt);
    }
  }
}

void World::read_line(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "ready") {
    ready_ = true;
  } else if (verb == "done") {
    std::uint64_t number = 0;
    words >> number >> std::ws;
    std::string rest;
    std::getline(words, rest);
    acknowledged(number, rest);
  } else if (verb == "send") {
    std::string id;
    std::string channel;
    std::string attempt;
    std::string text;
    words >> id >> channel >> attempt >> text;
    took(id, channel, text);
  } else {
    faults_.push_back("the worker said: " + line);
  }
}

namespace {

// The worker has two, with half of the slots each: the first bit of an id, whose first character has three.
bool same_shard(const std::string& id, const std::string& other) {
  return (id.at(0) >= '4') == (other.at(0) >= '4');
}

}  // namespace

void World::acknowledged(std::uint64_t number, const std::string& what) {
  const auto found = owed_.find(number);
  if (found == owed_.end()) return;
  const Owed owed = std::move(found->second);
  owed_.erase(found);
  const std::string& execution = owed.what == Owed::What::start ? what : starts_[owed.start].execution;
  if (owed.what != Owed::What::end && !what.starts_with("refused")) {
    // Each shard works in order: what it was told before this line is on its disk, too.
    for (auto& [id, message] : messages_) {
      const bool before = !message.answer.empty() && message.answered_line <= number;
      if (before && same_shard(id, execution)) message.answer_is_settled = true;
    }
  }
  if (what.starts_with("refused")) {
    if (owed.what != Owed::What::end) faults_.push_back(owed.line + " was " + what);
    return;
  }
  Start& start = starts_[owed.start];
  switch (owed.what) {
    case Owed::What::start:
      if (!start.execution.empty() && start.execution != what) {
        faults_.push_back(fmt::format("{} is execution {} and then {}", start.key, start.execution, what));
      }
      start.execution = what;
      by_execution_[what] = owed.start;
      break;
    case Owed::What::end:
      if (what != "running" && start.end.empty()) {
        start.end = what;
        --unfinished_;
      }
      break;
    case Owed::What::receipt:
      break;
  }
}

Start* World::start_of(const std::string& execution) {
  const auto found = by_execution_.find(execution);
  return found == by_execution_.end() ? nullptr : &starts_[found->second];
}

// The provider takes a message.
void World::took(const std::string& id, const std::string& channel, const std::string& text) {
  // The code is the start's key: that finds the start before its acknowledgement is read.
  const std::size_t number = std::stoul(text.substr(1));
  if (number >= starts_.size()) {
    faults_.push_back("a message that nobody asked for: " + text);
    return;
  }
  Start& start = starts_[number];
  const std::string execution = id.substr(0, id.rfind('-'));
  if (!start.execution.empty() && start.execution != execution) {
    faults_.push_back(fmt::format("{} has two executions, {} and {}", start.key, start.execution, execution));
  }
  by_execution_[execution] = number;
  ++start.attempts;
  if (channel == "sms_otp") start.by_sms = true;
  Message& message = messages_[id];
  if (message.attempts > 0 && message.text != text) faults_.push_back(id + " changed its text");
  if (message.attempts > 0 && message.answer == "accepted") {
    ++message.repeats;
    ++repeats_;
    if (message.answer_is_settled) {
      faults_.push_back(id + " was sent again, though its acceptance was on disk");
    }
  } else if (message.attempts > 0 && message.answer.empty()) {
    ++message.repeats;
    ++repeats_;
  }
  ++message.attempts;
  message.text = text;
  const std::string answer = answer_for(start, message, channel);
  message.answer.clear();
  message.answer_is_settled = false;
  later_.push_back({Clock::now() + std::chrono::milliseconds(random_() % 12), id, answer});
}

std::string World::answer_for(const Start& start, const Message& message, const std::string& channel) const {
  if (channel == "sms_otp") return "accepted";
  switch (start.manner) {
    case Manner::busy_first:
      return message.attempts == 1 ? "transient" : "accepted";
    case Manner::no_answer_first:
      return message.attempts == 1 ? "timeout" : "accepted";
    case Manner::refuses:
      return "permanent";
    default:
      return "accepted";
  }
}

}  // namespace flow::crash
