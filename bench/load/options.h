// What flow-load is asked to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/book.h"

namespace flow::load {

struct Options {
  // What is loaded.
  std::string flowd;      // program of an installation of its own; empty: the one beside flow-load
  std::string workspace;  // flows of it
  std::string folder;     // where it is kept; empty: a temporary one
  std::string url;        // of a user's own installation; empty: one of its own
  std::string token_file;
  std::string accounts_file;        // what the mock provider and the callbacks use, as flowsim's script has it
  std::uint16_t provider_port = 0;  // with url: 0: nobody plays the provider
  std::vector<std::string> flowd_arguments;
  std::vector<std::string> channel_settings;  // lines for each channel's table
  std::vector<std::string> server_settings;   // lines for [server]

  // What is started.
  std::string branch = "sms";
  std::string flow = "deliver_otp";
  std::string inputs;  // a JSON object with {phone} and {code}
  std::string number_prefix;
  int number_digits = 7;

  // How much of it.
  std::uint64_t outstanding = 64;
  double rate = 0;  // executions a second; 0: closed loop
  double seconds = 10;
  std::uint64_t executions = 0;  // stop after so many; 0: after `seconds`
  std::uint64_t prefill = 0;
  std::uint64_t waiting = 0;
  bool restart = false;  // kill -9 when all wait, and start again
  std::uint64_t connect = 0;
  std::size_t connections = 0;  // 0: as many as are outstanding, at most 256
  std::size_t callback_connections = 64;
  double patience_s = 20;  // for what is under way at the end
  std::uint64_t samples = 50;

  std::string json_file;
  bool keep = false;
  bool quiet = false;

  bool overload = false;
  bool own_installation() const { return url.empty(); }
  bool plays_provider() const { return own_installation() || provider_port != 0; }
};

// Exit code of the program when it is not to run: 0 after --help, 2 for a mistake, which has been explained. -1: run.
int read_options(int argc, char** argv, Options& options);

Numbers numbers_of(const Options& options);
// On which channel the branch's first message goes out.
Channel first_channel(const Options& options);

}  // namespace flow::load
