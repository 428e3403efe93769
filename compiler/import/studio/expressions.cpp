#include "compiler/import/studio/expressions.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/draft.h"
#include "compiler/import/studio/counters.h"
#include "compiler/import/studio/filters.h"

namespace flow::importing::studio {
namespace {

using liquid::Filter;
using liquid::Node;
using liquid::Operand;
using liquid::Output;
using liquid::Part;
using liquid::Path;

constexpr int kLoopsMax = 1;                        // the language has no list of lists
constexpr int kCodeDepthMax = 40;                   // of an expression; around it there may be more
constexpr std::size_t kCodeBytesMax = 64 * 1024;    // of one
constexpr std::size_t kMadeBytesMax = 1024 * 1024;  // of all that one text is made of
constexpr std::size_t kWaysMax = 12;                // of one text that is chosen
constexpr std::size_t kConditionsMax = 20;          // of one question

// How deep brackets, interpolations and operators in a row nest, about: the language has a limit.
int depth_of(const std::string& code) {
  struct Level {
    bool text = false;
    int operators = 0;
  };
  std::vector<Level> open(1);
  int most = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    const bool text = open.back().text;
    if (text && c == '\\') {
      ++i;
    } else if (c == '"') {
      if (text)
        open.pop_back();
      else
        open.push_back({true, 0});
    } else if (text ? code.compare(i, 2, "{{") == 0 : c == '(' || c == '[') {
      if (text) ++i;
      open.emplace_back();
    } else if (!text && open.size() > 1 && (c == ')' || c == ']' || code.compare(i, 2, "}}") == 0)) {
      if (c == '}') ++i;
      open.pop_back();
    } else if (!text && c == ' ' && i + 2 < code.size() && std::string_view("?+-*").find(code[i + 1]) < 4) {
      ++open.back().operators;
    }
    int depth = static_cast<int>(open.size());
    for (const Level& level : open) depth += level.operators;
    most = std::max(most, depth);
    if (open.empty() || most > kCodeDepthMax) return most;
  }
  return most;
}

class Translator {
 public:
  Translator(Values& values, const Known& known, std::string& why, Place place, Chosen* chosen)
      : values_(values), known_(&known), why_(why), place_(place), chosen_(chosen) {}

  std::optional<Expr> run(const std::vector<Node>& nodes) {
    auto expr = read(nodes);
    if (!expr) return std::nullopt;
    expr->fixed = values_read_ == fixed_read_;
    if (depth_of(expr->code) > kCodeDepthMax) return refuse("a text that nests deeper than the language does");
    return expr;
  }

 private:
  // What a condition of Liquid is here: a condition, or decided before the flow runs.
  struct Holds {
    std::string code;
    std::optional<bool> always;
    char join = ' ';                // `&` or `|` when it is several
    std::vector<std::size_t> sets;  // variables that have values where it holds
  };
  // A text on its way to one of several.
  struct Way {
    std::string condition;
    bool is_or = false;
    TextWriter text;
    std::size_t values = 0;
    bool words = false;
    std::string only;  // the value, while there is one and nothing else
    Known known;
  };

  std::optional<Expr> read(const std::vector<Node>& nodes) {
    if (nodes.size() == 1 && nodes[0].kind == Node::Kind::output) return output(nodes[0].output);
    if (nodes.size() == 1 && nodes[0].kind == Node::Kind::choice) return choice_or_chosen(nodes[0]);
    // A value after nothing but an `assign`.
    if (nodes.size() == 2 && nodes[0].kind == Node::Kind::assign && nodes[1].kind == Node::Kind::output) {
      if (!assign(nodes[0])) return std::nullopt;
      return output(nodes[1].output);
    }
    TextWriter writer;
    if (!write(nodes, writer)) return std::nullopt;
    Expr expr;
    expr.code = writer.one_line();
    expr.block = writer.literal();
    const auto writes_text = [](const Node& node) {
      return node.kind == Node::Kind::text || node.kind == Node::Kind::assign;
    };
    if (std::all_of(nodes.begin(), nodes.end(), writes_text)) {
      expr.constant.emplace();
      for (const Node& node : nodes) *expr.constant += node.text;
    }
    return expr;
  }

