#include "bench/load/world.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/config/secret.h"

namespace flow::load {
namespace {

namespace fs = std::filesystem;

// Of service time in real time: nothing that waits falls due while the generator counts it.
constexpr double kStandingClock = 0.001;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> words_of_stat(pid_t process) {
  const std::string stat = content(fmt::format("/proc/{}/stat", process));
  std::istringstream words(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  return {std::istream_iterator<std::string>(words), {}};
}

// Beside an installed program, else where it was built.
std::string workspace_of(const Options& options) {
  if (!options.workspace.empty()) return options.workspace;
  std::error_code error;
  const std::string installed = own_folder() + "/../share/flow/flows/otp";
  return fs::is_directory(installed, error) ? installed : FLOW_SOURCE_DIR "/flows/otp";
}

}  // namespace

double cpu_seconds(pid_t process) {
  const auto words = words_of_stat(process);
  if (words.size() < 13) return 0;
  return (std::stod(words[11]) + std::stod(words[12])) / static_cast<double>(::sysconf(_SC_CLK_TCK));  // utime, stime
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::int64_t resident_bytes(pid_t process) {
  const auto words = words_of_stat(process);
  return words.size() < 22 ? 0 : std::stoll(words[21]) * ::sysconf(_SC_PAGESIZE);
}

// As the disk counts them, without holes.
std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) bytes += entry.file_size(error);
  }
  return bytes;
}

Result<std::unique_ptr<World>> World::start(const Options& options, std::uint16_t provider_port) {
  std::unique_ptr<World> world(new World(options));
  const Status ready = options.own_installation() ? world->start_own(provider_port) : world->use_url();
  if (!ready) return std::unexpected(ready.error());
  return world;
}

World::~World() {
  if (installation_ != nullptr && installation_->stop_flowd().has_value()) installation_.reset();
  installation_.reset();
  std::error_code error;
  if (remove_folder_) fs::remove_all(folder_, error);
}

Status World::start_own(std::uint16_t provider_port) {
  folder_ = options_.folder;
  if (folder_.empty()) {
    folder_ = (fs::temp_directory_path() / "flow-load.XXXXXX").string();
    if (::mkdtemp(folder_.data()) == nullptr) return fail(ErrorCode::io_error, "cannot make `{}`", folder_);
    remove_folder_ = !options_.keep;
  }
  std::error_code error;
  fs::create_directories(folder_, error);
  demo::InstallationOptions wanted;
  wanted.programs = options_.flowd.empty() ? own_folder() : fs::absolute(options_.flowd).parent_path().string();
  wanted.folder = folder_;
  wanted.provider_port = provider_port;
  wanted.flowd_arguments = options_.flowd_arguments;
  wanted.server_settings = options_.server_settings;
  wanted.channel_settings = options_.channel_settings;
  if (options_.waiting > 0) wanted.clock_rate = kStandingClock;
  installation_ = std::make_unique<demo::Installation>(wanted);
  if (auto started = installation_->start_flowd(); !started) return started;
  if (auto deployed = installation_->deploy(workspace_of(options_)); !deployed) return deployed;

  const auto& credentials = installation_->credentials();
  token_ = credentials.api_token;
  host_ = "127.0.0.1";
  const std::string url = installation_->flowd_url();
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port_);
  accounts_ = {.whatsapp_phone_number_id = demo::kWhatsappPhoneNumberId,
               .whatsapp_access_token = credentials.whatsapp_access_token,
               .whatsapp_app_secret = credentials.whatsapp_app_secret,
               .whatsapp_webhook = url + "/v1/webhooks/waba_otp",
               .viber_api_key = demo::kViberApiKey,
               .viber_api_secret = credentials.viber_api_secret,
               .viber_signature_secret = credentials.viber_signature_secret,
               .viber_webhook = url + "/v1/webhooks/viber_otp",
               .sms_account_sid = demo::kSmsAccountSid,
               .sms_auth_token = credentials.sms_auth_token};
  return {};
}

Status World::use_url() {
  constexpr std::string_view kScheme = "http://";
  std::string_view rest = options_.url;
  if (!rest.starts_with(kScheme)) {
    return fail(ErrorCode::invalid_argument, "--url takes http://HOST:PORT, behind what speaks TLS");
  }
  rest.remove_prefix(kScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto colon = rest.rfind(':');
  host_ = rest.substr(0, colon);
  port_ = 80;
  if (colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), port_);
    if (error != std::errc() || end != port.data() + port.size() || port_ == 0) {
      return fail(ErrorCode::invalid_argument, "`{}` is not a port", port);
    }
  }
  if (!options_.token_file.empty()) {
    token_ = content(options_.token_file);
    while (token_.ends_with('\n') || token_.ends_with('\r')) token_.pop_back();
    if (token_.empty() || token_.find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::invalid_argument, "`{}` does not hold one token", options_.token_file);
    }
  }
  if (options_.accounts_file.empty()) return {};
  const auto script =
      simulator::parse_script(content(options_.accounts_file), options_.accounts_file, config::process_environment());
  if (!script) return fail(ErrorCode::invalid_argument, "{}", script.error().front());
  accounts_ = script->accounts;
  return {};
}

std::optional<pid_t> World::flowd() const {
  if (installation_ == nullptr || installation_->flowd_pid() < 0) return std::nullopt;
  return installation_->flowd_pid();
}

std::string World::data_folder() const {
  return installation_ == nullptr ? "" : installation_->data_folder();
}

Status World::restart() {
  if (installation_ == nullptr) return fail(ErrorCode::failed_precondition, "not an installation of flow-load's own");
  installation_->kill_flowd();
  return installation_->start_flowd();
}

Result<demo::Answer> World::get(const std::string& path) const {
  if (installation_ != nullptr) return installation_->request("GET", path);
  http::Client client;
  http::ClientRequest request;
  request.url = fmt::format("http://{}:{}{}", host_, port_, path);
  if (!token_.empty()) request.headers = {{"authorization", "Bearer " + token_}};
  const auto outcome = client.perform(std::move(request));
  if (!outcome) return std::unexpected(outcome.error().error);
  return demo::Answer{outcome->status, outcome->body};
}

std::map<std::string, double> World::metrics() const {
  std::map<std::string, double> sums;
  const auto answer = get("/metrics");
  if (!answer || answer->status != 200) return sums;
  std::istringstream lines(answer->body);
  for (std::string line; std::getline(lines, line);) {
    const auto blank = line.rfind(' ');
    if (line.starts_with('#') || blank == std::string::npos) continue;
    double value = 0;
    std::from_chars(line.data() + blank + 1, line.data() + line.size(), value);
    sums[line.substr(0, line.find_first_of("{ "))] += value;
  }
  return sums;
}

std::string World::end_of(const std::string& execution) const {
  const auto answer = get("/v1/executions/" + execution);
  if (!answer || answer->status != 200) return {};
  const auto view = nlohmann::json::parse(answer->body, nullptr, false);
  return view.is_object() ? view.value("end", "") : "";
}

}  // namespace flow::load
