#include "compiler/import/draft.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/display.h"
#include "compiler/source/source.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::importing {
namespace {

// Well-formed UTF-8 without NUL.
std::string sound(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t bad = source::find_malformed_utf8(text);
    out += text.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
}

// As it stands between quotes; in a block, ends of lines and quotes stay.
std::string escaped(std::string_view text, bool block) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"' && !block) {
      out += "\\\"";
    } else if (c == '{' && (i + 1 == text.size() || text[i + 1] == '{')) {
      out += "\\{";  // at the end, too: an interpolation may follow
    } else if (c == '\n' && !block) {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if ((byte < 0x20 && c != '\n') || byte == 0x7F) {
      out += fmt::format("\\u{{{:X}}}", byte);
    } else if (const auto hidden = diagnostics::deceptive_front(text.substr(i)); byte >= 0x80 && hidden) {
      out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(hidden->first));
      i += hidden->second - 1;
    } else {
      out += c;
    }
  }
  return out;
}

void indent(std::string& out, std::size_t depth) {
  out.append(2 * depth, ' ');
}

// Lines of a block text stand where the entry stands; the closing quotes say how deep that is.
void append_indented(std::string& out, std::string_view text, std::size_t depth) {
  for (std::size_t from = 0;;) {
    const std::size_t end = text.find('\n', from);
    out += text.substr(from, end - from);
    if (end == std::string_view::npos) return;
    out += '\n';
    from = end + 1;
    if (from < text.size() && text[from] != '\n') indent(out, depth + 1);
  }
}

void append(std::string& out, const DraftEntry& entry, std::size_t depth, std::string_view name = {}) {
  if (entry.blank_before) out += '\n';
  const auto above = [&](std::string_view slashes, const std::vector<std::string>& lines) {
    for (const std::string& text : lines) {
      indent(out, depth);
      out += slashes;
      if (!text.empty()) out += " " + text;
      out += '\n';
    }
  };
  above("//", entry.comments);
  above("///", entry.doc);
  indent(out, depth);
  if (!name.empty()) out += fmt::format("{}: ", name);
  append_indented(out, entry.head, depth);
  if (entry.has_block || !entry.block.empty()) {
    out += " {\n";
    for (const DraftEntry& inner : entry.block) append(out, inner, depth + 1);
    indent(out, depth);
    out += '}';
  }
  if (!entry.arrow.empty()) out += " => " + entry.arrow;
  if (!entry.trailing_comment.empty()) out += "  // " + entry.trailing_comment;
  out += '\n';
}

Result<std::string> canonical(std::string text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add("import", std::move(text)), sink);
  if (!file || sink.has_errors()) {
    const auto found = sink.sorted();
    return fail(ErrorCode::internal, "what the import wrote is no text of the language: {}",
                found.empty() ? "it is too large" : found.front().message);
  }
  return syntax::format(*file);
}

}  // namespace

DraftEntry line(std::string head, std::string arrow) {
  DraftEntry entry;
  entry.head = std::move(head);
  entry.arrow = std::move(arrow);
  return entry;
}

void order_steps(DraftFlow& flow) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < flow.steps.size(); ++i) places.emplace(flow.steps[i].name, i);
  std::vector<std::size_t> order;
  std::vector<bool> seen(flow.steps.size());
  std::vector<std::size_t> open;
  const auto visit = [&](std::string_view name) {
    const auto found = places.find(name);
    if (found != places.end() && !seen[found->second]) open.push_back(found->second);
  };
  const auto walk = [&] {
    while (!open.empty()) {
      const std::size_t step = open.back();
      open.pop_back();
      if (seen[step]) continue;
      seen[step] = true;
      order.push_back(step);
      const auto& next = flow.steps[step].leads_to;
      for (auto to = next.rbegin(); to != next.rend(); ++to) visit(*to);
    }
  };
  visit(flow.start);
  walk();
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    if (seen[i]) continue;
    open.push_back(i);
    walk();
  }
  std::vector<DraftStep> steps;
  steps.reserve(order.size());
  for (const std::size_t i : order) steps.push_back(std::move(flow.steps[i]));
  flow.steps = std::move(steps);
}