  std::nullopt_t refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return std::nullopt;
  }

  bool write(const std::vector<Node>& nodes, TextWriter& writer) {
    for (const Node& node : nodes) {
      if (node.kind == Node::Kind::text) {
        writer.add(node.text);
      } else if (node.kind == Node::Kind::output || node.kind == Node::Kind::choice) {
        const auto value = node.kind == Node::Kind::output ? output(node.output) : choice_or_chosen(node);
        if (!value) return false;
        if (value->pieces) {
          writer.add(*value->pieces);
          continue;
        }
        writer.add(value->prefix);
        if (value->optional && (value->kind == Kind::number || value->kind == Kind::boolean))
          values_.tell_absent(value->code);
        if (value->constant)
          writer.add(*value->constant);
        else
          writer.add_value(in_text(*value));
      } else if (node.kind == Node::Kind::assign) {
        if (!assign(node)) return false;
      } else if (!loop(node, writer)) {
        return false;
      }
    }
    return true;
  }

  std::optional<Expr> choice_or_chosen(const Node& node) {
    const std::string why = why_;
    const std::size_t before = chosen_ != nullptr ? chosen_->texts.size() : 0;
    auto value = choice(node.arms, 0);
    if (value || chosen_ == nullptr || place_ == Place::address || loops_ > 0) return value;
    chosen_->texts.resize(before);
    why_ = why;
    return chosen(node);
  }

  // A choice that is decided before the flow runs, or a value and what stands for it where it is absent.
  std::optional<Expr> choice(const std::vector<liquid::Arm>& arms, std::size_t from) {
    if (from == arms.size()) return constant("");
    if (!arms[from].question) return read(arms[from].block);
    const liquid::Condition* condition = arms[from].question->only();
    const bool there = condition != nullptr && condition->sign.empty() && condition->left.kind == Operand::Kind::path &&
                       loops_ == 0 && !locals_.contains(condition->left.path.parts.front().name);
    if (!there) return refuse("`{% if %}`");
    const Path& path = condition->left.path;
    if (const auto truth = values_.truth(path, *known_))
      return *truth ? read(arms[from].block) : choice(arms, from + 1);
    const auto& block = arms[from].block;
    const bool itself = block.size() == 1 && block[0].kind == Node::Kind::output &&
                        block[0].output.value.kind == Operand::Kind::path &&
                        liquid::to_string(block[0].output.value.path) == liquid::to_string(path);
    if (!itself || values_.is_from_nothing(path)) return refuse("`{% if %}`");
    const auto value = read(block);
    if (!value || !value->optional || value->kind != Kind::text || !value->prefix.empty()) return refuse("`{% if %}`");
    const auto otherwise = choice(arms, from + 1);
    if (!otherwise) return std::nullopt;
    Expr out;
    out.code = fmt::format("{} ?? {}", value->code, as_text(*otherwise));
    return out;
  }

  // ---- Texts of which one is taken ----

  std::optional<Expr> chosen(const Node& node) {
    std::vector<Way> open(1);
    open[0].known = *known_;
    std::vector<Way> ways;
    const Known* known = known_;
    const bool fine = add_choice(node, open[0], ways);
    known_ = known;
    if (!fine) return refuse("`{% if %}`");
    Expr expr;
    if (ways.size() == 1) return constant_of(ways[0]);
    ChosenText text;
    for (const Way& way : ways) {
      const bool alone = way.values == 1 && !way.words && !way.only.empty();
      text.ways.push_back({way.condition, alone ? way.only : way.text.literal()});
      if (depth_of(text.ways.back().code) > kCodeDepthMax || depth_of(way.condition) > kCodeDepthMax)
        return refuse("a text that nests deeper than the language does");
    }
    const auto same = [&](const ChosenText::Way& way) { return way.code == text.ways[0].code; };
    if (std::all_of(text.ways.begin(), text.ways.end(), same)) return constant_of(ways[0]);
    text.ways.back().condition.clear();
    text.name = chosen_->name();
    expr.code = text.name;
    ++values_read_;
    chosen_->texts.push_back(std::move(text));
    return expr;
  }

