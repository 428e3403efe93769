// Limits of messages, and the time in which somebody may be answered freely: at run time, across crashes and shards.
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "runtime/program/intrinsics.h"
#include "runtime/service/contact_sends.h"
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr const char* kAnn = "+639171234567";
constexpr const char* kBob = "+639171234599";  // of the same range of seven digits
constexpr const char* kEve = "+60123456789";

// Sends one text, or template, and ends as it is reported.
class Notice final : public program::Program {
 public:
  Notice(std::string purpose, program::ChannelKind kind, std::vector<program::MessageLimit> limits,
         bool by_template = false)
      : by_template_(by_template) {
    info_.name = "notice";
    info_.purpose = std::move(purpose);
    info_.expires_ms = 400LL * 24 * kHour;
    info_.fields.push_back(
        {.name = "phone", .type = program::ValueType::phone, .role = program::FieldRole::input, .choices = {}});
    info_.fields.push_back(
        {.name = "to", .type = program::ValueType::text, .role = program::FieldRole::input, .choices = {}});
    info_.steps = {{"news", "send"}};
    info_.channels = {{kind == program::ChannelKind::sms ? "sms_otp" : "waba", kind, "4501", 30'000}};
    if (by_template) info_.templates = {{"news_v1", {}, {"en"}}};
    info_.message_limits = std::move(limits);
  }
  // As an answer to whoever writes on its channel.
  std::shared_ptr<Notice> triggered() {
    info_.trigger = program::TriggerInfo{info_.channels[0].name, 0};
    info_.fields.resize(1);
    info_.fields[0].name = "customerPhoneNumber";
    return std::make_shared<Notice>(*this);
  }
  const program::FlowInfo& info() const override { return info_; }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    program::FlowFrame* raw = &frame.raw();
    if (event.kind == static_cast<std::int32_t>(program::EventKind::start)) {
      flow_begin(raw, &event);
      flow_enter(raw, &event, 0);
      const program::FlowSendSite site{0, 0, by_template_ ? 0 : -1, -1, 0, 0, 0};
      const program::FlowText operands[] = {raw->fields[info_.fields.size() - 1].text, {"News", 4}};
      flow_send(raw, &site, operands, 2);
      frame.effects();  // read while what it points to is there
      return program::Verdict::changed;
    }
    const std::int64_t bits = flow_receipt(raw, &event);
    if (bits == 0) return program::Verdict::ignored;
    flow_leave(raw);
    const bool failed = (bits & program::kReceiptFailed) != 0;
    flow_finish(raw, static_cast<std::int32_t>(failed ? program::EndKind::failed : program::EndKind::done), -1,
                &event.reason);
    return program::Verdict::changed;
  }

 private:
  const bool by_template_;
  program::FlowInfo info_;
};

program::MessageLimit each_recipient(std::uint32_t messages, std::int64_t within_ms,
                                     std::vector<std::string> purposes = {}) {
  return {0, messages, within_ms, std::move(purposes)};
}
program::MessageLimit each_prefix(std::uint32_t digits, std::uint32_t messages, std::int64_t within_ms) {
  return {digits, messages, within_ms, {}};
}

class MessageLimits : public ServiceTest, public ::testing::WithParamInterface<std::size_t> {
 protected:
  void SetUp() override {
    shards_ = GetParam();
    transport_.policies["waba"] = {.kind = program::ChannelKind::whatsapp};
    transport_.automatic = outbox::SendResult{SendClass::accepted, "p1", "", 0};
    open();
  }
  // A flow of this name, published.
  void flow(const std::string& name, std::shared_ptr<Notice> notice) {
    loader_.others[name] = std::move(notice);
    const std::string bundle = "b-" + name;
    ASSERT_TRUE(deploy("bundle " + bundle + ": " + name));
    ASSERT_TRUE(publish(name, bundle));
  }
  void sms(std::vector<program::MessageLimit> limits, const std::string& purpose = "authentication") {
    flow(purpose, std::make_shared<Notice>(purpose, program::ChannelKind::sms, std::move(limits)));
  }
  core::ExecutionId notify(const std::string& to, const std::string& name = "authentication") {
    StartRequest request;
    request.flow = name;
    request.inputs_json = R"({"phone":"+14155550100","to":")" + to + R"("})";
    const auto started = start(std::move(request));
    EXPECT_TRUE(started);
    return started ? started->execution : core::ExecutionId{};
  }
  // Whether a message to `to` is handed over; else why not.
  std::string sent(const std::string& to, const std::string& name = "authentication") {
    const std::size_t before = transport_.attempts().size();
    const ExecutionSummary summary = view(notify(to, name)).summary;
    const bool handed_over = transport_.attempts().size() == before + 1;
    EXPECT_EQ(handed_over, summary.end == "done") << summary.reason;
    return handed_over ? "sent" : summary.reason;
  }
  void hear(const std::string& from, const std::string& channel = "waba", std::int64_t age_ms = 0) {
    InboundMessage message;
    message.channel = channel;
    message.sender = from;
    message.message_id = "m" + std::to_string(++heard_);
    message.age_ms = age_ms;
    message.reply.text = "Hello";
    ASSERT_EQ(ask<InboundVerdict>([&](auto done) { service_->inbound(message, std::move(done)); }),
              InboundVerdict::nobody);
  }
  double refused(const std::string& channel, const std::string& reason) {
    return metric("flow_sends_refused_total", {{"channel", channel}, {"reason", reason}});
  }

