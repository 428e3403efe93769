// All bound channels: the way out for the outbox, and the door for the providers' webhooks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/snapshot.h"
#include "runtime/channels/adapter.h"
#include "runtime/channels/sent_ids.h"
#include "runtime/config/config.h"
#include "runtime/http/client.h"
#include "runtime/http/loop.h"
#include "runtime/http/message.h"
#include "runtime/outbox/transport.h"

namespace flow::channels {

// Any thread. Messages under way when it is destroyed are reported as unknown before the destructor returns.
class Channels final : public outbox::Transport {
 public:
  // `public_url`: under which providers reach this flowd. `real_now_ms`: wall-clock time, for what is signed.
  // REQUIRES: sealing keys, when there are channels (config::parse sees to it).
  Channels(const config::Config& config, const std::string& public_url, std::function<std::int64_t()> real_now_ms,
           const std::vector<http::Loop*>& loops = {});

  // What is handed over and reported from now on goes by this configuration; what is under way ends by the one that it
  // began with. REQUIRES: config::restart_needed() says nothing of channels and keys. Not from two threads at once.
  void reload(const config::Config& config);

  std::optional<outbox::ChannelPolicy> policy(std::string_view channel) const override;
  void hand_over(outbox::SendRequest request, outbox::SendDone done) override;
  void show_typing(outbox::TypingRequest request, outbox::SendDone done) override;

  // What a webhook says. not_found: no such channel; resource_exhausted: too large; permission_denied and
  // invalid_argument as Adapter::webhook.
  Result<Reports> webhook(std::string_view channel, const http::Request& request) const;
  // The answer to a subscription handshake, as Adapter::handshake.
  Result<std::string> handshake(std::string_view channel, const http::Request& request) const;

 private:
  struct Bound {
    outbox::ChannelPolicy policy;
    std::chrono::milliseconds timeout{};
    std::shared_ptr<const Adapter> adapter;
  };
  // All that one configuration says, for who works by it to hold on to.
  struct Table {
    std::shared_ptr<const Correlator> correlator;
    std::map<std::string, Bound, std::less<>> bound;
    const Bound* find(std::string_view channel) const;
  };
  struct Way {
    http::Loop* loop;  // null: the client has a thread of its own
    std::unique_ptr<http::Client> client;
  };
  http::Client& client();
  void resolve(std::string_view channel, Reports& reports) const;
  static std::shared_ptr<const Table> make_table(const config::Config& config, const std::string& public_url);

  std::function<std::int64_t()> real_now_ms_;
  const std::string public_url_;
  Snapshot<Table> table_;
  const std::shared_ptr<SentIds> sent_ids_ = std::make_shared<SentIds>(limits::kSentIdsMax);
  std::vector<Way> ways_;  // last: the clients' destructors still call back
};

}  // namespace flow::channels
