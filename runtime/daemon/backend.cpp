#include "runtime/daemon/backend.h"

#include <filesystem>
#include <utility>

#include "runtime/cluster/cluster_service.h"
#include "runtime/cluster/http_peers.h"
#include "runtime/service/image.h"
#include "runtime/store/log/log.h"
#include "runtime/store/postgres/postgres.h"

namespace flow::daemon {

namespace {

using std::chrono::milliseconds;

class Alone final : public Backend {
 public:
  explicit Alone(std::unique_ptr<store::Storage> storage) : storage_(std::move(storage)) {}

  store::Storage& storage() override { return *storage_; }
  void prepare(service::LocalOptions&) override {}
  service::Service& join(service::LocalService& local) override { return local; }
  Result<std::function<void()>> read_certificate_again() override {
    return [] {};
  }
  void leave(milliseconds) override {}
  void end() override {}

 private:
  std::unique_ptr<store::Storage> storage_;
};

class Together final : public Backend {
 public:
  Together(std::unique_ptr<cluster::HttpPeers> peers, std::unique_ptr<store::postgres::PostgresStorage> storage,
           std::shared_ptr<const crypto::Keyring> keys)
      : keys_(std::move(keys)), storage_(std::move(storage)), peers_(std::move(peers)) {}
  ~Together() override { end(); }

  store::Storage& storage() override { return *storage_; }

  void prepare(service::LocalOptions& options) override {
    options.shards = 0;
    options.on_lost = [this](store::SlotRange slots) {
      if (cluster_) cluster_->lost(slots);
    };
  }

  service::Service& join(service::LocalService& local) override {
    cluster_ = cluster::ClusterService::join(
        {.local = local,
         .open_shard = [&local](store::SlotRange slots) { return local.open_shard(slots); },
         .close_shard = [&local](store::SlotRange slots) { return local.close_shard(slots); },
         .membership = *storage_,
         .registry = storage_->registry(),
         .peers = *peers_,
         .metrics = local.metric_set()});
    local.asks_through(cluster_.get());
    peers_->answer_with([this](std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done) {
      cluster_->answer_peer(calls, std::move(done));
    });
    local_ = &local;
    return *cluster_;
  }

  Result<std::function<void()>> read_certificate_again() override { return peers_->read_certificate_again(); }

  void leave(milliseconds most) override {
    if (cluster_) cluster_->stop(most);
  }

  void end() override {
    if (peers_) peers_->answer_with({});
    if (local_ != nullptr) std::exchange(local_, nullptr)->asks_through(nullptr);
    if (cluster_) cluster_->stop(milliseconds(0));
    peers_.reset();
    cluster_.reset();
  }

 private:
  std::shared_ptr<const crypto::Keyring> keys_;
  std::unique_ptr<store::postgres::PostgresStorage> storage_;
  std::unique_ptr<cluster::HttpPeers> peers_;
  std::unique_ptr<cluster::ClusterService> cluster_;
  service::LocalService* local_ = nullptr;  // that goes through the cluster
};

std::string own_url(const config::Cluster& config, std::uint16_t port) {
  if (!config.advertise.empty()) return config.advertise;
  const bool ipv6 = config.address.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", config.tls_certificate.empty() ? "http" : "https",
                     ipv6 ? "[" + config.address + "]" : config.address, port);
}

Result<std::unique_ptr<Backend>> open_together(const BackendOptions& options, const config::Config& config,
                                               std::shared_ptr<const crypto::Keyring> keys) {
  if (!config.cluster) {
    return fail(ErrorCode::invalid_argument,
                "a store that nodes share needs [cluster] in the configuration, with a `token` that all nodes have");
  }
  std::error_code error;
  std::filesystem::create_directory(options.data_folder, error);  // for object code alone
  if (error) return fail(ErrorCode::io_error, "{} cannot be made: {}", options.data_folder, error.message());
  const config::Cluster& own = *config.cluster;
  auto target = store::postgres::Target::parse(options.store, own.database_password.reveal());
  if (!target) return std::unexpected(target.error());
  auto peers = cluster::HttpPeers::start({.address = own.address,
                                          .port = own.port,
                                          .token = own.token.reveal(),
                                          .tls_certificate_file = own.tls_certificate,
                                          .tls_key_file = own.tls_key,
                                          .authorities_file = own.authorities});
  if (!peers) return std::unexpected(peers.error());
  store::postgres::PostgresOptions with;
  with.node_name = own.node;
  with.address = own_url(own, (*peers)->port());
  with.release = options.release;
  with.format = options.format;
  with.lease = own.lease;
  with.shards = own.shards;
  with.writers = own.writers;
  with.shards_a_transaction = own.shards_a_transaction;
  with.keys = keys.get();
  with.allow_unsafe = own.allow_unsafe_database;
  auto storage = store::postgres::PostgresStorage::open(std::move(*target), std::move(with));
  if (!storage) return std::unexpected(storage.error());
  return std::make_unique<Together>(std::move(*peers), std::move(*storage), std::move(keys));
}

}  // namespace

Result<std::unique_ptr<Backend>> Backend::open(const BackendOptions& options, const config::Config& config,
                                               std::shared_ptr<const crypto::Keyring> keys) {
  if (!options.store.empty()) return open_together(options, config, std::move(keys));
  store::log::Options where;
  where.folder = options.data_folder;
  where.keys = std::move(keys);
  auto storage = store::log::open(where);
  if (!storage) return std::unexpected(storage.error());
  return std::make_unique<Alone>(std::move(*storage));
}

}  // namespace flow::daemon
