// Diagnostics as text for people: title, place, excerpt with carets, path, hint.
//
//   error[F0202]: there is no step `smss`
//     --> flows/otp/deliver_otp.flow:12:13
//      |
//   12 |   failed => smss
//      |             ^^^^ no step of this name
//      |
//      = hint: did you mean `sms`?
#pragma once

#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"

namespace flow::diagnostics {

struct RenderOptions {
  bool color = false;  // ANSI escapes; whoever prints decides (terminal, NO_COLOR, --color)
};

// One diagnostic, with a line end after its last line. Whatever the source holds, the result has no control character
// but line ends (and the escapes of `color`), and no excerpt line is wider than about kExcerptCellsMax cells.
std::string render(const source::SourceMap& sources, const Diagnostic& diagnostic, RenderOptions options = {});

// All that `sink` holds in source order, an empty line after each, and the closing summary. Empty when there is none.
std::string render(const source::SourceMap& sources, const Sink& sink, RenderOptions options = {});

// "2 errors, 1 warning, 1 note", "250 errors, 50 of them not shown"; empty when there is none.
std::string summary(const Sink& sink);

inline constexpr std::uint32_t kExcerptCellsMax = 120;

}  // namespace flow::diagnostics
