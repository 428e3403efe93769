// Starting executions: once for each idempotency key.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "runtime/core/inputs.h"
#include "runtime/core/log.h"
#include "runtime/crypto/digest.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

// The request, as far as a repetition must equal it. The discard time may differ: clients compute it from their clock.
std::string fingerprint_of(const StartRequest& request) {
  crypto::Sha256 hash;
  for (const std::string* part : {&request.flow, &request.default_region, &request.inputs_json}) {
    hash.update(fmt::format("{}:", part->size()));
    hash.update(*part);
  }
  return hash.finish();
}

std::optional<std::string> key_fault(std::string_view key) {
  if (key.size() > limits::kIdempotencyKeyBytesMax) {
    return fmt::format("an idempotency key has at most {} characters, this one {}", limits::kIdempotencyKeyBytesMax,
                       key.size());
  }
  if (!std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; })) {
    return "an idempotency key is of printable ASCII characters";
  }
  return std::nullopt;
}

std::string key_context(std::string_view key) {
  return fmt::format("idempotency {}", key);
}

Fault fault(Problem problem, ErrorCode code, std::string message) {
  return Fault{problem, {code, std::move(message)}};
}

// Who the conversation is with: the flow's first phone input.
std::string_view party_of(const program::Frame& frame) {
  for (std::size_t i = 0; i < frame.info().fields.size(); ++i) {
    const program::FieldInfo& field = frame.info().fields[i];
    const program::FlowField& value = frame.raw().fields[i];
    if (field.role == program::FieldRole::input && field.type == program::ValueType::phone && value.present != 0) {
      return {value.text.data, value.text.size};
    }
  }
  return {};
}

}  // namespace

void Shard::start(StartRequest request, Done<StartAnswer> done) {
  const auto refuse = [&](Fault why) {
    parts_.metrics
        .counter("flow_starts_refused_total", "Starts that were refused",
                 {{"problem", std::string(to_string(why.problem))}})
        .add();
    answer(std::move(done), Outcome<StartAnswer>(std::unexpected(std::move(why))));
  };
  if (closed_) return refuse(*closed_);
  if (auto why = key_fault(request.idempotency_key)) {
    return refuse(fault(Problem::invalid_request, ErrorCode::invalid_argument, *std::move(why)));
  }
  if (request.inputs_json.size() > limits::kInputsBytesMax) {
    return refuse(fault(Problem::invalid_request, ErrorCode::invalid_argument,
                        fmt::format("inputs have at most {} bytes", limits::kInputsBytesMax)));
  }
  const std::string fingerprint = fingerprint_of(request);
  Outcome<std::optional<StartAnswer>> known = find_key(request, fingerprint);
  if (!known) return refuse(known.error());
  if (*known) {
    parts_.metrics.counter("flow_starts_repeated_total", "Starts whose key was known, with the same request").add();
    return answer(std::move(done), Outcome<StartAnswer>(**known));
  }
  if (request.discard_at_ms && now() >= *request.discard_at_ms) {
    return refuse(fault(Problem::discarded, ErrorCode::failed_precondition,
                        "the discard time was over before the execution could begin"));
  }
  const auto flow = published_.find(request.flow);
  if (flow == published_.end()) {
    return refuse(fault(Problem::unknown_flow, ErrorCode::not_found,
                        fmt::format("no flow `{}` was ever published", request.flow)));
  }
  Bundle* bundle = find_bundle(flow->second.bundle);
  if (bundle == nullptr) {
    return refuse(fault(Problem::not_published, ErrorCode::failed_precondition,
                        fmt::format("flow `{}` is not published", request.flow)));
  }
  if (running_ >= parts_.executions_max) {
    return refuse(fault(Problem::too_many_executions, ErrorCode::resource_exhausted,
                        fmt::format("{} executions are running, the most for one node", running_)));
  }
  if (bundle->failure) return refuse(*bundle->failure);
  if (bundle->loaded) return begin(*bundle, request, fingerprint, std::move(done));
  with_bundle(*bundle, [request = std::move(request), done = std::move(done)](Shard& shard) mutable {
    shard.start(std::move(request), std::move(done));
  });
}

