// Bundles, their programs, and what is published: what all shards share, kept by a thread of its own.
//
// Shards and callers read a Directory, an immutable picture; each change makes a new one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/core/clock.h"
#include "runtime/core/program_loader.h"
#include "runtime/operations/executor.h"
#include "runtime/outbox/transport.h"
#include "runtime/service/flow_metrics.h"
#include "runtime/service/service.h"
#include "runtime/service/squeeze.h"
#include "runtime/service/work_queue.h"
#include "runtime/store/registry.h"

namespace flow::service {

// A flow of a bundle that is loaded.
struct FlowCode {
  std::uint32_t bundle = 0;
  std::uint32_t flow = 0;
  std::string name;
  std::string version;  // of the bundle
  std::shared_ptr<const program::Program> program;
  std::shared_ptr<const Dictionary> texts;  // of the program's
  FlowMetrics* metrics = nullptr;
  std::vector<ChannelMetrics*> channels;  // by FlowInfo::channels
  std::shared_ptr<std::atomic<std::int64_t>> used_at_ms;

  bool takes_replies = false;  // FlowInfo::replies
  bool remembers = false;      // what was said: a model is told

  const program::FlowInfo& info() const { return program->info(); }
};

struct KnownBundle {
  BundleView view;
  std::uint32_t number = 0;
  std::vector<store::RegisteredFlow> flows;
  std::vector<FlowCode> code;  // empty: not loaded
  std::shared_ptr<std::atomic<std::int64_t>> used_at_ms;

  bool loaded() const { return !code.empty(); }
  const FlowCode* find(std::uint32_t flow) const;
};

struct Directory {
  std::uint64_t version = 0;
  std::vector<std::shared_ptr<const KnownBundle>> bundles;  // index: number; gaps are null
  std::map<std::string, PublishedFlow, std::less<>> published;
  std::map<std::string, std::uint32_t, std::less<>> flow_numbers;
  std::map<std::uint32_t, std::string> flow_names;
  std::map<std::string, std::uint32_t, std::less<>> bundle_numbers;

  const KnownBundle* bundle(std::uint32_t number) const;
  const FlowCode* find(std::uint32_t bundle, std::uint32_t flow) const;
  const KnownBundle* published_bundle(std::string_view flow) const;  // null: unpublished, or never published
};

struct BundlesParts {
  store::Registry& registry;
  core::ProgramLoader& loader;
  const outbox::Transport& transport;
  const operations::Executor* operations = nullptr;  // null: bundles with operations are refused
  core::MetricSet& metrics;
  const core::Clock& clock;
  bool seals = false;  // the store seals what it writes: flows may hold secrets
  // There is a new directory. On the thread of the bundles.
  std::function<void()> changed;
  std::function<void(std::uint32_t bundle, const Error&)> failed;  // to load
};

// Any thread, except that without threads everything is on the caller's.
class Bundles {
 public:
  explicit Bundles(BundlesParts parts);
  ~Bundles();
  Bundles(const Bundles&) = delete;
  Bundles& operator=(const Bundles&) = delete;

  // Reads the registry; loads what is published, in the background. `threads`: false, then pump() does the work.
  Status open(bool threads);
  bool pump();  // false: there was nothing to do
  bool idle() const { return jobs_.idle(); }
  void stop();  // everything that waits is answered

  std::shared_ptr<const Directory> directory() const;
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  void deploy(std::string bytes, Done<DeployAnswer> done);
  void list(Done<std::vector<BundleView>> done);
  void publish(std::string flow, std::string version, Done<PublishedFlow> done);
  void unpublish(std::string flow, Done<PublishedFlow> done);
  void published(Done<std::vector<PublishedFlow>> done);

  // Loads the bundle, unless it is being loaded; changed() or failed() tell how it went.
  void want(std::uint32_t bundle);
  // Runs `then` when the bundle is loaded or could not be. False: the service is being closed, `then` is untouched.
  using Loaded = std::move_only_function<void(Status)>;
  bool when_loaded(std::uint32_t bundle, Loaded& then);

 private:
  using Job = std::move_only_function<void()>;

  void run();
  void run_jobs();
  bool push(Job job) { return jobs_.push(std::move(job)); }
  template <typename T>
  void ask(Done<T> done, std::move_only_function<Outcome<T>()> work);

  Outcome<DeployAnswer> deploy_now(std::string bytes);
  Outcome<PublishedFlow> publish_now(const std::string& flow, const std::string& version);
  Outcome<PublishedFlow> unpublish_now(const std::string& flow);
  std::optional<Fault> undeployable(const core::LoadedBundle& loaded) const;
  Status read_registry();
  Status load(std::uint32_t number);
  std::shared_ptr<KnownBundle> with_code(const KnownBundle& bundle, const core::LoadedBundle& loaded);
  void install(std::shared_ptr<const KnownBundle> bundle);
  void swap(std::shared_ptr<Directory> next);
  void keep_house();

  BundlesParts parts_;
  mutable std::mutex mutex_;  // of the next
  std::shared_ptr<const Directory> directory_ = std::make_shared<Directory>();
  std::atomic<std::uint64_t> version_{0};
  std::uint64_t registry_version_ = 0;
  std::map<std::string, std::unique_ptr<FlowMetrics>> flow_metrics_;
  std::map<std::string, std::unique_ptr<ChannelMetrics>> channel_metrics_;
  std::int64_t unload_at_ms_ = 0;
  std::mutex wanted_mutex_;
  std::map<std::uint32_t, bool> wanted_;  // loads that are queued
  WorkQueue<Job> jobs_;
  std::thread thread_;
};

}  // namespace flow::service
