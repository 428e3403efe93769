#include "compiler/import/studio/action_words.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/import/studio/condition_words.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

using fidelity::Action;
using fidelity::either;
using fidelity::Text;
using program::trim;

const std::string kSomething = "{*}";
constexpr std::string_view kContactInput = "customerPhoneNumber";

bool has_liquid(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos;
}
bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// ---- JSON with values in it ----

// A text of JSON that is an object of texts, truths, whole numbers, and lists and objects of them: what is written in
// the words of graphs as the import writes it.
class JsonWords {
 public:
  explicit JsonWords(LiquidWords& liquid) : liquid_(liquid) {}

  using Ordered = nlohmann::ordered_json;

  // Nothing: it is none, or there is something in it that is not known.
  std::optional<Ordered> read(std::string_view text) {
    if (text.find(kOpen) != std::string_view::npos || text.find("{%") != std::string_view::npos) return std::nullopt;
    std::string json;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text.substr(at).starts_with("{{")) {
        const std::size_t close = text.find("}}", at);
        if (close == std::string_view::npos) return std::nullopt;
        auto words = liquid_.translation(text.substr(at, close + 2 - at));
        if (!words) return std::nullopt;
        const std::string token = fmt::format("{}{}{}", kOpen, values_.size(), kClose);
        json += quoted ? token : "\"" + token + "\"";
        values_.push_back({*std::move(words), !quoted});
        at = close + 1;
        continue;
      }
      if (quoted && text[at] == '\\' && at + 1 < text.size())
        json += text[at++];
      else if (text[at] == '"')
        quoted = !quoted;
      json += text[at];
    }
    auto read = Ordered::parse(json, nullptr, false);
    return read.is_object() && (read.empty() || is_plain(read)) ? std::optional(std::move(read)) : std::nullopt;
  }

  // As JSON, without spaces.
  void add(Text& out, const Ordered& json) const {
    if (json.is_string()) return add_text(out, json.get_ref<const std::string&>(), true);
    if (!json.is_structured()) return out.add(json.dump());
    const bool object = json.is_object();
    out.add(object ? "{" : "[");
    bool first = true;
    for (const auto& [name, value] : json.items()) {
      if (!first) out.add(",");
      if (object) out.add(Ordered(name).dump() + ":");
      first = false;
      add(out, value);
    }
    out.add(object ? "}" : "]");
  }

  // As an argument: a text is no JSON.
  std::string value(const Ordered& json) const {
    Text out;
    if (json.is_string())
      add_text(out, json.get_ref<const std::string&>(), false);
    else if (json.is_structured())
      add(out, json);
    else
      return json.is_boolean() ? json.dump() : either({fidelity::number(json.dump()), fidelity::quoted(json.dump())});
    return out.words();
  }

 private:
  static constexpr std::string_view kOpen = "\xEE\x80\x80";   // U+E000, which nobody writes
  static constexpr std::string_view kClose = "\xEE\x80\x81";  // U+E001

  struct Value {
    std::string words;
    bool bare = false;  // it stands without quotes
  };

  static bool is_plain(const Ordered& json) {
    if (json.is_structured()) {
      if (json.is_object())
        for (const auto& [name, value] : json.items())
          if (name.find(kOpen) != std::string::npos) return false;
      return !json.empty() && std::all_of(json.begin(), json.end(), [](const Ordered& one) { return is_plain(one); });
    }
    return json.is_string() || json.is_boolean() || (json.is_number_integer() && json.dump().size() <= 12);
  }

  // With quotes where it is JSON, but round what stood there without them.
  void add_text(Text& out, std::string_view text, bool quotes) const {
    const std::size_t open = text.find(kOpen);
    if (open == std::string_view::npos) return out.add(quotes ? Ordered(text).dump() : std::string(text));
    if (open == 0 && value_at(text).bare && quotes) {
      const std::string& words = value_at(text).words;
      return out.add_value(either({fmt::format("({} ?? \"null\")", words), words}));
    }
    if (quotes) out.add("\"");
    for (std::size_t at = open; at != std::string_view::npos; at = text.find(kOpen)) {
      out.add(text.substr(0, at));
      text.remove_prefix(at);
      out.add_value(value_at(text).words);
      text.remove_prefix(text.find(kClose) + kClose.size());
    }
    out.add(text);
    if (quotes) out.add("\"");
  }
  const Value& value_at(std::string_view token) const {
    const std::size_t close = token.find(kClose);
    return values_.at(std::stoul(std::string(token.substr(kOpen.size(), close - kOpen.size()))));
  }

  LiquidWords& liquid_;
  std::vector<Value> values_;
};

