// What is kept of people between executions.
#include "base/limits.h"
#include "runtime/program/intrinsics.h"
#include "runtime/service/contact.h"
#include "runtime/service/contact_operation.h"
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

using Values = std::vector<std::optional<std::string>>;

constexpr const char* kAnn = "+639171234567";

class ContactsTest : public ServiceTest {
 protected:
  Outcome<ContactAnswer> contact(ContactRequest request) {
    return ask<ContactAnswer>([&](auto done) { service_->contact(std::move(request), std::move(done)); });
  }
  Values read(std::vector<std::string> names, std::string address = kAnn) {
    ContactRequest request;
    request.address = std::move(address);
    request.reads = std::move(names);
    const auto answer = contact(std::move(request));
    EXPECT_TRUE(answer);
    return answer ? answer->values : Values{};
  }
  bool unsubscribed(std::string address = kAnn) {
    ContactRequest request;
    request.address = std::move(address);
    const auto answer = contact(std::move(request));
    return answer && answer->unsubscribed;
  }
  static ContactRequest setting(std::string name, std::string value, std::string key = "") {
    ContactRequest request;
    request.address = kAnn;
    request.key = std::move(key);
    request.reads = {name};
    request.sets = {{std::move(name), std::move(value)}};
    return request;
  }
};

TEST_F(ContactsTest, KeepsAttributesAcrossRestarts) {
  EXPECT_EQ(read({"tier"}), (Values{std::nullopt}));
  EXPECT_EQ(contact(setting("tier", "gold"))->values, (Values{std::nullopt})) << "as it was before";
  EXPECT_EQ(contact(setting("tier", "silver"))->values, (Values{"gold"}));
  EXPECT_EQ(read({"tier", "other"}), (Values{"silver", std::nullopt}));
  EXPECT_EQ(read({"tier"}, "+60123456789"), (Values{std::nullopt})) << "of somebody else";
  crash();
  EXPECT_EQ(read({"tier"}), (Values{"silver"}));
  EXPECT_EQ(contact(setting("tier", "gold"))->values, (Values{"silver"}));
  reopen();
  EXPECT_EQ(read({"tier"}), (Values{"gold"}));
}

TEST_F(ContactsTest, AreNoExecutions) {
  ASSERT_TRUE(contact(setting("tier", "gold")));
  crash();
  const auto page = ask<ListPage>([&](auto done) { service_->list(ListQuery(), std::move(done)); });
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->executions.empty());
  pass(1000);
  EXPECT_EQ(metric("flow_executions_running"), 0);
}

TEST_F(ContactsTest, AChangeIsMadeOnce) {
  EXPECT_EQ(contact(setting("tier", "gold", "e1-o0"))->values, (Values{std::nullopt}));
  EXPECT_EQ(contact(setting("tier", "silver", "e2-o0"))->values, (Values{"gold"}));
  EXPECT_EQ(contact(setting("tier", "gold", "e1-o0"))->values, (Values{std::nullopt})) << "the answer of then";
  EXPECT_EQ(read({"tier"}), (Values{"silver"}));
  crash();
  EXPECT_EQ(contact(setting("tier", "gold", "e1-o0"))->values, (Values{std::nullopt}));
  EXPECT_EQ(read({"tier"}), (Values{"silver"}));
}

TEST_F(ContactsTest, AreUnsubscribedUntilTheySubscribe) {
  ContactRequest leave;
  leave.address = kAnn;
  leave.unsubscribed = true;
  EXPECT_FALSE(contact(leave)->unsubscribed);
  EXPECT_TRUE(unsubscribed());
  EXPECT_FALSE(unsubscribed("+60123456789"));
  ASSERT_TRUE(contact(setting("tier", "gold")));
  crash();
  EXPECT_TRUE(unsubscribed());
  leave.unsubscribed = false;
  ASSERT_TRUE(contact(leave));
  EXPECT_FALSE(unsubscribed());
}

TEST_F(ContactsTest, HaveLimits) {
  for (std::size_t i = 0; i < limits::kContactPartsMax; ++i)
    ASSERT_TRUE(contact(setting("a" + std::to_string(i), std::string(limits::kContactTextBytesMax, 'x'))));
  const auto more = contact(setting("one_more", "x"));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().problem, Problem::invalid_request);
  EXPECT_TRUE(contact(setting("a0", "y"))) << "what is there may change";
  EXPECT_FALSE(contact(setting("a1", std::string(limits::kContactTextBytesMax + 1, 'x'))));
  EXPECT_EQ(read({"one_more", "a0"}), (Values{std::nullopt, "y"}));
}

