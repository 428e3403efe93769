// Two texts as a unified diff, for people and for `patch`.
#pragma once

#include <string>
#include <string_view>

namespace flow::driver {

// Empty when the texts are equal. `name` stands after `---` and `+++`. Three lines of context; the smallest set of
// changed lines as long as the changed part is at most some thousand lines, else that part as a whole.
std::string unified_diff(std::string_view name, std::string_view before, std::string_view after);

}  // namespace flow::driver
