// Runs while building: from libphonenumber's metadata to the two automata of numbers/tables.h.
// usage: make_plan plan VERSION ORIGIN [FILE]   the tables; FILE: other metadata than the library's own
//        make_plan bytes [FILE]                 that file, or the library's metadata, as a list of numbers
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/check.h"
#include "base/crc32c.h"
#include "numbers/plan/code.h"
#include "numbers/tables.h"

namespace i18n::phonenumbers {
// Exported by the library, in no header of it.
int metadata_size();
const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace flow::numbers::plan {
namespace {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;

// By calling code; the main region of a code first, the others as they come, as the library orders them.
std::map<int, std::vector<const PhoneMetadata*>> by_calling_code(const PhoneMetadataCollection& all) {
  std::map<int, std::vector<const PhoneMetadata*>> codes;
  for (const PhoneMetadata& metadata : all.metadata()) {
    auto& regions = codes[metadata.country_code()];
    regions.insert(metadata.main_country_for_code() ? regions.begin() : regions.end(), &metadata);
  }
  return codes;
}

void write_possibility(const Code& code, int number) {
  std::vector<unsigned> row;
  for (std::size_t digits = 0; digits <= NationalNumber::kDigitsMax; ++digits)
    row.push_back(static_cast<unsigned>(code.possibility(digits)));
  fmt::print("{{{}, {{{}}}}},\n", number, fmt::join(row, ", "));
}

void write_answers(const Answers& answers) {
  std::map<Rewriting, std::size_t> ids{{Rewriting{}, 0}};
  std::vector<const Rewriting*> order{&ids.begin()->first};
  fmt::print("const Label kLabels[] = {{\n");
  for (Table::Label label = 0; label < answers.all().size(); ++label) {
    const Answer& answer = answers.all()[label];
    const auto [place, fresh] = ids.try_emplace(answer.rewriting, ids.size());
    if (fresh) order.push_back(&place->first);
    fmt::print("{{{}, {}, {}, {}, {}}},\n", answer.parsed, static_cast<unsigned>(answer.of.type), answer.of.region,
               place->second, answers.otherwise(label));
  }
  fmt::print("}};\nconst Rewriting kRewritings[] = {{\n");
  for (const Rewriting* one : order)
    fmt::print("{{\"{}\", {}, {}, {}}},\n", one->insert, one->skip, one->take, one->drop);
  fmt::print("}};\n");
}

void write_regions(const Table::Written& regions) {
  fmt::print("const std::uint32_t kRegionStart[kStarts] = {{{}}};\n", fmt::join(regions.start, ", "));
  fmt::print("const Row kRegionRows[] = {{\n");
  for (const Row& row : regions.rows) fmt::print("{{{}, {{{}}}}},\n", row.stop, fmt::join(row.next, ", "));
  fmt::print("}};\nconst std::size_t kRegionRowCount = std::size(kRegionRows);\n");
}

// Rows first, then leaves: nodes of 16 bits.
void write_numbers(const Table::Written& numbers) {
  std::map<std::uint32_t, std::size_t> ids;
  std::vector<std::uint32_t> leaves;
  const auto node = [&](std::uint32_t entry) -> std::size_t {
    if ((entry & kInner) != 0) return entry >> 16;
    const auto [place, fresh] = ids.try_emplace(entry, numbers.rows.size() + leaves.size());
    if (fresh) leaves.push_back(entry);
    return place->second;
  };
  const auto nodes = [&](const auto& entries) {
    std::vector<std::size_t> made;
    for (const std::uint32_t entry : entries) made.push_back(node(entry));
    return made;
  };
  fmt::print("const std::uint16_t kNumberStart[kStarts] = {{{}}};\n", fmt::join(nodes(numbers.start), ", "));
  fmt::print("const NumberRow kNumberRows[] = {{\n");
  for (const Row& row : numbers.rows) fmt::print("{{{}, {{{}}}}},\n", row.stop, fmt::join(nodes(row.next), ", "));
  fmt::print("}};\nconst std::size_t kNumberRowCount = std::size(kNumberRows);\n");
  FLOW_CHECK(numbers.rows.size() + leaves.size() <= UINT16_MAX, "{} leaves", leaves.size());
  fmt::print("const std::uint32_t kNumberLeaves[] = {{{}}};\n", fmt::join(leaves, ", "));
}

struct Roots {
  std::vector<std::size_t> code_of;  // by the first three digits
  std::vector<Table::Id> nodes;
};

Roots starts(const std::map<int, Table::Id>& roots, Table& table) {
  const Table::Id none = table.leaf({0});
  Roots made;
  for (unsigned start = 0; start < kStarts; ++start) {
    const std::string digits = fmt::format("{:03}", start);
    std::size_t code = roots.size();
    Table::Id node = none;
    for (std::size_t length = 1; digits[0] != '0' && length <= kStartDigits; ++length) {
      const auto found = roots.find(std::stoi(digits.substr(0, length)));
      if (found == roots.end()) continue;
      code = static_cast<std::size_t>(std::distance(roots.begin(), found));
      node = found->second;
      for (const char digit : digits.substr(length)) node = table.after(node, static_cast<unsigned>(digit - '0'));
      break;
    }
    made.code_of.push_back(code);
    made.nodes.push_back(node);
  }
  return made;
}

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  FLOW_CHECK(file.good() && !text.str().empty(), "{}", path);
  return text.str();
}

std::string of_the_library() {
  return {static_cast<const char*>(i18n::phonenumbers::metadata_get()),
          static_cast<std::size_t>(i18n::phonenumbers::metadata_size())};
}

void write_metadata(std::string_view version, std::string_view origin, const std::string& bytes) {
  fmt::print("const char* const kMetadataVersion = R\"({})\";\n", version);
  fmt::print("const char* const kMetadataOrigin = R\"({})\";\n", origin);
  fmt::print("const char* const kMetadataChecksum = \"{:08x}\";\n", crc32c(bytes));
}

int write_plan(const std::string& bytes) {
  PhoneMetadataCollection all;
  FLOW_CHECK(all.ParseFromString(bytes));
  Answers answers;
  Table table;
  std::map<int, Table::Id> roots;
  const auto codes = by_calling_code(all);
  FLOW_CHECK(!codes.empty() && codes.size() <= UINT8_MAX, "{} calling codes", codes.size());
  fmt::print("const CallingCode kCallingCodes[] = {{\n");
  for (const auto& [number, regions] : codes) {
    Code code(regions, kE164DigitsMax - std::to_string(number).size(), answers, table);
    roots[number] = code.root();
    write_possibility(code, number);
  }
  fmt::print("}};\nconst CodeRegion kCodeRegions[] = {{\n");
  for (const auto& [number, regions] : codes)
    for (const PhoneMetadata* metadata : regions)
      if (letters_of(metadata->id()) != 0) fmt::print("{{{}, {}}},\n", number, letters_of(metadata->id()));
  fmt::print("}};\nconst std::size_t kCallingCodeCount = std::size(kCallingCodes);\n");
  fmt::print("const std::size_t kCodeRegionCount = std::size(kCodeRegions);\n");
  const Roots begin = starts(roots, table);
  fmt::print("const std::uint8_t kCallingCodeOf[kStarts] = {{{}}};\n", fmt::join(begin.code_of, ", "));
  write_answers(answers);
  write_numbers(table.write(begin.nodes, [&](Table::Label label) { return answers.otherwise(label); }));
  Table regions;
  const auto region_of = [&](Table::Label label) -> Table::Label { return answers.all()[label].of.region; };
  const std::vector<Table::Id> region_roots = table.project(begin.nodes, region_of, regions);
  write_regions(regions.write(region_roots, [](Table::Label) -> Table::Label { return 0; }));
  return 0;
}

}  // namespace
}  // namespace flow::numbers::plan

int main(int argc, char** argv) {
  using namespace flow::numbers::plan;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "bytes") {
    for (const char byte : arguments.size() == 2 ? read_file(argv[2]) : of_the_library())
      fmt::print("{},\n", static_cast<unsigned char>(byte));
    return 0;
  }
  FLOW_CHECK(arguments.size() >= 3 && arguments[0] == "plan", "usage: see make_plan.cpp");
  const std::string bytes = arguments.size() == 4 ? read_file(argv[4]) : of_the_library();
  write_metadata(arguments[1], arguments[2], bytes);
  return write_plan(bytes);
}
