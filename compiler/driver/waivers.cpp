#include "compiler/driver/waivers.h"

#include <algorithm>
#include <optional>

#include "compiler/diagnostics/suggest.h"

namespace flow::driver {
namespace {

using diagnostics::Code;
using diagnostics::Severity;

constexpr std::string_view kWord = "allow";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// `allow(CODE): reason`, split; nothing for another comment.
struct Written {
  std::string_view code;
  std::string_view reason;
};

std::optional<Written> written(std::string_view comment) {
  if (comment.starts_with("///") || !comment.starts_with("//")) return std::nullopt;
  std::string_view text = trimmed(comment.substr(2));
  if (!text.starts_with(kWord)) return std::nullopt;
  text = trimmed(text.substr(kWord.size()));
  if (!text.starts_with('(')) return std::nullopt;
  const std::size_t close = text.find(')');
  if (close == std::string_view::npos) return Written{trimmed(text.substr(1)), {}};
  const std::string_view rest = trimmed(text.substr(close + 1));
  return Written{trimmed(text.substr(1, close - 1)), rest.starts_with(':') ? trimmed(rest.substr(1)) : ""};
}

std::vector<std::string> waivable_codes() {
  std::vector<std::string> result;
  for (const diagnostics::CodeInfo& each : diagnostics::all_codes()) {
    if (diagnostics::is_waivable(each.code)) result.push_back(diagnostics::code_text(each.code));
  }
  return result;
}

}  // namespace

// Walks the comments of one file.
class Waivers::Reader {
 public:
  Reader(Waivers& into, std::string_view text, diagnostics::Sink& sink) : into_(into), text_(text), sink_(sink) {}

  void entries(const std::vector<syntax::Entry>& entries, const std::vector<syntax::Comment>& dangling) {
    for (const syntax::Entry& entry : entries) {
      const std::uint32_t begin = entry.span.begin;
      const bool tall = entry.block && !entry.block->one_line;
      const std::uint32_t head = tall ? entry.block->span.begin : entry.span.end;
      for (const syntax::Comment& comment : entry.leading) add(comment, begin, head);
      if (entry.after_brace) add(*entry.after_brace, begin, head);
      if (entry.trailing) add(*entry.trailing, line_start(begin), entry.span.end);
      if (entry.block) this->entries(entry.block->entries, entry.block->dangling);
    }
    for (const syntax::Comment& comment : dangling) add(comment, comment.span.end, comment.span.end);
  }

 private:
  std::uint32_t line_start(std::uint32_t at) const {
    if (at == 0) return 0;
    const std::size_t before = text_.rfind('\n', at - 1);
    return before == std::string_view::npos ? 0 : static_cast<std::uint32_t>(before + 1);
  }

  void add(const syntax::Comment& comment, std::uint32_t begin, std::uint32_t end) {
    const auto found = written(comment.text);
    if (!found) return;
    const std::string name(found->code);
    const auto code = diagnostics::find_code(name);
    if (!code) {
      const std::string near = diagnostics::did_you_mean(name, waivable_codes());
      sink_.report(Code::unknown_code, comment.span, "there is no code `{}`", name)
          .hint(near.empty() ? "a waiver is written `// allow(F0703): why`, one code each" : near);
      return;
    }
    if (!diagnostics::is_waivable(*code)) {
      const bool error = diagnostics::info(*code).severity == Severity::error;
      sink_.report(Code::not_waivable, comment.span, "`{}` cannot be waived", name)
          .label(diagnostics::info(*code).title)
          .hint(error ? "it is an error: the flow cannot run as it is" : "delete what it complains of");
      return;
    }
    if (found->reason.empty()) {
      sink_.report(Code::waiver_without_reason, comment.span, "this waiver of `{}` does not say why", name)
          .hint(fmt::format("`// allow({}): why this is meant`", name));
    }
    into_.waivers_[{comment.span.file, *code}].push_back({comment.span, begin, end, kNone, false});
  }

  Waivers& into_;
  std::string_view text_;
  diagnostics::Sink& sink_;
};

void Waivers::add(const syntax::File& file, const source::SourceMap& sources, diagnostics::Sink& sink) {
  Reader(*this, sources.file(file.file).text(), sink).entries(file.entries, file.dangling);
  auto place = waivers_.lower_bound({file.file, Code{}});
  for (; place != waivers_.end() && place->first.first == file.file; ++place) {
    std::vector<Waiver>& all = place->second;
    std::stable_sort(all.begin(), all.end(), [](const Waiver& a, const Waiver& b) { return a.begin < b.begin; });
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < all.size(); ++i) {
      while (!open.empty() && all[open.back()].end <= all[i].begin) open.pop_back();
      all[i].around = open.empty() ? kNone : open.back();
      open.push_back(i);
    }
  }
}

bool Waivers::waives(Code code, source::Span place) {
  const auto found = waivers_.find({place.file, code});
  if (found == waivers_.end()) return false;
  std::vector<Waiver>& all = found->second;
  const auto behind = std::upper_bound(all.begin(), all.end(), place.begin,
                                       [](std::uint32_t at, const Waiver& waiver) { return at < waiver.begin; });
  std::size_t at = behind == all.begin() ? kNone : static_cast<std::size_t>(behind - all.begin()) - 1;
  while (at != kNone && place.begin >= all[at].end) at = all[at].around;
  if (at == kNone) return false;
  all[at].used = true;
  return true;
}

void Waivers::report_unused(diagnostics::Sink& sink) const {
  for (const auto& [key, all] : waivers_) {
    for (const Waiver& waiver : all) {
      if (waiver.used) continue;
      sink.report(Code::unused_waiver, waiver.comment, "nothing here needs this waiver of `{}`",
                  diagnostics::code_text(key.second))
          .label(diagnostics::info(key.second).title)
          .hint("delete it; a waiver stands above the entry that it is for, or behind it");
    }
  }
}

}  // namespace flow::driver
