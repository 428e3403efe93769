// Mutation test of the checker: good flows, each broken in every small way (mutate.h). A mutant is caught when the
// compiler says something that it does not say of the flow itself, or harmless when it is compiled to the same program;
// the others survive. Every survivor must be listed in tests/mutation/survivors with a judgement: why it still means
// something. scripts/update-golden lists new ones, judged by the rules below or as UNJUDGED, which fails.
//
// A workspace joins by lying in flows/, in tests/differential/flows or in tests/mutation/flows; a golden case ok_….flow
// joins by its name.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "compiler/driver/front_end.h"
#include "compiler/ir/text.h"
#include "compiler/lower/lower.h"
#include "compiler/syntax/parse.h"
#include "tests/golden/case.h"
#include "tests/mutation/mutate.h"
#include "tests/support/long_run.h"
#include "tests/support/sanitized.h"

namespace flow::mutation {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::pair<std::string, std::string>>;  // name and text, workspace.flow first

constexpr std::size_t kMutantsMin = 200;  // of a workspace that takes part
// Of one with more, every second, third, … is tried, so that about so many are; FLOW_TEST_LONG=1 tries each.
constexpr std::size_t kMutantsMost = 800;
// With sanitizers one of so many of those: whether the compiler survives them. The release build counts.
constexpr std::size_t kSanitizedStride = 8;

struct Subject {
  std::string name;
  Files files;
};

// What the compiler says, and what it makes of it.
struct Verdict {
  std::map<std::string, std::size_t> said;  // codes
  std::string program;                      // empty with errors
};

Verdict judge(const Files& files) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  driver::WorkspaceFiles ids;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const source::FileId id = sources.add(files[i].first, files[i].second);
    if (i == 0) {
      ids.workspace = id;
    } else {
      ids.flows.push_back(id);
    }
  }
  const driver::CheckedWorkspace checked = driver::check_files(ids, sources, sink);
  Verdict verdict;
  for (const diagnostics::Diagnostic& each : sink.sorted()) ++verdict.said[diagnostics::code_text(each.code)];
  if (!checked.sound) return verdict;
  for (const ir::Flow& flow : lower::lower(*checked.workspace).flows) verdict.program += ir::print(flow);
  for (const prove::Certificate& each : checked.certificates) {
    verdict.program += fmt::format("{} guarantees\n", each.guarantees.size());
  }
  return verdict;
}

bool says_more(const Verdict& mutant, const Verdict& original) {
  return std::ranges::any_of(mutant.said, [&](const auto& each) {
    const auto before = original.said.find(each.first);
    return before == original.said.end() || before->second < each.second;
  });
}

// --- the subjects

std::optional<Subject> workspace_in(const fs::path& folder) {
  if (!fs::exists(folder / "workspace.flow")) return std::nullopt;
  Subject subject{folder.filename().string(), {{"workspace.flow", golden::read_text(folder / "workspace.flow")}}};
  std::vector<fs::path> flows;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".flow") && !name.ends_with(".test.flow") && name != "workspace.flow")
      flows.push_back(entry.path());
  }
  std::sort(flows.begin(), flows.end());
  for (const fs::path& path : flows) subject.files.emplace_back(path.filename().string(), golden::read_text(path));
  return subject;
}

std::vector<Subject> subjects() {
  std::vector<Subject> result;
  for (const char* parent : {"flows", "tests/differential", "tests/mutation/flows"}) {
    const fs::path folder = golden::source_folder() / parent;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      auto found = entry.is_directory() ? workspace_in(entry.path()) : std::nullopt;
      if (found) result.push_back(std::move(*found));
    }
  }
  for (const auto& entry : fs::directory_iterator(golden::source_folder() / "tests/golden/cases")) {
    const std::string name = entry.path().stem().string();
    if (name.starts_with("ok_") && entry.path().extension() == ".flow") {
      Subject subject{name, golden::files_of(golden::read_text(entry.path()))};
      // What tests say of a flow is not what the flow means: cases with tests are for `flowc test`.
      const bool has_tests =
          std::ranges::any_of(subject.files, [](const auto& file) { return file.first.ends_with(".test.flow"); });
      if (!has_tests) result.push_back(std::move(subject));
    }
  }
  std::ranges::sort(result, {}, &Subject::name);
  return result;
}

