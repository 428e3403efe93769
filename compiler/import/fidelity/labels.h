// Whether two labels or two actions say the same, when values have other names on each side.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/fidelity/words.h"

namespace flow::importing::fidelity {

class Labels {
 public:
  // True when they say the same; from then on, the names in the original's braces mean those of the import's, each one
  // of its own. Otherwise difference() may say more.
  bool same(std::string_view original, std::string_view imported);

  // The same, when the original says it in several forms, with kOr between them.
  bool same_value(std::string_view original, std::string_view imported);

  // Compares settings; the first that differs is in difference(): "text is …, and was …".
  bool same_settings(std::string_view original, std::string_view imported);
  const std::string& difference() const { return difference_; }

  // This value of the import was made by another system of a template; `given`: the words of what it may read. Only
  // `made_elsewhere(…)` and kAnything are the same.
  struct Made {
    std::string text;  // the template, as quoted() has it, without its quotes
    std::vector<std::string> given;
  };
  void add_made(std::string_view name, Made made) { made_.insert_or_assign(std::string(name), std::move(made)); }
  // This variable of the import has one of the texts of a choice that was compared.
  void add_chosen(std::string_view name) { chosen_.emplace(name); }
  // This variable of the import is never anything but this constant.
  void add_constant(std::string_view name, std::string_view words) { constants_.emplace(name, words); }

  // What this name of the import was in the original; empty: nothing yet.
  std::string_view original_of(std::string_view name) const {
    const auto found = taken_.find(name);
    return found == taken_.end() ? std::string_view() : found->second;
  }
  // The other way round.
  std::string_view imported_of(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? std::string_view() : found->second;
  }

 private:
  struct Rest;
  using Named = std::vector<std::pair<std::string_view, std::string_view>>;
  bool matches(const Rest& rest, std::string_view imported, std::size_t at, Named& named) const;
  bool matches_form(std::string_view words, std::size_t at, const Rest* next, std::string_view imported,
                    std::size_t from, Named& named) const;
  bool is_made(std::string_view words) const;
  bool may_be(std::string_view name, std::string_view becomes) const;
  bool is_made_of(std::string_view name, std::string_view becomes);
  bool rename(std::string_view name, std::string_view becomes);
  void forget_made(std::string_view value);
  bool add_made_up(const Setting& read);

  std::map<std::string, std::string, std::less<>> names_;  // of the original → of the import
  std::map<std::string, std::string, std::less<>> taken_;  // the other way round
  std::map<std::string, Made, std::less<>> made_;
  std::map<std::string, std::string, std::less<>> constants_;  // by name of the import
  std::set<std::string, std::less<>> made_up_;                 // results of the import that the original has not
  std::set<std::string, std::less<>> chosen_;
  mutable std::size_t tries_ = 0;
  bool chooses_ = false;  // what is compared has forms to choose from
  std::string difference_;
};

}  // namespace flow::importing::fidelity
