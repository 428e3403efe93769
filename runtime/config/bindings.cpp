#include "runtime/config/bindings.h"

namespace flow::config {
namespace {

// Calls `read` with each table of the section.
template <typename Read>
void each_table(Source& source, Reader& root, std::string_view section, Read read) {
  const toml::table* tables = root.table(section);
  if (tables == nullptr) return;
  for (const auto& [key, node] : *tables) {
    const std::string name(key.str());
    const std::string place = fmt::format("[{}.{}]", section, name);
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      source.problem(node.source(), fmt::format("`{}` must be a table: {}", name, place));
      continue;
    }
    Reader reader(source, *table, place);
    read(name, reader);
    reader.finish();
  }
}

}  // namespace

void read_bindings(Source& source, Reader& root, Bindings& bindings) {
  if (const toml::table* secrets = root.table("secrets")) {
    Reader reader(source, *secrets, "[secrets]");
    for (const auto& [key, node] : *secrets)
      bindings.secrets.emplace(key.str(), reader.secret(key.str(), Need::required));
  }
  each_table(source, root, "functions", [&](const std::string& name, Reader& reader) {
    bindings.functions.emplace(name, FunctionBinding{reader.secret("token", Need::optional)});
  });
  each_table(source, root, "models", [&](const std::string& name, Reader& reader) {
    bindings.models.emplace(name, ModelBinding{reader.secret("api_key", Need::optional)});
  });
  each_table(source, root, "desks", [&](const std::string& name, Reader& reader) {
    DeskBinding desk;
    desk.url = read_url(reader, "url", Need::required);
    desk.token = reader.secret("token", Need::optional);
    bindings.desks.emplace(name, std::move(desk));
  });
}

}  // namespace flow::config
