#include "compiler/import/console/foreign_parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/import/names.h"

namespace flow::importing::console::foreign {
namespace {

using fidelity::Action;

const Json* find(const std::vector<Setting>& settings, Keys names) {
  for (const std::string_view name : names)
    for (const auto& [key, value] : settings)
      if (key == name && !value->is_null()) return value;
  return nullptr;
}

// What people read on a button or a row.
const Json* title_of(const Json& json) {
  if (json.is_string()) return &json;
  for (const std::string_view name : {"title", "text", "label", "name", "buttontext", "caption"})
    if (const Json* found = member(json, {name}); found != nullptr && (found->is_string() || found->is_object()))
      return found->is_string() ? found : title_of(*found);
  const Json* reply = member(json, {"reply"});
  return reply != nullptr && reply->is_object() ? title_of(*reply) : nullptr;
}

const Json* payload_of(const Json& json) {
  const Json* found = member(json, {"payload", "postback", "postbackdata", "replies"});
  const Json* reply = member(json, {"reply"});
  if (found == nullptr && reply != nullptr) found = member(*reply, {"id", "payload"});
  return found != nullptr && found->is_string() ? found : nullptr;
}

// One, or a list of them.
std::vector<const Json*> each_of(const Json& json) {
  std::vector<const Json*> all;
  if (!json.is_array()) return {&json};
  for (const Json& one : json) all.push_back(&one);
  return all;
}

// An address, whose values are written in a form of their own.
std::string address_words(const Json& json) {
  const std::string words = words_of(json);
  return contains(words, "{") ? "*" : words;
}

// `head`: "button", or "card_button", whose others are "card_opens" and "card_replies".
void say_buttons(const Json& list, std::string_view channel, bool card, Action& action) {
  bool plain_only = !card && channel != "viber";
  for (const Json* one : each_of(list)) {
    const Json* title = title_of(*one);
    const Json* payload = payload_of(*one);
    plain_only = plain_only && title != nullptr &&
                 member(*one, {"url", "link", "href", "weburl", "buttonurl"}) == nullptr &&
                 (payload == nullptr || *payload == *title);
  }
  for (const Json* one : each_of(list)) {
    const Json* title = title_of(*one);
    if (title == nullptr) return;
    if (plain_only) {
      action.with("choice", words_of(*title));
      continue;
    }
    const Json* address = member(*one, {"url", "link", "href", "weburl", "buttonurl"});
    const Json* payload = payload_of(*one);
    action.with(card ? "card_button" : "button", words_of(*title));
    if (address != nullptr)
      action.with(card ? "card_opens" : "button_opens", address_words(*address));
    else
      action.with(card ? "card_replies" : "button_replies", words_of(payload == nullptr ? *title : *payload));
  }
}

// Rows or products, bare or in a section.
const Json* rows_of(const Json& json, Keys names) {
  const Json* sections = json.is_array() ? &json : member(json, {"sections", "section"});
  if (sections != nullptr && sections->is_array() && sections->size() == 1)
    if (const Json* found = member(sections->front(), names)) return found;
  return json.is_array() ? &json : member(json, names);
}

void say_list(const Json& list, const std::vector<Setting>& settings, Action& action) {
  const Json* rows = rows_of(list, {"rows", "items", "options"});
  const Json* button = member(list, {"button", "buttontext", "title", "buttontitle"});
  if (button == nullptr) button = find(settings, {"button", "buttontext", "listbutton", "buttontitle"});
  const Json* title = button == nullptr ? nullptr : title_of(*button);
  if (title != nullptr) action.with("list", words_of(*title));
  if (rows == nullptr || !rows->is_array()) return;
  for (const Json& one : *rows) {
    const Json* row = title_of(one);
    const Json* more = member(one, {"description", "desc", "subtitle"});
    if (row != nullptr) action.with("row", words_of(*row));
    if (more != nullptr && more->is_string() && *more != "") action.with("row_description", words_of(*more));
  }
}

void say_products(const Json& products, const std::vector<Setting>& settings, Action& action) {
  const Json* rows = products.is_string() ? &products : rows_of(products, {"products", "productitems", "items"});
  if (rows == nullptr) return;
  for (const Json* one : each_of(*rows)) {
    const std::string id = one->is_object()
                               ? member_words(*one, {"productretailerid", "retailerid", "productid", "id", "sku"})
                               : plain(*one);
    action.with("product", words_of_text(id));
  }
  if (const Json* catalogue = find(settings, {"catalogue", "catalog", "catalogid", "catalogueid"}))
    action.with("catalogue", words_of(*catalogue));
}

void say_people(const Json& contacts, Action& action) {
  for (const Json* one : each_of(contacts)) {
    const Json* name = member(*one, {"name", "formattedname", "fullname"});
    if (name != nullptr && name->is_object()) name = member(*name, {"formattedname", "fullname", "firstname"});
    if (name != nullptr && name->is_string()) action.with("contact", words_of(*name));
    constexpr std::pair<std::string_view, std::string_view> kDetails[] = {
        {"phone", "phones"}, {"email", "emails"}, {"company", "org"}};
    for (const auto& [detail, several] : kDetails) {
      const Json* value = member(*one, {detail, several});
      if (value != nullptr && value->is_array() && value->size() == 1) value = &value->front();
      if (value != nullptr && value->is_object()) value = member(*value, {detail, "value", "company"});
      if (value != nullptr && value->is_string()) action.with("contact_" + std::string(detail), words_of(*value));
    }
  }
}

void say_cards(const Json& cards, std::string_view channel, Action& action) {
  for (const Json* one : each_of(cards)) {
    const Json* title = member(*one, {"title", "name"});
    const Json* subtitle = member(*one, {"subtitle", "description"});
    const Json* image = member(*one, {"image", "imageurl", "picture"});
    if (image != nullptr && image->is_object()) image = member(*image, {"url", "link", "src"});
    if (title != nullptr) action.with("card", words_of(*title));
    if (subtitle != nullptr && subtitle->is_string()) action.with("card_subtitle", words_of(*subtitle));
    if (image != nullptr) action.with("card_image", address_words(*image));
    if (const Json* buttons = member(*one, {"buttons", "button"})) say_buttons(*buttons, channel, true, action);
  }
}

}  // namespace

void say_subject(const Box& box, fidelity::Action& action) {
  const Json* subject = box.setting({"subject"});
  if (subject == nullptr || !subject->is_string()) return;
  std::string out;
  const std::string words = words_of(*subject);
  for (std::size_t at = 0; at < words.size(); ++at) {
    out += words[at];
    if (words[at] == '\\' && at + 1 < words.size()) {
      out += words[++at];
    } else if (words[at] == '{') {
      at = std::min(words.find('}', at), words.size() - 1);
      out += "*}";
    }
  }
  action.with("subject", out);
}

void say_template(const Box& box, fidelity::Action& action) {
  const Json* found = box.setting({"templatecode", "templatename", "template", "templateid"});
  if (found == nullptr) return;
  const std::string code =
      found->is_object() ? member_words(*found, {"code", "name", "templatecode", "templatename", "id"}) : plain(*found);
  const std::string name = Names().step(code + " ", "main");
  // The same template with other parameters, or in another language, has a number.
  std::string names = fidelity::quoted(name);
  for (int i = 2; i < 10; ++i) names += fidelity::kOr + fidelity::quoted(fmt::format("{}_{}", name, i));
  action.with("template", names);
  const Json* given = member(*found, {"params", "parameters", "templateparams", "variables"});
  if (const Json* beside = box.setting({"templateparams", "templateparameters", "templatevariables", "params"}))
    given = beside;
  const auto all = given == nullptr ? std::nullopt : pairs(*given);
  for (std::size_t i = 0; all && i < all->size(); ++i)
    action.with(fmt::format("template {}", i + 1), (*all)[i].second == nullptr ? "*" : words_of(*(*all)[i].second));
}

Time timed(const Box& box, Keys keys, bool alone) {
  for (const std::string_view key : keys) {
    const Json* given = box.setting({key});
    if (given == nullptr || given->is_null()) continue;
    std::string unit = letters(box.text({std::string(key) + "unit"}));
    if (unit.empty() && alone) unit = letters(box.text({"unit", "timeunit", "durationunit"}));
    if (unit.empty()) return time_of(given);
    const auto named = unit_of(unit);
    return named ? time_of(given, *named) : Time{std::nullopt, false};
  }
  return {};
}

void say_parts(const std::vector<Setting>& settings, std::string_view channel, Action& action) {
  const bool people_like = channel == "messenger" || channel == "instagram";
  if (const Json* cards =
          people_like ? find(settings, {"cards", "card", "elements", "template", "generictemplate"}) : nullptr)
    return say_cards(*cards, channel, action);
  for (const char* word : {"header", "footer"}) {
    const Json* found = find(settings, {word, std::string(word) + "text"});
    if (found != nullptr && found->is_object() && member(*found, {"type", "format"}) == nullptr)
      found = member(*found, {"text", "body", "content", "value"});
    if (found != nullptr && found->is_string() && *found != "") action.with(word, words_of(*found));
  }
  const Json* quick = find(settings, {"quickreplies", "quickreply", "quickreplybuttons"});
  const Json* list = find(settings, {"list", "listitems", "sections", "rows", "listmessage"});
  const Json* buttons = quick != nullptr ? quick : find(settings, {"buttons", "button", "buttongroup", "buttonlist"});
  if (list != nullptr)
    say_list(*list, settings, action);
  else if (buttons != nullptr && buttons->is_structured())
    say_buttons(*buttons, channel, false, action);
  if (const Json* products = find(settings, {"products", "product", "productids", "productitems", "productsections",
                                             "productid", "productretailerid"}))
    say_products(*products, settings, action);
  if (const Json* place = find(settings, {"location", "place"})) {
    if (const Json* name = member(*place, {"name"}); name != nullptr && *name != "")
      action.with("place_name", words_of(*name));
    if (const Json* address = member(*place, {"address"}); address != nullptr && *address != "")
      action.with("address", words_of(*address));
  }
  if (const Json* people = find(settings, {"contacts", "contact"})) say_people(*people, action);
  if (const Json* tag = find(settings, {"trackid", "trackingid", "trackingdata", "track"}))
    action.with("track", words_of(*tag));
}

}  // namespace flow::importing::console::foreign
