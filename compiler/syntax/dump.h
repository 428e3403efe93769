// The tree as text, without places: two trees mean the same when their dumps are equal. For tests.
#pragma once

#include <string>

#include "compiler/syntax/tree.h"

namespace flow::syntax {

// With every comment at its place in the tree.
std::string dump(const File& file);

}  // namespace flow::syntax
