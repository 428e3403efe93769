// flowc build DIR -o BUNDLE: a workspace as one file that flowd takes.
#include <CLI/CLI.hpp>
#include <string>

#include "compiler/bundle/bundle.h"
#include "compiler/driver/build.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"

namespace flow::driver {
namespace {

struct Options {
  std::string environment;
  std::string folder = ".";
  std::string output;
};

int build(const Options& options) {
  const auto compilation = compile(options.folder, Tests::leave_out, options.environment);
  if (!compilation) return could_not_run(compilation.error());
  if (report(**compilation, Warnings::print)) return kExitFindings;
  const auto bytes = make_bundle(**compilation);
  if (!bytes) {
    const int failed = could_not_run("no bundle was made: " + bytes.error().message);
    return bytes.error().code == ErrorCode::failed_precondition ? kExitFindings : failed;
  }
  if (const Status written = write_file(options.output, *bytes); !written) return could_not_run(written.error());
  const Status told = write_output(fmt::format("{}  {}\n", bundle::version_of(*bytes), options.output));
  return told ? kExitOk : could_not_run(told.error());
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("build", "Compiles and proves a workspace into a bundle, and prints its version");
  add_environment(*verb, options->environment);
  verb->add_option("DIR", options->folder, "the workspace")->capture_default_str();
  verb->add_option("-o,--output", options->output, "the bundle to write")->required();
  verb->callback([options, &action] { action = [options] { return build(*options); }; });
}

}  // namespace flow::driver
