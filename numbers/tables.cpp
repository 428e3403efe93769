#include "numbers/tables.h"

#include <iterator>

namespace flow::numbers {

#include "numbers/plan.inc"

}  // namespace flow::numbers
