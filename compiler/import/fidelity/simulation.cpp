#include "compiler/import/fidelity/simulation.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/fidelity/labels.h"
#include "compiler/import/fidelity/words.h"
#include "compiler/import/json.h"

namespace flow::importing::fidelity {
namespace {

using Index = std::uint32_t;

constexpr std::string_view kElse = "else";
// Outcomes that the language wants an arm for, and the original may not know.
constexpr std::string_view kAdded[] = {"failed",        "late after ", "silent after ", "undelivered after ",
                                       "unread after ", "opted out",   "expired",       "past",
                                       "done"};
// What makes a text in another system, whose language the import has not: the message that follows has it.
constexpr std::string_view kRenders = "extern\ntype: \"liquid\"\n";
// An import makes one step or two of a state; where there are far more pairs, it is another flow.
constexpr std::size_t kPairsPerState = 16;
constexpr std::size_t kSetsMax = 10;  // that one became

bool may_be_added(std::string_view label) {
  return std::any_of(std::begin(kAdded), std::end(kAdded),
                     [&](std::string_view one) { return one.ends_with(' ') ? label.starts_with(one) : label == one; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
std::string letters_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || is_digit(c)) out += c;
  }
  return out;
}

class Walk {
 public:
  Walk(const Graph& original, const Graph& imported) : ours_(original), theirs_(imported) {
    compared_.resize(original.states.size());
  }

  Comparison run(const std::vector<Pairing>& pairings) {
    std::map<std::string_view, std::string_view> became;
    for (const Pairing& pairing : pairings) became.emplace(pairing.original, pairing.step);
    for (Index i = 0; i < ours_.states.size(); ++i)
      if (const auto found = became.find(ours_.states[i].name); found != became.end())
        became_.emplace(i, found->second);
    for (const State& state : theirs_.states)
      if (renders(state)) add_made(state);
    if (ours_.empty_at_first) add_constants();
    meet(ours_.start, theirs_.start, kRoot, {});
    bool same = walk();
    if (same) same = walk_unreached(pairings);
    if (same && ours_.empty_at_first) same = compare_first_values();
    result_.same = same;
    for (Index i = 0; same && i < ours_.states.size(); ++i) {
      if (!compared_[i] && !ours_.states[i].name.empty() && !silent(ours_.states[i]) && kind(ours_, i) != "end")
        result_.left_out.push_back(ours_.states[i].name);
    }
    return std::move(result_);
  }

 private:
  static constexpr std::size_t kRoot = SIZE_MAX;

  struct Pair {
    Index ours = 0;
    Index theirs = 0;
    std::size_t from = kRoot;  // in pairs_
    std::string label;
  };
  // A choice's arms, one after the other; goes on in the choice behind its `else`.
  struct Cursor {
    Index state = 0;
    std::size_t arm = 0;
  };

  // `{name}` is `name`.
  static std::string_view name_in(std::string_view words) {
    return words.size() < 2 ? std::string_view() : words.substr(1, words.size() - 2);
  }
  void add_made(const State& state) {
    Labels::Made made;
    std::string_view name;
    for (const Setting& setting : settings_of(state.action)) {
      if (setting.name == "makes") name = name_in(setting.value);
      if (setting.name == "setting template" && setting.value.starts_with('"'))
        made.text = name_in(setting.value);
      else if (setting.name.starts_with("setting "))
        made.given.emplace_back(setting.value);
    }
    if (!name.empty()) labels_.add_made(name, std::move(made));
  }

  // Variables that are set once, to a text without values.
  void add_constants() {
    std::map<std::string_view, std::pair<std::size_t, std::string_view>> set;
    for (const State& state : theirs_.states) {
      if (kind_of(state.action) != "set") continue;
      for (const Setting& setting : settings_of(state.action)) {
        auto& [times, value] = set[name_in(setting.name)];
        value = setting.value;
        ++times;
      }
    }
    for (const auto& [name, one] : set)
      if (one.first == 1 && one.second.size() > 2 && one.second.starts_with('"') && !has_values(one.second))
        labels_.add_constant(name, one.second);
  }
  static bool has_values(std::string_view words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == '{' || words[i] == '<') return true;
      if (words[i] == '\\') ++i;
    }
    return false;
  }

