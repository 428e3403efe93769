// How a flow gets from the interpreter to machine code while it runs (docs/operating.md, Machine code).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "compiler/ir/ir.h"
#include "compiler/jit/jit.h"
#include "compiler/jit/known_bundle.h"
#include "runtime/core/metrics.h"
#include "runtime/program/program.h"

namespace flow::daemon {

enum class Tier : std::uint8_t { interpreter, low, high };
inline constexpr int kTierCount = 3;
const char* to_string(Tier tier);

// A flow that is interpreted from its first event on, and goes on in machine code when there is some. All of them give
// the same effects and the same stored bytes, so an execution passes from one to the other between two events.
//
// Any thread may call advance(); one at a time what changes the program.
class TieredProgram final : public program::Program {
 public:
  // `first_event` is called once, on the thread of the first event.
  TieredProgram(std::unique_ptr<program::Program> interpreted, std::function<void()> first_event);
  // Begins with kept code, and never is interpreted.
  TieredProgram(Tier tier, std::unique_ptr<jit::NativeProgram> code, std::function<void()> first_event);
  ~TieredProgram() override;

  const program::FlowInfo& info() const override { return first_.info(); }
  std::span<const std::string> texts() const override { return first_.texts(); }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override;

  Tier tier() const { return tier_.load(std::memory_order_relaxed); }
  bool settled() const { return last_.load(std::memory_order_acquire) != nullptr; }
  // Events that came while a better tier might still come.
  std::uint64_t events() const { return events_.load(std::memory_order_relaxed); }
  std::size_t code_bytes() const { return code_bytes_.load(std::memory_order_relaxed); }

  // From now on events are handled by `code`, which is of a higher tier than what is there. Waits until nobody runs
  // what did so before (an event's time at most) and unmaps that; `code` itself, when `last`, is never taken away
  // again.
  void raise(Tier tier, std::unique_ptr<jit::NativeProgram> code, bool last);
  // Nothing better will come.
  void settle();
  // Called by the destructor.
  void when_gone(std::function<void(const TieredProgram&)> gone) { gone_ = std::move(gone); }

 private:
  class Use;

  // Until last_ is there, whoever runs the program is counted in users_, so that what is replaced can be taken away
  // when users_ was seen at zero: who comes after the replacement sees it. Then nobody counts any more.
  std::atomic<const program::Program*> last_{nullptr};
  std::atomic<const program::Program*> current_;
  alignas(64) mutable std::atomic<std::uint32_t> users_{0};
  mutable std::atomic<std::uint64_t> events_{0};
  alignas(64) const program::Program& first_;  // of the two below
  std::unique_ptr<program::Program> interpreted_;
  std::vector<std::unique_ptr<jit::NativeProgram>> natives_;  // of the former ones the constants are left
  std::atomic<Tier> tier_{Tier::interpreter};
  std::atomic<std::size_t> code_bytes_{0};
  std::function<void()> first_event_;
  std::function<void(const TieredProgram&)> gone_;
};

// Where the IR of a flow comes from when code is to be made of it.
using ModuleSource = std::function<Result<std::shared_ptr<const ir::Module>>()>;

// Makes the machine code of flows, on two threads: the low level of all, those first that have had events, then by age;
// beside it and with a lower priority, when no low level is wanted, the high level of those that have had events, the
// busiest first. A flow whose high level is in the cache has it at once, and never a low one.
//
// Flows that are gone are no work any more. Any thread.
class Tiers {
 public:
  using Compile = std::function<Result<std::unique_ptr<jit::NativeProgram>>(
      std::shared_ptr<const ir::Module>, std::uint32_t, const jit::Options&, jit::Report*)>;
  using LoadKept = std::function<Result<std::unique_ptr<jit::NativeProgram>>(
      std::shared_ptr<const jit::KnownBundle>, std::size_t, const jit::Options&, jit::Report*)>;
  struct Options {
    std::string cache_folder;                                  // for object code; empty: none is kept
    std::size_t code_bytes_max = limits::kNativeCodeBytesMax;  // of all flows; then they stay at their tier
    Compile compile = jit::compile;
    LoadKept load_kept = jit::load_kept;
    std::function<Status()> load = jit::load;
  };

  explicit Tiers(Options options);
  ~Tiers();  // waits for the code that is being made; programs live on, at their tier
  Tiers(const Tiers&) = delete;
  Tiers& operator=(const Tiers&) = delete;

  // The program of modules->flows[flow], which passed ir::verify(). `identity`: as of jit::Options.
  std::shared_ptr<const program::Program> add(std::shared_ptr<const ir::Module> module, std::uint32_t flow,
                                              std::string identity);

  // The program of a flow whose code is kept, the higher level before the lower: without its IR, until a flow that is
  // run wants its high level made: `source` is asked now for where it would come from then, if that may be. Nothing: no
  // code is kept.
  std::shared_ptr<const program::Program> add_kept(std::shared_ptr<const jit::KnownBundle> bundle, std::size_t flow,
                                                   const std::function<ModuleSource()>& source);

  // Until there is nothing to do. For tests and tools.
  void wait();

  const core::MetricSet& metrics() const;

 private:
  struct State;
  void run(Tier tier);

  std::shared_ptr<State> state_;
  std::thread low_;
  std::thread high_;
};

}  // namespace flow::daemon
