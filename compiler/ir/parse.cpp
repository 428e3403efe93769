#include <charconv>
#include <deque>
#include <iterator>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "compiler/ir/lexer.h"
#include "compiler/ir/name_index.h"
#include "compiler/ir/op_info.h"
#include "compiler/ir/printed.h"
#include "compiler/ir/text.h"
#include "compiler/ir/words.h"
#include "runtime/program/functions.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::ir {
namespace {

constexpr std::size_t kPartsDepthMax = 2;  // a list of records
constexpr std::size_t kIndent = 2;         // of what print() writes into a flow

// Reads token by token. The first thing that does not fit is kept in error_; from then on everything reads as the end,
// so that loops stop by themselves.
class Parser {
 public:
  Parser(std::string_view text, AsPrinted* as_printed) : text_(text), as_printed_(as_printed), lexer_(text) {
    advance();
  }

  Result<Flow> flow() {
    keyword("flow_ir");
    const std::string_view version = token_.text;
    const auto number = integer<int>();
    if (error_.empty() && number != kTextVersion)
      return fail(ErrorCode::failed_precondition,
                  "this is IR of version {}, this program reads version {}: use the newer program", version,
                  kTextVersion);
    keyword("flow");
    flow_.info.name = name();
    flow_.info.title = string();
    punctuation('{');
    header();
    while (error_.empty() && !is('}')) entry();
    punctuation('}');
    if (token_.kind != TokenKind::end) expected("the end");
    resolve();
    if (!error_.empty()) return fail(ErrorCode::invalid_argument, "{}", error_);
    return std::move(flow_);
  }

 private:
  // ---- Tokens

  void advance() {
    if (!error_.empty()) return;
    lexer_.next(token_);
    if (token_.kind == TokenKind::malformed) error(fmt::format("{}", token_.text));
  }

  void error(std::string message) {
    if (error_.empty()) error_ = fmt::format("line {}: {}", token_.line, message);
    token_ = {TokenKind::end, "the end", token_.line};
  }

  void expected(std::string_view what) {
    error(fmt::format("expected {}, found `{}`", what, program::left_characters(token_.text, 40)));
  }

  bool is(std::string_view text) const {
    return (token_.kind == TokenKind::word || token_.kind == TokenKind::punctuation) && token_.text == text;
  }

  bool is(char punctuation) const {
    return token_.kind == TokenKind::punctuation && token_.text[0] == punctuation && token_.text.size() == 1;
  }

  bool accept(std::string_view text) { return accept_if(is(text)); }
  bool accept(char punctuation) { return accept_if(is(punctuation)); }
  bool accept_if(bool there) {
    if (there) advance();
    return there;
  }

  void keyword(std::string_view text) {
    if (!accept(text)) expected(fmt::format("`{}`", text));
  }
  void punctuation(std::string_view text) { keyword(text); }
  void punctuation(char text) {
    if (!accept(text)) expected(fmt::format("`{}`", text));
  }

  // The text of a token of this kind, which lies in the input.
  std::string_view take(TokenKind kind, std::string_view what) {
    if (token_.kind != kind) {
      expected(what);
      return {};
    }
    const std::string_view text = token_.text;
    advance();
    return text;
  }

  std::string name() { return std::string(take(TokenKind::word, "a name")); }

  std::string string() {
    std::string out;
    const std::uint32_t line = token_.line;
    const std::string_view text = take(TokenKind::string, "a text");
    if (!text.empty() && !unquote(text, out)) {
      token_.line = line;
      error("a text with an escape that is none");
    }
    return out;
  }

  // The same as a view, of the input when the text stands there as it is.
  std::string_view string_view() {
    const std::string_view text = token_.text;
    if (token_.kind != TokenKind::string || text.find('\\') != std::string_view::npos)
      return unquoted_.emplace_back(string());
    advance();
    return text.substr(1, text.size() - 2);
  }

