// What libflowjit.so exports: compile, by way of the cache.
#include "compiler/jit/library.h"

#include <cstdlib>
#include <optional>

#include "compiler/ir/text.h"
#include "compiler/jit/build_id.h"
#include "compiler/jit/cache.h"
#include "compiler/jit/native.h"
#include "compiler/optimize/optimize.h"

namespace flow::jit {
namespace {

// Everything that the machine code depends on. The build stands for code generation: another version of it is another
// build. The flow comes last and is whole: no other text can be continued to the same key.
std::string key_of(const ir::Flow& flow, const std::string& build, const Target& target, Level level) {
  return fmt::format("build {}\nabi {}\nllvm {}\ntriple {}\nprocessor {}\nfeatures {}\nlevel {}\n{}", build,
                     program::kAbiVersion, llvm_version(), target.triple, target.processor, target.features,
                     level == Level::baseline ? "baseline" : "optimised", ir::print(flow));
}

// What runs is the flow after the passes; what it is called by, and the key of its code, is the flow as it is.
Result<std::unique_ptr<Unit>> optimised_unit(const ir::Flow& flow) {
  return make_unit(optimize::optimize(flow));
}

Result<std::string> make_object(const ir::Flow& flow, const Target& target, Level level) {
  auto unit = optimised_unit(flow);
  if (!unit) return std::unexpected(unit.error());
  if (level == Level::optimised) {
    if (auto done = (*unit)->optimise(target); !done) return std::unexpected(done.error());
  }
  return (*unit)->object(target, level);
}

// An open cache, or none; `problem` says why one that was asked for cannot be used.
std::optional<ObjectCache> open_cache(const std::string& folder, const std::string& build, std::string& problem) {
  if (folder.empty()) return {};
  auto cache = ObjectCache::open(folder);
  if (cache && !build.empty()) return *cache;
  problem = cache ? "the library was linked without a build id: object code is not kept" : cache.error().message;
  return {};
}

Result<std::unique_ptr<Code>> link_checked(std::string object, const Options& options, Symbols symbols,
                                           Report& report) {
  report.object_bytes = object.size();
  if (object.size() > options.code_bytes_max) {
    return fail(ErrorCode::resource_exhausted, "the flow's machine code has {} bytes: at most {} are allowed",
                object.size(), options.code_bytes_max);
  }
  const bool debugger = options.debugger || std::getenv("FLOW_JIT_DEBUGGER") != nullptr;
  return link(std::move(object), symbols, debugger);
}

Result<std::unique_ptr<Code>> compile(const ir::Flow& flow, const Options& options, Symbols symbols, Report& report) {
  report = Report{};
  auto target = target_for(options.processor);
  if (!target) return std::unexpected(target.error());
  const std::string build = build_id();
  const std::optional<ObjectCache> cache = open_cache(options.cache_folder, build, report.cache_problem);
  std::string digest;
  if (cache) {
    digest = digest_of(key_of(flow, build, *target, options.level));
    if (auto object = cache->get(digest)) {
      if (auto code = link_checked(std::move(*object), options, symbols, report)) {
        report.from_cache = true;
        return code;
      }
      report.cache_problem = "an entry did not link and is made again";
    }
  }
  auto object = make_object(flow, *target, options.level);
  if (!object) return std::unexpected(object.error());
  if (cache && object->size() <= options.code_bytes_max) {
    if (auto kept = cache->put(digest, *object); !kept) report.cache_problem = kept.error().message;
  }
  return link_checked(std::move(*object), options, symbols, report);
}

Result<std::string> llvm_text(const ir::Flow& flow, Level level) {
  auto unit = optimised_unit(flow);
  if (!unit) return std::unexpected(unit.error());
  if (level == Level::optimised) {
    auto target = target_for("");
    if (!target) return std::unexpected(target.error());
    if (auto done = (*unit)->optimise(*target); !done) return std::unexpected(done.error());
  }
  return (*unit)->text();
}

Result<std::string> assembler_text(const ir::Flow& flow, const Options& options) {
  auto target = target_for(options.processor);
  if (!target) return std::unexpected(target.error());
  auto unit = optimised_unit(flow);
  if (!unit) return std::unexpected(unit.error());
  if (options.level == Level::optimised) {
    if (auto done = (*unit)->optimise(*target); !done) return std::unexpected(done.error());
  }
  return (*unit)->assembler(*target, options.level);
}

constexpr Library kLibrary = {compile, llvm_text, assembler_text};

}  // namespace
}  // namespace flow::jit

extern "C" [[gnu::visibility("default")]] const flow::jit::Library* flow_jit_library_1();
extern "C" const flow::jit::Library* flow_jit_library_1() {
  return &flow::jit::kLibrary;
}
