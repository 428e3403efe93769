// workspace.flow beside imported flows: what they need of it is added to what is there.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/import/draft.h"

namespace flow::driver {

struct WorkspaceText {
  std::string text;                // of the whole file
  bool changed = false;            // it is another text than was there
  std::vector<std::string> added;  // "channel main_sms", in order
  std::vector<std::string> kept;   // declared there already, in other words
  std::vector<std::string> to_do;  // what somebody has to change by hand, one line each
};

// `existing`: the text of workspace.flow; empty: there is none. Nothing of it is changed but `flows` of channels, which
// get the imported flows behind those that they have; what it lacks comes behind it. Declarations of several files with
// one name are one. `rules` hold for all flows: they are added where there is no file yet. Fails when `existing` is no
// text of the language.
Result<WorkspaceText> complete_workspace(const std::string& existing, std::vector<importing::DraftEntry> needed,
                                         std::vector<importing::DraftEntry> rules = {});

}  // namespace flow::driver
