#include "runtime/program/effect.h"

#include "runtime/program/text.h"

namespace flow::program {
namespace {

std::string_view view(const FlowText& text) {
  return {text.data, text.size};
}

// Operands: to, then the text; or to, the template's parameters, the wished language; then the parts of the content.
void read_send(Effect& out, const FlowEffect& effect, const FlowInfo& info) {
  const FlowSendSite& site = *effect.send;
  const FlowText* operands = effect.operands;
  std::uint64_t count = effect.operand_count;
  out.channel = site.channel;
  out.to = view(operands[0]);
  out.template_index = site.template_index;
  out.ttl_ms = site.ttl_ms;
  out.secret = site.secret != 0;
  out.not_after_ms = effect.at_ms;
  if (site.content >= 0) {
    const std::uint64_t parts = info.contents[static_cast<std::size_t>(site.content)].parts.size();
    out.content = site.content;
    out.parts.reserve(parts);
    for (std::uint64_t i = count - parts; i < count; ++i) out.parts.emplace_back(view(operands[i]));
    count -= parts;
  }
  if (site.template_index < 0) {
    out.text = view(operands[1]);
    return;
  }
  const TemplateInfo& of = info.templates[static_cast<std::size_t>(site.template_index)];
  for (std::uint64_t i = 0; i + 2 < count; ++i) out.parameters.emplace_back(of.parameters[i], view(operands[1 + i]));
  if (!of.languages.empty()) out.language = of.languages[choose_language(of.languages, view(operands[count - 1]))];
}

void read_operation(Effect& out, const FlowEffect& effect, const FlowInfo& info) {
  out.site = static_cast<std::uint32_t>(effect.value);
  const OperationInfo& operation = info.operations[out.site];
  out.step = operation.step;
  out.secret = operation.secret;
  if (out.kind == EffectKind::request) out.not_after_ms = effect.at_ms;
  for (std::uint64_t i = 0; i < effect.operand_count; ++i) out.arguments.emplace_back(view(effect.operands[i]));
}

}  // namespace

Effect read_effect(const FlowEffect& effect, const FlowInfo& info) {
  Effect out;
  out.kind = static_cast<EffectKind>(effect.kind);
  out.step = effect.step;
  out.message = effect.message;
  out.operation = effect.operation;
  switch (out.kind) {
    case EffectKind::send:
      read_send(out, effect, info);
      break;
    case EffectKind::timer:
      out.timer = static_cast<Timer>(effect.value);
      out.due_ms = effect.at_ms;
      break;
    case EffectKind::late_receipt:
      out.receipt = static_cast<Receipt>(effect.value);
      break;
    case EffectKind::end:
      out.end = static_cast<EndKind>(effect.value);
      out.outcome = effect.outcome;
      if (effect.operand_count != 0) out.reason = view(effect.operands[0]);
      break;
    case EffectKind::request:
    case EffectKind::launch:
      read_operation(out, effect, info);
      break;
    case EffectKind::enter:
    case EffectKind::withdraw:
    case EffectKind::cancel:
      break;
  }
  return out;
}

}  // namespace flow::program
