// Components, and the settings and outcomes of `send`.
#include <array>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;
using enum Presence;
using program::ChannelKind;
using program::MessageKind;
using program::PartKind;
using program::ValueType;

constexpr auto kComponents = std::to_array<ComponentInfo>({
    {"recognize region of PHONE as NAME", Component::recognize_region, supported, Body::regions, std::nullopt,
     "recognize region", "The region of a phone number: the first arm that names it, else `else`.", ValueType::region},
    {"recognize region of PHONE", Component::recognize_region, supported, Body::regions, std::nullopt,
     "recognize region", "The same, without keeping the region in a variable."},
    {"recognize calling code of PHONE as NAME", Component::recognize_calling_code, supported, Body::codes, std::nullopt,
     "recognize calling code", "The calling code of a phone number: the first arm that names it, else `else`.",
     ValueType::number},
    {"recognize calling code of PHONE", Component::recognize_calling_code, supported, Body::codes, std::nullopt,
     "recognize calling code", "The same, without keeping the calling code, a `number`, in a variable."},
    {"recognize language of VALUE as NAME", Component::recognize_language, supported, Body::languages, std::nullopt,
     "recognize language", "Chooses by the language that a text is written in; short texts have none that is sure.",
     ValueType::language},
    {"recognize email of VALUE as NAME", Component::recognize_email, supported, Body::found, std::nullopt,
     "recognize email", "The first email address in a text.", ValueType::email},
    {"recognize phone of VALUE as NAME", Component::recognize_phone, supported, Body::found, std::nullopt,
     "recognize phone", "The first phone number in a text that is written with its calling code.", ValueType::phone},
    {"branch", Component::branch, supported, Body::conditions, std::nullopt, "branch",
     "The first condition that is true, else `else`."},
    {"random", Component::random, supported, Body::shares, std::nullopt, "random",
     "An arm by chance, drawn anew each time: 2 to 5 arms, whole percents that are 100% together."},
    {"random by VALUE", Component::random, supported, Body::shares, std::nullopt, "random",
     "The same arm for the same key, whenever and in whichever execution."},
    {"set", Component::set, supported, Body::assignments, std::nullopt, "set",
     "Assigns variables, in order; a later one sees the earlier ones."},
    {"wait DURATION", Component::wait, supported, Body::arrow, std::nullopt, "wait", "Goes on after a fixed time."},
    {"wait until VALUE",
     Component::wait_until,
     supported,
     Body::clock,
     std::nullopt,
     "wait until",
     "Goes on at a point in time, or at the next such clock time.",
     {},
     0,
     true},
    {"schedule",
     Component::schedule,
     supported,
     Body::times,
     std::nullopt,
     "schedule",
     "The first arm whose days and hours hold now, by the clocks of the flow's zone.",
     {},
     0,
     true},
    {"await signal SIGNAL", Component::await_signal, supported, Body::outcomes, std::nullopt, "await signal",
     "Waits for a signal of the application."},
    {"await reply as NAME", Component::await_reply, supported, Body::replies, std::nullopt, "await reply",
     "Waits for what the recipient of the last message writes, and keeps it."},
    {"await reply", Component::await_reply, supported, Body::replies, std::nullopt, "await reply",
     "The same, without keeping the reply."},
    {"jump STEP max NUMBER", Component::jump, supported, Body::none, std::nullopt, "jump",
     "A counted jump of its own: `back: jump menu max 5 else bye`, entered from several steps."},
    {"deliver to PHONE as NAME", Component::deliver, supported, Body::table, std::nullopt, "deliver",
     "A table of messages: which regions get which, in which order. NAME is the message that got through.",
     ValueType::text, limits::kNameCharsMax},
    {"deliver to PHONE", Component::deliver, supported, Body::table, std::nullopt, "deliver",
     "The same, without keeping which message it was."},
    {"send viber", Component::send, supported, Body::outcomes, ChannelKind::viber, "send viber",
     "A Viber business message."},
    {"send whatsapp", Component::send, supported, Body::outcomes, ChannelKind::whatsapp, "send whatsapp",
     "A WhatsApp message: a text, or an approved template."},
    {"send sms", Component::send, supported, Body::outcomes, ChannelKind::sms, "send sms", "An SMS."},
    {"http METHOD TEXT", Component::http, supported, Body::outcomes, std::nullopt, "http",
     "A request to a host that the workspace allows, and what is read out of its answer."},
    {"call function CALL", Component::call_function, supported, Body::outcomes, std::nullopt, "call function",
     "A function of the workspace with named arguments, and what is read out of its answer."},
    {"classify VALUE with MODEL as NAME", Component::classify, supported, Body::labels, std::nullopt, "classify",
     "What a text is about, by a model: the label that it chooses, kept as a text; `else` when it finds none."},
    {"classify VALUE with MODEL", Component::classify, supported, Body::labels, std::nullopt, "classify",
     "The same, without keeping the label."},
    {"generate with MODEL as NAME", Component::generate, supported, Body::outcomes, std::nullopt, "generate",
     "A text by a model."},
    {"contact PHONE", Component::contact, supported, Body::outcomes, std::nullopt, "contact",
     "Reads and changes what is kept of a customer: attributes and tags."},
    {"subscribe PHONE", Component::subscribe, supported, Body::arrow, std::nullopt, "subscribe",
     "Takes back that somebody wants no more marketing."},
    {"unsubscribe PHONE", Component::unsubscribe, supported, Body::arrow, std::nullopt, "unsubscribe",
     "Keeps that somebody wants no more marketing: none is sent to them, by any flow."},
    {"hand over to CALL", Component::hand_over, supported, Body::outcomes, std::nullopt, "hand over",
     "A person at a desk takes over, and is told the arguments."},
    {"send messenger", Component::send, supported, Body::outcomes, ChannelKind::messenger, "send messenger",
     "A Messenger message."},
    {"send instagram", Component::send, supported, Body::outcomes, ChannelKind::instagram, "send instagram",
     "An Instagram message."},
    {"send email", Component::send, supported, Body::outcomes, ChannelKind::email, "send email", "An email."},
    {"ask viber as NAME", Component::ask, supported, Body::question, ChannelKind::viber, "ask viber",
     "A Viber message and its answer: settings as of `send`, arms as of `await reply`."},
    {"ask viber", Component::ask, supported, Body::question, ChannelKind::viber, "ask viber",
     "The same, without keeping the answer."},
    {"ask whatsapp as NAME", Component::ask, supported, Body::question, ChannelKind::whatsapp, "ask whatsapp",
     "A WhatsApp message and its answer: settings as of `send`, arms as of `await reply`."},
    {"ask whatsapp", Component::ask, supported, Body::question, ChannelKind::whatsapp, "ask whatsapp",
     "The same, without keeping the answer."},
    {"ask sms as NAME", Component::ask, supported, Body::question, ChannelKind::sms, "ask sms",
     "An SMS and its answer: settings as of `send`, arms as of `await reply`."},
    {"ask sms", Component::ask, supported, Body::question, ChannelKind::sms, "ask sms",
     "The same, without keeping the answer."},
    {"ask messenger as NAME", Component::ask, supported, Body::question, ChannelKind::messenger, "ask messenger",
     "A Messenger message and its answer: settings as of `send`, arms as of `await reply`."},
    {"ask messenger", Component::ask, supported, Body::question, ChannelKind::messenger, "ask messenger",
     "The same, without keeping the answer."},
    {"ask instagram as NAME", Component::ask, supported, Body::question, ChannelKind::instagram, "ask instagram",
     "An Instagram message and its answer: settings as of `send`, arms as of `await reply`."},
    {"ask instagram", Component::ask, supported, Body::question, ChannelKind::instagram, "ask instagram",
     "The same, without keeping the answer."},
    {"typing", Component::typing, supported, Body::arrow, std::nullopt, "typing",
     "Shows whoever started the flow that an answer is being written: on WhatsApp, Messenger and Instagram."},
    {"reply", Component::reply, supported, Body::outcomes, std::nullopt, "reply",
     "A message to whoever started the flow, on the channel of its trigger; to whom the flow asks, where no message "
     "starts it."},
    {"ask as NAME", Component::ask, supported, Body::question, std::nullopt, "ask", "Such a message and its answer."},
    {"ask", Component::ask, supported, Body::question, std::nullopt, "ask", "The same, without keeping the answer."},
    {"extern TEXT", Component::extern_, supported, Body::events, std::nullopt, "extern",
     "A component of another system, kept from an import: checked, not deployable."},
    {"extern TEXT as NAME", Component::extern_, supported, Body::events, std::nullopt, "extern",
     "The same, and its result, a text.", ValueType::text},

    {"call flow CALL as NAME", Component::call_flow, supported, Body::call_outcomes, std::nullopt, "call flow",
     "Runs another flow and waits for its end. NAME has its outputs: `NAME.eta`."},
    {"call flow CALL", Component::call_flow, supported, Body::call_outcomes, std::nullopt, "call flow",
     "The same, without its outputs."},
    {"launch flow CALL", Component::launch_flow, supported, Body::arrow, std::nullopt, "launch flow",
     "Starts another flow that runs on its own, and goes on at once."},
    {"forward to CALL", Component::forward_flow, supported, Body::whole, std::nullopt, "forward to",
     "Starts another flow that takes over: this one ends."},
});

