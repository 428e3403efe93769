// What the grammar does not see: which entry a comment belongs to, empty lines, `;`.
#include <algorithm>
#include <string>
#include <utility>

#include "compiler/syntax/build.h"

namespace flow::syntax {
namespace {

class Layout {
 public:
  explicit Layout(std::string_view text) : text_(text) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
    }
  }

  void place(std::vector<Entry>& entries, std::vector<Comment>& dangling, Comment comment) const {
    const auto next = std::upper_bound(entries.begin(), entries.end(), comment.span.begin,
                                       [](std::uint32_t at, const Entry& entry) { return at < entry.span.begin; });
    if (next != entries.begin()) {
      Entry& before = *std::prev(next);
      if (comment.span.begin < before.span.end) return place_inside(before, std::move(comment));
      if (line_of(before.span.end - 1) == line_of(comment.span.begin)) {
        before.trailing = std::move(comment);
        return;
      }
    }
    comment.blank_before = comment.own_line && blank_above(comment.span.begin);
    (next == entries.end() ? dangling : next->leading).push_back(std::move(comment));
  }

  void lines(std::vector<Entry>& entries) const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Entry& entry = entries[i];
      entry.semicolon_before =
          i > 0 && line_of(entries[i - 1].span.end - 1) == line_of(entry.span.begin) && !has_own_line(entry.leading);
      const bool blank = !entry.semicolon_before && blank_above(entry.span.begin);
      if (has_own_line(entry.leading)) {
        entry.blank_before = entry.leading.front().blank_before;
        entry.blank_after_leading = blank;
      } else {
        entry.blank_before = blank;
      }
      if (entry.block) lines(entry.block->entries);
    }
  }

 private:
  static bool has_own_line(const std::vector<Comment>& comments) {
    return !comments.empty() && comments.front().own_line;
  }

  std::size_t line_of(std::uint32_t at) const {
    return static_cast<std::size_t>(std::upper_bound(line_starts_.begin(), line_starts_.end(), at) -
                                    line_starts_.begin());
  }

  // Whether the line above the one that holds `at` is empty.
  bool blank_above(std::uint32_t at) const {
    const std::size_t line = line_of(at);
    if (line < 2) return false;
    const std::string_view above =
        text_.substr(line_starts_[line - 2], line_starts_[line - 1] - line_starts_[line - 2]);
    return above.find_first_not_of(" \t\r\n") == std::string_view::npos;
  }

  void place_inside(Entry& entry, Comment comment) const {
    if (!entry.block || comment.span.begin < entry.block->span.begin || comment.span.begin >= entry.block->span.end) {
      // Between the lines of an entry that goes on: it moves above it.
      entry.leading.push_back(std::move(comment));
      return;
    }
    Block& block = *entry.block;
    const bool first = block.entries.empty() || comment.span.begin < block.entries.front().span.begin;
    if (first && line_of(block.span.begin) == line_of(comment.span.begin)) {
      entry.after_brace = std::move(comment);
      return;
    }
    place(block.entries, block.dangling, std::move(comment));
  }

  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
};

}  // namespace

void attach_comments(File& file, std::vector<Comment> comments, std::string_view text) {
  const Layout layout(text);
  for (Comment& comment : comments) layout.place(file.entries, file.dangling, std::move(comment));
  layout.lines(file.entries);
}

}  // namespace flow::syntax
