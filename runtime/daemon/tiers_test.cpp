#include "runtime/daemon/tiers.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <latch>

#include <gtest/gtest.h>

#include "compiler/interpret/interpreter.h"
#include "runtime/core/log.h"
#include "runtime/daemon/loader_fixture_test.h"

namespace flow::daemon {
namespace {

using Module = std::shared_ptr<const ir::Module>;

// The flow `reminder` under each of the names.
Module flows_named(const std::vector<std::string>& names) {
  const ir::Flow flow = reminder();
  auto module = std::make_shared<ir::Module>();
  for (const std::string& name : names) {
    module->flows.push_back(flow);
    module->flows.back().info.name = name;
  }
  return module;
}

Tier tier_of(const std::shared_ptr<const program::Program>& program) {
  return dynamic_cast<const TieredProgram&>(*program).tier();
}

// In place of machine code: knows when it was run after it was taken away. Not synchronised, so that the thread
// sanitizer knows, too.
class Fake final : public jit::NativeProgram {
 public:
  explicit Fake(std::unique_ptr<program::Program> program, std::size_t bytes = 100)
      : program_(std::move(program)), bytes_(bytes) {}
  const program::FlowInfo& info() const override { return program_->info(); }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    EXPECT_TRUE(there_);
    return program_->advance(frame, event);
  }
  std::size_t code_bytes() const override { return there_ ? bytes_ : 10; }
  void drop_code() override { there_ = false; }

 private:
  std::unique_ptr<program::Program> program_;
  std::size_t bytes_;
  bool there_ = true;
};

// A compiler that says what it was asked, and waits to be let go on.
class FakeCompiler {
 public:
  Tiers::Options options() {
    Tiers::Options made;
    made.load = [] { return Status(); };
    made.compile = [this](Module module, std::uint32_t flow, const jit::Options& how, jit::Report* report) {
      return compile(std::move(module), flow, how, report);
    };
    return made;
  }
  void let_go() { go_.count_down(); }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::size_t code_bytes = 100;  // of a flow
  std::string kept, refused;     // what is in the cache, what cannot be made: "a low"

 private:
  Result<std::unique_ptr<jit::NativeProgram>> compile(Module module, std::uint32_t flow, const jit::Options& how,
                                                      jit::Report* report) {
    const std::string what = module->flows[flow].info.name + (how.level == jit::Level::baseline ? " low" : " high");
    *report = {};
    report->from_cache = what == kept;
    if (how.cached_only && what != kept) return fail(ErrorCode::not_found, "not kept");
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(what);
    }
    go_.wait();
    if (what == refused) return fail(ErrorCode::internal, "no such code");
    return std::make_unique<Fake>(interpret::make_interpreter(module, flow), code_bytes);
  }

  std::latch go_{1};
  std::mutex mutex_;
  std::vector<std::string> asked_;
};

