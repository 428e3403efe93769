#include "compiler/jit/known_bundle.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "compiler/jit/test_flows.h"
#include "runtime/program/frame.h"

namespace flow::jit {
namespace {

namespace fs = std::filesystem;

class KnownBundleTest : public ::testing::Test {
 protected:
  KnownBundleTest() {
    std::string pattern = (fs::temp_directory_path() / "flowknown.XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~KnownBundleTest() override { fs::remove_all(path_); }

  std::string cache() const { return path_ + "/objects"; }
  fs::path only_entry() const { return fs::directory_iterator(cache())->path(); }

 private:
  std::string path_;
};

KnownBundle reminder_bundle() {
  const ir::Flow flow = testing::reminder();
  return {"a version", {{flow.info, flow.texts, "reminder's text"}}};
}

// A different value in each member that FlowInfo and what is in it have.
KnownBundle with_everything() {
  program::FlowInfo info;
  info.name = "shop.order";
  info.title = "Order";
  info.purpose = "transaction";
  info.expires_ms = 86'400'000;
  program::FieldInfo part{"price", program::ValueType::money, program::FieldRole::variable, true, false, false, 1, 2,
                          {}};
  part.currency = 0x455552;
  info.fields = {{"items", program::ValueType::list, program::FieldRole::input, true, true, true, 3, 4, {"a", ""}}};
  info.fields[0].items_max = 7;
  info.fields[0].parts = {part, {}};
  info.steps = {{"ask", "send viber", "https://example.org"}, {}};
  info.signals = {"paid"};
  info.outcomes = {"bought", "left"};
  info.channels = {{"viber_shop", program::ChannelKind::email, "4501", -1}};
  info.templates = {{"hello", {"name", "code"}, {"en", "cs"}}};
  program::OperationInfo operation;
  operation.step = 1;
  operation.kind = program::OperationKind::typing;
  operation.target = "POST";
  operation.arguments = {"url", "secret header X"};
  operation.outcomes = {{program::OperationOutcome::Kind::status, 404, ""},
                        {program::OperationOutcome::Kind::named, 0, "spam"}};
  operation.reads = {{9, "delivery.eta", true}};
  operation.retries = 3;
  operation.retry_after_ms = 250;
  operation.secret = true;
  info.operations = {operation};
  info.secrets = {"key"};
  info.contents = {{program::MessageKind::cards, "marketing", {program::PartKind::sender, program::PartKind::image}}};
  info.counters = 5;
  info.handlers = 6;
  info.allowed_regions = {"PH"};
  info.allowed_hosts = {"example.org:8080"};
  info.message_limits = {{3, 4, INT64_MAX, {"marketing"}}};
  info.trigger = program::TriggerInfo{"viber_shop", 2};
  info.replies = true;
  info.called = true;
  info.outputs = {1, 0};
  return {std::string(64, 'f'), {{info, {"text", std::string("zero\0byte", 9)}, "one"}, {{}, {}, ""}}};
}

TEST(Pack, GivesBackWhatWasPacked) {
  for (const KnownBundle& known : {KnownBundle{}, reminder_bundle(), with_everything()}) {
    const auto again = unpack(pack(known));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, known);
  }
}

// Whatever is changed or cut off is refused, or is another bundle: nothing is lost without being seen.
TEST(Pack, ReadsNothingElse) {
  const KnownBundle known = with_everything();
  const std::string bytes = pack(known);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(unpack(bytes.substr(0, i)).has_value()) << i;
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 1);
    const auto read = unpack(other);
    EXPECT_FALSE(read.has_value() && *read == known) << i;
  }
  EXPECT_FALSE(unpack(bytes + '\0').has_value());
  EXPECT_FALSE(unpack("").has_value());
}

TEST_F(KnownBundleTest, IsFoundByItsBytes) {
  EXPECT_EQ(recall("bundle", cache()), nullptr);
  const Status kept = remember("bundle", reminder_bundle(), cache());
  ASSERT_TRUE(kept.has_value()) << kept.error().message;
  const auto found = recall("bundle", cache());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*found, reminder_bundle());
  EXPECT_EQ(recall("bundlf", cache()), nullptr);
  EXPECT_EQ(recall("bundle", cache() + "2"), nullptr);
  EXPECT_EQ(recall("bundle", ""), nullptr);
}

TEST_F(KnownBundleTest, IsNotReadWhenItIsDamaged) {
  ASSERT_TRUE(remember("bundle", reminder_bundle(), cache()));
  const fs::path entry = only_entry();
  std::string good;
  {
    std::ifstream file(entry, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(file), {});
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    std::ofstream(entry, std::ios::binary) << damaged;
    ASSERT_EQ(recall("bundle", cache()), nullptr) << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    std::ofstream(entry, std::ios::binary) << good.substr(0, size);
    ASSERT_EQ(recall("bundle", cache()), nullptr) << size;
  }
  std::ofstream(entry, std::ios::binary) << good;
  fs::permissions(entry, fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(recall("bundle", cache()), nullptr);
  ASSERT_TRUE(remember("bundle", reminder_bundle(), cache()));
  EXPECT_NE(recall("bundle", cache()), nullptr);
}

TEST_F(KnownBundleTest, RunsWithoutItsIr) {
  const auto known = std::make_shared<const KnownBundle>(reminder_bundle());
  Options options;
  options.cache_folder = cache();
  auto none = load_kept(known, 0, options);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::not_found);

  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(testing::reminder());
  options.identity = known->flows[0].identity;
  auto read = compile(module, 0, options);
  ASSERT_TRUE(read.has_value());
  options.identity = "what is asked for is the bundle's own";
  Report report;
  auto kept = load_kept(known, 0, options, &report);
  ASSERT_TRUE(kept.has_value()) << kept.error().message;
  EXPECT_TRUE(report.from_cache);
  EXPECT_EQ((*kept)->info(), (*read)->info());
  EXPECT_EQ(std::vector<std::string>((*kept)->texts().begin(), (*kept)->texts().end()), module->flows[0].texts);

  std::vector<std::string> states;
  for (const auto& program : {&*read, &*kept}) {
    program::Frame frame(testing::region_of);
    frame.reset((*program)->info());
    frame.set_text(0, "+639171234567");
    EXPECT_EQ((*program)->advance(frame, {}), program::Verdict::changed);
    EXPECT_FALSE(frame.effects().empty());
    states.push_back(program::encode_state(frame));
  }
  EXPECT_EQ(states[0], states[1]);
}

}  // namespace
}  // namespace flow::jit
