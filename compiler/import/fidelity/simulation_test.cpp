#include "compiler/import/fidelity/simulation.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::fidelity {
namespace {

// A state a line: `NAME ACTION | LABEL > NAME | …`. In an action `;` parts settings; `-` is silent. The first is the
// start.
Graph graph(const std::string& text) {
  Graph result;
  std::map<std::string, std::uint32_t> places;
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find('|', at), line.size());
      std::string part = line.substr(at, end - at);
      part.erase(0, part.find_first_not_of(' '));
      part.erase(part.find_last_not_of(' ') + 1);
      parts.push_back(part);
      at = end + 1;
    }
    places.emplace(parts[0].substr(0, parts[0].find(' ')), static_cast<std::uint32_t>(lines.size()));
    lines.push_back(parts);
  }
  for (const auto& parts : lines) {
    State state;
    state.name = parts[0].substr(0, parts[0].find(' '));
    state.action = parts[0].substr(parts[0].find(' ') + 1);
    if (state.action == "-") state.action.clear();
    for (char& c : state.action) c = c == ';' ? '\n' : c;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const std::size_t arrow = parts[i].rfind(" > ");
      state.transitions.push_back({parts[i].substr(0, arrow), places.at(parts[i].substr(arrow + 3))});
    }
    result.states.push_back(std::move(state));
  }
  return result;
}

std::string difference(const std::string& original, const std::string& imported,
                       const std::vector<Pairing>& pairings = {}) {
  const Comparison found = compare(graph(original), graph(imported), pairings);
  EXPECT_EQ(found.same, found.difference.empty());
  return found.same ? "same" : fmt::format("{} [{}]", found.difference, fmt::join(found.path, ", "));
}

const std::string kMenu = R"(
  start start | start > ask
  ask message;text: "1 or 2?" | failed > end | sent > answer
  answer reply | reply > which | silent after 60000 > end
  which choice | {widgets.ask.Body} ~= "1" > one | {widgets.ask.Body} ~= "2" > two | else > ask
  one message;text: "One" | failed > end | sent > end
  two message;text: "Two, {widgets.ask.Body}" | failed > end | sent > end
  end end
)";

// The same with other names, `jump` for the circle, and one choice in two.
const std::string kImported = R"(
  start start | start > ask
  ask message;channel: sms;text: "1 or 2?" | failed > end | sent > answer
  answer reply | reply > which | silent after 60000 > end
  which choice | {ask} ~= "1" > one | else > pass
  pass - | next > rest
  rest choice | {ask} ~= "2" > two | else > back
  back jump;max: 5 | again > ask | else > given_up
  given_up end;failed: "too often"
  one message;channel: sms;text: "One" | failed > end | sent > end
  two message;channel: sms;text: "Two, {ask}" | failed > end | sent > end
  end end
)";

TEST(Simulation, OfTheSame) {
  const Comparison found = compare(graph(kMenu), graph(kImported));
  EXPECT_TRUE(found.same) << found.difference;
  EXPECT_EQ(found.states, 7U);
  EXPECT_EQ(found.transitions, 12U);
  ASSERT_EQ(found.additions.size(), 1U);
  EXPECT_EQ(found.additions[0].step + " " + found.additions[0].what, "back jump");
  EXPECT_EQ(difference(kMenu, kMenu), "same");
  EXPECT_EQ(difference(kImported, kImported), "same");
  // What the other has beyond it is compared the other way round.
  EXPECT_EQ(difference(kImported, kMenu), "`ask`: its channel is missing, and was sms [start]");
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// A text that the import has not, and leaves to another system: of the same template, given all that it reads.
TEST(Simulation, OfATextThatAnotherSystemMakes) {
  const std::string made = either({"*", made_elsewhere("Hello {{who}}", {"{v.tries}"})});
  const std::string original =
      "start start;input tries: {v.tries} | start > ask\n ask message;text: " + made + " | sent > end\n end end";
  const std::string imported = R"(
  start start;input tries: {tries} | start > made
  made extern;type: "liquid";makes: {askText};setting template: "Hello \{\{who\}\}";setting tries: {tries} | rendered > ask
  ask message;text: {askText} | sent > end
  end end
)";
  EXPECT_EQ(difference(original, imported), "same");
  const auto differs = [&](const std::string& from, const std::string& to) {
    return difference(original, changed(imported, from, to));
  };
  EXPECT_NE(differs("Hello", "Hallo"), "same");
  EXPECT_NE(differs(";setting tries: {tries}", ""), "same");
  EXPECT_NE(differs("setting tries: {tries}", "setting tries: {others}"), "same");
  EXPECT_NE(differs("\"liquid\"", "\"sponge\""), "same");
  // The text of another one is no text of this.
  EXPECT_NE(difference("s start | start > a\n a message;text: \"Hello {v.x}!\" | sent > e\n e end", imported), "same");
}

