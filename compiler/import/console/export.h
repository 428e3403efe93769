// `flowc export --to console`: a flow as the envelope {schema, editor, flow}, in which `editor` is the base64 of the
// gzip of a graph (docs/formats/console.md).
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/import/json.h"
#include "compiler/import/layout.h"
#include "compiler/syntax/tree.h"

namespace flow::importing {

// Nothing of the flow's text is lost: reading the envelope again gives the same tree, and the same text in the
// canonical layout. Ids and positions are those of the layout; what it does not have gets an id made from its name, and
// a place. The same flow and layout give the same bytes. Pure; time is linear in the flow's size, but for log factors.
// `workspace`: what the flow needs of its workspace.flow (workspace_part.h); empty: nothing is said of it.
Result<Json> export_console(const syntax::File& file, const Layout& layout, const std::string& workspace = {});

}  // namespace flow::importing
