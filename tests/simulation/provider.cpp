#include "tests/simulation/provider.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tests/simulation/doors.h"

namespace flow::simulation {

using outbox::SendClass;
using program::Receipt;

namespace {

constexpr std::int64_t kTimeoutMs = 10'000;      // of an attempt that is never answered
constexpr std::int64_t kConfirmWithinMs = 4000;  // of a report, else it is sent again

}  // namespace

Provider::Provider(Stage& stage, Judge& judge, Doors& doors) : stage_(stage), judge_(judge), doors_(doors) {
  for (std::size_t i = 0; i < 3; ++i) {
    policies_[i].kind = static_cast<program::ChannelKind>(i);
    policies_[i].at_most_once = stage.random.chance(30);
    policies_[i].in_flight_max = stage.random.chance(20) ? 1 + stage.random.below(3) : 64;
    idempotent_[i] = stage.random.chance(50);
  }
}

void Provider::take(Node& node, outbox::SendRequest request, outbox::SendDone done) {
  const bool once = policy(request.kind).at_most_once;
  const AttemptName name = judge_.handed_over(node.life(), request, once, node.service_ms());
  stage_.note({.what = "hands over",
               .node = node.number(),
               .execution = name.execution,
               .message = name.message,
               .value = name.attempt + 1});
  auto flight = std::make_shared<Flight>(&node, node.life(), name, std::move(request), std::move(done));
  if (stage_.strikes(Fault::send_lost)) return answer(flight, SendClass::unknown, kTimeoutMs);
  const bool slow = stage_.strikes(Fault::send_slow);
  stage_.agenda.in(slow ? stage_.random.between(100, 20'000) : stage_.random.between(1, 40),
                   [this, flight] { arrive(flight); });
}

void Provider::contact(Node& node, service::ContactRequest request, service::Done<service::ContactAnswer> done) {
  auto asked = std::make_shared<Asked>(&node, node.life(), std::move(request), std::move(done));
  stage_.agenda.in(stage_.random.between(1, 30), [this, asked] { ask(asked); });
  stage_.agenda.in(kConfirmWithinMs, [asked] {
    tell(asked, std::unexpected(service::Fault{service::Problem::not_owner, {ErrorCode::unavailable, "nobody says"}}));
  });
}

void Provider::ask(const std::shared_ptr<Asked>& asked) {
  const std::uint8_t slot = core::slot_of(asked->request.address);
  const auto owner = std::ranges::find_if(
      doors_.nodes, [&](const auto& node) { return node->up() && !node->pausing() && node->owns(slot); });
  if (owner == doors_.nodes.end()) return;
  Node& node = **owner;
  node.service().contact(asked->request, node.guard<service::ContactAnswer>([this, asked](auto outcome) {
    stage_.agenda.in(stage_.random.between(1, 30), [asked, outcome = std::move(outcome)] { tell(asked, outcome); });
  }));
  node.wake();
}

void Provider::tell(const std::shared_ptr<Asked>& asked, service::Outcome<service::ContactAnswer> answer) {
  if (std::exchange(asked->over, true) || !asked->node->is(asked->life)) return;
  asked->node->reach([asked, answer = std::move(answer)] {
    asked->done(answer);
    asked->node->wake();
  });
}

void Provider::arrive(const Shared& flight) {
  const std::size_t kind = static_cast<std::size_t>(flight->request.kind);
  const std::int64_t soon = stage_.random.between(1, 40);
  if (stage_.strikes(Fault::send_refused)) {
    const bool ours = stage_.chance.chance(80);
    return answer(flight, ours ? SendClass::permanent_recipient : SendClass::permanent_configuration, soon);
  }
  if (stage_.strikes(Fault::send_transient)) return answer(flight, SendClass::transient, soon);
  if (stage_.strikes(Fault::send_throttled))
    return answer(flight, SendClass::throttled, soon, stage_.chance.between(0, 5000));
  int& taken = taken_[flight->request.idempotency_key];
  judge_.taken(flight->name);
  if (++taken == 1 || !idempotent_[kind]) {
    stage_.note(
        {.what = "takes", .execution = flight->name.execution, .message = flight->name.message, .value = taken});
    plan_receipts(flight->request);
  }
  if (stage_.strikes(Fault::send_lied)) return answer(flight, SendClass::transient, soon);
  if (stage_.strikes(Fault::send_answer_lost)) return answer(flight, SendClass::unknown, kTimeoutMs);
  answer(flight, SendClass::accepted, soon);
}

void Provider::answer(const Shared& flight, SendClass result, std::int64_t in_ms, std::int64_t retry_after_ms) {
  stage_.agenda.in(in_ms, [this, flight, result, retry_after_ms] {
    Node& node = *flight->node;
    if (!node.is(flight->life)) return;
    node.reach([this, flight, result, retry_after_ms] { tell(flight, result, retry_after_ms); });
  });
}

void Provider::tell(const Shared& flight, SendClass result, std::int64_t retry_after_ms) {
  Node& node = *flight->node;
  stage_.note({.what = outbox::to_string(result).data(),
               .node = node.number(),
               .execution = flight->name.execution,
               .message = flight->name.message});
  if (node.may_die() && stage_.strikes(Fault::crash_at_effect)) return node.kill("dies before it learns of it");
  judge_.answered(flight->name, result);
  outbox::SendResult how{.result = result, .provider_message_id = "", .reason = ""};
  how.retry_after_ms = retry_after_ms;
  if (result == SendClass::accepted) {
    how.provider_message_id = "p-" + flight->request.idempotency_key;
  } else {
    how.reason = "simulated";
  }
  flight->done(std::move(how));
  node.wake();
}

void Provider::plan_receipts(const outbox::SendRequest& request) {
  generate::Random& random = stage_.random;
  std::vector<Receipt> levels = {Receipt::sent, Receipt::delivered, Receipt::read};
  levels.resize(random.below(4));
  // No SMS provider knows that a message was read; proofs rest on that.
  if (request.kind == program::ChannelKind::sms) std::erase(levels, Receipt::read);
  if (random.chance(20)) levels.push_back(Receipt::failed);
  if (random.chance(10)) levels.insert(levels.begin(), Receipt::accepted);
  std::int64_t at = stage_.strikes(Fault::receipt_early) ? 0 : 50;
  for (const Receipt level : levels) {
    at += random.chance(70) ? random.between(0, 2000) : random.between(0, 90'000);
    std::int64_t when = at;
    if (stage_.strikes(Fault::receipt_lost)) continue;
    if (stage_.strikes(Fault::receipt_disordered)) when = stage_.chance.between(0, at + 5000);
    if (stage_.strikes(Fault::receipt_late)) when += stage_.chance.between(60'000, 3'600'000);
    report(request, level, when);
    if (stage_.strikes(Fault::receipt_twice)) report(request, level, when + stage_.chance.between(0, 60'000));
  }
  if (stage_.strikes(Fault::receipt_stray)) {
    outbox::SendRequest stray = request;
    if (stage_.chance.chance(50)) {
      stray.message += static_cast<std::uint32_t>(stage_.chance.between(20, 2000));
    } else {
      stray.execution.bytes[7] = static_cast<std::uint8_t>(stray.execution.bytes[7] + 1);
    }
    report(stray, Receipt::delivered, stage_.chance.between(0, 10'000));
  }
}

void Provider::report(const outbox::SendRequest& request, Receipt status, std::int64_t in_ms) {
  auto made = std::make_shared<Owed>();
  service::ReceiptReport& report = made->report;
  report.execution = request.execution;
  report.message = request.message;
  report.attempt = request.attempt;
  report.status = status;
  if (status == Receipt::failed) report.reason = "simulated";
  report.provider_message_id = "p-" + request.idempotency_key;
  ++owed_;
  stage_.agenda.in(in_ms, [this, made] { deliver(made); });
}

// Until it is confirmed.
void Provider::deliver(const std::shared_ptr<Owed>& owed) {
  if (owed->confirmed) return;
  Node* node = doors_.any();
  if (node == nullptr) return stage_.agenda.in(500, [this, owed] { deliver(owed); });
  service::ReceiptReport& report = owed->report;
  const std::uint32_t execution = judge_.number_if_known(report.execution);
  stage_.note({.what = "is told by the provider",
               .node = node->number(),
               .execution = execution,
               .message = report.message,
               .value = static_cast<std::int64_t>(report.status)});
  report.received_at_ms = node->service_ms();
  node->service().receipt(report, node->guard<service::ReceiptVerdict>([this, owed, execution](auto verdict) {
    if (!verdict) {
      stage_.note({.what = service::to_string(verdict.error().problem).data(), .execution = execution});
      return;
    }
    stage_.note({.what = "confirms a report",
                 .execution = execution,
                 .message = owed->report.message,
                 .value = static_cast<std::int64_t>(*verdict)});
    if (!std::exchange(owed->confirmed, true)) --owed_;
    judge_.reported(owed->report, *verdict);
  }));
  node->wake();
  stage_.agenda.in(kConfirmWithinMs, [this, owed] { deliver(owed); });
}

}  // namespace flow::simulation
