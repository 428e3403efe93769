// `contact PHONE { read tier: text?; set preferred = "sms"; tag "vip"; untag "new"; ok => a; failed => b }`,
// `subscribe PHONE => a`, `unsubscribe PHONE => a`.
#include <array>
#include <map>

#include "base/limits.h"
#include "compiler/check/operation.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using catalogue::OperationSetting;
using catalogue::OutcomeId;
using program::OperationKind;

constexpr std::array kRequired = {OutcomeId::ok, OutcomeId::failed};
constexpr OperationWays kWays{kRequired, false, false, "its outcomes are `ok` and `failed`", "ok, failed => STEP"};

class ContactChecker : OperationChecker {
 public:
  ContactChecker(FlowScope& scope, const syntax::Entry& entry, std::string_view name, OperationKind kind)
      : OperationChecker(scope, entry, name, kind) {}

  std::optional<StepBody> contact(const syntax::Expr& address) {
    take_address(address);
    read_block(catalogue::contact_settings(), contact_setting_patterns(), kWays);
    if (fine_ && operation_.arguments.size() == 1 && operation_.reads.empty()) {
      fine_ = false;
      sink_.report(Code::missing_setting, entry_.colon->span, "this reads and changes nothing")
          .hint("`read tier: text?`, `set preferred = \"sms\"`, `tag \"vip\"`");
    }
    refuse_secrets("what is kept of a contact is no place for a secret", "keep it where the application has it");
    return take();
  }

  std::optional<StepBody> subscription(const syntax::Expr& address) {
    refuse_other_parts(sink_, entry_, kColon | kArrow, name_);
    take_address(address);
    const auto target = check_arrow(scope_, entry_, name_);
    if (!target || !fine_) return std::nullopt;
    using Kind = program::OperationOutcome::Kind;
    operation_.arms.push_back({{Kind::failed, 0}, *target, entry_.arrow->span});
    operation_.arms.push_back({{Kind::ok, 0}, *target, entry_.arrow->span});
    return take();
  }

 private:
  void take_address(const syntax::Expr& written) {
    auto value = check_value(values_, written, {});
    // A number in quotes.
    if (value && is_constant(*value) && value->type.kind == ValueType::text)
      value = check_value(values_, written, {ValueType::phone, fmt::format("`{}`", name_)});
    fine_ &= value.has_value();
    if (!value) return;
    if (value->type.kind == ValueType::phone || value->type.kind == ValueType::email)
      return argument("address", std::move(*value));
    fine_ = false;
    sink_
        .report(Code::type_mismatch, written.span,
                "a contact is known by a phone number or an email address, and this is {}",
                type_words(value->type.kind))
        .hint(fmt::format("`{} customerPhoneNumber`", name_));
  }

  bool apply(OperationSetting id, const syntax::Entry& line, const Match& found) override {
    const syntax::Expr& written = *found.holes[0];
    switch (id) {
      case OperationSetting::read:
        return once("read " + written.text, written.span) && read(line, written, "");
      case OperationSetting::set:
        return once("set " + written.text, written.span) && set(line, written);
      case OperationSetting::tag:
        return tag("tag ", written);
      case OperationSetting::untag:
        return tag("untag ", written);
      default:
        return false;
    }
  }

  bool set(const syntax::Entry& line, const syntax::Expr& name) {
    if (!check_name_length(sink_, name.text, name.span, "attribute")) return false;
    auto value = text_value(line, "`set preferred = \"sms\"`");
    if (value) argument("set " + name.text, std::move(*value));
    return value.has_value();
  }

  bool tag(const std::string& place, const syntax::Expr& written) {
    const auto name = check_text(values_, written, "a tag");
    if (!name) return false;
    if (program::is_blank(*name) || program::count_characters(*name) > limits::kNameCharsMax) {
      sink_.report(Code::out_of_range, written.span, "a tag of {} characters", program::count_characters(*name))
          .hint(fmt::format("from 1 to {} characters", limits::kNameCharsMax));
      return false;
    }
    // One that is added and taken away is a slip as well.
    if (!once("tag " + *name, written.span)) return false;
    argument(place + *name, constant_text("", written.span));
    return true;
  }

  bool once(const std::string& what, Span span) {
    const auto [place, is_new] = seen_.emplace(what, span);
    if (is_new) return true;
    sink_.report(Code::repeated_setting, span, "`{}` stands here a second time", what.substr(what.find(' ') + 1))
        .also(place->second, "first here")
        .hint("keep one of them");
    return false;
  }

  std::map<std::string, Span> seen_;
};

}  // namespace

std::optional<StepBody> check_contact(FlowScope& scope, const WrittenStep& step) {
  return ContactChecker(scope, step.entry, "contact", OperationKind::contact).contact(step.hole(0));
}

std::optional<StepBody> check_subscribe(FlowScope& scope, const WrittenStep& step) {
  return ContactChecker(scope, step.entry, "subscribe", OperationKind::subscribe).subscription(step.hole(0));
}

std::optional<StepBody> check_unsubscribe(FlowScope& scope, const WrittenStep& step) {
  return ContactChecker(scope, step.entry, "unsubscribe", OperationKind::unsubscribe).subscription(step.hole(0));
}

}  // namespace flow::check
