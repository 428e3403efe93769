#include "compiler/check/signature.h"

#include <algorithm>

#include "compiler/check/pattern.h"
#include "compiler/check/values.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

using catalogue::Header;

bool is_word(const syntax::Expr& expr, std::string_view word) {
  return expr.kind == syntax::ExprKind::name && expr.text == word;
}

// `=> end`, also behind the `else` of a jump.
bool plain_end(const syntax::Target& target) {
  if (target.otherwise != nullptr && plain_end(*target.otherwise)) return true;
  const syntax::Expr* only = single(target.clause);
  return only != nullptr && is_word(*only, "end");
}

// A step that is nothing but a jump has its `else` behind the colon; `forward to` ends the flow plainly.
bool ends_in_colon(const syntax::Target& colon) {
  if (colon.otherwise != nullptr && plain_end(*colon.otherwise)) return true;
  if (colon.clause.items.size() != 1 || colon.clause.items[0].exprs.size() < 2) return false;
  const auto& words = colon.clause.items[0].exprs;
  return is_word(words[0], "forward") && is_word(words[1], "to");
}

bool ends_plainly(const std::vector<syntax::Entry>& entries) {
  return std::ranges::any_of(entries, [](const syntax::Entry& entry) {
    return (entry.arrow && plain_end(*entry.arrow)) || (entry.colon && ends_in_colon(*entry.colon)) ||
           (entry.block && ends_plainly(entry.block->entries));
  });
}

void read_value(Signature& signature, std::vector<Signature::Value>& into, const syntax::Entry& entry,
                const syntax::Expr& name) {
  Sink quiet;
  const auto type = entry.colon ? check_type(quiet, *entry.colon) : std::nullopt;
  signature.bad |= !type;
  into.push_back({name.text, type.value_or(Type{}), name.span});
}

void read_entry(Signature& signature, const syntax::Entry& entry, bool& trigger) {
  const auto found = match(entry.head, header_patterns());
  if (!found) return;
  const auto& known = catalogue::header_entries()[found->entry];
  trigger = trigger || known.pattern.starts_with("trigger");
  switch (known.id) {
    case Header::flow:
      signature.span = found->holes[0]->span;
      break;
    case Header::trigger_manual:
    case Header::trigger_call:
      signature.starts = true;
      break;
    case Header::input:
      read_value(signature, signature.inputs, entry, *found->holes[0]);
      break;
    case Header::output:
      read_value(signature, signature.outputs, entry, *found->holes[0]);
      break;
    case Header::outcome:
      signature.outcomes.push_back(found->holes[0]->text);
      break;
    default:
      break;
  }
}

// Null: there is no such flow.
const Signature* signature_of(WorkspaceScope& shared, const std::string& name) {
  const auto known = shared.signatures.find(name);
  if (known != shared.signatures.end()) return &known->second;
  FlowFiles::Found file;
  if (shared.files != nullptr) file = shared.files->find(name);
  if (!file.there) return nullptr;
  Signature signature;
  if (file.tree)
    signature = read_signature(*file.tree);
  else
    signature.bad = true;
  return &shared.signatures.emplace(name, std::move(signature)).first->second;
}

}  // namespace

Signature read_signature(const syntax::File& file) {
  Signature signature;
  bool trigger = false;
  for (const syntax::Entry& entry : file.entries) {
    const bool step = entry.colon && single_name(entry.head) != nullptr;
    if (!step) read_entry(signature, entry, trigger);
  }
  signature.bad |= !trigger;
  signature.ends = ends_plainly(file.entries);
  return signature;
}

const Signature* find_flow(FlowScope& scope, const syntax::Expr& call, Sink* sink) {
  Sink& to = sink != nullptr ? *sink : scope.sink();
  Span name = call.span;
  name.end = name.begin + static_cast<std::uint32_t>(call.text.size());
  const Signature* signature = signature_of(scope.shared, call.text);
  if (signature == nullptr) {
    const auto names = scope.shared.files != nullptr ? scope.shared.files->names() : keys(scope.shared.signatures);
    to.report(Code::uncallable_flow, name, "there is no flow `{}` in this workspace", call.text)
        .hint(diagnostics::did_you_mean(call.text, names));
    return nullptr;
  }
  if (signature->bad) return nullptr;
  if (signature->starts) return signature;
  to.report(Code::uncallable_flow, name, "no other flow starts `{}`", call.text)
      .also(signature->span, "its trigger is neither `call` nor `manual`")
      .hint("give it `trigger call`, or put what both need into a flow of its own");
  return nullptr;
}

}  // namespace flow::check
