// workspace.flow: edition, languages, regions, environments, channels, constants, models.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"
#include "compiler/check/words.h"
#include "compiler/check/workspace_settings.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

using Entry = catalogue::Workspace;
using Setting = catalogue::WorkspaceSetting;

class WorkspaceChecker {
 public:
  WorkspaceChecker(WorkspaceScope& scope, const syntax::File& file) : scope_(scope), file_(file), values_(scope) {}

  // Constants and channels before templates, whatever their order in the file.
  void run() {
    std::vector<std::pair<const syntax::Entry*, Match>> known;
    for (const syntax::Entry& entry : file_.entries)
      if (auto found = recognize(entry)) known.emplace_back(&entry, std::move(*found));
    const auto each = [&](Entry id, auto&& act) {
      for (const auto& [entry, found] : known)
        if (catalogue::workspace_entries()[found.entry].id == id) act(*entry, found);
    };
    each(Entry::edition, [&](const auto& entry, const auto& found) { edition(entry, found); });
    each(Entry::environment, [&](const auto& entry, const auto& found) { environment(entry, *found.holes[0]); });
    if (!scope_.workspace.environment.empty() && !environments_.contains(scope_.workspace.environment))
      report_environment();
    each(Entry::languages, [&](const auto& entry, const auto& found) { languages(entry, found); });
    each(Entry::allow_regions, [&](const auto& entry, const auto& found) { regions(entry, found); });
    each(Entry::allow_hosts,
         [&](const auto& entry, const auto& found) { scope_.workspace.allowed_hosts = hosts(entry, found); });
    each(Entry::allow_recipients,
         [&](const auto& entry, const auto& found) { scope_.workspace.allowed_recipients = recipients(entry, found); });
    replace_lists();
    each(Entry::zone, [&](const auto& entry, const auto& found) { zone(entry, *found.holes[0]); });
    each(Entry::let, [&](const auto& entry, const auto& found) { constant(entry, *found.holes[0]); });
    each(Entry::wording, [&](const auto& entry, const auto& found) {
      declare_wording(scope_, entry, *found.holes[0], scope_.wordings);
    });
    each(Entry::channel, [&](const auto& entry, const auto& found) { channel(entry, *found.holes[0]); });
    each(Entry::quiet_hours, [&](const auto& entry, const auto& found) { declare_quiet_hours(scope_, entry, found); });
    each(Entry::limit, [&](const auto& entry, const auto& found) { declare_limit(scope_, entry, found); });
    report_needless_limits(scope_);
    each(Entry::price, [&](const auto& entry, const auto& found) {
      declare_price(scope_, entry, *found.holes[0], found.holes.size() > 1 ? found.holes[1] : nullptr);
    });
    each(Entry::message_template,
         [&](const auto& entry, const auto& found) { declare_template(scope_, entry, found); });
    for (const auto& [entry, found] : known)
      check_outside_entry(scope_, *entry, catalogue::workspace_entries()[found.entry].id, found);
    each(Entry::model, [&](const auto& entry, const auto& found) { model(entry, *found.holes[0]); });
    report_unused();
    report_missing();
  }

 private:
  // A line of an environment, which replaces what it names when the environment is the chosen one.
  struct Replacement {
    const syntax::Entry* entry;
    Match match;
    bool chosen;
    bool used = false;
  };

  Sink& sink() { return scope_.sink; }

  // ---- Environments

  void environment(const syntax::Entry& entry, const syntax::Expr& name) {
    refuse_other_parts(sink(), entry, kBlock, "environment");
    check_name_length(sink(), name.text, name.span, "environment");
    const auto [place, is_new] = environments_.emplace(name.text, name.span);
    if (!is_new) {
      sink()
          .report(Code::duplicate_name, name.span, "`{}` is declared twice", name.text)
          .also(place->second, "first declared here")
          .hint("put all that is different there into one block");
      return;
    }
    if (!entry.block) {
      sink()
          .report(Code::missing_part, entry.head.span, "`environment {}` has no settings", name.text)
          .hint("what is different there: `{ channel viber_otp { service \"9901\" } }`");
      return;
    }
    std::map<std::string, Span> here;
    for (const syntax::Entry& line : entry.block->entries)
      replacement(line, name.text == scope_.workspace.environment, here);
  }

