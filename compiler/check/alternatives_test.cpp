#include "compiler/check/alternatives.h"

#include <gtest/gtest.h>

#include "runtime/program/pattern.h"

namespace flow::check {
namespace {

TEST(Alternatives, AnEmptyOneIsFound) {
  for (const char* regex : {"a|", "|a", "a||b", "(a|)", "(|a)b", "(?:a||b)", "(?i)|a", "(?i:a|)", "(?P<n>|a)",
                            "x(a|b|)y", "[|]|", "\\||", "(a)|", "((a|b)|)", "\\Q|\\E|"}) {
    EXPECT_TRUE(program::check_regex(regex)) << regex;
    EXPECT_TRUE(has_empty_alternative(regex)) << regex;
  }
}

TEST(Alternatives, OthersAreNot) {
  for (const char* regex : {"",         "a",      "a|b",  "()",           "(a)?",    "(a|b)c|d", "[|]",   "[]|]",
                            "[^]|]",    "[\\]|]", "\\|",  "a\\|",         "(?i)a|b", "(?:)",     "\\(|a", "(\\||a)",
                            "\\Q||\\E", "\\Q||",  "()|a", "[[:alpha:]|]", "[a:]|b",  "[[:]|b"}) {
    EXPECT_TRUE(program::check_regex(regex)) << regex;
    EXPECT_FALSE(has_empty_alternative(regex)) << regex;
  }
}

}  // namespace
}  // namespace flow::check