  // Of a text that is always the same one.
  static Expr constant_of(const Way& way) {
    Expr expr;
    expr.code = way.text.one_line();
    expr.block = way.text.literal();
    expr.pieces = way.text;
    return expr;
  }

  // The ways that come of `from` by a choice, in the order in which they are tried; the last is left where no other is.
  bool add_choice(const Node& node, const Way& from, std::vector<Way>& out) {
    for (const liquid::Arm& arm : node.arms) {
      known_ = &from.known;
      std::optional<Holds> holds = Holds{"", true, ' ', {}};
      if (arm.question) holds = question(*arm.question);
      if (!holds) return false;
      if (holds->always && !*holds->always) continue;
      Way way = from;
      if (!holds->always) add_condition(way, *holds);
      for (const std::size_t variable : holds->sets) add(way.known, variable);
      std::vector<Way> ways = {std::move(way)};
      if (!add_nodes(arm.block, ways)) return false;
      for (Way& one : ways) out.push_back(std::move(one));
      if (out.size() > kWaysMax) return false;
      if (holds->always) return true;
    }
    out.push_back(from);
    return out.size() <= kWaysMax;
  }

  static void add_condition(Way& way, const Holds& holds) {
    const std::string code = holds.join == '|' && !way.condition.empty() ? "(" + holds.code + ")" : holds.code;
    if (way.is_or) way.condition = "(" + way.condition + ")";
    way.is_or = holds.join == '|' && way.condition.empty();
    way.condition += (way.condition.empty() ? "" : " and ") + code;
  }

  // What stands in a block, at the end of each of the ways.
  bool add_nodes(const std::vector<Node>& nodes, std::vector<Way>& ways) {
    for (const Node& node : nodes) {
      std::vector<Way> next;
      for (Way& way : ways) {
        if (node.kind == Node::Kind::text) {
          way.text.add(node.text);
          way.words = true;
        } else if (node.kind == Node::Kind::output) {
          known_ = &way.known;
          if (!add_output(node.output, way)) return false;
        } else if (node.kind == Node::Kind::choice) {
          if (!add_choice(node, way, next)) return false;
          continue;
        } else {
          return false;
        }
        next.push_back(std::move(way));
      }
      if (next.size() > kWaysMax) return false;
      ways = std::move(next);
    }
    return true;
  }

  bool add_output(const Output& node, Way& way) {
    const auto value = output(node);
    if (!value) return false;
    ++way.values;
    way.only = value->kind == Kind::text && value->prefix.empty() && !value->constant ? in_text(*value) : "";
    way.words = way.words || value->pieces || value->constant || way.values > 1;
    if (value->pieces) {
      way.text.add(*value->pieces);
      return true;
    }
    way.text.add(value->prefix);
    if (value->constant)
      way.text.add(*value->constant);
    else
      way.text.add_value(in_text(*value));
    return true;
  }

  // ---- Conditions ----

  std::optional<Holds> question(const liquid::Question& asked) {
    const Known* outside = known_;
    auto all = from_condition(asked, 0);
    known_ = outside;
    if (!all || !asked.negated) return all;
    if (all->always) return Holds{"", !*all->always, ' ', {}};
    return Holds{fmt::format("not ({})", all->code), std::nullopt, ' ', {}};
  }

  // From one of its conditions on. What is behind an `and` is looked at where what is before it holds.
  std::optional<Holds> from_condition(const liquid::Question& asked, std::size_t i) {
    auto one = i < kConditionsMax ? condition(asked.conditions[i]) : std::nullopt;
    if (!one || i + 1 == asked.conditions.size()) return one;
    Known known = *known_;
    for (const std::size_t variable : one->sets)
      if (!asked.ors[i]) add(known, variable);
    const Known* before = known_;
    known_ = &known;
    auto rest = from_condition(asked, i + 1);
    known_ = before;
    if (!rest) return std::nullopt;
    return joined(*std::move(one), asked.ors[i], *std::move(rest));
  }

