// `send viber | whatsapp | sms { settings; arms }`: the settings. The arms are outcomes.cpp's.
#include <algorithm>
#include <map>

#include "compiler/check/message.h"
#include "compiler/check/operation.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"
#include "compiler/check/words.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

using catalogue::SettingId;
using program::PartKind;

class SendChecker {
 public:
  // `to`: of a table; null: the step's own. With `with` it goes there.
  SendChecker(FlowScope& scope, const syntax::Entry& entry, ChannelKind kind, const Expr* to, bool asks,
              const Conversation* with = nullptr)
      : scope_(scope),
        entry_(entry),
        kind_(kind),
        channel_(catalogue::channel(kind)),
        values_(scope),
        message_(scope, kind),
        to_(with != nullptr ? &with->to : to),
        asks_(asks),
        customer_(with != nullptr) {
    if (to_ != nullptr) send_.to = *to_;
    if (with == nullptr) return;
    send_.channel = with->channel;
    channel_known_ = true;
  }

  std::optional<Send> run() {
    if (to_ != nullptr && !customer_ && !program::takes_numbers(kind_)) {
      scope_.sink()
          .report(Code::channel_kind, entry_.colon->span,
                  "the table's recipient is a number, and {} has other addresses", channel_.name)
          .hint("send it in a step of its own, behind `exhausted` or before the table");
      return std::nullopt;
    }
    refuse_other_parts(scope_.sink(), entry_, kColon | kBlock, name());
    if (!entry_.block) {
      scope_.sink()
          .report(Code::missing_part, entry_.colon->span, "`{}` has no settings", name())
          .hint("a block: `{ from CHANNEL; to NUMBER; text \"…\"; failed => STEP; sent => end }`");
      return std::nullopt;
    }
    std::vector<const syntax::Entry*> arms;
    for (const syntax::Entry& line : entry_.block->entries) {
      if (is_arm(line))
        arms.push_back(&line);
      else
        setting(line);
    }
    report_missing();
    if (template_call_ != nullptr) check_template();
    check_purpose();
    const bool fine = asks_ || check_send_arms(scope_, entry_, arms, kind_, send_);
    const bool whole = finish_message();
    if (whole && !templated()) warn_of_window();
    if (!fine) return std::nullopt;
    return std::move(send_);
  }

 private:
  std::string name() const {
    if (customer_) return asks_ ? "ask" : "reply";
    return fmt::format("{} {}", asks_ ? "ask" : "send", channel_.name);
  }

  void setting(const syntax::Entry& line) {
    const Patterns& patterns = setting_patterns();
    const auto found = match(line.head, patterns);
    if (!found) {
      report_unmatched(scope_.sink(), line.head, patterns, Code::unknown_setting, "setting",
                       "docs/language/reference.md lists the settings");
      unclear_ = true;
      return;
    }
    const auto& known = catalogue::send_settings()[found->entry];
    const syntax::Expr& word = line.head.items[0].exprs[0];
    if (known.support == catalogue::Support::not_yet) {
      later_ |= known.pattern.starts_with("from") ? 0u : 1u;
      given_from_ |= known.pattern.starts_with("from");
      report_later(scope_.sink(), line.head.items[0].exprs, known.pattern);
      return;
    }
    if (known.part) {
      if (known.presence != catalogue::Presence::repeated && !first(known.id, word)) return;
      message_.read(line, known, *found);
      return;
    }
    refuse_other_parts(scope_.sink(), line, kNoPart, word.text);
    if (!first(known.id, word)) return;
    const bool there = (known.id == SettingId::to && to_ != nullptr) || (known.id == SettingId::from && customer_);
    if (there) {
      scope_.sink()
          .add(Code::unexpected_part, word.span,
               customer_ ? fmt::format("`{}` goes where the flow is speaking already", name())
                         : "the table says already whom its messages go to")
          .hint("leave it out");
      return;
    }
    apply(known.id, *found->holes[0]);
    if (known.id == SettingId::from && found->holes.size() > 1) message_.add(PartKind::sender, *found->holes[1]);
  }

