#include "simulator/simulator.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "runtime/crypto/encoding.h"
#include "runtime/http/client.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"
#include "runtime/http/server.h"

namespace flow::simulator {
namespace {

using http::Json;

// Where reports arrive.
class Inbox {
 public:
  Inbox() {
    server_ = std::move(http::Server::start({}, [this](http::Request request, http::Responder respond) {
                          const std::lock_guard lock(mutex_);
                          const bool refuse = refusals_ > 0 && refusals_-- > 0;
                          requests_.push_back(std::move(request));
                          respond({refuse ? 503 : 200, {}, ""});
                          arrived_.notify_all();
                        }).value());
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
  }
  void refuse(int times) { refusals_ = times; }
  std::vector<http::Request> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<http::Request> requests_;
  int refusals_ = 0;
  std::unique_ptr<http::Server> server_;
};

std::unique_ptr<Simulator> start(const std::string& script, double rate = 100, const std::string& log = "") {
  Options options;
  auto parsed = parse_script(script, "script", config::process_environment());
  EXPECT_TRUE(parsed) << parsed.error().front();
  options.script = std::move(*parsed);
  options.clock_rate = rate;
  options.log_file = log;
  return std::move(Simulator::start(std::move(options)).value());
}

http::ClientOutcome post(const Simulator& simulator, const std::string& path, const std::string& authorization,
                         const std::string& type, const std::string& body) {
  http::Client client;
  return client.perform({"POST",
                         "http://127.0.0.1:" + std::to_string(simulator.port()) + path,
                         {{"authorization", authorization}, {"content-type", type}},
                         body});
}

http::ClientOutcome send_sms(const Simulator& simulator, http::Fields fields) {
  const Accounts accounts;
  return post(simulator, "/2010-04-01/Accounts/" + accounts.sms_account_sid + "/Messages.json",
              "Basic " + crypto::base64(accounts.sms_account_sid + ":" + accounts.sms_auth_token),
              "application/x-www-form-urlencoded", http::encode_form(fields));
}

http::ClientOutcome send_whatsapp(const Simulator& simulator, const Json& body) {
  const Accounts accounts;
  return post(simulator, "/v21.0/" + accounts.whatsapp_phone_number_id + "/messages",
              "Bearer " + accounts.whatsapp_access_token, "application/json", http::dump(body));
}

http::ClientOutcome send_viber(const Simulator& simulator, const Json& body) {
  const Accounts accounts;
  return post(simulator, "/v1/messages",
              "Basic " + crypto::base64(accounts.viber_api_key + ":" + accounts.viber_api_secret), "application/json",
              http::dump(body));
}

Json viber_message() {
  return {{"message_type", "text"},
          {"channel", "viber_service"},
          {"to", "639171234567"},
          {"from", "4501"},
          {"text", "hi"},
          {"client_ref", "ref"},
          {"viber_service", {{"category", "transaction"}, {"ttl", 30}}}};
}

Json whatsapp_template() {
  const Json code = Json::array({{{"type", "text"}, {"text", "482913"}}});
  return {{"messaging_product", "whatsapp"},
          {"recipient_type", "individual"},
          {"to", "+60123456780"},
          {"type", "template"},
          {"biz_opaque_callback_data", "ref"},
          {"template",
           {{"name", "otp"},
            {"language", {{"code", "en"}}},
            {"components",
             Json::array({{{"type", "body"}, {"parameters", code}},
                          {{"type", "button"}, {"sub_type", "url"}, {"index", "0"}, {"parameters", code}}})}}}};
}

std::vector<Json> events(const Simulator& simulator, const std::string& kind) {
  std::istringstream in(simulator.log());
  std::vector<Json> found;
  for (std::string line; std::getline(in, line);) {
    Json entry = Json::parse(line);
    if (entry.at("event") == kind) found.push_back(std::move(entry));
  }
  return found;
}

TEST(Simulator, TakesAnSmsAndReportsIt) {
  Inbox inbox;
  const auto simulator = start("");
  const auto answer = send_sms(*simulator, {{"To", "+14155550100"},
                                            {"From", "SHOP"},
                                            {"Body", "hi"},
                                            {"StatusCallback", inbox.url("/status?c=ref")},
                                            {"ValidityPeriod", "60"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  const Json body = Json::parse(answer->body);
  EXPECT_EQ(body["status"], "queued");
  const auto reports = inbox.wait_for(2);
  ASSERT_EQ(reports.size(), 2U);
  const auto fields = http::parse_form(reports[1].body).value();
  EXPECT_EQ(http::find_field(fields, "MessageSid"), body["sid"].get<std::string>());
  EXPECT_EQ(http::find_field(fields, "MessageStatus"), "delivered");
  const auto messages = events(*simulator, "message");
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0]["reference"], "ref");
  EXPECT_EQ(messages[0]["ttl_ms"], 60'000);
}

TEST(Simulator, RefusesWhatTheProvidersRefuse) {
  const auto simulator = start("");
  EXPECT_EQ(Json::parse(send_sms(*simulator, {{"To", "nobody"}, {"From", "SHOP"}, {"Body", "hi"}})->body)["code"],
            21211);
  EXPECT_EQ(Json::parse(send_sms(*simulator, {{"To", "+14155550100"}, {"Body", "hi"}})->body)["code"], 21603);
  EXPECT_EQ(Json::parse(send_sms(*simulator, {{"To", "+14155550100"}, {"From", "SHOP"}})->body)["code"], 21602);
  EXPECT_EQ(post(*simulator, "/2010-04-01/Accounts/AC1/Messages.json", "Basic eDp5", "", "")->status, 401);

  EXPECT_EQ(send_viber(*simulator, viber_message())->status, 202);
  for (const auto& [name, value] : {std::pair<const char*, Json>{"to", "+639171234567"},
                                    {"from", ""},
                                    {"text", ""},
                                    {"message_type", "image"},
                                    {"viber_service", Json{{"category", "transaction"}, {"ttl", 29}}}}) {
    Json bad = viber_message();
    bad[name] = value;
    EXPECT_EQ(send_viber(*simulator, bad)->status, 422) << name;
  }
  EXPECT_EQ(post(*simulator, "/v1/messages", "Basic eDp5", "application/json", "{}")->status, 401);

  EXPECT_EQ(send_whatsapp(*simulator, whatsapp_template())->status, 200);
  Json bad = whatsapp_template();
  bad["template"]["components"][1]["parameters"][0]["text"] = "another";
  EXPECT_EQ(Json::parse(send_whatsapp(*simulator, bad)->body)["error"]["code"], 100);
  bad = whatsapp_template();
  bad.erase("messaging_product");
  EXPECT_EQ(send_whatsapp(*simulator, bad)->status, 400);
  EXPECT_EQ(post(*simulator, "/v21.0/100000000000001/messages", "Bearer x", "application/json", "{}")->status, 401);
  EXPECT_EQ(
      post(*simulator, "/v21.0/7/messages", "Bearer " + Accounts().whatsapp_access_token, "application/json", "{}")
          ->status,
      400);
  EXPECT_EQ(post(*simulator, "/elsewhere", "", "", "")->status, 404);
  EXPECT_EQ(events(*simulator, "message").size(), 2U);
}

TEST(Simulator, FollowsItsScript) {
  Inbox inbox;
  const auto simulator = start(R"(
    [[rules]]
    number = "+14155550101"
    answer = "error"
    code = 21610
    [[rules]]
    number = "+14155550102"
    answer = "status"
    status = 500
    [[rules]]
    number = "+14155550103"
    answer = "silence"
    reports = [{ status = "failed", code = 30005, times = 2 }]
  )");
  const auto send = [&](const std::string& number) {
    return send_sms(*simulator,
                    {{"To", number}, {"From", "SHOP"}, {"Body", "hi"}, {"StatusCallback", inbox.url("/s")}});
  };
  EXPECT_EQ(Json::parse(send("+14155550101")->body)["code"], 21610);
  EXPECT_EQ(send("+14155550102")->status, 500);
  const auto silence = send("+14155550103");
  ASSERT_FALSE(silence);
  EXPECT_TRUE(silence.error().sent);
  const auto reports = inbox.wait_for(2);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(http::find_field(http::parse_form(reports[0].body).value(), "ErrorCode"), "30005");
  EXPECT_EQ(events(*simulator, "message").size(), 1U);
  EXPECT_EQ(events(*simulator, "not_taken").size(), 2U);
}

TEST(Simulator, ATimeToLiveEndsInAFailure) {
  Inbox inbox;
  const auto simulator = start(R"(
    [[rules]]
    reports = [{ status = "sent", after = "1s" }, { status = "delivered", after = "31s" }, { status = "read", after = "40s" }]
  )");
  simulator->set_webhooks("", inbox.url("/viber"));
  EXPECT_EQ(send_viber(*simulator, viber_message())->status, 202);
  const auto reports = inbox.wait_for(2);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(Json::parse(reports[1].body)["status"], "rejected");
  EXPECT_TRUE(reports[1].header("authorization")->starts_with("Bearer "));
}

TEST(Simulator, RepeatsAReportUntilItIsTaken) {
  Inbox inbox;
  inbox.refuse(2);
  const auto simulator = start("[[rules]]\nreports = [{ status = \"read\" }]\n");
  simulator->set_webhooks(inbox.url("/whatsapp"), "");
  EXPECT_EQ(send_whatsapp(*simulator, whatsapp_template())->status, 200);
  const auto reports = inbox.wait_for(3);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].body.find("482913"), std::string::npos);
  EXPECT_EQ(Json::parse(reports[2].body)["entry"][0]["changes"][0]["value"]["statuses"][0]["status"], "read");
}

TEST(Simulator, BringsWhatSomebodyWrites) {
  Inbox inbox;
  const auto simulator = start("");
  simulator->set_webhooks(inbox.url("/whatsapp"), inbox.url("/viber"));
  const auto write = [&](const Json& message) {
    return post(*simulator, "/_incoming", "", "application/json", http::dump(message))->status;
  };
  EXPECT_EQ(write({{"channel", "whatsapp"}, {"from", "+639171234567"}, {"kind", "button"}, {"text", "Yes"}}), 200);
  EXPECT_EQ(write({{"channel", "viber"}, {"from", "+639171234567"}, {"text", "yes"}}), 200);
  EXPECT_EQ(write({{"channel", "sms"}, {"from", "+639171234567"}, {"text", "yes"}, {"webhook", inbox.url("/sms")}}),
            200);
  EXPECT_EQ(write({{"channel", "sms"}, {"from", "+639171234567"}, {"text", "yes"}}), 400) << "nobody wants it";
  EXPECT_EQ(write({{"channel", "viber"}, {"from", "somebody"}, {"text", "yes"}}), 400);
  const auto requests = inbox.wait_for(3);
  ASSERT_EQ(requests.size(), 3U);
  const Json whatsapp = Json::parse(requests[0].body)["entry"][0]["changes"][0]["value"]["messages"][0];
  EXPECT_EQ(whatsapp["interactive"]["button_reply"]["title"], "Yes");
  EXPECT_TRUE(requests[0].header("x-hub-signature-256"));
  EXPECT_EQ(Json::parse(requests[1].body)["text"], "yes");
  EXPECT_EQ(http::find_field(http::parse_form(requests[2].body).value(), "Body"), "yes");
}

TEST(Simulator, BringsWhatSomebodyWritesToPagesAndAccounts) {
  Inbox inbox;
  const auto simulator = start("");
  const http::Json hooks = {{"messenger", inbox.url("/page")}, {"instagram", inbox.url("/account")}};
  http::Client client;
  ASSERT_EQ(client
                .perform({.method = "PUT",
                          .url = "http://127.0.0.1:" + std::to_string(simulator->port()) + "/_webhooks",
                          .body = http::dump(hooks)})
                ->status,
            204);
  const auto write = [&](const Json& message) {
    return post(*simulator, "/_incoming", "", "application/json", http::dump(message))->status;
  };
  EXPECT_EQ(write({{"channel", "messenger"}, {"from", "7011"}, {"kind", "button"}, {"text", "S"}}), 200);
  EXPECT_EQ(write({{"channel", "instagram"}, {"from", "9022"}, {"text", "shoes"}}), 200);
  EXPECT_EQ(write({{"channel", "messenger"}, {"from", "+639171234567"}, {"text", "yes"}}), 400) << "no id of a person";
  const auto requests = inbox.wait_for(2);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].path(), "/page");
  EXPECT_TRUE(requests[0].header("x-hub-signature-256"));
  const Json page = Json::parse(requests[0].body);
  EXPECT_EQ(page["object"], "page");
  EXPECT_EQ(page["entry"][0]["messaging"][0]["message"]["quick_reply"]["payload"], "S");
  EXPECT_EQ(page["entry"][0]["messaging"][0]["sender"]["id"], "7011");
  const Json account = Json::parse(requests[1].body);
  EXPECT_EQ(account["object"], "instagram");
  EXPECT_EQ(account["entry"][0]["messaging"][0]["message"]["text"], "shoes");
}

TEST(Simulator, TheLogIsAFileAndAPage) {
  const auto path = std::filesystem::temp_directory_path() / ("flowsim_log_" + std::to_string(::getpid()));
  {
    const auto simulator = start("", 100, path.string());
    send_viber(*simulator, viber_message());
    http::Client client;
    const std::string base = "http://127.0.0.1:" + std::to_string(simulator->port());
    const auto all = client.perform({.url = base + "/_log"});
    const auto rest = client.perform({.url = base + "/_log?from=1"});
    ASSERT_TRUE(all && rest);
    EXPECT_EQ(all->body.substr(all->body.find('\n') + 1), rest->body);
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_TRUE(text.str().starts_with(all->body));
    EXPECT_EQ(client.perform({"PUT", base + "/_webhooks", {}, R"({"viber":"http://127.0.0.1:1/"})"})->status, 204);
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace flow::simulator
