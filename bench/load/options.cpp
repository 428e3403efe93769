#include "bench/load/options.h"

#include <CLI/CLI.hpp>
#include <cmath>

namespace flow::load {
namespace {

constexpr std::uint64_t kOpenMax = 10'000'000;

void add_target(CLI::App& app, Options& options) {
  auto* own = app.add_option_group("An installation of its own, the default");
  own->add_option("--flowd", options.flowd, "flowd to start, with flowc beside it; default: beside flow-load");
  own->add_option("--workspace", options.workspace, "workspace to deploy; its flows must use the channels of flows/otp")
      ->check(CLI::ExistingDirectory);
  own->add_option("--folder", options.folder, "for store, configuration and logs; default: a temporary one");
  own->add_option("--flowd-argument", options.flowd_arguments, "given to flowd serve; may be repeated");
  own->add_option("--channel-setting", options.channel_settings, "TOML line for each channel; may be repeated");
  own->add_option("--server-setting", options.server_settings, "TOML line for [server]; may be repeated");
  own->add_flag("--keep", options.keep, "leave the folder where it is");
  auto* users = app.add_option_group("An installation that runs");
  auto* url = users->add_option("--url", options.url, "http://HOST:PORT");
  users->add_option("--token-file", options.token_file, "file with a token of scopes start and read")
      ->needs(url)
      ->check(CLI::ExistingFile);
  auto* port = users->add_option("--provider-port", options.provider_port,
                                 "play the provider on this port of 127.0.0.1, for flowd's base_url");
  users->add_option("--accounts", options.accounts_file, "credentials of the provider, as in a script of flowsim")
      ->needs(url)
      ->check(CLI::ExistingFile);
  port->needs(url);
}

void add_work(CLI::App& app, Options& options) {
  auto* what = app.add_option_group("What is started");
  what->add_option("--branch", options.branch, "of flows/otp: sms, my (WhatsApp) or ph (Viber)")
      ->check(CLI::IsMember({"sms", "my", "ph"}))
      ->capture_default_str();
  what->add_option("--flow", options.flow, "another flow")->capture_default_str();
  what->add_option("--inputs", options.inputs, "its inputs: a JSON object, {phone} and {code} are filled in");
  what->add_option("--number-prefix", options.number_prefix, "phone numbers begin with this, +1201 say");
  what->add_option("--number-digits", options.number_digits, "and have so many digits more")->check(CLI::Range(1, 9));
  auto* much = app.add_option_group("How much");
  much->add_option("--outstanding", options.outstanding, "executions open at a time, from start to end")
      ->check(CLI::Range(std::uint64_t{1}, kOpenMax))
      ->capture_default_str();
  much->add_option("--rate", options.rate, "starts a second at fixed instants, whatever comes back")
      ->check(CLI::Range(0.01, 1e6));
  much->add_option("--overload", options.rate, "the same; refusals are expected")->check(CLI::Range(0.01, 1e6));
  much->add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 1e6))->capture_default_str();
  much->add_option("--executions", options.executions, "stop after so many");
  much->add_option("--prefill", options.prefill, "finish so many first, unmeasured");
  auto* waiting =
      much->add_option("--waiting", options.waiting, "start so many, report nothing back, and measure what they hold")
          ->check(CLI::Range(std::uint64_t{1}, kOpenMax));
  much->add_flag("--restart", options.restart, "then kill flowd (-9), start it again, and time its first new send")
      ->needs(waiting);
  much->add_option("--connect", options.connect, "open so many connections at once, each with a start")
      ->check(CLI::Range(1, 60'000));
  much->add_option("--connections", options.connections, "for starts; default: as many as are outstanding, at most 256")
      ->check(CLI::Range(1, 60'000));
  much->add_option("--callback-connections", options.callback_connections)
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  much->add_option("--patience", options.patience_s, "seconds for what is under way at the end")
      ->check(CLI::Range(0.0, 1e5))
      ->capture_default_str();
  much->add_option("--samples", options.samples, "executions that are looked up at the end")->capture_default_str();
}

void complete(const CLI::App& app, Options& options) {
  options.overload = app.count("--overload") > 0;
  if (options.connect > 0) {
    options.connections = options.connect;
    options.outstanding = options.connect;
  }
  if (options.connections == 0) {
    options.connections = options.overload   ? 1024
                          : options.rate > 0 ? 256
                                             : std::min<std::size_t>(options.outstanding, 256);
  }
  if (options.inputs.empty()) options.inputs = R"({"customerPhoneNumber":"{phone}","verificationCode":"{code}"})";
}

}  // namespace

int read_options(int argc, char** argv, Options& options) {
  CLI::App app("Loads flowd and plays its providers: throughput, latencies, and what was lost or repeated.",
               "flow-load");
  add_target(app, options);
  add_work(app, options);
  app.add_option("--json", options.json_file, "write the results to this file as well");
  app.add_flag("--quiet", options.quiet, "no line for each second");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  complete(app, options);
  return -1;
}

Numbers numbers_of(const Options& options) {
  if (!options.number_prefix.empty()) {
    return {options.number_prefix, options.number_digits, 0,
            static_cast<std::uint64_t>(std::llround(std::pow(10, options.number_digits)))};
  }
  // United States: the exchange begins with 2 to 9.
  if (options.branch == "my") return {"+6011", 8, 10'000'000, 40'000'000};
  if (options.branch == "ph") return {"+639", 9, 170'000'000, 30'000'000};
  return {"+1201", 7, 2'000'000, 7'000'000};
}

Channel first_channel(const Options& options) {
  return options.branch == "my" ? Channel::whatsapp : options.branch == "ph" ? Channel::viber : Channel::sms;
}

}  // namespace flow::load