  bool first(SettingId id, const syntax::Expr& word) {
    const auto [place, is_new] = given_.emplace(id, word.span);
    if (!is_new) {
      scope_.sink()
          .report(Code::repeated_setting, word.span, "`{}` stands here a second time", word.text)
          .also(place->second, "first here")
          .hint("keep one of them");
    }
    return is_new;
  }

  void apply(SettingId id, const syntax::Expr& written) {
    switch (id) {
      case SettingId::from:
        set_channel(written);
        break;
      case SettingId::to:
        set_recipient(written);
        break;
      case SettingId::text:
        set_text(written);
        break;
      case SettingId::message_template:
        template_call_ = &written;
        break;
      case SettingId::report_to:
        set_report(written);
        break;
      case SettingId::purpose:
        set_purpose(written);
        break;
      default:
        break;  // parts are read by message_
    }
  }

  void set_channel(const syntax::Expr& written) {
    const auto& names = scope_.shared.names;
    const auto found = names.find(written.text);
    if (found == names.end() || found->second.kind != WorkspaceName::Kind::channel) {
      std::vector<std::string> candidates;
      for (const auto& [name, declared] : names)
        if (declared.kind == WorkspaceName::Kind::channel && !declared.bad &&
            scope_.shared.workspace.channels[declared.index].kind == kind_)
          candidates.push_back(name);
      std::string help = diagnostics::did_you_mean(written.text, candidates);
      if (help.empty())
        help = fmt::format("declare it in workspace.flow: `channel {}: {} {{ {} \"…\" }}`", written.text, channel_.name,
                           channel_.sender_setting);
      scope_.sink().report(Code::unknown_channel, written.span, "there is no channel `{}`", written.text).hint(help);
      return;
    }
    if (found->second.bad) return;
    const Channel& channel = scope_.shared.workspace.channels[found->second.index];
    if (channel.kind != kind_) {
      scope_.sink()
          .report(Code::channel_kind, written.span, "`{}` sends on {}, not on {}", written.text,
                  catalogue::channel(channel.kind).name, channel_.name)
          .also(found->second.span, "declared here")
          .hint(fmt::format("`send {}`, or another channel", catalogue::channel(channel.kind).name));
      return;
    }
    send_.channel = ChannelId{static_cast<std::uint32_t>(found->second.index)};
    channel_known_ = true;
  }

  void set_recipient(const syntax::Expr& written) {
    const bool number = program::takes_numbers(kind_);
    auto value = check_value(values_, written, {number ? ValueType::phone : ValueType::text, "`to`"});
    if (!value) return;
    if (value->type.secret) {
      scope_.sink().report(Code::secret_use, written.span,
                           "a recipient cannot be secret: providers and reports see it");
      return;
    }
    send_.to = std::move(*value);
  }

  void set_text(const syntax::Expr& written) {
    auto value = check_value(values_, written, {ValueType::text, "`text`"});
    body_span_ = written.span;
    if (!value) return;
    if (is_constant(*value) && value->text.empty()) {
      scope_.sink().report(Code::out_of_range, written.span, "the text is empty").hint("every channel refuses it");
      return;
    }
    send_.body = std::move(*value);
  }

  void set_purpose(const syntax::Expr& written) {
    const auto purpose = check::check_purpose(scope_.sink(), written);
    purpose_bad_ = !purpose;
    if (!purpose) return;
    send_.purpose = *purpose;
    purpose_span_ = written.span;
  }

  // It is asked as any request to the outside is, so the same holds for it; nothing of the execution is in it.
  void set_report(const syntax::Expr& written) {
    std::vector<Operation::Argument> parts;
    bool secure = false;
    if (!url_arguments(values_, scope_.shared.workspace.allowed_hosts, written, parts, secure)) return;
    if (parts.size() == 1 && is_constant(parts[0].value)) {
      send_.report_to = parts[0].value.text;
      return;
    }
    scope_.sink()
        .report(Code::malformed_value, written.span, "where reports go is known before the start")
        .hint("a constant address; the report says of which message it is");
  }

