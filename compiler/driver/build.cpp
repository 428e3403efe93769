#include "compiler/driver/build.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/bundle/bundle.h"
#include "runtime/program/json.h"
#include "runtime/program/text.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json channel_json(const check::Channel& channel) {
  return {{"name", channel.name},
          {"kind", program::to_string(channel.kind)},
          {"sender", channel.sender},
          {"handover_within", program::duration_text(channel.handover_ms)},
          {"receipts_within", program::duration_text(channel.receipts_within_ms)}};
}

Json template_json(const check::Workspace& workspace, const check::Template& one) {
  Json parameters = Json::array();
  for (const auto& [name, type] : one.parameters) parameters.push_back(name);
  return {{"name", one.name},
          {"channel", workspace.channels.at(check::index(one.channel)).name},
          {"purpose", one.purpose},
          {"parameters", std::move(parameters)},
          {"languages", one.languages},
          {"body", one.body},
          {"valid_min", program::duration_text(one.ttl_min_ms)},
          {"valid_max", program::duration_text(one.ttl_max_ms)}};
}

bundle::SourceFile source_file(const Compilation& compilation, source::FileId id) {
  const source::File& file = compilation.sources.file(id);
  return {fs::path(file.path()).filename().string(), std::string(file.text())};
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(ErrorCode::io_error, "{}", std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return fail(ErrorCode::io_error, "{}", std::strerror(errno));
  return {};
}

}  // namespace

std::string declarations_json(const check::Workspace& workspace) {
  Json json;
  json["version"] = 1;
  json["channels"] = Json::array();
  for (const check::Channel& channel : workspace.channels) json["channels"].push_back(channel_json(channel));
  json["templates"] = Json::array();
  for (const check::Template& one : workspace.templates) json["templates"].push_back(template_json(workspace, one));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string certificate_json(const CheckedWorkspace& checked) {
  Json json;
  json["version"] = 1;
  json["flows"] = Json::array();
  for (std::size_t i = 0; i < checked.certificates.size(); ++i)
    json["flows"].push_back(Json::parse(prove::to_json(*checked.workspace->flows[i], checked.certificates[i])));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status deployable(const check::Workspace& workspace) {
  for (const auto& flow : workspace.flows) {
    if (flow->foreign_trigger)
      return fail(ErrorCode::failed_precondition, "F0908: `{}` is not deployable: its trigger is of another system",
                  flow->name);
    for (const check::Step& step : flow->steps)
      if (std::holds_alternative<check::Extern>(step.body))
        return fail(ErrorCode::failed_precondition, "F0908: `{}` is not deployable: `{}` is of another system",
                    flow->name, step.name);
  }
  return {};
}

Result<std::string> make_bundle(const Compilation& compilation) {
  if (Status status = deployable(*compilation.checked.workspace); !status) return std::unexpected(status.error());
  bundle::Bundle bundle;
  bundle.compiler = std::string("flowc ") + FLOW_VERSION;
  bundle.declarations = declarations_json(*compilation.checked.workspace);
  bundle.certificate = certificate_json(compilation.checked);
  bundle.sources.push_back(source_file(compilation, compilation.files.workspace));
  for (const source::FileId id : compilation.files.flows) bundle.sources.push_back(source_file(compilation, id));
  bundle.module = *compilation.module;
  return bundle::write_bundle(std::move(bundle));
}

Status write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = fmt::format("{}.{}.new", path, ::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, std::strerror(errno));
  Status status = write_all(fd, bytes);
  if (::close(fd) != 0 && status) status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  if (status) return {};
  ::unlink(temporary.c_str());
  return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, status.error().message);
}

}  // namespace flow::driver
