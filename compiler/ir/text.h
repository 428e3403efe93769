// The text form of a flow's IR (docs/formats/ir.md): what bundles carry, `flowc ir` prints and tests compare. It is
// complete: parse_flow(print(flow)) == flow for every flow that verify() accepts. Names are those of the source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"

namespace flow::ir {

inline constexpr int kTextVersion = 1;  // the first line of the text form is "flow_ir 1"

std::string print(const Flow& flow);
// What parse_flow() has noticed of a text on the way: by function, the lines that are what print() makes of it, if they
// are. Views of the text; most functions of a bundle are here, and need not be printed to know.
struct AsPrinted {
  std::vector<std::string_view> functions;
};
// Whether the text is print(flow), without making all of that. REQUIRES: `known`, unless it is empty, is of this very
// text, and the flow is what was read from it.
bool is_printed(std::string_view text, const Flow& flow, const AsPrinted& known = {});
// One function as it stands in print(). REQUIRES: function is one of the flow's.
std::string print(const Flow& flow, const Function& function);

// What a guarantee is about, without its limit: "messages sms", "reaches otp.sms".
std::string question_text(const Flow& flow, const Guarantee& guarantee);

// Reads what print() wrote; what comes back still needs verify(). Takes hostile bytes: work and memory are linear in
// them, at most limits::kIrTextBytesMax. invalid_argument with the line and what was expected there;
// failed_precondition for a newer version.
Result<Flow> parse_flow(std::string_view text, AsPrinted* as_printed = nullptr);

}  // namespace flow::ir
