// Arrows point one way: which folder may include which. docs/architecture.md draws the same picture.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>

#include "tests/house/tree.h"

namespace flow::house {
namespace {

// A folder may include itself and what is listed; "base" may be included by all. A folder that is missing here may
// not be added without an entry.
const std::map<std::string, std::set<std::string>>& arrows() {
  static const std::map<std::string, std::set<std::string>> table = {
      {"base", {}},
      {"numbers", {}},
      {"calendar", {}},
      {"languages", {}},
      {"runtime/program", {"calendar", "languages", "numbers"}},
      {"runtime/crypto", {}},
      {"runtime/http", {}},
      {"runtime/config", {"runtime/crypto"}},
      {"runtime/core", {"runtime/program", "runtime/crypto", "numbers", "calendar"}},
      {"runtime/tables", {}},
      {"runtime/timers", {"runtime/program"}},
      {"runtime/store", {"runtime/core", "runtime/program", "runtime/crypto"}},
      {"runtime/outbox", {"runtime/core", "runtime/program", "runtime/timers"}},
      {"runtime/operations", {"runtime/core", "runtime/program", "runtime/config", "runtime/http", "runtime/outbox"}},
      {"runtime/service",
       {"runtime/core", "runtime/program", "runtime/store", "runtime/tables", "runtime/timers", "runtime/operations",
        "runtime/outbox", "runtime/crypto", "numbers"}},
      {"runtime/cluster",
       {"runtime/core", "runtime/program", "runtime/store", "runtime/service", "runtime/http", "runtime/crypto"}},
      {"runtime/channels",
       {"runtime/core", "runtime/program", "runtime/crypto", "runtime/http", "runtime/outbox", "runtime/config",
        "runtime/service", "numbers"}},
      {"runtime/ingress",
       {"runtime/core", "runtime/program", "runtime/crypto", "runtime/http", "runtime/service", "runtime/config",
        "runtime/channels", "runtime/outbox", "numbers"}},
      {"compiler/source", {}},
      {"compiler/diagnostics", {"compiler/source"}},
      {"compiler/syntax", {"compiler/source", "compiler/diagnostics"}},
      {"compiler/catalogue", {"compiler/source", "runtime/program"}},
      {"compiler/check",
       {"compiler/source", "compiler/diagnostics", "compiler/syntax", "compiler/catalogue", "runtime/program",
        "calendar", "numbers"}},
      {"compiler/ir", {"compiler/source", "runtime/program"}},
      {"compiler/optimize", {"compiler/ir", "runtime/program"}},
      {"compiler/lower", {"compiler/source", "compiler/check", "compiler/ir", "runtime/program"}},
      {"compiler/interpret", {"compiler/ir", "compiler/optimize", "runtime/program"}},
      {"compiler/prove",
       {"compiler/source", "compiler/diagnostics", "compiler/check", "compiler/ir", "compiler/certificate",
        "runtime/program", "calendar"}},
      {"compiler/claims", {}},
      // Checks what the prover claims: it must never need the prover, nor what the prover reads.
      {"compiler/certificate", {"compiler/claims", "compiler/ir", "runtime/program"}},
      {"compiler/codegen", {"compiler/ir", "runtime/program"}},
      {"compiler/jit", {"compiler/ir", "compiler/codegen", "compiler/optimize", "runtime/program"}},
      {"compiler/test",
       {"compiler/source", "compiler/diagnostics", "compiler/syntax", "compiler/catalogue", "compiler/check",
        "runtime/program", "runtime/core", "numbers", "calendar"}},
      {"compiler/import",
       {"compiler/source", "compiler/diagnostics", "compiler/syntax", "compiler/catalogue", "compiler/check",
        "runtime/program"}},
      {"compiler/bundle", {"compiler/ir", "runtime/program", "runtime/crypto"}},
  };
  return table;
}

// The programs join what the folders keep apart; tests and benchmarks may look at everything.
bool is_free(const std::string& folder) {
  return folder == "compiler/driver" || folder == "demo" || folder == "runtime/daemon" ||
         folder.starts_with("simulator") || folder.starts_with("tests") || folder.starts_with("bench");
}

std::string folder_of(const std::string& path) {
  const std::size_t first = path.find('/');
  if (first == std::string::npos) return "";
  const std::string top = path.substr(0, first);
  if (top != "compiler" && top != "runtime") return top;
  const std::size_t second = path.find('/', first + 1);
  return second == std::string::npos ? top : path.substr(0, second);
}

bool is_test(const std::string& path) {
  return path.ends_with("_test.cpp") || path.find("_test_") != std::string::npos;
}

TEST(Layers, IncludesFollowTheArrows) {
  const std::regex include(R"re(^#include "([^"]+)")re");
  for (const SourceFile& file : source_files({".h", ".cpp"})) {
    const std::string folder = folder_of(file.path);
    if (folder.empty() || is_free(folder) || is_test(file.path)) continue;
    const auto allowed = arrows().find(folder);
    if (allowed == arrows().end()) {
      ADD_FAILURE() << folder << " has no entry in layers_test.cpp: say there what it may include";
      continue;
    }
    for (const std::string& line : lines(file.text)) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string target = folder_of(match[1]);
      if (target.empty() || target == folder || target == "base") continue;
      EXPECT_TRUE(allowed->second.contains(target))
          << file.path << " includes " << match[1] << ": no arrow leads from " << folder << " to " << target;
    }
  }
}

// Heavy or throwing libraries stay behind one door each.
TEST(Layers, LibrariesStayBehindTheirDoors) {
  const std::map<std::string, std::set<std::string>> doors = {
      {"antlr4", {"compiler/syntax"}},
      {"llvm", {"compiler/codegen", "compiler/jit"}},
      {"boost", {"runtime/http"}},
      {"simdjson", {"runtime/http"}},
      {"sqlite3", {"runtime/store"}},
      {"libpq", {"runtime/store"}},
      {"openssl", {"runtime/crypto", "runtime/http"}},
      {"phonenumbers", {"numbers", "bench"}},
      {"unicode", {"calendar"}},
      {"re2", {"runtime/program"}},
      {"cld2", {"languages"}},
      {"toml++", {"runtime/config", "simulator"}},
      {"prometheus", {"runtime/ingress", "runtime/service", "runtime/core"}},
  };
  const std::regex include(R"re(^#include [<"]([A-Za-z0-9_+]+)[-./])re");
  for (const SourceFile& file : source_files({".h", ".cpp"})) {
    for (const std::string& line : lines(file.text)) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const auto door = doors.find(match[1]);
      if (door == doors.end() || is_test(file.path) || file.path.starts_with("tests/")) continue;
      EXPECT_TRUE(door->second.contains(folder_of(file.path)))
          << file.path << " includes " << match[1] << ", which belongs to " << *door->second.begin();
      if (match[1] == "antlr4" || match[1] == "llvm" || match[1] == "boost") {
        EXPECT_TRUE(file.path.ends_with(".cpp") || file.path.find("_internal") != std::string::npos)
            << file.path << ": a header includes " << match[1];
      }
    }
  }
}

}  // namespace
}  // namespace flow::house
