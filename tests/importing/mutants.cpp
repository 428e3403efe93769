#include "tests/importing/mutants.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace flow::importing {
namespace {

constexpr std::size_t kNone = std::string::npos;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// Where the text between quotes ends that begins behind `from`; values within it have quotes of their own.
std::size_t closing_quote(std::string_view line, std::size_t from) {
  int depth = 0;
  for (std::size_t i = from; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line.substr(i, 2) == "{{" || line.substr(i, 2) == "}}") {
      depth += line[i++] == '{' ? 1 : -1;
    } else if (line[i] == '"' && depth == 0) {
      return i;
    }
  }
  return kNone;
}

// A line of a step: what stands before its arrow, and where it leads.
struct Line {
  std::string head;
  std::string target;   // empty: no arrow
  std::string comment;  // behind it
};

Line parts_of(const std::string& line) {
  Line result{line, "", ""};
  std::size_t arrow = kNone;
  for (std::size_t i = indentation(line); i < line.size(); ++i) {
    if (line[i] == '"') i = std::min(closing_quote(line, i + 1), line.size());
    if (line.compare(i, 4, " => ") == 0) arrow = i;
    if (line.compare(i, 4, " // ") != 0) continue;
    result.comment = line.substr(i);
    result.head.resize(i);
    break;
  }
  if (arrow == kNone) return result;
  result.target = result.head.substr(arrow + 4);
  result.head.resize(arrow);
  return result;
}

std::string text_of(const Line& line) {
  return line.head + (line.target.empty() ? "" : " => " + line.target) + line.comment;
}

class Mutation {
 public:
  explicit Mutation(const std::string& text) : lines_(lines_of(text)) {
    bool block = false;
    bool comment = false;
    for (const std::string& line : lines_) {
      const std::string_view inside = std::string_view(line).substr(indentation(line));
      begin_ += started_ ? 0 : 1;
      if (inside.starts_with("start =>")) started_ = true;
      const bool name = started_ && indentation(line) == 0 && line.find(": ") != kNone;
      if (name) names_.push_back(line.substr(0, line.find(": ")));
      within_.push_back(block);
      added_.push_back(comment);
      const bool opens = inside.ends_with("\"\"\"");
      if (opens) block = !block;
      comment = !block && inside.starts_with("//");
    }
    if (begin_ > 0) --begin_;
  }

  std::vector<Mutant> run() {
    for (std::size_t at = 0; at < lines_.size(); ++at) {
      if (at < begin_) {
        add_handler(at);
        continue;
      }
      if (within_[at]) {
        add_reworded_block(at);
        continue;
      }
      const std::string& line = lines_[at];
      if (added_[at] || line.size() == indentation(line) || line.compare(indentation(line), 2, "//") == 0) continue;
      const Line parts = parts_of(line);
      if (!parts.target.empty() && parts.comment.empty()) add_rewired(at, parts);
      add_dropped(at, parts);
      add_swapped(at, parts);
      add_reworded(at, parts);
      add_renumbered(at, parts);
      add_readdressed(at, parts);
    }
    return std::move(mutants_);
  }

  std::vector<Mutant> run_values() {
    for (std::size_t at = begin_ + 1; at < lines_.size(); ++at) {
      if (added_[at] || lines_[at].compare(indentation(lines_[at]), 2, "//") == 0) continue;
      const Line parts = parts_of(lines_[at]);
      if (!within_[at] && parts.comment.empty()) {
        add_revalued(at, parts);
        add_reread(at, parts);
      }
      add_recalled(at, parts);
    }
    return std::move(mutants_);
  }

 private:
  void add(std::size_t at, std::string line, const std::string& what) {
    std::vector<std::string> copy = lines_;
    copy[at] = std::move(line);
    mutants_.push_back({fmt::format("line {} `{}`: {}", at + 1, lines_[at], what), joined(copy)});
  }
  void add_without(std::size_t at) {
    std::vector<std::string> copy = lines_;
    copy.erase(copy.begin() + static_cast<std::ptrdiff_t>(at));
    mutants_.push_back({fmt::format("without line {} `{}`", at + 1, lines_[at]), joined(copy)});
  }
  // With an input of its own that the changed line speaks of.
  void add_with_input(std::size_t at, std::string line, const std::string& input) {
    std::vector<std::string> copy = lines_;
    copy[at] = std::move(line);
    copy.insert(copy.begin() + static_cast<std::ptrdiff_t>(begin_), "input " + input);
    mutants_.push_back({fmt::format("line {} `{}` with {}", at + 1, lines_[at], input), joined(copy)});
  }

  // `on reply ~= "stop" => stopped`, `otherwise failed => end`.
  void add_handler(std::size_t at) {
    const Line parts = parts_of(lines_[at]);
    if (added_[at] || within_[at] || parts.target.empty() || !parts.comment.empty()) return;
    add_rewired(at, parts);
    add_without(at);
    add_dropped(at, parts);
    add_reworded(at, parts);
    add_renumbered(at, parts);
  }

