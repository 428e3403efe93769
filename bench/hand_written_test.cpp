#include "bench/hand_written.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "tests/differential/load.h"
#include "tests/differential/side_by_side.h"
#include "tests/differential/subjects.h"

namespace flow::bench {
namespace {

constexpr std::uint64_t kSequences = 2000;
constexpr std::size_t kEventsMax = 40;

// What is measured against it must do what it does: the same effects and the same stored bytes after every event.
TEST(HandWritten, DoesWhatTheFlowDoes) {
  auto workspace = differential::load_workspace(FLOW_SOURCE_DIR "/flows/otp");
  ASSERT_TRUE(workspace) << workspace.error().message;
  const auto prepared = differential::prepare(std::move(*workspace), 0, true);
  ASSERT_TRUE(prepared) << prepared.error().message;
  differential::Subject& subject = (*prepared)->subject;
  const auto by_hand = hand_written_otp(subject.info);
  subject.engines = {{"by hand", by_hand.get()}};
  for (std::uint64_t s = 0; s < kSequences; ++s) {
    generate::Random random(generate::derive(20'261'121, s));
    const auto inputs = differential::random_inputs(random, *subject.flow);
    differential::EventSource source(random, *subject.flow, subject.info.signals.size());
    differential::SideBySide run(subject, inputs);
    for (std::size_t e = 0; e < kEventsMax; ++e) {
      const auto different = run.step(source.next(run.state()));
      ASSERT_FALSE(different) << "sequence " << s << ", event " << e << ": " << *different;
    }
  }
}

}  // namespace
}  // namespace flow::bench
