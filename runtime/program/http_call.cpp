#include "runtime/program/http_call.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/limits.h"
#include "runtime/program/escape.h"
#include "runtime/program/scalar_text.h"
#include "runtime/program/text.h"
#include "runtime/program/typed_json.h"

namespace flow::program {
namespace {

using Json = nlohmann::json;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

void append_pair(std::string& out, char separator, std::string_view name, std::string_view value) {
  if (separator != 0) out += separator;
  append_encoded(out, name);
  out += '=';
  append_encoded(out, value);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string_view without(std::string_view name, std::string_view place) {
  return name.substr(place.size());
}

// ---- Requests

constexpr std::string_view kSecretPrefix = "secret ";

class CallWriter {
 public:
  explicit CallWriter(const std::string& method) { call_.method = method; }

  // `secret`: the value of one, which may be a piece of what is before or behind it.
  Status add(std::string_view place, const std::string& value, bool secret) {
    const bool continued = place == place_ && (secret || secret_);
    place_ = place;
    secret_ = secret;
    if (place == kUrlPlace) {
      call_.url += value;
    } else if (place == kUrlValuePlace) {
      append_encoded(call_.url, value);
    } else if (place.starts_with(kQueryPlace)) {
      append_pair(query_, query_.empty() ? '\0' : '&', without(place, kQueryPlace), value);
    } else if (place.starts_with(kHeaderPlace)) {
      return add_header(without(place, kHeaderPlace), value, continued);
    } else if (place == kJsonPlace) {
      type_ = "application/json";
      secret ? append_json_escaped(call_.body, value) : void(call_.body += value);
    } else if (place == kJsonTextPlace) {
      type_ = "application/json";
      call_.body += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
    } else if (place.starts_with(kFormPlace)) {
      type_ = "application/x-www-form-urlencoded";
      if (continued)
        append_encoded(call_.body, value);
      else
        append_pair(call_.body, call_.body.empty() ? '\0' : '&', without(place, kFormPlace), value);
    } else if (place == kTextPlace) {
      type_ = "text/plain; charset=utf-8";
      call_.body += value;
    }
    return {};
  }

  HttpCall finish() {
    if (!query_.empty()) call_.url += (call_.url.find('?') == std::string::npos ? "?" : "&") + query_;
    const bool typed = std::ranges::any_of(call_.headers, [](const auto& header) {
      std::string name;
      append_lower(name, header.first);
      return name == "content-type";
    });
    if (!type_.empty() && !typed) call_.headers.emplace_back("Content-Type", type_);
    return std::move(call_);
  }

 private:
  Status add_header(std::string_view name, const std::string& value, bool continued) {
    if (has_control(value)) return fail(ErrorCode::invalid_argument, "a control character in the header `{}`", name);
    if (continued)
      call_.headers.back().second += value;
    else
      call_.headers.emplace_back(name, value);
    return {};
  }

  HttpCall call_;
  std::string query_;
  std::string_view type_;
  std::string_view place_;
  bool secret_ = false;
};

// ---- Answers

// Members by name, from the outside in; null when there is none.
const Json* find(const Json& body, std::string_view path) {
  const Json* at = &body;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return nullptr;
    const auto member = at->find(std::string(path.substr(0, dot)));
    if (member == at->end()) return nullptr;
    at = &*member;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

// False: of another type.
bool take(const Json& json, const FieldInfo& field, WrittenEvent& out) {
  FlowField& value = out.values.back();
  value.present = 1;
  if (is_composite(field.type)) {
    auto canonical = canonical_json(json, field, Types::answers);
    if (!canonical) return false;
    out.value_texts.emplace_back(out.values.size() - 1, std::move(*canonical));
    return true;
  }
  auto text = plain_text(json);
  if (!text) return false;
  if (is_text(field.type)) {
    if (!fits_text(*text, field)) return false;
    out.value_texts.emplace_back(out.values.size() - 1, *std::move(text));
    return true;
  }
  const auto scalar = scalar_of_plain_text(*text, field);
  if (!scalar) return false;
  value.scalar = *scalar;
  return true;
}

bool take_reads(const FlowInfo& info, const OperationInfo& site, std::string_view text, WrittenEvent& out) {
  if (site.reads.empty()) return true;
  const Json body = Json::parse(text, nullptr, false);
  if (body.is_discarded()) return false;
  for (const OperationRead& read : site.reads) {
    FlowField& value = out.values.emplace_back();
    value.text = {"", 0};
    const Json* found = find(body, read.path);
    if (found == nullptr || found->is_null()) {
      if (!read.optional) return false;
    } else if (!take(*found, info.fields[read.field], out)) {
      return false;
    }
  }
  return true;
}

std::int32_t outcome_of(const OperationInfo& site, int status) {
  using Kind = OperationOutcome::Kind;
  std::int32_t ok = 0;
  for (std::size_t i = 0; i < site.outcomes.size(); ++i) {
    const OperationOutcome& outcome = site.outcomes[i];
    if (outcome.kind == Kind::status && outcome.status == status) return static_cast<std::int32_t>(i);
    if (outcome.kind == Kind::ok) ok = static_cast<std::int32_t>(i);
  }
  return status >= 200 && status < 300 ? ok : 0;
}

}  // namespace

Result<HttpCall> http_call(const OperationInfo& site, std::span<const std::string> arguments,
                           const SecretLookUp& secrets) {
  CallWriter writer(site.kind == OperationKind::http ? site.target : "POST");
  for (std::size_t i = 0; i < std::min(arguments.size(), site.arguments.size()); ++i) {
    std::string_view place = site.arguments[i];
    const bool secret = place.starts_with(kSecretPrefix);
    if (!secret) {
      if (Status added = writer.add(place, arguments[i], false); !added) return std::unexpected(added.error());
      continue;
    }
    place = without(place, kSecretPrefix);
    const std::optional<std::string> value = secrets ? secrets(arguments[i]) : "***";
    if (!value) return fail(ErrorCode::failed_precondition, "no secret `{}` is configured", arguments[i]);
    if (Status added = writer.add(place, *value, true); !added) return std::unexpected(added.error());
  }
  return writer.finish();
}

WrittenEvent operation_result(const FlowInfo& info, const OperationInfo& site, std::int32_t outcome,
                              std::string_view body) {
  WrittenEvent out;
  out.event.kind = static_cast<std::int32_t>(EventKind::result);
  out.event.signal = -1;
  out.event.message = kNoMessage;
  out.event.operation = kNoOperation;
  out.event.outcome = outcome;
  if (!takes_values(site.outcomes[static_cast<std::size_t>(outcome)])) return out;
  bool taken = false;
  try {
    taken = take_reads(info, site, body, out);
  } catch (const std::exception&) {
    taken = false;  // memory, as far as is known
  }
  if (taken) return out;
  out.event.outcome = 0;
  out.values.clear();
  out.value_texts.clear();
  return out;
}

WrittenEvent http_result(const FlowInfo& info, const OperationInfo& site, int status, std::string_view body) {
  return operation_result(info, site, outcome_of(site, status), body);
}

}  // namespace flow::program