  static Holds joined(Holds left, bool is_or, Holds right) {
    if (left.always) return *left.always == is_or ? left : right;
    if (right.always) return *right.always == is_or ? right : left;
    const char join = is_or ? '|' : '&';
    const auto side = [&](const Holds& one) {
      return one.join != ' ' && one.join != join ? "(" + one.code + ")" : one.code;
    };
    Holds out{fmt::format("{} {} {}", side(left), is_or ? "or" : "and", side(right)), std::nullopt, join, {}};
    if (!is_or) {
      out.sets = std::move(left.sets);
      out.sets.insert(out.sets.end(), right.sets.begin(), right.sets.end());
    }
    return out;
  }

  std::optional<Holds> condition(const liquid::Condition& asked) {
    if (asked.left.kind == Operand::Kind::word) {
      if (!asked.sign.empty()) return std::nullopt;
      return Holds{"", asked.left.text != "nil" && asked.left.text != "false", ' ', {}};
    }
    if (asked.left.kind != Operand::Kind::path || loops_ > 0) return std::nullopt;
    const Path& path = asked.left.path;
    const bool local = locals_.contains(path.parts.front().name);
    if (asked.sign.empty() && !local)
      if (const auto truth = values_.truth(path, *known_)) return Holds{"", *truth, ' ', {}};
    const bool of_absence = asked.sign.empty() || asked.right.kind == Operand::Kind::word ||
                            (asked.right.kind == Operand::Kind::text && asked.right.text.empty());
    if (!local && of_absence && values_.is_from_nothing(path)) return std::nullopt;
    if (const auto list = local ? std::nullopt : values_.list(path); list && list->parts == path.parts.size())
      return of_whole_list(asked, *list);
    auto value = this->path(path);
    if (!value || value->kind == Kind::list) return std::nullopt;
    const auto variable = local ? std::nullopt : values_.variable(path);
    Side left{*std::move(value), variable};
    if (asked.sign.empty()) return there(left);
    if (asked.right.kind == Operand::Kind::word) return against_word(left, asked.sign, asked.right.text);
    if (left.expr.never) return std::nullopt;
    const auto right = operand(asked.right);
    if (!right || right->never || right->optional) return std::nullopt;
    return compared(left, asked.sign, *right);
  }

  // Whether a list is there, or empty.
  std::optional<Holds> of_whole_list(const liquid::Condition& asked, const Values::List& list) {
    ++values_read_;
    const std::string& name = values_.variables()[list.variable].name;
    const bool known = has(*known_, list.variable);
    const bool word = asked.right.kind == Operand::Kind::word;
    const bool empty = word && (asked.right.text == "empty" || asked.right.text == "blank");
    const bool nothing = word && asked.right.text == "nil";
    const bool there = asked.sign.empty() || (nothing && asked.sign == "!=");
    if (there) return known ? always(true) : when(name + " is set", ' ', {list.variable});
    if (nothing && asked.sign == "==") return known ? always(false) : when(name + " is not set");
    if (!empty || (asked.sign != "==" && asked.sign != "!=")) return std::nullopt;
    const std::string none = fmt::format("count({}) == 0", name);
    if (known) return when(asked.sign == "==" ? none : fmt::format("count({}) != 0", name));
    const std::string both = fmt::format("{} is set and {}", name, none);
    return asked.sign == "==" ? when(both, '&', {list.variable}) : when(fmt::format("not ({})", both));
  }

  struct Side {
    Expr expr;
    std::optional<std::size_t> variable;
    std::vector<std::size_t> sets() const { return variable ? std::vector{*variable} : std::vector<std::size_t>(); }
  };

  static Holds always(bool yes) { return {"", yes, ' ', {}}; }
  static Holds when(std::string code, char join = ' ', std::vector<std::size_t> sets = {}) {
    return {std::move(code), std::nullopt, join, std::move(sets)};
  }

