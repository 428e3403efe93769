#include "tests/simulation/judge.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace flow::simulation {

using outbox::SendClass;

namespace {

// Between being counted and being handed over, tries that a provider refused included, no message takes longer.
constexpr std::int64_t kCountedBeforeMsMax = 240'000;

// How late a timer may fire when nothing holds the node up: it wakes up within this.
constexpr std::int64_t kLateMsMax = 700;  // and clocks of nodes differ

std::uint64_t hash_of(std::uint64_t hash, const service::TimelineEntry& entry) {
  const auto add = [&](std::uint64_t value) { hash = (hash ^ value) * 0xff51afd7ed558ccd + (hash >> 31); };
  add(static_cast<std::uint64_t>(entry.kind));
  add(static_cast<std::uint64_t>(entry.at_ms));
  add(entry.message.value_or(kNone));
  for (const std::string* text : {&entry.step, &entry.channel, &entry.status, &entry.detail})
    add(std::hash<std::string>()(*text));
  return hash;
}

}  // namespace

void Judge::fail(std::string what, std::uint32_t execution, std::uint32_t order) {
  if (failure_) return;
  if (execution != kNone && order == kNone) order = facts_[execution].order;
  failure_ = Failure{std::move(what), execution, order, ""};
}

std::uint32_t Judge::number_of(const core::ExecutionId& id) {
  const auto [found, fresh] = numbers_.emplace(id, static_cast<std::uint32_t>(facts_.size()));
  if (fresh) facts_.emplace_back().id = id;
  return found->second;
}

std::uint32_t Judge::number_if_known(const core::ExecutionId& id) const {
  const auto found = numbers_.find(id);
  return found == numbers_.end() ? kNone : found->second;
}

// ---- Clients

void Judge::started(std::uint32_t order, const Subject& subject, std::string phone, std::size_t inputs,
                    const service::StartAnswer& answer) {
  Facts& facts = facts_of(answer.execution);
  if (facts.order != kNone && facts.order != order)
    return fail(fmt::format("it was given to order {} and to order {}", facts.order, order), place(facts), order);
  if (facts.order == order && !answer.repeated) return fail("it was begun twice", place(facts), order);
  if (facts.order == order && facts.bundle != answer.bundle)
    return fail("it has changed its bundle", place(facts), order);
  facts.order = order;
  facts.subject = &subject;
  facts.phone = std::move(phone);
  facts.inputs = inputs;
  facts.bundle = answer.bundle;
}

void Judge::signalled(const core::ExecutionId& id, const std::string& name) {
  facts_of(id).signals.push_back(name);
}

void Judge::read(const core::ExecutionId& id, const service::ExecutionView& view) {
  Facts& facts = facts_of(id);
  const std::uint32_t number = place(facts);
  if (view.summary.execution != id) return fail("another execution was read", number);
  if (view.timeline.size() < facts.entries) return fail("its timeline has become shorter", number);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < view.timeline.size(); ++i) {
    if (i == facts.entries && hash != facts.entries_hash) return fail("its timeline was rewritten", number);
    hash = hash_of(hash, view.timeline[i]);
  }
  if (view.timeline.size() == facts.entries && hash != facts.entries_hash)
    return fail("its timeline was rewritten", number);
  facts.entries = view.timeline.size();
  facts.entries_hash = hash;
  if (!facts.end.empty() && facts.end != view.summary.end)
    return fail(fmt::format("it had ended `{}`, and is now `{}`", facts.end, view.summary.end), number);
  facts.end = view.summary.end;
  if (!facts.bundle.empty() && view.summary.bundle != facts.bundle) return fail("it has changed its bundle", number);
}

// ---- Providers

AttemptName Judge::handed_over(Life life, const outbox::SendRequest& request, bool at_most_once,
                               std::int64_t service_ms) {
  Facts& facts = facts_of(request.execution);
  const auto [found, fresh] = facts.messages.try_emplace(request.message);
  Message& message = found->second;
  if (fresh) {
    message.content = request;
    message.at_most_once = at_most_once;
    ++sends_;
  } else {
    check_content(facts, request, message.content);
    may_repeat(facts, message, life);
  }
  if (service_ms >= request.not_after_ms)
    fail(fmt::format("message {} was handed over after its time was over", request.message), place(facts));
  if (!facts.end.empty())
    fail(fmt::format("message {} was handed over after its execution was seen to have ended", request.message),
         place(facts));
  message.attempts.push_back({.life = life, .at_ms = service_ms});
  const AttemptName name{place(facts), request.message, static_cast<std::uint32_t>(message.attempts.size() - 1)};
  open_[life].push_back(name);
  return name;
}

