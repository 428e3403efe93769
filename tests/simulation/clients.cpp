#include "tests/simulation/clients.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

namespace flow::simulation {

using service::Problem;

namespace {

constexpr std::int64_t kPatienceMs = 5000;  // until a client asks again
constexpr std::int64_t kNetworkMsMax = 30;
constexpr std::int64_t kLaterMsMax = 7'200'000;

}  // namespace

void Clients::begin(std::uint32_t count, std::int64_t over_ms) {
  generate::Random& random = stage_.random;
  const bool keys_for_all = random.chance(60);
  orders_.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Order& order = orders_[i];
    order.flow = random.below(catalogue_.flows.size());
    order.inputs = random.below(subject(catalogue_.flows[order.flow]).inputs.size());
    order.phone = phone_of(i);
    if (keys_for_all || random.chance(50)) order.key = fmt::format("order-{}", i);
    if (stage_.strikes(Fault::client_impatient)) order.discard_in_ms = stage_.chance.between(-10, 3000);
    ++waiting_;
    stage_.agenda.in(random.between(0, over_ms), [this, i] {
      ask(i);
      if (!orders_[i].key.empty() && stage_.strikes(Fault::twice_at_once)) ask(i);
    });
  }
}

service::StartRequest Clients::request_of(std::uint32_t number) const {
  const Order& order = orders_[number];
  const Subject& wanted = subject(catalogue_.flows[order.flow]);
  service::StartRequest request;
  request.flow = wanted.flow->name;
  request.inputs_json = wanted.inputs[order.inputs].json(order.phone);
  request.idempotency_key = order.key;
  return request;
}

void Clients::ask(std::uint32_t number) {
  Order& order = orders_[number];
  if (order.over) return;
  service::StartRequest request = request_of(number);
  if (!stage_.strikes(Fault::request_lost)) {
    const std::int64_t way = stage_.random.between(0, kNetworkMsMax);
    if (!order.key.empty() && stage_.strikes(Fault::late_double)) {
      stage_.agenda.in(stage_.chance.between(1000, kLaterMsMax),
                       [this, number, request]() mutable { arrive(number, std::move(request)); });
      ++waiting_;
    }
    stage_.agenda.in(way,
                     [this, number, request = std::move(request)]() mutable { arrive(number, std::move(request)); });
    ++waiting_;
  }
  stage_.agenda.in(kPatienceMs, [this, number] {
    if (orders_[number].over) return;
    // Without a key nobody can tell what a second request would be, unless the first certainly began nothing.
    if (orders_[number].key.empty() && !std::exchange(orders_[number].nothing_begun, false)) return give_up(number);
    ask(number);
  });
}

void Clients::arrive(std::uint32_t number, service::StartRequest request) {
  --waiting_;
  Node* node = doors_.any();
  if (node == nullptr) return;  // refused by the machine
  const Order& order = orders_[number];
  if (order.discard_in_ms) request.discard_at_ms = node->service_ms() + *order.discard_in_ms;
  stage_.note({.what = "is asked to start", .node = node->number(), .order = number});
  if (order.key.empty() || order.over) judge_.maybe_started();
  service::StartRequest copy = request;
  node->service().start(std::move(request),
                        node->guard<service::StartAnswer>(
                            [this, number, copy = std::move(copy)](auto outcome) { answered(number, copy, outcome); }));
  node->wake();
}

void Clients::answered(std::uint32_t number, const service::StartRequest& request,
                       const service::Outcome<service::StartAnswer>& outcome) {
  if (!outcome) return refused(number, request, outcome.error());
  const Order& order = orders_[number];
  const Subject* begun = subject_of(outcome->bundle, request.flow);
  stage_.note({.what = outcome->repeated ? "knows" : "starts",
               .order = number,
               .execution = judge_.number_of(outcome->execution)});
  if (begun == nullptr) return judge_.fail("it began in a bundle that has no such flow", kNone, number);
  if (request.discard_at_ms && !outcome->repeated && outcome->started_at_ms >= *request.discard_at_ms)
    return judge_.fail("it began after its discard time", kNone, number);
  if (order.execution && *order.execution != outcome->execution)
    return judge_.fail("one idempotency key, two executions", judge_.number_of(*order.execution), number);
  judge_.started(number, *begun, order.phone, order.inputs, *outcome);
  if (stage_.strikes(Fault::answer_lost)) return;
  acknowledged(number, *outcome);
}