TEST(Simulation, ShowsTheShortestWayToADifference) {
  const auto found = [](const std::string& from, const std::string& to) {
    return difference(kMenu, changed(kImported, from, to));
  };
  EXPECT_EQ(found("\"One\"", "\"Won\""),
            "`one`: its text is \"Won\", and was \"One\" [start, sent, reply, {widgets.ask.Body} ~= \"1\"]");
  EXPECT_EQ(found("sent > answer", "sent > end"),
            "`end` is `end`, and was `reply` (`answer` in the original) [start, sent]");
  EXPECT_EQ(found("failed > end | sent > answer", "sent > answer"), "`ask` has no outcome `failed` [start]");
  EXPECT_EQ(found("~= \"1\"", "~= \"3\""),
            "`which`: condition 1 is `{ask} ~= \"3\"`, and was `{widgets.ask.Body} ~= \"1\"` [start, sent, reply]");
  EXPECT_EQ(found("silent after 60000", "silent after 6000"),
            "`answer` has no outcome `silent after 60000` [start, sent]");
  EXPECT_EQ(found("again > ask", "again > one"),
            "`one` (`ask` in the original): its text is \"One\", and was \"1 or 2?\" [start, sent, reply, else]");
  EXPECT_EQ(found("| {ask} ~= \"2\" > two ", ""),
            "`which`: condition 2 is missing: `{widgets.ask.Body} ~= \"2\"` [start, sent, reply]");
  EXPECT_EQ(found("\"Two, {ask}\"", "\"Two, {other}\""),
            "`two`: `widgets.ask.Body` is `other` here, and was `ask` elsewhere "
            "[start, sent, reply, {widgets.ask.Body} ~= \"2\"]");
  EXPECT_EQ(found("| else > back", "| {ask} ~= \"9\" > end | else > back"),
            "`which`: condition 3 is an addition: `{ask} ~= \"9\"` [start, sent, reply]");
}

TEST(Simulation, OfOutcomes) {
  const std::string plain = "s start | start > a\n a http;url: \"x\" | ok > e | failed > e\n e end";
  // A time to wait is an addition, an outcome of its own is none.
  const Comparison added = compare(graph(plain), graph(changed(plain, "ok > e", "ok > e | late after 5000 > e")));
  EXPECT_TRUE(added.same);
  ASSERT_EQ(added.additions.size(), 1U);
  EXPECT_EQ(added.additions[0].what, "late after 5000");
  EXPECT_EQ(difference(plain, changed(plain, "ok > e", "ok > e | status 404 > e")),
            "`a` has an outcome `status 404` that the original has not [start]");
  // Of two that are alike the first counts; `*` is any.
  EXPECT_EQ(difference(changed(plain, "failed > e", "failed > e | failed > a"), plain), "same");
  EXPECT_EQ(difference(changed(plain, "\"x\"", "*"), plain), "same");
  EXPECT_EQ(difference(changed(plain, "ok > e", "ok > e | late after * > e"),
                       changed(plain, "ok > e", "ok > e | late after 7 > e")),
            "same");
  EXPECT_EQ(difference(plain, changed(plain, "\"x\"", "*")), "`a`: its url is *, and was \"x\" [start]");
  EXPECT_EQ(difference(plain, changed(plain, ";url: \"x\"", "")), "`a`: its url is missing, and was \"x\" [start]");
}

