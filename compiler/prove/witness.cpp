#include "compiler/prove/witness.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "compiler/check/graph.h"
#include "compiler/check/replies.h"
#include "compiler/prove/starts.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using check::index;
using check::Send;
using program::EventKind;
using program::Receipt;
using program::Timer;

constexpr std::uint32_t kSeedsMax = 200'000;  // that are tried for one that draws as a trail says

// When each move of the trail happens, from the start. The intervals of the moves and `expires` leave a range for each
// arrival; explore() saw to it that none is empty.
std::vector<std::int64_t> times(const check::Flow& flow, const Trail& trail, Schedule schedule) {
  std::vector<std::int64_t> earliest;
  std::vector<std::int64_t> latest;
  std::int64_t first = 0;
  std::int64_t last = 0;
  for (const Move& move : trail.moves) {
    const std::int64_t cap = move.by_timer ? flow.expires_ms - 1 : flow.expires_ms;
    first += move.least_ms;
    last = std::min(cap, last + move.most_ms);
    if (move.way == Way::expired) first = last = flow.expires_ms;
    earliest.push_back(first);
    latest.push_back(last);
  }
  if (schedule == Schedule::earliest) return earliest;
  for (std::size_t i = latest.size(); i-- > 1;) {
    const bool expired = trail.moves[i].way == Way::expired;
    if (!expired) latest[i - 1] = std::min(latest[i - 1], latest[i] - trail.moves[i].least_ms);
  }
  return latest;
}

bool begins_operation(const check::Step& step) {
  return std::holds_alternative<check::Operation>(step.body) || std::holds_alternative<check::Launch>(step.body);
}

class Writer {
 public:
  Writer(const check::Workspace& workspace, const check::Flow& flow) : workspace_(workspace), flow_(flow) {}

  // False when a report cannot come.
  bool run(const Trail& trail, const std::vector<std::int64_t>& at) {
    const auto seed = seed_of(trail);
    if (!seed) return false;
    emit(EventKind::start, 0).seed = *seed;
    for (std::size_t i = 0; i < trail.moves.size(); ++i) {
      const Move& move = trail.moves[i];
      const std::int64_t entered = i == 0 ? 0 : at[i - 1];
      if (!happen(move, entered, at[i])) return false;
      current_.reset();
      if (move.sent) send(*move.to);
      if (move.to && begins_operation(check::step_of(flow_, *move.to))) ++operations_;
    }
    return true;
  }
  std::vector<Event> take() { return std::move(events_); }

 private:
  // The least seed with which each draw of the trail comes out as it says; nothing when none of many does.
  std::optional<std::uint32_t> seed_of(const Trail& trail) const {
    struct Draw {
      check::StepId step{};
      std::int64_t from = 0;
      std::int64_t below = 0;
    };
    std::vector<Draw> draws;
    for (const Move& move : trail.moves) {
      if (move.way != Way::arm) continue;
      const auto* body = std::get_if<check::Random>(&check::step_of(flow_, *move.from).body);
      if (body == nullptr || !body->draws) continue;
      Draw draw{*move.from, 0, 0};
      for (std::uint32_t i = 0; i <= move.which; ++i) {
        draw.from = draw.below;
        draw.below += body->arms.at(i).share;
      }
      draws.push_back(draw);
    }
    for (std::uint32_t seed = 0; seed < kSeedsMax; ++seed) {
      const bool fits = std::all_of(draws.begin(), draws.end(), [&, number = seed](const Draw& draw) mutable {
        const std::int64_t place = bucket(flow_, draw.step, std::to_string(number++));
        return place >= draw.from && place < draw.below;
      });
      if (fits) return seed;
    }
    return std::nullopt;
  }

  struct Message {
    check::StepId step{};
    Receipt status = Receipt::none;
    bool failed = false;
  };

  Event& emit(EventKind kind, std::int64_t at_ms) {
    Event event;
    event.kind = kind;
    event.at_ms = at_ms;
    events_.push_back(std::move(event));
    return events_.back();
  }
  void timer(Timer timer, std::int64_t at_ms) { emit(EventKind::timer, at_ms).timer = timer; }
  void receipt(std::uint32_t message, Receipt receipt, std::int64_t at_ms) {
    Event& event = emit(EventKind::receipt, at_ms);
    event.message = message;
    event.receipt = receipt;
    if (receipt == Receipt::failed || receipt == Receipt::opted_out)
      messages_[message].failed = true;
    else
      messages_[message].status = std::max(messages_[message].status, receipt);
  }

