// Nodes that send a message: who, to whom, what, and what comes after.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/steps.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;

const Keys kTexts = {"text", "body", "content", "value"};
const Keys kAddresses = {"url", "link", "src", "href", "mediaurl", "address", "fileurl"};

const Keys kContents = {"content", "message", "messagecontent", "interactive", "media", "action", "messagebody"};

const Keys kParts = {"",     "button", "buttons", "list",  "product",  "productlist", "ctaurl",   "reply",
                     "text", "image",  "video",   "audio", "document", "file",        "location", "contacts"};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// As the language writes it: the console shows numbers of WhatsApp without their `+`. Nothing: it is none.
std::optional<std::string> sender_of(std::string_view channel, const std::string& sender) {
  if (channel != "whatsapp" || sender.empty()) return sender;
  std::string digits;
  for (const char c : sender)
    if (std::string_view(" -()+").find(c) == kNone) digits += c;
  const bool sound = digits.size() >= 7 && digits.size() <= 15 && digits.find_first_not_of("0123456789") == kNone;
  return sound ? std::optional("+" + digits) : std::nullopt;
}

// What the language calls it; empty: it has no such medium.
std::string_view medium_word(std::string_view type) {
  if (type == "document") return "file";
  return is_one_of(type, {"image", "video", "audio", "file", "sticker"}) ? type : std::string_view();
}

}  // namespace

std::optional<DraftEntry> StepMaker::send(std::size_t node, const Kind& kind) {
  const std::string action = squeezed(taken_text(node, {"action", "sendtype", "sendmode", "sendmethod"}));
  const bool reply = contains(action, "reply") && trigger_ == kind.channel;
  if (!contains(action, "reply") &&
      !is_one_of(action, {"", "fromto", "from", "send", "fixedsend", "fixed", "sendmessage"}))
    return refuse(fmt::format("its action `{}` is not known", action));
  if (contains(action, "reply") && !reply) return refuse("it replies, and no message of its channel starts the flow");
  DraftEntry entry;
  entry.head = reply ? "reply" : fmt::format("send {}", kind.channel);
  entry.has_block = true;
  take(node, {"sendingtype", "sendertype", "fromtype"});
  std::string channel;
  if (!reply) {
    const std::string sender = taken_text(node, {"from", "sender", "senderid", "mobilenumber", "serviceid",
                                                 "senderaccount", "account", "phonenumber", "pageid"});
    const bool placeholder = next_placeholder(sender, 0).begin != kNone;
    const auto known = sender_of(kind.channel, sender);
    if (!placeholder && !known) return refuse(fmt::format("its sender `{}` is no phone number", shown(sender)));
    channel = needs_.channel(std::string(kind.channel), placeholder ? std::string() : *known);
    std::string from = "from " + channel;
    if (placeholder) from += " sender " + operand(Json(sender), node);
    entry.block.push_back(line(std::move(from)));
    if (!recipient(node, entry)) return std::nullopt;
  } else {
    channel = needs_.channel(trigger_, "");
  }
  open_content(node);
  if (!message(node, kind, channel, entry) || !untaken_content() || !message_arms(node, entry)) return std::nullopt;
  needs_.purpose |= std::none_of(entry.block.begin(), entry.block.end(),
                                 [](const DraftEntry& each) { return each.head.starts_with("purpose "); });
  return entry;
}

bool StepMaker::recipient(std::size_t node, DraftEntry& entry) {
  const Property* to = take(node, {"to", "recipient", "receiver", "recipients", "tonumber"});
  if (to == nullptr && trigger_ != "manual") {
    entry.block.push_back(line("to customerPhoneNumber"));
    return true;
  }
  if (to == nullptr || !to->value->is_string()) return no("who gets it is not said");
  const std::string& text = to->value->get_ref<const std::string&>();
  // A plain word that is a variable is meant as one.
  const Variable* variable = variables_.find(text);
  entry.block.push_back(line("to " + (variable != nullptr ? variables_.value(text, node) : operand(*to->value, node))));
  return true;
}

