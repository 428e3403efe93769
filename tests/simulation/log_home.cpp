#include "tests/simulation/log_home.h"

#include <array>
#include <map>
#include <string>

#include <sqlite3.h>

#include "base/check.h"
#include "runtime/crypto/seal.h"

namespace flow::simulation {

namespace {

using testing_support::DiskOperation;
using testing_support::SimulatedDisk;

constexpr const char* kFolder = "/d/store";
constexpr int kStrikesMax = 8;  // so that there is time for something else
constexpr std::uint64_t kSegmentBytes = 64 << 10;

const std::shared_ptr<const crypto::Keyring>& keyring() {
  static const auto ring = std::make_shared<const crypto::Keyring>(
      *crypto::Keyring::make({{"k", std::string(crypto::kSealingKeyBytes, 'k')}}));
  return ring;
}

store::log::Options options_on(SimulatedDisk& disk, bool sealed) {
  return {.folder = kFolder,
          .keys = sealed ? keyring() : nullptr,
          .disk = &disk,
          .threads = false,
          .lock_patience = std::chrono::milliseconds(0),
          .segment_bytes = kSegmentBytes,
          .reserve_bytes = 0};
}

// The files of a store that was made and left: making one takes longer than most simulations.
const std::map<std::string, std::string>& fresh_store(bool sealed) {
  static std::array<std::map<std::string, std::string>, 2> made;
  if (made[sealed ? 1 : 0].empty()) {
    SimulatedDisk disk(1);
    FLOW_CHECK(disk.make_folder("/d").has_value(), "a disk without faults fails");
    auto store = store::log::open(options_on(disk, sealed));
    FLOW_CHECK(store.has_value(), "a store cannot be made: {}", store.error().message);
    store->reset();
    made[sealed ? 1 : 0] = disk.files();
  }
  return made[sealed ? 1 : 0];
}

bool changes(DiskOperation what) {
  return what != DiskOperation::read && what != DiskOperation::list;
}

}  // namespace

LogHome::LogHome(Stage& stage, generate::Random& random) : stage_(stage), disk_(random.next()) {
  // SQLite's salts decide which bytes of an old log look valid: they are the seed's, too.
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(random.next() >> 33), nullptr);
  const bool sealed = random.chance(30);
  options_ = options_on(disk_, sealed);
  shards_ = 1 + random.below(3);
  forgets_ = random.chance(50);
  if (random.chance(5)) {
    FLOW_CHECK(disk_.make_folder("/d").has_value(), "a disk without faults fails");
  } else {
    for (const auto& [path, bytes] : fresh_store(sealed)) disk_.put(path, bytes);
  }
  disk_.set_watch([this](DiskOperation what, const std::string&) { operation(what); });
}

LogHome::~LogHome() {
  cut();
  storage_.reset();
  disk_.set_watch({});
}

void LogHome::operation(DiskOperation what) {
  if (dead_ || !changes(what)) return;
  if (strikes_ < kStrikesMax && stage_.strikes(Fault::crash_at_disk)) {
    ++strikes_;
    if (power_cut_) power_cut_();
    cut();
  } else if (strikes_ < kStrikesMax && stage_.strikes(Fault::failing_disk)) {
    ++strikes_;
    failed_ = true;
    disk_.fail_change(1 + static_cast<std::uint64_t>(stage_.chance.below(3)));
  }
}

Result<store::Storage*> LogHome::open(std::function<void()>, std::function<void()> power_cut) {
  dead_ = false;
  failed_ = false;
  disk_.set_syncs_that_fail_forget(forgets_);
  power_cut_ = std::move(power_cut);
  auto opened = store::log::open(options_);
  if (!opened) return std::unexpected(opened.error());
  storage_ = *std::move(opened);
  return storage_.get();
}

// What the dead process still writes fails, in part: as if the power had gone a little later. Nobody sees the rest.
void LogHome::cut() {
  dead_ = true;
  disk_.set_syncs_that_fail_forget(false);
  disk_.fail_changes_from(1);
}

void LogHome::close() {
  storage_.reset();
  if (!dead_) return;
  // Where a sync failed, files read as if it had not, until the machine starts anew: then it must (docs/simulation.md).
  if ((forgets_ && failed_) || stage_.chance.chance(70)) {
    disk_.crash();
  } else {
    disk_.kill();
  }
}

}  // namespace flow::simulation
