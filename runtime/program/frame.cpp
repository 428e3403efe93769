#include "runtime/program/frame.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace flow::program {
namespace {
constexpr std::size_t kChunkBytes = 4096;
constexpr std::size_t kKeptChunks = 6;  // 256 KiB, unless one text was larger
}  // namespace

char* Arena::allocate(std::size_t bytes) {
  while (chunk_ < chunks_.size() && sizes_[chunk_] - used_ < bytes) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const std::size_t size = std::max(bytes, kChunkBytes << std::min<std::size_t>(chunk_, 8));
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    sizes_.push_back(size);
    used_ = 0;
  }
  char* place = chunks_[chunk_].get() + used_;
  used_ += bytes;
  allocated_ += bytes;
  return place;
}

FlowText Arena::copy(std::string_view text) {
  if (text.empty()) return {"", 0};
  char* place = allocate(text.size());
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void Arena::reset() {
  if (chunks_.size() > kKeptChunks) {
    chunks_.resize(kKeptChunks);
    sizes_.resize(kKeptChunks);
  }
  allocated_ = 0;
  chunk_ = 0;
  used_ = 0;
}

Frame::Frame(RegionLookup lookup) : region_of_(lookup) {
  FLOW_CHECK(lookup != nullptr);
  raw_.host = this;
}

void Frame::reset(const FlowInfo& info) {
  info_ = &info;
  arena_.reset();
  texts_before_ = 0;
  effects_.clear();
  messages_.clear();
  fields_.assign(info.fields.size(), FlowField{0, {"", 0}, 0});
  counters_.assign(info.counters, 0);
  raw_ = FlowFrame{};
  raw_.fields = fields_.data();
  raw_.counters = counters_.data();
  std::fill(std::begin(raw_.deadlines), std::end(raw_.deadlines), kNever);
  raw_.resting = kNotStarted;
  raw_.current_message = kNoMessage;
  raw_.current_operation = kNoOperation;
  raw_.end_outcome = -1;
  raw_.host = this;
}

void Frame::set_text(std::size_t field, std::string_view value) {
  FLOW_CHECK(field < fields_.size() && is_text(info_->fields[field].type), "field {}", field);
  fields_[field] = FlowField{0, arena_.copy(value), 1};
}

void Frame::set_scalar(std::size_t field, std::int64_t value) {
  FLOW_CHECK(field < fields_.size() && !is_text(info_->fields[field].type), "field {}", field);
  fields_[field] = FlowField{value, {"", 0}, 1};
}

std::int64_t Frame::next_deadline(Timer* timer) const {
  const auto* earliest = std::min_element(std::begin(raw_.deadlines), std::end(raw_.deadlines));
  if (timer != nullptr && *earliest != kNever) *timer = static_cast<Timer>(earliest - std::begin(raw_.deadlines));
  return *earliest;
}

}  // namespace flow::program
