// Meta's WhatsApp Cloud API: docs/channels.md says which parts.
#pragma once

#include <memory>

#include "runtime/channels/adapter.h"
#include "runtime/config/config.h"

namespace flow::channels::whatsapp_cloud {

// `channel` is the workspace's name of it.
std::unique_ptr<Adapter> make(const config::WhatsappCloud& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator);

// The words and class of an error code, for answers and reports.
const CodeMeaning* error_meaning(std::int64_t code);

}  // namespace flow::channels::whatsapp_cloud
