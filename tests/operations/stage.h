// flowd as a program, a host on this machine that its flows ask (by https), and a workspace that is built and deployed.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/process.h"
#include "runtime/http/client.h"
#include "runtime/http/server.h"
#include "tests/support/run_program.h"

namespace flow::operations_stage {

class Stage {
 public:
  using Answer = std::function<http::Response(const http::Request&)>;

  Stage();

  // "localhost:PORT" of the host that is asked.
  std::string host() const;
  // How it answers; status 0: not at all, the connection is closed.
  void answer_with(Answer answer);
  // Requests so far; waits until there are so many (20 s at most).
  std::vector<http::Request> asked(std::size_t at_least = 0);

  // More lines of flowd's configuration and environment. Before launch().
  void configure(const std::string& lines);
  std::vector<std::pair<std::string, std::string>> environment;

  // Builds and deploys: file name → text.
  void write(const std::string& name, const std::string& text);
  // The answer's status and body: deployed, and published when that went well.
  http::Response deploy(const std::string& flow);

  // False: it ended before it served.
  bool launch(const std::string& failpoints = "");
  void kill();
  int stop();
  // Until it died by itself; false: it did not.
  bool died();

  std::string start(const std::string& flow, const std::string& inputs_json, const std::string& key = "");
  // Of an execution, as soon as it has ended (20 s at most).
  nlohmann::json ended(const std::string& execution);
  std::string metrics();
  std::string log() const;
  http::Response call(const std::string& method, const std::string& path, std::string body = "",
                      const std::string& type = "application/json", const http::Headers& headers = {});
  std::string url() const;  // of flowd

 private:
  testing_support::TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<http::Request> asked_;
  Answer answer_;
  std::string more_;
  std::unique_ptr<http::Server> server_;
  std::optional<Process> flowd_;
  int port_ = 0;
  http::Client client_;
};

// "started entered(lookup) asked(http POST) …"
std::string timeline_text(const nlohmann::json& view);

}  // namespace flow::operations_stage
