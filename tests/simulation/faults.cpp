#include "tests/simulation/faults.h"

#include <charconv>

#include <fmt/format.h>

namespace flow::simulation {

namespace {

struct Named {
  std::string_view name;
  std::array<std::uint32_t, 3> rates;  // of a thousand: rare, common, rife
};

constexpr std::array<Named, kFaults> kNamed = {{
    {"crash", {2, 10, 30}},
    {"crash_at_effect", {5, 20, 60}},
    {"crash_at_disk", {2, 8, 25}},
    {"clock_jump", {100, 300, 600}},
    {"slow_disk", {30, 150, 500}},
    {"failing_disk", {1, 4, 10}},
    {"request_lost", {30, 100, 300}},
    {"answer_lost", {30, 100, 300}},
    {"late_double", {30, 100, 300}},
    {"twice_at_once", {50, 150, 400}},
    {"client_impatient", {50, 200, 500}},
    {"send_lost", {30, 100, 300}},
    {"send_answer_lost", {30, 100, 300}},
    {"send_slow", {50, 150, 400}},
    {"send_refused", {30, 100, 300}},
    {"send_transient", {50, 150, 400}},
    {"send_throttled", {50, 150, 400}},
    {"send_lied", {20, 80, 200}},
    {"receipt_lost", {50, 150, 500}},
    {"receipt_twice", {50, 200, 500}},
    {"receipt_late", {30, 100, 300}},
    {"receipt_early", {50, 200, 500}},
    {"receipt_disordered", {50, 200, 500}},
    {"receipt_stray", {10, 50, 100}},
    {"publish_other", {10, 30, 100}},
    {"partition", {100, 300, 600}},
    {"pause", {100, 300, 600}},
    {"clock_drift", {200, 500, 1000}},
    {"lease_lost", {50, 150, 400}},
    {"database_down", {50, 100, 300}},
}};

}  // namespace

std::string_view name_of(Fault fault) {
  return kNamed[static_cast<std::size_t>(fault)].name;
}

std::optional<Fault> fault_named(std::string_view name) {
  for (std::size_t i = 0; i < kFaults; ++i)
    if (kNamed[i].name == name) return static_cast<Fault>(i);
  return std::nullopt;
}

Faults Faults::draw(generate::Random& random) {
  Faults faults;
  // Some seeds are calm, some are wild.
  const unsigned percent = random.pick(std::vector<unsigned>{10, 30, 50, 50, 80});
  for (std::size_t i = 0; i < kFaults; ++i)
    if (random.chance(percent)) faults.rates_[i] = kNamed[i].rates[random.below(3)];
  return faults;
}

std::optional<Faults> Faults::parse(std::string_view text) {
  Faults faults;
  if (text == "none") return faults;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const auto fault = fault_named(text.substr(0, space));
    if (!fault || space == std::string_view::npos) return std::nullopt;
    std::uint32_t rate = 0;
    const char* begin = text.data() + space + 1;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), rate);
    if (error != std::errc{} || rate > 1000) return std::nullopt;
    faults.set(*fault, rate);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(", ")) text.remove_prefix(2);
  }
  return faults;
}

std::string Faults::text() const {
  std::string text;
  for (std::size_t i = 0; i < kFaults; ++i)
    if (rates_[i] != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", kNamed[i].name, rates_[i]);
  return text.empty() ? "none" : text;
}

}  // namespace flow::simulation
