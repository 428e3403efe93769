// The tables of a shard with 1,000,000 entries, in random order: nanoseconds an operation and bytes an entry, beside
// what the standard library would take.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "runtime/tables/id_index.h"
#include "runtime/tables/key_tables.h"
#include "runtime/tables/order_list.h"
#include "runtime/tables/record_table.h"

namespace {

using namespace flow::tables;

constexpr std::uint32_t kCount = 1'000'000;

// Records of 60 to 200 bytes that begin with their id, and an order to visit them in.
struct Data {
  std::vector<std::uint32_t> order;
  std::vector<std::vector<std::uint8_t>> bytes;
  std::vector<std::uint64_t> keys;
  Data() : order(kCount), bytes(kCount), keys(kCount) {
    std::mt19937_64 random(1);
    for (std::uint32_t i = 0; i < kCount; ++i) {
      order[i] = i;
      bytes[i].resize(60 + random() % 141);
      for (std::size_t at = 0; at < 16; ++at) bytes[i][at] = static_cast<std::uint8_t>(random());
      keys[i] = random();
    }
    std::shuffle(order.begin(), order.end(), random);
  }
};
const Data& data() {
  static const Data data;
  return data;
}
Id id_of_bytes(RecordTable::Bytes bytes) {
  Id id{};
  std::copy_n(bytes.begin(), id.size(), id.begin());
  return id;
}
struct IdOf {
  const RecordTable* records;
  Id operator()(std::uint32_t handle) const { return id_of_bytes(records->get(handle)); }
};

// Of this thread, in seconds of CPU: what neighbours do is not counted.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double heap_bytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

// One operation on each entry.
void each(benchmark::State& state, const std::function<void()>& prepare,
          const std::function<void(std::uint32_t)>& run) {
  for (auto _ : state) {
    prepare();
    const double start = cpu_seconds();
    for (const std::uint32_t i : data().order) run(i);
    const double took = cpu_seconds() - start;
    state.SetIterationTime(took);
    state.counters["ns_each"] = took * 1e9 / kCount;
  }
}
void per_entry(benchmark::State& state, double bytes) {
  state.counters["bytes_an_entry"] = bytes / kCount;
}

void fill(RecordTable& table) {
  for (const auto& bytes : data().bytes) table.put(bytes);
}

void records_put(benchmark::State& state) {
  std::unique_ptr<RecordTable> table;
  each(state, [&] { table = std::make_unique<RecordTable>(); }, [&](std::uint32_t i) { table->put(data().bytes[i]); });
  double rounded = 0;
  for (const auto& bytes : data().bytes) rounded += static_cast<double>((bytes.size() + 15) / 16 * 16);
  per_entry(state, static_cast<double>(table->stats().allocated_bytes));
  state.counters["beside_rounded"] = (static_cast<double>(table->stats().allocated_bytes) - rounded) / kCount;
}
void records_get(benchmark::State& state) {
  RecordTable table;
  fill(table);
  each(state, [] {}, [&](std::uint32_t i) { benchmark::DoNotOptimize(table.get(i)[20]); });
}
void records_replace(benchmark::State& state) {
  RecordTable table;
  fill(table);
  each(state, [] {}, [&](std::uint32_t i) { table.replace(i, data().bytes[(i + 1) % kCount]); });
}
void records_erase(benchmark::State& state) {
  std::unique_ptr<RecordTable> table;
  each(state, [&] { fill(*(table = std::make_unique<RecordTable>())); }, [&](std::uint32_t i) { table->erase(i); });
}
void records_as_vectors(benchmark::State& state) {  // put
  std::vector<std::vector<std::uint8_t>> all;
  double before = 0;
  const auto prepare = [&] {
    all = {};
    before = heap_bytes();
    all.resize(kCount);
  };
  each(state, prepare, [&](std::uint32_t i) { all[i] = data().bytes[i]; });
  per_entry(state, heap_bytes() - before);
}

enum class Op { kInsert, kFind, kMiss, kErase };

template <Op op>
void ids(benchmark::State& state) {
  RecordTable records;
  fill(records);
  std::vector<Id> all(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) all[i] = id_of_bytes(data().bytes[i]);
  std::unique_ptr<IdIndex<IdOf>> index;
  const auto prepare = [&] {
    index = std::make_unique<IdIndex<IdOf>>(IdOf{&records});
    if (op != Op::kInsert) {
      for (std::uint32_t i = 0; i < kCount; ++i) index->insert(all[i], i);
    }
  };
  each(state, prepare, [&](std::uint32_t i) {
    if constexpr (op == Op::kInsert) index->insert(all[i], i);
    if constexpr (op == Op::kFind) benchmark::DoNotOptimize(index->find(all[i]));
    if constexpr (op == Op::kErase) benchmark::DoNotOptimize(index->erase(all[i]));
    if constexpr (op == Op::kMiss) {
      Id other = all[i];
      other[9] ^= 0x55;
      benchmark::DoNotOptimize(index->find(other));
    }
  });
  if (op == Op::kInsert) per_entry(state, static_cast<double>(index->allocated_bytes()));
}

// The longest single insert on the way from one to two million.
void ids_longest_insert(benchmark::State& state) {
  std::mt19937_64 random(3);
  std::vector<Id> all(2 * kCount);
  for (Id& id : all) {
    const std::uint64_t halves[2] = {random(), random()};
    std::memcpy(id.data(), halves, sizeof(halves));
  }
  const auto of = [&all](std::uint32_t handle) -> const Id& { return all[handle]; };
  double longest = 0;
  double sum = 0;
  for (auto _ : state) {
    IdIndex<decltype(of)> index(of);
    for (std::uint32_t i = 0; i < 2 * kCount; ++i) {
      const double start = cpu_seconds();
      index.insert(all[i], i);
      const double took = cpu_seconds() - start;
      if (i >= kCount) longest = std::max(longest, took);
      if (i >= kCount && i % 10'000 == 0) sum += static_cast<double>(index.allocated_bytes()) / i;
    }
    state.SetIterationTime(longest);
  }
  state.counters["mean_bytes_an_entry"] = sum / (kCount / 10'000.0);
}

struct HashId {
  std::size_t operator()(const Id& id) const {
    std::size_t value = 0;
    std::memcpy(&value, id.data() + 8, sizeof(value));
    return value;
  }
};
template <Op op>
void ids_unordered_map(benchmark::State& state) {
  std::vector<Id> all(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) all[i] = id_of_bytes(data().bytes[i]);
  std::unordered_map<Id, std::uint32_t, HashId> map;
  double before = 0;
  const auto prepare = [&] {
    map = {};
    before = heap_bytes();
    if (op != Op::kInsert) {
      for (std::uint32_t i = 0; i < kCount; ++i) map.emplace(all[i], i);
    }
  };
  each(state, prepare, [&](std::uint32_t i) {
    if constexpr (op == Op::kInsert) map.emplace(all[i], i);
    if constexpr (op == Op::kFind) benchmark::DoNotOptimize(map.find(all[i])->second);
    if constexpr (op == Op::kErase) map.erase(all[i]);
  });
  if (op == Op::kInsert) per_entry(state, heap_bytes() - before);
}

template <Op op>
void keys(benchmark::State& state) {
  const auto of = [](std::uint32_t i) { return data().keys[i]; };
  std::unique_ptr<KeyIndex<decltype(of)>> index;
  const auto prepare = [&] {
    index = std::make_unique<KeyIndex<decltype(of)>>(of);
    if (op != Op::kInsert) {
      for (std::uint32_t i = 0; i < kCount; ++i) index->insert(data().keys[i], i);
    }
  };
  each(state, prepare, [&](std::uint32_t i) {
    if constexpr (op == Op::kInsert) index->insert(data().keys[i], i);
    if constexpr (op == Op::kFind) benchmark::DoNotOptimize(index->find(data().keys[i]));
    if constexpr (op == Op::kMiss) benchmark::DoNotOptimize(index->find(data().keys[i] ^ 0x5555));
    if constexpr (op == Op::kErase) benchmark::DoNotOptimize(index->erase(data().keys[i]));
  });
  if (op == Op::kInsert) per_entry(state, static_cast<double>(index->allocated_bytes()));
}

// In ten generations.
template <Op op>
void history(benchmark::State& state) {
  std::unique_ptr<KeyHistory> all;
  const auto prepare = [&] {
    all = std::make_unique<KeyHistory>(kCount / 10);
    if (op != Op::kInsert) {
      for (std::uint32_t i = 0; i < kCount; ++i) all->insert(data().keys[i], i);
    }
  };
  each(state, prepare, [&](std::uint32_t i) {
    if constexpr (op == Op::kInsert) all->insert(data().keys[i], i);
    if constexpr (op == Op::kFind) benchmark::DoNotOptimize(all->maybe_contains(data().keys[i]));
    if constexpr (op == Op::kMiss) benchmark::DoNotOptimize(all->maybe_contains(data().keys[i] ^ 0x5555));
  });
  if (op == Op::kInsert) per_entry(state, static_cast<double>(all->allocated_bytes()));
}

template <Op op>
void order(benchmark::State& state) {
  std::unique_ptr<OrderList> list;
  const auto prepare = [&] {
    list = std::make_unique<OrderList>();
    if (op != Op::kInsert) {
      for (const std::uint32_t i : data().order) list->push_back(i);
    }
  };
  OrderList::Handle at = OrderList::kNone;
  each(state, prepare, [&](std::uint32_t i) {
    if constexpr (op == Op::kInsert) list->push_back(i);
    if constexpr (op == Op::kErase) list->erase((i + 7919) % kCount);
    if constexpr (op == Op::kFind) at = at == OrderList::kNone ? list->youngest() : list->older(at);
  });
  if (op == Op::kInsert) per_entry(state, static_cast<double>(list->allocated_bytes()));
}

#define TABLE(function) BENCHMARK(function)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond)
TABLE(records_put);
TABLE(records_get);
TABLE(records_replace);
TABLE(records_erase);
TABLE(records_as_vectors);
TABLE(ids<Op::kInsert>);
TABLE(ids<Op::kFind>);
TABLE(ids<Op::kMiss>);
TABLE(ids<Op::kErase>);
TABLE(ids_longest_insert);
TABLE(ids_unordered_map<Op::kInsert>);
TABLE(ids_unordered_map<Op::kFind>);
TABLE(ids_unordered_map<Op::kErase>);
TABLE(keys<Op::kInsert>);
TABLE(keys<Op::kFind>);
TABLE(keys<Op::kMiss>);
TABLE(keys<Op::kErase>);
TABLE(history<Op::kInsert>);
TABLE(history<Op::kFind>);
TABLE(history<Op::kMiss>);
TABLE(order<Op::kInsert>);
TABLE(order<Op::kFind>);
TABLE(order<Op::kErase>);

}  // namespace

BENCHMARK_MAIN();
