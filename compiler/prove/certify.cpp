#include "compiler/prove/certify.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <tuple>
#include <vector>

#include "base/limits.h"
#include "compiler/ir/text.h"
#include "compiler/prove/topology.h"

namespace flow::prove {
namespace {

using certificate::Arrow;
using certificate::Claim;
using certificate::Claims;
using certificate::Node;
using certificate::Question;
using Json = nlohmann::ordered_json;
using Kind = ir::Guarantee::Kind;

// A way to rest, where it leads, and what is claimed of it.
struct Place {
  const Node* node = nullptr;
  std::vector<Arrow> arrows;
  Claims claims;
  bool expanded = false;
  bool open = false;
};

// The least claims that no arrow leads out of: what executions can do, and no more.
class Maker {
 public:
  Maker(const Question& question, const Topology& topology, const ir::Numbers& numbers)
      : question_(question), topology_(topology), machine_(certificate::make_machine(question_, numbers, work_)) {}

  Status run() {
    if (question_.forgetful)
      if (Status priced = set_credits(); !priced) return priced;
    const auto arrows = machine_->start();
    if (!arrows) return std::unexpected(arrows.error());
    for (const Arrow& arrow : *arrows) follow({}, arrow);
    while (!open_.empty()) {
      Place& place = places_[std::get<std::size_t>(*open_.begin())];
      open_.erase(open_.begin());
      place.open = false;
      if (Status expanded = expand(place); !expanded) return expanded;
      const Claims claims = place.claims;
      for (const Arrow& arrow : place.arrows)
        for (const Claim& claim : claims) follow(claim, arrow);
      if (count_ > limits::kProofLabelsMax || work_ > kWorkMax || ++steps_ > 20 * limits::kProofLabelsMax)
        return fail(ErrorCode::resource_exhausted, "it would take more than {} claims", limits::kProofLabelsMax);
    }
    return {};
  }

  const Question& question() const { return question_; }

  // As walk() numbers them. `work` counts what it takes to check them, `most` becomes what they show.
  Result<std::string> text(std::size_t& work, std::int64_t& most) {
    std::string text;
    const auto write = [&](const Node& node, std::size_t /*number*/) {
      const Claims& claims = places_[numbers_.at(node)].claims;
      text += text.empty() ? "[[" : ",[";
      for (const Claim& claim : claims)
        text += fmt::format("{}[{},{}]", &claim == claims.data() ? "" : ",", claim.earliest, claim.most);
      text += ']';
      return claims;
    };
    const std::size_t before = work_;
    const auto shown = certificate::walk(question_, *machine_, work_, write);
    work += work_ - before;
    if (!shown) return std::unexpected(shown.error());
    most = *shown;
    return text.empty() ? "[]" : text + "]";
  }

 private:
  static constexpr std::size_t kWorkMax = certificate::kWorkMax / 20;  // a flow has some questions

  Status expand(Place& place) {
    if (place.expanded) return {};
    auto led = machine_->expand(*place.node);
    if (!led) return std::unexpected(led.error());
    place.arrows = *std::move(led);
    place.expanded = true;
    return {};
  }

  std::size_t number(const Node& node) {
    const auto [known, fresh] = numbers_.try_emplace(node, places_.size());
    if (fresh) places_.emplace_back().node = &known->first;
    return known->second;
  }

  bool sums() const { return question_.guarantee.kind == Kind::messages || question_.guarantee.kind == Kind::cost; }

  // What an arrow adds to what the question asks for.
  std::int64_t weight(const Arrow& arrow) const {
    Question plain = question_;
    plain.credits.clear();
    if (!sums()) return arrow.enters || arrow.ends ? stay(arrow) : 0;
    const auto taken = certificate::take(plain, {}, arrow);
    return taken ? taken->claim.most : 0;
  }
  std::int64_t stay(const Arrow& arrow) const { return std::min(arrow.most, question_.flow.info.expires_ms); }

