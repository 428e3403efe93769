#include "runtime/program/json.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "runtime/program/flow_call.h"
#include "runtime/program/http_call.h"
#include "runtime/program/json_value.h"
#include "runtime/program/money.h"
#include "runtime/program/scalar_text.h"
#include "runtime/program/text.h"
#include "runtime/program/typed_json.h"

namespace flow::program {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kReceipts[] = {"none", "accepted", "sent", "delivered", "read", "failed", "opted_out"};
constexpr std::string_view kTimers[] = {"expires", "handover", "undelivered", "unread", "wait", "late", "silent"};
constexpr std::string_view kEnds[] = {"none", "done", "failed", "outcome", "expired"};
constexpr std::string_view kChannels[] = {"viber", "whatsapp", "sms", "messenger", "instagram", "email"};
constexpr std::string_view kEvents[] = {"start", "receipt", "timer", "signal", "result", "reply"};
constexpr std::string_view kEffects[] = {"enter", "send",    "withdraw", "timer", "late_receipt",
                                         "end",   "request", "cancel",   "launch"};
constexpr std::string_view kHidden = "***";

template <typename Enum, std::size_t N>
std::string_view word(const std::string_view (&words)[N], Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? words[index] : "?";
}

template <typename List>
std::int32_t index_of(const List& list, std::string_view wanted) {
  for (std::size_t i = 0; i < std::size(list); ++i)
    if (list[i] == wanted) return static_cast<std::int32_t>(i);
  return -1;
}

std::string step_name(const FlowInfo& info, std::int32_t step) {
  return step >= 0 && static_cast<std::size_t>(step) < info.steps.size()
             ? info.steps[static_cast<std::size_t>(step)].name
             : "?";
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---- Reading

// Members of one line; each is asked for once, what nobody asked for is an error.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {}

  const Json* find(const char* name) {
    known_.push_back(name);
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

  Result<std::string> text(const char* name) {
    const Json* value = find(name);
    if (value == nullptr) return fail(ErrorCode::invalid_argument, "\"{}\" is missing", name);
    if (!value->is_string()) return fail(ErrorCode::invalid_argument, "\"{}\" must be a text", name);
    return value->get<std::string>();
  }

  template <std::size_t N>
  Result<std::int32_t> one_of(const char* name, const std::string_view (&words)[N], std::size_t first) {
    const auto value = text(name);
    if (!value) return std::unexpected(value.error());
    const std::int32_t index = index_of(words, *value);
    if (index < static_cast<std::int32_t>(first))
      return fail(ErrorCode::invalid_argument, "\"{}\" must be one of {}", name,
                  fmt::join(std::begin(words) + first, std::end(words), ", "));
    return index;
  }

  Status no_others() const {
    for (const auto& [name, value] : json_.items())
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        return fail(ErrorCode::invalid_argument, "\"{}\" is not a member of this event", left_characters(name, 40));
    return {};
  }

 private:
  const Json& json_;
  std::vector<std::string> known_;
};

Result<std::int64_t> read_time(Members& members, std::int64_t start_ms) {
  const Json* at = members.find("at");
  if (at == nullptr) return start_ms;
  if (at->is_number_integer()) return at->get<std::int64_t>();
  if (at->is_string()) {
    const auto& text = at->get_ref<const std::string&>();
    if (const auto after = parse_duration(text); after && *after >= 0 && *after <= limits::kExpiresMsMax)
      return start_ms + *after;
    if (const auto instant = parse_instant(text)) return *instant;
  }
  return fail(
      ErrorCode::invalid_argument,
      "\"at\" must be a time after the start such as \"65s\", an instant such as \"2026-11-20T10:00:00Z\", or ms");
}

Status read_message(Members& members, const FlowInfo& info, WrittenEvent& out) {
  const Json* number = members.find("message");
  const Json* step = members.find("step");
  if ((number == nullptr) == (step == nullptr))
    return fail(ErrorCode::invalid_argument, "a receipt names either its \"message\" or its \"step\"");
  if (number != nullptr) {
    if (!number->is_number_unsigned() || number->get<std::uint64_t>() >= limits::kMessagesPerExecutionMax)
      return fail(ErrorCode::invalid_argument, "\"message\" must be the number of a message, from 0");
    out.event.message = number->get<std::uint32_t>();
    return {};
  }
  std::int32_t index = -1;
  for (std::size_t i = 0; step->is_string() && i < info.steps.size(); ++i)
    if (info.steps[i].name == step->get_ref<const std::string&>()) index = static_cast<std::int32_t>(i);
  if (index < 0) return fail(ErrorCode::invalid_argument, "\"step\" is no step of flow `{}`", info.name);
  out.message_of = index;
  return {};
}

Status read_receipt(Members& members, const FlowInfo& info, WrittenEvent& out) {
  if (Status status = read_message(members, info, out); !status) return status;
  const auto receipt = members.one_of("status", kReceipts, 1);
  if (!receipt) return std::unexpected(receipt.error());
  out.event.receipt = *receipt;
  if (members.find("reason") != nullptr) {
    auto reason = members.text("reason");
    if (!reason) return std::unexpected(reason.error());
    out.reason = std::move(*reason);
  }
  return {};
}

const OperationInfo* operation_of(const FlowInfo& info, std::int32_t step) {
  const auto found = std::ranges::find(info.operations, step, &OperationInfo::step);
  return found == info.operations.end() ? nullptr : &*found;
}

Status read_values(const Json& values, const OperationInfo& operation, const FlowInfo& info, WrittenEvent& out) {
  if (!values.is_object()) return fail(ErrorCode::invalid_argument, "\"values\" is an object: variable and value");
  std::size_t used = 0;
  for (const OperationRead& read : operation.reads) {
    const FieldInfo& field = info.fields[read.field];
    const auto found = values.find(field.name);
    if (found != values.end()) ++used;
    // Not copied: a copy of what is nested goes as deep as it is.
    static const Json kNothing;
    if (Status status = read_json_value(found == values.end() ? kNothing : *found, field, out); !status) return status;
  }
  if (used != values.size()) return fail(ErrorCode::invalid_argument, "\"values\" names what the step does not read");
  return {};
}

Status read_result(Members& members, const FlowInfo& info, WrittenEvent& out) {
  const auto step = members.text("step");
  if (!step) return std::unexpected(step.error());
  const auto named = std::ranges::find(info.steps, *step, &StepInfo::name);
  const OperationInfo* operation =
      named == info.steps.end() ? nullptr : operation_of(info, static_cast<std::int32_t>(named - info.steps.begin()));
  if (operation == nullptr) return fail(ErrorCode::invalid_argument, "\"step\" is no step that asks the outside");
  out.result_of = operation->step;
  const auto outcome = members.text("outcome");
  if (!outcome) return std::unexpected(outcome.error());
  const auto text = [&](const OperationOutcome& one) { return outcome_text(operation->kind, one); };
  const auto known = std::ranges::find(operation->outcomes, *outcome, text);
  if (known == operation->outcomes.end()) {
    std::vector<std::string> words;
    for (const auto& one : operation->outcomes) words.push_back(text(one));
    return fail(ErrorCode::invalid_argument, "\"outcome\" must be one of {}", fmt::join(words, ", "));
  }
  out.event.outcome = static_cast<std::int32_t>(known - operation->outcomes.begin());
  const Json* values = members.find("values");
  return values == nullptr ? Status() : read_values(*values, *operation, info, out);
}

Status read_reply(Members& members, WrittenEvent& out) {
  const auto optional_text = [&](const char* name, std::string& into) -> Status {
    if (members.find(name) == nullptr) return {};
    auto value = members.text(name);
    if (!value) return std::unexpected(value.error());
    into = std::move(*value);
    return {};
  };
  Reply reply;
  std::string kind = "text";
  for (const auto& [name, into] : {std::pair{"kind", &kind}, std::pair{"text", &reply.text},
                                   std::pair{"choice", &reply.choice}, std::pair{"url", &reply.url}}) {
    if (Status status = optional_text(name, *into); !status) return status;
  }
  const auto known = reply_kind(kind);
  if (!known) return fail(ErrorCode::invalid_argument, "\"kind\" is no kind of reply");
  reply.kind = *known;
  if (!reply.choice.empty() && !has_choice(*known))
    return fail(ErrorCode::invalid_argument, "\"choice\" is of a button or a row of a list");
  if (has_url(*known) == reply.url.empty())
    return fail(ErrorCode::invalid_argument, "media have a \"url\", nothing else has");
  for (const auto& [name, into] : {std::pair{"latitude", &reply.latitude}, std::pair{"longitude", &reply.longitude}}) {
    const Json* value = members.find(name);
    if (has_place(*known) != (value != nullptr))
      return fail(ErrorCode::invalid_argument, "a location has \"latitude\" and \"longitude\", nothing else has");
    if (value == nullptr) continue;
    const auto units = parse_number(value->is_string() ? value->get<std::string>() : dump(*value));
    if (!units) return fail(ErrorCode::invalid_argument, "\"{}\" must be a number", name);
    *into = *units;
  }
  out.reply = std::move(reply);
  return {};
}

Status read_kind(Members& members, const FlowInfo& info, WrittenEvent& out) {
  const auto kind = members.one_of("event", kEvents, 0);
  if (!kind) return std::unexpected(kind.error());
  out.event.kind = *kind;
  out.event.signal = -1;
  out.event.message = kNoMessage;
  out.event.operation = kNoOperation;
  if (*kind == std::to_underlying(EventKind::receipt)) return read_receipt(members, info, out);
  if (*kind == std::to_underlying(EventKind::result)) return read_result(members, info, out);
  if (*kind == std::to_underlying(EventKind::reply)) return read_reply(members, out);
  if (*kind == std::to_underlying(EventKind::timer)) {
    const auto timer = members.one_of("timer", kTimers, 0);
    if (!timer) return std::unexpected(timer.error());
    out.event.timer = *timer;
  } else if (*kind == std::to_underlying(EventKind::signal)) {
    const auto name = members.text("signal");
    if (!name) return std::unexpected(name.error());
    out.event.signal = index_of(info.signals, *name);  // one that the flow does not know is an event, too
  } else if (const Json* seed = members.find("seed"); seed != nullptr) {
    if (!seed->is_number_unsigned() || *seed > UINT32_MAX)
      return fail(ErrorCode::invalid_argument, "\"seed\" must be a whole number from 0 to {}", UINT32_MAX);
    out.event.seed = seed->get<std::uint32_t>();
  }
  return {};
}

Result<WrittenEvent> read_members(const Json& json, const FlowInfo& info, std::int64_t start_ms) {
  if (!json.is_object()) return fail(ErrorCode::invalid_argument, "an event is a JSON object");
  Members members(json);
  WrittenEvent out;
  if (const Json* version = members.find("v"); version != nullptr && *version != kJsonVersion)
    return fail(ErrorCode::invalid_argument, "\"v\" is not {}, the version that this program reads", kJsonVersion);
  if (Status status = read_kind(members, info, out); !status) return std::unexpected(status.error());
  const auto at = read_time(members, start_ms);
  if (!at) return std::unexpected(at.error());
  out.event.at_ms = *at;
  if (Status status = members.no_others(); !status) return std::unexpected(status.error());
  return out;
}

// ---- Writing

// Parts in their order, each with its name: `[["image", "https://…"], ["button", "More"], …]`.
template <typename Shown>
void add_content(Json& json, const Effect& effect, const ContentInfo& content, Shown shown) {
  json["message_kind"] = to_string(content.kind);
  if (!content.purpose.empty()) json["purpose"] = content.purpose;
  if (effect.text.empty() && effect.template_index < 0) json.erase("text");
  if (content.parts.empty()) return;
  Json parts = Json::array();
  for (std::size_t i = 0; i < content.parts.size(); ++i)
    parts.push_back(Json::array({to_string(content.parts[i]), shown(effect.parts.at(i))}));
  json["parts"] = std::move(parts);
}

void add_send(Json& json, const Effect& effect, const FlowInfo& info, bool reveal) {
  const bool hide = effect.secret && !reveal;
  const auto shown = [&](const std::string& text) { return hide ? std::string(kHidden) : text; };
  const ChannelInfo& channel = info.channels.at(effect.channel);
  json["step"] = step_name(info, effect.step);
  json["message"] = effect.message;
  json["channel"] = channel.name;
  json["kind"] = to_string(channel.kind);
  json["to"] = effect.to;
  if (effect.template_index < 0) {
    json["text"] = shown(effect.text);
  } else {
    json["template"] = info.templates.at(static_cast<std::size_t>(effect.template_index)).name;
    json["language"] = effect.language;
    Json parameters = Json::object();
    for (const auto& [name, value] : effect.parameters) parameters[name] = shown(value);
    json["parameters"] = std::move(parameters);
  }
  if (effect.content >= 0) add_content(json, effect, info.contents.at(static_cast<std::size_t>(effect.content)), shown);
  if (effect.ttl_ms != 0) json["ttl"] = duration_text(effect.ttl_ms);
  if (effect.not_after_ms != kNever) json["not_after"] = instant_text(effect.not_after_ms);
}

// `{"phone": "+63…"}`: what the other flow starts with.
void add_inputs(Json& json, const OperationInfo& operation, const Effect& effect, bool hide) {
  json["flow"] = operation.target;
  Json inputs = Json::object();
  for (std::size_t i = 0; i < std::min(operation.arguments.size(), effect.arguments.size()); ++i) {
    const std::string_view name = input_name(operation.arguments[i]);
    inputs[std::string(name)] = hide ? Json(kHidden) : Json::parse(effect.arguments[i], nullptr, false);
  }
  json["inputs"] = std::move(inputs);
}

void add_request(Json& json, const Effect& effect, const FlowInfo& info, bool reveal) {
  const OperationInfo& operation = info.operations.at(effect.site);
  json["step"] = step_name(info, effect.step);
  json["operation"] = effect.operation;
  const bool hide = effect.secret && !reveal;
  const auto shown = [&](const std::string& text) { return hide ? std::string(kHidden) : text; };
  const bool request = operation.kind == OperationKind::http || operation.kind == OperationKind::function;
  if (operation.kind == OperationKind::flow || operation.kind == OperationKind::launch) {
    add_inputs(json, operation, effect, hide);
  } else if (!request) {
    json["asks"] = to_string(operation.kind);
    if (!operation.target.empty()) json["of"] = operation.target;
    Json arguments = Json::object();
    for (std::size_t i = 0; i < std::min(effect.arguments.size(), operation.arguments.size()); ++i)
      arguments[operation.arguments[i]] = shown(effect.arguments[i]);
    if (!arguments.empty()) json["arguments"] = std::move(arguments);
  } else if (const auto call = http_call(operation, effect.arguments)) {
    json["method"] = call->method;
    json["url"] = call->url;  // never made with a secret
    Json headers = Json::object();
    for (const auto& [name, value] : call->headers) headers[name] = shown(value);
    if (!headers.empty()) json["headers"] = std::move(headers);
    if (!call->body.empty()) json["body"] = shown(call->body);
  } else {
    json["error"] = call.error().message;
  }
  if (effect.not_after_ms != kNever) json["not_after"] = instant_text(effect.not_after_ms);
}

void add_result(Json& json, const FlowEvent& event, const FlowInfo& info, std::int32_t resting) {
  json["operation"] = event.operation;
  const OperationInfo* operation = operation_of(info, resting);
  if (operation == nullptr) return;
  json["step"] = step_name(info, resting);
  const bool known = event.outcome >= 0 && static_cast<std::size_t>(event.outcome) < operation->outcomes.size();
  const auto place = known ? static_cast<std::size_t>(event.outcome) : 0;
  json["outcome"] = outcome_text(operation->kind, operation->outcomes[place]);
  Json values = Json::object();
  for (std::size_t i = 0; i < std::min<std::size_t>(event.value_count, operation->reads.size()); ++i) {
    const FieldInfo& field = info.fields[operation->reads[i].field];
    values[field.name] = value_json(event.values[i], field);
  }
  if (!values.empty()) json["values"] = std::move(values);
}

void add_reply(Json& json, const FlowEvent& event) {
  for (std::size_t i = 0; i < std::min<std::size_t>(event.value_count, kReplyValues); ++i) {
    const auto value = static_cast<ReplyValue>(i);
    const FlowField& field = event.values[i];
    if (field.present == 0) continue;
    if (is_number(value))
      json[std::string(to_string(value))] = number_text(field.scalar);
    else
      json[std::string(to_string(value))] = std::string(field.text.data, field.text.size);
  }
}

void add_end(Json& json, const Effect& effect, const FlowInfo& info) {
  json["end"] = to_string(effect.end);
  if (effect.end == EndKind::outcome) json["outcome"] = info.outcomes.at(static_cast<std::size_t>(effect.outcome));
  if (!effect.reason.empty()) json["reason"] = effect.reason;
}

}  // namespace

std::string to_string(OperationKind kind, const OperationOutcome& outcome) {
  return outcome_text(kind, outcome);
}

std::string_view to_string(Receipt receipt) {
  return word(kReceipts, receipt);
}
std::string_view to_string(Timer timer) {
  return word(kTimers, timer);
}
std::string_view to_string(EndKind end) {
  return word(kEnds, end);
}
std::string_view to_string(ChannelKind kind) {
  return word(kChannels, kind);
}

Result<WrittenEvent> read_event(std::string_view line, const FlowInfo& info, std::int64_t start_ms) {
  if (line.size() > limits::kEventLineBytesMax)
    return fail(ErrorCode::invalid_argument, "the line is longer than {} bytes", limits::kEventLineBytesMax);
  try {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) return fail(ErrorCode::invalid_argument, "the line is not JSON");
    return read_members(json, info, start_ms);
  } catch (const std::exception&) {
    return fail(ErrorCode::internal, "the line could not be read");
  }
}

