#include "runtime/channels/adapter.h"

#include <algorithm>
#include <charconv>

namespace flow::channels {

using outbox::SendClass;
using outbox::SendResult;

std::int64_t retry_after_ms(const http::Response& response) {
  const auto header = response.header("retry-after");
  if (!header) return 0;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc() || end != header->data() + header->size() || seconds < 0) return 0;
  return std::min<std::int64_t>(seconds, 3600) * 1000;
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

std::string reason_of(std::int64_t code, const CodeMeaning* meaning) {
  return meaning == nullptr ? fmt::format("{}", code) : fmt::format("{}: {}", code, meaning->words);
}

std::string clean_id(std::string_view id) {
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  return id.size() <= 128 && std::ranges::all_of(id, printable) ? std::string(id) : std::string();
}

}  // namespace flow::channels
