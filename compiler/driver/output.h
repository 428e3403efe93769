// How flowc speaks: results on standard output, complaints on standard error, and the exit codes.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::driver {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFindings = 1;     // the flows have errors
inline constexpr int kExitCouldNotRun = 2;  // wrong arguments, unreadable files, a full disk

enum class ColorChoice { automatic, always, never };

// Whether to colour what goes to `stream`: as chosen, else when it is a terminal, NO_COLOR is unset or empty and TERM
// is not "dumb".
bool use_color(ColorChoice choice, std::FILE* stream);

// Writes all of `text` to standard output and flushes it. A full disk or a closed pipe is an error.
Status write_output(std::string_view text);

// A bundle's bytes. not_found: it cannot be read; resource_exhausted: it has more than limits::kBundleBytesMax.
Result<std::string> read_bundle_file(const std::string& path);

// Writes `bytes` to `path` in one step: whoever reads it finds the old file or the whole new one.
Status write_file(const std::string& path, std::string_view bytes);

// "flowc: <message>" on standard error, control characters made visible, and kExitCouldNotRun to return.
int could_not_run(std::string_view message);
int could_not_run(const Error& error);

}  // namespace flow::driver
