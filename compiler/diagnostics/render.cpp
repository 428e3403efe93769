#include "compiler/diagnostics/render.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include "compiler/diagnostics/display.h"

namespace flow::diagnostics {
namespace {

enum class Style { plain, error, warning, information, strong, frame, hint };

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string operator()(Style style, std::string_view text) const {
    if (!color_ || style == Style::plain || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", escape(style), text);
  }

 private:
  static std::string_view escape(Style style) {
    switch (style) {
      case Style::error:
        return "1;31";
      case Style::warning:
        return "1;33";
      case Style::information:
        return "1;36";
      case Style::strong:
        return "1";
      case Style::frame:
        return "1;34";
      case Style::hint:
        return "1;32";
      case Style::plain:
        break;
    }
    return "0";
  }
  bool color_;
};

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Style::error;
    case Severity::warning:
      return Style::warning;
    case Severity::information:
      break;
  }
  return Style::information;
}

// A label's part on one line, in cells from the line's begin.
struct Mark {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  // > begin
  bool primary = false;
  std::string text;
};

using MarksByLine = std::map<std::uint32_t, std::vector<Mark>>;

// A place that can be shown: inside the file, and the end of a file shown behind its last character.
source::Span shown(const source::File& file, source::Span span) {
  const auto size = static_cast<std::uint32_t>(file.text().size());
  span.begin = std::min(span.begin, size);
  span.end = std::clamp(span.end, span.begin, size);
  const std::string_view text = file.text();
  if (span.begin == size) {
    while (span.begin > 0 && (text[span.begin - 1] == '\n' || text[span.begin - 1] == '\r')) --span.begin;
    span.end = span.begin;
  }
  return span;
}

// Cells [begin, end) of the bytes [first, last) of a line; at least one cell.
std::pair<std::uint32_t, std::uint32_t> extent(std::string_view line, std::size_t first, std::size_t last) {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool begun = false;
  for (const Cell& cell : cells(line)) {
    if (cell.byte + cell.bytes <= first)
      begin = end = cell.column + cell.width;
    else if (cell.byte < last || (!begun && cell.byte <= first)) {
      if (!begun) begin = cell.column;
      begun = true;
      if (cell.byte < last) end = cell.column + cell.width;
    }
  }
  return {begin, std::max(end, begin + 1)};
}

void add_marks(MarksByLine& marks, const source::File& file, const Label& label, bool primary) {
  const source::Span span = shown(file, label.span);
  const std::uint32_t first = file.position(span.begin).line;
  const std::uint32_t last = span.end > span.begin ? file.position(span.end - 1).line : first;
  const auto add = [&](std::uint32_t line, std::size_t from, std::size_t to, std::string text) {
    const auto [begin, end] = extent(file.line(line), from, to);
    marks[line].push_back({begin, end, primary, printable(text)});
  };
  const std::size_t from = span.begin - file.line_start(first);
  if (first == last) {
    add(first, from, span.end - file.line_start(first), label.text);
    return;
  }
  // Several lines: how it begins and how it ends say enough; the words stand at the end.
  add(first, from, file.line(first).size(), {});
  const std::string_view end_line = file.line(last);
  const std::size_t indent = std::min(end_line.find_first_not_of(" \t"), end_line.size());
  const std::size_t to = span.end - file.line_start(last);
  add(last, std::min(indent, to), to, label.text);
}

// The part of a very long line that holds its marks: cells [begin, end).
struct Window {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

Window window_of(const std::vector<Cell>& line, const std::vector<Mark>& marks) {
  const std::uint32_t width = line.empty() ? 0 : line.back().column + line.back().width;
  if (width <= kExcerptCellsMax) return {0, width};
  const auto main = std::find_if(marks.begin(), marks.end(), [](const Mark& mark) { return mark.primary; });
  const Mark& focus = main == marks.end() ? marks.front() : *main;
  constexpr std::uint32_t kBefore = kExcerptCellsMax / 3;
  const std::uint32_t begin = std::min(focus.begin > kBefore ? focus.begin - kBefore : 0, width - kExcerptCellsMax);
  return {begin, begin + kExcerptCellsMax};
}

constexpr std::string_view kCut = "…";

std::string cut_text(const std::vector<Cell>& line, Window window) {
  std::string result;
  for (const Cell& cell : line) {
    if (cell.column >= window.begin && cell.column + cell.width <= window.end) result += cell.text;
    // Half of a wide character at the cut keeps its place.
    else if (cell.column < window.begin && cell.column + cell.width > window.begin)
      result += ' ';
  }
  const bool before = window.begin > 0;
  const bool after = !line.empty() && line.back().column + line.back().width > window.end;
  return fmt::format("{}{}{}", before ? kCut : "", result, after ? kCut : "");
}

// Marks of one line moved into its window, those outside it dropped, ordered by place.
std::vector<Mark> placed(std::vector<Mark> marks, Window window, std::uint32_t width) {
  std::vector<Mark> result;
  for (Mark& mark : marks) {
    const bool cut = window.begin > 0 || window.end < width;
    if (cut && (mark.end <= window.begin || mark.begin >= window.end)) continue;
    const std::uint32_t shift = window.begin > 0 ? 1 : 0;  // the cut's sign
    const std::uint32_t end = cut ? std::min(mark.end, window.end) : mark.end;
    mark.begin = std::max(mark.begin, window.begin) - window.begin + shift;
    mark.end = end - window.begin + shift;
    result.push_back(std::move(mark));
  }
  std::stable_sort(result.begin(), result.end(), [](const Mark& a, const Mark& b) { return a.begin < b.begin; });
  return result;
}

// One line below the excerpt: characters at cells, each with its style.
class Row {
 public:
  void put(std::uint32_t at, std::string_view text, Style style) {
    if (pieces_.size() < at + 1) pieces_.resize(at + 1, {" ", Style::plain});
    for (const char c : text) {
      if (pieces_.size() <= at) pieces_.resize(at + 1, {" ", Style::plain});
      pieces_[at++] = {std::string(1, c), style};
    }
  }
  // Free text to the right of everything.
  void append(std::string_view text, Style style) {
    if (!text.empty()) pieces_.emplace_back(fmt::format(" {}", text), style);
  }
  std::string text(const Painter& paint) const {
    std::string result;
    for (std::size_t i = 0; i < pieces_.size();) {
      std::string run;
      const Style style = pieces_[i].second;
      for (; i < pieces_.size() && pieces_[i].second == style; ++i) run += pieces_[i].first;
      result += paint(style, run);
    }
    return result;
  }

