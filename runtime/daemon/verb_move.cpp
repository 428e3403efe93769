// flowd move: an embedded store's executions, bundles and keys into a PostgreSQL that holds nothing yet.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "runtime/daemon/offline_store.h"
#include "runtime/daemon/verb.h"
#include "runtime/service/image.h"
#include "runtime/store/log/folder.h"
#include "runtime/store/move.h"
#include "runtime/store/postgres/postgres.h"
#include "runtime/store/postgres/schema.h"

namespace flow::daemon {
namespace {

using std::chrono::steady_clock;
using store::MovedExecutions;

// The embedded store is read in parts of so much log, since the ids of a part are in memory.
constexpr std::uint64_t kBytesAPart = 512 << 20;
constexpr auto kSayEvery = std::chrono::seconds(2);

struct Options {
  std::string from;
  std::string to;
  std::string config_file;
  std::string release;
};

// A line on standard error now and then.
class Progress {
 public:
  explicit Progress(std::string_view doing) : doing_(doing) {}
  void operator()(const MovedExecutions& sum) {
    const auto now = steady_clock::now();
    if (now - said_ < kSayEvery) return;
    said_ = now;
    fmt::print(stderr, "flowd: {} {} executions that ended, {} that run; {} s\n", doing_, sum.ended, sum.running,
               std::chrono::duration_cast<std::chrono::seconds>(now - began_).count());
  }

