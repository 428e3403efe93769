#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "compiler/ir/op_info.h"
#include "compiler/ir/printed.h"
#include "compiler/ir/text.h"
#include "compiler/ir/words.h"
#include "runtime/program/functions.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::ir {
namespace {

constexpr std::size_t kCommentCharsMax = 60;
constexpr std::size_t kFunctionChars = 600;  // of a function, about
constexpr std::string_view kEnd = "}\n";

void put_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && stands_for_itself(text[plain])) ++plain;
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    const char c = text[plain];
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (c == '\n')
      out += "\\n";
    else
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<unsigned char>(c));
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

std::string quote(std::string_view text) {
  std::string out;
  put_quoted(out, text);
  return out;
}

class Printer {
 public:
  explicit Printer(const Flow& flow) : flow_(flow) {}

  std::string flow() {
    out_.reserve(kFunctionChars * (flow_.functions.size() + 1));
    head();
    for (const Function& one : flow_.functions) {
      out_ += '\n';
      function(one);
    }
    out_ += kEnd;
    return std::move(out_);
  }

  std::string one(const Function& given) {
    function(given);
    return std::move(out_);
  }

  // Whether flow() is `text`, of which it holds a function at a time: none of those that are known to be.
  bool gives(std::string_view text, const AsPrinted& known) {
    head();
    if (!take_from(text)) return false;
    for (std::size_t i = 0; i < flow_.functions.size(); ++i) {
      if (i < known.functions.size() && lies_next(known.functions[i], text)) {
        text.remove_prefix(1 + known.functions[i].size());
        continue;
      }
      out_ += '\n';
      function(flow_.functions[i]);
      if (!take_from(text)) return false;
    }
    return text == kEnd;
  }

 private:
  void head() {
    add("flow_ir {}\n\nflow {} {} {{\n", kTextVersion, flow_.info.name, quote(flow_.info.title));
    header();
    declarations();
    tables();
  }

  // Where the next function has to be, behind the line end.
  static bool lies_next(std::string_view part, std::string_view text) {
    return !part.empty() && part.size() < text.size() && text[0] == '\n' && part.data() == text.data() + 1;
  }

  bool take_from(std::string_view& text) {
    if (!text.starts_with(out_)) return false;
    text.remove_prefix(out_.size());
    out_.clear();
    return true;
  }

  template <typename... Args>
  void add(fmt::format_string<Args...> text, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
  }

  template <typename List, typename Show>
  void comma_list(const List& list, Show show) {
    const char* separator = " ";
    for (const auto& item : list) {
      out_ += separator;
      out_ += show(item);
      separator = ", ";
    }
  }

  // A name by its place in a list; a place that is not in it prints as what verify() will refuse.
  template <typename List>
  std::string_view name_at(const List& list, std::int64_t index) {
    if (index < 0 || static_cast<std::uint64_t>(index) >= list.size()) {
      std::swap(no_names_[0], no_names_[1]);
      return no_names_[0] = fmt::format("?{}", index);
    }
    const auto& item = list[static_cast<std::size_t>(index)];
    if constexpr (std::is_same_v<std::decay_t<decltype(item)>, std::string>)
      return item;
    else
      return item.name;
  }

  void header() {
    const program::FlowInfo& info = flow_.info;
    add("  purpose {}\n  expires {}\n  counters {}\n  handlers {}\n", quote(info.purpose),
        program::duration_text(info.expires_ms), info.counters, info.handlers);
    if (info.called) out_ += "  called\n";
    if (info.replies) out_ += "  replies\n";
    if (info.trigger) add("  trigger {} position {}\n", info.trigger->channel, info.trigger->position);
    if (!info.allowed_regions.empty()) {
      out_ += "  regions";
      comma_list(info.allowed_regions, [](const std::string& region) { return region; });
      out_ += '\n';
    }
    if (!info.allowed_hosts.empty()) {
      out_ += "  hosts";
      comma_list(info.allowed_hosts, quote);
      out_ += '\n';
    }
    for (const auto& limit : info.message_limits) message_limit(limit);
  }

