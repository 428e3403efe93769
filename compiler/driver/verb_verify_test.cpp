// flowc build and flowc verify as programs: what a bundle's certificate shows, and what it does not.
#include <gtest/gtest.h>

#include "compiler/bundle/bundle.h"
#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::Outcome;
using testing_support::read_file;
using testing_support::TemporaryFolder;

class Verify : public ::testing::Test {
 protected:
  std::string build(const std::string& flows) const {
    const std::string path = folder_.file(flows + ".bundle");
    const Outcome built =
        testing_support::run_program({FLOW_BIN_DIR "/flowc", "build", FLOW_SOURCE_DIR "/flows/" + flows, "-o", path});
    EXPECT_EQ(built.exit_code, 0) << built.output;
    return path;
  }
  static Outcome verify(const std::string& path) {
    return testing_support::run_program({FLOW_BIN_DIR "/flowc", "verify", path});
  }

  TemporaryFolder folder_;
};

TEST_F(Verify, NamesWhatIsShown) {
  const Outcome outcome = verify(build("otp"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "deliver_otp: 3 guarantees verified\n");
}

TEST_F(Verify, CountsWhatFlowsStart) {
  const Outcome outcome = verify(build("signup"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.output.find("onboarding: 2 guarantees verified\n"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("not verified"), std::string::npos) << outcome.output;
}

TEST_F(Verify, NamesWhatIsNotShownAndWhy) {
  auto bundle = bundle::read_bundle(read_file(build("otp")));
  ASSERT_TRUE(bundle);
  const std::size_t place = bundle->certificate.find("\"unverified\": []");
  ASSERT_NE(place, std::string::npos) << bundle->certificate;
  bundle->certificate.replace(place, 16,
                              "\"unverified\":[{\"guarantee\":\"end\",\"because\":\"it takes too much work to "
                              "check\"},{\"guarantee\":7}]");
  const Outcome outcome = verify(folder_.write("some.bundle", bundle::write_bundle(*bundle).value_or("")));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.output.find("`end` is not verified: it takes too much work to check\n"), std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("`?` is not verified: ?\n"), std::string::npos) << outcome.output;
}

TEST_F(Verify, RefusesACertificateThatShowsLess) {
  auto bundle = bundle::read_bundle(read_file(build("otp")));
  ASSERT_TRUE(bundle);
  const std::size_t proofs = bundle->certificate.find("\"proofs\"");
  ASSERT_NE(proofs, std::string::npos);
  bundle->certificate.replace(proofs, 8, "\"proves\"");
  const Outcome outcome = verify(folder_.write("forged.bundle", bundle::write_bundle(*bundle).value_or("")));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find("deliver_otp"), std::string::npos) << outcome.output;
}

TEST_F(Verify, SaysWhatIsNoBundle) {
  EXPECT_EQ(verify(folder_.write("text.bundle", "hello")).exit_code, 2);
  EXPECT_EQ(verify(folder_.file("none.bundle")).exit_code, 2);
}

}  // namespace
}  // namespace flow::driver
