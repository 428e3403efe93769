#include "bench/load/world.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace flow::bench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{20'000};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What `find` makes of the file's content, as soon as it makes something of it.
template <typename Find>
Result<std::string> wait_for(const std::string& path, Find find) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (std::string found = find(content(path)); !found.empty()) return found;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return fail(ErrorCode::unavailable, "nothing came in {}", path);
}

Result<Process> start(std::vector<std::string> arguments, const std::string& log) {
  ProcessOptions options;
  arguments[0] = FLOW_BIN_DIR "/" + arguments[0];
  options.arguments = std::move(arguments);
  options.output_file = log;
  return Process::start(options);
}

Status run(std::vector<std::string> arguments, const std::string& log) {
  auto process = start(std::move(arguments), log);
  if (!process) return std::unexpected(process.error());
  const auto end = process->wait(kPatience);
  if (end && end->exit_code == 0) return {};
  return fail(ErrorCode::internal, "{}", content(log));
}

// The accounts are flowsim's own.
std::string configuration(const std::string& flowsim) {
  const std::string common = fmt::format("base_url = \"{}\"\nin_flight_max = 256\n", flowsim);
  return fmt::format(
      "[server]\nlisten = \"127.0.0.1:0\"\n"
      "[[sealing_keys]]\nid = \"bench\"\nkey = \"file:sealing.key\"\n"
      "[channels.viber_otp]\nprovider = \"vonage_viber\"\n{0}api_key = \"flowsim1\"\n"
      "api_secret = \"file:viber_api\"\nsignature_secret = \"file:viber_signature\"\n"
      "[channels.waba_otp]\nprovider = \"whatsapp_cloud\"\n{0}phone_number_id = \"100000000000001\"\n"
      "access_token = \"file:wa_token\"\napp_secret = \"file:wa_secret\"\nverify_token = \"file:wa_verify\"\n"
      "[channels.sms_otp]\nprovider = \"twilio_sms\"\n{0}account_sid = \"AC00000000000000000000000000f10w51\"\n"
      "auth_token = \"file:sms_token\"\n",
      common);
}

void write_files(const std::string& folder, const std::string& flowsim) {
  const auto write = [&](const char* name, const std::string& text) { std::ofstream(folder + "/" + name) << text; };
  write("flowd.toml", configuration(flowsim));
  write("sealing.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  write("viber_api", "flowsim-viber-api-secret");
  write("viber_signature", "flowsim-viber-signature-secret");
  write("wa_token", "flowsim-whatsapp-access-token");
  write("wa_secret", "flowsim-whatsapp-app-secret");
  write("wa_verify", "flowsim-whatsapp-verify-token");
  write("sms_token", "flowsim-sms-auth-token");
}

Result<std::string> flowsim_address(const std::string& log) {
  return wait_for(log, [](const std::string& text) -> std::string {
    const std::size_t begin = text.find("http://");
    const std::size_t end = text.find('\n', begin);
    return begin == std::string::npos || end == std::string::npos ? "" : text.substr(begin, end - begin);
  });
}

}  // namespace

double cpu_seconds(pid_t process) {
  const std::string stat = content(fmt::format("/proc/{}/stat", process));
  std::istringstream words(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string word;
  double ticks = 0;
  for (int i = 0; words >> word && i < 13; ++i) {
    if (i == 11 || i == 12) ticks += std::stod(word);  // utime, stime
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Result<std::unique_ptr<World>> World::start(const WorldOptions& options) {
  const auto file = [&](const char* name) { return options.folder + "/" + name; };
  std::ofstream(file("script.toml"))
      << "[[rules]]\nanswer = \"accept\"\nreports = [{ status = \"sent\", after = \"0s\" }]\n";
  auto flowsim = bench::start({"flowsim", "--script", file("script.toml")}, file("flowsim.log"));
  if (!flowsim) return std::unexpected(flowsim.error());
  auto provider = flowsim_address(file("flowsim.log"));
  if (!provider) return std::unexpected(provider.error());

  write_files(options.folder, *provider);
  auto flowd = bench::start({"flowd", "serve", "--data", file("data"), "--config", file("flowd.toml"), "--port-file",
                             file("port"), "--engine", options.engine},
                            file("flowd.log"));
  if (!flowd) return std::unexpected(flowd.error());
  auto port = wait_for(file("port"), [](std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  });
  if (!port) return fail(ErrorCode::unavailable, "flowd did not start: {}", content(file("flowd.log")));
  const std::string url = "http://127.0.0.1:" + *port;

  if (auto built = run({"flowc", "build", FLOW_SOURCE_DIR "/flows/otp", "-o", file("otp.bundle")}, file("flowc.log"));
      !built) {
    return std::unexpected(built.error());
  }
  if (auto deployed = run({"flowc", "deploy", file("otp.bundle"), "--server", url, "--publish"}, file("flowc.log"));
      !deployed) {
    return std::unexpected(deployed.error());
  }
  return std::unique_ptr<World>(new World(std::move(*flowd), std::move(*flowsim), url));
}

Result<double> World::metric(http::Client& client, const std::string& name) const {
  auto answer = client.perform({.url = url_ + "/metrics"});
  if (!answer) return std::unexpected(answer.error().error);
  double sum = 0;
  std::istringstream lines(answer->body);
  for (std::string line; std::getline(lines, line);) {
    const bool matches = line.starts_with(name + "{") || line.starts_with(name + " ");
    if (matches) sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

}  // namespace flow::bench