TEST(Simulation, OfChoices) {
  const std::string one =
      "s start | start > c\n c choice | {x} > a | {y} > b | else > e\n"
      "a wait;for: 1 | next > e\n b wait;for: 2 | next > e\n e end";
  const std::string two =
      "s start | start > c\n c choice | {x} > a | else > d\n d choice | {y} > b | else > e\n"
      "a wait;for: 1 | next > e\n b wait;for: 2 | next > e\n e end";
  EXPECT_EQ(difference(one, two), "same");
  EXPECT_EQ(difference(two, one), "same");
  // A condition that stood before is never the one that decides.
  EXPECT_EQ(difference(changed(one, "{y} > b", "{x} > e | {y} > b"), one), "same");
  // Other values may have other names, each one of its own; what they lead to is the same.
  EXPECT_EQ(difference(one, changed(one, "{x} > a | {y} > b", "{y} > b | {x} > a")),
            "`b` (`a` in the original): its for is 2, and was 1 [start, {x}]");
  EXPECT_EQ(difference(one, changed(one, "{x} > a | {y} > b", "{x} > a | {x} > b")),
            "`c`: condition 2 is missing: `{y}` [start]");
  // One that has nothing but `else` decides nothing.
  EXPECT_EQ(difference(one, changed(two, "start > c", "start > n") + "\n n choice | else > c"), "same");
  const std::string circle = "s start | start > c\n c choice | {x} > e | else > c\n e end";
  EXPECT_EQ(difference(circle, circle), "same");
  EXPECT_NE(difference(one, circle), "same");
  EXPECT_NE(difference(circle, one), "same");
}

TEST(Simulation, OfEventsWithOtherNames) {
  const std::string original =
      "s start | start > x\n x extern | pay-done > a | next > e\n a wait;for: 1 | next > e\n e end";
  const std::string imported =
      "s start | start > x\n x extern | payDone > a | next_2 > e\n a wait;for: 1 | next > e\n e end";
  const Comparison found = compare(graph(original), graph(imported));
  EXPECT_TRUE(found.same) << found.difference;
  // Each of them is for the report to tell.
  ASSERT_EQ(found.additions.size(), 2U);
  EXPECT_EQ(found.additions[0].step + " " + found.additions[0].what, "x payDone");
  EXPECT_NE(difference(original, changed(imported, "payDone > a | next_2 > e", "payDone > e | next_2 > a")), "same");
  EXPECT_EQ(difference(original, changed(imported, "payDone", "paidDone")), "`x` has no outcome `pay-done` [start]");
  // Of two that it may be neither is.
  EXPECT_EQ(difference(original, changed(imported, "next_2 > e", "next_2 > e | pay_done > e")),
            "`x` has no outcome `pay-done` [start]");
  const std::string both = changed(original, "pay-done > a", "pay-done > a | payDone > e");
  EXPECT_EQ(difference(both, imported), "`x` has no outcome `pay-done` [start]");
}

