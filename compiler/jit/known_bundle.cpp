#include "compiler/jit/known_bundle.h"

#include "compiler/jit/build_id.h"
#include "compiler/jit/native_program.h"

namespace flow::jit {
namespace {

// Of the program: reading and verifying bundles is its part.
const std::string& reader_build() {
  static const std::string id = build_id();
  return id;
}

}  // namespace

std::shared_ptr<const KnownBundle> recall(std::string_view bundle, const std::string& cache_folder) {
  if (cache_folder.empty() || reader_build().empty() || !library()) return nullptr;
  const Pages kept = (*library())->find(bundle, reader_build(), cache_folder);
  auto known = unpack(kept.view());
  if (!known) return nullptr;
  return std::make_shared<const KnownBundle>(std::move(*known));
}

Status remember(std::string_view bundle, const KnownBundle& known, const std::string& cache_folder) {
  if (!library()) return std::unexpected(library().error());
  if (reader_build().empty()) return fail(ErrorCode::failed_precondition, "the program was linked without a build id");
  return (*library())->keep(bundle, reader_build(), cache_folder, pack(known));
}

Result<std::unique_ptr<NativeProgram>> load_kept(std::shared_ptr<const KnownBundle> bundle, std::size_t flow,
                                                 const Options& options, Report* report) {
  static const ir::Flow kUnread;
  const KnownFlow& known = bundle->flows[flow];
  Options kept_only = options;
  kept_only.identity = known.identity;
  kept_only.cached_only = true;
  auto code = compile_code(kUnread, kept_only, report);
  if (!code) return std::unexpected(code.error());
  return make_native_program(bundle, known.info, known.texts, std::move(*code));
}

}  // namespace flow::jit
