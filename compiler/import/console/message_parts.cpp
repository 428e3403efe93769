// Parts of messages that are more than a text: buttons, lists, products, places, people, cards, templates.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/console/steps.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kPartsMax = 300;
const Keys kTitles = {"title", "text", "label", "name", "buttontext", "caption"};

// The text that people read on a button or a row; null: none.
const Json* title_of(const Json& json) {
  if (json.is_string()) return &json;
  for (const std::string_view key : kTitles) {
    const Json* found = find_member(json, {key});
    if (found != nullptr && found->is_string()) return found;
    if (found != nullptr && found->is_object()) return title_of(*found);
  }
  const Json* reply = find_member(json, {"reply"});
  return reply != nullptr && reply->is_object() ? title_of(*reply) : nullptr;
}

// What a button answers with; null: its title. An id that only the canvas knows is none.
const Json* payload_of(const Json& json) {
  const Json* found = find_member(json, {"payload", "postback", "postbackdata", "replies"});
  const Json* reply = find_member(json, {"reply"});
  if (found == nullptr && reply != nullptr && reply->is_object()) found = find_member(*reply, {"id", "payload"});
  return found != nullptr && found->is_string() ? found : nullptr;
}

const Json* address_of(const Json& json) {
  const Json* found = find_member(json, {"url", "link", "href", "weburl", "buttonurl"});
  return found != nullptr && found->is_string() && *found != "" ? found : nullptr;
}

bool is_list(const Json& json) {
  return json.is_array() && !json.empty() && json.size() <= kPartsMax;
}

// Rows, or products: bare, or in the one section that there is. Null: neither.
const Json* in_section(const Json& json, Keys members) {
  const Json* sections = json.is_array() ? &json : find_member(json, {"sections", "section"});
  if (sections != nullptr && sections->is_array() && sections->size() == 1 && (*sections)[0].is_object())
    if (const Json* found = find_member((*sections)[0], members)) return found->is_array() ? found : nullptr;
  const Json* found = json.is_array() ? &json : find_member(json, members);
  const bool bare = found != nullptr && found->is_array() &&
                    std::none_of(found->begin(), found->end(),
                                 [&](const Json& each) { return find_member(each, members) != nullptr; });
  return bare ? found : nullptr;
}

}  // namespace

// Lines for buttons; texts of those that only answer with themselves are in `plain`, too.
std::optional<std::vector<DraftEntry>> StepMaker::button_lines(std::size_t node, const Json& list,
                                                               std::vector<std::string>& plain) {
  std::vector<DraftEntry> out;
  if (!is_list(list)) return refuse("its buttons are no list");
  for (const Json& each : list) {
    const Json* title = title_of(each);
    if (title == nullptr || *title == "") return refuse("a button of it has no text");
    const std::string written = text(*title, node);
    if (const Json* address = address_of(each)) {
      out.push_back(line(fmt::format("button {} opens {}", written, text(*address, node))));
      continue;
    }
    const std::string type = squeezed(member_text(each, {"type", "buttontype", "subtype"}));
    if (!is_one_of(type, {"", "reply", "quickreply", "postback", "text", "replybutton"}))
      return refuse(fmt::format("a button of it is of the type `{}`, which is not known", type));
    const Json* payload = payload_of(each);
    if (payload == nullptr || *payload == *title) plain.push_back(written);
    out.push_back(
        line(fmt::format("button {} replies {}", written, payload == nullptr ? written : text(*payload, node))));
  }
  return out;
}

bool StepMaker::buttons(std::size_t node, const Kind& kind, DraftEntry& entry) {
  const Property* quick = take(node, {"quickreplies", "quickreply", "quickreplybuttons"});
  const Property* found = quick != nullptr ? quick : take(node, {"buttons", "button", "buttongroup", "buttonlist"});
  if (found == nullptr || (found->value->is_array() && found->value->empty())) return true;
  if (found->value->is_string()) return no("where its button leads is not said");
  const Json one = found->value->is_object() ? Json::array({*found->value}) : Json();
  std::vector<std::string> plain;
  const auto lines = button_lines(node, one.is_null() ? *found->value : one, plain);
  if (!lines) return false;
  if (plain.size() == lines->size() && kind.channel != "viber") {
    entry.block.push_back(line(fmt::format("buttons {}", fmt::join(plain, ", "))));
    return true;
  }
  if (quick != nullptr) return no("a quick reply answers with something else than its text");
  entry.block.insert(entry.block.end(), lines->begin(), lines->end());
  return true;
}

