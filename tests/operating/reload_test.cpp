// SIGHUP: what may change takes effect at once and disturbs nobody; what may not is refused as a whole.
#include <fmt/format.h>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "tests/operating/stage.h"

namespace flow::operating {
namespace {

// A token by its hash, so that the file alone changes it: flowd's environment does not.
std::string token_table(const std::string& name, const std::string& token) {
  return fmt::format("[[tokens]]\nname = \"{}\"\nscopes = [\"start\", \"read\"]\nsha256 = \"{}\"\n", name,
                     crypto::hex(crypto::sha256(token)));
}

class Reload : public Stage {};

TEST_F(Reload, UnderLoadNoRequestFailsAndNoMessageIsLost) {
  open();
  const std::string base = configuration();
  Load load(installation().flowd_url(), installation().credentials().api_token, 4);
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(eventually([&, before = load.accepted()] { return load.accepted() > before + 20; }));
    // Rates, timeouts, the log, tokens and a channel more: everything that may change, each time.
    folder_.write("flowd.toml", base + fmt::format("in_flight_max = {}\ntimeout_ms = {}\n", 20 + i, 8000 + i) +
                                    token_table("extra", fmt::format("token-number-{:08}", i)) +
                                    fmt::format("[log]\nlevel = \"{}\"\n", i % 2 == 0 ? "info" : "debug") +
                                    "[channels.sms_new]\nprovider = \"twilio_sms\"\naccount_sid = \"AC1\"\n"
                                    "auth_token = \"env:DEMO_SMS_AUTH_TOKEN\"\n");
    reload();
  }
  load.stop();
  EXPECT_EQ(load.refusals(), std::vector<std::string>());
  EXPECT_GT(load.accepted(), 240U);
  // Each start's message reached the provider: with the old channel or the new one.
  EXPECT_TRUE(eventually([&] {
    const std::string journal = testing_support::read_file(installation().flowsim_journal());
    for (std::size_t i = 0; i < 200; ++i) {
      if (journal.find(us_number(i)) == std::string::npos) return false;
    }
    return true;
  }));
  const Status stopped = installation().stop_flowd();
  EXPECT_TRUE(stopped) << stopped.error().message;
}

TEST_F(Reload, ARotatedTokenWorksAtOnceAndTheOldOneDoesNot) {
  open();
  const std::string base = configuration();
  folder_.write("flowd.toml", base + token_table("application", "the-first-token-of-two"));
  reload();
  EXPECT_EQ(status("GET", "/v1/bundles", "the-first-token-of-two"), 200);
  EXPECT_EQ(status("GET", "/v1/bundles", "the-second-token-of-two"), 401);
  folder_.write("flowd.toml", base + token_table("application", "the-second-token-of-two"));
  reload();
  EXPECT_EQ(status("GET", "/v1/bundles", "the-first-token-of-two"), 401);
  EXPECT_EQ(status("GET", "/v1/bundles", "the-second-token-of-two"), 200);
  EXPECT_EQ(status("GET", "/v1/bundles", installation().credentials().api_token), 200) << "the others stay";
}

TEST_F(Reload, AFileWithAMistakeChangesNothing) {
  open();
  const std::string base = configuration();
  folder_.write("flowd.toml",
                base + token_table("application", "a-token-that-is-not-taken") + "colour = 1\n[log]\nlevel = 7\n");
  reload("configuration_refused");
  const std::string log = testing_support::read_file(installation().flowd_log());
  EXPECT_NE(log.find("[[tokens]] has no `colour`"), std::string::npos) << log;
  EXPECT_NE(log.find("`level` in [log] must be a text"), std::string::npos) << "all mistakes: " << log;
  EXPECT_EQ(status("GET", "/v1/bundles", "a-token-that-is-not-taken"), 401);
  EXPECT_EQ(status("GET", "/v1/bundles", installation().credentials().api_token), 200);
  folder_.write("flowd.toml", base);
  reload();
}

TEST_F(Reload, WhatNeedsARestartIsRefusedAsAWhole) {
  open();
  const std::string base = configuration();
  edit("[server]\n", "[server]\nworkers = 2\nconnections_max = 17\n");
  edit("[channels.viber_otp]", "[channels.viber_two]");
  folder_.write("flowd.toml", configuration() + token_table("application", "a-token-that-is-not-taken"));
  reload("configuration_refused");
  const std::string log = testing_support::read_file(installation().flowd_log());
  for (const char* why : {"`workers` is different", "`connections_max` is different", "[channels.viber_otp] is gone"}) {
    EXPECT_NE(log.find(why), std::string::npos) << why;
  }
  EXPECT_EQ(status("GET", "/v1/bundles", "a-token-that-is-not-taken"), 401);
  EXPECT_EQ(status("GET", "/readyz", ""), 200);
}

TEST_F(Reload, ASealingKeyThatIsAddedSealsFromThenOn) {
  open();
  const std::string first = start_body(us_number(1));
  const std::string token = installation().credentials().api_token;
  EXPECT_EQ(status("POST", "/v1/flows/deliver_otp/executions", token, first), 201);
  folder_.write("new.key", crypto::base64(std::string(32, 'n')) + "\n");
  edit("[[sealing_keys]]\n", "[[sealing_keys]]\nid = \"second\"\nkey = \"file:new.key\"\n\n[[sealing_keys]]\n");
  const std::string both = configuration();
  reload();
  EXPECT_EQ(status("POST", "/v1/flows/deliver_otp/executions", token, start_body(us_number(2))), 201);

  // The first key must stay while flowd runs.
  edit("[[sealing_keys]]\nid = \"demo\"\nkey = \"env:DEMO_SEALING_KEY\"\n", "");
  reload("configuration_refused");
  folder_.write("flowd.toml", both);
  reload();
}

// A certificate that clients who trust it alone take for 127.0.0.1, in the test's folder.
void make_certificate(const testing_support::TemporaryFolder& folder, const std::string& name) {
  const auto made = testing_support::run_program({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                                  "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                                                  "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                                                  folder.file(name + ".key"), "-out", folder.file(name + ".crt")});
  ASSERT_EQ(made.exit_code, 0) << made.output;
}

TEST_F(Reload, ANewCertificateIsForNewConnectionsAndABrokenOneForNone) {
  for (const char* name : {"first", "second"}) make_certificate(folder_, name);
  const auto use = [&](const std::string& name) {
    folder_.write("flowd.crt", testing_support::read_file(folder_.file(name + ".crt")));
    folder_.write("flowd.key", testing_support::read_file(folder_.file(name + ".key")));
  };
  use("first");
  demo::InstallationOptions options;
  options.programs = FLOW_BIN_DIR;
  options.folder = folder_.path();
  options.server_settings = {"tls_certificate = \"flowd.crt\"", "tls_key = \"flowd.key\"", "workers = 2"};
  installation_.emplace(std::move(options));
  const Status started = installation().start_flowd();
  ASSERT_TRUE(started) << started.error().message;
  const auto status_of = [&](http::Client& client) {
    const auto answer = client.perform({.method = "GET",
                                        .url = "https" + installation().flowd_url().substr(4) + "/healthz",
                                        .headers = {},
                                        .body = ""});
    return answer ? answer->status : 0;
  };
  const auto trusts = [&](const std::string& name) {
    return http::ClientOptions{.authorities_file = folder_.file(name + ".crt")};
  };
  http::Client open_before(trusts("first"));
  EXPECT_EQ(status_of(open_before), 200);

  use("second");
  reload();
  http::Client first(trusts("first"));
  http::Client second(trusts("second"));
  EXPECT_EQ(status_of(second), 200);
  EXPECT_EQ(status_of(first), 0);
  EXPECT_EQ(status_of(open_before), 200) << "its connection is open and goes on";

  folder_.write("flowd.crt", "no certificate");
  reload("configuration_refused");
  const std::string log = testing_support::read_file(installation().flowd_log());
  EXPECT_NE(log.find("no TLS certificate in"), std::string::npos) << log;
  http::Client after(trusts("second"));
  EXPECT_EQ(status_of(after), 200) << "what was there before goes on";
  use("first");
  folder_.write("flowd.key", testing_support::read_file(folder_.file("second.key")));
  reload("configuration_refused");
  http::Client last(trusts("second"));
  EXPECT_EQ(status_of(last), 200) << "a key that does not fit";
}

}  // namespace
}  // namespace flow::operating
