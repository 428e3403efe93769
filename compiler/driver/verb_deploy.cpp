// flowc deploy: hands a bundle, or a workspace made into one, to a flowd, and publishes its flows when asked.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "compiler/bundle/bundle.h"
#include "compiler/driver/build.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/deploy_client.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "runtime/config/secret.h"

namespace flow::driver {
namespace {

using nlohmann::json;

struct Options {
  std::string environment;
  std::string bundle;
  std::string server = "http://127.0.0.1:8080";
  std::string token;
  bool publish = false;
  std::vector<std::string> flows;
};

// What a server says when it refuses: problem details (RFC 9457), else its status alone.
Error refusal(const http::Response& response) {
  const json body = json::parse(response.body, nullptr, false);
  std::string why;
  if (body.is_object() && body.contains("title") && body["title"].is_string()) why = body["title"].get<std::string>();
  if (body.is_object() && body.contains("detail") && body["detail"].is_string()) {
    why += ": " + body["detail"].get<std::string>();
  }
  if (response.status == 401) why += "; give a token with --token env:NAME or --token file:PATH";
  return {ErrorCode::failed_precondition,
          fmt::format("the server refused with status {}{}{}", response.status, why.empty() ? "" : ": ", why)};
}

class Deployment {
 public:
  Deployment(const Options& options, std::string bytes) : options_(options), bytes_(std::move(bytes)) {
    while (options_.server.ends_with('/')) options_.server.pop_back();
  }

  // What to print.
  Result<std::string> run() {
    // A file that the server would refuse is refused here, without sending it anywhere.
    const auto bundle = bundle::read_bundle(bytes_);
    if (!bundle) return fail(bundle.error().code, "`{}`: {}", options_.bundle, bundle.error().message);
    if (auto read = read_token(); !read) return std::unexpected(read.error());

    const std::string version = bundle::version_of(bytes_);
    const auto deployed = send("POST", "/v1/bundles", "application/octet-stream", bytes_);
    if (!deployed) return std::unexpected(deployed.error());
    std::string out = fmt::format("{} {}\n", deployed->status == 201 ? "deployed" : "already there:", version);

    std::vector<std::string> there;
    for (const ir::Flow& flow : bundle->module.flows) there.push_back(flow.info.name);
    for (const std::string& flow : options_.publish&& options_.flows.empty() ? there : options_.flows) {
      if (std::find(there.begin(), there.end(), flow) == there.end()) {
        return fail(ErrorCode::not_found, "the bundle has no flow `{}`; it has {}", flow, fmt::join(there, ", "));
      }
      const auto published =
          send("PUT", "/v1/flows/" + flow + "/published", "application/json", json{{"bundle", version}}.dump());
      if (!published) return std::unexpected(published.error());
      out += fmt::format("published {}\n", flow);
    }
    return out;
  }

 private:
  Status read_token() {
    if (options_.token.empty()) return {};
    auto secret = config::read_secret(options_.token, config::process_environment(), ".");
    if (!secret) return fail(secret.error().code, "--token: {}", secret.error().message);
    token_ = std::move(*secret);
    return {};
  }

  Result<http::Response> send(const char* method, const std::string& path, const char* type, const std::string& body) {
    http::ClientRequest request;
    request.method = method;
    request.url = options_.server + path;
    request.headers = {{"content-type", type}};
    if (!token_.empty()) request.headers.emplace_back("authorization", "Bearer " + token_.reveal());
    request.body = body;
    request.timeout = std::chrono::seconds(60);
    auto response = perform(request);
    if (!response) return fail(response.error().code, "{}: {}", options_.server, response.error().message);
    if (response->status < 200 || response->status > 299) return std::unexpected(refusal(*response));
    return response;
  }

  Options options_;
  std::string bytes_;
  config::Secret token_;
};

// Compiles a workspace as `flowc build` does. Nothing: it has errors, and they were reported.
Result<std::optional<std::string>> build_bundle(const Options& options) {
  const auto compilation = compile(options.bundle, Tests::leave_out, options.environment);
  if (!compilation) return std::unexpected(compilation.error());
  if (report(**compilation, Warnings::print)) return std::nullopt;
  auto bytes = make_bundle(**compilation);
  if (!bytes) return fail(bytes.error().code, "no bundle was made: {}", bytes.error().message);
  return *std::move(bytes);
}

int deploy(const Options& options) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(options.bundle, error);
  Result<std::optional<std::string>> bytes;
  if (folder)
    bytes = build_bundle(options);
  else
    bytes = read_bundle_file(options.bundle);
  if (!bytes) return could_not_run(bytes.error());
  if (!*bytes) return kExitFindings;
  const auto out = Deployment(options, **std::move(bytes)).run();
  if (!out) return could_not_run(out.error());
  if (const Status written = write_output(*out); !written) return could_not_run(written.error());
  return kExitOk;
}

}  // namespace

void add_deploy(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("deploy", "Hands a bundle to a flowd");
  add_environment(*verb, options->environment);
  verb->add_option("BUNDLE", options->bundle, "what `flowc build` wrote, or the folder of a workspace to build")
      ->required();
  verb->add_option("--server", options->server, "where flowd listens")->capture_default_str();
  verb->add_option("--token", options->token,
                   "where the token is: env:NAME for an environment variable, file:PATH for a file");
  verb->add_flag("--publish", options->publish, "publish every flow of the bundle: new executions run on it");
  verb->add_option("--flow", options->flows, "publish this flow (may be given several times)");
  verb->footer(
      "Exit codes: 0 done, 1 the workspace has errors, 2 not deployed, or not all published (the reason is on standard "
      "error).");
  verb->callback([options, &action] { action = [options] { return deploy(*options); }; });
}

}  // namespace flow::driver
