// Values and conditions of a checked flow in the words of graph.h.
#pragma once

#include <map>
#include <string>

#include "compiler/check/checked.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::fidelity {

// Lets are written out where they are used. The flow must outlive it.
class ExpressionWords {
 public:
  explicit ExpressionWords(const check::Flow& flow);

  // Of a value that stands alone: `{tier}`, `"Hello {name}"`, `5`.
  std::string value(const check::Expr& expr) const;
  std::string condition(const check::Expr& expr) const;
  // Of a value that is put into a text: within a JSON text one of a text stands in quotes.
  void add_to(Text& text, const check::Expr& expr) const;
  std::string variable(check::VariableId id) const;

 private:
  std::string conjunction(const check::Expr& expr) const;
  std::string call(const check::Expr& expr) const;
  std::string folding(const check::Expr& expr, std::string_view operation) const;
  std::string constant(const check::Expr& expr) const;
  std::string side(const check::Expr& expr, bool counts) const;
  std::string comparison(const check::Expr& expr) const;

  const check::Flow& flow_;
  std::map<check::VariableId, std::string> lets_;
};

}  // namespace flow::importing::fidelity
