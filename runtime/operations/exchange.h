// One HTTP request on behalf of a flow, its redirects included: only to hosts that the flow may ask, only to addresses
// that may be connected to, encrypted unless the operator says otherwise.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "runtime/config/network.h"
#include "runtime/http/client.h"
#include "runtime/http/url.h"
#include "runtime/operations/executor.h"
#include "runtime/operations/hosts.h"
#include "runtime/program/http_call.h"

namespace flow::operations {

// What the operator says of requests to the outside.
struct Rules {
  std::chrono::milliseconds timeout{30'000};  // of one attempt, redirects included
  std::vector<config::Network> networks;      // that may be reached besides public ones
  std::vector<std::string> plain_hosts;       // that may be asked without TLS: a name, perhaps with a port
};

struct Question {
  program::HttpCall call;
  std::vector<std::string> hosts;     // that may be asked: a name, perhaps with a port
  std::vector<int> own_statuses;      // that are answers, even when they are redirects
  bool secret = false;                // headers and body are for the origin that is asked, and for no other
  std::chrono::milliseconds time{0};  // for all of it
};

// Whether `url` is of a host in `hosts`: the same name, and the port that is written there, else the scheme's usual
// one.
bool is_among(const http::Url& url, const std::vector<std::string>& hosts);

// `done` is called once, on the client's loop, or within the call. The breakers must live until then.
void exchange(http::Client& client, Hosts& breakers, std::shared_ptr<const Rules> rules, Question question, Done done);

}  // namespace flow::operations
