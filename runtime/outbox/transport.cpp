#include "runtime/outbox/transport.h"

namespace flow::outbox {

std::string_view to_string(SendClass value) {
  switch (value) {
    case SendClass::accepted:
      return "accepted";
    case SendClass::permanent_recipient:
      return "permanent_recipient";
    case SendClass::permanent_configuration:
      return "permanent_configuration";
    case SendClass::transient:
      return "transient";
    case SendClass::throttled:
      return "throttled";
    case SendClass::unknown:
      return "unknown";
  }
  return "unknown";
}

void Transport::show_typing(TypingRequest request, SendDone done) {
  done({SendClass::permanent_configuration, "", request.channel + " shows no typing", 0});
}

}  // namespace flow::outbox
