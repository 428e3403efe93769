#include "tests/proofs/samples.h"

#include <algorithm>

#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/prove/starts.h"
#include "runtime/program/flow_call.h"
#include "runtime/program/intrinsics.h"
#include "runtime/program/money.h"
#include "tests/differential/generate.h"

namespace flow::prove {
namespace {

using Kind = check::Guarantee::Kind;

constexpr std::uint64_t kSeed = 20'261'120;

// A limit at the bound, a little below it, or anywhere.
std::int64_t around(generate::Random& random, const Bound& bound, std::int64_t most) {
  if (random.chance(20)) return random.between(0, most);
  const std::int64_t step = most > 100 ? random.between(1, 40'000) : 1;
  return std::max<std::int64_t>(0, bound.at_most - (random.chance(50) ? step : 0));
}

}  // namespace

bool starts_others(const check::Flow& flow) {
  return std::ranges::any_of(flow.steps, [](const check::Step& step) { return check::started_flow(step) != nullptr; });
}

void put_prices(check::Workspace& workspace, check::Flow& flow) {
  using check::ChannelKind;
  workspace.currency = program::currency_of("USD");
  workspace.prices = {{ChannelKind::viber, "", {{"PH", 20'000}, {"MY", 26'000}}, 31'000, {}},
                      {ChannelKind::whatsapp, "", {{"MY", 14'000}}, 30'000, {}},
                      {ChannelKind::sms, "", {{"PH", 35'000}, {"SG", 41'000}}, 50'000, {}},
                      {ChannelKind::messenger, "", {}, 1'000, {}},
                      {ChannelKind::instagram, "", {}, 2'000, {}},
                      {ChannelKind::email, "", {}, 300, {}}};
  std::uint32_t parts = 0;
  for (check::Step& step : flow.steps) {
    auto* send = std::get_if<check::Send>(&step.body);
    if (send != nullptr && workspace.channels.at(check::index(send->channel)).kind == ChannelKind::sms)
      send->sms_parts = 1 + parts++ % 3;
  }
}

namespace {

generate::Options small_flows(std::uint64_t number) {
  generate::Options options;
  options.steps_max = 6;
  options.jumps_max = 2;
  options.jump_bound_max = 2;
  options.handlers_max = 2;
  options.traps = false;
  options.lists = number % 4 == 3;
  return options;
}

void start_instead(check::Flow& flow, const std::string& name) {
  for (check::Step& step : flow.steps) {
    if (auto* launch = std::get_if<check::Launch>(&step.body)) launch->flow = name;
    auto* call = std::get_if<check::Operation>(&step.body);
    if (call != nullptr && call->kind == program::OperationKind::flow) call->target = name;
  }
}

// What the first flow starts, and what that starts.
void add_others(check::Workspace& workspace, std::uint64_t seed, generate::Options options) {
  options.steps_max = 4;
  for (const char* name : {"other_flow", "third_flow"}) {
    if (!starts_others(*workspace.flows.back())) return;
    start_instead(*workspace.flows.back(), name);
    options.operations = workspace.flows.size() == 1;
    workspace.flows.push_back(generate::flow(generate::derive(seed, workspace.flows.size()), options, workspace, name));
  }
}

Certificate proven(const Sample& sample, const Reach* child, diagnostics::Sink& sink) {
  if (child == nullptr) return std::move(prove_all(sample.workspace, sink).front());
  return prove(sample.workspace, *sample.flow, sink, {{"other_flow", *child}});
}

}  // namespace

Sample draw(std::uint64_t number, const Reach* child) {
  Sample result;
  const generate::Options options = small_flows(number);
  const std::uint64_t seed = generate::derive(kSeed, number);
  result.workspace = generate::workspace(seed, options);
  if (child == nullptr) add_others(result.workspace, seed, options);
  result.flow = result.workspace.flows.front().get();
  for (const auto& flow : result.workspace.flows) put_prices(result.workspace, *flow);
  generate::Random random(seed);
  diagnostics::Sink unheard;
  const Certificate bounds = proven(result, child, unheard);
  const auto sms = bounds.channel_messages.find(check::ChannelKind::sms);
  const check::StepId step{static_cast<std::uint32_t>(random.below(result.flow->steps.size()))};
  result.flow->guarantees = {
      {Kind::messages, {}, around(random, bounds.messages, 4), {}, {}},
      {Kind::messages,
       check::ChannelKind::sms,
       sms == bounds.channel_messages.end() ? random.between(0, 2) : around(random, sms->second, 2),
       {},
       {}},
      {Kind::last_send, {}, around(random, bounds.last_send_ms, 200'000), {}, {}},
      {Kind::every_region_reaches, {}, 0, step, {}},
      {Kind::end, {}, random.between(0, random.chance(50) ? 400'000 : 100'000'000), {}, {}}};
  if (number % 3 == 0)
    result.flow->guarantees.push_back(
        {Kind::cost, {}, around(random, *bounds.cost, 200'000), {}, {}, program::currency_of("USD")});
  result.certificate = proven(result, child, result.sink);
  return result;
}

std::vector<std::vector<Given>> some_inputs(const check::Workspace& workspace, const check::Flow& flow,
                                            std::size_t count) {
  const std::vector<Valuation> starts = concrete_starts(workspace, flow, true);
  std::vector<std::vector<Given>> result;
  for (std::size_t i = 0; i < starts.size(); i += 1 + starts.size() / count) {
    std::vector<Given>& inputs = result.emplace_back();
    for (std::size_t v = 0; v < flow.variables.size(); ++v) {
      const check::Variable& variable = flow.variables[v];
      if (variable.role != program::FieldRole::input) continue;
      const Value& value = starts[i][v];
      const bool phone = variable.type.kind == check::ValueType::phone;
      inputs.push_back({value.is_present(), value.scalar, phone ? number_of(value.scalar) : value.text});
    }
  }
  return result;
}

Children seen_of_others(const Sample& sample, const ir::Module& module, const Bounds& bounds) {
  Children result;
  for (std::size_t i = module.flows.size(); i-- > 1;) {
    const ir::Flow& flow = module.flows[i];
    Reach reach;
    reach.cost = 0;
    for (const program::OperationInfo& site : flow.info.operations) {
      const auto other = result.find(site.target);
      const bool lives_on = other != result.end() && program::starts_flow(site.kind) && other->second.launches;
      reach.launches = reach.launches || site.kind == program::OperationKind::launch || lives_on;
    }
    const Executions executions(flow, region_of_number, result);
    for (const auto& inputs : some_inputs(sample.workspace, *sample.workspace.flows.at(i), 2))
      executions.run(inputs, 0, bounds, [&](const Done& done) {
        reach.messages = std::max(reach.messages, done.messages);
        for (const auto& [kind, count] : done.by_kind)
          reach.channel_messages[kind] = std::max(reach.channel_messages[kind], count);
        reach.cost = std::max(*reach.cost, done.cost);
        reach.last_send_of_all_ms = reach.last_send_ms = std::max(reach.last_send_ms, done.last_send_ms);
        reach.end_of_all_ms = reach.end_ms = std::max(reach.end_ms, done.end_ms);
      });
    result.insert_or_assign(flow.info.name, reach);
  }
  return result;
}

bool keeps(const Done& done, const ir::Guarantee& guarantee) {
  using Of = ir::Guarantee::Kind;
  if (guarantee.kind == Of::last_send) return done.last_send_ms <= guarantee.limit;
  if (guarantee.kind == Of::end) return done.end_ms <= guarantee.limit;
  if (guarantee.kind == Of::cost) return done.cost <= guarantee.limit;
  if (guarantee.kind == Of::reaches)
    return !done.ended || done.trapped || done.got_through || done.entered.contains(guarantee.step);
  if (!guarantee.channel) return done.messages <= guarantee.limit;
  const auto found = done.by_kind.find(*guarantee.channel);
  return found == done.by_kind.end() || found->second <= guarantee.limit;
}

std::int64_t amount(const Observed& observed, const check::Guarantee& guarantee) {
  if (guarantee.kind == check::Guarantee::Kind::last_send) return observed.last_send_ms;
  if (guarantee.kind == check::Guarantee::Kind::end) return observed.end_ms;
  if (guarantee.kind == check::Guarantee::Kind::cost) return observed.cost;
  if (!guarantee.channel) return observed.messages;
  const auto found = observed.by_kind.find(*guarantee.channel);
  return found == observed.by_kind.end() ? 0 : found->second;
}

bool breaks(const Observed& observed, const check::Guarantee& guarantee) {
  if (guarantee.kind != check::Guarantee::Kind::every_region_reaches) {
    return amount(observed, guarantee) > guarantee.limit;
  }
  return observed.ended && !observed.entered.contains(check::index(guarantee.step));
}

const ir::Numbers& sample_numbers() {
  static const ir::Numbers numbers = [] {
    ir::Numbers result;
    for (char a = 'A'; a <= 'Z'; ++a)
      for (char b = 'A'; b <= 'Z'; ++b) {
        const std::string number = number_of(check::region_scalar(a, b));
        const program::FlowText text{number.data(), number.size()};
        result.emplace_back(check::region_scalar(a, b),
                            static_cast<std::uint32_t>(flow_calling_code_of(&text) / limits::kNumberScale));
      }
    return result;
  }();
  return numbers;
}

}  // namespace flow::prove
