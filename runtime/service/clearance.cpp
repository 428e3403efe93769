#include "runtime/service/clearance.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace flow::service {

namespace {

std::uint64_t key_of(const core::ExecutionId& execution, std::uint32_t message) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a; ids are random
  const auto add = [&](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const std::uint8_t byte : execution.bytes) add(byte);
  for (int shift = 0; shift < 32; shift += 8) add(static_cast<std::uint8_t>(message >> shift));
  return hash;
}

bool is_template(const Pending& pending) {
  return pending.template_index >= 0;
}

Question question(SendCheck send, std::string address) {
  Question result;
  result.request.address = std::move(address);
  result.request.send = std::move(send);
  return result;
}

void add_limit(Question& question, const program::FlowInfo& info, std::size_t limit) {
  const program::MessageLimit& one = info.message_limits[limit];
  question.request.send->limits.push_back({one.messages, one.within_ms, program::purpose_bits(one)});
  question.limits.push_back(limit);
}

// "+639171…" → "+63917*": no address of anybody.
std::string range_of(std::string_view number, std::uint32_t digits) {
  return std::string(number.substr(0, std::size_t{1} + digits)) + "*";
}

}  // namespace

std::vector<Question> questions_about(const program::FlowInfo& info, const core::ExecutionId& execution,
                                      const Pending& pending) {
  const std::string_view purpose = program::purpose_of(info, pending.content);
  const program::ChannelInfo& channel = info.channels[pending.channel];
  const bool marketing = purpose == "marketing";
  const std::int64_t free_form_ms = is_template(pending) ? 0 : program::free_form_ms(channel.kind);
  if (!marketing && free_form_ms == 0 && info.message_limits.empty()) return {};  // most messages
  SendCheck send;
  send.key = key_of(execution, pending.message);
  send.purpose = program::purpose_bit(purpose);
  Question recipient = question(send, pending.to);
  recipient.request.send->consent = marketing;
  if (free_form_ms != 0) {
    recipient.request.send->free_form = channel.name;
    recipient.request.send->free_form_ms = free_form_ms;
  }
  std::map<std::uint32_t, Question> ranges;  // by digits
  for (std::size_t i = 0; i < info.message_limits.size(); ++i) {
    const program::MessageLimit& limit = info.message_limits[i];
    if (!limit.concerns(purpose)) continue;
    if (limit.prefix == 0) {
      add_limit(recipient, info, i);
    } else if (pending.to.starts_with('+')) {
      auto [range, is_new] = ranges.try_emplace(limit.prefix);
      if (is_new) range->second = question(send, range_of(pending.to, limit.prefix));
      add_limit(range->second, info, i);
    }
  }
  std::vector<Question> questions;
  const SendCheck& asked = *recipient.request.send;
  if (asked.consent || !asked.free_form.empty() || !asked.limits.empty()) questions.push_back(std::move(recipient));
  // The narrowest range first, likewise.
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) questions.push_back(std::move(range->second));
  return questions;
}

std::optional<Refusal> refusal_of(const program::FlowInfo& info, const Pending& pending, const Question& question,
                                  const ContactAnswer& answer) {
  switch (answer.send) {
    case SendVerdict::may_go:
      return std::nullopt;
    case SendVerdict::opted_out:
      return Refusal{Refused::opted_out, program::Receipt::opted_out, "the contact wants no marketing"};
    case SendVerdict::window_closed:
      return Refusal{
          Refused::window_closed, program::Receipt::failed,
          fmt::format("window_closed: nobody has written on {} for 24h", info.channels[pending.channel].name)};
    case SendVerdict::over_limit:
      break;
  }
  if (answer.limit >= question.limits.size()) return not_counted();
  const program::MessageLimit& limit = info.message_limits[question.limits[answer.limit]];
  const Refused why = limit.prefix == 0 ? Refused::limit_recipient : Refused::limit_prefix;
  return Refusal{why, program::Receipt::failed, fmt::format("over_limit: {}", program::to_string(limit))};
}

Refusal not_counted() {
  return {Refused::not_counted, program::Receipt::failed, "not_counted: more recipients than flowd has room to count"};
}

}  // namespace flow::service
