#include "runtime/config/config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "runtime/config/bindings.h"
#include "runtime/config/cluster.h"
#include "runtime/config/outgoing.h"
#include "runtime/config/reader.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/signature.h"

namespace flow::config {
namespace {

constexpr std::size_t kConfigBytesMax = 1 << 20;
constexpr std::size_t kTokenCharsMin = 16;
constexpr Scope kScopes[] = {Scope::deploy, Scope::start, Scope::read, Scope::admin};

// What a word may be, as a list for people and for did-you-mean.
std::string known_words(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

void read_listen(Reader& reader, Config& config) {
  const auto listen = reader.text("listen", Need::optional);
  if (!listen) return;
  const auto place = parse_listen(*listen);
  if (!place) {
    reader.problem("listen", "`listen` must be an address and a port: \"127.0.0.1:8080\"");
    return;
  }
  config.address = place->first;
  config.port = place->second;
}

void read_server(Reader& reader, Config& config) {
  read_listen(reader, config);
  config.public_url = read_url(reader, "public_url", Need::optional);
  config.tls_certificate = reader.path("tls_certificate");
  config.tls_key = reader.path("tls_key");
  config.behind_tls_proxy = reader.boolean("behind_tls_proxy").value_or(false);
  config.connections_max = static_cast<std::size_t>(reader.integer("connections_max", 1, 100'000).value_or(4096));
  config.workers = static_cast<std::size_t>(reader.integer("workers", 1, limits::kWorkersMax).value_or(0));
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    reader.problem(config.tls_key.empty() ? "tls_certificate" : "tls_key",
                   "`tls_certificate` and `tls_key` come together");
  }
}

void read_log(Reader& reader, Config& config) {
  static const std::vector<std::string> kLevels = {"debug", "info", "warning", "error"};
  const auto level = reader.text("level", Need::optional);
  if (!level) return;
  const auto it = std::ranges::find(kLevels, *level);
  if (it != kLevels.end()) {
    config.log_level = static_cast<LogLevel>(it - kLevels.begin());
    return;
  }
  const auto meant = nearest(*level, kLevels);
  reader.problem("level", fmt::format("`{}` is no level of the log{}", *level,
                                      meant ? fmt::format("; did you mean `{}`?", *meant)
                                            : fmt::format("; there are {}", known_words(kLevels))));
}

std::optional<std::chrono::hours> read_days(Reader& reader, std::string_view key) {
  const auto days = reader.integer(key, 1, limits::kRetentionDaysMax);
  return days ? std::optional(std::chrono::hours(24 * *days)) : std::nullopt;
}

void read_retention(Source& source, Reader& reader, Retention& retention) {
  if (const auto days = read_days(reader, "days")) retention.usual = *days;
  if (const auto hours = reader.integer("idempotency_key_hours", 1, limits::kIdempotencyKeyHoursMax)) {
    retention.idempotency_keys = std::chrono::hours(*hours);
  }
  if (const toml::table* flows = reader.table("flow_days")) {
    Reader inner(source, *flows, "[retention.flow_days]");
    for (const auto& [flow, node] : *flows) {
      if (const auto days = read_days(inner, flow.str())) retention.by_flow.emplace(flow.str(), *days);
    }
  }
}

void read_scopes(Reader& reader, Token& token) {
  const toml::array* list = reader.array("scopes");
  if (list == nullptr || list->empty()) {
    reader.problem("scopes", fmt::format("{} needs `scopes`, a list of: deploy, start, read, admin", reader.place()));
    return;
  }
  std::vector<std::string> words;
  for (const Scope scope : kScopes) words.emplace_back(to_string(scope));
  for (const toml::node& node : *list) {
    const std::string word = node.value_or<std::string>("");
    const auto it = std::ranges::find(words, word);
    if (it != words.end()) {
      token.scopes.insert(kScopes[it - words.begin()]);
      continue;
    }
    const auto meant = nearest(word, words);
    reader.problem("scopes", fmt::format("`{}` is no scope{}", word,
                                         meant ? fmt::format("; did you mean `{}`?", *meant)
                                               : fmt::format("; there are {}", known_words(words))));
  }
}

void read_token_value(Reader& reader, Token& token) {
  const bool by_hash = reader.has("sha256");
  const auto hash = reader.text("sha256", Need::optional);
  const Secret secret = reader.secret("secret", Need::optional);
  if (by_hash == reader.has("secret")) {
    reader.problem("name", fmt::format("{} needs either `secret` or `sha256`", reader.place()));
  } else if (by_hash) {
    const auto bytes = crypto::from_hex(hash.value_or(""));
    if (bytes && bytes->size() == 32)
      token.sha256 = *bytes;
    else
      reader.problem("sha256", "`sha256` must be 64 hexadecimal digits: the SHA-256 of the token");
  } else if (!secret.empty() && secret.reveal().size() < kTokenCharsMin) {
    reader.problem("secret", fmt::format("a token must have at least {} characters", kTokenCharsMin));
  } else {
    token.sha256 = crypto::sha256(secret.reveal());
  }
}

void read_tokens(Source& source, const toml::array& list, Config& config) {
  for (const toml::node& node : list) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      source.problem(node.source(), "a token is a table: write [[tokens]]");
      continue;
    }
    Reader reader(source, *table, "[[tokens]]");
    Token token;
    token.name = reader.text("name", Need::required).value_or("");
    read_scopes(reader, token);
    read_token_value(reader, token);
    reader.finish();
    config.tokens.push_back(std::move(token));
  }
}

void read_sealing_keys(Source& source, const toml::array& list, Config& config) {
  for (const toml::node& node : list) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      source.problem(node.source(), "a sealing key is a table: write [[sealing_keys]]");
      continue;
    }
    Reader reader(source, *table, "[[sealing_keys]]");
    crypto::SealingKey key;
    key.id = reader.text("id", Need::required).value_or("");
    const Secret text = reader.secret("key", Need::required);
    auto bytes = crypto::from_base64(text.reveal());
    if (!bytes || bytes->size() != crypto::kSealingKeyBytes) bytes = crypto::from_hex(text.reveal());
    if (!text.empty() && (!bytes || bytes->size() != crypto::kSealingKeyBytes)) {
      reader.problem("key", "a sealing key is 32 random bytes in base64 or hexadecimal: `openssl rand -base64 32`");
    }
    if (bytes) key.bytes = std::move(*bytes);
    reader.finish();
    config.sealing_keys.push_back(std::move(key));
  }
}

