// One walk over all executions of a flow: labels, and when they arrive (explore.cpp); what leads out of each kind of
// step (explore_steps.cpp). Internal to compiler/prove; explore.h says what it is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/pool.h"

namespace flow::prove {

using check::Handler;
using check::index;
using check::Send;
using check::StepId;
using check::Target;

inline constexpr std::uint32_t kNone = UINT32_MAX;
inline constexpr std::int64_t kNoWindow = -1;  // before every other: no way that is in one replaces one that is in none
inline constexpr auto kMessagesMax = static_cast<std::int64_t>(limits::kMessagesPerExecutionMax);

// Of the jumps that were taken: jump and count, by jump.
using Counters = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Node {
  int fired = 0;              // popcount of mask: these three rise along every arrow, in this order
  std::uint64_t counted = 0;  // the sum of the counters
  std::uint32_t rank = 0;
  std::uint32_t step = 0;
  std::uint32_t counters = 0;        // in the pool
  std::uint64_t mask = 0;            // handlers fired
  std::uint32_t late_delivered = 0;  // messages that may still be reported delivered, read after their step was left
  std::uint32_t late_read = 0;
  std::uint32_t values = 0;  // in the pool

  friend auto operator<=>(const Node&, const Node&) = default;
};

struct Label {
  Move move;
  std::int64_t earliest = 0;
  std::int64_t latest = 0;
  std::int64_t count = 0;
  std::int64_t since = kNoWindow;  // the first message of the window, at least
  std::int64_t messages = 0;
  bool assumed = false;  // rests on data that is unknown
  std::uint32_t parent = kNone;
  std::uint32_t start = 0;  // of the first label: which of the starts
};

class Explorer {
 public:
  Explorer(const check::Workspace& workspace, const check::Flow& flow, const Topology& topology,
           const Question& question, const std::vector<Valuation>& starts, std::size_t work)
      : workspace_(workspace), flow_(flow), question_(question), starts_(starts), work_(work), topology_(topology) {
    for (const std::string& region : workspace.allowed_regions) {
      allowed_.insert(check::region_scalar(region.at(0), region.at(1)));
    }
    for (const Handler& handler : flow.handlers) {
      if (handler.kind == Handler::Kind::delivered) ++delivered_handlers_;
      if (handler.kind == Handler::Kind::read) ++read_handlers_;
    }
  }

  Answer run();

 private:
  // Labels, and what the pools hold in about the same size.
  std::size_t work_done() const { return labels_.size() + (counters_.elements() + values_.elements()) / 4; }

  bool counts() const { return question_.goal == Question::Goal::messages || question_.goal == Question::Goal::cost; }
  bool failing_only() const { return question_.goal == Question::Goal::region; }

  // What stays and what changes on the way from one node to the next.
  struct Step {
    Node node;
    Move move;
    bool assumed = false;
  };

  Trail trail(std::uint32_t last) const;

  // A value of the question that an execution reaches at this label.
  void note(std::int64_t value, std::uint32_t label);

  std::optional<std::uint32_t> add_label(const Label& label);

  // The worse in the sense of the question.
  std::int64_t weight(const Label& label) const { return counts() ? label.count : label.latest; }

  bool dominates(const Label& a, const Label& b) const;

  // The label enters `step`; whether a send's message goes out is decided here.
  void arrive(Node node, StepId step, Label label);

  bool windowed() const { return question_.window_ms != 0; }
  bool is_counted(const Node& node) const { return question_.counted.empty() || question_.counted[node.step]; }

  // Any message may be the first of the window that has most.
  void begin_window(const Node& node, const Label& sent);

  // What the question asks of a message that goes out.
  void count(const Send& send, const Node& node, Label& label) const;

  // What the flow that the step starts does at most; null: it starts none.
  const Reach* started(const Node& node) const;

  // Another flow counts with the most that it does, whatever it is started with: a bound, and no execution.
  void start(const Node& node, Label label, const Reach& child);

  // A value that rests on what another flow does at most.
  void note_beside(Label label, std::int64_t value);

  void add_arrival(const Node& node, Arrival arrival);

  std::optional<bool> goes_out(const Send& send, const Node& node) const;

  void insert(const Node& node, const Label& label);

  // The flow ends, or goes on, by this move.
  void go(std::uint32_t from, Step step, const Target& target);

  void at_end(const Label& label);

  // The step that a target means now; its jumps are counted.
  std::optional<StepId> follow(const Target& target, Node& node);

  // Everything that leads out of the node.
  void expand(const Node& node, std::uint32_t label);

  static Move move(Way way, std::uint32_t which = 0);
  void leave(const Node& node, std::uint32_t label, const check::RecognizeRegion& body);

  // A region has one calling code. A number of no region may have any, and one of the regions that the flow does not
  // name has none that it names.
  void leave(const Node& node, std::uint32_t label, const check::RecognizeCallingCode& body);
  void leave(const Node& written, std::uint32_t label, const check::Branch& body);

  // A draw may come out as any arm. Which one a key takes is known when the key is.
  void leave(const Node& node, std::uint32_t label, const check::Random& body);
  void leave(const Node& node, std::uint32_t label, const check::Set& body);
  void leave(const Node& node, std::uint32_t label, const check::JumpStep& body);

  // The wall clock is not known.
  Node at_unknown_time(const Node& node);

  void leave_until(const Node& node, std::uint32_t label, const check::Wait& body);
  void leave(const Node& node, std::uint32_t label, const check::Wait& body);
  void leave(const Node& node, std::uint32_t label, const check::AwaitSignal& body);

  // Whether a handler may be first for what stands for the arm.
  bool for_handler(const Node& node, const check::AwaitReply& body, std::size_t arm) const;
  void leave(const Node& node, std::uint32_t label, const check::AwaitReply& body);

  // Nothing is known of it: it may report each of its events, at any time or never.
  void leave(const Node& node, std::uint32_t label, const check::Extern& body);
  void leave(const Node& node, std::uint32_t label, const check::Launch& body);
  void leave(const Node& node, std::uint32_t label, const check::Operation& body);
  void leave(const Node& node, std::uint32_t label, const Send& body);

  // What may happen while the step rests: a handler fires, or the flow expires.
  template <typename Left>
  void stay(const Node& node, std::uint32_t label, std::int64_t most_ms, const Left& left_message);

  void expire(const Node& node, std::uint32_t label, std::int64_t most_ms);

  bool fired(const Node& node, std::size_t handler) const { return (node.mask >> handler & 1U) != 0; }

  // Is it this handler's turn, and can its event come? Sets `assumed` when another one might have to go first.
  bool may_fire(const Node& node, std::uint32_t which, bool& assumed) const;

  void fire(Node& node, std::uint32_t which);

  // The message of a send whose step is left may report more, later.
  void left(Node& node, const Send& send, const check::Channel& channel, Way way) const;

  void set(Node& node, check::VariableId variable, const Value& value);

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  const Question& question_;
  const std::vector<Valuation>& starts_;
  const std::size_t work_;
  const Topology& topology_;
  std::set<std::int64_t> allowed_;
  std::uint32_t delivered_handlers_ = 0;
  std::uint32_t read_handlers_ = 0;
  Pool<Counters> counters_;
  Pool<Valuation> values_;
  std::map<Node, std::vector<std::uint32_t>> open_;
  std::vector<Label> labels_;
  std::uint32_t best_ = kNone;
  std::uint32_t breach_ = kNone;
  std::uint32_t doubt_ = kNone;
  Answer answer_;
};

}  // namespace flow::prove
