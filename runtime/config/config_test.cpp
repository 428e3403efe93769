#include "runtime/config/config.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"

namespace flow::config {
namespace {

std::optional<std::string> any_variable(const std::string& name) {
  if (name == "UNSET") return std::nullopt;
  if (name == "EMPTY") return "";
  if (name == "OTHER_SEALING") return crypto::base64(std::string(32, 'o'));
  if (name.find("SEALING") != std::string::npos) return crypto::base64(std::string(32, 'k'));
  return "hush-hush-" + name;
}

std::expected<Config, Problems> parse_text(const std::string& text) {
  return parse(text, "flowd.toml", "/", any_variable);
}

const std::string kKeys = "[[sealing_keys]]\nid = \"k1\"\nkey = \"env:SEALING\"\n";

const std::string kSms =
    kKeys + "[channels.sms]\nprovider = \"twilio_sms\"\naccount_sid = \"A\"\nauth_token = \"env:T\"\n";

TEST(Config, TheExampleHoldsEverything) {
  const auto config = load(FLOW_SOURCE_DIR "/config/flowd.example.toml", any_variable);
  ASSERT_TRUE(config) << fmt::format("{}", fmt::join(config.error(), "\n"));
  EXPECT_EQ(config->address, "127.0.0.1");
  EXPECT_EQ(config->port, 8080);
  EXPECT_EQ(config->public_url, "https://flowd.example.org");
  ASSERT_EQ(config->tokens.size(), 2U);
  EXPECT_EQ(config->tokens[0].sha256, crypto::sha256("hush-hush-FLOWD_TOKEN_CI"));
  EXPECT_EQ(config->tokens[1].scopes, (std::set{Scope::start, Scope::read}));
  EXPECT_EQ(config->sealing_keys.at(0).bytes, std::string(32, 'k'));
  ASSERT_EQ(config->channels.size(), 5U);
  const auto& sms = std::get<TwilioSms>(config->channels.at("sms_otp").provider);
  EXPECT_EQ(config->channels.at("sms_otp").sends_per_second, 100U);
  EXPECT_EQ(config->channels.at("sms_otp").burst, 10U);
  EXPECT_EQ(config->channels.at("sms_otp").queue_time_max, std::chrono::hours(1));
  EXPECT_EQ(config->channels.at("sms_otp").breaker, Breaker()) << "the example shows the defaults";
  EXPECT_EQ(config->channels.at("viber_otp").sends_per_second, 0U);
  EXPECT_EQ(sms.auth_token.reveal(), "hush-hush-TWILIO_AUTH_TOKEN");
  EXPECT_EQ(config->log_level, LogLevel::info);
  EXPECT_EQ(config->retention.usual, std::chrono::days(30));
  EXPECT_EQ(config->retention.by_flow.at("deliver_otp"), std::chrono::days(7));
  EXPECT_EQ(config->retention.idempotency_keys, std::chrono::hours(24));
  EXPECT_EQ(config->workers, 1U);
  EXPECT_EQ(std::get<VonageViber>(config->channels.at("viber_otp").provider).base_url, "https://api.nexmo.com");
  EXPECT_EQ(std::get<WhatsappCloud>(config->channels.at("waba_otp").provider).api_version, "v21.0");
}

TEST(Config, AnEmptyFileListensOnLoopbackOnly) {
  const auto config = parse_text("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->address, "127.0.0.1");
  EXPECT_TRUE(config->tokens.empty());
}

struct Wrong {
  const char* name;
  std::string text;
  std::string problem;  // begins with its line and column
};

class WrongConfig : public testing::TestWithParam<Wrong> {};

TEST_P(WrongConfig, IsNamedWithItsPlace) {
  const auto config = parse_text(GetParam().text);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().front(), "flowd.toml:" + GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, WrongConfig,
    testing::Values(
        Wrong{"misspelt_key", "[server]\nlistn = \"127.0.0.1:1\"\n",
              "2:1: [server] has no `listn`; did you mean `listen`?"},
        Wrong{"unknown_key", "[server]\ncolour = 1\n", "2:1: [server] has no `colour`"},
        Wrong{"misspelt_table", "[sever]\n", "1:2: the file has no `sever`; did you mean `server`?"},
        Wrong{"number_for_text", "[server]\nlisten = 8080\n", "2:10: `listen` in [server] must be a text in quotes"},
        Wrong{"listen_without_port", "[server]\nlisten = \"localhost\"\n",
              "2:10: `listen` must be an address and a port: \"127.0.0.1:8080\""},
        Wrong{"port_too_large", "[server]\nlisten = \"127.0.0.1:65536\"\n",
              "2:10: `listen` must be an address and a port: \"127.0.0.1:8080\""},
        Wrong{"key_without_certificate", "[server]\ntls_key = \"k\"\n",
              "2:11: `tls_certificate` and `tls_key` come together"},
        Wrong{"no_url", "[server]\npublic_url = \"flowd.example\"\n",
              "2:14: `public_url` in [server] must be a URL of http or https, without query"},
        Wrong{"out_of_range", "[server]\nconnections_max = 0\n",
              "2:19: `connections_max` in [server] must be a whole number from 1 to 100000"},
        Wrong{"no_workers", "[server]\nworkers = 0\n",
              "2:11: `workers` in [server] must be a whole number from 1 to 64"},
        Wrong{"unknown_level", "[log]\nlevel = \"warn\"\n",
              "2:9: `warn` is no level of the log; there are debug, info, warning, error"},
        Wrong{"misspelt_level", "[log]\nlevel = \"infos\"\n",
              "2:9: `infos` is no level of the log; did you mean `info`?"},
        Wrong{"level_is_a_number", "[log]\nlevel = 3\n", "2:9: `level` in [log] must be a text in quotes"},
        Wrong{"log_to_a_file", "[log]\nfile = \"x\"\n", "2:1: [log] has no `file`"},
        Wrong{"retention_of_no_days", "[retention]\ndays = 0\n",
              "2:8: `days` in [retention] must be a whole number from 1 to 3650"},
        Wrong{"retention_as_text", "[retention]\ndays = \"30d\"\n",
              "2:8: `days` in [retention] must be a whole number from 1 to 3650"},
        Wrong{"keys_of_no_hours", "[retention]\nidempotency_key_hours = 0\n",
              "2:25: `idempotency_key_hours` in [retention] must be a whole number from 1 to 8760"},
        Wrong{"flow_days_is_no_table", "[retention]\nflow_days = 7\n",
              "2:13: `flow_days` in [retention] must be a table"},
        Wrong{"days_of_a_flow", "[retention.flow_days]\notp = 1.5\n",
              "2:7: `otp` in [retention.flow_days] must be a whole number from 1 to 3650"},
        Wrong{"unknown_scope", "[[tokens]]\nname = \"a\"\nscopes = [\"deplyo\"]\nsecret = \"env:A\"\n",
              "3:10: `deplyo` is no scope; did you mean `deploy`?"},
        Wrong{"no_scopes", "[[tokens]]\nname = \"a\"\nsecret = \"env:A\"\n",
              "1:1: [[tokens]] needs `scopes`, a list of: deploy, start, read, admin"},
        Wrong{"token_without_value", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\n",
              "2:8: [[tokens]] needs either `secret` or `sha256`"},
        Wrong{
            "secret_in_the_file", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = \"correct horse battery\"\n",
            "4:10: `secret` in [[tokens]]: a secret is given as `env:NAME` or `file:PATH`, never as the value itself"},
        Wrong{"unset_variable", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = \"env:UNSET\"\n",
              "4:10: `secret` in [[tokens]]: the environment variable `UNSET` is not set"},
        Wrong{"empty_variable", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = \"env:EMPTY\"\n",
              "4:10: `secret` in [[tokens]]: the environment variable `EMPTY` is empty"},
        Wrong{"missing_file", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = \"file:nowhere/token\"\n",
              "4:10: `secret` in [[tokens]]: there is no file `/nowhere/token`"},
        Wrong{"short_token", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = \"env:A\"\n",
              "4:10: a token must have at least 16 characters"},
        Wrong{"bad_hash", "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsha256 = \"abc\"\n",
              "4:10: `sha256` must be 64 hexadecimal digits: the SHA-256 of the token"},
        Wrong{"short_key", "[[sealing_keys]]\nid = \"k\"\nkey = \"env:SHORT\"\n",
              "3:7: a sealing key is 32 random bytes in base64 or hexadecimal: `openssl rand -base64 32`"},
        Wrong{"repeated_key", kKeys + kKeys, "1:1: two sealing keys have the id `k1`"},
        Wrong{"unknown_provider", kKeys + "[channels.sms]\nprovider = \"twillio_sms\"\n",
              "5:12: there is no provider `twillio_sms`; did you mean `twilio_sms`?"},
        Wrong{"missing_setting", kKeys + "[channels.sms]\nprovider = \"twilio_sms\"\naccount_sid = \"AC1\"\n",
              "4:1: [channels.sms] needs `auth_token`"},
        Wrong{"setting_of_another_provider",
              kKeys + "[channels.sms]\nprovider = \"twilio_sms\"\naccount_sid = \"A\"\nauth_token = \"env:T\"\napi_key "
                      "= \"x\"\n",
              "8:1: [channels.sms] has no `api_key`"},
        Wrong{"unknown_policy",
              kKeys + "[channels.sms]\nprovider = \"twilio_sms\"\naccount_sid = \"A\"\nauth_token = \"env:T\"\npolicy "
                      "= \"x\"\n",
              "8:10: `policy` must be \"at_least_once\" or \"at_most_once\""},
        Wrong{"rate_of_nothing", kSms + "sends_per_second = 0\n",
              "8:20: `sends_per_second` in [channels.sms] must be a whole number from 1 to 100000"},
        Wrong{"burst_without_rate", kSms + "burst = 5\n", "8:9: `burst` is nothing without `sends_per_second`"},
        Wrong{"burst_too_small", kSms + "sends_per_second = 5000\nburst = 49\n",
              "9:9: `burst` must be at least a hundredth of `sends_per_second`: 50 or more"},
        Wrong{"queue_too_large", kSms + "queue_max = 1000001\n",
              "8:13: `queue_max` in [channels.sms] must be a whole number from 1 to 1000000"},
        Wrong{"queue_time_too_short", kSms + "queue_time_max_ms = 99\n",
              "8:21: `queue_time_max_ms` in [channels.sms] must be a whole number from 100 to 86400000"},
        Wrong{"breaker_is_no_table", kSms + "breaker = 1\n", "8:11: `breaker` in [channels.sms] must be a table"},
        Wrong{"breaker_percent", kSms + "[channels.sms.breaker]\nfailure_percent = 101\n",
              "9:19: `failure_percent` in [channels.sms.breaker] must be a whole number from 1 to 100"},
        Wrong{"breaker_misspelt", kSms + "[channels.sms.breaker]\nprobe = 5\n",
              "9:1: [channels.sms.breaker] has no `probe`; did you mean `probes`?"},
        Wrong{"breaker_pause_upside_down", kSms + "[channels.sms.breaker]\npause_ms = 1000\npause_max_ms = 500\n",
              "10:16: `pause_max_ms` must be at least `pause_ms`: 1000 or more"},
        Wrong{"one_account_two_breakers",
              kSms + "[channels.sms2]\nprovider = \"twilio_sms\"\naccount_sid = \"A\"\nauth_token = \"env:T\"\n"
                     "breaker = {probes = 1}\n",
              "1:1: channels `sms` and `sms2` use the same account, and so the same breaker: give both the same "
              "settings"},
        Wrong{"channels_without_keys",
              "[channels.sms]\nprovider = \"twilio_sms\"\naccount_sid = \"A\"\nauth_token = \"env:T\"\n",
              "1:1: [channels] needs [[sealing_keys]]: secrets are sealed with the first of them, and receipts are "
              "recognised by a code made with it"},
        Wrong{"open_to_everyone", "[server]\nlisten = \"0.0.0.0:80\"\nbehind_tls_proxy = true\n",
              "1:1: `listen` on 0.0.0.0 needs [[tokens]]: only loopback may be open to everyone"},
        Wrong{"no_tls",
              "[server]\nlisten = \"0.0.0.0:80\"\n[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = "
              "\"env:API_TOKEN\"\n",
              "1:1: `listen` on 0.0.0.0 needs `tls_certificate` and `tls_key`, or `behind_tls_proxy = true` where a "
              "proxy "
              "in front speaks TLS"}),
    [](const auto& test) { return test.param.name; });

TEST(Config, LimitsOfAChannelUpToTheirMost) {
  const auto config = parse_text(kSms + fmt::format("sends_per_second = {}\nin_flight_max = {}\nqueue_max = {}\n"
                                                    "queue_time_max_ms = {}\n",
                                                    limits::kSendsPerSecondMax, limits::kInFlightMax,
                                                    limits::kQueuedSendsMax, limits::kQueueTimeMsMax));
  ASSERT_TRUE(config) << config.error().front();
  const Channel& sms = config->channels.at("sms");
  EXPECT_EQ(sms.burst, limits::kSendsPerSecondMax / 10);
  EXPECT_EQ(sms.queue_max, 1'000'000U);
  for (const auto& [key, most] : std::map<std::string, std::int64_t>{{"sends_per_second", limits::kSendsPerSecondMax},
                                                                     {"in_flight_max", limits::kInFlightMax},
                                                                     {"queue_max", limits::kQueuedSendsMax},
                                                                     {"queue_time_max_ms", limits::kQueueTimeMsMax}}) {
    EXPECT_FALSE(parse_text(kSms + fmt::format("{} = {}\n", key, most + 1))) << key;
  }
}

TEST(Config, RetentionAndWorkersUpToTheirMost) {
  const auto text = [](std::int64_t workers, std::int64_t days, std::int64_t hours) {
    return fmt::format(
        "[server]\nworkers = {}\n[retention]\ndays = {}\nidempotency_key_hours = {}\n"
        "[retention.flow_days]\notp = {}\n",
        workers, days, hours, days);
  };
  const auto config = parse_text(text(limits::kWorkersMax, limits::kRetentionDaysMax, limits::kIdempotencyKeyHoursMax));
  ASSERT_TRUE(config) << config.error().front();
  EXPECT_EQ(config->workers, 64U);
  EXPECT_EQ(config->retention.usual, std::chrono::days(3650));
  const auto beyond =
      parse_text(text(limits::kWorkersMax + 1, limits::kRetentionDaysMax + 1, limits::kIdempotencyKeyHoursMax + 1));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().size(), 4U);
}

TEST(Config, TheListenerIsReadWithoutTheSecrets) {
  const auto path = std::filesystem::temp_directory_path() / ("flow_server_" + std::to_string(::getpid()));
  std::ofstream(path) << "[server]\nlisten = \"127.0.0.1:7\"\n[[tokens]]\nname = \"a\"\nsecret = \"env:UNSET\"\n";
  const auto good = load_server(path.string());
  std::ofstream(path) << "[server]\nlisten = 7\n";
  const auto bad = load_server(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(good) << good.error().front();
  EXPECT_EQ(good->port, 7);
  EXPECT_FALSE(bad);
  EXPECT_FALSE(load_server("/nonexistent/flowd.toml"));
}

// What a running flowd takes over, and what it does not.
const std::string kRunning =
    "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"info\"\n"
    "[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsecret = \"env:TOKEN_ONE\"\n" +
    kSms + "sends_per_second = 5\n";

Problems restart_for(const std::string& wanted) {
  const auto running = parse_text(kRunning);
  const auto next = parse_text(wanted);
  EXPECT_TRUE(running && next) << (next ? "" : next.error().front());
  return running && next ? restart_needed(*running, *next) : Problems{"unreadable"};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(Reload, TakesWhatMayChange) {
  EXPECT_EQ(restart_for(kRunning), Problems());
  EXPECT_EQ(restart_for(replaced(kRunning, "TOKEN_ONE", "TOKEN_TWO")), Problems());
  EXPECT_EQ(restart_for(replaced(kRunning, "\"info\"", "\"debug\"")), Problems());
  EXPECT_EQ(restart_for(kRunning + "[retention]\ndays = 3\n"), Problems());
  EXPECT_EQ(restart_for(replaced(kRunning, "= 5", "= 50\ntimeout_ms = 500\npolicy = \"at_most_once\"")), Problems());
  EXPECT_EQ(restart_for(replaced(kRunning, "env:T\"", "env:OTHER\"")), Problems());
  EXPECT_EQ(restart_for(kRunning + "[channels.two]\nprovider = \"twilio_sms\"\naccount_sid = \"B\"\n"
                                   "auth_token = \"env:T\"\n"),
            Problems());
  EXPECT_EQ(restart_for(replaced(kRunning, "[channels.sms]",
                                 "[[sealing_keys]]\nid = \"k2\"\nkey = \"env:SEALING\"\n[channels.sms]")),
            Problems());
}

TEST(Reload, NamesAllThatNeedsARestart) {
  const auto problems = restart_for("[server]\nlisten = \"127.0.0.1:2\"\nworkers = 3\n");
  EXPECT_EQ(problems, (Problems{"[server] `listen` is different: it takes effect at a restart only",
                                "[server] `workers` is different: it takes effect at a restart only",
                                "sealing key `k1` is gone: keys can be added, but taken out at a restart only",
                                "[channels.sms] is gone: channels are taken away at a restart only"}));
  EXPECT_EQ(restart_for(replaced(kRunning, "account_sid = \"A\"", "account_sid = \"B\"")).size(), 1U);
  EXPECT_EQ(restart_for(replaced(kRunning, "env:SEALING", "env:OTHER_SEALING")).size(), 1U);
}

TEST(Config, EveryProblemIsReported) {
  const auto config = parse_text("[server]\nlistn = 1\ncolour = 2\n[[tokens]]\n");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().size(), 5U);
}

TEST(Config, NotTomlAtAll) {
  const auto config = parse_text("listen 127.0.0.1\n");
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().front().starts_with("flowd.toml:1:"));
  EXPECT_FALSE(load("/nonexistent/flowd.toml", any_variable));
}

TEST(Config, ASecretInAFileLosesItsLineEnd) {
  const auto path = std::filesystem::temp_directory_path() / ("flow_secret_" + std::to_string(::getpid()));
  std::ofstream(path) << "from a file\r\n";
  const auto secret = read_secret("file:" + path.string(), any_variable, "/");
  std::ofstream(path) << std::string(kSecretBytesMax + 1, 'x');
  const auto large = read_secret("file:" + path.string(), any_variable, "/");
  std::filesystem::remove(path);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "from a file");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::resource_exhausted);
}

TEST(Config, ASecretOfTheWrongFormIsNotRepeated) {
  const auto secret = read_secret("correct horse battery", any_variable, "/");
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().message.find("horse"), std::string::npos);
}

}  // namespace
}  // namespace flow::config
