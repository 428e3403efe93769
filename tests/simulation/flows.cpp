#include "tests/simulation/flows.h"

#include <array>
#include <charconv>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/instant.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "compiler/prove/prove.h"
#include "runtime/core/inputs.h"
#include "tests/differential/generate.h"
#include "tests/differential/tutorial.h"
#include "tests/oracle/dates.h"

namespace flow::simulation {

namespace {

constexpr std::uint64_t kFlowsSeed = 20'261'120;
constexpr std::int64_t kMessagesMax = 8;  // of a flow that is taken: simulations are many, not long
constexpr std::size_t kInputsEach = 6;
constexpr std::string_view kBundle = "simulated";

const generate::Options kOptions = {.steps_max = 7,
                                    .jumps_max = 2,
                                    .jump_bound_max = 2,
                                    .handlers_max = 3,
                                    .expression_depth_max = 2,
                                    .traps = false,
                                    .operations = false};

std::int64_t proven_messages(const check::Workspace& workspace) {
  diagnostics::Sink sink;
  return prove::prove(workspace, *workspace.flows.front(), sink).messages.at_most;
}

std::string name_of(std::size_t number) {
  return fmt::format("flow_{}", number % kNames);
}

check::Workspace workspace_of(std::size_t number, std::int64_t* bound) {
  check::Workspace made = generate::tutorial();
  made.flows.front()->name = name_of(number);
  if (number == 0) {
    *bound = proven_messages(made);
    return made;
  }
  for (std::uint64_t i = 0;; ++i) {
    made = generate::workspace(generate::derive(kFlowsSeed, number * 1000 + i), kOptions);
    made.flows.front()->name = name_of(number);  // before the proof: what `random by` draws depends on it
    *bound = proven_messages(made);
    if (*bound >= 1 && *bound <= kMessagesMax) return made;
  }
}

// A value as somebody would write it.
std::string spelled(const oracle::Value& value, const check::Type& type) {
  const auto scalar = [&] { return std::get<std::int64_t>(value); };
  switch (type.kind) {
    case program::ValueType::date:
      return oracle::date_text(scalar());
    case program::ValueType::time:
      return oracle::time_text(scalar());
    case program::ValueType::datetime:
      return instant_text(scalar());
    case program::ValueType::money:
      return oracle::money_text(scalar(), type.currency);
    default:
      return oracle::to_text(value, type.kind);
  }
}

// Values that the service takes, as somebody would write them.
std::optional<Inputs> some_inputs(generate::Random& random, const Subject& subject) {
  const check::Flow& flow = *subject.flow;
  const auto made = generate::inputs(random, flow, kOptions);
  Inputs inputs;
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < made.size(); ++i) {
    const check::Type& type = flow.variables[i].type;
    inputs.values.emplace_back();
    if (!made[i]) continue;
    inputs.values[i] = program::is_text(type.kind) ? oracle::Value{made[i]->text} : oracle::Value{made[i]->scalar};
    if (type.kind == program::ValueType::boolean) {
      json[flow.variables[i].name] = made[i]->scalar != 0;
    } else if (program::is_composite(type.kind)) {
      json[flow.variables[i].name] = nlohmann::ordered_json::parse(made[i]->text);
    } else {
      json[flow.variables[i].name] = i == 0 ? "@" : spelled(*inputs.values[i], type);
    }
  }
  const std::string text = json.dump();
  const std::size_t place = text.find('@');
  inputs.before = text.substr(0, place);
  inputs.after = text.substr(place + 1);
  const std::string phone = phone_of(1);
  inputs.values[0] = phone;
  const auto read = core::read_inputs(inputs.json(phone), subject.info(), "");
  if (!read) return std::nullopt;
  for (const core::InputValue& value : *read) {
    const auto& meant = inputs.values.at(value.field);
    const bool same = std::holds_alternative<std::string>(meant.value())
                          ? std::get<std::string>(*meant) == value.text
                          : std::get<std::int64_t>(*meant) == value.scalar;
    if (!same) return std::nullopt;
  }
  return inputs;
}

std::unique_ptr<Subject> make(std::size_t number) {
  auto made = std::make_unique<Subject>();
  made->workspace = workspace_of(number, &made->messages_max);
  if (number % 2 == 1) {
    made->workspace.limits = {{{0, kLimitEach, kLimitMs, {}}, {}}, {{kLimitDigits, kLimitRange, kLimitMs, {}}, {}}};
  }
  check::Flow& flow = *made->workspace.flows.front();
  made->flow = &flow;
  made->module = std::make_shared<const ir::Module>(lower::lower(made->workspace));
  FLOW_CHECK(ir::verify(*made->module).has_value(), "flow {} of the simulation is not verified", number);
  made->program = interpret::make_interpreter(made->module, 0);
  made->oracle.emplace(made->workspace, flow, generate::region_of);
  generate::Random random(generate::derive(kFlowsSeed, number));
  for (int i = 0; made->inputs.size() < kInputsEach; ++i) {
    FLOW_CHECK(i < 1000, "no inputs for flow {} of the simulation", number);
    if (auto inputs = some_inputs(random, *made)) made->inputs.push_back(*std::move(inputs));
  }
  return made;
}

std::vector<std::size_t> numbers_of(std::string_view text) {
  std::vector<std::size_t> numbers;
  while (!text.empty()) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number >= kFlows) return {};
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
  }
  return numbers;
}

}  // namespace

const Subject& subject(std::size_t number) {
  static std::array<std::unique_ptr<Subject>, kFlows> made;
  if (made.at(number) == nullptr) made[number] = make(number);
  return *made[number];
}

std::string bundle_of(const std::vector<std::size_t>& numbers) {
  return fmt::format("{} {}", kBundle, fmt::join(numbers, "-"));
}

Result<core::LoadedBundle> Loader::load(std::string_view bundle) {
  if (!bundle.starts_with(kBundle)) return fail(ErrorCode::invalid_argument, "these bytes are no bundle");
  const std::string_view version = bundle.substr(kBundle.size() + 1);
  core::LoadedBundle loaded;
  loaded.version = version;
  for (const std::size_t number : numbers_of(version))
    loaded.flows.emplace(subject(number).flow->name, with_canary(subject(number).program, canary_));
  return loaded;
}

const Subject* subject_of(std::string_view version, std::string_view name) {
  for (const std::size_t number : numbers_of(version))
    if (subject(number).flow->name == name) return &subject(number);
  return nullptr;
}

std::string phone_of(std::uint64_t number) {
  constexpr std::array<std::string_view, 4> kBegins = {"+63917", "+6012", "+1415", "+63928"};
  return fmt::format("{}{:07}", kBegins[number % kBegins.size()], 2'000'000 + number % 7'000'000);
}

}  // namespace flow::simulation
