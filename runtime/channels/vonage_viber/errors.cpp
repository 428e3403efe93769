#include "runtime/channels/vonage_viber/vonage_viber.h"

namespace flow::channels::vonage_viber {
namespace {

using enum outbox::SendClass;

// The list of the Messages API: https://developer.vonage.com/en/api-errors/messages. Longer descriptions of most of
// them: github.com/Nexmo/nexmo-oas-renderer, _open_api/errors/messages-olympus.md. Codes of channels and message types
// that this adapter does not use are left out. What is about one recipient, and what a provider would answer again
// (1180, 1220: absent, busy), takes the flow's next way at once.
constexpr CodeMeaning kCodes[] = {
    {1000, throttled, "the account sends too fast"},
    {1010, permanent_configuration, "a parameter is missing"},
    {1020, permanent_configuration, "a parameter has a wrong value"},
    {1021, permanent_configuration, "a tag is not valid"},
    {1022, permanent_configuration, "the template is not valid"},
    {1030, transient, "an internal error of the provider"},
    {1040, permanent_recipient, "the provider cannot process the message"},
    {1050, permanent_recipient, "the number is barred"},
    {1060, permanent_configuration, "the account is barred"},
    {1070, permanent_configuration, "the account has no credit"},
    {1080, permanent_configuration, "the account may not use this interface"},
    {1090, permanent_recipient, "the message is too long"},
    {1100, transient, "the provider could not pass it on"},
    {1110, permanent_configuration, "the signature is not valid"},
    {1120, permanent_configuration, "the sender is not accepted"},
    {1130, permanent_configuration, "the time to live is not valid"},
    {1140, permanent_configuration, "the account lacks a facility"},
    {1160, permanent_recipient, "the number is not on the account's list"},
    {1170, permanent_recipient, "the number is missing or not valid"},
    {1180, permanent_recipient, "the recipient is absent for now"},
    {1190, permanent_recipient, "the recipient is absent for good"},
    {1200, permanent_recipient, "the number was ported"},
    {1210, permanent_recipient, "refused as spam"},
    {1220, permanent_recipient, "the handset is busy"},
    {1230, transient, "a network error"},
    {1240, permanent_recipient, "the recipient has opted out"},
    {1241, throttled, "too many messages to this number"},
    {1250, permanent_recipient, "there is no route to the number"},
    {1251, permanent_recipient, "there is no route to the number"},
    {1260, permanent_recipient, "the recipient cannot be reached"},
    {1270, permanent_recipient, "the recipient is too young"},
    {1280, permanent_recipient, "the carrier blocks the number"},
    {1282, permanent_recipient, "the message is blocked"},
    {1290, permanent_recipient, "the recipient has no credit"},
    {1300, permanent_recipient, "the recipient is not on Viber"},
    {1310, permanent_recipient, "the recipient has no suitable device"},
    {1320, permanent_recipient, "the message was sent before"},
    {1330, permanent_recipient, "an unknown error"},
    {1331, transient, "the provider's own provider does not answer"},
    {1340, permanent_recipient, "outside of the allowed window"},
    {1350, permanent_configuration, "the fee for phone matching is not paid"},
    {1360, permanent_recipient, "not delivered within its time to live"},
    {1370, permanent_configuration, "the access token has expired"},
    {1400, permanent_configuration, "the channel is not supported"},
    {1410, permanent_configuration, "a parameter of the channel has a wrong value"},
    {1420, permanent_configuration, "the sender is not valid on this channel"},
    {1430, permanent_recipient, "the recipient is not valid on this channel"},
    {1440, permanent_configuration, "the message type is not supported on this channel"},
    {1450, permanent_configuration, "the reference is not valid"},
    {1460, permanent_configuration, "the day's messages are used up"},
    {1461, permanent_recipient, "not delivered to spare the recipient more messages"},
    {1470, permanent_recipient, "the account blocks numbers like this one"},
    {1472, throttled, "the account's protection against bursts"},
    {1473, permanent_recipient, "refused as inflated traffic"},
    {1480, permanent_configuration, "the entity registered with the regulator is missing or wrong"},
    {1481, permanent_configuration, "the sender registered with the regulator is missing or wrong"},
    {1482, permanent_configuration, "the content registered with the regulator is missing or wrong"},
    {1483, permanent_recipient, "the recipient's consent is not registered"},
    {1484, permanent_configuration, "refused by a regulation"},
};

}  // namespace

const CodeMeaning* error_meaning(std::int64_t code) {
  return meaning_of(kCodes, code);
}

}  // namespace flow::channels::vonage_viber
