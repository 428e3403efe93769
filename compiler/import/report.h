// What an import tells about the original, for people and as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/import/json.h"

namespace flow::importing {

enum class NoteKind : std::uint8_t {
  not_understood,  // the import says something else than the original, or nothing: it has failed
  defect,          // of the original: what it refers to does not exist, a way out leads nowhere
  changed,         // the language is stricter: the smallest change that makes it whole
  kept,            // as an `extern`, or as a text that nobody reads: the graph is checked, it is not deployable
  left_out,        // not taken over: not known, or not done here; in the side file, whatever it means
  no_effect,       // nothing would come of it in the original either
};
std::string_view name_of(NoteKind kind);  // "not-understood"

struct Note {
  NoteKind kind{};
  std::string pointer;  // JSON pointer into the original
  std::string step;     // of the imported flow; empty: none
  std::string message;  // one line
  std::string remedy;   // one line; may be empty
};

// Not thread-safe. Notes beyond limits::kImportNotesMax are counted and not kept.
class Report {
 public:
  void add(Note note);
  // A state of the original, by its type: whether a component of the language says the same.
  void count(std::string_view type, bool first_class);

  bool failed() const { return of(NoteKind::not_understood) != 0; }
  std::size_t of(NoteKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  const std::vector<Note>& notes() const { return notes_; }

  struct Count {
    std::size_t all = 0;
    std::size_t first_class = 0;
  };
  const std::map<std::string, Count>& types() const { return types_; }

  // Lines for people: notes by kind, then types.
  std::string text() const;
  Json json() const;

 private:
  static constexpr std::size_t kKinds = 6;
  std::vector<Note> notes_;
  std::size_t counts_[kKinds] = {};
  std::map<std::string, Count> types_;
};

}  // namespace flow::importing
