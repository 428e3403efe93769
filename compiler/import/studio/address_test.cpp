#include "compiler/import/studio/address.h"

#include <gtest/gtest.h>

namespace flow::importing::studio {
namespace {

std::string read(const std::string& url) {
  State state;
  state.name = "get_order";
  state.properties["url"] = url;
  const auto address = address_of(state);
  if (!address) return "none";
  return (address->made_up ? "made up: " : "") + address->scheme + " " + address->host + " " + address->rest;
}

TEST(Address, IsWrittenOutAsFarAsItsHost) {
  EXPECT_EQ(read("https://Shop.example.com:8443/a?b={{c}}#d"), "https shop.example.com:8443 /a?b={{c}}");
  EXPECT_EQ(read(" http://user:pass@shop.example.com "), "http shop.example.com /");
  EXPECT_EQ(read("HtTpS://shop.example.com?a=://"), "https shop.example.com /?a=://");
}

TEST(Address, HasAMadeUpHostWhereTerraformOrNobodyWritesIt) {
  EXPECT_EQ(read("{{terraform.helper_url}}/send"), "made up: https helper-url.invalid /send");
  EXPECT_EQ(read("https://{{terraform.var.Shop}}-api.example.com/x"), "made up: https var-shop-api.example.com /x");
  EXPECT_EQ(read("http://{{terraform.host}}"), "made up: http host.invalid /");
  EXPECT_EQ(read(""), "made up: https get-order.invalid /");
  EXPECT_EQ(read("https://YOUR_SITE/x"), "made up: https your-site.invalid /x");
  EXPECT_EQ(read("https://<HOST>"), "made up: https host.invalid /");
  EXPECT_EQ(read("https://user:pass@{{terraform.host}}/x"), "made up: https host.invalid /x");
}

TEST(Address, IsNothingWhereTheFlowHasItAtRunTime) {
  EXPECT_EQ(read("{{flow.data.url}}"), "none");
  EXPECT_EQ(read("https://{{flow.data.host}}/x"), "none");
  EXPECT_EQ(read("https://{% if a %}b{% endif %}/x"), "none");
  EXPECT_EQ(read("shop.example.com/x"), "none");
  EXPECT_EQ(read("ftp://shop.example.com"), "none");
}

}  // namespace
}  // namespace flow::importing::studio
