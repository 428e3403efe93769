#include "demo/installation.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/check.h"
#include "runtime/crypto/encoding.h"

namespace flow::demo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartPatience{20'000};
constexpr milliseconds kPause{20};

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  FLOW_CHECK(::getrandom(bytes.data(), count, 0) == static_cast<ssize_t>(count));
  return bytes;
}

std::string random_word(const char* what) {
  return std::string(what) + "-" + crypto::hex(random_bytes(16));
}

// A port that was free a moment ago: flowd must come back on the same one after a kill.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  FLOW_CHECK(socket >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  FLOW_CHECK(::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
  FLOW_CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Status write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(ErrorCode::io_error, "cannot write `{}`", path);
  return {};
}

std::string lines(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& line : all) text += line + "\n";
  return text;
}

}  // namespace

Credentials Credentials::make() {
  Credentials made;
  made.api_token = random_word("token");
  made.sealing_key = crypto::base64(random_bytes(32));
  made.viber_api_secret = random_word("viber-api");
  made.viber_signature_secret = random_word("viber-signature");
  made.whatsapp_access_token = random_word("whatsapp-access");
  made.whatsapp_app_secret = random_word("whatsapp-app");
  made.whatsapp_verify_token = random_word("whatsapp-verify");
  made.sms_auth_token = random_word("sms-auth");
  return made;
}

std::vector<std::string> Credentials::all() const {
  return {api_token,           sealing_key,           viber_api_secret, viber_signature_secret, whatsapp_access_token,
          whatsapp_app_secret, whatsapp_verify_token, sms_auth_token};
}

Installation::Installation(InstallationOptions options)
    : options_(std::move(options)), credentials_(Credentials::make()), flowd_port_(free_port()) {
  flowsim_port_ = options_.provider_port;
  while (flowsim_port_ == 0 || flowsim_port_ == flowd_port_) flowsim_port_ = free_port();
}

std::string Installation::flowd_url() const {
  return fmt::format("http://127.0.0.1:{}", flowd_port_);
}
std::string Installation::flowsim_url() const {
  return fmt::format("http://127.0.0.1:{}", flowsim_port_);
}

std::vector<std::pair<std::string, std::string>> Installation::environment() const {
  return {{"DEMO_API_TOKEN", credentials_.api_token},
          {"DEMO_SEALING_KEY", credentials_.sealing_key},
          {"DEMO_VIBER_API_SECRET", credentials_.viber_api_secret},
          {"DEMO_VIBER_SIGNATURE_SECRET", credentials_.viber_signature_secret},
          {"DEMO_WHATSAPP_ACCESS_TOKEN", credentials_.whatsapp_access_token},
          {"DEMO_WHATSAPP_APP_SECRET", credentials_.whatsapp_app_secret},
          {"DEMO_WHATSAPP_VERIFY_TOKEN", credentials_.whatsapp_verify_token},
          {"DEMO_SMS_AUTH_TOKEN", credentials_.sms_auth_token}};
}

Status Installation::write_script() const {
  return write(file("flowsim.toml"),
               fmt::format(R"([whatsapp]
phone_number_id = "{2}"
access_token = "env:DEMO_WHATSAPP_ACCESS_TOKEN"
app_secret = "env:DEMO_WHATSAPP_APP_SECRET"
webhook = "{0}/v1/webhooks/waba_otp"

[viber]
api_key = "{3}"
api_secret = "env:DEMO_VIBER_API_SECRET"
signature_secret = "env:DEMO_VIBER_SIGNATURE_SECRET"
webhook = "{0}/v1/webhooks/viber_otp"

[sms]
account_sid = "{4}"
auth_token = "env:DEMO_SMS_AUTH_TOKEN"

{1})",
                           flowd_url(), options_.script, kWhatsappPhoneNumberId, kViberApiKey, kSmsAccountSid));
}

Status Installation::write_configuration() const {
  return write(file("flowd.toml"),
               fmt::format(R"([server]
listen = "127.0.0.1:{0}"
{5}
[[tokens]]
name = "demo"
scopes = ["admin"]
secret = "env:DEMO_API_TOKEN"

[[sealing_keys]]
id = "demo"
key = "env:DEMO_SEALING_KEY"

[channels.viber_otp]
provider = "vonage_viber"
base_url = "{1}"
{6}api_key = "{3}"
api_secret = "env:DEMO_VIBER_API_SECRET"
signature_secret = "env:DEMO_VIBER_SIGNATURE_SECRET"

[channels.waba_otp]
provider = "whatsapp_cloud"
base_url = "{1}"
{6}phone_number_id = "{2}"
access_token = "env:DEMO_WHATSAPP_ACCESS_TOKEN"
app_secret = "env:DEMO_WHATSAPP_APP_SECRET"
verify_token = "env:DEMO_WHATSAPP_VERIFY_TOKEN"

[channels.sms_otp]
provider = "twilio_sms"
base_url = "{1}"
{6}account_sid = "{4}"
auth_token = "env:DEMO_SMS_AUTH_TOKEN"
)",
                           flowd_port_, flowsim_url(), kWhatsappPhoneNumberId, kViberApiKey, kSmsAccountSid,
                           lines(options_.server_settings), lines(options_.channel_settings)));
}