// Members of `content`, `message`, `interactive` and of what is in them stand beside the node's settings.
void StepMaker::open_content(std::size_t node) {
  const auto open = [&](const Property& property) {
    if (!is_one_of(property.key, kContents) || !property.value->is_object()) return;
    if (taken_.insert(&property).second) takes_.push_back(&property);
    opened_.insert(&property);
    for (const auto& [member, value] : property.value->items())
      inner_.push_back({squeezed(member), &value, at(property.pointer, member)});
  };
  constexpr std::size_t kMembersMax = 1000;
  for (const Property& property : canvas_.nodes[node].properties) open(property);
  for (std::size_t i = 0; i < inner_.size() && inner_.size() < kMembersMax; ++i) open(inner_[i]);
}

// Within them, everything says something of the message.
bool StepMaker::untaken_content() {
  for (const Property& property : inner_) {
    const bool empty = property.value->is_null() || (property.value->is_structured() && property.value->empty()) ||
                       *property.value == "" || is_one_of(property.key, {"id", "key"});
    if (empty || taken_.contains(&property)) continue;
    return no(fmt::format("`{}` of its message is not known", property.key));
  }
  return true;
}

bool StepMaker::message(std::size_t node, const Kind& kind, const std::string& channel, DraftEntry& entry) {
  if (!purpose(node, entry)) return false;
  const std::string type = squeezed(taken_text(node, {"messagetype", "msgtype", "type"}));
  const std::string part = squeezed(taken_text(node, {"type"}));  // of an `interactive` within it
  if (!is_one_of(part, kParts) && part != type) return no(fmt::format("its part `{}` is not known", part));
  if (is_one_of(type, {"reaction", "carousel", "pin", "coupontemplate"}))
    return no(fmt::format("the language has no message of the type `{}`", type));
  const std::size_t before = entry.block.size();
  const bool people_like = kind.channel == "messenger" || kind.channel == "instagram";
  if (!people_like && !approved(node, channel, entry)) return false;
  if (contains(type, "template") && !people_like && entry.block.size() == before)
    return no("which template it sends is not said");
  if (!place(node, entry) || !people(node, entry) || !cards(node, kind, entry)) return false;
  const bool cards_only = entry.block.size() > before && entry.block.back().head.starts_with("card ");
  if (!cards_only && !(media(node, type, entry) && text_of_message(node, entry) && around(node, entry) &&
                       rows(node, entry) && products(node, entry) && buttons(node, kind, entry)))
    return false;
  if (entry.block.size() == before) return no("what it sends is not understood");
  return reporting(node, entry);
}

bool StepMaker::purpose(std::size_t node, DraftEntry& entry) {
  const std::string said = squeezed(
      taken_text(node, {"messageclass", "contenttype", "class", "purpose", "contentcategory", "businesstype"}));
  if (is_one_of(said, {"verificationcode", "authentication", "otp"})) {
    entry.block.push_back(line("purpose authentication"));
  } else if (is_one_of(said, {"notification", "transaction", "transactional", "utility"})) {
    entry.block.push_back(line("purpose transaction"));
  } else if (is_one_of(said, {"marketing", "promotion", "promotional"})) {
    entry.block.push_back(line("purpose marketing"));
  } else if (!said.empty()) {
    tell(NoteKind::changed, node, fmt::format("what it is for, `{}`, is not known: as the flow", said));
  }
  return true;
}

bool StepMaker::media(std::size_t node, const std::string& type, DraftEntry& entry) {
  for (const char* each : {"image", "video", "audio", "file", "document", "sticker"}) {
    const std::string key = each;
    const Property* found = take(node, {key, key + "url", key + "link"});
    if (found != nullptr && !medium(node, std::string(medium_word(key)), *found->value, entry)) return false;
  }
  const std::string_view word = medium_word(type);
  const Property* address = take(node, {"url", "link", "mediaurl"});
  if (address == nullptr) return true;
  if (word.empty()) return no("what stands at its URL is not said");
  return medium(node, std::string(word), *address->value, entry);
}

