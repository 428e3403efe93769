#include "runtime/daemon/loader.h"

#include <mutex>
#include <utility>

#include "compiler/bundle/bundle.h"
#include "compiler/certificate/checker.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/known_bundle.h"
#include "numbers/numbers.h"

namespace flow::daemon {

namespace {

// The bundle's flows, read when somebody wants them, and held as long as somebody does.
ModuleSource lazy_module(std::string_view bytes) {
  struct Lazy {
    std::mutex mutex;
    std::string bytes;
    std::weak_ptr<const ir::Module> module;
  };
  auto lazy = std::make_shared<Lazy>();
  lazy->bytes = bytes;
  return [lazy]() -> Result<std::shared_ptr<const ir::Module>> {
    const std::lock_guard lock(lazy->mutex);
    if (auto module = lazy->module.lock()) return module;
    Result<bundle::Bundle> read = bundle::read_bundle(lazy->bytes);
    if (!read) return std::unexpected(read.error());
    auto module = std::make_shared<const ir::Module>(std::move(read->module));
    lazy->module = module;
    return module;
  };
}

}  // namespace

BundleLoader::BundleLoader(Engine engine, std::string cache_folder) : cache_folder_(std::move(cache_folder)) {
  if (engine == Engine::jit) tiers_.emplace(Tiers::Options{.cache_folder = cache_folder_});
}

Result<BundleLoader::Read> BundleLoader::read(std::string_view bytes, std::vector<std::string>& flow_digests) const {
  Result<bundle::Bundle> read = bundle::read_bundle(bytes);
  if (!read) return std::unexpected(read.error());
  flow_digests = std::move(read->flow_digests);
  return Read{bundle::version_of(bytes), std::make_shared<const ir::Module>(std::move(read->module)),
              std::move(read->certificate), std::move(read->declarations)};
}

std::optional<core::LoadedBundle> BundleLoader::load_known(std::string_view bytes) {
  const auto known = jit::recall(bytes, cache_folder_);
  if (known == nullptr) return std::nullopt;
  core::LoadedBundle loaded;
  loaded.version = known->version;
  ModuleSource made;  // when a flow may want it: it has the bytes
  const auto source = [&] {
    if (made == nullptr) made = lazy_module(bytes);
    return made;
  };
  for (std::size_t i = 0; i < known->flows.size(); ++i) {
    auto program = tiers_->add_kept(known, i, source);
    if (program == nullptr) return std::nullopt;
    loaded.flows.emplace(known->flows[i].info.name, std::move(program));
  }
  last_.reset();
  return loaded;
}

// A bundle that is not remembered is read again, which is no worse than before: nothing to tell.
void BundleLoader::remember(std::string_view bytes, const std::vector<std::string>& flow_digests) const {
  jit::KnownBundle known{last_->version, {}};
  for (std::size_t i = 0; i < last_->module->flows.size(); ++i) {
    const ir::Flow& flow = last_->module->flows[i];
    known.flows.push_back({flow.info, flow.texts, flow_digests[i]});
  }
  (void)jit::remember(bytes, known, cache_folder_);
}

Result<core::LoadedBundle> BundleLoader::load(std::string_view bytes) {
  if (tiers_ && !cache_folder_.empty()) {
    if (auto known = load_known(bytes)) return *std::move(known);
  }
  std::vector<std::string> digests;
  Result<Read> now = read(bytes, digests);
  if (!now) return std::unexpected(now.error());
  last_ = *std::move(now);
  if (tiers_ && !cache_folder_.empty()) remember(bytes, digests);
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