constexpr Setting part_setting(std::string_view pattern, SettingId id, Presence presence, std::string_view doc,
                               PartKind part, std::optional<PartKind> second = {},
                               std::optional<MessageKind> makes = {}) {
  return {pattern, id, supported, presence, "", doc, part, second, makes};
}

constexpr auto kSendSettings = std::to_array<Setting>({
    {"from CHANNEL", SettingId::from, supported, Presence::required, "", "The workspace's channel that sends."},
    {"from CHANNEL sender VALUE", SettingId::from, supported, Presence::required, "",
     "The same, and instead of the channel's own sender this one, on Viber, SMS and email."},
    {"to VALUE", SettingId::to, supported, Presence::required, "",
     "The recipient: a number; on Messenger and Instagram the person's id, on email an address."},
    {"text VALUE", SettingId::text, supported, Presence::one_of, "what is sent", "The message's text."},
    {"template CALL", SettingId::message_template, supported, Presence::one_of, "what is sent",
     "An approved template and its parameters, on channels that have templates."},
    {"purpose PURPOSE", SettingId::purpose, supported, Presence::optional, "",
     "What this message is for, when it differs from the flow."},

    part_setting("image VALUE", SettingId::image, optional, "A picture, by its address.", PartKind::image, {},
                 MessageKind::image),
    part_setting("video VALUE", SettingId::video, optional, "A video, by its address.", PartKind::video, {},
                 MessageKind::video),
    part_setting("audio VALUE", SettingId::audio, optional, "A sound, by its address.", PartKind::audio, {},
                 MessageKind::audio),
    part_setting("file VALUE", SettingId::file, optional, "A document, by its address.", PartKind::file, {},
                 MessageKind::file),
    part_setting("sticker VALUE", SettingId::sticker, optional, "A sticker, by its address.", PartKind::sticker, {},
                 MessageKind::sticker),
    part_setting("location NUMBER …", SettingId::location, optional, "A place: its latitude, its longitude.",
                 PartKind::latitude, PartKind::longitude, MessageKind::location),
    part_setting("contact VALUE", SettingId::contact, repeated, "A person's card, by name.", PartKind::contact, {},
                 MessageKind::contacts),
    part_setting("header VALUE", SettingId::header, optional, "A line above the text.", PartKind::header),
    part_setting("footer VALUE", SettingId::footer, optional, "A line below the text.", PartKind::footer),
    part_setting("button VALUE opens VALUE", SettingId::button_opens, repeated, "A button that opens an address.",
                 PartKind::button, PartKind::button_opens, MessageKind::buttons),
    part_setting("button VALUE replies VALUE", SettingId::button_replies, repeated,
                 "A button that answers, and with what.", PartKind::button, PartKind::button_replies,
                 MessageKind::buttons),
    part_setting("buttons VALUE …", SettingId::buttons, optional,
                 "Answers to choose from: buttons on WhatsApp, quick replies on Messenger and Instagram.",
                 PartKind::choice, {}, MessageKind::choices),
    part_setting("list VALUE", SettingId::list, optional,
                 "Rows to choose from, behind a button: `list \"Choose\" { \"Row\" \"description\" }`.", PartKind::list,
                 {}, MessageKind::list),
    part_setting("products VALUE …", SettingId::products, optional, "Products of a catalogue, by their ids.",
                 PartKind::product, {}, MessageKind::products),
    part_setting("card VALUE", SettingId::card, repeated, "A card, by its title; several are shown side by side.",
                 PartKind::card, {}, MessageKind::cards),
    part_setting("subject VALUE", SettingId::subject, optional, "The subject of an email.", PartKind::subject),
    part_setting("html VALUE", SettingId::html, optional,
                 "The text of an email as HTML; `text` stays beside it, for who reads no HTML.", PartKind::html),
    part_setting("track VALUE", SettingId::track, optional, "A tag for reports: it is in the timeline.",
                 PartKind::track),

    {"report to VALUE", SettingId::report_to, supported, optional, "",
     "An address that gets the message's status reports, too: of a host that the workspace allows."},
});

