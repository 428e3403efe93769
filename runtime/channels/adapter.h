// One provider's protocol: how a message is asked for, what the answers mean, and which reports are true.
//
// Pure: adapters neither send nor read a clock. One per bound channel; immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/channels/correlation.h"
#include "runtime/channels/inbound.h"
#include "runtime/http/client.h"
#include "runtime/http/message.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/abi.h"

namespace flow::http {
class JsonView;
}

namespace flow::channels {

// What a verified webhook says of one message of ours.
struct Report {
  Correlation correlation;
  program::Receipt status{};  // accepted, sent, delivered, read, failed
  std::string reason;         // of failed: our words for the provider's code; never the provider's text
  std::string provider_message_id;

  friend bool operator==(const Report&, const Report&) = default;
};

// What it says of messages that it names by its own ids, or by whom and until when it sent them.
struct ReportById {
  program::Receipt status{};
  std::string id;  // empty: all that `recipient` was sent up to `until_ms`, wall-clock time
  std::string recipient;
  std::int64_t until_ms = 0;

  friend bool operator==(const ReportById&, const ReportById&) = default;
};

// Which id the provider has for a message of ours.
struct SentAs {
  Correlation correlation;
  std::string id;
  std::string recipient;
  std::int64_t at_ms = 0;  // wall-clock time

  friend bool operator==(const SentAs&, const SentAs&) = default;
};

struct Reports {
  std::vector<Report> reports;
  std::vector<ReportById> by_id;  // of adapters with reports_by_id(); Channels finds whose they are
  std::vector<SentAs> sent;       // likewise
  std::vector<Inbound> inbound;   // in the provider's order
  // Of other systems on the same account, older than the correlation may be, of a kind that says nothing of delivery,
  // or a message that nobody could answer.
  std::size_t ignored = 0;
};

class Adapter {
 public:
  virtual ~Adapter() = default;

  virtual program::ChannelKind kind() const = 0;

  // Whether its reports name messages by the provider's ids only (Reports::by_id).
  virtual bool reports_by_id() const { return false; }

  // The request that hands this message over. `token` is its correlation.
  virtual http::ClientRequest request(const outbox::SendRequest& send, std::string_view token) const = 0;

  // The request that shows that an answer is being written; nothing where the provider has none, or needs the message
  // that is answered and is not told which.
  virtual std::optional<http::ClientRequest> typing(const outbox::TypingRequest&) const { return std::nullopt; }

  // What the provider's answer to it means.
  virtual outbox::SendResult answer(const http::Response& response) const = 0;

  // A subscription handshake by GET, answered with what is returned; permission_denied when it does not know our
  // token, not_found where the provider has no such thing.
  virtual Result<std::string> handshake(const http::Request& request) const = 0;

  // Verifies a webhook (reports, and what people send to us) over its raw bytes, then reads it. permission_denied: not
  // signed by the provider, or too old; invalid_argument: signed, but not what the provider's documentation describes.
  virtual Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const = 0;
};

// A provider's code and what it means to us.
struct CodeMeaning {
  int code;
  outbox::SendClass meaning;
  std::string_view words;
};

// What is a provider's own in an answer; the rest is the same for all.
struct AnswerRules {
  std::string_view (*id)(const http::JsonView& body);               // of the message, when it was accepted
  std::optional<std::int64_t> (*code)(const http::JsonView& body);  // of the error
  const CodeMeaning* (*meaning)(std::int64_t code);
  std::string_view id_header = {};  // where the id is when the body has none
  outbox::SendClass bad_request;  // what 400 and 422 mean when the code says nothing: about the recipient, or all of it
};
outbox::SendResult read_answer(const http::Response& response, const AnswerRules& rules);

// The constant parts of each request to a provider.
struct RequestFrame {
  std::string url;
  http::Headers headers;

  // A POST of `body`, with the trace context of the send where it has one.
  http::ClientRequest make(const outbox::SendRequest& send, std::string body) const;
  http::ClientRequest make(std::string_view traceparent, std::string body) const;
};

// The provider's answer where no code of its own says more.
outbox::SendResult answer_by_status(const http::Response& response);

// Milliseconds of a Retry-After header in seconds; 0 when there is none. At most an hour.
std::int64_t retry_after_ms(const http::Response& response);

// "131026: cannot be reached on WhatsApp", or "131999" for a code that is not in the table.
std::string reason_of(std::int64_t code, const CodeMeaning* meaning);

// The entry of that code, or null.
template <std::size_t kSize>
const CodeMeaning* meaning_of(const CodeMeaning (&table)[kSize], std::int64_t code) {
  for (const CodeMeaning& entry : table) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

// A provider's message id as it may be shown: printable ASCII without blanks, at most 128 characters; else empty.
std::string clean_id(std::string_view id);

}  // namespace flow::channels
