// flowd erase: makes a running flowd forget a person.
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "runtime/daemon/api_client.h"
#include "runtime/daemon/verb.h"

namespace flow::daemon {
namespace {

using nlohmann::json;

struct Options {
  ApiOptions api;
  std::string number;
  int wait_s = 300;
};

// Until no shard of that flowd has bytes of somebody who was erased in its log. False: not within the time.
Result<bool> wait_until_purged(ApiClient& api, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (true) {
    const Result<json> answer = api.ask("GET", "/v1/shards");
    if (!answer) return std::unexpected(answer.error());
    bool purging = false;
    for (const json& shard : answer->value("shards", json::array())) purging |= shard.value("purging", false);
    if (!purging) return true;
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

int erase(const Options& options) {
  Result<ApiClient> api = ApiClient::make(options.api);
  if (!api) return could_not_run(api.error());
  std::string number = options.number;
  if (number.starts_with('+')) number.replace(0, 1, "%2B");
  const Result<json> erased = api->ask("DELETE", "/v1/parties/" + number);
  if (!erased) return could_not_run(erased.error());
  const int told = print(fmt::format("erased: {} executions forgotten, {} of them were running\n",
                                     erased->value("erased", 0), erased->value("ended", 0)));
  if (told != kDone || options.wait_s == 0) return told;
  const Result<bool> purged = wait_until_purged(*api, options.wait_s);
  if (!purged) return could_not_run(purged.error());
  if (!*purged) {
    return not_well(fmt::format(
        "erased, but after {} s the log's files still have bytes of it; `flowd inspect --server` shows when `purging` "
        "is over",
        options.wait_s));
  }
  return print("the store's files have nothing of it any more\n");
}

}  // namespace

void add_erase(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("erase", "make a running flowd forget a person, by number");
  verb->add_option("--number", options->number, "the person's number, in the form of E.164: +639171234567")->required();
  options->api.add_to(*verb);
  verb->add_option("--wait", options->wait_s, "seconds to wait until the store's files are free of it; 0: none")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  verb->footer(
      "Ends what runs for the number, and forgets it and everything that ended. Needs a token with the scope admin.\n"
      "Exit codes: 0 done, 1 erased but the files are not free of it yet, 2 not erased (the reason is on standard "
      "error).");
  verb->callback([options, &action] { action = [options] { return erase(*options); }; });
}

}  // namespace flow::daemon
