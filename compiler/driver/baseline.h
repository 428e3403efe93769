// A baseline: the findings that a workspace had when it was written, so that only new ones are shown
// (docs/formats/baseline.md). Findings are told apart by what they say and by the text they say it of, never by lines.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/result.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"

namespace flow::driver {

inline constexpr int kBaselineVersion = 1;

class Baseline {
 public:
  Baseline() = default;
  // Reads the text of a baseline, the file `id` of `sources`. Errors name the line.
  static Result<Baseline> read(const source::SourceMap& sources, source::FileId id);

  // Counts a finding that is to be in the baseline.
  void record(const source::SourceMap& sources, diagnostics::Code code, source::Span place, std::string_view message);
  // Whether it is in the baseline; each entry answers for as many findings as it counts.
  bool waives(const source::SourceMap& sources, diagnostics::Code code, source::Span place, std::string_view message);

  // Takes over what `before` has of files that are none of `sources`, and, of workspace.flow, what it has more: a check
  // of some flows says nothing of the others.
  void keep(const Baseline& before, const source::SourceMap& sources);

  // F1105 for each entry that waived less than it counts, of the files that `sources` holds. Only right when no check
  // was left out.
  void report_stale(const source::SourceMap& sources, diagnostics::Sink& sink) const;

  // The text of the file: sorted, so that a finding more or less is a line more or less.
  std::string text() const;
  std::size_t findings() const;

 private:
  struct Entry {
    std::size_t count = 0;
    std::size_t used = 0;
    std::string message;
    source::Span line{};  // where it stands in the baseline
  };
  // File, code and fingerprint; a file by its name alone.
  using Key = std::tuple<std::string, diagnostics::Code, std::uint64_t>;

  std::map<Key, Entry> entries_;
};

}  // namespace flow::driver