constexpr auto kOutcomes = std::to_array<Outcome>({
    {"failed", OutcomeId::failed, supported, OutcomeKind::failure, OutcomeOf::message,
     "The message was refused, or not sent within the channel's `handover within`."},
    {"undelivered after DURATION", OutcomeId::undelivered, supported, OutcomeKind::timer, OutcomeOf::message,
     "Not delivered within this time of entering the step."},
    {"unread after DURATION", OutcomeId::unread, supported, OutcomeKind::timer, OutcomeOf::message,
     "Not read within this time of being delivered."},
    {"sent", OutcomeId::sent, supported, OutcomeKind::milestone, OutcomeOf::message, "The channel reported it sent."},
    {"delivered", OutcomeId::delivered, supported, OutcomeKind::milestone, OutcomeOf::message,
     "The channel reported it delivered."},
    {"read", OutcomeId::read, supported, OutcomeKind::milestone, OutcomeOf::message, "The channel reported it read."},
    {"received", OutcomeId::received, supported, OutcomeKind::milestone, OutcomeOf::signal, "The signal came."},
    {"silent after DURATION", OutcomeId::silent, supported, OutcomeKind::timer, OutcomeOf::signal,
     "Nothing came within this time of entering the step."},
    {"reached", OutcomeId::wait_reached, supported, OutcomeKind::milestone, OutcomeOf::clock,
     "The point in time has come."},
    {"past", OutcomeId::past, supported, OutcomeKind::milestone, OutcomeOf::clock,
     "It was over when the step was entered."},
    {"opted out", OutcomeId::opted_out, supported, OutcomeKind::failure, OutcomeOf::message,
     "Marketing only: the contact has unsubscribed, and nothing was sent; without an arm it is `failed`."},
    {"done", OutcomeId::done, supported, OutcomeKind::milestone, OutcomeOf::call,
     "The called flow came to a plain `end`."},
    {"expired", OutcomeId::expired, supported, OutcomeKind::failure, OutcomeOf::call, "The called flow expired."},
    {"ok", OutcomeId::ok, supported, OutcomeKind::milestone, OutcomeOf::operation,
     "Answered with a status from 200 to 299, and everything that is read was there."},
    {"status NUMBER", OutcomeId::status, supported, OutcomeKind::milestone, OutcomeOf::operation,
     "Answered with this status."},
    {"late after DURATION", OutcomeId::late, supported, OutcomeKind::timer, OutcomeOf::operation,
     "No answer within this time of entering the step, all tries together."},
    {"accepted", OutcomeId::accepted, supported, OutcomeKind::milestone, OutcomeOf::desk, "A person has taken over."},
});

