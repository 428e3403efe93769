// The inside of a text: escapes, and the indentation of texts of several lines. Internal to compiler/syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/report.h"
#include "compiler/syntax/tree.h"

namespace flow::syntax {

// Collects adjoining characters and escapes of one text into pieces.
class TextReader {
 public:
  TextReader(std::string_view source, Report& report) : source_(source), report_(report) {}

  // A text between `"""`: what is before its first line and after its last is dropped, and so is the indentation of
  // the closing `"""`. `open` and `close` are its quotes.
  void begin_block(source::Span open, source::Span close, std::uint32_t open_line, std::uint32_t close_line);

  void plain(source::Span span, std::uint32_t line);
  void escape(source::Span span, std::uint32_t line);

  // Moves what was collected to `pieces`, if anything.
  void flush(std::vector<StringPiece>& pieces);

 private:
  void add(source::Span span, std::string_view raw, std::string_view text);
  void block_lines(source::Span span, std::uint32_t line);

  std::string_view source_;
  Report& report_;
  std::optional<StringPiece> current_;
  bool block_ = false;
  std::string_view indent_;
  std::uint32_t content_begin_ = 0;
  std::uint32_t content_end_ = 0;
};

// As a text stands between `"`: the other way round.
std::string escaped(std::string_view text);

}  // namespace flow::syntax
