// A flow's text out to the console and back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/import/json.h"
#include "compiler/import/layout.h"
#include "compiler/import/report.h"

namespace flow::importing {

// A text of the language with the path that it has, or the page and place where it stands.
struct Text {
  std::string name;
  std::string text;
};

// Every flow of flows/ and tests/golden (tests of flows and workspaces are none), and every code block of docs/ that
// is text of the language.
std::vector<Text> texts_of_the_project();

// The envelope of a text without syntax errors; nothing when it has some.
std::optional<Json> exported(const std::string& text, const Layout& layout = {});

// What the import of a JSON says.
struct Read {
  std::string text;  // empty: the import failed
  Layout layout;
  Report report;
};
Read read_console(const Json& json);

// In the canonical layout, and the tree behind it as a dump.
std::string canonical(const std::string& text);
std::string tree_of(const std::string& text);

}  // namespace flow::importing