// A provider's own address, unless the file has another.
std::string read_base_url(Reader& reader, std::string_view usual) {
  const std::string url = read_url(reader, "base_url", Need::optional);
  return url.empty() ? std::string(usual) : url;
}

WhatsappCloud read_whatsapp(Reader& reader) {
  WhatsappCloud channel;
  channel.base_url = read_base_url(reader, "https://graph.facebook.com");
  channel.api_version = reader.text("api_version", Need::optional).value_or("v21.0");
  channel.phone_number_id = reader.text("phone_number_id", Need::required).value_or("");
  channel.access_token = reader.secret("access_token", Need::required);
  channel.app_secret = reader.secret("app_secret", Need::required);
  channel.verify_token = reader.secret("verify_token", Need::required);
  return channel;
}

VonageViber read_vonage(Reader& reader) {
  VonageViber channel;
  channel.base_url = read_base_url(reader, "https://api.nexmo.com");
  channel.api_key = reader.text("api_key", Need::required).value_or("");
  channel.api_secret = reader.secret("api_secret", Need::required);
  channel.signature_secret = reader.secret("signature_secret", Need::required);
  return channel;
}

TwilioSms read_twilio(Reader& reader) {
  TwilioSms channel;
  channel.base_url = read_base_url(reader, "https://api.twilio.com");
  channel.account_sid = reader.text("account_sid", Need::required).value_or("");
  channel.auth_token = reader.secret("auth_token", Need::required);
  return channel;
}