// --- judgements

struct Rule {
  std::string_view kind;   // of the mutation; empty: any
  std::string_view about;  // the entry's word; empty: any
  std::string_view judgement;
};

constexpr auto kRules = std::to_array<Rule>({
    // Arrows
    {"retarget", "", "another flow: an arrow may lead to any step"},
    {"other name", "set", "another flow: an arrow may lead to any step"},
    {"other name", "wait", "another flow: an arrow may lead to any step"},
    {"other name", "jump", "another flow: an arrow may lead to any step"},
    {"other name", "else", "another flow: an arrow may lead to any step"},
    {"other name", "PH", "an arrow may lead to any step, a price be of any region"},
    {"other name", "MY", "an arrow may lead to any step, a price be of any region"},
    {"other name", "GB", "another flow: an arrow may lead to any step"},
    {"other number", "jump", "another bound, within 1 to 1000"},
    {"other number", "wait", "another bound of the jump, within 1 to 1000"},
    {"other number", "undelivered", "another bound of the jump, within 1 to 1000"},
    {"other quantity", "failed", "another wait, within what the flow has guaranteed"},
    {"other quantity", "unread", "another wait, within what the flow has guaranteed"},
    {"other quantity", "undelivered", "another wait, within what the flow has guaranteed"},
    {"other quantity", "wait", "another wait, within what the flow has guaranteed"},
    {"delete item", "failed", "an `otherwise` handles it"},
    // What a message may have, and may do without
    {"delete entry", "image", "another message: it may have a picture"},
    {"delete entry", "video", "another message: it may have a video"},
    {"delete entry", "header", "another message: it may have a header"},
    {"delete entry", "footer", "another message: it may have a footer"},
    {"delete entry", "button", "another message: a video needs no button"},
    {"delete entry", "buttons", "another message: a picture needs no buttons"},
    {"delete entry", "track", "another message: it may have a tag"},
    {"delete entry", "subtitle", "another message: a card may have a line below its title"},
    {"delete entry", "report", "nobody else gets the status reports"},
    {"double entry", "card", "another message: cards stand side by side, and may be the same"},
    {"swap entries", "image", "the same card: its settings have no order"},
    {"swap entries", "subtitle", "the same card: its settings have no order"},
    {"other number", "text", "another length of a value in a text"},
    {"delete entry", "name", "another message: a file or a place may have a name"},
    {"delete entry", "address", "another message: a place may have an address"},
    {"delete entry", "phone", "another message: a contact may have a number"},
    {"delete entry", "company", "another message: a contact may have a company"},
    {"delete entry", "purpose", "the flow's purpose holds instead"},
    {"delete block", "contact", "another message: a contact may be a name alone"},
    {"delete block", "file", "another message: a file may do without a name"},
    {"delete block", "location", "another message: a place may do without a name"},
    {"other number", "bytes", "another size, within what the channel takes"},
    {"other number", "location", "another place on the globe"},
    {"swap entries", "list", "the same message: its settings have no order"},
    {"swap entries", "button", "the same message: its settings have no order"},
    {"swap entries", "bytes", "the same message: its settings have no order"},
    {"swap entries", "lasts", "the same message: its settings have no order"},
    {"swap entries", "name", "the same message: its settings have no order"},
    {"swap entries", "phone", "the same message: its settings have no order"},
    {"swap words", "value", "another row: its title and its description have changed places"},
    // What starts a flow, and what is kept of contacts
    {"other operator", "trigger", "another flow: other messages start it"},
    {"swap operands", "trigger", "another flow, or the same: which messages start it is the author's"},
    {"delete operand", "trigger", "another flow: other messages start it"},
    {"delete operand", "on", "another flow: any reply fires the handler"},
    {"delete entry", "set", "keeps less of a contact"},
    {"misspell", "set", "keeps another attribute: their names are the author's"},
    {"delete entry", "tag", "keeps a tag less"},
    {"delete entry", "opted", "without an arm of its own it is `failed`"},
    {"swap entries", "contact", "the same flow: steps have no order"},
    {"swap entries", "unsubscribe", "the same flow: steps have no order"},
    {"swap entries", "reply", "the same flow: steps have no order"},
    // What is asked, of people and of other systems
    {"other name", "otherwise", "another flow: an arrow may lead to any step"},
    {"other name", "containing", "another flow: an arrow may lead to any step"},
    {"other name", "failed", "another flow: an arrow may lead to any step"},
    {"other name", "sent", "another flow: an arrow may lead to any step"},
    {"other name", "silent", "another flow: an arrow may lead to any step"},
    {"other number", "else", "another bound of the jump, within 1 to 1000"},
    {"other quantity", "otherwise", "another wait, within what the flow has guaranteed"},
    {"delete word", "containing", "only a reply that is the word takes the arm"},
    {"delete entry", "containing", "those replies take `else`"},
    {"swap entries", "containing", "another order of the arms, of which the first that matches wins"},
    {"other name", "http", "another method, which the other system may take as well"},
    {"other name", "header", "another value that a header may have"},
    {"delete entry", "body", "another request: it may do without a body"},
    {"swap operands", "hand", "the other value first: which of them is the author's"},
    {"other number", "read", "another length"},
    {"other name", "read", "another type of a member, which its texts are written with as well"},
    {"swap entries", "read", "the same flow: reads have no order"},
    {"swap entries", "header", "the same request: its settings have no order"},
    {"swap entries", "ask", "the same flow: steps have no order"},
    {"swap entries", "call", "the same flow: steps have no order"},
    {"swap entries", "http", "the same flow: steps have no order"},
    // Items of lists: any number is the place of one, or of none
    {"delete operand", "booking", "without a place there is no item, as without an item at it"},
    {"other number", "booking", "another place; what follows tests whether there is an item"},
    {"", "wanted", "another place; what follows tests whether there is an item"},
    {"", "shift", "another item, or none; what follows tests whether there is one"},
    {"delete operand", "name", "absent is `null` in JSON"},
    {"swap entries", "typing", "the same flow: steps have no order"},
    // Order
    {"swap entries", "let", "the same flow: neither reads the other"},
    {"swap entries", "input", "the same flow: inputs have no order"},
    {"swap entries", "outcome", "the same flow: outcomes have no order"},
    {"swap entries", "recognize", "the same flow: steps have no order"},
    {"swap entries", "branch", "the same flow: steps have no order"},
    {"swap entries", "send", "the same flow: steps have no order"},
    {"swap entries", "set", "the same flow: steps have no order"},
    {"swap entries", "wait", "the same flow: steps have no order"},
    {"swap entries", "jump", "the same flow: steps have no order"},
    {"swap entries", "launch", "the same flow: steps have no order"},
    {"swap entries", "on", "the same flow, but where one event could fire either handler"},
    {"swap entries", "PH", "the same flow: no region is in two arms"},
    {"swap entries", "value", "another order of the conditions, of which the first that holds wins"},
    {"swap entries", "left_tries", "another order of the assignments, neither of which reads the other"},
    {"swap entries", "round_no", "another order of the assignments, neither of which reads the other"},
    {"double entry", "on", "fires for the second such event: each handler fires once"},
    {"double entry", "round_no", "counts twice: a later assignment reads the earlier one"},
    {"double entry", "note", "lengthens it twice: a later assignment reads the earlier one"},
    {"swap entries", "random", "the same flow: steps have no order"},
    {"swap entries", "deliver", "the same flow: steps have no order"},
    {"swap entries", "await", "the same flow: steps have no order"},
    {"swap entries", "MY", "the same flow: no region is in two arms"},
    {"delete entry", "GB", "those regions take `else`"},
    {"delete entry", "silent", "an `otherwise` handles it"},
    {"misspell", "await", "signals are named by the application"},
    {"other name", "await", "signals are named by the application"},
    {"other number", "received", "another bound of the jump, within 1 to 1000"},
    {"other name", "body", "another text, with a value that may stand in one"},
    // The header
    {"delete entry", "guarantee", "promises less"},
    {"delete entry", "quiet", "sends at night as well; what is guaranteed still holds"},
    {"other number", "guarantee", "promises less"},
    {"other quantity", "guarantee", "promises less"},
    {"swap entries", "guarantee", "the same flow: guarantees have no order"},
    {"delete entry", "on", "no longer listens to that event"},
    {"delete entry", "expires", "expires after 30 days, as a flow without it does; what is guaranteed still holds"},
    {"other quantity", "expires", "expires later; what is guaranteed still holds"},
    {"other quantity", "let", "another value; texts that name it follow it"},
    {"other name", "let", "another text, with a value of the same type"},
    {"delete word", "flow", "a title is optional"},
    {"delete word", "input", "the author says what is secret"},
    {"other number", "input", "another length"},
    {"other name", "input", "another type of a member, which its texts are written with as well"},
    {"other operator", "input", "must be given; nothing relies on its absence"},
    {"misspell", "on", "signals are named by the application"},
    {"other name", "on", "signals are named by the application, and a handler may lead to any step"},
    {"delete operand", "language", "templates have a language of their own when there is none"},
    {"misspell", "recognize", "a variable that nothing reads, of which the flow was warned before"},
    {"other name", "recognize", "a variable that nothing reads, of which the flow was warned before"},
    {"misspell", "late", "a variable that nothing reads, of which the flow was warned before"},
    {"other name", "late", "a variable that nothing reads, of which the flow was warned before"},
    // Arms and conditions
    {"delete entry", "PH", "those regions take `else`"},
    {"delete entry", "MY", "those regions take `else`"},
    {"delete item", "", "that region takes `else`, that language the default"},
    {"delete entry", "value", "those executions take a later arm"},
    {"delete word", "value", "ends as done: another outcome that the flow has"},
    {"other operator", "value", "another condition, which may hold or not"},
    {"delete operand", "value", "another condition, which may hold or not"},
    {"swap operands", "value", "the same condition, or another one which may hold or not"},
    {"other number", "value", "another condition, which may hold or not"},
    {"other quantity", "value", "another condition, which may hold or not"},
    {"other name", "value", "another condition, over a value of the same type, or an arrow to another step"},
    // Values
    {"other text", "", "another text, which nothing compares"},
    {"other name", "text", "another text, with a value that may stand in one"},
    {"swap operands", "text", "another text"},
    {"other number", "template", "another text, cut elsewhere"},
    {"delete entry", "round_no", "no longer assigned here; other ways assign it, and `??` stands by"},
    {"delete entry", "note", "no longer assigned here; other ways assign it, and `??` stands by"},
    {"", "round_no", "another number"},
    {"", "left_tries", "another number"},
    {"", "attempts", "another number"},
    {"other number", "forward", "another text, cut elsewhere"},
    {"", "greeting", "another text, cut elsewhere"},
    // Clocks and messages
    {"swap entries", "schedule", "two steps change places in the file"},
    {"", "wait", "another point in time"},
    {"delete entry", "en", "those texts take a later arm"},
    {"swap entries", "en", "two arms with the same target change places"},
    {"double entry", "contact", "two contacts in one message"},
    // The workspace
    {"delete entry", "handover", "the default of 30s"},
    {"other quantity", "handover", "another bound: what is guaranteed still holds"},
    {"delete entry", "receipts", "the default: receipts count as immediate"},
    {"other quantity", "receipts", "another bound: what is guaranteed still holds"},
    {"delete entry", "valid", "the provider's own range of times to live"},
    {"delete entry", "languages", "the workspace's languages"},
    // What flows ask of the outside
    {"swap operands", "call", "another argument: the other value goes first"},
    {"delete operand", "call", "another argument: `null` where the value is absent"},
    {"other number", "call", "another argument"},
    {"swap entries", "hand", "the same flow: steps have no order"},
    {"other name", "hand", "another argument, of the same type"},
    {"delete entry", "query", "another request: it may do without a query"},
    {"double entry", "query", "another request: a query may have a field twice"},
    {"misspell", "query", "another request: the host names the fields of its query"},
    {"other name", "query", "another request: the host names the fields of its query"},
    {"delete entry", "retry", "is tried once"},
    {"other operator", "body", "another value in the body"},
    {"swap entries", "classify", "the same flow: steps have no order"},
    {"other name", "classify", "another text is classified"},
    {"delete entry", "billing", "those texts take another label, or `else`"},
    {"swap entries", "billing", "the same labels in another order"},
    {"misspell", "billing", "labels are the author's"},
    {"other name", "billing", "labels are the author's"},
    {"swap entries", "delivery", "the same labels in another order"},
    {"misspell", "delivery", "labels are the author's"},
    {"other name", "delivery", "labels are the author's"},
    {"swap entries", "generate", "the same flow: steps have no order"},
    {"swap entries", "prompt", "the same request: its settings have no order"},
    {"delete entry", "input", "the model gets the prompt alone"},
    {"delete entry", "history", "the model sees no earlier messages"},
    {"swap entries", "history", "the same request: its settings have no order"},
    {"other number", "history", "the model sees more of the earlier messages"},
    {"other number", "max", "another longest text of the model"},
    // Arms of replies, and where flows end
    {"delete entry", "location", "those replies take a later arm"},
    {"delete entry", "text", "those replies take a later arm"},
    {"swap entries", "location", "another order of the arms, of which the first that matches wins"},
    {"swap entries", "text", "another order of the arms, of which the first that matches wins"},
    {"delete entry", "failed", "an `otherwise` handles it"},
    {"delete word", "failed", "ends as done: another outcome that the flow has"},
    {"other name", "trigger", "another flow: other messages start it"},
    {"other name", "guarantee", "promises something else, which holds as well"},
    {"other number", "body", "another value in the body"},
    {"other number", "sent", "another bound of the jump, within 1 to 1000"},
    {"other quantity", "retry", "another pause before it is tried again"},
    {"delete entry", "delivery", "those texts take another label, or `else`"},
    // What other systems report is not known here
    {"swap entries", "extern", "the same flow: steps have no order"},
    {"swap entries", "keypress", "the same arms in another order"},
    {"other number", "speech", "another bound of the jump, within 1 to 1000"},
    {"", "keypress", "events are named by the other system"},
    {"", "speech", "events are named by the other system"},
    {"", "callCompleted", "events are named by the other system"},
    {"", "audioComplete", "events are named by the other system"},
    // Values, hours and prices
    {"", "draws", "another number"},
    {"", "won", "another number"},
    {"", "place", "another text"},
    {"other operator", "let", "another value"},
    {"swap operands", "let", "another value, or the same"},
    {"delete operand", "let", "another value"},
    {"swap entries", "ms", "the same wording: its texts have no order"},
    {"swap operands", "quiet", "other hours are quiet"},
    {"delete entry", "sat", "those hours take a later arm"},
    {"delete word", "sat", "other hours take this arm"},
    {"swap operands", "sat", "other hours take this arm"},
    {"delete entry", "MM", "those regions take `else`"},
    {"delete entry", "ID", "those regions take `else`"},
    {"other name", "MM", "an arrow may lead to any step, a price be of any region"},
    {"other name", "ID", "an arrow may lead to any step, a price be of any region"},
    {"other quantity", "MM", "another price; what is guaranteed still holds"},
    {"other quantity", "ID", "another price; what is guaranteed still holds"},
    {"other quantity", "PH", "another price; what is guaranteed still holds"},
    {"other quantity", "MY", "another price; what is guaranteed still holds"},
    {"other quantity", "else", "another price; what is guaranteed still holds"},
});

