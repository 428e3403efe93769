// `"nobody" ?? name`: what stands before `??` is written out, so it is never absent. Looked for in the text, for in the
// checked tree such a `??` is folded away.
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

class Walk {
 public:
  explicit Walk(FlowScope& scope) : scope_(scope) {}

  void entry(const syntax::Entry& entry) {
    clause(entry.head);
    if (entry.value) clause(*entry.value);
    if (!entry.block) return;
    for (const syntax::Entry& each : entry.block->entries) this->entry(each);
  }

 private:
  void clause(const syntax::Clause& clause) {
    for (const syntax::Item& item : clause.items)
      for (const syntax::Expr& each : item.exprs) expr(each);
  }

  void expr(const syntax::Expr& expr) {
    for (const syntax::Expr& child : expr.children) this->expr(child);
    for (const syntax::Argument& argument : expr.args)
      for (const syntax::Expr& value : argument.values) this->expr(value);
    for (const syntax::StringPiece& piece : expr.pieces)
      if (piece.expr != nullptr) this->expr(*piece.expr);
    if (expr.kind != syntax::ExprKind::binary || expr.op != syntax::BinaryOp::coalesce || !is_written(expr.children[0]))
      return;
    scope_.sink()
        .report(Code::never_absent, expr.children[0].span, "this value is never absent here")
        .also(expr.children[1].span, "so this one is never taken")
        .hint("leave `?? …` out, or swap the two");
  }

  // A literal, or a name that is no variable: a constant of the language or of the workspace.
  bool is_written(const syntax::Expr& expr) const {
    switch (expr.kind) {
      case syntax::ExprKind::name:
        return !scope_.variables.contains(expr.text);
      case syntax::ExprKind::number:
      case syntax::ExprKind::quantity:
      case syntax::ExprKind::boolean:
      case syntax::ExprKind::string:
        return true;
      default:
        return false;
    }
  }

  FlowScope& scope_;
};

}  // namespace

void check_written_values(FlowScope& scope) {
  for (const syntax::Entry& entry : scope.file.entries) Walk(scope).entry(entry);
}

}  // namespace flow::check
