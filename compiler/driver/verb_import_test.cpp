// flowc import as a program: what it reads, what it writes, what it says.
#include <gtest/gtest.h>

#include <filesystem>

#include <sys/stat.h>

#include "base/limits.h"
#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::Outcome;
using testing_support::TemporaryFolder;

class Import : public ::testing::Test {
 protected:
  Outcome import(std::vector<std::string> arguments) const {
    std::vector<std::string> command = {FLOW_BIN_DIR "/flowc", "import"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return testing_support::run_program(command);
  }
  // One file, into a folder `out` beside it.
  Outcome import_text(const std::string& text, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {folder_.write("in.json", text), "-o", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return import(arguments);
  }
  std::string out() const { return folder_.file("out"); }

  TemporaryFolder folder_;
};

TEST_F(Import, SaysWhatIsWrongWithAFile) {
  const std::string in = folder_.file("in.json");
  const auto expect_refused = [&](const Outcome& outcome, const std::string& why) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_NE(outcome.output.find(why), std::string::npos) << outcome.output;
    EXPECT_FALSE(std::filesystem::exists(out()));
  };
  expect_refused(import({folder_.file("none.json")}), "none.json`: No such file or directory");
  expect_refused(import({folder_.path()}), "is a folder: name the files in it that are to be imported");
  expect_refused(import_text("flow: yes"), "in.json`: line 1, column 2 is no JSON: ");
  expect_refused(import_text(""), "is no JSON: ");
  expect_refused(import_text("{\"a\": [1, 2"), "line 1, column 11 is no JSON: ");
  expect_refused(import_text("{\"a\": 1, \"a\": 2}"), "the outermost object has `a` twice");
  expect_refused(import_text("\x1F\x8B\x08"), "is compressed: unpack it with `gunzip` first");
  expect_refused(import_text("{\"hello\": 1}"),
                 "in.json` is of no product that is known: it is an object with `hello`\n");
  expect_refused(import_text("[]"), "of no product that is known: it is a list of 0\n");
  expect_refused(import_text("{}", {"--from", "paper"}), "there is no format `paper`: known are ");
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  expect_refused(import({folder_.file("pipe"), "-o", out()}), "pipe`: not a regular file");
  expect_refused(import({in, in, "--name", "both"}), "--name is for one file, and 2 are named");
  expect_refused(import({in, "--name", "a b"}), "`a b` is no name of a flow: letters, digits and `_`");
}

TEST_F(Import, AFileThatIsTooLargeIsRefusedBeforeItIsParsed) {
  const std::string big = folder_.file("in.json");
  folder_.write("in.json", "[");
  std::filesystem::resize_file(big, 100'000'000);  // NULs, which take no disk
  ASSERT_LT(limits::kImportBytesMax, 100'000'000U);
  const Outcome outcome = import({big, "-o", out()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("in.json` is larger than 67108864 bytes, the most that is imported"), std::string::npos)
      << outcome.output;
}

}  // namespace
}  // namespace flow::driver
