#include "runtime/channels/whatsapp_cloud/content.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "runtime/channels/parts.h"

namespace flow::channels::whatsapp_cloud {
namespace {

using namespace std::literals;  // "…"sv is appended without looking for its end

using outbox::SendRequest;
using program::MessageKind;
using program::PartKind;

void append_parameter(std::string& body, std::string_view value) {
  body += R"({"type":"text","text":")"sv;
  http::append_json_text(body, value);
  body += "\"}"sv;
}

// `"document":{"link":"…","filename":"…"}`: of the first medium among the parts, with its type before it.
bool append_media(std::string& body, Parts parts, std::string_view caption) {
  static constexpr std::pair<PartKind, std::string_view> kTypes[] = {{PartKind::image, "image"},
                                                                     {PartKind::video, "video"},
                                                                     {PartKind::audio, "audio"},
                                                                     {PartKind::file, "document"},
                                                                     {PartKind::sticker, "sticker"}};
  for (const auto& [kind, type] : kTypes) {
    if (!has_part(parts, kind)) continue;
    append_member(body, "type", type);
    body += '"';
    body += type;
    body += "\":{"sv;
    append_member(body, "link", part(parts, kind));
    append_optional(body, "caption", caption);
    if (kind == PartKind::file) append_optional(body, "filename", part(parts, PartKind::file_name));
    close_with(body, '}');
    return true;
  }
  return false;
}

void append_place(std::string& body, Parts parts) {
  body += R"("type":"location","location":{)"sv;
  append_member(body, "latitude", part(parts, PartKind::latitude));
  append_member(body, "longitude", part(parts, PartKind::longitude));
  append_optional(body, "name", part(parts, PartKind::place_name));
  append_optional(body, "address", part(parts, PartKind::address));
  close_with(body, '}');
}

void append_contact(std::string& body, Parts contact) {
  body += R"({"name":{)"sv;
  append_member(body, "formatted_name", contact.front().value);
  append_member(body, "first_name", contact.front().value);
  close_with(body, '}');
  const auto list = [&](std::string_view name, std::string_view member, PartKind kind) {
    if (!has_part(contact, kind)) return;
    fmt::format_to(std::back_inserter(body), ",\"{}\":[{{", name);
    append_member(body, member, part(contact, kind));
    append_member(body, "type", "WORK");
    close_with(body, '}');
    body += ']';
  };
  list("phones", "phone", PartKind::contact_phone);
  list("emails", "email", PartKind::contact_email);
  if (has_part(contact, PartKind::contact_company)) {
    body += R"(,"org":{)"sv;
    append_member(body, "company", part(contact, PartKind::contact_company));
    close_with(body, '}');
  }
  body += "},"sv;
}

// A title and an id that comes back with the answer.
void append_reply(std::string& body, std::string_view title, std::string_view id) {
  body += R"({"type":"reply","reply":{)"sv;
  append_member(body, "id", id);
  append_member(body, "title", title);
  close_with(body, '}');
  body += "},"sv;
}

void append_buttons(std::string& body, const SendRequest& send) {
  body += R"("buttons":[)"sv;
  for (const outbox::MessagePart& each : send.parts)
    if (each.kind == PartKind::choice) append_reply(body, each.value, each.value);
  for_each_group(send.parts, PartKind::button, [&](Parts button) {
    append_reply(body, button.front().value, part(button, PartKind::button_replies));
  });
  close_with(body, ']');
}

void append_link(std::string& body, const SendRequest& send) {
  body += R"("name":"cta_url","parameters":{)"sv;
  append_member(body, "display_text", part(send.parts, PartKind::button));
  append_member(body, "url", part(send.parts, PartKind::button_opens));
  close_with(body, '}');
}

// An answer names the row by its id, and flows tell answers apart by what is written: the title is the id.
void append_rows(std::string& body, const SendRequest& send) {
  append_member(body, "button", part(send.parts, PartKind::list));
  body += R"("sections":[{"rows":[)"sv;
  for_each_group(send.parts, PartKind::row, [&](Parts row) {
    body += '{';
    append_member(body, "id", row.front().value);
    append_member(body, "title", row.front().value);
    append_optional(body, "description", part(row, PartKind::row_description));
    close_with(body, '}');
    body += ',';
  });
  close_with(body, ']');
  body += "}]"sv;
}

void append_products(std::string& body, const SendRequest& send, bool several) {
  append_member(body, "catalog_id", part(send.parts, PartKind::catalogue));
  if (!several) {
    append_member(body, "product_retailer_id", part(send.parts, PartKind::product));
    body.pop_back();
    return;
  }
  body += R"("sections":[{)"sv;
  body += R"("product_items":[)"sv;
  for (const outbox::MessagePart& each : send.parts) {
    if (each.kind != PartKind::product) continue;
    body += '{';
    append_member(body, "product_retailer_id", each.value);
    close_with(body, '}');
    body += ',';
  }
  close_with(body, ']');
  body += "}]"sv;
}

// What is above and below, with `"action":{` open at the end.
void append_interactive(std::string& body, const SendRequest& send, std::string_view type) {
  body += R"("type":"interactive","interactive":{)"sv;
  append_member(body, "type", type);
  const std::size_t before = body.size();
  body += R"("header":{)"sv;
  if (append_media(body, send.parts, {})) {
    body += "},"sv;
  } else if (has_part(send.parts, PartKind::header) && type != "product") {
    append_member(body, "type", "text");
    append_member(body, "text", part(send.parts, PartKind::header));
    close_with(body, '}');
    body += ',';
  } else {
    body.resize(before);
  }
  body += R"("body":{)"sv;
  append_member(body, "text", send.text);
  close_with(body, '}');
  if (has_part(send.parts, PartKind::footer)) {
    body += R"(,"footer":{)"sv;
    append_member(body, "text", part(send.parts, PartKind::footer));
    close_with(body, '}');
  }
  body += R"(,"action":{)"sv;
}

bool append_interactive(std::string& body, const SendRequest& send) {
  const auto products = std::ranges::count(send.parts, PartKind::product, &outbox::MessagePart::kind);
  switch (send.message_kind) {
    case MessageKind::buttons:
    case MessageKind::choices:
      if (has_part(send.parts, PartKind::button_opens)) {
        append_interactive(body, send, "cta_url");
        append_link(body, send);
      } else {
        append_interactive(body, send, "button");
        append_buttons(body, send);
      }
      break;
    case MessageKind::list:
      append_interactive(body, send, "list");
      append_rows(body, send);
      break;
    case MessageKind::products:
      append_interactive(body, send, products > 1 ? "product_list" : "product");
      append_products(body, send, products > 1);
      break;
    default:
      return false;
  }
  body += "}}"sv;
  return true;
}

void append_header(std::string& body, Parts parts) {
  const std::size_t begin = body.size();
  body += R"({"type":"header","parameters":[{)"sv;
  if (has_part(parts, PartKind::latitude)) {
    append_place(body, parts);
  } else if (!append_media(body, parts, {})) {
    body.resize(begin);
    return;
  }
  body += "}]},"sv;
}

// An authentication template shows the code in its body and copies it with its button, so it wants the code twice.
void append_components(std::string& body, const SendRequest& send) {
  const std::size_t before = body.size();
  body += R"(,"components":[)"sv;
  const std::size_t begin = body.size();
  if (!send.parts.empty()) append_header(body, send.parts);
  if (!send.parameters.empty()) {
    body += R"({"type":"body","parameters":[)"sv;
    for (const auto& [name, value] : send.parameters) {
      append_parameter(body, value);
      body += ',';
    }
    body.back() = ']';
    body += "},"sv;
    if (send.purpose == "authentication") {
      body += R"({"type":"button","sub_type":"url","index":"0","parameters":[)"sv;
      append_parameter(body, send.parameters.front().second);
      body += "]},"sv;
    }
  }
  if (body.size() == begin)
    body.resize(before);
  else
    body.back() = ']';
}

void append_template(std::string& body, const SendRequest& send) {
  body += R"("type":"template","template":{"name":")"sv;
  http::append_json_text(body, send.template_name);
  body += R"(","language":{"code":")"sv;
  http::append_json_text(body, send.language);
  body += "\"}"sv;
  if (!send.parts.empty() || !send.parameters.empty()) append_components(body, send);
  body += '}';
}

}  // namespace

void append_content(std::string& body, const SendRequest& send) {
  if (!send.template_name.empty()) return append_template(body, send);
  switch (send.message_kind) {
    case MessageKind::text:
      body += R"("type":"text","text":{"preview_url":false,"body":")"sv;
      http::append_json_text(body, send.text);
      body += "\"}"sv;
      return;
    case MessageKind::location:
      return append_place(body, send.parts);
    case MessageKind::contacts:
      body += R"("type":"contacts","contacts":[)"sv;
      for_each_group(send.parts, PartKind::contact, [&](Parts contact) { append_contact(body, contact); });
      return close_with(body, ']');
    default:
      if (!append_interactive(body, send)) append_media(body, send.parts, send.text);
  }
}

}  // namespace flow::channels::whatsapp_cloud
