#include "runtime/daemon/reload.h"

#include <ctime>

#include <fmt/format.h>

#include "runtime/core/log.h"
#include "runtime/daemon/notify.h"

namespace flow::daemon {
namespace {

core::log::Level level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return core::log::Level::debug;
    case config::LogLevel::info:
      return core::log::Level::info;
    case config::LogLevel::warning:
      return core::log::Level::warning;
    case config::LogLevel::error:
      return core::log::Level::error;
  }
  return core::log::Level::info;
}

// systemd matches what begins with what ends by this time.
std::string reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return fmt::format("RELOADING=1\nMONOTONIC_USEC={}", std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

void apply_log(const config::Config& config) {
  core::log::set_level(level_of(config.log_level));
}

service::Retention retention_of(const config::Retention& configured) {
  const auto ms = [](std::chrono::hours hours) { return std::chrono::milliseconds(hours).count(); };
  service::Retention retention;
  retention.usual_ms = ms(configured.usual);
  for (const auto& [flow, hours] : configured.by_flow) retention.by_flow.emplace(flow, ms(hours));
  retention.idempotency_key_ms = ms(configured.idempotency_keys);
  return retention;
}

Status Reloader::take_over(config::Config wanted) {
  if (const auto problems = config::restart_needed(running_, wanted); !problems.empty()) {
    return fail(ErrorCode::failed_precondition, "{}", fmt::join(problems, "; "));
  }
  const auto certificate = parts_.ingress.read_certificate_again();
  if (!certificate) return std::unexpected(certificate.error());
  const auto peers_certificate = parts_.backend.read_certificate_again();
  if (!peers_certificate) return std::unexpected(peers_certificate.error());
  if (parts_.keys != nullptr) {
    if (Status done = parts_.keys->replace(wanted.sealing_keys); !done) return done;
  }
  // From here on nothing is refused. Keys came first: what the new channels sign can be read back.
  (*certificate)();
  (*peers_certificate)();
  parts_.channels.reload(wanted);
  parts_.operations.reload(wanted);
  parts_.service.channels_changed();
  parts_.service.set_retention(retention_of(wanted.retention));
  parts_.ingress.reload(wanted);
  apply_log(wanted);
  running_ = std::move(wanted);
  return {};
}

void Reloader::reload() {
  notify_manager(reloading());
  Result<config::Config> wanted = parts_.read();
  const Status done = wanted ? take_over(*std::move(wanted)) : Status(std::unexpected(wanted.error()));
  if (done) {
    core::log::info("configuration_reloaded", {{"tokens", static_cast<std::int64_t>(running_.tokens.size())},
                                               {"channels", static_cast<std::int64_t>(running_.channels.size())}});
  } else {
    core::log::error("configuration_refused", {{"error", done.error().message},
                                               {"remedy", std::string("mend the file and reload again; until then "
                                                                      "flowd goes on with the configuration it has")}});
  }
  notify_manager("READY=1");
}

}  // namespace flow::daemon
