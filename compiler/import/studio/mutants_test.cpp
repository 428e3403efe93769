// Samples with something changed in their JSON: nothing crashes, what is imported is a flow without errors, and no
// state is lost.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "compiler/import/studio/definition.h"
#include "compiler/import/studio/import_test_support.h"
#include "compiler/import/studio/studio.h"
#include "tests/support/long_run.h"
#include "tests/support/sanitized.h"

namespace flow::importing::studio {
namespace {

namespace fs = std::filesystem;

std::vector<Json> samples() {
  std::vector<Json> out;
  for (const auto& entry : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / "compiler/import/studio/testdata")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const Json json = Json::parse(text);
    const Json* definition = member_of(json, "definition");
    out.push_back(definition != nullptr && definition->is_string() ? Json::parse(definition->get<std::string>())
                                                                   : json);
  }
  return out;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  void mutate(Json& json) {
    std::vector<Json*> places;
    collect(json, places);
    for (std::size_t i = 1 + pick(3); i > 0; --i) {
      Json& place = *places[pick(places.size())];
      change(place, *places[pick(places.size())]);
      places.clear();
      collect(json, places);
    }
  }

 private:
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

  static void collect(Json& json, std::vector<Json*>& places) {
    places.push_back(&json);
    if (!json.is_structured()) return;
    for (Json& one : json) collect(one, places);
  }

  void change(Json& place, const Json& other) {
    static const std::vector<Json> values = {nullptr,
                                             true,
                                             7,
                                             -2.5,
                                             "",
                                             "x",
                                             "end",
                                             "{{",
                                             "{%",
                                             "{{ x | y: }}",
                                             "{% for a in b %}",
                                             "{{widgets.start.inbound.Body | plus: 1 | upcase}}",
                                             "{{flow.variables.tries | default: \"}}\"}}",
                                             "\"\"\"\n\\ {{",
                                             "whatsapp:+15550100",
                                             "+15550100",
                                             "https://x:y@host.example:99/a?b={{flow.data.x}}#c",
                                             "${var.x}",
                                             "3600",
                                             "-1",
                                             "{\"a\": {{flow.variables.tries}}, \"b\": [\"{{trigger.message.Body}}\"]}",
                                             Json::array(),
                                             Json::object(),
                                             Json::array({"a", Json::object({{"key", "k"}, {"value", "v"}})}),
                                             std::string(300, 'y'),
                                             "send-message",
                                             "split-based-on",
                                             "run-subflow",
                                             "set-variables",
                                             "make-http-request",
                                             "send-to-flex",
                                             "send-and-wait-for-reply",
                                             "contains",
                                             "matches_any_of",
                                             "regex",
                                             "less_than",
                                             "is_after_time",
                                             "a,A, b",
                                             "(",
                                             "\xF0\x9F\xA5\x90",
                                             "sms",
                                             "id"};
    switch (pick(5)) {
      case 0:
        place = values[pick(values.size())];
        break;
      case 1: {
        const Json copy = other;
        place = copy;
        break;
      }
      case 2:
        if (place.is_object() && !place.empty()) {
          auto member = place.begin();
          std::advance(member, static_cast<std::ptrdiff_t>(pick(place.size())));
          place.erase(member);
        } else if (place.is_array() && !place.empty()) {
          place.erase(place.begin() + static_cast<std::ptrdiff_t>(pick(place.size())));
        }
        break;
      case 3:
        if (place.is_array() && !place.empty()) {
          const Json copy = place[pick(place.size())];
          place.push_back(copy);
        } else if (place.is_string()) {
          std::string text = place.get<std::string>();
          const std::size_t at_place = pick(text.size() + 1);
          text.insert(at_place, values[pick(values.size())].dump());
          place = text;
        }
        break;
      default:
        if (place.is_string()) place = values[3 + pick(values.size() - 3)];
    }
  }

  std::mt19937_64 random_;
};

// Every state is a step, or the arms of one, or told to be out of reach of the import.
void expect_all_states(const Json& json, const Checked& checked) {
  std::size_t counted = 0;
  for (const auto& [type, count] : checked.imported.report.types()) counted += count.all;
  EXPECT_EQ(counted, json["states"].size());
}

TEST(StudioMutants, AreFlowsOrAreRefused) {
  const std::vector<Json> all = samples();
  ASSERT_GE(all.size(), 12U);
  const int count = testing_support::long_run() ? 100'000 : testing_support::kSanitized ? 250 : 2'000;
  int imported = 0;
  for (int i = 0; i < count && !HasFailure(); ++i) {
    Json json = all[static_cast<std::size_t>(i) % all.size()];
    Mutator(static_cast<std::uint64_t>(i)).mutate(json);
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (!json.is_object() || !unwrap(json).problem.empty()) continue;
    const Unwrapped found = unwrap(json);
    if (found.outside == nullptr) continue;
    SCOPED_TRACE(fmt::format("mutant {}: {}", i, text));
    if (!format().recognises(json)) continue;
    const Checked checked = import_and_check(text, "mutant", Depth::check);
    if (!checked.refused().empty()) continue;
    ++imported;
    EXPECT_FALSE(checked.sink.has_errors()) << checked.findings() << (checked.texts.empty() ? "" : checked.texts[0]);
    expect_all_states(found.definition(), checked);
  }
  EXPECT_GE(imported, count / 3);
}

}  // namespace
}  // namespace flow::importing::studio
