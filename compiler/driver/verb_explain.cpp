// flowc explain: what a code of `flowc check` means.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/output.h"
#include "compiler/driver/pages.h"
#include "compiler/driver/verb.h"

namespace flow::driver {
namespace {

// F0202, however it was written: f0202, 202, unknown_step.
std::optional<diagnostics::Code> code_named(std::string word) {
  const bool digits = !word.empty() && std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
  if (digits && word.size() <= 4) word = "F" + std::string(4 - word.size(), '0') + word;
  if (word.starts_with('f') && word.size() == 5) word[0] = 'F';
  if (const auto code = diagnostics::find_code(word)) return code;
  for (const diagnostics::CodeInfo& each : diagnostics::all_codes()) {
    if (each.name == word) return each.code;
  }
  return std::nullopt;
}

int run(const std::string& word) {
  std::string out;
  if (word.empty()) {
    for (const diagnostics::CodeInfo& each : diagnostics::all_codes()) {
      out += fmt::format("{}  {:7}  {}\n", diagnostics::code_text(each.code), diagnostics::word_of(each.severity),
                         each.title);
    }
  } else if (const auto code = code_named(word)) {
    out = page_of(*code);
  } else {
    std::vector<std::string> names;
    for (const diagnostics::CodeInfo& each : diagnostics::all_codes()) {
      names.push_back(diagnostics::code_text(each.code));
      names.emplace_back(each.name);
    }
    const std::string near = diagnostics::did_you_mean(word, names);
    return could_not_run(
        fmt::format("there is no code `{}`\n{}", word, near.empty() ? "`flowc explain` alone lists them" : near));
  }
  if (const Status written = write_output(out); !written) return could_not_run(written.error());
  return kExitOk;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto word = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("explain", "Says what a code means: what was seen, why it matters, wrong and right");
  verb->add_option("CODE", *word, "as flowc prints it, F0202; none: lists them all");
  verb->footer("Exit codes: 0 printed, 2 there is no such code.\n\n  flowc explain F0202");
  verb->callback([word, &action] { action = [word] { return run(*word); }; });
}

}  // namespace flow::driver