  template <typename Int>
  Int integer() {
    Int value = 0;
    if (token_.kind == TokenKind::number) {
      const char* begin = token_.text.data();
      const char* end = begin + token_.text.size();
      const auto [stop, code] = std::from_chars(begin, end, value);
      if (code == std::errc{} && stop == end) {
        advance();
        return value;
      }
    }
    expected("a number in range");
    return 0;
  }

  std::int64_t duration() {
    const auto value =
        token_.kind == TokenKind::number ? program::parse_duration(token_.text) : Result<std::int64_t>(0);
    if (token_.kind != TokenKind::number || !value) {
      expected("a duration");
      return 0;
    }
    advance();
    return *value;
  }

  template <typename Enum>
  Enum one_of(std::string_view what) {
    const auto value =
        token_.kind == TokenKind::word ? find_word<Enum>(token_.text) : std::optional<Enum>(std::nullopt);
    if (!value) {
      expected(what);
      return Enum{};
    }
    advance();
    return *value;
  }

  template <typename Read>
  void comma_list(Read read) {
    do read();
    while (accept(','));
  }

  // ---- Names that were declared above

  void declare(NameIndex& index, std::string_view what) {
    if (token_.kind != TokenKind::word) return expected("a name");
    if (!index.add(token_.text)) error(fmt::format("a second {} `{}`", what, token_.text));
  }

  std::uint32_t reference(const NameIndex& index, std::string_view what) {
    const auto found = token_.kind == TokenKind::word ? index.find(token_.text) : std::nullopt;
    if (!found) {
      expected(fmt::format("the name of a {}", what));
      return 0;
    }
    advance();
    return *found;
  }

  // ---- Declarations

  void header() {
    program::FlowInfo& info = flow_.info;
    keyword("purpose");
    info.purpose = string();
    keyword("expires");
    info.expires_ms = duration();
    keyword("counters");
    info.counters = integer<std::uint32_t>();
    keyword("handlers");
    info.handlers = integer<std::uint32_t>();
    info.called = accept("called");
    info.replies = accept("replies");
    if (accept("trigger")) {
      program::TriggerInfo& trigger = info.trigger.emplace();
      trigger.channel = name();
      keyword("position");
      trigger.position = integer<std::uint32_t>();
    }
    if (accept("regions")) comma_list([&] { info.allowed_regions.push_back(name()); });
    if (accept("hosts")) comma_list([&] { info.allowed_hosts.push_back(string()); });
    while (accept("limit")) message_limit();
  }

  void message_limit() {
    program::MessageLimit& limit = flow_.info.message_limits.emplace_back();
    if (!accept("recipient")) {
      keyword("prefix");
      limit.prefix = integer<std::uint32_t>();
    }
    keyword("messages");
    limit.messages = integer<std::uint32_t>();
    keyword("within");
    limit.within_ms = duration();
    if (accept("purposes")) comma_list([&] { limit.purposes.push_back(name()); });
  }

  void entry() {
    program::FlowInfo& info = flow_.info;
    if (is("function") && printed_function()) return;
    if (accept("function")) return function();
    if (accept("field")) return field();
    if (accept("output")) return info.outputs.push_back(reference(fields_, "field"));
    if (accept("step")) {
      declare(steps_, "step");
      std::string step = name();
      info.steps.push_back({std::move(step), string(), {}});
      if (accept("report")) info.steps.back().report_to = string();
      flow_.handle.push_back(-1);
    } else if (accept("signal")) {
      info.signals.push_back(name());
    } else if (accept("outcome")) {
      declare(outcomes_, "outcome");
      info.outcomes.push_back(name());
    } else if (accept("secret")) {
      info.secrets.push_back(name());
    } else if (accept("channel")) {
      channel();
    } else if (accept("template")) {
      message_template();
    } else if (accept("operation")) {
      operation();
    } else if (accept("text")) {
      numbered(flow_.texts.size());
      flow_.texts.push_back(string());
    } else if (accept("content")) {
      content();
    } else if (accept("price")) {
      price();
    } else if (accept("choice")) {
      numbered(flow_.choices.size());
      Choice& made = flow_.choices.emplace_back();
      if (accept("regions")) {
        comma_list([&] { made.regions.push_back(program::parse_region(name()).value_or(0)); });
      } else {
        keyword("texts");
        comma_list([&] { made.texts.push_back(integer<std::uint32_t>()); });
      }
    } else if (accept("send")) {
      send_site();
    } else if (accept("start")) {
      start_ = function_name();
    } else if (accept("ended")) {
      ended_ = function_name();
    } else if (accept("handle")) {
      const std::uint32_t step = reference(steps_, "step");
      handles_.push_back({step, function_name()});
    } else if (accept("guarantee")) {
      guarantee();
    } else {
      expected("a declaration or `}`");
    }
  }