  void message_limit(const program::MessageLimit& limit) {
    out_ += limit.prefix == 0 ? "  limit recipient" : fmt::format("  limit prefix {}", limit.prefix);
    add(" messages {} within {}", limit.messages, program::duration_text(limit.within_ms));
    if (!limit.purposes.empty()) {
      out_ += " purposes";
      comma_list(limit.purposes, [](const std::string& purpose) { return purpose; });
    }
    out_ += '\n';
  }

  void field(const program::FieldInfo& field) {
    add("  field {}: {} {}", field.name, word(field.type), word(field.role));
    if (field.optional) out_ += " optional";
    if (field.secret) out_ += " secret";
    if (field.personal) out_ += " personal";
    bounds(field);
    out_ += '\n';
  }

  void bounds(const program::FieldInfo& field) {
    if (field.currency != 0) add(" currency {}", program::currency_text(field.currency));
    if (field.chars_min != 0 || field.chars_max != 0) add(" chars {}..{}", field.chars_min, field.chars_max);
    if (!field.choices.empty()) {
      out_ += " choices";
      comma_list(field.choices, quote);
    }
    if (field.items_max != 0) add(" items {}", field.items_max);
    if (field.parts.empty()) return;
    out_ += " (";
    for (const program::FieldInfo& part : field.parts) {
      add("{}{} {}", &part == &field.parts.front() ? "" : " ", quote(part.name), word(part.type));
      if (part.optional) out_ += " optional";
      bounds(part);
    }
    out_ += ')';
  }

  void declarations() {
    const program::FlowInfo& info = flow_.info;
    for (const auto& one : info.fields) field(one);
    for (const std::uint32_t output : info.outputs) add("  output {}\n", name_at(info.fields, output));
    for (const auto& step : info.steps) {
      add("  step {} {}", step.name, quote(step.component));
      if (!step.report_to.empty()) add(" report {}", quote(step.report_to));
      out_ += '\n';
    }
    for (const auto& signal : info.signals) add("  signal {}\n", signal);
    for (const auto& outcome : info.outcomes) add("  outcome {}\n", outcome);
    for (const auto& secret : info.secrets) add("  secret {}\n", secret);
    for (const auto& channel : info.channels)
      add("  channel {} {} {} handover {}\n", channel.name, word(channel.kind), quote(channel.sender),
          program::duration_text(channel.handover_ms));
    for (const auto& one : info.templates) {
      add("  template {}", one.name);
      if (!one.parameters.empty()) {
        out_ += " parameters";
        comma_list(one.parameters, [](const std::string& name) { return name; });
      }
      out_ += " languages";
      comma_list(one.languages, quote);
      out_ += '\n';
    }
    for (std::size_t i = 0; i < info.contents.size(); ++i) content(i, info.contents[i]);
    for (std::size_t i = 0; i < info.operations.size(); ++i) operation(i, info.operations[i]);
  }

  void operation(std::size_t number, const program::OperationInfo& one) {
    add("  operation {} step {} {} {}", number, name_at(flow_.info.steps, one.step), word(one.kind), quote(one.target));
    if (!one.arguments.empty()) {
      out_ += " arguments";
      comma_list(one.arguments, quote);
    }
    out_ += " outcomes";
    comma_list(one.outcomes, [](const program::OperationOutcome& outcome) {
      std::string text(word(outcome.kind));
      if (outcome.kind == program::OperationOutcome::Kind::status) text += fmt::format(" {}", outcome.status);
      if (outcome.kind == program::OperationOutcome::Kind::named) text += " " + quote(outcome.name);
      return text;
    });
    if (!one.reads.empty()) {
      out_ += " reads";
      comma_list(one.reads, [&](const program::OperationRead& read) {
        return fmt::format("{} {}{}", name_at(flow_.info.fields, read.field), quote(read.path),
                           read.optional ? " optional" : "");
      });
    }
    add(" retries {} after {}{}\n", one.retries, program::duration_text(one.retry_after_ms),
        one.secret ? " secret" : "");
  }

  void content(std::size_t number, const program::ContentInfo& content) {
    add("  content {} {}", number, program::to_string(content.kind));
    if (!content.purpose.empty()) add(" purpose {}", quote(content.purpose));
    if (!content.parts.empty()) {
      out_ += " parts";
      comma_list(content.parts, [](program::PartKind part) { return std::string(program::to_string(part)); });
    }
    out_ += '\n';
  }

