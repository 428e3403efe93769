#include "runtime/store/postgres/registry.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>

#include "base/crc32c.h"
#include "runtime/store/postgres/schema.h"

namespace flow::store::postgres {

namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
// Two nodes that add at once take the same number, and one of them is refused: so many times in a row, never.
constexpr int kTriesMax = 20;
constexpr std::string_view kDuplicate = "23505";

constexpr Statement kMeta = {"meta", "select registry, clock_base_ms, clock_real_ms, clock_rate from flowd.meta"};
constexpr Statement kBundles = {"bundles", "select number, version, at_ms, flows from flowd.bundles order by number"};
constexpr Statement kFlows = {"flows", "select number, name from flowd.flows"};
constexpr Statement kPublished = {"published", "select flow, bundle, at_ms from flowd.published order by flow"};
constexpr Statement kBytesOf = {"bundle_bytes", "select bytes, checksum from flowd.bundles where number = $1"};
constexpr Statement kAddFlow = {"add_flow",
                                "insert into flowd.flows (number, name) select coalesce(max(number), 0) + 1, $1 from "
                                "flowd.flows on conflict (name) do nothing"};
constexpr Statement kAddBundle = {
    "add_bundle",
    "with added as (insert into flowd.bundles (number, version, at_ms, flows, checksum, bytes) "
    "select coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5 from flowd.bundles on conflict (version) do nothing "
    "returning number), "
    "counted as (update flowd.meta set registry = registry + 1 where one = 1 and exists (select from added) "
    "returning registry) select registry from counted"};
constexpr Statement kPublish = {
    "publish",
    "with put as (insert into flowd.published (flow, bundle, at_ms) values ($1, $2, $3) "
    "on conflict (flow) do update set bundle = excluded.bundle, at_ms = excluded.at_ms returning flow) "
    "update flowd.meta set registry = registry + 1 where one = 1 and exists (select from put) returning registry"};
// One clock for all: the first node's, until no other node lives.
constexpr Statement kSaveClock = {"save_clock",
                                  "update flowd.meta set clock_base_ms = $1, clock_real_ms = $2, clock_rate = $3 where "
                                  "one = 1 and (clock_rate = 0 or "
                                  "(select count(*) from flowd.nodes where seen > now() - interval '1 minute') <= 1)"};
// What is moved keeps its numbers.
constexpr Statement kTakeFlow = {"take_flow",
                                 "insert into flowd.flows (number, name) values ($1, $2) on conflict do nothing"};
constexpr Statement kTakeBundle = {"take_bundle",
                                   "insert into flowd.bundles (number, version, at_ms, flows, checksum, bytes) "
                                   "values ($1, $2, $3, $4, $5, $6) on conflict do nothing"};
constexpr Statement kTakeClock = {"take_clock",
                                  "update flowd.meta set clock_base_ms = $1, clock_real_ms = $2, clock_rate = $3"};
constexpr Statement kFinishMove = {"finish_move",
                                   "update flowd.meta set version = $1, registry = registry + 1 returning version"};

std::uint64_t count_of(const Rows& rows) {
  return rows.size() == 0 ? 0 : static_cast<std::uint64_t>(rows.integer(0, 0));
}

std::vector<std::uint32_t> numbers_in(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
  }
  return numbers;
}

}  // namespace

Result<Rows> PostgresRegistry::run(const Statement& statement, const Parameters& parameters) {
  auto rows = control_.run(statement, parameters, kPatience);
  if (rows) return std::move(*rows);
  if (rows.error().sqlstate == kDuplicate) return fail(ErrorCode::already_exists, "the number is taken");
  return std::unexpected(rows.error().error);
}

Status PostgresRegistry::begin() {
  const auto rows = run(kMeta, {});
  if (!rows) return std::unexpected(rows.error());
  saw_version(count_of(*rows));
  const std::scoped_lock lock(mutex_);
  clock_ = {rows->integer(0, 1), rows->integer(0, 2), std::bit_cast<double>(rows->integer(0, 3))};
  if (clock_.rate == 0) clock_ = {};
  return {};
}

void PostgresRegistry::saw_version(std::uint64_t version) {
  std::uint64_t seen = version_.load(std::memory_order_acquire);
  while (seen < version && !version_.compare_exchange_weak(seen, version, std::memory_order_acq_rel)) {
  }
}

Result<std::vector<RegisteredBundle>> PostgresRegistry::bundles() {
  const auto rows = run(kBundles, {});
  if (!rows) return std::unexpected(rows.error());
  const auto flows = run(kFlows, {});
  if (!flows) return std::unexpected(flows.error());
  std::map<std::uint32_t, std::string> names;
  for (int row = 0; row < flows->size(); ++row) {
    names[static_cast<std::uint32_t>(flows->integer(row, 0))] = flows->text(row, 1);
  }
  std::vector<RegisteredBundle> bundles;
  for (int row = 0; row < rows->size(); ++row) {
    RegisteredBundle bundle;
    bundle.number = static_cast<std::uint32_t>(rows->integer(row, 0));
    bundle.version = rows->text(row, 1);
    bundle.at_ms = rows->integer(row, 2);
    for (const std::uint32_t number : numbers_in(rows->bytes(row, 3))) bundle.flows.push_back({number, names[number]});
    bundles.push_back(std::move(bundle));
  }
  return bundles;
}

