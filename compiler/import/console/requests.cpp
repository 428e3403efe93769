// Nodes that ask something outside of the flow: HTTP, functions, models, other flows.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/steps.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::int64_t kRequestMs = 60'000;             // where the original says no time
constexpr std::int64_t kJourneyMs = 30 * 86'400'000LL;  // likewise: as long as a flow lives
constexpr int kAnswerChars = 900;                       // of a model: it fits into a message of every channel
constexpr std::size_t kCategoriesMax = 50;

constexpr std::string_view kModelHost = "models.example.com";  // a name that nobody has

bool is_plain(std::string_view url) {
  return url.find("{{") == std::string_view::npos && url.find(' ') == std::string_view::npos;
}

}  // namespace

void StepMaker::request_arms(std::size_t node, DraftEntry& entry, std::int64_t ms, bool made_up,
                             const std::string& failed) {
  const std::size_t wrong = edge(node, Role::failed);
  const std::size_t next = next_edge(node);
  entry.block.push_back(line("ok", behind(next)));
  entry.block.push_back(line("failed, late after " + duration(ms), wrong == kNone ? failed : behind(wrong)));
  if (made_up) changed(node, entry.block.back(), "The original does not say how long it waits for an answer.");
  if (wrong == kNone) changed(node, entry.block.back(), "The original has no way out for a request that fails.");
}

std::optional<DraftEntry> StepMaker::http(std::size_t node) {
  std::string method = taken_text(node, {"method", "requestmethod", "httpmethod"});
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (method.empty()) method = "GET";
  const Property* url = take(node, {"url", "requesturl", "address"});
  if (!is_one_of(method, {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}))
    return refuse(fmt::format("its method is `{}`", shown(method)));
  if (url == nullptr || !url->value->is_string()) return refuse("it has no URL");
  const std::string host = host_of(url->value->get_ref<const std::string&>());
  if (host.empty()) return refuse("the host of its URL is not written out");
  const Property* given = take(node, {"timeout", "timeoutseconds", "requesttimeout"});
  Timer timer = timed(node, given);
  if (timer.state == Timer::State::unknown || timer.state == Timer::State::off)
    return refuse("its timeout is not understood");
  if (take(node, {"pathparameters", "pathparams", "pathparameter"}) != nullptr)
    return refuse("where its path parameters go is not known");
  DraftEntry entry;
  entry.head = fmt::format("http {} {}", method, text(*url->value, node));
  entry.has_block = true;
  std::string type = taken_text(node, {"contenttype", "bodytype"});
  if (const Property* headers = take(node, {"headers", "header", "requestheaders"})) {
    const auto found = pairs(*headers->value);
    if (!found) return refuse("its headers are no list of keys and values");
    for (const auto& [key, value] : *found) {
      if (value == nullptr || !value->is_string()) return refuse("a header of it is no text");
      if (squeezed(key) == "contenttype") type.clear();
      entry.block.push_back(line(fmt::format("header {} = {}", one_line(key), text(*value, node))));
    }
  }
  if (const Property* query = take(node, {"query", "queryparameters", "queryparams"})) {
    const auto found = pairs(*query->value);
    if (!found) return refuse("its query is no list of keys and values");
    for (const auto& [key, value] : *found) {
      if (!is_name(key) || value == nullptr || value->is_structured())
        return refuse(fmt::format("the language has no query field `{}`", shown(key)));
      entry.block.push_back(line(fmt::format("query {} = {}", key, text(*value, node))));
    }
  }
  if (!http_body(node, type, entry) || !reads(node, "body", entry)) return std::nullopt;
  hosts_.push_back(host);
  const bool made_up = timer.state == Timer::State::none;
  request_arms(node, entry, made_up ? kRequestMs : timer.ms, made_up, "end");
  return entry;
}

// A text as it is, or keys and values in the form that the content type asks for.
bool StepMaker::http_body(std::size_t node, const std::string& type, DraftEntry& entry) {
  take(node, {"bodymode", "mode"});
  const Property* body = take(node, {"body", "rawbody", "requestbody", "raw"});
  if (body == nullptr) body = take(node, {"bodyparameters", "bodyparams", "keyvalues"});
  const bool form = squeezed(type).find("urlencoded") != std::string::npos;
  if (body != nullptr && body->value->is_array()) {
    const auto found = pairs(*body->value);
    if (!found) return no("its body is no list of keys and values");
    std::string members;
    for (const auto& [key, value] : *found) {
      if (value == nullptr || value->is_structured()) return no("a value of its body is no text");
      const std::string name = is_name(key) ? key : one_line(key);
      members += (members.empty() ? "" : ", ") + fmt::format("{}: {}", name, argument(*value, node));
    }
    entry.block.push_back(line(fmt::format("body {}({})", form ? "form" : "json", members)));
    return true;
  }
  if (body == nullptr) return true;
  if (!body->value->is_string()) return no("its body is neither a text nor a list of keys and values");
  if (!type.empty()) entry.block.push_back(line("header \"Content-Type\" = " + one_line(type)));
  entry.block.push_back(line("body " + text(*body->value, node)));
  return true;
}

