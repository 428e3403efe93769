// Graphs of the console into flows: bytes of JSON to the text of the flow, and from a flow to its envelope; definitions
// of Studio into flows that are checked and proven, as `flowc import` does it.
//   bench_import     flows of 1,000, 10,000 and 100,000 nodes
#include <sys/resource.h>

#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/check.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/import_proof.h"
#include "compiler/import/console/console.h"
#include "compiler/import/console/export.h"
#include "compiler/import/studio/studio.h"
#include "compiler/source/source.h"
#include "compiler/syntax/parse.h"

namespace flow::importing {
namespace {

// A chain of messages, waits and branches, as a canvas library keeps it.
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

double memory_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::string read(const std::string& bytes) {
  const auto json = read_json(bytes);
  FLOW_CHECK(json.has_value(), "{}", json.error().message);
  const Imported imported = console::format().read(*json, {"imported"});
  FLOW_CHECK(!imported.report.failed(), "{}", imported.report.text());
  return write(imported.flows.at(0).flow).value();
}

std::string envelope(const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add("imported.flow", text), sink);
  FLOW_CHECK(file.has_value() && !sink.has_errors(), "no text of the language");
  return export_console(*file, {}).value().dump();
}

// A chain of questions with their splits, requests, counters and messages.
std::string definition(std::int64_t widgets) {
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

// Everything but reading and writing files. False: it is not proven.
bool import_whole(const std::string& bytes) {
  auto json = read_json(bytes);
  FLOW_CHECK(json.has_value(), "{}", json.error().message);
  driver::ImportedFile file;
  file.source = {"", *std::move(json), &studio::format()};
  file.imported = studio::format().read(file.source.json, {"imported"});
  FLOW_CHECK(!file.imported.report.failed(), "{}", file.imported.report.text());
  source::SourceMap sources;
  diagnostics::Sink sink;
  driver::WorkspaceFiles files;
  files.whole = true;
  files.workspace = sources.add(
      "workspace.flow", "edition 1\nlanguages en\nallow regions all\n" + write(file.imported.workspace).value());
  files.flows.push_back(sources.add("imported.flow", write(file.imported.flows.at(0).flow).value()));
  const auto checked = driver::check_files(files, sources, sink);
  return driver::prove_import(file, *checked.workspace).at(0).proven;
}

void told(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["MB_of_JSON"] = static_cast<double>(bytes) / 1e6;
  state.counters["RSS_MB"] = memory_mb();  // of the process so far: run sizes by themselves for theirs
}

void import_foreign(benchmark::State& state) {
  const std::string bytes = foreign_graph(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(read(bytes));
  told(state, bytes.size());
}

void import_own(benchmark::State& state) {
  const std::string bytes = envelope(read(foreign_graph(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(read(bytes));
  told(state, bytes.size());
}

void import_studio(benchmark::State& state) {
  const std::string bytes = definition(state.range(0));
  for (auto _ : state) FLOW_CHECK(import_whole(bytes), "not proven");
  told(state, bytes.size());
}

void export_flow(benchmark::State& state) {
  const std::string text = read(foreign_graph(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(envelope(text));
  told(state, text.size());
}

BENCHMARK(import_foreign)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(import_own)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(import_studio)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(export_flow)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace flow::importing

BENCHMARK_MAIN();
