#include "compiler/syntax/parse.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <antlr4-runtime.h>

#include <FlowLexer.h>
#include <FlowParser.h>

#include "base/limits.h"
#include "compiler/syntax/build.h"
#include "compiler/syntax/descent.h"
#include "compiler/syntax/parse_statistics.h"
#include "compiler/syntax/syntax_errors.h"
#include "compiler/syntax/tokens.h"

namespace flow::syntax {
namespace {

using diagnostics::Code;
using grammar::FlowParser;

// Leaves the parser; not an error of the text by itself.
class Stop : public std::exception {};

// Counts what nests while it is being parsed: the parser recurses on the stack, and so do walks of the tree. In a chain
// of operators the parser leaves an expression and enters one around it, so each of these is one higher than its first
// operand.
class DepthGuard : public antlr4::tree::ParseTreeListener {
 public:
  explicit DepthGuard(Report& report) : report_(report) {}

  void enterEveryRule(antlr4::ParserRuleContext* context) override {
    if (!counts(context)) return;
    const std::size_t height = context->children.empty() ? 1 : height_left_ + 1;
    heights_.push_back(height);
    depth_ += height;
    if (depth_ <= limits::kNestingDepthMax) return;
    const antlr4::Token* token = context->start;
    const auto begin = static_cast<std::uint32_t>(token->getStartIndex());
    report_
        .error(Code::nested_too_deep, static_cast<std::uint32_t>(token->getLine()), begin, begin + 1,
               "nested deeper than {} levels", limits::kNestingDepthMax)
        .hint("each operator in a chain counts; give parts names of their own: `let`, or another step");
    throw Stop();
  }
  void exitEveryRule(antlr4::ParserRuleContext* context) override {
    // Leaving on the way out of an error may meet rules that were never entered.
    if (!counts(context) || heights_.empty()) return;
    height_left_ = heights_.back();
    depth_ -= height_left_;
    heights_.pop_back();
  }
  void visitTerminal(antlr4::tree::TerminalNode* /*node*/) override {}
  void visitErrorNode(antlr4::tree::ErrorNode* /*node*/) override {}

 private:
  static bool counts(const antlr4::ParserRuleContext* context) {
    const std::size_t rule = context->getRuleIndex();
    return rule == FlowParser::RuleExpr || rule == FlowParser::RuleBlock || rule == FlowParser::RuleTarget;
  }

  Report& report_;
  std::vector<std::size_t> heights_;
  std::size_t height_left_ = 0;  // of the expression left last
  std::size_t depth_ = 0;        // the sum of heights_
};

// Reports in the author's words and goes on with the next entry. Nothing is inserted or dropped inside one.
class EntryRecovery : public antlr4::DefaultErrorStrategy {
 public:
  // The parser's tokens begin at tokens[first].
  EntryRecovery(std::string_view text, const std::vector<Token>& tokens, std::size_t first, Report& report)
      : text_(text), tokens_(tokens), first_(first), report_(report) {}

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override {
    if (inErrorRecoveryMode(parser)) return;
    beginErrorCondition(parser);
    report(error.getOffendingToken()->getTokenIndex());
  }

  antlr4::Token* recoverInline(antlr4::Parser* parser) override { throw antlr4::InputMismatchException(parser); }

  void recover(antlr4::Parser* parser, std::exception_ptr /*error*/) override {
    const bool whole_entry = parser->getContext()->getRuleIndex() == FlowParser::RuleEntry;
    skip(parser, whole_entry);
  }

  // Called before each decision. At the beginning of an entry, whatever cannot begin one is reported and skipped.
  void sync(antlr4::Parser* parser) override {
    const std::size_t rule = parser->getContext()->getRuleIndex();
    if (rule != FlowParser::RuleFile && rule != FlowParser::RuleBlock) return;
    for (;;) {
      const std::size_t type = parser->getInputStream()->LA(1);
      if (can_begin_entry(type) || type == FlowParser::CLOSE_BRACE || type == antlr4::Token::EOF) return;
      report(parser->getInputStream()->index());
      skip(parser, true);
    }
  }

