#include "compiler/driver/import_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

namespace flow::driver {
namespace {

using importing::Format;
using importing::Json;

// Closes a file descriptor.
class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Result<std::string> read_bytes(const std::string& path) {
  const File file(path);  // without waiting: nobody may ever write into a FIFO
  if (file.fd() < 0) return fail(ErrorCode::not_found, "cannot read `{}`: {}", path, std::strerror(errno));
  struct stat about{};
  if (::fstat(file.fd(), &about) != 0)
    return fail(ErrorCode::io_error, "cannot read `{}`: {}", path, std::strerror(errno));
  if (S_ISDIR(about.st_mode))
    return fail(ErrorCode::invalid_argument, "`{}` is a folder: name the files in it that are to be imported", path);
  if (!S_ISREG(about.st_mode)) return fail(ErrorCode::invalid_argument, "cannot read `{}`: not a regular file", path);
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(file.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::io_error, "cannot read `{}`: {}", path, std::strerror(errno));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > limits::kImportBytesMax) {
      return fail(ErrorCode::resource_exhausted, "`{}` is larger than {} bytes, the most that is imported", path,
                  limits::kImportBytesMax);
    }
  }
}

// "an object with `states`, `flags`", "a list of 3": what somebody sees who opens the file.
std::string looks_like(const Json& json) {
  if (json.is_array()) return fmt::format("a list of {}", json.size());
  if (!json.is_object()) return importing::shown_value(json);
  constexpr std::size_t kNamed = 6;
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, value] : json.items()) {
    if (++count > kNamed) break;
    names += fmt::format("{}`{}`", count == 1 ? "" : ", ", importing::shown(name));
  }
  if (names.empty()) return "an empty object";
  return fmt::format("an object with {}{}", names, json.size() > kNamed ? ", …" : "");
}

// What a format that was asked all the same has against the file.
std::string objection(const Format& format, const Json& json) {
  const importing::Imported imported = format.read(json, {.flow_name = "flow"});
  for (const importing::Note& note : imported.report.notes()) {
    if (note.kind != importing::NoteKind::not_understood) continue;
    return fmt::format("`{}`: {}", note.pointer.empty() ? "/" : note.pointer, note.message);
  }
  return "it has nothing that only this product has";
}

std::string known_formats(const Json& json) {
  std::string out;
  for (const Format* format : importing::formats())
    out += fmt::format("\n  --from {}: {}; {}", format->name(), format->product(), objection(*format, json));
  return out.empty() ? "\n  no format is known" : out;
}

Result<const Format*> format_of(const Json& json, const std::string& path, const std::string& from) {
  const auto all = importing::formats();
  if (!from.empty()) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Format* one) { return one->name() == from; });
    if (found != all.end()) return *found;
    return fail(ErrorCode::invalid_argument, "there is no format `{}`: known are {}", from, format_names());
  }
  std::vector<const Format*> fitting;
  std::copy_if(all.begin(), all.end(), std::back_inserter(fitting),
               [&](const Format* one) { return one->recognises(json); });
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty()) {
    return fail(ErrorCode::invalid_argument,
                "`{}` is of no product that is known: it is {}\nwhat is known, and what each misses:{}", path,
                looks_like(json), known_formats(json));
  }
  std::string names;
  for (const Format* one : fitting) names += fmt::format("\n  --from {}: {}", one->name(), one->product());
  return fail(ErrorCode::invalid_argument, "`{}` may be of several products; say which:{}", path, names);
}

// What some format finds inside a text that is no JSON; else what is wrong with the JSON.
Result<Json> inside(const std::string& text, Result<Json> otherwise) {
  for (const Format* format : importing::formats())
    if (auto found = format->from_text(text)) return *std::move(found);
  return otherwise;
}

}  // namespace

Result<ImportSource> read_import(const std::string& path, const std::string& from) {
  const auto bytes = read_bytes(path);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->starts_with("\x1F\x8B"))
    return fail(ErrorCode::invalid_argument, "`{}` is compressed: unpack it with `gunzip` first", path);
  auto json = importing::read_json(*bytes);
  if (!json) json = inside(*bytes, std::move(json));
  if (!json) return fail(json.error().code, "cannot import `{}`: {}", path, json.error().message);
  const auto format = format_of(*json, path, from);
  if (!format) return std::unexpected(format.error());
  return ImportSource{path, *std::move(json), *format};
}

std::string format_names() {
  std::string out;
  for (const Format* one : importing::formats()) out += fmt::format("{}{}", out.empty() ? "" : ", ", one->name());
  return out;
}

}  // namespace flow::driver
