// What is kept of a bundle that was read: all that programs of its flows need beside their machine code. A bundle that
// is known, and whose code is kept, runs without its IR being read.
//
// It is kept in the folder of the machine code (docs/compile.md, The cache) under a hash of the bundle's bytes and the
// builds of program and library: whatever is found there was written by this very build, after it had read and verified
// these very bytes. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/jit/jit.h"
#include "runtime/program/info.h"

namespace flow::jit {

struct KnownFlow {
  program::FlowInfo info;
  std::vector<std::string> texts;  // ir::Flow::texts
  std::string identity;            // Options::identity of its code

  friend bool operator==(const KnownFlow&, const KnownFlow&) = default;
};

struct KnownBundle {
  std::string version;           // bundle::version_of() its bytes
  std::vector<KnownFlow> flows;  // in the module's order

  friend bool operator==(const KnownBundle&, const KnownBundle&) = default;
};

// Nothing: this build has not read these bytes, or what was kept is damaged, or of somebody else.
std::shared_ptr<const KnownBundle> recall(std::string_view bundle, const std::string& cache_folder);
// REQUIRES: `known` is of the module that was read from these bytes. The reason when it is not kept.
Status remember(std::string_view bundle, const KnownBundle& known, const std::string& cache_folder);

// The program of the flow from kept code alone, as Options::identity is the flow's own. not_found: no code is kept.
Result<std::unique_ptr<NativeProgram>> load_kept(std::shared_ptr<const KnownBundle> bundle, std::size_t flow,
                                                 const Options& options, Report* report = nullptr);

// The form on disk. Nothing: not the bytes of pack(), or with more behind them.
std::string pack(const KnownBundle& known);
std::optional<KnownBundle> unpack(std::string_view bytes);

}  // namespace flow::jit
