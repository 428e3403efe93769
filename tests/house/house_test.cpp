// House rules that a machine can see, with the replacement in the message.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <fmt/format.h>

#include "tests/house/tree.h"

namespace flow::house {
namespace {

// docs/adding-a-component.md: what comes down to other components is in the catalogue and in one file of the checks.
TEST(House, AComponentThatComesDownToOthersIsInOnePlace) {
  const std::map<std::string, std::string> components = {{"schedule", "compiler/check/schedule.cpp"},
                                                         {"recognize_email", "compiler/check/recognize_text.cpp"},
                                                         {"typing", "compiler/check/typing.cpp"}};
  for (const auto& [id, check] : components) {
    const std::string names[] = {"Component::" + id, "check_" + id, "FLOW_COMPONENT(" + id + ")"};
    const auto is_named = [&](const std::string& text) {
      return std::any_of(std::begin(names), std::end(names), [&](const std::string& name) {
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
          const char next = at + name.size() < text.size() ? text[at + name.size()] : ' ';
          if (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '_') return true;
        }
        return false;
      });
    };
    std::set<std::string> found;
    for (const SourceFile& file : source_files({".h", ".cpp", ".def"})) {
      const bool code = file.path.starts_with("compiler/") || file.path.starts_with("runtime/");
      if (code && !file.path.ends_with("_test.cpp") && is_named(file.text)) found.insert(file.path);
    }
    EXPECT_EQ(found,
              (std::set<std::string>{"compiler/catalogue/components.cpp", "compiler/catalogue/components.def", check}));
  }
}

// Built from pieces, so that this file does not find itself.
TEST(House, BannedWordsHaveAReplacement) {
  struct Ban {
    std::regex pattern;
    std::string instead;
    std::set<std::string> except;
  };
  const std::vector<Ban> bans = {
      {std::regex("\\b(TO"
                  "DO|FIX"
                  "ME|XX"
                  "X|HA"
                  "CK)\\b"),
       "finish it, or write an issue",
       {}},
      {std::regex(R"(std::(cout|cerr)\b)"), "fmt::print, or the log", {}},
      {std::regex(R"(\b(strcpy|strcat|sprintf|gets|atoi|atol|atof|strtok)\s*\()"), "std::string, fmt, from_chars", {}},
      {std::regex(R"(\brand\s*\(\))"), "a seeded std::mt19937_64, or runtime/crypto random bytes", {}},
      {std::regex(R"(std::(format|print)\()"), "fmt: g++ 12 has neither", {}},
      {std::regex("GTEST_"
                  "SKIP|DISABLED"
                  "_[A-Z]"),
       "a test that runs",
       {}},
  };
  for (const SourceFile& file : source_files({".h", ".cpp", ".g4", ".cmake", "CMakeLists.txt"})) {
    const std::vector<std::string> all = lines(file.text);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const Ban& ban : bans) {
        if (file.path == "tests/house/house_test.cpp" || ban.except.contains(file.path)) continue;
        EXPECT_FALSE(std::regex_search(all[i], ban.pattern))
            << file.path << ":" << i + 1 << ": " << all[i] << "\n  instead: " << ban.instead;
      }
    }
  }
}

TEST(House, HeadersSayWhatTheyAreFor) {
  for (const SourceFile& file : source_files({".h"})) {
    EXPECT_TRUE(file.text.starts_with("//")) << file.path << ": begin with a comment that says what it is for";
    EXPECT_NE(file.text.find("#pragma once"), std::string::npos) << file.path << ": #pragma once is missing";
  }
}

// A ratchet: what crosses the line is split; what is listed may only shrink.
TEST(House, FilesStayReadable) {
  const std::map<std::string, std::size_t> grown = {};
  constexpr std::size_t kLinesMax = 700;
  for (const SourceFile& file : source_files({".h", ".cpp"})) {
    const std::size_t count = lines(file.text).size();
    const auto known = grown.find(file.path);
    const std::size_t limit = known == grown.end() ? kLinesMax : known->second;
    EXPECT_LE(count, limit) << file.path << " has " << count << " lines: split it by what it does";
  }
}

// Whoever doubts the prover reads what checks it. It is to be read in one sitting.
TEST(House, TheCertificateCheckerStaysSmall) {
  constexpr std::size_t kLinesMax = 500;
  std::size_t count = 0;
  for (const SourceFile& file : source_files({".h", ".cpp"})) {
    if (!file.path.starts_with("compiler/certificate/")) continue;
    for (const std::string& line : lines(file.text)) {
      const std::size_t first = line.find_first_not_of(' ');
      if (first != std::string::npos && line.compare(first, 2, "//") != 0) ++count;
    }
  }
  EXPECT_GT(count, 0U);
  EXPECT_LE(count, kLinesMax) << "the checker of certificates has " << count << " lines of code";
}

