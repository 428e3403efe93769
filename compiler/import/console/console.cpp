#include "compiler/import/console/console.h"

#include <fmt/format.h>

#include "compiler/import/console/canvas.h"
#include "compiler/import/console/envelope.h"
#include "compiler/import/console/foreign.h"
#include "compiler/import/console/graphs.h"
#include "compiler/import/console/read_own.h"

namespace flow::importing::console {
namespace {

Imported not_understood(std::string pointer, std::string message) {
  Imported out;
  out.report.add(
      {NoteKind::not_understood, std::move(pointer), "", std::move(message),
       "give the file as the console's Settings > Export wrote it; documents show `editor` cut off or masked"});
  return out;
}

class Console final : public Format {
 public:
  std::string_view name() const override { return "console"; }
  std::string_view product() const override { return "the console's JSON"; }

  bool recognises(const Json& json) const override {
    const Opened found = open(json, false);
    if (found.envelope != nullptr) return found.graph->is_string() || found.graph->is_object();
    return found.error.empty() && (is_own_graph(*found.graph) || is_canvas(*found.graph));
  }

  Imported read(const Json& json, const Options& options) const override {
    const Opened found = open(json);
    if (!found.error.empty()) return not_understood(found.pointer, found.error);
    Imported out = is_own_graph(*found.graph) ? read_own(*found.graph, found.pointer, found.envelope, options)
                                              : read_foreign(*found.graph, found.pointer, found.envelope, options);
    for (const auto& [pointer, value] : found.beside)
      out.report.add(
          {NoteKind::left_out, pointer, "", fmt::format("stands beside the graph: {}", shown_value(*value)), ""});
    return out;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return originals(json).graphs; }
  Originals originals(const Json& json) const override { return console::originals(json); }
};

}  // namespace

const Format& format() {
  static const Console console;
  return console;
}

}  // namespace flow::importing::console
