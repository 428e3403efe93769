// The grammar's parser rules by recursive descent: a small part of the time that the generated parser takes for an
// entry without an error. It only says yes: an entry that does not fit, or of which something is to be reported, is the
// generated parser's, which stays the definition; tests hold both to the same tree. Internal to compiler/syntax.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/report.h"
#include "compiler/syntax/tokens.h"
#include "compiler/syntax/tree.h"

namespace flow::syntax {

class Descent {
 public:
  // `text` and `tokens`, which were made of it without a report, must outlive it.
  Descent(std::string_view text, source::FileId file, const std::vector<Token>& tokens)
      : text_(text), file_(file), tokens_(tokens), report_(file, sink_) {}

  // The entry that tokens[begin..end) are, its SEP included. Nothing: let the generated parser look at it.
  std::optional<Entry> entry(std::size_t begin, std::size_t end);

 private:
  // What nests while it is being read; each operator of a chain is a level, as in limits::kNestingDepthMax.
  class Level;

  Entry entry();
  Block block();
  Target target();
  Clause clause();
  Item item();
  Expr expr(int tightest_left_out);
  Expr joined(Expr left);
  Expr primary();
  Expr bracketed(ExprKind kind);
  Expr name_or_call();
  Expr text();
  StringPiece interpolation();
  Argument argument();
  void values(Argument& into);
  std::string name();

  // Of the next token; 0 when there is none, or it does not fit any more.
  std::size_t type() const { return fits_ && at_ < end_ ? tokens_[at_].type : 0; }
  bool take(std::size_t type) {
    if (this->type() != type) return false;
    ++at_;
    return true;
  }
  void expect(std::size_t type) {
    if (!take(type)) fits_ = false;
  }
  source::Span span(std::size_t token) const { return {file_, tokens_[token].begin, tokens_[token].end}; }
  source::Span since(std::size_t token) const {
    return {file_, tokens_[token].begin, tokens_[at_ == 0 ? 0 : at_ - 1].end};
  }

  std::string_view text_;
  source::FileId file_;
  const std::vector<Token>& tokens_;
  // What the generated parser would report. Its words are thrown away: it says them itself.
  diagnostics::Sink sink_;
  Report report_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t depth_ = 0;
  bool fits_ = true;
};

}  // namespace flow::syntax
