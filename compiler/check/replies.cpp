#include "compiler/check/replies.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/program/pattern.h"
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
    case AwaitReply::Match::Kind::pattern:
      return program::matches_whole(reply.text, match.text);
  }
  return false;
}

std::optional<SampleReply> sample_of(const AwaitReply::Match& match) {
  if (match.kind == AwaitReply::Match::Kind::kind) return SampleReply{"", match.reply};
  if (match.kind != AwaitReply::Match::Kind::pattern) return SampleReply{match.text, ReplyKind::text};
  auto text = program::text_that_matches(match.text);
  return text ? std::optional(SampleReply{std::move(*text), ReplyKind::text}) : std::nullopt;
}

// Two that `~=` has for one are the same.
std::string folded(std::string_view text) {
  std::string out;
  program::append_lower(out, program::trim(text));
  return out;
}

}  // namespace

std::string regex_text(std::string_view pattern) {
  std::string text = "/";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '/') text += '\\';
    text += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) text += pattern[++i];
  }
  return text + "/";
}

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || text[i] == '\\' || text.substr(i).starts_with("{{")) out += '\\';
    if (text[i] == '\n' || text[i] == '\t')
      out += text[i] == '\n' ? "\\n" : "\\t";
    else
      out += text[i];
  }
  return out + '"';
}

bool matches(const AwaitReply::Arm& arm, const SampleReply& reply) {
  return std::ranges::any_of(arm.matches, [&](const auto& match) { return matches(match, reply); });
}

ArmIndex::ArmIndex(const AwaitReply& step) : step_(step) {
  for (std::size_t arm = 0; arm < step.arms.size(); ++arm) {
    for (const AwaitReply::Match& match : step.arms[arm].matches) {
      if (match.kind == AwaitReply::Match::Kind::text) {
        texts_.emplace(folded(match.text), arm);
        continue;
      }
      if (match.kind == AwaitReply::Match::Kind::pattern) patterns_.emplace(match.text, arm);
      others_.emplace_back(arm, &match);
    }
  }
}

std::size_t ArmIndex::arm_for(const SampleReply& reply) const {
  const auto text = texts_.find(folded(reply.text));
  const std::size_t first = text == texts_.end() ? step_.arms.size() : text->second;
  for (const auto& [arm, match] : others_) {
    if (arm >= first) break;
    if (matches(*match, reply)) return arm;
  }
  return first;
}

std::optional<SampleReply> ArmIndex::sample_for(std::size_t arm) const {
  if (arm < step_.arms.size()) {
    for (const auto& match : step_.arms[arm].matches) {
      auto sample = sample_of(match);
      if (!sample) continue;
      SampleReply reply = std::move(*sample);
      if (arm_for(reply) == arm) return reply;
      // An arm of one kind may stand in the way of the text, but not of the text in another kind.
      for (std::size_t kind = 0; kind < program::kReplyKinds; ++kind) {
        if (match.kind == AwaitReply::Match::Kind::kind) break;
        reply.kind = static_cast<ReplyKind>(kind);
        if (arm_for(reply) == arm) return reply;
      }
    }
    return std::nullopt;
  }
  // No text in an arm is empty, but a pattern may match the empty one.
  for (const char* text : {"", "?", "a", "0"}) {
    for (std::size_t kind = 0; kind < program::kReplyKinds; ++kind) {
      const SampleReply reply{text, static_cast<ReplyKind>(kind)};
      if (arm_for(reply) == arm) return reply;
    }
  }
  return std::nullopt;
}

bool ArmIndex::may_match(std::size_t arm) const {
  if (sample_for(arm)) return true;
  if (arm >= step_.arms.size()) return false;
  // What a pattern takes is compared with nothing but the same pattern before it.
  return std::ranges::any_of(step_.arms[arm].matches, [&](const AwaitReply::Match& match) {
    return match.kind == AwaitReply::Match::Kind::pattern && patterns_.at(match.text) == arm;
  });
}

std::optional<SampleReply> sample_for(const AwaitReply& step, std::size_t arm) {
  return ArmIndex(step).sample_for(arm);
}

bool matches(const Handler& handler, const SampleReply& reply) {
  return handler.matches.empty() ||
         std::ranges::any_of(handler.matches, [&](const auto& match) { return matches(match, reply); });
}

std::optional<SampleReply> sample_for(const Handler& handler) {
  if (handler.matches.empty()) return SampleReply{"", ReplyKind::other};
  for (const auto& match : handler.matches)
    if (auto sample = sample_of(match)) return sample;
  return std::nullopt;
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
  if (!handler.condition.empty()) return "on reply " + handler.condition;
  std::string texts;
  for (const auto& match : handler.matches) texts += (texts.empty() ? "" : ", ") + quoted_text(match.text);
  return handler.matches.size() == 1 ? "on reply ~= " + texts : "on reply ~= [" + texts + "]";
}

std::string arm_text(const AwaitReply::Arm& arm) {
  std::string text;
  for (const auto& match : arm.matches) {
    if (!text.empty()) text += ", ";
    if (match.kind == AwaitReply::Match::Kind::kind)
      text += program::to_string(match.reply);
    else if (match.kind == AwaitReply::Match::Kind::pattern)
      text += regex_text(match.text);
    else
      text +=
          fmt::format("{}\"{}\"", match.kind == AwaitReply::Match::Kind::containing ? "containing " : "", match.text);
  }
  return text;
}

}  // namespace flow::check
