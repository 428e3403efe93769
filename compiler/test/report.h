// What a run has to say, for people and for machines that collect test results.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.h"
#include "compiler/test/run.h"

namespace flow::test {

// One test, run: by one engine, or with the same outcome by several.
struct Report {
  const Test* test = nullptr;
  std::string engine;  // named only where engines differ
  Outcome outcome;
};

// A failed test as one timeline of what was given, seen and expected; a line end after its last line. No control
// characters but line ends. Values are those of the test's file: nothing is masked.
std::string failure(const Report& report, const source::SourceMap& sources);

// The timeline alone.
std::string timeline(const Test& test, const Outcome& outcome, const source::SourceMap& sources);

// JUnit's XML, as CI systems read it: a suite a file, a case a test. No times, so that it is the same for the same
// results.
std::string junit(const std::vector<Report>& reports, const source::SourceMap& sources);

}  // namespace flow::test