 private:
  int heard_ = 0;
};

TEST_P(MessageLimits, HoldForEachRecipient) {
  sms({each_recipient(2, kHour)});
  EXPECT_EQ(sent(kAnn), "sent");
  pass(kMinute);
  EXPECT_EQ(sent(kAnn), "sent");
  const core::ExecutionId third = notify(kAnn);
  EXPECT_EQ(view(third).summary.end, "failed");
  EXPECT_EQ(view(third).summary.reason, "over_limit: each recipient 2 messages within 1h");
  EXPECT_TRUE(timeline(third).find("not_sent") != std::string::npos) << timeline(third);
  EXPECT_EQ(refused("sms_otp", "limit_recipient"), 1);
  EXPECT_EQ(sent(kBob), "sent") << "somebody else";
  pass(kHour - kMinute);
  EXPECT_EQ(sent(kAnn), "sent") << "the first is an hour old";
  EXPECT_NE(sent(kAnn), "sent");
}

TEST_P(MessageLimits, HoldAcrossCrashesAndBundles) {
  sms({each_recipient(2, kHour)});
  EXPECT_EQ(sent(kAnn), "sent");
  crash();
  EXPECT_EQ(sent(kAnn), "sent");
  crash();
  EXPECT_NE(sent(kAnn), "sent");
  sms({each_recipient(3, kHour)}, "transaction");
  EXPECT_EQ(sent(kAnn, "transaction"), "sent") << "another limit counts the same messages";
  EXPECT_NE(sent(kAnn, "transaction"), "sent");
}

TEST_P(MessageLimits, CountThePurposesThatTheyName) {
  const std::vector<program::MessageLimit> limits = {each_recipient(2, kHour, {"authentication", "marketing"}),
                                                     each_recipient(3, 2 * kHour)};
  for (const char* purpose : {"authentication", "transaction", "marketing"}) sms(limits, purpose);
  EXPECT_EQ(sent(kAnn, "authentication"), "sent");
  EXPECT_EQ(sent(kAnn, "marketing"), "sent");
  EXPECT_EQ(sent(kAnn, "authentication"),
            "over_limit: each recipient 2 messages within 1h for authentication, marketing");
  EXPECT_EQ(sent(kAnn, "transaction"), "sent");
  EXPECT_EQ(sent(kAnn, "transaction"), "over_limit: each recipient 3 messages within 2h");
  pass(kHour);
  EXPECT_EQ(sent(kAnn, "authentication"), "over_limit: each recipient 3 messages within 2h");
}

TEST_P(MessageLimits, HoldForRangesOfNumbers) {
  sms({each_prefix(7, 2, 10 * kMinute), each_recipient(1, kMinute)});
  EXPECT_EQ(sent(kAnn), "sent");
  EXPECT_EQ(sent(kAnn), "over_limit: each recipient 1 messages within 1m") << "and is not counted for its range";
  EXPECT_EQ(sent(kBob), "sent");
  EXPECT_EQ(sent("+639171200000"), "over_limit: each prefix(7) 2 messages within 10m");
  EXPECT_EQ(refused("sms_otp", "limit_prefix"), 1);
  EXPECT_EQ(sent(kEve), "sent");
  crash();
  EXPECT_NE(sent("+639171200001"), "sent");
  pass(10 * kMinute);
  EXPECT_EQ(sent("+639171200001"), "sent");
  EXPECT_EQ(sent("ann@shop.example"), "sent") << "in no range";
}

// An attempt that a crash cut off is made again, and is no second message; one that fails is not another either.
TEST_P(MessageLimits, CountAMessageOnce) {
  sms({each_recipient(2, kHour), each_prefix(5, 2, kHour)});
  transport_.automatic.reset();
  const core::ExecutionId first = notify(kAnn);
  ASSERT_EQ(transport_.attempts().size(), 1U);
  transport_.forget_unanswered();
  crash();
  ASSERT_EQ(transport_.attempts().size(), 2U) << "once more";
  transport_.refuse(SendClass::transient);
  service_->pump();
  pass(kMinute);
  ASSERT_EQ(transport_.attempts().size(), 3U);
  transport_.accept();
  service_->pump();
  EXPECT_EQ(view(first).summary.end, "done");
  transport_.automatic = outbox::SendResult{SendClass::accepted, "p1", "", 0};
  EXPECT_EQ(sent(kAnn), "sent");
  EXPECT_NE(sent(kAnn), "sent");
}

// A retry goes out now: it counts from now on, and not when others have taken its place.
TEST_P(MessageLimits, CountARetryFromWhenItIsMade) {
  sms({each_recipient(1, kMinute)});
  transport_.automatic.reset();
  const core::ExecutionId first = notify(kAnn);
  transport_.answer({SendClass::throttled, "", "later", 2 * kMinute});
  pass(kMinute);
  const core::ExecutionId second = notify(kAnn);
  ASSERT_EQ(transport_.attempts().size(), 2U);
  transport_.accept();
  pass(kMinute - 1);
  EXPECT_EQ(view(second).summary.end, "done");
  EXPECT_EQ(view(first).summary.end, "");
  pass(10 * kMinute);
  ASSERT_EQ(transport_.attempts().size(), 3U);
  transport_.accept();
  service_->pump();
  EXPECT_EQ(view(first).summary.end, "done");
  transport_.automatic = outbox::SendResult{SendClass::accepted, "p1", "", 0};
  EXPECT_NE(sent(kAnn), "sent");
}

TEST_P(MessageLimits, LeaveNothingBehind) {
  sms({each_recipient(1, kMinute), each_prefix(7, 5, 2 * kMinute)});
  executions_max_ = 4 * GetParam();
  reopen();
  // Each leaves two records for a while; there is never room for more than four of a shard.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(sent(fmt::format("+6391712345{:02}", i)), "sent") << i;
    pass(2 * kMinute);
  }
  pass(1000);
  EXPECT_EQ(metric("flow_contacts"), 0);
  const auto page = ask<ListPage>([&](auto done) { service_->list(ListQuery(), std::move(done)); });
  ASSERT_TRUE(page);
  EXPECT_EQ(page->executions.size(), 20U) << "what counted is no execution, not even one that has ended";
}

