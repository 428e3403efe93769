#include "compiler/certificate/checker.h"

#include <algorithm>

#include "compiler/ir/text.h"

namespace flow::certificate {
namespace {

using Kind = ir::Guarantee::Kind;
constexpr std::int64_t kNever = -2 * kMost;  // what is asked for does not happen

// Whether the message that an arrow gives up as undelivered may still arrive.
bool may_arrive(const Question& question, const Arrow& arrow) {
  if (arrow.gave_up < 0) return false;
  const ir::SendSite& site = question.flow.sends[static_cast<std::size_t>(arrow.gave_up)];
  const auto within = question.receipts_within.find(question.flow.info.channels[site.channel].name);
  return within == question.receipts_within.end() || site.ttl_ms <= 0 || site.ttl_ms > arrow.least - within->second;
}

// The least answer to the question that the proof shows.
Result<std::int64_t> shown(Question question, const claims::Proof& proof, const ir::Numbers& numbers,
                           std::size_t& work) {
  question.forgetful = proof.forgetful;
  for (const std::int64_t credit : proof.credits)
    question.credits.push_back(std::clamp<std::int64_t>(credit, 0, limits::kExpiresMsMax));
  return walk(question, *make_machine(question, numbers, work), work, [&](const Node&, std::size_t place) {
    return place < proof.claims.size() ? proof.claims[place] : Claims{};
  });
}

}  // namespace

std::optional<Taken> take(const Question& question, const Claim& claim, const Arrow& arrow) {
  const ir::Guarantee& asked = question.guarantee;
  const bool sums = asked.kind == Kind::messages || asked.kind == Kind::cost;
  const bool timed = !sums && asked.kind != Kind::no_double_charge;
  const std::int64_t end = question.flow.info.expires_ms;
  const std::int64_t cap = arrow.timer > 0 ? end - 1 : end;  // of two that are due at once, `expires` is first
  const std::int64_t ms = std::min(cap, claim.most + std::min(end, arrow.most));
  if (arrow.timer == 0 && timed && ms < end && question.credits.empty()) return std::nullopt;
  if (arrow.least > end || claim.earliest + arrow.least > cap) return std::nullopt;
  Taken taken{claim, 0};
  if (arrow.enters) taken.claim.earliest += arrow.least;
  if (arrow.enters && timed) taken.claim.most = ms;
  switch (asked.kind) {
    case Kind::messages:
      for (const std::size_t site : arrow.sends) {
        const program::ChannelKind kind = question.flow.info.channels[question.flow.sends[site].channel].kind;
        if (asked.channel.value_or(kind) == kind) ++taken.claim.most;
      }
      break;
    case Kind::cost:
      taken.claim.most += arrow.cost;
      break;
    case Kind::no_double_charge:
      taken.claim.most = !arrow.fires && (claim.most > 0 || may_arrive(question, arrow)) ? 1 : 0;
      taken.value = taken.claim.most + (arrow.sends.empty() && arrow.starts.empty() ? 0 : 1);
      return taken;
    case Kind::last_send:
    case Kind::end:
      taken.value = (asked.kind == Kind::end ? arrow.ends : !arrow.sends.empty()) ? ms : kNever;
      break;
    case Kind::reaches:
      // Ways on which somebody is reached, or the step.
      if (arrow.fires || arrow.through || arrow.reaches) return std::nullopt;
      taken.value = arrow.ends ? 1 : 0;
      break;
  }
  for (const auto& [which, limit] : arrow.counted)
    if (which < question.credits.size()) taken.claim.most -= question.credits[which];
  for (const auto& [site, wait] : arrow.starts) {
    const Started& other = question.started[site];
    if (sums) taken.claim.most += other.most;
    if (asked.kind == Kind::last_send && other.most >= 0)
      taken.value = std::max(taken.value, ms + (other.lives_on ? other.most : std::min(other.most, wait)));
    if (asked.kind == Kind::end && other.lives_on) taken.value = std::max(taken.value, ms + other.most);
  }
  if (sums) taken.value = taken.claim.most;
  return taken;
}

Result<std::int64_t> walk(const Question& question, Machine& machine, std::size_t& work,
                          const std::function<Claims(const Node&, std::size_t)>& claims_of) {
  std::map<Node, std::size_t> numbers;
  std::vector<std::pair<const Node*, Claims>> found = {{nullptr, Claims(1)}};
  std::map<std::size_t, std::int64_t> limits;
  std::int64_t most = kNever;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto arrows = i == 0 ? machine.start() : machine.expand(*found[i].first);
    if (!arrows) return std::unexpected(arrows.error());
    for (const Arrow& arrow : *arrows) {
      for (const auto& [which, limit] : arrow.counted) limits[which] = std::max(limits[which], limit);
      for (std::size_t from = 0; from < found[i].second.size(); ++from) {
        const auto taken = take(question, found[i].second[from], arrow);
        if (!taken) continue;
        most = std::max(most, taken->value);
        if (arrow.ends) continue;
        const auto [place, fresh] = numbers.try_emplace(arrow.to, found.size());
        if (fresh) found.emplace_back(&place->first, claims_of(place->first, found.size() - 1));
        const Claims& claims = found[place->second].second;
        work += claims.size();
        if (work > kWorkMax) return fail(ErrorCode::invalid_argument, "it takes too much work to check");
        const auto covers = [&](const Claim& claim) {
          return claim.earliest <= taken->claim.earliest && claim.most >= taken->claim.most;
        };
        if (std::ranges::none_of(claims, covers))
          return fail(ErrorCode::invalid_argument, "its proof leaves out a way");
      }
    }
  }
  for (const auto& [which, limit] : limits)
    if (which < question.credits.size()) most += question.credits[which] * limit;
  const Kind kind = question.guarantee.kind;
  std::int64_t beside = 0;
  for (const Started& other : question.started) beside = std::max(beside, other.most);
  most = std::max<std::int64_t>(most, kind == Kind::last_send ? -1 : 0);
  if (kind == Kind::cost || (kind == Kind::messages && beside > 0)) return most;
  const std::int64_t limit = kind == Kind::messages ? limits::kMessagesPerExecutionMax : question.flow.info.expires_ms;
  return std::min(most, limit + beside);
}