 private:
  void report(std::size_t index) {
    report_unexpected(text_, tokens_, first_ + index, report_);
    if (report_.full()) throw Stop();
  }

  // To the end of the entry, past its SEP when `whole`; else at most to where the rest of the entry can go on.
  static void skip(antlr4::Parser* parser, bool whole) {
    std::size_t depth = 0;
    for (;;) {
      const std::size_t type = parser->getInputStream()->LA(1);
      if (type == antlr4::Token::EOF) return;
      if (depth == 0) {
        if (type == FlowParser::CLOSE_BRACE) return;
        if (type == FlowParser::SEP) {
          if (whole) parser->consume();
          return;
        }
        if (!whole && (type == FlowParser::OPEN_BRACE || type == FlowParser::ARROW)) return;
      }
      if (type == FlowParser::OPEN_BRACE) ++depth;
      if (type == FlowParser::CLOSE_BRACE) --depth;
      parser->consume();
    }
  }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  std::size_t first_;
  Report& report_;
};

// Counts what only full context can settle.
class AmbiguityCounter : public antlr4::BaseErrorListener {
 public:
  explicit AmbiguityCounter(std::size_t& count) : count_(count) {}
  void reportAmbiguity(antlr4::Parser* /*parser*/, const antlr4::dfa::DFA& /*dfa*/, std::size_t /*start*/,
                       std::size_t /*stop*/, bool /*exact*/, const antlrcpp::BitSet& /*alternatives*/,
                       antlr4::atn::ATNConfigSet* /*configs*/) override {
    ++count_;
  }
  void reportAttemptingFullContext(antlr4::Parser* /*parser*/, const antlr4::dfa::DFA& /*dfa*/, std::size_t /*start*/,
                                   std::size_t /*stop*/, const antlrcpp::BitSet& /*alternatives*/,
                                   antlr4::atn::ATNConfigSet* /*configs*/) override {
    ++count_;
  }

 private:
  std::size_t& count_;
};

std::unique_ptr<antlr4::Token> parser_token(const Token& token) {
  auto made = std::make_unique<antlr4::CommonToken>(token.type);
  made->setStartIndex(token.begin);
  // One before its beginning when it is empty; ANTLR's ends are inclusive.
  made->setStopIndex(static_cast<std::size_t>(token.end) - 1);
  made->setLine(token.line);
  return made;
}

// tokens[begin..end), which are whole entries, as a file of their own.
std::vector<std::unique_ptr<antlr4::Token>> parser_tokens(const std::vector<Token>& tokens, std::size_t begin,
                                                          std::size_t end) {
  std::vector<std::unique_ptr<antlr4::Token>> out;
  out.reserve(end - begin + 1);
  for (std::size_t i = begin; i < end; ++i) out.push_back(parser_token(tokens[i]));
  if (out.empty() || out.back()->getType() != antlr4::Token::EOF) out.push_back(parser_token(tokens.back()));
  return out;
}

class Run {
 public:
  Run(std::string_view text, source::FileId file, diagnostics::Sink& sink, ParseStatistics* statistics)
      : text_(text), file_(file), report_(file, sink), statistics_(statistics) {}

  std::optional<File> parse() {
    if (!check_bytes()) return std::nullopt;
    Tokens lexed = tokenize(text_, report_);
    if (lexed.too_deep || report_.full()) return std::nullopt;

    // Entry by entry: the generated parser's own tokens and tree are about fifty times as large as the text.
    File built;
    built.file = file_;
    const std::vector<Token>& tokens = lexed.tokens;
    Descent descent(text_, file_, tokens);
    for (std::size_t begin = 0; begin + 1 < tokens.size() && !report_.full();) {
      const std::size_t end = end_of_entry(tokens, begin);
      // An error may excuse what is beside it: then the generated parser has the rest.
      const bool watched = statistics_ != nullptr || report_.any();
      if (auto entry = watched ? std::nullopt : descent.entry(begin, end)) {
        built.entries.push_back(*std::move(entry));
      } else {
        parse_entry(tokens, begin, end, built);
      }
      begin = end;
    }
    lexed.tokens = {};
    if (report_.full()) return std::nullopt;
    attach_comments(built, std::move(lexed.comments), text_);
    return built;
  }

