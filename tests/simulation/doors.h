// The nodes, as the world outside reaches them: through a load balancer that does not know much.
#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/node.h"

namespace flow::simulation {

class Doors {
 public:
  explicit Doors(Stage& stage) : stage_(stage) {}

  std::vector<std::unique_ptr<Node>> nodes;

  // One that is up and answers; null: none is.
  Node* any() {
    Node* found = nullptr;
    std::size_t count = 0;
    for (const auto& node : nodes)
      if (node->up() && !node->pausing() && stage_.random.below(++count) == 0) found = node.get();
    return found;
  }

 private:
  Stage& stage_;
};

}  // namespace flow::simulation