void Judge::check_content(const Facts& facts, const outbox::SendRequest& request, const outbox::SendRequest& first) {
  const bool same = request.idempotency_key == first.idempotency_key && request.flow == first.flow &&
                    request.channel == first.channel && request.to == first.to && request.text == first.text &&
                    request.template_name == first.template_name && request.parameters == first.parameters &&
                    request.language == first.language && request.not_after_ms == first.not_after_ms &&
                    request.sender == first.sender && request.purpose == first.purpose &&
                    request.message_kind == first.message_kind && request.parts == first.parts &&
                    request.ttl_ms == first.ttl_ms;
  if (!same) fail(fmt::format("message {} is another one in its next attempt", request.message), place(facts));
}

// After what its earlier attempts came to, may there be one more?
void Judge::may_repeat(Facts& facts, const Message& message, Life life) {
  const std::uint32_t number = message.content.message;
  const auto wrong = [&](std::string_view why) {
    fail(fmt::format("message {} was handed over again {}", number, why), place(facts));
  };
  if (message.reported) return wrong("after its provider had reported it");
  ++repeats_;
  for (const Attempt& attempt : message.attempts) {
    const bool known = attempt.was_answered && attempt.fate != Fate::orphaned;
    // An orphan may be of the same life: a node that gave its shard back and took it again.
    if (!attempt.was_answered && attempt.fate == Fate::flying)
      return wrong(attempt.life == life ? "while an attempt was under way" : "by another node, without a take-over");
    if (known && attempt.fate == Fate::answered && attempt.life != life) return wrong("without a take-over");
    const bool final = attempt.was_answered &&
                       (attempt.result == SendClass::accepted || attempt.result == SendClass::permanent_recipient ||
                        attempt.result == SendClass::permanent_configuration);
    if (known && final) return wrong("after its provider's answer");
    const bool not_taken =
        attempt.was_answered && (attempt.result == SendClass::transient || attempt.result == SendClass::throttled);
    if (message.at_most_once && !not_taken) return wrong("on a channel that allows it once");
  }
}

void Judge::taken(const AttemptName& name) {
  facts_[name.execution].messages.at(name.message).attempts[name.attempt].was_taken = true;
}

void Judge::answered(const AttemptName& name, SendClass result) {
  Attempt& attempt = facts_[name.execution].messages.at(name.message).attempts[name.attempt];
  if (attempt.fate != Fate::flying) return;
  attempt.fate = Fate::answered;
  attempt.was_answered = true;
  attempt.result = result;
}

void Judge::reported(const service::ReceiptReport& report, service::ReceiptVerdict verdict) {
  const auto known = numbers_.find(report.execution);
  if (known == numbers_.end()) return;
  Facts& facts = facts_[known->second];
  if (verdict == service::ReceiptVerdict::unknown_execution)
    return fail("a receipt of it was answered with: no such execution", place(facts));
  const auto message = facts.messages.find(report.message);
  if (message == facts.messages.end()) return;  // a stray
  message->second.reported = true;
  facts.receipts.push_back({report.message, report.status});
}

// ---- Nodes

void Judge::died(Life life) {
  const auto open = open_.extract(life);
  if (open.empty()) return;
  for (const AttemptName& name : open.mapped())
    facts_[name.execution].messages.at(name.message).attempts[name.attempt].fate = Fate::orphaned;
}

void Judge::lost(Life life, store::SlotRange slots) {
  const auto open = open_.find(life);
  if (open == open_.end()) return;
  std::erase_if(open->second, [&](const AttemptName& name) {
    if (!slots.contains(facts_[name.execution].id.slot())) return false;
    facts_[name.execution].messages.at(name.message).attempts[name.attempt].fate = Fate::orphaned;
    return true;
  });
}

