#include "tests/differential/subjects.h"

#include <utility>

#include "compiler/interpret/interpreter.h"
#include "compiler/ir/verify.h"
#include "compiler/jit/jit.h"
#include "compiler/lower/lower.h"
#include "tests/differential/generate.h"

namespace flow::differential {

Result<std::unique_ptr<Prepared>> prepare(check::Workspace workspace, std::size_t flow, bool optimised) {
  auto made = std::make_unique<Prepared>();
  made->workspace = std::move(workspace);
  made->module = std::make_shared<const ir::Module>(lower::lower(made->workspace));
  if (Status status = ir::verify(*made->module); !status) return std::unexpected(status.error());

  made->programs.push_back(interpret::make_plain_interpreter(made->module, flow));
  made->programs.push_back(interpret::make_interpreter(made->module, flow));
  jit::Options options;
  options.level = optimised ? jit::Level::optimised : jit::Level::baseline;
  auto native = jit::compile(made->module, static_cast<std::uint32_t>(flow), options);
  if (!native) return std::unexpected(native.error());
  made->programs.push_back(std::move(*native));

  made->subject.workspace = &made->workspace;
  made->subject.flow = made->workspace.flows.at(flow).get();
  made->subject.region_of = generate::region_of;
  made->subject.info = made->module->flows.at(flow).info;
  made->subject.engines = {{"interpreter without passes", made->programs[0].get()},
                           {"interpreter", made->programs[1].get()},
                           {optimised ? "jit, optimised" : "jit, baseline", made->programs[2].get()}};
  return made;
}

std::vector<std::optional<oracle::Value>> random_inputs(generate::Random& random, const check::Flow& flow) {
  std::vector<std::optional<oracle::Value>> values;
  const std::vector<std::optional<generate::Value>> made = generate::inputs(random, flow);
  for (std::size_t i = 0; i < made.size(); ++i) {
    values.emplace_back();
    if (!made[i]) continue;
    values.back() =
        program::is_text(flow.variables[i].type.kind) ? oracle::Value{made[i]->text} : oracle::Value{made[i]->scalar};
  }
  return values;
}

}  // namespace flow::differential
