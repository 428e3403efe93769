#include "tests/mutation/mutate.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace flow::mutation {
namespace {

using syntax::BinaryOp;
using syntax::Clause;
using syntax::Entry;
using syntax::Expr;
using syntax::ExprKind;
using syntax::Item;
using syntax::Target;

std::string shortened(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '\n') {
      result += c;
    } else if (!result.ends_with(' ')) {
      result += ' ';
    }
  }
  constexpr std::size_t kMost = 60;
  if (result.size() > kMost) result = result.substr(0, kMost - 1) + "…";
  return result;
}

class Maker {
 public:
  Maker(std::string_view text, const syntax::File& file) : text_(text) {
    for (const Entry& entry : file.entries) {
      if (entry.colon && !entry.head.items.empty() && entry.head.items[0].exprs.size() == 1) {
        steps_.push_back(entry.head.items[0].exprs[0].text);
      }
    }
    for (const Entry& entry : file.entries) collect(entry);
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  }

  std::vector<Mutant> take(const syntax::File& file) {
    entries(file.entries);
    return std::move(mutants_);
  }

 private:
  // --- what there is to swap with

  void collect(const Entry& entry) {
    const auto clause = [&](const Clause& each) {
      for (const Item& item : each.items) {
        for (const Expr& expr : item.exprs) collect(expr);
      }
    };
    clause(entry.head);
    if (entry.colon) clause(entry.colon->clause);
    if (entry.value) clause(*entry.value);
    if (entry.block) {
      for (const Entry& each : entry.block->entries) collect(each);
    }
    if (entry.arrow) clause(entry.arrow->clause);
  }
  void collect(const Expr& expr) {
    if (expr.kind == ExprKind::name) names_.push_back(expr.text);
    for (const Expr& child : expr.children) collect(child);
    for (const syntax::Argument& argument : expr.args) {
      for (const Expr& value : argument.values) collect(value);
    }
  }

  // --- edits

  std::string_view written(source::Span span) const { return text_.substr(span.begin, span.end - span.begin); }

  void add(std::string kind, source::Span span, std::string_view replacement, std::string change) {
    Mutant mutant;
    mutant.kind = std::move(kind);
    mutant.about = about_;
    mutant.line = static_cast<std::uint32_t>(std::count(text_.begin(), text_.begin() + span.begin, '\n')) + 1;
    mutant.change = std::move(change);
    mutant.text =
        std::string(text_.substr(0, span.begin)) + std::string(replacement) + std::string(text_.substr(span.end));
    mutants_.push_back(std::move(mutant));
  }
  void replace(std::string kind, source::Span span, std::string_view by) {
    add(std::move(kind), span, by, fmt::format("`{}` becomes `{}`", shortened(written(span)), shortened(by)));
  }
  void remove(std::string kind, source::Span span) {
    add(std::move(kind), span, "", fmt::format("`{}` is gone", shortened(written(span))));
  }
  void swap(std::string kind, source::Span first, source::Span second) {
    const source::Span both{first.file, first.begin, second.end};
    const std::string between(text_.substr(first.end, second.begin - first.end));
    add(std::move(kind), both, std::string(written(second)) + between + std::string(written(first)),
        fmt::format("`{}` and `{}` change places", shortened(written(first)), shortened(written(second))));
  }

  // --- the walk