void wait_for(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

double flows_at(const Tiers& tiers, const char* tier) {
  return tiers.metrics().value("flow_tier_flows", {{"tier", tier}});
}

TEST(Tiers, AFlowGoesUpWhileItRuns) {
  Tiers tiers({});
  const auto program = tiers.add(flows_named({"a"}), 0, "a");
  EXPECT_EQ(flows_at(tiers, "interpreter") + flows_at(tiers, "low"), 1);
  const auto before = start(*program);
  tiers.wait();
  EXPECT_EQ(tier_of(program), Tier::high);
  EXPECT_EQ(start(*program), before);
  EXPECT_EQ(flows_at(tiers, "interpreter"), 0);
  EXPECT_EQ(flows_at(tiers, "low"), 0);
  EXPECT_EQ(flows_at(tiers, "high"), 1);
  EXPECT_GT(tiers.metrics().value("flow_tier_code_bytes"), 0);
}

TEST(Tiers, WhatNobodyRunsStaysAtTheLowLevel) {
  Tiers tiers({});
  const auto program = tiers.add(flows_named({"a"}), 0, "a");
  tiers.wait();
  EXPECT_EQ(tier_of(program), Tier::low);
  start(*program);
  tiers.wait();
  EXPECT_EQ(tier_of(program), Tier::high);
}

TEST(Tiers, TheLowLevelOfAllComesBeforeTheHighOneOfAny) {
  FakeCompiler compiler;
  Tiers tiers(compiler.options());
  const Module module = flows_named({"a", "b", "c", "d"});
  std::vector<std::shared_ptr<const program::Program>> programs = {tiers.add(module, 0, "a")};
  wait_for([&] { return !compiler.asked().empty(); });
  for (std::uint32_t i = 1; i < 4; ++i) programs.push_back(tiers.add(module, i, module->flows[i].info.name));
  for (int i = 0; i < 3; ++i) start(*programs[3]);
  start(*programs[2]);
  compiler.let_go();
  tiers.wait();
  EXPECT_EQ(compiler.asked(), (std::vector<std::string>{"a low", "d low", "c low", "b low", "d high", "c high"}));
  start(*programs[0]);
  tiers.wait();
  EXPECT_EQ(compiler.asked().back(), "a high");
  EXPECT_EQ(flows_at(tiers, "high"), 3);
}

TEST(Tiers, WhatIsUnloadedIsNoWork) {
  FakeCompiler compiler;
  Tiers tiers(compiler.options());
  Module module = flows_named({"a", "b", "c"});
  const std::weak_ptr<const ir::Module> watch = module;
  std::vector<std::shared_ptr<const program::Program>> programs = {tiers.add(module, 0, "a")};
  wait_for([&] { return !compiler.asked().empty(); });
  for (std::uint32_t i = 1; i < 3; ++i) programs.push_back(tiers.add(module, i, ""));
  for (const auto& program : programs) start(*program);
  programs.clear();
  module.reset();
  compiler.let_go();
  tiers.wait();
  EXPECT_EQ(compiler.asked(), std::vector<std::string>{"a low"});
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(flows_at(tiers, "interpreter") + flows_at(tiers, "low"), 0);
  EXPECT_EQ(tiers.metrics().value("flow_tier_code_bytes"), 0);
}

TEST(Tiers, AFlowInTheCacheHasNoLowLevel) {
  FakeCompiler compiler;
  compiler.kept = "b high";
  compiler.let_go();
  Tiers tiers(compiler.options());
  const Module module = flows_named({"a", "b"});
  const auto a = tiers.add(module, 0, "a");
  const auto b = tiers.add(module, 1, "b");
  tiers.wait();
  EXPECT_EQ(tier_of(a), Tier::low);
  EXPECT_EQ(tier_of(b), Tier::high);
  EXPECT_EQ(compiler.asked(), (std::vector<std::string>{"a low", "b high"}));
}

TEST(Tiers, AFlowWithoutCodeStaysWhereItIs) {
  for (const char* refused : {"a low", "a high"}) {
    FakeCompiler compiler;
    compiler.refused = refused;
    compiler.let_go();
    Tiers tiers(compiler.options());
    const auto program = tiers.add(flows_named({"a"}), 0, "a");
    const auto before = start(*program);
    tiers.wait();
    EXPECT_EQ(tier_of(program), std::string(refused) == "a low" ? Tier::interpreter : Tier::low);
    EXPECT_EQ(start(*program), before);
    EXPECT_EQ(tiers.metrics().value("flow_tier_failed_total"), 1);
    const std::size_t asked = compiler.asked().size();
    start(*program);
    tiers.wait();
    EXPECT_EQ(compiler.asked().size(), asked) << "it is not tried again";
  }
}

TEST(Tiers, LimitsTheMemoryOfCode) {
  FakeCompiler compiler;
  compiler.code_bytes = limits::kNativeCodeBytesMax / 2;
  compiler.let_go();
  Tiers tiers(compiler.options());
  const Module module = flows_named({"a", "b", "c"});
  std::vector<std::shared_ptr<const program::Program>> programs;
  for (std::uint32_t i = 0; i < 3; ++i) programs.push_back(tiers.add(module, i, ""));
  tiers.wait();
  EXPECT_EQ(flows_at(tiers, "low"), 2);
  EXPECT_EQ(flows_at(tiers, "interpreter"), 1);
  EXPECT_EQ(tiers.metrics().value("flow_tier_code_bytes"), limits::kNativeCodeBytesMax);
  EXPECT_EQ(tier_of(programs[2]), Tier::interpreter);
  start(*programs[2]);
}

TEST(Tiers, EndsWhileFlowsWait) {
  const Module module = flows_named({"a", "b", "c"});
  std::vector<std::shared_ptr<const program::Program>> programs;
  {
    Tiers tiers({});
    for (std::uint32_t i = 0; i < 3; ++i) programs.push_back(tiers.add(module, i, ""));
  }
  for (const auto& program : programs) start(*program);
}

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "flow-tiers-XXXXXX").string()) {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string cache() const { return path_ + "/cache"; }

 private:
  std::string path_;
};

