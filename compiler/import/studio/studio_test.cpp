// What is refused, what is big, what is odd.
#include "compiler/import/studio/studio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/studio/builder.h"
#include "compiler/import/studio/import_test_support.h"

namespace flow::importing::studio {
namespace {

std::string refused(const Json& json) {
  return import_and_check(json.dump()).refused();
}

Json state(std::string name, std::string type, std::vector<std::pair<std::string, std::string>> ways,
           Json properties = Json::object()) {
  Json transitions = Json::array();
  for (auto& [event, next] : ways) {
    transitions.push_back({{"event", event}});
    if (!next.empty()) transitions.back()["next"] = next;
  }
  return {{"name", name}, {"type", type}, {"transitions", transitions}, {"properties", properties}};
}

Json definition(std::vector<Json> states, const std::string& first) {
  Json all = Json::array({state("Trigger", "trigger", {{"incomingMessage", first}})});
  for (Json& one : states) all.push_back(std::move(one));
  return {{"description", "x"}, {"states", all}, {"initial_state", "Trigger"}, {"flags", Json::object()}};
}

TEST(Studio, RefusesItsFirstVersion) {
  const Json json = {{"states", {{{"name", "Trigger"}, {"type", "InitialState"}, {"transitions", Json::array()}}}}};
  EXPECT_EQ(refused(json),
            ": this is an export of Studio's first version: open the flow in the Studio editor, publish it, and export "
            "it again");
  const Json by_sid = {
      {"definition",
       {{"states", {{{"name", "a"}, {"transitions", {{{"uuid", "1"}, {"event", "sent"}, {"next", "FF12"}}}}}}}}}};
  EXPECT_TRUE(refused(by_sid).starts_with("/definition: this is an export of Studio's first version"));
}

// A split whose conditions have another shape stays what it is, with all that it says.
TEST(Studio, KeepsASplitThatItCannotRead) {
  const auto with = [](const char* pointer, const Json& value) {
    Json json = definition({state("a", "send-message", {{"sent", "b"}}, {{"body", "x"}}),
                            state("b", "split-based-on", {{"noMatch", ""}, {"match", "a"}}, {{"input", "x"}})},
                           "a");
    json["states"][2]["transitions"][1]["conditions"] = {
        {{"type", "equal_to"}, {"arguments", {"{{trigger.message.Body}}"}}, {"value", "x"}}};
    json[Json::json_pointer(pointer)] = value;
    const Checked checked = import_and_check(json.dump(), "flow", Depth::prove);
    EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
    EXPECT_EQ(checked.proofs, std::vector<std::string>{""});
    return checked.texts.at(0).substr(checked.texts.at(0).find("\nb: ") + 1);
  };
  EXPECT_EQ(
      with("/states/2/transitions/1/conditions", Json::array()),
      "b: extern \"split-based-on\" {\n  input \"x\"\n  matchWhen \"[]\"\n  noMatch => end\n  match => jump a max "
      "500 else end failed \"too many steps\"\n}\n");
  const std::string two = with("/states/2/transitions/1/conditions/0/arguments", Json::array({"x", "{{y}}"}));
  EXPECT_NE(two.find(R"(\"arguments\":[\"x\",\"\{{y}}\"])"), std::string::npos) << two;
  EXPECT_NE(with("/states/2/transitions/1/conditions/0/arguments", "x").find("extern"), std::string::npos);
  EXPECT_NE(with("/states/2/transitions/1/conditions/0/value", Json::object()).find("extern"), std::string::npos);
  EXPECT_NE(with("/states/2/transitions/1/conditions/0/type", 7).find("extern"), std::string::npos);
}

TEST(Studio, TakesNumbersForNamesAndStatesWithoutOne) {
  Json json = definition({state("a", "send-message", {{"sent", "7"}}, {{"body", "x"}}),
                          state("", "send-message", {}, {{"body", "y"}}), state("", "say-play", {})},
                         "a");
  json["states"][2]["name"] = 7;
  json["states"][1]["transitions"][0]["next"] = 7;
  const Checked checked = import_and_check(json.dump(), "flow", Depth::prove);
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  EXPECT_EQ(checked.proofs, std::vector<std::string>{""});
  ASSERT_EQ(checked.texts.size(), 1U);
  EXPECT_NE(checked.texts[0].find("sent => send_message"), std::string::npos) << checked.texts[0];
}

// What is more than the language takes is left to another system, and the flow is imported.
TEST(Studio, KeepsTextsThatAreTooMuch) {
  const auto of_text = [](const std::string& body) {
    const Json json = definition({state("a", "send-message", {}, {{"body", body}})}, "a");
    const Checked checked = import_and_check(json.dump(), "flow", Depth::prove);
    EXPECT_EQ(checked.refused(), "");
    EXPECT_FALSE(checked.sink.has_errors()) << checked.findings().substr(0, 2000);
    EXPECT_EQ(checked.proofs, std::vector<std::string>{""});
    return checked.texts.empty() ? std::string() : checked.texts[0];
  };
  const auto times = [](int count, const std::string& part) {
    std::string out;
    for (int i = 0; i < count; ++i) out += part;
    return out;
  };
  const auto is_kept = [&](const std::string& body) { return of_text(body).find("\"liquid\"") != std::string::npos; };
  // Joined texts are one.
  EXPECT_FALSE(is_kept("{{trigger.message.Body" + times(70, " | append: 'x'") + "}}"));
  EXPECT_TRUE(is_kept("{{trigger.message.Body" + times(70, " | upcase | downcase") + "}}"));
  EXPECT_TRUE(is_kept("{{trigger.message.Body" + times(70, " | plus: 1") + "}}"));
  EXPECT_TRUE(is_kept("{% assign a = trigger.message.Body %}" + times(40, "{% assign a = a | append: a %}") + "{{a}}"));
  EXPECT_TRUE(is_kept(times(13, "{% if flow.variables.a == 'x' %}b{% else %}") + times(13, "{% endif %}")));
  std::string undefined;
  for (int i = 0; i < 600; ++i) undefined += fmt::format("{{{{widgets.w{}.inbound.Body}}}} ", i);
  EXPECT_TRUE(is_kept(undefined));
}

// The text of the flow, proven and without errors.
std::string text_of(const Json& json) {
  const Checked checked = import_and_check(json.dump(), "flow", Depth::prove);
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  EXPECT_EQ(checked.proofs, std::vector<std::string>{""});
  return checked.texts.empty() ? std::string() : checked.texts[0];
}
bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}
Json split(std::string name, std::string of, std::vector<std::array<std::string, 3>> arms) {
  Json out = state(std::move(name), "split-based-on", {{"noMatch", ""}}, {{"input", of}});
  for (const auto& [type, value, next] : arms) {
    out["transitions"].push_back({{"event", "match"},
                                  {"next", next},
                                  {"conditions", {{{"type", type}, {"arguments", {of}}, {"value", value}}}}});
  }
  return out;
}

// What a start need not bring: something is said for when it is absent.
TEST(Studio, TakesInputsThatMayLack) {
  Json json = definition(
      {state("a", "send-message", {{"sent", "b"}},
             {{"to", "+15005550001"},
              {"body",
               "Hello {{flow.data.name | default: 'friend'}} {% if flow.data.lang %}{{flow.data.lang}}{% else "
               "%}en{% endif %} {{flow.data.shop}}"}}),
       split("b", "{{flow.data.town}}", {{"is_blank", "", "a"}})},
      "a");
  json["states"][0]["transitions"][0]["event"] = "incomingRequest";
  const std::string text = text_of(json);
  for (const char* part : {"input name: text?\n", "input lang: text?\n", "input town: text?\n", "input shop: text\n",
                           "{{name ?? \"friend\"}} {{lang ?? \"en\"}} {{shop}}", "town is blank => "})
    EXPECT_TRUE(says(text, part)) << part << text;
}

TEST(Studio, SendsFromANumberThatIsWrittenOut) {
  const std::string text = text_of(definition(
      {state("a", "send-and-wait-for-reply", {{"incomingMessage", "b"}}, {{"from", "+15005550006"}, {"body", "x"}}),
       state("b", "send-message", {}, {{"from", "{{flow.channel.address}}"}, {"body", "y"}})},
      "a"));
  EXPECT_TRUE(says(text, "a: ask sms {\n  from ")) << text;
  EXPECT_TRUE(says(text, "b: reply {")) << text;
}

// In a chat a name is only what stands above the message.
TEST(Studio, AnswersInAChatUnderAName) {
  Json json = definition({state("a", "send-message", {}, {{"from", "Bot"}, {"content_sid", "HX1"}})}, "a");
  json["states"][0]["transitions"][0]["event"] = "incomingConversationMessage";
  EXPECT_TRUE(says(text_of(json), "a: reply {\n  template ")) << text_of(json);
}

TEST(Studio, KnowsThatACounterHasNoValueAtFirst) {
  const std::string text =
      text_of(definition({split("a", "{{flow.variables.n}}", {{"is_blank", "", "b"}, {"is_not_blank", "", "c"}}),
                          state("b", "set-variables", {{"next", "a"}},
                                {{"variables", {{{"key", "n"}, {"value", "{{flow.variables.n | plus: 1}}"}}}}}),
                          state("c", "send-message", {}, {{"body", "{{flow.variables.n}}"}})},
                         "a"));
  EXPECT_TRUE(says(text, "  n == 0 => b\n  n != 0 => c\n")) << text;
  EXPECT_TRUE(says(text, "first_values: set {\n")) << text;
  EXPECT_FALSE(says(text, "takes for empty")) << text;
}

// A value that is compared with a word, too, is a text.
TEST(Studio, GivesAnswersTheTypeOfAllTheirUses) {
  const Json request = state("a", "make-http-request", {{"success", "b"}, {"failed", "b"}},
                             {{"method", "GET"}, {"url", "https://api.example.com/x"}});
  const auto read_of = [&](std::vector<std::array<std::string, 3>> arms) {
    const std::string text = text_of(definition({request, split("b", "{{widgets.a.parsed.x}}", std::move(arms)),
                                                 state("c", "send-message", {}, {{"body", "y"}})},
                                                "a"));
    const std::size_t at = text.find("read x: ");
    return at == std::string::npos ? text : text.substr(at + 8, text.find(' ', at + 8) - at - 8);
  };
  EXPECT_EQ(read_of({{"equal_to", "true", "c"}}), "bool?");
  EXPECT_EQ(read_of({{"equal_to", "true", "c"}, {"equal_to", "pending", "c"}}), "text?");
  EXPECT_EQ(read_of({{"greater_than", "3", "c"}, {"equal_to", "5", "c"}}), "number?");
  EXPECT_EQ(read_of({{"greater_than", "3", "c"}, {"equal_to", "none", "c"}}), "text?");
  EXPECT_EQ(read_of({{"greater_than", "3", "c"}, {"equal_to", "true", "c"}}), "number?");
  EXPECT_EQ(read_of({{"less_than", "007", "c"}, {"less_than", "-0.0", "c"}}), "number?");
}

TEST(Studio, GoesOnWithoutAList) {
  const auto of_body = [](const std::string& body) {
    return text_of(definition({state("a", "make-http-request", {{"success", "b"}, {"failed", ""}},
                                     {{"method", "GET"}, {"url", "https://api.example.com/x"}}),
                               state("b", "send-message", {}, {{"body", body}})},
                              "a"));
  };
  const std::string text =
      of_body("{% for one in widgets.a.parsed.rows %}{{one.name}} {% endfor %}{{widgets.a.parsed.rows[0].name}}");
  EXPECT_TRUE(says(text, "read rows: list(record(name: text?), ..15)? = body.rows")) << text;
  EXPECT_TRUE(
      says(of_body("{% if widgets.a.parsed.rows == empty %}none{% else %}{{widgets.a.parsed.rows[0].name}}{% endif %}"),
           "rows is set and count(rows) == 0 => b_text_1"));
  EXPECT_TRUE(says(of_body("{% if widgets.a.parsed.rows %}some{% endif %}{{widgets.a.parsed.rows[0] | upcase}}"),
                   "rows is set => b_text_1"));
  EXPECT_TRUE(says(of_body("{{widgets.a.parsed.rows | first | escape}}"), "rows json(rows: rows)"));
  EXPECT_TRUE(says(of_body("{{'Hello @, @!' | replace: '@', widgets.a.parsed.name}}"),
                   "text \"Hello {{name ?? \"\"}}, {{name ?? \"\"}}!\""));
}

// Two triggers, a widget that nothing leads to before a widget of the second, a circle that both have, and a condition
// that stands twice.
TEST(Studio, ProvesSeveralFlowsOfOneDefinition) {
  Json json = definition(
      {state("a", "send-message", {{"sent", "b"}}, {{"body", "x"}}),
       state("b", "send-and-wait-for-reply", {{"incomingMessage", "c"}, {"timeout", "a"}}, {{"body", "y"}}),
       split("c", "{{flow.variables.o.a}}", {{"contains", "x", "a"}, {"contains", "x", "b"}}),
       state("d", "send-message", {{"sent", "b"}}, {{"to", "+15005550001"}, {"body", "z"}}),
       state("lost", "send-message", {{"sent", "e"}, {"failed", "Trigger"}}, {{"to", "+15005550001"}, {"body", "l"}}),
       state("e", "send-message", {{"sent", "d"}}, {{"to", "+15005550001"}, {"body", "e"}})},
      "a");
  json["states"][0]["transitions"].push_back({{"event", "incomingRequest"}, {"next", "e"}});
  const Checked checked = import_and_check(json.dump(), "flow", Depth::prove);
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  EXPECT_EQ(checked.proofs, (std::vector<std::string>{"", ""}));
}

TEST(Studio, SaysInTheFlowWhatItChanges) {
  const std::string text = text_of(definition(
      {state("a", "send-and-wait-for-reply", {{"incomingMessage", "b"}}, {{"body", "x"}, {"timeout", "1.5"}}),
       state("b", "run-function", {},
             {{"url", "https://x.example.com/f"}, {"parameters", {{{"key", "order-id"}, {"value", "7"}}}}})},
      "a"));
  EXPECT_TRUE(says(text, "// Studio's timeout is no number of seconds: 1.5.\na: ask")) << text;
  EXPECT_TRUE(says(text, "// `orderId` is order-id in Studio: the language has no such name.\nb: call")) << text;
}

TEST(Studio, RefusesWhatCannotBeUnderstood) {
  const auto with = [](const char* pointer, const Json& value) {
    Json json = definition({state("a", "send-message", {{"sent", "b"}}, {{"body", "x"}}),
                            state("b", "split-based-on", {{"noMatch", ""}, {"match", "a"}}, {{"input", "x"}})},
                           "a");
    json["states"][2]["transitions"][1]["conditions"] = {
        {{"type", "equal_to"}, {"arguments", {"{{trigger.message.Body}}"}}, {"value", "x"}}};
    json[Json::json_pointer(pointer)] = value;
    return refused(json);
  };
  EXPECT_EQ(with("/description", 7), "");
  EXPECT_EQ(with("/states/1", 7), "/states/1: a state is an object");
  EXPECT_EQ(with("/states/1/name", Json::array()), "/states/1/name: the name of a state is a text");
  EXPECT_EQ(with("/states/1/type", Json()), "/states/1/type: the state `a` has no type");
  EXPECT_EQ(with("/states/2/name", "a"),
            "/states/2/name: two states are called `a`: which of them is meant cannot be told");
  EXPECT_EQ(with("/states/1/properties", 7), "/states/1/properties: the properties of a state are an object");
  EXPECT_EQ(with("/states/1/transitions", 7), "/states/1/transitions: the transitions of a state are a list");
  EXPECT_EQ(with("/states/1/transitions/0", 7), "/states/1/transitions/0/event: a transition without an event");
  EXPECT_EQ(with("/states/1/transitions/0/next", Json::array()),
            "/states/1/transitions/0/next: where a transition leads is the name of a state");
  EXPECT_EQ(with("/initial_state", "b"),
            "/initial_state: the initial state is `b`, and the trigger is `Trigger`: where it begins cannot be told");
  EXPECT_EQ(with("/states/2/type", "trigger"), "/states/2: a second state of the type `trigger`");
  EXPECT_EQ(with("/states/0/type", "other"), "/states: no state is of the type `trigger`");
}

TEST(Studio, CallsOutputsOfASubFlowOtherThanItsInputs) {
  const Json json = definition(
      {state("who", "run-subflow", {{"completed", "hello"}, {"failed", ""}},
             {{"flow_sid", "FW1"},
              {"flow_revision", "LatestPublished"},
              {"parameters", {{{"key", "name"}, {"value", "x"}}, {{"key", "name_out"}, {"value", "y"}}}}}),
       state("hello", "send-message", {{"sent", ""}, {"failed", ""}}, {{"body", "Hello {{widgets.who.name}}"}})},
      "who");
  const Checked checked = import_and_check(json.dump());
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  ASSERT_EQ(checked.texts.size(), 2U);
  EXPECT_NE(checked.texts[0].find(".name_out_out"), std::string::npos) << checked.texts[0];
  EXPECT_NE(checked.texts[1].find("output name_out_out: text?"), std::string::npos) << checked.texts[1];
}

TEST(Studio, RecognisesNothingElse) {
  for (const char* text : {"{}", "[]", "7", R"({"states": 7})", R"({"states": [{"type": "x"}]})",
                           R"({"definition": "no JSON"})", R"({"definition": {"nodes": []}})"})
    EXPECT_FALSE(format().recognises(Json::parse(text))) << text;
  EXPECT_FALSE(format().from_text("no JSON").has_value());
}

// The text of a flow that asks once, `q`, and then does what `rest` says.
std::string text_after_question(std::vector<Json> rest, const std::string& next) {
  rest.insert(rest.begin(), state("q", "send-and-wait-for-reply", {{"incomingMessage", next}, {"timeout", next}},
                                  {{"body", "How many?"}, {"timeout", "60"}}));
  const Checked checked = import_and_check(definition(std::move(rest), "q").dump());
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  return checked.texts.front();
}

TEST(Studio, CountsWithWhatMayBeNoNumber) {
  const auto assigned = [](const char* value) {
    return text_after_question(
        {state("s", "set-variables", {{"next", "m"}}, {{"variables", {{{"key", "n"}, {"value", value}}}}}),
         state("m", "send-message", {{"sent", ""}}, {{"body", "{{flow.variables.n}}"}})},
        "s");
  };
  const auto has = [](const std::string& text, const char* wanted) {
    EXPECT_NE(text.find(wanted), std::string::npos) << text;
  };
  has(assigned("{{widgets.q.inbound.Body | plus: 0 | plus: 1}}"), "n = (number(qReply) ?? 0) + 1\n");
  has(assigned("{{widgets.q.inbound.Body | plus: 1 | minus: 2}}"), "n = (number(qReply) ?? 0) + 1 - 2\n");
  has(assigned("{{widgets.q.inbound.Body | round | plus: 1}}"), "n = round(number(qReply) ?? 0) + 1\n");
  has(assigned("{{widgets.nobody.inbound.Body | default: 'x'}}"), "n = \"x\"\n");
}

TEST(Studio, ComparesWhatMayBeNoNumber) {
  const auto condition = [](const char* type, const char* left, const char* right) {
    Json split = state("s", "split-based-on", {{"noMatch", ""}, {"match", "m"}}, {{"input", left}});
    split["transitions"][1]["conditions"] = {{{"type", type}, {"arguments", {left}}, {"value", right}}};
    const Json request = state("h", "make-http-request", {{"success", "s"}, {"failed", ""}},
                               {{"method", "GET"}, {"url", "https://api.example.com/x"}});
    const Json other = {{"type", "greater_than"}, {"arguments", {"{{widgets.h.parsed.count}}"}}, {"value", "3"}};
    Json last = state("m", "split-based-on", {{"noMatch", ""}, {"match", "e"}}, {{"input", left}});
    last["transitions"][1]["conditions"] = Json::array({other});
    const std::string text =
        text_after_question({request, split, last, state("e", "send-message", {{"sent", ""}}, {{"body", "x"}})}, "h");
    const std::size_t branch = text.find("\ns: branch {\n  ");
    EXPECT_NE(branch, std::string::npos) << text;
    const std::size_t from = branch + 15;
    return text.substr(from, text.find(" =>", from) - from);
  };
  EXPECT_EQ(condition("is_blank", "{{widgets.h.parsed.count}}", ""), "count is not set");
  EXPECT_EQ(condition("is_not_blank", "{{widgets.h.parsed.count}}", ""), "count is set");
  EXPECT_EQ(condition("equal_to", "{{widgets.h.parsed.count}}", " "), "count is not set");
  EXPECT_EQ(condition("greater_than", "{{widgets.h.parsed.count}}", "{{widgets.q.inbound.Body}}"),
            "(count is set and number(qReply) is set and (count ?? 0) > (number(qReply) ?? 0))");
  EXPECT_EQ(condition("equal_to", "{{widgets.h.parsed.count}}", "5"), "(count ?? 0) == 5");
  EXPECT_EQ(condition("equal_to", "{{widgets.h.parsed.count}}", "05"), "\"{{count ?? 0}}\" ~= \"05\"");
  EXPECT_EQ(condition("equal_to", "{{widgets.h.parsed.count}}", "5.0"), "\"{{count ?? 0}}\" ~= \"5.0\"");
  EXPECT_EQ(condition("less_than", "{{widgets.q.inbound.Body}}", "5"), "(number(qReply) ?? 5) < 5");
  EXPECT_EQ(condition("is_before_date", "{{widgets.q.inbound.Body}}", "12/31/2026"),
            "(date(qReply) ?? 2026-12-31) < 2026-12-31");
  EXPECT_EQ(condition("is_after_time", "{{widgets.q.inbound.Body}}", "9:30 PM"), "(time(qReply) ?? 21:30) > 21:30");
}

// Whether one of the notes says it.
bool told(const Checked& checked, std::string_view words) {
  const auto& notes = checked.imported.report.notes();
  return std::any_of(notes.begin(), notes.end(),
                     [&](const Note& note) { return note.message.find(words) != std::string::npos; });
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Studio, KeepsSendersAndSecretsApart) {
  const auto send = [](const char* name, const char* from, const char* next) {
    return state(name, "send-message", {{"sent", next}}, {{"from", from}, {"to", "+15550000009"}, {"body", "x"}});
  };
  const auto get = [](const char* name, const char* url, const char* next) {
    return state(name, "make-http-request", {{"success", next}, {"failed", next}}, {{"method", "GET"}, {"url", url}});
  };
  const Checked checked = import_and_check(
      definition({send("a", "+15550000001", "b"), send("b", "+15550000002", "c"), send("c", "+15550000001", "d"),
                  get("d", "https://u:p@one.example.com/", "e"), get("e", "https://v:q@two.example.com/", "f"),
                  get("f", "https://u:p@one.example.com/", "")},
                 "a")
          .dump());
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  EXPECT_TRUE(has(checked.workspace, "sender \"+15550000001\"")) << checked.workspace;
  EXPECT_TRUE(has(checked.workspace, "sender \"+15550000002\"")) << checked.workspace;
  EXPECT_TRUE(has(checked.workspace, "secret http_auth // of one.example.com")) << checked.workspace;
  EXPECT_TRUE(has(checked.workspace, "secret http_auth_2 // of two.example.com")) << checked.workspace;
}

TEST(Studio, SendsVariablesOfContentByTheirKeys) {
  const auto send = [](const char* name, const char* variables, const char* next) {
    return state(name, "send-message", {{"sent", next}},
                 {{"from", "whatsapp:+15550000001"}, {"content_sid", "HX1"}, {"content_variables", variables}});
  };
  const Checked checked = import_and_check(
      definition({send("a", R"({"2":"second","1":"first"})", "b"), send("b", R"({"1":"only"})", "")}, "a").dump());
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  EXPECT_TRUE(has(checked.texts.at(0), R"((x1: "first", x2: "second"))")) << checked.texts.at(0);
  EXPECT_TRUE(has(checked.texts.at(0), R"((x1: "only"))")) << checked.texts.at(0);
}

TEST(Studio, TellsWhatItTakesForSomethingElse) {
  Json again =
      state("c", "split-based-on", {{"noMatch", "d"}, {"match", "d"}}, {{"input", "{{contact.channel.address}}"}});
  again["transitions"][1]["conditions"] = Json::array({{{"type", "greater_than"},
                                                        {"friendly_name", "Many"},
                                                        {"arguments", {"{{widgets.b.parsed.n}}"}},
                                                        {"value", "3"}}});
  again["transitions"][1]["color"] = "red";
  const Checked checked = import_and_check(
      definition({state("a", "send-and-wait-for-reply", {{"incomingMessage", "b"}, {"timeout", ""}},
                        {{"body", "x"}, {"timeout", "9999999"}, {"from", "{{flow.data.line}}"}, {"channel", "CH1"}}),
                  state("b", "make-http-request", {{"success", "c"}, {"failed", "c"}},
                        {{"method", "POST"},
                         {"url", "https://api.example.com/"},
                         {"content_type", "application/xml"},
                         {"body", "<a/>"},
                         {"parameters", {{{"key", "k"}, {"value", "v"}, {"note", "n"}}}}}),
                  again, state("d", "send-message", {{"sent", ""}}, {{"body", "{{widgets.b.parsed.n}} left"}})},
                 "a")
          .dump());
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  EXPECT_TRUE(told(checked, "the timeout of 9999999 s is 30d"));
  EXPECT_TRUE(told(checked, "who sends, `{{flow.data.line}}`, is no number"));
  EXPECT_TRUE(told(checked, "`n` is 0 or false in a text when there is none"));
  EXPECT_TRUE(has(checked.texts.at(0), "header \"Content-Type\" = \"application/xml\"")) << checked.texts.at(0);
  const Json layout = to_json(checked.imported.flows.at(0).layout);
  const Json& split = layout["steps"]["c"]["properties"];
  EXPECT_EQ(split["input"], "{{contact.channel.address}}");
  EXPECT_EQ(split["aside"]["/transitions/1/color"], "red");
  EXPECT_EQ(split["aside"]["/transitions/1/conditions/0/friendly_name"], "Many");
  EXPECT_EQ(layout["steps"]["b"]["properties"]["aside"]["/properties/parameters/0/note"], "n");
  EXPECT_EQ(layout["steps"]["a"]["properties"]["channel"], "CH1");
}

TEST(Studio, TellsThatKeysAndSpeechAreOneValue) {
  const Checked checked =
      import_and_check(definition({state("g", "gather-input-on-call", {{"keypress", "m"}, {"speech", "m"}}),
                                   state("m", "send-message", {{"sent", ""}},
                                         {{"body", "{{widgets.g.Digits}} or {{widgets.g.SpeechResult}}"}})},
                                  "g")
                           .dump());
  EXPECT_TRUE(told(checked, "what is pressed and what is said are one value"));
}

TEST(Studio, TakesSoManyTriggers) {
  const auto events = [](std::size_t count) {
    Json json = definition({state("a", "send-message", {}, {{"body", "x"}})}, "a");
    for (std::size_t i = 1; i < count; ++i)
      json["states"][0]["transitions"].push_back({{"event", fmt::format("event{}", i)}, {"next", "a"}});
    return refused(json);
  };
  EXPECT_EQ(events(limits::kImportTriggersMax), "");
  EXPECT_EQ(events(limits::kImportTriggersMax + 1), "/states/0: 17 events start it, and an import takes 16 at most");
}

TEST(Studio, TakesOneFlowOfAFile) {
  const std::string one =
      "resource \"twilio_studio_flows_v2\" \"a\" {\n definition = jsonencode({states=[{name=\"T\",type=\"trigger\","
      "transitions=[]}],initial_state=\"T\"})\n}\n";
  EXPECT_EQ(import_and_check("# the shop\n" + one).refused(), "");
  EXPECT_EQ(import_and_check("/* " + one + "*/\n// " + one.substr(0, 40) + "\n" + one).refused(), "");
  EXPECT_EQ(import_and_check(one + one).refused(),
            "/definition: the file has 2 flows, and an import reads one of a file");
}

TEST(Studio, TakesHostileNames) {
  std::vector<Json> states;
  const std::vector<std::string> names = {"end",
                                          "next",
                                          "a b",
                                          "a_b",
                                          "\"}{",
                                          "=> end",
                                          "日本",
                                          "",
                                          "or",
                                          "{{x}}",
                                          std::string(1000, 'x'),
                                          std::string(1000, 'x') + "y",
                                          "// x",
                                          "\n",
                                          "Start"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string next = i + 1 < names.size() ? names[i + 1] : "";
    if (names[i].empty()) continue;
    states.push_back(
        state(names[i], "set-variables", {{"next", next}},
              {{"variables", {{{"key", names[i]}, {"value", "\"\"\"\n{{flow.variables." + names[i] + "}}"}}}}}));
  }
  const Checked checked = import_and_check(definition(states, "end").dump());
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings() << checked.texts.at(0);
}

// Time and memory are linear: what takes long at a hundred times the size fails the machine, not a clock.
TEST(Studio, TakesTenThousandStates) {
  constexpr int kStates = 10'000;
  std::vector<Json> states;
  for (int i = 0; i < kStates; ++i) {
    const std::string next = fmt::format("s{}", (i + 1) % kStates);
    const Json message = {{"body", fmt::format("Number {}, {{{{contact.channel.address}}}}", i)}};
    switch (i % 4) {
      case 0:
        states.push_back(state(fmt::format("s{}", i), "send-message", {{"sent", next}, {"failed", "s7"}}, message));
        break;
      case 1: {
        Json split =
            state(fmt::format("s{}", i), "split-based-on", {{"noMatch", next}, {"match", "s3"}}, {{"input", "x"}});
        split["transitions"][1]["conditions"] = {
            {{"type", "contains"}, {"arguments", {"{{flow.variables.v5}}"}}, {"value", fmt::format("x{}", i)}}};
        states.push_back(std::move(split));
        break;
      }
      case 2:
        states.push_back(
            state(fmt::format("s{}", i), "set-variables", {{"next", next}},
                  {{"variables", {{{"key", fmt::format("v{}", i % 50)}, {"value", "{{trigger.message.Body}}"}}}}}));
        break;
      default:
        states.push_back(state(fmt::format("s{}", i), "send-and-wait-for-reply", {{"incomingMessage", next}}, message));
    }
  }
  const Imported imported = format().read(definition(states, "s0"), {.flow_name = "big"});
  EXPECT_FALSE(imported.report.failed());
  ASSERT_EQ(imported.flows.size(), 1U);
  EXPECT_EQ(imported.flows[0].flow.steps.size(), kStates + 1U);
  const auto text = write(imported.flows[0].flow);
  ASSERT_TRUE(text) << text.error().message;
}

// Each variable is the one before and a little more: all of them together are the square of the text.
TEST(Studio, KeepsTextsWhosePartsAreTooLong) {
  const auto note_of = [](int assigns) {
    std::string body = "{% assign v0 = trigger.message.Body %}";
    for (int i = 0; i < assigns; ++i) body += fmt::format("{{% assign v{} = v{} | append: 'x' %}}", i + 1, i);
    body += fmt::format("{{{{ v{} }}}}", assigns);
    const Imported imported =
        format().read(definition({state("s0", "send-message", {{"sent", ""}, {"failed", ""}}, {{"body", body}})}, "s0"),
                      {.flow_name = "long"});
    EXPECT_FALSE(imported.report.failed());
    for (const Note& note : imported.report.notes())
      if (note.message.find("whose parts are longer than the language has") != std::string::npos) return note.pointer;
    return std::string();
  };
  EXPECT_EQ(note_of(100), "");
  EXPECT_EQ(note_of(2000), "/states/1/properties/body");
}

TEST(Studio, SaysWhenAFlowHasMoreVariablesThanTheLanguage) {
  std::vector<Json> states;
  for (std::size_t i = 0; i <= limits::kVariablesMax; ++i)
    states.push_back(state(fmt::format("s{}", i), "set-variables", {{"next", fmt::format("s{}", i + 1)}},
                           {{"variables", {{{"key", fmt::format("v{}", i)}, {"value", "x"}}}}}));
  EXPECT_EQ(refused(definition(states, "s0")),
            "/states/0: the flow needs 501 variables, and the language has 500 at most");
}

}  // namespace
}  // namespace flow::importing::studio
