#include "compiler/driver/pages.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace flow::driver {
namespace {

struct Page {
  std::string_view code;
  std::string_view text;
};

constexpr auto kPages = std::to_array<Page>({
#include "pages.inc"
});

}  // namespace

std::string_view page_of(diagnostics::Code code) {
  const std::string name = diagnostics::code_text(code);
  const auto* const found =
      std::find_if(kPages.begin(), kPages.end(), [&](const Page& page) { return page.code == name; });
  FLOW_CHECK(found != kPages.end(), "{} has no page", name);
  return found->text;
}

}  // namespace flow::driver
