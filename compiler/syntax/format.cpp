#include "compiler/syntax/format.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/syntax/texts.h"

namespace flow::syntax {
namespace {

constexpr std::size_t kColumnsMax = 120;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kContinuation = 4;

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

// One line of code, and the places after commas where it may be broken. Texts of several lines make it several.
class Line {
 public:
  // `indent` is that of the entry. Quoted lines keep texts of several lines on the line.
  explicit Line(std::size_t indent, bool quoted = false) : indent_(indent), quoted_(quoted) {}

  void add(std::string_view text) { text_ += text; }
  void clause(const Clause& clause);
  void target(const Target& target);
  void expr(const Expr& expr);

  const std::string& text() const { return text_; }
  bool is_one_line() const { return text_.find('\n') == std::string::npos; }
  // Broken where it is too long and can be.
  std::string wrapped() const;

 private:
  void argument(const Argument& argument);
  void string(const Expr& expr);
  std::string pieces(const Expr& expr) const;

  std::size_t indent_;
  bool quoted_;
  std::string text_;
  std::vector<std::size_t> breaks_;  // offsets of spaces
};

void Line::clause(const Clause& clause) {
  bool first = true;
  for (const Item& item : clause.items) {
    if (!first) {
      text_ += ',';
      breaks_.push_back(text_.size());
      text_ += ' ';
    }
    first = false;
    if (item.is_else) text_ += "else";
    bool first_expr = true;
    for (const Expr& each : item.exprs) {
      if (!first_expr) text_ += ' ';
      first_expr = false;
      expr(each);
    }
  }
}

void Line::target(const Target& target) {
  clause(target.clause);
  if (target.otherwise == nullptr) return;
  text_ += " else ";
  this->target(*target.otherwise);
}

void Line::expr(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::name:
      text_ += expr.text;
      return;
    case ExprKind::number:
    case ExprKind::quantity:
    case ExprKind::time:
    case ExprKind::date:
    case ExprKind::datetime:
      text_ += expr.raw;
      return;
    case ExprKind::boolean:
      text_ += expr.text;
      return;
    case ExprKind::regex:
      text_ += '/';
      text_ += expr.raw;
      text_ += '/';
      return;
    case ExprKind::string:
      return string(expr);
    case ExprKind::list:
    case ExprKind::paren: {
      text_ += expr.kind == ExprKind::list ? '[' : '(';
      bool first = true;
      for (const Expr& child : expr.children) {
        if (!first) text_ += ", ";
        first = false;
        this->expr(child);
      }
      text_ += expr.kind == ExprKind::list ? ']' : ')';
      return;
    }
    case ExprKind::optional:
      this->expr(expr.children[0]);
      // Side by side they would read as the operator.
      if (expr.children[0].kind == ExprKind::optional) text_ += ' ';
      text_ += '?';
      return;
    case ExprKind::member:
      this->expr(expr.children[0]);
      text_ += '.';
      text_ += expr.text;
      return;
    case ExprKind::call: {
      text_ += expr.text;
      text_ += '(';
      bool first = true;
      for (const Argument& each : expr.args) {
        if (!first) text_ += ", ";
        first = false;
        argument(each);
      }
      text_ += ')';
      return;
    }
    case ExprKind::binary: {
      this->expr(expr.children[0]);
      const bool tight = expr.op == BinaryOp::range;
      if (!tight) text_ += ' ';
      text_ += spelling(expr.op);
      if (!tight) text_ += ' ';
      this->expr(expr.children[1]);
      return;
    }
    case ExprKind::unary_not:
      text_ += "not ";
      this->expr(expr.children[0]);
      return;
    case ExprKind::is:
      this->expr(expr.children[0]);
      text_ += expr.negated ? " is not " : " is ";
      text_ += expr.text;
      return;
  }
}

void Line::argument(const Argument& argument) {
  if (argument.quoted) {
    text_ += '"' + escaped(argument.name) + "\": ";
  } else if (!argument.name.empty()) {
    text_ += argument.name + ": ";
  }
  if (argument.spread) text_ += "..";
  bool first = true;
  for (const Expr& value : argument.values) {
    if (!first) text_ += ' ';
    first = false;
    expr(value);
  }
}

std::string Line::pieces(const Expr& expr) const {
  std::string out;
  for (const StringPiece& piece : expr.pieces) {
    if (piece.expr == nullptr) {
      out += piece.raw;
      continue;
    }
    Line inner(indent_, quoted_);
    inner.expr(*piece.expr);
    out += "{{" + inner.text() + "}}";
  }
  return out;
}

void Line::string(const Expr& expr) {
  const std::string inside = pieces(expr);
  if (!expr.block_string) {
    text_ += '"' + inside + '"';
    return;
  }
  if (quoted_) {
    text_ += '"';
    for (const StringPiece& piece : expr.pieces) {
      if (piece.expr == nullptr) {
        text_ += escaped(piece.text);
      } else {
        text_ += "{{";
        this->expr(*piece.expr);
        text_ += "}}";
      }
    }
    text_ += '"';
    return;
  }
  const std::string margin(indent_ + kIndent, ' ');
  text_ += "\"\"\"\n";
  // No pieces is the empty text; a text of one empty line cannot be told from it, and prints the same.
  for (std::size_t begin = 0; !inside.empty() && begin <= inside.size();) {
    const std::size_t end = std::min(inside.find('\n', begin), inside.size());
    if (end > begin) text_ += margin + inside.substr(begin, end - begin);
    text_ += '\n';
    begin = end + 1;
  }
  text_ += margin + "\"\"\"";
}

std::string Line::wrapped() const {
  if (breaks_.empty() || !is_one_line() || indent_ + columns(text_) <= kColumnsMax) return text_;
  std::string out;
  std::size_t width = indent_;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= breaks_.size(); ++i) {
    const std::size_t end = i < breaks_.size() ? breaks_[i] : text_.size();
    const std::string_view chunk = std::string_view(text_).substr(begin, end - begin);
    const std::size_t chunk_columns = columns(chunk);
    // A chunk begins with the space of its break; the line's end takes its place.
    if (begin > 0 && width + chunk_columns > kColumnsMax) {
      out += '\n';
      out.append(indent_ + kContinuation, ' ');
      out += chunk.substr(1);
      width = indent_ + kContinuation + chunk_columns - 1;
    } else {
      out += chunk;
      width += chunk_columns;
    }
    begin = end;
  }
  return out;
}

