#include <string_view>

#include <nlohmann/json.hpp>

#include "compiler/prove/prove.h"
#include "runtime/program/json.h"
#include "runtime/program/money.h"

namespace flow::prove {
namespace {

using Json = nlohmann::ordered_json;

Json bound_json(const Bound& bound) {
  return {
      {"at_most", bound.at_most}, {"reached", bound.reached}, {"exact", bound.exact()}, {"complete", bound.complete}};
}

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::proven:
      return "proven";
    case Verdict::broken:
      return "broken";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

}  // namespace

std::string to_json(const check::Flow& flow, const Certificate& certificate) {
  Json json;
  json["version"] = 1;
  json["flow"] = certificate.flow;
  json["messages"] = bound_json(certificate.messages);
  json["channels"] = Json::object();
  for (const auto& [kind, bound] : certificate.channel_messages) {
    json["channels"][program::to_string(kind)] = bound_json(bound);
  }
  json["last_send_ms"] = bound_json(certificate.last_send_ms);
  if (certificate.cost) {
    json["cost"] = bound_json(*certificate.cost);
    json["cost"]["currency"] = program::currency_text(certificate.currency);
  }
  json["guarantees"] = Json::array();
  for (const GuaranteeResult& result : certificate.guarantees) {
    json["guarantees"].push_back({{"guarantee", guarantee_text(flow, flow.guarantees.at(result.guarantee))},
                                  {"verdict", verdict_word(result.verdict)}});
  }
  json["assumptions"] = certificate.assumptions;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace flow::prove
