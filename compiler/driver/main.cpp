// flowc: checks, formats, runs and builds declarative flows. docs/compiler.md describes the verbs.
#include <malloc.h>

#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "numbers/automaton.h"

namespace {

// A verb makes trees of many small parts, one after the other, and ends. What one leaves, the next takes: giving it
// back to the system, page by page, and asking for it again took a tenth of a large import. Two threads, two heaps: in
// one they wait for each other. Without fast bins no large part that is freed makes the heap look through all small
// ones.
void keep_freed_memory() {
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TOP_PAD, 4 << 20);
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MXFAST, 0);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace flow;
  keep_freed_memory();
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