MetaMessenger read_meta(Reader& reader, bool instagram) {
  MetaMessenger channel;
  channel.instagram = instagram;
  channel.base_url = read_base_url(reader, "https://graph.facebook.com");
  channel.api_version = reader.text("api_version", Need::optional).value_or("v21.0");
  channel.account_id = reader.text("account_id", Need::required).value_or("");
  channel.access_token = reader.secret("access_token", Need::required);
  channel.app_secret = reader.secret("app_secret", Need::required);
  channel.verify_token = reader.secret("verify_token", Need::required);
  return channel;
}

SendgridEmail read_sendgrid(Reader& reader) {
  SendgridEmail channel;
  channel.base_url = read_base_url(reader, "https://api.sendgrid.com");
  channel.api_key = reader.secret("api_key", Need::required);
  channel.webhook_public_key = reader.text("webhook_public_key", Need::required).value_or("");
  if (!channel.webhook_public_key.empty() && !crypto::is_public_key(channel.webhook_public_key))
    reader.problem("webhook_public_key", "`webhook_public_key` must be the base64 text that the provider shows");
  return channel;
}

void read_policy(Reader& reader, Channel& channel) {
  const std::string policy = reader.text("policy", Need::optional).value_or("at_least_once");
  channel.at_most_once = policy == "at_most_once";
  if (!channel.at_most_once && policy != "at_least_once") {
    reader.problem("policy", "`policy` must be \"at_least_once\" or \"at_most_once\"");
  }
  channel.in_flight_max =
      static_cast<std::size_t>(reader.integer("in_flight_max", 1, limits::kInFlightMax).value_or(64));
  channel.timeout = std::chrono::milliseconds(reader.integer("timeout_ms", 100, 120'000).value_or(10'000));
}

void read_rate(Reader& reader, Channel& channel) {
  const auto rate = reader.integer("sends_per_second", 1, limits::kSendsPerSecondMax);
  const auto burst = reader.integer("burst", 1, limits::kSendsPerSecondMax);
  if (!rate) {
    if (burst && !reader.has("sends_per_second"))
      reader.problem("burst", "`burst` is nothing without `sends_per_second`");
    return;
  }
  // Below ten milliseconds' worth, who wakes a little late would never reach the rate.
  const std::int64_t least = (*rate + 99) / 100;
  if (burst && *burst < least) {
    reader.problem("burst",
                   fmt::format("`burst` must be at least a hundredth of `sends_per_second`: {} or more", least));
  }
  channel.sends_per_second = static_cast<std::uint32_t>(*rate);
  channel.burst = static_cast<std::uint32_t>(burst.value_or(std::max<std::int64_t>(1, *rate / 10)));
}

void read_queue(Reader& reader, Channel& channel) {
  const auto most = reader.integer("queue_max", 1, limits::kQueuedSendsMax);
  if (most) channel.queue_max = static_cast<std::size_t>(*most);
  const auto time = reader.integer("queue_time_max_ms", 100, limits::kQueueTimeMsMax);
  if (time) channel.queue_time_max = std::chrono::milliseconds(*time);
}

