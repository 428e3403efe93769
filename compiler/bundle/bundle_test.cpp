#include "compiler/bundle/bundle.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/varint.h"
#include "compiler/ir/text.h"

namespace flow::bundle {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(FLOW_SOURCE_DIR "/" + path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

Bundle some_bundle() {
  Bundle bundle;
  bundle.compiler = "flowc 0.1.0";
  bundle.declarations = R"({"channels": []})";
  bundle.certificate = R"({"version": 1})";
  bundle.sources = {{"workspace.flow", "edition 1\n"}, {"shop/sample.flow", "flow sample \"☎\"\n"}};
  bundle.module.flows.push_back(ir::parse_flow(read_file("compiler/ir/testdata/sample.ir")).value());
  bundle.module.flows.push_back(bundle.module.flows[0]);
  bundle.module.flows[0].info.name = "second";
  return bundle;
}

std::string some_bytes() {
  return write_bundle(some_bundle()).value();
}

std::string resealed(std::string bytes) {
  bytes.resize(bytes.size() - 4);
  put_fixed32(bytes, crc32c(bytes));
  return bytes;
}

TEST(Bundle, ReadsBackWhatWasWrittenInOrder) {
  const auto bundle = read_bundle(some_bytes());
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_EQ(bundle->sources[0].path, "shop/sample.flow");
  EXPECT_EQ(bundle->module.flows[0].info.name, "sample");
  EXPECT_EQ(write_bundle(*bundle).value(), some_bytes());
  EXPECT_EQ(bundle->certificate, some_bundle().certificate);
  EXPECT_EQ(version_of(some_bytes()).size(), 64U);
}

// The format is a promise: this file was written by the first release and stays readable.
TEST(Bundle, TheSampleOfVersionOneIsRead) {
  const std::string bytes = read_file("tests/formats/bundle_v1.bundle");
  const auto bundle = read_bundle(bytes);
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_EQ(bundle->compiler, "flowc 0.1.0");
  ASSERT_EQ(bundle->module.flows.size(), 2U);
  EXPECT_EQ(bundle->module.flows[0].functions.size(), 9U);
  EXPECT_EQ(version_of(write_bundle(*bundle).value()), version_of(bytes)) << "equal bundles have equal bytes";
}

TEST(Bundle, EveryDamageIsRefused) {
  const std::string bytes = some_bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const auto bundle = read_bundle(damaged);
    ASSERT_FALSE(bundle) << i;
    ASSERT_EQ(bundle.error().code, ErrorCode::invalid_argument);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) ASSERT_FALSE(read_bundle(bytes.substr(0, size))) << size;
  EXPECT_FALSE(read_bundle(bytes + "x"));
}

TEST(Bundle, SaysWhatIsWrong) {
  EXPECT_EQ(read_bundle("PK\x03\x04").error().message, "this is not a bundle: `flowc build` makes one");
  EXPECT_NE(read_bundle(some_bytes().substr(0, 400)).error().message.find("damaged or cut off"), std::string::npos);
  std::string newer = some_bytes();
  newer[8] = 2;
  const auto refused = read_bundle(resealed(newer));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(refused.error().message, "the bundle has format 2, this program reads format 1: use the newer program");
  EXPECT_NE(read_bundle(std::string(limits::kBundleBytesMax + 1, 'F')).error().message.find("more than"),
            std::string::npos);
}

TEST(Bundle, WhatCannotBeReadIsNotWritten) {
  Bundle bundle = some_bundle();
  bundle.module.flows.clear();
  EXPECT_EQ(write_bundle(bundle).error().message, "the bundle has no flow");
  for (const char* path :
       {"", "a", "/a.flow", "../a.flow", "a/../b.flow", "a//b.flow", ".flow", "a b.flow", "a\\b.flow"}) {
    bundle = some_bundle();
    bundle.sources[0].path = path;
    EXPECT_FALSE(write_bundle(bundle)) << path;
  }
  bundle = some_bundle();
  bundle.sources[1].path = bundle.sources[0].path;
  EXPECT_FALSE(write_bundle(bundle));
  bundle = some_bundle();
  bundle.module.flows[1].info.name = "second";
  EXPECT_FALSE(write_bundle(bundle));
  bundle = some_bundle();
  bundle.module.flows[0].info.expires_ms = 0;
  EXPECT_NE(write_bundle(bundle).error().message.find("`expires` is out of range"), std::string::npos);
  bundle = some_bundle();
  bundle.sources[0].text = "\xFF";
  EXPECT_FALSE(write_bundle(bundle));
  bundle = some_bundle();
  bundle.sources[0].text = std::string(limits::kSourceBytesMax + 1, 'x');
  EXPECT_FALSE(write_bundle(bundle));
  bundle = some_bundle();
  for (std::size_t i = 0; i < limits::kWorkspaceFilesMax; ++i)
    bundle.sources.push_back({fmt::format("f{}.flow", i), ""});
  EXPECT_FALSE(write_bundle(bundle));
}

// Sealed anew after each change, so that it is the content that is judged: refused, or the same bytes when written.
TEST(Bundle, HostileContentIsRefusedOrCanonical) {
  const std::string bytes = some_bytes();
  std::mt19937_64 random(5);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string mutant = bytes;
    const std::size_t at = 12 + random() % (mutant.size() - 16);
    if (random() % 2 == 0)
      mutant[at] = static_cast<char>(random());
    else
      mutant.erase(at, 1 + random() % 5);
    mutant = resealed(mutant);
    const auto bundle = read_bundle(mutant);
    if (!bundle)
      ++refused;
    else
      ASSERT_EQ(write_bundle(*bundle).value(), mutant);
  }
  EXPECT_GT(refused, 2900);
}

}  // namespace
}  // namespace flow::bundle
