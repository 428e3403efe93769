#include "compiler/check/words.h"

#include <algorithm>
#include <vector>

#include "compiler/catalogue/catalogue.h"
#include "compiler/check/pattern.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {

std::optional<std::string> check_purpose(diagnostics::Sink& sink, const syntax::Expr& word) {
  const auto purposes = catalogue::purposes();
  if (word.kind == syntax::ExprKind::name && std::ranges::find(purposes, word.text) != purposes.end()) return word.text;
  sink.report(Code::malformed_value, word.span, "there is no purpose `{}`", word.text)
      .hint(diagnostics::did_you_mean(word.text, {purposes.begin(), purposes.end()}));
  return std::nullopt;
}

std::optional<ChannelKind> check_channel_kind(diagnostics::Sink& sink, const syntax::Expr& word) {
  const auto channels = catalogue::channels();
  const auto found = std::ranges::find(channels, word.text, &catalogue::Channel::name);
  if (found != channels.end() && found->kind) return found->kind;
  if (found != channels.end()) {
    report_not_yet(sink, word.span, found->name);
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const auto& channel : channels)
    if (channel.kind) names.emplace_back(channel.name);
  sink.report(Code::channel_kind, word.span, "there is no kind of channel `{}`", word.text)
      .hint(diagnostics::did_you_mean(word.text, names));
  return std::nullopt;
}

}  // namespace flow::check
