// Viber Business Messages through Vonage's Messages API, version 1: docs/channels.md says which parts.
#pragma once

#include <memory>

#include "runtime/channels/adapter.h"
#include "runtime/config/config.h"

namespace flow::channels::vonage_viber {

// The time to live that the API takes, in seconds.
inline constexpr std::int64_t kTtlSMin = 30;
inline constexpr std::int64_t kTtlSMax = 259'200;

// A signed webhook counts for this long after it was signed (`iat`), and this much before, for clocks that differ.
inline constexpr std::int64_t kSignatureAgeMsMax = 15 * 60'000;
inline constexpr std::int64_t kClockSkewMsMax = 60'000;

// `channel` is the workspace's name of it.
std::unique_ptr<Adapter> make(const config::VonageViber& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator);

const CodeMeaning* error_meaning(std::int64_t code);

}  // namespace flow::channels::vonage_viber
