#include "tests/simulation/canaries.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/service/contact.h"
#include "runtime/service/image.h"
#include "tests/differential/generate.h"

namespace flow::simulation {

namespace {

constexpr std::array<std::string_view, kCanaries> kNames = {
    "acknowledge_before_sync", "timer_lost_at_restart", "join_regresses",    "fencing_not_checked",
    "lease_not_checked",       "key_pruned_early",      "attempt_forgotten", "count_forgotten"};

void forget_status(program::Frame& frame, std::uint32_t message) {
  if (message == frame.current_message()) frame.raw().current_status = 0;
  frame.rest().messages[message].status = 0;
}

class Regressing final : public program::Program {
 public:
  explicit Regressing(std::shared_ptr<const program::Program> behind) : behind_(std::move(behind)) {}
  const program::FlowInfo& info() const override { return behind_->info(); }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    if (event.kind == static_cast<std::int32_t>(program::EventKind::receipt) && event.message < frame.messages().size())
      forget_status(frame, event.message);
    return behind_->advance(frame, event);
  }

 private:
  std::shared_ptr<const program::Program> behind_;
};

}  // namespace

std::string_view name_of(Canary canary) {
  return kNames[static_cast<std::size_t>(canary)];
}

std::optional<Canary> canary_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Canary>(found - kNames.begin());
}

bool needs_nodes(Canary canary) {
  return canary == Canary::fencing_not_checked || canary == Canary::lease_not_checked;
}

std::shared_ptr<const program::Program> with_canary(std::shared_ptr<const program::Program> program,
                                                    std::optional<Canary> canary) {
  if (canary != Canary::join_regresses) return program;
  return std::make_shared<Regressing>(std::move(program));
}

std::optional<std::string> image_with(Canary canary, const store::ExecutionRecord& record,
                                      const program::FlowInfo* of) {
  if (record.bundle == service::kContactBundle) {
    if (canary != Canary::count_forgotten || record.ended_at_ms != 0) return std::nullopt;
    return service::put_contact({});
  }
  if (of == nullptr) return std::nullopt;
  const program::FlowInfo& info = *of;
  if (canary != Canary::timer_lost_at_restart && canary != Canary::attempt_forgotten) return std::nullopt;
  service::Head head;
  head.id = record.id;
  head.order = record.order;
  head.party = record.party;
  head.key = record.key;
  head.changed_at_ms = record.changed_at_ms;
  head.revision = record.revision;
  head.ended = record.ended_at_ms != 0;
  service::Image image;
  if (head.ended || !service::take_image(head, record.image, image)) return std::nullopt;
  if (canary == Canary::attempt_forgotten) {
    for (service::Pending& pending : image.pending) pending.begun = false;
  } else {
    program::Frame frame(generate::region_of);
    const std::int64_t base = service::started_ms(record.order);
    if (!program::unpack_state(image.state, base, info, frame)) return std::nullopt;
    for (std::int64_t& deadline : frame.raw().deadlines) deadline = program::kNever;
    image.state.clear();
    program::pack_state(frame, base, true, image.state);
  }
  std::string changed;
  service::put_image(head, image, changed);
  return changed;
}

}  // namespace flow::simulation
