#include "compiler/diagnostics/diagnostic.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace flow::diagnostics {

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::information:
      break;
  }
  return "note";
}

const std::vector<CodeInfo>& all_codes() {
  static const std::vector<CodeInfo> codes = {
#define FLOW_CODE(number, name, severity, title) {Code::name, number, #name, Severity::severity, title},
#include "compiler/diagnostics/codes.def"
#undef FLOW_CODE
  };
  return codes;
}

std::optional<Code> find_code(std::string_view text) {
  for (const CodeInfo& each : all_codes()) {
    if (code_text(each.code) == text) return each.code;
  }
  return std::nullopt;
}

const CodeInfo& info(Code code) {
  const auto place = static_cast<std::size_t>(code);
  FLOW_CHECK(place < all_codes().size(), "code {}", place);
  return all_codes()[place];
}

bool is_waivable(Code code) {
  constexpr std::uint16_t kAboutWaivers = 1100;  // and the 99 behind it
  const CodeInfo& about = info(code);
  return about.severity != Severity::error && about.number / 100 != kAboutWaivers / 100;
}

std::string code_text(Code code) {
  return fmt::format("F{:04}", info(code).number);
}

Sink::Builder& Sink::Builder::label(std::string text) {
  diagnostic_->primary.text = std::move(text);
  return *this;
}

Sink::Builder& Sink::Builder::also(source::Span span, std::string text) {
  diagnostic_->secondary.push_back({span, std::move(text)});
  return *this;
}

Sink::Builder& Sink::Builder::step(std::string line) {
  diagnostic_->path.push_back(std::move(line));
  return *this;
}

Sink::Builder& Sink::Builder::path(std::vector<std::string> lines) {
  diagnostic_->path = std::move(lines);
  return *this;
}

Sink::Builder& Sink::Builder::hint(std::string text) {
  diagnostic_->hint = std::move(text);
  return *this;
}

Sink::Builder Sink::add(Code code, source::Span span, std::string message) {
  // A part of the source that became several steps has its mistakes once.
  if (!told_.emplace(code, span.file, span.begin, span.end, std::hash<std::string>()(message)).second) {
    overflow_ = {};
    return Builder(&overflow_);
  }
  const Severity severity = info(code).severity;
  const auto waives = [&](const Waive& each) { return each(code, span, message); };
  if (is_waivable(code) && std::any_of(waives_.rbegin(), waives_.rend(), waives)) {
    ++waived_;
    overflow_ = {};
    return Builder(&overflow_);
  }
  if (severity == Severity::error) ++errors_;
  if (severity == Severity::warning) ++warnings_;
  if (diagnostics_.size() >= limits::kDiagnosticsMax) {
    ++dropped_;
    overflow_ = {};
    return Builder(&overflow_);
  }
  diagnostics_.push_back({code, severity, std::move(message), {span, {}}, {}, {}, {}});
  return Builder(&diagnostics_.back());
}

std::vector<Diagnostic> Sink::sorted() const {
  std::vector<Diagnostic> result(diagnostics_.begin(), diagnostics_.end());
  std::stable_sort(result.begin(), result.end(), [](const Diagnostic& a, const Diagnostic& b) {
    const auto key = [](const Diagnostic& d) { return std::make_tuple(d.primary.span.file, d.primary.span.begin); };
    return key(a) < key(b);
  });
  return result;
}

}  // namespace flow::diagnostics