  // A value that nothing has set is an empty text, or what a counter begins at.
  bool compare_first_values() {
    std::set<std::string_view> set;
    for (const Index state : added_sets_)
      for (const Setting& setting : settings_of(theirs_.states[state].action)) set.insert(name_in(setting.name));
    for (const std::string& name : ours_.unset) {
      const std::string_view becomes = labels_.imported_of(name);
      if (!becomes.empty() && !set.contains(becomes))
        return differ(kRoot, fmt::format("`{}` is `{}`, which the original sets nowhere", name, becomes));
    }
    for (const Index state : added_sets_) {
      for (const Setting& setting : settings_of(theirs_.states[state].action)) {
        const std::string_view original = labels_.original_of(name_in(setting.name));
        if (original.empty()) continue;
        const auto first = ours_.first.find(original);
        const std::string_view wanted = first == ours_.first.end() ? std::string_view("\"\"") : first->second;
        if (setting.value == wanted || (wanted == "\"\"" && setting.value == "0")) continue;
        return differ(kRoot, fmt::format("`{}` sets `{}` to {}, and it was {} at first", theirs_.states[state].name,
                                         name_in(setting.name), shown(setting.value), shown(wanted)));
      }
    }
    return true;
  }

  static bool silent(const State& state) { return state.action.empty() && state.transitions.size() == 1; }
  static std::string_view kind(const Graph& graph, Index state) { return kind_of(graph.states[state].action); }
  const std::string& name(const Pair& pair) const { return theirs_.states[pair.theirs].name; }

  // Past what does nothing. A circle of it stays where it is.
  static Index settle(const Graph& graph, Index state) {
    for (std::size_t steps = 0; steps <= graph.states.size(); ++steps) {
      const State& at = graph.states[state];
      const bool only_else =
          kind_of(at.action) == "choice" && at.transitions.size() == 1 && at.transitions[0].label == kElse;
      if (!silent(at) && !only_else) break;
      state = at.transitions[0].to;
    }
    return state;
  }

  // Past what does nothing, but for what the import has kept all the same.
  Index settle_original(Index state, Index imported) const {
    const bool kept = kind(theirs_, imported) == "extern";
    for (std::size_t steps = 0; kept && steps <= ours_.states.size(); ++steps) {
      const State& at = ours_.states[state];
      if (!silent(at)) break;
      if (!at.kept_action.empty() && type_of(at.kept_action) == type_of(theirs_.states[imported].action)) return state;
      state = at.transitions[0].to;
    }
    return settle(ours_, state);
  }
  static std::string_view type_of(std::string_view action) {
    for (const Setting& setting : settings_of(action))
      if (setting.name == "type") return setting.value;
    return {};
  }

  // Past what the import had to add, where the original has nothing of the kind. `step`: what the original's state
  // became; empty: not known. The bound of a circle may stand before a jump of the original.
  Index settle_imported(Index state, std::string_view wanted, std::string_view step = {},
                        const std::vector<State::Texts>& texts = {}) {
    state = settle(theirs_, state);
    std::vector<bool> used(texts.size());
    for (std::size_t steps = 0; steps <= theirs_.states.size(); ++steps) {
      if (const auto behind = used.empty() ? std::nullopt : behind_choice(state, texts, used)) {
        state = settle(theirs_, *behind);
        continue;
      }
      const std::string_view found = kind(theirs_, state);
      const State& at = theirs_.states[state];
      const bool text = renders(at);
      const bool bound = found == "jump" && wanted == "jump" && !step.empty() && at.name != step &&
                         !at.transitions.empty() && theirs_.states[at.transitions[0].to].name == step;
      if (!text && !bound && (found == wanted || (found != "jump" && found != "set"))) break;
      if (at.transitions.empty()) break;
      if (!text) add_addition(at.name, found);
      if (found == "set") added_sets_.push_back(state);
      state = settle(theirs_, at.transitions[0].to);
    }
    return state;
  }

