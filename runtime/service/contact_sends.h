// Of a contact: the messages that limits count, and when somebody has written.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/service/contact.h"

namespace flow::service {

// How long it is kept that somebody has written: no channel's time is longer.
inline constexpr std::int64_t kHeardKeptMs = 24LL * 3600 * 1000;

struct CheckedSend {
  SendVerdict verdict{};
  std::uint32_t limit = 0;  // of over_limit
  bool counted = false;     // the contact has changed
};
// What is refused does not count. Never more than its messages are counted of any limit within its time, whatever is
// asked again: the time of a message that was counted before is now. `now_ms` may go back a little.
CheckedSend check_send(const SendCheck& send, std::int64_t now_ms, Contact& contact);

// They wrote at `at_ms`. False: too long ago, or on more channels than are kept; nothing has to be stored.
bool hear(const std::string& channel, std::int64_t at_ms, std::int64_t now_ms, Contact& contact);

// Leaves out what no limit and no channel asks for any more.
void forget_past(std::int64_t now_ms, Contact& contact);
// When there is something to leave out, at the latest; program::kNever: never.
std::int64_t forgotten_by_ms(const Contact& contact);
// There is nothing to keep.
bool is_blank(const Contact& contact);

}  // namespace flow::service
