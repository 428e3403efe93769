// What a WhatsApp message may be, by the API's documentation. Shares nothing with flowd's side of it.
#pragma once

#include <string>

#include "runtime/http/json.h"
#include "simulator/message.h"

namespace flow::simulator {

// Reads whatever the body's `type` names, templates left out; what is wrong with it, or nothing.
std::string read_whatsapp_content(const http::Json& body, Message& message);
// `{"type":"image","image":{"link":…}}`, as headers and parameters have it.
std::string read_whatsapp_media(const http::Json& holder, std::size_t caption_max);

}  // namespace flow::simulator
