// The one "did you mean": every pass that meets an unknown word asks here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flow::diagnostics {

// The candidate that `word` is most likely a slip of: equal but for case, `_` and `-`; a few letters wrong, missing or
// swapped (one in three, at most 3); or a whole part of it between underscores (`otp` of `sms_otp`) when just one has
// it. Nothing when none is near or the word is longer than limits::kNameCharsMax. The first wins between equals.
std::optional<std::string> suggest(std::string_view word, const std::vector<std::string>& candidates);

// "did you mean `sms`?", or, when none is near: "there are `a`, `b` and `c`" for up to six candidates, else "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// "`a`", "`a` and `b`", "`a`, `b` and `c`".
std::string quoted_list(const std::vector<std::string>& words, std::string_view conjunction = "and");

}  // namespace flow::diagnostics