TEST_P(MessageLimits, SendNothingThatThereIsNoRoomToCount) {
  executions_max_ = GetParam();
  reopen();
  sms({each_recipient(1, 24 * kHour)});
  std::map<std::string, int> seen;
  for (int i = 0; i < 40 * static_cast<int>(GetParam()); ++i) ++seen[sent(fmt::format("+6391712{:05}", i))];
  EXPECT_EQ(seen["sent"], static_cast<int>(GetParam()));
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_TRUE(seen.contains("not_counted: more recipients than flowd has room to count"));
}

// ---- The time in which somebody may be answered freely

class FreeForm : public MessageLimits {
 protected:
  void SetUp() override {
    MessageLimits::SetUp();
    flow("text",
         std::make_shared<Notice>("transaction", program::ChannelKind::whatsapp, std::vector<program::MessageLimit>{}));
    flow("template", std::make_shared<Notice>("transaction", program::ChannelKind::whatsapp,
                                              std::vector<program::MessageLimit>{}, true));
  }
};

constexpr const char* kClosed = "window_closed: nobody has written on waba for 24h";

TEST_P(FreeForm, NeedsThatTheyHaveWritten) {
  EXPECT_EQ(sent(kAnn, "text"), kClosed);
  EXPECT_EQ(refused("waba", "window_closed"), 1);
  EXPECT_EQ(sent(kAnn, "template"), "sent");
  hear(kAnn, "sms_otp");
  EXPECT_EQ(sent(kAnn, "text"), kClosed) << "on another channel";
  hear(kAnn);
  EXPECT_EQ(sent(kAnn, "text"), "sent");
  EXPECT_EQ(sent(kBob, "text"), kClosed);
  crash();
  pass(24 * kHour - 1000);
  EXPECT_EQ(sent(kAnn, "text"), "sent");
  pass(1000);
  EXPECT_EQ(sent(kAnn, "text"), kClosed);
  EXPECT_EQ(sent(kAnn, "template"), "sent");
  hear(kAnn);
  EXPECT_EQ(sent(kAnn, "text"), "sent");
}

