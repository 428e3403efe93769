// A verb of flowc: `flowc check`, `flowc fmt`, … Each is a file verb_NAME.cpp that defines one function `add_NAME` and
// does its work there; verbs.cpp lists them in the order of `flowc --help`.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace CLI {
class App;
}

namespace flow::driver {

// What the chosen verb does, set while the arguments are read; answers the exit code (output.h).
using Action = std::function<int()>;

// Adds the verb's subcommand with its options to `app`; its callback sets `action`, which outlives the parse. The
// options live in a shared_ptr that both capture:
//
//   void add_greet(CLI::App& app, Action& action) {
//     auto options = std::make_shared<Options>();
//     CLI::App* verb = app.add_subcommand("greet", "Says hello");
//     verb->add_option("NAME", options->name, "whom to greet")->required();
//     verb->callback([options, &action] { action = [options] { return greet(*options); }; });
//   }
using AddVerb = void (*)(CLI::App& app, Action& action);

const std::vector<AddVerb>& verbs();

}  // namespace flow::driver
