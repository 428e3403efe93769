// Whether two labels or two actions say the same, when values have other names on each side.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace flow::importing::fidelity {

class Labels {
 public:
  // True when they say the same; from then on, the names in the original's braces mean those of the import's, each one
  // of its own. Otherwise difference() may say more.
  bool same(std::string_view original, std::string_view imported);

  // Compares settings; the first that differs is in difference(): "text is …, and was …".
  bool same_settings(std::string_view original, std::string_view imported);
  const std::string& difference() const { return difference_; }

 private:
  bool rename(std::string_view name, std::string_view becomes);

  std::map<std::string, std::string, std::less<>> names_;  // of the original → of the import
  std::map<std::string, std::string, std::less<>> taken_;  // the other way round
  std::string difference_;
};

}  // namespace flow::importing::fidelity
