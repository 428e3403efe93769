// flowc test: runs *.test.flow on a virtual clock (docs/language/tests.md).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "compiler/diagnostics/display.h"
#include "compiler/diagnostics/render.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/engines.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "compiler/test/coverage.h"
#include "compiler/test/one_flow.h"
#include "compiler/test/report.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string environment;
  std::vector<std::string> paths;
  std::string engine;
  std::string only;
  bool coverage = false;
  std::optional<double> min_coverage;
  std::string junit;
};

// Which tests the paths mean: all of a folder, those of a file of tests, those of a flow.
class Selection {
 public:
  explicit Selection(const std::vector<std::string>& paths) {
    for (const std::string& path : paths.empty() ? std::vector<std::string>{"."} : paths) {
      const fs::path given = fs::path(path).lexically_normal();
      std::error_code error;
      const bool flow = fs::is_regular_file(given, error) && given.extension() == ".flow" && !is_test_file(path) &&
                        given.filename() != "workspace.flow";
      const bool workspace = given.filename() == "workspace.flow";
      // A flow's tests may be in any file of the folder.
      const fs::path folder = given.has_parent_path() ? given.parent_path() : fs::path(".");
      load_.push_back(flow || workspace ? folder.string() : path);
      named_.insert(identity(workspace ? folder : given));
    }
  }

  const std::vector<std::string>& load() const { return load_; }

  bool has_folder(const WorkspaceFiles& files) const { return named_.contains(identity(files.folder)); }

  bool has(const test::Test& test, const WorkspaceFiles& files, const source::SourceMap& sources) const {
    return has_folder(files) || named_.contains(identity(sources.file(test.span.file).path())) ||
           named_.contains(identity(sources.file(test.flow->file).path()));
  }

 private:
  static std::string identity(const fs::path& path) {
    std::error_code error;
    const fs::path result = fs::canonical(path, error);
    return error ? path.string() : result.string();
  }

  std::vector<std::string> load_;
  std::set<std::string> named_;
};

class Session {
 public:
  Session(const Options& options, const Selection& selection, const source::SourceMap& sources)
      : options_(options), selection_(selection), sources_(sources), engines_(choose_engines(options.engine)) {}

  Status run(const WorkspaceFiles& files, const CheckedWorkspace& checked) {
    const check::Workspace& workspace = *checked.workspace;
    std::map<const check::Flow*, std::vector<const test::Test*>> by_flow;
    if (selection_.has_folder(files)) {
      for (const auto& flow : workspace.flows) by_flow[flow.get()];
    }
    std::vector<const test::Test*> tests;
    for (const test::Test& test : checked.tests) {
      const bool wanted = test.name.find(options_.only) != std::string::npos;
      if (!wanted || !selection_.has(test, files, sources_)) continue;
      tests.push_back(&test);
      by_flow[test.flow].push_back(&test);
    }
    if (tests.empty()) return {};
    const auto module = lower_checked(workspace);
    for (const test::Test* test : tests) {
      if (Status status = run(*test, workspace, module); !status) return status;
    }
    if (!options_.coverage) return {};
    for (const auto& flow : workspace.flows) {
      const auto found = by_flow.find(flow.get());
      if (found != by_flow.end()) cover(workspace, *flow, found->second);
    }
    return {};
  }

  const std::string& text() const { return text_; }
  const std::string& coverage() const { return coverage_; }
  const std::vector<test::Report>& reports() const { return reports_; }
  std::size_t tests() const { return tests_; }
  std::size_t failed() const { return failed_; }
  bool covered() const { return covered_; }

 private:
  Status run(const test::Test& test, const check::Workspace& workspace,
             const std::shared_ptr<const ir::Module>& module) {
    std::vector<test::Report> reports;
    for (const std::string& engine : engines_) {
      const auto program = program_of(engine, workspace, module, test);
      if (!program) return std::unexpected(program.error());
      reports.push_back({&test, engine, test::run(test, workspace, **program)});
    }
    const auto lines = [&](const test::Report& report) {
      return report.outcome.refused + test::timeline(test, report.outcome, sources_);
    };
    const bool agree = std::ranges::all_of(
        reports, [&](const test::Report& report) { return lines(report) == lines(reports.front()); });
    if (agree) {
      reports.resize(1);
      reports.front().engine.clear();
    }
    const bool passed = agree && reports.front().outcome.passed;
    ++tests_;
    failed_ += passed ? 0 : 1;
    if (!agree) {
      text_ += fmt::format("the engines disagree: {}\n", diagnostics::printable(test.name));
      // A difference is a failure, whatever the test says of each.
      for (test::Report& report : reports) report.outcome.passed = false;
    }
    for (test::Report& report : reports) {
      text_ += passed ? fmt::format("ok: {}\n", diagnostics::printable(test.name)) : test::failure(report, sources_);
      reports_.push_back(std::move(report));
    }
    return {};
  }

  Result<const program::Program*> program_of(const std::string& engine, const check::Workspace& workspace,
                                             const std::shared_ptr<const ir::Module>& module, const test::Test& test) {
    const check::Flow& flow = *test.flow;
    if (!test.choices.empty()) {
      const auto chosen = lower_checked(test::one_flow(workspace, test::with_choices(flow, test.choices)));
      auto made = make_program(engine, chosen, 0);
      if (!made) return std::unexpected(std::move(made.error()));
      return chosen_.emplace_back(std::move(*made)).get();
    }
    auto& program = programs_[{engine, &flow}];
    if (program == nullptr) {
      const auto place = std::ranges::find_if(workspace.flows, [&](const auto& one) { return one.get() == &flow; });
      auto made = make_program(engine, module, static_cast<std::size_t>(place - workspace.flows.begin()));
      if (!made) return std::unexpected(std::move(made.error()));
      program = std::move(*made);
    }
    return program.get();
  }

