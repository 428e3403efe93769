// Any bytes as a flow, and as its workspace when a line `// --- workspace.flow` divides them. Checking, lowering,
// proving and saying what was found come to an end; what the checks let pass is lowered to IR that the verifier
// accepts.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "compiler/check/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "compiler/prove/prove.h"
#include "compiler/syntax/parse.h"

namespace {

constexpr std::string_view kMarker = "// --- workspace.flow\n";
constexpr std::string_view kWorkspace =
    "edition 1\nlanguages en, ms\nallow regions PH, MY, SG\n"
    "channel viber_shop: viber { service \"4501\"; receipts within 5s }\n"
    "channel waba_shop: whatsapp { number \"+60123456789\" }\n"
    "channel sms_shop: sms { sender \"SHOP\" }\n"
    "template code_v1(code: text(4..8)) on waba_shop { purpose authentication; valid 30s..15m; body \"{{code}}\" }\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flow;
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(data[i]);
  std::string workspace(kWorkspace);
  if (const std::size_t at = text.find(kMarker); at != std::string::npos) {
    workspace = text.substr(at + kMarker.size());
    text.resize(at);
  }
  source::SourceMap sources;
  diagnostics::Sink sink;
  std::vector<syntax::File> files;
  for (const auto& [name, content] : {std::pair("workspace.flow", workspace), std::pair("example.flow", text)}) {
    auto file = syntax::parse(sources, sources.add(name, content), sink);
    if (file) files.push_back(std::move(*file));
  }
  const auto checked = check::check_workspace(files, sources, sink);
  FLOW_CHECK(checked != nullptr);
  if (!sink.has_errors()) {
    const ir::Module module = lower::lower(*checked);
    const Status verified = ir::verify(module);
    FLOW_CHECK(verified.has_value(), "{}", verified.error().message);
    prove::prove_all(*checked, sink);
  }
  const std::string said = diagnostics::render(sources, sink);
  FLOW_CHECK(!sink.has_errors() || !said.empty());
  return 0;
}
