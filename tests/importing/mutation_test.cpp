// Broken graphs: no crash, no hang, and nothing lost without a word.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/console/console.h"
#include "compiler/import/console/envelope.h"
#include "compiler/syntax/test_support.h"
#include "tests/importing/json_mutants.h"
#include "tests/importing/round_trip.h"
#include "tests/support/sanitized.h"

namespace flow::importing {
namespace {

// Where arrows of a text lead, by the entry's name (or its first words); written for this test alone.
class Arrows {
 public:
  explicit Arrows(const std::string& text) : parsed_(syntax::parse_text(text)) {
    for (const syntax::Entry& entry : parsed_.file->entries) {
      const std::string name = entry.head.items[0].exprs.empty() ? "" : entry.head.items[0].exprs[0].text;
      steps_.insert(name);
    }
    for (const syntax::Entry& entry : parsed_.file->entries) {
      const std::string name = entry.head.items[0].exprs.empty() ? "" : entry.head.items[0].exprs[0].text;
      visit(entry, to_[name]);
    }
  }

  bool leads(const std::string& from, const std::string& to) const {
    const auto found = to_.find(from);
    return found != to_.end() && found->second.contains(to);
  }
  std::size_t all() const { return count_; }

 private:
  void visit(const syntax::Entry& entry, std::set<std::string>& to) {
    if (entry.colon) {
      const auto& words = entry.colon->clause.items[0].exprs;
      if (words.size() == 4 && words[0].text == "jump" && steps_.contains(words[1].text)) {
        ++count_;
        to.insert(words[1].text);
      }
      if (entry.colon->otherwise) visit(*entry.colon->otherwise, to);
    }
    if (entry.arrow) visit(*entry.arrow, to);
    if (entry.block)
      for (const syntax::Entry& inner : entry.block->entries) visit(inner, to);
  }

  void visit(const syntax::Target& target, std::set<std::string>& to) {
    const auto& words = target.clause.items[0].exprs;
    const std::string first = words.empty() ? "" : words[0].text;
    if (first == "end") {
      ++count_;
      to.insert("end");
    } else if (words.size() == 4 && first == "jump" && steps_.contains(words[1].text)) {
      count_ += 2;  // to the jump, and on
      to.insert(words[1].text);
    } else if (words.size() == 1 && steps_.contains(first)) {
      ++count_;
      to.insert(first);
    }
    if (target.otherwise) visit(*target.otherwise, to);
  }

