// The head of a generated flow: its title and purpose, zone and language, inputs and other variables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "compiler/check/checked.h"
#include "tests/differential/expressions.h"
#include "tests/differential/generate.h"
#include "tests/differential/random.h"

namespace flow::generate {

constexpr std::uint64_t bit(std::size_t id) {
  return std::uint64_t{1} << id;
}

class FlowHead {
 public:
  FlowHead(Random& random, const Options& options, const check::Workspace& workspace, std::string name)
      : random_(random), options_(options), workspace_(workspace) {
    flow_.name = std::move(name);
  }

 protected:
  using FieldRole = program::FieldRole;
  using ValueType = check::ValueType;

  std::int64_t some_ms();
  void header();
  // Variables: inputs, then lets, then the others; at most 64, the first always a phone.
  check::VariableId add_variable(FieldRole role, ValueType kind, bool optional, bool secret);
  ValueType any_kind();
  // Of what an expression makes: without a type that is written down, a text is a text.
  ValueType made_kind();
  void variables();
  // Made of inputs alone, so that lets may need them.
  void zone_and_language();
  Scope scope(std::uint64_t certain) const;
  // One that steps may assign to.
  std::optional<check::VariableId> some_variable(ValueType kind);
  check::Target end();

  Random& random_;
  const Options& options_;
  const check::Workspace& workspace_;
  check::Flow flow_;
  check::Expr language_;       // the flow's, or its default
  std::uint64_t certain_ = 0;  // inputs and lets that always have a value
  std::uint64_t readable_ = ~std::uint64_t{0};
  std::size_t first_plain_ = 0;
  std::size_t plain_end_ = 0;
};

}  // namespace flow::generate
