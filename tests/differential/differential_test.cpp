// Oracle, interpreter and compiled code, side by side: the same effects and the same stored bytes for every event of
// random sequences on generated flows and on real ones. docs/differential-testing.md tells more.
//
// usage: differential_test [--seed N] [--flows F] [--sequences M] [--flow K] [--sequence S] [--long]
//   --seed N        another seed (default: fixed, so that CI is steady)
//   --flows F       generated flows; --sequences M: of each (ten times as many of real ones)
//   --flow K        only that flow: a number, or the name of one that is not generated
//   --sequence S    only that sequence
//   --long          more of everything, with a seed of the day (or FLOW_TEST_LONG=1)
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "compiler/ir/text.h"
#include "tests/differential/generate.h"
#include "tests/differential/load.h"
#include "tests/differential/subjects.h"
#include "tests/differential/tutorial.h"
#include "tests/support/long_run.h"
#include "tests/support/sanitized.h"

namespace flow::differential {
namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t flows = testing_support::kSanitized ? 40 : 360;
  std::uint64_t sequences = testing_support::kSanitized ? 100 : 300;
  std::string flow;  // empty: all
  std::optional<std::uint64_t> sequence;
};

constexpr std::size_t kEventsMax = 24;  // of a sequence
constexpr std::size_t kEventsAfterEnd = 2;

// What runs: a name, and how to make it.
struct Item {
  std::string name;
  bool optimised = false;
  std::function<Result<check::Workspace>()> make;
  std::size_t flow = 0;  // of that workspace
};

// The flows of a folder, by name.
Item from_source(const std::string& folder, const std::string& name, std::size_t flow) {
  return {name, true, [=] { return load_workspace(std::string(FLOW_SOURCE_DIR) + "/" + folder); }, flow};
}

std::vector<Item> items(const Arguments& arguments) {
  std::vector<Item> all;
  all.push_back({"tutorial", true, generate::tutorial});
  all.push_back({"endless_sender", false, generate::endless_sender});
  all.push_back(from_source("tests/differential/flows", "reminder", 0));
  all.push_back(from_source("tests/differential/flows", "table", 1));
  all.push_back(from_source("compiler/optimize/testdata/wishes", "wishes", 0));
  all.push_back(from_source("flows/otp", "deliver_otp", 0));
  for (std::uint64_t i = 0; i < arguments.flows; ++i)
    all.push_back(
        {std::to_string(i), i % 8 == 0, [=] { return generate::workspace(generate::derive(arguments.seed, i)); }});
  if (arguments.flow.empty()) return all;
  std::erase_if(all, [&](const Item& item) { return item.name != arguments.flow; });
  return all;
}

class Run {
 public:
  explicit Run(Arguments arguments) : arguments_(std::move(arguments)), items_(items(arguments_)) {}

