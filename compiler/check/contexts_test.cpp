// Texts that stand in other notations: every value in them passes through its escape, and nobody but the author decides
// where a URL leads.
#include <gtest/gtest.h>

#include "compiler/check/operation.h"
#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

namespace flow::check {
namespace {

// `name` is a text, `count` a number, `day` a date, `instant` a point in time, `base` a constant URL, `elsewhere` a
// URL.
class SomeValues : public Values {
 public:
  Found find(std::string_view name, Span span) override {
    static const std::map<std::string_view, ValueType> kTypes = {{"name", ValueType::text},
                                                                 {"count", ValueType::number},
                                                                 {"day", ValueType::date},
                                                                 {"instant", ValueType::datetime},
                                                                 {"elsewhere", ValueType::url}};
    Found found;
    found.kind = Found::Kind::value;
    found.expr.span = span;
    if (name == "base") {
      found.expr = constant_text("https://api.shop.example", span);
      found.expr.type.kind = ValueType::url;
      return found;
    }
    const auto type = kTypes.find(name);
    if (type == kTypes.end()) return {};
    found.expr.kind = ExprKind::variable;
    found.expr.type.kind = type->second;
    found.expr.text = name;
    return found;
  }
  std::vector<std::string> names() const override { return {"name", "count", "day", "instant", "base", "elsewhere"}; }
  const Wording* wording(std::string_view) const override { return nullptr; }
  bool is_secret_name(std::string_view name) const override { return name == "hidden"; }
  Sink& sink() override { return sink_; }
  std::optional<Expr> zone(Span place) override {
    Expr zone = constant_text("Asia/Manila", place);
    zone.type.kind = ValueType::zone;
    return zone;
  }
  std::optional<Expr> language(Span place) override {
    Expr language = constant_text("en", place);
    language.type.kind = ValueType::language;
    return language;
  }
  std::vector<std::string> secret_path(const Expr&) override { return {}; }
  void revealed(Span) override {}

 private:
  Sink sink_;
};

struct Read {
  source::SourceMap sources;
  SomeValues values;
  std::optional<syntax::File> file;

  explicit Read(const std::string& text) {
    file = syntax::parse(sources, sources.add("a.flow", "let x = " + text), values.sink());
  }
  const syntax::Expr& expr() const { return file->entries.at(0).value->items.at(0).exprs.at(0); }
  std::string said() { return diagnostics::render(sources, values.sink()); }
};

// The tree in short: `escape_url(text_of_number(count))`.
std::string shown(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::constant:
      return program::is_text(expr.type.kind) ? "'" + expr.text + "'" : std::to_string(expr.scalar);
    case ExprKind::variable:
      return expr.text;
    default: {
      std::string text = expr.kind == ExprKind::call          ? std::string(program::info(expr.function).name)
                         : expr.kind == ExprKind::interpolate ? "text"
                         : expr.kind == ExprKind::coalesce    ? "either"
                                                              : "other";
      text += "(";
      for (std::size_t i = 0; i < expr.children.size(); ++i) text += (i == 0 ? "" : ", ") + shown(expr.children[i]);
      return text + ")";
    }
  }
}

// The places of a request and what stands there: `url 'https://x/', url value name`.
std::string shown(const std::vector<Operation::Argument>& arguments) {
  std::string text;
  for (const auto& one : arguments)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one.name, shown(one.value));
  return text;
}

std::string body(const std::string& text) {
  Read read(text);
  std::vector<Operation::Argument> arguments;
  return body_arguments(read.values, read.expr(), arguments) ? shown(arguments) : read.said();
}

std::string in(Context context, const std::string& text) {
  Read read(text);
  const auto value = check_value(read.values, read.expr(), {ValueType::text, "`it`", 0, context});
  return value ? shown(*value) : read.said();
}

std::string url(const std::string& text) {
  Read read(text);
  std::vector<Operation::Argument> arguments;
  bool secure = false;
  if (!url_arguments(read.values, {"api.shop.example", "shop.example"}, read.expr(), arguments, secure))
    return read.said();
  return shown(arguments);
}

