// All providers at once: they take messages, refuse them, say nothing or lie, and report on what they took; in order
// and once, or not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/simulation/node.h"

namespace flow::simulation {

class Doors;

class Provider final : public Taker {
 public:
  Provider(Stage& stage, Judge& judge, Doors& doors);

  outbox::ChannelPolicy policy(program::ChannelKind kind) const override {
    return policies_[static_cast<std::size_t>(kind)];
  }
  void take(Node& node, outbox::SendRequest request, outbox::SendDone done) override;
  void contact(Node& node, service::ContactRequest request, service::Done<service::ContactAnswer> done) override;

  // Reports that somebody still has to confirm.
  std::size_t owed() const { return owed_; }

 private:
  struct Flight {
    Node* node = nullptr;
    Life life = 0;
    AttemptName name;
    outbox::SendRequest request;
    outbox::SendDone done;
  };
  using Shared = std::shared_ptr<Flight>;

  struct Asked {
    Node* node = nullptr;
    Life life = 0;
    service::ContactRequest request;
    service::Done<service::ContactAnswer> done;
    bool over = false;
  };
  void ask(const std::shared_ptr<Asked>& asked);
  static void tell(const std::shared_ptr<Asked>& asked, service::Outcome<service::ContactAnswer> answer);

  void arrive(const Shared& flight);
  void answer(const Shared& flight, outbox::SendClass result, std::int64_t in_ms, std::int64_t retry_after_ms = 0);
  void tell(const Shared& flight, outbox::SendClass result, std::int64_t retry_after_ms);
  void plan_receipts(const outbox::SendRequest& request);
  void report(const outbox::SendRequest& request, program::Receipt status, std::int64_t in_ms);
  struct Owed {
    service::ReceiptReport report;
    bool confirmed = false;
  };
  void deliver(const std::shared_ptr<Owed>& owed);

  Stage& stage_;
  Judge& judge_;
  Doors& doors_;
  outbox::ChannelPolicy policies_[3];
  bool idempotent_[3];
  std::map<std::string, int, std::less<>> taken_;  // by idempotency key
  std::size_t owed_ = 0;
};

}  // namespace flow::simulation
