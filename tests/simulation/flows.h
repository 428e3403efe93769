// The flows of simulations: the tutorial and generated ones, each as the interpreter runs it, as the oracle reads it,
// and with the bound that was proven of it. Made when first needed; the same number is the same flow in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/ir/ir.h"
#include "runtime/core/program_loader.h"
#include "tests/oracle/oracle.h"
#include "tests/simulation/canaries.h"

namespace flow::simulation {

inline constexpr std::size_t kFlows = 200;

// Of every second flow; ranges have the numbers of a quarter of the clients.
inline constexpr std::int64_t kLimitMs = 1'200'000;
inline constexpr std::uint32_t kLimitEach = 2;
inline constexpr std::uint32_t kLimitDigits = 5;
inline constexpr std::uint32_t kLimitRange = 10;

// What a start may bring. The first variable of every flow is the phone number, which each order has of its own.
struct Inputs {
  std::vector<std::optional<oracle::Value>> values;
  std::string before;  // the JSON object around the phone number
  std::string after;
  std::string json(const std::string& phone) const { return before + phone + after; }
};

struct Subject {
  check::Workspace workspace;
  const check::Flow* flow = nullptr;
  std::shared_ptr<const ir::Module> module;
  std::shared_ptr<const program::Program> program;
  std::optional<oracle::Oracle> oracle;
  std::int64_t messages_max = 0;  // as proven
  std::vector<Inputs> inputs;

  const program::FlowInfo& info() const { return program->info(); }
};

// One of kFlows; 0 is the tutorial. Flows whose numbers are equal modulo kNames have the same name, so that a flow can
// be published in another shape.
const Subject& subject(std::size_t number);
inline constexpr std::size_t kNames = 8;

// A bundle names its flows by number.
std::string bundle_of(const std::vector<std::size_t>& numbers);

class Loader final : public core::ProgramLoader {
 public:
  explicit Loader(std::optional<Canary> canary) : canary_(canary) {}
  Result<core::LoadedBundle> load(std::string_view bundle) override;
  Status admit(std::string_view) override { return {}; }

 private:
  const std::optional<Canary> canary_;
};

// The flow of that name in the bundle of that version; null: none.
const Subject* subject_of(std::string_view version, std::string_view name);

std::string phone_of(std::uint64_t number);

}  // namespace flow::simulation
