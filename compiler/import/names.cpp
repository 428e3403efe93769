#include "compiler/import/names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"

namespace flow::importing {
namespace {

constexpr std::array<std::string_view, 12> kReservedWords = {"and",     "or",     "not",  "in",   "is",   "contains",
                                                             "matches", "starts", "ends", "else", "true", "false"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper(char c) {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

// Words of ASCII letters and digits, in small letters: at other characters and where small letters end.
std::vector<std::string> words_of(std::string_view label) {
  std::vector<std::string> words;
  std::size_t size = 0;
  bool open = false;
  for (std::size_t i = 0; i < label.size() && size < limits::kNameCharsMax; ++i) {
    const char c = label[i];
    if (!is_letter(c) && !is_digit(c)) {
      open = false;
      continue;
    }
    if (!open || (is_upper(c) && i > 0 && is_lower(label[i - 1]))) words.emplace_back();
    open = true;
    words.back() += lower(c);
    ++size;
  }
  return words;
}

bool is_reserved(std::string_view name) {
  const auto steps = catalogue::reserved_step_names();
  return !is_word(name) || std::find(steps.begin(), steps.end(), name) != steps.end();
}

std::string beginning_with_letter(std::string name, std::string_view otherwise) {
  if (name.empty()) return std::string(otherwise);
  return is_digit(name.front()) ? fmt::format("{}_{}", otherwise, name) : name;
}

}  // namespace

bool is_word(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return false;
  if (std::find(kReservedWords.begin(), kReservedWords.end(), text) != kReservedWords.end()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_name(std::string_view text) {
  return text.size() <= limits::kNameCharsMax && !is_reserved(text);
}

bool has_letters(std::string_view label) {
  return std::any_of(label.begin(), label.end(), is_letter);
}

bool loses_letters(std::string_view label) {
  return std::any_of(label.begin(), label.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string last_word(std::string_view address) {
  address = address.substr(0, address.find_first_of("?#"));
  while (address.ends_with('/')) address.remove_suffix(1);
  const std::size_t slash = address.rfind('/');
  return std::string(slash == std::string_view::npos ? address : address.substr(slash + 1));
}

std::string Names::unique(std::string name) {
  constexpr std::size_t kSuffixMax = 8;  // of `_` and a count
  if (name.size() > limits::kNameCharsMax - kSuffixMax) name.resize(limits::kNameCharsMax - kSuffixMax);
  std::size_t& count = counts_[name];
  for (++count;; ++count) {
    std::string tried = count == 1 ? name : fmt::format("{}_{}", name, count);
    if (!is_reserved(tried) && taken_.insert(tried).second) return tried;
  }
}

std::string Names::step(std::string_view label, std::string_view otherwise) {
  if (is_name(label) && taken_.emplace(label).second) return std::string(label);
  std::string name;
  for (const std::string& word : words_of(label)) name += (name.empty() ? "" : "_") + word;
  return unique(beginning_with_letter(std::move(name), otherwise));
}

std::string Names::variable(std::string_view label, std::string_view otherwise) {
  if (is_name(label) && taken_.emplace(label).second) return std::string(label);
  std::string name;
  for (std::string word : words_of(label)) {
    if (!name.empty()) word.front() = upper(word.front());
    name += word;
  }
  return unique(beginning_with_letter(std::move(name), otherwise));
}

}  // namespace flow::importing
