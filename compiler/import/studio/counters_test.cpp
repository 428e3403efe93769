#include "compiler/import/studio/counters.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace flow::importing::studio {
namespace {

std::string read(std::string_view text) {
  const auto counter = counter_of(liquid::parse(text));
  if (!counter) return "none";
  return fmt::format("{} {} {}{}", liquid::to_string(counter->path), counter->first, counter->step,
                     counter->has_space ? " space" : "");
}

TEST(Counters, AreReadWhereTheyCount) {
  EXPECT_EQ(read("{% if flow.variables.n %}{{flow.variables.n | plus: 1}}{% else %}1{% endif %}"),
            "flow.variables.n 0 1");
  EXPECT_EQ(read(" {%if n%} {{ n| plus: 2 }} {%else%} 0 {%endif%}\n"), "n -2 2 space");
}

TEST(Counters, AreNothingElse) {
  EXPECT_EQ(read(""), "none");
  EXPECT_EQ(read("1"), "none");
  EXPECT_EQ(read("{{n | plus: 1}}"), "none");
  EXPECT_EQ(read("{% if n %}{{n | plus: 1}}{% endif %}"), "none");
  EXPECT_EQ(read("{% if n %}{{m | plus: 1}}{% else %}1{% endif %}"), "none");
  EXPECT_EQ(read("{% if n == 1 %}{{n | plus: 1}}{% else %}1{% endif %}"), "none");
  EXPECT_EQ(read("{% if n %}{{n | times: 2}}{% else %}1{% endif %}"), "none");
  EXPECT_EQ(read("{% if n %}{{n | plus: 1}}{% else %}one{% endif %}"), "none");
  EXPECT_EQ(read("{% if n %}{{n | plus: m}}{% else %}1{% endif %}"), "none");
  EXPECT_EQ(read("{% if n %}{{n | plus: 1}}{% elsif m %}2{% else %}1{% endif %}"), "none");
  EXPECT_EQ(read("{% if n %}{{n | plus: 1}}{% else %}1{% endif %} and"), "none");
  EXPECT_EQ(read("{% if n %}{{n | plus: 1}}{% else %}12345678901{% endif %}"), "none");
}

}  // namespace
}  // namespace flow::importing::studio
