// `typing => STEP`: whoever started the flow sees that an answer is being written. What comes of it decides nothing, so
// all ways out are one; the provider has a few seconds to take it.
#include "base/limits.h"
#include "compiler/check/operation.h"

namespace flow::check {
namespace {

class TypingChecker : OperationChecker {
 public:
  TypingChecker(FlowScope& scope, const syntax::Entry& entry)
      : OperationChecker(scope, entry, "typing", program::OperationKind::typing) {}

  std::optional<StepBody> run() {
    refuse_other_parts(sink_, entry_, kColon | kArrow, name_);
    const auto target = check_arrow(scope_, entry_, name_);
    auto with = conversation(scope_, entry_.colon->span, name_);
    if (!target || !with) return std::nullopt;
    const Channel& channel = scope_.shared.workspace.channels[index(with->channel)];
    const catalogue::Channel& kind = catalogue::channel(channel.kind);
    if (!kind.typing) {
      sink_.report(Code::kind_elsewhere, entry_.colon->span, "{} cannot show that somebody is typing", kind.name)
          .also(channel.span, "the flow speaks there")
          .hint(fmt::format("leave this step out; {} can", able()));
      return std::nullopt;
    }
    operation_.target = channel.name;
    argument("to", std::move(with->to));
    using Kind = program::OperationOutcome::Kind;
    operation_.arms.push_back({{Kind::failed, 0}, *target, entry_.arrow->span});
    operation_.arms.push_back({{Kind::ok, 0}, *target, entry_.arrow->span});
    operation_.late = TimedArm{limits::kTypingMsMax, *target, entry_.arrow->span};
    return take();
  }

 private:
  static std::string able() {
    std::vector<std::string> names;
    for (const catalogue::Channel& channel : catalogue::channels())
      if (channel.typing) names.emplace_back(channel.name);
    return quoted(names);
  }
};

}  // namespace

std::optional<StepBody> check_typing(FlowScope& scope, const WrittenStep& step) {
  return TypingChecker(scope, step.entry).run();
}

}  // namespace flow::check
