#include "compiler/diagnostics/suggest.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "base/limits.h"

namespace flow::diagnostics {
namespace {

constexpr std::size_t kListedMax = 6;

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string_view word) {
  std::string result;
  for (const char c : word) {
    if (c != '_' && c != '-') result += fold(c);
  }
  return result;
}

// Letters wrong, missing, too many or swapped with their neighbour (optimal string alignment). What is more than `most`
// is not counted further: a file may hold thousands of unknown words, and a flow thousands of names.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > most) return most + 1;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    if (*std::min_element(now.begin(), now.end()) > most) return most + 1;
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

bool has_part(std::string_view whole, std::string_view part) {
  for (std::size_t at = whole.find(part); at != std::string_view::npos; at = whole.find(part, at + 1)) {
    const bool begins = at == 0 || whole[at - 1] == '_';
    const bool ends = at + part.size() == whole.size() || whole[at + part.size()] == '_';
    if (begins && ends) return true;
  }
  return false;
}

std::optional<std::string> only_one_with_part(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    if (word.size() < 2 || candidate.size() < 2) continue;
    if (!has_part(candidate, word) && !has_part(word, candidate)) continue;
    if (found != nullptr) return std::nullopt;
    found = &candidate;
  }
  if (found == nullptr) return std::nullopt;
  return *found;
}

}  // namespace

std::optional<std::string> suggest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > limits::kNameCharsMax) return std::nullopt;
  const std::string wanted = folded(word);
  const std::size_t tolerated = std::min<std::size_t>(3, std::max<std::size_t>(1, wanted.size() / 3));
  const std::string* best = nullptr;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > limits::kNameCharsMax || candidate == word) continue;
    const std::size_t d = distance(wanted, folded(candidate), tolerated);
    // One letter for another is no slip of the pen: `a` is not meant to be `b`.
    if (d >= std::max(wanted.size(), candidate.size())) continue;
    if (d < best_distance) {
      best_distance = d;
      best = &candidate;
    }
  }
  if (best != nullptr && best_distance <= tolerated) return *best;
  return only_one_with_part(word, candidates);
}

std::string quoted_list(const std::vector<std::string>& words, std::string_view conjunction) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) result += i + 1 == words.size() ? fmt::format(" {} ", conjunction) : ", ";
    result += fmt::format("`{}`", words[i]);
  }
  return result;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (const auto best = suggest(word, candidates)) return fmt::format("did you mean `{}`?", *best);
  if (candidates.empty() || candidates.size() > kListedMax) return {};
  return fmt::format("there {} {}", candidates.size() == 1 ? "is" : "are", quoted_list(candidates));
}

}  // namespace flow::diagnostics
