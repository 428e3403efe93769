#include "numbers/plan/prefix.h"

#include <algorithm>
#include <set>

#include "base/check.h"

namespace flow::numbers::plan {

Prefix::Prefix(const Direct::Metadata& metadata, Direct& direct) : direct_(direct) {
  if (metadata.national_prefix_for_parsing().empty()) return;
  pattern_ = automaton_.add(metadata.national_prefix_for_parsing(), false);
  const std::string& rule = metadata.national_prefix_transform_rule();
  if (rule.empty()) return;
  // The library asks whether the second group captured anything, or the first of one.
  transforms_ = true;
  group_ = pattern_->groups >= 2 ? 2 : pattern_->groups;
  const std::size_t dollar = rule.find('$');
  FLOW_CHECK(group_ != 0 && dollar + 2 == rule.size() && rule[dollar + 1] == static_cast<char>('0' + group_),
             "rule `{}` of +{}", rule, metadata.country_code());
  insert_ = rule.substr(0, dollar);
}

struct Prefix::Step {
  std::size_t digits;
  bool text_ends;
  State out;
  bool matched = false;  // nothing that comes after it counts
  std::set<Automaton::State> seen{};
};

Prefix::Stripped Prefix::stripped(const Thread& thread, std::size_t digits) {
  const auto count = [](auto value) { return static_cast<std::uint8_t>(value); };
  if (transforms_ && thread.open >= 0 && thread.close > thread.open) {
    return {{insert_, count(thread.open), count(thread.close - thread.open),
             count(digits - static_cast<std::size_t>(thread.close))},
            thread.kept};
  }
  return {{"", count(digits), 0, 0}, direct_.start()};
}

void Prefix::follow(Step& step, Thread thread) {
  if (step.matched || !step.seen.insert(thread.at).second) return;
  if (thread.at == pattern_->accepts) {
    step.matched = true;
    step.out.matched = stripped(thread, step.digits);
    return;
  }
  const Automaton::Node& node = automaton_.node(thread.at);
  if (node.digits != 0) step.out.threads.push_back(thread);
  for (const Automaton::Edge& edge : node.edges) {
    Thread next = thread;
    next.at = edge.to;
    const bool kept = transforms_ && edge.group == group_;
    if (edge.kind == Automaton::Edge::Kind::open && kept) {
      next.open = static_cast<int>(step.digits);
      next.kept = direct_.start();
      for (const char digit : insert_) next.kept = direct_.after(next.kept, static_cast<unsigned>(digit - '0'));
    } else if (edge.kind == Automaton::Edge::Kind::close && kept) {
      next.close = static_cast<int>(step.digits);
    } else if (edge.kind == Automaton::Edge::Kind::end && !step.text_ends) {
      next.at_end = true;
      if (!step.matched) step.out.threads.push_back(next);
      continue;
    }
    follow(step, next);
  }
}

Prefix::State Prefix::start() {
  if (!pattern_) return {};
  Step step{0, false, {}};
  follow(step, {.at = pattern_->root});
  return step.out;
}

Prefix::State Prefix::after(const State& state, unsigned digit, std::size_t digits) {
  Step step{digits + 1, false, {}};
  for (Thread thread : state.threads) {
    const Automaton::Node& node = automaton_.node(thread.at);
    if (thread.at_end || (node.digits >> digit & 1) == 0) continue;
    thread.at = node.next;
    if (thread.open >= 0 && thread.close < 0) thread.kept = direct_.after(thread.kept, digit);
    follow(step, thread);
  }
  if (!step.matched && state.matched) {
    step.out.matched = state.matched;
    step.out.matched->state = direct_.after(state.matched->state, digit);
  }
  return step.out;
}

std::optional<Prefix::Stripped> Prefix::result(const State& state, std::size_t digits) {
  for (Thread thread : state.threads) {
    if (!thread.at_end) continue;
    Step step{digits, true, {}};
    thread.at_end = false;
    follow(step, thread);
    if (step.matched) return step.out.matched;
  }
  return state.matched;
}

}  // namespace flow::numbers::plan