Result<Question> question_of(const ir::Module& module, const ir::Starts& starts, std::uint32_t flow,
                             const ir::Guarantee& guarantee, const ReceiptsWithin& receipts_within,
                             const Shown& shown) {
  Question question{module.flows[flow], guarantee, receipts_within, {}};
  for (const ir::Starts::Site& site : starts.of[flow].sites) {
    std::int64_t& most = question.started.emplace_back(0, site.lives_on).most;
    if (!site.starts || !ir::adds_up(guarantee.kind)) continue;
    const auto found = shown.find({site.flow, ir::question_text(question.flow, guarantee)});
    if (found == shown.end()) return fail(ErrorCode::invalid_argument, "it starts a flow that does not show it");
    most = found->second;
  }
  return question;
}

Status verify(const ir::Module& module, std::string_view certificate, const ReceiptsWithin& receipts_within,
              const ir::Numbers& numbers) {
  if (std::ranges::all_of(module.flows, [](const ir::Flow& flow) { return flow.guarantees.empty(); })) return {};
  const auto read = claims::Certificate::read(certificate);
  const ir::Starts starts = ir::starts_of(module);
  if (starts.order.size() < module.flows.size())
    return fail(ErrorCode::invalid_argument, "flows start each other in a circle");
  Shown known;
  for (const std::uint32_t place : starts.order) {
    const ir::Flow& flow = module.flows[place];
    std::size_t work = 0;
    const std::vector<ir::Guarantee>& asked = starts.of[place].asked;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const ir::Guarantee& guarantee = asked[i];
      const std::string name = ir::question_text(flow, guarantee);
      const auto proof = read ? read->proof(flow.info.name, name) : std::unexpected(read.error());
      const auto question = question_of(module, starts, place, guarantee, receipts_within, known);
      const auto most = !question ? std::unexpected(question.error())
                        : !proof  ? std::unexpected(proof.error())
                                  : shown(*question, *proof, numbers, work);
      if (most) known[{place, name}] = *most;
      const std::int64_t limit = guarantee.kind == Kind::reaches            ? 0
                                 : guarantee.kind == Kind::no_double_charge ? 1
                                                                            : std::min(guarantee.limit, kMost - 1);
      if (i >= flow.guarantees.size() || (most && *most <= limit)) continue;
      return fail(ErrorCode::invalid_argument, "the certificate does not show `{}` of flow `{}`: {}", name,
                  flow.info.name, most ? fmt::format("it comes to {}", *most) : most.error().message);
    }
  }
  return {};
}

}  // namespace flow::certificate
