// Everything that flows ask of the outside, by kind: a file for each.
#pragma once

#include <memory>
#include <vector>

#include "base/snapshot.h"
#include "runtime/config/config.h"
#include "runtime/http/client.h"
#include "runtime/http/loop.h"
#include "runtime/operations/exchange.h"
#include "runtime/operations/executor.h"
#include "runtime/operations/hosts.h"

namespace flow::operations {

// Any thread. Operations under way when it is destroyed end without an answer before the destructor returns.
class Operations final : public Executor {
 public:
  // What host names mean, instead of the system's answer; for tests.
  using LookUp = std::function<std::vector<std::string>(const std::string& name)>;

  explicit Operations(const config::Config& config, const std::vector<http::Loop*>& loops = {}, LookUp look_up = {});

  // What is asked from now on goes by this configuration, but for the number of connections and the authorities.
  void reload(const config::Config& config);

  Status accepts(const program::FlowInfo& info) const override;
  void carry_out(const program::FlowInfo& info, Request request, Done done) override;
  void tell(const program::FlowInfo& info, Report report, Done done) override;

 private:
  struct Way {
    http::Loop* loop;  // null: the client has a thread of its own
    std::unique_ptr<http::Client> client;
  };
  http::Client& client();

  Snapshot<Rules> rules_;
  Snapshot<config::Bindings> bindings_;
  Hosts hosts_;
  std::vector<Way> ways_;  // last: the clients' destructors still call back
};

}  // namespace flow::operations
