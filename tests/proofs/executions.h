// Executions of a flow's IR, one after another: every order of receipts, timers, signals, replies and results up to a
// bound, each run by the interpreter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/prove/prove.h"
#include "runtime/program/frame.h"
#include "runtime/program/program.h"
#include "runtime/program/reply.h"

namespace flow::prove {

// What one execution did so far, with what it started.
struct Done {
  std::int64_t messages = 0;
  std::map<program::ChannelKind, std::int64_t> by_kind;
  std::int64_t cost = 0;  // by the prices of the IR
  std::int64_t last_send_ms = 0;
  std::int64_t end_ms = 0;
  bool ended = false;
  bool trapped = false;            // a value left its range: proofs assume that none does
  std::set<std::int32_t> entered;  // steps
  std::set<std::int32_t> sent;     // steps whose message went out
  // Something was delivered or read, or not wanted, a milestone was reached, or a handler fired.
  bool got_through = false;

  friend auto operator<=>(const Done&, const Done&) = default;
};

// Of an input: nothing (absent), a scalar, or a text.
struct Given {
  bool present = false;
  std::int64_t scalar = 0;
  std::string text;
};

struct Bounds {
  std::size_t events = 0;  // that are fed at most
  int depth = 0;           // events in one execution, the start not counted
};

struct Fed {
  std::size_t events = 0;
  int depth = 0;  // every order of so many events was executed
};

// Breadth first over what may happen next: the timer that is due; now and at that instant each report that the channel
// of a message can make and that is news, each signal, each reply that the flow tells apart, each result of what was
// asked. Orders that come to the same are followed once. `see` is called after each event that counted.
class Executions {
 public:
  // `others`: what the flows that it starts do, each that is there.
  Executions(const ir::Flow& flow, program::RegionLookup regions, Children others = {});
  ~Executions();

  Fed run(const std::vector<Given>& inputs, std::uint32_t seed, const Bounds& bounds,
          const std::function<void(const Done&)>& see) const;

 private:
  struct Choice {
    program::FlowEvent event{};
    const program::Reply* reply = nullptr;
  };
  struct Place {
    std::int64_t now = 0;
    std::string state;
    Done done;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  std::vector<Choice> choices(const program::Frame& frame, std::int64_t now) const;
  std::optional<Place> go_on(const Place& from, const Choice& choice) const;
  std::int64_t cost_of(const program::Effect& sent) const;
  void note(const program::Frame& frame, std::int64_t at_ms, Done& done) const;
  void note_start(const program::Effect& started, std::int64_t at_ms, Done& done) const;

  const ir::Flow& flow_;
  program::RegionLookup regions_;
  std::unique_ptr<program::Program> program_;
  std::vector<program::Reply> replies_;
  Children others_;
};

}  // namespace flow::prove
