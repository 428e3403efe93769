#include "runtime/crypto/seal.h"

#include <gtest/gtest.h>

#include "runtime/crypto/random.h"

namespace flow::crypto {
namespace {

Keyring ring(std::vector<std::pair<std::string, char>> keys) {
  std::vector<SealingKey> list;
  for (auto& [id, fill] : keys) list.push_back({id, std::string(kSealingKeyBytes, fill)});
  return std::move(Keyring::make(std::move(list)).value());
}

TEST(Seal, OpensWhatItSealed) {
  const Keyring keys = ring({{"k1", 'a'}});
  for (const std::string& plain : {std::string(), std::string("482913"), random_bytes(70000)}) {
    const std::string sealed = keys.seal(plain, "execution 7");
    EXPECT_EQ(keys.open(sealed, "execution 7").value(), plain);
  }
}

TEST(Seal, HidesThePlainTextAndNeverRepeats) {
  const Keyring keys = ring({{"k1", 'a'}});
  const std::string a = keys.seal("482913", "c");
  const std::string b = keys.seal("482913", "c");
  EXPECT_NE(a, b);
  EXPECT_EQ(a.find("482913"), std::string::npos);
}

TEST(Seal, EveryFlippedBitIsFound) {
  const Keyring keys = ring({{"k1", 'a'}});
  const std::string sealed = keys.seal("482913", "c");
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    std::string bad = sealed;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(keys.open(bad, "c")) << "bit " << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(keys.open(std::string_view(sealed).substr(0, size), "c"));
  }
}

TEST(Seal, AnotherContextIsRefused) {
  const Keyring keys = ring({{"k1", 'a'}});
  const auto opened = keys.open(keys.seal("482913", "execution 7"), "execution 8");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::data_loss);
}

TEST(Seal, RotationReadsTheOldAndWritesTheNew) {
  const Keyring old = ring({{"k1", 'a'}});
  const Keyring both = ring({{"k2", 'b'}, {"k1", 'a'}});
  const std::string sealed = old.seal("482913", "c");
  EXPECT_EQ(both.open(sealed, "c").value(), "482913");
  EXPECT_EQ(Keyring::key_id_of(sealed).value(), "k1");
  EXPECT_EQ(Keyring::key_id_of(both.seal("x", "c")).value(), "k2");

  const auto lost = ring({{"k2", 'b'}}).open(sealed, "c");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(lost.error().message.find("`k1`"), std::string::npos);
}

TEST(Seal, KeysAreAddedWhileItIsUsed) {
  Keyring keys = ring({{"k1", 'a'}});
  const std::string sealed = keys.seal("482913", "c");
  const auto key = [](const char* id, char fill) { return SealingKey{id, std::string(kSealingKeyBytes, fill)}; };
  ASSERT_TRUE(keys.replace({key("k2", 'b'), key("k1", 'a')}));
  EXPECT_EQ(keys.sealing_key_id(), "k2");
  EXPECT_EQ(Keyring::key_id_of(keys.seal("x", "c")).value(), "k2");
  EXPECT_EQ(keys.open(sealed, "c").value(), "482913");

  for (const auto& bad : {std::vector{key("k2", 'b')}, std::vector{key("k2", 'b'), key("k1", 'z')},
                          std::vector{key("k2", 'b'), key("k1", 'a'), key("k1", 'a')}, std::vector<SealingKey>{}}) {
    EXPECT_FALSE(keys.replace(bad));
    EXPECT_EQ(keys.sealing_key_id(), "k2") << "nothing changes";
  }
  EXPECT_EQ(keys.open(sealed, "c").value(), "482913");
}

TEST(Seal, TheSameIdWithAnotherKeyIsRefused) {
  EXPECT_FALSE(ring({{"k1", 'b'}}).open(ring({{"k1", 'a'}}).seal("x", "c"), "c"));
}

TEST(Seal, NewerFormatIsNamed) {
  const Keyring keys = ring({{"k1", 'a'}});
  std::string sealed = keys.seal("x", "c");
  sealed[0] = 2;
  EXPECT_EQ(keys.open(sealed, "c").error().code, ErrorCode::failed_precondition);
}

TEST(Seal, BadKeyringsAreRefused) {
  EXPECT_FALSE(Keyring::make({}));
  EXPECT_FALSE(Keyring::make({{"k1", "short"}}));
  EXPECT_FALSE(Keyring::make({{"", std::string(32, 'a')}}));
  EXPECT_FALSE(Keyring::make({{"has space", std::string(32, 'a')}}));
  EXPECT_FALSE(Keyring::make({{std::string(33, 'k'), std::string(32, 'a')}}));
  EXPECT_FALSE(Keyring::make({{"k", std::string(32, 'a')}, {"k", std::string(32, 'b')}}));
}

}  // namespace
}  // namespace flow::crypto
