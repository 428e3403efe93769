// The members of an object of a foreign file, each taken or told: what nobody has taken is in the report and in the
// side file, so that nothing gets lost silently.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "compiler/import/json.h"
#include "compiler/import/report.h"

namespace flow::importing {

// Not thread-safe. Refers to all that it is made from; of something else than an object there are no members.
class Members {
 public:
  // By what `kept` calls a member: its pointer, or its name.
  enum class Keys { pointers, names };
  Members(const Json& object, std::string pointer, Report& report, Json& kept, Keys keys = Keys::pointers)
      : object_(object), pointer_(std::move(pointer)), report_(report), kept_(kept), keys_(keys) {}

  // Null: it is not there. Whoever takes it says what becomes of it.
  const Json* take(std::string_view name);
  // A text, or a whole number as it is written; empty: it is not there. Something else is `not_understood`.
  std::string word(std::string_view name);
  // Into the side file and the report, with these words; nothing when it is not there.
  void leave(std::string_view name, NoteKind kind, std::string message);
  // All that is neither taken nor left yet, as `left_out`.
  void leave_rest();

  const std::string& pointer() const { return pointer_; }

 private:
  void keep(const std::string& name, const Json& value, NoteKind kind, std::string message);

  const Json& object_;
  std::string pointer_;
  Report& report_;
  Json& kept_;
  Keys keys_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace flow::importing
