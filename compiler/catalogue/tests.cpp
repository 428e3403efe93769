// What tests are written with.
#include "compiler/catalogue/tests.h"

#include <array>

namespace flow::catalogue {
namespace {

using enum Support;
using program::Receipt;
using program::ReplyKind;
using program::ValueType;

constexpr TestEntry reply(std::string_view pattern, ReplyKind kind, std::string_view doc) {
  return {pattern, TestLine::reply, supported, "", doc, Receipt::none, false, kind};
}

constexpr auto kSetup = std::to_array<TestEntry>({
    {"given NAME", TestLine::given, supported, "= VALUE",
     "The value of an input; `blank` leaves an optional one absent."},
    {"start at DATETIME", TestLine::start_at, supported, "",
     "The wall clock, in UTC, when the execution starts; 2026-01-01T00:00 without it."},
    {"start at DATETIME zone TEXT", TestLine::start_at, supported, "", "The same by the clocks of a time zone."},
    {"stub STEP", TestLine::stub, supported, "= ANSWER",
     "What a step that asks the outside is answered: `failed`, `late`, `status 200 json(…)`, `ok json(…)`, a label, a "
     "text, `accepted`; how a called flow ends: `verified(attempts: 1)`, `done`, `expired`; what an `extern` reports: "
     "`keypress(\"1\")`; that a message is refused at once: `failed`. Several are used up in order."},
    {"choose STEP", TestLine::choose, supported, "= ARM",
     "Which arm a `random` step takes, by the step it goes to, by `end`, or by its share: `50%`."},
});

constexpr auto kEvents = std::to_array<TestEntry>({
    {"signal SIGNAL", TestLine::signal, supported, "", "The application sends a signal."},
    {"STEP sent", TestLine::receipt, supported, "", "The channel reports the step's last message as sent.",
     Receipt::sent},
    {"STEP delivered", TestLine::receipt, supported, "", "It is on the phone.", Receipt::delivered},
    {"STEP read", TestLine::receipt, supported, "", "It was opened.", Receipt::read},
    {"STEP failed", TestLine::receipt, supported, "", "The channel gives it up.", Receipt::failed},
    {"STEP failed TEXT", TestLine::receipt, supported, "", "The same, with the channel's reason.", Receipt::failed},
    {"STEP opted out", TestLine::receipt, supported, "",
     "The contact has unsubscribed: the step's last message was not sent.", Receipt::opted_out},
    reply("reply TEXT", ReplyKind::text, "The customer answers with a text."),
    reply("reply button TEXT", ReplyKind::button, "The customer presses a button that reads so."),
    reply("reply list TEXT", ReplyKind::list, "The customer takes a row of a list."),
    reply("reply image", ReplyKind::image, "The customer sends a picture."),
    reply("reply image URL", ReplyKind::image, "The picture that is there."),
    reply("reply video", ReplyKind::video, "A video."),
    reply("reply video URL", ReplyKind::video, "The video that is there."),
    reply("reply audio", ReplyKind::audio, "A sound."),
    reply("reply audio URL", ReplyKind::audio, "The sound that is there."),
    reply("reply file", ReplyKind::file, "A document."),
    reply("reply file URL", ReplyKind::file, "The document that is there."),
    reply("reply location", ReplyKind::location, "A place: 14.599512, 120.984222."),
    reply("reply location LATITUDE", ReplyKind::location, "Another place: `reply location 3.1302, 101.6711`."),
    reply("reply contacts", ReplyKind::contacts, "Contact cards."),
    reply("reply sticker", ReplyKind::sticker, "A sticker."),
});

constexpr auto kExpectations = std::to_array<TestEntry>({
    {"send STEP", TestLine::expect_send, supported, "{ CONDITION; … }",
     "The step sends a message, and each condition on it holds."},
    {"never send STEP", TestLine::never_send, supported, "", "From start to end the step sends nothing.", Receipt::none,
     true},
    {"visited STEP", TestLine::visited, supported, "", "The step is entered."},
    {"end", TestLine::end, supported, "", "The flow ends by a plain `end`."},
    {"end failed", TestLine::end_failed, supported, "", "It ends by `end failed`, whatever the reason."},
    {"end failed TEXT", TestLine::end_failed, supported, "", "It ends by `end failed` with this reason."},
    {"end OUTCOME", TestLine::end_outcome, supported, "", "It ends by an outcome of its own, or by `expired`."},
    {"request STEP", TestLine::expect_request, supported, "{ CONDITION; … }",
     "The step asks the outside, or calls a flow, and each condition on what it asks holds."},
    {"launch STEP", TestLine::expect_launch, supported, "", "The step launches a flow, or forwards to it."},
    {"unsubscribed VALUE", TestLine::unsubscribed, supported, "", "The flow has unsubscribed this customer."},
});

constexpr auto kFacts = std::to_array<TestFactEntry>({
    {"text", TestFact::message_text, supported, FactOf::message, ValueType::text,
     "What the message says; of a template its body with the parameters in it."},
    {"to", TestFact::message_to, supported, FactOf::message, ValueType::phone, "The number that it goes to."},
    {"template", TestFact::message_template, supported, FactOf::message, ValueType::text,
     "The name of its template; blank for a text."},
    {"language", TestFact::message_language, supported, FactOf::message, ValueType::language,
     "The language of its template; blank for a text."},
    {"kind", TestFact::message_kind, supported, FactOf::message, ValueType::text,
     "What kind of message it is: `text`, `template`, `image`, `buttons`, `list`, …"},
    {"parts", TestFact::message_parts, supported, FactOf::message, ValueType::text,
     "What it has besides its text, a line each: `button: To the sale`."},
    {"url", TestFact::request_url, supported, FactOf::request, ValueType::text, "Where a request goes."},
    {"body", TestFact::request_body, supported, FactOf::request, ValueType::text, "What it sends."},
    {"arguments", TestFact::request_arguments, supported, FactOf::request, ValueType::text,
     "Of what is no request: what is told, a line each: `argument name: Ana`, `input: Where is it?`."},
    {"messages", TestFact::messages, supported, FactOf::execution, ValueType::number, "How many messages were sent."},
    {"late receipts", TestFact::late, supported, FactOf::execution, ValueType::number,
     "How many receipts came after their step was left."},
    {"cost", TestFact::cost, supported, FactOf::execution, ValueType::money,
     "What the messages cost by the prices of the workspace, each SMS with the parts that its text has."},
});

}  // namespace

std::span<const TestEntry> test_setup() {
  return kSetup;
}
std::span<const TestEntry> test_events() {
  return kEvents;
}
std::span<const TestEntry> test_expectations() {
  return kExpectations;
}
std::span<const TestFactEntry> test_facts() {
  return kFacts;
}

}  // namespace flow::catalogue
