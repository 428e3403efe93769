#include "runtime/channels/meta_messenger/meta_messenger.h"

namespace flow::channels::meta_messenger {
namespace {

using enum outbox::SendClass;

// Messenger Platform, "Error Codes" (developers.facebook.com/docs/messenger-platform/error-codes).
constexpr CodeMeaning kCodes[] = {
    {1, transient, "an unknown error of the provider"},
    {2, transient, "the service is not available"},
    {4, throttled, "the app sends too fast"},
    {10, permanent_recipient, "outside of the allowed window, or without the permission"},
    {32, throttled, "the page sends too fast"},
    {100, permanent_recipient, "the provider takes no such message, or knows no such recipient"},
    {190, permanent_configuration, "the access token has expired"},
    {200, permanent_configuration, "the app lacks the permission to send"},
    {230, permanent_configuration, "the app lacks the permission for messages"},
    {368, permanent_configuration, "the page is blocked for breaking policies"},
    {551, permanent_recipient, "the recipient does not take messages now"},
    {613, throttled, "the page sends too fast"},
    {1200, transient, "an error of the provider for a while"},
    {1545041, permanent_recipient, "the recipient does not take messages now"},
    {80006, throttled, "the page sends too fast"},
};

}  // namespace

const CodeMeaning* error_meaning(std::int64_t code) {
  return meaning_of(kCodes, code);
}

}  // namespace flow::channels::meta_messenger
