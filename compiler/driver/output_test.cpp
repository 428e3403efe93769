#include "compiler/driver/output.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace flow::driver {
namespace {

TEST(UseColor, DoesWhatIsChosen) {
  EXPECT_TRUE(use_color(ColorChoice::always, stdout));
  EXPECT_FALSE(use_color(ColorChoice::never, stdout));
}

TEST(UseColor, NeverIntoAFile) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(use_color(ColorChoice::automatic, file));
  std::fclose(file);
}

TEST(CouldNotRun, PrintsCauseAndRemedySafely) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(could_not_run("no `a\x1b[1m`\nname another"), kExitCouldNotRun);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "flowc: no `a\u241B[1m`\n       name another\n");
}

}  // namespace
}  // namespace flow::driver
