// Addresses of requests, as Studio has them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/import/studio/definition.h"

namespace flow::importing::studio {

struct Address {
  std::string scheme;       // "https"
  std::string host;         // in small letters, with `:PORT` where one is written
  std::string credentials;  // "user:password" before the host; empty: none
  std::string rest;         // from the first `/` or `?` on, a template of Liquid; begins with `/`
};

// Nothing unless the address is written out as far as its host.
std::optional<Address> parse_address(std::string_view url);

// In capitals; GET when nothing is said.
std::string method_of(const State& state);

// Every character but letters, digits and `-_.~`.
std::string percent_encoded(std::string_view text);
// Only what an address cannot have.
std::string as_address(std::string_view text);
}  // namespace flow::importing::studio
