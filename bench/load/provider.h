// The mock provider: takes each message that flowd hands over, answers at once, and has its reports sent. Speaks
// Twilio's SMS, the WhatsApp Cloud API and Vonage's Messages API.
#pragma once

#include <string>
#include <string_view>

#include "bench/load/book.h"
#include "bench/load/callbacks.h"
#include "bench/load/loop.h"

namespace flow::load {

class Provider final : public Peer {
 public:
  Provider(Loop& loop, Book& book, Callbacks& callbacks, const simulator::Accounts& accounts);

  // No report of what is taken from now on.
  void be_silent() { silent_ = true; }

  void on_message(Connection& connection, const HttpMessage& message) override;
  void on_closed(Connection&) override {}  // flowd may

 private:
  bool read_sms(const HttpMessage& message, Taken& taken) const;
  bool read_whatsapp(const HttpMessage& message, Taken& taken) const;
  bool read_viber(const HttpMessage& message, Taken& taken) const;
  void name(Taken& taken);
  void answer(Connection& connection, std::string_view status);
  void refuse(Connection& connection, std::string_view status, std::string_view why);

  Loop& loop_;
  Book& book_;
  Callbacks& callbacks_;
  std::string sms_target_;
  std::string sms_credential_;
  std::string whatsapp_target_end_;
  std::string whatsapp_credential_;
  std::string viber_credential_;
  std::string run_;  // 16 hexadecimal digits, other ones each run: message ids begin with them
  std::uint64_t messages_ = 0;
  bool silent_ = false;
  std::string body_;
  std::string out_;
};

}  // namespace flow::load
