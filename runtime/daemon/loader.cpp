#include "runtime/daemon/loader.h"

#include <atomic>

#include "compiler/bundle/bundle.h"
#include "compiler/certificate/checker.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"
#include "numbers/numbers.h"
#include "runtime/core/log.h"

namespace flow::daemon {

namespace {

// Interpreted from the first event on, native from the moment its code is there. Both give the same effects and the
// same stored bytes, so an execution may pass from one to the other between two events.
class UpgradingProgram final : public program::Program {
 public:
  explicit UpgradingProgram(std::unique_ptr<program::Program> interpreted) : interpreted_(std::move(interpreted)) {}

  const program::FlowInfo& info() const override { return interpreted_->info(); }
  std::span<const std::string> texts() const override { return interpreted_->texts(); }

  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    const program::Program* native = ready_.load(std::memory_order_acquire);
    return (native != nullptr ? *native : *interpreted_).advance(frame, event);
  }

  void upgrade(std::unique_ptr<program::Program> native) {
    native_ = std::move(native);
    ready_.store(native_.get(), std::memory_order_release);
  }

 private:
  std::unique_ptr<program::Program> interpreted_;
  std::unique_ptr<program::Program> native_;
  std::atomic<const program::Program*> ready_{nullptr};
};

void compile(const std::weak_ptr<UpgradingProgram>& wanted, const std::shared_ptr<const ir::Module>& module,
             std::uint32_t flow, const std::string& cache_folder) {
  const std::shared_ptr<UpgradingProgram> program = wanted.lock();
  if (program == nullptr) return;  // its bundle was unloaded meanwhile
  jit::Options options;
  options.cache_folder = cache_folder;
  jit::Report report;
  Result<std::unique_ptr<program::Program>> native = jit::compile(module, flow, options, &report);
  const std::string& name = program->info().name;
  if (!report.cache_problem.empty())
    core::log::warning("object_cache", {{"flow", name}, {"problem", report.cache_problem}});
  if (!native) {
    core::log::warning("flow_stays_interpreted", {{"flow", name}, {"error", native.error().message}});
    return;
  }
  program->upgrade(*std::move(native));
  core::log::info("flow_compiled", {{"flow", name},
                                    {"from_cache", report.from_cache},
                                    {"object_bytes", static_cast<std::int64_t>(report.object_bytes)}});
}

}  // namespace

BundleLoader::BundleLoader(Engine engine, std::string cache_folder)
    : engine_(engine), cache_folder_(std::move(cache_folder)) {
  if (engine_ == Engine::jit) thread_ = std::thread([this] { run(); });
}

BundleLoader::~BundleLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<core::LoadedBundle> BundleLoader::load(std::string_view bytes) {
  Result<bundle::Bundle> read = bundle::read_bundle(bytes);
  if (!read) return std::unexpected(read.error());
  const auto module = std::make_shared<const ir::Module>(std::move(read->module));
  core::LoadedBundle loaded;
  loaded.version = bundle::version_of(bytes);
  for (std::uint32_t i = 0; i < module->flows.size(); ++i) {
    auto program = std::make_shared<UpgradingProgram>(interpret::make_interpreter(module, i));
    loaded.flows.emplace(program->info().name, program);
    if (engine_ == Engine::interpreter) continue;
    const std::lock_guard lock(mutex_);
    work_.emplace_back(
        [wanted = std::weak_ptr(program), module, i, folder = cache_folder_] { compile(wanted, module, i, folder); });
  }
  changed_.notify_all();
  return loaded;
}

Status BundleLoader::admit(std::string_view bytes) {
  const Result<bundle::Bundle> read = bundle::read_bundle(bytes);
  if (!read) return std::unexpected(read.error());
  return certificate::verify(read->module, read->certificate, bundle::receipts_within(read->declarations),
                             numbers::regions_with_codes());
}

void BundleLoader::wait_until_compiled() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return (work_.empty() && !busy_) || stopping_; });
}

void BundleLoader::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !work_.empty(); });
    if (stopping_) return;
    const std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    busy_ = true;
    lock.unlock();
    work();
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace flow::daemon