TEST(Simulation, OfOneOfSeveralForms) {
  const auto text = [](const std::string& words) {
    return "s start | start > a\n a message;text: " + words + " | sent > e\n e end";
  };
  const std::string forms = either({"{v.a}", "<upper({v.a})>"});
  const std::string original = text("\"Dear " + forms + ", " + either({"Sir", "Madam"}) + "\"");
  EXPECT_EQ(difference(original, text("\"Dear {a}, Sir\"")), "same");
  EXPECT_EQ(difference(original, text("\"Dear <upper({a})>, Madam\"")), "same");
  EXPECT_NE(difference(original, text("\"Dear <lower({a})>, Sir\"")), "same");
  EXPECT_NE(difference(original, text("\"Dear {a}, Madame\"")), "same");
  EXPECT_EQ(difference(original, text("\"Dear {a}, Lord\"")),
            "`a`: its text is \"Dear {a}, Lord\", and was \"Dear {v.a}, Sir\" [start]");
  // Forms within forms, and one that fits is not the end of it.
  const std::string nested = text("\"" + either({"A", either({"A", "B"}) + "C"}) + "C\"");
  for (const char* one : {"AC", "ACC", "BCC"}) EXPECT_EQ(difference(nested, text(fmt::format("\"{}\"", one))), "same");
  for (const char* one : {"A", "BC", "CC"}) EXPECT_NE(difference(nested, text(fmt::format("\"{}\"", one))), "same");
  EXPECT_EQ(either({"x", "x"}), "x");
  EXPECT_EQ(forms_of(nested).size(), 1U);
  // Bounded, when each fits in two ways but the end does not.
  std::string many = "\"";
  std::string one = "\"";
  for (int i = 0; i < 60; ++i) many += either({"a", "{*}"}), one += "a";
  EXPECT_NE(difference(text(many + "!\""), text(one + "?\"")), "same");
  // One of them is nothing.
  const std::string header =
      "s start | start > a\n a http;header A: " + either({"\"x\"", ""}) + ";only: these | ok > e\n e end";
  EXPECT_EQ(difference(header, "s start | start > a\n a http | ok > e\n e end"), "same");
  EXPECT_EQ(difference(header, "s start | start > a\n a http;header A: \"x\" | ok > e\n e end"), "same");
  EXPECT_NE(difference(header, "s start | start > a\n a http;header A: \"y\" | ok > e\n e end"), "same");
}

// A function of the workspace has a name of its own, one for one.
TEST(Simulation, OfNamesInTheWorkspace) {
  const std::string original =
      "s start | start > a\n a function;target: {f 1} | ok > b\n b function;target: {f 2} | ok > c\n"
      "c function;target: {f 1} | ok > e\n e end";
  const std::string imported =
      "s start | start > a\n a function;target: \"x\" | ok > b\n b function;target: \"y\" | ok > c\n"
      "c function;target: \"x\" | ok > e\n e end";
  EXPECT_EQ(difference(original, imported), "same");
  EXPECT_NE(difference(original, changed(imported, "\"y\"", "\"x\"")), "same");
  EXPECT_NE(difference(original, changed(imported, "c function;target: \"x\"", "c function;target: \"z\"")), "same");
}

// What is read of an answer, and used, is what the original reads.
TEST(Simulation, OfWhatIsRead) {
  const std::string original =
      "s start | start > a\n a http;only: these;read x.y: {v.y} | ok > b\n b message;text: {v.y} | sent > e\n e end";
  const std::string imported =
      "s start | start > a\n a http;read x.y: {y};read z: {z} | ok > b\n b message;text: {y} | sent > e\n e end";
  EXPECT_EQ(difference(original, imported), "same");
  EXPECT_NE(difference(original, changed(imported, "text: {y}", "text: {z}")), "same");
  EXPECT_NE(difference(original, changed(imported, "read x.y: {y}", "read x.w: {y}")), "same");
}

// What the original has set nowhere is empty, and what counts begins where it says.
TEST(Simulation, OfFirstValues) {
  Graph original = graph(
      "s start | start > a\n a message;text: \"{v.a} {v.n} k\" | sent > b\n b message;text: \"k\" | sent > e\n e end");
  original.empty_at_first = true;
  original.first.emplace("v.n", "4");
  const std::string imported =
      "s start | start > set\n set set;{a}: \"\";{n}: 4;{k}: \"k\";{z}: \"z\" | next > a\n"
      "a message;text: \"{a} {n} k\" | sent > b\n b message;text: {k} | sent > e\n e end";
  const auto same = [&](const std::string& from, const std::string& to) {
    return compare(original, graph(changed(imported, from, to))).same;
  };
  EXPECT_TRUE(same("{a}", "{a}"));
  EXPECT_FALSE(same("{a}: \"\"", "{a}: \"x\""));
  EXPECT_FALSE(same("{n}: 4", "{n}: 5"));
  EXPECT_FALSE(same("{n}: 4", "{n}: 0"));
  // A constant that has a name is the constant.
  EXPECT_FALSE(same("{k}: \"k\"", "{k}: \"l\""));
  // One that nothing uses may be anything.
  EXPECT_TRUE(same("\"z\"", "\"y\""));
}

