#include <string>
#include <string_view>
#include <unordered_set>

#include "base/limits.h"
#include "compiler/ir/name_index.h"
#include "compiler/ir/verify_internal.h"
#include "compiler/ir/words.h"
#include "runtime/program/text.h"

namespace flow::ir {
namespace {

using std::string_view;

Status wrong(std::string message) {
  return std::unexpected(Error{ErrorCode::invalid_argument, std::move(message)});
}

Status check_text(string_view text, string_view what) {
  if (text.size() > limits::kTextValueBytesMax)
    return fail(ErrorCode::invalid_argument, "{} is longer than {} bytes", what, limits::kTextValueBytesMax);
  if (!program::is_utf8(text)) return fail(ErrorCode::invalid_argument, "{} is not UTF-8", what);
  return {};
}

template <typename List, typename Name>
Status check_names(const List& list, string_view what, Name name) {
  NameIndex seen;
  for (const auto& item : list) {
    const string_view text = name(item);
    if (!is_name(text)) return fail(ErrorCode::invalid_argument, "a {} has a name that is none", what);
    if (!seen.add(text)) return fail(ErrorCode::invalid_argument, "two {}s are called `{}`", what, text);
  }
  return {};
}

template <typename Item>
string_view name_of(const Item& item) {
  return item.name;
}
string_view itself(const std::string& item) {
  return item;
}

bool in_range(const program::MessageLimit& limit) {
  return limit.prefix <= limits::kLimitDigitsMax && limit.messages >= 1 &&
         limit.messages <= limits::kLimitMessagesMax && limit.within_ms >= limits::kLimitWithinMsMin &&
         limit.within_ms <= limits::kLimitWithinMsMax;
}

Status check_limits(const program::FlowInfo& info) {
  if (!is_name(info.name)) return wrong("the flow has a name that is none");
  if (info.expires_ms <= 0 || info.expires_ms > limits::kExpiresMsMax) return wrong("`expires` is out of range");
  if (info.fields.size() > limits::kVariablesMax) return wrong("there are too many fields");
  if (info.steps.empty() || info.steps.size() > limits::kIrStepsMax) return wrong("there are no or too many steps");
  if (info.counters > limits::kIrCountersMax) return wrong("there are too many counters");
  if (info.handlers > 64) return wrong("there are more than 64 handlers");
  if (info.message_limits.size() > limits::kMessageLimitsMax) return wrong("there are too many limits of messages");
  for (const auto& limit : info.message_limits) {
    if (!in_range(limit)) return wrong("a limit of messages is out of range");
    if (Status named = check_names(limit.purposes, "purpose", itself); !named) return named;
  }
  for (const std::string& region : info.allowed_regions)
    if (!program::parse_region(region)) return wrong("a region is not two capital letters");
  return {};
}

Status check_all_names(const program::FlowInfo& info) {
  Status status = check_names(info.fields, "field", name_of<program::FieldInfo>);
  if (status) status = check_names(info.steps, "step", name_of<program::StepInfo>);
  if (status) status = check_names(info.signals, "signal", itself);
  if (status) status = check_names(info.outcomes, "outcome", itself);
  if (status) status = check_names(info.secrets, "secret", itself);
  if (status) status = check_names(info.channels, "channel", name_of<program::ChannelInfo>);
  if (status) status = check_names(info.templates, "template", name_of<program::TemplateInfo>);
  for (const auto& one : info.templates)
    if (status) status = check_names(one.parameters, "parameter", itself);
  return status;
}

// A list is of plain values or records, a record of plain values.
bool may_be_part(const program::FieldInfo& whole, const program::FieldInfo& part) {
  if (part.type == program::ValueType::record) return whole.type == program::ValueType::list;
  return part.type != program::ValueType::list && part.type != program::ValueType::json;
}

Status check_field(const program::FieldInfo& field) {
  using program::ValueType;
  if (field.chars_max != 0 && field.chars_min > field.chars_max)
    return fail(ErrorCode::invalid_argument, "field `{}` has a range of lengths that is empty", field.name);
  Status status;
  for (const std::string& choice : field.choices)
    if (status) status = check_text(choice, "a choice");
  const bool list = field.type == ValueType::list;
  const std::size_t most = field.type == ValueType::record ? limits::kRecordMembersMax : list ? 1 : 0;
  const std::size_t least = program::is_composite(field.type) ? 1 : 0;
  if (field.parts.size() < least || field.parts.size() > most)
    return fail(ErrorCode::invalid_argument, "field `{}` has parts that its type has not", field.name);
  if (list ? field.items_max < 1 || field.items_max > limits::kListItemsMax : field.items_max != 0)
    return fail(ErrorCode::invalid_argument, "field `{}` has a number of items out of range", field.name);
  if (status && !list) status = check_names(field.parts, "member", name_of<program::FieldInfo>);
  for (const program::FieldInfo& part : field.parts) {
    if (!may_be_part(field, part))
      return fail(ErrorCode::invalid_argument, "field `{}` has a part of a type that none has", field.name);
    if (status) status = check_field(part);
  }
  return status;
}

Status check_parts(const program::FlowInfo& info) {
  Status status = check_text(info.title, "the title");
  if (status) status = check_text(info.purpose, "the purpose");
  for (const std::string& host : info.allowed_hosts)
    if (status) status = check_text(host, "a host");
  for (const auto& field : info.fields)
    if (status) status = check_field(field);
  for (const auto& step : info.steps)
    if (status) status = check_text(step.component + step.report_to, "a component");
  for (const auto& channel : info.channels) {
    if (channel.handover_ms < 0 || channel.handover_ms > limits::kExpiresMsMax)
      return fail(ErrorCode::invalid_argument, "channel `{}` has a `handover within` out of range", channel.name);
    if (status) status = check_text(channel.sender, "a sender");
  }
  for (const auto& one : info.templates) {
    if (one.languages.empty()) return fail(ErrorCode::invalid_argument, "template `{}` has no language", one.name);
    for (const std::string& language : one.languages)
      if (status) status = check_text(language, "a language");
  }
  for (const auto& content : info.contents) {
    if (content.parts.size() > limits::kMessagePartsMax) return wrong("a content has too many parts");
    if (status) status = check_text(content.purpose, "a purpose");
  }
  return status;
}

Status check_operation(const program::OperationInfo& one, const program::FlowInfo& info) {
  const auto wrong_part = [&](string_view what) {
    return fail(ErrorCode::invalid_argument, "an operation has {}", what);
  };
  if (one.step < 0 || static_cast<std::size_t>(one.step) >= info.steps.size()) return wrong_part("no step");
  if (one.retries > limits::kOperationRetriesMax) return wrong_part("too many retries");
  if (one.retry_after_ms < 0 || one.retry_after_ms > limits::kExpiresMsMax) return wrong_part("a pause out of range");
  if (one.outcomes.empty() || one.outcomes[0].kind != program::OperationOutcome::Kind::failed)
    return wrong_part("no `failed` as its first outcome");
  for (const auto& outcome : one.outcomes)
    if (Status status = check_text(outcome.name, "an outcome"); !status) return status;
  for (const auto& read : one.reads) {
    if (read.field >= info.fields.size()) return wrong_part("a value for a field that is none");
    if (Status status = check_text(read.path, "a path"); !status) return status;
  }
  for (const std::string& argument : one.arguments)
    if (Status status = check_text(argument, "an argument"); !status) return status;
  return check_text(one.target, "a target");
}

Status check_tables(const Flow& flow) {
  for (const std::string& text : flow.texts)
    if (Status status = check_text(text, "a constant text"); !status) return status;
  for (const std::uint32_t output : flow.info.outputs)
    if (output >= flow.info.fields.size()) return wrong("an output is a field that is none");
  for (const auto& one : flow.info.operations)
    if (Status status = check_operation(one, flow.info); !status) return status;
  const auto is_price = [](std::int64_t amount) { return amount >= 0 && amount <= limits::kPriceMax; };
  for (const Price& price : flow.prices) {
    bool good = is_price(price.otherwise);
    std::unordered_set<string_view> seen;
    for (const auto& [region, amount] : price.regions)
      good = good && is_price(amount) && program::parse_region(region) && seen.insert(region).second;
    if (!good) return wrong("a price is out of range, or names a region twice");
  }
  for (const SendSite& site : flow.sends) {
    const auto& info = flow.info;
    const bool good = site.step >= 0 && static_cast<std::size_t>(site.step) < info.steps.size() &&
                      site.channel < info.channels.size() && site.template_index >= -1 &&
                      site.template_index < static_cast<std::int64_t>(info.templates.size()) && site.content >= -1 &&
                      site.content < static_cast<std::int64_t>(info.contents.size()) && site.ttl_ms >= 0 &&
                      site.ttl_ms <= limits::kExpiresMsMax && site.price >= -1 &&
                      site.price < static_cast<std::int64_t>(flow.prices.size()) && site.parts >= 1 &&
                      site.parts <= limits::kTextValueBytesMax;
    if (!good) return wrong("a send names a step, channel, template, content, price or time to live that is none");
  }
  if (flow.guarantees.size() > limits::kGuaranteesMax) return wrong("there are too many guarantees");
  for (const Guarantee& one : flow.guarantees) {
    const bool step = one.step >= 0 && static_cast<std::size_t>(one.step) < flow.info.steps.size();
    if (!step || one.limit < 0) return wrong("a guarantee has a limit below 0, or names a step that is none");
  }
  const auto functions = static_cast<std::int64_t>(flow.functions.size());
  if (flow.start >= functions || flow.ended >= functions) return wrong("`start` or `ended` names no function");
  if (flow.handle.size() != flow.info.steps.size()) return wrong("there is not one handling for each step");
  for (std::int32_t function : flow.handle)
    if (function < -1 || function >= functions) return wrong("a handling names no function");
  NameIndex seen;
  for (const Function& function : flow.functions) {
    if (Status status = check_text(function.name, "the name of a function"); !status) return status;
    if (!seen.add(function.name))
      return fail(ErrorCode::invalid_argument, "two functions are called `{}`", function.name);
  }
  return {};
}

bool is_region(std::int64_t region) {
  return region != 0 && program::parse_region(program::region_text(region)).value_or(0) == region;
}

Status check_choices(const Flow& flow, Form form) {
  if (form == Form::lowered && !flow.choices.empty()) return wrong("it has choices, which only the passes make");
  for (const Choice& choice : flow.choices) {
    bool good = choice.texts.empty() != choice.regions.empty();
    std::unordered_set<string_view> seen;
    std::unordered_set<std::int64_t> regions;
    for (std::int64_t region : choice.regions) good = good && is_region(region) && regions.insert(region).second;
    for (std::uint32_t text : choice.texts)
      good = good && text < flow.texts.size() && seen.insert(flow.texts[text]).second;
    if (!good) return wrong("a choice is of nothing, names a text or region that is none, or has one twice");
  }
  return {};
}

}  // namespace

Status verify_declarations(const Flow& flow, Form form) {
  Status status = check_limits(flow.info);
  if (status) status = check_all_names(flow.info);
  if (status) status = check_parts(flow.info);
  if (status) status = check_tables(flow);
  if (status) status = check_choices(flow, form);
  return status;
}

}  // namespace flow::ir