  // There, and not `false`.
  std::optional<Holds> there(const Side& left) const {
    const Expr& expr = left.expr;
    if (expr.never) return always(false);
    if (expr.kind == Kind::boolean) return when(expr.optional ? studio::operand(expr.code + " ?? false") : expr.code);
    const bool read = left.variable && values_.variables()[*left.variable].role == Variable::Role::read;
    const bool may_be_false = read && expr.kind == Kind::text;
    if (!expr.optional) return may_be_false ? when(fmt::format("{} != \"false\"", expr.code)) : always(true);
    const std::string set = studio::operand(expr.code) + " is set";
    if (may_be_false) return when(fmt::format("{} and {} != \"false\"", set, expr.code), '&', left.sets());
    return when(set, ' ', left.sets());
  }

  // Beside nil, blank, empty, true or false.
  std::optional<Holds> against_word(const Side& left, const std::string& sign, const std::string& word) const {
    const Expr& expr = left.expr;
    const bool equal = sign == "==";
    const bool truth = word == "true" || word == "false";
    if (!equal && sign != "!=") return std::nullopt;
    if (expr.never) return truth ? always(!equal) : always(word == "empty" ? !equal : equal);
    const std::string code = studio::operand(expr.code);
    if (word == "nil") {
      if (!expr.optional) return always(!equal);
      return equal ? when(code + " is not set") : when(code + " is set", ' ', left.sets());
    }
    if (truth) {
      if (expr.kind != Kind::boolean) return std::nullopt;
      const std::string value = expr.optional ? fmt::format("({} ?? {})", expr.code, word == "false") : expr.code;
      return when((word == "true") == equal ? value : "not " + value);
    }
    if (expr.kind != Kind::text || !expr.prefix.empty()) return std::nullopt;
    if (word == "blank") return equal ? when(code + " is blank") : when(code + " is not blank", ' ', left.sets());
    return is_empty(left, equal);
  }

  // `== ""`: what is absent is not.
  static Holds is_empty(const Side& left, bool equal) {
    const std::string& code = left.expr.code;
    if (!left.expr.optional) return when(fmt::format("{} {} \"\"", studio::operand(code), equal ? "==" : "!="));
    const std::string both = fmt::format("{} is set and {} == \"\"", code, code);
    return equal ? when(both, '&', left.sets()) : when(fmt::format("not ({})", both));
  }

  std::optional<Holds> compared(const Side& left, const std::string& sign, const Expr& right) const {
    const Expr& expr = left.expr;
    if (expr.kind == Kind::number && right.kind == Kind::number) {
      const std::string code = expr.optional ? expr.code : studio::operand(expr.code);
      const std::string number = right.constant ? *right.constant : studio::operand(right.code);
      const std::string all = fmt::format("{} {} {}", code, sign, number);
      if (!expr.optional) return when(all);
      const std::string both = fmt::format("{} is set and {}", code, all);
      if (sign != "!=") return when(both, '&', left.sets());
      return when(fmt::format("not ({} is set and {} == {})", code, code, number));
    }
    const bool texts = (expr.kind == Kind::text || expr.kind == Kind::phone) &&
                       (right.kind == Kind::text || right.kind == Kind::phone);
    if (!texts) return std::nullopt;
    const bool empty = right.constant && right.constant->empty();
    if (sign == "contains" && !empty)
      return when(fmt::format("{} contains {}", studio::operand(as_text(expr)), studio::operand(as_text(right))));
    if (sign != "==" && sign != "!=") return std::nullopt;
    if (empty && expr.kind == Kind::text && expr.prefix.empty()) return is_empty(left, sign == "==");
    if (expr.optional && !right.constant) return std::nullopt;  // absent is not the same as empty
    return when(fmt::format("{} {} {}", studio::operand(as_text(expr)), sign, studio::operand(as_text(right))));
  }

  bool assign(const Node& node) {
    auto value = output(node.output);
    if (!value) return false;
    locals_[node.variable] = *std::move(value);
    return true;
  }

  bool loop(const Node& node, TextWriter& writer) {
    const auto list = values_.list(node.output.value.path);
    if (!list || list->parts != node.output.value.path.parts.size() || loops_ == kLoopsMax) {
      refuse("a loop over what is no list of an answer");
      return false;
    }
    ++loops_;
    loop_variable_ = node.variable;
    loop_list_ = list->variable;
    TextWriter inner;
    const bool fine = write(node.block, inner);
    --loops_;
    loop_variable_.clear();
    if (!fine) return false;
    const std::string each = fmt::format("each({}, {})", values_.variables()[list->variable].name, inner.one_line());
    writer.add_value(has(*known_, list->variable) ? each : each + " ?? \"\"");
    return true;
  }

