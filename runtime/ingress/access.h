// Who may do what: bearer tokens with scopes.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/snapshot.h"
#include "runtime/config/config.h"
#include "runtime/http/message.h"

namespace flow::ingress {

class Access {
 public:
  explicit Access(std::vector<config::Token> tokens)
      : tokens_(std::make_shared<const std::vector<config::Token>>(std::move(tokens))) {}

  // Only these from now on. Any thread.
  void reload(std::vector<config::Token> tokens) {
    tokens_.replace(std::make_shared<const std::vector<config::Token>>(std::move(tokens)));
  }

  // Nothing when the caller may; else the refusal: 401 without a token that is known, 403 without the scope.
  // Without configured tokens everyone on the loopback address may, but for pages in a browser, which could be
  // anyone's.
  std::optional<http::Response> refuse(const http::Request& request, config::Scope scope) const;

 private:
  Snapshot<std::vector<config::Token>> tokens_;
};

}  // namespace flow::ingress
