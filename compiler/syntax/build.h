// The generated parser's tree to ours. Internal to compiler/syntax.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/syntax/report.h"
#include "compiler/syntax/tree.h"

namespace antlr4::tree {
class ParseTree;
}

namespace flow::syntax {

// `root` is the context of the rule `file`. Entries with an error on their own line are left out. What only the tree
// shows (escapes, lines of block texts, names of arguments) goes to `report`.
File build(antlr4::tree::ParseTree& root, std::string_view text, source::FileId file, Report& report);

// Gives each comment its place in the tree.
void attach_comments(File& file, std::vector<Comment> comments, std::string_view text);

}  // namespace flow::syntax
