// Look-ups of ended executions: threads, each with a connection of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "runtime/crypto/seal.h"
#include "runtime/store/lookups.h"
#include "runtime/store/postgres/connection.h"

namespace flow::store::postgres {

class PostgresLookups final : public Lookups {
 public:
  PostgresLookups(Target target, std::string name, std::size_t threads, const crypto::Keyring* keys);
  ~PostgresLookups() override;

  void execution(const core::ExecutionId& id, LookupDone<std::optional<EndedRow>> done) override;
  void find_key(std::uint8_t slot, std::uint64_t key, LookupDone<std::optional<EndedRow>> done) override;
  void list(EndedFilter filter, LookupDone<EndedPage> done) override;
  void each_key(SlotRange slots, std::function<void(KeyPortion)> portion, LookupDone<std::monostate> done) override;
  void each_ended(SlotRange slots, std::function<Status(const RowPortion&)> portion,
                  LookupDone<std::monostate> done) override;
  void forget_ended(SlotRange slots, Retention retention, std::int64_t now_ms, std::size_t limit,
                    LookupDone<std::size_t> done) override;
  void erase_party(std::uint64_t party, LookupDone<std::size_t> done) override;

 private:
  class Reader;
  // Null: the store is closing.
  using Job = std::move_only_function<void(Reader*)>;

  template <typename T, typename Work>
  void submit(LookupDone<T> done, Work work);
  void run();

  const Target target_;
  const std::string name_;
  const crypto::Keyring* const keys_;
  Interrupt interrupt_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace flow::store::postgres