  syntax::Parsed parsed_;
  std::set<std::string> steps_;
  std::map<std::string, std::set<std::string>> to_;
  std::size_t count_ = 0;
};

bool named(const Report& report, const std::string& pointer) {
  return std::any_of(report.notes().begin(), report.notes().end(), [&](const Note& note) {
    return note.pointer == pointer || note.pointer.starts_with(pointer + "/");
  });
}

std::string end_of(const Json& edge, const char* one, const char* other) {
  for (const char* member : {one, other}) {
    const Json* found = member_of(edge, member);
    if (found == nullptr) continue;
    if (found->is_object()) return text_of(*found, "cell", text_of(*found, "id"));
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number_integer()) return found->dump();
  }
  return {};
}

// What is in none of the flow, the layout and the notes; empty: all is there.
std::string lost(const Json& graph, const std::string& pointer, const Imported& imported, bool own) {
  if (imported.report.failed()) return {};
  const ImportedFlow& flow = imported.flows.at(0);
  const auto text = write(flow.flow);
  if (!text) return "not written: " + text.error().message;
  const Arrows arrows(*text);
  std::map<std::string, std::string> names;  // by id
  for (const auto& [name, place] : flow.layout.steps) names.emplace(place.id, name);
  std::size_t edges = 0;
  for (const char* list : {"nodes", "cells", "edges"}) {
    const Json* all = member_of(graph, list);
    for (std::size_t i = 0; all != nullptr && all->is_array() && i < all->size(); ++i) {
      const Json& each = (*all)[i];
      const std::string place = at(at(pointer, list), i);
      const std::string source = end_of(each, "source", "sourceNodeId");
      const std::string target = end_of(each, "target", "targetNodeId");
      const bool is_edge = !source.empty() && !target.empty();
      edges += is_edge ? 1 : 0;
      if (named(imported.report, place) || (own && is_edge)) continue;
      if (!is_edge) {
        const Json* id = member_of(each, "id");
        const std::string known = id == nullptr ? "" : id->is_string() ? id->get<std::string>() : id->dump();
        if (!names.contains(known)) return "the node " + place;
        continue;
      }
      const bool there = names.contains(source) && (names.contains(target) ? arrows.leads(names[source], names[target])
                                                                           : arrows.leads(names[source], "end"));
      if (!there) return "the edge " + place;
    }
  }
  if (own && edges != arrows.all()) return fmt::format("of {} edges, {} are in the text", edges, arrows.all());
  return {};
}

struct Sample {
  std::string name;
  Json graph;
  bool own = false;
};

std::vector<Sample> samples() {
  std::vector<Sample> out;
  for (const Text& each : texts_of_the_project()) {
    // The shortest flows, and those that together have every component.
    const bool chosen =
        each.text.size() < 700 || each.name == "every_message_kind.flow" || each.name == "support_menu.flow";
    const bool alone = each.text.starts_with("flow ") && each.text.find("// ---") == std::string::npos;
    if (!alone || !chosen) continue;
    out.push_back({each.name, console::unpack((*exported(each.text))["editor"].get<std::string>()).value(), true});
  }
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(FLOW_SOURCE_DIR) /
                                                               "compiler/import/console/testdata")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    out.push_back(
        {entry.path().filename().string(), Json::parse(std::string(std::istreambuf_iterator<char>(in), {})), false});
  }
  std::sort(out.begin(), out.end(), [](const Sample& a, const Sample& b) { return a.name < b.name; });
  return out;
}

constexpr std::uint64_t kMutants = testing_support::kSanitized ? 10'000 : 100'000;

TEST(Mutation, LosesNothingWithoutAWord) {
  const std::vector<Sample> all = samples();
  ASSERT_GT(all.size(), 12U);
  std::size_t read = 0;
  for (std::uint64_t seed = 0; seed < kMutants; ++seed) {
    // Foreign graphs are the ones that may be anything.
    const Sample& sample = all[seed * 7919 % all.size()];
    const Json json = mutant(sample.graph, seed);
    const Imported imported = console::format().read(json, {"imported"});
    // As deep as the samples have it: lists that are elsewhere are looked at by nobody here.
    const bool inside = json.is_object() && json.contains("graph") && !json.contains("nodes");
    const bool own = text_of(json, "format") == "flow.graph";
    const std::string missing = lost(inside ? json["graph"] : json, inside ? "/graph" : "", imported, own);
    ASSERT_EQ(missing, "") << sample.name << " seed " << seed << "\n"
                           << json.dump(1) << "\n"
                           << imported.report.text()
                           << (imported.flows.empty() ? "" : write(imported.flows[0].flow).value_or(""));
    read += imported.report.failed() ? 0 : 1;
  }
  // Else this test looks at nothing.
  EXPECT_GT(read, kMutants / 10);
}

TEST(Mutation, OfEnvelopesIsAnErrorOrTheSame) {
  const Json envelope = *exported("flow f\ntrigger manual\nstart => a\na: wait 1s => end\n");
  const std::string editor = envelope["editor"];
  for (std::uint64_t seed = 0; seed < kMutants / 5; ++seed) {
    Json json = envelope;
    json["editor"] = broken(editor, seed);
    const Read read = read_console(json);
    if (read.report.failed()) continue;
    // gzip's checksum lets nothing else pass.
    EXPECT_EQ(read.text, "flow f\ntrigger manual\nstart => a\na: wait 1s => end\n") << seed;
  }
}

}  // namespace
}  // namespace flow::importing
