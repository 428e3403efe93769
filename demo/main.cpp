// flow-demo: the tutorial flow from text to messages, live, with a kill -9 in the middle.
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "demo/installation.h"
#include "demo/story.h"

namespace flow::demo {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr double kClockRate = 6;            // 62 seconds of the flow in about ten
constexpr std::int64_t kKillAtMs = 38'000;  // the Philippine execution waits for WhatsApp's receipt then
constexpr milliseconds kPatience{25'000};

// What the simulated world does with each message.
constexpr const char* kRules = R"(
[[rules]]                        # in the Philippines nothing is delivered but SMS
channel = "viber"
region = "PH"
reports = [{ status = "sent", after = "1s" }]

[[rules]]
channel = "whatsapp"
region = "PH"
reports = [{ status = "sent", after = "1s" }]

[[rules]]                        # in Malaysia WhatsApp is delivered and read
channel = "whatsapp"
region = "MY"
reports = [{ status = "sent", after = "1s" }, { status = "delivered", after = "3s" }, { status = "read", after = "14s" }]

[[rules]]
channel = "sms"
reports = [{ status = "sent", after = "2s" }]
)";

// What must come out of it; the demo fails otherwise.
struct Expected {
  Actor actor;
  std::vector<std::string> sends;
};

Expected expected(std::string label, std::string number, std::vector<std::string> sends) {
  Expected made;
  made.actor.label = std::move(label);
  made.actor.number = std::move(number);
  made.sends = std::move(sends);
  return made;
}

std::vector<Expected> cast() {
  return {expected("PH", "+63 917 123 4567", {"viber_ph", "whatsapp_ph", "sms"}),
          expected("MY", "0060 12-333 4444", {"whatsapp_my"}), expected("US", "+1 (415) 555-2671", {"sms"}),
          expected("ML", "+223 65 01 23 45", {"sms"}), expected("??", "12345", {})};
}

class Demo {
 public:
  Demo(std::string workspace, std::string folder, bool color)
      : workspace_(std::move(workspace)),
        color_(color),
        installation_({.programs = own_folder(),
                       .folder = std::move(folder),
                       .clock_rate = kClockRate,
                       .script = kRules,
                       .flowsim_arguments = {},
                       .flowd_arguments = {}}),
        cast_(cast()) {}

  Status run() {
    if (auto done = compile(); !done) return done;
    if (auto done = start_servers(); !done) return done;
    if (auto done = trigger(); !done) return done;
    if (auto done = follow(); !done) return done;
    if (auto done = installation_.stop_flowd(); !done) return done;
    return judge();
  }

 private:
  void heading(int number, const std::string& text) const {
    fmt::print("\n{}{}. {}{}\n", color_ ? "\x1b[1m" : "", number, text, color_ ? "\x1b[0m" : "");
    std::fflush(stdout);
  }

  Status compile() {
    heading(1, "flowc check " + workspace_);
    const auto checked = installation_.flowc({"check", workspace_, "--color", color_ ? "always" : "never"});
    if (!checked) return std::unexpected(checked.error());
    fmt::print("{}", *checked);
    heading(2, "flowc build " + workspace_ + " -o otp.bundle");
    const auto built = installation_.flowc({"build", workspace_, "-o", installation_.file("otp.bundle")});
    if (!built) return std::unexpected(built.error());
    fmt::print("   {} bytes\n", std::filesystem::file_size(installation_.file("otp.bundle")));
    return {};
  }

  Status start_servers() {
    heading(3, "flowsim and flowd on loopback, the clock six times as fast");
    if (auto started = installation_.start_flowsim(); !started) return started;
    if (auto started = installation_.start_flowd(); !started) return started;
    fmt::print("   flowsim plays the providers on {}\n   flowd serves on {}\n", installation_.flowsim_url(),
               installation_.flowd_url());
    heading(4, "flowc deploy otp.bundle --publish");
    const auto deployed =
        installation_.flowc({"deploy", installation_.file("otp.bundle"), "--server", installation_.flowd_url(),
                             "--token", "env:DEMO_API_TOKEN", "--publish"});
    if (!deployed) return std::unexpected(deployed.error());
    std::istringstream said(*deployed);
    for (std::string line; std::getline(said, line);) fmt::print("   {}\n", line);
    return {};
  }

  Status trigger() {
    heading(5, "POST /v1/flows/deliver_otp/executions, for five numbers");
    int code = 482'913;
    for (Expected& each : cast_) {
      Actor& actor = each.actor;
      const json body = {
          {"inputs", {{"customerPhoneNumber", actor.number}, {"verificationCode", std::to_string(code)}}}};
      code = (code * 7 + 13) % 1'000'000;
      const auto answer =
          installation_.request("POST", "/v1/flows/deliver_otp/executions", body.dump(), "demo-" + actor.label);
      if (!answer) return std::unexpected(answer.error());
      const json said = json::parse(answer->body, nullptr, false);
      if (answer->status / 100 == 2) {
        actor.execution = said.at("execution").get<std::string>();
        fmt::print("   {:<4}{:<20} {} execution {}\n", actor.label, actor.number, answer->status, actor.execution);
        if (begin_ms_ == 0) started_ = std::chrono::steady_clock::now();
        if (begin_ms_ == 0) begin_ms_ = parse_instant(said.at("started_at").get<std::string>()).value_or(0);
      } else {
        const std::string why = said.is_object() ? said.value("detail", said.value("title", "")) : answer->body;
        fmt::print("   {:<4}{:<20} {} refused: {}\n", actor.label, actor.number, answer->status, why);
        actor.ended = true;
        actor.end = std::to_string(answer->status);
      }
    }
    return {};
  }

