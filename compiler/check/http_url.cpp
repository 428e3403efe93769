// Addresses of requests: the host is constant and one that the workspace allows; values in it are encoded.
#include <algorithm>

#include "compiler/check/operation.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

constexpr std::string_view kSecure = "https://";
constexpr std::string_view kPlain = "http://";

bool is_url_character(char c) {
  constexpr std::string_view kOthers = "-._~:/?[]@!$&'()*+,;=%";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

class UrlReader {
 public:
  UrlReader(Values& values, const std::vector<std::string>& allowed, std::vector<Operation::Argument>& out)
      : values_(values), allowed_(allowed), out_(out) {}

  bool run(const syntax::Expr& written, bool& secure) {
    if (written.kind == syntax::ExprKind::string) {
      for (const syntax::StringPiece& piece : written.pieces) fine_ &= add_piece(piece);
    } else {
      fine_ &= add_value(written);
    }
    flush(written.span);
    if (!fine_) return false;
    return check_address(written, secure);
  }

 private:
  bool add_piece(const syntax::StringPiece& piece) {
    if (piece.expr != nullptr) return add_value(*piece.expr);
    return add_literal(piece.text, piece.span);
  }

  bool add_literal(const std::string& text, Span span) {
    if (!std::ranges::all_of(text, is_url_character)) {
      values_.sink()
          .report(Code::malformed_value, span, "this has a character that an address cannot have")
          .hint("values in an address are encoded; what is written there is not: `%20` for a space");
      return false;
    }
    literal_ += text;
    return true;
  }

  // A constant begins the address; every other value is a part of its path or query.
  bool add_value(const syntax::Expr& written) {
    auto value = check_value(values_, written, {});
    if (!value) return false;
    if (value->type.secret) {
      values_.sink()
          .report(Code::secret_use, written.span, "an address cannot have a secret in it: logs and proxies show it")
          .hint("secrets go into a header or the body");
      return false;
    }
    if (literal_.empty() && out_.empty()) {
      if (is_constant(*value) && program::is_text(value->type.kind)) return add_literal(value->text, written.span);
      values_.sink()
          .report(Code::malformed_value, written.span, "an address begins with what is known before the start")
          .hint("with a constant of the workspace, `{{crm_base}}/orders`, or with `https://HOST/`");
      return false;
    }
    value = as_text(values_, std::move(*value));
    if (!value) return false;
    flush(written.span);
    out_.push_back({"url value", std::move(*value)});
    return true;
  }

  void flush(Span span) {
    if (!literal_.empty()) out_.push_back({"url", constant_text(std::move(literal_), span)});
    literal_.clear();
  }

  bool check_address(const syntax::Expr& written, bool& secure) {
    const std::string start = out_.empty() ? std::string() : out_.front().value.text;
    secure = start.starts_with(kSecure);
    if (!secure && !start.starts_with(kPlain)) {
      values_.sink()
          .report(Code::malformed_value, written.span, "this is no address of http")
          .hint("`https://HOST/PATH`");
      return false;
    }
    const std::string rest = start.substr(secure ? kSecure.size() : kPlain.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    const std::string host = rest.substr(0, end);
    if (host.empty() || host.find('@') != std::string::npos || (end == rest.size() && out_.size() > 1)) {
      values_.sink()
          .report(Code::malformed_value, written.span, "the host of this address is not known before the start")
          .hint("the host is a constant, with `/` behind it: `https://HOST/{{value}}`");
      return false;
    }
    if (std::ranges::find(allowed_, host) != allowed_.end()) return true;
    std::string help = diagnostics::did_you_mean(host, allowed_);
    if (help.empty()) help = fmt::format("`allow hosts \"{}\"` in workspace.flow allows it", host);
    values_.sink()
        .report(Code::host_not_allowed, written.span, "the workspace does not allow the host `{}`", host)
        .hint(help);
    return false;
  }

  Values& values_;
  const std::vector<std::string>& allowed_;
  std::vector<Operation::Argument>& out_;
  std::string literal_;
  bool fine_ = true;
};

}  // namespace

bool url_arguments(Values& values, const std::vector<std::string>& allowed, const syntax::Expr& written,
                   std::vector<Operation::Argument>& out, bool& secure) {
  return UrlReader(values, allowed, out).run(written, secure);
}

}  // namespace flow::check
