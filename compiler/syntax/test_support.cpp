#include "compiler/syntax/test_support.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/check.h"

namespace flow::syntax {

std::string Parsed::errors() const {
  std::string out;
  for (const auto& each : sink.sorted()) {
    const auto at = sources.file(each.primary.span.file).position(each.primary.span.begin);
    out += fmt::format("{} {}:{} {}\n", diagnostics::code_text(each.code), at.line, at.column, each.message);
  }
  return out;
}

Parsed parse_text(std::string text, bool watched) {
  Parsed out;
  const source::FileId id = out.sources.add("test.flow", std::move(text));
  out.file = watched ? parse(out.sources, id, out.sink, out.statistics) : parse(out.sources, id, out.sink);
  return out;
}

std::vector<Example> examples() {
  std::vector<Example> out;
  for (const char* folder : {"tests/golden/examples", "compiler/syntax/testdata"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(FLOW_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".flow") continue;
      auto text = source::read_source(entry.path().string());
      FLOW_CHECK(text.has_value(), "{}", text.error().message);
      out.push_back({entry.path().filename().string(), std::move(*text)});
    }
  }
  std::sort(out.begin(), out.end(), [](const Example& a, const Example& b) { return a.name < b.name; });
  return out;
}

}  // namespace flow::syntax
