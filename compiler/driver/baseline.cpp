#include "compiler/driver/baseline.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <set>
#include <vector>

namespace flow::driver {
namespace {

constexpr std::string_view kHeading = "flowc baseline ";
constexpr std::string_view kAfterName = ".flow: ";

std::string_view name_of(const source::SourceMap& sources, source::FileId id) {
  const std::string_view path = sources.file(id).path();
  return path.substr(path.find_last_of('/') + 1);
}

std::set<std::string_view> names_in(const source::SourceMap& sources) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < sources.size(); ++i) names.insert(name_of(sources, static_cast<source::FileId>(i)));
  return names;
}

// FNV-1a: the same on every machine and in every release.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) add(c);
    add('\0');
  }
  // Another layout of the same words changes nothing.
  void add_words(std::string_view text) {
    bool space = false;
    bool first = true;
    for (const char c : text) {
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        space = true;
        continue;
      }
      if (space && !first) add(' ');
      space = first = false;
      add(c);
    }
    add('\0');
  }
  std::uint64_t value() const { return value_; }

 private:
  void add(char c) { value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL; }

  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

std::uint64_t fingerprint(const source::SourceMap& sources, source::Span place, std::string_view message) {
  Hash hash;
  hash.add(message);
  hash.add_words(sources.text(place));
  return hash.value();
}

template <typename T>
std::optional<T> number(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The words of a line before its message, taken off its front.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

}  // namespace

Result<Baseline> Baseline::read(const source::SourceMap& sources, source::FileId id) {
  const source::File& file = sources.file(id);
  const auto wrong = [&](std::uint32_t line, std::string_view what) {
    return fail(ErrorCode::invalid_argument, "line {} of the baseline `{}` {}\nwrite it anew with --write-baseline",
                line, file.path(), what);
  };
  if (file.line(1) != fmt::format("{}{}", kHeading, kBaselineVersion)) {
    return wrong(1, fmt::format("is not `{}{}`", kHeading, kBaselineVersion));
  }
  Baseline result;
  for (std::uint32_t i = 2; i <= file.line_count(); ++i) {
    std::string_view rest = file.line(i);
    if (rest.empty() || rest.starts_with('#')) continue;
    const auto code = diagnostics::find_code(take_word(rest));
    const auto print = number<std::uint64_t>(take_word(rest), 16);
    const auto count = number<std::uint32_t>(take_word(rest), 10);
    // A file's name may hold spaces.
    const std::size_t colon = rest.find(kAfterName);
    if (!code || !print || !count || *count == 0 || colon == std::string_view::npos) {
      return wrong(i, "is no `CODE FINGERPRINT COUNT FILE: MESSAGE`");
    }
    const std::string name(rest.substr(0, colon + kAfterName.size() - 2));
    rest.remove_prefix(colon + kAfterName.size());
    const std::uint32_t begin = file.line_start(i);
    const auto end = static_cast<std::uint32_t>(begin + file.line(i).size());
    Entry entry{*count, 0, std::string(rest), {id, begin, end}};
    if (!result.entries_.try_emplace({name, *code, *print}, std::move(entry)).second) return wrong(i, "is there twice");
  }
  return result;
}

void Baseline::record(const source::SourceMap& sources, diagnostics::Code code, source::Span place,
                      std::string_view message) {
  Entry& entry = entries_[{std::string(name_of(sources, place.file)), code, fingerprint(sources, place, message)}];
  ++entry.count;
  entry.message = message;
}

bool Baseline::waives(const source::SourceMap& sources, diagnostics::Code code, source::Span place,
                      std::string_view message) {
  const auto found =
      entries_.find({std::string(name_of(sources, place.file)), code, fingerprint(sources, place, message)});
  if (found == entries_.end() || found->second.used == found->second.count) return false;
  ++found->second.used;
  return true;
}

void Baseline::keep(const Baseline& before, const source::SourceMap& sources) {
  const std::set<std::string_view> names = names_in(sources);
  for (const auto& [key, entry] : before.entries_) {
    const std::string& name = std::get<std::string>(key);
    if (names.contains(name) && name != "workspace.flow") continue;
    Entry& kept = entries_[key];
    kept.count = std::max(kept.count, entry.count);
    kept.message = entry.message;
  }
}

void Baseline::report_stale(const source::SourceMap& sources, diagnostics::Sink& sink) const {
  const std::set<std::string_view> names = names_in(sources);
  for (const auto& [key, entry] : entries_) {
    if (entry.used == entry.count || !names.contains(std::get<std::string>(key))) continue;
    const std::string code = diagnostics::code_text(std::get<diagnostics::Code>(key));
    const std::string& name = std::get<std::string>(key);
    if (entry.used == 0) {
      sink.report(diagnostics::Code::stale_baseline, entry.line, "`{}` has no such finding of {} any more", name, code)
          .hint("delete the line, or write the baseline anew with --write-baseline");
    } else {
      sink.report(diagnostics::Code::stale_baseline, entry.line, "`{}` has {} of these findings of {} now, not {}",
                  name, entry.used, code, entry.count)
          .hint("write the baseline anew with --write-baseline");
    }
  }
}

std::string Baseline::text() const {
  std::string result = fmt::format("{}{}\n", kHeading, kBaselineVersion);
  for (const auto& [key, entry] : entries_) {
    const auto& [name, code, print] = key;
    result +=
        fmt::format("{} {:016x} {} {}: {}\n", diagnostics::code_text(code), print, entry.count, name, entry.message);
  }
  return result;
}

std::size_t Baseline::findings() const {
  return std::accumulate(entries_.begin(), entries_.end(), std::size_t{0},
                         [](std::size_t sum, const auto& entry) { return sum + entry.second.count; });
}

}  // namespace flow::driver
