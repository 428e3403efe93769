// Clauses and values of the language as JSON, and back to text: the leaves of our graph (docs/formats/console.md).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/check/pattern.h"
#include "compiler/import/json.h"
#include "compiler/syntax/tree.h"

namespace flow::importing::console {

// {"type": "duration", "value": "30s"}.
Json value_json(const syntax::Expr& expr);

// {"setting": "from CHANNEL", "values": […]} where a pattern of the catalogue says what the words are, {"words": […]}
// or {"items": […]} else. `patterns` may be null. With `jump`, the name in a jump's place is an edge from that port.
Json clause_json(const syntax::Clause& clause, const check::Patterns* patterns, std::string_view jump = {});

// The words of a clause on one line, for ids and keys.
std::string clause_text(const syntax::Clause& clause);

// The component that a step has, or null.
const catalogue::ComponentInfo* component_of(const syntax::Clause& clause);

// Whether this is `jump STEP max …` with a plain name.
const syntax::Expr* jump_step(const syntax::Clause& clause);

// Text of the language. invalid_argument says what is wrong; the message begins with a JSON pointer below the clause
// and a colon. `jump`: the name that stands in the place of an edge; empty: there must be none.
Result<std::string> value_text(const Json& value, std::string_view jump);
Result<std::string> clause_source(const Json& clause, std::string_view jump);

}  // namespace flow::importing::console
