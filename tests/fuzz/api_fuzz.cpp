// Requests to the API from the first line on: "METHOD TARGET\nBODY". The service behind it answers everything, so that
// what the API makes of strangers' bytes is what is tested; every request must get exactly one well-formed answer.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "runtime/http/json.h"
#include "runtime/ingress/api.h"
#include "runtime/ingress/fake_service_test.h"
#include "runtime/ingress/times.h"

namespace flow::ingress {
namespace {

config::Config configuration() {
  config::Config config;
  config.sealing_keys.push_back({"k", std::string(32, 'k')});
  config::Channel sms;
  sms.provider = config::TwilioSms{"http://127.0.0.1:1", "AC1", config::Secret("auth-token")};
  config.channels.emplace("sms", sms);
  return config;
}

struct World {
  channels::Channels channels{configuration(), "http://flowd.example", [] { return std::int64_t{0}; }};
  core::VirtualClock clock{0};
};

http::Request request_of(const std::string& text) {
  http::Request request;
  const auto line = text.substr(0, text.find('\n'));
  const auto blank = line.find(' ');
  request.method = line.substr(0, blank);
  request.target = blank == std::string::npos ? "/" : line.substr(blank + 1);
  request.body = text.substr(std::min(line.size() + 1, text.size()));
  const bool bundle = request.target == "/v1/bundles";
  request.headers = {{"content-type", bundle ? "application/octet-stream" : "application/json"},
                     {"idempotency-key", request.body.substr(0, 300)}};
  return request;
}

void run(const std::string& text) {
  static World world;
  FakeService service;
  const Api api({}, service, world.channels, world.clock);
  const http::Request request = request_of(text);
  int answers = 0;
  api.handle(request, http::Responder([&](const http::Response& response) {
               ++answers;
               const auto type = response.header("content-type").value_or("");
               if (response.status < 200 || response.status > 599) std::abort();
               if (type.find("json") != std::string_view::npos && !http::parse_json(response.body)) std::abort();
             }));
  if (answers != 1) std::abort();
  for (const auto& start : service.starts) {
    if (!http::parse_json(start.inputs_json)) std::abort();
  }
  if (const auto ms = parse_time(request.body.substr(0, 40)); ms && parse_time(format_time(*ms)) != ms) std::abort();
}

}  // namespace
}  // namespace flow::ingress

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flow::ingress::run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
