// Names that wait for their turn: a queue of chunks from a pool, so that a million grows without copying, and a steady
// coming and going allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/core/execution_id.h"

namespace flow::outbox {

struct Name {
  core::ExecutionId execution;
  std::uint32_t message = 0;
  friend auto operator<=>(const Name&, const Name&) = default;
  friend bool operator==(const Name&, const Name&) = default;
};

struct Ready {
  Name name;
  std::int64_t not_after_ms = 0;
  std::int64_t since_ms = 0;
};

struct ReadyChunk {
  std::unique_ptr<ReadyChunk> next;
  std::array<Ready, 101> items;
};

class ChunkPool {
 public:
  std::unique_ptr<ReadyChunk> take() {
    if (spare_.empty()) return std::make_unique<ReadyChunk>();
    auto chunk = std::move(spare_.back());
    spare_.pop_back();
    return chunk;
  }
  void give(std::unique_ptr<ReadyChunk> chunk) {
    if (spare_.size() < kSpareMax) spare_.push_back(std::move(chunk));
  }

 private:
  static constexpr std::size_t kSpareMax = 64;
  std::vector<std::unique_ptr<ReadyChunk>> spare_;
};

class ReadyQueue {
 public:
  ReadyQueue() = default;
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;
  ~ReadyQueue() {
    while (first_ != nullptr) first_ = std::move(first_->next);  // one by one: the chain may be long
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Ready& front() const { return first_->items[begin_]; }

  void push(ChunkPool& pool, const Ready& value) {
    if (last_ == nullptr) {
      first_ = pool.take();
      last_ = first_.get();
      begin_ = end_ = 0;
    } else if (end_ == last_->items.size()) {
      last_->next = pool.take();
      last_ = last_->next.get();
      end_ = 0;
    }
    last_->items[end_++] = value;
    ++size_;
  }

  void pop(ChunkPool& pool) {
    --size_;
    ++begin_;
    if (size_ != 0 && begin_ != first_->items.size()) return;
    auto used = std::move(first_);
    first_ = std::move(used->next);
    begin_ = 0;
    if (first_ == nullptr) last_ = nullptr;
    pool.give(std::move(used));
  }

 private:
  std::unique_ptr<ReadyChunk> first_;
  ReadyChunk* last_ = nullptr;
  std::size_t begin_ = 0;  // in the first chunk
  std::size_t end_ = 0;    // in the last one
  std::size_t size_ = 0;
};

}  // namespace flow::outbox
