#include "compiler/test/one_flow.h"

#include <utility>

namespace flow::test {

check::Workspace one_flow(const check::Workspace& workspace, std::unique_ptr<check::Flow> flow) {
  check::Workspace result;
  static_cast<check::WorkspaceSettings&>(result) = workspace;
  result.flows.push_back(std::move(flow));
  return result;
}

std::unique_ptr<check::Flow> with_choices(const check::Flow& flow, const std::vector<Choice>& choices) {
  auto copy = std::make_unique<check::Flow>(flow);
  for (const Choice& choice : choices) {
    auto& random = std::get<check::Random>(copy->steps.at(check::index(choice.step)).body);
    for (std::size_t i = 0; i < random.arms.size(); ++i) random.arms[i].share = i == choice.arm ? 100 : 0;
  }
  return copy;
}

}  // namespace flow::test
