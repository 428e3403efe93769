// Whether imported flows do what the originals do: the graphs of both, compared.
#pragma once

#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/driver/import_flows.h"
#include "compiler/driver/second_reading.h"
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

// By flow of `file`. `workspace`: the checked flows, sound; one that is not there is not proven.
std::vector<Verdict> prove_import(const ImportedFile& file, const Originals& originals,
                                  const check::Workspace& workspace);
std::vector<Verdict> prove_import(const ImportedFile& file, const check::Workspace& workspace);

// "otp: proven: does what the original does, …", with the path where it does not; ends with a line's end.
std::string text_of(const Verdict& verdict);
importing::Json json_of(const Verdict& verdict);

}  // namespace flow::driver
