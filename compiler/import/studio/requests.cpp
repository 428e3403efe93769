// make-http-request, run-function, run-subflow and send-to-flex.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/studio/address.h"
#include "compiler/import/studio/terraform.h"
#include "compiler/import/studio/widgets.h"
#include "compiler/import/studio/writer.h"

namespace flow::importing::studio {
namespace {

constexpr int kLoopMax = 15;                          // how often Liquid goes round in Studio
constexpr std::string_view kLate = "late after 10s";  // how long Studio waits for an answer

// `read NAME: TYPE = body.path` of all that later steps use.
void add_reads(Writer& writer, std::string_view root) {
  for (const std::size_t index : writer.values.reads(writer.index())) {
    const Variable& variable = writer.values.variables()[index];
    std::string type;
    switch (variable.kind) {
      case Kind::text:
        type = "text?";
        break;
      case Kind::number:
        type = "number?";
        break;
      case Kind::boolean:
        type = "bool?";
        break;
      case Kind::phone:
        type = "phone";
        break;
      case Kind::list:
        for (const std::string& member : variable.members) type += (type.empty() ? "" : ", ") + member + ": text?";
        type = fmt::format("list({}, ..{})?", variable.members.empty() ? "text" : "record(" + type + ")",
                           variable.as_loop ? kLoopMax : static_cast<int>(limits::kListItemsMax));
        break;
    }
    std::string path(root);
    for (const std::string& part : variable.path) path += "." + part;
    writer.step().settings.push_back(line(fmt::format("read {}: {} = {}", variable.name, type, path)));
    writer.note(
        NoteKind::changed, writer.state().pointer,
        fmt::format("`{}` is read as `{}`, by how it is used: another type in the answer is `failed`", path, type),
        "give it the type that the answer has");
  }
}

void add_outcomes(Writer& writer, std::string_view success, std::string_view failure) {
  Step& step = writer.step();
  step.arms.push_back(writer.outcome("ok", success, false));
  step.arms.push_back(writer.outcome("failed", failure, true));
  Arm late{std::string(kLate), writer.target(failure), true, step.arms.back().unwired, {}};
  step.arms.push_back(std::move(late));
}

// A name and a value within brackets.
std::string argument(std::string_view key, const std::string& code) {
  return fmt::format("{}: {}", is_name(key) ? std::string(key) : one_line(key), code);
}

std::string form_of(Writer& writer, const std::vector<Parameter>& parameters) {
  std::string out;
  for (const Parameter& one : parameters)
    out += (out.empty() ? "" : ", ") + argument(one.key, as_argument(writer.text(one.value, one.pointer)));
  return "form(" + out + ")";
}

// The body as it is written in the definition.
std::optional<std::string> body_of(Writer& writer, const std::string& body) {
  if (body.empty()) return std::nullopt;
  const bool json = writer.state().text("content_type").find("json") != std::string::npos;
  if (json) {
    if (const auto members = json_members(writer, body); members && !members->empty()) {
      std::string out;
      for (const JsonMember& member : *members) out += (out.empty() ? "" : ", ") + argument(member.name, member.code);
      return "json(" + out + ")";
    }
    writer.step().settings.push_back(line("header \"Content-Type\" = \"application/json\""));
  } else if (const std::string type = writer.state().text("content_type"); !type.empty() && is_written_out(type)) {
    writer.step().settings.push_back(line("header \"Content-Type\" = " + one_line(type)));
  }
  return as_block(writer.text_of_property("body"));
}

// The address, whose values are escaped one by one: what the language cannot say is one, too.
std::string full_address(Writer& writer, const Address& address, const std::string& more) {
  const std::string pointer = writer.state().pointer_of("url");
  const liquid::Template parsed = liquid::parse(address.rest + more);
  TextWriter text;
  text.add(address.scheme + "://" + address.host);
  std::string assigned;
  for (const liquid::Node& node : parsed.nodes) {
    if (node.kind == liquid::Node::Kind::assign) assigned += node.source;
    if (node.kind == liquid::Node::Kind::text) text.add(as_address(node.text));
    if (node.kind != liquid::Node::Kind::output && node.kind != liquid::Node::Kind::choice) continue;
    const Expr value = writer.text(assigned + node.source, pointer, Place::address);
    text.add(value.prefix);
    if (value.constant)
      text.add(percent_encoded(*value.constant));
    else
      text.add_value(in_text(value));
  }
  return text.one_line();
}

// A value in an address: what is written out of it is escaped, Liquid is not.
std::string as_query_value(std::string_view written) {
  std::string out;
  for (const liquid::Node& node : liquid::parse(written).nodes)
    out += node.kind == liquid::Node::Kind::text ? percent_encoded(node.text) : node.source;
  return out;
}

// Takes names of which the language can say `query NAME = VALUE`; the others go into the address.
std::string add_query(Writer& writer, const std::vector<Parameter>& parameters, bool has_query) {
  std::string more;
  for (const Parameter& one : parameters) {
    if (!stands_in_address(writer.state(), one.key)) {
      writer.step().settings.push_back(
          line(fmt::format("query {} = {}", one.key, as_argument(writer.text(one.value, one.pointer)))));
    } else {
      more += (has_query || !more.empty() ? "&" : "?") + percent_encoded(one.key) + "=" + as_query_value(one.value);
    }
  }
  return more;
}

void add_credentials(Writer& writer, const Address& address) {
  const bool twilio = writer.state().text("add_twilio_auth") == "true";
  const std::string secret = secret_of(writer.state(), writer.declarations);
  if (secret.empty()) return;
  if (twilio && !address.credentials.empty()) {
    writer.note(NoteKind::changed, writer.state().pointer_of("url"),
                "the credentials in the address are left out: Twilio's own are sent", "change them: the file has them");
  }
  writer.step().settings.push_back(line(fmt::format("header \"Authorization\" = \"Basic {{{{{}}}}}\"", secret)));
  writer.note(
      NoteKind::changed, writer.state().pointer_of(twilio ? "add_twilio_auth" : "url"),
      fmt::format("credentials stand in no file here: `{}` is a secret that the runtime holds, user and password "
                  "in base64",
                  secret),
      twilio ? "give flowd the account's credentials"
             : "give flowd the credentials, and change them: the file has them");
}

void note_made_up(Writer& writer, const Address& address) {
  const std::string written = shown(address.written);
  writer.step().comments.push_back(written.empty() ? "Made up: the host, since the definition has no address."
                                                   : "Made up: the host, which is " + written + " in the definition.");
  writer.note(NoteKind::changed, writer.state().pointer_of("url"),
              written.empty() ? fmt::format("the definition has no address: the host `{}` is made up", address.host)
                              : fmt::format("the host `{}` is not written out: `{}` is made up", written, address.host),
              "write the real one");
}

class JsonText {
 public:
  JsonText(Writer& writer) : writer_(writer) {}

