// flowd move: from the embedded store to PostgreSQL, with executions that run, that have ended, and that hear of their
// messages only afterwards.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "tests/operating/stage.h"
#include "tests/support/postgres_server.h"

namespace flow::operating {
namespace {

using nlohmann::json;
using testing_support::Outcome;

const std::string kViberFirst = "+639171234567";
const std::string kWhatsappFirst = "+60123456701";
const std::string kErased = "+639171234568";

class Move : public Stage {
 protected:
  // A Viber message is never heard of, so that its timer decides.
  void open_embedded() {
    open([](demo::InstallationOptions& options) {
      options.clock_rate = 3;
      options.server_settings = {"[cluster]", "token = \"env:DEMO_API_TOKEN\"", "lease_ms = 2000", "shards = 8"};
      options.script =
          "[[rules]]\nchannel = \"sms\"\nreports = [{ status = \"sent\", after = \"1s\" }]\n"
          "[[rules]]\nchannel = \"viber\"\nreports = []\n"
          "[[rules]]\nchannel = \"whatsapp\"\nnumber = \"+60*\"\nreports = [{ status = \"read\", after = \"1s\" }]\n";
    });
  }
  std::string start(const std::string& number, const std::string& key) {
    const auto answer = installation().request("POST", "/v1/flows/deliver_otp/executions", start_body(number), key);
    EXPECT_TRUE(answer && answer->status / 100 == 2) << (answer ? answer->body : answer.error().message);
    return answer ? json::parse(answer->body, nullptr, false).value("execution", "") : "";
  }
  json execution(const std::string& id) {
    const auto view = installation().execution(id);
    EXPECT_TRUE(view) << (view ? "" : view.error().message);
    return view ? *view : json::object();
  }
  bool ended(const std::string& id) {
    const auto view = installation().execution(id);
    return view && view->contains("end") && !(*view)["end"].is_null();
  }
  // Lines of flowsim's log that have all of these.
  std::size_t lines_with(const std::vector<std::string>& parts) {
    std::ifstream log(installation().flowsim_journal());
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);) {
      count += std::ranges::all_of(parts, [&](const std::string& part) { return line.find(part) != line.npos; });
    }
    return count;
  }
  // Where WhatsApp's reports go.
  void report_to(const std::string& flowd_url) {
    http::ClientRequest request;
    request.method = "PUT";
    request.url = installation().flowsim_url() + "/_webhooks";
    request.headers = {{"content-type", "application/json"}};
    request.body = json{{"whatsapp", flowd_url + "/v1/webhooks/waba_otp"}}.dump();
    const auto told = client_.perform(std::move(request));
    ASSERT_TRUE(told && told->status < 300);
  }
  Outcome flowd(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), FLOW_BIN_DIR "/flowd");
    return testing_support::run_program(arguments, installation().environment());
  }
  Outcome move(const std::string& url) {
    return flowd({"move", "--from", installation().data_folder(), "--to", url, "--config", config_});
  }
  void expect(const Outcome& outcome, int code, std::string_view text) {
    EXPECT_EQ(outcome.exit_code, code) << outcome.output;
    EXPECT_NE(outcome.output.find(text), std::string::npos) << outcome.output;
  }

  testing_support::PostgresServer database_;
  std::string config_ = folder_.file("flowd.toml");
};

TEST_F(Move, EverythingGoesOnInTheDatabase) {
  open_embedded();
  const std::string url = database_.url("flowd");
  report_to("http://127.0.0.1:1");
  const std::string sms = start(us_number(1), "order 1");
  const std::string viber = start(kViberFirst, "order 2");
  const std::string whatsapp = start(kWhatsappFirst, "order 3");
  const std::string erased = start(kErased, "order 4");
  ASSERT_TRUE(eventually([&] { return ended(sms); }));
  ASSERT_TRUE(eventually([&] { return lines_with({"\"report\"", "whatsapp"}) > 0; })) << "and nobody took it";
  const json before = execution(sms);
  expect(move(url), 2, "in use");
  ASSERT_TRUE(installation().stop_flowd());

  expect(move(url), 0, "1 executions that ended and 3 that run");
  expect(move(url), 2, "was moved to");
  expect(flowd({"serve", "--data", installation().data_folder(), "--config", config_}), 2, "was moved to");
  expect(flowd({"inspect", "--data", installation().data_folder(), "--config", config_}), 0, "every byte");

  installation().set_flowd_arguments({"--store", url});
  const Status served = installation().start_flowd();
  ASSERT_TRUE(served) << served.error().message;
  ASSERT_TRUE(eventually([&] {
    const auto ready = installation().request("GET", "/readyz");
    return ready && ready->status == 200;
  }));
  EXPECT_EQ(execution(sms), before);
  EXPECT_EQ(start(us_number(1), "order 1"), sms) << "of one that had ended";
  EXPECT_EQ(start(kViberFirst, "order 2"), viber) << "of one that runs";
  EXPECT_EQ(lines_with({"\"event\":\"message\"", us_number(1)}), 1U);

  report_to(installation().flowd_url());
  ASSERT_TRUE(eventually([&] { return ended(whatsapp); }));
  EXPECT_NE(execution(whatsapp).dump().find("read"), std::string::npos) << "of a message that was sent before";
  ASSERT_TRUE(eventually([&] { return lines_with({"\"event\":\"message\"", "whatsapp", kViberFirst.substr(1)}) > 0; }))
      << "a timer that was set before";
  ASSERT_TRUE(eventually([&] { return ended(viber); }));

  expect(flowd({"erase", "--number", kErased, "--server", installation().flowd_url(), "--token", "env:DEMO_API_TOKEN"}),
         0, "nothing of it any more");
  EXPECT_FALSE(installation().execution(erased));
  EXPECT_FALSE(start(us_number(2), "order 5").empty());
  ASSERT_TRUE(installation().stop_flowd());
}

// What fails half-way leaves the folder whole, and a database that nobody takes for a store.
TEST_F(Move, AMoveThatFailsHalfWayLeavesTheFolderWhole) {
  open_embedded();
  const std::string url = database_.url("flowd");
  const std::string id = start(kViberFirst, "order 1");
  ASSERT_TRUE(installation().stop_flowd());
  installation().set_flowd_arguments({"--store", url});
  ASSERT_TRUE(installation().start_flowd());
  ASSERT_TRUE(installation().stop_flowd());
  // An installation that was not used may be moved into; this one does not take executions.
  database_.sql("flowd",
                "create function flowd.full() returns trigger language plpgsql as $$ begin raise exception 'no room'; "
                "end $$; create trigger full_one before insert on flowd.executions for each row execute function "
                "flowd.full()");
  expect(move(url), 2, "no room");
  expect(move(url), 2, "drop schema flowd cascade");
  expect(flowd({"serve", "--data", folder_.file("cache"), "--store", url, "--config", config_}), 2,
         "drop schema flowd cascade");
  installation().set_flowd_arguments({});
  const Status served = installation().start_flowd();
  ASSERT_TRUE(served) << served.error().message;
  EXPECT_EQ(start(kViberFirst, "order 1"), id);
  ASSERT_TRUE(installation().stop_flowd());
  database_.sql("flowd", "drop schema flowd cascade");
  expect(move(url), 0, "read them back");
  expect(move("/somewhere"), 2, "postgres://");
  expect(flowd({"move", "--from", folder_.file("cache"), "--to", url}), 2, "there is no");
}

}  // namespace
}  // namespace flow::operating
