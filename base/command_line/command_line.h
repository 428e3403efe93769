// The frame of a program with verbs, such as `flowc check` or `flowd serve`. Each verb is a file of its own that
// defines one function `add_NAME`, which does its work there.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace flow::command_line {

// What the chosen verb does, set while the arguments are read; answers the exit code.
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

struct Program {
  std::string name;         // "flowc"
  std::string description;  // one sentence
  std::string footer;       // behind the help: exit codes, where to read on
  std::string version;
  std::vector<AddVerb> verbs;  // in the order of --help
  // Says on standard error why nothing was done, and answers the exit code for it.
  int (*could_not_run)(std::string_view why);
};

// Reads the arguments and does what the verb does; its exit code. Wrong arguments, and exceptions of libraries (memory
// ran out, say), go to could_not_run: never a stack trace.
int run(const Program& program, int argc, char** argv);

}  // namespace flow::command_line
