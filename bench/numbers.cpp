// Phone numbers: the region of E.164 numbers by libphonenumber, by the automaton, and by the automaton specialised to
// the regions that the tutorial's flow tells apart, over the same shuffled numbers of all regions, in one run; and what
// reading a number costs that somebody wrote. `faster` is the ratio to libphonenumber in this run.
#include <benchmark/benchmark.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "base/check.h"
#include "numbers/automaton.h"
#include "numbers/classifier.h"
#include "numbers/numbers.h"

namespace flow::numbers {
namespace {

using benchmark::State;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kOfEachRegion = 1'100;

// One text after the other in one buffer.
struct Corpus {
  std::string text;
  std::vector<std::string_view> numbers;
};

// Valid numbers of a region: its examples with the last digits changed, as many of each type.
void add_region(const std::string& region, std::mt19937& random, std::vector<std::string>& into) {
  std::vector<std::string> examples;
  for (int type = PhoneNumberUtil::FIXED_LINE; type <= PhoneNumberUtil::VOICEMAIL; ++type) {
    PhoneNumber number;
    const auto wanted = static_cast<PhoneNumberUtil::PhoneNumberType>(type);
    if (!PhoneNumberUtil::GetInstance()->GetExampleNumberForType(region, wanted, &number)) continue;
    PhoneNumberUtil::GetInstance()->Format(number, PhoneNumberUtil::E164, &examples.emplace_back());
  }
  for (std::size_t made = 0; made < kOfEachRegion;) {
    std::string number = examples[random() % examples.size()];
    const std::size_t changed = std::min<std::size_t>(number.size() - 4, 2 + random() % 6);
    for (std::size_t i = 1; i <= changed; ++i) number[number.size() - i] = static_cast<char>('0' + random() % 10);
    const auto described = describe(number);
    if (!described || !described->valid() || region_name(described->region) != region) continue;
    into.push_back(number);
    ++made;
  }
}

const Corpus& corpus() {
  static const Corpus made = [] {
    std::mt19937 random(20261121);
    std::vector<std::string> numbers;
    for (const std::string& region : regions()) add_region(region, random, numbers);
    std::ranges::shuffle(numbers, random);
    Corpus corpus;
    for (const std::string& number : numbers) corpus.text += number;
    std::size_t at = 0;
    for (const std::string& number : numbers) {
      corpus.numbers.push_back(std::string_view(corpus.text).substr(at, number.size()));
      at += number.size();
    }
    FLOW_CHECK(corpus.numbers.size() >= 250'000);
    return corpus;
  }();
  return made;
}

double library_ns = 0;

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

// Runs `answer` over all numbers; its results are summed, so that none is left out.
template <typename Answer>
void over_all(State& state, Answer answer, double* ns_a_number = nullptr) {
  const auto& numbers = corpus().numbers;
  const double begin = cpu_ns();
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const std::string_view number : numbers) sum += answer(number);
    benchmark::DoNotOptimize(sum);
  }
  const double passes = static_cast<double>(state.iterations()) * static_cast<double>(numbers.size());
  const double each = (cpu_ns() - begin) / passes;
  if (ns_a_number != nullptr) *ns_a_number = each;
  state.counters["ns_a_number"] = each;
  if (library_ns > 0) state.counters["faster"] = library_ns / each;
}

std::int64_t region_by_library(std::string_view e164) {
  static const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(std::string(e164), "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) return 0;
  std::string region;
  util.GetRegionCodeForNumber(number, &region);
  return region.size() == 2 ? region[0] << 8 | region[1] : 0;
}

void region_libphonenumber(State& state) {
  over_all(state, region_by_library, &library_ns);
}
BENCHMARK(region_libphonenumber)->Unit(benchmark::kMillisecond)->Iterations(1);

void region_automaton(State& state) {
  over_all(state, region_of);
}
BENCHMARK(region_automaton)->Unit(benchmark::kMillisecond);

const Classifier& tutorial() {
  static const Classifier made = [] {
    const std::int64_t regions[] = {'P' << 8 | 'H', 'M' << 8 | 'Y'};
    return make_classifier(regions);
  }();
  return made;
}

void region_specialised_tutorial(State& state) {
  over_all(state, [&classifier = tutorial()](std::string_view number) { return classifier.classify(number); });
}
BENCHMARK(region_specialised_tutorial)->Unit(benchmark::kMillisecond);

void describe_automaton(State& state) {
  over_all(state, [](std::string_view number) {
    const auto described = describe(number);
    return described->region + static_cast<std::uint64_t>(described->type) + described->national.view().size();
  });
}
BENCHMARK(describe_automaton)->Unit(benchmark::kMillisecond);

void specialise(State& state) {
  const std::int64_t regions[] = {'P' << 8 | 'H', 'M' << 8 | 'Y'};
  for (auto _ : state) benchmark::DoNotOptimize(make_classifier(regions));
}
BENCHMARK(specialise)->Unit(benchmark::kMicrosecond);

void specialise_nanp(State& state) {
  const std::int64_t regions[] = {'U' << 8 | 'S', 'C' << 8 | 'A', 'P' << 8 | 'R'};
  for (auto _ : state) benchmark::DoNotOptimize(make_classifier(regions));
}
BENCHMARK(specialise_nanp)->Unit(benchmark::kMicrosecond);

void one_region(State& state, const char* text) {
  const std::string_view number = text;
  for (auto _ : state) benchmark::DoNotOptimize(region_of(number));
}
BENCHMARK_CAPTURE(one_region, PH, "+639171234567");
BENCHMARK_CAPTURE(one_region, US, "+12015550123");

void read(State& state, const char* text, const char* region) {
  for (auto _ : state) benchmark::DoNotOptimize(normalise(text, region));
}
BENCHMARK_CAPTURE(read, e164, "+639171234567", "");
BENCHMARK_CAPTURE(read, spaced, "+63 917 123 4567", "");
BENCHMARK_CAPTURE(read, national, "0917 123 4567", "PH");

}  // namespace
}  // namespace flow::numbers

BENCHMARK_MAIN();