  std::optional<std::vector<JsonMember>> run(std::string_view text) {
    const liquid::Template parsed = liquid::parse(text);
    if (parsed.opaque || text.find(kOpen) != std::string_view::npos) return std::nullopt;
    std::string json;
    for (const liquid::Node& node : parsed.nodes) {
      if (node.kind == liquid::Node::Kind::text) {
        json += node.text;
        if (!scan(node.text)) return std::nullopt;
      } else if (node.kind == liquid::Node::Kind::output || (node.kind == liquid::Node::Kind::choice && in_text_)) {
        if (!add_value(node, json)) return std::nullopt;
      } else {
        return std::nullopt;
      }
    }
    const auto read = nlohmann::ordered_json::parse(json, nullptr, false);
    if (!read.is_object()) return std::nullopt;
    std::vector<JsonMember> out;
    for (const auto& [name, value] : read.items()) {
      auto code = code_of(value);
      if (!code || name.empty() || name.find(kOpen) != std::string::npos) return std::nullopt;
      out.push_back({name, *std::move(code)});
    }
    return out;
  }

 private:
  static constexpr std::string_view kOpen = "\xEE\x80\x80";   // U+E000, which nobody writes
  static constexpr std::string_view kClose = "\xEE\x80\x81";  // U+E001
  static constexpr int kDepthMax = 20;

  // Follows where texts of the JSON begin and end.
  bool scan(std::string_view text) {
    for (const char c : text) {
      if (escaped_) {
        escaped_ = false;
      } else if (in_text_ && c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_text_ = !in_text_;
      } else if (!in_text_ && (c == '{' || c == '[')) {
        if (++depth_ > kDepthMax) return false;
      } else if (!in_text_ && (c == '}' || c == ']')) {
        --depth_;
      }
    }
    return true;
  }

  bool add_value(const liquid::Node& node, std::string& json) {
    liquid::Template one;
    one.nodes.push_back(node);
    std::string why;
    auto expr = translate(one, writer_.values, writer_.known(), why);
    if (!expr) return false;
    const bool plain = expr->kind == Kind::number || expr->kind == Kind::boolean;
    if (!in_text_ && !plain) return false;
    const std::string token = fmt::format("{}{}{}", kOpen, values_.size(), kClose);
    json += in_text_ ? token : "\"" + token + "\"";
    bare_.push_back(!in_text_);
    values_.push_back(*std::move(expr));
    return true;
  }