  void report_missing() {
    if (unclear_) return;  // what could not be read may be what seems to be missing
    std::vector<std::string> missing;
    if (!given_.contains(SettingId::from) && !given_from_ && !customer_) missing.emplace_back("from");
    if (!given_.contains(SettingId::to) && to_ == nullptr) missing.emplace_back("to");
    const bool text = given_.contains(SettingId::text), templated = given_.contains(SettingId::message_template);
    if (!missing.empty()) {
      scope_.sink()
          .report(Code::missing_setting, entry_.colon->span, "the message has no {}", quoted(missing, "and no"))
          .hint(to_ == nullptr ? "`from CHANNEL`, `to NUMBER`" : "`from CHANNEL`");
    }
    if (!text && !templated && later_ == 0 && !message_.has_kind()) {
      scope_.sink()
          .report(Code::missing_setting, entry_.colon->span, "the message has nothing to say")
          .hint(channel_.templates ? "`text \"…\"`, or `template NAME(…)`" : "`text \"…\"`");
    }
    if (text && templated) {
      scope_.sink()
          .report(Code::repeated_setting, given_.at(SettingId::message_template),
                  "the message has a text and a template")
          .also(given_.at(SettingId::text), "the text")
          .hint("keep one of them");
    }
  }

  // ---- Templates ----

  void check_template() {
    const syntax::Expr& call = *template_call_;
    Span name = call.span;
    name.end = name.begin + static_cast<std::uint32_t>(call.text.size());
    if (!channel_.templates) {
      scope_.sink().report(Code::template_elsewhere, name, "{} has no templates", channel_.name).hint("send a `text`");
      return;
    }
    const auto& names = scope_.shared.names;
    const auto found = names.find(call.text);
    if (found == names.end() || found->second.kind != WorkspaceName::Kind::message_template) {
      std::vector<std::string> candidates;
      for (const auto& [known, declared] : names)
        if (declared.kind == WorkspaceName::Kind::message_template) candidates.push_back(known);
      std::string help = diagnostics::did_you_mean(call.text, candidates);
      if (help.empty())
        help = fmt::format("declare it in workspace.flow: `template {}(…) on CHANNEL {{ … }}`", call.text);
      scope_.sink().report(Code::unknown_template, name, "there is no template `{}`", call.text).hint(help);
      return;
    }
    if (found->second.bad) return;
    const TemplateId id{static_cast<std::uint32_t>(found->second.index)};
    const Template& known = scope_.shared.workspace.templates[found->second.index];
    if (channel_known_ && known.channel != send_.channel) {
      scope_.sink()
          .report(Code::template_elsewhere, name, "`{}` is a template of `{}`, and this message is from `{}`",
                  call.text, scope_.shared.workspace.channels[index(known.channel)].name,
                  scope_.shared.workspace.channels[index(send_.channel)].name)
          .also(found->second.span, "declared here")
          .hint(fmt::format("`from {}`", scope_.shared.workspace.channels[index(known.channel)].name));
      return;
    }
    send_.message_template = id;
    check_parameters(call, known, found->second.span);
    check_template_times(scope_, id, name);
  }

