// A verb of flowc: `flowc check`, `flowc fmt`, … Each is a file verb_NAME.cpp that defines one function `add_NAME`
// (base/command_line); verbs.cpp lists them in the order of `flowc --help`.
#pragma once

#include <string>
#include <vector>

#include "base/command_line/command_line.h"

namespace flow::driver {

using command_line::Action;
using command_line::AddVerb;

const std::vector<AddVerb>& verbs();

// `--environment NAME` of every verb that reads a workspace.
void add_environment(CLI::App& verb, std::string& name);

}  // namespace flow::driver
