#include "runtime/service/bundles.h"

#include <algorithm>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/program/model_reply.h"

namespace flow::service {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kIdleMs = 10 * 60 * 1000;
constexpr std::int64_t kUnloadEveryMs = 60 * 1000;

std::unexpected<Fault> refuse(Problem problem, ErrorCode code, std::string why) {
  return std::unexpected(Fault{problem, {code, std::move(why)}});
}

std::unexpected<Fault> storage_failed(const Error& error) {
  return std::unexpected(Fault{Problem::storage_failed, error});
}

Fault closing() {
  return Fault{Problem::shutting_down, {ErrorCode::unavailable, "this flowd is shutting down; try again"}};
}

}  // namespace

// ---- The directory

const FlowCode* KnownBundle::find(std::uint32_t flow) const {
  const auto found = std::ranges::find(code, flow, &FlowCode::flow);
  return found == code.end() ? nullptr : &*found;
}

const KnownBundle* Directory::bundle(std::uint32_t number) const {
  return number < bundles.size() ? bundles[number].get() : nullptr;
}

const FlowCode* Directory::find(std::uint32_t number, std::uint32_t flow) const {
  const KnownBundle* known = bundle(number);
  return known == nullptr ? nullptr : known->find(flow);
}

const KnownBundle* Directory::published_bundle(std::string_view flow) const {
  const auto found = published.find(flow);
  if (found == published.end()) return nullptr;
  const auto number = bundle_numbers.find(found->second.bundle);
  return number == bundle_numbers.end() ? nullptr : bundle(number->second);
}

// ---- Bundles

Bundles::Bundles(BundlesParts parts) : parts_(std::move(parts)) {}

Bundles::~Bundles() {
  stop();
}

Status Bundles::open(bool threads) {
  if (Status read = read_registry(); !read) return read;
  const auto directory = this->directory();
  for (const auto& [flow, at] : directory->published) {
    if (const KnownBundle* bundle = directory->published_bundle(flow)) want(bundle->number);
  }
  if (threads) thread_ = std::thread([this] { run(); });
  return {};
}

void Bundles::stop() {
  jobs_.close();
  if (thread_.joinable()) thread_.join();
  run_jobs();
}

void Bundles::run() {
  while (!jobs_.closed() || !jobs_.idle()) {
    run_jobs();
    keep_house();
    jobs_.wait(100ms);
  }
}

bool Bundles::pump() {
  const bool some = !jobs_.idle();
  run_jobs();
  keep_house();
  return some;
}

void Bundles::run_jobs() {
  for (Job& job : jobs_.take()) job();
}

std::shared_ptr<const Directory> Bundles::directory() const {
  const std::lock_guard lock(mutex_);
  return directory_;
}

void Bundles::swap(std::shared_ptr<Directory> next) {
  next->version = version_.load(std::memory_order_relaxed) + 1;
  {
    const std::lock_guard lock(mutex_);
    directory_ = next;
  }
  version_.store(next->version, std::memory_order_release);
  parts_.changed();
}

// What other nodes deployed and published, and at the start everything.
Status Bundles::read_registry() {
  const std::uint64_t version = parts_.registry.version();
  const Result<std::vector<store::RegisteredBundle>> bundles = parts_.registry.bundles();
  if (!bundles) return std::unexpected(bundles.error());
  const Result<std::vector<store::PublishedFlow>> published = parts_.registry.published();
  if (!published) return std::unexpected(published.error());
  const auto before = directory();
  auto next = std::make_shared<Directory>();
  for (const store::RegisteredBundle& row : *bundles) {
    if (next->bundles.size() <= row.number) next->bundles.resize(row.number + 1);
    next->bundle_numbers[row.version] = row.number;
    for (const store::RegisteredFlow& flow : row.flows) {
      next->flow_numbers[flow.name] = flow.number;
      next->flow_names[flow.number] = flow.name;
    }
    if (before->bundle(row.number) != nullptr) {
      next->bundles[row.number] = before->bundles[row.number];
      continue;
    }
    auto known = std::make_shared<KnownBundle>();
    known->view = {row.version, row.at_ms, {}};
    for (const store::RegisteredFlow& flow : row.flows) known->view.flows.push_back(flow.name);
    known->number = row.number;
    known->flows = row.flows;
    known->used_at_ms = std::make_shared<std::atomic<std::int64_t>>(parts_.clock.now_ms());
    next->bundles[row.number] = std::move(known);
  }
  for (const store::PublishedFlow& row : *published) next->published[row.flow] = {row.flow, row.bundle, row.at_ms};
  swap(std::move(next));
  registry_version_ = version;
  parts_.registry.has_read(version);
  return {};
}