std::string event_line(const FlowEvent& event, const FlowInfo& info, std::int32_t resting) {
  Json json;
  json["v"] = kJsonVersion;
  json["at"] = instant_text(event.at_ms);
  json["event"] = word(kEvents, event.kind);
  switch (event.kind) {
    case std::to_underlying(EventKind::receipt):
      json["message"] = event.message;
      json["status"] = word(kReceipts, event.receipt);
      if (event.reason.size != 0) json["reason"] = std::string(event.reason.data, event.reason.size);
      break;
    case std::to_underlying(EventKind::timer):
      json["timer"] = word(kTimers, event.timer);
      break;
    case std::to_underlying(EventKind::signal):
      if (event.signal >= 0) json["signal"] = info.signals.at(static_cast<std::size_t>(event.signal));
      break;
    case std::to_underlying(EventKind::start):
      if (event.seed != 0) json["seed"] = event.seed;
      break;
    case std::to_underlying(EventKind::result):
      add_result(json, event, info, resting);
      break;
    case std::to_underlying(EventKind::reply):
      add_reply(json, event);
      break;
    default:
      break;
  }
  return dump(json);
}

std::string effect_line(const Effect& effect, std::int64_t at_ms, const FlowInfo& info, bool reveal) {
  Json json;
  json["v"] = kJsonVersion;
  json["at"] = instant_text(at_ms);
  json["effect"] = word(kEffects, effect.kind);
  switch (effect.kind) {
    case EffectKind::enter:
      json["step"] = step_name(info, effect.step);
      break;
    case EffectKind::send:
      add_send(json, effect, info, reveal);
      break;
    case EffectKind::withdraw:
      json["step"] = step_name(info, effect.step);
      json["message"] = effect.message;
      break;
    case EffectKind::timer:
      json["step"] = step_name(info, effect.step);
      json["timer"] = to_string(effect.timer);
      json["due"] = instant_text(effect.due_ms);
      break;
    case EffectKind::late_receipt:
      json["step"] = step_name(info, effect.step);
      json["message"] = effect.message;
      json["status"] = to_string(effect.receipt);
      break;
    case EffectKind::end:
      add_end(json, effect, info);
      break;
    case EffectKind::request:
    case EffectKind::launch:
      add_request(json, effect, info, reveal);
      break;
    case EffectKind::cancel:
      json["step"] = step_name(info, effect.step);
      json["operation"] = effect.operation;
      break;
  }
  return dump(json);
}

}  // namespace flow::program
