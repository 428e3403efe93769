#include "runtime/program/http_call.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::program {
namespace {

OperationInfo site_of(std::vector<std::string> places) {
  OperationInfo site;
  site.kind = OperationKind::http;
  site.target = "POST";
  site.arguments = std::move(places);
  using Kind = OperationOutcome::Kind;
  site.outcomes = {{Kind::failed, 0}, {Kind::ok, 0}, {Kind::status, 404}, {Kind::status, 201}};
  return site;
}

TEST(HttpCall, EncodesEachValueForItsPlace) {
  const auto site = site_of({"url", "url value", "query page", "query x", "header X-A", "json", "json text", "json"});
  const std::vector<std::string> values = {"https://h/", "a/b c\xC3\xA9", "1&2", "", "v", "{\"a\":", "q\"\n\x01", "}"};
  const auto call = http_call(site, values);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->method, "POST");
  EXPECT_EQ(call->url, "https://h/a%2Fb%20c%C3%A9?page=1%262&x=");
  EXPECT_EQ(call->body, "{\"a\":\"q\\\"\\n\\u0001\"}");
  const std::vector<std::pair<std::string, std::string>> headers = {{"X-A", "v"}, {"Content-Type", "application/json"}};
  EXPECT_EQ(call->headers, headers);
}

TEST(HttpCall, FormsTextsAndQueriesThatAreThere) {
  const std::vector<std::string> fields = {"https://h/?a=b", "1 2", "x&y", "z"};
  const auto form = http_call(site_of({"url", "form a b", "form c", "query d"}), fields);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->url, "https://h/?a=b&d=z");
  EXPECT_EQ(form->body, "a%20b=1%202&c=x%26y");
  const std::vector<std::string> typed = {"text/csv", "a;b"};
  const auto text = http_call(site_of({"header content-type", "text"}), typed);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->headers.size(), 1U);
  EXPECT_EQ(text->body, "a;b");
}

TEST(HttpCall, AHeaderHasNoLineEnd) {
  const std::vector<std::string> values = {"a\r\nHost: other", "secret"};
  const auto call = http_call(site_of({"header X-A", "text"}), values);
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().message, "a control character in the header `X-A`");
}

TEST(HttpCall, SecretsStandWhereTheirNamesWere) {
  const auto site = site_of({"url", "header Authorization", "secret header Authorization", "header X", "header X",
                             "secret header X", "header X", "json", "secret json", "json", "secret json text", "json"});
  const std::vector<std::string> values = {"https://h/", "Bearer ", "token",  "a",   "b",      "quoted",
                                           "-c",         "[\"k=",   "quoted", "\",", "quoted", "]"};
  const SecretLookUp look_up = [](std::string_view name) -> std::optional<std::string> {
    if (name == "token") return "t0ken";
    if (name == "quoted") return "q\"";
    return std::nullopt;
  };
  const auto call = http_call(site, values, look_up);
  ASSERT_TRUE(call);
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Authorization", "Bearer t0ken"}, {"X", "a"}, {"X", "bq\"-c"}, {"Content-Type", "application/json"}};
  EXPECT_EQ(call->headers, headers);
  EXPECT_EQ(call->body, R"(["k=q\"","q\""])");
  const auto shown = http_call(site, values);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->headers[0].second, "Bearer ***");
  const std::vector<std::string> fields = {"token", "x", "token"};
  EXPECT_EQ(http_call(site_of({"secret form a", "form a", "secret form b"}), fields, look_up)->body,
            "a=t0kenx&b=t0ken");
  const std::vector<std::string> unknown = {"nobody"};
  const auto missing = http_call(site_of({"secret text"}), unknown, look_up);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "no secret `nobody` is configured");
}

TEST(HttpCall, ASecretOfAHeaderHasNoLineEnd) {
  const std::vector<std::string> values = {"token"};
  const auto call = http_call(site_of({"secret header X-A"}), values, [](std::string_view) { return "a\nb: c"; });
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().message, "a control character in the header `X-A`");
}

class HttpResult : public testing::Test {
 protected:
  HttpResult() {
    const auto add = [&](std::string name, ValueType type, std::string path, bool optional) {
      FieldInfo field;
      field.name = std::move(name);
      field.type = type;
      field.chars_max = type == ValueType::text ? 5 : 0;
      site_.reads.push_back({static_cast<std::uint32_t>(info_.fields.size()), std::move(path), optional});
      info_.fields.push_back(std::move(field));
    };
    add("eta", ValueType::text, "delivery.eta", true);
    add("count", ValueType::number, "count", false);
    add("phone", ValueType::phone, "phone", true);
    add("ready", ValueType::boolean, "ready", true);
    add("pause", ValueType::duration, "pause", true);
    add("region", ValueType::region, "region", true);
  }

  std::int32_t outcome(int status, std::string_view body) {
    return http_result(info_, site_, status, body).event.outcome;
  }

  FlowInfo info_;
  OperationInfo site_ = site_of({});
};

TEST_F(HttpResult, TakesTheArmOfTheStatus) {
  EXPECT_EQ(outcome(200, R"({"count":1})"), 1);
  EXPECT_EQ(outcome(299, R"({"count":1})"), 1);
  EXPECT_EQ(outcome(404, ""), 2);
  EXPECT_EQ(outcome(201, ""), 3);
  for (const int status : {0, 199, 300, 400, 500, 503, -1}) EXPECT_EQ(outcome(status, R"({"count":1})"), 0) << status;
}

