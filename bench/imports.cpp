#include "bench/imports.h"

#include <initializer_list>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/import_proof.h"
#include "compiler/import/console/console.h"
#include "compiler/import/console/export.h"
#include "compiler/source/source.h"
#include "compiler/syntax/parse.h"

namespace flow::bench {

using importing::Json;

std::string foreign_graph(std::int64_t nodes) {
  Json out = {{"nodes", Json::array()}, {"edges", Json::array()}};
  const auto node = [&](const std::string& id, const char* type, Json data) {
    out["nodes"].push_back({{"id", id}, {"type", type}, {"position", {{"x", 0}, {"y", 0}}}, {"data", std::move(data)}});
  };
  const auto edge = [&](const std::string& from, const char* port, const std::string& to) {
    out["edges"].push_back({{"source", from}, {"sourceHandle", port}, {"target", to}});
  };
  const auto id = [](std::int64_t i) { return fmt::format("n{}", i); };
  node("n0", "Start", {{"variables", {"customer", "name"}}});
  edge("n0", "next", "n1");
  for (std::int64_t i = 1; i + 1 < nodes; ++i) {
    const std::string label = fmt::format("Step {}", i);
    if (i % 3 == 0) {
      node(id(i), "SendSmsMessage",
           {{"label", label}, {"from", "SHOP"}, {"to", "{{customer}}"}, {"text", "Hello {{name}}, this is the next."}});
    } else if (i % 3 == 1) {
      node(id(i), "Wait", {{"label", label}, {"duration", i % 50 + 1}, {"unit", "Seconds"}});
    } else {
      node(id(i), "ConditionalBranch",
           {{"label", label},
            {"branches",
             {{{"id", "a"}, {"rules", {{{"variable", "name"}, {"operator", "stringContains"}, {"value", "x"}}}}}}}});
      edge(id(i), "a", id(nodes - 1));
    }
    edge(id(i), i % 3 == 2 ? "else" : "next", id(i + 1));
  }
  node(id(nodes - 1), "End", Json::object());
  return out.dump();
}

std::string studio_definition(std::int64_t widgets) {
  Json states = Json::array();
  const auto name = [](std::int64_t i) { return fmt::format("widget_{}", i); };
  const auto add = [&](std::int64_t i, const char* type, Json properties, std::initializer_list<const char*> events) {
    Json ways = Json::array();
    for (const char* event : events) {
      ways.push_back({{"event", event}});
      if (i + 1 < widgets) ways.back()["next"] = name(i + 1);
    }
    properties["offset"] = {{"x", 0}, {"y", 100 * i}};
    states.push_back(
        {{"name", i == 0 ? "Trigger" : name(i)}, {"type", type}, {"transitions", ways}, {"properties", properties}});
  };
  add(0, "trigger", Json::object(), {"incomingMessage"});
  for (std::int64_t i = 1; i < widgets; ++i) {
    switch (i % 5) {
      case 0:
        add(i, "send-message", {{"body", fmt::format("Message {} of {{{{flow.variables.count}}}}.", i)}},
            {"sent", "failed"});
        break;
      case 1:
        add(i, "set-variables", {{"variables", {{{"key", "count"}, {"value", "{{flow.variables.count | plus: 1}}"}}}}},
            {"next"});
        break;
      case 2:
        add(i, "send-and-wait-for-reply", {{"body", "Shall it go on?"}, {"timeout", "3600"}},
            {"incomingMessage", "timeout", "deliveryFailure"});
        break;
      case 3:
        add(i, "split-based-on", {{"input", "{{trigger.message.Body}}"}}, {"noMatch", "match"});
        states.back()["transitions"][1]["conditions"] = Json::array({{{"type", "equal_to"},
                                                                      {"arguments", {"{{trigger.message.Body}}"}},
                                                                      {"value", fmt::format("stop {}", i)}}});
        break;
      default:
        add(i, "make-http-request",
            {{"method", "POST"}, {"url", "https://api.example.com/orders"}, {"body", "count={{flow.variables.count}}"}},
            {"success", "failed"});
    }
  }
  return Json{{"description", "x"}, {"states", states}, {"initial_state", "Trigger"}, {"flags", Json::object()}}.dump();
}

std::string terraform(std::int64_t widgets) {
  const std::string definition = Json::parse(studio_definition(widgets)).dump(2);
  return fmt::format(
      "resource \"twilio_studio_flow\" \"x\" {{\n  friendly_name = \"x\"\n  definition = jsonencode({})\n}}\n",
      definition);
}

namespace {

Json read(const importing::Format& format, const std::string& bytes) {
  auto json = importing::read_json(bytes);
  if (!json)
    if (auto found = format.from_text(bytes)) json = *std::move(found);
  FLOW_CHECK(json.has_value(), "{}", json.error().message);
  return *std::move(json);
}

}  // namespace

std::string imported_text(const importing::Format& format, const std::string& bytes) {
  const importing::Imported imported = format.read(read(format, bytes), {"imported"});
  FLOW_CHECK(!imported.report.failed(), "{}", imported.report.text());
  return importing::write(imported.flows.at(0).flow).value();
}

std::string exported(const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add("imported.flow", text), sink);
  FLOW_CHECK(file.has_value() && !sink.has_errors(), "no text of the language");
  return importing::export_console(*file, {}).value().dump();
}

std::string own_envelope(std::int64_t nodes) {
  return exported(imported_text(importing::console::format(), foreign_graph(nodes)));
}

void import_whole(const importing::Format& format, const std::string& bytes) {
  std::vector<driver::ImportedFile> all(1);
  driver::ImportedFile& file = all.front();
  file.source = {"", read(format, bytes), &format};
  file.imported = format.read(file.source.json, {"imported"});
  const Status written = driver::write_flows(file);
  FLOW_CHECK(written && !file.imported.report.failed(), "{}", file.imported.report.text());
  // What an envelope does not say stands in its own workspace.flow.
  std::string workspace = "edition 1\nlanguages en\nallow regions all\n";
  workspace += file.imported.workspace.empty() ? "channel sms_shop: sms { sender \"SHOP\" }\n"
                                               : importing::write(file.imported.workspace).value();
  source::SourceMap sources;
  diagnostics::Sink sink;
  driver::WorkspaceFiles files;
  files.whole = true;
  files.workspace = sources.add("workspace.flow", workspace);
  files.flows.push_back(sources.add("imported.flow", file.flows.at(0).text));
  driver::SecondReading second({&file.source});
  const auto checked = driver::check_files(files, sources, sink);
  const auto verdict = driver::prove_import(file, second.take().at(0), *checked.workspace).at(0);
  FLOW_CHECK(checked.sound && verdict.proven, "{}", driver::text_of(verdict));
}

}  // namespace flow::bench
