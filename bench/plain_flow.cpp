#include "bench/plain_flow.h"

#include <fstream>

#include <fmt/format.h>

namespace flow::bench {
namespace {

constexpr const char* kWorkspace =
    "edition 1\n"
    "languages en\n"
    "allow regions PH, MY, SG, ID, US\n\n"
    "channel viber_shop: viber { service \"4501\"; receipts within 5s; handover within 20s }\n"
    "channel sms_shop: sms { sender \"SHOP\"; receipts within 5s; handover within 20s }\n";

// Five steps, one after the other, as flows have them: a decision, an assignment, a message with its fallback, a pause.
std::string section(std::size_t first, std::size_t steps) {
  const auto name = [&](std::size_t i) { return first + i < steps ? fmt::format("step_{}", first + i) : "end"; };
  return fmt::format(
      "{0}: branch {{\n"
      "  tier == \"gold\" => {1}\n"
      "  else => {2}\n"
      "}}\n\n"
      "{1}: set {{ greeting = \"Dear customer\" }} => {2}\n\n"
      "{2}: send viber {{\n"
      "  from viber_shop\n"
      "  to customer\n"
      "  text \"{{{{greeting ?? \"Hello\"}}}}, part {6} of your order is on its way.\"\n\n"
      "  failed, undelivered after 30s => {3}\n"
      "  delivered => {4}\n"
      "}}\n\n"
      "{3}: send sms {{\n"
      "  from sms_shop\n"
      "  to customer\n"
      "  text \"Part {6} of your order is on its way.\"\n\n"
      "  failed => end failed \"not sent\"\n"
      "  sent => {4}\n"
      "}}\n\n"
      "{4}: wait 30s => {5}\n\n",
      name(0), name(1), name(2), name(3), name(4), name(5), first / 5);
}

}  // namespace

std::string plain_flow(const std::string& name, std::size_t steps) {
  std::string text = fmt::format(
      "/// Generated.\nflow {} \"Generated\"\n\ntrigger manual\npurpose transaction\n"
      "input customer: phone\ninput tier: oneof(\"gold\", \"plain\")\n\nstart => step_0\n\n",
      name);
  for (std::size_t i = 0; i + 4 < steps; i += 5) text += section(i, steps);
  return text;
}

std::size_t write_workspace(const std::filesystem::path& folder, std::size_t flows, std::size_t steps,
                            std::size_t first) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "workspace.flow") << kWorkspace;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < flows; ++i) {
    const std::string name = fmt::format("flow_{}", first + i);
    const std::string text = plain_flow(name, steps);
    std::ofstream(folder / (name + ".flow")) << text;
    bytes += text.size();
  }
  return bytes;
}

}  // namespace flow::bench
