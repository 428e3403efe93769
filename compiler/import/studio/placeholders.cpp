#include "compiler/import/studio/placeholders.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/studio/conditions.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

constexpr std::string_view kOpen = "{{terraform.";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kExpression = "expression_";

// What is more than a name, as one that Liquid takes: letters and digits stay, every other byte is `-` and its code.
std::string as_name(std::string_view expression) {
  std::string out(kExpression);
  for (const char c : expression) {
    const bool plain = is_name_char(c) && c != '-';
    out += plain ? std::string(1, c) : fmt::format("-{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

// `var.x` and `flow_vars["x"]` as `var.x` and `flow_vars.x`; nothing when it is more than a name.
std::optional<std::string> plain_path(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return std::nullopt;
  std::string out;
  while (!text.empty()) {
    const bool bracket = text[0] == '[';
    if (bracket || (text[0] == '.' && !out.empty())) text.remove_prefix(1);
    const bool quoted = bracket && !text.empty() && (text[0] == '"' || text[0] == '\'');
    const std::string_view end = !quoted ? (bracket ? "]" : "") : text[0] == '"' ? "\"]" : "']";
    if (quoted) text.remove_prefix(1);
    std::size_t size = 0;
    while (size < text.size() && is_name_char(text[size])) ++size;
    if (size == 0 || !text.substr(size).starts_with(end) || (bracket && out.empty())) return std::nullopt;
    out += (out.empty() ? "" : ".") + std::string(text.substr(0, size));
    text.remove_prefix(size + end.size());
    if (!text.empty() && text[0] != '.' && text[0] != '[') return std::nullopt;
  }
  return out;
}

// Whether a placeholder that goes to the end of its text has its brace there.
bool ends(std::string_view placeholder) {
  return placeholder_at(std::string(placeholder) + " ", 0).size() == placeholder.size();
}

// The first `${` or `%{`.
std::size_t next_sign(std::string_view text, std::size_t from) {
  for (std::size_t brace = text.find('{', from); brace != std::string_view::npos; brace = text.find('{', brace + 1))
    if (brace > from && (text[brace - 1] == '$' || text[brace - 1] == '%')) return brace - 1;
  return std::string_view::npos;
}

}  // namespace

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string_view placeholder_at(std::string_view text, std::size_t from, bool in_json) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (in_json && text.substr(at).starts_with("\\\"")) {
      in_text = !in_text;
      ++at;
    } else if (in_text && c == '\\') {
      ++at;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text && c == '{') {
      ++depth;
    } else if (!in_text && c == '}' && --depth == 0) {
      return text.substr(from, at + 1 - from);
    }
  }
  return text.substr(from);
}

bool is_directive(std::string_view text) {
  if (!text.starts_with("%{")) return false;
  text.remove_prefix(text.substr(2).starts_with('~') ? 3 : 2);
  const std::string_view inside = program::trim(text.substr(0, 40));
  std::size_t size = 0;
  while (size < inside.size() && is_name_char(inside[size])) ++size;
  static constexpr std::array<std::string_view, 5> kWords = {"if", "else", "endif", "for", "endfor"};
  return std::find(kWords.begin(), kWords.end(), inside.substr(0, size)) != kWords.end();
}

std::size_t name_placeholders(Json& json) {
  if (json.is_structured()) {
    std::size_t left = 0;
    for (Json& one : json) left += name_placeholders(one);
    return left;
  }
  if (!json.is_string()) return 0;
  std::string& text = json.get_ref<std::string&>();
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t sign = next_sign(text, at);
    out += text.substr(at, sign - at);
    if (sign == std::string::npos) break;
    const std::string_view rest = std::string_view(text).substr(sign);
    at = sign + 2;
    // Before a value of Liquid, or a percent sign as any.
    if (rest.starts_with("${{") || (rest[0] == '%' && !is_directive(rest))) {
      out += rest.substr(0, 2);
      continue;
    }
    if (sign > 0 && text[sign - 1] == rest[0]) {  // `$${` is a dollar before a brace
      out.back() = rest[0];
      out += '{';
      continue;
    }
    const std::string_view written = placeholder_at(text, sign);
    if (written.size() == rest.size() && !ends(written)) {
      out += rest;
      text = std::move(out);
      return 1;
    }
    const std::string_view inside = program::trim(written.substr(2, written.size() - 3));
    auto path = rest[0] == '$' ? plain_path(inside) : std::nullopt;
    if (path && path->starts_with(kExpression)) path.reset();
    out += fmt::format("{}{}{}", kOpen, path ? *path : as_name(rest[0] == '$' ? inside : written), kClose);
    at = sign + written.size();
  }
  text = std::move(out);
  return 0;
}

std::string terraform_of(std::string_view path) {
  if (!path.starts_with(kExpression)) return fmt::format("${{{}}}", path);
  std::string out;
  for (path.remove_prefix(kExpression.size()); !path.empty(); path.remove_prefix(1)) {
    unsigned code = static_cast<unsigned char>(path[0]);
    if (path[0] == '-' && path.size() > 2) {
      std::from_chars(path.data() + 1, path.data() + 3, code, 16);
      path.remove_prefix(2);
    }
    out += static_cast<char>(code);
  }
  return out.starts_with("%{") ? out : fmt::format("${{{}}}", out);
}

std::string as_terraform(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find(kOpen);
    const std::size_t close = open == std::string_view::npos ? open : text.find(kClose, open);
    out += text.substr(0, close == std::string_view::npos ? close : open);
    if (close == std::string_view::npos) return out;
    out += terraform_of(text.substr(open + kOpen.size(), close - open - kOpen.size()));
    text.remove_prefix(close + kClose.size());
  }
}

bool is_written_out(std::string_view text) {
  const std::string written = as_terraform(text);
  return written.find("{{") == std::string::npos && written.find("{%") == std::string::npos;
}

}  // namespace flow::importing::studio