  void send(check::StepId step) {
    current_ = static_cast<std::uint32_t>(messages_.size());
    messages_.push_back({step, Receipt::none, false});
  }

  const Send& send_of(check::StepId step) const { return std::get<Send>(check::step_of(flow_, step).body); }

  // Reports that keep the send step resting for `stay` ms from `entered`.
  void keep(const Send& send, std::int64_t entered, std::int64_t stay) {
    if (send.milestone == check::Milestone::sent) return;
    const std::int64_t handover = workspace_.channels.at(index(send.channel)).handover_ms;
    const bool delivers =
        send.undelivered && send.milestone == check::Milestone::read && stay > send.undelivered->after_ms;
    const bool reports_sent = stay >= handover;
    if (reports_sent) receipt(*current_, Receipt::sent, entered);
    if (!delivers) return;
    const std::int64_t unread = send.unread ? send.unread->after_ms : stay;
    receipt(*current_, Receipt::delivered, entered + std::max<std::int64_t>(0, stay - unread));
  }

  bool happen(const Move& move, std::int64_t entered, std::int64_t at) {
    const std::int64_t stay = at - entered;
    switch (move.way) {
      case Way::begin:
      case Way::arm:
      case Way::not_sent:
        return true;
      case Way::waited:
        timer(Timer::wait, at);
        return true;
      case Way::received:
        emit(EventKind::signal, at).signal =
            std::get<check::AwaitSignal>(check::step_of(flow_, *move.from).body).signal;
        return true;
      case Way::foreign: {
        const check::Step& step = check::step_of(flow_, *move.from);
        const auto& arm = std::get<check::Extern>(step.body).arms.at(move.which);
        emit(EventKind::signal, at).signal = step.name + "." + arm.events.front();
        return true;
      }
      case Way::replied: {
        const auto sample =
            check::sample_for(std::get<check::AwaitReply>(check::step_of(flow_, *move.from).body), move.which);
        if (!sample) return false;
        program::Reply& reply = emit(EventKind::reply, at).reply;
        reply.kind = sample->kind;
        reply.text = sample->text;
        return true;
      }
      case Way::silent: {
        const bool signal = std::holds_alternative<check::AwaitSignal>(check::step_of(flow_, *move.from).body);
        timer(signal ? Timer::wait : Timer::silent, at);
        return true;
      }
      case Way::answered: {
        Event& event = emit(EventKind::result, at);
        event.operation = operations_ - 1;
        event.outcome = static_cast<std::int32_t>(move.which);
        return true;
      }
      case Way::late:
        timer(Timer::late, at);
        return true;
      case Way::handler:
        return handler(move, entered, at);
      case Way::failed:
        return failed(send_of(*move.from), entered, at);
      case Way::opted_out:
        keep_sent(send_of(*move.from), entered, stay);
        receipt(*current_, Receipt::opted_out, at);
        return true;
      case Way::undelivered:
        if (workspace_.channels.at(index(send_of(*move.from).channel)).handover_ms <= stay) {
          receipt(*current_, Receipt::sent, entered);
        }
        timer(Timer::undelivered, at);
        return true;
      case Way::unread: {
        const Send& send = send_of(*move.from);
        if (!program::reports_delivered(workspace_.channels.at(index(send.channel)).kind)) {
          if (workspace_.channels.at(index(send.channel)).handover_ms <= stay)
            receipt(*current_, Receipt::sent, entered);
          timer(Timer::unread, at);
          return true;
        }
        const std::int64_t delivered = at - send.unread->after_ms;
        keep_sent(send, entered, delivered - entered);
        receipt(*current_, Receipt::delivered, delivered);
        timer(Timer::unread, at);
        return true;
      }
      case Way::reached:
        return reached(send_of(*move.from), entered, at);
      case Way::expired:
        if (current_) keep(send_of(*move.from), entered, stay);
        timer(Timer::expires, at);
        return true;
    }
    return false;
  }

  void keep_sent(const Send& send, std::int64_t entered, std::int64_t stay) {
    const std::int64_t handover = workspace_.channels.at(index(send.channel)).handover_ms;
    if (stay >= handover && send.milestone != check::Milestone::sent) receipt(*current_, Receipt::sent, entered);
  }

