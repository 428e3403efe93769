#include "runtime/daemon/loader.h"

#include <stdlib.h>

#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "compiler/bundle/bundle.h"
#include "runtime/core/log.h"
#include "runtime/daemon/loader_fixture_test.h"

namespace flow::daemon {
namespace {

std::string reminder_bundle() {
  bundle::Bundle made;
  made.compiler = "flowc test";
  made.declarations = made.certificate = "{}";
  made.sources = {{"workspace.flow", "edition 1\n"}};
  made.module.flows.push_back(reminder());
  return bundle::write_bundle(made).value();
}

TEST(BundleLoader, RefusesWhatIsNoBundle) {
  BundleLoader loader(Engine::interpreter, "");
  const auto loaded = loader.load("nonsense");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::invalid_argument);
}

TEST(BundleLoader, NamesABundleByItsBytes) {
  BundleLoader loader(Engine::interpreter, "");
  const auto loaded = loader.load(reminder_bundle());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->version.size(), 64U);
  ASSERT_TRUE(loaded->flows.contains("reminder"));
}

TEST(BundleLoader, AFlowGoesOnUnchangedWhenItsNativeCodeComes) {
  std::string folder = (std::filesystem::temp_directory_path() / "flow-loader-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  int compiled = 0;
  core::log::set_sink([&](std::string_view line) { compiled += line.find("flow_compiled") != std::string_view::npos; });
  {
    BundleLoader loader(Engine::jit, folder + "/cache");
    const auto loaded = loader.load(reminder_bundle());
    ASSERT_TRUE(loaded) << loaded.error().message;
    const program::Program& program = *loaded->flows.at("reminder");
    const auto before = start(program);
    loader.wait_until_compiled();
    const auto after = start(program);
    EXPECT_EQ(before, after);
    ASSERT_FALSE(after.second.empty());
    EXPECT_EQ(after.second.back().kind, program::EffectKind::send);
  }
  core::log::set_sink({});
  EXPECT_EQ(compiled, 2) << "low, then high";
  EXPECT_FALSE(std::filesystem::is_empty(folder + "/cache"));
  std::filesystem::remove_all(folder);
}

// The second loader reads nothing of the bundle's IR, and gives the same.
TEST(BundleLoader, LoadsWhatItKnowsFromTheCache) {
  std::string folder = (std::filesystem::temp_directory_path() / "flow-loader-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string bundle = reminder_bundle();
  const auto tier = [](const program::Program& program) { return dynamic_cast<const TieredProgram&>(program).tier(); };
  std::string version;
  std::pair<std::string, std::vector<program::Effect>> expected;
  for (const Tier kept : {Tier::interpreter, Tier::low, Tier::high}) {
    BundleLoader loader(Engine::jit, folder + "/cache");
    const auto loaded = loader.load(bundle);
    ASSERT_TRUE(loaded) << loaded.error().message;
    const program::Program& program = *loaded->flows.at("reminder");
    EXPECT_EQ(program.info().name, "reminder");
    EXPECT_FALSE(program.texts().empty());
    if (kept == Tier::interpreter) {
      version = loaded->version;
      loader.wait_until_compiled();  // nobody runs it: the low level
      expected = start(*BundleLoader(Engine::interpreter, "").load(bundle)->flows.at("reminder"));
      continue;
    }
    EXPECT_EQ(loaded->version, version);
    EXPECT_EQ(tier(program), kept) << "at once";
    EXPECT_EQ(start(program), expected);
    loader.wait_until_compiled();
    EXPECT_EQ(tier(program), Tier::high);
    EXPECT_EQ(start(program), expected);
    EXPECT_EQ(loader.admit(bundle).has_value(), BundleLoader(Engine::interpreter, "").admit(bundle).has_value());
  }
  std::filesystem::remove_all(folder);
}

// Whichever entry of the cache is damaged, the bundle is read, and what was damaged is made again.
TEST(BundleLoader, ReadsTheBundleWhenWhatItKnowsIsDamaged) {
  std::string folder = (std::filesystem::temp_directory_path() / "flow-loader-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string bundle = reminder_bundle();
  const auto load = [&] {
    BundleLoader loader(Engine::jit, folder + "/cache");
    const auto loaded = loader.load(bundle);
    EXPECT_TRUE(loaded);
    const auto result = start(*loaded->flows.at("reminder"));
    loader.wait_until_compiled();
    return std::pair(loaded->version, result);
  };
  const auto expected = load();
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/cache")) entries.push_back(entry.path());
  ASSERT_EQ(entries.size(), 3U) << "what is known of the bundle, and code of two levels";
  std::vector<std::uintmax_t> sizes;
  for (const auto& entry : entries) {
    sizes.push_back(std::filesystem::file_size(entry));
    std::filesystem::resize_file(entry, sizes.back() - 1);
    EXPECT_EQ(load(), expected);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) std::filesystem::resize_file(entries[i], sizes[i] - 1);
  EXPECT_EQ(load(), expected);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(std::filesystem::file_size(entries[i]), sizes[i]);
  std::filesystem::remove_all(folder);
}

// What was loaded last is not read again to be admitted, and nothing else is admitted in its place.
TEST(BundleLoader, AdmitsByWhatItIsGiven) {
  const std::string good = reminder_bundle();
  BundleLoader loader(Engine::interpreter, "");
  const Status alone = loader.admit(good);
  ASSERT_TRUE(loader.load(good));
  const Status after_loading = loader.admit(good);
  EXPECT_EQ(after_loading.has_value(), alone.has_value());
  ASSERT_TRUE(loader.load(good));
  const Status other = loader.admit("nonsense");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message, BundleLoader(Engine::interpreter, "").admit("nonsense").error().message);
}

TEST(BundleLoader, HasMetricsOfItsTiers) {
  BundleLoader loader(Engine::jit, "");
  const auto loaded = loader.load(reminder_bundle());
  ASSERT_TRUE(loaded);
  loader.wait_until_compiled();
  std::map<std::string, double> flows;
  for (const core::MetricSample& sample : loader.metrics())
    if (sample.name == "flow_tier_flows") flows[sample.labels.at(0).second] = sample.value;
  EXPECT_EQ(flows, (std::map<std::string, double>{{"interpreter", 0}, {"low", 1}, {"high", 0}}));
  EXPECT_TRUE(BundleLoader(Engine::interpreter, "").metrics().empty());
}

TEST(BundleLoader, EndsWhileCodeIsWaitingToBeMade) {
  for (int i = 0; i < 3; ++i) {
    BundleLoader loader(Engine::jit, "");
    for (int n = 0; n < 5; ++n) ASSERT_TRUE(loader.load(reminder_bundle()));
  }
}

}  // namespace
}  // namespace flow::daemon
