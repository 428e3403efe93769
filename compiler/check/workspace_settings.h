// What entries of workspace.flow have in common: lists, and blocks of settings. Internal to compiler/check.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {

inline std::vector<const syntax::Expr*> listed(const Match& found) {
  std::vector<const syntax::Expr*> all = {found.holes[0]};
  all.insert(all.end(), found.more.begin(), found.more.end());
  return all;
}

// What `check` makes of each of them, each once.
template <typename Check>
std::vector<std::string> code_list(Sink& sink, const Match& found, std::string_view what, Check check) {
  std::vector<std::string> result;
  std::map<std::string, Span> seen;
  for (const syntax::Expr* expr : listed(found)) {
    const auto code = check(sink, *expr);
    if (!code) continue;
    const auto [place, is_new] = seen.emplace(*code, expr->span);
    if (is_new)
      result.push_back(*code);
    else
      sink.report(Code::duplicate_name, expr->span, "the {} `{}` stands here twice", what, *code)
          .also(place->second, "first here");
  }
  return result;
}

std::string_view first_word(const Patterns& patterns, std::size_t entry);

// The settings of a block, each once; reports unknown ones and, of a whole one, those that are missing.
using SettingsFound = std::map<catalogue::WorkspaceSetting, std::pair<const syntax::Entry*, Match>>;
SettingsFound read_settings(WorkspaceScope& scope, const syntax::Entry& entry,
                            std::span<const catalogue::WorkspaceSettingEntry> table, const Patterns& patterns,
                            const std::string& what, bool whole = true);

}  // namespace flow::check
