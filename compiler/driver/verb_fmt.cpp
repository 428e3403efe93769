// flowc fmt: .flow files in the canonical layout (docs/language/layout.md).
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/limits.h"
#include "compiler/diagnostics/render.h"
#include "compiler/driver/line_diff.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStandardInput = "-";

struct Options {
  std::vector<std::string> paths;
  bool check = false;
  bool diff = false;
};

Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      std::error_code ignored;
      if (!name.starts_with('.') && name.ends_with(".flow") && !it->is_directory(ignored)) {
        inside.push_back(path == "." ? name : it->path().string());
      }
      if (inside.size() > limits::kWorkspaceFilesMax) {
        return fail(ErrorCode::resource_exhausted, "`{}` holds more than {} .flow files", path,
                    limits::kWorkspaceFilesMax);
      }
    }
    if (error) return fail(ErrorCode::io_error, "cannot list `{}`: {}", path, error.message());
    if (inside.empty()) return fail(ErrorCode::not_found, "`{}` holds no .flow file", path);
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 65536> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
    text.append(buffer.data(), count);
    if (text.size() > limits::kSourceBytesMax) {
      return fail(ErrorCode::resource_exhausted, "standard input is larger than {} bytes", limits::kSourceBytesMax);
    }
  }
  if (std::ferror(stdin) != 0) return fail(ErrorCode::io_error, "cannot read standard input: {}", std::strerror(errno));
  return text;
}

Status write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(ErrorCode::io_error, "{}", std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// All or nothing: a full disk leaves the author's file as it was. Links are followed, permissions stay.
Status replace_file(const std::string& path, std::string_view text) {
  std::error_code error;
  const fs::path target = fs::canonical(path, error);
  if (error) return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, error.message());
  struct stat before{};
  if (::access(target.c_str(), W_OK) != 0 || ::stat(target.c_str(), &before) != 0) {
    return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, std::strerror(errno));
  }
  std::string temporary = (target.parent_path() / ".flowc-fmt-XXXXXX").string();
  const int file = ::mkstemp(temporary.data());
  if (file < 0) return fail(ErrorCode::io_error, "cannot write beside `{}`: {}", path, std::strerror(errno));
  Status status = write_all(file, text);
  if (::fchmod(file, before.st_mode & 07777U) != 0 && status) {
    status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  }
  if (::close(file) != 0 && status) status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  if (status && ::rename(temporary.c_str(), target.c_str()) != 0) {
    status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  }
  if (status) return {};
  ::unlink(temporary.c_str());
  return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, status.error().message);
}

// The canonical text, or nothing when there are syntax errors, which go to standard error.
std::optional<std::string> formatted(const std::string& name, const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add(name, text), sink);
  if (file && !sink.has_errors()) return syntax::format(*file);
  const bool color = use_color(ColorChoice::automatic, stderr);
  fmt::print(stderr, "{}", diagnostics::render(sources, sink, {.color = color}));
  return std::nullopt;
}

int fmt_standard_input(const Options& options) {
  const auto text = read_standard_input();
  if (!text) return could_not_run(text.error());
  if (const std::size_t bad = source::find_malformed_utf8(*text); bad != std::string_view::npos) {
    return could_not_run(fmt::format("standard input is not UTF-8 text: byte {} is 0x{:02X}", bad,
                                     static_cast<unsigned char>((*text)[bad])));
  }
  const auto out = formatted("<standard input>", *text);
  if (!out) return kExitFindings;
  std::string shown = *out;
  if (options.diff) {
    shown = unified_diff("<standard input>", *text, *out);
  } else if (options.check) {
    shown = *out == *text ? "" : "<standard input>\n";
  }
  if (const Status written = write_output(shown); !written) return could_not_run(written.error());
  return (options.check || options.diff) && *out != *text ? kExitFindings : kExitOk;
}

int run(const Options& options) {
  if (std::find(options.paths.begin(), options.paths.end(), kStandardInput) != options.paths.end()) {
    if (options.paths.size() > 1) return could_not_run("`-` stands alone: it is standard input");
    return fmt_standard_input(options);
  }
  const auto files = files_of(options.paths.empty() ? std::vector<std::string>{"."} : options.paths);
  if (!files) return could_not_run(files.error());
  int code = kExitOk;
  std::string shown;
  for (const std::string& path : *files) {
    const auto text = source::read_source(path);
    if (!text) return could_not_run(text.error());
    const auto out = formatted(path, *text);
    if (!out) code = kExitFindings;
    if (!out || *out == *text) continue;
    if (options.check || options.diff) {
      shown += options.diff ? unified_diff(path, *text, *out) : path + "\n";
      code = kExitFindings;
    } else {
      if (const Status replaced = replace_file(path, *out); !replaced) return could_not_run(replaced.error());
      shown += path + "\n";
    }
  }
  if (const Status written = write_output(shown); !written) return could_not_run(written.error());
  return code;
}

}  // namespace

void add_fmt(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("fmt", "Lays .flow files out in the one canonical way, and names those it changed");
  verb->add_option("PATH", options->paths,
                   "files, or folders for the .flow files in them (the current folder when none is given); `-` reads "
                   "standard input and writes standard output");
  verb->add_flag("--check", options->check,
                 "change nothing; name the files that are laid out otherwise, and exit with 1");
  verb->add_flag("--diff", options->diff, "change nothing; show what would change, and exit with 1 if anything");
  verb->footer(
      "Exit codes: 0 done, 1 syntax errors (such a file stays as it is), or differences with --check or --diff, 2 "
      "could not run.");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace flow::driver