  bool failed(const Send& send, std::int64_t entered, std::int64_t at) {
    const std::int64_t handover = workspace_.channels.at(index(send.channel)).handover_ms;
    // Nobody took it over: the usual reason for a failure that comes late.
    const bool first = !send.undelivered || handover <= send.undelivered->after_ms;
    if (at - entered == handover && first && handover > 0 && at < flow_.expires_ms) {
      timer(Timer::handover, at);
      return true;
    }
    keep_sent(send, entered, at - entered);
    receipt(*current_, Receipt::failed, at);
    return true;
  }

  bool reached(const Send& send, std::int64_t entered, std::int64_t at) {
    if (send.milestone == check::Milestone::sent) {
      receipt(*current_, Receipt::sent, at);
    } else if (send.milestone == check::Milestone::delivered) {
      keep_sent(send, entered, at - entered);
      receipt(*current_, Receipt::delivered, at);
    } else {
      keep(send, entered, at - entered);
      receipt(*current_, Receipt::read, at);
    }
    return true;
  }

  bool handler(const Move& move, std::int64_t entered, std::int64_t at) {
    const check::Handler& handler = flow_.handlers.at(move.which);
    if (current_) keep(send_of(*move.from), entered, at - entered);
    if (handler.kind == check::Handler::Kind::signal) {
      emit(EventKind::signal, at).signal = handler.signal;
      return true;
    }
    if (handler.kind == check::Handler::Kind::reply) {
      const auto sample = check::sample_for(handler);
      if (!sample) return false;
      program::Reply& reply = emit(EventKind::reply, at).reply;
      reply.kind = sample->kind;
      reply.text = sample->text;
      return true;
    }
    const Receipt wanted = handler.kind == check::Handler::Kind::read ? Receipt::read : Receipt::delivered;
    for (std::uint32_t i = 0; i < messages_.size(); ++i) {
      const bool reports =
          wanted == Receipt::delivered ||
          program::reports_read(workspace_.channels.at(index(send_of(messages_[i].step).channel)).kind);
      if (i == current_ || messages_[i].status >= wanted || !reports) continue;
      receipt(i, wanted, at);
      return true;
    }
    return false;
  }

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  std::vector<Event> events_;
  std::vector<Message> messages_;
  std::uint32_t operations_ = 0;          // begun
  std::optional<std::uint32_t> current_;  // the message of the step in which the execution rests
};

std::string region_words(const Value& value) {
  if (!value.is_present()) return "is absent";
  if (value.scalar == 0) return "is of no region";
  const std::string letters = program::region_text(value.scalar);
  return value.other ? fmt::format("is of another region, as {}", letters) : fmt::format("is of {}", letters);
}

std::string value_words(const check::Variable& variable, const Value& value) {
  if (!value.is_present()) return "is absent";
  switch (variable.type.kind) {
    case check::ValueType::text:
    case check::ValueType::language:
    case check::ValueType::email:
    case check::ValueType::url:
    case check::ValueType::zone:
    case check::ValueType::json:
    case check::ValueType::list:
    case check::ValueType::record:
      return fmt::format("= \"{}\"", value.text);
    case check::ValueType::date:
      return fmt::format("= {}", calendar::date_text(value.scalar));
    case check::ValueType::time:
      return fmt::format("= {}", calendar::time_text(value.scalar));
    case check::ValueType::datetime:
      return fmt::format("= {}", instant_text(value.scalar));
    case check::ValueType::money:
      return fmt::format("= {}", program::money_text(value.scalar, variable.type.currency));
    case check::ValueType::number:
      return fmt::format("= {}", program::number_text(value.scalar));
    case check::ValueType::boolean:
      return value.scalar != 0 ? "= true" : "= false";
    case check::ValueType::duration:
      return fmt::format("= {}", program::duration_text(value.scalar));
    case check::ValueType::region:
    case check::ValueType::phone:
      break;
  }
  return region_words(value);
}

class Describer {
 public:
  Describer(const check::Workspace& workspace, const check::Flow& flow) : flow_(flow) {
    const auto recognizes = [](const check::Step& step) {
      return std::holds_alternative<check::RecognizeRegion>(step.body) ||
             std::holds_alternative<check::RecognizeCallingCode>(step.body);
    };
    tells_regions_ = !workspace.all_regions || std::any_of(flow.steps.begin(), flow.steps.end(), recognizes);
  }