// What is read out of an answer: members of its object.
bool StepMaker::reads(std::size_t node, std::string_view from, DraftEntry& entry) {
  const Property* read = take(node, {"responsevariables", "outputvariables", "responseparameters", "outputs"});
  if (read == nullptr) return true;
  if (!read->value->is_array()) return no("its response variables are no list");
  for (const Json& each : *read->value) {
    const std::string key = each.is_string() ? each.get<std::string>() : member_text(each, {"name", "key", "variable"});
    const Variable* variable = variables_.find(key);
    if (variable == nullptr || !is_name(key)) return no(fmt::format("`{}` cannot be read from an answer", shown(key)));
    entry.block.push_back(line(fmt::format("read {}: text? = {}.{}", variable->name, from, key)));
    declares_.push_back(variable->name);
  }
  return true;
}

std::optional<DraftEntry> StepMaker::function(std::size_t node) {
  const std::string url = taken_text(node, {"functionurl", "url", "triggerurl", "address", "endpoint"});
  const std::string host = host_of(url);
  if (host.empty() || !is_plain(url)) return refuse("the address of its function is not written out");
  std::string label = taken_text(node, {"functionname", "function"});
  if (label.empty()) label = last_word(url);
  const Property* given = take(node, {"timeout", "timeoutseconds"});
  const Timer timer = timed(node, given);
  if (timer.state == Timer::State::unknown) return refuse("its timeout is not understood");
  std::string arguments;
  if (const Property* all = take(node, {"parameters", "arguments", "inputs", "inputparameters", "body", "keyvalues"})) {
    const auto found = pairs(*all->value);
    if (!found) return refuse("its parameters are no list of keys and values");
    for (const auto& [key, value] : *found) {
      if (!is_name(key) || value == nullptr || value->is_structured())
        return refuse(fmt::format("the language has no argument `{}`", shown(key)));
      arguments += (arguments.empty() ? "" : ", ") + fmt::format("{}: {}", key, argument(*value, node));
    }
  }
  const std::string name = needs_.name_for("function\n" + url, label);
  DraftEntry entry;
  entry.head = fmt::format("call function {}({})", name, arguments);
  entry.has_block = true;
  if (!reads(node, "result", entry)) return std::nullopt;
  hosts_.push_back(host);
  entries_.emplace_back(name, line(fmt::format("function {} at {}", name, one_line(url))));
  const bool made_up = timer.state != Timer::State::set;
  request_arms(node, entry, made_up ? kRequestMs : timer.ms, made_up, "end");
  return entry;
}

// The model that a node names, or a made-up one where it names none; empty: neither.
std::string StepMaker::model(std::size_t node) {
  const std::string base = taken_text(node, {"baseurl", "base", "endpoint", "modelurl"});
  const std::string called = taken_text(node, {"model", "modelname", "modelid"});
  const std::string host = host_of(base);
  if (!base.empty() && (host.empty() || !is_plain(base))) return {};
  const std::string name = needs_.name_for("model\n" + base + "\n" + called, called.empty() ? "main_model" : called);
  DraftEntry entry = line(fmt::format("model {}: openai", name));
  entry.has_block = true;
  entry.block.push_back(line("name " + one_line(called.empty() ? "unknown" : called)));
  entry.block.push_back(line("base " + one_line(base.empty() ? fmt::format("https://{}/v1", kModelHost) : base)));
  if (called.empty() || base.empty()) {
    entry.comments = {"The original does not say all of it."};
    if (!needs_.has(name))
      tell(NoteKind::changed, node, fmt::format("which model it asks is not said: `{}` is made up", name),
           "put the real one into workspace.flow");
  }
  hosts_.emplace_back(base.empty() ? kModelHost : host);
  entries_.emplace_back(name, std::move(entry));
  return name;
}

