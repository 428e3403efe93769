#include "compiler/jit/jit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "compiler/jit/test_flows.h"

namespace flow::jit {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "flowjit.XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }

  std::string cache() const { return path_ + "/objects"; }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(cache())) found.push_back(entry.path());
    return found;
  }

 private:
  std::string path_;
};

std::shared_ptr<const ir::Module> module_of(ir::Flow flow) {
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(std::move(flow));
  return module;
}

Options at(Level level, std::string cache_folder = "") {
  Options options;
  options.level = level;
  options.cache_folder = std::move(cache_folder);
  return options;
}
Options kept_in(std::string cache_folder) {
  return at(Level::optimised, std::move(cache_folder));
}

std::unique_ptr<NativeProgram> compiled(const Options& options, Report* report = nullptr) {
  auto program = compile(module_of(testing::reminder()), 0, options, report);
  EXPECT_TRUE(program.has_value()) << (program ? "" : program.error().message);
  return program ? std::move(*program) : nullptr;
}

// Starts the flow `reminder` and lets its timer run out.
void expect_runs(const program::Program& program) {
  program::Frame frame(testing::region_of);
  frame.reset(program.info());
  frame.set_text(0, "+639171234567");
  program::FlowEvent start{};
  start.at_ms = 1000;
  EXPECT_EQ(program.advance(frame, start), program::Verdict::changed);
  ASSERT_EQ(frame.effects().size(), 4u);
  EXPECT_EQ(frame.effects()[3].kind, program::EffectKind::send);
  EXPECT_EQ(frame.effects()[3].to, "+639171234567");
  EXPECT_EQ(frame.effects()[3].text, "Hello +639171234567");
  EXPECT_EQ(frame.raw().resting, 0);

  frame.clear_effects();
  program::FlowEvent timer{};
  timer.kind = std::to_underlying(program::EventKind::timer);
  timer.timer = std::to_underlying(program::Timer::undelivered);
  timer.at_ms = 30'999;
  EXPECT_EQ(program.advance(frame, timer), program::Verdict::ignored);
  EXPECT_TRUE(frame.effects().empty());
  timer.at_ms = 31'000;
  EXPECT_EQ(program.advance(frame, timer), program::Verdict::changed);
  EXPECT_EQ(frame.raw().resting, program::kEnded);
  ASSERT_FALSE(frame.effects().empty());
  EXPECT_EQ(frame.effects().back().reason, "nobody read it");
}

TEST(Jit, RunsAtEachLevel) {
  for (const Level level : {Level::baseline, Level::optimised}) {
    auto program = compiled(at(level));
    ASSERT_NE(program, nullptr);
    EXPECT_EQ(program->info().name, "reminder");
    expect_runs(*program);
  }
}

TEST(Jit, RunsFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      auto program = compiled(at(i % 2 == 0 ? Level::baseline : Level::optimised));
      if (program == nullptr) return;
      for (int round = 0; round < 100; ++round) expect_runs(*program);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Jit, KeepsTheModuleAlive) {
  auto module = module_of(testing::reminder());
  const std::weak_ptr<const ir::Module> watch = module;
  auto program = compile(std::move(module), 0, {});
  ASSERT_TRUE(program.has_value());
  EXPECT_FALSE(watch.expired());
  expect_runs(**program);
  program->reset();
  EXPECT_TRUE(watch.expired());
}

// What a frame has of the flow's constants outlives the code.
TEST(Jit, ConstantsStayWhenTheCodeGoes) {
  ir::Flow flow = testing::reminder();
  ir::Function& begin = flow.functions[flow.start];
  begin.regs = {ir::RegType::text};
  begin.blocks[0].insts.push_back({ir::Op::const_text, 0, ir::kNoReg, ir::kNoReg, 1, {}});
  begin.blocks[0].insts.push_back({ir::Op::store, ir::kNoReg, 0, ir::kNoReg, 0, {}});
  for (const Level level : {Level::baseline, Level::optimised}) {
    auto program = compile(module_of(flow), 0, at(level));
    ASSERT_TRUE(program.has_value());
    program::Frame frame(testing::region_of);
    frame.reset((*program)->info());
    frame.set_text(0, "+639171234567");
    EXPECT_EQ((*program)->advance(frame, {}), program::Verdict::changed);
    const std::string stored = program::encode_state(frame);
    EXPECT_NE(stored.find("nobody read it"), std::string::npos);
    const std::size_t before = (*program)->code_bytes();
    (*program)->drop_code();
    EXPECT_LT((*program)->code_bytes(), before);
    EXPECT_EQ(program::encode_state(frame), stored);
  }
}

