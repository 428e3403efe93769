// What the arms of a step that waits for an answer match. For the checker, proofs and tests.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::check {

// A reply, as far as arms look at it.
struct SampleReply {
  std::string text;
  program::ReplyKind kind{};
};

bool matches(const AwaitReply::Arm& arm, const SampleReply& reply);

// The arms of a step, so that thousands of texts are not compared with each other. The step must outlive it.
class ArmIndex {
 public:
  explicit ArmIndex(const AwaitReply& step);

  // The place of the arm that takes it; arms.size(): the last resort.
  std::size_t arm_for(const SampleReply& reply) const;

  // A reply that this arm takes (arms.size(): the last resort); nothing: arms before it take all that it would, or none
  // was found that its pattern matches.
  std::optional<SampleReply> sample_for(std::size_t arm) const;

  // False: arms before it take all that it would.
  bool may_match(std::size_t arm) const;

 private:
  const AwaitReply& step_;
  std::map<std::string, std::size_t> texts_;                              // trimmed and in lower case: the first arm
  std::map<std::string, std::size_t> patterns_;                           // the first arm
  std::vector<std::pair<std::size_t, const AwaitReply::Match*>> others_;  // all but texts, by arm
};

// Of one arm alone.
std::optional<SampleReply> sample_for(const AwaitReply& step, std::size_t arm);

// `on reply`: whether the handler's event is this reply, and one that it is.
bool matches(const Handler& handler, const SampleReply& reply);
std::optional<SampleReply> sample_for(const Handler& handler);  // nothing: none was found

// As the language writes them: a `/` in a pattern, quotes and `{{` in a text have a backslash.
std::string regex_text(std::string_view pattern);
std::string quoted_text(std::string_view text);

// on signal verified, on reply ~= "stop"
std::string handler_text(const Handler& handler);

// "My order", containing "human", location
std::string arm_text(const AwaitReply::Arm& arm);

}  // namespace flow::check