bool StepMaker::medium(std::size_t node, const std::string& word, const Json& value, DraftEntry& entry) {
  const Json* address = text_within(value, kAddresses);
  if (address == nullptr) return no(fmt::format("where its {} is, is not said", word));
  DraftEntry made = line(word + " " + text(*address, node));
  const auto said = [&](Keys keys) -> const Json* {
    const Json* found = find_member(value, keys);
    if (found != nullptr) return found;
    const Property* beside = take(node, keys);
    return beside == nullptr ? nullptr : beside->value;
  };
  if (word == "file") {
    if (const Json* name = said({"filename", "documentname"}); name != nullptr && name->is_string())
      made.block.push_back(line("name " + text(*name, node)));
    said({"filetype"});
  }
  if (word == "video") {
    const Timer lasts = read_timer(said({"duration", "videoduration", "validity"}));
    if (lasts.state == Timer::State::unknown) return no("how long its video plays is not understood");
    if (lasts.state == Timer::State::set) made.block.push_back(line("lasts " + duration(lasts.ms)));
    if (const Json* bytes = said({"bytes", "sizebytes", "filesizebytes"}); bytes != nullptr && !decimal(*bytes).empty())
      made.block.push_back(line("bytes " + decimal(*bytes)));
    if (said({"size", "videosize", "filesize"}) != nullptr) return no("the size of its video has no unit");
    if (const Json* still = said({"thumbnail", "thumbnailurl", "thumb"}); still != nullptr && still->is_string())
      made.block.push_back(line("thumbnail " + text(*still, node)));
  }
  made.has_block = !made.block.empty();
  entry.block.push_back(std::move(made));
  if (const Json* caption = find_member(value, {"caption", "text"}); caption != nullptr && caption->is_string())
    entry.block.push_back(line("text " + text(*caption, node)));
  return true;
}

bool StepMaker::text_of_message(std::size_t node, DraftEntry& entry) {
  const Property* subject = take(node, {"subject", "emailsubject"});
  if (subject != nullptr && subject->value->is_string())
    entry.block.push_back(line("subject " + text(*subject->value, node)));
  const Property* found =
      take(node, {"text", "content", "body", "message", "messagecontent", "textcontent", "caption", "messagetext"});
  if (found == nullptr) return true;
  const Json* value = text_within(*found->value, kTexts);
  if (value == nullptr) return no("its text is not understood");
  const bool twice = std::any_of(entry.block.begin(), entry.block.end(),
                                 [](const DraftEntry& each) { return each.head.starts_with("text "); });
  if (twice) return no("it has two texts");
  entry.block.push_back(line("text " + text(*value, node)));
  if (const Property* html = take(node, {"html", "htmlbody"}); html != nullptr && html->value->is_string())
    entry.block.push_back(line("html " + text(*html->value, node)));
  return true;
}

// Lines above and below the text.
bool StepMaker::around(std::size_t node, DraftEntry& entry) {
  for (const char* word : {"header", "footer"}) {
    const Property* found = take(node, {word, std::string(word) + "text"});
    if (found == nullptr || *found->value == "") continue;
    const std::string type = squeezed(member_text(*found->value, {"type", "format"}));
    if (!medium_word(type).empty()) {
      const Json* inner = find_member(*found->value, {type});
      if (!medium(node, std::string(medium_word(type)), inner == nullptr ? *found->value : *inner, entry)) return false;
      continue;
    }
    const Json* value = text_within(*found->value, kTexts);
    if (value == nullptr) return no(fmt::format("its {} is not understood", word));
    entry.block.push_back(line(std::string(word) + " " + text(*value, node)));
  }
  return true;
}

