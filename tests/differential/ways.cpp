#include "tests/differential/ways.h"

#include "tests/differential/flow_head.h"

namespace flow::generate {

std::vector<Edge> ways_out(check::StepBody& body, const Knowledge& known,
                           std::vector<std::unique_ptr<check::Target>>& held) {
  std::vector<Edge> all;
  if (auto* recognize = std::get_if<check::RecognizeRegion>(&body)) {
    const std::uint64_t into = recognize->into ? bit(check::index(*recognize->into)) : 0;
    for (auto& arm : recognize->arms) all.push_back({&arm.target, into, 0});
    all.push_back({&recognize->otherwise, 0, into});
  } else if (auto* code = std::get_if<check::RecognizeCallingCode>(&body)) {
    const std::uint64_t into = code->into ? bit(check::index(*code->into)) : 0;
    for (auto& arm : code->arms) all.push_back({&arm.target, into, 0});
    all.push_back({&code->otherwise, into, 0});
  } else if (auto* random = std::get_if<check::Random>(&body)) {
    for (auto& arm : random->arms) all.push_back({&arm.target, 0, 0});
  } else if (auto* branch = std::get_if<check::Branch>(&body)) {
    const std::uint64_t lost = branch->first ? bit(check::index(branch->first->variable)) : 0;
    for (std::size_t a = 0; a < branch->arms.size(); ++a) {
      const auto& shows = known.shows[a];
      const std::uint64_t shown = shows ? bit(check::index(*shows)) : 0;
      all.push_back({&branch->arms[a].target, shown, lost & ~shown});
    }
    all.push_back({&branch->otherwise, 0, lost});
  } else if (auto* set = std::get_if<check::Set>(&body)) {
    Edge edge{&set->target, 0, 0};
    for (std::size_t a = 0; a < set->assignments.size(); ++a) {
      const std::uint64_t variable = bit(check::index(set->assignments[a].variable));
      edge.set = known.gives[a] ? edge.set | variable : edge.set & ~variable;
      edge.lost = known.gives[a] ? edge.lost & ~variable : edge.lost | variable;
    }
    all.push_back(edge);
  } else if (auto* wait = std::get_if<check::Wait>(&body)) {
    all.push_back({&wait->target, 0, 0});
    if (wait->past) all.push_back({&*wait->past, 0, 0});
  } else if (auto* await = std::get_if<check::AwaitSignal>(&body)) {
    all.push_back({&await->received, 0, 0});
    all.push_back({&await->silent.target, 0, 0});
  } else if (auto* reply = std::get_if<check::AwaitReply>(&body)) {
    std::uint64_t lost = 0;  // replies at random need not have what theirs should
    for (const auto& take : reply->takes) lost |= bit(check::index(take.variable));
    for (auto& arm : reply->arms) all.push_back({&arm.target, 0, lost});
    all.push_back({&reply->otherwise, 0, lost});
    all.push_back({&reply->silent.target, 0, 0});
  } else if (auto* foreign = std::get_if<check::Extern>(&body)) {
    for (auto& arm : foreign->arms) all.push_back({&arm.target, 0, 0});
  } else if (auto* send = std::get_if<check::Send>(&body)) {
    all.push_back({&send->reached, 0, 0});
    all.push_back({&send->failed, 0, 0});
    if (send->opted_out) all.push_back({&*send->opted_out, 0, 0});
    if (send->undelivered) all.push_back({&send->undelivered->target, 0, 0});
    if (send->unread) all.push_back({&send->unread->target, 0, 0});
  } else if (auto* operation = std::get_if<check::Operation>(&body)) {
    for (auto& arm : operation->arms) {
      Edge edge{&arm.target, 0, 0};
      if (program::takes_values(arm.outcome)) {
        // Results at random need not keep what an executor promises: any value may be missing.
        for (const auto& read : operation->reads) edge.lost |= bit(check::index(read.variable));
      }
      all.push_back(edge);
    }
    if (operation->late) all.push_back({&operation->late->target, 0, 0});
  } else if (auto* launch = std::get_if<check::Launch>(&body)) {
    all.push_back({&launch->target, 0, 0});
  } else if (auto* jump = std::get_if<check::JumpStep>(&body)) {
    // Held here, since the step has no target of its own.
    auto& way = held.emplace_back(std::make_unique<check::Target>());
    way->kind = check::Target::Kind::jump;
    way->jump = jump->jump;
    all.push_back({way.get(), 0, 0});
  }
  return all;
}

}  // namespace flow::generate
