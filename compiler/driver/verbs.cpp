#include "compiler/driver/verb.h"

namespace flow::driver {

void add_fmt(CLI::App& app, Action& action);

const std::vector<AddVerb>& verbs() {
  static const std::vector<AddVerb> all = {add_fmt};
  return all;
}

}  // namespace flow::driver
