// NAME.layout.json beside NAME.flow: what a canvas needs and the flow's text does not say (docs/formats/layout.md). An
// export puts it back; a flow without one is laid out anew.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/import/draft.h"
#include "compiler/import/json.h"

namespace flow::importing {

inline constexpr int kLayoutVersion = 1;

struct Layout {
  struct Place {
    std::string id;  // of the node in the original
    std::optional<Position> position;
    Json properties = Json::object();  // that the import did not know, as they were
  };
  std::string format;                  // of the original: "console", "studio"
  std::map<std::string, Place> steps;  // by the step's name
  Json properties = Json::object();    // of the whole, likewise
};

Json to_json(const Layout& layout);
// Refuses what is none, with the pointer of what is wrong.
Result<Layout> read_layout(const Json& json);

}  // namespace flow::importing
