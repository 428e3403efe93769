#include "runtime/daemon/tiers.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "compiler/interpret/interpreter.h"
#include "runtime/core/log.h"

namespace flow::daemon {

namespace {

using namespace std::chrono_literals;

// A tenth of what a thread of flowd gets when all processors are busy: a flow that keeps them busy still gets its high
// level, which is what relieves them.
constexpr int kNiceOfHigh = 10;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

const char* to_string(Tier tier) {
  constexpr std::array<const char*, kTierCount> kNames = {"interpreter", "low", "high"};
  return kNames[static_cast<std::size_t>(tier)];
}

// ---- The program

class TieredProgram::Use {
 public:
  explicit Use(std::atomic<std::uint32_t>& users) : users_(users) { users_.fetch_add(1); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { users_.fetch_sub(1); }

 private:
  std::atomic<std::uint32_t>& users_;
};

TieredProgram::TieredProgram(std::unique_ptr<program::Program> interpreted, std::function<void()> first_event)
    : current_(interpreted.get()),
      first_(*interpreted),
      interpreted_(std::move(interpreted)),
      first_event_(std::move(first_event)) {}

TieredProgram::TieredProgram(Tier tier, std::unique_ptr<jit::NativeProgram> code, std::function<void()> first_event)
    : current_(code.get()),
      first_(*code),
      tier_(tier),
      code_bytes_(code->code_bytes()),
      first_event_(std::move(first_event)) {
  natives_.push_back(std::move(code));
  if (tier == Tier::high) settle();
}

TieredProgram::~TieredProgram() {
  if (gone_) gone_(*this);
}

program::Verdict TieredProgram::advance(program::Frame& frame, const program::FlowEvent& event) const {
  if (const program::Program* last = last_.load(std::memory_order_acquire)) return last->advance(frame, event);
  const Use use(users_);
  if (events_.fetch_add(1, std::memory_order_relaxed) == 0 && first_event_) first_event_();
  return current_.load()->advance(frame, event);
}

void TieredProgram::raise(Tier tier, std::unique_ptr<jit::NativeProgram> code, bool last) {
  jit::NativeProgram* before = natives_.empty() ? nullptr : natives_.back().get();
  natives_.push_back(std::move(code));
  current_.store(natives_.back().get());
  if (last) settle();
  tier_.store(tier, std::memory_order_relaxed);
  if (before != nullptr) {
    while (users_.load() != 0) std::this_thread::sleep_for(100us);
    before->drop_code();
  }
  std::size_t bytes = 0;
  for (const auto& native : natives_) bytes += native->code_bytes();
  code_bytes_.store(bytes, std::memory_order_relaxed);
}

void TieredProgram::settle() {
  last_.store(current_.load(), std::memory_order_release);
}

// ---- The work

struct Tiers::State {
  struct Job {
    std::weak_ptr<TieredProgram> program;
    ModuleSource module;
    std::uint32_t flow = 0;
    std::string identity;
  };

  explicit State(Options given) : options(std::move(given)) {
    for (int i = 0; i < kTierCount; ++i) {
      const core::Labels of_tier = {{"tier", to_string(static_cast<Tier>(i))}};
      flows[i] = &metrics.gauge("flow_tier_flows", "Flows that are loaded, by what runs them", of_tier);
      if (i == 0) continue;
      waiting[i] = &metrics.gauge("flow_tier_waiting", "Flows that wait for machine code", of_tier);
      for (const bool cached : {false, true}) {
        seconds[i][cached] =
            &metrics.histogram("flow_tier_compile_seconds", "Time to get a flow's machine code",
                               {{"tier", to_string(static_cast<Tier>(i))}, {"from", cached ? "cache" : "compiler"}});
      }
    }
    code_bytes = &metrics.gauge("flow_tier_code_bytes", "Memory of the machine code of all flows");
    damaged = &metrics.counter("flow_tier_cache_damaged_total", "Cached machine code that was damaged and made again");
    failed = &metrics.counter("flow_tier_failed_total", "Flows that got no machine code of a level");
  }

