#include "compiler/import/studio/studio.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/names.h"
#include "compiler/import/studio/builder.h"
#include "compiler/import/studio/definition.h"
#include "compiler/import/studio/terraform.h"

namespace flow::importing::studio {
namespace {

class Studio final : public Format {
 public:
  std::string_view name() const override { return "studio"; }
  std::string_view product() const override { return "Twilio Studio v2"; }

  bool recognises(const Json& json) const override {
    const Unwrapped found = unwrap(json);
    if (!found.problem.empty()) return found.known;
    const Json& states = found.definition()["states"];
    return found.definition().contains("initial_state") ||
           std::any_of(states.begin(), states.end(), [](const Json& state) {
             return text_of(state, "type") == "trigger" && member_of(state, "transitions") != nullptr;
           });
  }

  std::optional<Result<Json>> from_text(std::string_view text) const override { return read_terraform(text); }

  Links links(const Json& json) const override {
    const Unwrapped found = unwrap(json);
    Links out{text_of(found.wrapper, "sid"), {}};
    if (!found.problem.empty()) return out;
    for (const Json& state : found.definition()["states"]) {
      const Json* properties = member_of(state, "properties");
      if (properties != nullptr && text_of(state, "type") == "run-subflow")
        out.starts.push_back(text_of(*properties, "flow_sid"));
    }
    return out;
  }

  Imported read(const Json& json, const Options& options) const override {
    Imported out;
    const Unwrapped found = unwrap(json);
    if (!found.problem.empty()) {
      out.report.add({NoteKind::not_understood, found.pointer, {}, found.problem, {}});
      return out;
    }
    Json named = found.definition();
    const Json* terraform = member_of(found.wrapper, "terraform");
    if (terraform == nullptr) name_placeholders(named);
    if (terraform != nullptr && *terraform != 0) {
      out.report.add(
          {NoteKind::defect,
           found.pointer,
           {},
           fmt::format("expressions of Terraform that do not end: {}; they stay as they are", shown_value(*terraform)),
           "end them"});
    }
    if (member_of(found.wrapper, "terraform_chosen") != nullptr) {
      out.report.add({NoteKind::changed,
                      found.pointer,
                      {},
                      "Terraform chooses between this definition and another: this one is imported",
                      "import the other where that one counts"});
    }
    if (const Json* flows = member_of(found.wrapper, "terraform_flows"); flows != nullptr) {
      out.report.add({NoteKind::not_understood,
                      found.pointer,
                      {},
                      fmt::format("the file has {} flows, and an import reads one of a file", flows->dump()),
                      "put each into a file of its own"});
    }
    if (const Json* twice = member_of(found.wrapper, "terraform_twice"); twice != nullptr && twice->is_array()) {
      for (const Json& one : *twice) {
        out.report.add({NoteKind::defect,
                        found.pointer,
                        {},
                        fmt::format("{} stands twice in an object: Terraform takes the last",
                                    one.is_string() ? shown(one.get_ref<const std::string&>()) : std::string()),
                        "take one of the two out"});
      }
    }
    const Definition definition = read_definition(named, found.pointer, out.report);
    if (out.report.failed()) return out;
    Naming naming;
    naming.title = found.friendly_name;
    std::string label = found.friendly_name;
    std::replace(label.begin(), label.end(), '_', ' ');
    const std::string otherwise = options.flow_name.empty() ? "studio_flow" : options.flow_name;
    naming.name = label.empty() || options.named ? otherwise : Names().step(label + " ", otherwise);
    naming.others = options.others;
    build(definition, naming, found.wrapper, out);
    return out;
  }

  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return studio::graphs(json); }
};

}  // namespace

const Format& format() {
  static const Studio studio;
  return studio;
}

}  // namespace flow::importing::studio
