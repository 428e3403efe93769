// Who may do what: bearer tokens with scopes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/config/config.h"
#include "runtime/http/message.h"

namespace flow::ingress {

class Access {
 public:
  explicit Access(std::vector<config::Token> tokens) : tokens_(std::move(tokens)) {}

  // Nothing when the caller may; else the refusal: 401 without a token that is known, 403 without the scope.
  // Without configured tokens everyone on the loopback address may, but for pages in a browser, which could be
  // anyone's.
  std::optional<http::Response> refuse(const http::Request& request, config::Scope scope) const;

 private:
  std::vector<config::Token> tokens_;
};

}  // namespace flow::ingress
