// A file of another product, read and recognised: the beginning of `flowc import`.
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/import/format.h"

namespace flow::driver {

struct ImportSource {
  std::string path;
  importing::Json json;
  const importing::Format* format = nullptr;
};

// Reads the file at `path` (a regular one, at most limits::kImportBytesMax) and finds its format: the one called
// `from`, or, when that is empty, the only one that recognises it. Errors name the file, and list what is known when it
// is none of it.
Result<ImportSource> read_import(const std::string& path, const std::string& from);

// "studio, vonage": what `--from` takes.
std::string format_names();

}  // namespace flow::driver
