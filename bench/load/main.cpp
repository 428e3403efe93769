// flow-load: the command line.
#include <cstdio>
#include <fstream>

#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/run.h"

int main(int argc, char** argv) {
  flow::load::Options options;
  if (const int code = flow::load::read_options(argc, argv, options); code >= 0) return code;
  const auto outcome = flow::load::run(options);
  if (!outcome) {
    std::fprintf(stderr, "flow-load: %s\n", outcome.error().message.c_str());
    return 2;
  }
  std::fputs(table_of(**outcome, options).c_str(), stdout);
  if (!options.json_file.empty()) {
    std::ofstream out(options.json_file);
    out << json_of(**outcome, options);
    if (!out.flush()) {
      std::fprintf(stderr, "flow-load: cannot write `%s`\n", options.json_file.c_str());
      return 2;
    }
  }
  return (*outcome)->exact(options) ? 0 : 1;
}
