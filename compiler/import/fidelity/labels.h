// Whether two labels or two actions say the same, when values have other names on each side.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

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

  // This value of the import, `{name}`, was made by another system of a text that nobody else reads: where it is all of
  // a setting, the setting may have been any.
  void stands_for_any(std::string_view value) { any_.emplace(value); }

 private:
  bool rename(std::string_view name, std::string_view becomes);

  std::map<std::string, std::string, std::less<>> names_;  // of the original → of the import
  std::map<std::string, std::string, std::less<>> taken_;  // the other way round
  std::set<std::string, std::less<>> any_;
  std::string difference_;
};

}  // namespace flow::importing::fidelity