  std::string begin(const Trail& trail) const {
    std::string inputs;
    for (std::size_t i = 0; i < trail.start.size(); ++i) {
      const check::Variable& variable = flow_.variables[i];
      if (variable.role != program::FieldRole::input || trail.start[i].is_unknown()) continue;
      if (variable.type.kind == check::ValueType::phone && !tells_regions_) continue;
      const bool secret = variable.type.secret;
      inputs += fmt::format("{}`{}` {}", inputs.empty() ? ", " : " and ", variable.name,
                            secret ? "is some value" : value_words(variable, trail.start[i]));
    }
    return fmt::format("start{}", inputs);
  }

  std::string move(const Move& move, int messages) const {
    const std::string what = move.way == Way::begin ? "" : fmt::format("{} ", way(move));
    std::string line = fmt::format("{}=> {}", what, target(move));
    if (move.way == Way::expired) line = way(move);
    if (move.sent) line += fmt::format(", message {}", messages);
    if (move.others > 0) line += fmt::format(", and up to {} of `{}`", move.others, other_flow(move));
    return line;
  }

 private:
  std::string name(check::StepId step) const { return fmt::format("`{}`", check::step_of(flow_, step).name); }

  const std::string& other_flow(const Move& move) const {
    return *check::started_flow(check::step_of(flow_, *move.to));
  }

  std::string target(const Move& move) const { return move.to ? name(*move.to) : "end"; }

  std::string way(const Move& move) const {
    if (move.way == Way::handler) {
      const check::Handler& handler = flow_.handlers.at(move.which);
      const bool late = handler.kind == check::Handler::Kind::read || handler.kind == check::Handler::Kind::delivered;
      return fmt::format("in {}: {}{}", name(*move.from), check::handler_text(handler),
                         late ? " of an earlier message" : "");
    }
    const std::string from = name(*move.from);
    const auto* send = std::get_if<Send>(&check::step_of(flow_, *move.from).body);
    switch (move.way) {
      case Way::arm:
        return arm(move);
      case Way::not_sent:
        return fmt::format("{}: failed, its region is not among the allowed ones", from);
      case Way::failed:
        return fmt::format("{}: failed", from);
      case Way::opted_out:
        return fmt::format("{}: opted out", from);
      case Way::undelivered:
        return fmt::format("{}: undelivered after {}", from, program::duration_text(send->undelivered->after_ms));
      case Way::unread:
        return fmt::format("{}: unread after {}", from, program::duration_text(send->unread->after_ms));
      case Way::reached: {
        constexpr const char* kMilestones[] = {"sent", "delivered", "read"};
        return fmt::format("{}: {}", from, kMilestones[static_cast<std::size_t>(send->milestone)]);
      }
      case Way::foreign:
        return fmt::format(
            "{}: {}", from,
            std::get<check::Extern>(check::step_of(flow_, *move.from).body).arms.at(move.which).events.front());
      case Way::received:
        return fmt::format("{}: received", from);
      case Way::replied: {
        const auto& await = std::get<check::AwaitReply>(check::step_of(flow_, *move.from).body);
        if (move.which < await.arms.size()) return fmt::format("{}: {}", from, check::arm_text(await.arms[move.which]));
        return fmt::format("{}: {}", from, await.arms.empty() ? "replied" : "any other reply");
      }
      case Way::silent: {
        const check::StepBody& body = check::step_of(flow_, *move.from).body;
        const auto* signal = std::get_if<check::AwaitSignal>(&body);
        const auto& silent = signal != nullptr ? signal->silent : std::get<check::AwaitReply>(body).silent;
        return fmt::format("{}: silent after {}", from, program::duration_text(silent.after_ms));
      }
      case Way::waited:
        return fmt::format("{} is over", from);
      case Way::answered:
      case Way::late:
        return fmt::format("{}: {}", from, answer(move));
      case Way::expired:
        return fmt::format("in {} the flow expires", from);
      default:
        return from;
    }
  }

  std::string answer(const Move& move) const {
    const auto& step = std::get<check::Operation>(check::step_of(flow_, *move.from).body);
    if (move.way == Way::late) return fmt::format("late after {}", program::duration_text(step.late->after_ms));
    return check::arm_text(step, step.arms.at(move.which));
  }

