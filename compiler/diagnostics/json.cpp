#include "compiler/diagnostics/json.h"

#include <string_view>

#include <nlohmann/json.hpp>

namespace flow::diagnostics {
namespace {

using Json = nlohmann::ordered_json;

std::string_view json_word(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::information:
      break;
  }
  return "information";
}

Json place(const source::File& file, std::uint32_t offset) {
  const source::Position at = file.position(offset);
  return {{"offset", offset}, {"line", at.line}, {"column", at.column}};
}

Json label(const source::SourceMap& sources, const Label& label) {
  if (static_cast<std::size_t>(label.span.file) >= sources.size()) return nullptr;
  const source::File& file = sources.file(label.span.file);
  return {{"file", file.path()},
          {"begin", place(file, label.span.begin)},
          {"end", place(file, label.span.end)},
          {"text", label.text}};
}

Json one(const source::SourceMap& sources, const Diagnostic& diagnostic) {
  Json result;
  result["code"] = code_text(diagnostic.code);
  result["name"] = info(diagnostic.code).name;
  result["severity"] = json_word(diagnostic.severity);
  result["message"] = diagnostic.message;
  result["primary"] = label(sources, diagnostic.primary);
  result["secondary"] = Json::array();
  for (const Label& other : diagnostic.secondary) result["secondary"].push_back(label(sources, other));
  result["path"] = diagnostic.path;
  result["hint"] = diagnostic.hint.empty() ? Json(nullptr) : Json(diagnostic.hint);
  return result;
}

}  // namespace

std::string to_json(const source::SourceMap& sources, const Sink& sink) {
  Json document;
  document["version"] = kJsonVersion;
  document["errors"] = sink.errors();
  document["warnings"] = sink.warnings();
  document["dropped"] = sink.dropped();
  document["waived"] = sink.waived();
  document["diagnostics"] = Json::array();
  for (const Diagnostic& diagnostic : sink.sorted()) document["diagnostics"].push_back(one(sources, diagnostic));
  // Sources are UTF-8 when they get here; whatever else is in a message must not throw.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace flow::diagnostics
