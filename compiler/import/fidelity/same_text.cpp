#include "compiler/import/fidelity/same_text.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/import/json.h"
#include "compiler/source/source.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::importing::fidelity {
namespace {

void strip(std::vector<syntax::Entry>& entries) {
  for (syntax::Entry& entry : entries) {
    entry.leading.clear();
    entry.after_brace = syntax::Box<syntax::Comment>();
    entry.trailing = syntax::Box<syntax::Comment>();
    entry.blank_before = entry.blank_after_leading = entry.semicolon_before = false;
    if (!entry.block) continue;
    entry.block->dangling.clear();
    entry.block->one_line = false;
    strip(entry.block->entries);
  }
}

// One entry below the other; nothing when it is no text of the language.
std::optional<std::string> bare(const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  auto file = syntax::parse(sources, sources.add("text.flow", text), sink);
  if (!file || sink.has_errors()) return std::nullopt;
  strip(file->entries);
  file->dangling.clear();
  return syntax::format(*file);
}

std::string_view line_at(std::string_view text, std::size_t begin) {
  return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

}  // namespace

std::string text_difference(const std::string& original, const std::string& imported) {
  const auto ours = bare(original);
  const auto theirs = bare(imported);
  if (!ours) return "the original is no text of the language";
  if (!theirs) return "the import is no text of the language";
  if (*ours == *theirs) return {};
  const auto differ = std::mismatch(ours->begin(), ours->end(), theirs->begin(), theirs->end());
  const std::size_t at = static_cast<std::size_t>(differ.first - ours->begin());
  const std::size_t before = at == 0 ? std::string::npos : ours->rfind('\n', at - 1);
  const std::size_t line = before == std::string::npos ? 0 : before + 1;
  return fmt::format("it says `{}`, and was `{}`", shown(line_at(*theirs, line)), shown(line_at(*ours, line)));
}

}  // namespace flow::importing::fidelity
