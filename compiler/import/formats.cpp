#include <array>

#include "compiler/import/console/console.h"
#include "compiler/import/format.h"
#include "compiler/import/lists/lists.h"
#include "compiler/import/vonage/vonage.h"

namespace flow::importing {

std::span<const Format* const> formats() {
  static const std::array<const Format*, 5> all = {
      &console::format(), &vonage::format(), &lists::eight_by_eight(), &lists::sinch(), &lists::infobip(),
  };
  return all;
}

}  // namespace flow::importing
