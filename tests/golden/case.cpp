#include "tests/golden/case.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "compiler/diagnostics/render.h"
#include "compiler/driver/baseline.h"
#include "compiler/driver/front_end.h"

namespace flow::golden {

const std::string_view kWorkspace =
    "edition 1\n"
    "languages en\n"
    "allow regions all\n"
    "\n"
    "channel viber_shop: viber { service \"4501\"; receipts within 5s; handover within 20s }\n"
    "channel waba_shop: whatsapp { number \"+60123456789\"; receipts within 5s; handover within 20s }\n"
    "channel sms_shop: sms { sender \"SHOP\"; receipts within 5s; handover within 20s }\n"
    "\n"
    "template code_v1(code: text(4..8)) on waba_shop {\n"
    "  purpose authentication\n"
    "  valid 30s..15m\n"
    "  body \"Code {{code}}\"\n"
    "}\n";

namespace {

constexpr std::string_view kSms =
    "sms: send sms {\n"
    "  from sms_shop\n"
    "  to customer\n"
    "  text \"Your order is on its way.\"\n"
    "  failed => end failed \"not sent\"\n"
    "  sent => end\n"
    "}\n";

bool matches(const std::string& text, const char* pattern) {
  return std::regex_search(text, std::regex(pattern, std::regex::multiline));
}

// What the case leaves out of its flow, behind it.
std::string complete(std::string text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  std::string tail;
  const std::regex step(R"(^([a-z_][a-z0-9_]*): *(send|recognize|branch|set|wait|jump|[a-z]+)\b)",
                        std::regex::multiline);
  std::smatch first;
  const bool has_steps = std::regex_search(text, first, step);
  if (!matches(text, "^flow( |$)")) tail += "flow example \"Example\"\n";
  if (!matches(text, "^trigger( |$)")) tail += "trigger manual\n";
  if (!matches(text, "^purpose( |$)")) tail += "purpose transaction\n";
  const bool by_message = matches(text, "^trigger (whatsapp|viber|sms|messenger|instagram) ");
  if (!by_message && !matches(text, "^input customer\\b")) tail += "input customer: phone\n";
  if (!matches(text, "^start( |$)")) tail += "start => " + (has_steps ? first[1].str() : std::string("sms")) + "\n";
  const bool needs_sms = !has_steps || matches(text, R"((=>|else|max \d+ else|jump) sms\b)");
  if (needs_sms && !matches(text, "^sms:")) tail += kSms;
  if (tail.empty()) return text;
  return text + "\n" + tail;
}

std::string expand_repeats(const std::string& text) {
  const std::regex repeat(R"(^// repeat (\d+): (.*)$)");
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, repeat)) {
      result += line + "\n";
      continue;
    }
    const int count = std::stoi(match[1]);
    for (int i = 1; i <= count; ++i) {
      result += std::regex_replace(match[2].str(), std::regex("\\{\\}"), std::to_string(i)) + "\n";
    }
  }
  return result;
}

std::string flow_file_name(const std::string& text) {
  std::smatch match;
  const std::regex flow(R"(^flow ([A-Za-z0-9_]+))", std::regex::multiline);
  return (std::regex_search(text, match, flow) ? match[1].str() : std::string("example")) + ".flow";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> files_of(std::string_view text) {
  const std::regex marker(R"(^// --- ([a-z0-9_.]+)$)");
  std::vector<std::pair<std::string, std::string>> files;
  std::string first;
  std::string* file = &first;
  std::istringstream lines{expand_repeats(std::string(text))};
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, marker)) {
      files.emplace_back(match[1], "");
      file = &files.back().second;
    } else {
      *file += line + "\n";
    }
  }
  // A case that is about a workspace alone has the usual flow.
  first = complete(first);
  files.insert(files.begin(), {flow_file_name(first), first});
  const auto workspace =
      std::find_if(files.begin(), files.end(), [](const auto& f) { return f.first == "workspace.flow"; });
  if (workspace == files.end())
    files.insert(files.begin(), {"workspace.flow", std::string(kWorkspace)});
  else
    std::rotate(files.begin(), workspace, workspace + 1);
  std::erase_if(files, [](const auto& f) { return f.first == "no_workspace"; });
  if (text.find("// --- no_workspace") != std::string_view::npos) files.erase(files.begin());
  return files;
}

void check(std::string_view text, Checked& out) {
  driver::WorkspaceFiles files;
  files.whole = true;
  driver::Baseline baseline;
  bool first = true;
  for (const auto& [name, content] : files_of(text)) {
    const source::FileId id = out.sources.add(name, content);
    if (name.ends_with(".baseline")) {
      auto read = driver::Baseline::read(out.sources, id);
      EXPECT_TRUE(read.has_value()) << read.error().message;
      baseline = read.value_or(driver::Baseline());
    } else if (first) {
      files.workspace = id;
    } else {
      (driver::is_test_file(name) ? files.tests : files.flows).push_back(id);
    }
    first = false;
  }
  const std::string whole(text);
  std::smatch environment;
  if (std::regex_search(whole, environment, std::regex("^// environment: (.*)$", std::regex::multiline)))
    files.environment = environment[1];
  const auto shared = std::make_shared<driver::Baseline>(std::move(baseline));
  out.sink.waive_with([shared, &out](diagnostics::Code code, source::Span place, std::string_view message) {
    return shared->waives(out.sources, code, place, message);
  });
  out.result = driver::check_files(files, out.sources, out.sink);
  if (!out.sink.has_errors()) shared->report_stale(out.sources, out.sink);
}

Outcome compile(std::string_view text) {
  Checked checked;
  check(text, checked);
  const diagnostics::Sink& sink = checked.sink;
  Outcome outcome{diagnostics::render(checked.sources, sink), {}, sink.errors(), sink.warnings()};
  for (const diagnostics::Diagnostic& one : sink.sorted()) outcome.codes.insert(diagnostics::code_text(one.code));
  return outcome;
}

std::filesystem::path source_folder() {
  return FLOW_SOURCE_DIR;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool updating() {
  const char* wanted = std::getenv("FLOW_UPDATE_GOLDEN");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

std::vector<std::string> cases_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".flow") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

void expect_golden(const std::filesystem::path& expected, const std::string& actual) {
  if (updating()) {
    std::filesystem::create_directories(expected.parent_path());
    std::ofstream(expected, std::ios::binary) << actual;
    return;
  }
  if (!std::filesystem::exists(expected)) {
    ADD_FAILURE() << expected << " is missing; scripts/update-golden writes it. It would be:\n" << actual;
    return;
  }
  EXPECT_EQ(read_text(expected), actual) << expected << " differs; scripts/update-golden accepts the change";
}

}  // namespace flow::golden
