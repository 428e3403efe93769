// Golden cases: a small source text and the whole of what the compiler says about it.
//
// A case is one text. What stands before the first marker is a flow; each line `// --- name.flow` begins another file.
// What every flow needs and a case does not say is added behind its text, where it moves no line (complete()); a case
// without a `workspace.flow` of its own gets the one of kWorkspace. A line `// repeat N: text` stands for N lines of
// `text`, with `{}` in it counting from 1. A file NAME.baseline is what `--baseline` gives to flowc check.
//
// Expected texts are rewritten by scripts/update-golden, or by any golden test run with FLOW_UPDATE_GOLDEN=1.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/front_end.h"

namespace flow::golden {

struct Outcome {
  std::string rendered;         // as `flowc check` prints it, without colour
  std::set<std::string> codes;  // "F0202"
  std::size_t errors = 0;
  std::size_t warnings = 0;
};

// The files of a case by name, workspace.flow first.
std::vector<std::pair<std::string, std::string>> files_of(std::string_view text);

// A case that was parsed, checked and proven.
struct Checked {
  source::SourceMap sources;
  diagnostics::Sink sink;
  driver::CheckedWorkspace result;
};
void check(std::string_view text, Checked& out);

// The same, as text.
Outcome compile(std::string_view text);

std::filesystem::path source_folder();                     // of the project
std::string read_text(const std::filesystem::path& path);  // fails the test when it cannot

// The names of the cases in a folder, NAME.flow each, sorted.
std::vector<std::string> cases_in(const std::filesystem::path& folder);

// Compares `actual` with the file, or writes it there when FLOW_UPDATE_GOLDEN=1. A difference fails the test and says
// how to accept it.
void expect_golden(const std::filesystem::path& expected, const std::string& actual);
bool updating();

extern const std::string_view kWorkspace;

}  // namespace flow::golden
