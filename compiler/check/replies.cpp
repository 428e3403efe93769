#include "compiler/check/replies.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/program/text.h"

namespace flow::check {
namespace {

using program::ReplyKind;

bool matches(const AwaitReply::Match& match, const SampleReply& reply) {
  switch (match.kind) {
    case AwaitReply::Match::Kind::text:
      return program::fold_equal(reply.text, match.text);
    case AwaitReply::Match::Kind::containing:
      return program::fold_contains(reply.text, match.text);
    case AwaitReply::Match::Kind::kind:
      return reply.kind == match.reply;
  }
  return false;
}

SampleReply sample_of(const AwaitReply::Match& match) {
  if (match.kind == AwaitReply::Match::Kind::kind) return {"", match.reply};
  return {match.text, ReplyKind::text};
}

}  // namespace

bool matches(const AwaitReply::Arm& arm, const SampleReply& reply) {
  return std::ranges::any_of(arm.matches, [&](const auto& match) { return matches(match, reply); });
}

std::size_t arm_for(const AwaitReply& step, const SampleReply& reply) {
  const auto found = std::ranges::find_if(step.arms, [&](const auto& arm) { return matches(arm, reply); });
  return static_cast<std::size_t>(found - step.arms.begin());
}

std::optional<SampleReply> sample_for(const AwaitReply& step, std::size_t arm) {
  if (arm < step.arms.size()) {
    for (const auto& match : step.arms[arm].matches) {
      SampleReply reply = sample_of(match);
      if (arm_for(step, reply) == arm) return reply;
      // An arm of one kind may stand in the way of the text, but not of the text in another kind.
      for (std::size_t kind = 0; kind < program::kReplyKinds; ++kind) {
        if (match.kind == AwaitReply::Match::Kind::kind) break;
        reply.kind = static_cast<ReplyKind>(kind);
        if (arm_for(step, reply) == arm) return reply;
      }
    }
    return std::nullopt;
  }
  // No text in an arm is empty.
  for (std::size_t kind = 0; kind < program::kReplyKinds; ++kind) {
    const SampleReply reply{"", static_cast<ReplyKind>(kind)};
    if (arm_for(step, reply) == arm) return reply;
  }
  return std::nullopt;
}

bool matches(const Handler& handler, const SampleReply& reply) {
  return handler.matches.empty() ||
         std::ranges::any_of(handler.matches, [&](const auto& match) { return matches(match, reply); });
}

SampleReply sample_for(const Handler& handler) {
  return handler.matches.empty() ? SampleReply{"", ReplyKind::other} : sample_of(handler.matches.front());
}

std::string handler_text(const Handler& handler) {
  switch (handler.kind) {
    case Handler::Kind::signal:
      return fmt::format("on signal {}", handler.signal);
    case Handler::Kind::delivered:
      return "on delivered";
    case Handler::Kind::read:
      return "on read";
    case Handler::Kind::reply:
      break;
  }
  if (handler.matches.empty()) return "on reply";
  std::string texts;
  for (const auto& match : handler.matches) texts += fmt::format("{}\"{}\"", texts.empty() ? "" : ", ", match.text);
  return handler.matches.size() == 1 ? "on reply ~= " + texts : "on reply ~= [" + texts + "]";
}

std::string arm_text(const AwaitReply::Arm& arm) {
  std::string text;
  for (const auto& match : arm.matches) {
    if (!text.empty()) text += ", ";
    if (match.kind == AwaitReply::Match::Kind::kind)
      text += program::to_string(match.reply);
    else
      text +=
          fmt::format("{}\"{}\"", match.kind == AwaitReply::Match::Kind::containing ? "containing " : "", match.text);
  }
  return text;
}

}  // namespace flow::check
