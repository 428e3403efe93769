// `on reply CONDITION`: what a reply must be like. Comparisons of its text come down to texts that are compared as `~=`
// does, and to patterns for the whole text.
#include <algorithm>

#include "compiler/check/replies.h"
#include "compiler/check/stages.h"
#include "runtime/program/pattern.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using syntax::BinaryOp;
using syntax::ExprKind;
using Match = AwaitReply::Match;

constexpr std::string_view kAny = "(.|\n)*";

// A pattern for exactly this text.
std::string quoted_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       (static_cast<unsigned char>(c) & 0x80) != 0;
    if (c == '\0')
      pattern += "\\x00";
    else
      pattern += plain ? std::string(1, c) : std::string{'\\', c};
  }
  return pattern;
}

std::string pattern_of(BinaryOp op, std::string_view text) {
  const std::string exact = quoted_pattern(text);
  switch (op) {
    case BinaryOp::contains:
      return fmt::format("{0}{1}{0}", kAny, exact);
    case BinaryOp::starts_with:
      return exact + std::string(kAny);
    case BinaryOp::ends_with:
      return std::string(kAny) + exact;
    default:
      return exact;
  }
}

class ReplyCondition {
 public:
  ReplyCondition(FlowScope& scope, Handler& handler) : scope_(scope), handler_(handler), values_(scope) {}

  bool read(const syntax::Expr& written) {
    if (written.kind == ExprKind::name) return true;
    if (written.kind == ExprKind::binary && written.children[0].kind == ExprKind::name) {
      const syntax::Expr& right = written.children[1];
      if (right.kind == ExprKind::regex && (written.op == BinaryOp::contains || written.op == BinaryOp::matches))
        return pattern(written.op, right);
      switch (written.op) {
        case BinaryOp::fold_equal:
        case BinaryOp::equal:
        case BinaryOp::contains:
        case BinaryOp::starts_with:
        case BinaryOp::ends_with:
          return texts(written.op, right);
        default:
          break;
      }
    }
    scope_.sink()
        .report(Code::unexpected_part, written.span, "`on reply` does not go on like this")
        .hint(
            "`on reply => STEP`, or a comparison of its text: `on reply ~= [\"stop\", \"unsubscribe\"] => STEP`, "
            "`on reply contains /order/ => STEP`");
    return false;
  }

 private:
  bool pattern(BinaryOp op, const syntax::Expr& written) {
    auto regex = check_regex(scope_.sink(), written);
    if (!regex) return false;
    std::string whole = op == BinaryOp::contains ? fmt::format("{0}({1}){0}", kAny, *regex) : *regex;
    if (!program::check_regex(whole)) return too_long(written.span);
    add({Match::Kind::pattern, std::move(whole), {}}, fmt::format("{} {}", syntax::spelling(op), regex_text(*regex)));
    return true;
  }

  bool texts(BinaryOp op, const syntax::Expr& right) {
    std::vector<const syntax::Expr*> all = {&right};
    if (right.kind == ExprKind::list && op == BinaryOp::fold_equal) {
      all.clear();
      for (const syntax::Expr& item : right.children) all.push_back(&item);
    }
    std::string words;
    for (const syntax::Expr* each : all) {
      auto value = check_text(values_, *each, "`on reply`");
      if (!value) return false;
      if (program::is_blank(*value)) {
        scope_.sink().report(Code::out_of_range, each->span, "the text is empty").hint("`on reply` is for every reply");
        return false;
      }
      words += fmt::format("{}{}", words.empty() ? "" : ", ", quoted_text(*value));
      Match match{Match::Kind::text, *value, {}};
      if (op != BinaryOp::fold_equal) match = {Match::Kind::pattern, pattern_of(op, *value), {}};
      if (!program::check_regex(match.text) && match.kind == Match::Kind::pattern) return too_long(each->span);
      handler_.matches.push_back(std::move(match));
    }
    if (all.empty()) {
      scope_.sink().report(Code::never_equal, right.span, "nothing is in an empty list");
      return false;
    }
    const bool list = all.size() > 1;
    handler_.condition = fmt::format("{} {}{}{}", syntax::spelling(op), list ? "[" : "", words, list ? "]" : "");
    return true;
  }

  void add(Match match, std::string condition) {
    handler_.matches.push_back(std::move(match));
    handler_.condition = std::move(condition);
  }

  bool too_long(Span span) {
    scope_.sink()
        .report(Code::out_of_range, span, "this is too long to be looked for in each reply")
        .hint("a shorter one, that tells as much");
    return false;
  }

  FlowScope& scope_;
  Handler& handler_;
  FlowValues values_;
};

}  // namespace

bool check_reply_condition(FlowScope& scope, const syntax::Expr& written, Handler& handler) {
  return ReplyCondition(scope, handler).read(written);
}

}  // namespace flow::check