  void tables() {
    for (std::size_t i = 0; i < flow_.texts.size(); ++i) add("  text {} {}\n", i, quote(flow_.texts[i]));
    for (std::size_t i = 0; i < flow_.prices.size(); ++i) {
      add("  price {} ", i);
      for (const auto& [region, amount] : flow_.prices[i].regions) add("{} {}, ", region, amount);
      add("else {}\n", flow_.prices[i].otherwise);
    }
    for (std::size_t i = 0; i < flow_.sends.size(); ++i) {
      const SendSite& site = flow_.sends[i];
      add("  send {} step {} channel {}", i, name_at(flow_.info.steps, site.step),
          name_at(flow_.info.channels, site.channel));
      if (site.template_index >= 0) add(" template {}", name_at(flow_.info.templates, site.template_index));
      if (site.content >= 0) add(" content {}", site.content);
      add(" ttl {}{}", program::duration_text(site.ttl_ms), site.secret ? " secret" : "");
      if (site.price >= 0) add(" price {}", site.price);
      if (site.parts != 1) add(" parts {}", site.parts);
      out_ += '\n';
    }
    for (std::size_t i = 0; i < flow_.choices.size(); ++i) {
      const Choice& choice = flow_.choices[i];
      add("  choice {} {}", i, choice.regions.empty() ? "texts" : "regions");
      if (choice.regions.empty())
        comma_list(choice.texts, [](std::uint32_t text) { return fmt::format("{}", text); });
      else
        comma_list(choice.regions, program::region_text);
      out_ += '\n';
    }
    add("  start {}\n  ended {}\n", quote(name_at(flow_.functions, flow_.start)),
        quote(name_at(flow_.functions, flow_.ended)));
    for (const Guarantee& one : flow_.guarantees) guarantee(one);
    for (std::size_t i = 0; i < flow_.handle.size(); ++i)
      if (flow_.handle[i] >= 0)
        add("  handle {} {}\n", name_at(flow_.info.steps, static_cast<std::int64_t>(i)),
            quote(name_at(flow_.functions, flow_.handle[i])));
  }

  void guarantee(const Guarantee& one) {
    add("  guarantee {}", word(one.kind));
    if (one.kind == Guarantee::Kind::messages) add(" {}", one.limit);
    if (one.kind == Guarantee::Kind::last_send || one.kind == Guarantee::Kind::end)
      add(" {}", program::duration_text(one.limit));
    if (one.kind == Guarantee::Kind::cost) add(" {} {}", one.limit, program::currency_text(one.currency));
    if (one.kind == Guarantee::Kind::reaches) add(" {}", name_at(flow_.info.steps, one.step));
    if (one.channel) add(" {}", word(*one.channel));
    out_ += '\n';
  }

  // Functions are most of a flow, and a bundle's are printed when it is read: no format strings here.
  void function(const Function& function) {
    function_ = &function;
    put("  function ");
    put_quoted(out_, function.name);
    if (!function.regs.empty()) {
      put(" registers ");
      for (RegType type : function.regs) out_ += type == RegType::text ? 't' : 'i';
    }
    put(" {\n");
    for (std::size_t i = 0; i < function.blocks.size(); ++i) {
      put("  b");
      put_number(i);
      put(":\n");
      for (const Inst& inst : function.blocks[i].insts) instruction(inst);
      terminator(function.blocks[i].term);
    }
    put("  }\n");
  }

  void put(std::string_view text) { out_.append(text); }

