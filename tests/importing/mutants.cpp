#include "tests/importing/mutants.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

namespace flow::importing {
namespace {

using Visit = std::function<void(std::vector<DraftEntry>& siblings, std::size_t place)>;

void walk(std::vector<DraftEntry>& entries, const Visit& visit) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    visit(entries, i);
    walk(entries[i].block, visit);
  }
}

// Every entry of a copy of the flow by its number, so that each is changed alone.
class Mutation {
 public:
  explicit Mutation(const DraftFlow& flow) : flow_(flow) {}

  // `change` answers what it did to the entry, or nothing.
  void each(const std::function<std::string(std::vector<DraftEntry>&, std::size_t)>& change) {
    for (std::size_t step = 0; step < flow_.steps.size(); ++step) {
      for (std::size_t wanted = 0;; ++wanted) {
        DraftFlow copy = flow_;
        std::size_t seen = 0;
        bool there = false;
        std::string what;
        std::vector<DraftEntry> alone = {copy.steps[step].entry};
        walk(alone, [&](std::vector<DraftEntry>& siblings, std::size_t place) {
          if (seen++ != wanted || there) return;
          there = true;
          what = change(siblings, place);
        });
        if (!there) break;
        if (what.empty() || alone.empty()) continue;
        copy.steps[step].entry = std::move(alone.front());
        mutants_.push_back({fmt::format("`{}`: {}", flow_.steps[step].name, what), std::move(copy)});
      }
    }
  }
  std::vector<Mutant> take() { return std::move(mutants_); }

 private:
  const DraftFlow& flow_;
  std::vector<Mutant> mutants_;
};

void add_rewired(const DraftFlow& flow, Mutation& mutation) {
  std::vector<std::string> targets = {"end", "end failed \"mutant\"", "next", "reached", "exhausted"};
  for (const DraftStep& step : flow.steps) targets.push_back(step.name);
  for (const std::string& target : targets) {
    mutation.each([&](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
      DraftEntry& entry = siblings[place];
      if (entry.arrow.empty() || entry.arrow == target || entry.arrow.find(" then ") != std::string::npos) return {};
      // Reasons are the import's own words.
      if (entry.arrow.starts_with("end failed") && target.starts_with("end failed")) return {};
      std::string what = fmt::format("`{}` leads to `{}`, not to `{}`", entry.head, target, entry.arrow);
      entry.arrow = target;
      return what;
    });
  }
}

void add_dropped(Mutation& mutation) {
  mutation.each([](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
    if (siblings.size() == 1 || siblings[place].arrow.empty()) return {};
    std::string what = fmt::format("no `{}`", siblings[place].head);
    siblings.erase(siblings.begin() + static_cast<std::ptrdiff_t>(place));
    return what;
  });
  // One outcome of those that share an arm.
  mutation.each([](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
    DraftEntry& entry = siblings[place];
    const std::size_t comma = entry.head.rfind(", ");
    if (entry.arrow.empty() || comma == std::string::npos) return {};
    std::string what = fmt::format("`{}` without its last", entry.head);
    entry.head.resize(comma);
    return what;
  });
}

bool is_condition(const std::string& head) {
  for (const char* operation : {"~=", "==", "matches", "contains", "starts with", " < ", " > "})
    if (head.find(operation) != std::string::npos) return true;
  return false;
}

void add_swapped(Mutation& mutation) {
  // Only where the order counts: the arms of a branch, the messages of a row.
  mutation.each([](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
    if (place + 1 >= siblings.size()) return {};
    DraftEntry& a = siblings[place];
    DraftEntry& b = siblings[place + 1];
    const bool conditions = !a.arrow.empty() && !b.arrow.empty() && b.head != "else" && is_condition(a.head);
    if (!conditions || a.arrow == b.arrow) return {};
    std::swap(a, b);
    return fmt::format("`{}` before `{}`", a.head, b.head);
  });
  mutation.each([](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
    std::string& row = siblings[place].arrow;
    const std::size_t then = row.find(" then ");
    if (then == std::string::npos) return {};
    const std::size_t second = row.find(" then ", then + 6);
    const std::string first = row.substr(0, then);
    const std::string next = row.substr(then + 6, second == std::string::npos ? second : second - then - 6);
    row = fmt::format("{} then {}{}", next, first, second == std::string::npos ? "" : row.substr(second));
    return fmt::format("`{}` before `{}`", next, first);
  });
}

void add_reworded(Mutation& mutation) {
  mutation.each([](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
    std::string& head = siblings[place].head;
    const std::size_t quote = head.starts_with("text \"")               ? 6
                              : head.find("~= \"") != std::string::npos ? head.find("~= \"") + 4
                                                                        : 0;
    if (quote == 0 || quote + 1 >= head.size() || head[quote] == '"' || head[quote] == '\\' || head[quote] == '{')
      return {};
    std::string what = fmt::format("another text in `{}`", head);
    head.insert(quote, "mutant ");
    return what;
  });
  mutation.each([](std::vector<DraftEntry>& siblings, std::size_t place) -> std::string {
    std::string& head = siblings[place].head;
    const std::size_t after = head.find(" after ");
    if (after == std::string::npos || siblings[place].arrow.empty()) return {};
    std::string what = fmt::format("another time in `{}`", head);
    head.insert(after + 7, "17d");
    return what;
  });
}

}  // namespace

std::vector<Mutant> mutants_of(const DraftFlow& flow) {
  Mutation mutation(flow);
  add_rewired(flow, mutation);
  add_dropped(mutation);
  add_swapped(mutation);
  add_reworded(mutation);
  return mutation.take();
}

}  // namespace flow::importing
