// Credentials written into a file: they belong to the runtime, under a name.
#include <algorithm>
#include <array>
#include <cctype>

#include "compiler/check/stages.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

bool all(std::string_view text, int (*is)(int)) {
  return std::ranges::all_of(text, [&](char c) { return is(static_cast<unsigned char>(c)) != 0; });
}

std::size_t token_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && (std::isalnum(static_cast<unsigned char>(text[length])) != 0 || text[length] == '_' ||
                                  text[length] == '-' || text[length] == '.'))
    ++length;
  return length;
}

// Known forms of credentials, by prefix and the least length of what follows.
bool looks_like_credential(std::string_view text) {
  constexpr std::pair<std::string_view, std::size_t> kForms[] = {
      {"sk_live_", 8}, {"sk_test_", 8}, {"ghp_", 20},    {"github_pat_", 20}, {"xoxb-", 10},
      {"AKIA", 16},    {"EAA", 40},     {"Bearer ", 16}, {"Basic ", 16},      {"glpat-", 16}};
  for (const auto& [prefix, least] : kForms) {
    const std::size_t at = text.find(prefix);
    if (at != std::string_view::npos && token_length(text.substr(at + prefix.size())) >= least) return true;
  }
  if (text.find("-----BEGIN ") != std::string_view::npos) return true;
  // Account and key ids of 2 letters and 32 hexadecimal digits.
  const bool twilio =
      text.size() == 34 && (text.starts_with("AC") || text.starts_with("SK")) && all(text.substr(2), std::isxdigit);
  const bool jwt = text.starts_with("eyJ") && std::ranges::count(text, '.') == 2 && text.size() > 40;
  return twilio || jwt;
}

bool name_of_credential(std::string_view name) {
  std::string lower;
  program::append_lower(lower, name);
  constexpr auto kWords =
      std::to_array<std::string_view>({"token", "secret", "password", "passwd", "api_key", "apikey", "credential"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string literal(const syntax::Expr& expr) {
  std::string text;
  for (const syntax::StringPiece& piece : expr.pieces) text += piece.expr != nullptr ? "" : piece.text;
  return text;
}

class Scan {
 public:
  explicit Scan(Sink& sink) : sink_(sink) {}

  void entry(const syntax::Entry& entry) {
    const bool named = !entry.head.items.empty() && entry.head.items[0].exprs.size() == 2 &&
                       entry.head.items[0].exprs[0].text == "let" &&
                       name_of_credential(entry.head.items[0].exprs[1].text);
    const syntax::Expr* value = entry.value ? single(*entry.value) : nullptr;
    if (named && value != nullptr && value->kind == syntax::ExprKind::string && literal(*value).size() >= 8) {
      report(entry.head.items[0].exprs[1].span);
      return;
    }
    clause(entry.head);
    if (entry.colon) target(*entry.colon);
    if (entry.value) clause(*entry.value);
    if (entry.arrow) target(*entry.arrow);
    if (entry.block)
      for (const syntax::Entry& inner : entry.block->entries) this->entry(inner);
  }

 private:
  void target(const syntax::Target& written) {
    for (const syntax::Target* at = &written; at != nullptr; at = at->otherwise.get()) clause(at->clause);
  }

  void clause(const syntax::Clause& written) {
    for (const syntax::Item& item : written.items)
      for (const syntax::Expr& value : item.exprs) expr(value);
  }

  void expr(const syntax::Expr& written) {
    if (written.kind == syntax::ExprKind::string && looks_like_credential(literal(written))) report(written.span);
    for (const syntax::Expr& child : written.children) expr(child);
    for (const syntax::Argument& arg : written.args)
      for (const syntax::Expr& value : arg.values) expr(value);
    for (const syntax::StringPiece& piece : written.pieces)
      if (piece.expr != nullptr) expr(*piece.expr);
  }

  void report(Span span) {
    sink_.report(Code::secret_literal, span, "this looks like a credential, and whoever reads the file can use it")
        .hint("take it out and have it replaced; the runtime binds credentials to channels");
  }

  Sink& sink_;
};

}  // namespace

void check_secret_literals(Sink& sink, const syntax::File& file) {
  Scan scan(sink);
  for (const syntax::Entry& entry : file.entries) scan.entry(entry);
}

}  // namespace flow::check
