// The contracts of stores on the store in a folder.
#include "runtime/store/log/log.h"
#include "tests/support/run_program.h"
#include "tests/support/simulated_disk.h"
#include "tests/support/storage_contract.h"

namespace flow::store {
namespace {

// With threads on the machine's disk, in small segments; or sealed, without threads, on a disk in memory.
class LogUnderTest final : public StorageUnderTest {
 public:
  explicit LogUnderTest(bool in_memory) {
    options_.folder = in_memory ? "/data" : folder_.file("data");
    options_.segment_bytes = 64 << 10;
    // Tables follow at once: each test waits for them many times.
    options_.index_interval = std::chrono::milliseconds(1);
    if (!in_memory) return;
    EXPECT_TRUE(disk_.make_folder("/"));
    options_.disk = &disk_;
    options_.threads = false;
    options_.keys = std::make_shared<const crypto::Keyring>(
        *crypto::Keyring::make({{"k1", std::string(crypto::kSealingKeyBytes, 'k')}}));
  }

  std::unique_ptr<Storage> open() override {
    auto storage = log::open(options_);
    EXPECT_TRUE(storage) << (storage ? "" : storage.error().message);
    return storage ? std::move(*storage) : nullptr;
  }
  std::vector<SlotRange> ranges() const override { return {{0, 63}, {64, 127}, {128, 255}}; }

 private:
  testing_support::TemporaryFolder folder_;
  testing_support::SimulatedDisk disk_;
  log::Options options_;
};

INSTANTIATE_TEST_SUITE_P(Log, StorageContract,
                         testing::Values([] { return std::make_unique<LogUnderTest>(false); },
                                         [] { return std::make_unique<LogUnderTest>(true); }),
                         [](const auto& each) { return each.index == 0 ? "Plain" : "SealedWithoutThreads"; });

}  // namespace
}  // namespace flow::store