  void entries(const std::vector<Entry>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Entry& entry = all[i];
      about_ = word_of(entry);
      remove("delete entry", entry.span);
      add("double entry", entry.span, fmt::format("{0}\n{0}", written(entry.span)),
          fmt::format("`{}` is there twice", shortened(written(entry.span))));
      if (i + 1 < all.size()) swap("swap entries", entry.span, all[i + 1].span);
      inside(entry);
    }
  }

  static std::string word_of(const Entry& entry) {
    if (entry.head.items.empty() || entry.head.items[0].is_else) return "else";
    const auto& exprs = entry.head.items[0].exprs;
    // A step is called by its component.
    const bool step = entry.colon && exprs.size() == 1;
    const auto& words = step ? entry.colon->clause.items[0].exprs : exprs;
    return words[0].kind == ExprKind::name || words[0].kind == ExprKind::call ? words[0].text : "value";
  }

  void inside(const Entry& entry) {
    clause(entry.head);
    if (entry.colon) {
      about_ = word_of(entry);
      clause(entry.colon->clause);
    }
    if (entry.value) clause(*entry.value);
    const std::string about = about_;
    if (entry.block) {
      remove("delete block", entry.block->span);
      entries(entry.block->entries);
    }
    about_ = about;
    if (entry.arrow) arrow(*entry.arrow);
  }

  void arrow(const Target& target) {
    retarget(target);
    clause(target.clause);
    if (target.otherwise == nullptr) return;
    arrow(*target.otherwise);
  }

  // To three other steps and to the end.
  void retarget(const Target& target) {
    std::vector<std::string> others = {"end", "end failed \"other\""};
    const std::size_t from = target.span.begin % std::max<std::size_t>(steps_.size(), 1);
    for (std::size_t i = 0; i < steps_.size() && others.size() < 5; ++i) {
      others.push_back(steps_[(from + i) % steps_.size()]);
    }
    for (const std::string& other : others) {
      if (written(target.clause.span) != other) replace("retarget", target.clause.span, other);
    }
  }

  void clause(const Clause& clause) {
    for (std::size_t i = 0; i < clause.items.size(); ++i) {
      const Item& item = clause.items[i];
      if (clause.items.size() > 1) {
        const bool last = i + 1 == clause.items.size();
        const std::uint32_t begin = last ? clause.items[i - 1].span.end : item.span.begin;
        const std::uint32_t end = last ? item.span.end : clause.items[i + 1].span.begin;
        remove("delete item", {item.span.file, begin, end});
      }
      for (std::size_t j = 0; j < item.exprs.size(); ++j) {
        if (item.exprs.size() > 1) remove("delete word", item.exprs[j].span);
        if (j + 1 < item.exprs.size()) swap("swap words", item.exprs[j].span, item.exprs[j + 1].span);
        expr(item.exprs[j]);
      }
    }
  }

  void name(const Expr& expr) {
    replace("misspell", expr.span, expr.text + "x");
    const auto place = std::upper_bound(names_.begin(), names_.end(), expr.text);
    const std::string& other = place == names_.end() ? names_.front() : *place;
    if (other != expr.text) replace("other name", expr.span, other);
  }

  void quantity(const Expr& expr) {
    const std::size_t unit = expr.raw.find_first_not_of("-0123456789.");
    if (unit == std::string::npos) return;
    replace("other quantity", expr.span, "0" + expr.raw.substr(unit));
    replace("other quantity", expr.span, "9" + expr.raw);
    replace("other quantity", expr.span, expr.raw.substr(0, unit));
    if (expr.raw.ends_with('s')) replace("other quantity", expr.span, expr.raw.substr(0, unit) + "h");
  }

  void binary(const Expr& expr) {
    static constexpr std::array<std::pair<BinaryOp, std::string_view>, 14> kOthers = {{
        {BinaryOp::equal, "!="},
        {BinaryOp::not_equal, "=="},
        {BinaryOp::fold_equal, "=="},
        {BinaryOp::less, ">="},
        {BinaryOp::less_equal, "<"},
        {BinaryOp::greater, "<="},
        {BinaryOp::greater_equal, ">"},
        {BinaryOp::add, "-"},
        {BinaryOp::subtract, "+"},
        {BinaryOp::multiply, "+"},
        {BinaryOp::logical_and, "or"},
        {BinaryOp::logical_or, "and"},
        {BinaryOp::in, "not in"},
        {BinaryOp::not_in, "in"},
    }};
    const source::Span between{expr.span.file, expr.children[0].span.end, expr.children[1].span.begin};
    for (const auto& [op, other] : kOthers) {
      if (expr.op == op) replace("other operator", between, fmt::format(" {} ", other));
    }
    swap("swap operands", expr.children[0].span, expr.children[1].span);
    remove("delete operand", {expr.span.file, expr.children[0].span.end, expr.span.end});
  }

  void expr(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::name:
        name(expr);
        break;
      case ExprKind::number:
        replace("other number", expr.span, "0");
        replace("other number", expr.span, expr.raw + "1");
        break;
      case ExprKind::quantity:
        quantity(expr);
        break;
      case ExprKind::string:
        replace("other text", expr.span, "\"\"");
        replace("other text", expr.span, "\"x\"");
        break;
      case ExprKind::boolean:
        replace("other value", expr.span, expr.text == "true" ? "false" : "true");
        break;
      case ExprKind::call:
        replace("misspell", {expr.span.file, expr.span.begin, expr.span.begin + 1}, "x");
        break;
      case ExprKind::is:
        replace("other operator", {expr.span.file, expr.children[0].span.end, expr.span.end},
                expr.negated ? " is set" : " is not set");
        break;
      case ExprKind::binary:
        binary(expr);
        break;
      case ExprKind::unary_not:
        replace("other operator", expr.span, written(expr.children[0].span));
        break;
      case ExprKind::optional:
        replace("other operator", expr.span, written(expr.children[0].span));
        break;
      default:
        break;
    }
    for (const Expr& child : expr.children) this->expr(child);
    for (const syntax::Argument& argument : expr.args) {
      for (const Expr& value : argument.values) this->expr(value);
    }
    for (const syntax::StringPiece& piece : expr.pieces) {
      if (piece.expr != nullptr) this->expr(*piece.expr);
    }
  }

  std::string_view text_;
  std::vector<std::string> steps_;
  std::vector<std::string> names_;
  std::string about_;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::vector<Mutant> mutants(std::string_view text, const syntax::File& file) {
  return Maker(text, file).take(file);
}

}  // namespace flow::mutation
