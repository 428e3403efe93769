// flowc verify BUNDLE: whether its certificate shows what its flows guarantee, without sources and without the prover.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "compiler/bundle/bundle.h"
#include "compiler/certificate/checker.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "numbers/numbers.h"

namespace flow::driver {
namespace {

std::string word(const nlohmann::json& one, const char* member) {
  const bool there = one.is_object() && one.contains(member) && one[member].is_string();
  return there ? one[member].get<std::string>() : "?";
}

// What the certificate says of guarantees that were proven and cannot be verified.
std::string unverified(const std::string& certificate) {
  std::string text;
  const auto read = nlohmann::json::parse(certificate, nullptr, false);
  for (const auto& flow : read.is_object() ? read.value("flows", nlohmann::json::array()) : nlohmann::json::array()) {
    if (!flow.is_object() || !flow.contains("unverified") || !flow.contains("flow") || !flow["flow"].is_string())
      continue;
    for (const auto& one : flow["unverified"])
      text += fmt::format("{}: `{}` is not verified: {}\n", flow["flow"].get<std::string>(), word(one, "guarantee"),
                          word(one, "because"));
  }
  return text;
}

int verify(const std::string& path) {
  const auto bytes = read_bundle_file(path);
  if (!bytes) return could_not_run(bytes.error());
  const auto bundle = bundle::read_bundle(*bytes);
  if (!bundle) return could_not_run(bundle.error());
  const Status holds =
      certificate::verify(bundle->module, bundle->certificate, bundle::receipts_within(bundle->declarations),
                          numbers::regions_with_codes());
  if (!holds) {
    could_not_run(holds.error());
    return kExitFindings;
  }
  std::string text;
  for (const ir::Flow& flow : bundle->module.flows)
    text += fmt::format("{}: {} guarantee{} verified\n", flow.info.name, flow.guarantees.size(),
                        flow.guarantees.size() == 1 ? "" : "s");
  text += unverified(bundle->certificate);
  const Status told = write_output(text);
  return told ? kExitOk : could_not_run(told.error());
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto path = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("verify", "Checks a bundle's certificate: what its flows guarantee holds");
  verb->add_option("BUNDLE", *path, "what `flowc build` wrote")->required();
  verb->callback([path, &action] { action = [path] { return verify(*path); }; });
}

}  // namespace flow::driver
