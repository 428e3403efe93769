// flowd's own API, asked by flowd's verbs.
#pragma once

#include <chrono>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "runtime/config/secret.h"
#include "runtime/http/client.h"

namespace flow::daemon {

struct ApiOptions {
  std::string server = "http://127.0.0.1:8080";
  std::string token;  // env:NAME or file:PATH; empty: none

  void add_to(CLI::App& verb);
};

class ApiClient {
 public:
  // An error says which option is wrong.
  static Result<ApiClient> make(const ApiOptions& options);

  // The answer of a request without a body. not_found: 404; unavailable: nobody answers; failed_precondition: refused,
  // with the server's reason.
  Result<nlohmann::json> ask(const std::string& method, const std::string& path);

 private:
  ApiClient(std::string server, config::Secret token) : server_(std::move(server)), token_(std::move(token)) {}
  std::string server_;
  config::Secret token_;
};

}  // namespace flow::daemon
