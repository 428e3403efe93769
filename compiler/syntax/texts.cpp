#include "compiler/syntax/texts.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace flow::syntax {
namespace {

using diagnostics::Code;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12);
    put(0x80U | (code >> 6 & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18);
    put(0x80U | (code >> 12 & 0x3FU));
    put(0x80U | (code >> 6 & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

// The meaning of an escape, or nothing.
std::optional<std::string> meaning(std::string_view escape) {
  if (escape == "\\n") return "\n";
  if (escape == "\\t") return "\t";
  if (escape == "\\\"" || escape == "\\\\" || escape == "\\{") return std::string(escape.substr(1));
  if (!escape.starts_with("\\u{") || !escape.ends_with("}")) return std::nullopt;
  const std::string_view digits = escape.substr(3, escape.size() - 4);
  unsigned code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
  std::string out;
  append_utf8(out, code);
  return out;
}

}  // namespace

void TextReader::begin_block(source::Span open, source::Span close, std::uint32_t open_line, std::uint32_t close_line) {
  block_ = true;
  std::uint32_t first = open.end;
  while (first < close.begin && is_blank(source_[first])) ++first;
  const bool begins_below = first < close.begin && source_[first] == '\n';
  std::uint32_t indent = close.begin;
  while (indent > open.end && is_blank(source_[indent - 1])) --indent;
  const bool closes_alone = indent > open.end && source_[indent - 1] == '\n';
  content_begin_ = begins_below ? first + 1 : open.end;
  content_end_ = closes_alone ? indent - 1 : close.begin;
  if (closes_alone) indent_ = source_.substr(indent, close.begin - indent);
  if (content_end_ > content_begin_ && source_[content_end_ - 1] == '\r') --content_end_;
  // A closing `"""` that is missing was reported as such.
  if (close.begin == close.end) return;
  if (!begins_below && !report_.is_excused(open_line)) {
    report_.error(Code::block_text_layout, open_line, open.begin, open.end, "text right after `\"\"\"`")
        .hint("a text of several lines begins on the line below `\"\"\"`");
  } else if (!closes_alone && !report_.is_excused(close_line)) {
    report_.error(Code::block_text_layout, close_line, close.begin, close.end, "text before the closing `\"\"\"`")
        .hint("the closing `\"\"\"` begins its line; how far it is indented is taken off every line");
  }
}

void TextReader::add(source::Span span, std::string_view raw, std::string_view text) {
  if (!current_) {
    current_.emplace();
    current_->span = span;
  }
  current_->span.end = span.end;
  current_->raw += raw;
  current_->text += text;
}

void TextReader::plain(source::Span span, std::uint32_t line) {
  if (block_) return block_lines(span, line);
  const std::string_view raw = source_.substr(span.begin, span.end - span.begin);
  add(span, raw, raw);
}

void TextReader::block_lines(source::Span span, std::uint32_t line) {
  // Lines before content_begin_ and after content_end_ hold nothing but space.
  std::uint32_t at = std::max(span.begin, content_begin_);
  const std::uint32_t stop = std::min(span.end, content_end_);
  if (at > stop) return;
  line += static_cast<std::uint32_t>(std::count(source_.begin() + span.begin, source_.begin() + at, '\n'));
  std::string kept;
  bool line_begins = at == content_begin_;
  for (;;) {
    if (line_begins && content_begin_ <= content_end_) {
      std::size_t text = source_.find_first_not_of(" \t\r", at);
      if (text == std::string_view::npos || text > content_end_) text = content_end_;
      if (source_.substr(at).starts_with(indent_)) {
        at += static_cast<std::uint32_t>(indent_.size());
      } else if (text == content_end_ || source_[text] == '\n') {
        at = static_cast<std::uint32_t>(text);
      } else {
        if (!report_.is_excused(line)) {
          report_
              .error(Code::block_text_layout, line, static_cast<std::uint32_t>(text),
                     static_cast<std::uint32_t>(text) + 1, "a line with less indentation than the closing `\"\"\"`")
              .hint("each line of the text begins with the spaces that stand before the closing `\"\"\"`");
        }
        at = static_cast<std::uint32_t>(text);
      }
    }
    if (at >= stop) break;
    const std::size_t newline = std::min<std::size_t>(source_.find('\n', at), stop);
    std::string_view rest = source_.substr(at, newline - at);
    if (newline < stop && rest.ends_with('\r')) rest.remove_suffix(1);
    kept += rest;
    if (newline >= stop) break;
    kept += '\n';
    at = static_cast<std::uint32_t>(newline + 1);
    ++line;
    line_begins = true;
  }
  if (!kept.empty()) add({span.file, std::max(span.begin, content_begin_), stop}, kept, kept);
}

void TextReader::escape(source::Span span, std::uint32_t line) {
  const std::string_view raw = source_.substr(span.begin, span.end - span.begin);
  const std::optional<std::string> text = meaning(raw);
  if (!text) {
    report_.error(Code::unknown_escape, line, span.begin, span.end, "`{}` is not an escape", raw)
        .hint("escapes are `\\n`, `\\t`, `\\\"`, `\\\\`, `\\{` and `\\u{1F44B}`; a backslash is written `\\\\`");
  }
  add(span, raw, text ? *text : std::string(raw));
}

void TextReader::flush(std::vector<StringPiece>& pieces) {
  if (!current_) return;
  pieces.push_back(std::move(*current_));
  current_.reset();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '{' && i + 1 < text.size() && text[i + 1] == '{') {
      out += "\\{";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace flow::syntax
