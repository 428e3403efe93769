// Runs a program to its end and takes what it printed: for tests of whole programs.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace flow::testing_support {

struct Outcome {
  int exit_code = -1;  // -1: it did not run, was killed, or took too long
  std::string output;  // both streams, in order
};

// `arguments[0]` is a path. Kills the program after `patience`.
Outcome run_program(const std::vector<std::string>& arguments,
                    const std::vector<std::pair<std::string, std::string>>& environment = {},
                    std::chrono::milliseconds patience = std::chrono::seconds(60));

// A folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

}  // namespace flow::testing_support