  void numbered(std::size_t next) {
    if (integer<std::uint64_t>() != next) error(fmt::format("expected number {}", next));
  }

  void field() {
    declare(fields_, "field");
    program::FieldInfo& field = flow_.info.fields.emplace_back();
    field.name = name();
    punctuation(':');
    field.type = one_of<program::ValueType>("a type");
    field.role = one_of<program::FieldRole>("`input`, `let` or `variable`");
    field.optional = accept("optional");
    field.secret = accept("secret");
    field.personal = accept("personal");
    bounds(field, 0);
  }

  void bounds(program::FieldInfo& field, std::size_t depth) {
    if (accept("currency")) field.currency = currency();
    if (accept("chars")) {
      field.chars_min = integer<std::uint32_t>();
      punctuation("..");
      field.chars_max = integer<std::uint32_t>();
    }
    if (accept("choices")) comma_list([&] { field.choices.push_back(string()); });
    if (accept("items")) field.items_max = integer<std::uint32_t>();
    if (depth < kPartsDepthMax && accept('(')) parts(field, depth + 1);
  }

  // Of a list or record, up to the bracket that closes.
  void parts(program::FieldInfo& field, std::size_t depth) {
    do {
      program::FieldInfo part;
      part.name = string();
      part.type = one_of<program::ValueType>("a type");
      part.role = field.role;
      part.optional = accept("optional");
      bounds(part, depth);
      field.parts.push_back(std::move(part));
    } while (error_.empty() && !accept(')'));
  }

  void channel() {
    declare(channels_, "channel");
    program::ChannelInfo& channel = flow_.info.channels.emplace_back();
    channel.name = name();
    channel.kind = one_of<program::ChannelKind>("a channel kind");
    channel.sender = string();
    keyword("handover");
    channel.handover_ms = duration();
  }

  void message_template() {
    declare(templates_, "template");
    program::TemplateInfo& made = flow_.info.templates.emplace_back();
    made.name = name();
    if (accept("parameters")) comma_list([&] { made.parameters.push_back(name()); });
    keyword("languages");
    comma_list([&] { made.languages.push_back(string()); });
  }

  void operation() {
    numbered(flow_.info.operations.size());
    program::OperationInfo& made = flow_.info.operations.emplace_back();
    keyword("step");
    made.step = static_cast<std::int32_t>(reference(steps_, "step"));
    made.kind = one_of<program::OperationKind>("a kind of operation");
    made.target = string();
    if (accept("arguments")) comma_list([&] { made.arguments.push_back(string()); });
    keyword("outcomes");
    comma_list([&] {
      program::OperationOutcome& outcome = made.outcomes.emplace_back();
      outcome.kind = one_of<program::OperationOutcome::Kind>("an outcome");
      if (outcome.kind == program::OperationOutcome::Kind::status) outcome.status = integer<std::int32_t>();
      if (outcome.kind == program::OperationOutcome::Kind::named) outcome.name = string();
    });
    if (accept("reads")) comma_list([&] { operation_read(made); });
    keyword("retries");
    made.retries = integer<std::uint32_t>();
    keyword("after");
    made.retry_after_ms = duration();
    made.secret = accept("secret");
  }

  void operation_read(program::OperationInfo& operation) {
    program::OperationRead& read = operation.reads.emplace_back();
    read.field = reference(fields_, "field");
    read.path = string();
    read.optional = accept("optional");
  }

