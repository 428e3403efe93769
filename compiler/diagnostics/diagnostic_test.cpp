#include "compiler/diagnostics/diagnostic.h"

#include <set>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::diagnostics {
namespace {

source::Span at(std::uint32_t begin, std::uint32_t file = 0) {
  return {source::FileId{file}, begin, begin + 1};
}

TEST(Codes, HaveUniqueNumbersInOrderOfTheList) {
  std::set<int> numbers;
  for (const CodeInfo& code : all_codes()) {
    EXPECT_TRUE(numbers.insert(code.number).second) << code.name;
    EXPECT_GE(code.number, 101) << code.name;
    EXPECT_LE(code.number, 9999) << code.name;
    EXPECT_EQ(&info(code.code), &code);
  }
  EXPECT_EQ(code_text(Code::unknown_step), "F0202");
}

TEST(Sink, SortsByPlaceAndKeepsCausalOrderBetweenEquals) {
  Sink sink;
  sink.report(Code::unknown_step, at(5, 1), "c");
  sink.report(Code::unknown_step, at(9), "b");
  sink.report(Code::unknown_variable, at(2), "a1");
  sink.report(Code::type_mismatch, at(2), "a2");
  std::string order;
  for (const Diagnostic& d : sink.sorted()) order += d.message + " ";
  EXPECT_EQ(order, "a1 a2 b c ");
}

TEST(Sink, BuilderFillsWhatItReported) {
  Sink sink;
  auto first = sink.report(Code::duplicate_name, at(5), "`{}` twice", "sms");
  sink.report(Code::unknown_step, at(7), "other");
  first.label("again").also(at(1), "first").step("1").hint("rename");
  const Diagnostic d = sink.sorted().front();
  EXPECT_EQ(d.message, "`sms` twice");
  EXPECT_EQ(d.primary.text, "again");
  ASSERT_EQ(d.secondary.size(), 1U);
  EXPECT_EQ(d.secondary[0].text, "first");
  EXPECT_EQ(d.path, std::vector<std::string>{"1"});
  EXPECT_EQ(d.hint, "rename");
}

TEST(Sink, CountsBeyondTheLimitAndKeepsNoMore) {
  Sink sink;
  for (std::size_t i = 0; i < limits::kDiagnosticsMax + 3; ++i) {
    sink.report(Code::unknown_step, at(1), "{}", i).hint("h");
  }
  EXPECT_EQ(sink.sorted().size(), limits::kDiagnosticsMax);
  EXPECT_EQ(sink.errors(), limits::kDiagnosticsMax + 3);
  EXPECT_EQ(sink.dropped(), 3U);
  EXPECT_TRUE(sink.has_errors());
}

}  // namespace
}  // namespace flow::diagnostics
