// Generated workspaces of plain messaging flows: decisions, assignments, messages with a fallback, pauses.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace flow::bench {

// Source text of a flow of that many steps (rounded down to five), which begins with step_0. Inputs: customer (phone),
// tier ("gold" or "plain").
std::string plain_flow(const std::string& name, std::size_t steps);

// A folder with workspace.flow and `flows` flows, of which the first is named flow_N, N being `first`. Answers how many
// bytes the flows have.
std::size_t write_workspace(const std::filesystem::path& folder, std::size_t flows, std::size_t steps,
                            std::size_t first = 0);

}  // namespace flow::bench