  template <typename Int>
  void put_number(Int value) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out_.append(digits.data(), end);
  }

  void put_reg(Reg reg) {
    if (reg >= function_->regs.size()) return put("?");
    out_ += function_->regs[reg] == RegType::text ? 't' : 'i';
    put_number(reg);
  }

  void put_block(const Terminator& term, std::size_t way) {
    if (way >= term.blocks.size()) return put("?");
    out_ += 'b';
    put_number(term.blocks[way]);
  }

  void instruction(const Inst& inst) {
    const OpInfo& op = info(inst.op);
    put("    ");
    if (op.dst != Operand::none) {
      put_reg(inst.dst);
      put(" = ");
    }
    put(op.name);
    if (op.imm != Imm::none && op.imm != Imm::value) {
      out_ += ' ';
      immediate(op.imm, inst.imm);
    }
    for (const auto& [kind, reg] : {std::pair{op.a, inst.a}, {op.b, inst.b}}) {
      if (kind == Operand::none) continue;
      out_ += ' ';
      put_reg(reg);
    }
    if (op.imm == Imm::value) {  // behind what it is compared with or divides
      out_ += ' ';
      put_number(inst.imm);
    }
    if (op.list) {
      put(" (");
      for (std::size_t i = 0; i < inst.list.size(); ++i) {
        if (i > 0) put(", ");
        put_reg(inst.list[i]);
      }
      out_ += ')';
    }
    if (op.imm == Imm::text) text_comment(inst.imm);
    out_ += '\n';
  }

  void immediate(Imm kind, std::int64_t value) {
    switch (kind) {
      case Imm::field:
        return put(name_at(flow_.info.fields, value));
      case Imm::step:
        return put(name_at(flow_.info.steps, value));
      case Imm::function:
        if (value >= 0 && static_cast<std::uint64_t>(value) < program::kFunctionCount)
          return put(program::kFunctions[value].name);
        out_ += '?';
        return put_number(value);
      case Imm::timer:
        if (value >= 0 && value < program::kTimerCount) return put(timer_name(value));
        out_ += '?';
        return put_number(value);
      default:
        return put_number(value);
    }
  }

  void text_comment(std::int64_t index) {
    if (index < 0 || static_cast<std::uint64_t>(index) >= flow_.texts.size()) return;
    put_comment(out_, flow_.texts[static_cast<std::size_t>(index)]);
  }

  void terminator(const Terminator& term) {
    put("    ");
    put(word(term.kind));
    switch (term.kind) {
      case Term::jump:
        out_ += ' ';
        put_block(term, 0);
        break;
      case Term::branch:
        out_ += ' ';
        put_reg(term.a);
        put(" ? ");
        put_block(term, 0);
        put(" : ");
        put_block(term, 1);
        break;
      case Term::switch_:
        out_ += ' ';
        put_reg(term.a);
        put(" { ");
        for (std::size_t i = 0; i < term.cases.size(); ++i) {
          put_number(term.cases[i]);
          put(": ");
          put_block(term, i);
          put(", ");
        }
        put("else: ");
        put_block(term, term.cases.size());
        put(" }");
        break;
      case Term::tail:
        out_ += ' ';
        put_quoted(out_, name_at(flow_.functions, term.function));
        break;
      case Term::finish:
        add(" {}", word(term.end));
        if (term.outcome >= 0) add(" outcome {}", name_at(flow_.info.outcomes, term.outcome));
        if (term.reason != UINT32_MAX) {
          add(" reason {}", term.reason);
          text_comment(term.reason);
        }
        break;
      case Term::rest:
      case Term::ignore:
        break;
    }
    out_ += '\n';
  }

  const Flow& flow_;
  const Function* function_ = nullptr;
  std::string out_;
  std::array<std::string, 2> no_names_;  // what name_at() gave for places that are none: of the last two
};

}  // namespace

bool stands_for_itself(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c != '"' && c != '\\' && byte >= 0x20 && byte != 0x7F;
}

void put_comment(std::string& out, std::string_view text) {
  const std::string_view head = program::left_characters(text, kCommentCharsMax);
  out += "  // ";
  put_quoted(out, head);
  if (head.size() < text.size()) out += "…";
}

std::string print(const Flow& flow) {
  return Printer(flow).flow();
}

bool is_printed(std::string_view text, const Flow& flow, const AsPrinted& known) {
  return Printer(flow).gives(text, known);
}

std::string print(const Flow& flow, const Function& function) {
  return Printer(flow).one(function);
}

std::string question_text(const Flow& flow, const Guarantee& guarantee) {
  if (guarantee.channel) return fmt::format("{} {}", word(guarantee.kind), word(*guarantee.channel));
  if (guarantee.kind != Guarantee::Kind::reaches) return std::string(word(guarantee.kind));
  return fmt::format("reaches {}", flow.info.steps[static_cast<std::size_t>(guarantee.step)].name);
}

}  // namespace flow::ir
