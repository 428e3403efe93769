#include "compiler/test/check.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/test/scope.h"

namespace flow::test {
namespace {

using catalogue::Support;
using catalogue::TestEntry;
using check::Patterns;
using check::Words;
using syntax::ExprKind;

const Patterns& file_patterns() {
  static const Patterns patterns({"test TEXT for NAME"});
  return patterns;
}
const Patterns& setup_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::test_setup());
  return patterns;
}
const Patterns& event_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::test_events());
  return patterns;
}
const Patterns& expectation_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::test_expectations());
  return patterns;
}

bool begins_with(Words words, std::string_view word) {
  return !words.empty() && words[0].kind == ExprKind::name && words[0].text == word;
}

Span span_of(Words words) {
  return source::join(words.front().span, words.back().span);
}

// The one item of a clause; nothing when there are commas or an `else` (reported).
std::optional<Words> words_of(Sink& sink, const syntax::Clause& clause) {
  if (clause.items.size() == 1 && !clause.items[0].is_else && !clause.items[0].exprs.empty())
    return Words(clause.items[0].exprs);
  const bool list = clause.items.size() > 1;
  sink.report(Code::unexpected_part, list ? clause.items[1].span : clause.span, "a line of a test says one thing")
      .hint("write one line for each");
  return std::nullopt;
}

// What stands behind the comma of `reply location 3.1302, 101.6711`; null: it is no place.
const syntax::Expr* longitude(const syntax::Clause& clause) {
  if (clause.items.size() != 2 || clause.items[1].is_else || clause.items[1].exprs.size() != 1) return nullptr;
  const Words words(clause.items[0].exprs);
  const bool place = words.size() == 3 && begins_with(words, "reply") && begins_with(words.subspan(1), "location");
  return place ? &clause.items[1].exprs[0] : nullptr;
}

// An entry of a table that is not of this release; of one that only adds words to another, those words.
void refuse_later(Sink& sink, Words words, std::span<const TestEntry> table, const TestEntry& known) {
  for (const TestEntry& entry : table) {
    const std::string shorter = std::string(entry.pattern) + " ";
    if (entry.support != Support::supported || !known.pattern.starts_with(shorter)) continue;
    const auto count = static_cast<std::size_t>(std::ranges::count(shorter, ' '));
    return check::report_later(sink, words.subspan(count), known.pattern.substr(shorter.size()));
  }
  check::report_later(sink, words, known.pattern);
}

class LineReader {
 public:
  explicit LineReader(TestScope& scope) : scope_(scope) {}

  void read(const syntax::Entry& entry) {
    const auto head = words_of(scope_.sink, entry.head);
    if (!head) return;
    if (begins_with(*head, "at")) return timed(entry, *head);
    if (begins_with(*head, "expect")) {
      check::refuse_other_parts(scope_.sink, entry, check::kBlock, "expect");
      return expectation(entry, *head, std::nullopt);
    }
    const auto match = check::match(*head, setup_patterns());
    if (!match) return unknown(entry, *head);
    const TestEntry& known = catalogue::test_setup()[match->entry];
    if (known.support == Support::not_yet) return refuse_later(scope_.sink, *head, catalogue::test_setup(), known);
    read_setup(scope_, entry, known, *match);
  }

 private:
  // `at T: …`
  void timed(const syntax::Entry& entry, Words head) {
    if (!entry.colon || head.size() != 2) {
      scope_.sink.report(Code::missing_part, entry.head.span, "this line does not say what happens then")
          .hint("`at 5s: STEP delivered`, `at 30s: expect send STEP`");
      return;
    }
    if (!check::refuse_other_parts(scope_.sink, entry, check::kColon | check::kBlock, "at")) return;
    if (entry.colon->otherwise) {
      scope_.sink.report(Code::unexpected_part, entry.colon->otherwise->span, "a line of a test has no `else`");
      return;
    }
    NoNames values(scope_.sink);
    const auto at = check::check_duration(values, head[1], "`at`", 0, limits::kExpiresMsMax);
    const syntax::Clause& clause = entry.colon->clause;
    const syntax::Expr* second = longitude(clause);
    const auto what = second != nullptr ? Words(clause.items[0].exprs) : words_of(scope_.sink, clause);
    if (!what) return;
    if (at) in_order(*at, head[1].span);
    if (begins_with(*what, "expect"))
      expectation(entry, *what, at.value_or(last_ms_));
    else
      event(entry, *what, second, at.value_or(last_ms_));
  }