Result<std::vector<PublishedFlow>> PostgresRegistry::published() {
  const auto rows = run(kPublished, {});
  if (!rows) return std::unexpected(rows.error());
  std::vector<PublishedFlow> all;
  for (int row = 0; row < rows->size(); ++row) {
    all.push_back({rows->text(row, 0), rows->text(row, 1), rows->integer(row, 2)});
  }
  return all;
}

Result<std::string> PostgresRegistry::bundle_bytes(std::uint32_t number) {
  const auto rows = run(kBytesOf, Parameters().int4(static_cast<std::int32_t>(number)));
  if (!rows) return std::unexpected(rows.error());
  if (rows->size() == 0) return fail(ErrorCode::not_found, "the database has no bundle {}", number);
  if (crc32c(rows->bytes(0, 0)) != rows->integer(0, 1)) {
    return fail(ErrorCode::data_loss, "bundle {} is damaged in the database", number);
  }
  return rows->text(0, 0);
}

Status PostgresRegistry::name_flow(const std::string& name) {
  for (int i = 0; i < kTriesMax; ++i) {
    const auto rows = run(kAddFlow, Parameters().text(name));
    if (rows) return {};
    if (rows.error().code != ErrorCode::already_exists) return std::unexpected(rows.error());
  }
  return fail(ErrorCode::unavailable, "too many nodes name flows at once");
}

Result<RegisteredBundle> PostgresRegistry::deploy(std::string_view version, std::string_view bytes,
                                                  const std::vector<std::string>& flows, std::int64_t at_ms,
                                                  bool* known) {
  for (const std::string& flow : flows) {
    if (const Status named = name_flow(flow); !named) return std::unexpected(named.error());
  }
  const auto names = run(kFlows, {});
  if (!names) return std::unexpected(names.error());
  std::vector<std::string> numbers;
  for (const std::string& flow : flows) {
    for (int row = 0; row < names->size(); ++row) {
      if (names->bytes(row, 1) == flow) numbers.push_back(std::to_string(names->integer(row, 0)));
    }
  }
  *known = true;
  for (int i = 0; i < kTriesMax; ++i) {
    const auto added = run(kAddBundle, Parameters()
                                           .text(version)
                                           .int8(at_ms)
                                           .text(fmt::format("{}", fmt::join(numbers, ",")))
                                           .int8(crc32c(bytes))
                                           .bytes(bytes));
    if (!added && added.error().code == ErrorCode::already_exists) continue;
    if (!added) return std::unexpected(added.error());
    if (added->size() > 0) *known = false;
    saw_version(count_of(*added));
    break;
  }
  const auto all = bundles();
  if (!all) return std::unexpected(all.error());
  const auto found = std::ranges::find(*all, version, &RegisteredBundle::version);
  if (found == all->end()) return fail(ErrorCode::unavailable, "too many nodes deploy at once");
  return *found;
}

Status PostgresRegistry::publish(const PublishedFlow& row) {
  const auto rows = run(kPublish, Parameters().text(row.flow).text(row.bundle).int8(row.at_ms));
  if (!rows) return std::unexpected(rows.error());
  saw_version(count_of(*rows));
  return {};
}

core::ClockBase PostgresRegistry::saved_clock() const {
  const std::scoped_lock lock(mutex_);
  return clock_;
}

Status PostgresRegistry::save_clock(const core::ClockBase& base) {
  Parameters parameters;
  parameters.int8(base.base_ms).int8(base.base_real_ms).real(base.rate);
  if (const auto rows = run(kSaveClock, parameters); !rows) return std::unexpected(rows.error());
  return begin();
}

// ---- A store that is moved here

Status PostgresRegistry::take_bundle(Registry& from, const RegisteredBundle& bundle) {
  std::vector<std::string> numbers;
  for (const RegisteredFlow& flow : bundle.flows) {
    const auto taken = run(kTakeFlow, Parameters().int4(static_cast<std::int32_t>(flow.number)).text(flow.name));
    if (!taken) return std::unexpected(taken.error());
    numbers.push_back(std::to_string(flow.number));
  }
  const Result<std::string> bytes = from.bundle_bytes(bundle.number);
  if (!bytes) return std::unexpected(bytes.error());
  const auto taken = run(kTakeBundle, Parameters()
                                          .int4(static_cast<std::int32_t>(bundle.number))
                                          .text(bundle.version)
                                          .int8(bundle.at_ms)
                                          .text(fmt::format("{}", fmt::join(numbers, ",")))
                                          .int8(crc32c(*bytes))
                                          .bytes(*bytes));
  if (!taken) return std::unexpected(taken.error());
  return {};
}

Status PostgresRegistry::take_over(Registry& from) {
  const auto bundles = from.bundles();
  if (!bundles) return std::unexpected(bundles.error());
  for (const RegisteredBundle& bundle : *bundles) {
    if (const Status taken = take_bundle(from, bundle); !taken) return taken;
  }
  const auto published = from.published();
  if (!published) return std::unexpected(published.error());
  for (const PublishedFlow& row : *published) {
    if (const Status taken = publish(row); !taken) return taken;
  }
  const core::ClockBase clock = from.saved_clock();
  const auto kept = run(kTakeClock, Parameters().int8(clock.base_ms).int8(clock.base_real_ms).real(clock.rate));
  if (!kept) return std::unexpected(kept.error());
  return begin();
}

Status PostgresRegistry::finish_move() {
  const auto rows = run(kFinishMove, Parameters().int4(kSchemaVersion));
  if (!rows) return std::unexpected(rows.error());
  saw_version(version() + 1);
  return {};
}

}  // namespace flow::store::postgres
