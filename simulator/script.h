// What the simulated providers do, as a TOML file says it (docs/flowsim.md), or as chance has it.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/secret.h"
#include "simulator/message.h"

namespace flow::simulator {

// How a request is answered.
struct Answer {
  enum class Kind : std::uint8_t {
    accept,   // the message is taken
    error,    // refused with a code of the provider
    status,   // refused with a bare HTTP status
    silence,  // the message is taken, and the connection closed without an answer
  };
  Kind kind = Kind::accept;
  std::int64_t after_ms = 0;
  std::int64_t code = 0;
  int status = 0;

  bool takes() const { return kind == Kind::accept || kind == Kind::silence; }
};

struct Plan {
  Answer answer;
  std::vector<Report> reports;
};

// The first rule that fits decides.
struct Rule {
  std::optional<Channel> channel;
  std::string number;     // E.164, or its beginning and "*"; empty: any
  std::string region;     // "PH"; empty: any
  std::uint64_t nth = 0;  // only the n-th message to that number on that channel; 0: any
  Plan plan;

  bool fits(const Message& message, std::uint64_t message_nth) const;
};

// Chances between 0 and 1, and the longest delays.
struct Chances {
  double error = 0.05;       // refused: permanently, throttled or for now
  double silence = 0.03;     // taken, but not answered
  double slow = 0.05;        // answered late
  double undelivered = 0.1;  // a failed report instead of delivered
  double unread = 0.4;       // no read report
  double lost = 0.1;         // of each report
  double repeated = 0.1;     // of each report
  std::int64_t answer_ms_max = 3'000;
  std::int64_t report_ms_max = 20'000;
};

struct Accounts {
  std::string whatsapp_phone_number_id = "100000000000001";
  std::string whatsapp_access_token = "flowsim-whatsapp-access-token";
  std::string whatsapp_app_secret = "flowsim-whatsapp-app-secret";
  std::string whatsapp_webhook;
  std::string viber_api_key = "flowsim1";
  std::string viber_api_secret = "flowsim-viber-api-secret";
  std::string viber_signature_secret = "flowsim-viber-signature-secret";
  std::string viber_webhook;
  std::string messenger_page_id = "200000000000001";
  std::string messenger_access_token = "flowsim-messenger-access-token";
  std::string messenger_app_secret = "flowsim-messenger-app-secret";
  std::string messenger_webhook = {};
  std::string instagram_account_id = "300000000000001";
  std::string instagram_access_token = "flowsim-instagram-access-token";
  std::string instagram_app_secret = "flowsim-instagram-app-secret";
  std::string instagram_webhook = {};
  std::string email_api_key = "flowsim-email-api-key";
  // Signs email's reports, as PKCS #8 in base64; docs/flowsim.md has the public half of this one.
  std::string email_signing_key =
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg30XQVjgquAlQ97GW2uuGIYNE7i9HXrD5heBhro4K"
      "VqyhRANCAAQHKeah9QxEpOQpRlUUDMF/NIR8fM9+5bXdVh8YkdW8ovXrFotPrnSALvq/BTtsOTzQV/5P1xSvZPriLSb33Q4h";
  std::string email_webhook = {};
  std::string sms_account_sid = "AC00000000000000000000000000f10w51";
  std::string sms_auth_token = "flowsim-sms-auth-token";
};

struct Script {
  Accounts accounts;
  std::vector<Rule> rules;
  Chances chances;

  // Without a rule that fits: taken, sent after 1 s, delivered after 2 s.
  Plan plan(const Message& message, std::uint64_t nth) const;
};

// Problems are "script.toml:12:3: what and how to mend it"; all of them.
std::expected<Script, std::vector<std::string>> parse_script(std::string_view text, const std::string& name,
                                                             const config::Environment& environment);

// The same seed and the same order of messages give the same plans.
class Dice {
 public:
  Dice(std::uint64_t seed, const Chances& chances) : engine_(seed), chances_(chances) {}
  Plan plan(const Message& message);

 private:
  bool happens(double chance);
  std::int64_t below(std::int64_t bound);
  Answer answer(Channel channel);
  void add(std::vector<Report>& reports, Report report);

  std::mt19937_64 engine_;  // a fixed sequence by the standard; distributions are not, so they are not used
  Chances chances_;
};

}  // namespace flow::simulator
