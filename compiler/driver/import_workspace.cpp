#include "compiler/driver/import_workspace.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/parse.h"

namespace flow::driver {
namespace {

using importing::DraftEntry;

constexpr std::string_view kHosts = "allow hosts";
constexpr std::string_view kFlows = "flows";

struct Declaration {
  std::string key;  // "channel main_sms", "allow hosts", "languages"
  std::string text;
  std::set<std::string> hosts;  // of `allow hosts`
  // Of what has a block: what stands before it, and the entries in it but `flows`.
  std::string head;
  std::set<std::string> settings;
  std::vector<std::string> flows;  // of a channel
  // Behind its `flows`, or where there are none behind its last entry; 0: it has no entries.
  std::size_t more_flows = 0;
};

// Words between single spaces.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// What stands once, and what has a name; of rules all that they are about.
std::string key_of(const syntax::Entry& entry, const source::SourceMap& sources) {
  if (entry.head.items.empty() || entry.head.items[0].exprs.empty()) return {};
  const auto& words = entry.head.items[0].exprs;
  const std::string& first = words[0].text;
  if (first == "price" || first == "limit" || first == "quiet") return squeezed(sources.text(entry.head.span));
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

bool is_flows(const syntax::Entry& entry) {
  return !entry.head.items.empty() && !entry.head.items[0].exprs.empty() && entry.head.items[0].exprs[0].text == kFlows;
}

// What its block says.
void read_block(const syntax::Entry& entry, const source::SourceMap& sources, Declaration& into) {
  into.head = squeezed(into.text.substr(0, into.text.find('{')));
  if (!entry.block) return;
  bool has_flows = false;
  for (const syntax::Entry& inner : entry.block->entries) {
    if (!is_flows(inner)) {
      into.settings.insert(squeezed(sources.text(inner.span)));
    } else {
      has_flows = true;
      for (const syntax::Item& item : inner.head.items) into.flows.push_back(item.exprs.back().text);
    }
    if (is_flows(inner) || !has_flows) into.more_flows = inner.span.end;
  }
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
    Declaration one;
    one.key = key_of(entry, sources);
    one.text = std::string(sources.text(entry.span));
    if (one.key == kHosts) one.hosts = hosts_of(entry);
    read_block(entry, sources, one);
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

bool is_channel(const Declaration& one) {
  return one.key.starts_with("channel ");
}

// False: it is there.
bool add_flow(Declaration& channel, const std::string& flow) {
  if (std::find(channel.flows.begin(), channel.flows.end(), flow) != channel.flows.end()) return false;
  channel.flows.push_back(flow);
  return true;
}

DraftEntry with_flows(DraftEntry channel, const std::vector<std::string>& flows) {
  if (flows.empty()) return channel;
  std::erase_if(channel.block, [](const DraftEntry& one) { return one.head.starts_with("flows "); });
  channel.block.push_back(importing::line(fmt::format("{} {}", kFlows, fmt::join(flows, ", "))));
  return channel;
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
    } else if (is_channel(one) && known.head == one.head && known.settings == one.settings) {
      for (const std::string& flow : one.flows) add_flow(known, flow);
      known_entry = with_flows(std::move(known_entry), known.flows);
    } else if (known.text != one.text) {
      return fail(ErrorCode::failed_precondition,
                  "the files want two different `{}`: import them one after the other, into folders of their own",
                  one.key);
    }
  }
  return result;
}

// Imports say so above what they made up; what is there counts then.
bool is_made_up(const DraftEntry& entry) {
  return !entry.comments.empty() || std::any_of(entry.block.begin(), entry.block.end(),
                                                [](const DraftEntry& one) { return !one.comments.empty(); });
}

// What somebody has to do where a declaration is there in other words.
void compare(const Declaration& wanted, bool made_up, const Declaration& there, WorkspaceText& result) {
  if (wanted.key == kHosts) {
    for (const std::string& host : wanted.hosts)
      if (!there.hosts.contains(host))
        result.to_do.push_back(fmt::format("add {} to `allow hosts`", importing::one_line(host)));
    return;
  }
  if (!is_channel(wanted)) {
    if (wanted.text != there.text) result.kept.push_back(wanted.key);
    return;
  }
  std::vector<std::string> lacks;
  if (wanted.head != there.head) lacks.push_back(wanted.head);
  if (!made_up)
    std::set_difference(wanted.settings.begin(), wanted.settings.end(), there.settings.begin(), there.settings.end(),
                        std::back_inserter(lacks));
  if (lacks.empty()) return;
  result.kept.push_back(wanted.key);
  result.to_do.push_back(
      fmt::format("the import wants `{}` of `{}`: where that is another channel than the one that is "
                  "there, write a second one, and its name into the flow",
                  fmt::join(lacks, "; "), wanted.key));
}

// The flows that a channel which is there may start, and did not: they go behind those that it may.
struct Extension {
  std::size_t at = 0;  // in the text
  std::string text;
};
std::optional<Extension> extend(const Declaration& wanted, Declaration there, std::string_view text,
                                WorkspaceText& result) {
  const bool has_flows = !there.flows.empty();
  std::vector<std::string> more;
  for (const std::string& flow : wanted.flows)
    if (add_flow(there, flow)) more.push_back(flow);
  if (more.empty() || wanted.head != there.head) return std::nullopt;
  const std::string list = fmt::format("{}", fmt::join(more, ", "));
  if (there.more_flows == 0) {
    result.to_do.push_back(fmt::format("add `flows {}` to `{}`", list, wanted.key));
    return std::nullopt;
  }
  const std::string first =
      there.flows.size() > more.size() ? ": the first whose trigger takes a message is started" : "";
  result.to_do.push_back(fmt::format("`{}` starts {} now, too{}", wanted.key, list, first));
  if (has_flows) return Extension{there.more_flows, ", " + list};
  // On a line of its own, where its last entry ends one.
  const std::size_t end = std::min(text.find('\n', there.more_flows), text.size());
  const std::string_view rest = text.substr(there.more_flows, end - there.more_flows);
  if (end == text.size() || rest.find_first_of("};") != std::string_view::npos)
    return Extension{there.more_flows, "; flows " + list};
  return Extension{end, "\n  flows " + list};
}

// Says of a channel of several new flows which of them is started.
void tell_flows(const Declaration& one, WorkspaceText& result) {
  if (one.flows.size() < 2) return;
  result.to_do.push_back(fmt::format("`{}` starts {}: the first whose trigger takes a message is started", one.key,
                                     fmt::join(one.flows, ", ")));
}

}  // namespace

Result<WorkspaceText> complete_workspace(const std::string& existing, std::vector<DraftEntry> needed,
                                         std::vector<DraftEntry> rules) {
  std::vector<DraftEntry> lacking;
  if (existing.empty()) {
    needed.insert(needed.begin(), std::move_iterator(rules.begin()), std::move_iterator(rules.end()));
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
  std::vector<Extension> extensions;
  for (auto& [one, entry] : *wanted) {
    const auto known =
        std::find_if(there->begin(), there->end(), [&](const Declaration& d) { return d.key == one.key; });
    if (known != there->end()) {
      compare(one, is_made_up(entry), *known, result);
      if (is_channel(one))
        if (auto more = extend(one, *known, existing, result)) extensions.push_back(*std::move(more));
      continue;
    }
    tell_flows(one, result);
    result.added.push_back(one.key);
    lacking.push_back(std::move(entry));
  }
  result.text = existing;
  // From behind, so that places stay what they are.
  std::sort(extensions.begin(), extensions.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  for (const Extension& one : extensions) result.text.insert(one.at, one.text);
  result.changed = !extensions.empty();
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
