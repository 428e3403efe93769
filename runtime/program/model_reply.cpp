#include "runtime/program/model_reply.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "runtime/program/http_call.h"

namespace flow::program {
namespace {

using Json = nlohmann::json;

const Json* member(const Json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

// What the model said, whole; nothing: no answer, or one that was cut short.
std::optional<std::string> reply_of(int status, std::string_view text) {
  if (status != 200) return std::nullopt;
  const Json body = Json::parse(text, nullptr, false);
  const Json* choices = member(&body, "choices");
  if (choices == nullptr || !choices->is_array() || choices->empty()) return std::nullopt;
  const Json* first = &choices->front();
  const Json* finish = member(first, "finish_reason");
  if (finish != nullptr && *finish == "length") return std::nullopt;
  const Json* content = member(member(first, "message"), "content");
  if (content == nullptr || !content->is_string()) return std::nullopt;
  const std::string_view said = content->get_ref<const std::string&>();
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = said.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return std::string();
  return std::string(said.substr(begin, said.find_last_not_of(kBlanks) - begin + 1));
}

WrittenEvent result(const FlowInfo& info, const OperationInfo& site, std::int32_t outcome, const char* name,
                    const std::string& value) {
  const Json body = {{name, value}};
  return operation_result(info, site, outcome, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

bool tells_history(const FlowInfo& info) {
  return std::ranges::any_of(info.operations, [](const OperationInfo& site) {
    return std::ranges::find(site.arguments, kHistoryPlace) != site.arguments.end();
  });
}

std::int32_t outcome_named(const OperationInfo& site, std::string_view name) {
  for (std::size_t i = 0; i < site.outcomes.size(); ++i)
    if (site.outcomes[i].kind == OperationOutcome::Kind::named && site.outcomes[i].name == name)
      return static_cast<std::int32_t>(i);
  return 0;
}

WrittenEvent classify_result(const FlowInfo& info, const OperationInfo& site, int status, std::string_view body) {
  const std::optional<std::string> label = reply_of(status, body);
  std::int32_t outcome = 0;
  if (label && *label == kNoLabel)
    outcome = outcome_named(site, "");
  else if (label && !label->empty())
    outcome = outcome_named(site, *label);
  return result(info, site, outcome, "label", label.value_or(""));
}

WrittenEvent generate_result(const FlowInfo& info, const OperationInfo& site, int status, std::string_view body) {
  const std::optional<std::string> text = reply_of(status, body);
  std::int32_t outcome = 0;
  for (std::size_t i = 0; text && !text->empty() && i < site.outcomes.size(); ++i)
    if (site.outcomes[i].kind == OperationOutcome::Kind::ok) outcome = static_cast<std::int32_t>(i);
  return result(info, site, outcome, "text", text.value_or(""));
}

WrittenEvent hand_over_result(const FlowInfo& info, const OperationInfo& site, int status) {
  const bool accepted = status >= 200 && status < 300;
  return operation_result(info, site, accepted ? outcome_named(site, "accepted") : 0, "{}");
}

}  // namespace flow::program
