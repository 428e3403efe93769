#include "compiler/import/console/clauses.h"

#include <algorithm>
#include <utility>

#include "compiler/syntax/format.h"

namespace flow::importing::console {
namespace {

using syntax::Expr;
using syntax::ExprKind;

bool is_hole(std::string_view word) {
  return word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z';
}

Json typed(std::string_view type, Json value) {
  return {{"type", type}, {"value", std::move(value)}};
}

std::string_view quantity_type(std::string_view raw) {
  if (raw.ends_with('%')) return "percent";
  const bool currency = !raw.empty() && raw.back() >= 'A' && raw.back() <= 'Z';
  return currency ? "money" : "duration";
}

// Numbers as JSON has them, where it says the same.
Json number(const std::string& raw) {
  constexpr std::size_t kDigitsMax = 15;
  const bool digits =
      raw.size() <= kDigitsMax && std::all_of(raw.begin(), raw.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && !raw.empty() && (raw == "0" || raw.front() != '0')) return Json(std::stoll(raw));
  return Json(raw);
}

// Without the quotes and the margin that source_text() gives it.
Json text_json(const Expr& expr) {
  const std::string source = syntax::source_text(expr);
  if (!expr.block_string) return typed("text", source.substr(1, source.size() - 2));
  std::string lines;
  for (std::size_t begin = 4; begin < source.size();) {  // behind `"""` and its line's end
    const std::size_t end = source.find('\n', begin);
    if (end == std::string::npos) break;  // the closing quotes
    const std::string_view line = std::string_view(source).substr(begin, end - begin);
    if (!lines.empty() || begin > 4) lines += '\n';
    lines += line.starts_with("  ") ? line.substr(2) : line;
    begin = end + 1;
  }
  Json value = typed("text", std::move(lines));
  value["lines"] = true;
  return value;
}

Json item_json(const syntax::Item& item) {
  Json words = Json::array();
  if (item.is_else) words.push_back(typed("else", nullptr));
  for (const Expr& expr : item.exprs) words.push_back(value_json(expr));
  return words;
}

// The pattern that says each word of the clause, so that it can be put together again.
const check::Pattern* pattern_of(const syntax::Clause& clause, const check::Patterns& patterns) {
  const auto found = check::match(clause, patterns);
  if (!found) return nullptr;
  const auto& all = patterns.all();
  const auto pattern =
      std::find_if(all.begin(), all.end(), [&](const check::Pattern& each) { return each.entry == found->entry; });
  if (pattern == all.end() || pattern->takes_rest) return nullptr;
  return pattern->words.size() == clause.items[0].exprs.size() ? &*pattern : nullptr;
}

Result<std::string> wrong(std::string_view pointer, std::string_view what) {
  return fail(ErrorCode::invalid_argument, "{}: {}", pointer, what);
}

Result<std::string> words_source(const Json& words, std::string_view pointer, std::string_view jump) {
  if (!words.is_array() || words.empty()) return wrong(pointer, "is no list of values");
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto text = value_text(words[i], jump);
    if (!text) return wrong(at(pointer, i), text.error().message);
    out += (i == 0 ? "" : " ") + *text;
  }
  return out;
}

Result<std::string> setting_source(const Json& clause, std::string_view jump) {
  const Json& setting = clause["setting"];
  const Json* values = member_of(clause, "values");
  if (!setting.is_string()) return wrong("/setting", "is no text");
  if (values == nullptr || !values->is_array()) return wrong("", "`values` is no list");
  std::string out;
  std::size_t next = 0;
  std::string_view rest = setting.get_ref<const std::string&>();
  bool more = false;  // `…`: what is left follows after commas
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    if (word == "…") {
      more = true;
      continue;
    }
    if (!out.empty()) out += ' ';
    if (!is_hole(word)) {
      out += word;
      continue;
    }
    if (next == values->size()) return wrong("/values", "has too few values");
    const auto text = value_text((*values)[next], jump);
    if (!text) return wrong(at("/values", next), text.error().message);
    out += *text;
    ++next;
  }
  for (; more && next < values->size(); ++next) {
    const auto text = value_text((*values)[next], jump);
    if (!text) return wrong(at("/values", next), text.error().message);
    out += ", " + *text;
  }
  if (next != values->size()) return wrong(at("/values", next), "is one value too many");
  return out;
}

}  // namespace

