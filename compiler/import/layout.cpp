#include "compiler/import/layout.h"

#include <cmath>
#include <utility>

namespace flow::importing {
namespace {

Result<Position> read_position(const Json& json, const std::string& pointer) {
  const Json* x = member_of(json, "x");
  const Json* y = member_of(json, "y");
  if (x == nullptr || y == nullptr || !x->is_number() || !y->is_number())
    return fail(ErrorCode::invalid_argument, "`{}` needs the numbers `x` and `y`", pointer);
  return Position{x->get<double>(), y->get<double>()};
}

Result<Layout::Place> read_place(const Json& json, const std::string& pointer) {
  if (!json.is_object()) return fail(ErrorCode::invalid_argument, "`{}` is no object", pointer);
  Layout::Place place;
  place.id = text_of(json, "id");
  if (const Json* position = member_of(json, "position")) {
    auto read = read_position(*position, at(pointer, "position"));
    if (!read) return std::unexpected(read.error());
    place.position = *read;
  }
  if (const Json* properties = member_of(json, "properties")) place.properties = *properties;
  return place;
}

}  // namespace

Json to_json(const Layout& layout) {
  Json out = {{"version", kLayoutVersion}, {"format", layout.format}, {"steps", Json::object()}};
  if (!layout.properties.empty()) out["properties"] = layout.properties;
  for (const auto& [name, place] : layout.steps) {
    Json& step = out["steps"][name] = Json::object();
    if (!place.id.empty()) step["id"] = place.id;
    if (place.position) step["position"] = {{"x", place.position->x}, {"y", place.position->y}};
    if (!place.properties.empty()) step["properties"] = place.properties;
  }
  return out;
}

Result<Layout> read_layout(const Json& json) {
  if (!json.is_object()) return fail(ErrorCode::invalid_argument, "a layout is a JSON object");
  const Json* version = member_of(json, "version");
  if (version == nullptr || *version != kLayoutVersion) {
    return fail(ErrorCode::invalid_argument, "`/version` is {}, and {} is known",
                version == nullptr ? "missing" : shown_value(*version), kLayoutVersion);
  }
  Layout layout;
  layout.format = text_of(json, "format");
  if (const Json* properties = member_of(json, "properties")) layout.properties = *properties;
  const Json* steps = member_of(json, "steps");
  if (steps == nullptr || !steps->is_object()) return fail(ErrorCode::invalid_argument, "`/steps` is no object");
  for (const auto& [name, place] : steps->items()) {
    auto read = read_place(place, at("/steps", name));
    if (!read) return std::unexpected(read.error());
    layout.steps.emplace(name, *std::move(read));
  }
  return layout;
}

}  // namespace flow::importing
