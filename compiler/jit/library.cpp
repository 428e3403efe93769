// What libflowjit.so exports: compile, by way of the cache.
#include "compiler/jit/library.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "compiler/ir/text.h"
#include "compiler/jit/build_id.h"
#include "compiler/jit/cache.h"
#include "compiler/jit/image.h"
#include "compiler/jit/native.h"
#include "compiler/optimize/optimize.h"

namespace flow::jit {
namespace {

// In what form code is kept and loaded.
enum class Form : std::uint8_t { image, object };

bool wants_debugger(const Options& options) {
  return options.debugger || std::getenv("FLOW_JIT_DEBUGGER") != nullptr;
}

// This machine does not change while we run, and asking it what it can do takes longer than loading a small flow.
Result<Target> cached_target_for(const std::string& processor) {
  if (!processor.empty()) return target_for(processor);
  static const Result<Target> here = target_for("");
  return here;
}

const std::string& cached_build_id() {
  static const std::string id = build_id();
  return id;
}

// Everything that the machine code depends on. The build stands for code generation: another version of it is another
// build. What names the flow comes last: no other text can be continued to the same key.
std::string key_of(const ir::Flow& flow, const Target& target, Form form, const Options& options) {
  return fmt::format("build {}\nabi {}\nllvm {}\ntriple {}\nprocessor {}\nfeatures {}\nform {}\nlevel {}\n{}",
                     cached_build_id(), program::kAbiVersion, llvm_version(), target.triple, target.processor,
                     target.features, form == Form::image ? "image" : "object",
                     options.level == Level::baseline ? "baseline" : "optimised",
                     options.identity.empty() ? ir::print(flow) : "identity " + options.identity);
}

// What runs is the flow after the passes; what it is called by, and the key of its code, is the flow as it is.
Result<std::unique_ptr<Unit>> optimised_unit(const ir::Flow& flow, Level level, Names names) {
  return make_unit(optimize::optimize(flow), level, names);
}

Result<std::string> make_code(const ir::Flow& flow, const Target& target, Form form, Level level) {
  auto unit = optimised_unit(flow, level, Names::none);
  if (!unit) return std::unexpected(unit.error());
  if (level == Level::optimised) {
    if (auto done = (*unit)->optimise(target); !done) return std::unexpected(done.error());
  }
  auto object = (*unit)->object(target, level);
  if (!object || form == Form::object) return object;
  return make_image(*object);
}

// An open cache, or none; `problem` says why one that was asked for cannot be used.
std::optional<ObjectCache> open_cache(const std::string& folder, std::string& problem) {
  if (folder.empty()) return {};
  auto cache = ObjectCache::open(folder);
  if (cache && !cached_build_id().empty()) return *cache;
  problem = cache ? "the library was linked without a build id: object code is not kept" : cache.error().message;
  return {};
}

Result<std::unique_ptr<Code>> load_checked(Pages code, Form form, const Options& options, Symbols symbols,
                                           Report& report) {
  const std::size_t bytes = code.view().size();
  report.object_bytes = bytes;
  if (bytes > options.code_bytes_max) {
    return fail(ErrorCode::resource_exhausted, "the flow's machine code has {} bytes: at most {} are allowed", bytes,
                options.code_bytes_max);
  }
  return form == Form::image ? load_image(std::move(code), symbols)
                             : link(code.view(), symbols, wants_debugger(options));
}

Result<std::unique_ptr<Code>> compile(const ir::Flow& flow, const Options& options, Symbols symbols, Report& report) {
  report = Report{};
  auto target = cached_target_for(options.processor);
  if (!target) return std::unexpected(target.error());
  const Form form = has_images(target->triple) && !wants_debugger(options) ? Form::image : Form::object;
  const std::optional<ObjectCache> cache = open_cache(options.cache_folder, report.cache_problem);
  std::string digest;
  if (cache) {
    digest = digest_of(key_of(flow, *target, form, options));
    ObjectCache::Entry entry = cache->get(digest);
    report.cache_damaged = entry.state == ObjectCache::Entry::State::unusable;
    if (entry.state == ObjectCache::Entry::State::good) {
      if (auto code = load_checked(std::move(entry.code), form, options, symbols, report)) {
        report.from_cache = true;
        return code;
      }
      report.cache_damaged = true;
    }
  }
  if (options.cached_only) return fail(ErrorCode::not_found, "no code of the flow is kept");
  auto code = make_code(flow, *target, form, options.level);
  if (!code) return std::unexpected(code.error());
  if (cache && code->size() <= options.code_bytes_max) {
    if (auto kept = cache->put(digest, *code); !kept) report.cache_problem = kept.error().message;
  }
  Pages copy = Pages::of(*code);
  if (!copy.mapped())
    return fail(ErrorCode::resource_exhausted, "no memory for machine code: {}", std::strerror(errno));
  return load_checked(std::move(copy), form, options, symbols, report);
}

Result<std::string> llvm_text(const ir::Flow& flow, Level level) {
  auto unit = optimised_unit(flow, level, Names::readable);
  if (!unit) return std::unexpected(unit.error());
  if (level == Level::optimised) {
    auto target = cached_target_for("");
    if (!target) return std::unexpected(target.error());
    if (auto done = (*unit)->optimise(*target); !done) return std::unexpected(done.error());
  }
  return (*unit)->text();
}

Result<std::string> assembler_text(const ir::Flow& flow, const Options& options) {
  auto target = cached_target_for(options.processor);
  if (!target) return std::unexpected(target.error());
  auto unit = optimised_unit(flow, options.level, Names::readable);
  if (!unit) return std::unexpected(unit.error());
  if (options.level == Level::optimised) {
    if (auto done = (*unit)->optimise(*target); !done) return std::unexpected(done.error());
  }
  return (*unit)->assembler(*target, options.level);
}

std::string digest_of_bundle(std::string_view bundle, std::string_view reader_build) {
  return digest_of(fmt::format("bundle\nbuild {}\nabi {}\nreader {}\n{}", cached_build_id(), program::kAbiVersion,
                               reader_build, digest_of(bundle)));
}

Pages find_known(std::string_view bundle, std::string_view reader_build, const std::string& cache_folder) {
  std::string problem;
  const std::optional<ObjectCache> cache = open_cache(cache_folder, problem);
  if (!cache) return {};
  ObjectCache::Entry entry = cache->get(digest_of_bundle(bundle, reader_build));
  if (entry.state != ObjectCache::Entry::State::good) return {};
  return std::move(entry.code);
}

Status keep_known(std::string_view bundle, std::string_view reader_build, const std::string& cache_folder,
                  std::string_view known) {
  std::string problem;
  const std::optional<ObjectCache> cache = open_cache(cache_folder, problem);
  if (!cache) return fail(ErrorCode::failed_precondition, "{}", problem);
  if (known.size() > limits::kObjectCodeBytesMax)
    return fail(ErrorCode::resource_exhausted, "what is known of the bundle has {} bytes", known.size());
  return cache->put(digest_of_bundle(bundle, reader_build), known);
}

constexpr Library kLibrary = {compile, llvm_text, assembler_text, find_known, keep_known};

}  // namespace
}  // namespace flow::jit

extern "C" [[gnu::visibility("default")]] const flow::jit::Library* flow_jit_library_4();
extern "C" const flow::jit::Library* flow_jit_library_4() {
  return &flow::jit::kLibrary;
}