Json value_json(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::name:
      return typed("name", expr.text);
    case ExprKind::number:
      return typed("number", number(expr.raw));
    case ExprKind::quantity:
      return typed(quantity_type(expr.raw), expr.raw);
    case ExprKind::time:
      return typed("time", expr.raw);
    case ExprKind::date:
      return typed("date", expr.raw);
    case ExprKind::datetime:
      return typed("datetime", expr.raw);
    case ExprKind::regex:
      return typed("pattern", expr.raw);
    case ExprKind::boolean:
      return typed("boolean", expr.text == "true");
    case ExprKind::string:
      return text_json(expr);
    default:
      return typed("expression", syntax::source_text(expr));
  }
}

Json clause_json(const syntax::Clause& clause, const check::Patterns* patterns, std::string_view jump) {
  Json out = Json::object();
  const check::Pattern* pattern = patterns == nullptr ? nullptr : pattern_of(clause, *patterns);
  if (pattern == nullptr && clause.items.size() == 1) {
    out["words"] = item_json(clause.items[0]);
    return out;
  }
  if (pattern == nullptr) {
    Json& items = out["items"] = Json::array();
    for (const syntax::Item& item : clause.items) items.push_back(item_json(item));
    return out;
  }
  out["setting"] = pattern->text;
  Json& values = out["values"] = Json::array();
  for (std::size_t i = 0; i < pattern->words.size(); ++i) {
    if (!is_hole(pattern->words[i])) continue;
    const bool edge = !jump.empty() && pattern->words[i] == "STEP";
    values.push_back(edge ? typed("edge", jump) : value_json(clause.items[0].exprs[i]));
  }
  for (std::size_t i = 1; i < clause.items.size(); ++i) values.push_back(value_json(clause.items[i].exprs[0]));
  return out;
}

std::string clause_text(const syntax::Clause& clause) {
  return syntax::format(clause);
}

const catalogue::ComponentInfo* component_of(const syntax::Clause& clause) {
  const auto found = check::match(clause, check::component_patterns());
  return found ? &catalogue::components()[found->entry] : nullptr;
}

const Expr* jump_step(const syntax::Clause& clause) {
  if (clause.items.size() != 1 || clause.items[0].is_else) return nullptr;
  const auto& words = clause.items[0].exprs;
  if (words.size() != 4 || words[0].kind != ExprKind::name || words[0].text != "jump") return nullptr;
  const bool max = words[2].kind == ExprKind::name && words[2].text == "max";
  return max && words[1].kind == ExprKind::name ? &words[1] : nullptr;
}

Result<std::string> value_text(const Json& value, std::string_view jump) {
  const std::string type = text_of(value, "type");
  const Json* content = member_of(value, "value");
  if (content == nullptr) return fail(ErrorCode::invalid_argument, "is no value with a `type` and a `value`");
  if (type == "else") return "else";
  if (type == "boolean" && content->is_boolean()) return content->get<bool>() ? "true" : "false";
  if (type == "number" && content->is_number_integer()) return content->dump();
  if (!content->is_string()) return fail(ErrorCode::invalid_argument, "is no value of type `{}`", shown(type));
  const std::string& text = content->get_ref<const std::string&>();
  if (type == "text") {
    const Json* lines = member_of(value, "lines");
    if (lines == nullptr || *lines != true) return '"' + text + '"';
    return "\"\"\"\n" + text + (text.empty() ? "\"\"\"" : "\n\"\"\"");
  }
  if (type == "pattern") return '/' + text + '/';
  if (type == "edge") {
    if (jump.empty()) return fail(ErrorCode::invalid_argument, "is an edge where none can be");
    return std::string(jump);
  }
  constexpr std::string_view kPlain[] = {"name", "number", "percent",  "money",     "duration",
                                         "time", "date",   "datetime", "expression"};
  if (std::find(std::begin(kPlain), std::end(kPlain), type) == std::end(kPlain))
    return fail(ErrorCode::invalid_argument, "has no type that is known: `{}`", shown(type));
  if (text.empty()) return fail(ErrorCode::invalid_argument, "is empty");
  return text;
}

Result<std::string> clause_source(const Json& clause, std::string_view jump) {
  if (clause.contains("setting")) return setting_source(clause, jump);
  if (clause.contains("words")) return words_source(clause["words"], "/words", jump);
  const Json* items = member_of(clause, "items");
  if (items == nullptr || !items->is_array() || items->empty())
    return wrong("", "has no `setting`, no `words` and no `items`");
  std::string out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto text = words_source((*items)[i], at("/items", i), jump);
    if (!text) return text;
    out += (i == 0 ? "" : ", ") + *text;
  }
  return out;
}

}  // namespace flow::importing::console
