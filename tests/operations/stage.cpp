#include "tests/operations/stage.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "tests/support/providers.h"

namespace flow::operations_stage {

using namespace std::chrono_literals;
using nlohmann::json;
using testing_support::read_file;
using testing_support::run_program;

Stage::Stage() {
  const std::string command = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost -keyout {0}/host.key -out {0}/host.crt >/dev/null 2>&1",
      folder_.path());
  FLOW_CHECK(std::system(command.c_str()) == 0, "{}", command);
  http::ServerOptions options;
  options.tls_certificate_file = folder_.file("host.crt");
  options.tls_key_file = folder_.file("host.key");
  auto server = http::Server::start(options, [this](http::Request& request, http::Responder respond) {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
      answer = answer_;
    }
    changed_.notify_all();
    respond(answer ? answer(request) : http::Response{0, {}, ""});
  });
  FLOW_CHECK(server.has_value(), "no server");
  server_ = *std::move(server);
  std::filesystem::create_directory(folder_.file("flows"));
}

std::string Stage::host() const {
  return fmt::format("localhost:{}", server_->port());
}

void Stage::answer_with(Answer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

std::vector<http::Request> Stage::asked(std::size_t at_least) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, 20s, [&] { return asked_.size() >= at_least; });
  return asked_;
}

void Stage::configure(const std::string& lines) {
  more_ = lines;
}

void Stage::write(const std::string& name, const std::string& text) {
  std::ofstream(folder_.file("flows/" + name)) << text;
}

http::Response Stage::deploy(const std::string& flow) {
  const std::string file = folder_.file("bundle");
  const auto built = run_program({FLOW_BIN_DIR "/flowc", "build", folder_.file("flows"), "-o", file});
  FLOW_CHECK(built.exit_code == 0, "{}", built.output);
  http::Response deployed = call("POST", "/v1/bundles", read_file(file), "application/octet-stream");
  if (deployed.status >= 300) return deployed;
  const json version = {{"bundle", json::parse(deployed.body).at("version")}};
  return call("PUT", "/v1/flows/" + flow + "/published", version.dump());
}

bool Stage::launch(const std::string& failpoints) {
  std::ofstream(folder_.file("flowd.toml"))
      << "[server]\nlisten = \"127.0.0.1:0\"\n[[sealing_keys]]\nid = \"a\"\nkey = \"env:FLOWD_TEST_KEY\"\n"
      << "[outgoing]\nnetworks = [\"127.0.0.1\", \"::1\"]\nauthorities = \"host.crt\"\n"
      << more_;
  std::filesystem::remove(folder_.file("port"));
  ProcessOptions options;
  options.arguments = {FLOW_BIN_DIR "/flowd",
                       "serve",
                       "--data",
                       folder_.file("data"),
                       "--config",
                       folder_.file("flowd.toml"),
                       "--port-file",
                       folder_.file("port")};
  options.environment = environment;
  options.environment.emplace_back("FLOWD_TEST_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  options.environment.emplace_back("FLOWD_FAILPOINTS", failpoints);
  options.output_file = folder_.file("log");
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  flowd_ = *std::move(process);
  port_ = testing_support::wait_for_port(folder_.file("port"), "", *flowd_);
  return port_ != 0;
}

void Stage::kill() {
  if (flowd_) flowd_->kill();
  flowd_.reset();
}

int Stage::stop() {
  flowd_->send_signal(SIGTERM);
  const auto end = flowd_->wait(20s);
  flowd_.reset();
  return end ? end->exit_code : -1;
}

bool Stage::died() {
  const auto end = flowd_->wait(20s);
  if (end) flowd_.reset();
  return end && end->signal == SIGKILL;
}

std::string Stage::start(const std::string& flow, const std::string& inputs_json, const std::string& key) {
  http::ClientRequest request{.method = "POST",
                              .url = fmt::format("http://127.0.0.1:{}/v1/flows/{}/executions", port_, flow),
                              .headers = {{"content-type", "application/json"}},
                              .body = fmt::format(R"({{"inputs":{}}})", inputs_json),
                              .timeout = 20s};
  if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
  const auto answer = client_.perform(std::move(request));
  if (!answer) return "";
  const json body = json::parse(answer->body, nullptr, false);
  return body.is_object() ? body.value("execution", answer->body) : answer->body;
}

json Stage::ended(const std::string& execution) {
  json view;
  for (int i = 0; i < 2000; ++i) {
    view = json::parse(call("GET", "/v1/executions/" + execution).body, nullptr, false);
    if (view.is_object() && view.contains("end") && view.at("end").is_string()) return view;
    std::this_thread::sleep_for(10ms);
  }
  return view;
}

std::string Stage::metrics() {
  return call("GET", "/metrics").body;
}

std::string Stage::log() const {
  return read_file(folder_.file("log"));
}

std::string Stage::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

http::Response Stage::call(const std::string& method, const std::string& path, std::string body,
                           const std::string& type, const http::Headers& headers) {
  http::ClientRequest request{.method = method,
                              .url = fmt::format("http://127.0.0.1:{}{}", port_, path),
                              .headers = headers,
                              .body = std::move(body),
                              .timeout = 20s};
  if (!request.body.empty()) request.headers.emplace_back("content-type", type);
  auto answer = client_.perform(std::move(request));
  if (!answer) return {0, {}, answer.error().error.message};
  return *std::move(answer);
}

std::string timeline_text(const json& view) {
  std::string text;
  for (const json& entry : view.value("timeline", json::array())) {
    const std::string kind = entry.value("kind", "");
    const std::string what = kind == "entered" ? entry.value("step", "") : entry.value("status", "");
    text += text.empty() ? "" : " ";
    text += kind + (what.empty() || kind == "started" ? "" : "(" + what + ")");
  }
  return text;
}

}  // namespace flow::operations_stage
