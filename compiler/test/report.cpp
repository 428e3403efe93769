#include "compiler/test/report.h"

#include <algorithm>
#include <map>

#include "compiler/diagnostics/display.h"
#include "runtime/program/json.h"
#include "runtime/program/text.h"

namespace flow::test {
namespace {

using program::EffectKind;
using program::EndKind;
using Kind = Seen::Kind;

constexpr std::size_t kExcerptCharsMax = 60;

std::string quoted(std::string_view text, bool whole) {
  const bool cut = !whole && program::count_characters(text) > kExcerptCharsMax;
  std::string shown(cut ? program::left_characters(text, kExcerptCharsMax) : text);
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return fmt::format("\"{}{}\"", shown, cut ? "…" : "");
}

class Timeline {
 public:
  Timeline(const Outcome& outcome, const source::SourceMap& sources) : outcome_(outcome), sources_(sources) {}

  std::string text(const Test& test) {
    for (const Seen& seen : outcome_.seen) {
      width_ = std::max(width_, program::duration_text(seen.at_ms).size());
    }
    row("", 0, fmt::format("start {}", test.flow->name));
    for (const Seen& seen : outcome_.seen) add(test, seen);
    return std::move(text_);
  }

 private:
  void row(std::string_view mark, std::int64_t at_ms, const std::string& what) {
    text_ +=
        fmt::format("  {:<2}  {:>{}}  {}\n", mark, program::duration_text(at_ms), width_, diagnostics::printable(what));
  }

  void below(const std::string& what) {
    if (!what.empty()) text_ += fmt::format("      {:>{}}  {}\n", "", width_, diagnostics::printable(what));
  }

  void add(const Test& test, const Seen& seen) {
    switch (seen.kind) {
      case Kind::effect:
        if (seen.effect.kind != EffectKind::timer) row(seen.met ? "ok" : "", seen.at_ms, effect(test, seen));
        break;
      case Kind::timer:
        row("", seen.at_ms, timer(test, seen));
        break;
      case Kind::event:
        row(">", seen.at_ms, written(seen.line->span) + (seen.ignored ? " (changes nothing)" : ""));
        break;
      case Kind::problem:
        if (seen.line == nullptr) {
          row("NO", seen.at_ms, seen.note);
          break;
        }
        row("NO", seen.at_ms, fmt::format("{} ({})", written(seen.line->span), place(seen.line->span)));
        below(seen.note);
        break;
      case Kind::missed: {
        std::string what = written(seen.line->span);
        if (what.starts_with("expect ")) what.replace(0, 7, "expected: ");
        if (seen.condition != nullptr && seen.line->entry != nullptr) what += ", " + written(seen.condition->span);
        row("NO", seen.at_ms,
            fmt::format("{} ({})", what, place(seen.condition != nullptr ? seen.condition->span : seen.line->span)));
        below(seen.note);
        break;
      }
    }
  }

  static const std::string& step_name(const Test& test, const Seen& seen) {
    return test.flow->steps.at(static_cast<std::size_t>(seen.effect.step)).name;
  }

  static std::string effect(const Test& test, const Seen& seen) {
    const program::Effect& effect = seen.effect;
    switch (effect.kind) {
      case EffectKind::enter:
        return "enter " + step_name(test, seen);
      case EffectKind::send:
        return fmt::format("send {} to {}: {}", step_name(test, seen), effect.to, quoted(seen.text, false));
      case EffectKind::withdraw:
        return fmt::format("withdraw the message of {}", step_name(test, seen));
      case EffectKind::late_receipt:
        return fmt::format("late receipt: {} {}", step_name(test, seen), program::to_string(effect.receipt));
      case EffectKind::end:
        return end(test, effect);
      case EffectKind::request:
        return fmt::format("ask {}", step_name(test, seen));
      case EffectKind::launch:
        return fmt::format("launch {}", step_name(test, seen));
      case EffectKind::cancel:
        return fmt::format("wait no more for {}", step_name(test, seen));
      case EffectKind::timer:
        break;
    }
    return {};
  }

