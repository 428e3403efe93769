// What a step `http` asks, put together from the values of its arguments, and what an answer means to it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/program/info.h"
#include "runtime/program/json.h"

namespace flow::program {

// Places of an argument of `http`, as OperationInfo::arguments names them. Arguments of a place that is not named are
// joined in their order.
inline constexpr std::string_view kUrlPlace = "url";             // as it is
inline constexpr std::string_view kUrlValuePlace = "url value";  // percent-encoded
inline constexpr std::string_view kQueryPlace = "query ";        // and a name: percent-encoded
inline constexpr std::string_view kHeaderPlace = "header ";      // and a name
inline constexpr std::string_view kJsonPlace = "json";           // of the body, as it is
inline constexpr std::string_view kJsonTextPlace = "json text";  // of the body, as a JSON text
inline constexpr std::string_view kFormPlace = "form ";          // and a name: a field of the body
inline constexpr std::string_view kTextPlace = "text";           // of the body, as it is: plain text

// Before one of these: the value is the name of one of the runtime's secrets, whose own value stands there. A piece of
// a header or a field of a form that is such a secret, or follows one, continues what is before it of the same name; of
// a body as JSON, `secret json` is a part of a JSON text, `secret json text` a whole one.

// The value of a secret, when it is asked for; nothing: there is none of that name.
using SecretLookUp = std::function<std::optional<std::string>(std::string_view name)>;

struct HttpCall {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Type among them when there is a body
  std::string body;
};

// invalid_argument: a header would have a control character in it; says which, not what. failed_precondition: there is
// no such secret. `arguments` are those of Effect::arguments; of an effect of this site. Without `secrets` each is
// "***".
Result<HttpCall> http_call(const OperationInfo& site, std::span<const std::string> arguments,
                           const SecretLookUp& secrets = {});

// The result event of an outcome of the site, by its place. Where values are taken, they come out of `body`, JSON; what
// is not there, or is of another type, makes it `failed`. Takes hostile bytes. The event's operation and time are left
// to the caller.
WrittenEvent operation_result(const FlowInfo& info, const OperationInfo& site, std::int32_t outcome,
                              std::string_view body);

// The result event of an answer: the arm of its status, else `ok` for 200 to 299, else `failed`; with `ok` what the
// site reads out of the body. Anything that is not there, or is of another type, makes it `failed`. Takes hostile
// bytes. Status 0: there was no answer. The event's operation and time are left to the caller.
WrittenEvent http_result(const FlowInfo& info, const OperationInfo& site, int status, std::string_view body);

}  // namespace flow::program