  // Changes the program and what is counted of it.
  void count(const std::function<void()>& change, const TieredProgram& program) {
    const Tier tier = program.tier();
    const std::size_t bytes = program.code_bytes();
    change();
    flows[static_cast<int>(tier)]->add(-1);
    flows[static_cast<int>(program.tier())]->add(1);
    code_bytes->add(static_cast<double>(program.code_bytes()) - static_cast<double>(bytes));
  }
  void forget(const TieredProgram& program) {
    flows[static_cast<int>(program.tier())]->add(-1);
    code_bytes->add(-static_cast<double>(program.code_bytes()));
    changed.notify_all();  // its work is dropped
  }

  // REQUIRES: the mutex. Drops jobs of flows that are gone; the one that should be done next, or none.
  Job* next(Tier tier) {
    std::vector<Job>& jobs = of(tier);
    std::erase_if(jobs, [](const Job& job) { return job.program.expired(); });
    waiting[static_cast<int>(tier)]->set(static_cast<double>(jobs.size()));
    if (tier == Tier::high && (low_busy || !low.empty())) return nullptr;
    Job* best = nullptr;
    std::uint64_t most = 0;
    for (Job& job : jobs) {
      const auto program = job.program.lock();
      const std::uint64_t events = program == nullptr ? 0 : program->events();
      if (tier == Tier::high && events == 0) continue;
      if (best != nullptr && events <= most) continue;
      best = &job;
      most = events;
    }
    return best;
  }

  // Wakes the threads: a flow that has had an event is the next one.
  static std::function<void()> waker(const std::shared_ptr<State>& state) {
    return [state] {
      {
        const std::lock_guard lock(state->mutex);
      }
      state->changed.notify_all();
    };
  }

  // Whether the program has that tier now. From the cache alone: silent when it has nothing.
  enum class From : std::uint8_t { anywhere, cache_only };
  bool make(const Job& job, TieredProgram& program, Tier tier, From from);
  void tell_of_code(const TieredProgram& program, Tier tier, const jit::Report& report, double took);
  void tell_of_cache(const TieredProgram& program, const jit::Report& report);
  bool give_up(TieredProgram& program, Tier tier, const std::string& why);  // false

  std::vector<Job>& of(Tier tier) { return tier == Tier::low ? low : high; }

