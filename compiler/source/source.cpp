#include "compiler/source/source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/check.h"
#include "base/limits.h"

namespace flow::source {

Span join(Span first, Span last) {
  FLOW_CHECK(first.file == last.file);
  return {first.file, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

File::File(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

Position File::position(std::uint32_t offset) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
  std::uint32_t column = 1;
  const std::size_t stop = std::min<std::size_t>(offset, text_.size());
  for (std::size_t i = line_starts_[line - 1]; i < stop; ++i) {
    // Continuation bytes belong to the code point before them.
    if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;
  }
  return {line, column};
}

std::uint32_t File::line_start(std::uint32_t line) const {
  FLOW_CHECK(line >= 1 && line <= line_starts_.size(), "line {}", line);
  return line_starts_[line - 1];
}

std::string_view File::line(std::uint32_t line) const {
  if (line < 1 || line > line_starts_.size()) return {};
  const std::size_t begin = line_starts_[line - 1];
  std::size_t end = line < line_starts_.size() ? line_starts_[line] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

FileId SourceMap::add(std::string path, std::string text) {
  files_.emplace_back(std::move(path), std::move(text));
  return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

const File& SourceMap::file(FileId id) const {
  const auto index = static_cast<std::size_t>(id);
  FLOW_CHECK(index < files_.size(), "file {}", index);
  return files_[index];
}

std::string_view SourceMap::text(Span span) const {
  const std::string_view all = file(span.file).text();
  FLOW_CHECK(span.begin <= span.end && span.end <= all.size(), "span {}..{}", span.begin, span.end);
  return all.substr(span.begin, span.end - span.begin);
}

namespace {

// The length of the well-formed sequence that begins at `i`, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto tail = [&](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(i);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(i + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return byte(i + 1) >= low && byte(i + 1) <= high && tail(i + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return byte(i + 1) >= low && byte(i + 1) <= high && tail(i + 2) && tail(i + 3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t find_malformed_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

Result<std::string> read_source(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status)) {
    return fail(ErrorCode::not_found, "cannot read `{}`: no such file", path);
  }
  if (!std::filesystem::is_regular_file(status)) {
    return fail(ErrorCode::invalid_argument, "cannot read `{}`: not a regular file", path);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::io_error, "cannot read `{}`: {}", path, std::strerror(errno));
  // What the file says of its size is only where to begin: it may be growing, or of another kind.
  std::string text;
  std::size_t room = static_cast<std::size_t>(
      std::min<std::uintmax_t>(std::filesystem::file_size(path, error), limits::kSourceBytesMax));
  for (std::size_t got = 0; in && text.size() <= limits::kSourceBytesMax;) {
    text.resize(std::min(std::max(room + 1, 2 * got), limits::kSourceBytesMax + 1));
    in.read(text.data() + got, static_cast<std::streamsize>(text.size() - got));
    got += static_cast<std::size_t>(in.gcount());
    text.resize(got);
  }
  if (text.size() > limits::kSourceBytesMax) {
    return fail(ErrorCode::resource_exhausted, "`{}` is larger than {} bytes", path, limits::kSourceBytesMax);
  }
  if (const std::size_t bad = find_malformed_utf8(text); bad != std::string::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    return fail(ErrorCode::invalid_argument, "`{}` is not UTF-8 text: line {} holds the byte 0x{:02X}", path, line,
                static_cast<unsigned char>(text[bad]));
  }
  return text;
}

}  // namespace flow::source