TEST(Contexts, EachHasItsEscape) {
  const std::string text = R"("a {{name}} {{count}}")";
  EXPECT_EQ(in(Context::text, text), "text('a ', name, ' ', count)");
  EXPECT_EQ(in(Context::json, text), "text('a ', escape_json(name), ' ', escape_json(text_of_number(count)))");
  EXPECT_EQ(in(Context::url, text), "text('a ', escape_url(name), ' ', escape_url(text_of_number(count)))");
  EXPECT_EQ(in(Context::html, text), "text('a ', escape_html(name), ' ', escape_html(text_of_number(count)))");
  EXPECT_EQ(in(Context::header, text), "text('a ', escape_header(name), ' ', escape_header(text_of_number(count)))");
}

TEST(Contexts, WhatIsKnownIsEscapedBeforehand) {
  EXPECT_EQ(in(Context::html, R"("<b>{{"<i>"}}</b>")"), "'<b>&lt;i&gt;</b>'");
  EXPECT_EQ(in(Context::url, R"("/{{"a/b"}}?x={{1.5}}")"), "'/a%2Fb?x=1.5'");
}

TEST(Contexts, JsonIsMadeOfQuotedValues) {
  EXPECT_EQ(in(Context::text, R"(json(a: name, "b-c": count, d: true, e: [day, instant], f: json()))"),
            "text('{\"a\":', either(json_quote(name), 'null'), ',\"b-c\":', either(text_of_number(count), 'null'), "
            "',\"d\":true,\"e\":[', either(json_quote(text_of_date(day)), 'null'), ',', "
            "either(json_quote(text_of_instant_utc(instant)), 'null'), '],\"f\":{}}')");
  EXPECT_EQ(in(Context::text, R"(json("\"": "\"}"))"), R"('{"\"":"\"}"}')");
  EXPECT_EQ(in(Context::text, R"(form(a: name, "b c": "x&y"))"), "text('a=', escape_url(name), '&b%20c=x%26y')");
}

TEST(Contexts, BodiesHaveTheSamePieces) {
  EXPECT_EQ(body(R"(json(a: name, b: [1, json(c: count)]))"),
            "json '{\"a\":', json either(json_quote(name), 'null'), json ',\"b\":[1,{\"c\":', "
            "json either(text_of_number(count), 'null'), json '}]}'");
  EXPECT_EQ(body(R"(form(a: name, b: "x&y"))"), "form a name, form b 'x&y'");
  EXPECT_EQ(body(R"("a {{name}}")"), "text text('a ', name)");
}

TEST(Contexts, SecretsAreNamedNotRead) {
  EXPECT_EQ(body(R"(json(a: hidden, b: [hidden]))"),
            "json '{\"a\":', secret json text 'hidden', json ',\"b\":[', secret json text 'hidden', json ']}'");
  EXPECT_EQ(body("form(a: hidden)"), "secret form a 'hidden'");
  EXPECT_EQ(body("hidden"), "secret text 'hidden'");
  EXPECT_EQ(body(R"("{{name}}: {{hidden}}.")"), "text name, text ': ', secret text 'hidden', text '.'");
  for (const char* bad : {R"(json(a: "{{hidden}}"))", R"(form(a: "x{{hidden}}"))", R"(json(a: left(hidden, 2)))"})
    EXPECT_NE(body(bad).find("error["), std::string::npos) << bad << ": " << body(bad);
}

TEST(Contexts, OnlyTheAuthorDecidesWhereAUrlLeads) {
  EXPECT_EQ(url(R"("{{base}}/orders/{{name}}?day={{day}}")"),
            "url 'https://api.shop.example/orders/', url value name, url '?day=', url value text_of_date(day)");
  EXPECT_EQ(url(R"("https://shop.example/{{name}}")"), "url 'https://shop.example/', url value name");
  EXPECT_EQ(url("base"), "url 'https://api.shop.example'");
  EXPECT_EQ(url(R"("https://shop.example")"), "url 'https://shop.example'");
  for (const char* bad : {R"("{{name}}/x")", R"("https://{{name}}/x")", R"("https://shop.example{{name}}")",
                          R"("{{base}}{{name}}")", R"("{{elsewhere}}/x")", "elsewhere", R"("shop.example/{{name}}")",
                          R"("ftp://shop.example/{{name}}")", R"("/{{name}}")", "name"}) {
    EXPECT_NE(url(bad).find("error["), std::string::npos) << bad << ": " << url(bad);
  }
}

}  // namespace
}  // namespace flow::check
