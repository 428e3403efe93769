#include "tests/cluster/stage.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace flow::cluster_test {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing_support::read_file;
using Clock = std::chrono::steady_clock;

// The credentials are those that flowsim has without being told.
std::string configuration(int flowsim_port, int front_port, std::size_t node, const StageOptions& options) {
  return fmt::format(R"([server]
listen = "127.0.0.1:0"
public_url = "http://127.0.0.1:{1}"
[cluster]
node = "n{2}"
token = "env:FLOW_CLUSTER_TOKEN"
lease_ms = {3}
shards = {4}
[[sealing_keys]]
id = "k1"
key = "env:FLOW_SEALING_KEY"
[channels.viber_otp]
provider = "vonage_viber"
base_url = "http://127.0.0.1:{0}"
api_key = "flowsim1"
api_secret = "env:FLOW_VIBER_SECRET"
signature_secret = "env:FLOW_VIBER_SIGNATURE"
timeout_ms = 2000
[channels.waba_otp]
provider = "whatsapp_cloud"
base_url = "http://127.0.0.1:{0}"
phone_number_id = "100000000000001"
access_token = "env:FLOW_WHATSAPP_TOKEN"
app_secret = "env:FLOW_WHATSAPP_SECRET"
verify_token = "env:FLOW_WHATSAPP_VERIFY"
timeout_ms = 2000
[channels.sms_otp]
provider = "twilio_sms"
base_url = "http://127.0.0.1:{0}"
account_sid = "AC00000000000000000000000000f10w51"
auth_token = "env:FLOW_SMS_TOKEN"
timeout_ms = 2000
)",
                     flowsim_port, front_port, node, options.lease.count(), options.shards);
}

std::vector<std::pair<std::string, std::string>> credentials() {
  return {{"FLOW_SEALING_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
          {"FLOW_CLUSTER_TOKEN", "a token that all nodes have"},
          {"FLOW_VIBER_SECRET", "flowsim-viber-api-secret"},
          {"FLOW_VIBER_SIGNATURE", "flowsim-viber-signature-secret"},
          {"FLOW_WHATSAPP_TOKEN", "flowsim-whatsapp-access-token"},
          {"FLOW_WHATSAPP_SECRET", "flowsim-whatsapp-app-secret"},
          {"FLOW_WHATSAPP_VERIFY", "0123456789abcdef0123456789abcdef"},
          {"FLOW_SMS_TOKEN", "flowsim-sms-auth-token"}};
}

int wait_for_port(const std::string& file, std::string_view before, Process& process) {
  for (int i = 0; i < 3000; ++i) {
    const std::string text = std::filesystem::exists(file) ? read_file(file) : "";
    const std::size_t at = text.find(before);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
      return std::stoi(text.substr(at + before.size()));
    }
    if (process.wait(10ms)) return 0;
  }
  return 0;
}

// flowd.leases by node name; "" has none.
constexpr store::postgres::Statement kServed = {
    "served",
    "select count(*) from flowd.leases l left join flowd.nodes n on n.id = l.node "
    "where l.until <= now() or n.name is null or n.name = $1 or "
    "(n.name = $1 and n.seen < now() - interval '1 minute')"};

}  // namespace

Stage::Stage(StageOptions options) : options_(std::move(options)), client_(std::make_unique<http::Client>()) {
  start_flowsim();
  const std::string url = database_.url("flowd");
  auto watching = store::postgres::Connection::connect(*store::postgres::Target::parse(url, ""), {.name = "test"});
  FLOW_CHECK(watching.has_value());
  watching_ = std::move(*watching);
  nodes_.resize(static_cast<std::size_t>(options_.nodes));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].to_database =
        std::make_unique<testing_support::TcpProxy>(std::vector<std::string>{database_.socket() + "/.s.PGSQL.5432"});
    std::ofstream(path(fmt::format("flowd{}.toml", i))) << configuration(flowsim_port_, front_.port(), i, options_);
  }
}

Stage::~Stage() {
  client_.reset();
}

void Stage::start_flowsim() {
  std::ofstream(path("script.toml")) << options_.script;
  ProcessOptions options;
  options.arguments = {FLOW_BIN_DIR "/flowsim",
                       "--listen",
                       "127.0.0.1:0",
                       "--script",
                       path("script.toml"),
                       "--log",
                       path("flowsim.jsonl"),
                       "--clock-rate",
                       std::to_string(options_.clock_rate)};
  options.output_file = path("flowsim.out");
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  flowsim_ = *std::move(process);
  flowsim_port_ = wait_for_port(options.output_file, "http://127.0.0.1:", *flowsim_);
  FLOW_CHECK(flowsim_port_ != 0, "flowsim did not start: {}", read_file(options.output_file));
  const json hooks = {{"whatsapp", front("/v1/webhooks/waba_otp")}, {"viber", front("/v1/webhooks/viber_otp")}};
  const auto told =
      call(fmt::format("http://127.0.0.1:{}/_webhooks", flowsim_port_), "PUT", hooks.dump(), "application/json");
  FLOW_CHECK(told.has_value() && told->status < 300, "flowsim does not take webhooks");
}

std::string Stage::front(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", front_.port(), path);
}

http::ClientOutcome Stage::call(const std::string& url, const std::string& method, std::string body,
                                const std::string& type) {
  http::ClientRequest request{.method = method, .url = url, .headers = {}, .body = std::move(body)};
  if (!type.empty()) request.headers.emplace_back("content-type", type);
  request.timeout = 20s;
  return client_->perform(std::move(request));
}

