// Where compiler and runtime meet: bundles are read, verified again, and made into programs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/core/program_loader.h"
#include "runtime/daemon/tiers.h"

namespace flow::daemon {

enum class Engine : std::uint8_t { interpreter, jit };

// With the JIT, load() answers with interpreted programs, which turn into native ones when their code is ready (Tiers).
// A flow whose code cannot be made stays interpreted, and a warning is logged.
class BundleLoader final : public core::ProgramLoader {
 public:
  // `cache_folder`: for object code; empty: none is kept.
  BundleLoader(Engine engine, std::string cache_folder);
  BundleLoader(const BundleLoader&) = delete;
  BundleLoader& operator=(const BundleLoader&) = delete;

  Result<core::LoadedBundle> load(std::string_view bundle) override;
  Status admit(std::string_view bundle) override;
  std::vector<core::MetricSample> metrics() const override;
  // Until there is nothing to compile.
  void wait_until_compiled();

 private:
  // What load() has read last, for admit(): who deploys calls one after the other.
  struct Read {
    std::string version;
    std::shared_ptr<const ir::Module> module;
    std::string certificate;
    std::string declarations;
  };
  Result<Read> read(std::string_view bytes, std::vector<std::string>& flow_digests) const;
  // Without reading the bundle's IR: this build has done so before, and code of all its flows is kept.
  std::optional<core::LoadedBundle> load_known(std::string_view bytes);
  void remember(std::string_view bytes, const std::vector<std::string>& flow_digests) const;

  const std::string cache_folder_;
  std::optional<Tiers> tiers_;
  std::optional<Read> last_;
};

}  // namespace flow::daemon