  std::optional<Expr> operand(const Operand& operand) {
    if (operand.kind == Operand::Kind::text) return constant(operand.text);
    if (operand.kind == Operand::Kind::word)
      return constant(operand.text == "true" || operand.text == "false" ? operand.text : "");
    if (operand.kind == Operand::Kind::number) {
      Expr expr = number_expr(operand.text);
      expr.constant = operand.text;
      return expr;
    }
    return path(operand.path);
  }

  std::optional<Expr> path(const Path& path) {
    ++values_read_;
    const std::string& root = path.parts.front().name;
    if (loops_ > 0 && (root == "forloop" || root == loop_variable_)) return in_loop(path);
    if (const auto local = locals_.find(root); local != locals_.end()) {
      if (path.parts.size() == 1) return local->second;
      return refuse(fmt::format("`{}`", liquid::to_string(path)));
    }
    if (const auto list = values_.list(path)) return in_list(path, *list);
    auto value = values_.value(path, *known_);
    if (!value) return refuse(fmt::format("`{}`", liquid::to_string(path)));
    if (value->fixed) ++fixed_read_;
    return value;
  }

  std::optional<Expr> in_loop(const Path& path) {
    const std::string member = path.parts.size() == 2 ? path.parts[1].name : std::string();
    Expr expr;
    if (path.parts.front().name == "forloop") {
      if (member == "index") return number_expr("position");
      if (member == "index0") return number_expr("position - 1");
      return refuse(fmt::format("`forloop.{}`", member));
    }
    const auto& members = values_.variables()[loop_list_].members;
    if (path.parts.size() == 1 && members.empty()) {
      expr.code = "item";
      return expr;
    }
    if (path.parts.size() != 2 || !members.contains(member))
      return refuse(fmt::format("`{}`", liquid::to_string(path)));
    expr.code = "item." + member;
    expr.optional = true;
    return expr;
  }

  std::optional<Expr> in_list(const Path& path, const Values::List& list) {
    const Variable& variable = values_.variables()[list.variable];
    const bool known = has(*known_, list.variable);
    if (path.parts.size() == list.parts)
      return refuse(fmt::format("the list `{}` as a whole", liquid::to_string(path)));
    const Part& part = path.parts[list.parts];
    if (part.kind == Part::Kind::name && part.name == "size" && path.parts.size() == list.parts + 1) {
      Expr count = number_expr(fmt::format("count({})", variable.name));
      count.optional = !known;
      return count;
    }
    std::string place;
    if (part.kind == Part::Kind::index) {
      place = std::to_string(part.index + 1);
    } else if (part.kind == Part::Kind::dynamic) {
      const auto index = this->path(*part.dynamic);
      if (!index) return std::nullopt;
      place = one_more(*index);
    } else if (part.name == "first") {
      place = "1";
    } else if (part.name == "last") {
      place = fmt::format("count({})", variable.name);
    } else {
      return refuse(fmt::format("`{}`", liquid::to_string(path)));
    }
    const std::size_t left = path.parts.size() - list.parts - 1;
    const std::string member = left == 1 ? path.parts.back().name : std::string();
    if (left > 1 || (left == 0) != variable.members.empty() || (left == 1 && !variable.members.contains(member)))
      return refuse(fmt::format("`{}`", liquid::to_string(path)));
    Expr expr;
    expr.code = fmt::format("item({}, {}){}{}", variable.name, place, left == 1 ? "." : "", member);
    expr.optional = true;
    return expr;
  }

  // Liquid counts from 0, the language from 1.
  static std::string one_more(const Expr& index) {
    const std::string code = as_number(index);
    if (code.ends_with(" - 1")) return code.substr(0, code.size() - 4);
    return studio::operand(code) + " + 1";
  }

