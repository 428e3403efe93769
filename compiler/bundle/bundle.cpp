#include "compiler/bundle/bundle.h"

#include <algorithm>
#include <utility>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/varint.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/program/text.h"

namespace flow::bundle {
namespace {

using std::string_view;

constexpr string_view kMagic = "FLOWBUND";
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kNameBytesMax = 512;
constexpr string_view kSourcePrefix = "source/";
constexpr string_view kFlowPrefix = "flow/";

// ---- Writing

void put_section(std::string& out, string_view name, string_view content) {
  put_varint(out, name.size());
  out.append(name);
  put_varint(out, content.size());
  out.append(content);
  put_fixed32(out, crc32c(content, crc32c(name)));
}

std::string assemble(const Bundle& bundle) {
  std::string out(kMagic);
  put_fixed32(out, kFormatVersion);
  put_section(out, "compiler", bundle.compiler);
  put_section(out, "declarations", bundle.declarations);
  put_section(out, "certificate", bundle.certificate);
  for (const SourceFile& file : bundle.sources) put_section(out, std::string(kSourcePrefix) + file.path, file.text);
  for (const ir::Flow& flow : bundle.module.flows)
    put_section(out, std::string(kFlowPrefix) + flow.info.name, ir::print(flow));
  put_varint(out, 0);
  put_fixed32(out, crc32c(out));
  return out;
}

// ---- Reading

// "workspace.flow", "shop/orders.flow": parts of letters, digits, `_`, `-` and inner dots.
bool is_source_path(string_view path) {
  if (path.size() > kNameBytesMax - kSourcePrefix.size() || !path.ends_with(".flow")) return false;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const string_view part = path.substr(0, end);
    if (part.empty() || part.starts_with('.') || !std::all_of(part.begin(), part.end(), plain)) return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
}

template <typename... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> text, Args&&... args) {
  return fail(ErrorCode::invalid_argument, "{}", fmt::format(text, std::forward<Args>(args)...));
}

struct Section {
  string_view name;
  string_view content;
};

// The sections in order; names and lengths are as damaged as their checksums allow.
Result<std::vector<Section>> take_apart(string_view bytes) {
  if (bytes.size() > limits::kBundleBytesMax)
    return refuse("the bundle is {} bytes long, more than {}", bytes.size(), limits::kBundleBytesMax);
  if (!bytes.starts_with(kMagic)) return refuse("this is not a bundle: `flowc build` makes one");
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return refuse("the bundle is cut off");
  const std::uint32_t version = read_fixed32(bytes.substr(kMagic.size()));
  const string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (read_fixed32(bytes.substr(body.size())) != crc32c(body))
    return refuse("the bundle is damaged or cut off: its checksum differs");
  if (version != kFormatVersion)
    return fail(ErrorCode::failed_precondition, "the bundle has format {}, this program reads format {}: use the {}",
                version, kFormatVersion, version > kFormatVersion ? "newer program" : "program that made it");
  std::vector<Section> sections;
  for (string_view rest = body.substr(kHeaderBytes);;) {
    std::uint64_t size = 0;
    if (!take_varint(rest, size) || size > std::min(rest.size(), kNameBytesMax)) return refuse("a section has no name");
    if (size == 0) {
      if (!rest.empty()) return refuse("there are bytes after the last section");
      return sections;
    }
    Section section{rest.substr(0, size), {}};
    rest.remove_prefix(size);
    if (!take_varint(rest, size) || size > rest.size() || rest.size() - size < kChecksumBytes)
      return refuse("a section is cut off");
    section.content = rest.substr(0, size);
    rest.remove_prefix(size);
    if (read_fixed32(rest) != crc32c(section.content, crc32c(section.name))) return refuse("a section is damaged");
    rest.remove_prefix(kChecksumBytes);
    sections.push_back(section);
  }
}

Status check_text(string_view content, string_view what) {
  if (program::is_utf8(content)) return {};
  return fail(ErrorCode::invalid_argument, "{} is not UTF-8", what);
}

Status read_source(const Section& section, Bundle& bundle) {
  const string_view path = section.name.substr(kSourcePrefix.size());
  if (!is_source_path(path)) return refuse("a source file has a path that is none");
  if (section.content.size() > limits::kSourceBytesMax) return refuse("source file `{}` is too long", path);
  if (bundle.sources.size() == limits::kWorkspaceFilesMax) return refuse("there are too many source files");
  if (!bundle.sources.empty() && bundle.sources.back().path >= path)
    return refuse("source file `{}` is not in the order of paths", path);
  bundle.sources.push_back({std::string(path), std::string(section.content)});
  return check_text(section.content, "a source file");
}

Status read_flow(const Section& section, Bundle& bundle) {
  ir::AsPrinted as_printed;
  auto flow = ir::parse_flow(section.content, &as_printed);
  if (!flow) return std::unexpected(std::move(flow.error()));
  if (flow->info.name != section.name.substr(kFlowPrefix.size()))
    return refuse("a flow has another name than its section");
  if (!bundle.module.flows.empty() && bundle.module.flows.back().info.name >= flow->info.name)
    return refuse("flow `{}` is not in the order of names", flow->info.name);
  if (Status status = ir::verify(*flow); !status) return status;
  if (!ir::is_printed(section.content, *flow, as_printed))
    return refuse("flow `{}` is not in the form that the compiler writes", flow->info.name);
  bundle.module.flows.push_back(std::move(*flow));
  bundle.flow_digests.push_back(version_of(section.content));
  return {};
}

Status read_sections(const std::vector<Section>& sections, Bundle& bundle) {
  const std::pair<string_view, std::string*> first[] = {
      {"compiler", &bundle.compiler}, {"declarations", &bundle.declarations}, {"certificate", &bundle.certificate}};
  std::size_t next = 0;
  for (const auto& [name, text] : first) {
    if (next == sections.size() || sections[next].name != name) return refuse("section `{}` is missing", name);
    if (Status status = check_text(sections[next].content, name); !status) return status;
    *text = sections[next++].content;
  }
  for (; next < sections.size() && sections[next].name.starts_with(kSourcePrefix); ++next)
    if (Status status = read_source(sections[next], bundle); !status) return status;
  for (; next < sections.size() && sections[next].name.starts_with(kFlowPrefix); ++next)
    if (Status status = read_flow(sections[next], bundle); !status) return status;
  if (next < sections.size()) return refuse("there is a section that this format does not have");
  if (bundle.module.flows.empty()) return refuse("the bundle has no flow");
  return {};
}

}  // namespace

Result<std::string> write_bundle(Bundle bundle) {
  std::sort(bundle.sources.begin(), bundle.sources.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  std::sort(bundle.module.flows.begin(), bundle.module.flows.end(),
            [](const ir::Flow& a, const ir::Flow& b) { return a.info.name < b.info.name; });
  std::string bytes = assemble(bundle);
  // What cannot be read again is not handed out: one check for both directions.
  if (auto again = read_bundle(bytes); !again) return std::unexpected(std::move(again.error()));
  return bytes;
}

Result<Bundle> read_bundle(string_view bytes) {
  const auto sections = take_apart(bytes);
  if (!sections) return std::unexpected(sections.error());
  Bundle bundle;
  if (Status status = read_sections(*sections, bundle); !status) return std::unexpected(std::move(status.error()));
  return bundle;
}

std::string version_of(string_view bytes) {
  return crypto::hex(crypto::sha256(bytes));
}

}  // namespace flow::bundle
