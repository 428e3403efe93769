// After a full run, with errors, a kill and hostile requests in it: no code and no credential in any file of the
// store, log, metric, error or answer of flowd and flowc, in clear or in a common encoding.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "demo/installation.h"
#include "runtime/crypto/encoding.h"
#include "runtime/http/client.h"
#include "tests/support/run_program.h"

namespace flow {
namespace {

using demo::Installation;
using nlohmann::json;
using testing_support::TemporaryFolder;

// Viber and WhatsApp never deliver; the first SMS is throttled, others fail: every kind of error passes by.
constexpr const char* kRules = R"(
[[rules]]
channel = "viber"
reports = [{ status = "sent", after = "1s" }]
[[rules]]
channel = "whatsapp"
region = "PH"
answer = "error"
code = 131026
[[rules]]
channel = "whatsapp"
reports = [{ status = "failed", after = "2s", code = 131049 }]
[[rules]]
channel = "sms"
region = "US"
message = 1
answer = "status"
status = 503
[[rules]]
channel = "sms"
region = "ML"
answer = "error"
code = 21211
[[rules]]
channel = "sms"
reports = [{ status = "sent", after = "1s" }, { status = "delivered", after = "2s", times = 2 }]
)";

std::string random_code() {
  static std::mt19937_64 engine{std::random_device{}()};
  constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ";
  std::string code;
  for (int i = 0; i < 8; ++i) code += kLetters[engine() % kLetters.size()];
  return code;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// A secret, and the forms in which it might have slipped out.
std::vector<std::string> forms(const std::string& secret) {
  std::string utf16;
  for (const char c : secret) {
    utf16 += c;
    utf16 += '\0';
  }
  std::vector<std::string> out = {secret, crypto::hex(secret), utf16};
  // base64 of the secret inside a longer text: three alignments, the characters that depend on the secret alone.
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string text = crypto::base64(std::string(shift, ' ') + secret);
    const std::size_t begin = (shift * 8 + 5) / 6;
    const std::size_t end = (shift + secret.size()) * 8 / 6;
    out.push_back(text.substr(begin, end - begin));
  }
  std::erase_if(out, [](const std::string& form) { return form.size() < 6; });
  return out;
}

class Secrets : public ::testing::Test {
 protected:
  Secrets()
      : installation_({.programs = FLOW_BIN_DIR,
                       .folder = folder_.path(),
                       .clock_rate = 5,
                       .script = kRules,
                       .flowsim_arguments = {},
                       .flowd_arguments = {}}) {}

  // What flowd says, kept to be searched.
  demo::Answer ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& key = "") {
    const auto answer = installation_.request(method, path, body, key);
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
    if (!answer) return {};
    said_.emplace_back(method + " " + path, answer->body);
    return *answer;
  }

  std::string start(const std::string& number, const std::string& code, const std::string& key = "") {
    const json body = {{"inputs", {{"customerPhoneNumber", number}, {"verificationCode", code}}}};
    const auto answer = ask("POST", "/v1/flows/deliver_otp/executions", body.dump(), key);
    const json said = json::parse(answer.body, nullptr, false);
    return said.is_object() ? said.value("execution", "") : "";
  }

