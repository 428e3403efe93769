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
  bool made_up = false;     // the host: the definition has what Terraform puts in, or none at all
  std::string written;      // then: what it has, `${url}`
  std::string credentials;  // "user:password" before the host; empty: none
  std::string rest;         // from the first `/` or `?` on, a template of Liquid; begins with `/`
  std::string part;         // `#part` at its end, which nobody sends; empty: none
};

// Nothing unless the address is written out as far as its host.
std::optional<Address> parse_address(std::string_view url);

// The address of a request. Where Terraform writes its host, or nobody has, the host is made up of their names, in the
// domain that never exists (RFC 2606). Nothing when a value that the flow has at run time stands in the host.
std::optional<Address> address_of(const State& state);

// In capitals; GET when nothing is said.
std::string method_of(const State& state);

// Every character but letters, digits and `-_.~`.
std::string percent_encoded(std::string_view text);
// Only what an address cannot have.
std::string as_address(std::string_view text);
}  // namespace flow::importing::studio
