// `price KIND PURPOSE { PH, MM = 0.02USD; else = 0.05USD }`, and the prices that a guarantee of cost needs.
#include "compiler/check/prices.h"

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/stages.h"
#include "compiler/check/words.h"
#include "runtime/program/json.h"
#include "runtime/program/money.h"

namespace flow::check {
namespace {

class PriceChecker {
 public:
  PriceChecker(WorkspaceScope& scope, const syntax::Entry& entry) : scope_(scope), entry_(entry), values_(scope) {}

  void run(const syntax::Expr& kind, const syntax::Expr* purpose) {
    refuse_other_parts(sink(), entry_, kBlock, "price");
    price_.span = source::join(kind.span, purpose != nullptr ? purpose->span : kind.span);
    const auto known = check_channel_kind(sink(), kind);
    if (!known) return;
    price_.kind = *known;
    if (purpose != nullptr) {
      auto known_purpose = check_purpose(sink(), *purpose);
      if (!known_purpose) return;
      price_.purpose = *std::move(known_purpose);
    }
    if (!is_new()) return;
    if (!entry_.block || entry_.block->entries.empty()) {
      sink()
          .report(Code::missing_part, entry_.head.span, "this price names no amount")
          .hint("they stand in a block: `{ PH = 0.02USD; else = 0.05USD }`");
      return;
    }
    for (const syntax::Entry& line : entry_.block->entries) read(line);
    scope_.workspace.prices.push_back(std::move(price_));
  }

 private:
  Sink& sink() { return scope_.sink; }

  bool is_new() {
    const auto& prices = scope_.workspace.prices;
    const auto same = std::ranges::find_if(
        prices, [&](const Price& other) { return other.kind == price_.kind && other.purpose == price_.purpose; });
    if (same == prices.end()) return true;
    sink()
        .report(Code::duplicate_name, price_.span, "these messages have a price already")
        .also(same->span, "the first one")
        .hint("one block for each kind of channel, or for each purpose on it");
    return false;
  }

  void read(const syntax::Entry& line) {
    refuse_other_parts(sink(), line, kValue, "price");
    const syntax::Expr* written = line.value ? single(*line.value) : nullptr;
    if (written == nullptr) {
      sink()
          .report(Code::missing_part, line.head.span, "this line names no amount")
          .hint("`PH = 0.02USD`, `else = 0.05USD`");
      return;
    }
    const auto amount = check_amount(*written);
    for (const syntax::Item& item : line.head.items) {
      if (!item.is_else && item.exprs.size() != 1) {
        sink()
            .report(Code::unexpected_part, item.exprs[1].span, "regions stand between commas")
            .hint("`PH, MM = 0.02USD`");
        continue;
      }
      const auto region = item.is_else ? std::optional<std::string>("else") : check_region(sink(), item.exprs[0]);
      if (!region) continue;
      const auto [place, fresh] = seen_.emplace(*region, item.span);
      if (!fresh) {
        sink()
            .report(Code::duplicate_name, item.span, "`{}` has a price already", *region)
            .also(place->second, "the first one")
            .hint("take one of them out");
        continue;
      }
      if (item.is_else)
        price_.otherwise = amount.value_or(0);
      else
        price_.regions.emplace_back(*region, amount.value_or(0));
    }
  }

  std::optional<std::int64_t> check_amount(const syntax::Expr& written) {
    const Want want{ValueType::money, "every price", scope_.workspace.currency};
    const auto value = check_constant(values_, written, want);
    if (!value) return std::nullopt;
    if (value->scalar < 0 || value->scalar > limits::kPriceMax) {
      sink()
          .report(Code::out_of_range, written.span, "a price {}", value->scalar < 0 ? "below nothing" : "beyond reason")
          .hint(fmt::format("0 to {}", limits::kPriceMax / limits::kNumberScale));
      return std::nullopt;
    }
    program::Currency& currency = scope_.workspace.currency;
    if (currency == 0) currency = value->type.currency;
    return value->scalar;
  }

  WorkspaceScope& scope_;
  const syntax::Entry& entry_;
  WorkspaceValues values_;
  Price price_;
  std::map<std::string, Span> seen_;
};

const Guarantee* cost_promised(const Flow& flow) {
  const auto found = std::ranges::find(flow.guarantees, Guarantee::Kind::cost, &Guarantee::kind);
  return found != flow.guarantees.end() ? &*found : nullptr;
}

}  // namespace

void declare_price(WorkspaceScope& scope, const syntax::Entry& entry, const syntax::Expr& kind,
                   const syntax::Expr* purpose) {
  PriceChecker(scope, entry).run(kind, purpose);
}

void check_cost_currency(FlowScope& scope) {
  const program::Currency priced = scope.shared.workspace.currency;
  const Guarantee* promise = cost_promised(scope.flow);
  if (promise == nullptr || priced == 0 || promise->currency == priced) return;
  scope.sink()
      .report(Code::currency, promise->span, "a cost in {}, and prices in {}",
              program::currency_text(promise->currency), program::currency_text(priced))
      .hint(fmt::format("`guarantee cost <= 0.2{}`", program::currency_text(priced)));
}

// What a guarantee of cost adds up; each kind of message is reported once.
void check_prices_known(FlowScope& scope) {
  const WorkspaceSettings& workspace = scope.shared.workspace;
  const Guarantee* promise = cost_promised(scope.flow);
  if (promise == nullptr) return;
  std::vector<std::string> reported;
  for (const Step& step : scope.flow.steps) {
    const auto* send = std::get_if<Send>(&step.body);
    if (send == nullptr) continue;
    const ChannelKind kind = workspace.channels.at(index(send->channel)).kind;
    const Price* price = find_price(workspace, kind, send->purpose);
    const auto missing = price == nullptr ? std::optional<std::string>("else") : unpriced(workspace, *price);
    if (!missing) continue;
    const std::string_view channel = program::to_string(kind);
    const bool own = price != nullptr && !price->purpose.empty();
    std::string what = own ? fmt::format("{} {}", channel, send->purpose) : std::string(channel);
    if (std::ranges::find(reported, what) != reported.end()) continue;
    std::string where;
    if (price != nullptr) where = *missing == "else" ? " in other regions" : " in " + *missing;
    scope.sink()
        .report(Code::price_missing, step.span, "what this {} message costs{} is not known", channel, where)
        .also(promise->span, "a bound on the cost needs it")
        .hint(fmt::format("in workspace.flow: `price {} {{ {} = 0.05{} }}`", what, *missing,
                          program::currency_text(promise->currency)));
    reported.push_back(std::move(what));
  }
}

}  // namespace flow::check
