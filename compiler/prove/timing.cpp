#include "compiler/prove/timing.h"

#include <algorithm>

namespace flow::prove {
namespace {

using check::Milestone;
using check::Send;

// Where the channel reports no `delivered`, the time of `unread` runs from entering the step.
bool unread_from_entering(const Send& send, const check::Channel& channel) {
  return send.unread && !program::reports_delivered(channel.kind);
}

// Until when the message may stay below delivered.
std::int64_t undelivered_most(const Send& send, const check::Channel& channel, std::int64_t expires_ms) {
  std::int64_t timer = send.undelivered ? std::min(send.undelivered->after_ms, expires_ms) : expires_ms;
  if (unread_from_entering(send, channel)) timer = std::min(send.unread->after_ms, expires_ms);
  // Before `sent` the handover timer runs as well, and with the milestone `sent` there is no after.
  return send.milestone == Milestone::sent ? std::min(timer, channel.handover_ms) : timer;
}

}  // namespace

std::vector<Leave> leaves(const Send& send, const check::Channel& channel, std::int64_t expires_ms) {
  const std::int64_t before = undelivered_most(send, channel, expires_ms);
  std::vector<Leave> result;
  result.push_back({Way::failed, &send.failed, 0, before, false});
  if (send.opted_out) result.push_back({Way::opted_out, &*send.opted_out, 0, before, false});
  if (send.undelivered) {
    const std::int64_t after = send.undelivered->after_ms;
    // With the milestone `sent`, handover is due first, also at the same instant.
    const bool first = send.milestone != Milestone::sent || after < channel.handover_ms;
    if (first) result.push_back({Way::undelivered, &send.undelivered->target, after, after, true});
  }
  if (unread_from_entering(send, channel)) {
    result.push_back({Way::unread, &send.unread->target, before, before, true});
  } else if (send.unread && send.milestone == Milestone::read) {
    const std::int64_t after = send.unread->after_ms;
    result.push_back({Way::unread, &send.unread->target, after, before + after, true});
  }
  result.push_back({Way::reached, &send.reached, 0, longest_stay(send, channel, expires_ms, true), false});
  return result;
}

std::int64_t longest_stay(const Send& send, const check::Channel& channel, std::int64_t expires_ms, bool through) {
  const std::int64_t before = undelivered_most(send, channel, expires_ms);
  if (!through || send.milestone != Milestone::read || unread_from_entering(send, channel)) return before;
  return send.unread ? before + send.unread->after_ms : expires_ms;
}

}  // namespace flow::prove
