// End to end: executions of flows/otp through a real flowd and a real flowsim on loopback. Each is a POST that is
// answered when it is on disk, an HTTP request to the provider, a signed webhook back, and the end.
//
//   bench_load [--executions N] [--rate R] [--batch B] [--concurrency C] [--engine jit|interpreter] [--keep]
//
// Without --rate as fast as C requests at a time go; with it R executions a second at fixed instants, and latencies
// count from those instants, so that a stall shows in all that came during it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/instant.h"
#include "bench/load/world.h"

namespace flow::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Options {
  std::size_t executions = 20'000;
  double rate = 0;
  std::size_t batch = 1;
  std::size_t concurrency = 64;
  std::string engine = "jit";
  bool keep = false;
};

std::string start_body(std::size_t number) {
  // United States numbers: straight to the SMS.
  return fmt::format(R"({{"inputs":{{"customerPhoneNumber":"+1201{:07}","verificationCode":"482913"}}}})",
                     2'000'000 + number % 7'000'000);
}

// Sends the starts and takes their latencies.
class Starter {
 public:
  Starter(const Options& options, std::string url, http::Client& client)
      : options_(options), url_(std::move(url)), client_(client) {}

  // Until every start was answered; false: one was refused.
  bool run() {
    const auto begin = Clock::now();
    for (std::size_t sent = 0; sent < options_.executions; sent += options_.batch) {
      auto due = Clock::now();
      if (options_.rate > 0) {
        due = begin + std::chrono::duration_cast<Clock::duration>(Seconds(static_cast<double>(sent) / options_.rate));
        std::this_thread::sleep_until(due);
      }
      wait_below(options_.rate > 0 ? SIZE_MAX : options_.concurrency);
      if (options_.rate == 0) due = Clock::now();
      send(sent, std::min(options_.batch, options_.executions - sent), due);
    }
    wait_below(1);
    return problem_.empty();
  }

  const std::string& problem() const { return problem_; }
  std::vector<double> latencies_ms() const { return latencies_ms_; }

 private:
  void wait_below(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_ < count; });
  }

  void send(std::size_t first, std::size_t count, Clock::time_point due) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = url_ + "/v1/flows/deliver_otp/executions";
    request.headers = {{"content-type", "application/json"}};
    request.timeout = std::chrono::seconds(30);
    if (options_.batch == 1) {
      request.body = start_body(first);
    } else {
      request.url += ":batch";
      request.body = "{\"executions\":[";
      for (std::size_t i = 0; i < count; ++i) request.body += (i == 0 ? "" : ",") + start_body(first + i);
      request.body += "]}";
    }
    {
      const std::lock_guard lock(mutex_);
      ++under_way_;
    }
    client_.send(std::move(request), [this, due](http::ClientOutcome outcome) { answered(outcome, due); });
  }

  void answered(const http::ClientOutcome& outcome, Clock::time_point due) {
    const double ms = Seconds(Clock::now() - due).count() * 1e3;
    const std::lock_guard lock(mutex_);
    latencies_ms_.push_back(ms);
    if (!outcome) {
      problem_ = outcome.error().error.message;
    } else if (outcome->status / 100 != 2) {
      problem_ = fmt::format("{} {}", outcome->status, outcome->body);
    }
    --under_way_;
    changed_.notify_all();
  }

  const Options& options_;
  std::string url_;
  http::Client& client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::vector<double> latencies_ms_;
  std::string problem_;
};

