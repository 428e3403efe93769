// Waivers in the text: `// allow(F0703): two parts are meant` above an entry, or behind it.
//
// Above an entry, or behind its `{`, a waiver covers the entry up to its `{` (all of it when it has no block, or one on
// the same line); behind an entry, the whole of it, and what stands before it on its line. It waives the warnings and
// notes of its code that begin there. Errors cannot be waived.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/tree.h"

namespace flow::driver {

class Waivers {
 public:
  // Takes the waivers of one file, and reports those that are not what they should be (F1102, F1103, F1104).
  void add(const syntax::File& file, const source::SourceMap& sources, diagnostics::Sink& sink);
  // Whether one of them covers this finding, which counts as its use. In the time of a look-up.
  bool waives(diagnostics::Code code, source::Span place);
  // F1101 for each that waived nothing. Only right when no check was left out.
  void report_unused(diagnostics::Sink& sink) const;

 private:
  struct Waiver {
    source::Span comment;
    std::uint32_t begin = 0;  // bytes of the file that it covers
    std::uint32_t end = 0;
    std::size_t around = 0;  // the last one before it that ends behind its beginning; kNone: there is none
    bool used = false;
  };
  using Key = std::pair<source::FileId, diagnostics::Code>;

  class Reader;
  static constexpr std::size_t kNone = SIZE_MAX;

  std::map<Key, std::vector<Waiver>> waivers_;  // by begin
};

}  // namespace flow::driver
