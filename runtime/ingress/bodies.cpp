#include "runtime/ingress/bodies.h"

#include <algorithm>

#include "base/limits.h"
#include "runtime/core/flat_json.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"
#include "runtime/http/problem.h"
#include "runtime/http/trace_context.h"
#include "runtime/ingress/times.h"

namespace flow::ingress {
namespace {

using http::Json;

std::unexpected<http::Response> invalid(std::string_view detail) {
  return std::unexpected(http::problem(400, "invalid_request", "the request is not valid", detail));
}

// What a caller wrote, short enough to be repeated.
std::string shown(std::string_view text) {
  return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 40)) + "…";
}

// `place` goes before messages about an element of a batch: "executions[3]: ".
std::expected<void, http::Response> check_members(const Json& object, std::initializer_list<std::string_view> known,
                                                  const std::string& place) {
  if (!object.is_object()) return invalid(place + "a JSON object is wanted");
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return invalid(fmt::format("{}there is no `{}`; known are {}", place, shown(name), fmt::join(known, ", ")));
    }
  }
  return {};
}

Read<Json> read_json(const http::Request& request) {
  if (auto type = check_media_type(request, "application/json"); !type) return std::unexpected(type.error());
  auto body = http::parse_json(request.body);
  if (!body) return invalid("the body is not JSON, or nests too deep");
  return std::move(*body);
}

// Two capital letters.
bool is_region(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool good_key(std::string_view key) {
  const auto printable = [](char c) { return c >= ' ' && c < 0x7F; };
  return !key.empty() && key.size() <= limits::kIdempotencyKeyBytesMax && std::ranges::all_of(key, printable);
}

// An optional text member; an error when it is there and no text.
Read<std::string> optional_text(const Json& object, const char* name, const std::string& place) {
  const Json& value = http::member(object, name);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return invalid(fmt::format("{}`{}` must be a text", place, name));
  return value.get<std::string>();
}

// A start as most programs send it; nothing: the full parser reads it, or says what is wrong with it.
std::optional<service::StartRequest> read_flat_start(std::string_view body) {
  using Kind = core::FlatMember::Kind;
  const auto flat = core::FlatJson::read(body);
  if (!flat) return std::nullopt;
  service::StartRequest start;
  for (const core::FlatMember& member : flat->members()) {
    if (member.name == "inputs" && member.kind == Kind::object && start.inputs_json.empty()) {
      start.inputs_json = std::string(member.value);
    } else if (member.name == "default_region" && member.kind == Kind::text && start.default_region.empty() &&
               is_region(member.value)) {
      start.default_region = std::string(member.value);
    } else {
      return std::nullopt;
    }
  }
  if (start.inputs_json.empty() || start.inputs_json.size() > limits::kInputsBytesMax) return std::nullopt;
  return start;
}

// What a start has in common with an element of a batch. `raw` is the text of `object`.
Read<service::StartRequest> read_common(const Json& object, std::string_view raw, const std::string& flow,
                                        const std::string& place) {
  service::StartRequest start;
  start.flow = flow;
  if (!http::member(object, "inputs").is_object()) {
    return invalid(place + "`inputs` is needed, an object from input name to value");
  }
  start.inputs_json = std::string(http::raw_member(raw, "inputs").value_or("{}"));
  if (start.inputs_json.size() > limits::kInputsBytesMax) {
    return invalid(fmt::format("{}`inputs` has more than {} bytes", place, limits::kInputsBytesMax));
  }
  auto region = optional_text(object, "default_region", place);
  if (!region) return std::unexpected(region.error());
  if (!region->empty() && !is_region(*region)) {
    return invalid(place + "`default_region` must be two capital letters, such as \"PH\"");
  }
  start.default_region = std::move(*region);
  auto discard = optional_text(object, "discard_at", place);
  if (!discard) return std::unexpected(discard.error());
  if (!discard->empty()) {
    start.discard_at_ms = parse_time(*discard);
    if (!start.discard_at_ms) {
      return invalid(place + "`discard_at` must be a time such as \"2026-11-20T10:00:00Z\"");
    }
  }
  return start;
}

Read<service::StartRequest> read_element(const Json& object, std::string_view raw, const std::string& flow,
                                         const std::string& place) {
  if (auto known = check_members(object, {"inputs", "default_region", "discard_at", "idempotency_key"}, place);
      !known) {
    return std::unexpected(known.error());
  }
  auto start = read_common(object, raw, flow, place);
  if (!start) return start;
  auto key = optional_text(object, "idempotency_key", place);
  if (!key) return std::unexpected(key.error());
  if (object.contains("idempotency_key") && !good_key(*key)) {
    return invalid(place + "`idempotency_key` must be 1 to 255 printable ASCII characters");
  }
  start->idempotency_key = std::move(*key);
  return start;
}

Read<std::size_t> read_limit(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() <= 4 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t limit = digits ? std::stoul(text) : 0;
  if (limit == 0 || limit > limits::kListPageMax) {
    return invalid(fmt::format("`limit` must be a number from 1 to {}", limits::kListPageMax));
  }
  return limit;
}

}  // namespace