  void content() {
    numbered(flow_.info.contents.size());
    program::ContentInfo& made = flow_.info.contents.emplace_back();
    made.kind = found(program::find_message_kind(take(TokenKind::word, "a kind of message")), "a kind of message");
    if (accept("purpose")) made.purpose = string();
    if (accept("parts"))
      comma_list([&] { made.parts.push_back(found(program::find_part(take(TokenKind::word, "a part")), "a part")); });
  }

  template <typename Enum>
  Enum found(std::optional<Enum> value, const char* what) {
    if (!value) error(fmt::format("expected {}", what));
    return value.value_or(Enum{});
  }

  void send_site() {
    numbered(flow_.sends.size());
    SendSite& site = flow_.sends.emplace_back();
    keyword("step");
    site.step = static_cast<std::int32_t>(reference(steps_, "step"));
    keyword("channel");
    site.channel = reference(channels_, "channel");
    if (accept("template")) site.template_index = static_cast<std::int32_t>(reference(templates_, "template"));
    if (accept("content")) site.content = integer<std::int32_t>();
    keyword("ttl");
    site.ttl_ms = duration();
    site.secret = accept("secret");
    if (accept("price")) site.price = integer<std::int32_t>();
    if (accept("parts")) site.parts = integer<std::uint32_t>();
  }

  void price() {
    numbered(flow_.prices.size());
    Price& made = flow_.prices.emplace_back();
    while (error_.empty() && !accept("else")) {
      std::string region = name();
      made.regions.emplace_back(std::move(region), integer<std::int64_t>());
      punctuation(',');
    }
    made.otherwise = integer<std::int64_t>();
  }

  program::Currency currency() {
    const auto read = program::currency_of(token_.kind == TokenKind::word ? token_.text : std::string_view());
    read == 0 ? expected("a currency") : advance();
    return read;
  }

  void guarantee() {
    Guarantee& one = flow_.guarantees.emplace_back();
    one.kind = one_of<Guarantee::Kind>("a guarantee");
    if (one.kind == Guarantee::Kind::messages) {
      one.limit = integer<std::int64_t>();
      if (token_.kind == TokenKind::word && find_word<program::ChannelKind>(token_.text))
        one.channel = one_of<program::ChannelKind>("a channel kind");
    }
    if (one.kind == Guarantee::Kind::last_send || one.kind == Guarantee::Kind::end) one.limit = duration();
    if (one.kind == Guarantee::Kind::cost) {
      one.limit = integer<std::int64_t>();
      one.currency = currency();
    }
    if (one.kind == Guarantee::Kind::reaches) one.step = static_cast<std::int32_t>(reference(steps_, "step"));
  }

  // ---- Code

  // False, and nothing happened: it is written in another way than print()'s, or has the name of another.
  bool printed_function() {
    const std::string_view rest = text_.substr(static_cast<std::size_t>(token_.text.data() - text_.data()) - kIndent);
    Function read;
    const std::size_t bytes = printed_.read(rest, read);
    if (bytes == 0 || functions_.defined(printed_.name())) return false;
    functions_.define(printed_.name());
    flow_.functions.push_back(std::move(read));
    for (const PrintedReader::Tail& tail : printed_.tails())
      tails_.push_back(
          {flow_.functions.size() - 1, tail.block, {functions_.mention(tail.name), token_.line + tail.line}});
    if (as_printed_ != nullptr) {
      as_printed_->functions.resize(flow_.functions.size());
      as_printed_->functions.back() = rest.substr(0, bytes);
    }
    lexer_.skip_to(rest.data() + bytes, printed_.lines());
    advance();
    return true;
  }

  void function() {
    const std::string_view function_name = string_view();
    flow_.functions.emplace_back().name = function_name;
    if (!functions_.define(function_name)) error(fmt::format("a second function `{}`", function_name));
    if (accept("registers")) registers();
    punctuation('{');
    blocks_.clear();
    while (error_.empty() && !is('}')) block();
    flow_.functions.back().blocks.assign(std::make_move_iterator(blocks_.begin()),
                                         std::make_move_iterator(blocks_.end()));
    punctuation('}');
  }

