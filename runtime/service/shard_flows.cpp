// Bundles and published flows.
#include <algorithm>

#include "runtime/core/log.h"
#include "runtime/service/shard.h"

namespace flow::service {

Shard::Bundle* Shard::find_bundle(std::string_view version) {
  const auto found = bundles_.find(version);
  return found == bundles_.end() ? nullptr : found->second.get();
}

void Shard::request_bundle(Bundle& bundle) {
  if (bundle.loaded || bundle.loading) return;
  bundle.loading = true;
  parts_.fetch_bundle(bundle.view.version);
}

// `then` runs when the bundle is loaded, or its failure or `closed_` says why it is not.
void Shard::with_bundle(Bundle& bundle, Command then) {
  bundle.used_at_ms = last_now_ms_;
  if (bundle.loaded || bundle.failure || closed_) return then(*this);
  bundle.commands.push_back(std::move(then));
  request_bundle(bundle);
}

void Shard::bundle_arrived(const std::string& version, Result<core::LoadedBundle> loaded) {
  Bundle* bundle = find_bundle(version);
  if (bundle == nullptr) return;
  bundle->loading = false;
  bundle->used_at_ms = last_now_ms_;
  if (bundle->loaded) return;  // it was deployed again meanwhile
  if (loaded) {
    bundle->loaded = *std::move(loaded);
  } else {
    core::log::error("bundle_not_loaded", {{"bundle", version}, {"error", loaded.error().message}});
    bundle->failure = Fault{Problem::internal, loaded.error()};
  }
  run_waiting(*bundle);
}

// Who waited for the bundle goes on: before anybody who comes later.
void Shard::run_waiting(Bundle& bundle) {
  for (const core::ExecutionId& id : std::exchange(bundle.waiting, {})) {
    run_waiting(id, bundle.failure ? &*bundle.failure : nullptr);
  }
  for (Command& command : std::exchange(bundle.commands, {})) command(*this);
  bundle.failure.reset();
}

void Shard::deploy(core::LoadedBundle loaded, std::string bytes, Done<DeployAnswer> done) {
  if (closed_) return answer(std::move(done), Outcome<DeployAnswer>(std::unexpected(*closed_)));
  if (Bundle* known = find_bundle(loaded.version)) {
    known->used_at_ms = last_now_ms_;
    if (!known->loaded) {
      known->loaded = std::move(loaded);
      run_waiting(*known);
    }
    return answer(std::move(done), Outcome<DeployAnswer>(DeployAnswer{known->view, true}));
  }
  auto bundle = std::make_unique<Bundle>();
  bundle->view = {loaded.version, now(), {}};
  for (const auto& [name, program] : loaded.flows) bundle->view.flows.push_back(name);
  bundle->loaded = std::move(loaded);
  bundle->used_at_ms = last_now_ms_;
  record_bytes_ += bytes.size();
  records_.push_back(
      store::BundleRecord{bundle->view.version, bundle->view.deployed_at_ms, bundle->view.flows, std::move(bytes)});
  parts_.metrics.counter("flow_bundles_deployed_total", "Bundles deployed").add();
  core::log::info("bundle_deployed",
                  {{"bundle", bundle->view.version}, {"flows", static_cast<std::int64_t>(bundle->view.flows.size())}});
  answer(std::move(done), Outcome<DeployAnswer>(DeployAnswer{bundle->view, false}));
  std::string version = bundle->view.version;
  bundles_.emplace(std::move(version), std::move(bundle));
}

void Shard::bundles(Done<std::vector<BundleView>> done) {
  if (closed_) return answer(std::move(done), Outcome<std::vector<BundleView>>(std::unexpected(*closed_)));
  std::vector<BundleView> views;
  for (const auto& [version, bundle] : bundles_) views.push_back(bundle->view);
  std::ranges::sort(views, {}, [](const BundleView& view) { return std::pair(view.deployed_at_ms, view.version); });
  answer(std::move(done), Outcome<std::vector<BundleView>>(std::move(views)));
}

void Shard::publish(std::string flow, std::string version, Done<PublishedFlow> done) {
  const auto refuse = [&](Problem problem, ErrorCode code, std::string why) {
    answer(std::move(done), Outcome<PublishedFlow>(std::unexpected(Fault{problem, {code, std::move(why)}})));
  };
  if (closed_) return refuse(closed_->problem, closed_->error.code, closed_->error.message);
  Bundle* bundle = find_bundle(version);
  if (bundle == nullptr) {
    return refuse(Problem::unknown_bundle, ErrorCode::not_found, fmt::format("no bundle `{}` was deployed", version));
  }
  if (std::ranges::find(bundle->view.flows, flow) == bundle->view.flows.end()) {
    return refuse(Problem::unknown_flow, ErrorCode::not_found,
                  fmt::format("bundle {} has no flow `{}`", version, flow));
  }
  PublishedFlow& entry = published_[flow];
  if (entry.bundle != version) {
    entry = {flow, version, now()};
    records_.push_back(store::PublishRecord{flow, version, entry.changed_at_ms});
    core::log::info("flow_published", {{"flow", flow}, {"bundle", version}});
  }
  request_bundle(*bundle);
  answer(std::move(done), Outcome<PublishedFlow>(entry));
}

void Shard::unpublish(std::string flow, Done<PublishedFlow> done) {
  if (closed_) return answer(std::move(done), Outcome<PublishedFlow>(std::unexpected(*closed_)));
  const auto found = published_.find(flow);
  if (found == published_.end()) {
    return answer(
        std::move(done),
        Outcome<PublishedFlow>(std::unexpected(Fault{
            Problem::unknown_flow, {ErrorCode::not_found, fmt::format("no flow `{}` was ever published", flow)}})));
  }
  if (!found->second.bundle.empty()) {
    found->second.bundle.clear();
    found->second.changed_at_ms = now();
    records_.push_back(store::PublishRecord{flow, "", found->second.changed_at_ms});
    core::log::info("flow_unpublished", {{"flow", flow}});
  }
  answer(std::move(done), Outcome<PublishedFlow>(found->second));
}

void Shard::published(Done<std::vector<PublishedFlow>> done) {
  if (closed_) return answer(std::move(done), Outcome<std::vector<PublishedFlow>>(std::unexpected(*closed_)));
  std::vector<PublishedFlow> flows;
  for (const auto& [name, flow] : published_) flows.push_back(flow);
  answer(std::move(done), Outcome<std::vector<PublishedFlow>>(std::move(flows)));
}

}  // namespace flow::service