  std::string arm(const Move& move) const {
    const check::Step& step = check::step_of(flow_, *move.from);
    const auto* recognize = std::get_if<check::RecognizeRegion>(&step.body);
    const auto* code = std::get_if<check::RecognizeCallingCode>(&step.body);
    if (code != nullptr && move.which < code->arms.size())
      return fmt::format("{}: {}", name(*move.from), check::codes_text(code->arms[move.which]));
    if (const auto* random = std::get_if<check::Random>(&step.body))
      return fmt::format("{}: {}%", name(*move.from), random->arms.at(move.which).share);
    if (std::holds_alternative<check::Wait>(step.body)) return name(*move.from) + ": past";
    const auto* branch = std::get_if<check::Branch>(&step.body);
    if (recognize != nullptr && move.which < recognize->arms.size()) {
      const auto& regions = recognize->arms[move.which].regions;
      std::string list;
      for (const std::string& region : regions) list += (list.empty() ? "" : ", ") + region;
      return fmt::format("{}: {}", name(*move.from), list);
    }
    if (branch != nullptr && move.which < branch->arms.size() && !branch->arms[move.which].name.empty())
      return fmt::format("{}: {}", name(*move.from), branch->arms[move.which].name);
    if (branch != nullptr && move.which < branch->arms.size()) {
      return fmt::format("{}: condition {}", name(*move.from), move.which + 1);
    }
    return name(*move.from) + (recognize != nullptr || code != nullptr || branch != nullptr ? ": else" : "");
  }

  const check::Flow& flow_;
  bool tells_regions_ = false;  // else it is no matter where a number is from
};

std::vector<std::string> shortened(std::vector<std::string> lines) {
  if (lines.size() <= limits::kProofLinesMax) return lines;
  const std::size_t half = limits::kProofLinesMax / 2;
  const std::size_t left_out = lines.size() - 2 * half;
  std::vector<std::string> result(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(half));
  result.push_back(fmt::format("… {} more …", left_out));
  result.insert(result.end(), lines.end() - static_cast<std::ptrdiff_t>(half), lines.end());
  return result;
}

std::vector<Input> inputs(const check::Flow& flow, const Valuation& values) {
  std::vector<Input> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (flow.variables[i].role != program::FieldRole::input) continue;
    const Value& value = values[i];
    result.push_back({check::VariableId{static_cast<std::uint32_t>(i)}, value.is_present(), value.scalar, value.text});
  }
  return result;
}

std::vector<std::string> lines_of(const check::Workspace& workspace, const check::Flow& flow, const Trail& trail,
                                  const std::vector<std::int64_t>& at) {
  const Describer describer(workspace, flow);
  std::vector<std::string> clocks;
  std::size_t width = 2;
  for (const std::int64_t ms : at) {
    clocks.push_back(program::duration_text(ms));
    width = std::max(width, clocks.back().size());
  }
  std::vector<std::string> lines;
  int messages = 0;
  for (std::size_t i = 0; i < trail.moves.size(); ++i) {
    if (trail.moves[i].sent) ++messages;
    const std::string what =
        i == 0 ? fmt::format("{} {}", describer.begin(trail), describer.move(trail.moves[i], messages))
               : describer.move(trail.moves[i], messages);
    lines.push_back(fmt::format("{:<{}}  {}", clocks[i], width, what));
  }
  return shortened(std::move(lines));
}

}  // namespace

std::optional<Witness> make_witness(const check::Workspace& workspace, const check::Flow& flow, const Trail& trail,
                                    Schedule schedule) {
  FLOW_CHECK(!trail.moves.empty());
  const std::vector<std::int64_t> at = times(flow, trail, schedule);
  Writer writer(workspace, flow);
  if (!writer.run(trail, at)) return std::nullopt;
  Witness witness;
  witness.inputs = inputs(flow, completed(flow, trail.start));
  witness.events = writer.take();
  witness.lines = lines_of(workspace, flow, trail, at);
  return witness;
}

std::vector<std::string> describe(const check::Workspace& workspace, const check::Flow& flow, const Trail& trail,
                                  Schedule schedule) {
  return lines_of(workspace, flow, trail, times(flow, trail, schedule));
}

}  // namespace flow::prove
