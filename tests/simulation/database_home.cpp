#include "tests/simulation/database_home.h"

#include <fmt/format.h>

namespace flow::simulation {

Result<store::Storage*> DatabaseHome::open(std::function<void()> wake, std::function<void()>) {
  if (road.cut) return fail(ErrorCode::unavailable, "the database does not answer");
  if (!alone_ || self_ == store::NodeId{}) {
    for (std::uint8_t& byte : self_) byte = static_cast<std::uint8_t>(stage_.random.next());
  }
  storage_ =
      DatabaseStorage::open({.stage = stage_,
                             .database = database_,
                             .road = road,
                             .boot_clock =
                                 [this] {
                                   return static_cast<std::int64_t>(
                                       static_cast<double>(stage_.agenda.now_ms() - Agenda::kBeginMs) * clock_rate_);
                                 },
                             .self = self_,
                             .name = fmt::format("node-{}", number_),
                             .lease_ms = lease_ms_,
                             .wake = std::move(wake)});
  return storage_.get();
}

}  // namespace flow::simulation
