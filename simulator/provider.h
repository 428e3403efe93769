// One simulated provider: checks a request as the real one does, answers in its shape, signs its reports.
//
// Written from the providers' documentation and apart from flowd's adapters: the two meet only in tests.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/http/client.h"
#include "runtime/http/message.h"
#include "simulator/message.h"
#include "simulator/script.h"

namespace flow::simulator {

class Provider {
 public:
  virtual ~Provider() = default;

  virtual Channel channel() const = 0;
  // Whether a path is this provider's.
  virtual bool serves(std::string_view path) const = 0;
  // The message that a request asks for; else the provider's own refusal of it, or its 200 to a typing indicator.
  virtual std::expected<Message, http::Response> read(const http::Request& request) const = 0;
  virtual http::Response accept(const Message& message) const = 0;
  virtual http::Response refuse(std::int64_t code) const = 0;
  // The signed webhook that reports a status. Nothing when nobody wants it. `now_ms`: wall-clock time.
  virtual std::optional<http::ClientRequest> report(const Message& message, const Report& report,
                                                    std::int64_t now_ms) const = 0;
  // Whether somebody may have this number or id there.
  virtual bool knows(std::string_view from) const;
  // The signed webhook that brings what somebody writes. Nothing when nobody wants it, or it is of a kind that the
  // channel has not.
  virtual std::optional<http::ClientRequest> incoming(const Incoming& message, std::int64_t now_ms) const = 0;
};

std::unique_ptr<Provider> make_whatsapp(const Accounts& accounts);
std::unique_ptr<Provider> make_vonage(const Accounts& accounts);
std::unique_ptr<Provider> make_twilio(const Accounts& accounts);
std::unique_ptr<Provider> make_meta(const Accounts& accounts);  // pages and accounts: Messenger and Instagram
std::unique_ptr<Provider> make_sendgrid(const Accounts& accounts);

// "AC…" and the like: `prefix` and 32 hexadecimal digits that nobody can guess.
std::string random_sid(std::string_view prefix);
std::string random_uuid();

// The user and password of a Basic authorization header, parted by a colon; empty when there is none.
std::string basic_credentials(const http::Request& request);

// "+" and 7 to 15 digits.
bool is_e164(std::string_view number);

}  // namespace flow::simulator
