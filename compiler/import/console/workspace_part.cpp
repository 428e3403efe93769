#include "compiler/import/console/workspace_part.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/source/source.h"
#include "compiler/syntax/parse.h"
#include "runtime/program/text.h"

namespace flow::importing::console {
namespace {

using Words = std::set<std::string, std::less<>>;

const Words kNamed = {"channel", "template", "let", "wording", "function", "model", "desk", "secret"};
const Words kRules = {"edition", "languages", "zone", "price", "limit", "quiet", "allow"};
constexpr std::string_view kHosts = "allow hosts";

struct Declaration {
  std::string kind;  // its first word
  std::string name;  // of one in kNamed
  Words words;       // all that may be a name
  DraftEntry entry;
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// In texts, too: a value may stand in braces there. One too many does no harm.
Words words_of(std::string_view text) {
  Words out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    while (i < text.size() && (is_letter(text[i]) || (i > begin && text[i] >= '0' && text[i] <= '9'))) ++i;
    if (i > begin) out.emplace(text.substr(begin, i - begin));
    if (i == begin) ++i;
  }
  return out;
}

DraftEntry draft_of(const syntax::Entry& entry, const source::SourceMap& sources) {
  DraftEntry out;
  const std::string_view text = sources.text(entry.span);
  if (!entry.block) return line(std::string(text));
  out.has_block = true;
  out.head = program::trim(text.substr(0, entry.block->span.begin - entry.span.begin));
  for (const syntax::Entry& inner : entry.block->entries) out.block.push_back(draft_of(inner, sources));
  return out;
}

Declaration declaration_of(const syntax::Entry& entry, const source::SourceMap& sources) {
  Declaration out;
  out.entry = draft_of(entry, sources);
  out.words = words_of(sources.text(entry.span));
  if (entry.head.items.empty() || entry.head.items[0].exprs.empty()) return out;
  const auto& words = entry.head.items[0].exprs;
  out.kind = words[0].text;
  if (words.size() > 1 && kNamed.contains(out.kind)) out.name = words[1].text;
  return out;
}

Result<std::vector<Declaration>> declarations_of(const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add("workspace.flow", text), sink);
  if (!file || sink.has_errors())
    return fail(ErrorCode::failed_precondition, "workspace.flow has errors: `flowc check` shows them");
  std::vector<Declaration> out;
  for (const syntax::Entry& entry : file->entries) out.push_back(declaration_of(entry, sources));
  return out;
}

bool starts_flows(const DraftEntry& entry) {
  return entry.head.starts_with("flows ");
}

// The channels that start it need not be named by it.
bool starts(const Declaration& channel, std::string_view flow_name) {
  return std::any_of(channel.entry.block.begin(), channel.entry.block.end(), [&](const DraftEntry& entry) {
    return starts_flows(entry) && words_of(entry.head).contains(flow_name);
  });
}

// Of the channel's flows this one alone.
void start_only(DraftEntry& channel, std::string_view flow_name) {
  for (DraftEntry& entry : channel.block)
    if (starts_flows(entry)) entry = line(fmt::format("flows {}", flow_name));
}

// Of `allow hosts "a", "b"` those that `asked` has; nothing when it has none.
std::optional<DraftEntry> hosts_asked(const DraftEntry& entry, const std::string& asked) {
  std::vector<std::string_view> hosts;
  const std::string_view all = entry.head;
  for (std::size_t at = all.find('"'); at != std::string_view::npos;) {
    const std::size_t end = all.find('"', at + 1);
    if (end == std::string_view::npos) break;
    if (asked.find(all.substr(at + 1, end - at - 1)) != std::string::npos)
      hosts.push_back(all.substr(at, end + 1 - at));
    at = all.find('"', end + 1);
  }
  if (hosts.empty()) return std::nullopt;
  return line(fmt::format("{} {}", kHosts, fmt::join(hosts, ", ")));
}

// Which of them the flow names, and which these name in their turn.
std::vector<bool> named_by(const Words& flow, std::string_view flow_name, const std::vector<Declaration>& all) {
  std::vector<bool> named(all.size(), false);
  Words words = flow;
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool wanted = words.contains(all[i].name) || (all[i].kind == "channel" && starts(all[i], flow_name));
      if (named[i] || all[i].name.empty() || !wanted) continue;
      named[i] = more = true;
      words.insert(all[i].words.begin(), all[i].words.end());
    }
  }
  return named;
}

}  // namespace

Result<std::string> workspace_part(std::string_view flow_name, std::string_view flow_text,
                                   const std::string& workspace) {
  auto all = declarations_of(workspace);
  if (!all) return std::unexpected(all.error());
  const std::vector<bool> named = named_by(words_of(flow_text), flow_name, *all);
  std::vector<DraftEntry> out;
  std::string asked(flow_text);
  for (std::size_t i = 0; i < all->size(); ++i) {
    DraftEntry& entry = (*all)[i].entry;
    const auto text = write(std::vector{entry});
    if (!text) return std::unexpected(text.error());
    if (named[i]) asked += *text;
  }
  for (std::size_t i = 0; i < all->size(); ++i) {
    auto& [kind, name, words, entry] = (*all)[i];
    if (kind == "channel") {
      const bool started = starts((*all)[i], flow_name);
      if (started) start_only(entry, flow_name);
      if (!started) std::erase_if(entry.block, starts_flows);
    }
    if (named[i] || (kRules.contains(kind) && !entry.head.starts_with(kHosts))) out.push_back(entry);
    if (entry.head.starts_with(kHosts))
      if (auto hosts = hosts_asked(entry, asked)) out.push_back(*std::move(hosts));
  }
  return write(out);
}

Result<WorkspacePart> read_workspace_part(const std::string& text, std::string_view flow_name) {
  auto all = declarations_of(text);
  if (!all) return std::unexpected(all.error());
  WorkspacePart out;
  for (Declaration& one : *all) {
    const bool named = !one.name.empty() || one.entry.head.starts_with(kHosts);
    if (!named && !kRules.contains(one.kind))
      return fail(ErrorCode::invalid_argument, "`{}` is no declaration that a flow needs", one.entry.head);
    start_only(one.entry, flow_name);
    (named ? out.named : out.rules).push_back(std::move(one.entry));
  }
  if (!out.named.empty()) out.named.front().blank_before = true;
  return out;
}

}  // namespace flow::importing::console