void Stage::launch(std::size_t node) {
  Node& one = nodes_[node];
  const std::string port_file = path(fmt::format("port{}", node));
  std::filesystem::remove(port_file);
  ProcessOptions options;
  options.arguments = {
      FLOW_BIN_DIR "/flowd",
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
  options.environment = credentials();
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
    one.port = wait_for_port(path(fmt::format("port{}", node)), "", *one.process);
    if (one.port == 0) return false;
    tell_front();
  }
  while (Clock::now() < until) {
    const auto ready = call(fmt::format("http://127.0.0.1:{}/readyz", one.port), "GET", "", "");
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

void Stage::deploy() {
  const std::string bundle = path("otp.bundle");
  const auto built =
      testing_support::run_program({FLOW_BIN_DIR "/flowc", "build", FLOW_SOURCE_DIR "/flows/otp", "-o", bundle});
  FLOW_CHECK(built.exit_code == 0, "{}", built.output);
  const auto deployed = call(front("/v1/bundles"), "POST", read_file(bundle), "application/octet-stream");
  FLOW_CHECK(deployed && deployed->status < 300, "not deployed: {}",
             deployed ? deployed->body : deployed.error().error.message);
  const json version = {{"bundle", json::parse(deployed->body).at("version")}};
  const auto published = call(front("/v1/flows/deliver_otp/published"), "PUT", version.dump(), "application/json");
  FLOW_CHECK(published && published->status < 300, "not published: {}", published ? published->body : "");
}

void Stage::load(Milliseconds time, std::size_t open) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    for (std::size_t next = 0;;) {
      {
        const std::lock_guard lock(mutex_);
        if (under_way_ >= open) break;
        while (next < orders_.size() && (orders_[next].asked || !orders_[next].execution.empty())) ++next;
        if (next == orders_.size()) {
          static constexpr const char* kBegins[] = {"+1202555", "+63917", "+1202556"};
          const bool long_one = next % 3 == 1;
          orders_.push_back(
              {fmt::format("order-{}", next),
               fmt::format("{}{}", kBegins[next % 3],
                           long_one ? fmt::format("{:07}", next) : fmt::format("{:04}", next / 3 % 10'000)),
               "", false});
        }
        orders_[next].asked = true;
        ++under_way_;
      }
      begin_order(next);
    }
    std::this_thread::sleep_for(2ms);
  }
}

void Stage::begin_order(std::size_t number) {
  http::ClientRequest request{
      .method = "POST", .url = front("/v1/flows/deliver_otp/executions"), .headers = {}, .body = {}};
  {
    const std::lock_guard lock(mutex_);
    const Order& order = orders_[number];
    request.headers = {{"content-type", "application/json"}, {"idempotency-key", order.key}};
    request.body = json{{"inputs", {{"customerPhoneNumber", order.number}, {"verificationCode", "482913"}}}}.dump();
  }
  request.timeout = 3s;
  client_->send(std::move(request), [this, number](http::ClientOutcome outcome) { answered(number, outcome); });
}

void Stage::answered(std::size_t number, const http::ClientOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  Order& order = orders_[number];
  order.asked = false;
  --under_way_;
  if (!outcome || outcome->status >= 500) return;  // asked again, with the same key
  if (outcome->status != 200 && outcome->status != 201) {
    faults_.push_back(fmt::format("{} was refused: {} {}", order.key, outcome->status, outcome->body));
    return;
  }
  const std::string execution = json::parse(outcome->body).at("execution");
  if (!order.execution.empty() && order.execution != execution) faults_.push_back(order.key + " is two executions");
  order.execution = execution;
}

std::size_t Stage::finish(std::chrono::seconds most) {
  const auto until = Clock::now() + most;
  std::size_t left = 1;
  while (Clock::now() < until && left > 0) {
    load(0ms, 0);
    std::vector<std::size_t> again;
    left = 0;
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < orders_.size(); ++i) {
        if (!orders_[i].execution.empty()) continue;
        ++left;
        if (orders_[i].asked || under_way_ >= 64) continue;
        orders_[i].asked = true;
        ++under_way_;
        again.push_back(i);
      }
    }
    for (const std::size_t number : again) begin_order(number);
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

std::vector<Order> Stage::orders() const {
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::vector<LoggedMessage> Stage::messages() const {
  std::vector<LoggedMessage> messages;
  std::map<std::string, std::size_t> by_id;
  std::ifstream log(folder_.file("flowsim.jsonl"));
  for (std::string line; std::getline(log, line);) {
    const json entry = json::parse(line);
    const std::string event = entry.at("event");
    if (event == "message") {
      by_id[entry.at("id")] = messages.size();
      messages.push_back({entry.at("channel"), entry.at("to"), entry.at("at_ms"), std::nullopt});
    } else if (event == "answer" && entry.contains("id") && by_id.contains(entry.at("id"))) {
      if (entry.value("status", 0) != 0) messages[by_id.at(entry.at("id"))].answered_at_ms = entry.at("at_ms");
    }
  }
  return messages;
}

std::vector<std::string> Stage::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::string Stage::timeline(const std::string& execution) {
  const auto read = call(front("/v1/executions/" + execution), "GET", "", "");
  return read ? fmt::format("{} {}", read->status, read->body) : read.error().error.message;
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
