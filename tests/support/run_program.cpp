#include "tests/support/run_program.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "base/process.h"

namespace flow::testing_support {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Outcome run_program(const std::vector<std::string>& arguments,
                    const std::vector<std::pair<std::string, std::string>>& environment,
                    std::chrono::milliseconds patience) {
  const TemporaryFolder folder;
  Outcome outcome;
  auto process =
      Process::start({.arguments = arguments, .environment = environment, .output_file = folder.file("output")});
  if (!process) {
    outcome.output = process.error().message;
    return outcome;
  }
  const auto end = process->wait(patience);
  if (!end) process->kill();
  outcome.output = read_file(folder.file("output"));
  if (end && end->signal == 0) outcome.exit_code = end->exit_code;
  return outcome;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "flow-test-XXXXXX").string();
  FLOW_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(file(name), std::ios::binary) << text;
  return file(name);
}

}  // namespace flow::testing_support
