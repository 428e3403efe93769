// How the parts of the parser report: counts the errors of one file, and knows which lines have one already, so that
// one mistake gives one message. Internal to compiler/syntax.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "compiler/diagnostics/diagnostic.h"

namespace flow::syntax {

class Report {
 public:
  Report(source::FileId file, diagnostics::Sink& sink) : file_(file), sink_(sink) {}

  // An error at bytes [begin, end) of line `line`. Past limits::kSyntaxErrorsMax one last diagnostic says so.
  template <typename... Args>
  diagnostics::Sink::Builder error(diagnostics::Code code, std::uint32_t line, std::uint32_t begin, std::uint32_t end,
                                   fmt::format_string<Args...> text, Args&&... args) {
    excuse_lines(line, line);
    const source::Span span{file_, begin, end};
    if (++count_ <= limits::kSyntaxErrorsMax) {
      return sink_.report(code, span, text, std::forward<Args>(args)...);
    }
    if (count_ == limits::kSyntaxErrorsMax + 1) {
      sink_
          .report(diagnostics::Code::too_many_errors, span, "more than {} syntax errors in this file",
                  limits::kSyntaxErrorsMax)
          .hint("mend the first ones, then look again");
    }
    return diagnostics::Sink::Builder(&unwanted_);
  }

  source::Span span(std::uint32_t begin, std::uint32_t end) const { return {file_, begin, end}; }
  // Later errors in these lines would be echoes of one that was reported.
  void excuse_lines(std::uint32_t first, std::uint32_t last) {
    if (!full()) excused_.emplace_back(first, last);
  }
  bool is_excused(std::uint32_t line) const {
    for (const auto& [first, last] : excused_) {
      if (first <= line && line <= last) return true;
    }
    return false;
  }
  bool any() const { return count_ > 0; }
  bool full() const { return count_ > limits::kSyntaxErrorsMax; }

 private:
  source::FileId file_;
  diagnostics::Sink& sink_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> excused_;
  std::size_t count_ = 0;
  diagnostics::Diagnostic unwanted_{};
};

}  // namespace flow::syntax
