#include "compiler/import/fidelity/flow_graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "compiler/check/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/import/fidelity/words.h"
#include "compiler/syntax/parse.h"

namespace flow::importing::fidelity {
namespace {

constexpr std::string_view kWorkspace =
    "edition 1\nlanguages en\nallow regions all\nallow hosts \"api.shop.example\"\n"
    "channel sms_shop: sms { sender \"SHOP\" }\nchannel viber_shop: viber { service \"4501\" }\n"
    "function save at \"https://api.shop.example/save\"\n";

// A line a state, `NAME: ACTION` and below it `  LABEL > NAME`; ends and what the flow's head brings are left out.
std::string graph_text(const std::string& flow, std::string_view workspace_text = kWorkspace) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  std::vector<syntax::File> files;
  for (const auto& [name, text] :
       {std::pair("workspace.flow", std::string(workspace_text)), std::pair("f.flow", flow)}) {
    auto file = syntax::parse(sources, sources.add(name, text), sink);
    if (file) files.push_back(std::move(*file));
  }
  const auto workspace = check::check_workspace(files, sources, sink);
  EXPECT_FALSE(sink.has_errors()) << diagnostics::render(sources, sink);
  if (sink.has_errors()) return {};
  const Graph graph = graph_of(*workspace->flows.at(0), *workspace);
  std::string out;
  for (const State& state : graph.states) {
    if (state.transitions.empty()) continue;
    std::string action = state.action.empty() ? "-" : state.action;
    std::replace(action.begin(), action.end(), '\n', ';');
    out += fmt::format("{}: {}\n", state.name, action);
    for (const Transition& one : state.transitions) {
      const State& to = graph.states.at(one.to);
      std::string name = to.transitions.empty() ? to.action : to.name;
      std::replace(name.begin(), name.end(), '\n', ';');
      if (kind_of(to.action) == "jump") name = "jump " + name;
      out += fmt::format("  {} > {}\n", one.label, name);
    }
  }
  return out;
}

const std::string kHead =
    "flow f \"F\"\ntrigger manual\npurpose transaction\ninput customer: phone\ninput tier: text(1..20)\n";

TEST(FlowGraph, OfMessages) {
  EXPECT_EQ(
      graph_text(kHead + R"(
let hello = "Hello {{upper(tier)}}"
on signal paid => end
start => a
a: ask sms as answer {
  from sms_shop; to customer; text "{{hello}}: {{tier}}?"
  "yes", containing "Sure" => end
  /no+/ => b
  else => jump a max 2 else b
  failed, silent after 1h => b
}
b: send viber { from viber_shop; to customer; text "Bye {{answer ?? ""}}"; failed, undelivered after 30s => end failed "no"; delivered => end }
)"),
      R"(a: message;channel: sms;from: "sms_shop";sender: "SHOP";to: {customer};purpose: transaction;text: "Hello <upper({tier})>: {tier}?"
  failed > b
  sent > a.answer
b: message;channel: viber;from: "viber_shop";sender: "4501";to: {customer};purpose: transaction;text: "Bye {answer}"
  failed > end;failed: "no"
  undelivered after 30000 > end;failed: "no"
  delivered > end;done: true
a.answer: reply;keeps: {answer}
  reply > a.answer
  silent after 3600000 > b
a.answer: jump;max: 2
  again > a
  else > b
a.answer: choice
  {answer} ~= "yes" or {answer} ~contains "sure" > end;done: true
  {answer} matches "no+" > b
  else > jump a.answer
start: start;input customer: {customer};input tier: {tier}
  start > a
  on signal paid > end;done: true
)");
}

TEST(FlowGraph, OfChoices) {
  EXPECT_EQ(graph_text(kHead + R"(
input score: text(1..9)?
start => a
a: branch {
  tier ~= " Gold " => b
  tier ~= ["x", "y"] => b
  lower(trim(tier)) contains "ab" and tier matches /(?i)a.b/ => b
  score is set and (number(score) ?? 0) > 5 => b
  score is set and tier == "s" => b
  not (tier starts with "q") or tier is blank => b
  else => c
}
b: recognize region of customer { MY, PH => end; else => c }
c: random { 90% => end; 10% => d }
d: set { n = 1; m = "v{{tier}}" } => e
e: wait 90s => f
f: recognize calling code of customer { 63 => end; else => back }
back: jump d max 3 else end
)"),
            R"(a: choice
  {tier} ~= "gold" > b
  {tier} ~= "x" or {tier} ~= "y" > b
  {tier} ~contains "ab" and {tier} ~matches "a.b" > b
  {score} > 5 > b
  {score} is set and {tier} == "s" > b
  not ({tier} starts with "q") or {tier} is blank > b
  else > c
b: choice
  {customer} in MY, PH > end;done: true
  else > c
c: random
  1: 90% > end;done: true
  2: 10% > d
d: set;{n}: 1;{m}: "v{tier}"
  next > e
e: wait;for: 90000
  next > f
f: choice
  {customer} begins with 63 > end;done: true
  else > back
back: -
  next > jump back
back: jump;max: 3
  again > d
  else > end;done: true
start: start;input customer: {customer};input tier: {tier};input score: {score}
  start > a
)");
}

TEST(FlowGraph, OfOperations) {
  EXPECT_EQ(graph_text(kHead + R"(
start => a
a: http GET "https://api.shop.example/x/{{tier}}" {
  header "X-Tier" = "t{{tier}}"
  read eta: text = body.eta
  ok => b
  status 404 => end
  failed, late after 5s => c
}
b: call function save(tier: tier, n: 1) { ok, failed => c; late after 5s => end }
c: extern "say-play" { say "Hello"; done, hangup => d; broken => end failed "x" }
d: await signal paid { received => e; silent after 1m => end }
e: unsubscribe customer => end
)"),
            R"(a: http;method: "GET";url: "https://api.shop.example/x/{tier}";header X-Tier: "t{tier}";read eta: {eta}
  failed > c
  ok > b
  status 404 > end;done: true
  late after 5000 > c
b: function;target: "save";url: "https://api.shop.example/save";body: "\{\"tier\":\"{tier}\",\"n\":1\}"
  failed > c
  ok > c
  late after 5000 > end;done: true
c: extern;type: "say-play";setting say: "Hello"
  done > d
  hangup > d
  broken > end;failed: "x"
d: signal;name: "paid"
  received > e
  silent after 60000 > end;done: true
e: unsubscribe;target: "";address: {customer}
  next > end;done: true
start: start;input customer: {customer};input tier: {tier}
  start > a
)");
}

// What the workspace does to the messages of all flows is not the flow's.
TEST(FlowGraph, OfTablesAndQuietHours) {
  const std::string flow = kHead + R"(
zone "Asia/Manila"
start => a
a: deliver to customer {
  one: send viber { from viber_shop; text "x"; failed, undelivered after 1m => next; delivered => reached }
  two: send sms { from sms_shop; text "x"; failed => next; sent => reached }
  else => one then two
  reached => end
  exhausted => end failed "no"
}
)";
  const std::string plain = graph_text(flow);
  EXPECT_NE(plain.find("a: choice\n  else > a.one\n"), std::string::npos) << plain;
  EXPECT_NE(plain.find("a.one: message;channel: viber"), std::string::npos) << plain;
  EXPECT_NE(plain.find("  undelivered after 60000 > a.two\n"), std::string::npos) << plain;
  const std::string quiet =
      graph_text(flow, std::string(kWorkspace) + "zone \"Asia/Manila\"\nquiet hours 21:00..08:00\n");
  EXPECT_NE(quiet.find("a.one.hours: -\n  else > a.one\n"), std::string::npos) << quiet;
  EXPECT_NE(quiet.find("a.one.quiet: -\n  next > a.one\n"), std::string::npos) << quiet;
}

}  // namespace
}  // namespace flow::importing::fidelity