  void check_parameters(const syntax::Expr& call, const Template& known, Span declared) {
    std::vector<std::optional<Expr>> given(known.parameters.size());
    std::vector<bool> seen(known.parameters.size(), false);
    for (const syntax::Argument& arg : call.args) {
      const auto parameter = std::ranges::find_if(known.parameters, [&](const auto& p) { return p.first == arg.name; });
      if (arg.name.empty() || arg.spread || arg.values.size() != 1) {
        scope_.sink()
            .report(Code::template_parameters, arg.span, "a parameter of a template has a name and one value")
            .hint(parameter_form(known));
        // The one that is meant can be guessed; do not say that it is missing, too.
        const auto at = static_cast<std::size_t>(&arg - call.args.data());
        if (at < seen.size()) seen[at] = true;
        continue;
      }
      if (parameter == known.parameters.end()) {
        const std::vector<std::string> names = keys(known.parameters);
        const auto near = diagnostics::suggest(arg.name, names);
        if (near) seen[static_cast<std::size_t>(std::ranges::find(names, *near) - names.begin())] = true;
        scope_.sink()
            .report(Code::template_parameters, arg.span, "`{}` has no parameter `{}`", known.name, arg.name)
            .also(declared, "declared here")
            .hint(diagnostics::did_you_mean(arg.name, names));
        continue;
      }
      const auto at = static_cast<std::size_t>(parameter - known.parameters.begin());
      if (seen[at]) {
        scope_.sink().report(Code::template_parameters, arg.span, "`{}` is given twice", arg.name);
        continue;
      }
      seen[at] = true;
      given[at] = parameter_value(arg, *parameter, declared);
    }
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (!seen[i]) missing.push_back(known.parameters[i].first);
    if (!missing.empty())
      scope_.sink()
          .report(Code::template_parameters, call.span, "`{}` is sent without {}", known.name, quoted(missing))
          .also(declared, "declared here")
          .hint(parameter_form(known));
    for (auto& value : given)
      if (value) send_.parameters.push_back(std::move(*value));
  }

  static std::string parameter_form(const Template& known) {
    std::string form;
    for (const auto& parameter : known.parameters) form += (form.empty() ? "" : ", ") + parameter.first + ": …";
    return fmt::format("`template {}({})`", known.name, form);
  }

  std::optional<Expr> parameter_value(const syntax::Argument& arg, const std::pair<std::string, Type>& parameter,
                                      Span declared) {
    const Type& type = parameter.second;
    auto value = check_value(values_, arg.values[0], {type.kind, fmt::format("`{}`", parameter.first)});
    if (!value) return std::nullopt;
    const std::uint32_t longest = characters_max(value->type);
    if (type.kind == ValueType::text && type.chars_max != 0 && (longest == 0 || longest > type.chars_max)) {
      const std::string length =
          longest == 0 ? "may be of any length" : fmt::format("has up to {} characters", longest);
      scope_.sink()
          .report(Code::template_parameters, arg.values[0].span, "this {}, and `{}` takes {}", length, parameter.first,
                  type.chars_max)
          .also(declared, "declared here")
          .hint("bound the value's type, or shorten it with `left(…)`");
      return std::nullopt;
    }
    auto piece = check_piece(values_, std::move(*value), arg.values[0].span);
    if (!piece) return std::nullopt;
    return as_text(scope_.sink(), std::move(*piece));
  }

  // ---- Purpose ----

  void check_purpose() {
    const bool own = !send_.purpose.empty();
    if (!own) send_.purpose = scope_.flow.purpose;
    if (send_.purpose.empty()) {
      if (!purpose_bad_ && !scope_.purpose_bad)
        scope_.sink()
            .report(Code::purpose_missing, scope_.flow.span, "the flow sends messages and has no purpose")
            .also(entry_.colon->span, "the first of them")
            .hint("`purpose authentication`, `purpose transaction` or `purpose marketing`, below the flow's name");
      scope_.purpose_bad = true;  // once
      return;
    }
    if (!send_.message_template) return;
    const Template& known = scope_.shared.workspace.templates[index(*send_.message_template)];
    if (known.purpose.empty() || known.purpose == send_.purpose) return;
    Span name = template_call_->span;
    name.end = name.begin + static_cast<std::uint32_t>(template_call_->text.size());
    scope_.sink()
        .report(Code::purpose_mismatch, name, "`{}` was approved for {}, and this message is for {}", known.name,
                known.purpose, send_.purpose)
        .also(known.span, "declared here")
        .hint(fmt::format("write `purpose {}` in this step, or use another template", known.purpose));
  }

