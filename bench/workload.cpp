#include "bench/workload.h"

#include "base/check.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/workspace_loader.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "tests/oracle/oracle.h"

namespace flow::bench {
namespace {

using differential::Event;
using program::EventKind;
using program::Receipt;

constexpr std::uint64_t kSeed = 20'261'120;
constexpr std::size_t kEventsMax = 40;

std::shared_ptr<const ir::Module> lowered(const check::Workspace& workspace) {
  auto module = std::make_shared<const ir::Module>(lower::lower(workspace));
  const Status fine = ir::verify(*module);
  FLOW_CHECK(fine.has_value(), "{}", fine.error().message);
  return module;
}

std::vector<std::optional<oracle::Value>> as_oracle(const check::Flow& flow,
                                                    const std::vector<std::optional<generate::Value>>& inputs) {
  std::vector<std::optional<oracle::Value>> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values.emplace_back();
    if (!inputs[i]) continue;
    values.back() = program::is_text(flow.variables[i].type.kind) ? oracle::Value{inputs[i]->text}
                                                                  : oracle::Value{inputs[i]->scalar};
  }
  return values;
}

// flows/otp as the driver reads, checks and proves it.
std::shared_ptr<const check::Workspace> otp_workspace() {
  source::SourceMap sources;
  auto files = driver::load_workspaces({FLOW_SOURCE_DIR "/flows/otp"}, sources);
  FLOW_CHECK(files.has_value(), "{}", files.error().message);
  diagnostics::Sink sink;
  driver::CheckedWorkspace checked = driver::check_files(files->front(), sources, sink);
  FLOW_CHECK(checked.sound, "flows/otp has errors: flowc check flows/otp");
  return std::move(checked.workspace);
}

std::optional<generate::Value> otp_input(const check::Variable& variable, const char* number) {
  if (variable.type.kind == program::ValueType::phone) return generate::Value{0, number};
  if (variable.name == "verificationCode") return generate::Value{0, "482913"};
  return std::nullopt;
}

// Records what `next` gives until the execution has ended. The oracle says where it stands.
template <typename Next>
Sequence record(const check::Workspace& workspace, const std::vector<std::optional<generate::Value>>& inputs,
                Next next) {
  const check::Flow& flow = *workspace.flows[0];
  const oracle::Oracle oracle(workspace, flow, generate::region_of);
  oracle::State state = oracle.create(as_oracle(flow, inputs));
  Sequence sequence{inputs, {}};
  std::vector<program::Effect> effects;
  while (!state.ended && sequence.events.size() < kEventsMax) {
    sequence.events.push_back(next(state));
    effects.clear();
    oracle.advance(state, sequence.events.back().raw(), effects);
  }
  return sequence;
}

// Accepted and sent for each message, then the next timer.
class NeverDelivered {
 public:
  Event operator()(const oracle::State& state) {
    Event event;
    event.at_ms = now_ms_;
    if (!state.started) return event;
    if (state.current && state.messages[*state.current].status < Receipt::sent) {
      event.kind = EventKind::receipt;
      event.message = *state.current;
      event.receipt = std::to_underlying(state.messages[*state.current].status) + 1;
      return event;
    }
    event.kind = EventKind::timer;
    event.at_ms = program::kNever;
    for (const auto& [timer, due] : state.deadlines) {
      if (due < event.at_ms) {
        event.timer = timer;
        event.at_ms = due;
      }
    }
    now_ms_ = event.at_ms;
    return event;
  }

 private:
  std::int64_t now_ms_ = differential::kBeginMs;
};

void add_mixed(Workload& workload, const check::Workspace& workspace, std::uint64_t seed, std::size_t count) {
  workload.modules.push_back(lowered(workspace));
  const std::size_t signals = workload.modules.back()->flows[0].info.signals.size();
  std::vector<Sequence>& sequences = workload.sequences.emplace_back();
  for (std::uint64_t i = 0; i < count; ++i) {
    generate::Random random(generate::derive(seed, i));
    const auto inputs = generate::inputs(random, *workspace.flows[0]);
    differential::EventSource source(random, *workspace.flows[0], signals);
    sequences.push_back(record(workspace, inputs, [&](const oracle::State& state) { return source.next(state); }));
  }
}

}  // namespace

void begin(program::Frame& frame, const program::FlowInfo& info, const Sequence& sequence) {
  frame.reset(info);
  for (std::size_t i = 0; i < sequence.inputs.size(); ++i) {
    if (!sequence.inputs[i]) continue;
    if (program::is_text(info.fields[i].type)) {
      frame.set_text(i, sequence.inputs[i]->text);
    } else {
      frame.set_scalar(i, sequence.inputs[i]->scalar);
    }
  }
}

Workload otp_fallback() {
  const auto workspace = otp_workspace();
  Workload workload{"otp/fallback", {lowered(*workspace)}, {{}}};
  for (const char* number : {"+639171234567", "+60123456789", "+12015550123"}) {
    std::vector<std::optional<generate::Value>> inputs;
    for (const check::Variable& variable : workspace->flows[0]->variables) {
      inputs.push_back(otp_input(variable, number));
    }
    workload.sequences[0].push_back(record(*workspace, inputs, NeverDelivered()));
  }
  return workload;
}

Workload otp_mixed() {
  Workload workload{"otp/mixed", {}, {}};
  add_mixed(workload, *otp_workspace(), kSeed, 200);
  return workload;
}

Workload generated_mixed() {
  Workload workload{"generated/mixed", {}, {}};
  for (std::uint64_t i = 0; i < 40; ++i) {
    const std::uint64_t seed = generate::derive(kSeed, i);
    add_mixed(workload, generate::workspace(seed), seed, 20);
  }
  return workload;
}

std::shared_ptr<const ir::Module> generated_module(std::uint64_t seed, std::size_t steps) {
  generate::Options options;
  options.steps_max = steps;
  return lowered(generate::workspace(seed, options));
}

}  // namespace flow::bench
