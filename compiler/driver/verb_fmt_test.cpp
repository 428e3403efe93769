// flowc fmt as a program: files, standard streams, exit codes.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUgly = "a:b{c ; d}\n\n\n\nx=>y // z\n";
constexpr const char* kNeat = "a: b { c; d }\n\nx => y // z\n";

struct Outcome {
  int code = -1;
  std::string out;  // both streams
};

class Fmt : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "flowc-fmt-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  // In the folder, through a shell.
  Outcome run(const std::string& arguments, const std::string& before = "") const {
    const std::string command =
        fmt::format("cd '{}' && {} '{}/flowc' {} 2>&1", folder_.string(), before, FLOW_BIN_DIR, arguments);
    Outcome outcome;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return outcome;
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      outcome.out.append(buffer.data(), count);
    }
    const int status = ::pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }

  fs::path folder_;
};

TEST_F(Fmt, RewritesWhatIsLaidOutOtherwise) {
  write("a.flow", kUgly);
  write("b.flow", kNeat);
  write("c.txt", kUgly);
  const Outcome first = run("fmt");
  EXPECT_EQ(first.code, 0);
  EXPECT_EQ(first.out, "a.flow\n");
  EXPECT_EQ(read("a.flow"), kNeat);
  EXPECT_EQ(read("c.txt"), kUgly);
  const Outcome second = run("fmt a.flow b.flow");
  EXPECT_EQ(second.code, 0);
  EXPECT_EQ(second.out, "");
}

TEST_F(Fmt, CheckAndDiffChangeNothing) {
  write("a.flow", kUgly);
  write("b.flow", kNeat);
  const Outcome check = run("fmt --check .");
  EXPECT_EQ(check.code, 1);
  EXPECT_EQ(check.out, "a.flow\n");
  const Outcome diff = run("fmt --diff a.flow b.flow");
  EXPECT_EQ(diff.code, 1);
  EXPECT_EQ(
      diff.out,
      "--- a.flow\n+++ a.flow\n@@ -1,5 +1,3 @@\n-a:b{c ; d}\n+a: b { c; d }\n \n-\n-\n-x=>y // z\n+x => y // z\n");
  EXPECT_EQ(read("a.flow"), kUgly);
  EXPECT_EQ(run("fmt --check b.flow").code, 0);
  EXPECT_EQ(run("fmt --diff b.flow").out, "");
}

TEST_F(Fmt, LeavesFilesWithSyntaxErrors) {
  write("a.flow", "start =>\n");
  write("b.flow", kUgly);
  const Outcome outcome = run("fmt a.flow b.flow");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("F0101"), std::string::npos) << outcome.out;
  EXPECT_EQ(read("a.flow"), "start =>\n");
  EXPECT_EQ(read("b.flow"), kNeat);
}

TEST_F(Fmt, FiltersStandardInput) {
  write("a.flow", kUgly);
  const Outcome filtered = run("fmt - < a.flow");
  EXPECT_EQ(filtered.code, 0);
  EXPECT_EQ(filtered.out, kNeat);
  EXPECT_EQ(run("fmt --check - < a.flow").code, 1);
  EXPECT_EQ(run("fmt - a.flow < a.flow").code, 2);
  EXPECT_EQ(run("fmt -", "printf '\\377' |").code, 2);
  EXPECT_EQ(run("fmt -", "printf 'a {' |").code, 1);
}

TEST_F(Fmt, SaysWhyItCouldNotRun) {
  const Outcome missing = run("fmt nothing.flow");
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(missing.out, "flowc: cannot read `nothing.flow`: no such file\n");
  EXPECT_EQ(run("fmt").code, 2);  // no .flow file here
  EXPECT_EQ(run("fmt --what").code, 2);
}

TEST_F(Fmt, KeepsPermissionsAndLinks) {
  write("a.flow", kUgly);
  fs::permissions(folder_ / "a.flow", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  fs::create_symlink("a.flow", folder_ / "link.flow");
  EXPECT_EQ(run("fmt link.flow").out, "link.flow\n");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.flow"));
  EXPECT_EQ(read("a.flow"), kNeat);
  EXPECT_EQ(fs::status(folder_ / "a.flow").permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  // Nothing is left beside it.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

// libLLVM takes longer to load than formatting takes.
TEST_F(Fmt, DoesNotLoadLlvm) {
  write("a.flow", kNeat);
  for (const char* arguments : {"--version", "fmt a.flow"}) {
    const Outcome outcome = run(arguments, "LD_DEBUG=libs");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("libfmt"), std::string::npos) << "the loader's log is missing";
    EXPECT_EQ(outcome.out.find("libLLVM"), std::string::npos) << arguments;
  }
}

}  // namespace
}  // namespace flow::driver