// A text as JSON has it.
void add_quoted(Text& out, const std::string& written, LiquidWords& liquid) {
  if (!has_liquid(written)) return out.add(nlohmann::ordered_json(written).dump());
  out.add("\"");
  out.add_value(liquid.operand(written));
  out.add("\"");
}

// ---- Parameters ----

struct Parameter {
  std::string key;
  std::string value;
};

std::vector<Parameter> parameters_of(const Json& properties, std::string_view property) {
  std::vector<Parameter> out;
  const Json* list = member_of(properties, property);
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& one : *list)
    if (std::string key = text_of(one, "key"); !key.empty())
      out.push_back({std::move(key), scalar(member_of(one, "value"))});
  return out;
}

std::string property_of(const Json& properties, std::string_view name) {
  return scalar(member_of(properties, name));
}

// ---- Addresses ----

struct Address {
  std::string scheme;
  std::string credentials;
  std::string host;  // empty: not written out
  std::string rest;
};

bool is_host(std::string_view host) {
  const auto sign = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == ':'; };
  return host.find('.') != std::string_view::npos && std::all_of(host.begin(), host.end(), sign);
}

// Up to what is not sent; within braces `#` is a sign of Liquid.
std::string_view sent(std::string_view rest) {
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    depth += rest[i] == '{' ? 1 : rest[i] == '}' ? -1 : 0;
    if (rest[i] == '#' && depth <= 0) return rest.substr(0, i);
  }
  return rest;
}

Address address_of(std::string_view url) {
  url = trim(url);
  Address out;
  const std::size_t scheme = url.find("://");
  out.scheme = fidelity::folded(url.substr(0, 7)) == "http://" ? "http" : "https";
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view host = url.substr(0, end);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    out.credentials = host.substr(0, at);
    host.remove_prefix(at + 1);
  }
  if (scheme != std::string_view::npos && is_host(host)) out.host = fidelity::folded(host);
  out.rest = sent(url.substr(end));
  if (!out.rest.starts_with('/')) out.rest.insert(0, "/");
  return out;
}

std::string percent(std::string_view text, std::string_view allowed) {
  std::string out;
  for (const char c : text)
    out += is_letter_or_digit(c) || allowed.find(c) != std::string_view::npos
               ? std::string(1, c)
               : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

// What is put behind an address: its values stay, all else is made to fit.
std::string fitted(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::size_t open = value.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : value.find("}}", open);
    out += percent(value.substr(0, close == std::string_view::npos ? close : open), "-_.~");
    if (close == std::string_view::npos) break;
    out += value.substr(open, close + 2 - open);
    value.remove_prefix(close + 2);
  }
  return out;
}

// Its values one by one, without what makes them fit into it. Nothing: there is more than values.
std::optional<std::string> address_words(const Address& address, std::string_view more, LiquidWords& liquid) {
  constexpr std::string_view kAllowed = "-._~:/?[]@!$&'()*+,;=%";
  const std::string all = address.rest + std::string(more);
  if (all.find("{%") != std::string::npos) return std::nullopt;
  Text out;
  out.add(address.scheme + "://" + address.host);
  if (address.host.empty()) out.add_value(kSomething);
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t open = rest.find("{{");
    out.add(percent(rest.substr(0, open), kAllowed));
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find("}}", open);
    if (close == std::string_view::npos) return std::nullopt;
    std::string value(rest.substr(open, close + 2 - open));
    for (const std::string_view filter : {"url_encode", "url_escape"}) {
      const std::size_t found = value.find(filter);
      const std::size_t bar = found == std::string::npos ? found : value.rfind('|', found);
      if (bar != std::string::npos) value.erase(bar, found + filter.size() - bar);
    }
    out.add_value(liquid.operand(value));
    rest.remove_prefix(close + 2);
  }
  return out.words();
}

// ---- Messages ----

