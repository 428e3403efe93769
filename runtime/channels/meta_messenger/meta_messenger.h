// Meta's Send API: Messenger pages and, in the same shape, Instagram accounts. docs/channels.md says which parts are
// used.
#pragma once

#include <memory>
#include <string>

#include "runtime/channels/adapter.h"
#include "runtime/config/config.h"

namespace flow::channels::meta_messenger {

// `channel` is the workspace's name of it.
std::unique_ptr<Adapter> make(const config::MetaMessenger& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator);

const CodeMeaning* error_meaning(std::int64_t code);

}  // namespace flow::channels::meta_messenger
