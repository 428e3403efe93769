#include "compiler/driver/build.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/bundle/bundle.h"
#include "compiler/certificate/checker.h"
#include "compiler/ir/starts.h"
#include "compiler/ir/text.h"
#include "compiler/prove/certify.h"
#include "numbers/numbers.h"
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

}  // namespace

std::string declarations_json(const check::Workspace& workspace) {
  Json json;
  json["version"] = 1;
  if (!workspace.environment.empty()) json["environment"] = workspace.environment;
  json["channels"] = Json::array();
  for (const check::Channel& channel : workspace.channels) json["channels"].push_back(channel_json(channel));
  json["templates"] = Json::array();
  for (const check::Template& one : workspace.templates) json["templates"].push_back(template_json(workspace, one));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

// The flow and all that it starts, in turn; the flow is the first.
std::vector<std::uint32_t> together(const ir::Starts& starts, std::uint32_t flow) {
  std::vector<std::uint32_t> places = {flow};
  for (std::size_t i = 0; i < places.size(); ++i)
    for (const ir::Starts::Site& site : starts.of[places[i]].sites)
      if (site.flow != ir::Starts::kNone && std::ranges::count(places, site.flow) == 0) places.push_back(site.flow);
  return places;
}

// Takes those guarantees out of the flow that the proofs do not show, and names them: the prover has proven more than
// the checker can follow. `made`: the certificates of all flows.
Json take_unverified(ir::Module& module, const ir::Starts& starts, std::uint32_t flow, const Json& made,
                     const certificate::ReceiptsWithin& within, const ir::Numbers& numbers) {
  Json unverified = Json::array();
  if (module.flows[flow].guarantees.empty()) return unverified;
  ir::Module part;
  Json parts = Json::array();
  for (const std::uint32_t place : together(starts, flow)) {
    part.flows.push_back(module.flows[place]);
    part.flows.back().guarantees.clear();
    parts.push_back(made[place]);
  }
  const std::string certificate = Json{{"flows", std::move(parts)}}.dump();
  std::erase_if(module.flows[flow].guarantees, [&](const ir::Guarantee& guarantee) {
    part.flows[0].guarantees = {guarantee};
    const Status verified = certificate::verify(part, certificate, within, numbers);
    if (!verified)
      unverified.push_back(
          {{"guarantee", ir::question_text(part.flows[0], guarantee)}, {"because", verified.error().message}});
    return !verified;
  });
  return unverified;
}

}  // namespace

std::string certificate_json(const CheckedWorkspace& checked, ir::Module& module) {
  Json json;
  json["version"] = 1;
  json["flows"] = Json::array();
  const ir::Numbers numbers = numbers::regions_with_codes();
  certificate::ReceiptsWithin within;
  for (const check::Channel& channel : checked.workspace->channels) within[channel.name] = channel.receipts_within_ms;
  const std::vector<std::string> proofs = prove::make_proofs(*checked.workspace, module, numbers, within);
  for (std::size_t i = 0; i < checked.certificates.size(); ++i) {
    json["flows"].push_back(Json::parse(prove::to_json(*checked.workspace->flows[i], checked.certificates[i])));
    json["flows"].back()["proofs"] = Json::parse(proofs[i]);
  }
  const ir::Starts starts = ir::starts_of(module);
  for (std::uint32_t i = 0; i < module.flows.size(); ++i)
    json["flows"][i]["unverified"] = take_unverified(module, starts, i, json["flows"], within, numbers);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

// Whether a runtime can run all of it.
Status deployable(const check::Workspace& workspace) {
  for (const auto& flow : workspace.flows) {
    if (flow->foreign_trigger)
      return fail(ErrorCode::failed_precondition, "F0908: `{}` is not deployable: its trigger is of another system",
                  flow->name);
    for (const check::Step& step : flow->steps) {
      if (std::holds_alternative<check::Extern>(step.body))
        return fail(ErrorCode::failed_precondition, "F0908: `{}` is not deployable: `{}` is of another system",
                    flow->name, step.name);
    }
  }
  return {};
}

}  // namespace

Result<std::string> make_bundle(const Compilation& compilation) {
  if (Status status = deployable(*compilation.checked.workspace); !status) return std::unexpected(status.error());
  bundle::Bundle bundle;
  bundle.compiler = std::string("flowc ") + FLOW_VERSION;
  bundle.declarations = declarations_json(*compilation.checked.workspace);
  bundle.module = *compilation.module;
  bundle.certificate = certificate_json(compilation.checked, bundle.module);
  bundle.sources.push_back(source_file(compilation, compilation.files.workspace));
  for (const source::FileId id : compilation.files.flows) bundle.sources.push_back(source_file(compilation, id));
  return bundle::write_bundle(std::move(bundle));
}

}  // namespace flow::driver
