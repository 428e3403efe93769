// Any bytes as a file of another product: read with bounds, recognised or not, and read by every format, each of which
// says what it made of it. What an import has understood is text of the language; its graphs come to an end, too.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "compiler/import/fidelity/simulation.h"
#include "compiler/import/format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flow::importing;
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(data[i]);
  for (const Format* format : formats()) {
    auto json = read_json(text);
    if (!json) {
      auto inside = format->from_text(text);
      if (!inside || !*inside) continue;
      json = **std::move(inside);
    }
    format->recognises(*json);
    const Imported imported = format->read(*json, {.flow_name = "fuzz"});
    FLOW_CHECK(!imported.report.text().empty() || !imported.flows.empty());
    for (const ImportedFlow& flow : imported.flows) {
      if (imported.report.failed()) continue;
      const auto written = write(flow.flow);
      FLOW_CHECK(written.has_value(), "{}: {}", format->name(), written.error().message);
      FLOW_CHECK(read_layout(to_json(flow.layout)).has_value());
    }
    const auto graphs = format->graphs(*json);
    if (!graphs) continue;
    // An original's graph says less than a flow's, where it has alternatives: what matters is that the walk ends.
    for (const fidelity::Graph& graph : *graphs)
      FLOW_CHECK(fidelity::compare(graph, graph).states <= graph.states.size());
  }
  return 0;
}
