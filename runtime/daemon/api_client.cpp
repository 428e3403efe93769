#include "runtime/daemon/api_client.h"

#include <fmt/format.h>

namespace flow::daemon {

using nlohmann::json;

void ApiOptions::add_to(CLI::App& verb) {
  verb.add_option("--server", server, "where flowd listens")->capture_default_str();
  verb.add_option("--token", token, "where the token is: env:NAME for an environment variable, file:PATH for a file");
}

Result<ApiClient> ApiClient::make(const ApiOptions& options) {
  config::Secret token;
  if (!options.token.empty()) {
    auto read = config::read_secret(options.token, config::process_environment(), ".");
    if (!read) return fail(read.error().code, "--token: {}", read.error().message);
    token = *std::move(read);
  }
  std::string server = options.server;
  while (server.ends_with('/')) server.pop_back();
  return ApiClient(std::move(server), std::move(token));
}

Result<json> ApiClient::ask(const std::string& method, const std::string& path) {
  http::ClientRequest request;
  request.method = method;
  request.url = server_ + path;
  if (!token_.empty()) request.headers.emplace_back("authorization", "Bearer " + token_.reveal());
  request.timeout = std::chrono::seconds(60);
  http::Client client;
  const http::ClientOutcome outcome = client.perform(std::move(request));
  if (!outcome) {
    const Error& error = outcome.error().error;
    return fail(error.code, "{}: {}; is flowd running there? (--server)", server_, error.message);
  }
  json body = json::parse(outcome->body, nullptr, false);
  if (outcome->status >= 200 && outcome->status <= 299 && !body.is_discarded()) return body;
  std::string why;
  for (const char* part : {"title", "detail"}) {
    if (body.is_object() && body.contains(part) && body[part].is_string()) why += ": " + body[part].get<std::string>();
  }
  if (outcome->status == 401) why += "; give a token with --token env:NAME or --token file:PATH";
  if (outcome->status == 403) why += "; give a token that has this scope";
  return fail(outcome->status == 404 ? ErrorCode::not_found : ErrorCode::failed_precondition,
              "{} refused with status {}{}", server_, outcome->status, why);
}

}  // namespace flow::daemon