TEST_P(FreeForm, LastsFromTheirLastWord) {
  hear(kAnn);
  pass(23 * kHour);
  hear(kAnn);
  pass(23 * kHour);
  EXPECT_EQ(sent(kAnn, "text"), "sent");
}

// A provider that could not reach us tells it later.
TEST_P(FreeForm, LastsFromWhenTheyWrote) {
  hear(kAnn, "waba", 23 * kHour);
  EXPECT_EQ(sent(kAnn, "text"), "sent");
  pass(kHour);
  EXPECT_EQ(sent(kAnn, "text"), kClosed);
  hear(kAnn, "waba", 25 * kHour);
  EXPECT_EQ(sent(kAnn, "text"), kClosed);
  hear(kAnn);
  hear(kAnn, "waba", 23 * kHour);
  pass(2 * kHour);
  EXPECT_EQ(sent(kAnn, "text"), "sent") << "the last counts, in whatever order they come";
}

TEST_P(FreeForm, IsOpenForTheAnswer) {
  flow("answer", Notice("transaction", program::ChannelKind::whatsapp, {}).triggered());
  InboundMessage message;
  message.channel = "waba";
  message.sender = kAnn;
  message.message_id = "first";
  message.reply.text = "Hello";
  ASSERT_EQ(ask<InboundVerdict>([&](auto done) { service_->inbound(message, std::move(done)); }),
            InboundVerdict::started);
  ASSERT_EQ(transport_.attempts().size(), 1U);
  EXPECT_EQ(transport_.attempts()[0].to, kAnn);
  pass(24 * kHour);
  ASSERT_EQ(ask<InboundVerdict>([&](auto done) { service_->inbound(message, std::move(done)); }),
            InboundVerdict::repeated);
  EXPECT_EQ(sent(kAnn, "text"), kClosed) << "what is said again is no news";
}

TEST_P(FreeForm, IsForgottenWithTheirPerson) {
  hear(kAnn);
  ASSERT_TRUE(ask<EraseAnswer>([&](auto done) { service_->erase_party(kAnn, std::move(done)); }));
  EXPECT_EQ(sent(kAnn, "text"), kClosed);
}

TEST_P(FreeForm, IsOfSoManyPeopleAsThereIsRoomFor) {
  executions_max_ = 2 * GetParam();
  reopen();
  int answered = 0;
  const int all = 20 * static_cast<int>(GetParam());
  for (int i = 0; i < all; ++i) hear(fmt::format("+6391712{:05}", i));
  for (int i = 0; i < all; ++i) answered += sent(fmt::format("+6391712{:05}", i), "text") == "sent" ? 1 : 0;
  EXPECT_EQ(answered, 2 * static_cast<int>(GetParam()));
  pass(24 * kHour);
  hear(kAnn);
  EXPECT_EQ(sent(kAnn, "text"), "sent") << "there is room again";
}

INSTANTIATE_TEST_SUITE_P(OnShards, FreeForm, ::testing::Values(std::size_t{1}, std::size_t{16}));
INSTANTIATE_TEST_SUITE_P(OnShards, MessageLimits, ::testing::Values(std::size_t{1}, std::size_t{16}));

// ---- What is kept

SendCheck check_of(std::uint64_t key, std::uint8_t purpose, std::vector<SendLimit> limits) {
  SendCheck send;
  send.key = key;
  send.purpose = purpose;
  send.limits = std::move(limits);
  return send;
}

