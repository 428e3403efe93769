#include "compiler/ir/starts.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "runtime/program/flow_call.h"

namespace flow::ir {
namespace {

void ask(Starts::Of& of, const Guarantee& question) {
  const auto same = [&](const Guarantee& one) { return one.kind == question.kind && one.channel == question.channel; };
  if (std::ranges::none_of(of.asked, same))
    of.asked.push_back({question.kind, question.channel, 0, 0, question.currency});
}

}  // namespace

bool adds_up(Guarantee::Kind kind) {
  return kind != Guarantee::Kind::no_double_charge && kind != Guarantee::Kind::reaches;
}

Starts starts_of(const Module& module) {
  const std::size_t flows = module.flows.size();
  Starts result;
  result.of.resize(flows);
  std::map<std::string_view, std::uint32_t> places;
  for (std::uint32_t i = 0; i < flows; ++i) places.emplace(module.flows[i].info.name, i);
  std::vector<std::vector<std::uint32_t>> starters(flows);
  std::vector<std::size_t> waits(flows, 0);  // for so many of those that it starts
  for (std::uint32_t i = 0; i < flows; ++i) {
    const Flow& flow = module.flows[i];
    Starts::Of& of = result.of[i];
    of.asked = flow.guarantees;
    for (const program::OperationInfo& site : flow.info.operations) {
      const bool launches = site.kind == program::OperationKind::launch;
      of.sites.push_back({program::starts_flow(site.kind), Starts::kNone, launches});
      of.outlived = of.outlived || launches;
      const auto found = of.sites.back().starts ? places.find(site.target) : places.end();
      if (found == places.end()) continue;
      of.sites.back().flow = found->second;
      starters[found->second].push_back(i);
      ++waits[i];
    }
    if (waits[i] == 0) result.order.push_back(i);
  }
  for (std::size_t done = 0; done < result.order.size(); ++done) {
    Starts::Of& of = result.of[result.order[done]];
    for (Starts::Site& site : of.sites) {
      if (site.flow == Starts::kNone) continue;
      site.lives_on = site.lives_on || result.of[site.flow].outlived;
      of.outlived = of.outlived || site.lives_on;
    }
    for (const std::uint32_t starter : starters[result.order[done]])
      if (--waits[starter] == 0) result.order.push_back(starter);
  }
  for (auto place = result.order.rbegin(); place != result.order.rend(); ++place) {
    const Starts::Of& of = result.of[*place];
    for (const Starts::Site& site : of.sites) {
      if (site.flow == Starts::kNone) continue;
      for (const Guarantee& question : of.asked)
        if (adds_up(question.kind)) ask(result.of[site.flow], question);
    }
  }
  return result;
}

}  // namespace flow::ir
