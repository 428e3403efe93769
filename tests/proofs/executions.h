// Executions of a flow's IR, one after another: every order of receipts, timers and signals up to a bound, each run by
// the interpreter.
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
#include "runtime/program/frame.h"
#include "runtime/program/program.h"

namespace flow::prove {

// What one execution did so far.
struct Done {
  std::int64_t messages = 0;
  std::map<program::ChannelKind, std::int64_t> by_kind;
  std::int64_t last_send_ms = 0;
  std::int64_t end_ms = 0;
  bool ended = false;
  std::set<std::int32_t> entered;  // steps
  bool got_through = false;        // something was delivered or read, a milestone was reached, or a handler fired
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

// Depth first over what may happen next: the timer that is due; now and at that instant each report that the channel of
// a message can make and that is news, and each signal. `see` is called after each event that counted.
class Executions {
 public:
  Executions(const ir::Flow& flow, program::RegionLookup regions);
  ~Executions();

  // Every way, in order, until the bounds are met. The events that were fed.
  std::size_t run(const std::vector<Given>& inputs, std::uint32_t seed, const Bounds& bounds,
                  const std::function<void(const Done&)>& see) const;

 private:
  struct Walk;
  std::vector<program::FlowEvent> choices(const program::Frame& frame, std::int64_t now) const;
  void go_on(const std::string& state, const Done& done, std::int64_t now, int depth, Walk& walk) const;

  const ir::Flow& flow_;
  program::RegionLookup regions_;
  std::unique_ptr<program::Program> program_;
};

}  // namespace flow::prove
