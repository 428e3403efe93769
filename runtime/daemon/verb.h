// A verb of flowd: `flowd serve`, `flowd inspect`, … Each is a file verb_NAME.cpp that defines one function `add_NAME`
// (base/command_line); verbs.cpp lists them in the order of `flowd --help`.
#pragma once

#include <string_view>
#include <vector>

#include "base/command_line/command_line.h"
#include "base/result.h"

namespace flow::daemon {

using command_line::Action;
using command_line::AddVerb;

// Exit codes (docs/operating.md).
inline constexpr int kDone = 0;         // serve: asked to stop, and did
inline constexpr int kNotWell = 1;      // what was looked at is not well: not ready, damaged, not found
inline constexpr int kCouldNotRun = 2;  // nothing was done; standard error says why and what to do
inline constexpr int kStoreFailed = 3;  // serve, while serving: restart it, the store tells where everything stands

const std::vector<AddVerb>& verbs();

// "flowd: <message>" on standard error; the exit code.
int could_not_run(std::string_view why);
int could_not_run(const Error& error);
// The same for kNotWell.
int not_well(std::string_view what);

// All of `text` on standard output; kDone, or could_not_run when it does not take it.
int print(std::string_view text);

}  // namespace flow::daemon
