// The service core as a process of its own, to be killed: real store, threads and clock; its client and its provider
// are the test at the other end of a socket (core_crash_test.cpp).
//
//   worker FOLDER SOCKET CLOCK_RATE
//
// Lines from the test: `N start KEY PHONE`, `N receipt EXECUTION MESSAGE STATUS`, `N end EXECUTION`, `answer ID
// RESULT`. Lines to it: `ready`, `done N …`, `send ID CHANNEL ATTEMPT TEXT`.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <sstream>
#include <string>

#include "numbers/numbers.h"
#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"
#include "runtime/service/local_service.h"
#include "runtime/service/testing.h"
#include "runtime/store/log/log.h"

namespace flow {
namespace {

using outbox::SendClass;

// The socket's end: whole lines, from any thread.
class Line {
 public:
  explicit Line(const char* path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(2);
    in_ = ::fdopen(socket_, "r");
  }
  void write(const std::string& text) {
    const std::lock_guard lock(mutex_);
    const std::string line = text + "\n";
    if (::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) std::_Exit(2);
  }
  bool read(std::string& text) {
    char buffer[1024];
    if (std::fgets(buffer, sizeof buffer, in_) == nullptr) return false;
    text = buffer;
    text.pop_back();
    return true;
  }

 private:
  int socket_;
  std::FILE* in_ = nullptr;
  std::mutex mutex_;
};

class LineTransport final : public outbox::Transport {
 public:
  explicit LineTransport(Line& line) : line_(line) {}

  std::optional<outbox::ChannelPolicy> policy(std::string_view channel) const override {
    return outbox::ChannelPolicy{.kind = channel == "sms_otp" ? program::ChannelKind::sms : program::ChannelKind::viber,
                                 .at_most_once = false,
                                 .in_flight_max = 32};
  }
  void hand_over(outbox::SendRequest request, outbox::SendDone done) override {
    {
      const std::lock_guard lock(mutex_);
      open_[request.idempotency_key] = std::move(done);
    }
    line_.write(
        fmt::format("send {} {} {} {}", request.idempotency_key, request.channel, request.attempt, request.text));
  }
  void answer(const std::string& id, const std::string& result) {
    outbox::SendDone done;
    {
      const std::lock_guard lock(mutex_);
      const auto found = open_.find(id);
      if (found == open_.end()) return;
      done = std::move(found->second);
      open_.erase(found);
    }
    outbox::SendResult ended{.result = SendClass::unknown, .provider_message_id = "", .reason = result};
    if (result == "accepted") ended = {.result = SendClass::accepted, .provider_message_id = "p-" + id, .reason = ""};
    if (result == "transient") ended.result = SendClass::transient;
    if (result == "permanent") ended.result = SendClass::permanent_recipient;
    done(std::move(ended));
  }

 private:
  Line& line_;
  std::mutex mutex_;
  std::map<std::string, outbox::SendDone> open_;
};

template <typename T>
std::string problem_of(const service::Outcome<T>& outcome) {
  return fmt::format("refused {}", service::to_string(outcome.error().problem));
}

void serve_line(const std::string& text, service::Service& service, LineTransport& transport, Line& line) {
  std::istringstream words(text);
  std::string number;
  std::string verb;
  std::string first;
  std::string second;
  std::string third;
  words >> number;
  if (number == "answer") {
    words >> first >> second;
    return transport.answer(first, second);
  }
  words >> verb >> first >> second >> third;
  if (verb == "start") {
    service::StartRequest request;
    request.flow = "otp";
    request.idempotency_key = first;
    request.inputs_json = fmt::format(R"({{"phone":"{}","code":"{}"}})", second, first);
    service.start(std::move(request), [&line, number](service::Outcome<service::StartAnswer> started) {
      line.write(
          fmt::format("done {} {}", number, started ? core::to_string(started->execution) : problem_of(started)));
    });
  } else if (verb == "receipt") {
    service::ReceiptReport report;
    report.execution = core::parse_execution_id(first).value_or(core::ExecutionId{});
    report.message = static_cast<std::uint32_t>(std::stoul(second));
    report.status = third == "sent" ? program::Receipt::sent : program::Receipt::delivered;
    service.receipt(std::move(report), [&line, number](service::Outcome<service::ReceiptVerdict> verdict) {
      line.write(fmt::format("done {} {}", number, verdict ? "taken" : problem_of(verdict)));
    });
  } else if (verb == "end") {
    service.read(core::parse_execution_id(first).value_or(core::ExecutionId{}),
                 [&line, number](service::Outcome<service::ExecutionView> view) {
                   line.write(fmt::format("done {} {}", number,
                                          !view                       ? problem_of(view)
                                          : view->summary.end.empty() ? "running"
                                                                      : view->summary.end));
                 });
  }
}

int run(const char* folder, const char* socket, double rate) {
  core::log::set_level(core::log::Level::warning);
  const char* failpoints = std::getenv("FLOWD_FAILPOINTS");
  if (failpoints != nullptr) {
    if (Status armed = core::failpoint::arm(failpoints); !armed) return 2;
  }
  Line line(socket);
  LineTransport transport(line);
  service::testing::LineLoader loader;
  core::SystemRandom random;
  auto keys = crypto::Keyring::make({{"k", std::string(crypto::kSealingKeyBytes, 'k')}});
  if (!keys) return 2;
  store::log::Options where;
  where.folder = folder;
  where.keys = std::make_shared<const crypto::Keyring>(*std::move(keys));
  auto store = store::log::open(where);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 2;
  }
  store::Registry& registry = (*store)->registry();
  const core::ClockBase base =
      core::continue_clock(registry.saved_clock(), core::real_now_ms(), rate, (*store)->last_change_ms());
  if (Status saved = registry.save_clock(base); !saved) return 2;
  const core::RealClock clock(base);
  service::LocalOptions options;
  options.seals = true;
  options.shards = 2;
  options.on_failure = [](const Error&) { std::_Exit(3); };
  auto service = service::LocalService::open({.storage = **store,
                                              .clock = clock,
                                              .random = random,
                                              .transport = transport,
                                              .loader = loader,
                                              .region_of = service::testing::no_region},
                                             std::move(options));
  if (!service) {
    std::fprintf(stderr, "%s\n", service.error().message.c_str());
    return 2;
  }
  (*service)->deploy("bundle b1: otp!secret", [&](service::Outcome<service::DeployAnswer>) {
    (*service)->publish("otp", "b1", [&](service::Outcome<service::PublishedFlow>) { line.write("ready"); });
  });
  for (std::string text; line.read(text);) serve_line(text, **service, transport, line);
  return 0;
}

}  // namespace
}  // namespace flow

int main(int argc, char** argv) {
  double rate = 0;
  if (argc != 4 || std::from_chars(argv[3], argv[3] + std::strlen(argv[3]), rate).ec != std::errc()) return 2;
  return flow::run(argv[1], argv[2], rate);
}
