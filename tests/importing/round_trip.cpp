#include "tests/importing/round_trip.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/check.h"
#include "compiler/import/console/console.h"
#include "compiler/import/console/export.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/test_support.h"

namespace flow::importing {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> files_below(const char* folder, std::string_view extension) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(FLOW_SOURCE_DIR) / folder)) {
    if (entry.path().extension() == extension) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void add_blocks(std::vector<Text>& out, const std::filesystem::path& page) {
  const std::string text = contents(page);
  std::size_t count = 0;
  for (std::size_t at = text.find("\n```"); at != std::string::npos; at = text.find("\n```", at + 1)) {
    const std::size_t begin = text.find('\n', at + 1);
    const std::size_t end = text.find("\n```", begin);
    if (begin == std::string::npos || end == std::string::npos) return;
    std::string block = text.substr(begin + 1, end - begin);
    const syntax::Parsed parsed = syntax::parse_text(block);
    if (parsed.file && !parsed.sink.has_errors())
      out.push_back({fmt::format("{} block {}", page.filename().string(), ++count), std::move(block)});
    at = end;
  }
}

}  // namespace

std::vector<Text> texts_of_the_project() {
  std::vector<Text> out;
  for (const char* folder : {"flows", "tests/golden", "compiler/syntax/testdata"}) {
    for (const auto& path : files_below(folder, ".flow")) {
      std::string text = contents(path);
      const syntax::Parsed parsed = syntax::parse_text(text);
      if (parsed.file && !parsed.sink.has_errors()) out.push_back({path.filename().string(), std::move(text)});
    }
  }
  for (const auto& page : files_below("docs", ".md")) add_blocks(out, page);
  return out;
}

std::optional<Json> exported(const std::string& text, const Layout& layout) {
  const syntax::Parsed parsed = syntax::parse_text(text);
  if (!parsed.file || parsed.sink.has_errors()) return std::nullopt;
  auto json = export_console(*parsed.file, layout);
  FLOW_CHECK(json.has_value(), "{}", json.error().message);
  return *std::move(json);
}

Read read_console(const Json& json) {
  Imported imported = console::format().read(json, {"imported"});
  Read out{"", {}, std::move(imported.report)};
  if (out.report.failed() || imported.flows.empty()) return out;
  const auto text = write(imported.flows[0].flow);
  FLOW_CHECK(text.has_value(), "{}", text.error().message);
  out.text = *text;
  out.layout = std::move(imported.flows[0].layout);
  return out;
}

std::string canonical(const std::string& text) {
  const syntax::Parsed parsed = syntax::parse_text(text);
  return parsed.file ? syntax::format(*parsed.file) : std::string();
}

std::string tree_of(const std::string& text) {
  const syntax::Parsed parsed = syntax::parse_text(text);
  return parsed.file ? syntax::dump(*parsed.file) : std::string();
}

}  // namespace flow::importing
