#include "runtime/channels/twilio_sms/twilio_sms.h"

namespace flow::channels::twilio_sms {
namespace {

using enum outbox::SendClass;

constexpr CodeMeaning kCodes[] = {
    {14107, throttled, "the sender's rate is exceeded"},
    {20003, permanent_configuration, "the credentials are not valid"},
    {20005, permanent_configuration, "the account is not active"},
    {20404, permanent_configuration, "there is no such account"},
    {20429, throttled, "too many requests"},
    {20500, transient, "an internal error of the provider"},
    {20503, transient, "the service is not available"},
    {21211, permanent_recipient, "not a number to send to"},
    {21212, permanent_configuration, "not a number to send from"},
    {21214, permanent_recipient, "the number cannot be reached"},
    {21217, permanent_recipient, "not a phone number"},
    {21408, permanent_recipient, "the account may not send to the recipient's country"},
    {21601, permanent_configuration, "the sender cannot send SMS"},
    {21602, permanent_configuration, "the body is missing"},
    {21603, permanent_configuration, "the sender is missing"},
    {21604, permanent_configuration, "the recipient is missing"},
    {21606, permanent_configuration, "the sender is not one of the account's"},
    {21608, permanent_recipient, "a trial account may not send to this number"},
    {21609, permanent_configuration, "the address for reports is not valid"},
    {21610, permanent_recipient, "the recipient has opted out"},
    {21611, throttled, "the sender's queue is full"},
    {21612, permanent_recipient, "there is no route from this sender to the number"},
    {21614, permanent_recipient, "not a mobile number"},
    {21617, permanent_recipient, "the body is too long"},
    {21619, permanent_configuration, "the body is missing"},
    {21703, permanent_configuration, "the messaging service has no sender"},
    {30001, throttled, "the queue overflowed"},
    {30002, permanent_configuration, "the account is suspended"},
    {30003, permanent_recipient, "the handset cannot be reached"},
    {30004, permanent_recipient, "the message is blocked"},
    {30005, permanent_recipient, "the handset is unknown"},
    {30006, permanent_recipient, "a landline, or a carrier that cannot be reached"},
    {30007, permanent_recipient, "the carrier filtered it"},
    {30008, permanent_recipient, "an unknown error"},
    {30009, permanent_recipient, "a part of the message is missing"},
    {30010, permanent_configuration, "the price exceeds the limit"},
    {30022, throttled, "the sender's rate is exceeded"},
    {30032, permanent_configuration, "the toll-free number is not verified"},
    {30034, permanent_configuration, "the sender is not registered with the carriers"},
    {30036, permanent_recipient, "not delivered within its validity period"},
    {63016, permanent_recipient, "outside of the allowed window"},
    {63024, permanent_recipient, "not a recipient of this channel"},
};

}  // namespace

const CodeMeaning* error_meaning(std::int64_t code) {
  return meaning_of(kCodes, code);
}

}  // namespace flow::channels::twilio_sms
