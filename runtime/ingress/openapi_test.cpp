// The document and the table of routes are written by hand, apart from each other: here they are compared.
#include "runtime/ingress/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "runtime/http/json.h"
#include "runtime/ingress/routes.h"

namespace flow::ingress {
namespace {

using http::Json;

Json document() {
  return Json::parse(openapi_document());
}

TEST(OpenApi, HasExactlyTheRoutes) {
  std::set<std::string> described;
  const Json all = document();  // a name of its own: the loop's temporary would be gone
  for (const auto& [path, item] : all.at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      described.insert(method + " " + path + " " + operation.at("operationId").get<std::string>());
    }
  }
  std::set<std::string> served;
  for (const Route& route : routes()) {
    served.insert(http::lower_case(route.method) + " " + std::string(route.pattern) + " " + std::string(route.name));
  }
  EXPECT_EQ(described, served);
}

TEST(OpenApi, HasTheScopesParametersAndBodiesOfTheRoutes) {
  for (const Route& route : routes()) {
    const Json operation = document().at("paths").at(std::string(route.pattern)).at(http::lower_case(route.method));
    const Json security = route.scope ? Json::array({{{"bearer", {to_string(*route.scope)}}}}) : Json::array();
    EXPECT_EQ(operation.at("security"), security) << route.name;
    EXPECT_EQ(operation.at("responses").contains("401"),
              route.scope || route.pattern.find("webhooks") != std::string_view::npos)
        << route.name;
    std::set<std::string> wanted;
    for (std::string_view rest = route.pattern; rest.find('{') != std::string_view::npos;) {
      const auto open = rest.find('{');
      const auto close = rest.find('}');
      wanted.insert(std::string(rest.substr(open + 1, close - open - 1)));
      rest = rest.substr(close + 1);
    }
    std::set<std::string> described;
    for (const Json& parameter : operation.value("parameters", Json::array())) {
      if (parameter.at("in") == "path") described.insert(parameter.at("name"));
    }
    EXPECT_EQ(described, wanted) << route.name;
  }
}

// Every reference leads somewhere.
void check_references(const Json& root, const Json& value) {
  if (value.is_object() && value.contains("$ref")) {
    const auto pointer = value.at("$ref").get<std::string>().substr(1);
    EXPECT_TRUE(root.contains(Json::json_pointer(pointer))) << pointer;
  }
  if (value.is_structured()) {
    for (const Json& inner : value) check_references(root, inner);
  }
}

TEST(OpenApi, ReferencesResolve) {
  const Json root = document();
  EXPECT_EQ(root.at("openapi"), "3.1.0");
  check_references(root, root);
}

}  // namespace
}  // namespace flow::ingress
