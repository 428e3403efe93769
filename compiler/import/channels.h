// Channels of workspace.flow for senders of a foreign file: one for each kind and sender, however alike their names
// are.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/import/format.h"
#include "compiler/import/names.h"

namespace flow::importing {

// Not thread-safe.
class Channels {
 public:
  // Declarations and notes go there. `otherwise`: in the name of a channel whose sender is not in the file.
  Channels(Imported& imported, std::string_view otherwise) : imported_(imported), otherwise_(otherwise) {}

  // The name of the channel. `kind`: "viber", "whatsapp", "sms" or "email"; `sender`: as the file has it, empty: it has
  // none. One is made up then, or where a number is needed and it is none: a note at `pointer` tells it.
  std::string of(const std::string& kind, const std::string& sender, const std::string& pointer);

 private:
  Imported& imported_;
  std::string_view otherwise_;
  Names names_;
  std::map<std::pair<std::string, std::string>, std::string> known_;  // by kind and sender
};

}  // namespace flow::importing