// One that sets variables becomes several when another system makes a text in between.
TEST(Simulation, OfVariablesSetInSeveralSteps) {
  const std::string original =
      "s start | start > a\n a set;{v.a}: \"1\";{v.b}: *;{v.c}: {v.a} | next > w\n w wait;for: 1 | next > e\n e end";
  const std::string imported =
      "s start | start > never\n never set;{n}: \"\" | next > first\n first set;{a}: \"1\" | next > made\n"
      "made extern;type: \"liquid\";makes: {t} | rendered > a\n a set;{b}: {t};{c}: {a} | next > w\n"
      "w wait;for: 1 | next > e\n e end";
  const std::vector<Pairing> pairings = {{"a", "a"}};
  const Comparison found = compare(graph(original), graph(imported), pairings);
  EXPECT_TRUE(found.same) << found.difference;
  ASSERT_EQ(found.additions.size(), 1U);
  EXPECT_EQ(found.additions[0].step + " " + found.additions[0].what, "never set");
  EXPECT_EQ(difference(original, changed(imported, "{a}: \"1\"", "{a}: \"2\""), pairings),
            "`a` (`a` in the original): it sets {a} = \"2\", and set {v.a} = \"1\" [start]");
  EXPECT_NE(difference(original, changed(imported, "{c}: {a}", "{c}: {b}"), pairings), "same");
  EXPECT_NE(
      difference(original, changed(imported, "first set;{a}: \"1\" | next > made", "first set;{a}: \"1\" | next > w"),
                 pairings),
      "same");
  EXPECT_NE(difference(original, changed(imported, ";{c}: {a}", ""), pairings), "same");
  // A circle of them is no one.
  EXPECT_NE(difference(original, changed(imported, "rendered > a", "rendered > never"), pairings), "same");
}

TEST(Simulation, OfVariables) {
  const std::string sets =
      "s start | start > a\n a set;{flow.variables.a}: \"1\";{flow.variables.b}: {flow.variables.a} | next > e\n e end";
  const std::string imported = "s start | start > a\n a set;{a}: \"1\";{b}: {a} | next > e\n e end";
  EXPECT_EQ(difference(sets, imported), "same");
  EXPECT_EQ(difference(sets, changed(imported, "{b}: {a}", "{b}: {b}")),
            "`a`: `flow.variables.a` is `b` here, and was `a` elsewhere [start]");
  EXPECT_EQ(difference(sets, changed(imported, ";{b}: {a}", "")), "`a`: it sets 1 variables, and set 2 [start]");
  EXPECT_EQ(difference(changed(sets, "\"1\"", "*"), imported), "same");
  EXPECT_EQ(difference(changed(sets, ";{flow.variables.b}", ";{x}"), changed(imported, ";{b}", ";{a}")),
            "`a`: `x` is `a` here, which `flow.variables.a` is already [start]");
  // One that the import adds is passed over, and told.
  const Comparison added = compare(graph("s start | start > e\n e end"), graph(imported));
  EXPECT_TRUE(added.same);
  EXPECT_EQ(added.additions.size(), 1U);
}

TEST(Simulation, ComparesWhatNothingLeadsTo) {
  const std::string left = "s start | start > e\n e end\n lost wait;for: 1 | next > e";
  const std::string right = "s start | start > e\n e end\n lost_step wait;for: 2 | next > e";
  EXPECT_EQ(difference(left, right), "same");
  EXPECT_EQ(compare(graph(left), graph(right)).left_out, std::vector<std::string>{"lost"});
  EXPECT_EQ(difference(left, right, {{"lost", "lost_step"}}),
            "`lost_step` (`lost` in the original): its for is 2, and was 1 [(nothing leads there) lost]");
}

