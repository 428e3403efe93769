#include "compiler/test/one_flow.h"

#include <utility>

namespace flow::test {

check::Workspace one_flow(const check::Workspace& workspace, std::unique_ptr<check::Flow> flow) {
  check::Workspace result;
  result.languages = workspace.languages;
  result.all_regions = workspace.all_regions;
  result.allowed_regions = workspace.allowed_regions;
  result.channels = workspace.channels;
  result.templates = workspace.templates;
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
