#include "compiler/import/studio/liquid.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/studio/conditions.h"
#include "runtime/program/text.h"

namespace flow::importing::studio::liquid {
namespace {

constexpr std::size_t kReferencesMax = 1000;  // of one text
constexpr int kPathDepthMax = 4;              // brackets within brackets

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool goes_on_name(char c) {
  return begins_name(c) || is_digit(c) || c == '-';
}

bool is_literal(std::string_view word) {
  return word == "nil" || word == "null" || word == "true" || word == "false" || word == "blank" || word == "empty";
}

// What stands between `{{` and `}}`, or after the first word of a tag.
class Expression {
 public:
  explicit Expression(std::string_view text) : text_(text) {}

  bool at_end() {
    skip();
    return at_ == text_.size();
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string name() {
    skip();
    if (at_ == text_.size() || !begins_name(text_[at_])) return {};
    const std::size_t from = at_;
    while (at_ < text_.size() && goes_on_name(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  void skip_one() { ++at_; }

  std::optional<Path> path(int depth = 0) {
    Path path;
    std::string first = name();
    if (first.empty() || depth > kPathDepthMax) return std::nullopt;
    path.parts.push_back({Part::Kind::name, std::move(first), 0, nullptr});
    while (true) {
      // What does not go on as a path is left to who reads what follows.
      const std::size_t before = at_;
      std::optional<Part> part;
      if (take('.')) {
        std::string next = member();
        if (!next.empty()) part = Part{Part::Kind::name, std::move(next), 0, nullptr};
      } else if (take('[')) {
        part = bracket(depth);
        if (part && !take(']')) part.reset();
      }
      if (!part) {
        at_ = before;
        return path;
      }
      path.parts.push_back(*std::move(part));
    }
  }

  std::optional<Operand> operand() {
    skip();
    if (at_ == text_.size()) return std::nullopt;
    Operand operand;
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      const std::size_t end = text_.find(c, at_ + 1);
      if (end == std::string_view::npos) return std::nullopt;
      operand.kind = Operand::Kind::text;
      operand.text = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return operand;
    }
    if (is_digit(c) || c == '-') {
      operand.kind = Operand::Kind::number;
      operand.text = number();
      if (operand.text.empty()) return std::nullopt;
      return operand;
    }
    auto read = path();
    if (!read) return std::nullopt;
    if (read->parts.size() == 1 && is_literal(read->parts[0].name)) {
      operand.kind = Operand::Kind::word;
      operand.text = read->parts[0].name == "null" ? "nil" : read->parts[0].name;
      return operand;
    }
    operand.path = *std::move(read);
    return operand;
  }

  // `a == b and c`: to the end.
  std::optional<Question> question() {
    Question question;
    while (true) {
      auto one = condition();
      if (!one) return std::nullopt;
      question.conditions.push_back(*std::move(one));
      if (at_end()) return question;
      const std::string word = name();
      if (word != "and" && word != "or") return std::nullopt;
      question.ors.push_back(word == "or");
    }
  }

  // What a `when` asks: `"a", "b" or 3`, to the end.
  std::optional<Question> equal_to_any(const Operand& left) {
    Question question;
    while (true) {
      auto one = operand();
      if (!one || one->kind == Operand::Kind::path) return std::nullopt;
      question.conditions.push_back({left, "==", *std::move(one)});
      if (at_end()) return question;
      if (!take(',') && name() != "or") return std::nullopt;
      question.ors.push_back(true);
    }
  }

  std::optional<Output> output() {
    auto value = operand();
    if (!value) return std::nullopt;
    Output output{*std::move(value), {}};
    while (take('|')) {
      Filter filter;
      filter.name = name();
      if (filter.name.empty()) return std::nullopt;
      if (take(':')) {
        do {
          auto argument = operand();
          if (!argument) return std::nullopt;
          filter.arguments.push_back(*std::move(argument));
        } while (take(','));
      }
      output.filters.push_back(std::move(filter));
    }
    if (!at_end()) return std::nullopt;
    return output;
  }

 private:
  void skip() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  // What follows a dot may begin with a digit.
  std::string member() {
    skip();
    const std::size_t from = at_;
    while (at_ < text_.size() && goes_on_name(text_[at_]) && (at_ > from || text_[at_] != '-')) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  std::string digits() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  std::string number() {
    const std::size_t from = at_;
    if (text_[at_] == '-') ++at_;
    if (digits().empty()) return {};
    if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
      ++at_;
      digits();
    }
    return std::string(text_.substr(from, at_ - from));
  }
  std::optional<Part> bracket(int depth) {
    skip();
    if (at_ == text_.size()) return std::nullopt;
    Part part;
    if (text_[at_] == '"' || text_[at_] == '\'') {
      const std::size_t end = text_.find(text_[at_], at_ + 1);
      if (end == std::string_view::npos) return std::nullopt;
      part.name = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return part;
    }
    if (const std::string index = digits(); !index.empty()) {
      part.kind = Part::Kind::index;
      const auto read = std::from_chars(index.data(), index.data() + index.size(), part.index);
      if (read.ec != std::errc{}) return std::nullopt;
      return part;
    }
    auto inner = path(depth + 1);
    if (!inner) return std::nullopt;
    part.kind = Part::Kind::dynamic;
    part.dynamic = std::make_shared<const Path>(*std::move(inner));
    return part;
  }

  std::optional<Condition> condition() {
    static constexpr std::string_view kSigns[] = {"==", "!=", "<>", "<=", ">=", "<", ">"};
    auto left = operand();
    if (!left) return std::nullopt;
    Condition condition{*std::move(left), {}, {}};
    if (at_end()) return condition;
    for (const std::string_view sign : kSigns) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      condition.sign = sign == "<>" ? "!=" : sign;
      at_ += sign.size();
      break;
    }
    if (condition.sign.empty()) {
      const std::size_t before = at_;
      condition.sign = name();
      if (condition.sign == "and" || condition.sign == "or") {
        at_ = before;
        condition.sign.clear();
        return condition;
      }
      if (condition.sign != "contains") return std::nullopt;
    }
    auto right = operand();
    if (!right) return std::nullopt;
    condition.right = *std::move(right);
    return condition;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Template run() {
    std::vector<Node> nodes = block(0, {}).nodes;
    if (!out_.opaque) out_.nodes = std::move(nodes);
    return std::move(out_);
  }

 private:
  struct Tag {
    bool output = false;
    std::string_view inner;
    std::string_view source;
  };

  void give_up(std::string problem, bool broken = false) {
    if (!out_.opaque) out_.problem = std::move(problem);
    out_.opaque = true;
    out_.broken |= broken;
  }

  void add_text(std::vector<Node>& nodes, std::string_view text) {
    if (strip_next_) {
      while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
      if (!text.empty()) strip_next_ = false;
    }
    if (text.empty()) return;
    if (!nodes.empty() && nodes.back().kind == Node::Kind::text) {
      nodes.back().text += text;
      return;
    }
    nodes.emplace_back();
    nodes.back().text = text;
  }

  static void strip_end(std::vector<Node>& nodes) {
    if (nodes.empty() || nodes.back().kind != Node::Kind::text) return;
    std::string& text = nodes.back().text;
    while (!text.empty() && is_space(text.back())) text.pop_back();
    if (text.empty()) nodes.pop_back();
  }

  // The next tag, and the text before it goes to `nodes`. Nothing: no tag follows.
  std::optional<Tag> next_tag(std::vector<Node>& nodes) {
    std::size_t open = text_.find('{', at_);
    while (open != std::string_view::npos && open + 1 < text_.size() && text_[open + 1] != '{' &&
           text_[open + 1] != '%')
      open = text_.find('{', open + 1);
    if (open == std::string_view::npos || open + 1 >= text_.size()) {
      add_text(nodes, text_.substr(at_));
      at_ = text_.size();
      return std::nullopt;
    }
    add_text(nodes, text_.substr(at_, open - at_));
    const bool output = text_[open + 1] == '{';
    const std::size_t close = text_.find(output ? "}}" : "%}", open + 2);
    std::string_view inner = text_.substr(open + 2, close == std::string_view::npos ? close : close - open - 2);
    at_ = close == std::string_view::npos ? text_.size() : close + 2;
    if (close == std::string_view::npos) give_up(fmt::format("`{}` that is not closed", output ? "{{" : "{%"), true);
    if (inner.starts_with('-')) {
      inner.remove_prefix(1);
      strip_end(nodes);
    }
    strip_next_ = inner.ends_with('-');
    if (strip_next_) inner.remove_suffix(1);
    return Tag{output, program::trim(inner), text_.substr(open, at_ - open)};
  }

  // What stands up to a tag with one of the words `ends`, and that tag; none of them: to the end of the text.
  struct Block {
    std::vector<Node> nodes;
    std::string word;
    std::string_view rest;
  };
  using Ends = std::initializer_list<std::string_view>;
  Block block(int depth, Ends ends) {
    Block out;
    std::vector<Node>& nodes = out.nodes;
    while (const auto tag = next_tag(nodes)) {
      if (tag->output) {
        add_output(nodes, *tag);
        continue;
      }
      Expression expression(tag->inner);
      const std::string word = expression.name();
      const std::string_view rest = tag->inner.substr(std::min(word.size(), tag->inner.size()));
      if (std::find(ends.begin(), ends.end(), word) != ends.end()) {
        out.word = word;
        out.rest = rest;
        return out;
      }
      if (word == "endfor") {
        give_up("`{% endfor %}` without a loop", true);
      } else if (word == "if" || word == "unless") {
        add_choice(nodes, word, rest, depth, tag->source);
      } else if (word == "case") {
        add_case(nodes, rest, depth, tag->source);
      } else if (word == "comment" || word == "raw") {
        skip_to(nodes, word);
      } else if (word == "assign") {
        add_assign(nodes, rest, tag->source);
      } else if (word == "for") {
        add_loop(nodes, rest, depth);
      } else {
        give_up(fmt::format("`{{% {} %}}`", word.empty() ? "…" : word));
        if (word == "capture" || word == "increment" || word == "decrement") locals_.insert(Expression(rest).name());
        refer_to_all(rest);
      }
    }
    return out;
  }

  void refer_to(const Question& question) {
    for (const Condition& condition : question.conditions) {
      refer_to(condition.left);
      if (!condition.sign.empty()) refer_to(condition.right);
    }
  }

  void add_choice(std::vector<Node>& nodes, const std::string& word, std::string_view rest, int depth,
                  std::string_view source) {
    Node choice;
    choice.kind = Node::Kind::choice;
    std::string kind = word;
    if (depth == kDepthMax) return give_up("blocks nest too deep");
    while (true) {
      Arm arm;
      if (kind != "else") {
        arm.question = Expression(rest).question();
        if (arm.question) {
          refer_to(*arm.question);
          arm.question->negated = kind == "unless";
        } else {
          refer_to_all(rest);
          give_up(fmt::format("`{{% {} %}}`", word));
        }
      }
      Block inner = kind == "else" ? block(depth + 1, {word == "if" ? "endif" : "endunless"})
                                   : block(depth + 1, {"elsif", "else", word == "if" ? "endif" : "endunless"});
      arm.block = std::move(inner.nodes);
      choice.arms.push_back(std::move(arm));
      if (inner.word.empty()) return give_up(fmt::format("`{{% {} %}}` without an end", word), true);
      if (inner.word.starts_with("end")) break;
      kind = inner.word;
      rest = inner.rest;
    }
    add(nodes, std::move(choice), source);
  }

  // As `if` on equal values. Of several that are equal Liquid may take all: they stay as they are.
  void add_case(std::vector<Node>& nodes, std::string_view rest, int depth, std::string_view source) {
    Node choice;
    choice.kind = Node::Kind::choice;
    if (depth == kDepthMax) return give_up("blocks nest too deep");
    Expression expression(rest);
    const auto left = expression.operand();
    bool fine = left && expression.at_end();
    if (fine)
      refer_to(*left);
    else
      refer_to_all(rest);
    std::set<std::string, std::less<>> seen;
    Block inner = block(depth + 1, {"when", "else", "endcase"});  // nothing stands before the first `when`
    while (inner.word == "when" || inner.word == "else") {
      Arm arm;
      if (inner.word == "when") {
        if (fine) arm.question = Expression(inner.rest).equal_to_any(*left);
        fine = fine && arm.question.has_value();
        if (arm.question) {
          for (const Condition& one : arm.question->conditions) fine = seen.insert(one.right.text).second && fine;
        } else {
          refer_to_all(inner.rest);
        }
      }
      inner = block(depth + 1, {"when", "else", "endcase"});
      arm.block = std::move(inner.nodes);
      choice.arms.push_back(std::move(arm));
    }
    if (inner.word.empty()) return give_up("`{% case %}` without an end", true);
    if (!fine) return give_up("`{% case %}`");
    add(nodes, std::move(choice), source);
  }

  // `source`: of its first tag.
  void add(std::vector<Node>& nodes, Node choice, std::string_view source) {
    const std::size_t from = static_cast<std::size_t>(source.data() - text_.data());
    choice.source = text_.substr(from, at_ - from);
    nodes.push_back(std::move(choice));
  }

  void add_output(std::vector<Node>& nodes, const Tag& tag) {
    const std::string_view inner = tag.inner;
    auto read = Expression(inner).output();
    if (!read) {
      if (inner.empty()) return;  // `{{ }}` is nothing
      give_up(fmt::format("`{{{{{}}}}}`", inner.substr(0, 40)));
      refer_to_all(inner);
      return;
    }
    refer_to(*read);
    nodes.emplace_back();
    nodes.back().kind = Node::Kind::output;
    nodes.back().source = tag.source;
    nodes.back().output = *std::move(read);
  }

  void add_assign(std::vector<Node>& nodes, std::string_view rest, std::string_view source) {
    Expression expression(rest);
    std::string variable = expression.name();
    std::optional<Output> value;
    if (!variable.empty() && expression.take('=')) value = expression.output();
    if (!value) {
      give_up("`{% assign %}`");
      refer_to_all(rest.substr(std::min(rest.find('=') + 1, rest.size())));
    } else {
      refer_to(*value);
      nodes.emplace_back();
      nodes.back().kind = Node::Kind::assign;
      nodes.back().source = source;
      nodes.back().variable = variable;
      nodes.back().output = *std::move(value);
    }
    locals_.insert(std::move(variable));
  }

  void add_loop(std::vector<Node>& nodes, std::string_view rest, int depth) {
    Expression expression(rest);
    Node loop;
    loop.kind = Node::Kind::loop;
    loop.variable = expression.name();
    if (!loop.variable.empty() && expression.name() == "in") {
      if (auto list = expression.path(); list && expression.at_end()) {
        loop.output.value.path = *std::move(list);
        refer_to(loop.output);
      } else {
        give_up("`{% for %}` over a range, or with options");
        refer_to_all(rest.substr(rest.find(" in") + 3));
      }
    } else {
      give_up("`{% for %}`");
      refer_to_all(rest);
    }
    if (depth == kDepthMax) {
      give_up("blocks nest too deep");
      return;
    }
    const bool is_new = locals_.insert(loop.variable).second;
    Block inner = block(depth + 1, {"endfor"});
    if (inner.word.empty()) give_up("`{% for %}` without an end", true);
    loop.block = std::move(inner.nodes);
    if (is_new) locals_.erase(loop.variable);
    nodes.push_back(std::move(loop));
  }

  void skip_to(std::vector<Node>& nodes, const std::string& word) {
    const std::size_t from = at_;
    std::vector<Node> inner;
    while (true) {
      const std::size_t before = at_;
      const auto tag = next_tag(inner);
      if (!tag) {
        give_up(fmt::format("`{{% {} %}}` without an end", word), true);
        return;
      }
      if (tag->output || tag->inner != "end" + word) continue;
      if (word == "raw") add_text(nodes, text_.substr(from, text_.find("{%", before) - from));
      return;
    }
  }

  void refer_to(const Output& output) {
    refer_to(output.value);
    for (const Filter& filter : output.filters)
      for (const Operand& argument : filter.arguments) refer_to(argument);
  }
  void refer_to(const Operand& operand) {
    if (operand.kind == Operand::Kind::path) refer_to(operand.path);
  }
  void refer_to(const Path& path) {
    for (const Part& part : path.parts)
      if (part.dynamic) refer_to(*part.dynamic);
    const std::string& root = path.parts.front().name;
    if ((path.parts.size() == 1 && is_literal(root)) || root == "forloop" || locals_.contains(root) ||
        out_.references.size() == kReferencesMax)
      return;
    if (seen_.insert(to_string(path)).second) out_.references.push_back(path);
  }

  // Whatever looks like a path in an expression that is not understood.
  void refer_to_all(std::string_view text) {
    static const std::set<std::string, std::less<>> words = {"and",    "or",       "contains", "in",   "limit",
                                                             "offset", "reversed", "not",      "with", "as"};
    Expression expression(text);
    while (!expression.at_end()) {
      Expression tried = expression;
      if (const auto operand = tried.operand()) {
        const bool path = operand->kind == Operand::Kind::path;
        const bool word = path && operand->path.parts.size() == 1 && words.contains(operand->path.parts[0].name);
        if (path && !word) refer_to(operand->path);
        expression = tried;
        // The name of a filter is no variable.
        if (expression.take('|')) expression.name();
      } else {
        const bool bar = expression.take('|');
        if (bar)
          expression.name();
        else
          expression.skip_one();
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool strip_next_ = false;
  Template out_;
  std::set<std::string, std::less<>> locals_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace

std::string to_string(const Path& path) {
  std::string out;
  for (const Part& part : path.parts) {
    switch (part.kind) {
      case Part::Kind::name:
        out += (out.empty() ? "" : ".") + part.name;
        break;
      case Part::Kind::index:
        out += fmt::format("[{}]", part.index);
        break;
      case Part::Kind::dynamic:
        out += fmt::format("[{}]", to_string(*part.dynamic));
        break;
    }
  }
  return out;
}

std::optional<std::vector<std::string>> names_from(const Path& path, std::size_t from) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < path.parts.size(); ++i) {
    if (path.parts[i].kind != Part::Kind::name) return std::nullopt;
    out.push_back(path.parts[i].name);
  }
  return out;
}

std::string name_at(const Path& path, std::size_t i) {
  return i < path.parts.size() && path.parts[i].kind == Part::Kind::name ? path.parts[i].name : std::string();
}

Template parse(std::string_view text) {
  return Parser(text).run();
}

}  // namespace flow::importing::studio::liquid
