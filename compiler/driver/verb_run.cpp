// flowc run FLOW: one execution over written events, effects on standard output.
#include <CLI/CLI.hpp>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/limits.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/engines.h"
#include "compiler/driver/output.h"
#include "compiler/driver/runner.h"
#include "compiler/driver/verb.h"

namespace flow::driver {
namespace {

struct Options {
  std::string environment;
  std::string flow;
  std::vector<std::string> inputs;
  std::string events;
  std::string engine;
  std::string start = "2026-01-01T00:00:00Z";
  std::string region;
  bool reveal = false;
  bool show_events = false;
};

Result<std::string> read_events(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  if (!file) return fail(ErrorCode::io_error, "cannot read `{}`", path);
  std::string text;
  char buffer[64 * 1024];
  while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (text.size() > limits::kEventFileBytesMax)
      return fail(ErrorCode::resource_exhausted, "`{}` is longer than {} bytes", path, limits::kEventFileBytesMax);
  }
  if (file.bad()) return fail(ErrorCode::io_error, "cannot read `{}`", path);
  return text;
}

Result<std::vector<std::pair<std::string, std::string>>> split_inputs(const std::vector<std::string>& inputs) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& input : inputs) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::invalid_argument, "`--input` takes NAME=VALUE, such as customerPhoneNumber=+639171234567");
    out.emplace_back(input.substr(0, equals), input.substr(equals + 1));
  }
  return out;
}

int run(const Options& options) {
  const auto start = parse_instant(options.start);
  if (!start) return could_not_run("`--start`: " + start.error().message);
  const auto texts = split_inputs(options.inputs);
  if (!texts) return could_not_run(texts.error());
  const auto events = read_events(options.events);
  if (!events) return could_not_run(events.error());
  const auto chosen = compile_flow(options.flow, options.environment);
  if (!chosen) return could_not_run(chosen.error());
  if (report(*chosen->compilation, Warnings::leave_to_check)) return kExitFindings;
  const auto inputs = core::read_inputs(*texts, chosen->compilation->module->flows[chosen->flow].info, options.region);
  if (!inputs) return could_not_run(inputs.error());
  const auto program = make_program(choose_engines(options.engine).front(), chosen->compilation->module, chosen->flow);
  if (!program) return could_not_run(program.error());
  const auto lines = run_events(**program, *inputs, *events,
                                {.start_ms = *start, .reveal = options.reveal, .show_events = options.show_events});
  if (!lines) return could_not_run(lines.error());
  if (const Status written = write_output(*lines); !written) return could_not_run(written.error());
  return kExitOk;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("run", "Runs one execution and prints its effects as JSON lines");
  add_environment(*verb, options->environment);
  verb->add_option("FLOW", options->flow, "a flow's file, a folder with one flow, or a flow's name in this folder")
      ->required();
  verb->add_option("-i,--input", options->inputs, "NAME=VALUE: one input; may be given several times")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--events", options->events,
                   "JSON lines of receipts and signals (docs/formats/events.md); - reads "
                   "standard input");
  verb->add_option("--engine", options->engine, "jit or interpreter; by default jit where it is installed")
      ->check(CLI::IsMember({"jit", "interpreter"}));
  verb->add_option("--start", options->start, "when the execution starts")->capture_default_str();
  verb->add_option("--default-region", options->region, "for phone numbers without a country code, such as PH");
  verb->add_flag("--show-events", options->show_events, "print each event before its effects");
  verb->add_flag("--reveal", options->reveal, "print secrets instead of ***");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace flow::driver