std::string_view judgement(const Mutant& mutant) {
  for (const Rule& rule : kRules) {
    if ((rule.kind.empty() || rule.kind == mutant.kind) && (rule.about.empty() || rule.about == mutant.about)) {
      return rule.judgement;
    }
  }
  return "UNJUDGED";
}

class Mutation : public testing::TestWithParam<Subject> {};

TEST_P(Mutation, IsCaughtOrStillMeansSomething) {
  const Subject& subject = GetParam();
  const Verdict original = judge(subject.files);
  ASSERT_NE(original.program, "") << subject.name << " is no good flow";
  std::string survivors;
  std::size_t total = 0, caught = 0, harmless = 0, survived = 0;
  std::vector<std::vector<Mutant>> all;
  for (const auto& [name, text] : subject.files) {
    source::SourceMap sources;
    diagnostics::Sink sink;
    const auto tree = syntax::parse(sources, sources.add(name, text), sink);
    ASSERT_TRUE(tree.has_value());
    total += all.emplace_back(mutants(text, *tree)).size();
  }
  const bool whole = testing_support::long_run();
  constexpr bool kSome = testing_support::kSanitized;
  const std::size_t stride = whole ? 1 : (total + kMutantsMost - 1) / kMutantsMost * (kSome ? kSanitizedStride : 1);
  const fs::path list = golden::source_folder() / "tests/mutation/survivors" / (subject.name + ".txt");
  const std::string listed = kSome ? golden::read_text(list) : "";
  std::size_t number = 0;
  for (std::size_t i = 0; i < subject.files.size(); ++i) {
    const std::string& name = subject.files[i].first;
    for (const Mutant& mutant : all[i]) {
      if (number++ % stride != 0) continue;
      Files files = subject.files;
      files[i].second = mutant.text;
      const Verdict verdict = judge(files);
      if (verdict.program.empty() || says_more(verdict, original)) {
        ++caught;
      } else if (verdict.program == original.program) {
        ++harmless;
      } else {
        ++survived;
        const std::string told = fmt::format("{}:{}: {}, {}: {}\n    {}\n", name, mutant.line, mutant.kind,
                                             mutant.about, mutant.change, judgement(mutant));
        if (kSome && !whole) {
          EXPECT_NE(listed.find(told), std::string::npos) << told;
        }
        survivors += told;
      }
    }
  }
  EXPECT_GE(total, kMutantsMin) << subject.name << " is too small to tell much";
  const std::string summary =
      fmt::format("{} of {} mutants: {} caught, {} compiled to the same program, {} survived\n\n",
                  caught + harmless + survived, total, caught, harmless, survived);
  if (whole && stride * kMutantsMost < total)
    fmt::print("{}", survivors);
  else if (!kSome)
    golden::expect_golden(list, summary + survivors);
  EXPECT_EQ(survivors.find("UNJUDGED"), std::string::npos)
      << "a survivor without a judgement: mend the checker, or add a rule to kRules";
}

INSTANTIATE_TEST_SUITE_P(Of, Mutation, testing::ValuesIn(subjects()),
                         [](const auto& param) { return param.param.name; });

TEST(Survivors, EveryListOfSurvivorsHasItsFlow) {
  const std::vector<Subject> all = subjects();
  for (const auto& entry : fs::directory_iterator(golden::source_folder() / "tests/mutation/survivors")) {
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Subject& subject) { return subject.name == name; })) << entry.path();
  }
}

}  // namespace
}  // namespace flow::mutation
