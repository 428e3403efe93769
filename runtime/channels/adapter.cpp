#include "runtime/channels/adapter.h"

#include <algorithm>

#include "runtime/http/json_view.h"
#include "runtime/http/text.h"

namespace flow::channels {

using outbox::SendClass;
using outbox::SendResult;

std::int64_t retry_after_ms(const http::Response& response) {
  const auto header = response.header("retry-after");
  if (!header) return 0;
  const auto seconds = http::whole_number(*header);
  return seconds && *seconds > 0 ? std::min<std::int64_t>(*seconds, 3600) * 1000 : 0;
}

SendResult answer_by_status(const http::Response& response) {
  SendResult result;
  result.reason = fmt::format("the provider answered {}", response.status);
  result.retry_after_ms = retry_after_ms(response);
  switch (response.status) {
    case 401:
    case 402:
    case 403:
    case 404:
    case 405:
      result.result = SendClass::permanent_configuration;
      break;
    case 429:
      result.result = SendClass::throttled;
      break;
    case 503:
      result.result = SendClass::transient;
      break;
    default:
      // Other refusals are about this message. Everything else says nothing about whether it was taken.
      result.result = response.status >= 400 && response.status < 500 && response.status != 408
                          ? SendClass::permanent_recipient
                          : SendClass::unknown;
  }
  return result;
}

SendResult read_answer(const http::Response& response, const AnswerRules& rules) {
  const auto body = http::JsonView::parse(response.body).value_or(http::JsonView());
  if (response.status >= 200 && response.status < 300) {
    std::string id = clean_id(rules.id_header.empty() ? rules.id(body) : response.header(rules.id_header).value_or(""));
    if (id.empty()) return {SendClass::unknown, "", "the provider's answer cannot be read", 0};
    return {SendClass::accepted, std::move(id), "", 0};
  }
  SendResult result = answer_by_status(response);
  if (response.status == 400 || response.status == 422) result.result = rules.bad_request;
  const auto code = rules.code(body);
  if (!code) return result;
  const CodeMeaning* meaning = rules.meaning(*code);
  if (meaning != nullptr) result.result = meaning->meaning;
  result.reason = reason_of(*code, meaning);
  return result;
}

http::ClientRequest RequestFrame::make(const outbox::SendRequest& send, std::string body) const {
  return make(send.traceparent, std::move(body));
}

http::ClientRequest RequestFrame::make(std::string_view traceparent, std::string body) const {
  http::ClientRequest out;
  out.method = "POST";
  out.url = url;
  out.headers.reserve(headers.size() + 1);
  out.headers = headers;
  if (!traceparent.empty()) out.headers.emplace_back("traceparent", traceparent);
  out.body = std::move(body);
  return out;
}

std::string reason_of(std::int64_t code, const CodeMeaning* meaning) {
  return meaning == nullptr ? fmt::format("{}", code) : fmt::format("{}: {}", code, meaning->words);
}

std::string clean_id(std::string_view id) {
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  return id.size() <= 128 && std::ranges::all_of(id, printable) ? std::string(id) : std::string();
}

}  // namespace flow::channels
