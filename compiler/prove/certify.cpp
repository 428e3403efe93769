#include "compiler/prove/certify.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "base/limits.h"
#include "compiler/certificate/checker.h"
#include "compiler/prove/topology.h"

namespace flow::prove {
namespace {

using certificate::Arrow;
using certificate::Claim;
using certificate::Claims;
using certificate::Node;

// The least claims that no arrow leads out of: what executions can do, and no more.
class Maker {
 public:
  Maker(const ir::Flow& lowered, const ir::Guarantee& question, const Topology& topology, certificate::Machine& machine)
      : lowered_(lowered), question_(question), topology_(topology), machine_(machine) {}

  Status run() {
    const auto arrows = machine_.start();
    if (!arrows) return std::unexpected(arrows.error());
    for (const Arrow& arrow : *arrows) follow({}, arrow);
    while (!open_.empty()) {
      Place& place = places_[std::get<std::size_t>(*open_.begin())];
      open_.erase(open_.begin());
      place.open = false;
      if (!place.expanded) {
        auto led = machine_.expand(*place.node);
        if (!led) return std::unexpected(led.error());
        place.arrows = *std::move(led);
        place.expanded = true;
      }
      const Claims claims = place.claims;
      for (const Arrow& arrow : place.arrows)
        for (const Claim& claim : claims) follow(claim, arrow);
      if (count_ > limits::kProofLabelsMax)
        return fail(ErrorCode::resource_exhausted, "it would take more than {} claims", limits::kProofLabelsMax);
    }
    return {};
  }

  // As walk() numbers them.
  Result<std::string> text() {
    std::string text;
    const auto write = [&](const Node& node, std::size_t /*number*/) {
      const Claims& claims = places_[numbers_.at(node)].claims;
      if (!text.empty()) text += ';';
      for (const Claim& claim : claims)
        text += fmt::format("{}{},{}", &claim == claims.data() ? "" : ",", claim.earliest, claim.most);
      return &claims;
    };
    const auto most = certificate::walk(lowered_, question_, machine_, write, [](const auto&) {});
    if (!most) return std::unexpected(most.error());
    return text;
  }

 private:
  struct Place {
    const Node* node = nullptr;
    Claims claims;
    std::vector<Arrow> arrows;
    bool expanded = false;
    bool open = false;
  };

  void follow(const Claim& claim, const Arrow& arrow) {
    const auto taken = certificate::take(lowered_, question_, claim, arrow);
    if (!taken || arrow.ends) return;
    const auto [known, fresh] = numbers_.try_emplace(arrow.to, places_.size());
    if (fresh) places_.emplace_back().node = &known->first;
    Place& place = places_[known->second];
    const auto covers = [](const Claim& a, const Claim& b) { return a.earliest <= b.earliest && a.most >= b.most; };
    if (std::ranges::any_of(place.claims, [&](const Claim& other) { return covers(other, taken->claim); })) return;
    count_ -= std::erase_if(place.claims, [&](const Claim& other) { return covers(taken->claim, other); });
    place.claims.push_back(taken->claim);
    ++count_;
    if (place.open) return;
    place.open = true;
    // Mostly in an order in which all ways into a place come before it.
    const Node& node = *place.node;
    open_.emplace(std::popcount(node.fired), machine_.counted(node),
                  topology_.rank(check::StepId{static_cast<std::uint32_t>(node.step)}), node.status, known->second);
  }

  const ir::Flow& lowered_;
  const ir::Guarantee& question_;
  const Topology& topology_;
  certificate::Machine& machine_;
  std::map<Node, std::size_t> numbers_;
  std::deque<Place> places_;
  std::set<std::tuple<int, std::int64_t, std::uint32_t, std::int32_t, std::size_t>> open_;
  std::size_t count_ = 0;
};

}  // namespace

Result<std::string> make_claims(const check::Flow& flow, const ir::Flow& lowered, const ir::Guarantee& question,
                                const certificate::Numbers& numbers, std::size_t& work) {
  const bool reaches = question.kind == ir::Guarantee::Kind::reaches;
  const auto goal = reaches ? std::optional(question.step) : std::nullopt;
  const auto machine = certificate::make_machine(lowered, numbers, goal, work);
  const Topology topology(flow);
  Maker maker(lowered, question, topology, *machine);
  if (Status made = maker.run(); !made) return std::unexpected(made.error());
  return maker.text();
}

}  // namespace flow::prove
