#include "compiler/check/arms.h"

#include <algorithm>

namespace flow::check {
namespace {

bool is_else(const syntax::Entry& entry) {
  return std::ranges::any_of(entry.head.items, [](const syntax::Item& item) { return item.is_else; });
}

}  // namespace

std::optional<ArmEntries> collect_arms(FlowScope& scope, const syntax::Entry& step, std::string_view what,
                                       std::string_view otherwise_hint) {
  Sink& sink = scope.sink();
  if (!step.block) {
    sink.report(Code::missing_part, step.colon->span, "`{}` has no arms", what)
        .hint("a block: `{ … => STEP; else => STEP }`");
    return std::nullopt;
  }
  refuse_other_parts(sink, step, kColon | kBlock, what);
  ArmEntries result;
  const syntax::Entry* otherwise = nullptr;
  bool fine = true;
  for (const syntax::Entry& entry : step.block->entries) {
    if (otherwise != nullptr) {
      sink.report(is_else(entry) ? Code::dead_arm : Code::else_not_last, entry.head.span, "this arm is never reached")
          .label("it comes after `else`")
          .also(otherwise->head.span, "`else` takes all the rest")
          .hint("put `else` last");
      fine = false;
      break;
    }
    refuse_other_parts(sink, entry, kArrow, "an arm");
    if (!is_else(entry)) {
      result.arms.push_back(&entry);
      continue;
    }
    otherwise = &entry;
    if (entry.head.items.size() > 1) {
      sink.report(Code::unexpected_part, entry.head.span, "`else` stands alone")
          .hint("it takes whatever no other arm takes");
    }
    result.otherwise = check_arrow(scope, entry, "else");
    fine &= result.otherwise.has_value();
  }
  if (otherwise == nullptr) {
    sink.report(Code::else_missing, step.colon->span, "`{}` says nothing about the rest", what)
        .label("no `else` arm")
        .hint(std::string(otherwise_hint));
    fine = false;
  }
  if (!fine) {
    // The arms before are still worth a look: their own mistakes are others.
    for (const syntax::Entry* arm : result.arms) check_arrow(scope, *arm, "an arm");
    return std::nullopt;
  }
  return result;
}

}  // namespace flow::check
