#include "tests/cluster/stage.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"

namespace flow::cluster_test {

namespace {

using namespace std::chrono_literals;
using testing_support::read_file;
using Clock = std::chrono::steady_clock;

std::string configuration(int flowsim_port, int front_port, std::size_t node, const StageOptions& options) {
  return fmt::format(R"([server]
listen = "127.0.0.1:0"
public_url = "http://127.0.0.1:{}"
[cluster]
node = "n{}"
token = "env:FLOW_CLUSTER_TOKEN"
lease_ms = {}
shards = {}
)",
                     front_port, node, options.lease.count(), options.shards) +
         testing_support::otp_channels(flowsim_port);
}

// Two of the United States to one of the Philippines.
std::string number_of(std::size_t order) {
  return fmt::format("{}{:07}", order % 3 == 1 ? "+63917" : "+1202", 2'000'000 + order);
}

// flowd.leases by node name; "" has none.
constexpr store::postgres::Statement kServed = {
    "served",
    "select count(*) from flowd.leases l left join flowd.nodes n on n.id = l.node "
    "where l.until <= now() or n.name is null or n.name = $1 or "
    "(n.name = $1 and n.seen < now() - interval '1 minute')"};

}  // namespace

Stage::Stage(StageOptions options)
    : options_(std::move(options)),
      flowsim_(folder_.path(), options_.script, options_.clock_rate),
      orders_({.url = [this] { return fmt::format("http://127.0.0.1:{}", front_.port()); },
               .number = number_of,
               .patience = 3s}) {
  flowsim_.report_to(fmt::format("http://127.0.0.1:{}", front_.port()));
  const std::string url = database_.url("flowd");
  auto watching = store::postgres::Connection::connect(*store::postgres::Target::parse(url, ""), {.name = "test"});
  FLOW_CHECK(watching.has_value());
  watching_ = std::move(*watching);
  nodes_.resize(static_cast<std::size_t>(options_.nodes));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].to_database =
        std::make_unique<testing_support::TcpProxy>(std::vector<std::string>{database_.socket() + "/.s.PGSQL.5432"});
    std::ofstream(path(fmt::format("flowd{}.toml", i))) << configuration(flowsim_.port(), front_.port(), i, options_);
  }
}

void Stage::launch(std::size_t node, const char* program) {
  Node& one = nodes_[node];
  const std::string port_file = path(fmt::format("port{}", node));
  std::filesystem::remove(port_file);
  ProcessOptions options;
  options.arguments = {
      FLOW_BIN_DIR "/" + std::string(program),
      "serve",
      "--data",
      path(fmt::format("data{}", node)),
      "--store",
      fmt::format("postgres://postgres@127.0.0.1:{}/flowd?sslmode=disable&gssencmode=disable", one.to_database->port()),
      "--config",
      path(fmt::format("flowd{}.toml", node)),
      "--listen",
      fmt::format("127.0.0.1:{}", one.port),
      "--clock-rate",
      std::to_string(options_.clock_rate),
      "--engine",
      "interpreter",
      "--port-file",
      port_file};
  options.environment = testing_support::otp_credentials();
  options.environment.emplace_back("FLOW_CLUSTER_TOKEN", "a token that all nodes have");
  options.output_file = path(fmt::format("flowd{}.log", node));
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  one.process = *std::move(process);
  one.paused = false;
}

bool Stage::wait_ready(std::size_t node, std::chrono::seconds most) {
  Node& one = nodes_[node];
  const auto until = Clock::now() + most;
  if (one.port == 0 || !std::filesystem::exists(path(fmt::format("port{}", node)))) {
    one.port = testing_support::wait_for_port(path(fmt::format("port{}", node)), "", *one.process);
    if (one.port == 0) return false;
    tell_front();
  }
  while (Clock::now() < until) {
    const auto ready = client_.perform({.url = fmt::format("http://127.0.0.1:{}/readyz", one.port)});
    if (ready && ready->status == 200) return true;
    if (one.process->wait(20ms)) return false;
  }
  return false;
}

void Stage::tell_front() {
  std::vector<std::string> targets;
  for (const Node& node : nodes_) {
    if (node.port != 0) targets.push_back(std::to_string(node.port));
  }
  front_.set_targets(std::move(targets));
}

void Stage::kill(std::size_t node) {
  nodes_[node].process->kill();
  nodes_[node].process.reset();
}

void Stage::pause(std::size_t node, bool paused) {
  nodes_[node].process->send_signal(paused ? SIGSTOP : SIGCONT);
  nodes_[node].paused = paused;
}

int Stage::stop(std::size_t node) {
  nodes_[node].process->send_signal(SIGTERM);
  const auto end = nodes_[node].process->wait(60s);
  nodes_[node].process.reset();
  return end ? end->exit_code : -1;
}

bool Stage::running(std::size_t node) {
  return nodes_[node].process && !nodes_[node].process->wait(0ms);
}

void Stage::load(Milliseconds time, std::size_t open) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    orders_.fill(open);
    std::this_thread::sleep_for(2ms);
  }
}

std::size_t Stage::finish(std::chrono::seconds most) {
  const auto until = Clock::now() + most;
  std::size_t left = 1;
  while (Clock::now() < until && left > 0) {
    left = orders_.ask_again();
    if (left == 0) left = std::stoul(sql("select count(*) from flowd.executions"));
    std::this_thread::sleep_for(100ms);
  }
  return left;
}

std::optional<Milliseconds> Stage::wait_until_served(std::optional<std::size_t> without, std::chrono::seconds most) {
  const auto begin = Clock::now();
  const std::string name = without ? fmt::format("n{}", *without) : "";
  while (Clock::now() - begin < most) {
    const auto rows = watching_->run(kServed, store::postgres::Parameters().text(name), 5s);
    if (rows && rows->integer(0, 0) == 0) return std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
    if (!watching_->usable()) {
      auto again = store::postgres::Connection::connect(*store::postgres::Target::parse(database_.url("flowd"), ""),
                                                        {.name = "test"});
      if (again) watching_ = std::move(*again);
    }
    std::this_thread::sleep_for(10ms);
  }
  return std::nullopt;
}

std::int64_t Stage::shards_of(const std::string& name) {
  return std::stoll(sql(
      fmt::format("select count(*) from flowd.leases l left join flowd.nodes n on n.id = l.node and l.until > now() "
                  "where coalesce(n.name, '') = '{}'",
                  name)));
}

std::string Stage::logs() const {
  std::string all;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::string log = read_file(folder_.file(fmt::format("flowd{}.log", i)));
    if (log.size() > 6000) log = "…" + log.substr(log.size() - 6000);
    all += fmt::format("---- node {}\n{}", i, log);
  }
  return all;
}

}  // namespace flow::cluster_test