  bool templated() const { return given_.contains(SettingId::message_template); }

  bool finish_message() {
    if (given_.contains(SettingId::text) && (templated() || !send_.body)) return false;  // reported
    std::optional<Span> by_template;
    if (templated()) by_template = given_.at(SettingId::message_template);
    return message_.finish(send_, {send_.body ? &*send_.body : nullptr, body_span_}, by_template, entry_.colon->span);
  }

  // Whether it goes to whoever started the flow, the way that came.
  bool answers() const {
    const std::optional<Trigger>& trigger = scope_.flow.trigger;
    const bool said = trigger && send_.channel == trigger->channel && send_.to.kind == ExprKind::variable &&
                      send_.to.variable == trigger->customer;
    return customer_ || said;
  }

  // Only what starts a flow is known to be young on each path, and only while the flow is.
  void warn_of_window() {
    const std::int64_t window_ms = program::free_form_ms(kind_);
    if (window_ms == 0 || (answers() && scope_.flow.expires_ms <= window_ms)) return;
    const bool templates = catalogue::channel(kind_).templates;
    auto report = scope_.sink().report(Code::window_closed, send_.body ? body_span_ : entry_.colon->span,
                                       "{} refuses a message{} to whoever has not written in the last 24 hours",
                                       channel_.name, templates ? " without template" : "");
    if (answers())
      report.hint(templates ? "`expires 24h` at most, or an approved `template`" : "`expires 24h` at most");
    else
      report.hint(templates ? "send an approved `template` instead"
                            : fmt::format("let a message start the flow: `trigger {} on …`", channel_.name));
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  ChannelKind kind_;
  const catalogue::Channel& channel_;
  FlowValues values_;
  MessageReader message_;
  const Expr* to_;  // of the table or the conversation; null: the step's own
  bool asks_;       // its arms are of its answer: somebody else's business
  bool customer_;   // `from` and `to` are the conversation's
  Send send_;
  std::map<SettingId, Span> given_;
  const syntax::Expr* template_call_ = nullptr;
  Span body_span_;
  Span purpose_span_;
  unsigned later_ = 0;  // kinds of content that this release has not
  bool unclear_ = false;
  bool given_from_ = false;
  bool channel_known_ = false;
  bool purpose_bad_ = false;
};

}  // namespace

// An outcome without its arrow is better said as such than as an unknown setting.
bool is_arm(const syntax::Entry& line) {
  if (line.arrow || std::ranges::any_of(line.head.items, &syntax::Item::is_else)) return true;
  if (line.head.items.empty() || line.head.items[0].exprs.empty()) return false;
  const syntax::Expr& first = line.head.items[0].exprs[0];
  if (first.kind != syntax::ExprKind::name) return false;
  return std::ranges::any_of(catalogue::outcomes(), [&](const catalogue::Outcome& outcome) {
    return outcome.pattern.substr(0, outcome.pattern.find(' ')) == first.text;
  });
}

std::optional<StepBody> check_send_to(FlowScope& scope, const syntax::Entry& entry, ChannelKind kind, const Expr* to) {
  auto send = SendChecker(scope, entry, kind, to, false).run();
  return send ? std::optional<StepBody>(std::move(*send)) : std::nullopt;
}

std::optional<StepBody> check_send(FlowScope& scope, const WrittenStep& step) {
  return check_send_to(scope, step.entry, *step.component.channel, nullptr);
}

std::optional<Send> check_message(FlowScope& scope, const syntax::Entry& entry, ChannelKind kind,
                                  const Conversation* with) {
  return SendChecker(scope, entry, kind, nullptr, true, with).run();
}

std::optional<StepBody> check_reply(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const auto with = conversation(scope, entry.colon->span, "reply");
  if (!with) return std::nullopt;
  auto send = SendChecker(scope, entry, with->kind, nullptr, false, &*with).run();
  return send ? std::optional<StepBody>(std::move(*send)) : std::nullopt;
}

}  // namespace flow::check