// "whatsapp:+1555" is on WhatsApp.
std::string_view channel_of(std::string_view address) {
  for (const std::string_view channel : {"whatsapp", "messenger"})
    if (address.starts_with(channel) && address.substr(channel.size()).starts_with(":")) return channel;
  return {};
}
std::string_view bare(std::string_view address) {
  const std::string_view channel = channel_of(address);
  return channel.empty() ? address : address.substr(channel.size() + 1);
}
bool is_number(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// What a file is, by how its address ends.
std::string_view media_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t dot = url.rfind('.');
  const std::string end = dot == std::string_view::npos ? std::string() : fidelity::folded(url.substr(dot + 1));
  const auto is_one_of = [&](std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), end) != all.end();
  };
  if (is_one_of({"mp4", "3gp", "mov"})) return "video";
  if (is_one_of({"mp3", "ogg", "amr", "aac", "m4a"})) return "audio";
  if (is_one_of({"pdf", "vcf", "doc", "docx", "csv", "xlsx", "zip", "txt", "pptx"})) return "file";
  return "image";
}

// A name of the language that a label alone would not be: a channel's, a day's, and those of two letters.
std::string usable(const std::string& label) {
  static const std::set<std::string, std::less<>> kTaken = {
      "sms", "viber", "whatsapp", "messenger", "instagram", "email",    "mon",  "tue",   "wed",
      "thu", "fri",   "sat",      "sun",       "item",      "position", "body", "result"};
  std::string letters;
  for (const char c : fidelity::folded(label))
    if (is_letter_or_digit(c)) letters += c;
  return letters.size() == 2 || kTaken.contains(letters) ? label + " value" : label;
}

}  // namespace

fidelity::Action ActionWords::message(const Json& properties) {
  Action action("message");
  const std::string body = property_of(properties, "body");
  const bool content =
      !property_of(properties, "content_sid").empty() || !property_of(properties, "content_template_sid").empty();
  const std::string media = content ? std::string() : property_of(properties, "media_url");
  if (content) {
    add_template(properties, action);
  } else {
    if (!media.empty()) action.with(media_of(media), fidelity::quoted(media));
    if (!body.empty()) action.with("text", liquid_.text(body));
  }
  add_ends(properties, action);
  return action.only();
}

void ActionWords::add_ends(const Json& properties, Action& action) {
  const std::string from = property_of(properties, "from");
  const std::string to = property_of(properties, "to");
  std::string_view channel = fidelity::kAnything;
  if (!channel_of(to).empty())
    channel = channel_of(to);
  else if (!channel_of(from).empty() && !has_liquid(from))
    channel = channel_of(from);
  else if (is_number(from))
    channel = "sms";
  action.with("channel", channel);
  if (is_number(bare(from))) action.with("sender", fidelity::quoted(bare(from)));
  if (to.empty()) {
    action.with("to", fidelity::value(kContact));
  } else if (!has_liquid(to)) {
    action.with("to", is_number(bare(to)) ? fidelity::quoted(bare(to)) : std::string(fidelity::kAnything));
  } else {
    // The channel's word is a part of the address.
    const auto words = liquid_.translation(to);
    action.with("to", words ? fidelity::forms_of(*words).front() : fidelity::kAnything);
  }
}

// One that is sent with more or less values is another; its values are told apart by their numbers.
void ActionWords::add_template(const Json& properties, Action& action) {
  const std::string content = property_of(properties, "content_sid");
  const char* property = content.empty() ? "content_template_variables" : "content_variables";
  const std::string sid = content.empty() ? property_of(properties, "content_template_sid") : content;
  std::vector<std::pair<std::string, std::string>> values;
  const Json* variables = member_of(properties, property);
  if (variables != nullptr && variables->is_array()) {
    for (const Parameter& one : parameters_of(properties, property))
      values.emplace_back(one.key, liquid_.text(one.value));
  } else if (variables != nullptr) {
    JsonWords reader(liquid_);
    if (const auto json = reader.read(scalar(variables)))
      for (const auto& [key, value] : json->items()) values.emplace_back(key, reader.value(value));
  }
  const auto number = [](const std::string& key) {
    return fidelity::number(key).empty() ? 0.0 : std::stod(fidelity::number(key));
  };
  std::stable_sort(values.begin(), values.end(),
                   [&](const auto& a, const auto& b) { return number(a.first) < number(b.first); });
  action.with("template", fidelity::value(fmt::format("content {} {}", sid, values.size())));
  for (std::size_t i = 0; i < values.size(); ++i) action.with(fmt::format("template {}", i + 1), values[i].second);
}

