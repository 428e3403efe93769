#include "compiler/import/studio/counters.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "compiler/import/studio/conditions.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

using liquid::Node;
using liquid::Operand;

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t out = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool fine = end.ec == std::errc{} && end.ptr == text.data() + text.size() && text.size() <= 9;
  return fine ? std::optional(out) : std::nullopt;
}

// The only node but for space; null when there are more.
const Node* only_node(const std::vector<Node>& nodes, bool& space) {
  const Node* found = nullptr;
  for (const Node& node : nodes) {
    if (node.kind == Node::Kind::text && program::trim(node.text).empty()) {
      space = true;
      continue;
    }
    if (found != nullptr) return nullptr;
    found = &node;
  }
  return found;
}

}  // namespace

std::optional<Counter> counter_of(const liquid::Template& text) {
  Counter out;
  const Node* choice = text.opaque ? nullptr : only_node(text.nodes, out.has_space);
  if (choice == nullptr || choice->kind != Node::Kind::choice || choice->arms.size() != 2) return std::nullopt;
  const auto& question = choice->arms[0].question;
  const liquid::Condition* condition = question ? question->only() : nullptr;
  const Node* count = only_node(choice->arms[0].block, out.has_space);
  const Node* begin = only_node(choice->arms[1].block, out.has_space);
  if (condition == nullptr || !condition->sign.empty() || condition->left.kind != Operand::Kind::path ||
      choice->arms[1].question)
    return std::nullopt;
  if (count == nullptr || count->kind != Node::Kind::output || begin == nullptr || begin->kind != Node::Kind::text)
    return std::nullopt;
  const liquid::Output& output = count->output;
  if (output.value.kind != Operand::Kind::path || output.filters.size() != 1 || output.filters[0].arguments.size() != 1)
    return std::nullopt;
  out.path = output.value.path;
  if (liquid::to_string(out.path) != liquid::to_string(condition->left.path)) return std::nullopt;
  const auto first = whole(program::trim(begin->text));
  const auto step = whole(output.filters[0].arguments[0].text);
  if (!first || !step || output.filters[0].name != "plus") return std::nullopt;
  out.has_space = out.has_space || program::trim(begin->text).size() != begin->text.size();
  out.step = *step;
  out.first = *first - *step;
  return out;
}

}  // namespace flow::importing::studio
