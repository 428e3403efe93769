// Email through SendGrid's v3 API. docs/channels.md says which parts of it are used.
#pragma once

#include <memory>
#include <string>

#include "runtime/channels/adapter.h"
#include "runtime/config/config.h"

namespace flow::channels::sendgrid_email {

// A signed webhook counts for this long after it was signed, and this much before, for clocks that differ.
inline constexpr std::int64_t kSignatureAgeMsMax = 25LL * 3600 * 1000;  // the provider repeats for 24 hours
inline constexpr std::int64_t kClockSkewMsMax = 60'000;

// `channel` is the workspace's name of it.
std::unique_ptr<Adapter> make(const config::SendgridEmail& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator);

}  // namespace flow::channels::sendgrid_email