constexpr auto kHttpSettings = std::to_array<OperationSettingEntry>({
    {"header TEXT", OperationSetting::header, supported, Presence::repeated, "= VALUE", "A header of the request."},
    {"query NAME", OperationSetting::query, supported, Presence::repeated, "= VALUE",
     "A field of the address's query."},
    {"body VALUE", OperationSetting::body, supported, Presence::optional, "",
     "What is sent: `json(name: value, …)`, `form(name: value, …)`, or a text."},
    {"retry NUMBER after DURATION", OperationSetting::retry, supported, Presence::optional, "",
     "How often it is tried again, after failed connections and the statuses 429, 502, 503 and 504."},
    {"read NAME", OperationSetting::read, supported, Presence::repeated, ": TYPE = PATH",
     "A value of the answer, which is JSON: `body.delivery.eta`, in quotes or without. Of another type, or missing "
     "without `?`: `failed`."},
});

constexpr auto kFunctionSettings = std::to_array<OperationSettingEntry>({
    {"read NAME", OperationSetting::read, supported, Presence::repeated, ": TYPE = PATH",
     "A value of the answer, which is JSON: `result.area`, in quotes or without. Of another type, or missing without "
     "`?`: `failed`."},
});

constexpr auto kGenerateSettings = std::to_array<OperationSettingEntry>({
    {"prompt VALUE", OperationSetting::prompt, supported, Presence::required, "", "What the model is told to do."},
    {"input VALUE", OperationSetting::input, supported, Presence::optional, "",
     "What it is to answer, kept apart from the prompt."},
    {"history NUMBER", OperationSetting::history, supported, Presence::optional, "",
     "How many of the last messages of this execution it is shown; none without it."},
    {"max NUMBER", OperationSetting::max, supported, Presence::required, "",
     "The most characters of its text; a longer one is `failed`."},
});