  void in_order(std::int64_t at, Span span) {
    if (at < last_ms_) {
      scope_.sink
          .report(Code::time_order, span, "{} comes before {}, where the test is already", check::duration_words(at),
                  check::duration_words(last_ms_))
          .also(last_span_, "the line before")
          .hint("times are counted from the start; order the lines by them");
      return;
    }
    last_ms_ = at;
    last_span_ = span;
  }

  void event(const syntax::Entry& entry, Words words, const syntax::Expr* second, std::int64_t at) {
    if (entry.block)
      scope_.sink.report(Code::unexpected_part, words.back().span, "an event has no block")
          .hint("conditions stand behind `expect send STEP`");
    const auto match = check::match(words, event_patterns());
    if (!match) return report_event(words);
    const TestEntry& known = catalogue::test_events()[match->entry];
    if (known.support == Support::not_yet) return refuse_later(scope_.sink, words, catalogue::test_events(), known);
    Line line;
    line.entry = &known;
    line.at_ms = at;
    line.span = second == nullptr ? span_of(words) : source::join(words.front().span, second->span);
    if (reader_of(known.id)(scope_, {*match, nullptr, second}, line)) scope_.test.lines.push_back(std::move(line));
  }

  void expectation(const syntax::Entry& entry, Words words, std::optional<std::int64_t> at) {
    Line line;
    line.expectation = true;
    line.at_ms = at;
    line.span = span_of(words);
    expects_ = true;
    const Words what = words.subspan(1);
    if (what.empty()) {
      scope_.sink.report(Code::missing_part, line.span, "`expect` does not say what")
          .hint("`expect send STEP`, `expect end`, `expect messages == 2`");
      return;
    }
    const auto match = check::match(what, expectation_patterns());
    if (!match) return condition(entry, what, std::move(line));
    const TestEntry& known = catalogue::test_expectations()[match->entry];
    if (known.support == Support::not_yet)
      return refuse_later(scope_.sink, what, catalogue::test_expectations(), known);
    if (known.about_all && at) {
      scope_.sink.report(Code::missing_time, line.span, "this is about the whole execution, and takes no time")
          .hint("leave `at …:` out");
      return;
    }
    if (entry.block && known.after.empty()) {
      scope_.sink.report(Code::unexpected_part, what.back().span, "`expect {}` has no block", known.pattern);
      return;
    }
    line.entry = &known;
    if (reader_of(known.id)(scope_, {*match, entry.block ? &*entry.block : nullptr}, line))
      scope_.test.lines.push_back(std::move(line));
  }

  void condition(const syntax::Entry& entry, Words what, Line line) {
    if (is_fact(what)) {
      scope_.sink.report(Code::missing_part, span_of(what), "this does not say what is expected of it")
          .hint("a condition: `messages == 2`");
      return;
    }
    if (!is_condition(what)) {
      check::report_unmatched(scope_.sink, what, span_of(what), expectation_patterns(), Code::unknown_test_line,
                              "expectation", "`send STEP`, `end`, `visited STEP`, or a condition: `messages == 2`");
      return;
    }
    if (entry.block) {
      scope_.sink.report(Code::unexpected_part, what.back().span, "a condition has no block");
      return;
    }
    if (read_condition(scope_, what, catalogue::FactOf::execution, line.conditions))
      scope_.test.lines.push_back(std::move(line));
  }