bool StepMaker::rows(std::size_t node, DraftEntry& entry) {
  const Property* found = take(node, {"list", "listitems", "sections", "rows", "listmessage"});
  if (found == nullptr) return true;
  if (take(node, {"productsections"}) != nullptr) return no("it has a list and products");
  const Json* rows = in_section(*found->value, {"rows", "items", "options"});
  if (rows == nullptr || !is_list(*rows)) return no("its list has more than one section, or no rows");
  const Json* title = find_member(*found->value, {"button", "buttontext", "title", "buttontitle"});
  if (const Property* beside =
          title == nullptr ? take(node, {"button", "buttontext", "listbutton", "buttontitle"}) : nullptr)
    title = beside->value;
  const Json* written = title == nullptr ? nullptr : title_of(*title);
  if (written == nullptr) return no("the button of its list has no text");
  DraftEntry list = line("list " + text(*written, node));
  list.has_block = true;
  bool ids = false;
  for (const Json& each : *rows) {
    const Json* row = title_of(each);
    if (row == nullptr) return no("a row of its list has no title");
    const Json* description = find_member(each, {"description", "desc", "subtitle"});
    const bool more = description != nullptr && description->is_string() && *description != "";
    list.block.push_back(line(text(*row, node) + (more ? " " + text(*description, node) : "")));
    ids |= find_member(each, {"id", "payload", "value"}) != nullptr;
  }
  if (ids) tell(NoteKind::left_out, node, "ids of the rows of a list: an answer is the row's title");
  entry.block.push_back(std::move(list));
  return true;
}

bool StepMaker::products(std::size_t node, DraftEntry& entry) {
  const Property* found = take(
      node, {"products", "product", "productids", "productitems", "productsections", "productid", "productretailerid"});
  if (found == nullptr) return true;
  const std::string catalogue = taken_text(node, {"catalogue", "catalog", "catalogid", "catalogueid"});
  if (catalogue.empty()) return no("the catalogue of its products is not said");
  const Json one = found->value->is_string() ? Json::array({*found->value}) : Json();
  const Json* items = one.is_null() ? in_section(*found->value, {"products", "productitems", "items"}) : &one;
  if (items == nullptr || !is_list(*items)) return no("its products stand in several sections, or are no list");
  std::string all;
  for (const Json& each : *items) {
    const std::string id = each.is_object()
                               ? member_text(each, {"productretailerid", "retailerid", "productid", "id", "sku"})
                               : plain_text(each);
    if (id.empty()) return no("a product of it has no id");
    all += (all.empty() ? "" : ", ") + text(Json(id), node);
  }
  DraftEntry made = line("products " + all);
  made.has_block = true;
  made.block.push_back(line("catalogue " + text(Json(catalogue), node)));
  entry.block.push_back(std::move(made));
  return true;
}

bool StepMaker::place(std::size_t node, DraftEntry& entry) {
  const Property* found = take(node, {"location", "place"});
  if (found == nullptr) return true;
  const Json* first = find_member(*found->value, {"latitude", "lat"});
  const Json* second = find_member(*found->value, {"longitude", "lng", "lon", "long"});
  const std::string latitude = first == nullptr ? std::string() : decimal(*first);
  const std::string longitude = second == nullptr ? std::string() : decimal(*second);
  if (latitude.empty() || longitude.empty()) return no("the latitude and longitude of its place are no numbers");
  DraftEntry made = line(fmt::format("location {}, {}", latitude, longitude));
  for (const char* detail : {"name", "address"})
    if (const Json* value = find_member(*found->value, {detail});
        value != nullptr && value->is_string() && *value != "")
      made.block.push_back(line(std::string(detail) + " " + text(*value, node)));
  made.has_block = !made.block.empty();
  entry.block.push_back(std::move(made));
  return true;
}

bool StepMaker::people(std::size_t node, DraftEntry& entry) {
  const Property* found = take(node, {"contacts", "contact"});
  if (found == nullptr) return true;
  const Json one = found->value->is_object() ? Json::array({*found->value}) : Json();
  const Json& all = one.is_null() ? *found->value : one;
  if (!is_list(all)) return no("its contacts are no list");
  for (const Json& each : all) {
    const Json* name = find_member(each, {"name", "formattedname", "fullname"});
    if (name != nullptr && name->is_object()) name = find_member(*name, {"formattedname", "fullname", "firstname"});
    if (name == nullptr || !name->is_string()) return no("a contact of it has no name");
    DraftEntry made = line("contact " + text(*name, node));
    constexpr std::pair<std::string_view, std::string_view> kDetails[] = {
        {"phone", "phones"}, {"email", "emails"}, {"company", "org"}};
    for (const auto& [detail, several] : kDetails) {
      const Json* value = find_member(each, {detail, several});
      if (value != nullptr && value->is_array()) value = value->size() == 1 ? &(*value)[0] : nullptr;
      if (value == nullptr) continue;
      value = text_within(*value, {detail, "value", "company"});
      if (value == nullptr) return no(fmt::format("the {} of a contact is no text", detail));
      made.block.push_back(line(std::string(detail) + " " + text(*value, node)));
    }
    made.has_block = !made.block.empty();
    entry.block.push_back(std::move(made));
  }
  return true;
}

