// flowd: runs deployed flows. docs/operating.md describes it.
#include "numbers/automaton.h"
#include "runtime/daemon/verb.h"

int main(int argc, char** argv) {
  using namespace flow;
  return command_line::run(
      {.name = "flowd",
       .description = "Runs deployed message flows: durable executions, channels, webhooks and an HTTP API.",
       .footer =
           "Exit codes: 0 done (serve: stopped as asked), 1 what was looked at is not well, 2 could not run (the "
           "reason "
           "is on standard error), 3 serve: the store failed while serving.\n"
           "`flowd VERB --help` describes a verb. docs/operating.md describes the configuration and everything else.",
       .version = FLOW_VERSION "\n" + numbers::metadata_line(),
       .verbs = daemon::verbs(),
       .could_not_run = [](std::string_view why) { return daemon::could_not_run(why); }},
      argc, argv);
}
