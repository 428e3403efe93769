#include "compiler/driver/deploy_client.h"

#include "base/shared_library.h"

namespace flow::driver {

Result<http::Response> perform(const http::ClientRequest& request) {
  const auto symbol = load_symbol("libflowdeploy.so", kPerformSymbol);
  if (!symbol) return std::unexpected(symbol.error());
  Result<http::Response> answer;
  reinterpret_cast<PerformFunction>(*symbol)(request, answer);
  return answer;
}

}  // namespace flow::driver
