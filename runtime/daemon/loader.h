// Where compiler and runtime meet: bundles are read, verified again, and made into programs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/core/program_loader.h"

namespace flow::daemon {

enum class Engine : std::uint8_t { interpreter, jit };

// With the JIT, load() answers with interpreted programs, which turn into native ones when their code is ready: a
// thread of the loader makes it. A flow whose code cannot be made stays interpreted, and a warning is logged.
class BundleLoader final : public core::ProgramLoader {
 public:
  // `cache_folder`: for object code; empty: none is kept.
  BundleLoader(Engine engine, std::string cache_folder);
  ~BundleLoader() override;  // waits for the code that is being made
  BundleLoader(const BundleLoader&) = delete;
  BundleLoader& operator=(const BundleLoader&) = delete;

  Result<core::LoadedBundle> load(std::string_view bundle) override;
  Status admit(std::string_view bundle) override;
  // Until every flow loaded so far has its native code, or cannot have it.
  void wait_until_compiled();

 private:
  void run();

  Engine engine_;
  std::string cache_folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace flow::daemon