 private:
  std::vector<std::pair<std::string, Style>> pieces_;
};

// The rows under a line: carets, then the words of labels that do not fit beside them, from right to left.
std::vector<std::string> mark_rows(const std::vector<Mark>& marks, Style primary, const Painter& paint) {
  std::vector<std::string> rows;
  if (marks.empty()) return rows;
  const auto style = [&](const Mark& mark) { return mark.primary ? primary : Style::frame; };
  Row carets;
  for (const bool main : {false, true}) {
    for (const Mark& mark : marks) {
      if (mark.primary == main)
        carets.put(mark.begin, std::string(mark.end - mark.begin, main ? '^' : '-'), style(mark));
    }
  }
  std::uint32_t right = 0;
  for (const Mark& mark : marks) right = std::max(right, mark.end);
  std::vector<const Mark*> hanging;
  for (const Mark& mark : marks) {
    if (!mark.text.empty()) hanging.push_back(&mark);
  }
  if (!hanging.empty() && hanging.back()->end == right) {
    carets.append(hanging.back()->text, style(*hanging.back()));
    hanging.pop_back();
  }
  rows.push_back(carets.text(paint));
  const auto bars = [&](std::size_t count) {
    Row row;
    for (std::size_t i = 0; i < count; ++i) row.put(hanging[i]->begin, "|", style(*hanging[i]));
    return row;
  };
  if (!hanging.empty()) rows.push_back(bars(hanging.size()).text(paint));
  while (!hanging.empty()) {
    const Mark& mark = *hanging.back();
    Row row = bars(hanging.size() - 1);
    row.put(mark.begin, mark.text, style(mark));
    rows.push_back(row.text(paint));
    hanging.pop_back();
  }
  return rows;
}

class Renderer {
 public:
  Renderer(const source::SourceMap& sources, const Diagnostic& diagnostic, RenderOptions options)
      : sources_(sources), diagnostic_(diagnostic), paint_(options.color) {}

  std::string run() {
    title();
    if (exists(diagnostic_.primary)) {
      gutter_ = gutter_width();
      file_block("-->", diagnostic_.primary.span, true);
      for (const source::FileId file : other_files()) file_block(":::", first_in(file), false);
    }
    notes();
    return std::move(out_);
  }

 private:
  bool exists(const Label& label) const { return static_cast<std::size_t>(label.span.file) < sources_.size(); }

  void line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }

  void title() {
    const Style style = style_of(diagnostic_.severity);
    const std::string head = fmt::format("{}[{}]", word_of(diagnostic_.severity), code_text(diagnostic_.code));
    line(paint_(style, head) + paint_(Style::strong, fmt::format(": {}", printable(diagnostic_.message))));
  }

  std::size_t gutter_width() const {
    std::uint32_t last = 1;
    const auto grow = [&](const Label& label) {
      if (!exists(label)) return;
      const source::File& file = sources_.file(label.span.file);
      last = std::max(last, file.position(shown(file, label.span).end).line);
    };
    grow(diagnostic_.primary);
    for (const Label& label : diagnostic_.secondary) grow(label);
    return fmt::formatted_size("{}", last);
  }

  std::vector<source::FileId> other_files() const {
    std::vector<source::FileId> files;
    for (const Label& label : diagnostic_.secondary) {
      const source::FileId file = label.span.file;
      const bool known = file == diagnostic_.primary.span.file || std::count(files.begin(), files.end(), file) > 0;
      if (exists(label) && !known) files.push_back(file);
    }
    return files;
  }