void Bundles::install(std::shared_ptr<const KnownBundle> bundle) {
  auto next = std::make_shared<Directory>(*directory());
  if (next->bundles.size() <= bundle->number) next->bundles.resize(bundle->number + 1);
  next->bundle_numbers[bundle->view.version] = bundle->number;
  for (const store::RegisteredFlow& flow : bundle->flows) {
    next->flow_numbers[flow.name] = flow.number;
    next->flow_names[flow.number] = flow.name;
  }
  next->bundles[bundle->number] = std::move(bundle);
  swap(std::move(next));
}

std::shared_ptr<KnownBundle> Bundles::with_code(const KnownBundle& bundle, const core::LoadedBundle& loaded) {
  auto made = std::make_shared<KnownBundle>(bundle);
  made->code.clear();
  for (const store::RegisteredFlow& flow : made->flows) {
    const auto program = loaded.flows.find(flow.name);
    if (program == loaded.flows.end()) continue;
    FlowCode code{.bundle = made->number,
                  .flow = flow.number,
                  .name = flow.name,
                  .version = made->view.version,
                  .program = program->second,
                  .texts = std::make_shared<const Dictionary>(program->second->texts()),
                  .metrics = nullptr,
                  .channels = {},
                  .used_at_ms = made->used_at_ms,
                  .takes_replies = program->second->info().replies,
                  .remembers = program::tells_history(program->second->info())};
    auto& metrics = flow_metrics_[flow.name];
    if (metrics == nullptr) metrics = std::make_unique<FlowMetrics>(parts_.metrics, flow.name);
    code.metrics = metrics.get();
    for (const program::ChannelInfo& channel : code.info().channels) {
      auto& of_channel = channel_metrics_[channel.name];
      if (of_channel == nullptr) of_channel = std::make_unique<ChannelMetrics>(parts_.metrics, channel.name);
      code.channels.push_back(of_channel.get());
    }
    made->code.push_back(std::move(code));
  }
  made->used_at_ms->store(parts_.clock.now_ms(), std::memory_order_relaxed);
  return made;
}

Status Bundles::load(std::uint32_t number) {
  const auto directory = this->directory();
  const KnownBundle* known = directory->bundle(number);
  if (known == nullptr) return fail(ErrorCode::data_loss, "the store lacks bundle number {}", number);
  if (known->loaded()) return {};
  const Result<std::string> bytes = parts_.registry.bundle_bytes(number);
  if (!bytes) return std::unexpected(bytes.error());
  const Result<core::LoadedBundle> loaded = parts_.loader.load(*bytes);
  if (!loaded) return std::unexpected(loaded.error());
  auto made = with_code(*known, *loaded);
  if (!made->loaded()) return fail(ErrorCode::data_loss, "bundle {} has none of its flows", known->view.version);
  install(std::move(made));
  return {};
}

void Bundles::want(std::uint32_t bundle) {
  {
    const std::lock_guard lock(wanted_mutex_);
    if (wanted_[bundle]) return;
    wanted_[bundle] = true;
  }
  push([this, bundle] {
    {
      const std::lock_guard lock(wanted_mutex_);
      wanted_.erase(bundle);
    }
    const Status loaded = load(bundle);
    if (loaded) return;
    core::log::error("bundle_not_loaded",
                     {{"bundle", static_cast<std::int64_t>(bundle)}, {"error", loaded.error().message}});
    parts_.failed(bundle, loaded.error());
  });
}

bool Bundles::when_loaded(std::uint32_t bundle, Loaded& then) {
  auto kept = std::make_shared<Loaded>(std::move(then));
  if (push([this, bundle, kept] { (*kept)(load(bundle)); })) return true;
  then = std::move(*kept);
  return false;
}