void Judge::settled(Life life) {
  const auto open = open_.find(life);
  if (open == open_.end()) return;
  std::erase_if(open->second, [&](const AttemptName& name) {
    Attempt& attempt = facts_[name.execution].messages.at(name.message).attempts[name.attempt];
    if (attempt.fate == Fate::answered) attempt.fate = Fate::settled;
    return attempt.fate == Fate::settled;
  });
}

// ---- The end

void Judge::close(const service::ExecutionView& view) {
  Facts& facts = facts_of(view.summary.execution);
  const std::uint32_t number = place(facts);
  if (facts.closed) return fail("it is listed twice", number);
  read(view.summary.execution, view);
  facts.closed = true;
  check(facts, view);
  if (!failure_ || failure_->execution != number) return;
  failure_->committed =
      fmt::format("flow {} of bundle {}, begun with {}\n", view.summary.flow, view.summary.bundle,
                  facts.subject == nullptr ? "?" : facts.subject->inputs.at(facts.inputs).json(facts.phone));
  for (const service::TimelineEntry& entry : view.timeline) failure_->committed += words(entry) + "\n";
}

void Judge::check(Facts& facts, const service::ExecutionView& view) {
  const std::uint32_t number = place(facts);
  if (view.summary.end.empty()) return fail("it did not end", number);
  if (facts.subject == nullptr) return;  // nobody was told of it: what it began with is not known here
  std::vector<std::optional<oracle::Value>> inputs = facts.subject->inputs.at(facts.inputs).values;
  inputs.at(0) = facts.phone;
  Replayed replayed;
  if (auto problem = replay(*facts.subject, inputs, view, replayed)) return fail(*std::move(problem), number);
  if (!replayed.ended) return fail("by the oracle it has not ended", number);
  if (static_cast<std::int64_t>(replayed.sends.size()) > facts.subject->messages_max)
    return fail(fmt::format("it sent {} messages, proven are {}", replayed.sends.size(), facts.subject->messages_max),
                number);
  for (std::size_t i = 0; i < replayed.sends.size(); ++i)
    check_message(facts, static_cast<std::uint32_t>(i), replayed.sends[i]);
  if (!facts.messages.empty() && facts.messages.rbegin()->first >= replayed.sends.size())
    return fail(fmt::format("message {} was handed over, and never committed", facts.messages.rbegin()->first), number);
  check_receipts(facts, replayed);
  check_timers(facts, replayed);
  for (const std::string& signal : facts.signals) {
    const auto found = std::ranges::find(replayed.signals, signal);
    if (found == replayed.signals.end()) return fail(fmt::format("the signal `{}` was lost", signal), number);
    replayed.signals.erase(found);
  }
}

bool Judge::is_closed(const core::ExecutionId& id) const {
  const auto found = numbers_.find(id);
  return found != numbers_.end() && facts_[found->second].closed;
}

// A provider is given the sender, the channel's or the message's own, beside the other parts.
bool same_parts(const program::FlowInfo& info, const program::Effect& meant, const outbox::SendRequest& sent) {
  std::string sender = info.channels.at(meant.channel).sender;
  if (meant.content < 0) return meant.parts.empty() && sent.parts.empty() && sent.sender == sender;
  const auto& kinds = info.contents.at(static_cast<std::size_t>(meant.content)).parts;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < meant.parts.size(); ++i) {
    if (kinds.at(i) == program::PartKind::sender)
      sender = meant.parts[i];
    else
      parts.push_back(meant.parts[i]);
  }
  return sender == sent.sender && std::ranges::equal(sent.parts, parts, {}, &outbox::MessagePart::value);
}

