#include "runtime/daemon/loader.h"

#include <utility>

#include "compiler/bundle/bundle.h"
#include "compiler/certificate/checker.h"
#include "compiler/interpret/interpreter.h"
#include "numbers/numbers.h"

namespace flow::daemon {

BundleLoader::BundleLoader(Engine engine, std::string cache_folder) {
  if (engine == Engine::jit) tiers_.emplace(Tiers::Options{.cache_folder = std::move(cache_folder)});
}

Result<BundleLoader::Read> BundleLoader::read(std::string_view bytes, std::vector<std::string>& flow_digests) const {
  Result<bundle::Bundle> read = bundle::read_bundle(bytes);
  if (!read) return std::unexpected(read.error());
  flow_digests = std::move(read->flow_digests);
  return Read{bundle::version_of(bytes), std::make_shared<const ir::Module>(std::move(read->module)),
              std::move(read->certificate), std::move(read->declarations)};
}

Result<core::LoadedBundle> BundleLoader::load(std::string_view bytes) {
  std::vector<std::string> digests;
  Result<Read> now = read(bytes, digests);
  if (!now) return std::unexpected(now.error());
  last_ = *std::move(now);
  core::LoadedBundle loaded;
  loaded.version = last_->version;
  const std::shared_ptr<const ir::Module>& module = last_->module;
  for (std::uint32_t i = 0; i < module->flows.size(); ++i) {
    const std::string& name = module->flows[i].info.name;
    if (tiers_) {
      loaded.flows.emplace(name, tiers_->add(module, i, std::move(digests[i])));
    } else {
      // Without passes: they take longer than an interpreter gains by them.
      loaded.flows.emplace(name, interpret::make_plain_interpreter(module, i));
    }
  }
  return loaded;
}

Status BundleLoader::admit(std::string_view bytes) {
  std::optional<Read> known = std::exchange(last_, std::nullopt);
  if (!known || known->version != bundle::version_of(bytes)) {
    std::vector<std::string> digests;
    Result<Read> now = read(bytes, digests);
    if (!now) return std::unexpected(now.error());
    known = *std::move(now);
  }
  return certificate::verify(*known->module, known->certificate, bundle::receipts_within(known->declarations),
                             numbers::regions_with_codes());
}

std::vector<core::MetricSample> BundleLoader::metrics() const {
  return tiers_ ? tiers_->metrics().samples() : std::vector<core::MetricSample>{};
}

void BundleLoader::wait_until_compiled() {
  if (tiers_) tiers_->wait();
}

}  // namespace flow::daemon
