// flowd inspect: what is in a store, and whether it is whole; or what a running flowd does.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "runtime/core/log.h"
#include "runtime/daemon/api_client.h"
#include "runtime/daemon/offline_store.h"
#include "runtime/daemon/one_execution.h"
#include "runtime/daemon/verb.h"
#include "runtime/ingress/answers.h"

namespace flow::daemon {
namespace {

using nlohmann::json;

struct Options {
  ApiOptions api;
  std::string data_folder;
  std::string config_file;
  std::string execution;
};

int inspect_folder(const Options& options) {
  const auto store = offline_store(options.data_folder, options.config_file);
  if (!store) return could_not_run(store.error());
  const Result<store::log::Verified> seen = store::log::verify(*store);
  if (!seen && seen.error().code == ErrorCode::data_loss) return not_well(seen.error().message);
  if (!seen) return could_not_run(seen.error());
  return print(
      fmt::format("{}: every byte is as it was written\nsegments of the log: {}\nframes: {}\nrecords: {}\n"
                  "ended executions: {}\nbundles: {}\n",
                  options.data_folder, seen->segments, seen->frames, seen->records, seen->ended, seen->bundles));
}

int inspect_execution(const Options& options) {
  const auto store = offline_store(options.data_folder, options.config_file);
  if (!store) return could_not_run(store.error());
  const auto id = core::parse_execution_id(options.execution);
  if (!id) return not_well(fmt::format("no execution has the id {}", options.execution));
  core::log::set_level(core::log::Level::warning);
  const auto view = read_execution(*store, *id);
  if (!view && view.error().code == ErrorCode::data_loss) return not_well(view.error().message);
  if (!view) return could_not_run(view.error());
  if (!*view) return not_well(fmt::format("no execution has the id {}", options.execution));
  return print(ingress::to_json(**view).dump(2) + "\n");
}

int inspect_server(const Options& options) {
  Result<ApiClient> api = ApiClient::make(options.api);
  if (!api) return could_not_run(api.error());
  const std::string path = options.execution.empty() ? "/v1/shards" : "/v1/executions/" + options.execution + "/raw";
  const Result<json> answer = api->ask("GET", path);
  if (!answer && answer.error().code == ErrorCode::not_found) {
    return not_well(fmt::format("no execution has the id {}", options.execution));
  }
  if (!answer) return could_not_run(answer.error());
  return print(answer->dump(2) + "\n");
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("inspect", "look into a store that is not in use, or into a running flowd");
  verb->add_option("--data", options->data_folder, "folder of a store: reads every byte of it and changes none");
  verb->add_option("--config", options->config_file,
                   "with --data: the configuration that has the store's sealing keys");
  options->api.add_to(*verb);
  verb->add_option("--execution", options->execution, "this execution, as the store or the running flowd keeps it");
  verb->footer(
      "Without --data a running flowd is asked: for its shards (scope read), or for one execution (scope admin). An "
      "execution is shown as JSON, without the contents of its fields and messages.\n"
      "Exit codes: 0 all is well, 1 the store is damaged or there is no such execution, 2 could not look (the reason "
      "is "
      "on standard error).");
  verb->callback([options, &action] {
    action = [options] {
      if (options->data_folder.empty()) return inspect_server(*options);
      return options->execution.empty() ? inspect_folder(*options) : inspect_execution(*options);
    };
  });
}

}  // namespace flow::daemon