Status Installation::start_flowsim() {
  if (auto written = write_script(); !written) return written;
  ProcessOptions process;
  process.arguments = {options_.programs + "/flowsim",
                       "--listen",
                       fmt::format("127.0.0.1:{}", flowsim_port_),
                       "--script",
                       file("flowsim.toml"),
                       "--log",
                       flowsim_journal(),
                       "--clock-rate",
                       fmt::format("{}", options_.clock_rate)};
  process.arguments.insert(process.arguments.end(), options_.flowsim_arguments.begin(),
                           options_.flowsim_arguments.end());
  process.environment = environment();
  process.output_file = file("flowsim.log");
  auto started = Process::start(process);
  if (!started) return std::unexpected(started.error());
  flowsim_ = std::move(*started);
  for (milliseconds waited{0}; waited < kStartPatience; waited += kPause) {
    if (read(process.output_file).find("listening on") != std::string::npos) return {};
    if (flowsim_->wait(kPause)) break;
  }
  return fail(ErrorCode::unavailable, "flowsim did not start: {}", read(process.output_file));
}

Status Installation::start_flowd() {
  if (auto written = write_configuration(); !written) return written;
  const std::string port_file = file("flowd.port");
  std::filesystem::remove(port_file);
  ProcessOptions process;
  process.arguments = {options_.programs + "/flowd",
                       "serve",
                       "--data",
                       data_folder(),
                       "--config",
                       file("flowd.toml"),
                       "--clock-rate",
                       fmt::format("{}", options_.clock_rate),
                       "--port-file",
                       port_file};
  process.arguments.insert(process.arguments.end(), options_.flowd_arguments.begin(), options_.flowd_arguments.end());
  process.environment = environment();
  process.output_file = flowd_log();
  auto started = Process::start(process);
  if (!started) return std::unexpected(started.error());
  flowd_ = std::move(*started);
  for (milliseconds waited{0}; waited < kStartPatience; waited += kPause) {
    if (!read(port_file).empty()) return {};
    if (flowd_->wait(kPause)) break;
  }
  return fail(ErrorCode::unavailable, "flowd did not start: {}", read(flowd_log()));
}

void Installation::kill_flowd() {
  if (flowd_) flowd_->kill();
  flowd_.reset();
}

Status Installation::stop_flowd() {
  if (!flowd_) return {};
  flowd_->send_signal(SIGTERM);
  const auto end = flowd_->wait(milliseconds(20'000));
  flowd_.reset();
  if (!end) return fail(ErrorCode::internal, "flowd did not stop within 20 s of SIGTERM");
  if (end->exit_code != 0) {
    return fail(ErrorCode::internal, "flowd ended with exit code {}, signal {}", end->exit_code, end->signal);
  }
  return {};
}

Result<std::string> Installation::flowc(const std::vector<std::string>& arguments) const {
  const std::string output = file("flowc.out");
  std::filesystem::remove(output);
  ProcessOptions process;
  process.arguments = {options_.programs + "/flowc"};
  process.arguments.insert(process.arguments.end(), arguments.begin(), arguments.end());
  process.environment = environment();
  process.output_file = output;
  auto started = Process::start(process);
  if (!started) return std::unexpected(started.error());
  const auto end = started->wait(milliseconds(60'000));
  if (!end || end->exit_code != 0) return fail(ErrorCode::internal, "flowc {}: {}", arguments[0], read(output));
  return read(output);
}

Status Installation::deploy(const std::string& workspace) {
  const auto built = flowc({"build", workspace, "-o", file("flows.bundle")});
  if (!built) return std::unexpected(built.error());
  const auto deployed =
      flowc({"deploy", file("flows.bundle"), "--server", flowd_url(), "--token", "env:DEMO_API_TOKEN", "--publish"});
  if (!deployed) return std::unexpected(deployed.error());
  return {};
}

Result<Answer> Installation::request(const std::string& method, const std::string& path, const std::string& body,
                                     const std::string& idempotency_key) {
  http::ClientRequest request;
  request.method = method;
  request.url = flowd_url() + path;
  request.headers = {{"authorization", "Bearer " + credentials_.api_token}};
  if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
  if (!idempotency_key.empty()) request.headers.emplace_back("idempotency-key", idempotency_key);
  request.body = body;
  const auto outcome = client_.perform(std::move(request));
  if (!outcome) return std::unexpected(outcome.error().error);
  return Answer{outcome->status, outcome->body};
}

Result<nlohmann::json> Installation::execution(const std::string& id) {
  const auto answer = request("GET", "/v1/executions/" + id);
  if (!answer) return std::unexpected(answer.error());
  auto view = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !view.is_object()) {
    return fail(ErrorCode::internal, "execution {}: status {}: {}", id, answer->status, answer->body);
  }
  return view;
}

}  // namespace flow::demo
