#include "compiler/driver/import_workspace.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/parse.h"

namespace flow::driver {
namespace {

using importing::DraftEntry;

constexpr std::string_view kHosts = "allow hosts";

struct Declaration {
  std::string key;  // "channel main_sms", "allow hosts", "languages"
  std::string text;
  std::set<std::string> hosts;  // of `allow hosts`
};

// What stands once, and what has a name.
std::string key_of(const syntax::Entry& entry) {
  if (entry.head.items.empty() || entry.head.items[0].exprs.empty()) return {};
  const auto& words = entry.head.items[0].exprs;
  const std::string& first = words[0].text;
  const bool once = first == "edition" || first == "languages" || first == "zone";
  return once || words.size() == 1 ? first : fmt::format("{} {}", first, words[1].text);
}

std::set<std::string> hosts_of(const syntax::Entry& entry) {
  std::set<std::string> hosts;
  for (const syntax::Item& item : entry.head.items) {
    for (const syntax::Expr& expr : item.exprs)
      if (expr.kind == syntax::ExprKind::string && expr.pieces.size() == 1) hosts.insert(expr.pieces[0].text);
  }
  return hosts;
}

Result<std::vector<Declaration>> declarations_of(const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add("workspace.flow", text), sink);
  if (!file || sink.has_errors())
    return fail(ErrorCode::failed_precondition,
                "workspace.flow has errors: mend them first (`flowc check` shows them)");
  std::vector<Declaration> result;
  for (const syntax::Entry& entry : file->entries) {
    Declaration one{key_of(entry), std::string(sources.text(entry.span)), {}};
    if (one.key == kHosts) one.hosts = hosts_of(entry);
    result.push_back(std::move(one));
  }
  return result;
}

DraftEntry hosts_entry(const std::set<std::string>& hosts) {
  std::string head(kHosts);
  for (const std::string& host : hosts)
    head += fmt::format("{} {}", head == kHosts ? "" : ",", importing::one_line(host));
  return importing::line(std::move(head));
}

// One entry for each key, the first; what several say of hosts together.
Result<std::vector<std::pair<Declaration, DraftEntry>>> joined(std::vector<DraftEntry> needed) {
  std::vector<std::pair<Declaration, DraftEntry>> result;
  std::map<std::string, std::size_t> places;
  for (DraftEntry& entry : needed) {
    const auto text = importing::write(std::vector<DraftEntry>{entry});
    if (!text) return std::unexpected(text.error());
    auto parsed = declarations_of(*text);
    if (!parsed) return std::unexpected(parsed.error());
    if (parsed->size() != 1) return fail(ErrorCode::internal, "`{}` is no declaration", entry.head);
    Declaration& one = parsed->front();
    const auto [place, first] = places.try_emplace(one.key, result.size());
    if (first) {
      result.emplace_back(std::move(one), std::move(entry));
      continue;
    }
    auto& [known, known_entry] = result[place->second];
    if (one.key == kHosts) {
      known.hosts.merge(one.hosts);
      const std::vector<std::string> comments = known_entry.comments;
      known_entry = hosts_entry(known.hosts);
      known_entry.comments = comments;
    } else if (known.text != one.text) {
      return fail(ErrorCode::failed_precondition,
                  "the files want two different `{}`: import them one after the other, into folders of their own",
                  one.key);
    }
  }
  return result;
}

void add_to_do(const Declaration& wanted, const Declaration& there, WorkspaceText& result) {
  if (wanted.key != kHosts) {
    if (wanted.text != there.text) result.kept.push_back(wanted.key);
    return;
  }
  for (const std::string& host : wanted.hosts)
    if (!there.hosts.contains(host))
      result.to_do.push_back(fmt::format("add {} to `allow hosts`", importing::one_line(host)));
}

}  // namespace

Result<WorkspaceText> complete_workspace(const std::string& existing, std::vector<DraftEntry> needed) {
  std::vector<DraftEntry> lacking;
  if (existing.empty()) {
    // First what every workspace has; what an import says of it counts.
    const auto says = [&](std::string_view word) {
      return std::any_of(needed.begin(), needed.end(),
                         [&](const DraftEntry& one) { return one.head.starts_with(word); });
    };
    if (!says("edition ")) lacking.push_back(importing::line("edition 1"));
    if (!says("languages ")) lacking.push_back(importing::line("languages en"));
    if (!says("allow regions ")) lacking.push_back(importing::line("allow regions all"));
  }
  const auto there = declarations_of(existing);
  if (!there) return std::unexpected(there.error());
  auto wanted = joined(std::move(needed));
  if (!wanted) return std::unexpected(wanted.error());
  WorkspaceText result;
  for (auto& [one, entry] : *wanted) {
    const auto known =
        std::find_if(there->begin(), there->end(), [&](const Declaration& d) { return d.key == one.key; });
    if (known != there->end()) {
      add_to_do(one, *known, result);
      continue;
    }
    result.added.push_back(one.key);
    lacking.push_back(std::move(entry));
  }
  result.text = existing;
  if (lacking.empty()) return result;
  lacking.front().blank_before = false;
  const auto more = importing::write(lacking);
  if (!more) return std::unexpected(more.error());
  if (!existing.empty()) result.text += existing.ends_with('\n') ? "\n" : "\n\n";
  result.text += *more;
  result.changed = true;
  return result;
}

}  // namespace flow::driver
