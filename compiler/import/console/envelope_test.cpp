// Envelopes in and out, and what is no envelope.
#include "compiler/import/console/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <string>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/console.h"

namespace flow::importing::console {
namespace {

TEST(Base64, GoesBothWays) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    bytes += static_cast<char>(i * 37);
  }
  EXPECT_EQ(to_base64("ab"), "YWI=");
  EXPECT_EQ(from_base64("YW\nI=\r\n").value(), "ab");
  EXPECT_EQ(from_base64("").value(), "");
  // Without padding, and as addresses have it.
  EXPECT_EQ(from_base64("YWI").value(), "ab");
  EXPECT_EQ(from_base64("YQ").value(), "a");
  EXPECT_EQ(from_base64("-_-_").value(), from_base64("+/+/").value());
}

TEST(Base64, RefusesWhatIsNone) {
  const auto error = [](const char* text) { return from_base64(text).error().message; };
  EXPECT_EQ(error("YW!I"), "character 3 is no base64");
  EXPECT_EQ(error("YWIxY"), "base64 is cut off: its last group has 1 of 4 characters");
  EXPECT_EQ(error("YWI=Y"), "base64 goes on after its end at character 5");
  EXPECT_EQ(error("YWI=YWI="), "base64 goes on after its end at character 5");
  EXPECT_EQ(error("Y==="), "character 2 is no base64");
  EXPECT_EQ(error("YW=I"), "character 4 is no base64");
}

TEST(Gzip, IsTheSameForTheSameText) {
  const std::string gzip = compress("hello").value();
  EXPECT_EQ(gzip, compress("hello").value());
  EXPECT_TRUE(to_base64(gzip).starts_with("H4sIAAAAAAAAA"));  // no time, no name
  EXPECT_EQ(decompress(gzip, 5).value(), "hello");
}

TEST(Gzip, ThatIsNoneOrCutOffOrTooLargeIsAnError) {
  const std::string gzip = compress(std::string(100'000, 'x')).value();
  EXPECT_EQ(decompress(gzip, 99'999).error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(decompress(gzip.substr(0, gzip.size() - 1), 1 << 20).error().code, ErrorCode::data_loss);
  EXPECT_EQ(decompress(gzip + "x", 1 << 20).error().message, "1 bytes follow its end");
  EXPECT_EQ(decompress("", 10).error().code, ErrorCode::data_loss);
  EXPECT_EQ(decompress("no gzip at all", 10).error().message, "it is no gzip, or damaged");
}

// Some 64 KiB that hold a little more than is read: refused before it is all there.
TEST(Gzip, ThatIsABombIsRefused) {
  const std::string bomb = to_base64(compress(std::string(limits::kImportBytesMax + 1, ' ')).value());
  EXPECT_LT(bomb.size(), limits::kImportBytesMax / 500);
  const auto graph = unpack(bomb);
  ASSERT_FALSE(graph.has_value());
  EXPECT_EQ(graph.error().message, fmt::format("it holds more than {} bytes", limits::kImportBytesMax));
}

std::string read_error(const Json& json) {
  const Imported imported = format().read(json, {"imported"});
  return imported.report.failed() ? imported.report.notes().at(0).pointer + ": " + imported.report.notes().at(0).message
                                  : std::string();
}

TEST(Envelope, ThatIsNoneIsSaidSo) {
  EXPECT_EQ(read_error({{"editor", 7}}), "/editor: is no text");
  EXPECT_EQ(read_error({{"editor", "****"}}), "/editor: character 1 is no base64");
  EXPECT_EQ(read_error({{"editor", to_base64("nothing")}}), "/editor: it is no gzip, or damaged");
  EXPECT_EQ(read_error({{"editor", to_base64(compress("no JSON").value())}}).substr(0, 33),
            "/editor: line 1, column 2 is no J");
  EXPECT_EQ(read_error({{"editor", pack(Json::array({1, 2})).value()}}), "/editor/0: is no node with an `id`");
  EXPECT_EQ(read_error({{"editor", pack("text").value()}}), "/editor: has neither `nodes` and `edges` nor `cells`");
  EXPECT_EQ(read_error({{"editor", pack({{"format", "flow.graph"}, {"version", 2}}).value()}}),
            "/editor/version: is 2, and 1 is known");
}

// In answers and requests of the API, in texts, without gzip.
TEST(Envelope, IsFoundWhereverItStands) {
  const Json graph = {
      {"nodes", Json::array({{{"id", "s"}, {"type", "Start"}}, {{"id", "w"}, {"type", "Wait"}, {"duration", 5}}})},
      {"edges", Json::array({{{"source", "s"}, {"target", "w"}}})}};
  const Json flow = {{"triggerType", "TriggeredManually"}};
  const std::string packed = pack(graph).value();
  std::string address = packed.substr(0, packed.find('='));
  std::replace(address.begin(), address.end(), '+', '-');
  std::replace(address.begin(), address.end(), '/', '_');
  const Json envelope = {{"editor", packed}, {"flow", flow}};
  const Json all[] = {
      envelope,
      {{"Code", "OK"}, {"Data", {{"FlowViewModel", envelope.dump()}}}},
      {{"Title", "x"}, {"FlowViewModel", envelope}},
      {{"editor", address}, {"flow", flow}},
      {{"editor", graph}, {"flow", flow}},
      {{"editor", graph.dump(2)}, {"flow", flow}},
      {{"editor", to_base64(graph.dump())}, {"flow", flow}},
      {{"code", 200}, {"data", {{"graph", graph}}}},
      Json(graph.dump()),
  };
  for (const Json& each : all) {
    ASSERT_TRUE(format().recognises(each)) << each.dump();
    const Imported imported = format().read(each, {"imported"});
    ASSERT_FALSE(imported.report.failed()) << each.dump() << imported.report.text();
    EXPECT_NE(write(imported.flows[0].flow).value().find("wait: wait 5s => end"), std::string::npos) << each.dump();
  }
  // What stands beside is told.
  EXPECT_NE(format().read(all[1], {"imported"}).report.text().find("/Code: stands beside the graph: OK"),
            std::string::npos);
}

TEST(Envelope, OfAnotherProductIsNotRecognised) {
  EXPECT_FALSE(format().recognises({{"states", Json::array()}, {"initial_state", "Trigger"}}));
  EXPECT_FALSE(format().recognises({{"workflow", {{{"channel", "sms"}}}}, {"brand", "x"}}));
  EXPECT_FALSE(format().recognises(Json::array()));
  EXPECT_FALSE(format().recognises(Json::array({1, 2})));
  EXPECT_FALSE(format().recognises("text"));
  EXPECT_FALSE(format().recognises(nullptr));
  EXPECT_TRUE(format().recognises({{"editor", "x"}}));
  EXPECT_TRUE(format().recognises({{"nodes", Json::array()}, {"edges", Json::array()}}));
}

}  // namespace
}  // namespace flow::importing::console