  void wait_for_end(const std::string& execution) {
    for (int i = 0; i < 600; ++i) {
      const auto answer = ask("GET", "/v1/executions/" + execution);
      const json view = json::parse(answer.body, nullptr, false);
      if (view.is_object() && view.contains("end")) return;
      said_.pop_back();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "execution " << execution << " did not end";
  }

  // A message whose time is over is not sent: the provider has them before anything takes its time.
  void wait_for_provider(const std::vector<std::string>& codes) {
    for (int i = 0; i < 600; ++i) {
      const std::string journal = testing_support::read_file(installation_.flowsim_journal());
      if (std::ranges::all_of(codes, [&](const std::string& code) { return journal.find(code) != code.npos; })) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "the provider did not get every code";
  }

  void hostile_requests(const std::string& code) {
    const std::string path = "/v1/flows/deliver_otp/executions";
    const json wrong_type = {{"inputs", {{"customerPhoneNumber", 7}, {"verificationCode", code}}}};
    const json too_long = {{"inputs", {{"customerPhoneNumber", "+639171234567"}, {"verificationCode", code + code}}}};
    const json unknown = {{"inputs", {{"verificationCod", code}}}, {"note", code}};
    for (const json& body : {wrong_type, too_long, unknown}) EXPECT_EQ(ask("POST", path, body.dump()).status / 100, 4);
    EXPECT_EQ(ask("POST", path, "{\"inputs\": {\"verificationCode\": \"" + code + "\"").status / 100, 4);
    EXPECT_EQ(ask("POST", "/v1/flows/no_such_flow/executions", too_long.dump()).status / 100, 4);
    EXPECT_EQ(ask("POST", "/v1/bundles", code).status / 100, 4);
    EXPECT_EQ(ask("POST", "/v1/webhooks/waba_otp", "{\"object\": \"" + code + "\"}").status, 401);
    EXPECT_EQ(ask("POST", "/v1/webhooks/sms_otp", "Body=" + code).status / 100, 4);
    EXPECT_EQ(ask("POST", "/v1/webhooks/viber_otp", code).status / 100, 4);
  }

  // Every file that flowd or flowc wrote. What flowsim keeps is the provider's: there the code must arrive.
  std::vector<std::pair<std::string, std::string>> written() const {
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      if (!entry.is_regular_file() || name.starts_with("flowsim")) continue;
      std::string bytes = testing_support::read_file(entry.path().string());
      bytes.resize(bytes.find_last_not_of('\0') + 1);  // the log takes its space from the disk in advance
      files.emplace_back(entry.path().string(), std::move(bytes));
    }
    return files;
  }

  void expect_nowhere(const std::string& secret) const {
    const auto files = written();
    for (const std::string& form : forms(secret)) {
      for (const auto& [where, text] : files) EXPECT_EQ(text.find(form), std::string::npos) << where << ": " << form;
      for (const auto& [where, text] : said_) {
        EXPECT_EQ(lower(text).find(lower(form)), std::string::npos) << where << " answered with " << form;
      }
    }
  }

  TemporaryFolder folder_;
  Installation installation_;
  std::vector<std::pair<std::string, std::string>> said_;
};

TEST_F(Secrets, AreNowhereAfterAFullRun) {
  ASSERT_TRUE(installation_.start_flowsim().has_value());
  ASSERT_TRUE(installation_.start_flowd().has_value());
  const auto deployed = installation_.deploy(std::string(FLOW_SOURCE_DIR) + "/flows/otp");
  ASSERT_TRUE(deployed.has_value()) << deployed.error().message;

  std::vector<std::string> codes;
  std::vector<std::string> executions;
  for (const char* number : {"+639171234567", "+60123334444", "+14155552671", "+22365012345"}) {
    codes.push_back(random_code());
    executions.push_back(start(number, codes.back(), std::string("key-") + number));
    ASSERT_FALSE(executions.back().empty()) << said_.back().second;
  }
  // They arrive: the search below would find them if they were there.
  wait_for_provider({codes[0], codes[1], codes[2]});
  hostile_requests(codes[0]);
  // The same key with another code: a conflict, which must not tell either.
  codes.push_back(random_code());
  EXPECT_TRUE(start("+639171234567", codes.back(), "key-+639171234567").empty());

  // While the Philippine execution waits, its code lives in the store: look at it there, too.
  installation_.kill_flowd();
  for (const std::string& code : codes) expect_nowhere(code);
  ASSERT_TRUE(installation_.start_flowd().has_value());
  for (const std::string& execution : executions) wait_for_end(execution);
  ask("GET", "/metrics");
  ask("GET", "/v1/executions");
  ask("GET", "/v1/flows");
  ask("GET", "/openapi.json");
  const auto stopped = installation_.stop_flowd();
  EXPECT_TRUE(stopped.has_value()) << stopped.error().message;

  for (const std::string& code : codes) expect_nowhere(code);
  for (const std::string& credential : installation_.credentials().all()) expect_nowhere(credential);
}

TEST(SecretForms, TheSearchFindsWhatItLooksFor) {
  const std::string secret = "BCDFGHJK";
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string text = crypto::base64(std::string(shift + 3, 'x') + secret + "yz");
    const auto all = forms(secret);
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const std::string& form) {
      return text.find(form) != std::string::npos;
    })) << text;
  }
}

}  // namespace
}  // namespace flow