  // Credits so that no way back to a place gains: what can be sent, or take, from where a jump or handler leads, until
  // the next.
  Status set_credits() {
    const Kind kind = question_.guarantee.kind;
    if (kind == Kind::no_double_charge || kind == Kind::reaches) return {};
    const auto begun = machine_->start();
    if (!begun) return std::unexpected(begun.error());
    for (const Arrow& arrow : *begun)
      if (!arrow.ends) number(arrow.to);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_.size() > limits::kProofLabelsMax || work_ > kWorkMax)
        return fail(ErrorCode::resource_exhausted, "it has more than {} ways to rest", limits::kProofLabelsMax);
      if (Status expanded = expand(places_[i]); !expanded) return expanded;
      for (const Arrow& arrow : places_[i].arrows)
        if (!arrow.ends) number(arrow.to);
    }
    const bool messages = sums();
    std::vector<std::int64_t> rest(places_.size(), 0);
    bool changed = true;
    for (std::size_t round = 0; changed; ++round) {
      if (round > places_.size()) return fail(ErrorCode::resource_exhausted, "it has a cycle without a jump");
      changed = false;
      for (std::size_t i = places_.size(); i-- > 0;)
        for (const Arrow& arrow : places_[i].arrows) {
          // What a jump leads to is its credit's matter: the messages behind it, not the stay before it.
          const bool pays = !arrow.counted.empty();
          const bool goes_on = !arrow.ends && !pays;
          const std::int64_t here =
              (pays && messages ? 0 : weight(arrow)) + (goes_on ? rest[numbers_.at(arrow.to)] : 0);
          changed = changed || here > rest[i];
          rest[i] = std::max(rest[i], here);
        }
    }
    question_.credits.assign(question_.flow.info.counters + question_.flow.info.handlers, 0);
    for (const Place& place : places_)
      for (const Arrow& arrow : place.arrows)
        if (!arrow.counted.empty()) {
          std::int64_t& credit = question_.credits[arrow.counted.front().first];
          const std::int64_t behind = arrow.ends ? 0 : rest[numbers_.at(arrow.to)];
          credit = std::max(credit, behind + (messages ? weight(arrow) : 0));
        }
    return {};
  }

  void follow(const Claim& claim, const Arrow& arrow) {
    const auto taken = certificate::take(question_, claim, arrow);
    if (!taken || arrow.ends) return;
    const std::size_t to = number(arrow.to);
    Place& place = places_[to];
    const auto covers = [](const Claim& a, const Claim& b) { return a.earliest <= b.earliest && a.most >= b.most; };
    if (std::ranges::any_of(place.claims, [&](const Claim& other) { return covers(other, taken->claim); })) return;
    count_ -= std::erase_if(place.claims, [&](const Claim& other) { return covers(taken->claim, other); });
    place.claims.push_back(taken->claim);
    ++count_;
    if (place.open) return;
    place.open = true;
    // Mostly in an order in which all ways into a place come before it.
    const Node& node = *place.node;
    open_.emplace(std::accumulate(node.counted.begin(), node.counted.end(), std::int64_t{0}),
                  topology_.rank(check::StepId{static_cast<std::uint32_t>(node.step)}), node.messages.status, to);
  }

  Question question_;
  const Topology& topology_;
  std::size_t work_ = 0;
  std::unique_ptr<certificate::Machine> machine_;
  std::map<Node, std::size_t> numbers_;
  std::deque<Place> places_;
  std::set<std::tuple<std::int64_t, std::uint32_t, std::int32_t, std::size_t>> open_;
  std::size_t count_ = 0;
  std::size_t steps_ = 0;
};

// What a flow's certificate says of one question, and what the question comes to.
struct Made {
  Json proof;
  std::int64_t most = 0;
};

// With as little forgotten as can be.
Result<Made> make_proof(Question question, const Topology& topology, const ir::Numbers& numbers, std::size_t& work) {
  Error why{};
  for (const bool forgetful : {false, true}) {
    question.forgetful = forgetful;
    Maker maker(question, topology, numbers);
    Made made;
    const Status run = maker.run();
    auto claims = run ? maker.text(work, made.most) : std::unexpected(run.error());
    if (!claims) {
      why = claims.error();
      continue;
    }
    made.proof["of"] = ir::question_text(question.flow, question.guarantee);
    if (forgetful) made.proof["credits"] = maker.question().credits;
    made.proof["claims"] = *std::move(claims);
    return made;
  }
  return std::unexpected(why);
}

}  // namespace

std::vector<std::string> make_proofs(const check::Workspace& workspace, const ir::Module& module,
                                     const ir::Numbers& numbers, const certificate::ReceiptsWithin& receipts_within) {
  std::vector<std::string> result(module.flows.size(), "[]");
  const ir::Starts starts = ir::starts_of(module);
  certificate::Shown shown;
  for (const std::uint32_t place : starts.order) {
    const ir::Flow& flow = module.flows[place];
    const Topology topology(*workspace.flows.at(place));
    Json proofs = Json::array();
    std::set<std::string> tried;
    std::size_t work = 0;
    for (const ir::Guarantee& guarantee : starts.of[place].asked) {
      std::string name = ir::question_text(flow, guarantee);
      if (!tried.insert(name).second) continue;
      auto question = certificate::question_of(module, starts, place, guarantee, receipts_within, shown);
      auto made =
          question ? make_proof(*std::move(question), topology, numbers, work) : std::unexpected(question.error());
      if (!made) continue;
      proofs.push_back(std::move(made->proof));
      shown.emplace(std::pair{place, std::move(name)}, made->most);
    }
    result[place] = proofs.dump();
  }
  return result;
}

}  // namespace flow::prove