  std::optional<std::string> code_of(const nlohmann::ordered_json& value) {
    if (value.is_string()) return text_of(value.get_ref<const std::string&>());
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    if (value.is_number_integer() && value.dump().size() <= 12) return value.dump();
    std::string out;
    if (value.is_object() && !value.empty()) {
      for (const auto& [name, inner] : value.items()) {
        const auto code = code_of(inner);
        if (!code || name.empty() || name.find(kOpen) != std::string::npos) return std::nullopt;
        out += (out.empty() ? "" : ", ") + argument(name, *code);
      }
      return "json(" + out + ")";
    }
    if (value.is_array() && !value.empty()) {
      for (const auto& inner : value) {
        const auto code = code_of(inner);
        if (!code) return std::nullopt;
        out += (out.empty() ? "" : ", ") + *code;
      }
      return "[" + out + "]";
    }
    return std::nullopt;
  }

  std::optional<std::string> text_of(std::string_view text) {
    TextWriter writer;
    std::size_t pieces = 0;
    const Expr* only = nullptr;
    const std::size_t size = text.size();
    while (!text.empty()) {
      const std::size_t open = text.find(kOpen);
      writer.add(text.substr(0, open));
      if (open == std::string_view::npos) break;
      text.remove_prefix(open + kOpen.size());
      const std::size_t close = text.find(kClose);
      const std::size_t index = std::stoul(std::string(text.substr(0, close)));
      text.remove_prefix(close + kClose.size());
      const Expr& value = values_[index];
      if (bare_[index]) return in_text(value);
      writer.add(value.prefix);
      if (value.constant)
        writer.add(*value.constant);
      else
        writer.add_value(in_text(value));
      ++pieces;
      only = &value;
    }
    const std::size_t token = only == nullptr ? 0 : fmt::format("{}{}{}", kOpen, only - values_.data(), kClose).size();
    if (pieces == 1 && token == size) return as_argument(*only);
    return writer.one_line();
  }