void Bundles::keep_house() {
  if (parts_.registry.version() != registry_version_) {
    if (Status read = read_registry(); !read) {
      core::log::warning("registry_not_read", {{"error", read.error().message}});
    }
  }
  const std::int64_t now = parts_.clock.now_ms();
  if (now < unload_at_ms_) return;
  unload_at_ms_ = now + kUnloadEveryMs;
  const auto directory = this->directory();
  for (const auto& bundle : directory->bundles) {
    if (bundle == nullptr || !bundle->loaded()) continue;
    const bool is_published = std::ranges::any_of(
        directory->published, [&](const auto& each) { return each.second.bundle == bundle->view.version; });
    if (is_published || now - bundle->used_at_ms->load(std::memory_order_relaxed) <= kIdleMs) continue;
    auto without = std::make_shared<KnownBundle>(*bundle);
    without->code.clear();
    install(std::move(without));
  }
}

// ---- What is asked of it

template <typename T>
void Bundles::ask(Done<T> done, std::move_only_function<Outcome<T>()> work) {
  if (!jobs_.closed() && !jobs_.reserve(1, limits::kAdminJobsMax)) {
    return done(refuse(Problem::overloaded, ErrorCode::resource_exhausted,
                       "too many deployments and the like are waiting; try again in a moment"));
  }
  auto kept = std::make_shared<Done<T>>(std::move(done));
  const bool taken = push([this, kept, work = std::move(work)]() mutable {
    (*kept)(work());
    jobs_.release(1);
  });
  if (!taken) (*kept)(std::unexpected(closing()));
}

void Bundles::deploy(std::string bytes, Done<DeployAnswer> done) {
  ask<DeployAnswer>(std::move(done),
                    [this, bytes = std::move(bytes)]() mutable { return deploy_now(std::move(bytes)); });
}

void Bundles::list(Done<std::vector<BundleView>> done) {
  ask<std::vector<BundleView>>(std::move(done), [this]() -> Outcome<std::vector<BundleView>> {
    std::vector<BundleView> views;
    const auto all = directory();
    for (const auto& bundle : all->bundles) {
      if (bundle != nullptr) views.push_back(bundle->view);
    }
    return views;
  });
}

void Bundles::publish(std::string flow, std::string version, Done<PublishedFlow> done) {
  ask<PublishedFlow>(std::move(done), [this, flow = std::move(flow), version = std::move(version)] {
    return publish_now(flow, version);
  });
}

void Bundles::unpublish(std::string flow, Done<PublishedFlow> done) {
  ask<PublishedFlow>(std::move(done), [this, flow = std::move(flow)] { return unpublish_now(flow); });
}

void Bundles::published(Done<std::vector<PublishedFlow>> done) {
  ask<std::vector<PublishedFlow>>(std::move(done), [this]() -> Outcome<std::vector<PublishedFlow>> {
    std::vector<PublishedFlow> flows;
    const auto all = directory();
    for (const auto& [name, flow] : all->published) flows.push_back(flow);
    return flows;
  });
}

std::optional<Fault> Bundles::undeployable(const core::LoadedBundle& loaded) const {
  const auto precondition = [](Problem problem, std::string why) {
    return Fault{problem, {ErrorCode::failed_precondition, std::move(why)}};
  };
  for (const auto& [name, program] : loaded.flows) {
    const program::FlowInfo& info = program->info();
    for (const program::ChannelInfo& channel : info.channels) {
      const auto policy = parts_.transport.policy(channel.name);
      if (!policy) {
        return precondition(Problem::unbound_channel,
                            fmt::format("flow `{}` sends on channel `{}`, which flowd's configuration does not bind",
                                        name, channel.name));
      }
      if (policy->kind != channel.kind) {
        return precondition(Problem::unbound_channel,
                            fmt::format("channel `{}` is bound to a provider of another kind than flow `{}` declares",
                                        channel.name, name));
      }
    }
    if (info.trigger && !parts_.transport.policy(info.trigger->channel)) {
      return precondition(Problem::unbound_channel,
                          fmt::format("flow `{}` is started by messages of channel `{}`, which flowd's configuration "
                                      "does not bind",
                                      name, info.trigger->channel));
    }
    if (!info.operations.empty()) {
      const Status accepted = parts_.operations != nullptr
                                  ? parts_.operations->accepts(info)
                                  : fail(ErrorCode::failed_precondition, "nothing here carries operations out");
      if (!accepted) {
        return precondition(Problem::unbound_operation, fmt::format("flow `{}`: {}", name, accepted.error().message));
      }
    }
    for (const program::FieldInfo& field : info.fields) {
      if (!field.secret || parts_.seals) continue;
      return precondition(
          Problem::no_secret_key,
          fmt::format("flow `{}` holds the secret `{}`, and flowd has no key to seal it with; configure one", name,
                      field.name));
    }
  }
  return std::nullopt;
}

