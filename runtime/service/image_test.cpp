// The bytes of an execution: whatever is put in comes out, and nothing that is cut or turned does harm.
#include "runtime/service/image.h"

#include <gtest/gtest.h>

#include "runtime/service/timeline.h"
#include "runtime/service/trace.h"

namespace flow::service {
namespace {

Head sample_head(bool ended, bool with_key) {
  Head head;
  for (std::size_t i = 0; i < head.id.bytes.size(); ++i) head.id.bytes[i] = static_cast<std::uint8_t>(i * 7);
  head.order = std::uint64_t{1'789'000'000'123} << kOrderShift | 77;
  head.party = 0x0123'4567'89AB'CDEF;
  head.key = with_key ? UINT64_MAX : 0;
  head.changed_at_ms = started_ms(head.order) + 123'456;
  head.sequence = (std::uint64_t{1} << 39) + 5;
  head.revision = 3'000'000'000;
  head.use = 70'000;
  head.ended = ended;
  return head;
}

Image sample_image(const Head& head) {
  Image image;
  image.fingerprint = head.key != 0 ? 42 : 0;
  image.trace = parse_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  image.state = "the state";
  image.entries = 3;
  image.last_entry_ms = head.changed_at_ms;
  image.timeline = "entries";
  if (head.ended) {
    image.end = program::EndKind::outcome;
    image.ended_after_ms = 99;
    image.messages = 2;
    image.party = "+639*******67";
    image.outcome = "verified";
    image.reason = "because";
    return image;
  }
  Pending text;
  text.message = 4;
  text.attempts = 2;
  text.next_attempt_ms = head.changed_at_ms + 500;
  text.secret = true;
  text.channel = 1;
  text.to = "+639171234567";
  text.text = "482913";
  text.not_after_ms = head.changed_at_ms + 9'000;
  Pending from_template = text;
  from_template.message = 5;
  from_template.begun = from_template.in_flight = from_template.doubtful = from_template.loaded = true;
  from_template.template_index = 3;
  from_template.text.clear();
  from_template.values = {"482913", ""};
  from_template.language = "en";
  from_template.ttl_ms = 60'000;
  from_template.not_after_ms = program::kNever;
  Pending rich = text;
  rich.message = 6;
  rich.content = 2;
  rich.parts = {"https://cdn.shop.example/a.jpg", "", "More"};
  image.pending = {text, rich, from_template};
  PendingOperation asked;
  asked.operation = 7;
  asked.site = 2;
  asked.attempts = 1;
  asked.next_attempt_ms = head.changed_at_ms + 5'000;
  asked.not_after_ms = head.changed_at_ms + 60'000;
  asked.secret = true;
  asked.arguments = {"https://crm.example/x", "", std::string(300, 'b')};
  PendingOperation endless = asked;
  endless.operation = 8;
  endless.secret = false;
  endless.not_after_ms = program::kNever;
  endless.arguments.clear();
  endless.cancelled = true;
  image.operations = {asked, endless};
  image.turns = {{true, "Hello"}, {false, ""}, {false, std::string(200, 'x')}};
  image.caller = Caller{head.id, 3, true};
  image.outputs = R"({"attempts":"2"})";
  return image;
}

void expect_equal(const Pending& seen, const Pending& expected) {
  EXPECT_EQ(seen.message, expected.message);
  EXPECT_EQ(seen.attempts, expected.attempts);
  EXPECT_EQ(seen.next_attempt_ms, expected.next_attempt_ms);
  EXPECT_EQ(seen.begun, expected.begun);
  EXPECT_EQ(seen.in_flight, expected.in_flight);
  EXPECT_EQ(seen.doubtful, expected.doubtful);
  EXPECT_EQ(seen.loaded, expected.loaded);
  EXPECT_EQ(seen.secret, expected.secret);
  EXPECT_EQ(seen.channel, expected.channel);
  EXPECT_EQ(seen.template_index, expected.template_index);
  EXPECT_EQ(seen.to, expected.to);
  EXPECT_EQ(seen.text, expected.text);
  EXPECT_EQ(seen.values, expected.values);
  EXPECT_EQ(seen.language, expected.language);
  EXPECT_EQ(seen.content, expected.content);
  EXPECT_EQ(seen.parts, expected.parts);
  EXPECT_EQ(seen.ttl_ms, expected.ttl_ms);
  EXPECT_EQ(seen.not_after_ms, expected.not_after_ms);
}

void expect_equal(const PendingOperation& seen, const PendingOperation& expected) {
  EXPECT_EQ(seen.operation, expected.operation);
  EXPECT_EQ(seen.site, expected.site);
  EXPECT_EQ(seen.attempts, expected.attempts);
  EXPECT_EQ(seen.next_attempt_ms, expected.next_attempt_ms);
  EXPECT_EQ(seen.not_after_ms, expected.not_after_ms);
  EXPECT_EQ(seen.secret, expected.secret);
  EXPECT_EQ(seen.cancelled, expected.cancelled);
  EXPECT_EQ(seen.arguments, expected.arguments);
}

TEST(Image, ComesBackAsItWas) {
  for (const bool ended : {false, true}) {
    for (const bool with_key : {false, true}) {
      const Head head = sample_head(ended, with_key);
      const Image image = sample_image(head);
      std::string bytes;
      put_image(head, image, bytes);
      Image seen;
      ASSERT_TRUE(take_image(head, bytes, seen));
      EXPECT_EQ(seen.fingerprint, image.fingerprint);
      EXPECT_EQ(seen.trace, image.trace);
      EXPECT_EQ(seen.state, image.state);
      EXPECT_EQ(seen.entries, image.entries);
      EXPECT_EQ(seen.last_entry_ms, image.last_entry_ms);
      EXPECT_EQ(seen.timeline, image.timeline);
      EXPECT_EQ(seen.end, image.end);
      EXPECT_EQ(seen.ended_after_ms, image.ended_after_ms);
      EXPECT_EQ(seen.messages, image.messages);
      EXPECT_EQ(seen.party, image.party);
      EXPECT_EQ(seen.outcome, image.outcome);
      EXPECT_EQ(seen.reason, image.reason);
      EXPECT_EQ(seen.caller, image.caller);
      EXPECT_EQ(seen.outputs, image.outputs);
      ASSERT_EQ(seen.pending.size(), image.pending.size());
      for (std::size_t i = 0; i < seen.pending.size(); ++i) expect_equal(seen.pending[i], image.pending[i]);
      EXPECT_EQ(seen.turns, image.turns);
      ASSERT_EQ(seen.operations.size(), image.operations.size());
      for (std::size_t i = 0; i < seen.operations.size(); ++i) expect_equal(seen.operations[i], image.operations[i]);
    }
  }
}

TEST(Image, EveryCutIsRefused) {
  const Head head = sample_head(false, true);
  std::string bytes;
  put_image(head, sample_image(head), bytes);
  Image seen;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(take_image(head, std::string_view(bytes).substr(0, cut), seen)) << cut;
  }
  EXPECT_FALSE(take_image(head, bytes + "x", seen));
  bytes[0] = kImageVersion + 1;
  const Status newer = take_image(head, bytes, seen);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::failed_precondition);
}

