#include "compiler/driver/workspace_loader.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/limits.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

class WorkspaceLoader : public testing::Test {
 protected:
  WorkspaceLoader() {
    std::string name = (fs::temp_directory_path() / "flow_loader_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~WorkspaceLoader() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text = "") {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::string refusal(const std::vector<std::string>& paths) {
    source::SourceMap sources;
    const auto files = load_workspaces(paths, sources);
    EXPECT_FALSE(files.has_value());
    return files ? "" : files.error().message;
  }
  std::string folder() const { return folder_.string(); }

  fs::path folder_;
};

TEST_F(WorkspaceLoader, ReadsAFolderInOrder) {
  write("workspace.flow", "edition 1\n");
  write("b.flow", "flow b\n");
  write("a.flow", "flow a\n");
  write(".hidden.flow", "\xFF");
  write("notes.txt");
  write("inside/c.flow");
  write("folder.flow/x");
  source::SourceMap sources;
  const auto files = load_workspaces({folder()}, sources);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  ASSERT_EQ(files->size(), 1U);
  ASSERT_EQ((*files)[0].flows.size(), 2U);
  EXPECT_EQ(sources.file((*files)[0].workspace).text(), "edition 1\n");
  EXPECT_EQ(sources.file((*files)[0].flows[0]).text(), "flow a\n");
  EXPECT_EQ(sources.file((*files)[0].flows[1]).path(), (folder_ / "b.flow").string());
}

TEST_F(WorkspaceLoader, AFlowIsReadWithWhatItStarts) {
  write("workspace.flow", "edition 1\n");
  const std::string first =
      write("first.flow", "a: call flow second(x: 1) as v { … }\nb: launch flow nowhere => end\n");
  write("second.flow", "c: forward to  third\nd: launch flow ../x\ne: call flow first(y: 2)\n");
  write("third.flow", "flow third\n");
  write("other.flow", "flow other\n");
  source::SourceMap sources;
  const auto files = load_workspaces({first}, sources);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  std::vector<std::string> names;
  for (const source::FileId id : (*files)[0].flows)
    names.push_back(fs::path(sources.file(id).path()).filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"first.flow", "second.flow", "third.flow"}));
  EXPECT_FALSE((*files)[0].whole);
}

TEST_F(WorkspaceLoader, AFileStandsForItself) {
  write("workspace.flow");
  write("a.flow");
  write("b.flow");
  source::SourceMap sources;
  const auto files = load_workspaces({folder() + "/b.flow", folder() + "/./b.flow"}, sources);
  ASSERT_TRUE(files.has_value());
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].flows.size(), 1U);
  EXPECT_EQ(sources.size(), 2U);
}

TEST_F(WorkspaceLoader, TestsAreApartAndOneComesWithAllFlows) {
  write("workspace.flow");
  write("a.flow");
  write("b.flow");
  write("a.test.flow");
  write("b.test.flow");
  source::SourceMap sources;
  const auto all = load_workspaces({folder()}, sources);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ((*all)[0].flows.size(), 2U);
  EXPECT_EQ((*all)[0].tests.size(), 2U);
  const auto one = load_workspaces({folder() + "/b.test.flow"}, sources);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ((*one)[0].flows.size(), 2U);
  ASSERT_EQ((*one)[0].tests.size(), 1U);
  EXPECT_TRUE(sources.file((*one)[0].tests[0]).path().ends_with("b.test.flow"));
  const auto flow = load_workspaces({folder() + "/b.flow"}, sources);
  ASSERT_TRUE(flow.has_value());
  EXPECT_TRUE((*flow)[0].tests.empty());
}

TEST_F(WorkspaceLoader, AFileAndItsFolderAreTheFolder) {
  write("workspace.flow");
  write("a.flow");
  write("b.flow");
  source::SourceMap sources;
  const auto files = load_workspaces({folder() + "/b.flow", folder() + "/"}, sources);
  ASSERT_TRUE(files.has_value());
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].flows.size(), 2U);
}

TEST_F(WorkspaceLoader, RefusalsNameThePathAndTheRemedy) {
  EXPECT_NE(refusal({folder() + "/none"}).find("/none`: no such file or folder"), std::string::npos);
  EXPECT_NE(refusal({folder()}).find("has no workspace.flow"), std::string::npos);
  write("otp/workspace.flow");
  EXPECT_NE(refusal({folder()}).find("otp` has one"), std::string::npos);
  EXPECT_NE(refusal({write("x.txt")}).find("neither a folder nor a .flow file"), std::string::npos);
  write("otp/bad.flow", "a\n\xFF\n");
  EXPECT_NE(refusal({folder() + "/otp"}).find("not UTF-8 text: line 2"), std::string::npos);
}

TEST_F(WorkspaceLoader, RefusesTooManyFiles) {
  write("workspace.flow");
  for (std::size_t i = 0; i + 1 < limits::kWorkspaceFilesMax; ++i) write(fmt::format("f{}.flow", i));
  source::SourceMap sources;
  EXPECT_TRUE(load_workspaces({folder()}, sources).has_value());
  write("one_more.flow");
  EXPECT_NE(refusal({folder()}).find(fmt::format("more than {}", limits::kWorkspaceFilesMax)), std::string::npos);
}

}  // namespace
}  // namespace flow::driver
