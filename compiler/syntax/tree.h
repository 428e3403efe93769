// The syntax tree: the generic shape of the language and nothing of its meaning. Which words are components,
// settings or outcomes is the catalogue's business (compiler/catalogue), not the tree's.
//
// Immutable once parsed. Positions are spans of the file that was parsed; `raw` text is a copy of what stands there,
// so a tree can be printed back without its source. Depth is bounded by limits::kNestingDepthMax (an operator chain
// counts a level per operator), so recursive walks are safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/source/source.h"

namespace flow::syntax {

struct Expr;
struct Entry;

// As std::optional, in the size of a pointer: most entries lack most of their parts.
template <typename T>
class Box {
 public:
  Box() = default;
  Box& operator=(T value) {
    value_ = std::make_unique<T>(std::move(value));
    return *this;
  }
  explicit operator bool() const { return value_ != nullptr; }
  bool has_value() const { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

enum class ExprKind : std::uint8_t {
  name,       // text: the name. Reserved words other than true/false never appear here
  number,     // raw: -6.2
  quantity,   // raw: 30s 500ms 1h30m 7d 50% 0.15USD (number and unit in one token)
  time,       // raw: 09:00
  date,       // raw: 2026-12-25
  datetime,   // raw: 2026-12-25T09:00
  regex,      // raw: between the slashes, `\/` kept as written
  boolean,    // text: "true" or "false"
  string,     // pieces
  list,       // children: [a, b]
  paren,      // children[0]
  optional,   // children[0] with a `?` after it
  member,     // children[0] . text
  call,       // text ( args )
  binary,     // op, children[0], children[1]
  unary_not,  // not children[0]
  is,         // children[0] is [not] set|blank: text is "set" or "blank", negated
};

enum class BinaryOp : std::uint8_t {
  multiply,
  add,
  subtract,
  range,
  coalesce,
  equal,
  not_equal,
  fold_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  contains,
  matches,
  in,
  not_in,
  starts_with,
  ends_with,
  logical_and,
  logical_or,
};
std::string_view spelling(BinaryOp op);  // "==", "not in", "starts with"

// A piece of a string: text as written (`raw`, with its escapes) and as meant (`text`), or an interpolation. Both lack
// the indentation of a block string, its first line end and the one before its closing quotes.
struct StringPiece {
  source::Span span;
  std::string raw;
  std::string text;
  std::unique_ptr<Expr> expr;  // null for text
};

struct Argument {
  source::Span span;
  std::string name;          // empty: positional
  bool quoted = false;       // the name was written as a text: json("x-tags": …)
  bool spread = false;       // one expression after `..`: the open range of text(..30)
  std::vector<Expr> values;  // side by side, one or more
};

struct Expr {
  ExprKind kind{};
  source::Span span;
  std::string text;  // name, member name, call name, "set"/"blank", decoded atoms
  std::string raw;   // an atom as written
  BinaryOp op{};
  bool negated = false;       // is not
  bool block_string = false;  // """ … """
  std::vector<Expr> children;
  std::vector<StringPiece> pieces;
  std::vector<Argument> args;
};

// `else`, or words and values side by side: `undelivered after 30s`.
struct Item {
  source::Span span;
  bool is_else = false;
  std::vector<Expr> exprs;
};

// Items between commas: `failed, undelivered after 30s`.
struct Clause {
  source::Span span;
  std::vector<Item> items;
};

// `sms`, `end failed "why"`, `jump menu max 3 else office`: a clause and what stands after `else`, itself a target.
struct Target {
  source::Span span;
  Clause clause;
  std::unique_ptr<Target> otherwise;
};

struct Comment {
  source::Span span;
  std::string text;           // with its slashes, without the line's end
  bool own_line = false;      // nothing but space before it
  bool blank_before = false;  // an empty line directly above it
};

struct Block {
  source::Span span;      // from `{` to `}`
  bool one_line = false;  // `{` and `}` on the same line
  std::vector<Entry> entries;
  std::vector<Comment> dangling;  // comments after the last entry, before `}`
};

// entry = { doc } clause [ ":" target ] [ "=" clause ] [ block ] [ "=>" target ]
struct Entry {
  source::Span span;                 // without comments
  std::vector<Comment> leading;      // `//` and `///` lines above it, in order
  Box<Comment> trailing;             // after it on its last line
  Box<Comment> after_brace;          // after its block's `{`, on the same line
  bool blank_before = false;         // at least one empty line above (above its leading comments)
  bool blank_after_leading = false;  // at least one empty line between its leading comments and itself
  bool semicolon_before = false;     // on the line of the entry before it
  Clause head;
  Box<Target> colon;  // after `:`
  Box<Clause> value;  // after `=`
  Box<Block> block;
  Box<Target> arrow;  // after `=>`

  std::string doc() const;  // the text of its `///` lines, without slashes
};

struct File {
  source::FileId file{};
  std::vector<Entry> entries;
  std::vector<Comment> dangling;  // after the last entry
};

}  // namespace flow::syntax