  // What is no event: a slip in its words, or an expectation without its `expect`.
  void report_event(Words words) {
    std::vector<std::string> firsts;
    std::vector<std::string> receipts;
    for (const TestEntry& entry : catalogue::test_events()) {
      const std::string_view pattern = entry.pattern;
      const bool of_step = pattern.starts_with("STEP ");
      std::string word(of_step ? pattern.substr(5) : pattern);
      word.resize(std::min(word.find(entry.receipt == program::Receipt::opted_out ? " TEXT" : " "), word.size()));
      std::vector<std::string>& list = of_step ? receipts : firsts;
      if (std::ranges::find(list, word) == list.end()) list.push_back(word);
    }
    if (check::match(words, expectation_patterns())) {
      scope_.sink.report(Code::unknown_test_line, words[0].span, "there is no event `{}`", words[0].text)
          .hint("what the flow should do stands behind `expect`");
    } else if (words[0].kind != ExprKind::name && words[0].kind != ExprKind::member) {
      scope_.sink.report(Code::unknown_test_line, span_of(words), "this is no event")
          .hint("`STEP delivered`, `signal NAME`");
    } else if (scope_.steps.contains(check::step_name(words[0]))) {
      const syntax::Expr& second = words[std::min<std::size_t>(1, words.size() - 1)];
      const bool word = words.size() > 1 && second.kind == ExprKind::name;
      const bool known = word && std::ranges::find(receipts, second.text) != receipts.end();
      std::string help = word && !known ? diagnostics::did_you_mean(second.text, receipts) : "";
      if (help.empty()) help = "what happens to its message: " + check::quoted(receipts, "or");
      if (known)
        scope_.sink.report(Code::unexpected_part, words[2].span, "`{}` does not go on like this", second.text);
      else
        scope_.sink
            .report(Code::unknown_test_line, words.size() > 1 ? second.span : words[0].span,
                    "this does not happen to a message of `{}`", words[0].text)
            .hint(help);
    } else if (std::ranges::find(firsts, words[0].text) != firsts.end()) {
      const auto ways_of = [](const std::string& begin) {
        std::vector<std::string> ways;
        for (const TestEntry& entry : catalogue::test_events())
          if (entry.pattern == begin || entry.pattern.starts_with(begin + " ")) ways.emplace_back(entry.pattern);
        return ways;
      };
      std::vector<std::string> ways;
      if (words.size() > 1) ways = ways_of(words[0].text + " " + words[1].text);
      if (ways.empty()) ways = ways_of(words[0].text);
      scope_.sink
          .report(Code::unexpected_part, words.size() > 1 ? span_of(words.subspan(1)) : words[0].span,
                  "`{}` does not go on like this", words[0].text)
          .hint("it goes " + check::quoted(ways, "or"));
    } else {
      for (const auto& [name, id] : scope_.steps) firsts.push_back(name);
      scope_.sink.report(Code::unknown_test_line, words[0].span, "there is no event or step `{}`", words[0].text)
          .hint(diagnostics::did_you_mean(words[0].text, firsts));
    }
  }

  void unknown(const syntax::Entry& entry, Words head) {
    const auto match = check::match(head, event_patterns());
    if (match && !entry.colon) {
      scope_.sink.report(Code::missing_time, entry.head.span, "this event has no time").hint("`at 5s: …`");
      return;
    }
    if (check::match(head, expectation_patterns())) {
      scope_.sink.report(Code::unknown_test_line, head[0].span, "a test has no line `{}`", head[0].text)
          .hint("what the flow should do stands behind `expect`");
      return;
    }
    static const Patterns all = [] {
      std::vector<std::string_view> texts;
      for (const TestEntry& one : catalogue::test_setup()) texts.push_back(one.pattern);
      texts.emplace_back("at DURATION");
      texts.emplace_back("expect WHAT");
      return Patterns(texts);
    }();
    check::report_unmatched(scope_.sink, head, span_of(head), all, Code::unknown_test_line, "line of a test",
                            "`given NAME = VALUE`, `at 5s: …` or `expect …`");
  }

