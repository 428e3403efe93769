// What the service answered, as JSON over HTTP. The shapes are in openapi.json.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/http/json.h"
#include "runtime/http/message.h"
#include "runtime/service/service.h"

namespace flow::ingress {

http::Response json_response(int status, const http::Json& body);

// The problem's HTTP status is the one that service/problem.h gives it.
http::Response fault_response(const service::Fault& fault);
http::Json fault_json(const service::Fault& fault);  // the same as an element of a batch's answer
int status_of(service::Problem problem);

// The answer to a start, 201 or 200: as json_response of to_json, without the tree in between.
http::Response start_response(const service::StartAnswer& answer);

http::Json to_json(const service::BundleView& bundle);
http::Json to_json(const service::PublishedFlow& flow);
http::Json to_json(const service::StartAnswer& answer);
http::Json to_json(const service::ExecutionSummary& summary);
http::Json to_json(const service::TimelineEntry& entry);
http::Json to_json(const service::ExecutionView& view);
http::Json to_json(const service::ListPage& page);
http::Json to_json(const service::EraseAnswer& answer);
http::Json to_json(const service::ShardView& shard);
http::Json to_json(const service::RawView& view);

}  // namespace flow::ingress