TEST_F(ContactsTest, AreNotMoreThanExecutionsMayBe) {
  executions_max_ = 2;
  reopen();
  ContactRequest leave;
  leave.unsubscribed = true;
  for (const char* address : {"+60123456781", "+60123456782"}) {
    leave.address = address;
    EXPECT_TRUE(contact(leave));
  }
  leave.address = "+60123456783";
  EXPECT_EQ(contact(leave).error().problem, Problem::invalid_request);
  EXPECT_FALSE(unsubscribed("+60123456783")) << "who is not kept can be looked for";
  leave.address = "+60123456781";
  EXPECT_TRUE(contact(leave));
}

TEST_F(ContactsTest, AreForgottenWithTheirPerson) {
  ASSERT_TRUE(contact(setting("tier", "gold")));
  const auto erased = ask<EraseAnswer>([&](auto done) { service_->erase_party(kAnn, std::move(done)); });
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->ended, 0U);
  EXPECT_EQ(read({"tier"}), (Values{std::nullopt}));
  crash();
  EXPECT_EQ(read({"tier"}), (Values{std::nullopt}));
  ASSERT_TRUE(contact(setting("tier", "new")));
  crash();
  EXPECT_EQ(read({"tier"}), (Values{"new"}));
}

TEST(Contact, ComesBackAsItWas) {
  Contact contact;
  ContactRequest request;
  request.key = "e1-o0";
  request.reads = {"tier", "none"};
  request.sets = {{"tier", "gold"}, {"empty", ""}};
  request.tags = {"vip", "new"};
  request.unsubscribed = true;
  ASSERT_TRUE(apply(request, contact));
  request = {};
  request.key = "e2-o0";
  request.untags = {"new", "never"};
  request.reads = {"tier"};
  ASSERT_TRUE(apply(request, contact));
  EXPECT_EQ(contact.tags, (std::set<std::string, std::less<>>{"vip"}));
  const std::string bytes = put_contact(contact);
  Contact seen;
  ASSERT_TRUE(take_contact(bytes, seen));
  EXPECT_EQ(put_contact(seen), bytes);
  EXPECT_EQ(seen.attributes, contact.attributes);
  EXPECT_EQ(seen.done.at(1).answer.values, (Values{"gold"}));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(take_contact(bytes.substr(0, cut), seen)) << cut;
  EXPECT_FALSE(take_contact(bytes + "x", seen));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
      std::string turned = bytes;
      turned[at] = static_cast<char>(value);
      (void)take_contact(turned, seen);
    }
  }
}

// ---- As a step

// Reads `tier` (a number) of the phone, sets it to 7, tags; then ends with what it read.
class Remembering final : public program::Program {
 public:
  Remembering() {
    info_.name = "remember";
    info_.expires_ms = 60'000;
    info_.fields.push_back(
        {.name = "phone", .type = program::ValueType::phone, .role = program::FieldRole::input, .choices = {}});
    info_.fields.push_back(
        {.name = "tier", .type = program::ValueType::number, .role = program::FieldRole::variable, .choices = {}});
    info_.steps = {{"prefs", "contact"}};
    program::OperationInfo site;
    site.kind = program::OperationKind::contact;
    site.arguments = {"address", "set tier", "tag vip"};
    using Kind = program::OperationOutcome::Kind;
    site.outcomes = {{Kind::failed}, {Kind::ok}};
    site.reads = {{1, "tier", true}};
    info_.operations = {site};
  }
  const program::FlowInfo& info() const override { return info_; }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    program::FlowFrame* raw = &frame.raw();
    if (event.kind == static_cast<std::int32_t>(program::EventKind::start)) {
      flow_begin(raw, &event);
      flow_enter(raw, &event, 0);
      const program::FlowText operands[] = {raw->fields[0].text, {"7", 1}, {"", 0}};
      flow_request(raw, 0, operands, 3);
      return program::Verdict::changed;
    }
    const std::int64_t outcome = flow_operation_take(raw, &event);
    if (outcome < 0) return program::Verdict::ignored;
    if (outcome == 1) flow_take_values(raw, &event, 0);
    flow_leave(raw);
    const std::string why = outcome != 1                  ? "failed"
                            : raw->fields[1].present == 0 ? "none"
                                                          : "tier " + std::to_string(raw->fields[1].scalar / 1'000'000);
    const program::FlowText reason{why.data(), why.size()};
    flow_finish(raw, static_cast<std::int32_t>(program::EndKind::done), -1, &reason);
    frame.effects();  // read while what it points to is there
    return program::Verdict::changed;
  }

 private:
  program::FlowInfo info_;
};

class ContactSteps : public ContactsTest, public ::testing::WithParamInterface<std::size_t> {
 protected:
  void SetUp() override {
    shards_ = GetParam();
    loader_.others["remember"] = std::make_shared<Remembering>();
    open();
    ASSERT_TRUE(deploy("bundle b1: remember"));
    ASSERT_TRUE(publish("remember", "b1"));
  }
  core::ExecutionId remember() {
    StartRequest request;
    request.flow = "remember";
    request.inputs_json = R"({"phone":"+639171234567"})";
    const auto started = start(std::move(request));
    EXPECT_TRUE(started);
    return started ? started->execution : core::ExecutionId{};
  }
};

