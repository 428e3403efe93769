// For tests of the service: a flow written by hand, a bundle format of one line, and a transport that does as told.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/core/program_loader.h"
#include "runtime/operations/executor.h"
#include "runtime/outbox/transport.h"
#include "runtime/service/testing_asked.h"

namespace flow::service::testing {

// Bundles are "bundle NAME: flow[!inbound][!asks][!secret][!stuck], flow…" (messages on viber other than "no"
// start one that is `inbound`; a stuck one ignores its timers, as none should; one
// that asks waits a minute for "yes" when its message was delivered); each flow sends its text on `viber`, then, when
// that failed or was undelivered for a minute, on `sms`; `verified` ends it, `again` begins it anew. Inputs: phone,
// code, note (optional).
class LineLoader final : public core::ProgramLoader {
 public:
  Result<core::LoadedBundle> load(std::string_view bundle) override;
  Status admit(std::string_view) override { return {}; }
  int loads = 0;
  std::map<std::string, std::shared_ptr<const program::Program>> others;  // flows of these names are these
};

// A flow with the input `phone` and one step, `ask`, which asks http `POST https://crm.example/PHONE` and rests. Arms:
// failed, ok, which assigns `eta`, and `late after 1m`; each ends it, ok as done, with the reason `eta VALUE`, or an
// outcome of its own. At most two retries, after 5 s.
std::shared_ptr<const program::Program> asking_flow(std::string name, bool secret = false);

// A flow with the input `phone`, which it hands on to `other`, or `to` when that is given. Of kind flow: it calls it,
// `late after 1m`, and ends as failed with the reason "verified 2", "done 2", "failed 0", "expired 0" (its outcome, and
// the output `attempts`) or "late"; the signal `stop` ends it. Of kind launch: it forwards to it.
std::shared_ptr<const program::Program> starting_flow(std::string name, std::string other, program::OperationKind kind);

// What such a flow starts: rests until the signal `verify` (outcome verified) or `stop` (done), with the output
// attempts 2.
std::shared_ptr<const program::Program> started_flow(std::string name);

// Keeps what it is to carry out until the test answers.
class FakeExecutor final : public operations::Executor,
                           public Asked<operations::Request, operations::Answer, operations::Done> {
 public:
  Status accepts(const program::FlowInfo& info) const override;
  void carry_out(const program::FlowInfo& info, operations::Request request, operations::Done done) override;

  void tell(const program::FlowInfo& info, operations::Report report, operations::Done done) override;  // always taken

  std::vector<operations::Report> told() const;  // so far

  std::optional<Error> refusal;  // of every flow

 private:
  mutable std::mutex told_mutex_;
  std::vector<operations::Report> told_;
};

std::int64_t no_region(std::string_view e164);

class FakeTransport final : public outbox::Transport,
                            public Asked<outbox::SendRequest, outbox::SendResult, outbox::SendDone> {
 public:
  std::optional<outbox::ChannelPolicy> policy(std::string_view channel) const override;
  void hand_over(outbox::SendRequest request, outbox::SendDone done) override;
  void show_typing(outbox::TypingRequest request, outbox::SendDone done) override;  // always shown

  std::vector<outbox::TypingRequest> shown() const;  // so far

  void accept(std::string provider_id = "p1") {
    answer({.result = outbox::SendClass::accepted, .provider_message_id = std::move(provider_id), .reason = ""});
  }
  void refuse(outbox::SendClass how, std::string reason = "because") {
    answer({.result = how, .provider_message_id = "", .reason = std::move(reason)});
  }

  std::map<std::string, outbox::ChannelPolicy, std::less<>> policies;

 private:
  mutable std::mutex shown_mutex_;
  std::vector<outbox::TypingRequest> shown_;
};

}  // namespace flow::service::testing