  std::optional<Expr> output(const Output& output) {
    std::size_t next = 0;
    auto value = of_list(output, next);
    if (!value) value = operand(output.value);
    for (; next < output.filters.size(); ++next) {
      if (!value) return std::nullopt;
      if (value->code.size() > kCodeBytesMax) return refuse("a text that is longer than the language has");
      value = filtered(
          *std::move(value), output.filters[next], [this](const Operand& one) { return operand(one); }, place_, why_);
    }
    // One after the other, variables may each be as long as the language allows.
    if (value && (made_ += value->code.size()) > kMadeBytesMax)
      return refuse("a text whose parts are longer than the language has");
    return value;
  }

  // `list | first` is `list.first`. `next`: the filters that are not said yet.
  std::optional<Expr> of_list(const Output& output, std::size_t& next) {
    if (output.value.kind != Operand::Kind::path || output.filters.empty() || loops_ > 0) return std::nullopt;
    const Filter& filter = output.filters.front();
    const bool part = filter.name == "first" || filter.name == "last" || filter.name == "size";
    const auto list = values_.list(output.value.path);
    if (!part || !filter.arguments.empty() || !list || list->parts != output.value.path.parts.size())
      return std::nullopt;
    Path path = output.value.path;
    path.parts.push_back({Part::Kind::name, filter.name, 0, nullptr});
    ++values_read_;
    next = 1;
    return in_list(path, *list);
  }

  Values& values_;
  const Known* known_;
  std::string& why_;
  Place place_;
  Chosen* chosen_;
  std::map<std::string, Expr> locals_;
  std::string loop_variable_;
  std::size_t loop_list_ = 0;
  int loops_ = 0;
  std::size_t made_ = 0;  // bytes of all outputs so far
  int values_read_ = 0;
  int fixed_read_ = 0;
};

// One more than it was, or than what it begins at.
std::optional<Expr> counted(const Counter& counter, Values& values, const Known& known) {
  const auto value = values.value(counter.path, known);
  if (!value) return std::nullopt;
  const bool number = value->kind == Kind::number;
  std::string code = number ? value->code : fmt::format("number({})", value->code);
  const std::string first = fmt::format("{}", counter.first);
  if (value->optional || !number) code = fmt::format("({} ?? {})", code, first);
  return number_expr(fmt::format("{} {} {}", code, counter.step < 0 ? "-" : "+", std::abs(counter.step)));
}

}  // namespace

std::optional<Expr> translate(const liquid::Template& text, Values& values, const Known& known, std::string& why,
                              Place place, Chosen* chosen) {
  if (text.opaque) {
    why = text.problem;
    return std::nullopt;
  }
  if (text.constant()) {
    Expr expr = constant(text.constant_text());
    expr.block = literal(text.constant_text());
    return expr;
  }
  if (const auto counter = counter_of(text); counter && values.counts(counter->path))
    return counted(*counter, values, known);
  return Translator(values, known, why, place, chosen).run(text.nodes);
}

std::string operand(const std::string& code) {
  return has_operator(code) ? "(" + code + ")" : code;
}

std::string in_text(const Expr& expr) {
  if (!expr.optional) return expr.code;
  switch (expr.kind) {
    case Kind::number:
      return expr.code + " ?? 0";
    case Kind::boolean:
      return expr.code + " ?? false";
    default:
      return expr.code + " ?? \"\"";
  }
}

std::string as_text(const Expr& expr) {
  if (expr.constant) return one_line(*expr.constant);
  if (expr.kind == Kind::text && expr.prefix.empty()) return in_text(expr);
  TextWriter writer;
  writer.add(expr.prefix);
  writer.add_value(in_text(expr));
  return writer.one_line();
}

std::string as_argument(const Expr& expr) {
  return expr.kind == Kind::phone && expr.prefix.empty() ? expr.code : as_text(expr);
}

std::string as_block(const Expr& expr) {
  if (!expr.block.empty()) return expr.block;
  return expr.constant ? literal(*expr.constant) : as_text(expr);
}

std::string as_number(const Expr& expr) {
  if (expr.kind == Kind::number) return in_text(expr);
  return fmt::format("number({}) ?? 0", expr.optional && expr.prefix.empty() ? expr.code : as_text(expr));
}

}  // namespace flow::importing::studio
