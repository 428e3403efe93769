#include "runtime/http/body_internal.h"

#include <gtest/gtest.h>

namespace flow::http {
namespace {

using Result = BodyReader::Result;

struct Read {
  Result result;
  std::string body;
  std::string left;
};

// Fed in pieces of `step` bytes.
Read chunks(const std::string& text, std::size_t step, std::size_t max = 1000) {
  BodyReader reader;
  reader.begin_chunks(max);
  Read read{Result::more, {}, {}};
  for (std::size_t at = 0; at < text.size(); at += step) {
    std::string_view piece = std::string_view(text).substr(at, step);
    read.result = reader.take(piece, read.body);
    if (read.result == Result::more) continue;
    read.left = std::string(piece) + text.substr(std::min(text.size(), at + step));
    break;
  }
  return read;
}

TEST(Body, ChunksInAnyPieces) {
  const std::string text =
      "3\r\nabc\r\n0A;name=\"v\"\r\n0123456789\r\n2 \t\r\nde\r\n0;x\r\nTrailer: y\r\nz:\r\n\r\nnext";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const Read read = chunks(text, step);
    EXPECT_EQ(read.result, Result::done) << step;
    EXPECT_EQ(read.body, "abc0123456789de") << step;
    EXPECT_EQ(read.left, "next") << step;
  }
}

TEST(Body, ChunksThatOthersMightReadInAnotherWayAreRefused) {
  const std::string zeros(1100, '0');
  for (const std::string& text : {std::string("\r\n"),
                                  std::string(";a\r\n"),
                                  std::string("0x3\r\nabc\r\n"),
                                  std::string("+3\r\nabc\r\n"),
                                  std::string("-1\r\n"),
                                  std::string(" 3\r\nabc"),
                                  std::string("3\nabc\n0\n\n"),
                                  std::string("3\r\nabcd\r\n"),
                                  std::string("3\r\nabc0\r\n\r\n"),
                                  std::string("3\r\nabc\n0\r\n\r\n"),
                                  std::string("3 4\r\nabc\r\n"),
                                  std::string("3;a\nb\r\nabc"),
                                  std::string("3;a\rb\r\nabc"),
                                  std::string("3;\0\r\nabc", 9),
                                  std::string("11111111111111111\r\n"),
                                  std::string("fffffffffffffffff\r\n"),
                                  std::string("0\r\n folded\r\n\r\n"),
                                  std::string("0\r\na: \0\r\n\r\n", 11),
                                  std::string("0\r\na: b\n\r\n"),
                                  std::string("0\r\n\r0"),
                                  zeros + "\r\n\r\n",
                                  "1;" + zeros + "\r\na\r\n",
                                  "1" + std::string(1100, ' ') + "\r\na\r\n",
                                  "0\r\na:" + std::string(9000, 'b') + "\r\n\r\n"}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, text.size()}) {
      EXPECT_EQ(chunks(text, step).result, Result::malformed) << text.substr(0, 40) << " in pieces of " << step;
    }
  }
}

TEST(Body, NoMoreThanItsLimit) {
  EXPECT_EQ(chunks("5\r\nabcde\r\n0\r\n\r\n", 3, 5).result, Result::done);
  EXPECT_EQ(chunks("6\r\n", 3, 5).result, Result::too_large);
  EXPECT_EQ(chunks("3\r\nabc\r\n3\r\n", 100, 5).result, Result::too_large);
  EXPECT_EQ(chunks("ffffffffffffffff\r\n", 100, 5).result, Result::too_large);
  BodyReader reader;
  std::string out;
  reader.begin_rest(4);
  EXPECT_TRUE(reader.ends_with_connection());
  std::string_view bytes = "abcd";
  EXPECT_EQ(reader.take(bytes, out), Result::more);
  bytes = "e";
  EXPECT_EQ(reader.take(bytes, out), Result::too_large);
  reader.begin_length(0, 4);
  EXPECT_EQ(reader.take(bytes, out), Result::done);
  EXPECT_EQ(bytes, "e") << "it belongs to the next message";
}

}  // namespace
}  // namespace flow::http
