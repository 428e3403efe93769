#include "compiler/certificate/checker.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/limits.h"
#include "compiler/ir/words.h"
#include "runtime/program/text.h"

namespace flow::certificate {
namespace {

using Kind = ir::Guarantee::Kind;
using Json = nlohmann::json;

constexpr std::size_t kOutside = SIZE_MAX;

bool counts(const ir::Guarantee& question) {
  return question.kind == Kind::messages || question.kind == Kind::no_double_charge;
}

// "0,1;0,1,30000,2": for each way to rest the numbers of its claims. At most limits::kProofLabelsMax claims.
std::optional<std::vector<Claims>> read_claims(std::string_view text) {
  std::vector<Claims> result(1);
  std::array<std::int64_t, 2> pair{};
  std::size_t claims = 0;
  for (std::size_t numbers = 0; !text.empty(); ++numbers) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pair[numbers % 2]);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const char next = text.empty() ? ';' : text.front();
    text.remove_prefix(text.size() > 1 ? 1 : text.size());
    if (error != std::errc{} || pair[numbers % 2] < 0 || pair[numbers % 2] > limits::kExpiresMsMax) return std::nullopt;
    if (next != ',' && (next != ';' || numbers % 2 == 0)) return std::nullopt;
    if (numbers % 2 == 1) result.back().push_back({pair[0], pair[1]});
    if (numbers % 2 == 1 && ++claims > limits::kProofLabelsMax) return std::nullopt;
    if (next == ';') result.emplace_back();
  }
  return result;
}

// The object of that name in one of the array members of `json`; null when there is none.
const Json* find(const Json& json, const char* array, const char* key, const std::string& name) {
  if (!json.is_object() || !json.contains(array) || !json[array].is_array()) return nullptr;
  for (const Json& one : json[array])
    if (one.is_object() && one.contains(key) && one[key] == name) return &one;
  return nullptr;
}

// Whether a message that is given up as undelivered may arrive beside one that is sent instead.
class Windows {
 public:
  Windows(const ir::Flow& flow, const Json& declarations) : flow_(flow), declarations_(declarations) {}

  void see(const Seen& seen) {
    const bool fires = seen.arrow.to.fired != seen.node.fired;
    if (!fires) ways_.push_back({seen.from, seen.to, !seen.arrow.sends.empty(), is_open(seen)});
  }

  bool any_open() const {
    std::set<std::size_t> sending;
    const auto sends = [&](const Way& way) { return way.sends || sending.contains(way.to); };
    for (std::size_t before = kOutside; before != sending.size();) {
      before = sending.size();
      for (auto way = ways_.rbegin(); way != ways_.rend(); ++way)
        if (sends(*way)) sending.insert(way->from);
    }
    return std::ranges::any_of(ways_, [&](const Way& way) { return way.open && sends(way); });
  }

 private:
  struct Way {
    std::size_t from = 0;
    std::size_t to = 0;
    bool sends = false;
    bool open = false;  // given up as undelivered, and it may still arrive
  };

  bool is_open(const Seen& seen) const {
    if (seen.arrow.timer != static_cast<std::int32_t>(program::Timer::undelivered) || seen.node.site < 0) return false;
    const ir::SendSite& site = flow_.sends[static_cast<std::size_t>(seen.node.site)];
    const Json* channel = find(declarations_, "channels", "name", flow_.info.channels[site.channel].name);
    if (channel == nullptr || !channel->contains("receipts_within")) return true;
    const Json& text = (*channel)["receipts_within"];
    const auto within = program::parse_duration(text.is_string() ? text.get<std::string>() : "");
    return !within || *within < 0 || site.ttl_ms <= 0 || site.ttl_ms > seen.arrow.least - *within;
  }

  const ir::Flow& flow_;
  const Json& declarations_;
  std::vector<Way> ways_;
};

Status check(const ir::Flow& flow, const ir::Guarantee& guarantee, const Json& proofs, const Json& declarations,
             const Numbers& numbers, std::size_t& work) {
  const Json* proof = find(proofs, "proofs", "of", question_text(flow, guarantee));
  const Json* text = proof != nullptr && proof->contains("claims") ? &(*proof)["claims"] : nullptr;
  const auto claims = text != nullptr && text->is_string() ? read_claims(text->get<std::string>()) : std::nullopt;
  if (!claims) return fail(ErrorCode::invalid_argument, "there is no proof of it");
  Windows windows(flow, declarations);
  const bool reaches = guarantee.kind == Kind::reaches;
  const auto machine = make_machine(flow, numbers, reaches ? std::optional(guarantee.step) : std::nullopt, work);
  const auto most = walk(
      flow, guarantee, *machine,
      [&](const Node&, std::size_t number) { return number < claims->size() ? &(*claims)[number] : nullptr; },
      [&](const Seen& seen) { windows.see(seen); });
  if (!most) return std::unexpected(most.error());
  if (guarantee.kind == Kind::no_double_charge) {
    if (windows.any_open()) return fail(ErrorCode::invalid_argument, "a message may arrive beside its fallback");
  } else if (*most > (reaches ? 0 : guarantee.limit)) {
    return fail(ErrorCode::invalid_argument, "it comes to {}", *most);
  }
  return {};
}

}  // namespace

