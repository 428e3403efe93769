// Graphs of other products, as large as one likes, and their import: for benchmarks and counted instructions.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/import/format.h"

namespace flow::bench {

// A chain of messages, waits and branches, as a canvas library keeps it.
std::string foreign_graph(std::int64_t nodes);
// The same flow in the console's envelope.
std::string own_envelope(std::int64_t nodes);
// A chain of questions with their splits, requests, counters and messages, of Twilio Studio.
std::string studio_definition(std::int64_t widgets);
// The same in Terraform.
std::string terraform(std::int64_t widgets);

// The text of the flow, canonical, from bytes of JSON or what `format` finds in them.
std::string imported_text(const importing::Format& format, const std::string& bytes);
// The envelope of a flow.
std::string exported(const std::string& text);
// All that `flowc import` does but reading and writing files: read, translated, checked, and proven. Ends the process
// when one of it fails.
void import_whole(const importing::Format& format, const std::string& bytes);

}  // namespace flow::bench
