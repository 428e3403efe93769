#include "compiler/syntax/scanner.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include <antlr4-runtime.h>

#include <FlowLexer.h>

#include "base/check.h"

namespace flow::syntax {
namespace {

using antlr4::atn::LexerATNSimulator;
using antlr4::dfa::DFAState;
using grammar::FlowLexer;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kSymbols = 128;

std::size_t symbol_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < kSymbols ? byte : kSymbols - 1;
}

// The simulator, asked for single states instead of tokens. What it finds out, all of its kind share, as ever.
class Simulator : public LexerATNSimulator {
 public:
  explicit Simulator(LexerATNSimulator& other)
      : LexerATNSimulator(other.atn, other._decisionToDFA, other.getSharedContextCache()) {}

  DFAState* start(std::size_t mode) {
    _mode = mode;
    auto closure = computeStartState(&nothing_, atn.modeToStartState[mode]);
    closure->hasSemanticContext = false;
    return addDFAState(closure.release());
  }

  // Null: no token goes on so.
  DFAState* after(DFAState* state, std::size_t symbol, std::size_t mode) {
    _mode = mode;
    DFAState* next = getExistingTargetState(state, symbol);
    if (next == nullptr) next = computeTargetState(&nothing_, state, symbol);
    return next == ERROR.get() ? nullptr : next;
  }

 private:
  antlr4::ANTLRInputStream nothing_;  // the grammar has no predicate, which would look at it
};

}  // namespace

class Scanner::Automaton {
 public:
  using RowId = std::uint16_t;
  static constexpr RowId kUnknown = 0;  // not asked yet
  static constexpr RowId kNone = 1;     // no token goes on so

  struct Row {
    std::array<RowId, kSymbols> next{};
    DFAState* state = nullptr;
    std::size_t mode = 0;
    // Of the token that ends here, if one does.
    bool accepts = false;
    bool skips = false;
    bool pops = false;
    std::size_t type = 0;
    std::optional<std::size_t> pushes;
  };

  Automaton() : lexer_(&nothing_), simulator_(*lexer_.getInterpreter<LexerATNSimulator>()), rows_(2) {
    starts_.resize(lexer_.getATN().modeToStartState.size());
  }

  RowId start(std::size_t mode) {
    if (starts_[mode] == kUnknown) starts_[mode] = row_of(simulator_.start(mode), mode);
    return starts_[mode];
  }
  RowId next(RowId row, std::size_t symbol) {
    const RowId known = rows_[row].next[symbol];
    return known != kUnknown ? known : ask(row, symbol);
  }
  const Row& row(RowId id) const { return rows_[id]; }

 private:
  RowId ask(RowId row, std::size_t symbol) {
    DFAState* state = simulator_.after(rows_[row].state, symbol, rows_[row].mode);
    const RowId next = state == nullptr ? kNone : row_of(state, rows_[row].mode);
    rows_[row].next[symbol] = next;
    return next;
  }

  RowId row_of(DFAState* state, std::size_t mode) {
    const auto [known, first] = ids_.emplace(state, static_cast<RowId>(rows_.size()));
    if (!first) return known->second;
    FLOW_CHECK(rows_.size() < UINT16_MAX);
    Row& row = rows_.emplace_back();
    row.state = state;
    row.mode = mode;
    row.accepts = state->isAcceptState;
    row.type = state->prediction;
    if (row.accepts && state->lexerActionExecutor)
      for (const auto& action : state->lexerActionExecutor->getLexerActions()) take(*action, row);
    return known->second;
  }

  static void take(const antlr4::atn::LexerAction& action, Row& row) {
    if (const auto* type = dynamic_cast<const antlr4::atn::LexerTypeAction*>(&action)) {
      row.type = static_cast<std::size_t>(type->getType());
    } else if (const auto* push = dynamic_cast<const antlr4::atn::LexerPushModeAction*>(&action)) {
      row.pushes = static_cast<std::size_t>(push->getMode());
    } else if (dynamic_cast<const antlr4::atn::LexerPopModeAction*>(&action) != nullptr) {
      row.pops = true;
    } else {
      FLOW_CHECK(dynamic_cast<const antlr4::atn::LexerSkipAction*>(&action) != nullptr, "an action of another kind");
      row.skips = true;
    }
  }

  antlr4::ANTLRInputStream nothing_;
  FlowLexer lexer_;
  Simulator simulator_;
  std::vector<Row> rows_;
  std::vector<RowId> starts_;  // by mode
  std::unordered_map<const DFAState*, RowId> ids_;
};

Scanner::Automaton& Scanner::automaton() {
  thread_local Automaton filled;
  return filled;
}

Scanner::Scanner(std::string_view text)
    : text_(text),
      automaton_(automaton()),
      modes_{antlr4::Lexer::DEFAULT_MODE},
      at_(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0) {}

Token Scanner::next() {
  while (at_ < text_.size()) {
    Automaton::RowId row = automaton_.start(modes_.back());
    Automaton::RowId accepted = Automaton::kNone;
    std::size_t end = at_;
    for (std::size_t at = at_; at < text_.size();) {
      row = automaton_.next(row, symbol_of(text_[at]));
      if (row == Automaton::kNone) break;
      ++at;
      if (!automaton_.row(row).accepts) continue;
      accepted = row;
      end = at;
    }
    FLOW_CHECK(accepted != Automaton::kNone, "the grammar has a token for each byte");
    const Automaton::Row& found = automaton_.row(accepted);
    const Token token{found.type, static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end), line_};
    token_line_begin_ = line_begin_;
    count_lines(at_, end);
    at_ = end;
    if (found.pops) pop_mode();
    if (found.pushes) modes_.push_back(*found.pushes);
    if (!found.skips) return token;
  }
  const auto end = static_cast<std::uint32_t>(text_.size());
  return {antlr4::Token::EOF, end, end, line_};
}

void Scanner::pop_mode() {
  FLOW_CHECK(modes_.size() > 1);
  modes_.pop_back();
}

void Scanner::count_lines(std::size_t begin, std::size_t end) {
  const std::string_view part = text_.substr(begin, end - begin);
  const std::size_t last = part.rfind('\n');
  if (last == std::string_view::npos) return;
  line_ += static_cast<std::uint32_t>(std::count(part.begin(), part.end(), '\n'));
  line_begin_ = begin + last + 1;
}

}  // namespace flow::syntax