  Writer& writer_;
  std::vector<Expr> values_;
  std::vector<bool> bare_;  // it stands without quotes
  bool in_text_ = false;
  bool escaped_ = false;
  int depth_ = 0;
};

}  // namespace

std::optional<std::vector<JsonMember>> json_members(Writer& writer, std::string_view text) {
  return JsonText(writer).run(text);
}

std::string secret_of(const State& request, Declarations& declarations) {
  if (request.text("add_twilio_auth") == "true") return declarations.secret("twilio_auth", "", "");
  const auto address = address_of(request);
  if (!address || address->credentials.empty()) return {};
  return declarations.secret("http_auth", address->host, address->credentials);
}

void write_request(Writer& writer) {
  const State& state = writer.state();
  const Address address = *address_of(state);
  const std::string method = method_of(state);
  const auto parameters = parameters_of(writer, "parameters");
  const bool in_query = method == "GET" || method == "HEAD" || method == "DELETE";
  Step& step = writer.step();
  add_credentials(writer, address);
  std::string more;
  if (in_query) {
    more = add_query(writer, parameters, address.rest.find('?') != std::string::npos);
    if (!state.text("body").empty())
      writer.note(NoteKind::left_out, state.pointer_of("body"), fmt::format("Studio sends no body with {}", method));
  } else if (!parameters.empty() && state.text("body").empty()) {
    step.settings.push_back(line("body " + form_of(writer, parameters)));
  } else if (const auto body = body_of(writer, state.text("body"))) {
    if (!parameters.empty())
      writer.note(NoteKind::left_out, state.pointer_of("parameters"), "beside a body Studio sends no parameters");
    step.settings.push_back(line("body " + *body));
  }
  step.head = fmt::format("http {} {}", method, full_address(writer, address, more));
  writer.declarations.allow_host(address.host);
  if (address.made_up) note_made_up(writer, address);
  if (!address.part.empty())
    writer.note(NoteKind::no_effect, state.pointer_of("url"),
                fmt::format("`{}` of the address is never sent", shown(as_terraform(address.part))));
  add_reads(writer, "body");
  add_outcomes(writer, "success", "failed");
}

void write_function(Writer& writer) {
  const State& state = writer.state();
  std::string arguments;
  Names names;
  for (const Parameter& one : parameters_of(writer, "parameters")) {
    const std::string name = names.variable(one.key, "value");
    if (name != one.key) {
      writer.note(NoteKind::changed, one.pointer,
                  fmt::format("the argument `{}` is called `{}`: the language has no such name", shown(one.key), name));
      writer.step().comments.push_back(
          fmt::format("`{}` is {} in Studio: the language has no such name.", name, shown(one.key)));
    }
    arguments +=
        fmt::format("{}{}: {}", arguments.empty() ? "" : ", ", name, as_argument(writer.text(one.value, one.pointer)));
  }
  writer.step().head = fmt::format("call function {}({})", writer.declarations.function(state), arguments);
  add_reads(writer, "result");
  add_outcomes(writer, "success", "fail");
}

namespace {

void add_ends_of_subflow(Writer& writer) {
  Step& step = writer.step();
  step.arms.push_back(writer.outcome("done", "completed", false));
  step.arms.push_back(writer.outcome("failed", "failed", true));
  const Arm failed = step.arms.back();
  step.arms.push_back({"expired", failed.to, true, failed.unwired, {}});
  step.arms.push_back({"late after 29d", failed.to, true, failed.unwired, {}});
}

// A sub-flow that was in another file. What a run-subflow does not say is empty in Studio.
void write_linked(Writer& writer, const SubFlow& flow) {
  std::string arguments;
  const auto add = [&](const std::string& name, const std::string& code) {
    arguments += fmt::format("{}{}: {}", arguments.empty() ? "" : ", ", name, code);
  };
  if (!flow.real->contact.empty()) {
    const Expr contact = writer.values.contact();
    add(flow.real->contact,
        flow.real->contact_is_text && contact.kind == Kind::phone ? as_text(contact) : contact.code);
  }
  std::set<std::string> given;
  for (const Parameter& one : parameters_of(writer, "parameters")) {
    const auto input = flow.real->texts.find(one.key);
    if (input == flow.real->texts.end()) {
      writer.note(NoteKind::no_effect, one.pointer,
                  fmt::format("`{}` never reads the parameter `{}`", flow.name, shown(one.key)));
      continue;
    }
    given.insert(one.key);
    add(input->second, as_text(writer.text(one.value, one.pointer)));
  }
  for (const auto& [key, input] : flow.real->texts)
    if (!given.contains(key)) add(input, "\"\"");
  writer.step().head = fmt::format("call flow {}({})", flow.name, arguments);
  add_ends_of_subflow(writer);
  writer.note(NoteKind::changed, writer.state().pointer,
              fmt::format("the flow {} is `{}`, of another file: where it expires or takes 29 days, it has failed",
                          shown(as_terraform(flow.sid)), flow.name));
}

}  // namespace

void write_subflow(Writer& writer) {
  const State& state = writer.state();
  SubFlow& flow = writer.declarations.sub_flow(state);
  if (flow.real != nullptr) return write_linked(writer, flow);
  std::string arguments;
  for (const Parameter& one : parameters_of(writer, "parameters")) {
    const auto input = flow.input_of.find(one.key);
    if (input == flow.input_of.end()) continue;
    arguments += fmt::format("{}{}: {}", arguments.empty() ? "" : ", ", input->second,
                             as_text(writer.text(one.value, one.pointer)));
  }
  Step& step = writer.step();
  step.head = fmt::format("call flow {}({})", flow.name, arguments);
  bool outputs = false;
  for (const Variable& variable : writer.values.variables()) {
    if (variable.role != Variable::Role::output || variable.state != writer.index()) continue;
    if (!outputs) step.head += " as " + variable.name;
    outputs = true;
    flow.outputs.insert(variable.label);
  }
  add_ends_of_subflow(writer);
  writer.note(NoteKind::changed, state.pointer,
              fmt::format("the flow {} is not in this file: `{}` stands in for it, and is not deployable",
                          shown(as_terraform(flow.sid)), flow.name),
              "import both files at once, with their SIDs in them, or put that flow there");
}

void write_desk(Writer& writer) {
  const State& state = writer.state();
  Step& step = writer.step();
  std::string arguments;
  Names names;
  const auto add = [&](std::string_view key, const std::string& code) {
    arguments += fmt::format("{}{}: {}", arguments.empty() ? "" : ", ", names.variable(key, "value"), code);
  };
  const std::string attributes = state.text("attributes");
  auto members = attributes.empty() ? std::nullopt : json_members(writer, attributes);
  const auto is_list = [](const JsonMember& member) { return member.code.starts_with('['); };
  if (members && std::none_of(members->begin(), members->end(), is_list)) {
    for (const JsonMember& member : *members) add(member.name, member.code);
  } else if (!attributes.empty()) {
    add("attributes", as_text(writer.text_of_property("attributes")));
  }
  for (const char* property : {"priority", "timeout"})
    if (!state.text(property).empty()) add(property, as_text(writer.text_of_property(property)));
  step.head = fmt::format("hand over to {}({})", writer.declarations.desk(state), arguments);
  step.arms.push_back(writer.outcome("accepted", "callComplete", false));
  step.arms.push_back(writer.outcome("failed", "failedToEnqueue", true));
  const Way* call = state.way("callFailure");
  const Way* queue = state.way("failedToEnqueue");
  if (call != nullptr && call->next && (queue == nullptr || queue->next != call->next)) {
    writer.note(NoteKind::left_out, call->pointer,
                "`callFailure` is of calls, and this definition has none: only `failedToEnqueue` is `failed`");
  }
}

}  // namespace flow::importing::studio
