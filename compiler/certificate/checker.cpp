#include "compiler/certificate/checker.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "compiler/ir/words.h"
#include "runtime/program/text.h"

namespace flow::certificate {
namespace {

using Kind = ir::Guarantee::Kind;
using Json = nlohmann::json;

constexpr std::size_t kOutside = SIZE_MAX;
constexpr std::int64_t kClaimMax = 1'000 * limits::kExpiresMsMax;

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
    if (error != std::errc{} || std::abs(pair[numbers % 2]) > kClaimMax) return std::nullopt;
    if (next != ',' && (next != ';' || numbers % 2 == 0)) return std::nullopt;
    if (numbers % 2 == 1) result.back().push_back({pair[0], pair[1]});
    if (numbers % 2 == 1 && ++claims > limits::kProofLabelsMax) return std::nullopt;
    if (next == ';') result.emplace_back();
  }
  return result;
}

// The object of that name in one of the array members of `json`; an empty one when there is none.
Json find(const Json& json, const char* array, const char* key, const std::string& name) {
  if (!json.is_object() || !json.contains(array) || !json[array].is_array()) return {};
  for (const Json& one : json[array])
    if (one.is_object() && one.contains(key) && one[key] == name) return one;
  return {};
}

// Whether the message that an arrow gives up as undelivered may still arrive.
bool may_arrive(const Question& question, const Arrow& arrow) {
  if (arrow.gave_up < 0) return false;
  const ir::SendSite& site = question.flow.sends[static_cast<std::size_t>(arrow.gave_up)];
  const auto within = question.receipts_within.find(question.flow.info.channels[site.channel].name);
  return within == question.receipts_within.end() || site.ttl_ms <= 0 || site.ttl_ms > arrow.least - within->second;
}

Status check(Question question, const Json& proof, const Numbers& numbers, std::size_t& work) {
  const auto unproven = [] { return fail(ErrorCode::invalid_argument, "there is no proof of it"); };
  if (!proof.is_object() || !proof.contains("claims") || !proof["claims"].is_string()) return unproven();
  const auto claims = read_claims(proof["claims"].get_ref<const std::string&>());
  const Json forget = proof.value("forget", Json(0U));
  const Json credits = proof.value("credits", Json::array());
  if (!claims || !forget.is_number_unsigned() || forget > 2U || !credits.is_array()) return unproven();
  for (const Json& credit : credits) {
    if (!credit.is_number_unsigned() || credit > kClaimMax) return unproven();
    question.credits.push_back(credit.get<std::int64_t>());
  }
  question.forget = static_cast<Forget>(forget.get<unsigned>());
  const auto machine = question.machine(numbers, work);
  const auto most = walk(question, *machine, [&](const Node&, std::size_t number) {
    return number < claims->size() ? &(*claims)[number] : nullptr;
  });
  if (!most) return std::unexpected(most.error());
  const ir::Guarantee& asked = question.guarantee;
  const std::int64_t limit = asked.kind == Kind::reaches ? 0 : asked.kind == Kind::no_double_charge ? 1 : asked.limit;
  if (*most > limit) return fail(ErrorCode::invalid_argument, "it comes to {}", *most);
  return {};
}

}  // namespace

std::unique_ptr<Machine> Question::machine(const Numbers& numbers, std::size_t& work) const {
  const auto goal = guarantee.kind == Kind::reaches ? std::optional(guarantee.step) : std::nullopt;
  return make_machine(flow, numbers, goal, forget, work);
}

std::optional<Taken> take(const Question& question, const Claim& claim, const Arrow& arrow) {
  const ir::Guarantee& asked = question.guarantee;
  const std::int64_t end = question.flow.info.expires_ms;
  const std::int64_t cap = arrow.timer > 0 ? end - 1 : end;  // of two that are due at once, `expires` is first
  const std::int64_t ms = std::min(cap, claim.most + std::min(end, arrow.most));
  if (arrow.timer == 0 && ms < end && !counts(asked) && question.credits.empty()) return std::nullopt;
  if (arrow.least > end || claim.earliest + arrow.least > cap) return std::nullopt;
  Taken taken{claim, 0};
  if (arrow.enters) taken.claim.earliest += arrow.least;
  if (arrow.enters && !counts(asked)) taken.claim.most = ms;
  if (asked.kind == Kind::no_double_charge) {
    taken.claim.most = !arrow.fires && (claim.most > 0 || may_arrive(question, arrow)) ? 1 : 0;
    taken.value = taken.claim.most + (arrow.sends.empty() ? 0 : 1);
  }
  for (const std::uint32_t site : arrow.sends) {
    const program::ChannelKind kind = question.flow.info.channels[question.flow.sends[site].channel].kind;
    if (asked.kind == Kind::messages && asked.channel.value_or(kind) == kind) ++taken.claim.most;
  }
  for (const std::uint32_t one : arrow.counted)
    if (one < question.credits.size() && asked.kind != Kind::no_double_charge)
      taken.claim.most -= question.credits[one];
  if (asked.kind == Kind::messages) taken.value = taken.claim.most;
  if (asked.kind == Kind::reaches) taken.value = arrow.ends ? 1 : 0;
  const bool timed = asked.kind == Kind::last_send ? !arrow.sends.empty() : asked.kind == Kind::end && arrow.ends;
  if (timed) taken.value = ms;
  return taken;
}

