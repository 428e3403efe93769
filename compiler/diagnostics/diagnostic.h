// What the compiler has to say about the author's flow: data here, text made at the edge (render.h, json.h).
//
// Wording: lower-case start, no final period, describe what was seen rather than the rule, quote code in backticks,
// avoid "allowed", "valid", "legal". One mistake gives one message, at the narrowest wrong place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/source/source.h"

namespace flow::diagnostics {

enum class Severity : std::uint8_t { error, warning, information };
std::string_view word_of(Severity severity);  // "error", "warning", "note"

// One per line of codes.def, in its order. The printed form is F and four digits.
enum class Code : std::uint16_t {
#define FLOW_CODE(number, name, severity, title) name,
#include "compiler/diagnostics/codes.def"
#undef FLOW_CODE
};

struct CodeInfo {
  Code code;
  std::uint16_t number;  // 101 prints as F0101
  const char* name;      // unknown_step
  Severity severity;
  const char* title;  // "unknown step": the heading of its page, docs/diagnostics/F0202.md
};

const CodeInfo& info(Code code);
const std::vector<CodeInfo>& all_codes();
std::string code_text(Code code);  // "F0101"
std::optional<Code> find_code(std::string_view text);
// Warnings and notes about flows may be waived; errors, and what is said about waivers, may not.
bool is_waivable(Code code);

// A place with a few words under the caret; empty words print the caret alone.
struct Label {
  source::Span span;
  std::string text;
};

struct Diagnostic {
  Code code;
  Severity severity;
  std::string message;  // one line
  Label primary;
  std::vector<Label> secondary;   // the other half: "first declared here"
  std::vector<std::string> path;  // a way through the flow that shows it, one line a step
  std::string hint;               // what to do; empty when there is nothing to add
};

// Collects the diagnostics of one run. Not thread-safe. A Builder stays usable while more is reported, but for one that
// was dropped.
//   sink.report(Code::unknown_step, span, "there is no step `{}`", name).hint("did you mean `sms`?");
class Sink {
 public:
  class Builder {
   public:
    explicit Builder(Diagnostic* diagnostic) : diagnostic_(diagnostic) {}
    Builder& label(std::string text);                    // words under the primary caret
    Builder& also(source::Span span, std::string text);  // a secondary label
    Builder& step(std::string line);                     // one more line of the path
    Builder& path(std::vector<std::string> lines);
    Builder& hint(std::string text);

   private:
    Diagnostic* diagnostic_;
  };

  template <typename... Args>
  Builder report(Code code, source::Span span, fmt::format_string<Args...> text, Args&&... args) {
    return add(code, span, fmt::format(text, std::forward<Args>(args)...));
  }
  // The same code and message at the same place is told once.
  Builder add(Code code, source::Span span, std::string message);

  // Answers whether a finding is waived. Asked once for each that is_waivable(), before anything is added to it.
  using Waive = std::function<bool(Code code, source::Span span, std::string_view message)>;
  // From now on, and before those that were added earlier; the first that answers true decides.
  void waive_with(Waive waive) { waives_.push_back(std::move(waive)); }

  bool has_errors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return warnings_; }
  std::size_t waived() const { return waived_; }  // counted nowhere else
  // Past limits::kDiagnosticsMax the rest is counted here and not kept.
  std::size_t dropped() const { return dropped_; }

  // In source order (file, then place); what was reported first comes first between equals.
  std::vector<Diagnostic> sorted() const;

 private:
  std::deque<Diagnostic> diagnostics_;
  std::set<std::tuple<Code, source::FileId, std::uint32_t, std::uint32_t, std::size_t>> told_;
  Diagnostic overflow_{};  // takes what a Builder adds to a dropped one
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::size_t dropped_ = 0;
  std::size_t waived_ = 0;
  std::vector<Waive> waives_;
};

}  // namespace flow::diagnostics
