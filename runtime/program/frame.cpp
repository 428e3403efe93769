#include "runtime/program/frame.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"
#include "runtime/program/inlined.h"

namespace flow::program {
namespace {
constexpr std::size_t kChunkBytes = 4096;
constexpr std::size_t kKeptChunks = 6;  // 256 KiB, unless one text was larger
constexpr std::size_t kFewEffects = 16;
constexpr std::size_t kFewOperands = 64;
constexpr std::size_t kFewMessages = 4;
}  // namespace

char* Arena::allocate(std::size_t bytes) {
  if (static_cast<std::size_t>(space_->end - space_->next) < bytes) make_room(bytes);
  char* place = space_->next;
  space_->next += bytes;
  space_->made += bytes;
  return place;
}

void Arena::make_room(std::size_t bytes) {
  if (space_->next != nullptr) ++chunk_;
  while (chunk_ < chunks_.size() && sizes_[chunk_] < bytes) ++chunk_;
  if (chunk_ == chunks_.size()) {
    const std::size_t size = std::max(bytes, kChunkBytes << std::min<std::size_t>(chunk_, 8));
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    sizes_.push_back(size);
  }
  space_->next = chunks_[chunk_].get();
  space_->end = space_->next + sizes_[chunk_];
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
  chunk_ = 0;
  *space_ = FlowSpace{};
  if (chunks_.empty()) return;
  space_->next = chunks_[0].get();
  space_->end = space_->next + sizes_[0];
}

Frame::Frame(RegionLookup lookup) : region_of_(lookup), arena_(host_.texts) {
  FLOW_CHECK(lookup != nullptr);
  raw_effects_.resize(kFewEffects);
  operands_.emplace_back(kFewOperands);
  messages_.resize(kFewMessages);
  host_.owner = this;
  raw_.host = &host_;
  arena_.make_room(1);  // so that a text of nothing has a place, too
  clear_effects();
}

void Frame::reset(const FlowInfo& info) {
  info_ = &info;
  arena_.reset();
  clear_effects();
  host_.expires_ms = info.expires_ms;
  const std::size_t bytes = sizeof(FlowRest) + info.fields.size() * sizeof(FlowField);
  if (lines_.size() * sizeof(Line) < bytes) lines_.resize((bytes + sizeof(Line) - 1) / sizeof(Line));
  counters_.assign(info.counters, 0);
  auto* rest = new (lines_.data()) FlowRest{};
  rest->counters = counters_.data();
  rest->messages = messages_.data();
  rest->message_capacity = static_cast<std::uint32_t>(messages_.size());
  rest->current_operation = kNoOperation;
  rest->end_outcome = -1;
  raw_ = FlowFrame{};
  raw_.fields = reinterpret_cast<FlowField*>(rest + 1);
  for (std::size_t i = 0; i < info.fields.size(); ++i) new (raw_.fields + i) FlowField{0, {"", 0}, 0};
  raw_.host = &host_;
  std::fill(std::begin(raw_.deadlines), std::end(raw_.deadlines), kNever);
  raw_.resting = kNotStarted;
  raw_.current_message = kNoCurrentMessage;
}

void Frame::set_text(std::size_t field, std::string_view value) {
  FLOW_CHECK(field < info_->fields.size() && is_text(info_->fields[field].type), "field {}", field);
  raw_.fields[field] = FlowField{0, arena_.copy(value), 1};
}

void Frame::set_scalar(std::size_t field, std::int64_t value) {
  FLOW_CHECK(field < info_->fields.size() && !is_text(info_->fields[field].type), "field {}", field);
  raw_.fields[field] = FlowField{value, {"", 0}, 1};
}

std::span<const FlowMessage> Frame::messages() const {
  FlowRest* rest = rest_of(raw_);
  if (raw_.current_message < rest->message_count) inlined::put_back(&raw_, rest);
  return {rest->messages, rest->message_count};
}

void Frame::add_message(const FlowMessage& message) {
  if (rest().message_count == rest().message_capacity) more_messages();
  rest().messages[rest().message_count++] = message;
}

std::uint32_t Frame::current_message() const {
  return raw_.current_message == kNoCurrentMessage ? kNoMessage : raw_.current_message;
}

void Frame::set_current_message(std::uint32_t message) {
  raw_.current_message = kNoCurrentMessage;
  if (message == kNoMessage) return;
  FLOW_CHECK(message < rest().message_count, "message {}", message);
  const FlowMessage& known = rest().messages[message];
  raw_.current_message = static_cast<std::uint16_t>(message);
  raw_.current_status = static_cast<std::uint8_t>(known.status | (known.failed != 0 ? kStatusFailed : 0));
}

std::span<const FlowEffect> Frame::raw_effects() const {
  return {host_.effects, static_cast<std::size_t>(host_.effects_next - host_.effects)};
}

std::vector<Effect>& Frame::effects() {
  const std::span<const FlowEffect> all = raw_effects();
  for (; effects_read_ < all.size(); ++effects_read_) effects_.push_back(read_effect(all[effects_read_], *info_));
  return effects_;
}

void Frame::clear_effects() {
  effects_.clear();
  effects_read_ = 0;
  host_.effects = raw_effects_.data();
  host_.effects_next = host_.effects;
  host_.effects_end = host_.effects + raw_effects_.size();
  if (operands_.size() > 1) operands_.erase(operands_.begin(), operands_.end() - 1);
  host_.operands_next = operands_.back().data();
  host_.operands_end = host_.operands_next + operands_.back().size();
}

void Frame::more_effects() {
  const std::size_t used = raw_effects().size();
  raw_effects_.resize(2 * raw_effects_.size());
  host_.effects = raw_effects_.data();
  host_.effects_next = host_.effects + used;
  host_.effects_end = host_.effects + raw_effects_.size();
}

// What was kept stays where it is: effects point to it.
void Frame::more_operands(std::size_t count) {
  operands_.emplace_back(std::max(count, 2 * operands_.back().size()));
  host_.operands_next = operands_.back().data();
  host_.operands_end = host_.operands_next + operands_.back().size();
}

void Frame::more_messages() {
  messages_.resize(2 * messages_.size());
  rest().messages = messages_.data();
  rest().message_capacity = static_cast<std::uint32_t>(messages_.size());
}

std::int64_t Frame::next_deadline(Timer* timer) const {
  std::int64_t earliest = kNever;
  for (int i = 0; i < kTimerCount; ++i) {
    const std::int64_t due = deadline(raw_, static_cast<Timer>(i));
    if (due >= earliest) continue;
    earliest = due;
    if (timer != nullptr) *timer = static_cast<Timer>(i);
  }
  return earliest;
}

}  // namespace flow::program