std::optional<DraftEntry> StepMaker::classify(std::size_t node) {
  constexpr std::size_t kDescriptionMax = 1000;
  const std::string input = input_of(node, false);
  if (input.empty()) return refuse("which text it looks at is not said");
  const Property* categories =
      take(node, {"categories", "customcategories", "branches", "labels", "topics", "options"});
  if (categories == nullptr || !categories->value->is_array() || categories->value->empty() ||
      categories->value->size() > kCategoriesMax)
    return refuse("it has no categories of its own");
  take(node, {"multibranch", "multibranching", "categorytype", "categorymode"});
  const std::string asked = model(node);
  if (asked.empty()) return refuse("where its model is, is not written out");
  if (!tell_members(*categories, {"category", "value", "description", "remark", "meaning", "prompt"}))
    return std::nullopt;
  const bool named = take(node, kOutputKeys) != nullptr;
  const Variable* found = output(node);
  if (named && found == nullptr) return refuse("its output variable is one that something else brings");
  DraftEntry entry;
  entry.head = fmt::format("classify {} with {}{}", input, asked, found == nullptr ? "" : " as " + found->name);
  if (found != nullptr) declares_.push_back(found->name);
  entry.has_block = true;
  const std::size_t failed = edge(node, Role::failed);
  const std::size_t next = canvas_.nodes[node].out.size() == 1 ? next_edge(node) : edge(node, Role::next);
  std::set<std::size_t> ways;  // of categories
  Names labels;
  for (const char* taken : {"else", "failed", "late", "end", "next"}) labels.reserve(taken);
  for (const Json& each : *categories->value) {
    const std::string category =
        each.is_object() ? member_text(each, {"name", "label", "category", "value", "title"}) : plain_text(each);
    const std::string label = labels.step(category, "category");
    if (category.empty()) return refuse("a category of it has no name");
    // The variable holds the label.
    if (found != nullptr && label != category)
      return refuse(fmt::format("its output would be `{}`, and was `{}`", label, shown(category)));
    std::string meaning = each.is_object() ? member_text(each, {"description", "remark", "meaning", "prompt"}) : "";
    if (meaning.empty() || meaning.size() > kDescriptionMax) meaning = category;
    const std::size_t way = next != kNone ? next : edge_to(node, each.is_object() ? each : Json{{"name", category}});
    ways.insert(way);
    entry.block.push_back(line(fmt::format("{} {}", label, one_line(meaning)), behind(way)));
  }
  // A category may be called `other`.
  std::size_t otherwise = edge(node, Role::otherwise);
  if (ways.contains(otherwise)) otherwise = kNone;
  entry.block.push_back(line("else", behind(otherwise == kNone ? next : otherwise)));
  const Property* given = take(node, {"timeout", "timeoutseconds"});
  const Timer timer = timed(node, given);
  if (timer.state == Timer::State::unknown) return refuse("its timeout is not understood");
  const bool made_up = timer.state != Timer::State::set;
  entry.block.push_back(line("failed, late after " + duration(made_up ? kRequestMs : timer.ms),
                             failed == kNone ? "end failed \"no answer\"" : behind(failed)));
  if (made_up) changed(node, entry.block.back(), "The original does not say how long it waits for an answer.");
  if (failed == kNone) changed(node, entry.block.back(), "The original has no way out for a request that fails.");
  return entry;
}

std::optional<DraftEntry> StepMaker::generate(std::size_t node) {
  const std::string protocol = squeezed(taken_text(node, {"protocol", "modelprotocol"}));
  const std::string kind = squeezed(taken_text(node, {"implementation", "implementationtype", "mode", "realization"}));
  if (!is_one_of(protocol, {"", "openai"})) return refuse("its protocol is not OpenAI");
  if (!is_one_of(kind, {"", "model", "llm"})) return refuse("a hosted application answers, not a model");
  const Property* prompt = take(node, {"prompt", "initialprompt", "systemprompt", "instructions"});
  if (prompt == nullptr || !prompt->value->is_string()) return refuse("it has no prompt");
  const Variable* found = output(node);
  if (found == nullptr) return refuse("it has no output variable of its own");
  const std::string asked = model(node);
  if (asked.empty()) return refuse("where its model is, is not written out");
  DraftEntry entry;
  entry.head = fmt::format("generate with {} as {}", asked, found->name);
  declares_.push_back(found->name);
  entry.has_block = true;
  entry.block.push_back(line("prompt " + text(*prompt->value, node)));
  if (const Property* input =
          take(node, {"modelinput", "input", "inputvariable", "userinput", "usermessage", "question"})) {
    if (!input->value->is_string()) return refuse("its input is no text");
    const std::string& name = input->value->get_ref<const std::string&>();
    const bool bare = variables_.find(name) != nullptr;
    entry.block.push_back(line("input " + (bare ? variables_.bare_value(name, node) : argument(*input->value, node))));
  }
  entry.block.push_back(line(fmt::format("max {}", kAnswerChars)));
  changed(node, entry.block.back(), "The original does not say how long an answer may be.");
  const Property* given = take(node, {"timeout", "timeoutseconds"});
  const Timer timer = timed(node, given);
  if (timer.state == Timer::State::unknown) return refuse("its timeout is not understood");
  const bool made_up = timer.state != Timer::State::set;
  request_arms(node, entry, made_up ? kRequestMs : timer.ms, made_up, "end failed \"no answer\"");
  return entry;
}