fidelity::Action ActionWords::request(const Json& properties) {
  Action action("http");
  std::string method = fidelity::upper(property_of(properties, "method"));
  if (method.empty()) method = "GET";
  action.with("method", fidelity::quoted(method));
  const Address address = address_of(property_of(properties, "url"));
  const bool twilio = fidelity::folded(property_of(properties, "add_twilio_auth")) == "true";
  if (twilio || !address.credentials.empty()) {
    // One for each pair, told apart by its number: what it is stands nowhere.
    const auto number = secrets_.try_emplace(address.host + "\n" + address.credentials, secrets_.size()).first->second;
    const std::string secret = twilio ? "secret" : fmt::format("secret {} of {}", number, address.host);
    action.with("header Authorization", fmt::format("\"Basic {}\"", fidelity::value(secret)));
  }
  const auto parameters = parameters_of(properties, "parameters");
  const std::string body = property_of(properties, "body");
  std::string more;
  if (method == "GET" || method == "HEAD" || method == "DELETE") {
    bool first = address.rest.find('?') == std::string::npos;
    std::map<std::string_view, int> times;
    for (const Parameter& one : parameters) ++times[one.key];
    for (const Parameter& one : parameters) {
      if (is_name(one.key) && times[one.key] == 1) {
        action.with("query " + one.key, liquid_.text(one.value));
        continue;
      }
      more += fmt::format("{}{}={}", first ? '?' : '&', percent(one.key, "-_.~"), fitted(one.value));
      first = false;
    }
  } else if (!parameters.empty() && body.empty()) {
    for (const Parameter& one : parameters) action.with("form " + one.key, liquid_.text(one.value));
  } else if (!body.empty()) {
    add_body(properties, body, action);
  }
  action.with("url", address_words(address, more, liquid_).value_or(std::string(fidelity::kAnything)));
  return action.only();
}

// A JSON text says what it is by itself; of others its type is a header.
void ActionWords::add_body(const Json& properties, const std::string& body, Action& action) {
  const std::string type = property_of(properties, "content_type");
  if (type.find("json") == std::string::npos) {
    if (!type.empty()) action.with("header Content-Type", has_liquid(type) ? "*" : fidelity::quoted(type));
    action.with("body", liquid_.text(body));
    return;
  }
  JsonWords reader(liquid_);
  const auto json = reader.read(body);
  action.with("header Content-Type", either({fidelity::quoted("application/json"), ""}));
  if (!json || json->empty()) {
    action.with("body", liquid_.text(body));
    return;
  }
  Text words;
  reader.add(words, *json);
  action.with("body", either({words.words(), liquid_.text(body)}));
}

fidelity::Action ActionWords::function(const std::string& name, const Json& properties) {
  Action action("function");
  const std::string url = property_of(properties, "url");
  const Address address = address_of(url);
  const bool known = !address.host.empty() && address.credentials.empty() && !has_liquid(url);
  const std::string sid = property_of(properties, "function_sid");
  action.with("target", fidelity::value("function " + (known ? url : sid.empty() ? name : sid)));
  action.with("url", known ? fidelity::quoted(fmt::format("{}://{}{}", address.scheme, address.host, address.rest))
                           : std::string(fidelity::kAnything));
  Names names;
  Text body;
  body.add("{");
  bool first = true;
  for (const Parameter& one : parameters_of(properties, "parameters")) {
    body.add(fmt::format("{}\"{}\":", first ? "" : ",", names.variable(one.key, "value")));
    add_quoted(body, one.value, liquid_);
    first = false;
  }
  body.add("}");
  return action.with("body", body.words()).only();
}

void ActionWords::add_sub_flow(const Json& properties) {
  SubFlow& flow = sub_flows_[property_of(properties, "flow_sid")];
  for (const Parameter& one : parameters_of(properties, "parameters"))
    if (!flow.inputs.contains(one.key)) flow.inputs.emplace(one.key, flow.names.variable(usable(one.key), "value"));
}