  void registers() {
    std::vector<RegType>& regs = flow_.functions.back().regs;
    const std::string_view types = take(TokenKind::word, "register types");
    regs.reserve(types.size());
    for (char c : types) {
      if (c != 'i' && c != 't') return error("a register type that is neither `i` nor `t`");
      regs.push_back(c == 't' ? RegType::text : RegType::integer);
    }
  }

  void block() {
    if (block_reference() != blocks_.size()) return error(fmt::format("expected `b{}`", blocks_.size()));
    punctuation(':');
    blocks_.emplace_back();
    insts_.clear();
    while (error_.empty()) {
      const auto term = token_.kind == TokenKind::word ? find_word<Term>(token_.text) : std::optional<Term>();
      if (!term) {
        instruction();
        continue;
      }
      blocks_.back().insts.assign(std::make_move_iterator(insts_.begin()), std::make_move_iterator(insts_.end()));
      return terminator(*term);
    }
  }

  // `b12`, `i0`, `t3`: the number behind the letter.
  std::uint32_t lettered(char letter, std::string_view what) {
    std::uint32_t value = 0;
    const std::string_view text = token_.text;
    if (token_.kind == TokenKind::word && text.starts_with(letter) && text.size() > 1 &&
        (text[1] != '0' || text.size() == 2)) {
      const char* end = text.data() + text.size();
      const auto [stop, code] = std::from_chars(text.data() + 1, end, value);
      if (code == std::errc{} && stop == end) {
        advance();
        return value;
      }
    }
    expected(what);
    return 0;
  }

  std::uint32_t block_reference() { return lettered('b', "a block such as `b0`"); }

  Reg reg() {
    const bool text = token_.text.starts_with('t');
    const Reg number = lettered(text ? 't' : 'i', "a register such as `i0`");
    const auto& regs = flow_.functions.back().regs;
    const RegType type = text ? RegType::text : RegType::integer;
    if (error_.empty() && (number >= regs.size() || regs[number] != type))
      error(fmt::format("register {}{} is not one of the function", text ? 't' : 'i', number));
    return number;
  }

  void instruction() {
    Inst inst;
    const std::string_view first = token_.text;
    // No operation has a digit behind its first letter.
    const bool result = first.size() > 1 && first[1] >= '0' && first[1] <= '9';
    const OpInfo* op = token_.kind == TokenKind::word && !result ? find_op(first) : nullptr;
    if (op == nullptr) {
      inst.dst = reg();
      punctuation('=');
      op = token_.kind == TokenKind::word ? find_op(token_.text) : nullptr;
    }
    if (op == nullptr) return expected("an instruction or the end of the block");
    if ((op->dst != Operand::none) != (inst.dst != kNoReg))
      return error(fmt::format("`{}` {}", op->name, op->dst == Operand::none ? "gives no result" : "gives a result"));
    advance();
    inst.op = op->op;
    if (op->imm != Imm::none && op->imm != Imm::value) inst.imm = immediate(op->imm);
    if (op->a != Operand::none) inst.a = reg();
    if (op->b != Operand::none) inst.b = reg();
    if (op->imm == Imm::value) inst.imm = integer<std::int64_t>();
    if (op->list) {
      punctuation('(');
      operands_.clear();
      if (!is(')')) comma_list([&] { operands_.push_back(reg()); });
      inst.list.assign(operands_.begin(), operands_.end());
      punctuation(')');
    }
    if (error_.empty()) insts_.push_back(std::move(inst));
  }

  std::int64_t immediate(Imm kind) {
    switch (kind) {
      case Imm::field:
        return reference(fields_, "field");
      case Imm::step:
        return reference(steps_, "step");
      case Imm::function: {
        const auto function =
            token_.kind == TokenKind::word ? program::find_function(token_.text) : std::optional<program::FunctionId>();
        if (!function) {
          expected("a function");
          return 0;
        }
        advance();
        return static_cast<std::int64_t>(*function);
      }
      case Imm::timer: {
        const auto timer = token_.kind == TokenKind::word ? find_timer(token_.text) : std::optional<std::int64_t>();
        if (!timer) {
          expected("a timer");
          return 0;
        }
        advance();
        return *timer;
      }
      default:
        return integer<std::int64_t>();
    }
  }