  source::Span first_in(source::FileId file) const {
    for (const Label& label : diagnostic_.secondary) {
      if (label.span.file == file) return label.span;
    }
    return diagnostic_.primary.span;
  }

  std::string bar(std::string_view number = {}) const {
    return paint_(Style::frame, fmt::format("{:>{}} |", number, gutter_));
  }

  void file_block(std::string_view arrow, source::Span span, bool with_primary) {
    const source::File& file = sources_.file(span.file);
    const source::Position at = file.position(shown(file, span).begin);
    line(fmt::format("{}{} {}:{}:{}", std::string(gutter_, ' '), paint_(Style::frame, arrow), printable(file.path()),
                     at.line, at.column));
    MarksByLine marks;
    if (with_primary) add_marks(marks, file, diagnostic_.primary, true);
    for (const Label& label : diagnostic_.secondary) {
      if (label.span.file == span.file) add_marks(marks, file, label, false);
    }
    line(bar());
    excerpt(file, marks);
  }

  void excerpt(const source::File& file, const MarksByLine& marks) {
    std::uint32_t before = 0;
    for (const auto& [number, on_line] : marks) {
      if (before != 0 && number == before + 2) source_line(file, before + 1, {});
      if (before != 0 && number > before + 2) line(paint_(Style::frame, "..."));
      source_line(file, number, on_line);
      before = number;
    }
  }

  void source_line(const source::File& file, std::uint32_t number, const std::vector<Mark>& marks) {
    const std::vector<Cell> text = cells(file.line(number));
    const std::uint32_t width = text.empty() ? 0 : text.back().column + text.back().width;
    const Window window = marks.empty() ? Window{0, std::min(width, kExcerptCellsMax)} : window_of(text, marks);
    const std::string shown_text = cut_text(text, window);
    const std::string head = bar(fmt::format("{}", number));
    line(shown_text.empty() ? head : fmt::format("{} {}", head, shown_text));
    for (const std::string& row : mark_rows(placed(marks, window, width), style_of(diagnostic_.severity), paint_)) {
      line(fmt::format("{} {}", bar(), row));
    }
  }

  // "= name: text", further lines of the text below its first word.
  void note(std::string_view name, std::string_view text) {
    const std::string indent(gutter_ + 1, ' ');
    const std::string head = fmt::format("{}{} {}: ", indent, paint_(Style::frame, "="), paint_(Style::hint, name));
    std::size_t at = 0;
    for (bool first = true; at <= text.size(); first = false) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string part = printable(text.substr(at, end - at));
      line(first ? head + part : fmt::format("{}{}{}", indent, std::string(name.size() + 4, ' '), part));
      at = end + 1;
    }
  }

  void notes() {
    if (diagnostic_.path.empty() && diagnostic_.hint.empty()) return;
    if (gutter_ > 0) line(bar());
    if (!diagnostic_.path.empty()) {
      const std::string indent(gutter_ + 1, ' ');
      line(fmt::format("{}{} {}:", indent, paint_(Style::frame, "="), paint_(Style::strong, "path")));
      const std::size_t digits = fmt::formatted_size("{}", diagnostic_.path.size());
      for (std::size_t i = 0; i < diagnostic_.path.size(); ++i) {
        line(fmt::format("{}    {:>{}}. {}", indent, i + 1, digits, printable(diagnostic_.path[i])));
      }
    }
    if (!diagnostic_.hint.empty()) note("hint", diagnostic_.hint);
  }

  const source::SourceMap& sources_;
  const Diagnostic& diagnostic_;
  Painter paint_;
  std::size_t gutter_ = 0;
  std::string out_;
};

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string render(const source::SourceMap& sources, const Diagnostic& diagnostic, RenderOptions options) {
  return Renderer(sources, diagnostic, options).run();
}

std::string render(const source::SourceMap& sources, const Sink& sink, RenderOptions options) {
  std::string result;
  for (const Diagnostic& diagnostic : sink.sorted()) {
    result += render(sources, diagnostic, options);
    result += '\n';
  }
  const std::string closing = summary(sink);
  if (!closing.empty()) result += Painter(options.color)(Style::strong, closing) + "\n";
  return result;
}

std::string summary(const Sink& sink) {
  std::string result;
  const auto add = [&](std::string part) {
    if (!result.empty()) result += ", ";
    result += part;
  };
  if (sink.errors() > 0) add(counted(sink.errors(), "error"));
  if (sink.warnings() > 0) add(counted(sink.warnings(), "warning"));
  const auto is_note = [](const Diagnostic& one) { return one.severity == Severity::information; };
  const std::vector<Diagnostic> kept = sink.sorted();
  const auto notes = static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), is_note));
  if (notes > 0) add(counted(notes, "note"));
  if (sink.dropped() > 0) add(fmt::format("{} of them not shown", sink.dropped()));
  return result;
}

}  // namespace flow::diagnostics