constexpr auto kContactSettings = std::to_array<OperationSettingEntry>({
    {"read NAME", OperationSetting::read, supported, Presence::repeated, ": TYPE",
     "The attribute NAME, as it was before this step. Of another type, or missing without `?`: `failed`."},
    {"set NAME", OperationSetting::set, supported, Presence::repeated, "= VALUE",
     "Keeps a value as the attribute NAME."},
    {"tag TEXT", OperationSetting::tag, supported, Presence::repeated, "", "Adds a tag."},
    {"untag TEXT", OperationSetting::untag, supported, Presence::repeated, "", "Takes a tag away."},
});

constexpr auto kReservedStepNames = std::to_array<std::string_view>({"end", "next", "reached", "exhausted", "jump"});

}  // namespace

std::span<const ComponentInfo> components() {
  return kComponents;
}
std::span<const Setting> send_settings() {
  return kSendSettings;
}
std::span<const Outcome> outcomes() {
  return kOutcomes;
}
std::span<const OperationSettingEntry> http_settings() {
  return kHttpSettings;
}
std::span<const OperationSettingEntry> function_settings() {
  return kFunctionSettings;
}
std::span<const OperationSettingEntry> generate_settings() {
  return kGenerateSettings;
}
std::span<const OperationSettingEntry> contact_settings() {
  return kContactSettings;
}
std::span<const std::string_view> reserved_step_names() {
  return kReservedStepNames;
}

std::string_view pattern_of(OutcomeId id) {
  for (const Outcome& outcome : kOutcomes)
    if (outcome.id == id) return outcome.pattern;
  FLOW_CHECK(false, "outcome {} has no entry", static_cast<int>(id));
  return {};
}

std::string_view word_of(OutcomeId id) {
  const std::string_view pattern = pattern_of(id);
  if (id == OutcomeId::opted_out) return pattern;
  return pattern.substr(0, pattern.find(' '));
}

}  // namespace flow::catalogue