 private:
  std::string_view doing_;
  steady_clock::time_point began_ = steady_clock::now();
  steady_clock::time_point said_ = began_;
};

Result<std::unique_ptr<store::Storage>> open_source(const store::log::Options& options) {
  const auto found = store::log::examine(store::log::posix_disk(), options.folder);
  if (!found) return std::unexpected(found.error());
  if (*found == store::log::FolderState::fresh) {
    return fail(ErrorCode::not_found, "{}: there is no store in it", options.folder);
  }
  return store::log::open(options);
}

Result<std::unique_ptr<store::postgres::PostgresStorage>> open_target(const Options& options,
                                                                      const config::Config& config,
                                                                      const crypto::Keyring* keys,
                                                                      std::array<std::uint8_t, 16> hash_key) {
  const config::Cluster own = config.cluster.value_or(config::Cluster());
  auto target = store::postgres::Target::parse(options.to, own.database_password.reveal());
  if (!target) return std::unexpected(target.error());
  store::postgres::PostgresOptions with;
  with.node_name = "flowd move";
  with.release = options.release;
  with.format = service::kImageVersion;
  with.lease = std::max(own.lease, std::chrono::milliseconds(10'000));
  with.shards = own.shards;
  with.writers = own.writers;
  with.shards_a_transaction = own.shards_a_transaction;
  with.keys = keys;
  with.allow_unsafe = own.allow_unsafe_database;
  with.moved_hash_key = hash_key;
  return store::postgres::PostgresStorage::open(std::move(*target), std::move(with));
}

Status same_registries(store::Registry& from, store::Registry& to) {
  const auto bundles = from.bundles();
  const auto moved = to.bundles();
  const auto published = from.published();
  const auto moved_published = to.published();
  for (const Error* error :
       {bundles ? nullptr : &bundles.error(), moved ? nullptr : &moved.error(),
        published ? nullptr : &published.error(), moved_published ? nullptr : &moved_published.error()}) {
    if (error != nullptr) return std::unexpected(*error);
  }
  bool same = *bundles == *moved && *published == *moved_published && from.hash_key() == to.hash_key();
  for (const store::RegisteredBundle& bundle : *bundles) {
    const auto bytes = from.bundle_bytes(bundle.number);
    if (!bytes) return std::unexpected(bytes.error());
    const auto other = to.bundle_bytes(bundle.number);
    if (!other) return std::unexpected(other.error());
    same = same && *bytes == *other;
  }
  if (!same) return fail(ErrorCode::data_loss, "the bundles in the database are not those of the folder");
  return {};
}

Result<MovedExecutions> carry(store::Storage& from, store::postgres::PostgresStorage& to) {
  if (Status taken = to.take_over(from.registry()); !taken) return std::unexpected(taken.error());
  const auto parts = static_cast<int>(std::clamp<std::uint64_t>(from.sizes().log_bytes / kBytesAPart + 1, 1, 256));
  Progress moving("moved");
  const auto moved =
      store::move_executions(from, store::postgres::divide_slots(parts), to, to.shards(), std::ref(moving));
  if (!moved) return moved;
  Progress reading("read back");
  const auto seen = store::sum_executions(to, to.shards(), std::ref(reading));
  if (!seen) return seen;
  if (*seen != *moved) {
    return fail(
        ErrorCode::data_loss,
        "the database has {} executions that ended and {} that run (checksum {:016x}), and {} and {} were moved "
        "(checksum {:016x})",
        seen->ended, seen->running, seen->checksum, moved->ended, moved->running, moved->checksum);
  }
  if (Status same = same_registries(from.registry(), to.registry()); !same) return std::unexpected(same.error());
  return moved;
}

// At no time do both stores serve: the folder refuses before the database does not.
Status hand_over(const Options& options, const std::string& shown, store::postgres::PostgresStorage& to) {
  store::log::Disk& disk = store::log::posix_disk();
  if (Status marked = store::log::mark_moved(disk, options.from, shown); !marked) return marked;
  Status finished = to.finish_move();
  if (!finished) static_cast<void>(store::log::unmark_moved(disk, options.from));
  return finished;
}

int move(const Options& options) {
  if (!store::postgres::is_postgres_url(options.to)) {
    return could_not_run("--to: give the URL of a PostgreSQL database, postgres://…; a folder is copied by `backup`");
  }
  const auto config = options.config_file.empty() ? config::Config() : offline_config(options.config_file);
  if (!config) return could_not_run(config.error());
  const auto where = offline_store(options.from, *config);
  if (!where) return could_not_run(where.error());
  const auto target = store::postgres::Target::parse(options.to, "");
  if (!target) return could_not_run(target.error());
  auto from = open_source(*where);
  if (!from) return could_not_run(from.error());
  auto to = open_target(options, *config, where->keys.get(), (*from)->registry().hash_key());
  if (!to) return could_not_run(to.error());
  const auto moved = carry(**from, **to);
  Status done = moved ? hand_over(options, target->shown(), **to) : Status(std::unexpected(moved.error()));
  if (!done) {
    return could_not_run(
        fmt::format("{} is as it was and can go on; the database has a part of it and is refused by flowd: run `drop "
                    "schema flowd cascade` there before moving again. The reason: {}",
                    options.from, done.error().message));
  }
  return print(
      fmt::format("moved {} executions that ended and {} that run to {}, and read them back: checksum {:016x}\n"
                  "start flowd with --store; {} will not be served any more, delete it when all is well\n",
                  moved->ended, moved->running, target->shown(), moved->checksum, options.from));
}

}  // namespace

void add_move(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  options->release = FLOW_VERSION;
  CLI::App* verb = app.add_subcommand("move", "move a store that is not in use from its folder to PostgreSQL");
  verb->add_option("--from", options->from, "folder of the store; it is left whole, and refused by `serve` afterwards")
      ->required();
  verb->add_option("--to", options->to,
                   "postgres://… of a database that has no installation of flowd, or an unused one")
      ->required();
  verb->add_option("--config", options->config_file,
                   "the configuration that the nodes will have: sealing keys and [cluster]");
  verb->footer(
      "All or nothing: until everything was read back and compared, the database is refused by `serve` and the folder "
      "is "
      "not. Progress is on standard error.\n"
      "Exit codes: 0 moved, 2 not moved (the reason is on standard error).");
  verb->callback([options, &action] { action = [options] { return move(*options); }; });
}

}  // namespace flow::daemon