  void replacement(const syntax::Entry& line, bool chosen, std::map<std::string, Span>& here) {
    const Patterns& patterns = environment_patterns();
    auto found = match(line.head, patterns);
    if (!found) {
      report_unmatched(sink(), line.head, patterns, Code::unknown_workspace_entry, "setting of an environment",
                       "an environment may have other channels' settings, constants, recipients and hosts");
      return;
    }
    const Entry id = catalogue::environment_entries()[found->entry].id;
    const bool named = id == Entry::channel || id == Entry::let;
    const std::string key = named ? found->holes[0]->text : std::string(first_word(patterns, found->entry));
    const auto [place, is_new] = here.emplace(fmt::format("{} {}", static_cast<int>(id), key), line.head.span);
    if (!is_new) {
      sink()
          .report(Code::repeated_setting, line.head.span, "this stands here a second time")
          .also(place->second, "first here")
          .hint("keep one of them");
      return;
    }
    replacements_.emplace(std::pair(id, named ? key : std::string()), Replacement{&line, std::move(*found), chosen});
  }

  // What environments say of `name`, each marked as used.
  template <typename Act>
  void each_replacement(Entry id, const std::string& name, const Act& act) {
    const auto [first, last] = replacements_.equal_range(std::pair(id, name));
    for (auto at = first; at != last; ++at) {
      at->second.used = true;
      act(at->second);
    }
  }

  void replace_lists() {
    each_replacement(Entry::allow_hosts, {}, [&](const Replacement& one) {
      auto list = hosts(*one.entry, one.match);
      if (one.chosen) scope_.workspace.allowed_hosts = std::move(list);
    });
    each_replacement(Entry::allow_recipients, {}, [&](const Replacement& one) {
      auto list = recipients(*one.entry, one.match);
      if (one.chosen) scope_.workspace.allowed_recipients = std::move(list);
    });
  }

  void report_environment() {
    sink()
        .report(Code::unknown_environment, {file_.file, 0, 0}, "there is no environment `{}`",
                scope_.workspace.environment)
        .hint(environments_.empty() ? "the workspace has none"
                                    : diagnostics::did_you_mean(scope_.workspace.environment, keys(environments_)));
  }

  void report_unused() {
    for (const auto& [name, one] : replacements_) {
      if (one.used) continue;
      const bool channel = name.first == Entry::channel;
      std::vector<std::string> names;
      for (const auto& [other, what] : scope_.names)
        if ((what.kind == WorkspaceName::Kind::channel) == channel) names.push_back(other);
      sink()
          .report(channel ? Code::unknown_channel : Code::unknown_variable, one.match.holes[0]->span,
                  "the workspace has no {} `{}`", channel ? "channel" : "constant", name.second)
          .hint(names.empty() ? "an environment replaces what the workspace declares"
                              : diagnostics::did_you_mean(name.second, names));
    }
  }

  std::optional<Match> recognize(const syntax::Entry& entry) {
    const Patterns& patterns = workspace_patterns();
    auto found = match(entry.head, patterns);
    if (!found) {
      report_unmatched(sink(), entry.head, patterns, Code::unknown_workspace_entry, "workspace entry",
                       "docs/language/reference.md lists the entries of a workspace");
      return std::nullopt;
    }
    const auto& known = catalogue::workspace_entries()[found->entry];
    const syntax::Expr& word = entry.head.items[0].exprs[0];
    if (known.support == catalogue::Support::not_yet) {
      report_later(sink(), entry.head.items[0].exprs, known.pattern);
      return std::nullopt;
    }
    if (known.presence == catalogue::Presence::repeated) return found;
    const auto [place, is_new] = once_.emplace(known.id, word.span);
    if (is_new) return found;
    sink()
        .report(Code::repeated_setting, word.span, "`{}` stands here a second time", word.text)
        .also(place->second, "first here")
        .hint("keep one of them");
    return std::nullopt;
  }