void read_breaker(Source& source, Reader& channel_reader, Breaker& breaker) {
  const toml::table* table = channel_reader.table("breaker");
  if (table == nullptr) return;
  Reader reader(source, *table, channel_reader.place().substr(0, channel_reader.place().size() - 1) + ".breaker]");
  const auto number = [&](std::string_view key, std::int64_t max, std::uint32_t& to) {
    if (const auto value = reader.integer(key, 1, max)) to = static_cast<std::uint32_t>(*value);
  };
  const auto time = [&](std::string_view key, std::chrono::milliseconds& to) {
    if (const auto value = reader.integer(key, 100, 3'600'000)) to = std::chrono::milliseconds(*value);
  };
  number("consecutive_failures", 100'000, breaker.consecutive_failures);
  number("failure_percent", 100, breaker.failure_percent);
  number("window_attempts_min", 1'000'000, breaker.window_attempts_min);
  number("probes", 1000, breaker.probes);
  time("window_ms", breaker.window);
  time("pause_ms", breaker.pause);
  time("pause_max_ms", breaker.pause_max);
  if (breaker.pause > breaker.pause_max) {
    reader.problem("pause_max_ms",
                   fmt::format("`pause_max_ms` must be at least `pause_ms`: {} or more", breaker.pause.count()));
  }
  reader.finish();
}

void read_channel(Source& source, const std::string& name, const toml::table& table, Config& config) {
  static const std::vector<std::string> kProviders = {"whatsapp_cloud", "vonage_viber",   "twilio_sms",
                                                      "meta_messenger", "meta_instagram", "sendgrid_email"};
  Reader reader(source, table, fmt::format("[channels.{}]", name));
  Channel channel;
  const auto provider = reader.text("provider", Need::required);
  if (!provider) return;
  if (*provider == "whatsapp_cloud")
    channel.provider = read_whatsapp(reader);
  else if (*provider == "vonage_viber")
    channel.provider = read_vonage(reader);
  else if (*provider == "twilio_sms")
    channel.provider = read_twilio(reader);
  else if (*provider == "meta_messenger" || *provider == "meta_instagram")
    channel.provider = read_meta(reader, *provider == "meta_instagram");
  else if (*provider == "sendgrid_email")
    channel.provider = read_sendgrid(reader);
  else {
    const auto meant = nearest(*provider, kProviders);
    reader.problem("provider", fmt::format("there is no provider `{}`{}", *provider,
                                           meant ? fmt::format("; did you mean `{}`?", *meant)
                                                 : fmt::format("; there are {}", known_words(kProviders))));
    return;  // which keys belong here is not known
  }
  read_policy(reader, channel);
  read_rate(reader, channel);
  read_queue(reader, channel);
  read_breaker(source, reader, channel.breaker);
  reader.finish();
  config.channels.emplace(name, std::move(channel));
}

std::expected<std::string, Problems> read_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return std::unexpected(Problems{path + ": there is no such file"});
  if (std::filesystem::file_size(path, error) > kConfigBytesMax) {
    return std::unexpected(Problems{fmt::format("{}: larger than {} bytes", path, kConfigBytesMax)});
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) return std::unexpected(Problems{path + ": cannot be read"});
  return text.str();
}

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

// What only the whole file can get wrong.
void check_whole(Source& source, const toml::table& root, Config& config) {
  const auto at_root = [&](std::string_view text) { source.problem(root.source(), text); };
  if (!is_loopback(config.address)) {
    if (config.tokens.empty()) {
      at_root(fmt::format("`listen` on {} needs [[tokens]]: only loopback may be open to everyone", config.address));
    }
    if (config.tls_certificate.empty() && !config.behind_tls_proxy) {
      at_root(
          fmt::format("`listen` on {} needs `tls_certificate` and `tls_key`, or `behind_tls_proxy = true` where a "
                      "proxy in front speaks TLS",
                      config.address));
    }
  }
  std::map<std::string, const std::pair<const std::string, Channel>*> by_account;
  for (const auto& channel : config.channels) {
    const auto& other = *by_account.emplace(account_of(channel.second), &channel).first->second;
    if (other.second.breaker == channel.second.breaker) continue;
    at_root(
        fmt::format("channels `{}` and `{}` use the same account, and so the same breaker: give both the same settings",
                    other.first, channel.first));
  }
  if (!config.sealing_keys.empty()) {
    if (const auto ring = crypto::Keyring::make(config.sealing_keys); !ring) at_root(ring.error().message);
  } else if (!config.channels.empty()) {
    at_root(
        "[channels] needs [[sealing_keys]]: secrets are sealed with the first of them, and receipts are recognised "
        "by a code made with it");
  }
}

}  // namespace