  void add_rewired(std::size_t at, const Line& parts) {
    if (parts.target.find(" then ") != kNone) return;
    std::vector<std::string> targets = {"end", "end failed \"mutant\"", "next", "reached", "exhausted"};
    targets.insert(targets.end(), names_.begin(), names_.end());
    for (const std::string& target : targets) {
      // Reasons are the import's own words.
      const bool same_end = parts.target.starts_with("end failed") && target.starts_with("end failed");
      if (target == parts.target || same_end) continue;
      Line copy = parts;
      copy.target = target;
      add(at, text_of(copy), "leads to " + target);
    }
  }

  void add_dropped(std::size_t at, const Line& parts) {
    if (indentation(lines_[at]) > 0 && !lines_[at].ends_with('{') && !lines_[at].ends_with('}')) add_without(at);
    // One outcome of those that share an arm.
    const std::size_t comma = parts.head.rfind(", ");
    if (parts.target.empty() || comma == kNone || parts.head.find('"') != kNone) return;
    Line copy = parts;
    copy.head.resize(comma);
    add(at, text_of(copy), "without its last");
  }

  static bool has_order(const Line& parts) {
    if (parts.target.empty() || parts.head.ends_with("else")) return false;
    // Labels of a classification have none.
    const std::size_t begin = indentation(parts.head);
    const std::size_t quote = parts.head.find(" \"", begin);
    const std::string word = parts.head.substr(begin, quote == kNone ? 0 : quote - begin);
    if (!word.empty() && word != "containing" && word.find_first_of(" \",{}") == kNone) return false;
    for (const char* operation :
         {"~=", "==", "matches", "contains", "starts with", " < ", " > ", " is ", "%", "\"", "/"})
      if (parts.head.find(operation) != kNone) return true;
    return false;
  }

  void add_swapped(std::size_t at, const Line& parts) {
    // Only where the order counts: the arms of a branch, the messages of a row.
    if (at + 1 < lines_.size() && has_order(parts)) {
      const Line other = parts_of(lines_[at + 1]);
      if (has_order(other) && other.target != parts.target && other.head != parts.head) {
        std::vector<std::string> copy = lines_;
        std::swap(copy[at], copy[at + 1]);
        mutants_.push_back({fmt::format("line {} `{}` after the next", at + 1, lines_[at]), joined(copy)});
      }
    }
    const std::size_t then = parts.target.find(" then ");
    if (then == kNone) return;
    const std::size_t second = parts.target.find(" then ", then + 6);
    Line copy = parts;
    copy.target = parts.target.substr(then + 6, second == kNone ? second : second - then - 6) + " then " +
                  parts.target.substr(0, then) + (second == kNone ? "" : parts.target.substr(second));
    add(at, text_of(copy), "in the other order");
  }

  // Another text between each pair of quotes; of an address another path.
  void add_reworded(std::size_t at, const Line& parts) {
    for (std::size_t i = indentation(parts.head); i < parts.head.size(); ++i) {
      if (parts.head[i] != '"') continue;
      const std::size_t end = closing_quote(parts.head, i + 1);
      if (end == kNone || parts.head.compare(i, 3, "\"\"\"") == 0) return;
      std::size_t place = i + 1;
      if (parts.head.compare(place, 4, "http") == 0) place = end;
      Line copy = parts;
      copy.head.insert(place, "mutant");
      add(at, text_of(copy), "another text");
      i = end;
    }
    if (const std::size_t pattern = parts.head.find(" /"); pattern != kNone && parts.head.find('"') == kNone) {
      Line copy = parts;
      copy.head.insert(pattern + 2, parts.head.compare(pattern + 2, 4, "(?i)") == 0 ? "" : "x");
      if (copy.head != parts.head) add(at, text_of(copy), "another pattern");
    }
  }
  void add_reworded_block(std::size_t at) {
    const std::string& line = lines_[at];
    if (line.find("\"\"\"") == kNone && line.size() > indentation(line))
      add(at, line.substr(0, indentation(line)) + "mutant " + line.substr(indentation(line)), "another text");
  }

  // Times, shares, bounds of jumps, numbers that are compared.
  void add_renumbered(std::size_t at, const Line& parts) {
    for (const char* word : {" after ", ": wait ", ": jump ", " < ", " > ", " == "}) {
      std::size_t found = parts.head.find(word);
      if (found == kNone) continue;
      found += std::string_view(word).size();
      if (std::string_view(word) == ": jump ") found = parts.head.find(" max ") + 5;
      if (found >= parts.head.size() || std::isdigit(static_cast<unsigned char>(parts.head[found])) == 0) continue;
      const bool time = parts.head.find(" after ") != kNone || parts.head.find(": wait ") != kNone;
      Line copy = parts;
      copy.head.insert(found, time ? "17d" : "1");
      add(at, text_of(copy), "another number");
    }
    for (const auto& [method, other] : {std::pair("http GET ", "http HEAD "), std::pair("http POST ", "http PUT ")}) {
      const std::size_t found = parts.head.find(method);
      if (found == kNone) continue;
      Line copy = parts;
      copy.head.replace(found, std::string_view(method).size(), other);
      add(at, text_of(copy), "another method");
    }
  }