// Where its reports go, and its tag.
bool StepMaker::reporting(std::size_t node, DraftEntry& entry) {
  if (const std::string tag = taken_text(node, {"trackid", "trackingid", "trackingdata", "track"}); !tag.empty())
    entry.block.push_back(line("track " + text(Json(tag), node)));
  const Property* report =
      take(node, {"allowstatusreport", "statusreport", "statusreporturl", "reporturl", "statuscallbackurl"});
  if (report == nullptr || switched(report->value) == false) return true;
  const Json* address = text_within(*report->value, kAddresses);
  const Property* beside = take(node, {"statusreporturl", "reporturl", "statuscallbackurl"});
  if (switched(report->value) == true && (address == nullptr || report->value->is_string()))
    address = beside == nullptr ? nullptr : beside->value;
  const std::string host = address == nullptr || !address->is_string() ? "" : host_of(address->get<std::string>());
  if (host.empty()) return no("where its status reports go is not written out");
  entry.block.push_back(line("report to " + text(*address, node)));
  hosts_.push_back(host);
  return true;
}

bool StepMaker::message_arms(std::size_t node, DraftEntry& entry) {
  const Property* given = take(node, {"undeliveredtimeout", "timeoutundelivered", "undeliveredduration",
                                      "undeliveredseconds", "undelivered", "undeliveredtimeoutseconds"});
  const Property* given_unread = take(
      node, {"unreadtimeout", "timeoutunread", "unreadduration", "unreadseconds", "unread", "unreadtimeoutseconds"});
  Timer not_delivered = timed(node, given, false);
  Timer not_read = timed(node, given_unread, false);
  const auto off = [&](Keys keys) {
    const Property* said = take(node, keys);
    return said != nullptr && switched(said->value) == false;
  };
  if (off({"undeliveredtimeoutenabled", "enableundeliveredtimeout", "undeliveredenabled"}))
    not_delivered.state = Timer::State::off;
  if (off({"unreadtimeoutenabled", "enableunreadtimeout", "unreadenabled"})) not_read.state = Timer::State::off;
  if (not_delivered.state == Timer::State::unknown || not_read.state == Timer::State::unknown)
    return no("after which time it is undelivered or unread is not understood");
  const bool delivers = not_delivered.state == Timer::State::set;
  const bool reads = not_read.state == Timer::State::set;
  const std::size_t undelivered = edge(node, Role::undelivered);
  const std::size_t unread = edge(node, Role::unread);
  const std::size_t failed = edge(node, Role::failed);
  std::size_t next = next_edge(node);
  for (const std::size_t each : canvas_.nodes[node].out) {
    const Edge& way = canvas_.edges[each];
    const std::string word = squeezed(way.port.empty() ? way.label : way.port);
    if (next != kNone || used_.contains(each) || !is_one_of(word, {"delivered", "read", "已送达", "已读"})) continue;
    used_.insert(each);
    next = each;
  }
  if ((undelivered != kNone && !delivers) || (unread != kNone && !reads))
    return no("after which time it is undelivered or unread is not said");

  entry.block.push_back(line("failed", behind(failed)));
  entry.block.back().blank_before = true;
  if (failed == kNone && undelivered != kNone) {
    entry.block.back().arrow = behind(undelivered);
    changed(node, entry.block.back(), "The original has no way out for a message that fails at once: as undelivered.");
  } else if (failed == kNone) {
    entry.block.back().arrow = "end failed \"not sent\"";
    changed(node, entry.block.back(), "The original has no way out for a message that fails.");
  }
  if (delivers) entry.block.push_back(line("undelivered after " + duration(not_delivered.ms), behind(undelivered)));
  if (reads && !delivers) {
    entry.block.push_back(line("undelivered after " + duration(not_read.ms), behind(unread)));
    changed(node, entry.block.back(), "The original waits for a message to be read, however long it is undelivered.");
  }
  if (reads) entry.block.push_back(line("unread after " + duration(not_read.ms), behind(unread)));
  entry.block.push_back(line(reads ? "read" : delivers ? "delivered" : "sent", behind(next)));
  return true;
}

}  // namespace flow::importing::console
