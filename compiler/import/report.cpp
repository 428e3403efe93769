#include "compiler/import/report.h"

#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace flow::importing {
namespace {

constexpr std::string_view kNames[] = {"not-understood", "defect", "changed", "kept", "left-out", "no-effect"};
constexpr std::string_view kTitles[] = {"not understood",
                                        "wrong in the original",
                                        "changed, because the language is stricter",
                                        "kept as it is, not deployable",
                                        "not taken over, because it is not known or not done here",
                                        "left out, because it means nothing at run time"};

}  // namespace

std::string_view name_of(NoteKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

void Report::add(Note note) {
  ++counts_[static_cast<std::size_t>(note.kind)];
  if (notes_.size() < limits::kImportNotesMax) notes_.push_back(std::move(note));
}

void Report::count(std::string_view type, bool first_class) {
  Count& count = types_[shown(type)];
  ++count.all;
  count.first_class += first_class ? 1 : 0;
}

std::string Report::text() const {
  std::string out;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (counts_[kind] == 0) continue;
    out += fmt::format("{} ({}):\n", kTitles[kind], counts_[kind]);
    std::size_t left = counts_[kind];
    for (const Note& note : notes_) {
      if (static_cast<std::size_t>(note.kind) != kind) continue;
      --left;
      out += fmt::format("  {}{}: {}\n", note.pointer.empty() ? "/" : note.pointer,
                         note.step.empty() ? "" : fmt::format(" ({})", note.step), note.message);
      if (!note.remedy.empty()) out += fmt::format("    {}\n", note.remedy);
    }
    if (left != 0) out += fmt::format("  and {} more\n", left);
  }
  if (types_.empty()) return out;
  out += "states by type, and how many became components of the language:\n";
  for (const auto& [type, count] : types_)
    out += fmt::format("  {:<32} {:>5} of {}\n", type, count.first_class, count.all);
  return out;
}

Json Report::json() const {
  Json out = {{"notes", Json::array()}, {"counts", Json::object()}, {"types", Json::object()}};
  for (std::size_t kind = 0; kind < kKinds; ++kind) out["counts"][std::string(kNames[kind])] = counts_[kind];
  for (const Note& note : notes_) {
    Json one = {{"kind", name_of(note.kind)}, {"pointer", note.pointer}, {"message", note.message}};
    if (!note.step.empty()) one["step"] = note.step;
    if (!note.remedy.empty()) one["remedy"] = note.remedy;
    out["notes"].push_back(std::move(one));
  }
  for (const auto& [type, count] : types_)
    out["types"][type] = {{"states", count.all}, {"components", count.first_class}};
  return out;
}

}  // namespace flow::importing
