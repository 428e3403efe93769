// Requests, functions and sub-flows: what is kept, what is named, what is linked.
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/studio/import_test_support.h"
#include "compiler/import/studio/studio.h"

namespace flow::importing::studio {
namespace {

// A definition that `event` starts: its widgets, one after the other.
Json in_a_row(const std::vector<Json>& widgets, const std::string& event = "incomingMessage") {
  Json states = Json::array({{{"name", "Trigger"}, {"type", "trigger"}, {"properties", Json::object()}}});
  for (const Json& one : widgets) states.push_back(one);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string type = text_of(states[i], "type");
    std::string on = event;
    if (type == "make-http-request" || type == "run-function") on = "success";
    if (type == "run-subflow") on = "completed";
    if (type == "send-message") on = "sent";
    Json way = {{"event", on}};
    if (i + 1 < states.size()) way["next"] = states[i + 1]["name"];
    states[i]["transitions"] = Json::array({way});
  }
  return {{"description", "x"}, {"states", states}, {"initial_state", "Trigger"}, {"flags", Json::object()}};
}

Json widget(std::string name, std::string type, Json properties) {
  return {{"name", std::move(name)}, {"type", std::move(type)}, {"properties", std::move(properties)}};
}
Json request(std::string name, std::string url, Json more = Json::object()) {
  more["url"] = std::move(url);
  if (!more.contains("method")) more["method"] = "POST";
  return widget(std::move(name), "make-http-request", std::move(more));
}
Json message(std::string name, std::string body) {
  return widget(std::move(name), "send-message", {{"body", std::move(body)}});
}
Json parameters(const std::vector<std::pair<std::string, std::string>>& all) {
  Json out = Json::array();
  for (const auto& [key, value] : all) out.push_back({{"key", key}, {"value", value}});
  return out;
}

// Imported, without errors, and proven.
Checked imported(const Json& json) {
  Checked checked = import_and_check(json.dump());
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  for (const std::string& proof : checked.proofs) EXPECT_EQ(proof, "");
  return checked;
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
// The first message of the report that has `part`.
std::string told(const Checked& checked, std::string_view part) {
  for (const Note& note : checked.imported.report.notes())
    if (has(note.message, part)) return fmt::format("{}: {}", name_of(note.kind), note.message);
  return "nothing";
}

TEST(Requests, EachPairOfHostAndCredentialsIsASecretOfItsOwn) {
  const Checked checked =
      imported(in_a_row({request("a", "https://u:p@shop.example/"), request("b", "https://u2:p2@shop.example/x"),
                         request("c", "https://u:p@shop.example/y"), request("d", "https://u:p@other.example/"),
                         request("e", "https://tokenalone@shop.example/"),
                         request("f", "https://u:p@shop.example/z", {{"add_twilio_auth", true}}),
                         request("g", "https://u:p@shop.example/w")}));
  std::vector<std::string> used;
  const std::string& text = checked.texts[0];
  for (std::size_t at = text.find("Basic {{"); at != std::string::npos; at = text.find("Basic {{", at + 1))
    used.push_back(text.substr(at + 8, text.find('}', at) - at - 8));
  EXPECT_EQ(used, (std::vector<std::string>{"http_auth", "http_auth_2", "http_auth", "http_auth_3", "http_auth_4",
                                            "twilio_auth", "http_auth"}));
  EXPECT_TRUE(has(checked.workspace, "secret http_auth // of u at shop.example\n")) << checked.workspace;
  EXPECT_TRUE(has(checked.workspace, "secret http_auth_2 // of u2 at shop.example\n")) << checked.workspace;
  EXPECT_TRUE(has(checked.workspace, "secret http_auth_4 // of shop.example\n")) << checked.workspace;
  for (const std::string& all : {text, checked.workspace, checked.imported.report.text()})
    for (const char* secret : {"p2", "tokenalone", "u:p"}) EXPECT_FALSE(has(all, secret)) << secret << "\n" << all;
}

TEST(Requests, CredentialsThatNoSecretHoldsAreKept) {
  const auto kept = [](const Json& one) {
    const Checked checked = imported(in_a_row({one}));
    EXPECT_TRUE(has(checked.texts[0], "extern \"make-http-request\"")) << checked.texts[0];
    return told(checked, "kept as a");
  };
  const std::string clear = "kept: kept as a make-http-request: its credentials go out in the clear, over http";
  EXPECT_EQ(kept(request("a", "http://shop.example:8080/x", {{"add_twilio_auth", true}})), clear);
  EXPECT_EQ(kept(request("a", "HTTP://u:p@shop.example/x")), clear);
  EXPECT_EQ(kept(request("a", "https://{{trigger.message.Body}}:p@shop.example/x")),
            "kept: kept as a make-http-request: its credentials are made while the flow runs");
  const Checked told_so = imported(in_a_row({request("a", "http://u:p@shop.example/x")}));
  EXPECT_TRUE(told(told_so, "credentials stand in the address").starts_with("defect: "));
  // Without any, http is a request as others.
  EXPECT_TRUE(has(imported(in_a_row({request("a", "http://shop.example/x")})).texts[0], "http POST \"http://shop."));
}

TEST(Requests, ParametersOfOneName) {
  const Json twice = parameters({{"z", "{{trigger.message.Body}}"}, {"y", "1"}, {"z", "b c&d"}});
  const Checked get =
      imported(in_a_row({request("a", "https://shop.example/?x=1", {{"method", "GET"}, {"parameters", twice}})}));
  EXPECT_TRUE(has(get.texts[0], "\"https://shop.example/?x=1&z={{incomingMessage}}&z=b%20c%26d\"")) << get.texts[0];
  const auto odd = [](const char* value) {
    const Json all = parameters({{"a-b", value}});
    return imported(in_a_row({request("a", "https://shop.example/", {{"method", "GET"}, {"parameters", all}})}));
  };
  const std::string replaced = odd("{{trigger.message.Body | replace: 'a', 'b'}}&").texts[0];
  EXPECT_TRUE(has(replaced, "\"https://shop.example/?a-b={{aText}}%26\"")) << replaced;
  EXPECT_EQ(told(odd("{% if trigger.message.Body == 'x' %}a{% else %}b{% endif %}"), "kept as a"),
            "kept: kept as a make-http-request: its parameter `a-b` has `{% if %}`");
  const Checked form = imported(in_a_row({request("a", "https://shop.example/", {{"parameters", twice}})}));
  EXPECT_EQ(told(form, "twice"), "kept: kept as a make-http-request: its parameter `z` stands twice");
  EXPECT_TRUE(has(form.texts[0], "b c&d")) << form.texts[0];
  const Checked call =
      imported(in_a_row({widget("a", "run-function", {{"url", "https://shop.example/f"}, {"parameters", twice}})}));
  EXPECT_EQ(told(call, "twice"), "kept: kept as a run-function: its parameter `z` stands twice");
  const Checked flow = imported(in_a_row({widget("a", "run-subflow", {{"flow_sid", "FW1"}, {"parameters", twice}})}));
  EXPECT_EQ(told(flow, "twice"), "kept: kept as a run-subflow: its parameter `z` stands twice");
  // Beside a body Studio sends none of them.
  EXPECT_EQ(told(imported(in_a_row({request("a", "https://shop.example/", {{"body", "x"}, {"parameters", twice}})})),
                 "twice"),
            "nothing");
}

TEST(Requests, WhatStandsBehindAHashIsTold) {
  const Checked checked = imported(in_a_row({request("a", "https://shop.example/a#frag")}));
  EXPECT_EQ(told(checked, "#frag"), "no-effect: `#frag` of the address is never sent");
}

TEST(Requests, MethodsAndSchemesInAnyCase) {
  const Checked checked = imported(in_a_row({request("a", "HTTPS://Shop.Example/x", {{"method", "post"}})}));
  EXPECT_TRUE(has(checked.texts[0], "a: http POST \"https://shop.example/x\"")) << checked.texts[0];
}

TEST(Requests, AMemberWithoutANameIsNoJsonOfTheLanguage) {
  for (const char* body : {R"({"a":"x","":2})", R"({"a":{"":2}})"}) {
    const Checked checked = imported(
        in_a_row({request("a", "https://shop.example/", {{"content_type", "application/json"}, {"body", body}})}));
    EXPECT_TRUE(has(checked.texts[0], "header \"Content-Type\" = \"application/json\"")) << checked.texts[0];
  }
}

TEST(Requests, ReadsAnswersAsDeepAsTheLanguageNests) {
  const auto text = [](std::size_t members) {
    std::string path;
    for (std::size_t i = 0; i < members; ++i) path += ".k";
    return imported(in_a_row({request("a", "https://shop.example/"), message("b", "{{widgets.a.parsed" + path + "}}")}))
        .texts[0];
  };
  EXPECT_TRUE(has(text(limits::kNestingDepthMax - 4), "read k: text? = body.k.k"));
  EXPECT_TRUE(has(text(limits::kNestingDepthMax - 3), "extern \"liquid\""));
  EXPECT_TRUE(has(text(1000), "extern \"liquid\""));
}

TEST(Requests, InputsOfASubFlowAreCalledLikeNoFunction) {
  const Checked checked =
      imported(in_a_row({widget("x", "run-function", {{"url", ""}}),
                         widget("s", "run-subflow", {{"flow_sid", "FW1"}, {"parameters", parameters({{"x", "1"}})}})}));
  EXPECT_TRUE(has(checked.texts[1], "input x_2: text?") || has(checked.texts[1], "input x2: text?"))
      << checked.texts[1];
}

TEST(Requests, ATextThatIsOnlyAnAssignmentSendsNothing) {
  const Checked checked = imported(in_a_row({message("a", "{% assign x = 5 %}")}));
  EXPECT_EQ(told(checked, "kept as a"), "kept: kept as a send-message: its text is empty");
}

TEST(Requests, AConditionOnAListIsKept) {
  Json json = in_a_row({widget("s", "split-based-on", {{"input", "{{trigger.message.Body}}"}}), message("m", "Hello")});
  json["states"][1]["transitions"] = {
      {{"event", "noMatch"}},
      {{"event", "match"},
       {"next", "m"},
       {"conditions",
        {{{"type", "matches_any_of"}, {"arguments", {"{{trigger.message.Body}}"}}, {"value", {"a", "b"}}}}}}};
  const Checked checked = imported(json);
  EXPECT_EQ(told(checked, "kept as a"),
            "kept: kept as a split-based-on: a condition has a type, one argument, and a value that is a text");
  EXPECT_TRUE(has(checked.texts[0], R"([\"a\",\"b\"])")) << checked.texts[0];
  json["states"][1]["transitions"][1]["conditions"][0]["value"] = 5;
  const std::string text = imported(json).texts[0];
  EXPECT_TRUE(has(text, "incomingMessage ~= [\"5\"] => m")) << text;
}

// ---- What other files hold ----

Imported parent_with(const Startables& others, const Json& call, const std::string& after = "done") {
  return format().read(in_a_row({call, message("m", after)}), {.flow_name = "parent", .others = &others});
}

TEST(SubFlows, AreLinkedByTheirSids) {
  const Json hello = message("m", "Hi {{trigger.parent.parameters.name}}, {{trigger.parent.parameters.town}}");
  const Json wrapped = {
      {"sid", "FW2"}, {"friendly_name", "Ask Name"}, {"definition", in_a_row({hello}, "incomingParent")}};
  EXPECT_EQ(format().links(wrapped).id, "FW2");
  const Imported sub = format().read(wrapped, {.flow_name = "sub"});
  ASSERT_TRUE(sub.startable);
  EXPECT_EQ(sub.startable->flow, "ask_name");
  EXPECT_EQ(sub.startable->contact, "customerPhoneNumber");
  EXPECT_EQ(sub.startable->texts.size(), 2U);
  const Json call =
      widget("s", "run-subflow",
             {{"flow_sid", "FW2"}, {"parameters", parameters({{"name", "{{trigger.message.Body}}"}, {"age", "7"}})}});
  EXPECT_EQ(format().links(in_a_row({call})).starts, std::vector<std::string>{"FW2"});
  const Startables others = {{"FW2", *sub.startable}};
  const Imported linked = parent_with(others, call);
  ASSERT_EQ(linked.flows.size(), 1U);
  const std::string text = *write(linked.flows[0].flow);
  EXPECT_TRUE(
      has(text, "s: call flow ask_name(customerPhoneNumber: customerPhoneNumber, name: incomingMessage, town: \"\")"))
      << text;
  EXPECT_TRUE(has(linked.report.text(), "`ask_name` never reads the parameter `age`")) << linked.report.text();
  // What it gives back is asked for, and the import of it says nothing: it is stood in for.
  EXPECT_EQ(parent_with(others, call, "{{widgets.s.name}}").flows.size(), 2U);
  // Nobody on Messenger has a phone number.
  Startables messenger = others;
  messenger.at("FW2").contact_is_text = true;
  EXPECT_EQ(parent_with(messenger, call).flows.size(), 2U);
  EXPECT_EQ(parent_with({}, call).flows.size(), 2U);
}

TEST(SubFlows, ThatWantAPhoneNumberAreNotLinked) {
  Json sub = in_a_row({message("m", "Hi")}, "incomingParent");
  sub["states"][1]["properties"]["to"] = "{{trigger.parent.parameters.name}}";
  EXPECT_FALSE(format().read(sub, {.flow_name = "sub"}).startable);
  EXPECT_FALSE(format().read(in_a_row({message("m", "Hi")}), {.flow_name = "sub"}).startable);
}

TEST(Wrappers, OfTheCommandLineAreListsOfOneInCamelCase) {
  const Json one = {{"sid", "FW2"}, {"friendlyName", "My Flow"}, {"definition", in_a_row({message("m", "Hi")})}};
  const Checked checked = imported(Json::array({one}));
  EXPECT_TRUE(checked.texts[0].starts_with("/// x\nflow my_flow \"My Flow\"\n")) << checked.texts[0];
  EXPECT_EQ(checked.imported.report.notes().front().pointer.substr(0, 14), "/0/definition/");
  EXPECT_TRUE(imported(one).texts[0].starts_with("/// x\nflow my_flow \"My Flow\"\n"));
  EXPECT_EQ(import_and_check(Json::array({one, one}).dump()).refused(),
            "/0/definition: the file has 2 flows, and an import reads one of a file");
}

}  // namespace
}  // namespace flow::importing::studio
