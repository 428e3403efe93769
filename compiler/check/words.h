// Words that name one of a few things of the catalogue. Internal to compiler/check.
#pragma once

#include <optional>
#include <string>

#include "compiler/check/checked.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/tree.h"

namespace flow::check {

// Nothing: there is no such purpose, no such kind of channel, which is reported.
std::optional<std::string> check_purpose(diagnostics::Sink& sink, const syntax::Expr& word);
std::optional<ChannelKind> check_channel_kind(diagnostics::Sink& sink, const syntax::Expr& word);

}  // namespace flow::check