Status wait_until_ended(const World& world, http::Client& client, std::size_t count) {
  double before = -1;
  auto progress = Clock::now();
  while (true) {
    const auto ended = world.metric(client, "flow_executions_ended_total");
    if (!ended) return std::unexpected(ended.error());
    if (*ended >= static_cast<double>(count)) return {};
    if (*ended > before) progress = Clock::now();
    before = *ended;
    if (Clock::now() - progress > std::chrono::seconds(60)) {
      return fail(ErrorCode::unavailable, "{} of {} executions ended, then nothing for a minute", *ended, count);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

struct Ends {
  std::vector<double> latencies_ms;
  std::map<std::string, std::size_t> kinds;
};

// From flowd's own times: from the start's acceptance to the end.
Result<Ends> read_ends(const std::string& url, http::Client& client) {
  Ends ends;
  std::string cursor;
  do {
    auto answer =
        client.perform({.url = url + "/v1/executions?limit=200" + (cursor.empty() ? "" : "&cursor=" + cursor)});
    if (!answer) return std::unexpected(answer.error().error);
    const auto page = nlohmann::json::parse(answer->body, nullptr, false);
    if (!page.is_object() || !page.contains("executions")) return fail(ErrorCode::internal, "{}", answer->body);
    for (const auto& one : page["executions"]) {
      ++ends.kinds[one.value("end", "running")];
      const auto started = parse_instant(one.value("started_at", ""));
      const auto ended = parse_instant(one.value("ended_at", ""));
      if (started && ended) ends.latencies_ms.push_back(static_cast<double>(*ended - *started));
    }
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty());
  return ends;
}

void print_latencies(const char* name, std::vector<double> ms) {
  if (ms.empty()) return;
  std::ranges::sort(ms);
  const auto at = [&](double part) {
    return ms[std::min(ms.size() - 1, static_cast<std::size_t>(part * static_cast<double>(ms.size())))];
  };
  fmt::print("{:<28} p50 {:>8.1f}  p90 {:>8.1f}  p99 {:>8.1f}  p99.9 {:>8.1f}  max {:>8.1f} ms\n", name, at(0.5),
             at(0.9), at(0.99), at(0.999), ms.back());
  // Powers of two.
  std::map<int, std::size_t> buckets;
  for (const double value : ms) ++buckets[static_cast<int>(std::ceil(std::log2(std::max(value, 1.0))))];
  for (const auto& [power, count] : buckets) {
    const auto width = static_cast<std::size_t>(60.0 * static_cast<double>(count) / static_cast<double>(ms.size()));
    fmt::print("  up to {:>6} ms {:>8}  {}\n", 1 << power, count, std::string(width, '#'));
  }
}

std::uintmax_t bytes_in(const std::string& folder) {
  std::uintmax_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) bytes += entry.file_size(error);
  }
  return bytes;
}

Status measure(const Options& options, const std::string& folder) {
  auto world = World::start({options.engine, folder});
  if (!world) return std::unexpected(world.error());
  http::ClientOptions client_options;
  client_options.connections_per_host_max = static_cast<long>(options.concurrency) + 1;
  client_options.requests_max = 1'000'000;
  http::Client client(client_options);
  http::Client watcher;

  const double flowd_before = cpu_seconds((*world)->flowd());
  const double flowsim_before = cpu_seconds((*world)->flowsim());
  const auto begin = Clock::now();
  Starter starter(options, (*world)->url(), client);
  if (!starter.run()) return fail(ErrorCode::internal, "a start was refused: {}", starter.problem());
  const double started_s = Seconds(Clock::now() - begin).count();
  if (auto all = wait_until_ended(**world, watcher, options.executions); !all) return all;
  const double ended_s = Seconds(Clock::now() - begin).count();
  const double flowd_cpu = cpu_seconds((*world)->flowd()) - flowd_before;
  const double flowsim_cpu = cpu_seconds((*world)->flowsim()) - flowsim_before;
  auto ends = read_ends((*world)->url(), watcher);
  if (!ends) return std::unexpected(ends.error());

  const auto count = static_cast<double>(options.executions);
  fmt::print("{} executions of flows/otp, engine {}, {} a request, {}\n", options.executions, options.engine,
             options.batch,
             options.rate > 0 ? fmt::format("{} executions/s offered", options.rate)
                              : fmt::format("{} requests at a time", options.concurrency));
  fmt::print("accepted                     {:.0f} executions/s\n", count / started_s);
  fmt::print("start to end, all ended      {:.0f} executions/s\n", count / ended_s);
  fmt::print("CPU an execution             flowd {:.0f} us, flowsim {:.0f} us\n", flowd_cpu / count * 1e6,
             flowsim_cpu / count * 1e6);
  const auto commits = (*world)->metric(watcher, "flow_commits_total");
  if (commits) fmt::print("commits                      {:.0f}\n", *commits);
  fmt::print("store                        {:.0f} bytes an execution\n",
             static_cast<double>(bytes_in(folder + "/data")) / count);
  for (const auto& [kind, number] : ends->kinds) fmt::print("ended {:<22} {}\n", kind, number);
  print_latencies(options.batch == 1 ? "POST to 201" : "POST of a batch to 200", starter.latencies_ms());
  print_latencies("accepted to ended", ends->latencies_ms);
  return {};
}

}  // namespace
}  // namespace flow::bench

int main(int argc, char** argv) {
  CLI::App app("Executions a second, end to end, against flowd and flowsim on loopback.", "bench_load");
  flow::bench::Options options;
  app.add_option("--executions", options.executions)->check(CLI::Range(1, 5'000'000))->capture_default_str();
  app.add_option("--rate", options.rate, "executions a second offered; 0: as many as go")->check(CLI::Range(0.0, 1e6));
  app.add_option("--batch", options.batch, "executions a request")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--concurrency", options.concurrency, "requests at a time")
      ->check(CLI::Range(1, 4000))
      ->capture_default_str();
  app.add_option("--engine", options.engine)->check(CLI::IsMember({"jit", "interpreter"}))->capture_default_str();
  app.add_flag("--keep", options.keep, "leave store and logs where they are");
  CLI11_PARSE(app, argc, argv);

  std::string folder = (std::filesystem::temp_directory_path() / "bench_load.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 2;
  const flow::Status done = flow::bench::measure(options, folder);
  if (!done) fmt::print(stderr, "bench_load: {}\n", done.error().message);
  if (options.keep) {
    fmt::print("store and logs are in {}\n", folder);
  } else {
    std::filesystem::remove_all(folder);
  }
  return done ? 0 : 1;
}
