// Entries of a flow's header, and the guarantees.
#include <array>

#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;

constexpr auto kHeader = std::to_array<HeaderEntry>({
    {"flow NAME TEXT", Header::flow, supported, Presence::one_of, "", "The flow's name and its title."},
    {"flow NAME", Header::flow, supported, Presence::one_of, "", "The flow's name."},
    {"trigger manual", Header::trigger_manual, supported, Presence::required, "",
     "What starts it: the API, a campaign, another flow."},
    {"trigger extern TEXT", Header::trigger_extern, supported, Presence::optional, "",
     "A trigger of another system, kept from an import: checked, not deployable."},
    {"trigger whatsapp on CHANNEL when CONDITION", Header::trigger_message, supported, Presence::optional, "",
     "A WhatsApp message that comes in and for which the condition holds."},
    {"trigger whatsapp on CHANNEL", Header::trigger_message, supported, Presence::optional, "",
     "A WhatsApp message that comes in."},
    {"trigger viber on CHANNEL when CONDITION", Header::trigger_message, supported, Presence::optional, "",
     "A Viber message that comes in and for which the condition holds."},
    {"trigger viber on CHANNEL", Header::trigger_message, supported, Presence::optional, "",
     "A Viber message that comes in."},
    {"trigger sms on CHANNEL when CONDITION", Header::trigger_message, supported, Presence::optional, "",
     "An SMS that comes in and for which the condition holds."},
    {"trigger sms on CHANNEL", Header::trigger_message, supported, Presence::optional, "", "An SMS that comes in."},
    {"trigger messenger on CHANNEL when CONDITION", Header::trigger_message, supported, Presence::optional, "",
     "A Messenger message that comes in and for which the condition holds."},
    {"trigger messenger on CHANNEL", Header::trigger_message, supported, Presence::optional, "",
     "A Messenger message that comes in."},
    {"trigger instagram on CHANNEL when CONDITION", Header::trigger_message, supported, Presence::optional, "",
     "An Instagram message that comes in and for which the condition holds."},
    {"trigger instagram on CHANNEL", Header::trigger_message, supported, Presence::optional, "",
     "An Instagram message that comes in."},
    {"trigger call", Header::trigger_call, supported, Presence::optional, "", "Only other flows start it."},
    {"purpose PURPOSE", Header::purpose, supported, Presence::optional, "",
     "What its messages are for: `authentication`, `transaction` or `marketing`."},
    {"language VALUE", Header::language, supported, Presence::optional, "",
     "The language of templates, months and days; templates fall back to their first, the rest to the workspace's "
     "first."},
    {"zone VALUE", Header::zone, supported, Presence::optional, "",
     "The zone of every clock time in the flow, such as `\"Asia/Manila\"` or an input; the workspace's without it."},
    {"expires DURATION", Header::expires, supported, Presence::optional, "",
     "Ends an execution this long after its start, wherever it is; 30d without it, 400d at most."},
    {"otherwise OUTCOME …", Header::otherwise, supported, Presence::repeated, "=> TARGET",
     "For every step that can have this outcome and has no arm for it."},
    {"on signal SIGNAL", Header::on_signal, supported, Presence::repeated, "=> TARGET",
     "The application sent this signal. At most once, wherever the execution is."},
    {"on delivered", Header::on_delivered, supported, Presence::repeated, "=> TARGET",
     "A message whose step was left was delivered after all. At most once."},
    {"on read", Header::on_read, supported, Presence::repeated, "=> TARGET",
     "A message whose step was left was read after all. At most once."},
    {"on REPLY", Header::on_reply, supported, Presence::repeated, "=> TARGET",
     "Somebody wrote: `on reply`, or a comparison, `on reply ~= [\"stop\", \"unsubscribe\"]`, `on reply contains "
     "/order/`. "
     "At most once, wherever it is."},
    {"input NAME", Header::input, supported, Presence::repeated, ": TYPE", "A value that a start must bring."},
    {"output NAME", Header::output, supported, Presence::repeated, ": TYPE",
     "A value that a calling flow reads: set before every end but a failed one, unless its type is optional."},
    {"let NAME", Header::let, supported, Presence::repeated, "= VALUE",
     "A value computed once, at the start; `let NAME: TYPE = VALUE` gives it a type."},
    {"outcome NAME TEXT", Header::outcome, supported, Presence::repeated, "", "A result, made by `=> end NAME`."},
    {"outcome NAME", Header::outcome, supported, Presence::repeated, "", "The same, without words for people."},
    {"guarantee GUARANTEE", Header::guarantee, supported, Presence::repeated, "",
     "What is proven before deployment, or refused with the path that breaks it."},
    {"wording CALL", Header::wording, supported, Presence::repeated, "{ LANGUAGE TEXT }",
     "A text in each language of the workspace, used as `NAME(x: …)`; the flow's `language` chooses."},
    {"start", Header::start, supported, Presence::required, "=> TARGET", "The first step."},
});

constexpr auto kGuarantees = std::to_array<GuaranteeEntry>({
    {"messages <= NUMBER", Guarantee::messages, supported, "No execution sends more messages."},
    {"CHANNELKIND messages <= NUMBER", Guarantee::channel_messages, supported,
     "No execution sends more messages on this kind of channel."},
    {"last send within DURATION", Guarantee::last_send, supported,
     "Every send step is entered within this time of the start."},
    // `ends` is a reserved word, so no pattern may have it.
    {"end within DURATION", Guarantee::end, supported, "Every execution has ended this long after its start."},
    {"no double charge", Guarantee::no_double_charge, supported,
     "No `undelivered after` sends another message while the one before it may still arrive."},
    {"every region reaches STEP", Guarantee::every_region_reaches, supported,
     "If nothing gets through before, numbers of every region come to this step."},
    {"cost <= MONEY", Guarantee::cost, supported,
     "No execution costs more, with the most parts of each SMS and the dearest region on the path."},
});

constexpr auto kPurposes = std::to_array<std::string_view>({"authentication", "transaction", "marketing"});

constexpr auto kTriggerVariables =
    std::to_array<std::string_view>({"incomingMessage", "incomingMessageType", "customerPhoneNumber", "customerName",
                                     "wabaId", "wabaPhoneNumber", "serviceId"});

}  // namespace

std::span<const std::string_view> trigger_variables() {
  return kTriggerVariables;
}
std::span<const HeaderEntry> header_entries() {
  return kHeader;
}
std::span<const GuaranteeEntry> guarantees() {
  return kGuarantees;
}
std::span<const std::string_view> purposes() {
  return kPurposes;
}

}  // namespace flow::catalogue