std::expected<void, http::Response> check_media_type(const http::Request& request, std::string_view wanted) {
  const std::string_view given = request.header("content-type").value_or("");
  if (given == wanted) return {};
  if (http::lower_case(given.substr(0, given.find_first_of("; "))) == wanted) return {};
  return std::unexpected(http::problem(415, "unsupported_media_type", "the body is of another media type",
                                       fmt::format("this wants content-type {}", wanted)));
}

namespace {

Read<service::StartRequest> read_start_body(const http::Request& request, const std::string& flow) {
  if (auto type = check_media_type(request, "application/json"); !type) return std::unexpected(type.error());
  if (auto start = read_flat_start(request.body)) {
    start->flow = flow;
    return *std::move(start);
  }
  const auto body = read_json(request);
  if (!body) return std::unexpected(body.error());
  if (auto known = check_members(*body, {"inputs", "default_region", "discard_at"}, ""); !known) {
    return std::unexpected(known.error());
  }
  return read_common(*body, request.body, flow, "");
}

}  // namespace

Read<service::StartRequest> read_start(const http::Request& request, const std::string& flow) {
  auto start = read_start_body(request, flow);
  if (!start) return start;
  if (const auto key = request.header("idempotency-key")) {
    if (!good_key(*key)) return invalid("Idempotency-Key must be 1 to 255 printable ASCII characters");
    start->idempotency_key = std::string(*key);
  }
  if (const auto trace = request.header("traceparent")) {
    start->traceparent = http::read_traceparent(*trace).value_or("");
  }
  return start;
}

Read<std::vector<service::StartRequest>> read_batch(const http::Request& request, const std::string& flow) {
  const auto body = read_json(request);
  if (!body) return std::unexpected(body.error());
  if (auto known = check_members(*body, {"executions"}, ""); !known) return std::unexpected(known.error());
  const Json& elements = http::member(*body, "executions");
  if (!elements.is_array()) return invalid("`executions` is needed, a list");
  if (elements.empty() || elements.size() > limits::kBatchStartsMax) {
    return invalid(fmt::format("a batch has 1 to {} executions", limits::kBatchStartsMax));
  }
  const auto raw = http::raw_elements(http::raw_member(request.body, "executions").value_or("[]"));
  if (raw.size() != elements.size()) return invalid("`executions` is not a list");
  std::vector<service::StartRequest> starts;
  starts.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto start = read_element(elements[i], raw[i], flow, fmt::format("executions[{}]: ", i));
    if (!start) return std::unexpected(start.error());
    starts.push_back(std::move(*start));
  }
  return starts;
}

Read<std::string> read_publish(const http::Request& request) {
  const auto body = read_json(request);
  if (!body) return std::unexpected(body.error());
  if (auto known = check_members(*body, {"bundle"}, ""); !known) return std::unexpected(known.error());
  const std::string_view bundle = http::text(*body, "bundle");
  if (bundle.empty()) return invalid("`bundle` is needed, the version that deploying it answered");
  return std::string(bundle);
}

Read<service::ListQuery> read_list(const http::Request& request) {
  const auto fields = http::parse_form(request.query());
  if (!fields) return invalid("the query is malformed");
  service::ListQuery query;
  for (const auto& [name, value] : *fields) {
    if (name == "flow") {
      query.flow = value;
    } else if (name == "bundle") {
      query.bundle = value;
    } else if (name == "cursor") {
      query.cursor = value;
    } else if (name == "ended") {
      if (value != "true" && value != "false") return invalid("`ended` must be true or false");
      query.ended = value == "true";
    } else if (name == "limit") {
      const auto limit = read_limit(value);
      if (!limit) return std::unexpected(limit.error());
      query.limit = *limit;
    } else {
      return invalid(
          fmt::format("there is no parameter `{}`; known are flow, bundle, ended, limit, cursor", shown(name)));
    }
  }
  return query;
}

}  // namespace flow::ingress