// gdb stops on compiled functions by name and walks through them; here only that it does no harm.
TEST(Jit, NamesItsFunctionsForTheDebugger) {
  Options options;
  options.debugger = true;
  auto program = compiled(options);
  ASSERT_NE(program, nullptr);
  expect_runs(*program);
}

TEST(Jit, RefusesCodeThatIsTooLarge) {
  Options options;
  options.code_bytes_max = 100;
  auto program = compile(module_of(testing::reminder()), 0, options);
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().code, ErrorCode::resource_exhausted);
  EXPECT_NE(program.error().message.find("at most 100 are allowed"), std::string::npos) << program.error().message;
}

TEST(Jit, RefusesAnUnknownProcessor) {
  Options options;
  options.processor = "abacus";
  auto program = compile(module_of(testing::reminder()), 0, options);
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(program.error().message.find("no processor `abacus`"), std::string::npos) << program.error().message;
}

// At baseline the intrinsics are called; when optimised those that nearly every event needs are part of the code, the
// larger ones a function of its own.
TEST(Jit, WritesAssembler) {
  Options options;
  options.level = Level::baseline;
  auto text = assembler_text(testing::reminder(), options);
  ASSERT_TRUE(text.has_value());
  EXPECT_NE(text->find("flow_dispatch"), std::string::npos);
  EXPECT_NE(text->find("flow_send"), std::string::npos);
  text = assembler_text(testing::reminder(), {});
  ASSERT_TRUE(text.has_value());
  EXPECT_NE(text->find("flow_dispatch"), std::string::npos);
  EXPECT_NE(text->find("flow_more_effects"), std::string::npos);
  for (const char* inlined : {"flow_receipt", "flow_enter", "flow_arm", "flow_timer_take"})
    EXPECT_EQ(text->find(inlined), std::string::npos) << inlined;
  for (const char* own : {"flow_send", "flow_text_concat"}) {
    EXPECT_NE(text->find(fmt::format("\n{}:", own)), std::string::npos) << own;
    EXPECT_EQ(text->find(fmt::format("{}@", own)), std::string::npos) << own;  // no address of the program's
  }
}

TEST(Cache, SecondCompileReadsTheFirst) {
  const Folder folder;
  Report report;
  compiled(kept_in(folder.cache()), &report);
  EXPECT_FALSE(report.from_cache);
  EXPECT_EQ(report.cache_problem, "");
  const std::size_t bytes = report.object_bytes;
  EXPECT_GT(bytes, 0u);
  auto program = compiled(kept_in(folder.cache()), &report);
  EXPECT_TRUE(report.from_cache);
  EXPECT_EQ(report.object_bytes, bytes);
  ASSERT_NE(program, nullptr);
  expect_runs(*program);
  EXPECT_EQ(folder.entries().size(), 1u);
}

TEST(Cache, KeepsLevelsProcessorsAndFlowsApart) {
  const Folder folder;
  Report report;
  compiled(kept_in(folder.cache()), &report);
  compiled(at(Level::baseline, folder.cache()), &report);
  EXPECT_FALSE(report.from_cache);
  Options elsewhere = kept_in(folder.cache());
  elsewhere.processor = "generic";
  compiled(elsewhere, &report);
  EXPECT_FALSE(report.from_cache);
  ir::Flow other = testing::reminder();
  other.texts[0] = "Bonjour ";
  ASSERT_TRUE(compile(module_of(std::move(other)), 0, kept_in(folder.cache()), &report).has_value());
  EXPECT_FALSE(report.from_cache);
  EXPECT_EQ(folder.entries().size(), 4u);
}

// Each byte of an entry, changed, and each length: the entry is ignored and written anew.
TEST(Cache, DamagedEntriesAreMadeAgain) {
  const Folder folder;
  Report report;
  const Options options = at(Level::baseline, folder.cache());
  compiled(options, &report);
  ASSERT_EQ(folder.entries().size(), 1u);
  const fs::path entry = folder.entries().front();
  std::ifstream in(entry, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};

  const auto damaged = [&](const std::string& bytes) {
    std::ofstream(entry, std::ios::binary | std::ios::trunc) << bytes;
    auto program = compiled(options, &report);
    EXPECT_FALSE(report.from_cache);
    EXPECT_TRUE(report.cache_damaged);
    EXPECT_EQ(report.cache_problem, "");
    if (program != nullptr) expect_runs(*program);
    compiled(options, &report);
    EXPECT_TRUE(report.from_cache) << "not repaired";
    EXPECT_FALSE(report.cache_damaged);
  };
  damaged("");
  damaged(good.substr(0, good.size() - 1));
  damaged(good + "x");
  for (std::size_t at = 0; at < good.size(); at += good.size() / 25) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    damaged(bytes);
  }
}