// What stands before the block.
void add_front(Line& line, const Entry& entry) {
  line.clause(entry.head);
  if (entry.colon) {
    line.add(": ");
    line.target(*entry.colon);
  }
  if (entry.value) {
    line.add(" = ");
    line.clause(*entry.value);
  }
}

void add_arrow(Line& line, const Entry& entry) {
  if (!entry.arrow) return;
  line.add(" => ");
  line.target(*entry.arrow);
}

// The entry on one line, if its author wrote its blocks so and nothing in it needs lines of its own. Comments above
// and after it are not its business.
bool add_flat(Line& line, const Entry& entry) {
  add_front(line, entry);
  if (entry.block) {
    const Block& block = *entry.block;
    const bool empty = block.entries.empty() && block.dangling.empty();
    if (entry.after_brace || !block.dangling.empty() || (!block.one_line && !empty)) return false;
    line.add(empty ? " {" : " { ");
    bool first = true;
    for (const Entry& each : block.entries) {
      if (!each.leading.empty() || each.trailing) return false;
      if (!first) line.add("; ");
      first = false;
      if (!add_flat(line, each)) return false;
    }
    line.add(empty ? "}" : " }");
  }
  add_arrow(line, entry);
  return true;
}

class Printer {
 public:
  std::string take() { return std::move(out_); }

  void entries(const std::vector<Entry>& entries, const std::vector<Comment>& dangling, std::size_t indent) {
    bool first = true;
    const Entry* before = nullptr;
    for (const Entry& each : entries) {
      entry(each, before, first, indent);
      before = &each;
      first = false;
    }
    for (const Comment& each : dangling) {
      comment(each, first, indent);
      first = false;
    }
  }

 private:
  void end_line() {
    if (!out_.empty() && !out_.ends_with('\n')) out_ += '\n';
  }

  void comment(const Comment& comment, bool first, std::size_t indent) {
    end_line();
    if (comment.blank_before && !first) out_ += '\n';
    out_.append(indent, ' ');
    out_ += comment.text;
    out_ += '\n';
    flat_columns_.reset();
  }

  void entry(const Entry& entry, const Entry* before, bool first, std::size_t indent) {
    Line flat(indent);
    const bool is_flat = add_flat(flat, entry) && flat.is_one_line();
    const std::size_t width = columns(flat.text());
    if (entry.semicolon_before && entry.leading.empty() && before != nullptr && !before->trailing && flat_columns_ &&
        is_flat && *flat_columns_ + 2 + width <= kColumnsMax) {
      out_ += "; ";
      out_ += flat.text();
      *flat_columns_ += 2 + width;
    } else {
      leading(entry, first, indent);
      out_.append(indent, ' ');
      flat_columns_.reset();
      if (is_flat && indent + width <= kColumnsMax) {
        out_ += flat.text();
        flat_columns_ = indent + width;
      } else {
        broken(entry, indent);
      }
    }
    if (entry.trailing) out_ += ' ' + entry.trailing->text;
  }

  void leading(const Entry& entry, bool first, std::size_t indent) {
    end_line();
    bool first_comment = true;
    for (const Comment& each : entry.leading) {
      comment(each, first && first_comment, indent);
      first_comment = false;
    }
    const bool blank = entry.leading.empty() ? entry.blank_before && !first : entry.blank_after_leading;
    if (blank) out_ += '\n';
  }

  void broken(const Entry& entry, std::size_t indent) {
    Line line(indent);
    add_front(line, entry);
    if (!entry.block) {
      add_arrow(line, entry);
      out_ += line.wrapped();
      return;
    }
    const Block& block = *entry.block;
    if (block.entries.empty() && block.dangling.empty() && !entry.after_brace) {
      line.add(" {}");
      add_arrow(line, entry);
      out_ += line.wrapped();
      return;
    }
    line.add(" {");
    out_ += line.wrapped();
    if (entry.after_brace) out_ += ' ' + entry.after_brace->text;
    out_ += '\n';
    entries(block.entries, block.dangling, indent + kIndent);
    end_line();
    flat_columns_.reset();
    Line rest(indent);
    rest.add("}");
    add_arrow(rest, entry);
    out_.append(indent, ' ');
    out_ += rest.wrapped();
  }

  std::string out_;
  std::optional<std::size_t> flat_columns_;  // of the line being written, while it holds whole entries only
};

}  // namespace

std::string format(const File& file) {
  Printer printer;
  printer.entries(file.entries, file.dangling, 0);
  std::string out = printer.take();
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  return out;
}

std::string format(const Expr& expr) {
  Line line(0, true);
  line.expr(expr);
  return line.text();
}

std::string format(const Clause& clause) {
  Line line(0, true);
  line.clause(clause);
  return line.text();
}

std::string format(const Target& target) {
  Line line(0, true);
  line.target(target);
  return line.text();
}

std::string source_text(const Expr& expr) {
  Line line(0);
  line.expr(expr);
  return line.text();
}

}  // namespace flow::syntax
