// Asking whether a message may be handed over (clearance.h), before each attempt.
#include "runtime/service/shard.h"

namespace flow::service {

// Refused: the execution was told and stored, or the attempt is put off.
Shard::Clearance Shard::clear(const outbox::Turn& turn, const Pending& pending) {
  const std::vector<Question> questions = questions_about(code().info(), work_.head.id, pending);
  if (questions.empty()) return Clearance::given;
  const auto held = held_.find(turn.name);
  if (held != held_.end() && !held->second.answer) return Clearance::refused;  // it has a turn already
  std::size_t at = 0;
  std::optional<Outcome<ContactAnswer>> arrived;
  if (held != held_.end()) {
    at = held->second.question;
    arrived = std::move(held->second.answer);
    held_.erase(held);
  }
  for (; at < questions.size(); ++at) {
    const Question& question = questions[at];
    if (!arrived && !parts_.slots.contains(core::slot_of(question.request.address))) {
      held_.insert_or_assign(turn.name, Held{turn, at, std::nullopt});
      parts_.contact(question.request, [mailbox = parts_.mailbox, name = turn.name](Outcome<ContactAnswer> answer) {
        mailbox->push(Task([name, answer = std::move(answer)](Shard* shard) mutable {
          shard->clearance_arrived(name, std::move(answer));
        }));
      });
      return Clearance::held;
    }
    const Outcome<ContactAnswer> answer = arrived ? *std::exchange(arrived, std::nullopt) : ask_own(question.request);
    if (!answer && answer.error().problem != Problem::invalid_request) {
      schedule(pending, last_now_ms_ + service_ms(1000));  // nobody could say
      return Clearance::refused;
    }
    const auto refusal = answer ? refusal_of(code().info(), pending, question, *answer) : not_counted();
    if (refuse_send(pending, refusal)) return Clearance::refused;
  }
  return Clearance::given;
}

bool Shard::refuse_send(const Pending& pending, const std::optional<Refusal>& refusal) {
  if (!refusal) return false;
  code().channels[pending.channel]->refused[static_cast<std::size_t>(refusal->why)]->add();
  not_sent(pending.message, pending.channel, refusal->reason, refusal->told);
  store_work();
  return true;
}

void Shard::clearance_arrived(const outbox::Name& name, Outcome<ContactAnswer> answer) {
  if (closed_) return;
  const auto held = held_.find(name);
  if (held == held_.end()) return;
  const outbox::Turn turn = held->second.turn;
  held->second.answer = std::move(answer);
  if (begin_attempt(turn)) return;
  held_.erase(name);
  schedule_.not_begun(turn);
}

}  // namespace flow::service
