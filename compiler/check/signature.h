// What a flow shows to those that start it. Read from its text alone, so that no order of files matters. Internal to
// compiler/check.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/scope.h"

namespace flow::check {

// Of a file that holds a flow; nothing is reported, and what is wrong in it marks the signature as bad.
Signature read_signature(const syntax::File& file);

// The flow that `name` means, from anywhere in the workspace; null when there is none, or none that can be started by
// another flow, which is reported, or when its own text has mistakes.
const Signature* find_flow(FlowScope& scope, const syntax::Expr& call, Sink* sink = nullptr);

}  // namespace flow::check
