// Any bytes as a .flow file. What parses without an error prints back to an equal tree, and printing is idempotent.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/diagnostics/render.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flow;
  source::SourceMap sources;
  diagnostics::Sink sink;
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(data[i]);
  const source::FileId id = sources.add("fuzz.flow", std::move(text));
  const auto file = syntax::parse(sources, id, sink);
  FLOW_CHECK(file || sink.has_errors());
  FLOW_CHECK(sink.errors() <= limits::kSyntaxErrorsMax + 1);
  FLOW_CHECK(diagnostics::render(sources, sink).empty() == !sink.has_errors());
  if (!file) return 0;
  const std::string printed = syntax::format(*file);
  if (sink.has_errors()) return 0;

  const source::FileId printed_id = sources.add("printed.flow", printed);
  const auto again = syntax::parse(sources, printed_id, sink);
  // Printing adds spaces, so a text at the limit of size may cross it.
  if (printed.size() > limits::kSourceBytesMax) return 0;
  FLOW_CHECK(again && !sink.has_errors(), "{}", printed);
  FLOW_CHECK(syntax::dump(*again) == syntax::dump(*file), "{}", printed);
  FLOW_CHECK(syntax::format(*again) == printed, "{}", printed);
  return 0;
}