std::string sketch(const DraftFlow& flow) {
  std::string out;
  for (const std::string& text : flow.comments) out += text.empty() ? "//\n" : fmt::format("// {}\n", text);
  if (!flow.comments.empty()) out += '\n';
  for (const DraftEntry& entry : flow.header) append(out, entry, 0);
  out += fmt::format("\nstart => {}\n", flow.start);
  for (const DraftStep& step : flow.steps) {
    out += '\n';
    append(out, step.entry, 0, step.name);
  }
  return out;
}

Result<std::string> write(const DraftFlow& flow) {
  if (flow.text) return *flow.text;
  return canonical(sketch(flow));
}

Result<std::string> write(const std::vector<DraftEntry>& entries) {
  std::string out;
  for (const DraftEntry& entry : entries) append(out, entry, 0);
  return canonical(std::move(out));
}

void TextWriter::add(std::string_view text) {
  if (text.empty()) return;
  if (pieces_.empty() || pieces_.back().value) pieces_.emplace_back();
  pieces_.back().text += sound(text);
}

void TextWriter::add_value(std::string_view expression) {
  pieces_.push_back({std::string(expression), true});
  has_values_ = true;
}

void TextWriter::add(const TextWriter& other) {
  for (const Piece& piece : other.pieces_) {
    if (piece.value)
      add_value(piece.text);
    else
      add(std::string_view(piece.text));
  }
}

std::string TextWriter::one_line() const {
  std::string out = "\"";
  for (const Piece& piece : pieces_)
    out += piece.value ? fmt::format("{{{{{}}}}}", piece.text) : escaped(piece.text, false);
  return out + "\"";
}

std::string TextWriter::literal() const {
  // A block says the same only when nothing of it is taken for its indentation or its end.
  std::string all;
  for (const Piece& piece : pieces_) all += piece.value ? std::string(1, '.') : piece.text;
  const bool lines = all.find('\n') != std::string::npos && all.find_first_not_of('\n') != std::string::npos;
  const bool plain = all.find("\"\"\"") == std::string::npos && all.find('\r') == std::string::npos &&
                     !all.ends_with('\n') && !all.starts_with('\n') && all.find(" \n") == std::string::npos &&
                     all.find("\"\n") == std::string::npos && !all.ends_with(' ') && !all.ends_with('"');
  if (!lines || !plain) return one_line();
  std::string out = "\"\"\"\n";
  for (const Piece& piece : pieces_)
    out += piece.value ? fmt::format("{{{{{}}}}}", piece.text) : escaped(piece.text, true);
  return out + "\n\"\"\"";
}

std::string literal(std::string_view text) {
  TextWriter writer;
  writer.add(text);
  return writer.literal();
}

std::string one_line(std::string_view text) {
  TextWriter writer;
  writer.add(text);
  return writer.one_line();
}

std::optional<std::string> pattern(std::string_view regular_expression) {
  if (regular_expression.empty() || regular_expression.size() > limits::kPatternBytesMax) return std::nullopt;
  if (source::find_malformed_utf8(regular_expression) != std::string_view::npos) return std::nullopt;
  std::string out = "/";
  for (std::size_t i = 0; i < regular_expression.size(); ++i) {
    const char c = regular_expression[i];
    if (c == '\n' || c == '\r') return std::nullopt;
    if (c == '\\') {
      if (++i == regular_expression.size() || regular_expression[i] == '\n') return std::nullopt;
      out += c;
      out += regular_expression[i];
    } else if (c == '/' || (c == '*' && i == 0)) {
      if (c == '*') return std::nullopt;
      out += "\\/";
    } else {
      out += c;
    }
  }
  return out + "/";
}

std::string duration(std::int64_t ms) {
  struct Unit {
    std::int64_t ms;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}};
  std::string out;
  for (const Unit& unit : kUnits) {
    if (ms / unit.ms > 0) out += fmt::format("{}{}", ms / unit.ms, unit.name);
    ms %= unit.ms;
  }
  return out;
}

std::vector<std::string> comment_lines(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string current;
  const auto flush = [&] {
    if (!current.empty()) lines.push_back(std::exchange(current, {}));
  };
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    if (!current.empty() && current.size() + 1 + word.size() > width) flush();
    current += (current.empty() ? "" : " ") + std::exchange(word, {});
  };
  for (const char c : sound(text)) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F) {
      word += c;
      continue;
    }
    end_word();
    if (c == '\n') flush();
  }
  end_word();
  flush();
  return lines;
}

}  // namespace flow::importing
