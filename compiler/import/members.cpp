#include "compiler/import/members.h"

#include <utility>

#include <fmt/format.h>

namespace flow::importing {

const Json* Members::take(std::string_view name) {
  const Json* found = member_of(object_, name);
  if (found != nullptr) taken_.emplace(name);
  return found;
}

std::string Members::word(std::string_view name) {
  const Json* found = take(name);
  if (found == nullptr) return {};
  if (auto word = word_of(*found)) return *std::move(word);
  report_.add({NoteKind::not_understood, at(pointer_, name), "",
               fmt::format("{} is neither a text nor a whole number", shown_value(*found)), ""});
  return {};
}

void Members::leave(std::string_view name, NoteKind kind, std::string message) {
  if (const Json* found = take(name)) keep(std::string(name), *found, kind, std::move(message));
}

void Members::leave_rest() {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (!taken_.insert(name).second) continue;
    keep(name, value, NoteKind::left_out,
         fmt::format("`{}` is {}: it is in the side file", shown(name), shown_value(value)));
  }
}

void Members::keep(const std::string& name, const Json& value, NoteKind kind, std::string message) {
  const std::string where = at(pointer_, name);
  // Two steps may read the same content: told once.
  if (!kept_.emplace(keys_ == Keys::pointers ? where : name, value).second) return;
  report_.add({kind, where, "", std::move(message), ""});
}

}  // namespace flow::importing