void Judge::check_message(Facts& facts, std::uint32_t number, const ReplayedSend& send) {
  const std::uint32_t execution = place(facts);
  const auto found = facts.messages.find(number);
  if (found == facts.messages.end()) {
    if (!send.withdrawn && !send.given_up)
      fail(fmt::format("message {} was neither handed over nor given up", number), execution);
    return;
  }
  const outbox::SendRequest& sent = found->second.content;
  const program::Effect& meant = send.effect;
  const program::FlowInfo& info = facts.subject->info();
  const std::string& form =
      meant.template_index < 0 ? std::string() : info.templates.at(static_cast<std::size_t>(meant.template_index)).name;
  const std::pair<const char*, bool> parts[] = {{"recipient", sent.to == meant.to},
                                                {"text", sent.text == meant.text},
                                                {"parameters", sent.parameters == meant.parameters},
                                                {"language", sent.language == meant.language},
                                                {"template", sent.template_name == form},
                                                {"channel", sent.channel == info.channels.at(meant.channel).name},
                                                {"time to live", sent.ttl_ms == meant.ttl_ms},
                                                {"last moment", sent.not_after_ms == meant.not_after_ms},
                                                {"flow", sent.flow == info.name},
                                                {"parts", same_parts(info, meant, sent)},
                                                {"secrecy", sent.secret == meant.secret}};
  for (const auto& [part, same] : parts)
    if (!same) fail(fmt::format("message {} is not the one that the oracle sends: its {}", number, part), execution);
}

void Judge::check_receipts(Facts& facts, const Replayed& replayed) {
  for (const Receipt& receipt : facts.receipts) {
    if (receipt.message >= replayed.sends.size()) continue;
    const ReplayedSend& send = replayed.sends[receipt.message];
    const bool kept = receipt.status == program::Receipt::failed
                          ? send.failed || send.status >= program::Receipt::delivered
                          : send.status >= receipt.status;
    if (!kept)
      return fail(fmt::format("a receipt of message {} (level {}) was confirmed and lost", receipt.message,
                              static_cast<int>(receipt.status)),
                  place(facts));
  }
}

void Judge::check_timers(Facts& facts, const Replayed& replayed) {
  for (const FiredTimer& timer : replayed.timers) {
    if (timer.due_ms < healed_ms_ || timer.fired_ms - timer.due_ms <= kLateMsMax) continue;
    return fail(fmt::format("a timer due at {} fired {} ms late", timer.due_ms, timer.fired_ms - timer.due_ms),
                place(facts));
  }
}

// Nobody, and no range of numbers, was handed more than a limit says in its time.
void Judge::check_limits() {
  struct Sent {
    std::int64_t at_ms = 0;
    std::uint32_t execution = 0;
    std::uint32_t message = 0;
  };
  std::map<std::pair<std::string, std::uint32_t>, std::vector<Sent>> all;  // by address or range, and its maximum
  for (const Facts& facts : facts_) {
    if (facts.subject == nullptr) continue;
    for (const program::MessageLimit& limit : facts.subject->info().message_limits) {
      for (const auto& [number, message] : facts.messages) {
        const std::string& to = message.content.to;
        if (limit.prefix != 0 && !to.starts_with('+')) continue;
        const std::string who = limit.prefix == 0 ? to : to.substr(0, 1 + limit.prefix) + "*";
        for (const Attempt& attempt : message.attempts)
          all[{who, limit.messages}].push_back({attempt.at_ms, place(facts), number});
      }
    }
  }
  for (auto& [who, sent] : all) {
    std::ranges::sort(sent, {}, &Sent::at_ms);
    for (std::size_t first = 0, last = 0; last < sent.size(); ++last) {
      while (sent[last].at_ms - sent[first].at_ms >= kLimitMs - kCountedBeforeMsMax) ++first;
      std::set<std::pair<std::uint32_t, std::uint32_t>> messages;
      for (std::size_t i = first; i <= last; ++i) messages.emplace(sent[i].execution, sent[i].message);
      if (messages.size() <= who.second) continue;
      return fail(
          fmt::format("{} messages to {} within the time of a limit of {}", messages.size(), who.first, who.second),
          sent[last].execution);
    }
  }
}

void Judge::close_all() {
  check_limits();
  std::size_t unknown = 0;
  for (const Facts& facts : facts_) {
    if (!facts.closed && (facts.order != kNone || !facts.messages.empty()))
      return fail(facts.order != kNone ? "it was promised, and is not there" : "it sent, and is not there",
                  place(facts));
    if (facts.closed && facts.order == kNone) ++unknown;
  }
  if (unknown > perhaps_)
    fail(fmt::format("there are {} executions that nobody was told of, at most {} could be", unknown, perhaps_));
}

}  // namespace flow::simulation