TEST_F(HttpResult, TakesWhatIsRead) {
  WrittenEvent result = http_result(info_, site_, 200,
                                    R"({"delivery":{"eta":"today"},"count":2.5,"phone":"+639171234567","ready":true,)"
                                    R"("pause":"1h30m","region":"PH"})");
  result.point_to_texts();
  ASSERT_EQ(result.event.outcome, 1);
  ASSERT_EQ(result.event.value_count, 6U);
  EXPECT_EQ(std::string_view(result.values[0].text.data, result.values[0].text.size), "today");
  EXPECT_EQ(result.values[1].scalar, 2'500'000);
  EXPECT_EQ(std::string_view(result.values[2].text.data, result.values[2].text.size), "+639171234567");
  EXPECT_EQ(result.values[3].scalar, 1);
  EXPECT_EQ(result.values[4].scalar, 5'400'000);
  EXPECT_EQ(result.values[5].scalar, ('P' << 8) + 'H');
}

TEST_F(HttpResult, WhatIsMissingIsAbsentWhereItMay) {
  const WrittenEvent result = http_result(info_, site_, 200, R"({"delivery":null,"count":1,"phone":null})");
  ASSERT_EQ(result.event.outcome, 1);
  EXPECT_EQ(result.values[0].present, 0U);
  EXPECT_EQ(result.values[2].present, 0U);
}

TEST_F(HttpResult, AnythingElseHasFailed) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string bodies[] = {"",
                                "{",
                                "[]",
                                "\xff",
                                "{}",
                                R"({"count":null})",
                                R"({"count":"one"})",
                                R"({"count":true})",
                                R"({"count":[1]})",
                                R"({"count":1e300})",
                                R"({"count":1,"delivery":{"eta":[5]}})",
                                R"({"count":1,"delivery":{"eta":1234567}})",
                                R"({"count":1,"delivery":{"eta":"longer"}})",
                                R"({"count":1,"phone":"0917"})",
                                R"({"count":1,"ready":1})",
                                R"({"count":1,"pause":5})",
                                R"({"count":1,"region":"Malaysia"})",
                                deep};
  for (const std::string& body : bodies) {
    const WrittenEvent result = http_result(info_, site_, 200, body);
    EXPECT_EQ(result.event.outcome, 0) << body.substr(0, 40);
    EXPECT_TRUE(result.values.empty());
  }
}

// Whether a number stands in quotes is the other system's affair.
TEST_F(HttpResult, ValuesAreReadInQuotesAndWithout) {
  const auto eta = [&](const std::string& value) {
    const WrittenEvent result = http_result(info_, site_, 200, R"({"count":1,"delivery":{"eta":)" + value + "}}");
    return result.event.outcome == 1 ? result.value_texts.at(0).second : "refused";
  };
  EXPECT_EQ(eta("5"), "5");
  EXPECT_EQ(eta("-2.50"), "-2.5");
  EXPECT_EQ(eta("1e3"), "1000");
  EXPECT_EQ(eta("false"), "false");
  EXPECT_EQ(eta("\"007\""), "007");
  const WrittenEvent result = http_result(info_, site_, 200, R"({"count":"12.50","ready":"true"})");
  ASSERT_EQ(result.event.outcome, 1);
  EXPECT_EQ(result.values[1].scalar, 12'500'000);
  EXPECT_EQ(result.values[3].scalar, 1);
}

TEST_F(HttpResult, ListsAreBroughtIntoTheirForm) {
  FieldInfo& list = info_.fields[0];
  list.type = ValueType::list;
  list.chars_max = 0;
  list.items_max = 2;
  list.parts.push_back({.name = "", .type = ValueType::record, .choices = {}});
  list.parts[0].parts.push_back({.name = "day", .type = ValueType::text, .choices = {}});
  const auto body = [](const std::string& eta) { return R"({"count":1,"delivery":{"eta":)" + eta + "}}"; };
  WrittenEvent result = http_result(info_, site_, 200, body(R"([{"x":1,"day":"mon"}, {"day":"a\"b"}])"));
  result.point_to_texts();
  ASSERT_EQ(result.event.outcome, 1);
  EXPECT_EQ(std::string_view(result.values[0].text.data, result.values[0].text.size),
            R"([{"day":"mon"},{"day":"a\"b"}])");
  result = http_result(info_, site_, 200, body(R"([{"day":1},{"day":true}])"));
  result.point_to_texts();
  ASSERT_EQ(result.event.outcome, 1);
  EXPECT_EQ(std::string_view(result.values[0].text.data, result.values[0].text.size),
            R"([{"day":"1"},{"day":"true"}])");
  for (const char* wrong : {"{}", "\"[]\"", "[1]", "[{}]", R"([{"day":[1]}])", R"([{"day":""},{"day":""},{"day":""}])"})
    EXPECT_EQ(outcome(200, body(wrong)), 0) << wrong;
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(outcome(200, body(deep)), 0);
  EXPECT_EQ(outcome(200, body("[{\"day\":" + deep + "}]")), 0);
  EXPECT_EQ(outcome(200, body("[{\"day\":\"mon\",\"x\":" + deep + "}]")), 1);
}

TEST_F(HttpResult, ATextHasALimit) {
  info_.fields[0].chars_max = 0;
  const auto body = [](std::size_t size) {
    return R"({"count":1,"delivery":{"eta":")" + std::string(size, 'x') + "\"}}";
  };
  EXPECT_EQ(outcome(200, body(limits::kTextValueBytesMax)), 1);
  EXPECT_EQ(outcome(200, body(limits::kTextValueBytesMax + 1)), 0);
}

}  // namespace
}  // namespace flow::program
