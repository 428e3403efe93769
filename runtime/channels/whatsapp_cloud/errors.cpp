#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

namespace flow::channels::whatsapp_cloud {
namespace {

using enum outbox::SendClass;

constexpr CodeMeaning kCodes[] = {
    {0, permanent_configuration, "the access token is not valid"},
    {3, permanent_configuration, "the access token lacks a permission"},
    {4, throttled, "the application calls too often"},
    {10, permanent_configuration, "the access token lacks a permission"},
    {100, permanent_configuration, "a parameter is missing or wrong"},
    {190, permanent_configuration, "the access token has expired"},
    {200, permanent_configuration, "the access token lacks a permission"},
    {368, permanent_configuration, "the account is restricted for breaking a policy"},
    {80007, throttled, "the account sends too much"},
    {130429, throttled, "the number sends too fast"},
    {130472, permanent_recipient, "the recipient is in an experiment of the provider"},
    {130497, permanent_recipient, "the account may not send to the recipient's country"},
    {131000, transient, "something went wrong at the provider"},
    {131005, permanent_configuration, "access denied"},
    {131008, permanent_configuration, "a parameter is missing"},
    {131009, permanent_configuration, "a parameter has a wrong value"},
    {131016, transient, "the service is not available"},
    {131021, permanent_recipient, "the recipient is the sender"},
    {131026, permanent_recipient, "the recipient cannot be reached on WhatsApp"},
    {131030, permanent_recipient, "the recipient is not on the test number's list"},
    {131031, permanent_configuration, "the account is locked"},
    {131037, permanent_configuration, "the sender's display name is not approved"},
    {131042, permanent_configuration, "the account's payment method fails"},
    {131045, permanent_configuration, "the sender's number is not registered"},
    {131047, permanent_recipient, "more than 24 hours since the recipient's last message"},
    {131048, throttled, "the number is limited for spam"},
    {131049, permanent_recipient, "not delivered to keep the recipient engaged"},
    {131050, permanent_recipient, "the recipient has stopped marketing messages"},
    {131051, permanent_configuration, "the message type is not supported"},
    {131052, permanent_configuration, "media could not be downloaded"},
    {131053, permanent_configuration, "media could not be uploaded"},
    {131056, throttled, "too many messages to this recipient"},
    {131057, transient, "the account is in maintenance"},
    {132000, permanent_configuration, "the template has another number of parameters"},
    {132001, permanent_configuration, "there is no such template in this language"},
    {132005, permanent_configuration, "the template's text would be too long"},
    {132007, permanent_configuration, "the template breaks a policy"},
    {132012, permanent_configuration, "a template parameter has a wrong format"},
    {132015, permanent_configuration, "the template is paused"},
    {132016, permanent_configuration, "the template is disabled"},
    {133000, permanent_configuration, "the sender's number is being deregistered"},
    {133004, transient, "the provider's server is not available"},
    {133010, permanent_configuration, "the sender's number is not registered"},
    {135000, permanent_configuration, "a parameter has a wrong value"},
};

}  // namespace

const CodeMeaning* error_meaning(std::int64_t code) {
  return meaning_of(kCodes, code);
}

}  // namespace flow::channels::whatsapp_cloud
