// The flows of a workspace by name, wherever their files are: what a check of one flow that starts another asks for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/tree.h"

namespace flow::check {

class FlowFiles {
 public:
  struct Found {
    bool there = false;
    const syntax::File* tree = nullptr;  // until the next call; null: it is not there, or its text has errors
  };

  virtual ~FlowFiles() = default;
  virtual Found find(std::string_view flow) = 0;
  // Of all, for "did you mean".
  virtual std::vector<std::string> names() = 0;
};

// The name in a file's `flow NAME`; empty when it has none.
std::string_view flow_name(const syntax::File& file);

}  // namespace flow::check
