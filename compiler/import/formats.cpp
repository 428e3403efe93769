#include <array>

#include "compiler/import/console/console.h"
#include "compiler/import/format.h"
#include "compiler/import/lists/lists.h"
#include "compiler/import/studio/studio.h"
#include "compiler/import/vonage/vonage.h"

namespace flow::importing {

std::span<const Format* const> formats() {
  static const std::array<const Format*, 6> all = {
      &console::format(),       &studio::format(), &vonage::format(),
      &lists::eight_by_eight(), &lists::sinch(),   &lists::infobip(),
  };
  return all;
}

}  // namespace flow::importing
