// flowd's configuration: one TOML file, which holds no secret but refers to each by environment variable or file.
//
// What the file may contain is in docs/operating.md; config/flowd.example.toml shows all of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "runtime/config/network.h"
#include "runtime/config/secret.h"
#include "runtime/crypto/seal.h"

namespace flow::config {

// What a token allows. `admin` allows everything.
enum class Scope : std::uint8_t { deploy, start, read, admin };
std::string_view to_string(Scope scope);

struct Token {
  std::string name;  // for logs
  std::set<Scope> scopes;
  std::string sha256;  // of the token; 32 bytes
};

struct WhatsappCloud {
  std::string base_url;     // https://graph.facebook.com
  std::string api_version;  // v21.0
  std::string phone_number_id;
  Secret access_token;
  Secret app_secret;    // signs webhooks
  Secret verify_token;  // of the webhook's subscription handshake
};

struct VonageViber {
  std::string base_url;  // https://api.nexmo.com
  std::string api_key;
  Secret api_secret;
  Secret signature_secret;  // signs webhooks
};

struct TwilioSms {
  std::string base_url;  // https://api.twilio.com
  std::string account_sid;
  Secret auth_token;  // authenticates requests and signs webhooks
};

// A page on Messenger, or an account on Instagram: one protocol.
struct MetaMessenger {
  bool instagram = false;
  std::string base_url;     // https://graph.facebook.com
  std::string api_version;  // v21.0
  std::string account_id;   // of the page or account: webhooks of others are not ours
  Secret access_token;      // likewise; requests name it by this
  Secret app_secret;        // signs webhooks
  Secret verify_token;      // of the webhook's subscription handshake
};

struct SendgridEmail {
  std::string base_url;  // https://api.sendgrid.com
  Secret api_key;
  std::string webhook_public_key;  // verifies webhooks: base64 of what the provider shows
};

// When the circuit breaker of a channel's account stops attempts (docs/operating.md). Real time.
struct Breaker {
  std::uint32_t consecutive_failures = 20;
  std::uint32_t failure_percent = 50;
  std::uint32_t window_attempts_min = 100;
  std::chrono::milliseconds window{10'000};
  std::chrono::milliseconds pause{5'000};
  std::chrono::milliseconds pause_max{60'000};
  std::uint32_t probes = 3;

  friend bool operator==(const Breaker&, const Breaker&) = default;
};

// What stands behind a channel name of the workspace.
struct Channel {
  std::variant<WhatsappCloud, VonageViber, TwilioSms, MetaMessenger, SendgridEmail> provider;
  bool at_most_once = false;
  std::size_t in_flight_max = 64;
  std::chrono::milliseconds timeout{10'000};  // of one request to the provider
  std::uint32_t sends_per_second = 0;         // 0: no limit
  std::uint32_t burst = 1;                    // of sends at once
  std::size_t queue_max = 100'000;            // messages that wait before starts are refused
  std::chrono::milliseconds queue_time_max{3'600'000};
  Breaker breaker;
};

// The provider's account behind a channel, as what fails together: "vonage_viber https://api.nexmo.com a1b2c3d4".
std::string account_of(const Channel& channel);

// Several nodes on one database. docs/operating.md has what each key means.
struct Cluster {
  std::string node;                   // for people
  std::string address = "127.0.0.1";  // of the listener for the other nodes
  std::uint16_t port = 0;             // 0: any free one
  std::string advertise;              // where they reach it; empty: address and port
  Secret token;                       // the same on all nodes
  Secret database_password;           // empty: PGPASSFILE or PGPASSWORD, if any is needed
  std::chrono::milliseconds lease{10'000};
  int shards = 16;  // of a new installation
  std::size_t writers = 2;
  std::size_t shards_a_transaction = 0;
  bool allow_unsafe_database = false;
  std::string tls_certificate;
  std::string tls_key;
  std::string authorities;  // PEM: who signed the other nodes' certificates; empty: whom the system trusts
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// How long what has ended is kept for look-up.
struct Retention {
  std::chrono::hours usual{30 * 24};
  std::map<std::string, std::chrono::hours, std::less<>> by_flow;  // instead, by the flow's name
  std::chrono::hours idempotency_keys{24};                         // at least so long, whatever the others say

  friend bool operator==(const Retention&, const Retention&) = default;
};

// What flows ask of the outside: docs/operating.md.
struct Outgoing {
  std::chrono::milliseconds timeout{30'000};  // of one attempt
  std::size_t connections_max = 512;
  std::size_t connections_per_host_max = 64;
  std::string authorities;               // PEM: further authorities to trust
  std::vector<Network> networks;         // that may be reached besides public ones
  std::vector<std::string> plain_hosts;  // that may be asked without TLS: a name, perhaps with a port

  friend bool operator==(const Outgoing&, const Outgoing&) = default;
};

struct FunctionBinding {
  Secret token;  // empty: none is sent
};
struct ModelBinding {
  Secret api_key;  // empty: none is sent
};
struct DeskBinding {
  std::string url;  // where conversations are handed to
  Secret token;     // empty: none is sent
};

// What stands behind the names that a workspace gives: by these.
struct Bindings {
  std::map<std::string, Secret, std::less<>> secrets;
  std::map<std::string, FunctionBinding, std::less<>> functions;
  std::map<std::string, ModelBinding, std::less<>> models;
  std::map<std::string, DeskBinding, std::less<>> desks;
};

struct Config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string public_url;  // under which providers reach this flowd, without a final slash; empty: http://address:port
  std::string tls_certificate;  // with tls_key: HTTPS
  std::string tls_key;
  bool behind_tls_proxy = false;
  std::size_t connections_max = 4096;
  std::size_t workers = 0;  // threads that run executions; 0: chosen by the machine's processors
  LogLevel log_level = LogLevel::info;
  Retention retention;
  Outgoing outgoing;
  Bindings bindings;
  std::vector<Token> tokens;                     // empty: no authentication (loopback only)
  std::vector<crypto::SealingKey> sealing_keys;  // the first seals
  std::map<std::string, Channel, std::less<>> channels;
  std::optional<Cluster> cluster;
};

// What is wrong, each as "flowd.toml:12:3: what and how to mend it"; all of it, not only the first.
using Problems = std::vector<std::string>;

// `name` stands in problems; `folder` is where relative paths begin.
std::expected<Config, Problems> parse(std::string_view text, const std::string& name, const std::string& folder,
                                      const Environment& environment);
std::expected<Config, Problems> load(const std::string& path, const Environment& environment = process_environment());
// Only [server] of the file, whatever the rest is like and without its secrets: for who wants to reach the flowd that
// was started with it.
std::expected<Config, Problems> load_server(const std::string& path);

// What of `wanted` cannot take the place of `running` while flowd runs, each as a line that says why; empty: all can.
Problems restart_needed(const Config& running, const Config& wanted);

}  // namespace flow::config
