// Which addresses are of machines that anybody may reach: what flows ask must be one of them, unless the operator says
// otherwise.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/config/network.h"

namespace flow::operations {

// `address`: 4 or 16 bytes, as the network has them. False: private, of this machine or link, of providers' inner nets,
// of a cloud's metadata, for several receivers, for documents and tests, or not given out; and IPv4 inside IPv6, which
// would get around that.
bool is_public(std::span<const std::uint8_t> address);

// Public, or in one of `allowed`.
bool may_connect(std::span<const std::uint8_t> address, const std::vector<config::Network>& allowed);

}  // namespace flow::operations