TEST(Tiers, DamagedCodeInTheCacheIsToldAndMadeAgain) {
  const Folder folder;
  const Module module = flows_named({"a"});
  const auto run = [&](Tiers& tiers) {
    const auto program = tiers.add(module, 0, "a");
    start(*program);
    tiers.wait();
    EXPECT_EQ(tier_of(program), Tier::high);
    return start(*program);
  };
  Tiers::Options options;
  options.cache_folder = folder.cache();
  Tiers first(options);
  const auto effects = run(first);
  for (const auto& entry : std::filesystem::directory_iterator(folder.cache())) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x7f');
  }
  int told = 0;
  core::log::set_sink([&](std::string_view line) { told += line.find("object_cache") != std::string_view::npos; });
  Tiers second(options);
  EXPECT_EQ(run(second), effects);
  core::log::set_sink({});
  EXPECT_EQ(told, 3) << "the high level looked for at first, then the low one, then the high one";
  EXPECT_EQ(second.metrics().value("flow_tier_cache_damaged_total"), 3);
  Tiers third(options);
  EXPECT_EQ(run(third), effects);
  EXPECT_EQ(third.metrics().value("flow_tier_cache_damaged_total"), 0);
}

// Threads that run executions, until it is destroyed; what they see is always the same.
class Runners {
 public:
  explicit Runners(const program::Program& program) : program_(program), expected_(start(program)) {
    for (int i = 0; i < 3; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Runners() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void run() {
    while (!stop_) EXPECT_EQ(start(program_), expected_);
  }

  const program::Program& program_;
  const std::pair<std::string, std::vector<program::Effect>> expected_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST(TieredProgram, NothingIsTakenAwayWhileSomebodyRunsIt) {
  const Module module = flows_named({"a"});
  TieredProgram program(interpret::make_interpreter(module, 0), {});
  const Runners runners(program);
  for (int i = 0; i < 200; ++i)
    program.raise(Tier::low, std::make_unique<Fake>(interpret::make_interpreter(module, 0)), false);
  program.raise(Tier::high, std::make_unique<Fake>(interpret::make_interpreter(module, 0)), true);
  EXPECT_TRUE(program.settled());
  EXPECT_EQ(program.code_bytes(), 200 * 10 + 100);
}

TEST(TieredProgram, ExecutionsGoOnWhileTheirCodeChanges) {
  const Module module = flows_named({"a"});
  for (int i = 0; i < 10; ++i) {
    TieredProgram program(interpret::make_interpreter(module, 0), {});
    const Runners runners(program);
    for (const jit::Level level : {jit::Level::baseline, jit::Level::optimised}) {
      jit::Options options;
      options.level = level;
      auto code = jit::compile(module, 0, options);
      ASSERT_TRUE(code) << code.error().message;
      const bool last = level == jit::Level::optimised;
      program.raise(last ? Tier::high : Tier::low, *std::move(code), last);
    }
  }
}

}  // namespace
}  // namespace flow::daemon
