#include "compiler/import/console/export.h"

#include <string>
#include <utility>

#include "compiler/import/console/envelope.h"
#include "compiler/import/console/graph.h"
#include "compiler/import/console/types.h"

namespace flow::importing {
namespace {

// The word behind `trigger`; empty: there is none.
std::string trigger_word(const syntax::File& file) {
  for (const syntax::Entry& entry : file.entries) {
    if (entry.head.items.empty() || entry.head.items[0].exprs.size() < 2) continue;
    const auto& words = entry.head.items[0].exprs;
    if (words[0].kind == syntax::ExprKind::name && words[0].text == "trigger") return words[1].text;
  }
  return {};
}

}  // namespace

Result<Json> export_console(const syntax::File& file, const Layout& layout, const std::string& workspace) {
  console::Encoded encoded = console::encode(file, layout);
  console::place_nodes(encoded.graph);
  if (!workspace.empty()) encoded.graph["workspace"] = workspace;
  auto editor = console::pack(encoded.graph);
  if (!editor) return std::unexpected(editor.error());
  Json out = {{"schema", {{"namespace", "External"}, {"version", "1.0"}}},
              {"editor", *std::move(editor)},
              {"flow", {{"triggerType", console::trigger_type(trigger_word(file))}}}};
  if (layout.format != "console") return out;
  // What the original's envelope had besides.
  if (const Json* envelope = member_of(layout.properties, "envelope")) {
    for (const auto& [name, value] : envelope->items())
      if (name != "editor" && name != "flow") out[name] = value;
  }
  return out;
}

}  // namespace flow::importing