  const Options options;
  core::MetricSet metrics;
  std::array<core::Metric*, kTierCount> flows{};
  std::array<core::Metric*, kTierCount> waiting{};
  std::array<std::array<core::Histogram*, 2>, kTierCount> seconds{};
  core::Metric* code_bytes = nullptr;
  core::Metric* damaged = nullptr;
  core::Metric* failed = nullptr;

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Job> low, high;  // by age
  bool low_busy = false;
  bool high_busy = false;
  bool stopping = false;
};

bool Tiers::State::make(const Job& job, TieredProgram& program, Tier tier, From from) {
  const bool full = code_bytes->value() >= static_cast<double>(options.code_bytes_max);
  if (full && from == From::cache_only) return false;
  if (full) return give_up(program, tier, "the machine code of all flows takes as much memory as it may");
  jit::Options how;
  how.level = tier == Tier::low ? jit::Level::baseline : jit::Level::optimised;
  how.cache_folder = options.cache_folder;
  how.identity = job.identity;
  how.cached_only = from == From::cache_only;
  jit::Report report;
  const auto begin = std::chrono::steady_clock::now();
  auto module = job.module();
  if (!module) return give_up(program, tier, module.error().message);
  auto code = options.compile(std::move(*module), job.flow, how, &report);
  const double took = seconds_since(begin);
  tell_of_cache(program, report);
  if (!code) return from == From::cache_only ? false : give_up(program, tier, code.error().message);
  count([&] { program.raise(tier, *std::move(code), tier == Tier::high); }, program);
  tell_of_code(program, tier, report, took);
  return true;
}

void Tiers::State::tell_of_code(const TieredProgram& program, Tier tier, const jit::Report& report, double took) {
  seconds[static_cast<int>(tier)][report.from_cache ? 1 : 0]->observe(took);
  core::log::info("flow_compiled", {{"flow", program.info().name},
                                    {"tier", std::string(to_string(tier))},
                                    {"from_cache", report.from_cache},
                                    {"ms", took * 1e3},
                                    {"object_bytes", static_cast<std::int64_t>(report.object_bytes)}});
}

void Tiers::State::tell_of_cache(const TieredProgram& program, const jit::Report& report) {
  std::string problem = report.cache_problem;
  if (report.cache_damaged) {
    damaged->add();
    if (problem.empty()) problem = "what was kept is damaged, or not ours; it is made again";
  }
  if (problem.empty()) return;
  core::log::warning("object_cache", {{"flow", program.info().name}, {"problem", std::move(problem)}});
}

bool Tiers::State::give_up(TieredProgram& program, Tier tier, const std::string& why) {
  program.settle();
  failed->add();
  core::log::warning(tier == Tier::low ? "flow_stays_interpreted" : "flow_stays_at_low",
                     {{"flow", program.info().name}, {"error", why}});
  return false;
}

Tiers::Tiers(Options options)
    : state_(std::make_shared<State>(std::move(options))),
      low_([this] { run(Tier::low); }),
      high_([this] { run(Tier::high); }) {}

Tiers::~Tiers() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  low_.join();
  high_.join();
}

const core::MetricSet& Tiers::metrics() const {
  return state_->metrics;
}

std::shared_ptr<const program::Program> Tiers::add(std::shared_ptr<const ir::Module> module, std::uint32_t flow,
                                                   std::string identity) {
  // Without the passes over IR: they take longer than all else that is done before the first event, and a copy of the
  // IR.
  auto program = std::make_shared<TieredProgram>(interpret::make_plain_interpreter(module, flow), State::waker(state_));
  program->when_gone([state = state_](const TieredProgram& gone) { state->forget(gone); });
  state_->flows[0]->add(1);
  {
    const std::lock_guard lock(state_->mutex);
    auto source = [module = std::move(module)]() -> Result<std::shared_ptr<const ir::Module>> { return module; };
    state_->low.push_back({program, std::move(source), flow, std::move(identity)});
  }
  state_->changed.notify_all();
  return program;
}

std::shared_ptr<const program::Program> Tiers::add_kept(std::shared_ptr<const jit::KnownBundle> bundle,
                                                        std::size_t flow, const std::function<ModuleSource()>& source) {
  for (const Tier tier : {Tier::high, Tier::low}) {
    jit::Options how;
    how.level = tier == Tier::low ? jit::Level::baseline : jit::Level::optimised;
    how.cache_folder = state_->options.cache_folder;
    jit::Report report;
    const auto begin = std::chrono::steady_clock::now();
    auto code = state_->options.load_kept(bundle, flow, how, &report);
    if (!code) continue;
    auto program = std::make_shared<TieredProgram>(tier, std::move(*code), State::waker(state_));
    program->when_gone([state = state_](const TieredProgram& gone) { state->forget(gone); });
    state_->flows[static_cast<int>(tier)]->add(1);
    state_->code_bytes->add(static_cast<double>(program->code_bytes()));
    state_->tell_of_code(*program, tier, report, seconds_since(begin));
    if (tier == Tier::low) {
      const std::lock_guard lock(state_->mutex);
      state_->high.push_back({program, source(), static_cast<std::uint32_t>(flow), bundle->flows[flow].identity});
    }
    return program;
  }
  return nullptr;
}

void Tiers::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] {
    return state_->stopping || (state_->next(Tier::low) == nullptr && !state_->low_busy &&
                                state_->next(Tier::high) == nullptr && !state_->high_busy);
  });
}

void Tiers::run(Tier tier) {
  if (tier == Tier::high) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceOfHigh);
  State& state = *state_;
  // Long before the first flow needs it: LLVM takes longer to load than a flow to compile.
  if (tier == Tier::low) (void)state.options.load();
  bool& busy = tier == Tier::low ? state.low_busy : state.high_busy;
  std::unique_lock lock(state.mutex);
  while (true) {
    State::Job* at = nullptr;
    state.changed.wait(lock, [&] {
      at = state.next(tier);
      return state.stopping || at != nullptr;
    });
    if (state.stopping) return;
    State::Job job = std::move(*at);
    std::vector<State::Job>& jobs = state.of(tier);
    jobs.erase(jobs.begin() + (at - jobs.data()));
    busy = true;
    lock.unlock();
    bool wants_more = false;
    if (const auto program = job.program.lock()) {
      const bool best = tier == Tier::low && state.make(job, *program, Tier::high, State::From::cache_only);
      if (!best) wants_more = state.make(job, *program, tier, State::From::anywhere) && tier == Tier::low;
    }
    lock.lock();
    if (wants_more) state.high.push_back(std::move(job));
    busy = false;
    state.changed.notify_all();
  }
}

}  // namespace flow::daemon
