#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/varint.h"
#include "runtime/program/frame.h"

namespace flow::program {
namespace {

std::int64_t nowhere(std::string_view) {
  return 0;
}

FlowInfo some_info() {
  FlowInfo info;
  info.name = "sample";
  info.fields.resize(4);
  info.fields[1].type = ValueType::number;
  info.fields[2].type = ValueType::phone;
  info.fields[3].type = ValueType::boolean;
  info.steps = {{"a", "send sms"}, {"b", "wait"}};
  info.outcomes = {"late"};
  info.counters = 2;
  info.handlers = 3;
  return info;
}

void fill(Frame& frame) {
  frame.set_text(0, "héllo");
  frame.set_scalar(1, -5'000'000);
  frame.set_text(2, "");
  FlowFrame& raw = frame.raw();
  raw.resting = 1;
  frame.rest().started_at_ms = 1'795'000'000'000;
  frame.rest().entered_at_ms = 1'795'000'000'123;
  raw.handlers_fired = 5;
  frame.rest().counters[1] = 1000;
  set_deadline(raw, Timer::expires, 1'795'000'600'000);
  set_deadline(raw, Timer::wait, -1);
  frame.add_message({0, std::to_underlying(Receipt::read), 1, 1, {}});
  frame.add_message({1, 0, 0, 0, {}});
  frame.set_current_message(1);
}

// What the first release stored of the state that fill() makes: stays readable for ever.
constexpr std::string_view kStateOfVersionOne =
    "4653010280f8b2e5bd68f6f9b2e5bd6802050001118097fce5bd68010200e80703000668c3a96c6c6f01fface20402000200"
    "1c01002260ddd5";

std::string reseal(std::string bytes) {
  bytes.resize(bytes.size() - 4);
  put_fixed32(bytes, crc32c(bytes));
  return bytes;
}

class State : public testing::Test {
 protected:
  State() {
    frame_.reset(info_);
    blank_ = encode_state(frame_);
    fill(frame_);
    bytes_ = encode_state(frame_);
  }

  FlowInfo info_ = some_info();
  Frame frame_{nowhere};
  Frame read_{nowhere};
  std::string blank_;
  std::string bytes_;
};

TEST_F(State, ReadsBackWhatWasWritten) {
  for (const std::string& bytes : {blank_, bytes_}) {
    ASSERT_TRUE(decode_state(bytes, info_, read_));
    EXPECT_EQ(encode_state(read_), bytes);
  }
  EXPECT_EQ(read_.raw().fields[1].scalar, -5'000'000);
  EXPECT_EQ(std::string(read_.raw().fields[0].text.data, read_.raw().fields[0].text.size), "héllo");
  EXPECT_EQ(read_.raw().fields[2].present, 1U);
  EXPECT_EQ(read_.raw().fields[3].present, 0U);
  EXPECT_EQ(read_.messages()[0].failed, 1);
  Timer timer{};
  EXPECT_EQ(read_.next_deadline(&timer), -1);
  EXPECT_EQ(timer, Timer::wait);
}

// The layout is a promise: these bytes must stay readable for ever.
TEST_F(State, TheFormOfVersionOne) {
  EXPECT_EQ(blank_.substr(0, blank_.size() - 4),
            std::string("FS\x01\x01\x00\x00\x00\x00\x00\x01\x00\x02\x00\x00\x00\x00", 16));
}

TEST_F(State, AStateOfVersionOneIsRead) {
  std::string stored;
  for (std::string_view hex = kStateOfVersionOne; !hex.empty(); hex.remove_prefix(2))
    stored.push_back(static_cast<char>(std::stoi(std::string(hex.substr(0, 2)), nullptr, 16)));
  ASSERT_TRUE(decode_state(stored, info_, read_));
  EXPECT_EQ(encode_state(read_), stored);
  EXPECT_EQ(stored, bytes_);
}

TEST_F(State, RefusesEveryFlippedBit) {
  for (std::size_t i = 0; i < bytes_.size() * 8; ++i) {
    std::string damaged = bytes_;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    const Status status = decode_state(damaged, info_, read_);
    ASSERT_FALSE(status) << "bit " << i;
    EXPECT_EQ(status.error().code, ErrorCode::data_loss);
    EXPECT_EQ(encode_state(read_), blank_);
  }
}

TEST_F(State, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    EXPECT_FALSE(decode_state(bytes_.substr(0, size), info_, read_)) << size;
    if (size < 7) continue;
    // With a good checksum, too: the end is not where the content ends.
    std::string sealed = bytes_.substr(0, size - 4);
    put_fixed32(sealed, crc32c(sealed));
    EXPECT_FALSE(decode_state(sealed, info_, read_)) << size;
    EXPECT_EQ(encode_state(read_), blank_);
  }
  EXPECT_FALSE(decode_state(reseal(bytes_ + "x"), info_, read_));
}

TEST_F(State, RefusesANewerVersionByName) {
  bytes_[2] = 2;
  const Status status = decode_state(reseal(bytes_), info_, read_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(status.error().message.find("format 2"), std::string::npos) << status.error().message;
}

// What is well-formed and sealed, and says what this flow cannot mean: refused, or read and written back the same.
TEST_F(State, HostileContentIsRefusedOrCanonical) {
  std::mt19937_64 random(7);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = bytes_;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips)
      damaged[3 + random() % (damaged.size() - 7)] = static_cast<char>(random());
    damaged = reseal(damaged);
    if (!decode_state(damaged, info_, read_)) {
      ++refused;
      continue;
    }
    ASSERT_EQ(encode_state(read_), damaged);
  }
  EXPECT_GT(refused, 1000);
}

// Timers that share a deadline cannot both be armed.
TEST_F(State, TwoTimersOfOneStepAreRefused) {
  const std::size_t armed = bytes_.find('\x11');
  ASSERT_NE(armed, std::string::npos);
  std::string both = bytes_;
  both[armed] = '\x13';  // handover, too
  both.insert(armed + 1 + 6, 1, '\x02');
  const Status status = decode_state(reseal(both), info_, read_);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("two timers"), std::string::npos) << status.error().message;
}

TEST_F(State, AStateOfAnotherFlowIsRefused) {
  FlowInfo other = info_;
  other.counters = 1;
  EXPECT_FALSE(decode_state(bytes_, other, read_));
  other = info_;
  other.fields.resize(2);
  EXPECT_FALSE(decode_state(bytes_, other, read_));
  other = info_;
  other.steps.resize(1);
  EXPECT_FALSE(decode_state(bytes_, other, read_));
  other = info_;
  other.handlers = 2;
  const Status status = decode_state(bytes_, other, read_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::failed_precondition);
}

TEST_F(State, HoldsTexts) {
  frame_.set_text(0, std::string(limits::kTextValueBytesMax, 'x'));
  ASSERT_TRUE(decode_state(encode_state(frame_), info_, read_));
  frame_.set_text(0, std::string(limits::kTextValueBytesMax + 1, 'x'));
  EXPECT_FALSE(decode_state(encode_state(frame_), info_, read_));
}

}  // namespace
}  // namespace flow::program
