// The providers' signed reports (webhooks) as bytes on the wire. Written from the providers' documentation and apart
// from flowd's adapters; reports_test.cpp has them meet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/book.h"
#include "runtime/crypto/mac.h"
#include "simulator/script.h"

namespace flow::load {

// A message that the mock provider has taken.
struct Taken {
  Channel channel{};
  std::uint64_t execution = 0;
  std::uint8_t reported = 0;  // how many reports were answered
  std::uint8_t tries = 0;     // of the one at hand
  std::string to;             // "+12012345678"
  std::string from;
  std::string id;
  std::string reference;  // what flowd wants back: a token, or the address to report to
};

// How many reports the generator sends of a message until its execution is over: WhatsApp sent, delivered, read; Viber
// submitted, delivered, read; SMS sent.
int reports_of(Channel channel);

class ReportWriter {
 public:
  // `host`: of the Host header, with port. The webhooks' addresses in `accounts` matter by their paths only.
  ReportWriter(const simulator::Accounts& accounts, std::string host);

  // The whole request for the report number `taken.reported`. Valid until the next call. `now_s`: wall-clock time.
  std::string_view write(const Taken& taken, std::int64_t now_s);

 private:
  void sms(const Taken& taken);
  void whatsapp(const Taken& taken, std::int64_t now_s);
  void viber(const Taken& taken, std::int64_t now_s);
  void head(std::string_view target, std::string_view type, std::string_view credential_name);

  const simulator::Accounts accounts_;
  std::string host_;
  std::string whatsapp_target_;
  std::string viber_target_;
  crypto::HmacSha1 sms_mac_;
  crypto::HmacSha256 whatsapp_mac_;  // has the beginning of every body in it
  crypto::HmacSha256 viber_mac_;     // has the token's header in it
  std::string whatsapp_begin_;
  std::string viber_header_;
  std::uint64_t tokens_ = 0;
  // Used again and again.
  std::string out_;
  std::string body_;
  std::string claims_;
  std::string token_;
};

// "http://host:8080/path?query": "/path?query".
std::string_view target_of(std::string_view url);

}  // namespace flow::load