  // Somebody else gets the message; another value stands in a text.
  void add_readdressed(std::size_t at, const Line& parts) {
    const std::size_t begin = indentation(parts.head);
    if (parts.target.empty() && begin > 0 && parts.head.compare(begin, 3, "to ") == 0) {
      for (const char* type : {"phone", "email", "text"})
        add_with_input(at, parts.head.substr(0, begin) + "to mutantCustomer", fmt::format("mutantCustomer: {}", type));
    }
    const std::size_t open = parts.head.find("{{");
    if (open == kNone || parts.head.compare(open > 0 ? open - 1 : 0, 1, "\\") == 0) return;
    std::size_t end = open + 2;
    while (end < parts.head.size() && std::isalnum(static_cast<unsigned char>(parts.head[end])) != 0) ++end;
    if (end == open + 2 || parts.head[end] == '(') return;
    Line copy = parts;
    copy.head.replace(open + 2, end - open - 2, "mutantText");
    add_with_input(at, text_of(copy), "mutantText: text(1..100)");
  }

  // Another value in the place of a name that stands alone, outside of texts.
  void add_revalued(std::size_t at, const Line& parts) {
    const std::string& head = parts.head;
    if (indentation(head) == 0 && head.find('(') == kNone) return;
    for (std::size_t i = indentation(head); i < head.size(); ++i) {
      if (head[i] == '"') i = std::min(closing_quote(head, i + 1), head.size());
      if (i == 0 || i >= head.size() || std::islower(static_cast<unsigned char>(head[i])) == 0) continue;
      std::size_t end = i;
      while (end < head.size() && (std::isalnum(static_cast<unsigned char>(head[end])) != 0 || head[end] == '_')) ++end;
      const bool whole = (head[i - 1] == '(' || head.compare(i - 1, 1, " ") == 0) &&
                         (end == head.size() || head[end] == ')' || head[end] == ',' || head[end] == ' ');
      static const std::set<std::string, std::less<>> kWords = {
          "to",   "is",   "not",    "and",      "or",      "blank", "set",  "true",  "false",
          "with", "json", "starts", "contains", "matches", "body",  "form", "query", "as"};
      if (whole && !kWords.contains(head.substr(i, end - i))) {
        Line copy = parts;
        copy.head.replace(i, end - i, "mutantText");
        add_with_input(at, text_of(copy), "mutantText: text(1..100)");
      }
      i = end;
    }
  }

  // Another member of the answer.
  void add_reread(std::size_t at, const Line& parts) {
    const std::size_t read = parts.head.find("  read ");
    const std::size_t path = parts.head.rfind(" = ");
    if (read == kNone || path == kNone || parts.head.find('.', path) == kNone) return;
    Line copy = parts;
    copy.head += "Mutant";
    add(at, text_of(copy), "another member");
  }

  void add_recalled(std::size_t at, const Line& parts) {
    for (const auto& [name, other] : {std::pair("lower(", "upper("), std::pair("upper(", "lower("),
                                      std::pair("trim(", "lower("), std::pair(" + 1", " + 2")}) {
      const std::size_t found = parts.head.find(name);
      if (found == kNone) continue;
      Line copy = parts;
      copy.head.replace(found, std::string_view(name).size(), other);
      add(at, text_of(copy), "another function");
    }
  }

  std::vector<std::string> lines_;
  std::vector<bool> within_;  // by line: a text of several lines
  std::vector<bool> added_;   // by line: below a comment
  std::vector<std::string> names_;
  std::size_t begin_ = 0;  // the line with `start`
  bool started_ = false;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::string without_comments(const std::string& text) {
  std::vector<std::string> kept;
  bool block = false;
  for (const std::string& line : lines_of(text)) {
    const bool opens = line.ends_with("\"\"\"");
    const std::string_view inside = std::string_view(line).substr(indentation(line));
    if (block || opens || !inside.starts_with("//")) {
      Line parts = parts_of(line);
      parts.comment.clear();
      kept.push_back(block || opens ? line : text_of(parts));
    }
    if (opens) block = !block;
  }
  return joined(kept);
}

namespace {
std::vector<Mutant> some_of(std::vector<Mutant> all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<Mutant> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(std::move(all[i * all.size() / most]));
  return some;
}
}  // namespace

std::vector<Mutant> mutants_of(const std::string& text, std::size_t most) {
  return some_of(Mutation(text).run(), most);
}

std::vector<Mutant> value_mutants_of(const std::string& text, std::size_t most) {
  return some_of(Mutation(text).run_values(), most);
}

}  // namespace flow::importing