std::string account_of(const Channel& channel) {
  if (const auto* whatsapp = std::get_if<WhatsappCloud>(&channel.provider)) {
    return fmt::format("whatsapp_cloud {} {}", whatsapp->base_url, whatsapp->phone_number_id);
  }
  if (const auto* viber = std::get_if<VonageViber>(&channel.provider)) {
    return fmt::format("vonage_viber {} {}", viber->base_url, viber->api_key);
  }
  if (const auto* meta = std::get_if<MetaMessenger>(&channel.provider)) {
    return fmt::format("{} {} {}", meta->instagram ? "meta_instagram" : "meta_messenger", meta->base_url,
                       meta->account_id);
  }
  if (const auto* email = std::get_if<SendgridEmail>(&channel.provider)) {
    return fmt::format("sendgrid_email {} {}", email->base_url, email->webhook_public_key);
  }
  const auto& sms = std::get<TwilioSms>(channel.provider);
  return fmt::format("twilio_sms {} {}", sms.base_url, sms.account_sid);
}

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::deploy:
      return "deploy";
    case Scope::start:
      return "start";
    case Scope::read:
      return "read";
    case Scope::admin:
      return "admin";
  }
  return "admin";
}

std::expected<Config, Problems> parse(std::string_view text, const std::string& name, const std::string& folder,
                                      const Environment& environment) {
  Source source{name, folder, environment, {}};
  const auto result = toml::parse(text, name);
  if (!result) {
    source.problem(result.error().source(), result.error().description());
    return std::unexpected(source.problems);
  }
  const toml::table& root = result.table();
  Config config;
  Reader reader(source, root, "the file");
  const auto section = [&](std::string_view title, const auto& read) {
    const toml::table* table = reader.table(title);
    if (table == nullptr) return;
    Reader inner(source, *table, fmt::format("[{}]", title));
    read(inner);
    inner.finish();
  };
  section("server", [&](Reader& inner) { read_server(inner, config); });
  section("cluster", [&](Reader& inner) { config.cluster = read_cluster(inner); });
  section("log", [&](Reader& inner) { read_log(inner, config); });
  section("retention", [&](Reader& inner) { read_retention(source, inner, config.retention); });
  section("outgoing", [&](Reader& inner) { read_outgoing(inner, config.outgoing); });
  read_bindings(source, reader, config.bindings);
  if (const auto* tokens = reader.array("tokens")) read_tokens(source, *tokens, config);
  if (const auto* keys = reader.array("sealing_keys")) read_sealing_keys(source, *keys, config);
  if (const auto* channels = reader.table("channels")) {
    for (const auto& [key, node] : *channels) {
      if (const auto* table = node.as_table())
        read_channel(source, std::string(key.str()), *table, config);
      else
        source.problem(node.source(), fmt::format("channel `{}` must be a table: [channels.{}]", key.str(), key.str()));
    }
  }
  reader.finish();
  if (source.problems.empty()) check_whole(source, root, config);
  if (!source.problems.empty()) return std::unexpected(source.problems);
  return config;
}

std::expected<Config, Problems> load(const std::string& path, const Environment& environment) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  return parse(*text, path, folder_of(path), environment);
}

std::expected<Config, Problems> load_server(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  Source source{path, folder_of(path), {}, {}};
  const auto result = toml::parse(*text, path);
  if (!result) {
    source.problem(result.error().source(), result.error().description());
    return std::unexpected(source.problems);
  }
  Config config;
  Reader reader(source, result.table(), "the file");
  if (const auto* server = reader.table("server")) {
    Reader inner(source, *server, "[server]");
    read_server(inner, config);
  }
  if (!source.problems.empty()) return std::unexpected(source.problems);
  return config;
}

}  // namespace flow::config