// Messenger and Instagram: picture, title, subtitle, buttons.
bool StepMaker::cards(std::size_t node, const Kind& kind, DraftEntry& entry) {
  if (kind.channel != "messenger" && kind.channel != "instagram") return true;
  const Property* found = take(node, {"cards", "card", "elements", "template", "generictemplate"});
  if (found == nullptr) return true;
  const Json one = found->value->is_object() ? Json::array({*found->value}) : Json();
  const Json& all = one.is_null() ? *found->value : one;
  if (!is_list(all)) return no("its cards are no list");
  for (const Json& each : all) {
    const Json* title = find_member(each, {"title", "name"});
    if (title == nullptr || !title->is_string()) return no("a card of it has no title");
    DraftEntry made = line("card " + text(*title, node));
    if (const Json* subtitle = find_member(each, {"subtitle", "description"});
        subtitle != nullptr && subtitle->is_string())
      made.block.push_back(line("subtitle " + text(*subtitle, node)));
    if (const Json* image = find_member(each, {"image", "imageurl", "picture"})) {
      const Json* address = text_within(*image, {"url", "link", "src"});
      if (address == nullptr) return no("where the picture of a card is, is not said");
      made.block.push_back(line("image " + text(*address, node)));
    }
    if (const Json* list = find_member(each, {"buttons", "button"}); list != nullptr && !list->empty()) {
      std::vector<std::string> plain;
      const Json single = list->is_object() ? Json::array({*list}) : Json();
      auto lines = button_lines(node, single.is_null() ? *list : single, plain);
      if (!lines) return false;
      made.block.insert(made.block.end(), lines->begin(), lines->end());
    }
    made.has_block = !made.block.empty();
    entry.block.push_back(std::move(made));
  }
  return true;
}

// A template that the provider has approved: what it says is not in the original.
bool StepMaker::approved(std::size_t node, const std::string& channel, DraftEntry& entry) {
  const Property* found = take(node, {"templatecode", "templatename", "template", "templateid"});
  if (found == nullptr) return true;
  const Json& value = *found->value;
  const std::string code = value.is_object()
                               ? member_text(value, {"code", "name", "templatecode", "templatename", "id"})
                               : plain_text(value);
  if (code.empty()) return no("which template it sends is not said");
  const std::string language = value.is_object() ? member_text(value, {"language", "languagecode"})
                                                 : taken_text(node, {"language", "templatelanguage", "languagecode"});
  take(node, {"templatename", "templatecode"});
  const Json* given =
      value.is_object() ? find_member(value, {"params", "parameters", "templateparams", "variables"}) : nullptr;
  if (const Property* beside = take(node, {"templateparams", "templateparameters", "templatevariables", "params"}))
    given = beside->value;
  std::string arguments;
  std::string parameters;
  TextWriter body;
  body.add("The text of " + shown(code));
  Names names;
  if (given != nullptr) {
    const auto all = pairs(*given);
    if (!all || all->size() > kPartsMax) return no("the parameters of its template are no list of names and values");
    for (const auto& [key, argument] : *all) {
      if (argument == nullptr || argument->is_structured()) return no("a parameter of its template is no text");
      const bool digit = key[0] >= '0' && key[0] <= '9';
      const std::string name = names.variable(digit ? "x" + key : key, "value");
      arguments += (arguments.empty() ? "" : ", ") + fmt::format("{}: {}", name, this->argument(*argument, node));
      parameters += (parameters.empty() ? "" : ", ") + name + ": text";
      body.add(" ");
      body.add_value(name);
    }
  }
  std::string purpose = "purpose transaction";
  for (const DraftEntry& each : entry.block)
    if (each.head.starts_with("purpose ")) purpose = each.head;
  const std::string name =
      needs_.name_for(fmt::format("template\n{}\n{}\n{}\n{}\n{}", code, channel, language, parameters, purpose), code);
  if (!needs_.has(name))
    tell(NoteKind::changed, node,
         fmt::format("the text of the template {} is not in the original: `{}` has a made-up one", shown(code), name),
         "write the approved one into workspace.flow");
  DraftEntry made = line(fmt::format("template {}({}) on {}", name, parameters, channel));
  made.has_block = true;
  made.block.push_back(line(purpose));
  if (!language.empty()) made.block.push_back(line("languages " + one_line(language)));
  made.block.push_back(line("body " + body.one_line()));
  entries_.emplace_back(name, std::move(made));
  entry.block.push_back(line(fmt::format("template {}({})", name, arguments)));
  return true;
}

}  // namespace flow::importing::console
