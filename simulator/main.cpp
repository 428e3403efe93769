// flowsim: the command line, and waiting for its end.
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "simulator/simulator.h"

namespace {

using flow::simulator::Options;

struct Arguments {
  std::string listen = "127.0.0.1:0";
  std::string script;
  std::string log;
  std::string whatsapp_webhook;
  std::string viber_webhook;
  std::string port_file;
  double clock_rate = 1;
  std::optional<std::uint64_t> seed;
};

int refuse(const std::string& why) {
  std::fprintf(stderr, "flowsim: %s\n", why.c_str());
  return 2;
}

bool read_listen(const std::string& listen, Options& options) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == listen.size() || listen.size() - colon > 6) return false;
  const std::string port = listen.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535) return false;
  options.address = listen.substr(0, colon);
  options.port = static_cast<std::uint16_t>(std::stoi(port));
  return true;
}

// Whole or not at all: who waits for the file never reads half of it.
bool write_port_file(const std::string& path, std::uint16_t port) {
  if (path.empty()) return true;
  const std::string unfinished = path + ".new";
  {
    std::ofstream out(unfinished);
    out << port << "\n";
    if (!out.flush()) return false;
  }
  return std::rename(unfinished.c_str(), path.c_str()) == 0;
}

int run(const Arguments& arguments) {
  Options options;
  if (!read_listen(arguments.listen, options)) return refuse("--listen takes an address and a port: 127.0.0.1:0");
  if (arguments.clock_rate < 0.001 || arguments.clock_rate > 10'000) return refuse("--clock-rate takes 0.001 to 10000");
  if (!arguments.script.empty()) {
    std::ifstream in(arguments.script, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return refuse("cannot read " + arguments.script);
    auto script = flow::simulator::parse_script(text.str(), arguments.script, flow::config::process_environment());
    if (!script) {
      for (const auto& problem : script.error()) std::fprintf(stderr, "%s\n", problem.c_str());
      return 2;
    }
    options.script = std::move(*script);
  }
  if (!arguments.whatsapp_webhook.empty()) options.script.accounts.whatsapp_webhook = arguments.whatsapp_webhook;
  if (!arguments.viber_webhook.empty()) options.script.accounts.viber_webhook = arguments.viber_webhook;
  options.seed = arguments.seed;
  options.clock_rate = arguments.clock_rate;
  options.log_file = arguments.log;

  // Blocked before threads begin, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const auto simulator = flow::simulator::Simulator::start(std::move(options));
  if (!simulator) return refuse(simulator.error().message);
  if (!write_port_file(arguments.port_file, (*simulator)->port())) return refuse("cannot write " + arguments.port_file);
  std::printf("flowsim listening on http://%s:%u\n", arguments.listen.substr(0, arguments.listen.rfind(':')).c_str(),
              (*simulator)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"flowsim plays the WhatsApp Cloud API, Vonage's Messages API for Viber and a Twilio-compatible SMS API"};
  Arguments arguments;
  app.set_version_flag("--version", "flowsim " FLOW_VERSION);
  app.add_option("--listen", arguments.listen, "address and port; port 0 takes a free one")->capture_default_str();
  app.add_option("--script", arguments.script, "TOML file: accounts, and what becomes of which message");
  app.add_option("--random", arguments.seed, "let chance decide, with this seed, within the script's [chances]");
  app.add_option("--log", arguments.log, "append what happens to this file, a JSON object a line");
  app.add_option("--clock-rate", arguments.clock_rate, "divide delays by this, as flowd --clock-rate does")
      ->capture_default_str();
  app.add_option("--whatsapp-webhook", arguments.whatsapp_webhook, "URL for WhatsApp's reports");
  app.add_option("--viber-webhook", arguments.viber_webhook, "URL for Viber's reports");
  app.add_option("--port-file", arguments.port_file, "file that gets the port once flowsim is ready");
  CLI11_PARSE(app, argc, argv);
  return run(arguments);
}
