// Several files at once: all are there, or none.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace flow::driver {

struct NewFile {
  std::string path;
  std::string text;
  bool replace = false;  // one that is there may be replaced; else it is refused (already_exists)
};

// Writes all of them. When one cannot be written, what was there before is there again; a file that is replaced keeps
// its permissions, and links to it are followed. Folders must exist.
Status write_all_or_none(const std::vector<NewFile>& files);

}  // namespace flow::driver
