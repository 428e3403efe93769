#include "compiler/check/operation.h"

#include <algorithm>

#include "compiler/check/composite.h"
#include "compiler/check/pattern.h"

namespace flow::check {

using catalogue::OperationSetting;
using catalogue::OperationSettingEntry;

OperationChecker::OperationChecker(FlowScope& scope, const syntax::Entry& entry, std::string_view name,
                                   program::OperationKind kind)
    : scope_(scope), entry_(entry), name_(name), sink_(scope.sink()), values_(scope) {
  operation_.kind = kind;
}

namespace {

// An outcome without its arrow is better said as such than as an unknown setting.
bool is_arm_of(const syntax::Entry& line, const Patterns& settings) {
  if (line.arrow || std::ranges::any_of(line.head.items, &syntax::Item::is_else)) return true;
  return line.head.items[0].exprs[0].kind == syntax::ExprKind::name && !match(line.head, settings) &&
         match(line.head.items[0].exprs, outcome_patterns());
}

}  // namespace

void OperationChecker::read_block(std::span<const OperationSettingEntry> table, const Patterns& patterns,
                                  const OperationWays& ways) {
  if (!entry_.block) {
    fine_ = false;
    sink_.report(Code::missing_part, entry_.colon->span, "`{}` has no arms", name_)
        .hint(fmt::format("a block: `{{ {}{} }}`",
                          ways.labels ? "billing \"invoices, refunds\" => STEP; else => STEP; " : "", ways.arms));
    return;
  }
  refuse_other_parts(sink_, entry_, kColon | kBlock, name_);
  std::vector<const syntax::Entry*> arms;
  for (const syntax::Entry& line : entry_.block->entries) {
    if (is_arm_of(line, patterns))
      arms.push_back(&line);
    else
      setting(line, table, patterns);
  }
  fine_ &= check_operation_arms(scope_, entry_, name_, arms, ways, operation_);
}

std::optional<StepBody> OperationChecker::take() {
  if (!fine_) return std::nullopt;
  return std::move(operation_);
}

void OperationChecker::setting(const syntax::Entry& line, std::span<const OperationSettingEntry> table,
                               const Patterns& patterns) {
  const auto found = match(line.head, patterns);
  if (!found) {
    fine_ = false;
    report_unmatched(
        sink_, line.head, patterns, Code::unknown_setting, "setting",
        table.empty() ? fmt::format("`{}` has no settings", name_) : "docs/language/reference.md lists the settings");
    return;
  }
  const auto& known = table[found->entry];
  const syntax::Expr& word = line.head.items[0].exprs[0];
  unsigned parts = kNoPart;
  if (known.after.find(':') != std::string_view::npos) parts |= kColon;
  if (known.after.find('=') != std::string_view::npos) parts |= kValue;
  fine_ &= refuse_other_parts(sink_, line, parts, word.text);
  if (known.presence != catalogue::Presence::repeated) {
    const auto [place, is_new] = once_.emplace(known.id, word.span);
    if (!is_new) {
      fine_ = false;
      sink_.report(Code::repeated_setting, word.span, "`{}` stands here a second time", word.text)
          .also(place->second, "first here")
          .hint("keep one of them");
      return;
    }
  }
  fine_ &= apply(known.id, line, *found);
}

const syntax::Expr* OperationChecker::value_of(const syntax::Entry& line, std::string_view example) {
  const syntax::Expr* written = line.value ? single(*line.value) : nullptr;
  if (written == nullptr)
    sink_.report(Code::missing_part, line.head.span, "this setting has no single value").hint(std::string(example));
  return written;
}

std::optional<Expr> OperationChecker::text_value(const syntax::Entry& line, std::string_view example) {
  const syntax::Expr* written = value_of(line, example);
  if (written == nullptr) return std::nullopt;
  auto value = check_value(values_, *written, {});
  if (!value) return std::nullopt;
  return as_text(values_, std::move(*value));
}

namespace {

// `body`, or members of it.
bool path_of(const syntax::Expr& written, std::string_view root, std::string& path) {
  if (written.kind == syntax::ExprKind::name) return written.text == root;
  if (written.kind != syntax::ExprKind::member || !path_of(written.children[0], root, path)) return false;
  path += (path.empty() ? "" : ".") + written.text;
  return true;
}

}  // namespace

bool OperationChecker::read(const syntax::Entry& line, const syntax::Expr& name, std::string_view root) {
  const std::string example = root.empty() ? fmt::format("`read {}: text?`", name.text)
                                           : fmt::format("`read eta: text? = {}.delivery.eta`", root);
  if (!line.colon) {
    sink_.report(Code::missing_part, line.head.span, "`read {}` does not say what type it has", name.text)
        .hint(example);
    return false;
  }
  const auto type = check_type(sink_, *line.colon);
  std::string path = name.text;
  if (!root.empty()) {
    const syntax::Expr* written = value_of(line, example);
    if (!type || written == nullptr) return false;
    path.clear();
    if (!path_of(*written, root, path)) {
      sink_.report(Code::malformed_value, written->span, "this is no place in the answer")
          .hint(fmt::format("members by name: `{}.delivery.eta`", root));
      return false;
    }
  }
  if (!type) return false;
  if (root.empty() && !refuse_composite(sink_, *type, line.colon->span, "an attribute of a contact")) return false;
  const auto id = result_variable(scope_, name, *type);
  if (!id) return false;
  if (type->secret && !scope_.flow.variables[index(*id)].type.secret) {
    sink_.report(Code::secret_use, name.span, "this is a secret, and `{}` is not", name.text)
        .also(scope_.flow.variables[index(*id)].span, "its first value is no secret")
        .hint("keep secrets in a variable of their own");
    return false;
  }
  const auto same = std::ranges::find(operation_.reads, *id, [](const auto& one) { return one.variable; });
  if (same != operation_.reads.end()) {
    sink_.report(Code::repeated_setting, name.span, "`{}` is read a second time", name.text)
        .also(same->span, "first here")
        .hint("the second value would take the place of the first: give it another name");
    return false;
  }
  operation_.reads.push_back({*id, std::move(path), type->optional, name.span});
  return true;
}

void OperationChecker::refuse_secrets(std::string_view why, std::string_view hint) {
  for (const auto& argument : operation_.arguments) {
    if (!argument.value.type.secret) continue;
    fine_ = false;
    sink_.add(Code::secret_use, argument.value.span, std::string(why))
        .label("this is a secret, or made with one")
        .path(values_.secret_path(argument.value))
        .hint(std::string(hint));
  }
}

void OperationChecker::refuse_open_secrets(bool secure) {
  if (secure) return;
  for (const auto& argument : operation_.arguments) {
    if (!argument.value.type.secret) continue;
    fine_ = false;
    sink_.report(Code::secret_use, argument.value.span, "without `https` a secret can be read on its way")
        .hint("an address that begins with `https://`");
  }
}

const syntax::Expr* read_name(const syntax::Entry& line) {
  if (!line.colon || line.head.items.size() != 1 || line.head.items[0].is_else) return nullptr;
  const auto& words = line.head.items[0].exprs;
  const bool fits = words.size() == 2 && words[0].kind == syntax::ExprKind::name && words[0].text == "read" &&
                    words[1].kind == syntax::ExprKind::name;
  return fits ? &words[1] : nullptr;
}

}  // namespace flow::check