  // Past a choice of a text that the original has, too.
  std::optional<Index> behind_choice(Index state, const std::vector<State::Texts>& texts, std::vector<bool>& used) {
    const State& at = theirs_.states[state];
    if (kind(theirs_, state) != "choice") return std::nullopt;
    std::vector<Setting> sets;
    std::optional<Index> behind;
    for (const Transition& way : at.transitions) {
      const State& set = theirs_.states[way.to];
      const auto settings = settings_of(set.action);
      const bool one = kind(theirs_, way.to) == "set" && set.transitions.size() == 1 && settings.size() == 1;
      if (!one || set.transitions[0].to != behind.value_or(set.transitions[0].to)) return std::nullopt;
      if (!sets.empty() && sets[0].name != settings[0].name) return std::nullopt;
      behind = set.transitions[0].to;
      sets.push_back(settings[0]);
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (used[i]) continue;
      Labels before = labels_;
      if (same_texts(texts[i], at.transitions, sets)) {
        used[i] = true;
        labels_.add_chosen(name_in(sets.front().name));
        return behind;
      }
      labels_ = std::move(before);
    }
    return std::nullopt;
  }
  bool same_texts(const State::Texts& ours, const std::vector<Transition>& ways, const std::vector<Setting>& sets) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < ways.size(); ++i, ++next) {
      for (;; ++next) {
        if (next == ours.size()) return false;
        const Labels before = labels_;
        const bool last = i + 1 == ways.size();
        const bool condition = last ? ours[next].condition == kElse || ours[next].may_go
                                    : labels_.same_value(ours[next].condition, ways[i].label);
        if (condition && labels_.same_value(ours[next].words, sets[i].value)) break;
        labels_ = before;
        if (!ours[next].may_go) return false;
      }
    }
    return next == ours.size() || ours[next - 1].may_go;
  }

  void add_addition(const std::string& step, std::string_view what) {
    if (added_.emplace(step, std::string(what)).second) result_.additions.push_back({step, std::string(what)});
  }

  void meet(Index ours, Index theirs, std::size_t from, std::string label) {
    ours = settle_original(ours, settle(theirs_, theirs));
    // An original that has come out of an import may have such a step itself.
    const bool renders_too = ours_.states[ours].action.starts_with(kRenders);
    const auto step = became_.find(ours);
    theirs = renders_too
                 ? settle(theirs_, theirs)
                 : settle_imported(theirs, kind(ours_, ours), step == became_.end() ? std::string_view() : step->second,
                                   ours_.states[ours].texts);
    const std::uint64_t key = (std::uint64_t{ours} << 32) | theirs;
    if (met_.insert(key).second) pairs_.push_back({ours, theirs, from, std::move(label)});
  }

  bool walk() {
    const std::size_t most = 1000 + (kPairsPerState * (ours_.states.size() + theirs_.states.size()));
    for (; next_ < pairs_.size(); ++next_) {
      if (next_ > most) return differ(next_, "the flow is too different to be compared to the end");
      if (!compare_pair(next_)) return false;
    }
    return true;
  }

  bool walk_unreached(const std::vector<Pairing>& pairings) {
    std::map<std::string_view, Index> ours;
    std::map<std::string_view, Index> theirs;
    for (Index i = 0; i < ours_.states.size(); ++i) ours.emplace(ours_.states[i].name, i);
    for (Index i = 0; i < theirs_.states.size(); ++i) theirs.emplace(theirs_.states[i].name, i);
    for (const Pairing& pairing : pairings) {
      const auto a = ours.find(pairing.original);
      const auto b = theirs.find(pairing.step);
      if (a == ours.end() || b == theirs.end() || compared_[a->second]) continue;
      meet(a->second, b->second, kRoot, fmt::format("(nothing leads there) {}", pairing.original));
      if (!walk()) return false;
    }
    return true;
  }

  bool differ(std::size_t pair, std::string difference) {
    result_.difference = std::move(difference);
    for (std::size_t at = pair; at != kRoot; at = pairs_[at].from)
      if (!pairs_[at].label.empty()) result_.path.push_back(pairs_[at].label);
    std::reverse(result_.path.begin(), result_.path.end());
    return false;
  }

  bool compare_pair(std::size_t at) {
    const Pair pair = pairs_[at];
    if (!compared_[pair.ours]) {
      compared_[pair.ours] = true;
      ++result_.states;
      result_.transitions += ours_.states[pair.ours].transitions.size();
    }
    const std::string_view ours = kind(ours_, pair.ours);
    const std::string_view theirs = kind(theirs_, pair.theirs);
    const bool kept = ours != theirs && is_kept(pair);
    if (ours != theirs && !kept) {
      return differ(
          at, fmt::format("`{}` is `{}`, and was `{}`{}", name(pair), shown(theirs), shown(ours), originally(pair)));
    }
    if (const auto whole = ours == "set" ? whole_set(pair) : std::nullopt) return compare_set(at, *whole);
    const bool may_pass = ours == "set" && set_follows(pair.theirs);
    const Labels before = may_pass ? labels_ : Labels();
    const State& original = ours_.states[pair.ours];
    if (!labels_.same_settings(kept ? original.kept_action : original.action, theirs_.states[pair.theirs].action)) {
      if (may_pass) return pass_over_set(at, before);
      return differ(at, fmt::format("`{}`{}: {}", name(pair), originally(pair), labels_.difference()));
    }
    if (kept) return compare_outcomes(at, pair, original.kept);
    return ours == "choice" ? compare_choice(at, pair) : compare_outcomes(at, pair, original.transitions);
  }

  // What became of one that sets variables: several, when other systems make texts in between. Those before are the
  // import's own.
  struct WholeSet {
    std::string action;
    Index last = 0;
    std::vector<Index> parts;
    std::vector<Index> own;
  };
  static std::size_t variables_of(std::string_view action) {
    const auto settings = settings_of(action);
    return static_cast<std::size_t>(
        std::count_if(settings.begin(), settings.end(), [](const Setting& one) { return one.name.starts_with('{'); }));
  }
  std::optional<WholeSet> whole_set(const Pair& pair) const {
    const auto became = became_.find(pair.ours);
    if (became == became_.end() || name(pair) == became->second) return std::nullopt;
    WholeSet out;
    for (Index at = pair.theirs;; at = past_texts(theirs_.states[at].transitions[0].to)) {
      if (kind(theirs_, at) != "set" || theirs_.states[at].transitions.size() != 1 || out.own.size() == kSetsMax)
        return std::nullopt;
      out.own.push_back(at);
      if (theirs_.states[at].name == became->second) break;
    }
    out.last = out.own.back();
    std::size_t missing = variables_of(ours_.states[pair.ours].action);
    while (!out.own.empty() && missing > 0) {
      const std::size_t some = variables_of(theirs_.states[out.own.back()].action);
      if (some > missing) return std::nullopt;
      missing -= some;
      out.parts.insert(out.parts.begin(), out.own.back());
      out.own.pop_back();
    }
    if (missing > 0 || out.parts.empty()) return std::nullopt;
    out.action = "set";
    for (const Index part : out.parts) out.action += theirs_.states[part].action.substr(kind(theirs_, part).size());
    return out;
  }
  // Past what makes texts in another system.
  Index past_texts(Index state) const {
    state = settle(theirs_, state);
    for (std::size_t steps = 0; steps <= theirs_.states.size() && renders(theirs_.states[state]); ++steps)
      state = settle(theirs_, theirs_.states[state].transitions[0].to);
    return state;
  }
  static bool renders(const State& state) {
    return state.action.starts_with(kRenders) && state.transitions.size() == 1;
  }

  bool compare_set(std::size_t at, const WholeSet& whole) {
    const Pair pair = pairs_[at];
    for (const Index own : whole.own) add_addition(theirs_.states[own].name, "set");
    added_sets_.insert(added_sets_.end(), whole.own.begin(), whole.own.end());
    for (std::size_t i = 1; i < whole.own.size() + whole.parts.size(); ++i) {
      const Index from = i <= whole.own.size() ? whole.own[i - 1] : whole.parts[i - whole.own.size() - 1];
      settle_imported(theirs_.states[from].transitions[0].to, "set", {}, ours_.states[pair.ours].texts);
    }
    if (!labels_.same_settings(ours_.states[pair.ours].action, whole.action))
      return differ(at,
                    fmt::format("`{}`{}: {}", theirs_.states[whole.last].name, originally(pair), labels_.difference()));
    return compare_outcomes(at, {pair.ours, whole.last, pair.from, pair.label}, ours_.states[pair.ours].transitions);
  }

  // Of two that set variables the first may be the import's own.
  bool set_follows(Index state) const {
    const auto& transitions = theirs_.states[state].transitions;
    return transitions.size() == 1 && kind(theirs_, settle(theirs_, transitions[0].to)) == "set";
  }
  bool pass_over_set(std::size_t at, const Labels& before) {
    labels_ = before;
    const Pair pair = pairs_[at];
    add_addition(name(pair), "set");
    added_sets_.push_back(pair.theirs);
    meet(pair.ours, theirs_.states[pair.theirs].transitions[0].to, pair.from, pair.label);
    return true;
  }

  // The import has kept it as a component of the other system.
  bool is_kept(const Pair& pair) const {
    return !ours_.states[pair.ours].kept_action.empty() && kind(theirs_, pair.theirs) == "extern";
  }

  // " (`Send#1` in the original)".
  std::string originally(const Pair& pair) const {
    const std::string& original = ours_.states[pair.ours].name;
    return original.empty() || original == name(pair) ? "" : fmt::format(" (`{}` in the original)", shown(original));
  }

  static bool same_outcome(std::string_view ours, std::string_view theirs) {
    const bool any = ours.ends_with(" *");
    return any ? theirs.starts_with(ours.substr(0, ours.size() - 1)) : ours == theirs;
  }

  using Outcomes = std::map<std::string_view, Index>;

  // The first transition of a label counts, as in the original.
  bool compare_outcomes(std::size_t at, const Pair& pair, const std::vector<Transition>& ours) {
    const auto& theirs = theirs_.states[pair.theirs].transitions;
    Outcomes there;
    for (const Transition& one : theirs) there.emplace(one.label, one.to);
    std::set<std::string_view> seen;
    std::set<std::string_view> matched;
    for (const Transition& one : ours) {
      if (!seen.insert(one.label).second && one.label.find("{*}") == std::string::npos) continue;
      auto found = there.find(one.label);
      if (found == there.end()) {
        const auto like = std::find_if(theirs.begin(), theirs.end(), [&](const Transition& other) {
          return !matched.contains(other.label) && same_condition(one.label, other.label);
        });
        if (like != theirs.end()) found = there.find(like->label);
      }
      if (found == there.end() && kind(theirs_, pair.theirs) == "extern") found = renamed_event(one.label, ours, there);
      if (found == there.end()) {
        return differ(at, fmt::format("`{}`{} has no outcome `{}`", name(pair), originally(pair), shown(one.label)));
      }
      if (found->first != one.label && kind(theirs_, pair.theirs) == "extern") add_addition(name(pair), found->first);
      matched.insert(found->first);
      meet(one.to, found->second, at, one.label);
    }
    for (const Transition& one : theirs) {
      if (matched.contains(one.label)) continue;
      if (!may_be_added(one.label)) {
        return differ(at, fmt::format("`{}`{} has an outcome `{}` that the original has not", name(pair),
                                      originally(pair), shown(one.label)));
      }
      add_addition(name(pair), one.label);
    }
    return true;
  }

  // An event whose name is none of the language has another: the only one that has the same letters and digits, perhaps
  // behind the word `event`, and perhaps with a number behind them.
  static Outcomes::iterator renamed_event(std::string_view event, const std::vector<Transition>& ours,
                                          Outcomes& there) {
    auto found = there.end();
    for (auto it = there.begin(); it != there.end(); ++it) {
      const bool own =
          std::any_of(ours.begin(), ours.end(), [&](const Transition& one) { return one.label == it->first; });
      if (own || !is_renamed(event, it->first)) continue;
      if (found != there.end()) return there.end();
      found = it;
    }
    return found;
  }
  static bool is_renamed(std::string_view event, std::string_view becomes) {
    std::string ours = letters_of(event);
    const std::string theirs = letters_of(becomes);
    if (!ours.empty() && is_digit(ours.front())) ours.insert(0, "event");
    return !ours.empty() && theirs.starts_with(ours) &&
           std::all_of(theirs.begin() + static_cast<std::ptrdiff_t>(ours.size()), theirs.end(), is_digit);
  }

  // `silent after *` is any time; `on reply {a} ~= "x"` names values.
  bool same_condition(std::string_view ours, std::string_view theirs) {
    return same_outcome(ours, theirs) || (ours.find('{') != std::string_view::npos && labels_.same(ours, theirs));
  }

  bool compare_choice(std::size_t at, const Pair& pair) {
    Cursor ours{pair.ours, 0};
    Cursor theirs{pair.theirs, 0};
    std::set<std::string_view> told_ours;
    std::set<std::string_view> told_theirs;
    std::size_t condition = 1;
    for (std::size_t steps = 0; steps <= ours_.states.size() + theirs_.states.size() + most_arms(pair); ++steps) {
      const Transition* a = arm(ours_, ours);
      const Transition* b = arm(theirs_, theirs);
      const bool last_a = a == nullptr || a->label == kElse;
      const bool last_b = b == nullptr || b->label == kElse;
      if (last_a && last_b) return compare_else(at, pair, a, b);
      // A condition that was looked at before is never the one that decides.
      if (!last_a && is_told(told_ours, a->label)) {
        ++ours.arm;
      } else if (!last_b && is_told(told_theirs, b->label)) {
        ++theirs.arm;
      } else if (last_a || last_b) {
        if (last_a ? go_on(ours_, ours, a, false) : go_on(theirs_, theirs, b, true)) continue;
        return differ(at, fmt::format("`{}`{}: condition {} {} `{}`", name(pair), originally(pair), condition,
                                      last_a ? "is an addition:" : "is missing:", shown(last_a ? b->label : a->label)));
      } else if (labels_.same_value(a->label, b->label)) {
        meet(a->to, b->to, at, a->label);
        told_ours.insert(a->label);
        told_theirs.insert(b->label);
        ++ours.arm;
        ++theirs.arm;
        ++condition;
      } else {
        const std::string& more = labels_.difference();
        return differ(at, more.empty() ? fmt::format("`{}`{}: condition {} is `{}`, and was `{}`", name(pair),
                                                     originally(pair), condition, shown(b->label), shown(a->label))
                                       : fmt::format("`{}`{}: {}", name(pair), originally(pair), more));
      }
    }
    return differ(at, fmt::format("`{}`{} is a circle of conditions", name(pair), originally(pair)));
  }

  // One that may be anything may be another thing each time, but not where it says what it is made of.
  static bool is_told(const std::set<std::string_view>& told, std::string_view label) {
    return (label.find('*') == std::string_view::npos || label.find(kMade) != std::string_view::npos) &&
           told.contains(label);
  }

  bool compare_else(std::size_t at, const Pair& pair, const Transition* ours, const Transition* theirs) {
    if (ours != nullptr && theirs != nullptr) {
      meet(ours->to, theirs->to, at, std::string(kElse));
      return true;
    }
    if (ours != nullptr) return differ(at, fmt::format("`{}`{} has no outcome `else`", name(pair), originally(pair)));
    if (theirs != nullptr) add_addition(name(pair), kElse);
    return true;
  }

  static const Transition* arm(const Graph& graph, const Cursor& cursor) {
    const auto& arms = graph.states[cursor.state].transitions;
    return cursor.arm < arms.size() ? &arms[cursor.arm] : nullptr;
  }

  // A choice behind `else` is the rest of this one.
  bool go_on(const Graph& graph, Cursor& cursor, const Transition* otherwise, bool imported) {
    if (otherwise == nullptr) return false;
    const Index next = imported ? settle_imported(otherwise->to, "choice") : settle(graph, otherwise->to);
    if (kind(graph, next) != "choice") return false;
    if (!imported) compared_[next] = true;
    cursor = {next, 0};
    return true;
  }

  std::size_t most_arms(const Pair& pair) const {
    return 2 * (ours_.states[pair.ours].transitions.size() + theirs_.states[pair.theirs].transitions.size() + 1000);
  }

  const Graph& ours_;
  const Graph& theirs_;
  Comparison result_;
  Labels labels_;
  std::deque<Pair> pairs_;
  std::size_t next_ = 0;
  std::unordered_set<std::uint64_t> met_;
  std::vector<bool> compared_;
  std::map<Index, std::string_view> became_;  // by state of the original: the step that the pairings hint at
  std::set<std::pair<std::string, std::string>> added_;
  std::vector<Index> added_sets_;  // of the import
};

}  // namespace

Comparison compare(const Graph& original, const Graph& imported, const std::vector<Pairing>& pairings) {
  return Walk(original, imported).run(pairings);
}

}  // namespace flow::importing::fidelity
