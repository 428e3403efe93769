#include "runtime/cluster/wire.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::cluster {
namespace {

using namespace service;

TEST(Wire, CarriesCallsAndAnswers) {
  const std::vector<Call> calls = {{Verb::start, "a"}, {Verb::shards, ""}};
  const auto read = decode_calls(encode_calls(calls));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].body, "a");
  EXPECT_EQ((*read)[1].verb, Verb::shards);
  std::vector<Outcome<std::string>> answers;
  answers.emplace_back("value");
  answers.emplace_back(std::unexpected(
      Fault{Problem::idempotency_conflict, {ErrorCode::already_exists, "another body"}, 17, std::nullopt}));
  const auto back = decode_answers(encode_answers(answers));
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)[0].value_or(""), "value");
  ASSERT_FALSE((*back)[1]);
  EXPECT_EQ((*back)[1].error().problem, Problem::idempotency_conflict);
  EXPECT_EQ((*back)[1].error().error.code, ErrorCode::already_exists);
  EXPECT_EQ((*back)[1].error().retry_after_ms, 17);
  EXPECT_FALSE(decode_calls(encode_calls(std::vector<Call>(limits::kForwardsPerRequestMax + 1))));
}

TEST(Wire, KeepsEveryField) {
  RawView raw;
  raw.view.summary.flow = "otp";
  raw.view.summary.ended_at_ms = 12;
  raw.view.summary.order = 99;
  raw.view.timeline.push_back(
      {.at_ms = -5, .kind = TimelineKind::receipt, .step = "s", .message = 3, .status = "read"});
  raw.pending.push_back(
      {.message = 1, .channel = "sms", .attempts = 2, .next_attempt_ms = 3, .not_after_ms = 4, .in_flight = true});
  raw.next_deadline_ms = program::kNever;
  InboundMessage message{.channel = "c", .sender = "+1", .message_id = "m", .reply = {}};
  message.reply = {program::ReplyKind::location, "text", "choice", "url", -1, 2};
  const auto written = decode<InboundMessage>(encode(message));
  ASSERT_TRUE(written);
  EXPECT_EQ(written->reply, message.reply);
  EXPECT_EQ(written->message_id + written->sender + written->channel, "m+1c");
  const auto read = decode<RawView>(encode(raw));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->view.summary.flow, "otp");
  EXPECT_EQ(read->view.summary.ended_at_ms, 12);
  EXPECT_EQ(read->view.summary.order, 99U);
  ASSERT_EQ(read->view.timeline.size(), 1U);
  EXPECT_EQ(read->view.timeline[0].at_ms, -5);
  EXPECT_EQ(read->view.timeline[0].message, 3U);
  EXPECT_FALSE(read->view.timeline[0].due_at_ms);
  EXPECT_EQ(read->next_deadline_ms, program::kNever);
  EXPECT_TRUE(read->pending.at(0).in_flight);
}

// What nodes ask each other about messages.
TEST(Wire, KeepsWhatIsAskedAboutAMessage) {
  service::ContactRequest request;
  request.address = "+639171*";
  request.send = service::SendCheck{.key = UINT64_MAX,
                                    .purpose = 4,
                                    .consent = true,
                                    .free_form = "waba_shop",
                                    .free_form_ms = 86'400'000,
                                    .limits = {{5, 3'600'000, 3}, {7, 60'000, program::kEveryPurpose}}};
  const std::string bytes = encode(request);
  const auto read = decode<service::ContactRequest>(bytes);
  ASSERT_TRUE(read && read->send);
  EXPECT_EQ(encode(*read), bytes);
  EXPECT_EQ(read->send->key, UINT64_MAX);
  EXPECT_EQ(read->send->limits.at(1).within_ms, 60'000);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_FALSE(decode<service::ContactRequest>(bytes.substr(0, cut))) << cut;
  service::ContactAnswer answer;
  answer.send = service::SendVerdict::over_limit;
  answer.limit = 1;
  const auto answered = decode<service::ContactAnswer>(encode(answer));
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->send, service::SendVerdict::over_limit);
  EXPECT_EQ(answered->limit, 1U);
}

TEST(Wire, EveryCutAndEveryFlippedByteIsReadOrRefused) {
  StartRequest request;
  request.flow = "otp";
  request.inputs_json = R"({"phone":"+639171234567"})";
  request.discard_at_ms = 5;
  request.child = ChildStart{7, {}, 3, 1'700'000'000'000, true};
  const auto child = decode<StartRequest>(encode(request));
  ASSERT_TRUE(child && child->child);
  EXPECT_EQ(child->child->bundle, 7U);
  EXPECT_EQ(child->child->operation, 3U);
  EXPECT_EQ(child->child->not_after_ms, 1'700'000'000'000);
  EXPECT_TRUE(child->child->cancel);
  EXPECT_EQ(decode<ChildEndedCall>(encode(ChildEndedCall{{}, 9}))->operation, 9U);
  const std::string bytes = encode_calls({{Verb::start, encode(request)}, {Verb::inspect, "x"}});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(decode_calls(bytes.substr(0, cut))) << cut;
  EXPECT_FALSE(decode_calls(bytes + "x"));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0xFF);
    if (const auto calls = decode_calls(flipped)) {
      for (const Call& call : *calls) static_cast<void>(decode<StartRequest>(call.body));
    }
  }
}

}  // namespace
}  // namespace flow::cluster