  static std::string end(const Test& test, const program::Effect& effect) {
    switch (effect.end) {
      case EndKind::failed:
        return "end failed " + quoted(effect.reason, true);
      case EndKind::outcome:
        return "end " + test.flow->outcomes.at(static_cast<std::size_t>(effect.outcome));
      case EndKind::expired:
        return "end expired";
      case EndKind::none:
      case EndKind::done:
        break;
    }
    return "end";
  }

  static std::string timer(const Test& test, const Seen& seen) {
    const std::string word(program::to_string(seen.effect.timer));
    const bool resting = seen.effect.step >= 0 && seen.effect.timer != program::Timer::expires;
    return resting ? fmt::format("{}: {} is due", step_name(test, seen), word) : word + " is due";
  }

  // The author's words, on one line.
  std::string written(Span span) const {
    std::string result;
    for (const char c : sources_.text(span)) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!space || (!result.empty() && result.back() != ' ')) result += space ? ' ' : c;
    }
    return result;
  }

  std::string place(Span span) const {
    const source::File& file = sources_.file(span.file);
    return fmt::format("line {}", file.position(span.begin).line);
  }

  const Outcome& outcome_;
  const source::SourceMap& sources_;
  std::size_t width_ = 2;
  std::string text_;
};

// Text of an element or, with its line ends hidden, of an attribute; what XML cannot hold is left out.
std::string escaped(std::string_view text, bool attribute = true) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\n':
        result += attribute ? "&#10;" : "\n";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) result += c;
    }
  }
  return result;
}

// One line on why it failed.
std::string reason(const Outcome& outcome) {
  if (!outcome.refused.empty()) return "the execution cannot start: " + outcome.refused;
  const auto failures = std::ranges::count_if(
      outcome.seen, [](const Seen& seen) { return seen.kind == Kind::missed || seen.kind == Kind::problem; });
  return fmt::format("{} line{} of the test {} not hold", failures, failures == 1 ? "" : "s",
                     failures == 1 ? "does" : "do");
}

}  // namespace

std::string timeline(const Test& test, const Outcome& outcome, const source::SourceMap& sources) {
  return Timeline(outcome, sources).text(test);
}

std::string failure(const Report& report, const source::SourceMap& sources) {
  const Test& test = *report.test;
  const source::File& file = sources.file(test.span.file);
  const source::Position at = file.position(test.span.begin);
  std::string text = fmt::format("failed: {}{}\n  --> {}:{}:{}\n", diagnostics::printable(test.name),
                                 report.engine.empty() ? "" : fmt::format(" (on the {})", report.engine), file.path(),
                                 at.line, at.column);
  if (!report.outcome.refused.empty())
    return text + fmt::format("  {}\n", diagnostics::printable(reason(report.outcome)));
  return text + timeline(test, report.outcome, sources);
}

std::string junit(const std::vector<Report>& reports, const source::SourceMap& sources) {
  std::map<source::FileId, std::vector<const Report*>> files;
  for (const Report& report : reports) files[report.test->span.file].push_back(&report);
  const auto failed = [](const auto& list, auto&& project) {
    return std::ranges::count_if(list, [&](const auto& one) { return !project(one).outcome.passed; });
  };
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites tests=\"{}\" failures=\"{}\" errors=\"0\">\n", reports.size(),
                      failed(reports, [](const Report& one) -> const Report& { return one; }));
  for (const auto& [id, list] : files) {
    const source::File& file = sources.file(id);
    text += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n", escaped(file.path()),
                        list.size(), failed(list, [](const Report* one) -> const Report& { return *one; }));
    for (const Report* report : list) {
      const Test& test = *report->test;
      const std::string engine = report->engine.empty() ? "" : fmt::format(" ({})", report->engine);
      text +=
          fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"", escaped(test.flow->name),
                      escaped(test.name + engine), escaped(file.path()), file.position(test.span.begin).line);
      if (report->outcome.passed) {
        text += "/>\n";
        continue;
      }
      text += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                          escaped(reason(report->outcome)), escaped(failure(*report, sources), false));
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace flow::test