TEST_P(ContactSteps, ReadWhatWasThereAndChangeIt) {
  core::ExecutionId id = remember();
  EXPECT_EQ(view(id).summary.reason, "none");
  EXPECT_EQ(timeline(id), "started entered(prefs) asked(contact) answered(ok) ended(done)");
  id = remember();
  EXPECT_EQ(view(id).summary.reason, "tier 7");
  crash();
  ASSERT_TRUE(contact(setting("tier", "much")));
  EXPECT_EQ(view(remember()).summary.reason, "failed") << "it is no number";
  EXPECT_TRUE(executor_.attempts().empty()) << "nobody outside is asked";
}

// Sends marketing to an address that is not the execution's own.
class Campaign final : public program::Program {
 public:
  Campaign() {
    info_.name = "campaign";
    info_.purpose = "marketing";
    info_.expires_ms = 60'000;
    info_.fields.push_back(
        {.name = "phone", .type = program::ValueType::phone, .role = program::FieldRole::input, .choices = {}});
    info_.fields.push_back(
        {.name = "to", .type = program::ValueType::text, .role = program::FieldRole::input, .choices = {}});
    info_.steps = {{"offer", "send viber"}};
    info_.channels = {{"viber_otp", program::ChannelKind::viber, "4501", 30'000}};
  }
  const program::FlowInfo& info() const override { return info_; }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    program::FlowFrame* raw = &frame.raw();
    if (event.kind == static_cast<std::int32_t>(program::EventKind::start)) {
      flow_begin(raw, &event);
      flow_enter(raw, &event, 0);
      const program::FlowSendSite site{0, 0, -1, -1, 0, 0, 0};
      const program::FlowText operands[] = {raw->fields[1].text, {"Sale!", 5}};
      flow_send(raw, &site, operands, 2);
      frame.effects();  // read while what it points to is there
      return program::Verdict::changed;
    }
    const std::int64_t bits = flow_receipt(raw, &event);
    if ((bits & program::kReceiptFailed) == 0) return bits == 0 ? program::Verdict::ignored : program::Verdict::changed;
    flow_leave(raw);
    const std::string_view why = (bits & program::kReceiptOptedOut) != 0 ? "opted out" : "failed";
    const program::FlowText reason{why.data(), why.size()};
    flow_finish(raw, static_cast<std::int32_t>(program::EndKind::failed), -1, &reason);
    return program::Verdict::changed;
  }

 private:
  program::FlowInfo info_;
};

class Marketing : public ContactSteps {
 protected:
  void SetUp() override {
    ContactSteps::SetUp();
    loader_.others["campaign"] = std::make_shared<Campaign>();
    ASSERT_TRUE(deploy("bundle b2: campaign"));
    ASSERT_TRUE(publish("campaign", "b2"));
  }
  core::ExecutionId offer(const std::string& to) {
    StartRequest request;
    request.flow = "campaign";
    request.inputs_json = R"({"phone":"+639171234567","to":")" + to + R"("})";
    const auto started = start(std::move(request));
    EXPECT_TRUE(started);
    return started ? started->execution : core::ExecutionId{};
  }
};

TEST_P(Marketing, IsNotSentToWhoWantsNone) {
  ContactRequest leave;
  leave.unsubscribed = true;
  const std::vector<std::string> addresses = {kAnn, "+60123456789", "+14155550100", "+12025550171", "ann@shop.example"};
  for (const std::string& address : addresses) {
    (void)offer(address);
    EXPECT_EQ(transport_.attempts().back().to, address) << "nobody has said no";
    leave.address = address;
    ASSERT_TRUE(contact(leave));
  }
  const std::size_t sent = transport_.attempts().size();
  EXPECT_EQ(sent, addresses.size());
  crash();
  transport_.forget_unanswered();
  for (const std::string& address : addresses) {
    const core::ExecutionId id = offer(address);
    EXPECT_EQ(view(id).summary.reason, "opted out");
    EXPECT_TRUE(timeline(id).find("not_sent") != std::string::npos) << timeline(id);
  }
  for (const auto& attempt : transport_.attempts()) EXPECT_LE(attempt.attempt, 2U);
  leave.address = kAnn;
  leave.unsubscribed = false;
  ASSERT_TRUE(contact(leave));
  (void)offer(kAnn);
  EXPECT_EQ(transport_.attempts().back().to, kAnn);
}

INSTANTIATE_TEST_SUITE_P(OnShards, Marketing, ::testing::Values(std::size_t{1}, std::size_t{256}));
INSTANTIATE_TEST_SUITE_P(OnShards, ContactSteps, ::testing::Values(std::size_t{1}, std::size_t{4}));

}  // namespace
}  // namespace flow::service