TEST(ContactSends, KeepSoManyMessages) {
  Contact contact;
  std::uint64_t key = 0;
  // Limits of one purpose each keep as many as they let through.
  const auto most = static_cast<std::uint32_t>(limits::kLimitMessagesMax);
  for (const std::uint8_t purpose : std::initializer_list<std::uint8_t>{1, 2, 4}) {
    for (std::uint32_t i = 0; i < most; ++i)
      ASSERT_EQ(check_send(check_of(++key, purpose, {{most, kHour, purpose}}), kBegin, contact).verdict,
                SendVerdict::may_go);
    EXPECT_EQ(check_send(check_of(++key, purpose, {{most, kHour, purpose}}), kBegin, contact).verdict,
              SendVerdict::over_limit);
  }
  EXPECT_EQ(contact.sent.size(), limits::kContactSendsMax);
  EXPECT_EQ(check_send(check_of(++key, 8, {{most, kHour, 8}}), kBegin, contact).verdict, SendVerdict::over_limit);
  EXPECT_EQ(check_send(check_of(1, 1, {{most, kHour, 1}}), kBegin, contact).verdict, SendVerdict::may_go)
      << "it was counted before";
  EXPECT_LT(put_contact(contact).size(), limits::kRecordBytesMax / 8);
  forget_past(kBegin + kHour, contact);
  EXPECT_TRUE(is_blank(contact));
}

TEST(ContactSends, KeepSoManyChannels) {
  Contact contact;
  for (std::size_t i = 0; i < limits::kContactChannelsMax; ++i)
    EXPECT_TRUE(hear(std::to_string(i), kBegin, kBegin, contact));
  EXPECT_FALSE(hear("one more", kBegin, kBegin, contact));
  EXPECT_TRUE(hear("0", kBegin + 1, kBegin + 1, contact));
  EXPECT_EQ(contact.heard.at("0"), kBegin + 1);
  EXPECT_TRUE(hear("one more", kBegin + kHeardKeptMs, kBegin + kHeardKeptMs, contact));
  EXPECT_EQ(contact.heard.size(), 2U);
}

TEST(ContactSends, DoNotTrustTimes) {
  Contact contact;
  for (const std::int64_t within : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    SendCheck send = check_of(7, 1, {{1, within, 1}});
    EXPECT_EQ(check_send(send, kBegin, contact).verdict, SendVerdict::may_go);
    send.free_form = "waba";
    send.free_form_ms = within;
    EXPECT_EQ(check_send(send, kBegin, contact).verdict, SendVerdict::window_closed);
  }
  EXPECT_LE(forgotten_by_ms(contact), kBegin + limits::kLimitWithinMsMax);
  // Another node's clock was ahead.
  EXPECT_EQ(check_send(check_of(8, 1, {{1, kHour, 1}}), kBegin - kMinute, contact).verdict, SendVerdict::over_limit);
}

TEST(ContactSends, ComeBackAsTheyWere) {
  Contact contact;
  contact.unsubscribed = true;
  for (std::uint64_t key = 1; key < 9; ++key)
    check_send(check_of(key << 56 | key, 1, {{9, kHour * static_cast<std::int64_t>(key), 1}}),
               kBegin + static_cast<std::int64_t>(key), contact);
  hear("waba_shop", kBegin, kBegin, contact);
  const std::string bytes = put_contact(contact);
  Contact seen;
  ASSERT_TRUE(take_contact(bytes, seen));
  EXPECT_EQ(put_contact(seen), bytes);
  EXPECT_EQ(seen.sent.size(), contact.sent.size());
  EXPECT_EQ(seen.sent.at(3).key, contact.sent.at(3).key);
  EXPECT_EQ(seen.sent.at(3).until_ms, contact.sent.at(3).until_ms);
  EXPECT_EQ(seen.heard, contact.heard);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(take_contact(bytes.substr(0, cut), seen)) << cut;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
      std::string turned = bytes;
      turned[at] = static_cast<char>(value);
      (void)take_contact(turned, seen);
    }
  }
  ASSERT_TRUE(take_contact(std::string_view("\1\1\0\0\0", 5), seen)) << "of the form before";
  EXPECT_TRUE(seen.unsubscribed);
  EXPECT_TRUE(seen.sent.empty());
}

}  // namespace
}  // namespace flow::service
