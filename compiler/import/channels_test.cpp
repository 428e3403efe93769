#include "compiler/import/channels.h"

#include <set>

#include <gtest/gtest.h>

namespace flow::importing {
namespace {

TEST(Channels, EachSenderHasOneOfItsOwn) {
  Imported imported;
  Channels channels(imported, "main");
  std::set<std::string> names;
  for (const char* sender : {"A B", "A-B", "AB", "店铺", "客服", "", "main", "sms"})
    EXPECT_TRUE(names.insert(channels.of("sms", sender, "/x")).second) << sender;
  EXPECT_TRUE(names.insert(channels.of("viber", "A B", "/x")).second);
  EXPECT_EQ(imported.workspace.size(), names.size());
  // Asked again, the same; a number with and without its sign is one.
  EXPECT_EQ(channels.of("sms", "A-B", "/x"), "sms_a_b_2");
  EXPECT_EQ(channels.of("whatsapp", "447700900001", "/x"), channels.of("whatsapp", "+447700900001", "/x"));
  EXPECT_EQ(imported.workspace.size(), names.size() + 1);
  EXPECT_EQ(imported.workspace.back().block.at(0).head, "number \"+447700900001\"");
  ASSERT_EQ(imported.report.notes().size(), 1U);
  EXPECT_EQ(imported.report.notes()[0].message,
            "no sender is in the original: the channel `sms_main` has one that was made up");
}

TEST(Channels, ASenderThatIsNoNumberIsToldWhereItMustBeOne) {
  Imported imported;
  Channels channels(imported, "main");
  for (const char* sender : {"Shop", "4411", "+12 34 567", "1234567890123456"}) channels.of("whatsapp", sender, "/x");
  ASSERT_EQ(imported.workspace.size(), 4U);
  for (const DraftEntry& channel : imported.workspace) EXPECT_EQ(channel.block.at(0).head, "number \"+10000000000\"");
  EXPECT_EQ(imported.report.of(NoteKind::defect), 4U);
  EXPECT_EQ(imported.report.notes().front().message,
            "the sender `Shop` is no phone number: the channel `whatsapp_shop` has one that was made up");
}

}  // namespace
}  // namespace flow::importing