  void edition(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kNoPart, "edition");
    const auto number = check_whole(values_, *found.holes[0], "`edition`", 0, 1'000'000);
    if (!number || *number == catalogue::kEditionNewest) return;
    sink()
        .report(Code::unknown_edition, found.holes[0]->span, "there is no edition {} of the language", *number)
        .hint(fmt::format("this release knows edition {}; a newer one needs a newer flowc", catalogue::kEditionNewest));
  }

  void languages(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kNoPart, "languages");
    scope_.workspace.languages = code_list(sink(), found, "language", check_language);
  }

  void regions(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kNoPart, "allow regions");
    scope_.regions_stated = true;
    scope_.regions_span = entry.head.span;
    const syntax::Expr& first = *found.holes[0];
    if (first.kind == syntax::ExprKind::name && first.text == "all" && found.more.empty()) {
      scope_.workspace.all_regions = true;
      return;
    }
    scope_.workspace.allowed_regions = code_list(sink(), found, "region", check_region);
  }

  std::vector<std::string> recipients(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kNoPart, "allow recipients");
    return code_list(sink(), found, "recipient", [&](Sink&, const syntax::Expr& expr) {
      auto recipient = check_text(values_, expr, "`allow recipients`");
      // A number as messages have it; anything else is an address or an id of a channel.
      if (!recipient || !recipient->starts_with('+')) return recipient;
      const auto phone = check_constant(values_, expr, {ValueType::phone, "`allow recipients`"});
      return phone ? std::optional(phone->text) : std::nullopt;
    });
  }

  std::vector<std::string> hosts(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kNoPart, "allow hosts");
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
    };
    return code_list(sink(), found, "host", [&](Sink&, const syntax::Expr& expr) {
      auto host = check_text(values_, expr, "`allow hosts`");
      if (!host || (!host->empty() && std::ranges::all_of(*host, fits))) return host;
      sink()
          .report(Code::malformed_value, expr.span, "this is no name of a host")
          .hint("in lower case, with a port when it is not the usual one: \"api.shop.example\"");
      host.reset();
      return host;
    });
  }

  void zone(const syntax::Entry& entry, const syntax::Expr& written) {
    refuse_other_parts(sink(), entry, kNoPart, "zone");
    auto value = check_constant(values_, written, {ValueType::zone, "`zone`"});
    scope_.zone_bad = !value;
    if (value) scope_.workspace.zone = std::move(value->text);
  }

  WorkspaceName* declare_name(const std::string& name, Span span, WorkspaceName::Kind kind, std::string_view what) {
    return declare_workspace_name(scope_, name, span, kind, what);
  }

  void constant(const syntax::Entry& entry, const syntax::Expr& name) {
    refuse_other_parts(sink(), entry, kColon | kValue, "let");
    std::optional<Type> type;
    if (entry.colon) type = check_type(sink(), *entry.colon);
    const syntax::Expr* written = entry.value ? single(*entry.value) : nullptr;
    std::optional<Expr> value;
    if (written == nullptr) {
      sink()
          .report(Code::missing_part, name.span, "the let `{}` has no single value", name.text)
          .hint(fmt::format("`let {} = 10m`", name.text));
    } else {
      const std::string place = fmt::format("`{}`", name.text);
      value = check_constant(values_, *written, type ? want_of(*type, place) : Want{std::nullopt, place});
    }
    if (value) each_replacement(Entry::let, name.text, [&](const Replacement& one) { replace_constant(one, *value); });
    WorkspaceName* place = declare_name(name.text, name.span, WorkspaceName::Kind::constant, "constant");
    if (place == nullptr) return;
    place->bad |= !value || (entry.colon && !type);
    place->index = scope_.constants.size();
    scope_.constants.push_back(value.value_or(Expr{}));
  }

  void replace_constant(const Replacement& one, Expr& value) {
    refuse_other_parts(sink(), *one.entry, kValue, "let");
    const syntax::Expr* written = one.entry->value ? single(*one.entry->value) : nullptr;
    if (written == nullptr) {
      sink()
          .report(Code::missing_part, one.entry->head.span, "this constant has no single value")
          .hint(fmt::format("`let {} = …`", one.match.holes[0]->text));
      return;
    }
    auto other = check_constant(values_, *written, want_of(value.type, fmt::format("`{}`", one.match.holes[0]->text)));
    if (other && one.chosen) value = std::move(*other);
  }

  // ---- Channels ----

  std::optional<ChannelKind> channel_kind(const syntax::Entry& entry, const syntax::Expr& name) {
    const syntax::Expr* kind =
        entry.colon && entry.colon->otherwise == nullptr ? single_name(entry.colon->clause) : nullptr;
    if (kind == nullptr) {
      sink()
          .report(Code::missing_part, entry.colon ? entry.colon->span : name.span, "the channel `{}` names no kind",
                  name.text)
          .hint(fmt::format("`channel {}: sms {{ sender \"SHOP\" }}`", name.text));
      return std::nullopt;
    }
    return check_channel_kind(sink(), *kind);
  }

  void channel(const syntax::Entry& entry, const syntax::Expr& name) {
    refuse_other_parts(sink(), entry, kColon | kBlock, "channel");
    const auto kind = channel_kind(entry, name);
    WorkspaceName* place = declare_name(name.text, name.span, WorkspaceName::Kind::channel, "channel");
    if (!kind || place == nullptr) {
      if (place != nullptr) place->bad = true;
      return;
    }
    Channel channel;
    channel.name = name.text;
    channel.kind = *kind;
    channel.span = name.span;
    channel.handover_ms = limits::kHandoverMsDefault;
    const std::string sender = fmt::format("{} TEXT", catalogue::channel(*kind).sender_setting);
    // The sender's word is the channel's own.
    std::vector<std::string_view> texts;
    texts.reserve(catalogue::channel_settings().size());
    for (const auto& setting : catalogue::channel_settings())
      texts.push_back(setting.id == Setting::sender ? sender : setting.pattern);
    const Patterns patterns(texts);
    const std::string what = "channel " + name.text;
    set_channel(channel, read_settings(scope_, entry, catalogue::channel_settings(), patterns, what));
    each_replacement(Entry::channel, name.text, [&](const Replacement& one) {
      refuse_other_parts(sink(), *one.entry, kBlock, "channel");
      Channel other = channel;
      other.flows.clear();
      set_channel(other, read_settings(scope_, *one.entry, catalogue::channel_settings(), patterns, what, false));
      if (other.flows.empty()) other.flows = channel.flows;
      if (one.chosen) channel = std::move(other);
    });
    place->index = scope_.workspace.channels.size();
    scope_.workspace.channels.push_back(std::move(channel));
  }

  void set_channel(Channel& channel, const SettingsFound& all) {
    for (const auto& [id, found] : all) {
      const syntax::Expr& written = *found.second.holes[0];
      if (id == Setting::sender) set_sender(channel, written, catalogue::channel(channel.kind));
      if (id == Setting::receipts_within)
        channel.receipts_within_ms = check_duration(values_, written, "`receipts within`", 0, 3'600'000).value_or(0);
      if (id == Setting::flows) {
        add_flow(channel, written);
        for (const syntax::Expr* more : found.second.more) add_flow(channel, *more);
      }
      if (id == Setting::handover_within)
        channel.handover_ms = check_duration(values_, written, "`handover within`", 1000, 86'400'000)
                                  .value_or(limits::kHandoverMsDefault);
    }
  }

  void add_flow(Channel& channel, const syntax::Expr& written) {
    const auto same = std::ranges::find(channel.flows, written.text, &std::pair<std::string, Span>::first);
    if (same == channel.flows.end()) {
      channel.flows.emplace_back(written.text, written.span);
      return;
    }
    sink()
        .report(Code::duplicate_name, written.span, "the flow `{}` stands here twice", written.text)
        .also(same->second, "first here")
        .hint("keep one of them");
  }

  void set_sender(Channel& channel, const syntax::Expr& written, const catalogue::Channel& known) {
    auto text = check_text(values_, written, fmt::format("`{}`", known.sender_setting));
    if (!text) return;
    if (text->empty() || text->size() > limits::kNameCharsMax) {
      sink()
          .report(Code::out_of_range, written.span, "a sender of {} characters", text->size())
          .hint(fmt::format("from 1 to {} characters", limits::kNameCharsMax));
      return;
    }
    if (channel.kind == ChannelKind::whatsapp && !check_value(values_, written, {ValueType::phone, "`number`"})) return;
    channel.sender = std::move(*text);
  }

  // ---- Models ----

  void model(const syntax::Entry& entry, const syntax::Expr& name) {
    refuse_other_parts(sink(), entry, kColon | kBlock, "model");
    const syntax::Expr* protocol =
        entry.colon && entry.colon->otherwise == nullptr ? single_name(entry.colon->clause) : nullptr;
    bool fine = protocol != nullptr && protocol->text == "openai";
    if (protocol == nullptr)
      sink()
          .report(Code::missing_part, entry.colon ? entry.colon->span : name.span, "the model `{}` names no protocol",
                  name.text)
          .hint(fmt::format("`model {}: openai {{ name \"…\"; base \"https://…\" }}`", name.text));
    else if (!fine)
      sink()
          .report(Code::malformed_value, protocol->span, "there is no protocol `{}`", protocol->text)
          .hint("`openai`, which most who run models have");
    Model result;
    result.name = name.text;
    result.span = name.span;
    const auto given =
        read_settings(scope_, entry, catalogue::model_settings(), model_setting_patterns(), "model " + name.text);
    fine &= given.contains(Setting::model_name) && given.contains(Setting::model_base);
    for (const auto& [id, found] : given) {
      const syntax::Expr& written = *found.second.holes[0];
      if (id == Setting::model_base) {
        fine &= constant_address(scope_, written, result.base, result.secure);
      } else if (const auto text = check_text(values_, written, "`name`")) {
        result.provider_name = *text;
      } else {
        fine = false;
      }
    }
    WorkspaceName* place = declare_name(name.text, name.span, WorkspaceName::Kind::model, "model");
    if (place == nullptr) return;
    place->bad |= !fine;
    place->index = scope_.workspace.models.size();
    scope_.workspace.models.push_back(std::move(result));
  }

  void report_missing() {
    for (const auto& entry : catalogue::workspace_entries()) {
      if (entry.presence != catalogue::Presence::required || once_.contains(entry.id)) continue;
      const bool regions = entry.id == Entry::allow_regions;
      sink()
          .report(Code::missing_workspace_entry, {file_.file, 0, 0}, "the workspace has no `{}`",
                  regions ? "allow regions" : "edition")
          .hint(regions ? "`allow regions PH, MY` names where messages may go; `allow regions all` says that "
                          "everywhere is meant"
                        : fmt::format("`edition {}`", catalogue::kEditionNewest));
    }
  }

  WorkspaceScope& scope_;
  const syntax::File& file_;
  WorkspaceValues values_;
  std::map<Entry, Span> once_;
  std::map<std::string, Span> environments_;
  std::multimap<std::pair<Entry, std::string>, Replacement> replacements_;  // by what they replace; lists have no name
};

}  // namespace

void check_workspace_file(WorkspaceScope& scope, const syntax::File& file) {
  WorkspaceChecker(scope, file).run();
}

}  // namespace flow::check