void Clients::refused(std::uint32_t number, const service::StartRequest& request, const service::Fault& fault) {
  stage_.note({.what = service::to_string(fault.problem).data(), .order = number});
  switch (fault.problem) {
    case Problem::discarded:
      if (!request.discard_at_ms) judge_.fail("it was discarded without a discard time", kNone, number);
      return give_up(number);
    case Problem::not_owner:
      orders_[number].nothing_begun = fault.slot.has_value();
      return;
    case Problem::overloaded:
    case Problem::too_many_executions:
    case Problem::shutting_down:
    case Problem::storage_failed:
      return;  // asked again when the client's patience is over
    default:
      return judge_.fail(
          fmt::format("a start was refused: {}: {}", service::to_string(fault.problem), fault.error.message), kNone,
          number);
  }
}

void Clients::give_up(std::uint32_t number) {
  if (std::exchange(orders_[number].over, true)) return;
  --waiting_;
}

void Clients::acknowledged(std::uint32_t number, const service::StartAnswer& answer) {
  Order& order = orders_[number];
  order.execution = answer.execution;
  if (std::exchange(order.over, true)) return;
  --waiting_;
  follow_up(number);
}

void Clients::follow_up(std::uint32_t number) {
  generate::Random& random = stage_.random;
  const Order& order = orders_[number];
  const auto& signals = subject(catalogue_.flows[order.flow]).oracle->signals();
  const auto some_time = [&] { return random.chance(70) ? random.between(0, 20'000) : random.between(0, 900'000); };
  if (!signals.empty() && random.chance(60)) {
    auto owed = std::make_shared<Signal>(number, random.pick(signals));
    stage_.agenda.in(some_time(), [this, owed] { signal(owed); });
    ++waiting_;
  }
  for (int i = 0; i < 2; ++i) {
    if (!random.chance(30)) continue;
    stage_.agenda.in(some_time(), [this, number] { read(number); });
  }
  if (!order.key.empty() && random.chance(10))
    stage_.agenda.in(some_time(), [this, number] { probe_conflict(number); });
}

// Until it is answered.
void Clients::signal(const std::shared_ptr<Signal>& owed) {
  if (owed->answered) return;
  stage_.agenda.in(kPatienceMs, [this, owed] { signal(owed); });
  Node* node = doors_.any();
  if (node == nullptr) return;
  const core::ExecutionId id = *orders_[owed->order].execution;
  stage_.note({.what = "is told a signal", .node = node->number(), .execution = judge_.number_of(id)});
  node->service().signal(id, owed->name, node->guard<service::SignalAnswer>([this, id, owed](auto outcome) {
    if (!outcome && outcome.error().problem == Problem::unknown_execution)
      return judge_.fail("a signal found no such execution", judge_.number_of(id));
    if (!outcome) return;
    stage_.note({.what = "confirms a signal", .execution = judge_.number_of(id), .value = outcome->handled ? 1 : 0});
    if (!std::exchange(owed->answered, true)) --waiting_;
    if (outcome->handled) judge_.signalled(id, owed->name);
  }));
  node->wake();
}

void Clients::read(std::uint32_t number) {
  Node* node = doors_.any();
  if (node == nullptr) return;
  const core::ExecutionId id = *orders_[number].execution;
  node->service().read(id, node->guard<service::ExecutionView>([this, id](auto view) {
    if (!view && view.error().problem == Problem::unknown_execution)
      return judge_.fail("it was promised, and cannot be read", judge_.number_of(id));
    if (view) judge_.read(id, *view);
  }));
  node->wake();
}

// The key of this order with another body.
void Clients::probe_conflict(std::uint32_t number) {
  Node* node = doors_.any();
  if (node == nullptr) return;
  service::StartRequest request = request_of(number);
  request.inputs_json.insert(request.inputs_json.size() - 1, " ");
  node->service().start(std::move(request), node->guard<service::StartAnswer>([this, number](auto outcome) {
    if (outcome) return judge_.fail("its idempotency key was taken for another request", kNone, number);
    const Problem problem = outcome.error().problem;
    if (problem != Problem::idempotency_conflict && problem != Problem::storage_failed &&
        problem != Problem::overloaded && problem != Problem::not_owner && problem != Problem::shutting_down)
      judge_.fail(fmt::format("a conflict of keys was answered with {}", service::to_string(problem)), kNone, number);
  }));
  node->wake();
}

}  // namespace flow::simulation
