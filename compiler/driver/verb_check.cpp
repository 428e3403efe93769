// flowc check: what the compiler has to say about workspaces.
#include <map>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "compiler/diagnostics/json.h"
#include "compiler/diagnostics/render.h"
#include "compiler/driver/baseline.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::driver {
namespace {

enum class Format { text, json };

struct Options {
  std::string environment;
  std::vector<std::string> paths;
  Format format = Format::text;
  std::vector<std::string> deny;
  ColorChoice color = ColorChoice::automatic;
  std::string baseline;
  std::string write_baseline;
};

std::string plural(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// "deliver_otp: 3 messages at most, the last 1m30s after the start"
std::string facts(const prove::Certificate& certificate) {
  const prove::Bound& messages = certificate.messages;
  if (messages.at_most == 0) return fmt::format("{}: sends no message\n", certificate.flow);
  const bool exact =
      messages.exact() && certificate.last_send_ms.exact() && (!certificate.cost || certificate.cost->exact());
  const std::string cost =
      certificate.cost ? ", " + program::money_text(certificate.cost->at_most, certificate.currency) : "";
  return fmt::format("{}: {}{} at most, the last send {} after the start at the latest{}\n", certificate.flow,
                     plural(static_cast<std::size_t>(messages.at_most), "message"), cost,
                     program::duration_text(certificate.last_send_ms.at_most),
                     exact ? "" : " (a safe bound, maybe not reached)");
}

Result<Baseline> read_baseline(const std::string& path, source::SourceMap& sources) {
  auto text = source::read_source(path);
  if (!text) return std::unexpected(text.error());
  return Baseline::read(sources, sources.add(path, std::move(*text)));
}

// What is left to do with a baseline when all is checked: what `run` prints of it.
Result<std::string> finish(const Options& options, const Baseline& baseline, const source::SourceMap& sources,
                           diagnostics::Sink& sink) {
  // With errors, checks were left out: nothing can be said of what they would have found.
  if (!options.write_baseline.empty()) {
    if (sink.has_errors()) return fmt::format("`{}` was not written: mend the errors first\n", options.write_baseline);
    if (const Status written = write_file(options.write_baseline, baseline.text()); !written) {
      return std::unexpected(written.error());
    }
    return fmt::format("{} written to `{}`\n", plural(baseline.findings(), "finding"), options.write_baseline);
  }
  if (!sink.has_errors()) baseline.report_stale(sources, sink);
  return "";
}

int run(const Options& options) {
  source::SourceMap sources;
  auto workspaces = load_workspaces(options.paths, sources);
  if (!workspaces) return could_not_run(workspaces.error());
  diagnostics::Sink sink;
  Baseline baseline;
  if (!options.baseline.empty()) {
    auto read = read_baseline(options.baseline, sources);
    if (!read) return could_not_run(read.error());
    baseline = std::move(*read);
    sink.waive_with([&](diagnostics::Code code, source::Span place, std::string_view message) {
      return baseline.waives(sources, code, place, message);
    });
  } else if (!options.write_baseline.empty()) {
    sink.waive_with([&](diagnostics::Code code, source::Span place, std::string_view message) {
      baseline.record(sources, code, place, message);
      return true;
    });
  }
  std::string proven;
  std::size_t flows = 0;
  for (WorkspaceFiles& files : *workspaces) {
    files.environment = options.environment;
    const CheckedWorkspace checked = check_files(files, sources, sink);
    flows += checked.workspace->flows.size();
    for (const prove::Certificate& certificate : checked.certificates) proven += facts(certificate);
  }
  const auto finished = finish(options, baseline, sources, sink);
  if (!finished) return could_not_run(finished.error());
  std::string out;
  if (options.format == Format::json) {
    out = diagnostics::to_json(sources, sink);
  } else {
    out = diagnostics::render(sources, sink, {.color = use_color(options.color, stdout)});
    const std::string waived = sink.waived() == 0 ? "" : fmt::format(", {} waived", plural(sink.waived(), "finding"));
    if (!sink.has_errors()) out += fmt::format("{}{}: no errors{}\n", proven, plural(flows, "flow"), waived);
    out += *finished;
  }
  if (const Status written = write_output(out); !written) return could_not_run(written.error());
  const bool denied = !options.deny.empty() && sink.warnings() > 0;
  return sink.has_errors() || denied ? kExitFindings : kExitOk;
}

constexpr const char* kFooter =
    "Checks names, types, settings, arms, paths, regions and texts, and proves the flows' guarantees.\n"
    "A folder stands for all its flows, a .flow file for itself with the workspace that it lies in.\n"
    "Exit codes: 0 no errors, 1 errors (with --deny warnings: or warnings), 2 could not run.\n"
    "The JSON document is described in docs/formats/diagnostics.md, baselines in docs/formats/baseline.md.\n"
    "`flowc explain CODE` says what a code means.\n\n"
    "  flowc check flows/otp\n"
    "  flowc check flows/otp/deliver_otp.flow --deny warnings\n"
    "  flowc check flows/otp --format json\n"
    "  flowc check flows/otp --write-baseline otp.baseline\n"
    "  flowc check flows/otp --baseline otp.baseline --deny warnings";

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("check", "Checks workspaces and proves the guarantees of their flows");
  verb->footer(kFooter);
  add_environment(*verb, options->environment);
  verb->add_option("PATHS", options->paths, "workspace folders or .flow files (default: the current folder)");
  const std::map<std::string, Format> formats = {{"text", Format::text}, {"json", Format::json}};
  verb->add_option("--format", options->format, "text or json (default: text)")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description(""))
      ->type_name("FORMAT");
  verb->add_option("--deny", options->deny, "`warnings`: exit 1 when there are warnings, too")
      ->check(CLI::IsMember({"warnings"}).description(""))
      ->type_name("WHAT")
      ->expected(1);
  const std::map<std::string, ColorChoice> colors = {
      {"auto", ColorChoice::automatic}, {"always", ColorChoice::always}, {"never", ColorChoice::never}};
  verb->add_option("--color", options->color, "auto, always or never (default: auto, on a terminal without NO_COLOR)")
      ->transform(CLI::CheckedTransformer(colors, CLI::ignore_case).description(""))
      ->type_name("WHEN");
  CLI::Option* baseline =
      verb->add_option("--baseline", options->baseline, "show only the warnings and notes that are not in this file");
  baseline->type_name("FILE");
  verb->add_option("--write-baseline", options->write_baseline, "write all warnings and notes to this file")
      ->type_name("FILE")
      ->excludes(baseline);
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace flow::driver