Result<std::int64_t> walk(const Question& question, Machine& machine,
                          const std::function<const Claims*(const Node&, std::size_t)>& claims_of) {
  std::map<Node, std::size_t> numbers;
  std::vector<std::pair<const Node*, const Claims*>> found;
  std::int64_t most = 0;
  const auto follow = [&](const Claims& claims, const Arrow& arrow) -> Status {
    std::size_t to = kOutside;
    for (const Claim& claim : claims) {
      const auto taken = take(question, claim, arrow);
      if (!taken) continue;
      most = std::max(most, taken->value);
      if (arrow.ends) continue;
      if (to == kOutside) {
        const auto [place, fresh] = numbers.try_emplace(arrow.to, found.size());
        to = place->second;
        if (fresh) found.emplace_back(&place->first, claims_of(place->first, to));
      }
      const auto covers = [&](const Claim& other) {
        return other.earliest <= taken->claim.earliest && other.most >= taken->claim.most;
      };
      if (found[to].second == nullptr || !std::ranges::any_of(*found[to].second, covers))
        return fail(ErrorCode::invalid_argument, "its proof leaves out a way");
    }
    return {};
  };
  const Claims begin(1);
  auto arrows = machine.start();
  for (std::size_t i = kOutside; arrows; arrows = machine.expand(*found[i].first)) {
    for (const Arrow& arrow : *arrows)
      if (Status followed = follow(i == kOutside ? begin : *found[i].second, arrow); !followed)
        return std::unexpected(followed.error());
    if (++i < found.size()) continue;
    for (std::size_t one = 0; one < std::min(question.credits.size(), machine.limits().size()); ++one)
      most += question.credits[one] * machine.limits()[one];
    const bool messages = question.guarantee.kind == Kind::messages;
    const std::int64_t all = messages ? limits::kMessagesPerExecutionMax : question.flow.info.expires_ms;
    return std::min(most, all);
  }
  return std::unexpected(arrows.error());
}

std::string question_text(const ir::Flow& flow, const ir::Guarantee& guarantee) {
  if (guarantee.kind == Kind::messages)
    return guarantee.channel ? fmt::format("messages {}", ir::word(*guarantee.channel)) : "messages";
  if (guarantee.kind != Kind::reaches) return std::string(ir::word(guarantee.kind));
  return fmt::format("reaches {}", flow.info.steps[static_cast<std::size_t>(guarantee.step)].name);
}

std::map<std::string, std::int64_t> receipts_within(std::string_view declarations) {
  std::map<std::string, std::int64_t> result;
  const Json declared = Json::parse(declarations, nullptr, false);
  if (!declared.is_object() || !declared.contains("channels")) return result;
  for (const Json& one : declared["channels"]) {
    const auto text = [&](const char* key) {
      return one.is_object() && one.contains(key) && one[key].is_string() ? one[key].get<std::string>() : "";
    };
    const auto within = program::parse_duration(text("receipts_within"));
    if (within && *within >= 0) result.emplace(text("name"), *within);
  }
  return result;
}

Status verify(const ir::Module& module, std::string_view certificate, std::string_view declarations,
              const Numbers& numbers) {
  const Json proofs = Json::parse(certificate, nullptr, false);
  const auto within = receipts_within(declarations);
  for (const ir::Flow& flow : module.flows) {
    const Json of_flow = find(proofs, "flows", "flow", flow.info.name);
    std::size_t work = 0;
    for (const ir::Guarantee& guarantee : flow.guarantees) {
      const std::string question = question_text(flow, guarantee);
      const Status status =
          check({flow, guarantee, within, Forget::nothing, {}}, find(of_flow, "proofs", "of", question), numbers, work);
      if (!status)
        return fail(ErrorCode::invalid_argument, "the certificate does not show `{}` of flow `{}`: {}", question,
                    flow.info.name, status.error().message);
    }
  }
  return {};
}

}  // namespace flow::certificate