// A file that looks like an entry, of that size on paper and used at that time.
void make_entry(const fs::path& path, std::size_t bytes, int hours_ago) {
  std::ofstream(path, std::ios::binary) << "flow object 1\n";
  fs::resize_file(path, bytes);
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
}

TEST(Cache, RemovesWhatWasUsedLongestAgo) {
  const Folder first;
  compiled(kept_in(first.cache()));
  // A folder into which this process has put nothing yet.
  const Folder folder;
  fs::copy(first.cache(), folder.cache());
  fs::permissions(folder.cache(), fs::perms::owner_all);
  const fs::path mine = folder.entries().front();
  fs::last_write_time(mine, fs::file_time_type::clock::now() - std::chrono::hours(99));
  const fs::path old = folder.cache() + "/old.flowobj";
  const fs::path young = folder.cache() + "/young.flowobj";
  const fs::path foreign = folder.cache() + "/notes.txt";
  make_entry(old, limits::kObjectCacheBytesMax / 2, 50);
  make_entry(young, limits::kObjectCacheBytesMax / 2, 1);
  make_entry(foreign, limits::kObjectCacheBytesMax, 1000);
  Report report;
  compiled(kept_in(folder.cache()), &report);  // marks its entry as used
  EXPECT_TRUE(report.from_cache);
  compiled(at(Level::baseline, folder.cache()));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(mine));
  EXPECT_TRUE(fs::exists(foreign)) << "not one of ours";
  EXPECT_EQ(folder.entries().size(), 4u);
}

TEST(Cache, ReadsNoEntryThatIsTooLarge) {
  const Folder folder;
  compiled(kept_in(folder.cache()));
  const fs::path entry = folder.entries().front();
  fs::resize_file(entry, 2 * limits::kObjectCodeBytesMax);
  Report report;
  compiled(kept_in(folder.cache()), &report);
  EXPECT_FALSE(report.from_cache);
  EXPECT_LT(fs::file_size(entry), limits::kObjectCodeBytesMax);
}

TEST(Cache, AloneMakesNothing) {
  const Folder folder;
  Options options = kept_in(folder.cache());
  options.cached_only = true;
  auto none = compile(module_of(testing::reminder()), 0, options);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  compiled(kept_in(folder.cache()));
  Report report;
  auto program = compiled(options, &report);
  EXPECT_TRUE(report.from_cache);
  ASSERT_NE(program, nullptr);
  expect_runs(*program);
}

TEST(Cache, ANamedFlowIsFoundByItsName) {
  const Folder folder;
  Options options = kept_in(folder.cache());
  options.identity = "one";
  Report report;
  compiled(options, &report);
  compiled(options, &report);
  EXPECT_TRUE(report.from_cache);
  options.identity = "other";
  compiled(options, &report);
  EXPECT_FALSE(report.from_cache);
}

TEST(Cache, IsPrivate) {
  const Folder folder;
  const mode_t old = ::umask(0);
  compiled(kept_in(folder.cache()));
  ::umask(old);
  struct stat status{};
  ASSERT_EQ(::stat(folder.cache().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat(folder.entries().front().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(Cache, NeverRunsWhatOthersCouldWrite) {
  const Folder folder;
  Report report;
  const Options options = kept_in(folder.cache());
  compiled(options);
  ::chmod(folder.entries().front().c_str(), 0622);
  compiled(options, &report);
  EXPECT_FALSE(report.from_cache);
  compiled(options, &report);
  EXPECT_TRUE(report.from_cache);
  ::chmod(folder.cache().c_str(), 0777);
  auto program = compiled(options, &report);
  EXPECT_FALSE(report.from_cache);
  EXPECT_NE(report.cache_problem.find("others may write to"), std::string::npos) << report.cache_problem;
  ASSERT_NE(program, nullptr);
  expect_runs(*program);
}

TEST(Cache, AFolderThatCannotBeMadeIsNoError) {
  const Folder folder;
  Report report;
  auto program = compiled(kept_in(folder.cache() + "/missing/deep"), &report);
  EXPECT_NE(report.cache_problem.find("cannot make the folder"), std::string::npos) << report.cache_problem;
  ASSERT_NE(program, nullptr);
  expect_runs(*program);
}

// The text that is compiled, for one small flow: what code generation does, for reviewers to see.
TEST(Golden, LlvmText) {
  auto text = llvm_text(testing::reminder(), Level::baseline);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const std::string path = FLOW_SOURCE_DIR "/compiler/jit/testdata/reminder.ll";
  if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << *text;
  std::ifstream in(path);
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(*text, expected) << "FLOW_UPDATE_GOLDEN=1 rewrites " << path;
}

}  // namespace
}  // namespace flow::jit
