// libflowdeploy.so: the one function behind deploy_client.h.
#include "compiler/driver/deploy_client.h"

extern "C" __attribute__((visibility("default"))) void flow_deploy_perform(const flow::http::ClientRequest& request,
                                                                           flow::Result<flow::http::Response>& answer) {
  flow::http::ClientOptions options;
  options.user_agent = "flowc";
  flow::http::Client client(options);
  auto outcome = client.perform(request);
  if (outcome) {
    answer = std::move(*outcome);
  } else {
    answer = std::unexpected(outcome.error().error);
  }
}
