#include "compiler/import/studio/expressions.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/draft.h"
#include "compiler/import/studio/counters.h"

namespace flow::importing::studio {
namespace {

using liquid::Filter;
using liquid::Node;
using liquid::Operand;
using liquid::Output;
using liquid::Part;
using liquid::Path;

constexpr int kLoopsMax = 1;  // the language has no list of lists

// Whether an operator (one of them: `??`) stands outside of brackets and texts.
bool has_operator(const std::string& code, std::string_view wanted = " ") {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '\\' && quoted) {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '(' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == ')' || c == ']')) {
      --depth;
    } else if (!quoted && depth == 0 && code.compare(i, wanted.size(), wanted) == 0) {
      return true;
    }
  }
  return false;
}

Expr call(std::string_view function, const Expr& expr) {
  Expr out;
  out.code =
      fmt::format("{}({})", function, expr.kind == Kind::text && expr.prefix.empty() ? expr.code : as_text(expr));
  out.optional = expr.optional && expr.kind == Kind::text && expr.prefix.empty();
  return out;
}

Expr number_expr(std::string code) {
  Expr out;
  out.code = std::move(code);
  out.kind = Kind::number;
  return out;
}

class Translator {
 public:
  Translator(Values& values, const Known& known, std::string& why, Place place)
      : values_(values), known_(known), why_(why), place_(place) {}

  std::optional<Expr> run(const std::vector<Node>& nodes) {
    auto expr = read(nodes);
    if (expr) expr->fixed = values_read_ == fixed_read_;
    return expr;
  }

 private:
  std::optional<Expr> read(const std::vector<Node>& nodes) {
    if (nodes.size() == 1 && nodes[0].kind == Node::Kind::output) return output(nodes[0].output);
    if (nodes.size() == 1 && nodes[0].kind == Node::Kind::choice) return choice(nodes[0].arms, 0);
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
        const auto value = node.kind == Node::Kind::output ? output(node.output) : choice(node.arms, 0);
        if (!value) return false;
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

  // A choice that is decided before the flow runs, or a value and what stands for it where it is absent.
  std::optional<Expr> choice(const std::vector<liquid::Arm>& arms, std::size_t from) {
    if (from == arms.size()) return constant("");
    const auto& condition = arms[from].condition;
    if (!condition) return read(arms[from].block);
    const bool there = condition->sign.empty() && condition->left.kind == Operand::Kind::path && loops_ == 0 &&
                       !locals_.contains(condition->left.path.parts.front().name);
    if (!there) return refuse("`{% if %}`");
    const Path& path = condition->left.path;
    if (const auto truth = values_.truth(path, known_)) return *truth ? read(arms[from].block) : choice(arms, from + 1);
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
    writer.add_value(has(known_, list->variable) ? each : each + " ?? \"\"");
    return true;
  }

  std::optional<Expr> operand(const Operand& operand) {
    if (operand.kind == Operand::Kind::text) return constant(operand.text);
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
    auto value = values_.value(path, known_);
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
    const bool known = has(known_, list.variable);
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
    auto value = operand(output.value);
    for (const Filter& filter : output.filters) {
      if (!value) return std::nullopt;
      value = apply(*std::move(value), filter);
    }
    return value;
  }

  std::optional<Expr> apply(Expr value, const Filter& filter) {
    const std::string& name = filter.name;
    const auto& arguments = filter.arguments;
    if (arguments.empty()) {
      if (name == "upcase") return call("upper", value);
      if (name == "downcase") return call("lower", value);
      if (name == "strip") return call("trim", value);
      if ((name == "lstrip" || name == "rstrip") && value.code.starts_with("trim(")) return value;
      if (name == "size" && value.kind == Kind::text) return length(value);
      if (name == "round") return number_expr(fmt::format("round({})", as_number(value)));
      if ((name == "url_encode" || name == "url_escape") && place_ == Place::address) return value;
      return refuse(fmt::format("the filter `{}`", name));
    }
    if (name == "plus" || name == "minus" || name == "times") return calculate(value, filter);
    if (arguments.size() != 1) return refuse(fmt::format("the filter `{}`", name));
    auto argument = operand(arguments[0]);
    if (!argument) return std::nullopt;
    if (name == "default") return with_default(value, *argument);
    if (name == "append" || name == "prepend") return joined(value, *argument, name == "append");
    if (name == "remove" && !value.prefix.empty() && argument->constant == value.prefix) {
      value.prefix.clear();
      return value;
    }
    // A phone number begins with its only plus.
    if (name == "remove" && value.kind == Kind::phone && value.prefix.empty() && argument->constant == "+") {
      const std::string text = as_text(value);
      Expr out;
      out.code = fmt::format("right({}, length({}) - 1)", text, text);
      return out;
    }
    return refuse(fmt::format("the filter `{}`", name));
  }

  static Expr length(const Expr& value) {
    Expr out = call("length", value);
    out.kind = Kind::number;
    return out;
  }

  std::optional<Expr> calculate(const Expr& value, const Filter& filter) {
    if (filter.arguments.size() != 1) return refuse(fmt::format("the filter `{}`", filter.name));
    auto argument = operand(filter.arguments[0]);
    if (!argument) return std::nullopt;
    const bool zero = argument->constant == "0";
    const std::string left = as_number(value);
    if (zero && filter.name != "times") return number_expr(left);
    const char* sign = filter.name == "plus" ? "+" : filter.name == "minus" ? "-" : "*";
    // `a ?? 0 + 1` is `a ?? (0 + 1)`.
    const bool chain =
        value.kind == Kind::number && !value.optional && filter.name != "times" && !has_operator(left, " ?? ");
    std::string right = studio::operand(as_number(*argument));
    if (right.starts_with('-')) right = "(" + right + ")";
    return number_expr(fmt::format("{} {} {}", chain ? left : studio::operand(left), sign, right));
  }

  // Liquid puts it in place of an empty text, too, which the language does not.
  std::optional<Expr> with_default(Expr value, const Expr& argument) {
    if (value.never || (value.constant && value.constant->empty())) return argument;
    if (value.kind == Kind::text && !value.constant && why_.empty())
      why_ = "the filter `default` stands in for a value that is absent, and no longer for an empty text";
    if (!value.optional) return value;  // nothing to add: it always has a value
    if (value.kind != Kind::text) {
      if (value.kind != Kind::number || !argument.constant) return refuse("the filter `default`");
      double read = 0;
      const std::string& text = *argument.constant;
      const auto end = std::from_chars(text.data(), text.data() + text.size(), read);
      if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return refuse("the filter `default`");
      return number_expr(fmt::format("{} ?? {}", value.code, text));
    }
    Expr out;
    out.code = fmt::format("{} ?? {}", value.code, as_text(argument));
    return out;
  }

  static std::optional<Expr> joined(const Expr& value, const Expr& argument, bool append) {
    TextWriter writer;
    const auto add = [&](const Expr& one) {
      writer.add(one.prefix);
      if (one.constant)
        writer.add(*one.constant);
      else
        writer.add_value(in_text(one));
    };
    add(append ? value : argument);
    add(append ? argument : value);
    Expr out;
    out.code = writer.one_line();
    return out;
  }

  Values& values_;
  const Known& known_;
  std::string& why_;
  Place place_;
  std::map<std::string, Expr> locals_;
  std::string loop_variable_;
  std::size_t loop_list_ = 0;
  int loops_ = 0;
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
                              Place place) {
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
  return Translator(values, known, why, place).run(text.nodes);
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