 public:
  bool expects() const { return expects_; }

 private:
  TestScope& scope_;
  std::int64_t last_ms_ = 0;
  Span last_span_{};
  bool expects_ = false;
};

class FileReader {
 public:
  FileReader(const check::Workspace& workspace, Sink& sink, std::vector<Test>& out)
      : workspace_(workspace), sink_(sink), out_(out) {}

  void read(const syntax::Entry& entry) {
    const auto match = check::match(entry.head, file_patterns());
    if (!match) {
      // Once a file: a flow under such a name is one mistake.
      if (std::exchange(refused_, true)) return;
      sink_.report(Code::not_a_test, entry.head.span, "this is no test")
          .hint("`test \"what it shows\" for FLOW { … }`");
      return;
    }
    if (!entry.block) {
      sink_.report(Code::missing_part, entry.head.span, "this test is empty").hint("a block: `{ given …; expect … }`");
      return;
    }
    check::refuse_other_parts(sink_, entry, check::kBlock, "test");
    NoNames values(sink_);
    Test test;
    test.span = match->holes[0]->span;
    const auto name = check::check_text(values, *match->holes[0], "`test`");
    const check::Flow* flow = find_flow(*match->holes[1]);
    if (!name || flow == nullptr) return;
    test.name = *name;
    test.flow = flow;
    if (!check::declare(sink_, names_, test.name, test.span, "test")) return;
    read_block(*entry.block, test);
    out_.push_back(std::move(test));
  }

 private:
  const check::Flow* find_flow(const syntax::Expr& name) {
    std::vector<std::string> names;
    for (const auto& flow : workspace_.flows) {
      if (flow->name == name.text) return flow.get();
      names.push_back(flow->name);
    }
    sink_.report(Code::unknown_flow, name.span, "there is no flow `{}`", name.text)
        .hint(diagnostics::did_you_mean(name.text, names));
    return nullptr;
  }

  void read_block(const syntax::Block& block, Test& test) {
    const std::size_t errors_before = sink_.errors();
    TestScope scope{workspace_, *test.flow, sink_, test, {}, {}, nullptr};
    for (std::size_t i = 0; i < test.flow->steps.size(); ++i)
      scope.steps.emplace(test.flow->steps[i].name, check::StepId{static_cast<std::uint32_t>(i)});
    LineReader reader(scope);
    // Wherever it stands, the start says by which clocks the points in time of the test are.
    const auto starts = [](const syntax::Entry& entry) {
      return !entry.head.items.empty() && begins_with(entry.head.items[0].exprs, "start");
    };
    for (const syntax::Entry& entry : block.entries)
      if (starts(entry)) reader.read(entry);
    for (const syntax::Entry& entry : block.entries)
      if (!starts(entry)) reader.read(entry);
    check_inputs(scope);
    if (!reader.expects() && sink_.errors() == errors_before)
      sink_.report(Code::expects_nothing, test.span, "this test cannot fail: it expects nothing")
          .hint("`expect end`, `at 0s: expect send STEP`");
  }

  const check::Workspace& workspace_;
  Sink& sink_;
  std::vector<Test>& out_;
  std::map<std::string, Span, std::less<>> names_;
  bool refused_ = false;
};

}  // namespace

std::vector<Test> check_tests(std::span<const syntax::File> files, const check::Workspace& workspace, Sink& sink) {
  std::vector<Test> tests;
  for (const syntax::File& file : files) {
    FileReader reader(workspace, sink, tests);
    for (const syntax::Entry& entry : file.entries) reader.read(entry);
  }
  return tests;
}

}  // namespace flow::test
