// One checker of expressions, a concern each in expressions.cpp (literals, names, texts), operators.cpp and calls.cpp.
// Internal to these.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compiler/check/values.h"

namespace flow::check {

// What an operator takes, so that one function checks them all.
struct OperatorRule {
  syntax::BinaryOp op;
  ExprKind kind;
  enum class Operands : std::uint8_t { same, ordered, texts, products, sums, truths } operands;
  bool condition;      // the result is true or false
  bool reads_secrets;  // the result of a secret operand is no secret and may be seen
};

Expr make_expr(ExprKind kind, ValueType type, Span span);
// A call with its operands; secret and personal when one of them is.
Expr make_call(Function function, ValueType type, Span span, std::vector<Expr> operands);
Expr scalar_constant(ValueType kind, std::int64_t scalar, Span span);

class Checker {
 public:
  explicit Checker(Values& values) : values_(values) {}

  std::optional<Expr> value(const syntax::Expr& expr, const Want& want);

  // Arguments of a request (operation.h).
  bool json_arguments(const syntax::Expr& call, std::vector<Operation::Argument>& out);
  bool json_value_arguments(const syntax::Expr& written, std::vector<Operation::Argument>& out);
  bool form_arguments(const syntax::Expr& call, std::vector<Operation::Argument>& out);
  bool text_arguments(const syntax::Expr& written, const std::string& place, std::vector<Operation::Argument>& out);

  // A value as a piece of a text.
  std::optional<Expr> as_piece(Expr value, Span span);
  // A value as JSON; absent when the value is.
  std::optional<Expr> as_json(Expr value, Span span);

 private:
  std::optional<Expr> dispatch(const syntax::Expr& expr, const Want& want);
  std::optional<Expr> later(const syntax::Expr& expr, std::string_view what);
  std::optional<Expr> literal(const syntax::Expr& expr, ValueType type, std::optional<std::int64_t> scalar,
                              std::string_view hint);
  std::optional<Expr> quantity_literal(const syntax::Expr& expr);
  // A name that the scope has not, and that a wanted type may turn into a constant.
  bool is_bare(const syntax::Expr& expr);
  std::optional<Expr> named(const syntax::Expr& expr, const Want& want);
  std::optional<Expr> region(const syntax::Expr& expr);
  std::optional<Expr> language(const syntax::Expr& expr);
  // The value as the place wants it, or a report.
  std::optional<Expr> fit(Expr value, const syntax::Expr& expr, const Want& want);
  // A constant text as a value of a type that is written as one.
  std::optional<Expr> converted(Expr value, const syntax::Expr& expr, ValueType type);
  std::optional<Expr> phone(Expr value, const syntax::Expr& expr);
  std::optional<Expr> money(const syntax::Expr& expr, std::string_view raw);
  std::optional<Expr> instant(const syntax::Expr& expr);
  // The value as a text; JSON writes points in time in UTC.
  std::optional<Expr> as_text(Expr value, Span span, bool utc);
  std::optional<Expr> escaped(Expr value, Span span, Context context);
  std::optional<Expr> text(const syntax::Expr& expr, Context context);
  std::optional<Expr> negation(const syntax::Expr& expr);
  std::optional<Expr> condition(const syntax::Expr& expr, std::string_view place);
  std::optional<Expr> state(const syntax::Expr& expr);
  std::optional<Expr> secret_read(const Expr& operand, std::string_view op);
  // `.text` of a reply is what its name alone stands for; its other parts are variables beside it.
  std::optional<Expr> reply_part(const syntax::Expr& base, const std::string& part, const Expr& whole);
  std::optional<Expr> member_of(const syntax::Expr& expr);
  std::optional<Expr> record_member(const Expr& record, const syntax::Expr& expr, const std::string& name);
  std::optional<Expr> function_call(const syntax::Expr& expr);
  std::optional<Expr> wording_text(const syntax::Expr& expr, const Wording& wording);
  std::optional<std::vector<Expr>> wording_arguments(const syntax::Expr& expr, const Wording& wording);
  std::optional<Expr> reveal(const syntax::Expr& expr);
  // composite.cpp: functions of lists.
  std::optional<Expr> list_argument(const syntax::Expr& expr);
  std::optional<Expr> count_of(const syntax::Expr& expr);
  std::optional<Expr> item_at(const syntax::Expr& expr);
  std::optional<Expr> each_of(const syntax::Expr& expr);
  std::optional<Expr> json_object(const syntax::Expr& expr);
  // A piece of a text in another notation; `secret`: its value is the name of one of the runtime's.
  struct Piece {
    bool secret = false;
    Expr value;
  };
  static void add_json(std::vector<Piece> pieces, std::vector<Operation::Argument>& out);
  // `secrets`: they may stand there.
  bool json_members(const syntax::Expr& expr, std::vector<Piece>& out, bool secrets);
  bool json_value(const syntax::Expr& expr, std::vector<Piece>& out, bool secrets);
  bool is_secret(const syntax::Expr& expr) const;
  static Expr secret_name(const syntax::Expr& expr);
  std::optional<Expr> form(const syntax::Expr& expr);
  bool named_arguments(const syntax::Expr& expr);
  std::optional<Expr> joined(std::vector<Piece> pieces, ValueType type, Span span);
  std::optional<Expr> pattern_match(const syntax::Expr& expr);
  std::optional<Expr> arguments(const syntax::Expr& expr, const catalogue::FunctionEntry& first);
  // The row of a name that has several, by the type of the first argument; null when it fits none (reported).
  const catalogue::FunctionEntry* overload(const catalogue::FunctionEntry& first, const Expr& argument);
  // Adds the operands that are not written: the flow's zone and language.
  bool add_extras(const catalogue::FunctionEntry& entry, Expr& call);
  bool check_pattern(ValueType kind, const Expr& pattern);
  static void bound_result(Expr& call);
  std::optional<Expr> binary_operator(const syntax::Expr& expr, const Want& want);
  // A bare code takes the type of the other side.
  bool operands(const syntax::Expr& a, const syntax::Expr& b, const OperatorRule& rule, const Want& want,
                std::optional<Expr>& left, std::optional<Expr>& right);
  std::optional<Expr> combine(const OperatorRule& rule, Expr left, Expr right, Span span, std::string_view op);
  // What `+`, `-` and `*` make of two types; nothing when they make none.
  std::optional<Expr> arithmetic(const OperatorRule& rule, Expr left, Expr right, Span span, std::string_view op);
  bool composites(const OperatorRule& rule, const Expr& left, const Expr& right, std::string_view op);
  void mismatch(const Expr& left, const Expr& right, std::string_view op);
  void two_currencies(const Expr& left, const Expr& right, std::string_view op);
  void no_arithmetic(const Expr& left, const Expr& right, Span span, std::string_view op);
  bool whole_days(const Expr& duration);
  static void carry_marks(Expr& result, const Expr& left, const Expr& right);
  // A constant that the other side can never be is a slip of the pen.
  bool possible(const Expr& left, const Expr& right);
  std::string word(const Expr& expr) const;
  // `x in [a, b]`: an `or` of comparisons.
  std::optional<Expr> membership(const syntax::Expr& expr);
  // A balanced tree: a long list is not a deep one.
  Expr any_of(std::span<Expr> conditions, Span span);

  Values& values_;
};

}  // namespace flow::check
