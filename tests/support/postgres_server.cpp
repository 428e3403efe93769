#include "tests/support/postgres_server.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/check.h"

namespace flow::testing_support {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";

std::string program(const std::string& name) {
  FLOW_CHECK(fs::exists(kPrograms + name), "PostgreSQL 15 is not installed: run scripts/setup");
  return kPrograms + name;
}

}  // namespace

PostgresServer::PostgresServer(std::vector<std::string> settings)
    : settings_(std::move(settings)), socket_(folder_.file("socket")) {
  const std::string data = folder_.file("data");
  fs::create_directory(socket_);
  fs::create_directory(data);
  if (::geteuid() == 0) {
    user_ = "postgres";
    const passwd* entry = ::getpwnam(user_.c_str());
    FLOW_CHECK(entry != nullptr, "there is no system user `postgres`");
    FLOW_CHECK(::chmod(folder_.path().c_str(), 0711) == 0 &&
               ::chown(socket_.c_str(), entry->pw_uid, entry->pw_gid) == 0 &&
               ::chown(data.c_str(), entry->pw_uid, entry->pw_gid) == 0);
  }
  const Outcome made = run_program(as_owner({program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E",
                                             "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"}),
                                   {}, seconds(120));
  FLOW_CHECK(made.exit_code == 0, "initdb failed: {}", made.output);
  start();
}

PostgresServer::~PostgresServer() {
  if (process_) kill();
}

std::vector<std::string> PostgresServer::as_owner(std::vector<std::string> command) const {
  if (user_.empty()) return command;
  std::vector<std::string> whole = {"/usr/bin/setpriv", "--reuid=" + user_, "--regid=" + user_, "--clear-groups",
                                    "--pdeathsig=KILL"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

void PostgresServer::start() {
  std::vector<std::string> command = {
      program("postgres"),   "-D", folder_.file("data"),   "-k", socket_, "-h", "", "-c", "fsync=on", "-c",
      "max_connections=200", "-c", "logging_collector=off"};
  for (const std::string& setting : settings_) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  // After a kill it refuses until the last backend of before has gone: tried again.
  for (int i = 0; i < 1200; ++i) {
    if (!process_) {
      auto process =
          Process::start({.arguments = as_owner(command), .environment = {}, .output_file = folder_.file("log")});
      FLOW_CHECK(process, "{}", process.error().message);
      process_ = std::move(*process);
    }
    if (run_program({program("pg_isready"), "-q", "-h", socket_}).exit_code == 0) return;
    if (process_->wait(milliseconds(50))) process_.reset();
  }
  FLOW_CHECK(false, "PostgreSQL did not start: {}", read_file(folder_.file("log")));
}

void PostgresServer::stop() {
  process_->send_signal(SIGINT);
  if (!process_->wait(seconds(30))) process_->kill();
  process_.reset();
}

void PostgresServer::kill() {
  process_->kill();
  process_.reset();
}

std::string PostgresServer::sql(const std::string& database, const std::string& text) {
  return run_program({program("psql"), "-h", socket_, "-U", "postgres", "-d", database, "-X", "-q", "-A", "-t", "-v",
                      "ON_ERROR_STOP=1", "-c", text})
      .output;
}

std::string PostgresServer::url(const std::string& database) {
  if (sql("postgres", "select 1 from pg_database where datname = '" + database + "'").empty()) {
    sql("postgres", "create database " + database);
  }
  return "postgres://postgres@/" + database + "?host=" + socket_;
}

}  // namespace flow::testing_support
