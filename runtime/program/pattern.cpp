#include "runtime/program/pattern.h"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <re2/re2.h>

#include "base/limits.h"

namespace flow::program {
namespace {

using Compiled = std::shared_ptr<const re2::RE2>;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

Compiled compile(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(static_cast<std::int64_t>(limits::kPatternMemoryBytesMax));
  return std::make_shared<const re2::RE2>(piece(pattern), options);
}

Compiled find(std::string_view pattern) {
  static std::shared_mutex mutex;
  static std::map<std::string, Compiled, std::less<>> known;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = known.find(pattern); found != known.end()) return found->second;
  }
  if (pattern.size() > limits::kPatternBytesMax) return nullptr;
  Compiled made = compile(pattern);
  const std::unique_lock lock(mutex);
  if (known.size() >= limits::kPatternsKeptMax) known.clear();
  return known.try_emplace(std::string(pattern), std::move(made)).first->second;
}

}  // namespace

Status check_regex(std::string_view pattern) {
  if (pattern.size() > limits::kPatternBytesMax)
    return fail(ErrorCode::invalid_argument, "it has {} bytes, more than {}", pattern.size(), limits::kPatternBytesMax);
  const Compiled compiled = compile(pattern);
  if (compiled->ok()) return {};
  return fail(ErrorCode::invalid_argument, "{}", compiled->error());
}

bool matches_whole(std::string_view text, std::string_view pattern) {
  const Compiled compiled = find(pattern);
  return compiled != nullptr && compiled->ok() && re2::RE2::FullMatch(piece(text), *compiled);
}

bool matches_part(std::string_view text, std::string_view pattern) {
  const Compiled compiled = find(pattern);
  return compiled != nullptr && compiled->ok() && re2::RE2::PartialMatch(piece(text), *compiled);
}

std::optional<std::string> text_that_matches(std::string_view pattern) {
  constexpr int kTextBytesMax = 100;
  const Compiled compiled = find(pattern);
  if (compiled == nullptr || !compiled->ok()) return std::nullopt;
  // The least text that it may match, in the order of bytes, often is one.
  std::string least;
  std::string most;
  if (!compiled->PossibleMatchRange(&least, &most, kTextBytesMax)) least.clear();
  if (matches_whole(least, pattern)) return least;
  return std::nullopt;
}

}  // namespace flow::program
