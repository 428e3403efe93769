// Channels: what each reports, carries and can be told. Sources: docs/channels.md.
#include <array>

#include "base/check.h"
#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;
using program::ChannelKind;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

// name, support, kind, sender's word, reports sent/delivered/read, text, templates, typing, time to live, doc
constexpr auto kChannels = std::to_array<Channel>({
    {"viber",
     supported,
     ChannelKind::viber,
     "service",
     true,
     true,
     true,
     {1000, false},
     false,
     false,
     30 * kSecond,
     14 * kDay,
     "Viber Business Messages, addressed by phone number."},
    {"whatsapp",
     supported,
     ChannelKind::whatsapp,
     "number",
     true,
     true,
     true,
     {4096, false},
     true,
     true,
     0,
     0,
     "WhatsApp Business. Only a template's `valid` bounds how long a message stays underway."},
    {"sms",
     supported,
     ChannelKind::sms,
     "sender",
     true,
     true,
     false,
     {0, true},
     false,
     false,
     1 * kSecond,
     10 * kHour,
     "SMS: up to 1600 characters in up to 24 parts, no read receipts."},
    {"messenger",
     supported,
     ChannelKind::messenger,
     "page",
     false,
     true,
     true,
     {2000, false},
     false,
     true,
     0,
     0,
     "Facebook Messenger, addressed by the id that the page knows a person by. Accepted is sent."},
    {"instagram",
     supported,
     ChannelKind::instagram,
     "account",
     false,
     false,
     true,
     {1000, false},
     false,
     true,
     0,
     0,
     "Instagram, likewise, which reports no delivery: `unread after` runs from entering the step."},
    {"email",
     supported,
     ChannelKind::email,
     "sender",
     false,
     true,
     false,
     {0, false},
     false,
     false,
     0,
     0,
     "Email, addressed by email address. Accepted is sent; delivered is what the recipient's mail server has taken."},
});

}  // namespace

std::span<const Channel> channels() {
  return kChannels;
}

const Channel& channel(ChannelKind kind) {
  for (const Channel& entry : kChannels)
    if (entry.kind == kind) return entry;
  FLOW_CHECK(false, "channel kind {} has no entry", static_cast<int>(kind));
  return kChannels.front();
}

}  // namespace flow::catalogue
