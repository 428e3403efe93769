// Source files and places in them. Every later stage speaks of the author's text through a Span.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flow::source {

enum class FileId : std::uint32_t {};

// Bytes [begin, end) of one file. A span of zero length points between two characters.
struct Span {
  FileId file{};
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

// From the first to the last of two spans of the same file.
Span join(Span first, Span last);

// Line and column count from 1; the column counts Unicode code points, a tab is one.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

// One file, unchanged since it was read. `path` is how the author would name it, and what diagnostics print.
class File {
 public:
  File(std::string path, std::string text);

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  Position position(std::uint32_t offset) const;
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(line_starts_.size()); }
  // The text of line `line` (from 1), without its end; empty when there is no such line.
  std::string_view line(std::uint32_t line) const;
  std::uint32_t line_start(std::uint32_t line) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
};

// Owns the files of one run. References stay valid for the map's life. Not thread-safe.
class SourceMap {
 public:
  FileId add(std::string path, std::string text);
  const File& file(FileId id) const;
  std::string_view text(Span span) const;
  std::size_t size() const { return files_.size(); }

 private:
  std::deque<File> files_;
};

// Reads a file of at most limits::kSourceBytesMax bytes. Refuses larger ones, folders, and text that is not UTF-8
// or holds a NUL, with a message that names the path and, for text, the line.
Result<std::string> read_source(const std::string& path);

// The offset of the first byte that is not part of well-formed UTF-8 or is NUL; npos when all is well.
std::size_t find_malformed_utf8(std::string_view text);

}  // namespace flow::source