// n messages in a circle, each with a choice before it.
Graph large(std::uint32_t n) {
  Graph result;
  result.states.push_back({"start", "", {{"start", 1}}});
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t at = 1 + (3 * i);
    const std::uint32_t next = i + 1 == n ? 1 : at + 3;
    result.states.push_back({"choice", fmt::format("c{}", i), {{"{x} == 1", at + 1}, {"else", at + 2}}});
    result.states.push_back(
        {fmt::format("message\ntext: \"{}\"", i), fmt::format("m{}", i), {{"failed", next}, {"sent", next}}});
    result.states.push_back({fmt::format("wait\nfor: {}", i), fmt::format("w{}", i), {{"next", next}}});
  }
  return result;
}

// Each pair of states is met once: 30,000 states are no more than so many pairs, which the number of states that were
// compared shows, and any mutant is found.
TEST(Simulation, IsLinear) {
  const Graph original = large(10'000);
  const Comparison found = compare(original, original);
  EXPECT_TRUE(found.same) << found.difference;
  EXPECT_EQ(found.states, original.states.size());
  Graph mutant = original;
  mutant.states.back().transitions[0].to = 4;
  EXPECT_FALSE(compare(original, mutant).same);
}

// Every transition of a graph whose states all differ, led elsewhere or taken away, is found.
TEST(Simulation, FindsEveryMutant) {
  const Graph original = large(12);
  std::size_t mutants = 0;
  for (std::uint32_t state = 0; state < original.states.size(); ++state) {
    for (std::size_t i = 0; i < original.states[state].transitions.size(); ++i) {
      for (std::uint32_t to = 0; to < original.states.size(); ++to) {
        if (to == original.states[state].transitions[i].to) continue;
        Graph mutant = original;
        mutant.states[state].transitions[i].to = to;
        ++mutants;
        EXPECT_FALSE(compare(original, mutant).same) << state << " " << i << " to " << to;
      }
      Graph mutant = original;
      auto& transitions = mutant.states[state].transitions;
      transitions.erase(transitions.begin() + static_cast<std::ptrdiff_t>(i));
      ++mutants;
      EXPECT_FALSE(compare(original, mutant).same) << state << " without " << i;
    }
  }
  EXPECT_GT(mutants, 2000U);
}

TEST(Words, AreWrittenOneWay) {
  EXPECT_EQ(quoted("a \"b\" {c} <d> \\ \n"), "\"a \\\"b\\\" \\{c\\} \\<d\\> \\\\ \\n\"");
  EXPECT_EQ(value("a}b"), "{a\\}b}");
  Text text;
  text.add("Hello ");
  text.add_value(value("name"));
  text.add_value("upper({name})");
  text.add_value(quoted("!"));
  EXPECT_EQ(text.words(), "\"Hello {name}<upper({name})>!\"");
  EXPECT_EQ(number(" 5.0 "), "5");
  EXPECT_EQ(number("five"), "");
  EXPECT_EQ(number(1'500'000), "1.5");
  EXPECT_EQ(folded(" Yes "), "yes");
  EXPECT_EQ(all_of({"a", "b or c"}), "a and (b or c)");
  EXPECT_EQ(all_of({"{a or b}", "\"c or d\""}), "{a or b} and \"c or d\"");
  EXPECT_EQ(any_of({"a or b"}), "a or b");
  EXPECT_EQ(none_of(none_of("a")), "a");
  const std::string action = Action("set").with(value("a: b"), "1\n2").with("x", "y").words();
  ASSERT_EQ(settings_of(action).size(), 2U);
  EXPECT_EQ(settings_of(action)[0].name, "{a: b}");
  EXPECT_EQ(settings_of(action)[0].value, "1 2");
  EXPECT_EQ(kind_of(action), "set");
}

}  // namespace
}  // namespace flow::importing::fidelity