TEST(Image, NoTurnedByteDoesHarm) {
  const Head head = sample_head(false, true);
  std::string bytes;
  put_image(head, sample_image(head), bytes);
  Image seen;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
      std::string turned = bytes;
      turned[at] = static_cast<char>(value);
      (void)take_image(head, turned, seen);
      (void)read_timeline(seen, started_ms(head.order), nullptr, "", "");
      (void)outline_of(head, turned);
    }
  }
}

TEST(Head, ComesBackAsItWas) {
  for (const bool ended : {false, true}) {
    for (const bool with_key : {false, true}) {
      const Head head = sample_head(ended, with_key);
      std::string record;
      put_head(head, record);
      const std::size_t size = record.size();
      record += "image";
      Bytes rest{reinterpret_cast<const std::uint8_t*>(record.data()), record.size()};
      EXPECT_EQ(id_of(rest), head.id);
      EXPECT_EQ(order_of(rest), head.order);
      EXPECT_EQ(sequence_of(rest), head.sequence);
      const Head seen = take_head(rest);
      EXPECT_EQ(record.size() - rest.size(), size);
      EXPECT_EQ(seen.id, head.id);
      EXPECT_EQ(seen.order, head.order);
      EXPECT_EQ(seen.party, head.party);
      EXPECT_EQ(seen.key, head.key);
      EXPECT_EQ(seen.changed_at_ms, head.changed_at_ms);
      EXPECT_EQ(seen.sequence, head.sequence);
      EXPECT_EQ(seen.revision, head.revision);
      EXPECT_EQ(seen.use, head.use);
      EXPECT_EQ(seen.ended, head.ended);
    }
  }
}

TEST(PackedText, ComesBackAndIsSmallForTheIdsOfProviders) {
  const std::pair<std::string, std::size_t> texts[] = {
      {"", 1},
      {"SM9f86d081884c7d659a2feaa0c55ad015", 20},
      {"SM9F86D081884C7D659A2FEAA0C55AD015", 28},
      {"9f86d081884c7d659a2feaa0c55ad015", 18},
      {"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", 18},
      {"aaaaaaaa-bbbb-4ccc-8ddd-0123456789aB", 38},
      {"wamid.HBgMNjAxMjM0NTY3ODkwFQIAERgSMEQ5QkQ1RjA4MzAxRTlDQkE0AA==", 46},
      {"wamid.HBgMNjAxMjM0NTY3ODkwFQIAERgSMEQ5QkQ1RjA4MzAxRTlDQkE0AA===", 67},
      {"wamid.", 8},
      {"wamid.a-b", 11},
      {"abc", 4},
      {"a reason: with words", 22},
      {"+639*******67", 15},
  };
  for (const auto& [text, most] : texts) {
    std::string bytes;
    put_packed(text, bytes);
    EXPECT_LE(bytes.size(), most) << text;
    std::string_view rest = bytes;
    std::string seen;
    ASSERT_TRUE(take_packed(rest, seen)) << text;
    EXPECT_EQ(seen, text);
    EXPECT_TRUE(rest.empty()) << text;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      rest = std::string_view(bytes).substr(0, cut);
      EXPECT_FALSE(take_packed(rest, seen)) << text << " " << cut;
    }
  }
}

TEST(Trace, IsKeptAsBytesAndComesBack) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string bytes = parse_trace(good);
  EXPECT_EQ(bytes.size(), kTraceBytes);
  EXPECT_EQ(format_trace(bytes), good);
  EXPECT_EQ(format_trace(""), "");
  for (const std::string bad : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01"}) {
    EXPECT_EQ(parse_trace(bad), "") << bad;
  }
}

}  // namespace
}  // namespace flow::service
