#include "simulator/whatsapp_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace flow::simulator {
namespace {

using http::Json;

// Characters of a text, by its UTF-8.
std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string check_text(std::string_view text, std::size_t most, std::string_view what) {
  const std::size_t size = characters(text);
  return size == 0 || size > most ? fmt::format("{} must have 1 to {} characters", what, most) : std::string();
}

std::string check_link(std::string_view link) {
  return link.starts_with("https://") || link.starts_with("http://") ? std::string() : "a link must be an address";
}

std::string read_header(const Json& header) {
  if (header.is_null()) return {};
  if (http::text(header, "type") == "text") return check_text(http::text(header, "text"), 60, "header.text");
  return read_whatsapp_media(header, 0);
}

std::string read_buttons(const Json& action) {
  const Json& buttons = http::list(action, "buttons");
  if (buttons.empty() || buttons.size() > 3) return "action.buttons must have 1 to 3";
  std::set<std::string, std::less<>> seen;
  for (const Json& button : buttons) {
    const Json& reply = http::member(button, "reply");
    if (http::text(button, "type") != "reply") return "a button must have type reply";
    if (auto wrong = check_text(http::text(reply, "title"), 20, "a button's title"); !wrong.empty()) return wrong;
    if (auto wrong = check_text(http::text(reply, "id"), 256, "a button's id"); !wrong.empty()) return wrong;
    if (!seen.emplace(http::text(reply, "id")).second) return "buttons must have ids of their own";
  }
  return {};
}

std::string read_rows(const Json& action) {
  if (auto wrong = check_text(http::text(action, "button"), 20, "action.button"); !wrong.empty()) return wrong;
  std::set<std::string, std::less<>> seen;
  for (const Json& section : http::list(action, "sections")) {
    for (const Json& row : http::list(section, "rows")) {
      if (auto wrong = check_text(http::text(row, "title"), 24, "a row's title"); !wrong.empty()) return wrong;
      if (auto wrong = check_text(http::text(row, "id"), 200, "a row's id"); !wrong.empty()) return wrong;
      if (characters(http::text(row, "description")) > 72) return "a row's description must have at most 72 characters";
      if (!seen.emplace(http::text(row, "id")).second) return "rows must have ids of their own";
    }
  }
  return seen.empty() || seen.size() > 10 ? "a list must have 1 to 10 rows" : std::string();
}

std::string read_products(const Json& interactive, bool several) {
  const Json& action = http::member(interactive, "action");
  if (http::text(action, "catalog_id").empty()) return "action.catalog_id is missing";
  if (!several) {
    if (!http::member(interactive, "header").is_null()) return "a single product has no header";
    return http::text(action, "product_retailer_id").empty() ? "action.product_retailer_id is missing" : std::string();
  }
  if (http::text(http::member(interactive, "header"), "type") != "text") return "several products need a header";
  std::size_t count = 0;
  for (const Json& section : http::list(action, "sections")) {
    for (const Json& item : http::list(section, "product_items")) {
      if (http::text(item, "product_retailer_id").empty()) return "a product needs product_retailer_id";
      ++count;
    }
  }
  return count == 0 || count > 30 ? "there must be 1 to 30 products" : std::string();
}

std::string read_interactive(const Json& interactive, Message& message) {
  const std::string_view type = http::text(interactive, "type");
  const Json& action = http::member(interactive, "action");
  message.text = http::text(http::member(interactive, "body"), "text");
  if (auto wrong = check_text(message.text, type == "list" ? 4096 : 1024, "body.text"); !wrong.empty()) return wrong;
  if (auto wrong = read_header(http::member(interactive, "header")); !wrong.empty()) return wrong;
  if (const Json& footer = http::member(interactive, "footer"); !footer.is_null()) {
    if (auto wrong = check_text(http::text(footer, "text"), 60, "footer.text"); !wrong.empty()) return wrong;
  }
  if (type == "button") return read_buttons(action);
  if (type == "list") return read_rows(action);
  if (type == "product" || type == "product_list") return read_products(interactive, type == "product_list");
  if (type != "cta_url" || http::text(action, "name") != "cta_url") return "interactive.type is not known";
  const Json& parameters = http::member(action, "parameters");
  if (auto wrong = check_text(http::text(parameters, "display_text"), 20, "display_text"); !wrong.empty()) return wrong;
  return check_link(http::text(parameters, "url"));
}

std::string read_location(const Json& location) {
  for (const char* name : {"latitude", "longitude"}) {
    const std::string_view text = http::text(location, name);
    if (text.empty() || text.find_first_not_of("-.0123456789") != std::string_view::npos)
      return fmt::format("location.{} must be a number", name);
  }
  return {};
}

std::string read_contacts(const Json& contacts) {
  if (contacts.empty() || contacts.size() > 257) return "contacts must have 1 to 257";
  for (const Json& contact : contacts) {
    const Json& name = http::member(contact, "name");
    if (http::text(name, "formatted_name").empty() || http::text(name, "first_name").empty())
      return "a contact needs name.formatted_name and one more name";
    for (const Json& phone : http::list(contact, "phones"))
      if (http::text(phone, "phone").empty()) return "a phone needs phone";
  }
  return {};
}

}  // namespace

std::string read_whatsapp_media(const Json& holder, std::size_t caption_max) {
  const std::string_view type = http::text(holder, "type");
  static constexpr std::array<std::string_view, 5> kTypes = {"image", "video", "audio", "document", "sticker"};
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) return "the type is not known";
  const Json& media = http::member(holder, std::string(type).c_str());
  if (auto wrong = check_link(http::text(media, "link")); !wrong.empty()) return wrong;
  if (!http::member(media, "filename").is_null() && type != "document") return "only a document has a filename";
  const std::string_view caption = http::text(media, "caption");
  const std::size_t most = type == "audio" || type == "sticker" ? 0 : caption_max;
  return characters(caption) > most ? fmt::format("a caption must have at most {} characters", most) : std::string();
}

std::string read_whatsapp_content(const Json& body, Message& message) {
  const std::string_view type = http::text(body, "type");
  message.kind = type;
  if (type == "text") {
    message.text = http::text(http::member(body, "text"), "body");
    return check_text(message.text, 4096, "text.body");
  }
  if (type == "interactive") return read_interactive(http::member(body, "interactive"), message);
  if (type == "location") return read_location(http::member(body, "location"));
  if (type == "contacts") return read_contacts(http::list(body, "contacts"));
  message.text = http::text(http::member(body, std::string(type).c_str()), "caption");
  return read_whatsapp_media(body, 1024);
}

}  // namespace flow::simulator