std::optional<Taken> take(const ir::Flow& flow, const ir::Guarantee& question, const Claim& claim, const Arrow& arrow) {
  const std::int64_t end = flow.info.expires_ms;
  const std::int64_t cap = arrow.timer > 0 ? end - 1 : end;  // of two that are due at once, `expires` is first
  const std::int64_t most = arrow.most >= end ? end : arrow.most;
  const bool counting = counts(question);
  Taken taken{claim, std::min(cap, counting ? end : claim.most + most)};
  if (arrow.timer == 0 && taken.ms < end) return std::nullopt;
  if (arrow.least > end || claim.earliest + arrow.least > cap) return std::nullopt;
  if (arrow.enters) taken.claim.earliest += arrow.least;
  if (arrow.enters && !counting) taken.claim.most = taken.ms;
  for (const std::uint32_t site : arrow.sends)
    if (counting && (!question.channel || *question.channel == flow.info.channels[flow.sends[site].channel].kind))
      ++taken.claim.most;
  return taken;
}

Result<std::int64_t> walk(const ir::Flow& flow, const ir::Guarantee& question, Machine& machine,
                          const std::function<const Claims*(const Node&, std::size_t)>& claims_of,
                          const std::function<void(const Seen&)>& see) {
  std::map<Node, std::size_t> numbers;
  std::vector<std::pair<const Node*, const Claims*>> found;
  std::int64_t most = 0;
  const auto follow = [&](const Node& node, std::size_t from, const Claims& claims, const Arrow& arrow) -> Status {
    std::size_t to = kOutside;
    for (const Claim& claim : claims) {
      const auto taken = take(flow, question, claim, arrow);
      if (!taken) continue;
      const bool matters = question.kind == Kind::last_send ? !arrow.sends.empty() : arrow.ends;
      if (counts(question) || matters)
        most = std::max(most, counts(question) ? taken->claim.most : question.kind == Kind::reaches ? 1 : taken->ms);
      if (!arrow.ends && to == kOutside) {
        const auto [place, fresh] = numbers.try_emplace(arrow.to, found.size());
        to = place->second;
        if (fresh) found.emplace_back(&place->first, claims_of(place->first, to));
      }
      const auto covers = [&](const Claim& other) {
        return other.earliest <= taken->claim.earliest && other.most >= taken->claim.most;
      };
      if (!arrow.ends && (found[to].second == nullptr || !std::ranges::any_of(*found[to].second, covers)))
        return fail(ErrorCode::invalid_argument, "its proof leaves out a way");
      see({from, to, node, arrow});
    }
    return {};
  };
  auto arrows = machine.start();
  const Node nothing;
  const Claims begin(1);
  for (std::size_t i = kOutside; arrows; arrows = machine.expand(*found[i].first)) {
    for (const Arrow& arrow : *arrows) {
      const Status followed =
          i == kOutside ? follow(nothing, i, begin, arrow) : follow(*found[i].first, i, *found[i].second, arrow);
      if (!followed) return std::unexpected(followed.error());
    }
    if (++i == found.size()) return most;
  }
  return std::unexpected(arrows.error());
}

std::string question_text(const ir::Flow& flow, const ir::Guarantee& guarantee) {
  if (counts(guarantee))
    return guarantee.channel ? fmt::format("messages {}", ir::word(*guarantee.channel)) : "messages";
  if (guarantee.kind != Kind::reaches) return std::string(ir::word(guarantee.kind));
  return fmt::format("reaches {}", flow.info.steps[static_cast<std::size_t>(guarantee.step)].name);
}

Status verify(const ir::Module& module, std::string_view certificate, std::string_view declarations,
              const Numbers& numbers) {
  const Json proofs = Json::parse(certificate, nullptr, false);
  const Json declared = Json::parse(declarations, nullptr, false);
  for (const ir::Flow& flow : module.flows) {
    const Json* of_flow = find(proofs, "flows", "flow", flow.info.name);
    std::size_t work = 0;
    for (const ir::Guarantee& guarantee : flow.guarantees) {
      const Status status = check(flow, guarantee, of_flow != nullptr ? *of_flow : Json(), declared, numbers, work);
      if (!status)
        return fail(ErrorCode::invalid_argument, "the certificate does not show `{}` of flow `{}`: {}",
                    question_text(flow, guarantee), flow.info.name, status.error().message);
    }
  }
  return {};
}

}  // namespace flow::certificate
