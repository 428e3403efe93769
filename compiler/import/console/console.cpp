#include "compiler/import/console/console.h"

#include "compiler/import/console/canvas.h"
#include "compiler/import/console/envelope.h"
#include "compiler/import/console/foreign.h"
#include "compiler/import/console/graphs.h"
#include "compiler/import/console/read_own.h"

namespace flow::importing::console {
namespace {

Imported not_understood(std::string pointer, std::string message) {
  Imported out;
  out.report.add({NoteKind::not_understood, std::move(pointer), "", std::move(message), ""});
  return out;
}

class Console final : public Format {
 public:
  std::string_view name() const override { return "console"; }
  std::string_view product() const override { return "the console's JSON"; }

  bool recognises(const Json& json) const override {
    return is_own_graph(json) || text_of(json, "editor", "\n") != "\n" || is_canvas(json);
  }

  Imported read(const Json& json, const Options& options) const override {
    if (const Json* editor = member_of(json, "editor")) {
      if (!editor->is_string()) return not_understood("/editor", "is no text");
      const auto graph = unpack(editor->get_ref<const std::string&>());
      if (!graph) return not_understood("/editor", graph.error().message);
      return read_graph(*graph, "/editor", &json, options);
    }
    return read_graph(json, "", nullptr, options);
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return console::graphs(json); }

 private:
  static Imported read_graph(const Json& graph, const std::string& pointer, const Json* envelope,
                             const Options& options) {
    if (is_own_graph(graph)) return read_own(graph, pointer, envelope, options);
    return read_foreign(graph, pointer, envelope, options);
  }
};

}  // namespace

const Format& format() {
  static const Console console;
  return console;
}

}  // namespace flow::importing::console
