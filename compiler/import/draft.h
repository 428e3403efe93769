// A flow that is being written: what importers make, and one writer turns into text in the canonical layout. The parts
// are text of the language, made with the functions below; whoever fills a draft keeps to the language's shape.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flow::importing {

// entry = clause [":" target] ["=" clause] [block] ["=>" target], as docs/language/shape.md has it.
struct DraftEntry {
  std::vector<std::string> comments;  // lines above it, without slashes
  std::vector<std::string> doc;       // `///` lines, likewise
  std::string head;                   // up to the block: `ask: send sms`, `text "Hello"`, `let x = 7`
  std::vector<DraftEntry> block;
  bool has_block = false;
  std::string arrow;             // what stands after `=>`; empty: nothing
  bool blank_before = false;     // an empty line above it
  std::string trailing_comment;  // after it, on its line
};

DraftEntry line(std::string head, std::string arrow = {});

struct Position {
  double x = 0;
  double y = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

struct DraftStep {
  std::string name;
  DraftEntry entry;                   // its head without the name: `send sms`
  std::vector<std::string> leads_to;  // names of steps, in the order of its arms: for the order of steps in the text
  std::string pointer;                // where it stands in the original; empty: the import added it
  std::string id;                     // what the original calls it
  std::optional<Position> position;
};

struct DraftFlow {
  std::string name;
  std::vector<std::string> comments;  // above everything
  std::vector<DraftEntry> header;     // from `flow NAME "…"` on, without `start`
  std::string start;                  // a target
  std::vector<DraftStep> steps;
  std::string pointer;
  // The whole in the canonical layout, where it has been written already or the original says it to the letter, as our
  // own exports do: write() gives it back, and of the parts above only names and places count.
  std::optional<std::string> text;
};

// Steps in the order in which somebody reads them: depth first from the start, arms in order; what nothing leads to
// comes last, in the order it had.
void order_steps(DraftFlow& flow);

// The text in the canonical layout. Fails, as our error, when the parts are no text of the language.
Result<std::string> write(const DraftFlow& flow);
// The same before it is laid out, for who parses it anyway: syntax::format() of its tree is what write() gives.
std::string sketch(const DraftFlow& flow);
Result<std::string> write(const std::vector<DraftEntry>& entries);

// A text of the language that means `text`: `"…"`, or a block when it has lines of its own. What is no UTF-8 becomes
// U+FFFD. Nothing in it is an interpolation.
std::string literal(std::string_view text);
// `"…"` on one line.
std::string one_line(std::string_view text);

// A text with values in it.
class TextWriter {
 public:
  void add(std::string_view text);
  void add_value(std::string_view expression);  // of the language, without braces
  void add(const TextWriter& other);            // its pieces
  bool has_values() const { return has_values_; }
  bool empty() const { return pieces_.empty(); }
  std::string one_line() const;  // on one line
  std::string literal() const;   // in a block, when it has lines of its own

 private:
  struct Piece {
    std::string text;
    bool value = false;
  };
  std::vector<Piece> pieces_;
  bool has_values_ = false;
};

// `/…/`, or nothing when the pattern is empty, too long or has a line's end.
std::optional<std::string> pattern(std::string_view regular_expression);

// Milliseconds as the language writes them: 90'000 is `1m30s`. Must be positive.
std::string duration(std::int64_t ms);

// Cut into lines of at most `width` bytes at spaces, without control characters: comments from foreign text.
std::vector<std::string> comment_lines(std::string_view text, std::size_t width = 110);

}  // namespace flow::importing
