// `template otp_v2(code: text(4..8)) on waba_otp { … }`
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/composite.h"
#include "compiler/check/words.h"
#include "compiler/check/workspace_settings.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

using Setting = catalogue::WorkspaceSetting;

class TemplateChecker {
 public:
  explicit TemplateChecker(WorkspaceScope& scope) : scope_(scope), values_(scope) {}

  void run(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kBlock, "template");
    const syntax::Expr& call = *found.holes[0];
    Span name = call.span;
    name.end = name.begin + static_cast<std::uint32_t>(call.text.size());
    Template result;
    result.name = call.text;
    result.span = name;
    bool fine = parameters(call, result);
    fine &= template_channel(*found.holes[1], result);
    const auto given = read_settings(scope_, entry, catalogue::template_settings(), template_setting_patterns(),
                                     "template " + call.text);
    Span body_span = name;
    for (const auto& [id, setting] : given) template_setting(id, setting.second, result, body_span);
    if (result.languages.empty()) result.languages = scope_.workspace.languages;
    if (result.languages.empty()) result.languages = {"en"};
    WorkspaceName* place =
        declare_workspace_name(scope_, call.text, name, WorkspaceName::Kind::message_template, "template");
    if (place == nullptr) return;
    place->bad |= !fine;
    place->index = scope_.workspace.templates.size();
    scope_.workspace.templates.push_back(std::move(result));
    scope_.template_bodies.push_back(body_span);
  }

 private:
  Sink& sink() { return scope_.sink; }

  bool parameters(const syntax::Expr& call, Template& result) {
    bool fine = true;
    std::map<std::string, Span, std::less<>> seen;
    for (const syntax::Argument& arg : call.args) {
      if (arg.name.empty() || arg.quoted || arg.spread) {
        sink()
            .report(Code::malformed_value, arg.span, "a parameter has a name and a type")
            .hint("`template otp(code: text(4..8)) on CHANNEL`");
        fine = false;
        continue;
      }
      fine &= declare(sink(), seen, arg.name, arg.span, "parameter");
      const auto type = check_type(sink(), arg.values, arg.span);
      fine &= type.has_value() && refuse_composite(sink(), *type, arg.span, "a parameter of a template");
      result.parameters.emplace_back(arg.name, type.value_or(Type{}));
    }
    return fine;
  }

  bool template_channel(const syntax::Expr& written, Template& result) {
    const auto found = scope_.names.find(written.text);
    if (found == scope_.names.end() || found->second.kind != WorkspaceName::Kind::channel) {
      std::vector<std::string> names;
      for (const Channel& channel : scope_.workspace.channels)
        if (catalogue::channel(channel.kind).templates) names.push_back(channel.name);
      sink()
          .report(Code::unknown_channel, written.span, "there is no channel `{}`", written.text)
          .hint(diagnostics::did_you_mean(written.text, names));
      return false;
    }
    if (found->second.bad) return false;
    result.channel = ChannelId{static_cast<std::uint32_t>(found->second.index)};
    const Channel& channel = scope_.workspace.channels[found->second.index];
    if (catalogue::channel(channel.kind).templates) return true;
    sink()
        .report(Code::template_elsewhere, written.span, "`{}` sends on {}, which has no templates", channel.name,
                catalogue::channel(channel.kind).name)
        .also(channel.span, "declared here");
    return false;
  }

  void template_setting(Setting id, const Match& found, Template& result, Span& body_span) {
    const syntax::Expr& written = *found.holes[0];
    switch (id) {
      case Setting::template_purpose:
        if (auto purpose = check_purpose(sink(), written)) result.purpose = *std::move(purpose);
        break;
      case Setting::template_languages:
        result.languages = code_list(sink(), found, "language", check_language);
        break;
      case Setting::template_valid:
        template_valid(written, result);
        break;
      case Setting::template_body:
        body_span = written.span;
        template_body(written, result);
        break;
      default:
        break;
    }
  }

  void template_valid(const syntax::Expr& written, Template& result) {
    const bool range = written.kind == syntax::ExprKind::binary && written.op == syntax::BinaryOp::range;
    if (!range) {
      sink().report(Code::malformed_value, written.span, "`valid` needs a range of durations").hint("`valid 30s..15m`");
      return;
    }
    const auto low = check_duration(values_, written.children[0], "`valid`", 1000, limits::kExpiresMsMax);
    const auto high = check_duration(values_, written.children[1], "`valid`", 1000, limits::kExpiresMsMax);
    if (!low || !high) return;
    if (*low > *high) {
      sink().report(Code::out_of_range, written.span, "this range ends before it begins").hint("`valid 30s..15m`");
      return;
    }
    result.ttl_min_ms = *low;
    result.ttl_max_ms = *high;
  }

  // The body is the provider's text: only `{{parameter}}` may stand in it, and it is not computed here.
  void template_body(const syntax::Expr& written, Template& result) {
    if (written.kind != syntax::ExprKind::string) {
      sink()
          .report(Code::type_mismatch, written.span, "`body` needs a text in quotes")
          .hint("`body \"Code {{code}}\"`");
      return;
    }
    for (const syntax::StringPiece& piece : written.pieces) {
      if (piece.expr == nullptr) {
        result.body += piece.text;
        continue;
      }
      const bool known =
          piece.expr->kind == syntax::ExprKind::name &&
          std::ranges::any_of(result.parameters, [&](const auto& p) { return p.first == piece.expr->text; });
      if (!known) {
        const std::vector<std::string> names = keys(result.parameters);
        sink()
            .report(Code::template_parameters, piece.expr->span, "`{}` has no parameter `{}`", result.name,
                    scope_.sources.text(piece.expr->span))
            .hint(diagnostics::did_you_mean(piece.expr->text, names));
      }
      result.body += fmt::format("{{{{{}}}}}", piece.expr->text);
    }
  }

  WorkspaceScope& scope_;
  WorkspaceValues values_;
};

}  // namespace

void declare_template(WorkspaceScope& scope, const syntax::Entry& entry, const Match& found) {
  TemplateChecker(scope).run(entry, found);
}

}  // namespace flow::check
