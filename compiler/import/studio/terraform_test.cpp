#include "compiler/import/studio/terraform.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::importing::studio {
namespace {

std::string read(const std::string& value) {
  const auto found = read_terraform("resource \"twilio_studio_flows_v2\" \"x\" {\n  definition = " + value + "\n}\n");
  if (!found) return "nothing";
  return *found ? (**found)["definition"].dump() : found->error().message;
}
std::string encoded(const std::string& value) {
  return read("jsonencode(" + value + ")");
}

TEST(Terraform, ReadsObjectsOfHcl) {
  EXPECT_EQ(encoded("{ a = 1, \"b\" : [true, null, -2.5,], (c) = { d = \"x\" }\n e = \"y\" # z\n /* f */ }"),
            R"({"a":1,"b":[true,null,-2.5],"c":{"d":"x"},"e":"y"})");
  EXPECT_EQ(encoded(R"({ a = "\n\t\"\\é\U0001F950\ud83e\udd50" })"), "{\"a\":\"\\n\\t\\\"\\\\é🥐🥐\"}");
  EXPECT_EQ(encoded("{ a = <<-EOT\n    x\n      ${var.y}\n    EOT\n}"), R"({"a":"x\n  {{terraform.var.y}}\n"})");
}

TEST(Terraform, NamesWhatItPutsIn) {
  EXPECT_EQ(encoded("{ a = var.b, c = \"x ${var.d} ${upper(\"e\")}\", f = \"$${g} ${{h}}\", i = j(k, {l = 1}) }"),
            R"({"a":"{{terraform.var.b}}","c":"x {{terraform.var.d}} {{terraform.expression_upper-28-22e-22-29}}",)"
            R"("f":"${g} ${{h}}","i":"{{terraform.expression_j-28k-2c-20-7bl-20-3d-201-7d-29}}"})");
  const auto found = read_terraform("{\"states\": [{\"timeout\": ${var.t}}], \"x\": \"${var.u}\"}");
  ASSERT_TRUE(found && *found);
  Json json = **found;
  EXPECT_EQ(name_placeholders(json), 0U);
  EXPECT_EQ(json.dump(), R"({"states":[{"timeout":"{{terraform.var.t}}"}],"x":"{{terraform.var.u}}"})");
  Json left = "${a b} ${{c}} ${d";
  EXPECT_EQ(name_placeholders(left), 1U);
  EXPECT_EQ(left, "{{terraform.expression_a-20b}} ${{c}} ${d");
  Json nested = "${a {${b}";
  EXPECT_EQ(name_placeholders(nested), 1U);
  EXPECT_EQ(nested, "${a {${b}");
}

TEST(Terraform, NamesMembersOfWhatItPutsIn) {
  EXPECT_EQ(encoded("{ a = b[\"c\"], d = \"${e[\"f-g\"].h}\", i = j[0].k, l = m[n], o = p[\"q\" }"),
            "line 2: a member without a name");
  EXPECT_EQ(
      encoded("{ a = b[\"c\"], d = \"${e[\"f-g\"].h}\", i = j[0].k, l = m[n.o] }"),
      R"({"a":"{{terraform.b.c}}","d":"{{terraform.e.f-g.h}}","i":"{{terraform.j.0.k}}","l":"{{terraform.expression_m-5bn-2eo-5d}}"})");
  const auto found = read_terraform(R"({"states": [${jsonencode({"a": "}"})}, "${x["y"]}"]})");
  ASSERT_TRUE(found && *found);
  Json json = **found;
  EXPECT_EQ(name_placeholders(json), 0U);
  EXPECT_EQ(json["states"][1], "{{terraform.x.y}}");
  const auto text = read_terraform(R"({"a": ${b}, "c": "x ${ d(\"y}z\") } ${e[\"f\"]}"})");
  ASSERT_TRUE(text && *text);
  EXPECT_EQ((**text)["c"], "x ${ d('y}z') } ${e['f']}");
  EXPECT_EQ(as_terraform("a {{terraform.b.c}} {{d}} {{terraform.e"), "a ${b.c} {{d}} {{terraform.e");
  Json any = "${upper(\"é-}\")} ${expression_x} %{~ if a }";
  EXPECT_EQ(name_placeholders(any), 0U);
  EXPECT_TRUE(is_written_out(any.get<std::string>()));
  EXPECT_EQ(as_terraform(any.get<std::string>()), "${upper(\"é-}\")} ${expression_x} %{~ if a }");
  EXPECT_TRUE(is_written_out("x {{terraform.b}} {"));
  EXPECT_FALSE(is_written_out("x {{b}}"));
  EXPECT_FALSE(is_written_out("{% if a %}"));
}

TEST(Terraform, KnowsEscapesAndDirectives) {
  Json json = {"$${a} ${b}", "%{ if c }x%{ endif }", "%%{ if d } %{ e }", "100%{{f}}", std::string(300'000, '$') + "{"};
  EXPECT_EQ(name_placeholders(json), 0U);
  EXPECT_EQ(json[0], "${a} {{terraform.b}}");
  EXPECT_EQ(json[1], "{{terraform.expression_-25-7b-20if-20c-20-7d}}x{{terraform.expression_-25-7b-20endif-20-7d}}");
  EXPECT_EQ(json[2], "%{ if d } %{ e }");
  EXPECT_EQ(json[3], "100%{{f}}");
  std::string many;
  for (int i = 0; i < 300'000; ++i) many += "${";
  Json open = many + "}";
  EXPECT_EQ(name_placeholders(open), 1U);
  many.clear();
  for (int i = 0; i < 300'000; ++i) many += "%{ x ";
  Json percent = many + std::string(300'000, '}');
  EXPECT_EQ(name_placeholders(percent), 0U);
}

TEST(Terraform, TakesAFileThatIsAllComputed) {
  const auto found = read_terraform("\n${\n # flow\n jsonencode(\n{ states: [], description: name })\n}\n");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((**found)["definition"].dump(), R"({"description":"{{terraform.name}}","states":[]})");
  EXPECT_FALSE(read_terraform("${file(\"x\")}"));
  EXPECT_FALSE(read_terraform("${"));
  ASSERT_TRUE(read_terraform("${jsonencode"));
  EXPECT_FALSE(*read_terraform("${jsonencode"));
}

TEST(Terraform, FindsLocalValues) {
  const auto definition = [](const std::string& value) {
    const auto found =
        read_terraform("locals {\n flow = " + value +
                       "\n}\nresource \"twilio_studio_flows_v2\" \"x\" {\n definition = local.flow\n}\n");
    return found && *found ? (**found)["definition"].dump() + (**found)["terraform"].dump() : "none";
  };
  EXPECT_EQ(definition("jsonencode({ a = 1 })"), R"({"a":1}0)");
  EXPECT_EQ(definition("var.own != \"\" ? var.own : jsonencode({\n a = 1 })"), R"({"a":1}0)");
  EXPECT_EQ(definition("file(\"x\")"), "none");
}

TEST(Terraform, PutsInLocalValuesThatAreWrittenOut) {
  const auto definition = [](const std::string& locals, const std::string& value) -> std::string {
    const auto found = read_terraform("locals {\n" + locals +
                                      "\n}\nresource \"twilio_studio_flows_v2\" \"x\" {\n friendly_name = "
                                      "\"The ${local.brand}\"\n definition = " +
                                      value + "\n}\n");
    if (!found) return "nothing";
    return *found ? (**found)["definition"].dump() + (**found).value("friendly_name", " none") : found->error().message;
  };
  const std::string locals =
      "other = { brand = \"No\", url = [for x in y : { z = x }] } # brand = \"Not\"\n brand = \"Shop \\\"1\\\"\" // x\n"
      "time = 300\n on = true\n long = <<EOT\nbrand = \"Nor this\"\nEOT\n url = \"https://${var.env}.example\"";
  EXPECT_EQ(
      definition(locals, "jsonencode({ a = \"Hi ${local.brand}! ${local.none}\", b = local.time, c = local.on })"),
      R"({"a":"Hi Shop \"1\"! {{terraform.local.none}}","b":"300","c":"true"}The Shop "1")");
  EXPECT_EQ(
      definition(locals, "jsonencode({ a = local.url, b = local.other, c = local.long })"),
      R"({"a":"{{terraform.local.url}}","b":"{{terraform.local.other}}","c":"brand = \"Nor this\"\n"}The Shop "1")");
  EXPECT_EQ(definition(locals, "<<EOF\n{\"a\": \"${local.brand}\", \"b\": ${local.time}}\nEOF"),
            R"({"a":"Shop \"1\"","b":"300"}The Shop "1")");
  EXPECT_EQ(definition("flow = { a = 1\n b = local.brand }\nbrand = \"x\"", "jsonencode(local.flow)"),
            R"({"a":1,"b":"x"}The x)");
  EXPECT_EQ(definition("flow = merge(a, b)", "jsonencode(local.flow)"),
            "the definition is not in this file: Terraform makes it of `local.flow`; import the file that it reads");
  EXPECT_EQ(
      definition("a = 1", "jsonencode(local.flow)"),
      "the definition is not in this file: Terraform makes it of `jsonencode(local.flow)`; import the file that it "
      "reads");
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "locals { a = [\n";
  EXPECT_EQ(definition(many, "jsonencode({})"), "{} none");
}

TEST(Terraform, TakesTheLastOfWhatStandsTwice) {
  const auto found = read_terraform("${jsonencode({ a = 1, b = 2\n a = 1, b = 3 })}");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((**found)["definition"].dump(), R"({"a":1,"b":3})");
  EXPECT_EQ((**found)["terraform_twice"].dump(), R"(["line 2: `b`"])");
}

TEST(Terraform, TakesADefinitionAsAText) {
  EXPECT_EQ(read("<<EOF\n{\"states\": [\"${var.x}\", ${var.y}]}\nEOF\n"),
            R"({"states":["{{terraform.var.x}}","{{terraform.var.y}}"]})");
  EXPECT_EQ(read("\"{\\\"states\\\": []}\""), R"({"states":[]})");
  EXPECT_EQ(
      read("file(\"flow.json\")"),
      "the definition is not in this file: Terraform makes it of `file(\"flow.json\")`; import the file that it reads");
}

TEST(Terraform, SaysWhatIsWrong) {
  EXPECT_EQ(encoded("{ a = \"x"), "line 2: a text that does not end");
  EXPECT_EQ(encoded("{ a 1 }"), "line 2: `=` is missing behind `a`");
  EXPECT_EQ(encoded("{ = 1 }"), "line 2: a member without a name");
  EXPECT_EQ(encoded("{ a = , }"), "line 2: a value is missing");
  EXPECT_EQ(encoded("[1"), "line 2: a value is missing");
  EXPECT_EQ(encoded("{ a = <<E\nx"), "line 2: a text that does not end");
  EXPECT_EQ(encoded(R"({ a = "\q" })"), "line 2: an escape that is not known");
  EXPECT_TRUE(encoded(std::string(limits::kImportDepthMax + 10, '[')).ends_with("it nests too deep"));
  EXPECT_TRUE(encoded(std::string(1'000'000, '[')).ends_with("it nests too deep"));
  EXPECT_FALSE(read_terraform("resource \"twilio_studio_flows_v2\" \"x\" {}"));
  EXPECT_FALSE(read_terraform("definition = 7"));
  EXPECT_FALSE(read_terraform(""));
}

}  // namespace
}  // namespace flow::importing::studio
