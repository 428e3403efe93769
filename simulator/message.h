// What the simulated providers have in common: a message they took, and what becomes of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flow::simulator {

enum class Channel : std::uint8_t { whatsapp, viber, sms, messenger, instagram, email };
std::string_view to_string(Channel channel);

// In the order in which a message passes them; `failed` may come at any time.
enum class Status : std::uint8_t { sent, delivered, read, failed };
std::string_view to_string(Status status);

struct Message {
  Channel channel{};
  std::string id;  // that the provider gave it
  std::string to;  // E.164, a person's id, or an address
  std::string from;
  std::string kind;  // as the provider calls it: "image", "interactive"
  std::string text;  // the body; empty for a template
  std::string template_name;
  std::string language;
  std::vector<std::string> parameters;
  std::string reference;  // what the sender wants back with each report
  std::string report_to;  // URL; empty: the account's
  std::int64_t ttl_ms = 0;
};

// What somebody writes to the account.
struct Incoming {
  Channel channel{};
  std::string from;           // E.164; on Messenger and Instagram the id of a person
  std::string to;             // the account's number or service
  std::string kind = "text";  // text, button, image or location; on SMS text
  std::string text;           // of a button what it reads
  std::string url;            // of an image
  double latitude = 0;
  double longitude = 0;
  std::string webhook;  // empty: the account's
};

// One report that a message will cause.
struct Report {
  Status status{};
  std::int64_t after_ms = 0;  // the provider's answer, before the clock rate
  std::int64_t code = 0;      // of failed, as the provider numbers its errors
};

}  // namespace flow::simulator