Outcome<DeployAnswer> Bundles::deploy_now(std::string bytes) {
  Result<core::LoadedBundle> loaded = parts_.loader.load(bytes);
  if (!loaded) return std::unexpected(Fault{Problem::invalid_bundle, loaded.error()});
  if (Status admitted = parts_.loader.admit(bytes); !admitted)
    return std::unexpected(Fault{Problem::invalid_bundle, admitted.error()});
  if (auto fault = undeployable(*loaded)) return std::unexpected(*std::move(fault));
  std::vector<std::string> names;
  for (const auto& [name, program] : loaded->flows) names.push_back(name);
  bool known = false;
  const Result<store::RegisteredBundle> row =
      parts_.registry.deploy(loaded->version, bytes, names, parts_.clock.now_ms(), &known);
  if (!row) return storage_failed(row.error());
  KnownBundle bundle;
  bundle.view = {row->version, row->at_ms, names};
  bundle.number = row->number;
  bundle.flows = row->flows;
  bundle.used_at_ms = std::make_shared<std::atomic<std::int64_t>>(0);
  const auto before = directory();
  install(with_code(before->bundle(row->number) != nullptr ? *before->bundle(row->number) : bundle, *loaded));
  if (!known) {
    parts_.metrics.counter("flow_bundles_deployed_total", "Bundles deployed").add();
    core::log::info("bundle_deployed", {{"bundle", row->version}, {"flows", static_cast<std::int64_t>(names.size())}});
  }
  return DeployAnswer{bundle.view, known};
}

Outcome<PublishedFlow> Bundles::publish_now(const std::string& flow, const std::string& version) {
  if (Status read = read_registry(); !read) return storage_failed(read.error());
  const auto before = directory();
  const auto number = before->bundle_numbers.find(version);
  const KnownBundle* bundle = number == before->bundle_numbers.end() ? nullptr : before->bundle(number->second);
  if (bundle == nullptr) {
    return refuse(Problem::unknown_bundle, ErrorCode::not_found, fmt::format("no bundle `{}` was deployed", version));
  }
  if (std::ranges::find(bundle->flows, flow, &store::RegisteredFlow::name) == bundle->flows.end()) {
    return refuse(Problem::unknown_flow, ErrorCode::not_found,
                  fmt::format("bundle {} has no flow `{}`", version, flow));
  }
  if (Status loaded = load(bundle->number); !loaded) {
    return std::unexpected(bundle_fault(loaded.error()));
  }
  const auto at = before->published.find(flow);
  if (at != before->published.end() && at->second.bundle == version) return at->second;
  const PublishedFlow entry{flow, version, parts_.clock.now_ms()};
  if (Status done = parts_.registry.publish({flow, version, entry.changed_at_ms}); !done) {
    return storage_failed(done.error());
  }
  auto next = std::make_shared<Directory>(*directory());
  next->published[flow] = entry;
  swap(std::move(next));
  core::log::info("flow_published", {{"flow", flow}, {"bundle", version}});
  return entry;
}

Outcome<PublishedFlow> Bundles::unpublish_now(const std::string& flow) {
  auto next = std::make_shared<Directory>(*directory());
  const auto found = next->published.find(flow);
  if (found == next->published.end()) {
    return refuse(Problem::unknown_flow, ErrorCode::not_found, fmt::format("no flow `{}` was ever published", flow));
  }
  if (found->second.bundle.empty()) return found->second;
  found->second.bundle.clear();
  found->second.changed_at_ms = parts_.clock.now_ms();
  if (Status done = parts_.registry.publish({flow, "", found->second.changed_at_ms}); !done) {
    return storage_failed(done.error());
  }
  const PublishedFlow entry = found->second;
  swap(std::move(next));
  core::log::info("flow_unpublished", {{"flow", flow}});
  return entry;
}

}  // namespace flow::service
