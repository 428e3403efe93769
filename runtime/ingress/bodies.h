// Requests from outside, read strictly: a member or parameter that nobody knows is a mistake, not a wish.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "runtime/http/message.h"
#include "runtime/service/service.h"

namespace flow::ingress {

template <typename T>
using Read = std::expected<T, http::Response>;  // else the problem to answer with

// {"inputs": {…}, "default_region": "PH", "discard_at": "…"}; the idempotency key is in the header.
Read<service::StartRequest> read_start(const http::Request& request, const std::string& flow);

// {"executions": [{… as above, "idempotency_key": "…"}]}
Read<std::vector<service::StartRequest>> read_batch(const http::Request& request, const std::string& flow);

// {"bundle": "VERSION"}
Read<std::string> read_publish(const http::Request& request);

// ?flow=&bundle=&ended=true|false&limit=&cursor=
Read<service::ListQuery> read_list(const http::Request& request);

// Nothing when the body is of that media type; else 415.
std::expected<void, http::Response> check_media_type(const http::Request& request, std::string_view wanted);

}  // namespace flow::ingress
