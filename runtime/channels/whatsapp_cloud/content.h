// The content of a message as the Cloud API wants it. Private to the adapter.
#pragma once

#include <string>

#include "runtime/outbox/transport.h"

namespace flow::channels::whatsapp_cloud {

// `"type":…,"…":{…}`: what follows the recipient.
void append_content(std::string& body, const outbox::SendRequest& send);

}  // namespace flow::channels::whatsapp_cloud
