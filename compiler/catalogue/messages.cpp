// Kinds of messages by channel. Sources: source_of() and docs/channels.md.
#include "compiler/catalogue/messages.h"

#include <algorithm>
#include <array>

namespace flow::catalogue {
namespace {

using program::ChannelKind;
using enum Presence;
using enum PartKind;

constexpr auto kDetails = std::to_array<Detail>({
    {SettingId::video, "lasts DURATION", lasts, std::nullopt, optional, "How long it plays, in whole seconds."},
    {SettingId::video, "bytes NUMBER", bytes, std::nullopt, optional, "Its size."},
    {SettingId::video, "thumbnail VALUE", thumbnail, std::nullopt, optional, "The address of its still picture."},
    {SettingId::file, "name VALUE", file_name, std::nullopt, optional, "The name that the recipient sees."},
    {SettingId::location, "name VALUE", place_name, std::nullopt, optional, "What the place is called."},
    {SettingId::location, "address VALUE", address, std::nullopt, optional, "Its address."},
    {SettingId::contact, "phone PHONE", contact_phone, std::nullopt, optional, "The person's number."},
    {SettingId::contact, "email VALUE", contact_email, std::nullopt, optional, "The person's email address."},
    {SettingId::contact, "company VALUE", contact_company, std::nullopt, optional, "Where the person works."},
    {SettingId::products, "catalogue VALUE", catalogue, std::nullopt, required, "Whose products they are."},
    {SettingId::card, "subtitle VALUE", card_subtitle, std::nullopt, optional, "A line below its title."},
    {SettingId::card, "image VALUE", card_image, std::nullopt, optional, "The address of its picture."},
    {SettingId::card, "button VALUE opens VALUE", card_button, card_opens, repeated, "A button that opens an address."},
    {SettingId::card, "button VALUE replies VALUE", card_button, card_replies, repeated, "A button that answers."},
});

// channel, kind, text, its characters, parts, required parts, with several products, a button that opens stands alone
constexpr auto kMessages = std::to_array<MessageRule>({
    {ChannelKind::viber, MessageKind::text, Need::required, 1000, {sender, track}, {}, {}, false},
    {ChannelKind::viber, MessageKind::image, Need::optional, 1000, {image, sender, track}, {}, {}, false},
    {ChannelKind::viber,
     MessageKind::video,
     Need::optional,
     1000,
     {video, lasts, bytes, thumbnail, sender, track},
     {},
     {},
     false},
    {ChannelKind::viber, MessageKind::file, Need::none, 0, {file, file_name, sender, track}, {}, {}, false},
    {ChannelKind::viber,
     MessageKind::buttons,
     Need::required,
     1000,
     {button, button_opens, image, video, lasts, bytes, thumbnail, sender, track},
     {button_opens},
     {},
     true},

    {ChannelKind::whatsapp, MessageKind::text, Need::required, 4096, {track}, {}, {}, false},
    {ChannelKind::whatsapp,
     MessageKind::message_template,
     Need::none,
     0,
     {image, video, file, file_name, latitude, longitude, place_name, address, track},
     {},
     {},
     false},
    {ChannelKind::whatsapp, MessageKind::image, Need::optional, 1024, {image, track}, {}, {}, false},
    {ChannelKind::whatsapp, MessageKind::video, Need::optional, 1024, {video, track}, {}, {}, false},
    {ChannelKind::whatsapp, MessageKind::audio, Need::none, 0, {audio, track}, {}, {}, false},
    {ChannelKind::whatsapp, MessageKind::file, Need::optional, 1024, {file, file_name, track}, {}, {}, false},
    {ChannelKind::whatsapp, MessageKind::sticker, Need::none, 0, {sticker, track}, {}, {}, false},
    {ChannelKind::whatsapp,
     MessageKind::location,
     Need::none,
     0,
     {latitude, longitude, place_name, address, track},
     {},
     {},
     false},
    {ChannelKind::whatsapp,
     MessageKind::contacts,
     Need::none,
     0,
     {contact, contact_phone, contact_email, contact_company, track},
     {},
     {},
     false},
    {ChannelKind::whatsapp,
     MessageKind::buttons,
     Need::required,
     1024,
     {button, button_opens, button_replies, image, video, file, file_name, header, footer, track},
     {},
     {},
     true},
    {ChannelKind::whatsapp,
     MessageKind::choices,
     Need::required,
     1024,
     {choice, image, video, file, file_name, header, footer, track},
     {},
     {},
     false},
    {ChannelKind::whatsapp,
     MessageKind::list,
     Need::required,
     4096,
     {list, row, row_description, header, footer, track},
     {},
     {},
     false},
    {ChannelKind::whatsapp,
     MessageKind::products,
     Need::required,
     1024,
     {product, catalogue, header, footer, track},
     {catalogue},
     {header},
     false},

    {ChannelKind::sms, MessageKind::text, Need::required, 0, {sender, track}, {}, {}, false},

    {ChannelKind::messenger, MessageKind::text, Need::required, 2000, {track}, {}, {}, false},
    {ChannelKind::messenger, MessageKind::image, Need::none, 0, {image, track}, {}, {}, false},
    {ChannelKind::messenger, MessageKind::video, Need::none, 0, {video, track}, {}, {}, false},
    {ChannelKind::messenger, MessageKind::audio, Need::none, 0, {audio, track}, {}, {}, false},
    {ChannelKind::messenger, MessageKind::file, Need::none, 0, {file, track}, {}, {}, false},
    {ChannelKind::messenger, MessageKind::choices, Need::required, 2000, {choice, track}, {}, {}, false},
    {ChannelKind::messenger,
     MessageKind::buttons,
     Need::required,
     640,
     {button, button_opens, button_replies, track},
     {},
     {},
     false},
    {ChannelKind::messenger,
     MessageKind::cards,
     Need::none,
     0,
     {card, card_subtitle, card_image, card_button, card_opens, card_replies, track},
     {},
     {},
     false},

    {ChannelKind::instagram, MessageKind::text, Need::required, 1000, {track}, {}, {}, false},
    {ChannelKind::instagram, MessageKind::image, Need::none, 0, {image, track}, {}, {}, false},
    {ChannelKind::instagram, MessageKind::video, Need::none, 0, {video, track}, {}, {}, false},
    {ChannelKind::instagram, MessageKind::audio, Need::none, 0, {audio, track}, {}, {}, false},
    {ChannelKind::instagram, MessageKind::choices, Need::required, 1000, {choice, track}, {}, {}, false},
    {ChannelKind::instagram,
     MessageKind::buttons,
     Need::required,
     640,
     {button, button_opens, button_replies, track},
     {},
     {},
     false},
    {ChannelKind::instagram,
     MessageKind::cards,
     Need::none,
     0,
     {card, card_subtitle, card_image, card_button, card_opens, card_replies, track},
     {},
     {},
     false},

    {ChannelKind::email, MessageKind::text, Need::required, 0, {subject, html, sender, track}, {subject}, {}, false},
});

constexpr auto kParts = std::to_array<PartRule>({
    {ChannelKind::viber, button, 1, 30},          {ChannelKind::viber, video, 1, 0, {lasts, bytes, thumbnail}},
    {ChannelKind::viber, lasts, 1, 600},          {ChannelKind::viber, bytes, 1, 200'000'000},
    {ChannelKind::viber, file_name, 1, 25},

    {ChannelKind::whatsapp, button, 3, 20},       {ChannelKind::whatsapp, button_replies, 3, 256},
    {ChannelKind::whatsapp, choice, 3, 20},       {ChannelKind::whatsapp, header, 1, 60},
    {ChannelKind::whatsapp, footer, 1, 60},       {ChannelKind::whatsapp, list, 1, 20},
    {ChannelKind::whatsapp, row, 10, 24},         {ChannelKind::whatsapp, row_description, 1, 72},
    {ChannelKind::whatsapp, product, 30, 0},      {ChannelKind::whatsapp, contact, 257, 0},

    {ChannelKind::messenger, choice, 13, 20},     {ChannelKind::messenger, button, 3, 20},
    {ChannelKind::messenger, button_opens, 3, 0}, {ChannelKind::messenger, button_replies, 3, 1000},
    {ChannelKind::messenger, card, 10, 80},       {ChannelKind::messenger, card_subtitle, 1, 80},
    {ChannelKind::messenger, card_image, 1, 0},   {ChannelKind::messenger, card_button, 3, 20},
    {ChannelKind::messenger, card_opens, 3, 0},   {ChannelKind::messenger, card_replies, 3, 1000},

    {ChannelKind::instagram, choice, 13, 20},     {ChannelKind::instagram, button, 3, 20},
    {ChannelKind::instagram, button_opens, 3, 0}, {ChannelKind::instagram, button_replies, 3, 1000},
    {ChannelKind::instagram, card, 10, 80},       {ChannelKind::instagram, card_subtitle, 1, 80},
    {ChannelKind::instagram, card_image, 1, 0},   {ChannelKind::instagram, card_button, 3, 20},
    {ChannelKind::instagram, card_opens, 3, 0},   {ChannelKind::instagram, card_replies, 3, 1000},

    {ChannelKind::email, subject, 1, 200},        {ChannelKind::email, track, 1, 255},
});

constexpr std::string_view kKindNames[] = {"a text",
                                           "a template",
                                           "a picture",
                                           "a video",
                                           "a sound",
                                           "a file",
                                           "a sticker",
                                           "a place",
                                           "contacts",
                                           "buttons",
                                           "answers to choose from",
                                           "a list",
                                           "products",
                                           "cards"};
static_assert(std::size(kKindNames) == program::kMessageKindCount);

}  // namespace

std::string_view name_of(MessageKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(PartKind part) {
  for (const Detail& detail : kDetails)
    if (detail.part == part || detail.second == part) return detail.pattern.substr(0, detail.pattern.find(' '));
  for (const Setting& setting : send_settings())
    if (setting.part == part || setting.second == part) return setting.pattern.substr(0, setting.pattern.find(' '));
  return program::to_string(part);
}

std::span<const Detail> details() {
  return kDetails;
}
std::span<const MessageRule> message_rules() {
  return kMessages;
}
std::span<const PartRule> part_rules() {
  return kParts;
}

const MessageRule* find_rule(ChannelKind channel, MessageKind kind) {
  const auto found = std::ranges::find_if(
      kMessages, [&](const MessageRule& rule) { return rule.channel == channel && rule.kind == kind; });
  return found == kMessages.end() ? nullptr : &*found;
}

bool has_part(ChannelKind channel, PartKind part) {
  return std::ranges::any_of(kMessages,
                             [&](const MessageRule& rule) { return rule.channel == channel && rule.parts.has(part); });
}

PartRule find_rule(ChannelKind channel, PartKind part) {
  const auto found =
      std::ranges::find_if(kParts, [&](const PartRule& rule) { return rule.channel == channel && rule.part == part; });
  return found == kParts.end() ? PartRule{channel, part, 1, 0, {}} : *found;
}

bool only_marketing(ChannelKind channel, MessageKind kind) {
  return channel == ChannelKind::viber && kind != MessageKind::text;
}

std::string_view source_of(ChannelKind channel) {
  switch (channel) {
    case ChannelKind::viber:
      return "Vonage Messages API, `viber_service` (developer.vonage.com/en/messages)";
    case ChannelKind::whatsapp:
      return "WhatsApp Cloud API (developers.facebook.com/docs/whatsapp/cloud-api/messages)";
    case ChannelKind::sms:
      return "3GPP TS 23.038, 23.040";
    case ChannelKind::messenger:
      return "Messenger Platform, Send API (developers.facebook.com/docs/messenger-platform)";
    case ChannelKind::instagram:
      return "Instagram messaging (developers.facebook.com/docs/messenger-platform/instagram)";
    case ChannelKind::email:
      return "SendGrid v3 (docs.sendgrid.com/api-reference/mail-send)";
  }
  return {};
}

}  // namespace flow::catalogue
