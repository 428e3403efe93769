// The contracts of stores on PostgreSQL, with the images sealed and not.
#include "runtime/store/postgres/postgres.h"
#include "tests/support/postgres_server.h"
#include "tests/support/storage_contract.h"

namespace flow::store {
namespace {

testing_support::PostgresServer& server() {
  static testing_support::PostgresServer one;
  return one;
}

class PostgresUnderTest final : public StorageUnderTest {
 public:
  explicit PostgresUnderTest(bool sealed, std::size_t shards_a_transaction)
      : shards_a_transaction_(shards_a_transaction) {
    static int number = 0;
    url_ = server().url("contract" + std::to_string(++number));
    if (sealed) keys_.emplace(*crypto::Keyring::make({{"k1", std::string(crypto::kSealingKeyBytes, 'k')}}));
  }

  std::unique_ptr<Storage> open() override {
    postgres::PostgresOptions options;
    options.node_name = "contract";
    options.shards = 4;
    options.shards_a_transaction = shards_a_transaction_;
    options.keys = keys_ ? &*keys_ : nullptr;
    auto storage = postgres::PostgresStorage::open(*postgres::Target::parse(url_, ""), options);
    EXPECT_TRUE(storage) << (storage ? "" : storage.error().message);
    return storage ? std::move(*storage) : nullptr;
  }
  std::vector<SlotRange> ranges() const override { return {{0, 63}, {64, 127}, {128, 191}, {192, 255}}; }

 private:
  std::string url_;
  std::size_t shards_a_transaction_;
  std::optional<crypto::Keyring> keys_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, StorageContract,
                         testing::Values([] { return std::make_unique<PostgresUnderTest>(false, 0); },
                                         [] { return std::make_unique<PostgresUnderTest>(true, 1); }),
                         [](const auto& each) { return each.index == 0 ? "Plain" : "Sealed"; });

}  // namespace
}  // namespace flow::store
