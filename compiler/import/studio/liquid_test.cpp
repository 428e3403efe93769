#include "compiler/import/studio/liquid.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flow::importing::studio::liquid {
namespace {

std::string read(std::string_view text) {
  const Template parsed = parse(text);
  std::vector<std::string> references;
  for (const Path& path : parsed.references) references.push_back(to_string(path));
  return fmt::format("{}{}", parsed.opaque ? "opaque " + parsed.problem + " " : "", fmt::join(references, " "));
}

TEST(Liquid, KnowsWhatATextReads) {
  EXPECT_EQ(read("no value { } {a} {"), "");
  EXPECT_EQ(read("{{a.b}} {{ a.b | plus: c.d, 'e' }} {{x[0].y[i.j]['k']}}"), "a.b c.d i.j x[0].y[i.j].k");
  EXPECT_EQ(read("{{ widgets. \nname-x . parsed.a }}"), "widgets.name-x.parsed.a");
  EXPECT_EQ(read("{% assign i = a.b | minus: 1 %}{{c[i]}}{{i}}"), "a.b c[i]");
  EXPECT_EQ(read("{% for x in a.b %}{{x.y}}{{forloop.index}}{{c}}{% endfor %}{{x}}"), "a.b c x");
  EXPECT_EQ(read("{{true}} {{nil}} {{ 'a.b' }} {{ 7.5 }} {{}}"), "");
}

TEST(Liquid, KeepsTheRestWithItsReferences) {
  EXPECT_EQ(read("{% if a.b == 'c' xor d > 1 %}{{e | f}}{% endif %}"), "opaque `{% if %}` a.b xor d e");
  EXPECT_EQ(read("{% for i in (1..a.b) %}{{c[i].d}}{% endfor %}"),
            "opaque `{% for %}` over a range, or with options a.b c[i].d");
  EXPECT_EQ(read("{{ a | }} {{b}}"), "opaque `{{a |}}` a b");
  EXPECT_EQ(read("{{a.b"), "opaque `{{` that is not closed a.b");
  EXPECT_EQ(read("{% for x in y %}{{x}}"), "opaque `{% for %}` without an end y");
  EXPECT_EQ(read("{% endfor %}"), "opaque `{% endfor %}` without a loop ");
  EXPECT_TRUE(parse("{{a").broken);
  EXPECT_EQ(read("{% if a %}{{b}}"), "opaque `{% if %}` without an end a b");
  EXPECT_TRUE(parse("{% if a %}").broken);
  EXPECT_EQ(read("{% unless a > %}{{b}}{% else %}{{c}}{% endunless %}{{d}}"), "opaque `{% unless %}` a b c d");
  EXPECT_EQ(read("{% case a %}{% when b %}{{c}}{% else %}{{d}}{% endcase %}"), "opaque `{% case %}` a b c d");
  EXPECT_EQ(read("{% case a %}{% when 'x' %}{{c}}{% when 'x' %}{{d}}{% endcase %}"), "opaque `{% case %}` a c d");
  EXPECT_EQ(read("{% case a %}{% when 'x' %}{{c}}"), "opaque `{% case %}` without an end a c");
  EXPECT_EQ(read("{% if a in b %}{{c}}{% endif %}"), "opaque `{% if %}` a b c");
  EXPECT_EQ(read("{% endif %}{% else %}"), "opaque `{% endif %}` ");
}

std::string shape(const std::vector<Node>& nodes) {
  std::string out;
  for (const Node& node : nodes) {
    if (node.kind == Node::Kind::text) out += "'" + node.text + "'";
    if (node.kind == Node::Kind::output) out += to_string(node.output.value.path);
    for (const Arm& arm : node.arms) {
      std::string asked = !arm.question ? "else" : arm.question->negated ? "not " : "";
      for (std::size_t i = 0; arm.question && i < arm.question->conditions.size(); ++i) {
        const Condition& one = arm.question->conditions[i];
        if (i > 0) asked += arm.question->ors[i - 1] ? " or " : " and ";
        asked += to_string(one.left.path) + one.left.text + one.sign + one.right.text + to_string(one.right.path);
      }
      out += "(" + asked + ": " + shape(arm.block) + ")";
    }
  }
  return out;
}

TEST(Liquid, UnderstandsChoices) {
  const auto read_shape = [](std::string_view text) { return shape(parse(text).nodes); };
  EXPECT_EQ(read_shape("x{% if a.b %}{{a.b}} y{% else %}n{% endif %}z"), "'x'(a.b: a.b' y')(else: 'n')'z'");
  EXPECT_EQ(read_shape("{%- if a == 'c' -%} {{b}} {%- elsif d contains e -%} f {%- endif -%}"),
            "(a==c: b)(dcontainse: 'f')");
  EXPECT_EQ(read_shape("{% if a %}{% if b %}c{% endif %}{% endif %}"), "(a: (b: 'c'))");
  EXPECT_EQ(read_shape("{% unless a %}b{% else %}c{% endunless %}"), "(not a: 'b')(else: 'c')");
  EXPECT_EQ(read_shape("{% if a and b == 'x' or c <> null %}d{% endif %}"), "(a and b==x or c!=nil: 'd')");
  EXPECT_EQ(read_shape("{% case a.b %} {% when 'x', 2 or true %}c{% else %}d{% endcase %}"),
            "(a.b==x or a.b==2 or a.b==true: 'c')(else: 'd')");
  EXPECT_EQ(read("{{ nil }}{{ true }}{% if blank %}{% endif %}{{ nil.x }}"), "nil.x");
  EXPECT_EQ(parse("x{% if a %}b{% endif %}y").nodes[1].source, "{% if a %}b{% endif %}");
  EXPECT_EQ(read("{% if a != nil %}{{b}}{% elsif c %}{% endif %}{{a.7x-y.z}}"), "a b c a.7x-y.z");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{% if a %}";
  EXPECT_TRUE(parse(deep).opaque);
}

TEST(Liquid, StripsSpaceAndLeavesOutComments) {
  EXPECT_EQ(parse("a {%- comment -%} {{x}} {% endcomment -%}  b").constant_text(), "ab");
  EXPECT_EQ(parse("{% raw %}{{a}}{% endraw %}").constant_text(), "{{a}}");
  EXPECT_TRUE(parse("").constant());
  const Template parsed = parse("a {{- x -}}  b");
  ASSERT_EQ(parsed.nodes.size(), 3U);
  EXPECT_EQ(parsed.nodes[0].text + "|" + parsed.nodes[2].text, "a|b");
  EXPECT_EQ(parsed.nodes[1].source, "{{- x -}}");
}

TEST(Liquid, IsReadInTimeLinearInTheText) {
  for (const char* part : {"{{", "{%", "{{a.", "a.b.", "{{a[", "{% for a in b %}", "{% if ", "{% case a %}", "a and ",
                           "'", "{{a | b: ", "{{a}}", "\""}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += part;
    parse(text);
    parse("{{" + text + "}}");
    parse("{% if " + text + " %}");
  }
}

}  // namespace
}  // namespace flow::importing::studio::liquid
