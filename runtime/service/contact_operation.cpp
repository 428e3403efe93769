#include "runtime/service/contact_operation.h"

#include <algorithm>

#include "runtime/program/escape.h"
#include "runtime/program/scalar_text.h"

namespace flow::service {

namespace {

using program::OperationKind;
using program::ValueType;

constexpr std::string_view kSetPlace = "set ";
constexpr std::string_view kTagPlace = "tag ";
constexpr std::string_view kUntagPlace = "untag ";
constexpr std::int64_t kAgainAfterMs = 1000;

// As JSON that a field of this type takes; what is none is left to it to refuse.
void append_value(std::string& body, const std::string& value, ValueType type) {
  const bool number = type == ValueType::number && program::scalar_of_text(value, type, 0).has_value();
  const bool truth = type == ValueType::boolean && (value == "true" || value == "false");
  if (number || truth) {
    body += value;
    return;
  }
  body += '"';
  program::append_json_escaped(body, value);
  body += '"';
}

}  // namespace

std::optional<ContactRequest> contact_request(const program::OperationInfo& site,
                                              std::span<const std::string> arguments, std::string key) {
  if (site.kind != OperationKind::contact && site.kind != OperationKind::subscribe &&
      site.kind != OperationKind::unsubscribe) {
    return std::nullopt;
  }
  ContactRequest request;
  request.key = std::move(key);
  if (site.kind != OperationKind::contact) request.unsubscribed = site.kind == OperationKind::unsubscribe;
  for (const program::OperationRead& read : site.reads) request.reads.push_back(read.path);
  for (std::size_t i = 0; i < std::min(site.arguments.size(), arguments.size()); ++i) {
    const std::string_view place = site.arguments[i];
    const std::string& value = arguments[i];
    if (place == "address") request.address = value;
    if (place.starts_with(kSetPlace)) request.sets.push_back({std::string(place.substr(kSetPlace.size())), value});
    if (place.starts_with(kTagPlace)) request.tags.emplace_back(place.substr(kTagPlace.size()));
    if (place.starts_with(kUntagPlace)) request.untags.emplace_back(place.substr(kUntagPlace.size()));
  }
  return request;
}

operations::Answer contact_answer(const program::FlowInfo& info, const program::OperationInfo& site,
                                  const ContactRequest& request, const Outcome<ContactAnswer>& outcome) {
  operations::Answer answer;
  if (!outcome) {
    answer.reason = outcome.error().error.message;
    answer.again = outcome.error().problem != Problem::invalid_request;
    answer.retry_after_ms = kAgainAfterMs;
    return answer;
  }
  answer.status = 200;
  answer.body = "{";
  for (std::size_t i = 0; i < std::min(request.reads.size(), outcome->values.size()); ++i) {
    if (!outcome->values[i]) continue;
    if (answer.body.size() > 1) answer.body += ',';
    answer.body += '"';
    program::append_json_escaped(answer.body, request.reads[i]);
    answer.body += "\":";
    append_value(answer.body, *outcome->values[i], info.fields[site.reads[i].field].type);
  }
  answer.body += '}';
  return answer;
}

}  // namespace flow::service