fidelity::Action ActionWords::sub_flow(const Json& properties) {
  Action action("flow");
  const std::string sid = property_of(properties, "flow_sid");
  action.with("target", fidelity::value("flow " + sid));
  const SubFlow& flow = sub_flows_.at(sid);
  // A flow of another file has inputs of its own: what it does not read is not given to it, whom it is with is, and
  // the rest is empty. That it gets all that it needs the checks see to.
  bool contact = false;
  for (const Parameter& one : parameters_of(properties, "parameters")) {
    Text value;
    add_quoted(value, one.value, liquid_);
    action.with("input " + flow.inputs.at(one.key), either({value.words(), ""}));
    contact = contact || flow.inputs.at(one.key) == kContactInput;
  }
  Text whom;
  whom.add("\"");
  whom.add_value(fidelity::value(kContact));
  whom.add("\"");
  if (!contact) action.with(fmt::format("input {}", kContactInput), either({whom.words(), ""}));
  return action.only();
}

fidelity::Action ActionWords::desk(const Json& properties) {
  Action action("hand_over");
  action.with("target", fidelity::value("desk " + property_of(properties, "workflow")));
  const std::string attributes = property_of(properties, "attributes");
  Names names;
  const auto add = [&](std::string_view key, std::string_view words) {
    action.with("argument " + names.variable(key, "value"), words);
  };
  JsonWords reader(liquid_);
  const auto json = attributes.empty() ? std::nullopt : reader.read(attributes);
  const bool lists = json && std::any_of(json->begin(), json->end(), [](const auto& one) { return one.is_array(); });
  if (json && !lists) {
    for (const auto& [key, value] : json->items()) add(key, reader.value(value));
  } else if (!attributes.empty()) {
    add("attributes", liquid_.text(attributes));
  }
  for (const char* property : {"priority", "timeout"})
    if (!property_of(properties, property).empty()) add(property, liquid_.text(property_of(properties, property)));
  return action.only();
}

fidelity::Action ActionWords::variables(const Json& properties) {
  Action action("set");
  const Json* variables = member_of(properties, "variables");
  if (variables == nullptr || !variables->is_array()) return action;
  for (const Json& one : *variables) {
    if (text_of(one, "key").empty()) continue;
    const std::string value = scalar(member_of(one, "value"));
    const std::string number = fidelity::number(value);
    action.with(fidelity::value("flow.variables." + text_of(one, "key")),
                number.empty() ? liquid_.text(value) : either({fidelity::quoted(value), number}));
  }
  return action;
}

// Texts, truths and whole numbers as they are written, others as JSON. Of a message who sends it belongs to the
// workspace.
std::string ActionWords::kept(const std::string& type, const Json& state) {
  constexpr std::size_t kSettingsMax = 80;  // of more the last may stand together
  Action action("extern");
  action.with("type", fidelity::quoted(type));
  const Json* properties = member_of(state, "properties");
  const Json* ways = member_of(state, "transitions");
  const std::size_t many = (ways != nullptr && ways->is_array() ? ways->size() : 0) +
                           (properties != nullptr && properties->is_object() ? properties->size() : 0);
  if (many > kSettingsMax) return action.words();
  const bool message = type == "send-message" || type == "send-and-wait-for-reply";
  static const std::set<std::string, std::less<>> kPlumbing = {
      "service", "from", "message_type", "service_sid", "environment_sid", "function_sid", "channel"};
  if (properties != nullptr && properties->is_object()) {
    for (const auto& [name, value] : properties->items()) {
      if (name == "offset" || value.is_null() || (message && kPlumbing.contains(name))) continue;
      const std::string setting = fidelity::setting_name(name);
      const bool number = value.is_number_integer() && value.dump().size() <= 12;
      if (value.is_string()) {
        if (!value.get_ref<const std::string&>().empty())
          action.with(setting, liquid_.text(value.get_ref<const std::string&>()));
      } else {
        const std::string json = value.dump(-1, ' ', false, Json::error_handler_t::replace);
        action.with(setting, number || value.is_boolean()
                                 ? json
                                 : either({fidelity::quoted(json), fidelity::quoted(with_named_placeholders(json))}));
      }
    }
  }
  const std::string input = properties != nullptr ? property_of(*properties, "input") : std::string();
  std::map<std::string, int> counts;
  for (const Json& way : ways != nullptr && ways->is_array() ? *ways : Json::array()) {
    const std::string event = text_of(way, "event");
    const int count = ++counts[event];
    const std::string condition = kept_condition(way, input, liquid_);
    const std::string name = count == 1 ? event : fmt::format("{}_{}", event, count);
    if (!condition.empty()) action.with(fidelity::setting_name(name + " when"), condition);
  }
  return action.only().words();
}

}  // namespace flow::importing::studio
