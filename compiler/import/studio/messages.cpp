// send-message and send-and-wait-for-reply.
#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/studio/conditions.h"
#include "compiler/import/studio/terraform.h"
#include "compiler/import/studio/widgets.h"
#include "compiler/import/studio/writer.h"
#include "runtime/program/addresses.h"

namespace flow::importing::studio {
namespace {

constexpr std::int64_t kTimeoutSeconds = 3600;  // what Studio waits when nothing is said

// Whose message it is, and on which channel.
struct Route {
  std::string channel;  // a kind
  bool reply = true;    // to whoever the flow is with, on its channel
  std::string to;       // of the language, when it is none
  std::string sender;   // as a definition writes it out
};

// "whatsapp:+1555" is on WhatsApp; nothing when the address says no channel.
std::string_view channel_of(std::string_view address) {
  for (const std::string_view kind : {"whatsapp", "messenger"})
    if (address.starts_with(kind) && address.substr(kind.size()).starts_with(":")) return kind;
  return {};
}

std::string bare(std::string_view address) {
  const std::string_view kind = channel_of(address);
  return std::string(kind.empty() ? address : address.substr(kind.size() + 1));
}

bool is_phone(std::string_view text) {
  if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number, a name of up to 11 characters, a page's id.
bool is_sender(std::string_view text, std::string_view channel) {
  const auto all = [&](auto fits) { return !text.empty() && std::all_of(text.begin(), text.end(), fits); };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (channel == "messenger") return text.size() <= 20 && all(is_digit);
  const auto is_letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == ' ';
  };
  return is_phone(text) || (channel == "sms" && text.size() <= 11 && all(is_letter));
}

// Whether it is the value of this path, and nothing else.
bool is_value(std::string_view written, std::string_view path) {
  const auto text = liquid::parse(written);
  if (text.opaque || text.nodes.size() != 1 || text.nodes[0].kind != liquid::Node::Kind::output) return false;
  const liquid::Output& output = text.nodes[0].output;
  return output.filters.empty() && output.value.kind == liquid::Operand::Kind::path &&
         liquid::to_string(output.value.path) == path;
}

bool is_own_contact(const Writer& writer, const std::string& to) {
  if (to.empty() || is_value(to, "contact.channel.address")) return true;
  return writer.values.start() == Start::message &&
         (is_value(to, "trigger.message.From") || is_value(to, "trigger.conversation.From"));
}

std::optional<Route> route_of(Writer& writer, std::string& reason) {
  const std::string from = writer.state().text("from");
  const std::string to = writer.state().text("to");
  Route route;
  route.channel = writer.values.channel();
  // In a chat a name is only what stands above the message.
  const bool in_chat = route.channel != "sms" && writer.values.start() == Start::message && channel_of(from).empty() &&
                       !is_phone(from) && is_own_contact(writer, to);
  if (!from.empty() && !in_chat && liquid::parse(from).constant()) {
    const std::string_view kind = channel_of(from);
    route.reply = false;
    route.channel = kind.empty() ? "sms" : std::string(kind);
    if (is_sender(bare(from), route.channel)) route.sender = bare(from);  // else a SID of a messaging service
  }
  if (!from.empty() && route.sender.empty() && !is_value(from, "flow.channel.address") &&
      !is_value(from, "contact.channel.address")) {
    writer.note(NoteKind::changed, writer.state().pointer_of("from"),
                fmt::format("who sends, `{}`, is no number that is written out: the flow's own channel is taken",
                            shown(as_terraform(from))),
                "name the channel that was meant");
  }
  const auto written = liquid::parse(to);
  if (written.constant() && !to.empty()) {
    const std::string_view kind = channel_of(to);
    if (!kind.empty()) route.channel = kind;
    if (!is_sender(route.sender, route.channel)) route.sender.clear();
    if (route.channel != "messenger" && !is_phone(bare(to))) {
      reason = "it goes to what is no phone number";
      return std::nullopt;
    }
    route.reply = false;
    route.to = one_line(bare(to));
    return route;
  }
  if (is_own_contact(writer, to)) {
    const bool other_channel = route.channel != writer.values.channel();
    if (other_channel && (route.channel == "messenger" || writer.values.channel() == "messenger")) {
      reason = "a person on Messenger has no phone number";
      return std::nullopt;
    }
    route.reply = route.reply || (route.sender.empty() && !other_channel && writer.values.start() == Start::message);
    if (writer.values.start() != Start::message) route.reply = false;
    if (!route.reply) route.to = writer.values.contact().code;
    return route;
  }
  std::string why;
  const auto value = translate(written, writer.values, writer.known(), why);
  if (!value || value->kind != Kind::phone || value->optional) {
    reason = "nothing says that what it goes to is a phone number";
    return std::nullopt;
  }
  route.reply = false;
  route.to = value->code;
  return route;
}

// The setting for a file at an address, by how its name ends.
std::string_view media_word(std::string_view address, std::string_view channel) {
  const std::string_view path = address.substr(0, address.find_first_of("?#"));
  const std::size_t dot = path.rfind('.');
  std::string end(dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1));
  std::transform(end.begin(), end.end(), end.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (end == "mp4" || end == "3gp" || end == "mov") return "video";
  if (end == "mp3" || end == "ogg" || end == "amr" || end == "aac" || end == "m4a") return "audio";
  const bool file = end == "pdf" || end == "vcf" || end == "doc" || end == "docx" || end == "csv" || end == "xlsx" ||
                    end == "zip" || end == "txt" || end == "pptx";
  (void)channel;
  return file ? "file" : "image";
}

struct Content {
  std::vector<DraftEntry> settings;
};

std::optional<Content> template_of(Writer& writer, const Route& route, std::string& reason) {
  if (route.channel != "whatsapp") {
    reason = "it sends a content template, whose text is not in the definition";
    return std::nullopt;
  }
  const State& state = writer.state();
  const char* property = state.text("content_sid").empty() ? "content_template_variables" : "content_variables";
  std::vector<JsonMember> members;
  const Json* variables = member_of(state.properties, property);
  if (variables != nullptr && variables->is_array()) {
    std::set<std::string> seen;
    for (const Parameter& one : parameters_of(writer, property)) {
      if (!seen.insert(one.key).second) {
        reason = fmt::format("its variable `{}` stands twice", shown(one.key));
        return std::nullopt;
      }
      members.push_back({one.key, as_text(writer.text(one.value, one.pointer))});
    }
  } else if (!state.text(property).empty()) {
    auto read = json_members(writer, state.text(property));
    if (!read) {
      reason = "the variables of its content template are no JSON";
      return std::nullopt;
    }
    members = *std::move(read);
  }
  // Their keys are places: 1, 2, …
  const auto place = [](const JsonMember& member) { return number_of(member.name) ? std::stod(member.name) : 0; };
  std::stable_sort(members.begin(), members.end(),
                   [&](const JsonMember& a, const JsonMember& b) { return place(a) < place(b); });
  const std::string channel = writer.declarations.channel("whatsapp", route.sender, state.pointer);
  const std::string name = writer.declarations.content_template(state, channel, members.size());
  std::string arguments;
  for (std::size_t i = 0; i < members.size(); ++i)
    arguments += fmt::format("{}x{}: {}", i == 0 ? "" : ", ", i + 1, members[i].code);
  Content content;
  content.settings.push_back(line(fmt::format("template {}({})", name, arguments)));
  return content;
}

std::optional<Content> content_of(Writer& writer, const Route& route, std::string& reason) {
  const State& state = writer.state();
  if (!state.text("content_sid").empty() || !state.text("content_template_sid").empty())
    return template_of(writer, route, reason);
  const std::string media = state.text("media_url");
  const std::string body = state.text("body");
  Content content;
  if (!media.empty()) {
    const bool fixed = media.starts_with("https://") && liquid::parse(media).constant() && program::is_url(media);
    const std::string_view word = media_word(media, route.channel);
    const bool with_text = route.channel == "whatsapp" && word != "audio";
    if (route.channel == "sms" || !fixed || (!body.empty() && !with_text)) {
      reason = route.channel == "sms" ? "the language's SMS has no pictures or files"
               : fixed                ? "there is no such file beside a text on this channel"
                                      : "the address of its file is not written out";
      return std::nullopt;
    }
    content.settings.push_back(line(fmt::format("{} {}", word, one_line(media))));
    if (body.empty()) return content;
  }
  if (body.empty()) {
    reason = "it has no text";
    return std::nullopt;
  }
  if (const std::string why = too_long(body, route.channel); !why.empty()) {
    reason = why;
    return std::nullopt;
  }
  const Expr text = writer.text_of_property("body");
  if (text.constant && text.constant->empty()) {
    reason = "its text is empty";
    return std::nullopt;
  }
  content.settings.push_back(line("text " + as_block(text)));
  return content;
}

std::int64_t timeout_of(Writer& writer) {
  const std::string written = writer.state().text("timeout");
  std::int64_t seconds = 0;
  const auto end = std::from_chars(written.data(), written.data() + written.size(), seconds);
  constexpr std::int64_t kMost = std::int64_t{30} * 24 * 3600;  // Studio ends an execution then
  if (end.ec == std::errc{} && end.ptr == written.data() + written.size() && seconds > 0) {
    if (seconds > kMost)
      writer.note(NoteKind::changed, writer.state().pointer_of("timeout"),
                  fmt::format("the timeout of {} s is 30d: Studio ends an execution then", seconds));
    return std::min(seconds, kMost);
  }
  if (!written.empty()) {
    writer.note(NoteKind::changed, writer.state().pointer_of("timeout"),
                fmt::format("the timeout `{}` is no number of seconds: 1h is written", shown(as_terraform(written))));
    writer.step().comments.push_back(
        fmt::format("Studio's timeout is no number of seconds: {}.", shown(as_terraform(written))));
  }
  return kTimeoutSeconds;
}

void add_answers(Writer& writer, std::vector<Arm>& arms) {
  const auto fold = writer.folds.find(writer.index());
  if (fold != writer.folds.end()) {
    auto answers = answer_arms(writer.definition, fold->first, fold->second);
    for (Arm& arm : *answers) arms.push_back(std::move(arm));
    return;
  }
  arms.push_back(writer.outcome("replied", "incomingMessage", false));
  arms.back().outcome = false;
}

}  // namespace

void expect_sender(const State& message, Declarations& declarations) {
  const std::string from = message.text("from");
  if (from.empty() || !liquid::parse(from).constant()) return;
  const std::string_view kind = channel_of(from);
  const std::string channel = kind.empty() ? "sms" : std::string(kind);
  if (is_sender(bare(from), channel)) declarations.expect_sender(channel, bare(from));
}

bool write_message(Writer& writer, std::string& reason) {
  const bool asks = writer.state().type == "send-and-wait-for-reply";
  const auto route = route_of(writer, reason);
  if (!route) return false;
  auto content = content_of(writer, *route, reason);
  if (!content) return false;
  Step& step = writer.step();
  step.head = asks ? "ask" : route->reply ? "reply" : "send";
  if (!route->reply) {
    step.head += " " + route->channel;
    const std::string channel = writer.declarations.channel(route->channel, route->sender, writer.state().pointer);
    step.settings.push_back(line("from " + channel));
    step.settings.push_back(line("to " + route->to));
  }
  for (DraftEntry& setting : content->settings) step.settings.push_back(std::move(setting));
  if (!asks) {
    step.arms.push_back(writer.outcome("failed", "failed", true));
    step.arms.push_back(writer.outcome("sent", "sent", false));
    ++writer.messages_sent;
    return true;
  }
  if (const auto reply = writer.values.find(Variable::Role::reply, writer.index()))
    step.head += " as " + writer.values.variables()[*reply].name;
  add_answers(writer, step.arms);
  step.arms.push_back(writer.outcome("failed", "deliveryFailure", true));
  step.arms.push_back(writer.outcome("silent after " + duration(timeout_of(writer) * 1000), "timeout", true));
  return true;
}

}  // namespace flow::importing::studio
