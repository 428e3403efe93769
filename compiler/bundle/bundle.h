// The bundle: one workspace, compiled, in one deterministic file (docs/formats/bundle.md). It holds the flows' verified
// IR, their sources, a certificate and the declarations that operators bind credentials to, and nothing native.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"

namespace flow::bundle {

inline constexpr std::uint32_t kFormatVersion = 1;

struct SourceFile {
  std::string path;  // relative to the workspace, `/` between folders: "workspace.flow"
  std::string text;

  friend bool operator==(const SourceFile&, const SourceFile&) = default;
};

struct Bundle {
  std::string compiler;                   // "flowc 0.1.0": which compiler made it
  std::string declarations;               // JSON: channels and templates of the workspace
  std::string certificate;                // JSON: what was proven of each flow, the bounds and the assumptions
  std::vector<SourceFile> sources;        // by path
  ir::Module module;                      // by name
  std::vector<std::string> flow_digests;  // by flow, of its text: equal ones are of equal flows. Set by read_bundle()

  friend bool operator==(const Bundle&, const Bundle&) = default;
};

// The bytes; equal bundles have equal bytes. Sources and flows need not be sorted. invalid_argument: what read_bundle
// would refuse, be it the IR, a path or the size.
Result<std::string> write_bundle(Bundle bundle);

// What write_bundle wrote, checked again from end to end: form, checksums, limits, and every flow by ir::verify().
// Takes hostile bytes. invalid_argument: not a bundle, damaged, too large, or what verification found;
// failed_precondition: of a newer format.
Result<Bundle> read_bundle(std::string_view bytes);

// Of `declarations`: by channel, within how many ms its receipts come. Without what is not declared, or not understood.
std::map<std::string, std::int64_t> receipts_within(std::string_view declarations);

// The bundle's version: SHA-256 of its bytes, as 64 hexadecimal digits.
std::string version_of(std::string_view bytes);

}  // namespace flow::bundle
