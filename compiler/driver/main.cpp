// flowc: checks, formats, runs and builds declarative flows. docs/compiler.md describes the verbs.
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "numbers/automaton.h"

int main(int argc, char** argv) {
  using namespace flow;
  return command_line::run(
      {.name = "flowc",
       .description = "Compiles declarative message flows: checks them, proves their guarantees, builds bundles.",
       .footer =
           "A workspace is the folder that holds `workspace.flow`; the .flow files beside it are its flows.\n"
           "Exit codes: 0 all is well, 1 the flows have errors, 2 could not run (the reason is on standard error).\n"
           "`flowc VERB --help` describes a verb. `flowc explain F0202` says what a code means.",
       .version = FLOW_VERSION "\n" + numbers::metadata_line(),
       .verbs = driver::verbs(),
       .could_not_run = [](std::string_view why) { return driver::could_not_run(why); }},
      argc, argv);
}
