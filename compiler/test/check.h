// From the syntax trees of *.test.flow files to checked tests.
#pragma once

#include <span>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/tree.h"
#include "compiler/test/tests.h"

namespace flow::test {

// The tests of `files` in the order in which they are written; what is wrong goes to `sink`, and a test with an error
// may lack lines. The flows of `workspace` were checked without an error; it must outlive the tests. Pure, never
// throws.
std::vector<Test> check_tests(std::span<const syntax::File> files, const check::Workspace& workspace,
                              diagnostics::Sink& sink);

}  // namespace flow::test
