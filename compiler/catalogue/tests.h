// The vocabulary of tests (docs/language/tests.md) as data: what may stand in a `test` block, what happens, what may be
// expected, and what conditions may be about. What is `not_yet` comes with the component that it is for: then its entry
// gets an id, and compiler/test a reader and a runner of that id. The rules of catalogue.h hold here, too.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "compiler/catalogue/catalogue.h"
#include "runtime/program/abi.h"
#include "runtime/program/reply.h"

namespace flow::catalogue {

enum class TestLine : std::uint8_t {
  none,
  given,
  start_at,
  choose,
  stub,
  receipt,  // of any kind: TestEntry::receipt
  signal,
  reply,  // of any kind: TestEntry::reply
  expect_send,
  never_send,
  expect_request,
  expect_launch,
  visited,
  end,
  end_failed,
  end_outcome,
  unsubscribed,
};

struct TestEntry {
  std::string_view pattern;  // of an expectation: without `expect`
  TestLine id;
  Support support;
  std::string_view after;  // what follows the words: "= VALUE", "{ CONDITION; … }"
  std::string_view doc;
  program::Receipt receipt = program::Receipt::none;    // of TestLine::receipt
  bool about_all = false;                               // an expectation that takes no `at T:`
  program::ReplyKind reply = program::ReplyKind::text;  // of TestLine::reply
};

std::span<const TestEntry> test_setup();         // before anything happens
std::span<const TestEntry> test_events();        // behind `at T:`
std::span<const TestEntry> test_expectations();  // behind `expect`

// What a condition is about: of one message (`expect send STEP { … }`), of one request (`expect request STEP { … }`),
// or of the whole execution (`expect …`).
enum class TestFact : std::uint8_t {
  none,
  message_text,
  message_to,
  message_template,
  message_language,
  message_kind,
  message_parts,
  request_url,
  request_body,
  request_arguments,
  messages,
  late,
  cost
};
enum class FactOf : std::uint8_t { message, request, execution };

struct TestFactEntry {
  std::string_view name;  // perhaps two words: "late receipts"
  TestFact id;
  Support support;
  FactOf of;
  program::ValueType type;
  std::string_view doc;
};

std::span<const TestFactEntry> test_facts();

}  // namespace flow::catalogue