  void cover(const check::Workspace& workspace, const check::Flow& flow, const std::vector<const test::Test*>& tests) {
    test::Coverage coverage(workspace, flow);
    if (coverage.arms().empty()) return;
    const auto program = make_program(kInterpreter, lower_checked(coverage.workspace()), 0);
    for (const test::Test* test : tests) {
      if (test->choices.empty()) {
        coverage.count(test::run(*test, workspace, **program));
        continue;
      }
      const check::Flow& counted = *coverage.workspace().flows.front();
      const auto chosen = test::one_flow(workspace, test::with_choices(counted, test->choices));
      coverage.count(test::run(*test, workspace, **make_program(kInterpreter, lower_checked(chosen), 0)));
    }
    const std::size_t all = coverage.arms().size();
    // Rounded down: 100 is all of them.
    const std::size_t tenths = coverage.taken() * 1000 / all;
    coverage_ +=
        fmt::format("{}: {} of {} arms taken ({}.{} %)\n", flow.name, coverage.taken(), all, tenths / 10, tenths % 10);
    const source::File& file = sources_.file(flow.file);
    for (const test::Arm& arm : coverage.arms()) {
      if (arm.taken == 0)
        coverage_ +=
            fmt::format("  not taken: {} ({}:{})\n", arm.name, file.path(), file.position(arm.span.begin).line);
    }
    if (!options_.min_coverage || static_cast<double>(tenths) / 10 >= *options_.min_coverage) return;
    covered_ = false;
    coverage_ += fmt::format("  less than the {} % asked for\n", *options_.min_coverage);
  }

  const Options& options_;
  const Selection& selection_;
  const source::SourceMap& sources_;
  const std::vector<std::string> engines_;
  std::map<std::pair<std::string, const check::Flow*>, std::unique_ptr<program::Program>> programs_;
  std::vector<std::unique_ptr<program::Program>> chosen_;  // of tests that choose; a program each
  std::string text_;
  std::string coverage_;
  std::vector<test::Report> reports_;
  std::size_t tests_ = 0;
  std::size_t failed_ = 0;
  bool covered_ = true;
};

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::io_error, "cannot write `{}`", path);
  return {};
}

std::string summary(std::size_t tests, std::size_t failed) {
  const std::string all = fmt::format("{} test{}", tests, tests == 1 ? "" : "s");
  return failed == 0 ? fmt::format("{} passed\n", all) : fmt::format("{} of {} failed\n", failed, all);
}

int run(const Options& options) {
  const Selection selection(options.paths);
  source::SourceMap sources;
  auto workspaces = load_workspaces(selection.load(), sources);
  if (!workspaces) return could_not_run(workspaces.error());
  diagnostics::Sink sink;
  std::vector<CheckedWorkspace> checked;
  for (WorkspaceFiles& files : *workspaces) {
    files.environment = options.environment;
    checked.push_back(check_files(files, sources, sink));
  }
  if (sink.has_errors()) {
    const bool color = use_color(ColorChoice::automatic, stderr);
    fmt::print(stderr, "{}", diagnostics::render(sources, sink, {.color = color}));
    return kExitFindings;
  }
  Session session(options, selection, sources);
  for (std::size_t i = 0; i < checked.size(); ++i) {
    if (const Status status = session.run((*workspaces)[i], checked[i]); !status) return could_not_run(status.error());
  }
  if (session.tests() == 0)
    return could_not_run(options.only.empty() ? "there are no tests: they are in files NAME.test.flow beside the flows"
                                              : fmt::format("no test has `{}` in its name", options.only));
  if (!options.junit.empty()) {
    const Status written = write_file(options.junit, test::junit(session.reports(), sources));
    if (!written) return could_not_run(written.error());
  }
  const std::string out = session.text() + summary(session.tests(), session.failed()) + session.coverage();
  if (const Status written = write_output(out); !written) return could_not_run(written.error());
  return session.failed() == 0 && session.covered() ? kExitOk : kExitFindings;
}

constexpr const char* kFooter =
    "A folder stands for all its tests, a file of tests for itself, a flow for the tests that are for it.\n"
    "Exit codes: 0 all passed, 1 a test failed, too few arms were taken, or the files have errors, 2 could not run\n"
    "(no tests there are included).\n\n"
    "  flowc test flows/otp\n"
    "  flowc test flows/otp --engine both --coverage --min-coverage 90 --junit results.xml";

}  // namespace

void add_test(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("test", "Runs the tests of flows on a virtual clock");
  verb->footer(kFooter);
  add_environment(*verb, options->environment);
  verb->add_option("PATHS", options->paths, "workspace folders, *.test.flow files or flows (default: this folder)");
  verb->add_option("--only", options->only, "the tests with this text in their name")->type_name("TEXT");
  verb->add_option("--engine", options->engine, "interpreter, jit or both; by default jit where it is installed")
      ->check(CLI::IsMember({kInterpreter, kJit, "both"}).description(""))
      ->type_name("ENGINE");
  verb->add_flag("--coverage", options->coverage, "list the arms that no test takes");
  verb->add_option_function<double>(
          "--min-coverage",
          [options](double percent) {
            options->min_coverage = percent;
            options->coverage = true;
          },
          "exit 1 when the tests of a flow take less of its arms")
      ->check(CLI::Range(0.0, 100.0).description(""))
      ->type_name("PERCENT");
  verb->add_option("--junit", options->junit, "also write the results as JUnit XML")->type_name("FILE");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace flow::driver