  // Prints what is new in the timelines until all have ended; kills flowd on the way.
  Status follow() {
    heading(6, "What happens (seconds of the flow's clock)");
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::any_of(cast_.begin(), cast_.end(), [](const Expected& e) { return !e.actor.ended; })) {
      if (std::chrono::steady_clock::now() > until) {
        return fail(ErrorCode::unavailable, "not every execution ended; flowd's log is {}", installation_.flowd_log());
      }
      if (auto told = tell(); !told) return told;
      if (!killed_ && elapsed_ms() >= kKillAtMs) {
        if (auto done = kill_and_restart(); !done) return done;
      }
      std::this_thread::sleep_for(milliseconds(50));
    }
    return {};
  }

  std::int64_t elapsed_ms() const {
    const auto real = std::chrono::steady_clock::now() - started_;
    return static_cast<std::int64_t>(static_cast<double>(std::chrono::duration_cast<milliseconds>(real).count()) *
                                     kClockRate);
  }

  Status tell() {
    std::vector<Line> lines;
    for (Expected& each : cast_) {
      if (each.actor.ended) continue;
      const auto view = installation_.execution(each.actor.execution);
      if (!view) return std::unexpected(view.error());
      const auto some = new_lines(*view, each.actor);
      lines.insert(lines.end(), some.begin(), some.end());
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.at_ms < b.at_ms; });
    for (const Line& line : lines) fmt::print("{}\n", render(line, begin_ms_, color_));
    std::fflush(stdout);
    return {};
  }

  Status kill_and_restart() {
    killed_ = true;
    fmt::print("{}           kill -9 flowd{}\n", color_ ? "\x1b[1;31m" : "", color_ ? "\x1b[0m" : "");
    installation_.kill_flowd();
    const auto begin = std::chrono::steady_clock::now();
    if (auto started = installation_.start_flowd(); !started) return started;
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    fmt::print("           flowd is back after {} ms: every execution goes on, its timers too\n", took.count());
    return {};
  }

  // The timelines, and flowsim's own journal, say the same.
  Status judge() {
    heading(7, "What the providers got");
    std::map<std::string, int> taken;  // channel and number → messages
    std::ifstream journal(installation_.flowsim_journal());
    int messages = 0;
    for (std::string text; std::getline(journal, text);) {
      const json entry = json::parse(text, nullptr, false);
      if (!entry.is_object() || entry.value("event", "") != "message") continue;
      ++messages;
      ++taken[entry.value("channel", "") + " to " + entry.value("to", "")];
    }
    for (const auto& [what, count] : taken) fmt::print("   {} × {}\n", count, what);
    for (const Expected& each : cast_) {
      const Actor& actor = each.actor;
      const std::string end = actor.execution.empty() ? "422" : "done";
      if (actor.sends != each.sends || actor.end != end) {
        return fail(ErrorCode::internal, "{}: sent on [{}] and ended as {}; expected [{}] and {}", actor.label,
                    fmt::join(actor.sends, ", "), actor.end, fmt::join(each.sends, ", "), end);
      }
    }
    if (messages != 6 || taken.size() != 6) {
      return fail(ErrorCode::internal, "the providers got {} messages, expected 6 different ones", messages);
    }
    fmt::print("\nFour executions, six messages, none lost and none twice, in spite of the kill.\n");
    return {};
  }

  std::string workspace_;
  bool color_;
  Installation installation_;
  std::vector<Expected> cast_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::int64_t begin_ms_ = 0;
  bool killed_ = false;
};

int run(int argc, char** argv) {
  CLI::App app{
      "Runs the tutorial flow end to end on this machine, with simulated providers and a kill -9 in the middle",
      "flow-demo"};
  std::string workspace = "flows/otp";
  bool keep = false;
  app.add_option("WORKSPACE", workspace, "the tutorial's folder")->capture_default_str();
  app.add_flag("--keep", keep, "keep the folder with the store, logs and configuration, and say where it is");
  CLI11_PARSE(app, argc, argv);

  std::string folder = (std::filesystem::temp_directory_path() / "flow-demo-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "flow-demo: cannot make a temporary folder\n");
    return 2;
  }
  const Status done = Demo(workspace, folder, ::isatty(STDOUT_FILENO) != 0).run();
  if (!done) fmt::print(stderr, "flow-demo: {}\n", done.error().message);
  if (keep || !done) {
    fmt::print(stderr, "flow-demo: everything is in {}\n", folder);
  } else {
    std::filesystem::remove_all(folder);
  }
  return done ? 0 : 1;
}

}  // namespace
}  // namespace flow::demo

int main(int argc, char** argv) {
  try {
    return flow::demo::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flow-demo: cannot go on: %s\n", error.what());
    return 2;
  }
}