 private:
  bool check_bytes() {
    if (text_.size() > limits::kSourceBytesMax) {
      report_.error(Code::syntax_error, 1, 0, 0, "a file of more than {} bytes", limits::kSourceBytesMax)
          .hint("split it: a workspace may have many files");
      return false;
    }
    const std::size_t bad = source::find_malformed_utf8(text_);
    if (bad == std::string_view::npos) return true;
    const auto at = static_cast<std::uint32_t>(bad);
    report_
        .error(Code::not_utf8, 1, at, at + 1, "the byte 0x{:02X} is not part of UTF-8 text",
               static_cast<unsigned char>(text_[bad]))
        .hint("save the file as UTF-8");
    return false;
  }

  // Adds the entries of tokens[begin..end) to `built`: one, or what is left of it after an error.
  void parse_entry(const std::vector<Token>& tokens, std::size_t begin, std::size_t end, File& built) {
    antlr4::ListTokenSource source(parser_tokens(tokens, begin, end));
    antlr4::CommonTokenStream stream(&source);
    if (!parser_) parser_ = std::make_unique<FlowParser>(&stream);
    FlowParser& parser = *parser_;
    parser.setTokenStream(&stream);
    parser.removeErrorListeners();
    DepthGuard guard(report_);
    parser.addParseListener(&guard);
    antlr4::tree::ParseTree* tree = fast_pass(parser);
    parser.removeParseListeners();
    if (tree == nullptr) {
      if (statistics_ != nullptr) statistics_->second_pass = true;
      DepthGuard second_guard(report_);
      parser.addParseListener(&second_guard);
      parser.reset();
      parser.setErrorHandler(std::make_shared<EntryRecovery>(text_, tokens, begin, report_));
      mode(parser, antlr4::atn::PredictionMode::LL);
      tree = parser.file();
      parser.removeParseListeners();
    }
    File part = build(*tree, text_, file_, report_);
    std::move(part.entries.begin(), part.entries.end(), std::back_inserter(built.entries));
  }

  static void mode(FlowParser& parser, antlr4::atn::PredictionMode mode) {
    parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
  }

  // Null when something did not fit.
  antlr4::tree::ParseTree* fast_pass(FlowParser& parser) {
    std::size_t unused = 0;
    AmbiguityCounter counter(statistics_ != nullptr ? statistics_->ambiguities : unused);
    mode(parser, antlr4::atn::PredictionMode::SLL);
    if (statistics_ != nullptr) {
      parser.addErrorListener(&counter);
      mode(parser, antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION);
    }
    parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
    antlr4::tree::ParseTree* tree = nullptr;
    try {
      tree = parser.file();
    } catch (const antlr4::ParseCancellationException&) {
      tree = nullptr;  // the second pass finds the error again and describes it
    }
    parser.removeErrorListeners();
    return tree;
  }

  std::string_view text_;
  source::FileId file_;
  Report report_;
  ParseStatistics* statistics_;
  std::unique_ptr<FlowParser> parser_;  // made when it is needed
};

std::optional<File> guarded(const source::SourceMap& sources, source::FileId id, diagnostics::Sink& sink,
                            ParseStatistics* statistics) {
  try {
    return Run(sources.file(id).text(), id, sink, statistics).parse();
  } catch (const Stop&) {
    return std::nullopt;  // reported already
  } catch (const std::exception& error) {
    // The runtime library broke its promise; the author's text must not end the process.
    sink.report(Code::syntax_error, source::Span{id, 0, 0}, "this file could not be parsed: {}", error.what());
    return std::nullopt;
  }
}

}  // namespace

std::optional<File> parse(const source::SourceMap& sources, source::FileId id, diagnostics::Sink& sink) {
  return guarded(sources, id, sink, nullptr);
}

std::optional<File> parse(const source::SourceMap& sources, source::FileId id, diagnostics::Sink& sink,
                          ParseStatistics& statistics) {
  return guarded(sources, id, sink, &statistics);
}

}  // namespace flow::syntax
