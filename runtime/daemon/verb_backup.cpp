// flowd backup and flowd restore: a copy of a store, and a store from a copy.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "runtime/daemon/control.h"
#include "runtime/daemon/offline_store.h"
#include "runtime/daemon/verb.h"
#include "runtime/store/log/folder.h"

namespace flow::daemon {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string data_folder;
  std::string other_folder;  // --to, --from
  std::string config_file;
};

int backup(const Options& options) {
  std::error_code error;
  const std::string to = fs::absolute(options.other_folder, error).lexically_normal().string();
  if (error || to.find('\n') != std::string::npos) return could_not_run("--to: not the name of a folder");
  if (const auto asked = ask_control(options.data_folder, "backup", to)) {
    if (!*asked) return could_not_run(asked->error());
    return print(fmt::format("copied {}, which flowd has open, to {}\n", options.data_folder, to));
  }
  const auto where = offline_store(options.data_folder, options.config_file);
  if (!where) return could_not_run(where.error());
  const auto found = store::log::examine(store::log::posix_disk(), options.data_folder);
  if (!found) return could_not_run(found.error());
  if (*found == store::log::FolderState::fresh) return could_not_run(options.data_folder + ": there is no store in it");
  auto store = store::log::open(*where);
  if (!store) return could_not_run(store.error());
  if (Status copied = (*store)->backup(to); !copied) return could_not_run(copied.error());
  return print(fmt::format("copied {}, which no flowd has open, to {}\n", options.data_folder, to));
}

Status sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool good = file >= 0 && ::fsync(file) == 0;
  const int why = errno;
  if (file >= 0) ::close(file);
  if (good) return {};
  return fail(ErrorCode::io_error, "{}: {}", path.string(), std::strerror(why));
}

Status copy_synced(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return fail(ErrorCode::io_error, "{}: {}", to.string(), error.message());
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
  return sync(to);
}

// The registry last: without it the folder is no store, whenever this ends.
Status copy_store(const fs::path& from, const fs::path& to) {
  const fs::path log = store::log::kLogFolder;
  std::error_code error;
  fs::create_directory(to / log, error);
  if (error) return fail(ErrorCode::io_error, "{}: {}", (to / log).string(), error.message());
  fs::permissions(to / log, fs::perms::owner_all, error);
  for (const auto& entry : fs::directory_iterator(from / log, error)) {
    if (Status done = copy_synced(entry.path(), to / log / entry.path().filename()); !done) return done;
  }
  if (error) return fail(ErrorCode::io_error, "{}: {}", (from / log).string(), error.message());
  if (Status done = sync(to / log); !done) return done;
  for (const char* name : {store::log::kLookupName, store::log::kRegistryName}) {
    if (Status done = copy_synced(from / name, to / name); !done) return done;
  }
  return sync(to);
}

void remove_copy(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : {store::log::kRegistryName, store::log::kLookupName, store::log::kLogFolder}) {
    fs::remove_all(folder / name, ignored);
  }
}

int restore(const Options& options) {
  std::error_code error;
  const auto from = offline_store(options.other_folder, options.config_file);
  if (!from) return could_not_run(from.error());
  if (fs::exists(options.data_folder, error) && !fs::is_empty(options.data_folder, error)) {
    return could_not_run(
        fmt::format("{} is not empty; a store is restored into a folder that is, or does not exist: move it away first",
                    options.data_folder));
  }
  const auto whole = store::log::verify(*from);
  if (!whole && whole.error().code == ErrorCode::data_loss) return not_well(whole.error().message);
  if (!whole) return could_not_run(whole.error());
  fs::create_directory(options.data_folder, error);
  fs::permissions(options.data_folder, fs::perms::owner_all, error);
  if (error) return could_not_run(fmt::format("{}: {}", options.data_folder, error.message()));
  Status done = copy_store(options.other_folder, options.data_folder);
  if (done) {
    store::log::Options copy = *from;
    copy.folder = options.data_folder;
    const auto seen = store::log::verify(copy);
    if (!seen) done = std::unexpected(seen.error());
  }
  if (!done) {
    remove_copy(options.data_folder);
    return could_not_run(fmt::format("nothing was restored: {}", done.error().message));
  }
  return print(fmt::format("restored {} records and {} ended executions to {}; start flowd on it\n", whole->records,
                           whole->ended, options.data_folder));
}

}  // namespace

void add_backup(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("backup", "copy a store, also while a flowd works on it");
  verb->add_option("--data", options->data_folder, "folder of the store")->required();
  verb->add_option("--to", options->other_folder, "folder for the copy: missing or empty")->required();
  verb->add_option("--config", options->config_file,
                   "the configuration that has the store's sealing keys; needed when no flowd has the store open");
  verb->footer(
      "The copy is the store as it was at one instant. A running flowd writes it, so its user must be allowed to.\n"
      "Exit codes: 0 copied, 2 not copied (the reason is on standard error).");
  verb->callback([options, &action] { action = [options] { return backup(*options); }; });
}

void add_restore(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("restore", "make a store from a copy");
  verb->add_option("--from", options->other_folder, "what `flowd backup` wrote")->required();
  verb->add_option("--data", options->data_folder, "folder for the store: missing or empty")->required();
  verb->add_option("--config", options->config_file, "the configuration that has the store's sealing keys");
  verb->footer(
      "Reads every byte of the copy before, and of the store after. What was sent since the copy was made is not "
      "known\n"
      "to it and may be sent again.\n"
      "Exit codes: 0 restored, 1 the copy is damaged, 2 not restored (the reason is on standard error).");
  verb->callback([options, &action] { action = [options] { return restore(*options); }; });
}

}  // namespace flow::daemon
