#include "compiler/syntax/dump.h"

#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace flow::syntax {
namespace {

class Dumper {
 public:
  std::string take() { return std::move(out_); }

  void entries(const std::vector<Entry>& entries, const std::vector<Comment>& dangling, std::size_t level) {
    for (const Entry& each : entries) entry(each, level);
    for (const Comment& comment : dangling) line(level, "dangling {}", comment.text);
  }

 private:
  template <typename... Args>
  void line(std::size_t level, fmt::format_string<Args...> text, Args&&... args) {
    out_.append(level * 2, ' ');
    fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void entry(const Entry& entry, std::size_t level) {
    line(level, "entry");
    for (const Comment& comment : entry.leading) line(level + 1, "leading {}", comment.text);
    clause(entry.head, level + 1, "head");
    if (entry.colon) target(*entry.colon, level + 1, "colon");
    if (entry.value) clause(*entry.value, level + 1, "value");
    if (entry.block) {
      line(level + 1, "block");
      if (entry.after_brace) line(level + 2, "after brace {}", entry.after_brace->text);
      entries(entry.block->entries, entry.block->dangling, level + 2);
    }
    if (entry.arrow) target(*entry.arrow, level + 1, "arrow");
    if (entry.trailing) line(level + 1, "trailing {}", entry.trailing->text);
  }

  void target(const Target& target, std::size_t level, std::string_view what) {
    clause(target.clause, level, what);
    if (target.otherwise) this->target(*target.otherwise, level + 1, "else");
  }

  void clause(const Clause& clause, std::size_t level, std::string_view what) {
    line(level, "{}", what);
    for (const Item& item : clause.items) {
      line(level + 1, "{}", item.is_else ? "item else" : "item");
      for (const Expr& each : item.exprs) expr(each, level + 2);
    }
  }

  void expr(const Expr& expr, std::size_t level) {
    line(level, "{} `{}` raw `{}` op {} negated {} block {}", static_cast<int>(expr.kind), expr.text, expr.raw,
         expr.kind == ExprKind::binary ? spelling(expr.op) : "", expr.negated, expr.block_string);
    for (const Expr& child : expr.children) this->expr(child, level + 1);
    for (const Argument& argument : expr.args) {
      line(level + 1, "argument `{}` quoted {} spread {}", argument.name, argument.quoted, argument.spread);
      for (const Expr& value : argument.values) this->expr(value, level + 2);
    }
    for (const StringPiece& piece : expr.pieces) {
      line(level + 1, "piece raw `{}` text `{}`", piece.raw, piece.text);
      if (piece.expr != nullptr) this->expr(*piece.expr, level + 2);
    }
  }

  std::string out_;
};

}  // namespace

std::string dump(const File& file) {
  Dumper dumper;
  dumper.entries(file.entries, file.dangling, 0);
  return dumper.take();
}

}  // namespace flow::syntax