// The answer of then, when the key is known with this request.
Outcome<std::optional<StartAnswer>> Shard::find_key(const StartRequest& request, const std::string& fingerprint) {
  if (request.idempotency_key.empty()) return std::nullopt;
  const auto conflict = [] {
    return std::unexpected(fault(Problem::idempotency_conflict, ErrorCode::already_exists,
                                 "this idempotency key was used with another request"));
  };
  if (const auto recent = keys_.find(request.idempotency_key); recent != keys_.end()) {
    if (recent->second.fingerprint != fingerprint) return conflict();
    StartAnswer answer = recent->second.answer;
    answer.repeated = true;
    return answer;
  }
  Result<std::optional<store::IdempotencyRow>> row = parts_.store.find_idempotency(request.idempotency_key);
  if (!row) return std::unexpected(Fault{Problem::storage_failed, row.error()});
  if (!*row) return std::nullopt;
  std::string stored = (*row)->fingerprint;
  if (stored.size() != fingerprint.size() && parts_.keys != nullptr) {
    Result<std::string> opened = parts_.keys->open(stored, key_context(request.idempotency_key));
    if (!opened) return std::unexpected(Fault{Problem::internal, opened.error()});
    stored = *std::move(opened);
  }
  if (stored != fingerprint) return conflict();
  return StartAnswer{(*row)->execution, (*row)->bundle, (*row)->started_at_ms, true};
}

void Shard::begin(Bundle& bundle, const StartRequest& request, const std::string& fingerprint, Done<StartAnswer> done) {
  const auto program = bundle.loaded->flows.find(request.flow);
  if (program == bundle.loaded->flows.end()) {
    return answer(std::move(done), Outcome<StartAnswer>(std::unexpected(fault(
                                       Problem::internal, ErrorCode::internal,
                                       fmt::format("bundle {} lost flow `{}`", bundle.view.version, request.flow)))));
  }
  bundle.used_at_ms = last_now_ms_;
  const auto inputs = core::read_inputs(request.inputs_json, program->second->info(), request.default_region);
  if (!inputs) {
    parts_.metrics.counter("flow_starts_refused_total", "Starts that were refused", {{"problem", "invalid_input"}})
        .add();
    return answer(std::move(done),
                  Outcome<StartAnswer>(std::unexpected(Fault{Problem::invalid_input, inputs.error()})));
  }
  frame_.reset(program->second->info());
  core::put_inputs(*inputs, frame_);
  std::array<std::uint8_t, 15> random{};
  parts_.random.fill(random);
  const std::string_view party = party_of(frame_);
  const std::string_view slot_name = !party.empty() ? party : std::string_view(request.idempotency_key);
  const std::uint8_t slot = slot_name.empty() ? random[0] : core::slot_of(slot_name);

  auto made = std::make_unique<Execution>();
  made->id = core::make_execution_id(slot, random);
  made->bundle = &bundle;
  made->summary.execution = made->id;
  made->summary.flow = request.flow;
  made->summary.bundle = bundle.view.version;
  made->summary.party = party.empty() ? "" : core::log::mask(party);
  made->summary.started_at_ms = now();
  made->image.state = program::encode_state(frame_);
  Execution& execution = insert(std::move(made));

  const StartAnswer started{execution.id, bundle.view.version, last_now_ms_, false};
  std::string stored_fingerprint;
  if (!request.idempotency_key.empty()) {
    keys_[request.idempotency_key] = {started, fingerprint, 0};
    new_keys_.push_back(request.idempotency_key);
    stored_fingerprint =
        parts_.keys != nullptr ? parts_.keys->seal(fingerprint, key_context(request.idempotency_key)) : fingerprint;
  }
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::start);
  event.at_ms = last_now_ms_;
  const std::size_t first = records_.size();
  move(execution, event, {.at_ms = last_now_ms_, .kind = TimelineKind::started, .status = request.flow});
  auto& record = std::get<store::ExecutionRecord>(records_.at(first));
  record.idempotency_key = request.idempotency_key;
  record.fingerprint = std::move(stored_fingerprint);
  parts_.metrics.counter("flow_executions_started_total", "Executions started", {{"flow", request.flow}}).add();
  answer(std::move(done), Outcome<StartAnswer>(started));
}

}  // namespace flow::service
