#include "runtime/program/flow_call.h"

#include <algorithm>
#include <utility>

#include "runtime/program/escape.h"
#include "runtime/program/json_value.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

using Json = nlohmann::ordered_json;
using Kind = OperationOutcome::Kind;

bool stands_for(const OperationOutcome& arm, EndKind end, std::string_view outcome) {
  switch (end) {
    case EndKind::done:
      return arm.kind == Kind::ok;
    case EndKind::outcome:
      return arm.kind == Kind::named && arm.name == outcome;
    case EndKind::expired:
      return arm.kind == Kind::expired;
    case EndKind::none:
    case EndKind::failed:
      break;
  }
  return arm.kind == Kind::failed;
}

// False: one of them is not as the site expects it.
bool read_outputs(const FlowInfo& info, const OperationInfo& site, std::string_view outputs, WrittenEvent& out) {
  const Json json = Json::parse(outputs, nullptr, false);
  if (!json.is_object()) return site.reads.empty();
  for (const OperationRead& read : site.reads) {
    const auto found = json.find(read.path);
    static const Json kNothing;
    const Json& value = found == json.end() ? kNothing : *found;
    if (value.is_null() && !read.optional) return false;
    const FieldInfo& field = info.fields[read.field];
    if (!read_json_value(value, field, out)) return false;
    const bool longer = value.is_string() && is_text(field.type) && field.chars_max != 0 &&
                        count_characters(value.get_ref<const std::string&>()) > field.chars_max;
    if (longer) return false;
  }
  return true;
}

}  // namespace

std::string_view input_name(std::string_view place) {
  return place.starts_with(kFlowInputPlace) ? place.substr(kFlowInputPlace.size()) : place;
}

std::string inputs_json(const OperationInfo& site, std::span<const std::string> arguments) {
  std::string out = "{";
  for (std::size_t i = 0; i < std::min(site.arguments.size(), arguments.size()); ++i) {
    out += i == 0 ? "\"" : ",\"";
    append_json_escaped(out, input_name(site.arguments[i]));
    out.append("\":").append(arguments[i]);
  }
  return out + "}";
}

std::string outputs_json(const FlowInfo& info, const Frame& frame) {
  Json json = Json::object();
  for (const std::uint32_t output : info.outputs)
    json[info.fields[output].name] = value_json(frame.raw().fields[output], info.fields[output]);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

WrittenEvent flow_result(const FlowInfo& info, const OperationInfo& site, EndKind end, std::string_view outcome,
                         std::string_view outputs) {
  WrittenEvent result;
  result.event.kind = std::to_underlying(EventKind::result);
  result.event.signal = -1;
  result.event.message = kNoMessage;
  result.event.operation = kNoOperation;
  const auto arm = std::ranges::find_if(site.outcomes, [&](const auto& one) { return stands_for(one, end, outcome); });
  result.event.outcome = arm == site.outcomes.end() ? 0 : static_cast<std::int32_t>(arm - site.outcomes.begin());
  if (arm == site.outcomes.end() || !takes_values(*arm)) return result;
  if (read_outputs(info, site, outputs, result)) return result;
  result.event.outcome = 0;
  result.values.clear();
  result.value_texts.clear();
  return result;
}

}  // namespace flow::program
