#include "compiler/import/fidelity/words.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/program/text.h"

namespace flow::importing::fidelity {
namespace {

constexpr std::string_view kNot = "not (";

void escape(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    const bool mark = c > '\0' && c < '\b';
    if (mark || std::string_view("\\\"{}<>").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

// Does `or` stand outside of brackets, quotes and braces?
bool has_alternatives(std::string_view words) {
  int depth = 0;
  bool text = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const char c = words[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"') {
      text = !text;
    } else if (!text && (c == '(' || c == '{')) {
      ++depth;
    } else if (!text && (c == ')' || c == '}')) {
      --depth;
    } else if (!text && depth == 0 && words.substr(i).starts_with(" or ")) {
      return true;
    }
  }
  return false;
}

// Behind the brace that closes a name in braces, which may hold anything.
std::size_t end_of_name(std::string_view line) {
  if (!line.starts_with('{')) return 0;
  std::size_t i = 1;
  while (i < line.size() && line[i] != '}') i += line[i] == '\\' ? 2 : 1;
  return i;
}

// As it stands within a text: a text is part of it.
std::string inside_of(std::string_view words) {
  if (words.starts_with('"')) return std::string(words.substr(1, words.size() - 2));
  const bool plain = words == kAnything || (words.starts_with('{') && end_of_name(words) == words.size() - 1);
  return plain ? std::string(words) : fmt::format("<{}>", words);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += between;
    const bool brackets = parts.size() > 1 && between == " and " && has_alternatives(part);
    out += brackets ? fmt::format("({})", part) : part;
  }
  return out;
}

// As an import makes a name of the language of it, without what it may have had to add.
std::string plain_name(std::string_view written, std::string_view otherwise) {
  constexpr std::size_t kCharsMax = 40;  // of longer ones a name may have less
  // `or_2` is a name that was taken.
  const std::size_t digits = written.find_last_not_of("0123456789") + 1;
  if (digits > 1 && digits < written.size() && written[digits - 1] == '_') written = written.substr(0, digits - 1);
  std::string out;
  for (const char c : written) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (out.empty() || (out.front() >= '0' && out.front() <= '9')) out.insert(0, otherwise);
  out.resize(std::min(out.size(), kCharsMax));
  return out;
}

}  // namespace

std::string value(std::string_view name) {
  std::string out = "{";
  escape(out, name);
  return out + "}";
}

void Text::add(std::string_view literal) {
  if (literal.empty()) return;
  only_.clear();
  escape(out_, literal);
}

void Text::add_value(std::string_view words) {
  only_ = out_.empty() ? words : "";
  const auto forms = forms_of(words);
  std::vector<std::string> inside;
  for (const std::string_view form : forms) inside.push_back(inside_of(form));
  out_ += either(inside);
}

std::string quoted(std::string_view literal) {
  Text text;
  text.add(literal);
  return text.words();
}

std::string number(std::int64_t millionths) {
  return program::number_text(millionths);
}

std::string number(std::string_view decimal) {
  const auto units = program::parse_number(program::trim(decimal));
  return units ? number(*units) : std::string();
}

Action& Action::with(std::string_view setting, std::string_view value) {
  words_ += '\n';
  words_ += setting;
  words_ += ": ";
  // A value is one line.
  for (const char c : value) words_ += c == '\n' ? ' ' : c;
  return *this;
}

Action& Action::only() {
  return with(kOnly, "these");
}

std::size_t behind_forms(std::string_view words, std::size_t at) {
  int depth = 0;
  for (; at < words.size(); ++at) {
    if (words[at] == '\\') {
      ++at;
    } else if (words[at] == kEither) {
      ++depth;
    } else if (words[at] == kEnd && --depth == 0) {
      return at + 1;
    }
  }
  return words.size();
}

std::string either(const std::vector<std::string>& forms) {
  std::vector<std::string_view> all;
  for (const std::string& form : forms)
    for (const std::string_view one : forms_of(form))
      if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  if (all.size() == 1) return std::string(all.front());
  std::string out;
  for (const std::string_view one : all) out += fmt::format("{}{}", out.empty() ? kEither : kOr, one);
  return out + kEnd;
}

std::vector<std::string_view> forms_of(std::string_view words) {
  if (!words.starts_with(kEither) || behind_forms(words, 0) != words.size()) return {words};
  std::vector<std::string_view> forms;
  std::size_t begin = 1;
  for (std::size_t at = 1; at < words.size();) {
    if (words[at] == kEither) {
      at = behind_forms(words, at);
      continue;
    }
    if (words[at] == kOr || words[at] == kEnd) {
      forms.push_back(words.substr(begin, at - begin));
      begin = at + 1;
    }
    at += words[at] == '\\' ? 2 : 1;
  }
  return forms;
}

std::string made_elsewhere(std::string_view written, const std::vector<std::string>& values) {
  std::string name(1, kMade);
  escape(name, written);
  for (const std::string& one : values) {
    name += kMade;
    escape(name, one);
  }
  return "{" + name + "}";
}

std::string setting_name(std::string_view written) {
  return "setting " + plain_name(written, "setting");
}

std::string input_name(std::string_view written) {
  return "input " + plain_name(written, "value");
}

std::string after(std::string_view outcome, std::int64_t ms) {
  return fmt::format("{} after {}", outcome, ms);
}

std::string all_of(const std::vector<std::string>& conditions) {
  return joined(conditions, " and ");
}

std::string any_of(const std::vector<std::string>& conditions) {
  return joined(conditions, " or ");
}

std::string none_of(const std::string& condition) {
  if (condition.starts_with(kNot) && condition.ends_with(')'))
    return condition.substr(kNot.size(), condition.size() - kNot.size() - 1);
  return fmt::format("{}{})", kNot, condition);
}

std::string_view kind_of(std::string_view action) {
  return action.substr(0, action.find('\n'));
}

std::vector<Setting> settings_of(std::string_view action) {
  std::vector<Setting> result;
  for (std::size_t at = action.find('\n'); at != std::string_view::npos;) {
    const std::size_t end = action.find('\n', at + 1);
    const std::string_view line = action.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    const std::size_t colon = line.find(": ", end_of_name(line));
    if (colon != std::string_view::npos) result.push_back({line.substr(0, colon), line.substr(colon + 2)});
    at = end;
  }
  return result;
}

std::string pattern(std::string_view regular_expression) {
  std::string out;
  for (std::size_t i = 0; i < regular_expression.size(); ++i) {
    if (regular_expression[i] == '\\' && i + 1 < regular_expression.size() && regular_expression[i + 1] != '/')
      out += regular_expression[i++];
    else if (regular_expression[i] == '\\')
      continue;
    out += regular_expression[i];
  }
  return quoted(out);
}

std::string upper(std::string_view text) {
  std::string out;
  program::append_upper(out, text);
  return out;
}

std::string folded(std::string_view text) {
  std::string out;
  program::append_lower(out, program::trim(text));
  return out;
}

}  // namespace flow::importing::fidelity