  int all() {
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1U, 4U); ++i)
      threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (items_.empty()) report(fmt::format("there is no flow `{}`", arguments_.flow));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print("{} sequences, {} events, {} flows in {:.1f} s: {}\n", sequences_.load(), events_.load(), items_.size(),
               took.count(), failed_ ? "FAILED" : "all agree");
    return failed_ ? 1 : 0;
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < items_.size() && !failed_; i = next_++) flow(items_[i]);
  }

  void flow(const Item& item) {
    Result<check::Workspace> workspace = item.make();
    if (!workspace) return report(fmt::format("flow {}: {}", item.name, workspace.error().message));
    auto prepared = prepare(std::move(*workspace), item.flow, item.optimised);
    if (!prepared) return report(fmt::format("flow {}: {}", item.name, prepared.error().message));
    if (item.name == "endless_sender") return messages_to_the_limit(item, **prepared);
    const std::uint64_t flow_seed = generate::derive(arguments_.seed, std::hash<std::string>()(item.name));
    if (arguments_.sequence) return sequence(item, **prepared, flow_seed, *arguments_.sequence);
    const bool generated = item.name.find_first_not_of("0123456789") == std::string::npos;
    const std::uint64_t count = generated ? arguments_.sequences : 10 * arguments_.sequences;
    for (std::uint64_t s = 0; s < count && !failed_; ++s) sequence(item, **prepared, flow_seed, s);
  }

  void sequence(const Item& item, const Prepared& prepared, std::uint64_t flow_seed, std::uint64_t number) {
    generate::Random random(generate::derive(flow_seed, number));
    const auto inputs = random_inputs(random, *prepared.subject.flow);
    EventSource source(random, *prepared.subject.flow, prepared.subject.info.signals.size());
    SideBySide run(prepared.subject, inputs);
    std::vector<Event> events;
    std::size_t after_end = 0;
    while (events.size() < kEventsMax && after_end < kEventsAfterEnd) {
      events.push_back(source.next(run.state()));
      if (run.step(events.back())) {
        failure(item, prepared, inputs, events, fmt::format(" --sequence {}", number));
        break;
      }
      if (run.state().ended) ++after_end;
    }
    ++sequences_;
    events_ += events.size();
  }

  void messages_to_the_limit(const Item& item, const Prepared& prepared) {
    const std::vector<std::optional<oracle::Value>> inputs = {oracle::Value{"+639171234567"}, oracle::Value{"482913"},
                                                              std::nullopt};
    SideBySide run(prepared.subject, inputs);
    std::vector<Event> events;
    Event event;
    event.at_ms = kBeginMs;
    while (!run.state().ended) {
      events.push_back(event);
      if (run.step(event)) return failure(item, prepared, inputs, events, "");
      event.kind = program::EventKind::receipt;
      event.receipt = std::to_underlying(program::Receipt::sent);
      event.message = static_cast<std::uint32_t>(events.size() - 1);
    }
    ++sequences_;
    events_ += events.size();
  }

  void failure(const Item& item, const Prepared& prepared, const std::vector<std::optional<oracle::Value>>& inputs,
               const std::vector<Event>& events, const std::string& replay_arguments) {
    const std::vector<Event> few = shrink(prepared.subject, inputs, events);
    std::string text = fmt::format("flow {}\n\n{}\ninputs:\n", item.name, ir::print(prepared.module->flows[item.flow]));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const check::Variable& variable = prepared.subject.flow->variables[i];
      text += fmt::format("  {} = {}\n", variable.name,
                          inputs[i] ? oracle::to_text(*inputs[i], variable.type.kind).substr(0, 80) : "absent");
    }
    text += fmt::format("events ({} of {}):\n", few.size(), events.size());
    for (const Event& event : few) text += "  " + event.text() + "\n";
    const auto wrong = replay(prepared.subject, inputs, few);
    text += fmt::format("after the last: {}\n", wrong ? wrong->what : "all agree (not reproduced)");
    text += fmt::format("again: differential_test --seed {} --flow {}{}", arguments_.seed, item.name, replay_arguments);
    report(text);
  }

  void report(const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (failed_) return;  // one is enough
    failed_ = true;
    fmt::print("FAILED: {}\n", text);
  }

  const Arguments arguments_;
  const std::vector<Item> items_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::uint64_t> sequences_ = 0;
  std::atomic<std::uint64_t> events_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void run_long(Arguments& arguments) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  arguments.seed = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::hours>(now).count() / 24);
  arguments.flows *= 6;
  arguments.sequences *= 2;
}

bool parse(int argc, char** argv, Arguments& arguments) {
  if (flow::testing_support::long_run()) run_long(arguments);
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--long") {
      run_long(arguments);
      continue;
    }
    if (i + 1 == argc) return false;
    const std::string_view value = argv[++i];
    if (name == "--flow") {
      arguments.flow = value;
      continue;
    }
    const std::optional<std::uint64_t> parsed = number(value);
    if (!parsed) return false;
    if (name == "--seed")
      arguments.seed = *parsed;
    else if (name == "--flows")
      arguments.flows = *parsed;
    else if (name == "--sequences")
      arguments.sequences = *parsed;
    else if (name == "--sequence")
      arguments.sequence = *parsed;
    else
      return false;
  }
  return true;
}

}  // namespace
}  // namespace flow::differential

int main(int argc, char** argv) {
  flow::differential::Arguments arguments;
  if (!flow::differential::parse(argc, argv, arguments)) {
    fmt::print(stderr,
               "usage: differential_test [--seed N] [--flows F] [--sequences M] [--flow K] [--sequence S] "
               "[--long]\n");
    return 2;
  }
  fmt::print("seed {}\n", arguments.seed);
  return flow::differential::Run(arguments).all();
}
