// The project's own files, as the house rules see them.
#pragma once

#include <string>
#include <vector>

namespace flow::house {

struct SourceFile {
  std::string path;  // from the root, with forward slashes
  std::string text;
};

// Every file under the source folder but build output, hidden folders and packages; sorted by path.
std::vector<SourceFile> source_files(const std::vector<std::string>& endings);

std::vector<std::string> lines(const std::string& text);

}  // namespace flow::house
