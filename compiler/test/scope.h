// What the readers of one test share. Internal to compiler/test.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/zone.h"
#include "compiler/check/pattern.h"
#include "compiler/check/values.h"
#include "compiler/test/tests.h"

namespace flow::test {

using check::Match;
using diagnostics::Code;
using diagnostics::Sink;

struct TestScope {
  const check::Workspace& workspace;
  const check::Flow& flow;
  Sink& sink;
  Test& test;
  std::map<std::string, check::StepId, std::less<>> steps;
  std::map<std::string, Span, std::less<>> given;
  const calendar::Zone* clocks = nullptr;  // of `start at … zone`
};

// What a line says besides its words: the block of `expect send`, if it has one.
struct Written {
  const Match& match;
  const syntax::Block* block = nullptr;
  const syntax::Expr* second = nullptr;  // behind a comma, which a place has
};

// Completes `line`, whose entry, time and place are known; false when a mistake was reported. read_lines.cpp lists one
// for each catalogue::TestLine that is an event or an expectation.
using Reader = bool (*)(TestScope& scope, const Written& written, Line& line);
Reader reader_of(catalogue::TestLine id);

// setup.cpp: `given`, `start at`, and whether all inputs that must have a value have one.
void read_setup(TestScope& scope, const syntax::Entry& entry, const catalogue::TestEntry& known, const Match& match);
void check_inputs(TestScope& scope);
// stubs.cpp: `stub STEP = ANSWER`.
void read_stub(TestScope& scope, const syntax::Entry& entry, const syntax::Expr& name);

// flow_end.cpp: how a called flow ends, `verified(attempts: 1)`; false when a mistake was reported.
bool read_flow_end(TestScope& scope, const check::Operation& call, check::Words words, Stub& stub);

// conditions.cpp. `words`: what stands behind `expect`, or in a block: perhaps the first words of a fact's name, and
// the condition. False when a mistake was reported.
bool read_condition(TestScope& scope, check::Words words, catalogue::FactOf of, std::vector<Condition>& out);
// Does it look like a condition, whatever its names?
bool is_condition(check::Words words);
// Are they the name of a fact, and no condition?
bool is_fact(check::Words words);

// Names in the values of tests: none but what stands for itself.
class NoNames : public check::Values {
 public:
  explicit NoNames(Sink& sink) : sink_(sink) {}
  explicit NoNames(const TestScope& scope) : sink_(scope.sink), clocks_(scope.clocks) {}
  Found find(std::string_view, Span) override { return {}; }
  std::vector<std::string> names() const override { return {}; }
  const check::Wording* wording(std::string_view) const override { return nullptr; }
  Sink& sink() override { return sink_; }
  std::optional<check::Expr> zone(Span place) override {
    sink_.report(Code::zone_missing, place, "a point in time of a test says itself how far from UTC it is")
        .hint(
            "written \"2026-12-25T09:00:00+08:00\"; or `start at DATETIME zone \"Asia/Manila\"`, by whose clocks it "
            "is");
    return std::nullopt;
  }
  const calendar::Zone* clocks() const override { return clocks_; }
  std::optional<check::Expr> language(Span place) override {
    check::Expr language = check::constant_text("en", place);
    language.type.kind = program::ValueType::language;
    return language;
  }
  std::vector<std::string> secret_path(const check::Expr&) override { return {}; }
  void revealed(Span) override {}

 private:
  Sink& sink_;
  const calendar::Zone* clocks_ = nullptr;
};

}  // namespace flow::test
