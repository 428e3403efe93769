// Whether imported flows do what the originals do: the graphs of both, compared.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/driver/import_flows.h"
#include "compiler/import/fidelity/simulation.h"

namespace flow::driver {

struct Verdict {
  std::string flow;
  bool proven = false;
  bool compared = true;    // false: the original has no second reading, and `why` says so
  bool stands_in = false;  // for what the file only names: there is no original to compare with
  std::string why;         // when it is not; one line
  importing::fidelity::Comparison comparison;
};

// A file's flows by the second reader (compiler/import/format.h).
struct Originals {
  Result<std::vector<importing::fidelity::Graph>> graphs;  // or why there are none
  std::vector<std::string> texts;
};

// The second readings of an import's files, begun when this is made, on a thread of their own: they need nothing of the
// first. Where no thread can be had, they are made when they are asked for.
class SecondReading {
 public:
  // Until take(), `files` must stay where they are, and their JSON is nobody else's; after that it is freed.
  explicit SecondReading(std::vector<ImportedFile>& files);
  // By file. Once.
  std::vector<Originals> take() { return originals_.get(); }

 private:
  std::future<std::vector<Originals>> originals_;
};

// By flow of `file`. `workspace`: the checked flows, sound; one that is not there is not proven.
std::vector<Verdict> prove_import(const ImportedFile& file, const Originals& originals,
                                  const check::Workspace& workspace);
std::vector<Verdict> prove_import(const ImportedFile& file, const check::Workspace& workspace);

// "otp: proven: does what the original does, …", with the path where it does not; ends with a line's end.
std::string text_of(const Verdict& verdict);
importing::Json json_of(const Verdict& verdict);

}  // namespace flow::driver