// Every limit is named by a test that reaches it.
TEST(House, EveryLimitHasATest) {
  const std::regex limit(R"(constexpr [\w:]+ (k\w+) =)");
  std::string limits;
  std::string tests;
  for (const SourceFile& file : source_files({".h", ".cpp"})) {
    if (file.path == "base/limits.h") limits = file.text;
    if (file.path.ends_with("_test.cpp") || file.path.starts_with("tests/")) tests += file.text;
  }
  ASSERT_FALSE(limits.empty());
  for (std::sregex_iterator it(limits.begin(), limits.end(), limit), end; it != end; ++it) {
    const std::string name = (*it)[1];
    EXPECT_NE(tests.find(name), std::string::npos) << "no test names limits::" << name << ": add one that reaches it";
  }
}

// The table of checks names codes that the compiler has, and cases that show them; its numbers are 1 to 65.
TEST(House, TheTableOfChecksIsTrue) {
  const std::string root = FLOW_SOURCE_DIR;
  std::string table;
  for (const SourceFile& file : source_files({".md"}))
    if (file.path == "docs/decisions/0020-checks.md") table = file.text;
  int rows = 0;
  for (const std::string& line : lines(table)) {
    if (line.starts_with(fmt::format("| {} |", rows + 1))) ++rows;
    // A case is called by its code.
    const std::regex word(R"(F\d{4}(_[a-z_0-9]+)?)");
    for (std::sregex_iterator it(line.begin(), line.end(), word), end; it != end; ++it) {
      const std::string name = it->str();
      const bool code = !(*it)[1].matched;
      const std::string path = code ? "/docs/diagnostics/" + name + ".md" : "/tests/golden/cases/" + name + ".expected";
      EXPECT_TRUE(std::filesystem::exists(root + path)) << line;
    }
  }
  EXPECT_EQ(rows, 65);
}

// Links between the pages of the documentation lead somewhere.
TEST(House, DocumentationLinksLeadSomewhere) {
  const std::regex link(R"(\]\(([^)#\s]+)(#[^)]*)?\))");
  for (const SourceFile& file : source_files({".md"})) {
    const auto folder = std::filesystem::path(FLOW_SOURCE_DIR) / std::filesystem::path(file.path).parent_path();
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), link), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (target.find("://") != std::string::npos || target.starts_with("mailto:")) continue;
      EXPECT_TRUE(std::filesystem::exists(folder / target)) << file.path << " links to " << target;
    }
  }
}

// Each line of docs/guarantees.md names a test that there is.
TEST(House, GuaranteesNameTheirTests) {
  std::string recipes;
  std::string page;
  for (const SourceFile& file : source_files({"CMakeLists.txt"})) recipes += file.text;
  for (const SourceFile& file : source_files({".md"})) {
    if (file.path == "docs/guarantees.md") page = file.text;
  }
  std::size_t promises = 0;
  for (const std::string& line : lines(page)) {
    if (!line.starts_with("| ") || line.starts_with("| ---") || line.starts_with("| Promise")) continue;
    ++promises;
    const std::string shown_by = line.substr(line.find(" | "));
    const std::regex name("`([a-z_]+_test)`");
    std::size_t named = 0;
    for (std::sregex_iterator it(shown_by.begin(), shown_by.end(), name), end; it != end; ++it, ++named) {
      const std::string test = (*it)[1].str() + " ";
      const bool there = recipes.find("flow_test(" + test) != std::string::npos ||
                         recipes.find("COMMAND " + test) != std::string::npos;
      EXPECT_TRUE(there) << "docs/guarantees.md names " << test << "which does not exist";
    }
    EXPECT_GT(named, 0U) << line << ": name the test that shows it";
  }
  EXPECT_GT(promises, 0U);
}

// Each metric that operators are told to watch is one that flowd has.
TEST(House, MetricsOfThePagesExist) {
  std::string sources;
  for (const SourceFile& file : source_files({".cpp"})) {
    if (file.path.starts_with("runtime/") && !file.path.ends_with("_test.cpp")) sources += file.text;
  }
  const std::regex name("`(flow_[a-z_]+)`");
  std::size_t named = 0;
  for (const SourceFile& file : source_files({".md"})) {
    if (file.path != "docs/operating.md") continue;
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), name), end; it != end; ++it, ++named) {
      EXPECT_NE(sources.find("\"" + (*it)[1].str() + "\""), std::string::npos)
          << file.path << " names the metric " << (*it)[1] << ", which does not exist";
    }
  }
  EXPECT_GT(named, 20U);
}

// Scripts and pages name no path of the machine that they were written on.
TEST(House, NothingNamesThisMachine) {
  const std::string root = std::filesystem::path(FLOW_SOURCE_DIR).string();
  for (const SourceFile& file :
       source_files({".h", ".cpp", ".md", ".cmake", "CMakeLists.txt", ".json", ".flow", ".toml"})) {
    EXPECT_EQ(file.text.find(root), std::string::npos) << file.path << " names " << root;
  }
}

}  // namespace
}  // namespace flow::house