  void terminator(Term kind) {
    advance();
    Terminator term;
    term.kind = kind;
    switch (kind) {
      case Term::jump:
        term.blocks = {block_reference()};
        break;
      case Term::branch:
        term.a = reg();
        term.blocks.reserve(2);
        punctuation('?');
        term.blocks.push_back(block_reference());
        punctuation(':');
        term.blocks.push_back(block_reference());
        break;
      case Term::switch_:
        switch_cases(term);
        break;
      case Term::tail:
        tails_.push_back({flow_.functions.size() - 1, blocks_.size() - 1, function_name()});
        break;
      case Term::finish:
        term.end = one_of<program::EndKind>("how it ends");
        if (accept("outcome")) term.outcome = static_cast<std::int32_t>(reference(outcomes_, "outcome"));
        if (accept("reason")) term.reason = integer<std::uint32_t>();
        break;
      case Term::rest:
      case Term::ignore:
        break;
    }
    blocks_.back().term = std::move(term);
  }

  void switch_cases(Terminator& term) {
    term.a = reg();
    punctuation('{');
    while (error_.empty() && !is("else")) {
      term.cases.push_back(integer<std::int64_t>());
      punctuation(':');
      term.blocks.push_back(block_reference());
      punctuation(',');
    }
    keyword("else");
    punctuation(':');
    term.blocks.push_back(block_reference());
    punctuation('}');
  }

  // ---- Functions are named before they are known

  struct FunctionName {
    std::uint32_t mentioned = UINT32_MAX;  // in functions_
    std::uint32_t line = 0;
  };

  FunctionName function_name() {
    const std::uint32_t line = token_.line;
    return {functions_.mention(string_view()), line};
  }

  std::uint32_t function_at(const FunctionName& wanted) {
    if (const auto found = functions_.found(wanted.mentioned)) return *found;
    token_.line = wanted.line;
    error(fmt::format("there is no function `{}`", program::left_characters(functions_.name(wanted.mentioned), 40)));
    return 0;
  }

  void resolve() {
    if (!error_.empty()) return;
    flow_.start = function_at(start_);
    flow_.ended = function_at(ended_);
    for (const auto& [step, wanted] : handles_) flow_.handle[step] = static_cast<std::int32_t>(function_at(wanted));
    for (const auto& [function, block, wanted] : tails_)
      flow_.functions[function].blocks[block].term.function = function_at(wanted);
  }

  struct Tail {
    std::size_t function, block;
    FunctionName wanted;
  };

  const std::string_view text_;
  AsPrinted* as_printed_;
  Lexer lexer_;
  Token token_;
  std::string error_;
  Flow flow_;
  std::vector<Block> blocks_;  // of the function that is being read
  std::vector<Inst> insts_;    // of the block that is being read
  std::vector<Reg> operands_;  // of the instruction
  NameIndex fields_, steps_, outcomes_, channels_, templates_;
  std::deque<std::string> unquoted_;  // what string_view() had to put elsewhere
  FunctionIndex functions_;
  PrintedReader printed_{{flow_, fields_, steps_, outcomes_}};
  FunctionName start_, ended_;
  std::vector<std::pair<std::uint32_t, FunctionName>> handles_;
  std::vector<Tail> tails_;
};

}  // namespace

Result<Flow> parse_flow(std::string_view text, AsPrinted* as_printed) {
  if (text.size() > limits::kIrTextBytesMax)
    return fail(ErrorCode::invalid_argument, "the IR of a flow is {} bytes long, more than {}", text.size(),
                limits::kIrTextBytesMax);
  return Parser(text, as_printed).flow();
}

}  // namespace flow::ir