// Another flow: it takes over, or it is waited for, or it is started.
std::optional<DraftEntry> StepMaker::forward(std::size_t node, bool goes_on) {
  const Property* wait = take(node, {"waitforcompletion", "wait", "waitcompletion", "synchronous", "waiting"});
  const Property* target = take(
      node, {"flow", "flowname", "targetflow", "flowcode", "targetflowcode", "journey", "journeyname", "journeycode",
             "targetjourney", "process", "processname", "targetprocess", "processcode", "flowid", "journeyid"});
  const std::string label =
      target == nullptr ? std::string()
      : target->value->is_object()
          ? member_text(*target->value, {"name", "title", "label", "code", "id", "flowcode", "value"})
          : plain_text(*target->value);
  if (label.empty()) return refuse("which flow it starts is not said");
  std::string arguments;
  StandIn& other = needs_.stand_in(label, canvas_.nodes[node].pointer);
  stand_in_ = label;
  if (const Property* all = take(node, {"parameters", "inputs", "childinputs", "inputparameters", "arguments",
                                        "inputmapping", "childparameters"})) {
    const auto found = pairs(*all->value);
    if (!found) return refuse("its inputs are no list of names and values");
    std::set<std::string> given;
    for (const auto& [key, value] : *found) {
      if (value == nullptr || value->is_structured() || !given.insert(key).second)
        return refuse(fmt::format("its input `{}` is no text, or stands twice", shown(key)));
      arguments += (arguments.empty() ? "" : ", ") + fmt::format("{}: {}", other.input(key), argument(*value, node));
    }
  }
  const std::optional<bool> waits = wait == nullptr ? std::nullopt : switched(wait->value);
  const bool leads_on = !canvas_.nodes[node].out.empty();
  tell(NoteKind::changed, node,
       fmt::format("the flow `{}` is not in this file: `{}` stands in for it, and is not deployable", shown(label),
                   other.name),
       "import that one, too, and put it in the place of the other");
  if (!goes_on && !waits) {
    if (leads_on) return refuse("the flow that it starts takes over, and yet a way leads on");
    return line(fmt::format("forward to {}({})", other.name, arguments));
  }
  if (!waits) return refuse("whether it waits for the other flow is not said");
  if (!*waits) return plain(node, fmt::format("launch flow {}({})", other.name, arguments));
  return journey(node, other, arguments);
}

std::optional<DraftEntry> StepMaker::journey(std::size_t node, StandIn& other, const std::string& arguments) {
  const Property* given = take(node, {"waittime", "waitingtime", "timeout", "maxwaittime", "waitduration"});
  const Timer timer = timed(node, given);
  if (timer.state == Timer::State::unknown) return refuse("how long it waits is not understood");
  const bool made_up = timer.state != Timer::State::set;
  const bool named = take(node, kOutputKeys) != nullptr;
  const Variable* found = output(node);
  if (named && found == nullptr) return refuse("its response variable is one that something else brings");
  DraftEntry entry;
  entry.head = fmt::format("call flow {}({})", other.name, arguments);
  if (found != nullptr) {
    if (found->form != Variable::Form::answer) return refuse("something else fills its response variable, too");
    entry.head += " as " + found->name;
    declares_.push_back(found->name);
    other.answers = true;
  }
  entry.has_block = true;
  const std::size_t failed = edge(node, Role::failed);
  const std::size_t silent = edge(node, Role::silent);
  const std::size_t next = next_edge(node);
  entry.block.push_back(line("done", behind(next)));
  const std::string late = "late after " + duration(made_up ? kJourneyMs : timer.ms);
  // When its time is over, the console's flow goes on.
  if (failed == kNone && silent == kNone) {
    entry.block.push_back(line("failed, expired, " + late, behind(next)));
  } else {
    entry.block.push_back(line("failed, expired", behind(failed == kNone ? next : failed)));
    entry.block.push_back(line(late, behind(silent == kNone ? next : silent)));
  }
  if (made_up) changed(node, entry.block.back(), "The original does not say how long it waits.");
  if (failed == kNone) changed(node, entry.block[1], "The original has no way out for a flow that fails.");
  return entry;
}

}  // namespace flow::importing::console
