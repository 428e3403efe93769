#include "compiler/check/workspace_settings.h"

#include <algorithm>

namespace flow::check {

SettingsFound read_settings(WorkspaceScope& scope, const syntax::Entry& entry,
                            std::span<const catalogue::WorkspaceSettingEntry> table, const Patterns& patterns,
                            const std::string& what, bool whole) {
  SettingsFound result;
  bool unclear = false;  // a setting could not be read: it may be the one that seems to be missing
  if (!entry.block) {
    scope.sink.report(Code::missing_part, entry.head.span, "`{}` has no settings", what)
        .hint("they stand in a block: `{ … }`");
    return result;
  }
  for (const syntax::Entry& line : entry.block->entries) {
    auto found = match(line.head, patterns);
    if (!found) {
      report_unmatched(scope.sink, line.head, patterns, Code::unknown_setting, "setting");
      unclear = true;
      continue;
    }
    const auto& known = table[found->entry];
    const syntax::Expr& word = line.head.items[0].exprs[0];
    if (known.support == catalogue::Support::not_yet) {
      report_not_yet(scope.sink, word.span, word.text);
      continue;
    }
    refuse_other_parts(scope.sink, line, kNoPart, word.text);
    const auto place = result.find(known.id);
    if (place == result.end()) {
      result.emplace(known.id, std::pair(&line, std::move(*found)));
      continue;
    }
    scope.sink.report(Code::repeated_setting, word.span, "`{}` stands here a second time", word.text)
        .also(place->second.first->head.span, "first here")
        .hint("keep one of them");
  }
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].presence == catalogue::Presence::required && !result.contains(table[i].id))
      missing.emplace_back(first_word(patterns, i));
  if (whole && !missing.empty() && !unclear)
    scope.sink.report(Code::missing_setting, entry.head.span, "`{}` has no {}", what, quoted(missing, "and no"));
  return result;
}

std::string_view first_word(const Patterns& patterns, std::size_t entry) {
  return std::ranges::find(patterns.all(), entry, &Pattern::entry)->words[0];
}

}  // namespace flow::check
