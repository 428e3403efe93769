// The checked tree: a workspace and its flows after every check has passed. Names are resolved, types are known,
// constants are folded, `otherwise` is spread over the steps, nothing is left of the syntax but spans.
//
// Read by lowering (compiler/lower), proofs (compiler/prove) and the oracle (tests/oracle), which must not need the
// syntax tree. Ids are indices into the vectors of Flow and are stable for one source text: they become field, step
// and counter ids of stored states.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/program/functions.h"
#include "runtime/program/info.h"
#include "runtime/program/reply.h"

namespace flow::check {

using program::ChannelKind;
using program::ValueType;
using source::Span;

enum class VariableId : std::uint32_t {};
enum class StepId : std::uint32_t {};
enum class JumpId : std::uint32_t {};
enum class ChannelId : std::uint32_t {};   // in Workspace::channels
enum class TemplateId : std::uint32_t {};  // in Workspace::templates
template <typename Id>
constexpr std::size_t index(Id id) {
  return static_cast<std::size_t>(id);
}

struct Type {
  ValueType kind{};
  bool optional = false;
  bool secret = false;
  bool personal = false;
  std::uint32_t chars_min = 0;
  std::uint32_t chars_max = 0;          // 0: no bound
  program::Currency currency = 0;       // money
  std::vector<std::string> choices;     // oneof
  std::uint32_t items_max = 0;          // list
  std::vector<Type> parts = {};         // of a list what each item is, of a record its members
  std::vector<std::string> names = {};  // record: of its members
};

// Two regions' letters, or 0: none (FlowField's form).
constexpr std::int64_t region_scalar(char a, char b) {
  return (static_cast<std::int64_t>(static_cast<unsigned char>(a)) << 8) | static_cast<unsigned char>(b);
}

enum class ExprKind : std::uint8_t {
  constant,  // scalar or text, by type
  variable,
  negation,  // not a
  logical_and,
  logical_or,  // short-circuit, left to right
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  fold_equal,  // ~=: outer ASCII space and case ignored (simple ASCII and Unicode lower case, program/text.h)
  contains,
  starts_with,
  ends_with,  // texts; exact, by bytes
  is_set,
  is_blank,  // a; blank: absent, or only space
  add,
  subtract,     // numbers, durations, money of one currency
  multiply,     // numbers, or money and a number
  coalesce,     // a ?? b
  interpolate,  // children: texts as constants, and values to be turned into text
  call,         // function(children)
  choose,  // the text for a language: children[0] the language, then one text for each line of `text`; the line that
           // equals it, else the one that equals the part before its `_` or `-`, else the first
  each,    // children[1], a text, once for each item of the list children[0], joined
  item,    // in children[1] of `each`: the item, and its place from 1
  position,
};

// An absent argument gives an absent result; some functions give none by themselves (program::FunctionInfo::partial).
// Operands that the source does not write (the flow's zone, its language, a currency) are written out here.
using Function = program::FunctionId;

struct Expr {
  ExprKind kind{};
  Type type;
  Span span;
  std::int64_t scalar = 0;  // constant
  std::string text;         // constant; of a variable its name
  VariableId variable{};
  Function function{};
  std::vector<Expr> children;
};

struct Variable {
  std::string name;
  Type type;
  program::FieldRole role{};
  Span span;
};

struct Target {
  enum class Kind : std::uint8_t { step, end, end_failed, end_outcome, jump };
  Kind kind{};
  Span span;
  StepId step{};
  std::string reason;         // end_failed: a constant
  std::uint32_t outcome = 0;  // in Flow::outcomes
  JumpId jump{};
};

// `jump STEP max N else TARGET`, as written once; its counter belongs to it and to one execution.
struct Jump {
  StepId step{};
  std::uint32_t max = 0;
  Target otherwise;
  Span span;
};

// recognize region of NUMBER as VARIABLE: the first arm that names the number's region; else when none does, or when
// the number belongs to no region.
struct RecognizeRegion {
  struct Arm {
    std::vector<std::string> regions;
    Target target;
    Span span;
  };
  Expr number;
  std::optional<VariableId> into;  // region; stays absent when the number has none
  std::vector<Arm> arms;
  Target otherwise;
};

// recognize calling code of NUMBER as VARIABLE: the first arm that names the number's calling code, else `otherwise`.
struct RecognizeCallingCode {
  struct Code {
    std::uint32_t code = 0;            // 63
    std::vector<std::string> regions;  // whose numbers begin with it
  };
  struct Arm {
    std::vector<Code> codes;
    Target target;
    Span span;
  };
  Expr number;                     // phone, present
  std::optional<VariableId> into;  // number
  std::vector<Arm> arms;
  Target otherwise;
};

struct Assignment {
  VariableId variable{};
  Expr value;
  Span span;
};

// `branch`, and what comes down to it: `schedule`, and `recognize` of what is found in a text.
struct Branch {
  struct Arm {
    Expr condition;
    Target target;
    Span span;
    std::string name;  // "en, ms"; empty for a condition that is written as one
  };
  bool at_now = false;              // Flow::now is set first
  std::optional<Assignment> first;  // before any condition
  std::vector<Arm> arms;
  Target otherwise;
};

// An arm by chance: docs/semantics.md says which.
struct Random {
  struct Arm {
    std::uint32_t share = 0;  // percent; 100 together
    Target target;
    Span span;
  };
  bool draws = false;  // by Flow::seed, which is counted up
  Expr key;            // else: a text, phone or language, present
  std::vector<Arm> arms;
};

struct Set {
  using Assignment = check::Assignment;
  std::vector<Assignment> assignments;  // in order; a later one sees the earlier ones
  Target target;
};

// For a time, or until a point in time; Flow::now is set before `until` is evaluated.
struct Wait {
  std::int64_t ms = 0;  // without `until`
  std::optional<Expr> until;
  Target target;
  std::optional<Target> past;  // where `until` is before the entering; without it that never happens
  std::int64_t most_ms = 0;    // with `until`: a bound that needs no data
};

struct TimedArm {
  std::int64_t after_ms = 0;
  Target target;
  Span span;
};

// await signal NAME: a handler of that signal is first; then this step's arm.
struct AwaitSignal {
  std::string signal;
  Target received;
  TimedArm silent;
};

// await reply as NAME: the first arm that the reply matches, else `otherwise`.
struct AwaitReply {
  struct Match {
    enum class Kind : std::uint8_t { text, containing, kind, pattern };
    Kind kind{};
    std::string text;  // a constant, not blank; of `pattern` a regular expression for the whole text
    program::ReplyKind reply{};

    friend bool operator==(const Match&, const Match&) = default;
  };
  struct Arm {
    std::vector<Match> matches;  // any of them
    Target target;
    Span span;
  };
  // What `as NAME` keeps: of NAME its text, of NAME.url its address, …
  struct Take {
    program::ReplyValue value{};
    VariableId variable{};
  };
  std::vector<Arm> arms;
  Target otherwise;  // `else` or `replied`
  TimedArm silent;
  std::vector<Take> takes;
};

struct JumpStep {
  JumpId jump{};
};

enum class Milestone : std::uint8_t { sent, delivered, read };

struct MessagePart {
  program::PartKind kind{};
  Expr value;  // text
};

struct Send {
  ChannelId channel{};
  Expr to;                   // phone
  std::optional<Expr> body;  // text; absent: a template, or a message without text
  std::optional<TemplateId> message_template;
  std::vector<Expr> parameters;  // in the template's order, text
  program::MessageKind kind = program::MessageKind::text;
  std::vector<MessagePart> parts;  // in the order in which they are sent
  std::string purpose;             // the step's own, else the flow's
  Milestone milestone{};
  Target reached;                   // the milestone's arm
  Target failed;                    // its arm or `otherwise`
  std::optional<Target> opted_out;  // marketing: the contact wants none, and nothing was sent; without it `failed`
  std::optional<TimedArm> undelivered;
  std::optional<TimedArm> unread;
  std::uint32_t sms_parts = 1;  // SMS: that it has at most
  std::int64_t ttl_ms = 0;      // asked of the provider: undelivered's D less `receipts within`; 0: none
  // Of an `ask`: the AwaitReply that `reached` leads to. An answer that comes before the report is taken by its arms.
  std::optional<StepId> answer;
  std::string report_to;  // an address that gets the message's status reports, too; empty: none
};

// A component of another system. Its events reach an execution as signals `STEP.EVENT`, in tests only: such a flow is
// not deployed.
struct Extern {
  struct Arm {
    std::vector<std::string> events;
    Target target;
    Span span;
  };
  struct Setting {
    std::string name;
    Expr value;  // one of those behind the name
  };
  std::string name;               // "say-play"
  std::vector<Setting> settings;  // nothing evaluates them
  std::optional<VariableId> into;
  std::vector<Arm> arms;
};

// Whatever is asked of the outside and answered by one event: a request, a function, a person.
struct Operation {
  struct Argument {
    std::string name;  // OperationInfo::arguments
    Expr value;        // text
  };
  struct Read {
    VariableId variable{};
    std::string path;
    bool optional = false;
    Span span;
  };
  struct Arm {
    program::OperationOutcome outcome;
    Target target;
    Span span;
  };
  program::OperationKind kind{};
  std::string target;  // OperationInfo::target
  std::vector<Argument> arguments;
  std::vector<Read> reads;
  std::vector<Arm> arms;  // the first is `failed`; of a call, `ok` is `done`
  std::optional<TimedArm> late;
  std::uint32_t retries = 0;
  std::int64_t retry_after_ms = 0;
};

// `launch flow F(…) => STEP`, and `forward to F(…)`, whose target is a plain end: an execution of another flow is
// started, and not waited for.
struct Launch {
  std::string flow;
  std::vector<Operation::Argument> arguments;
  Target target;
};

using StepBody = std::variant<RecognizeRegion, RecognizeCallingCode, Branch, Random, Set, Wait, AwaitSignal, AwaitReply,
                              JumpStep, Send, Operation, Launch, Extern>;

struct Step {
  std::string name;
  std::string component;  // "send viber", as the catalogue calls it
  Span span;              // its name
  StepBody body;
};

// `on EVENT => TARGET`: from start to end, at most once, before the step's own arms.
struct Handler {
  enum class Kind : std::uint8_t { signal, delivered, read, reply };
  Kind kind{};
  std::string signal;
  std::vector<AwaitReply::Match> matches;  // reply: any of them; none: every reply
  Target target;
  Span span;
  std::string condition = {};  // of a reply, as it is written: `contains "stop"`
};

struct Guarantee {
  enum class Kind : std::uint8_t { messages, last_send, end, no_double_charge, every_region_reaches, cost };
  Kind kind{};
  std::optional<ChannelKind> channel;  // sms messages <= N
  std::int64_t limit = 0;              // messages: N; last_send, end: ms; cost: 10^-6 of the currency
  StepId step{};
  Span span;
  program::Currency currency = 0;  // cost
};

// What somebody writes on a channel starts the flow, when `when` holds of its inputs.
struct Trigger {
  ChannelId channel{};
  std::optional<Expr> when;
  std::uint32_t position = 0;  // among the channel's `flows`
  VariableId customer{};       // who wrote
  Span span;
};

struct Output {
  VariableId variable{};
  bool optional = false;  // else it has a value at every end but a failed one
};

struct Flow {
  std::string name;
  std::string title;
  std::string doc;
  std::string purpose;
  source::FileId file{};
  Span span;  // its name
  std::int64_t expires_ms = 0;
  std::optional<Expr> language;                   // of templates, wordings and names of months and days
  std::optional<Expr> zone;                       // of clock times; the flow's own or the workspace's
  std::vector<Variable> variables;                // inputs first, then lets, then what steps make
  std::vector<std::pair<VariableId, Expr>> lets;  // evaluated once at the start, in order
  std::optional<VariableId> now;                  // of flows that read the clock: when such a step was last entered
  std::optional<VariableId> seed;                 // of flows that draw: a number, the start's seed at first
  std::vector<std::string> outcomes;
  std::vector<Handler> handlers;  // at most 64
  std::vector<Guarantee> guarantees;
  std::vector<Step> steps;
  std::vector<Jump> jumps;
  std::optional<Span> foreign_trigger;  // `trigger extern`
  std::optional<Trigger> trigger;       // nothing: `trigger manual`, or `trigger call`
  bool called = false;                  // `trigger call`: only other flows start it
  std::vector<Output> outputs;          // what a caller reads
  StepId start{};
  Span start_span;
  std::vector<Span> reveals;  // each `reveal(x)`
};

struct Channel {
  std::string name;
  ChannelKind kind{};
  std::string sender;  // service, number or sender
  std::int64_t handover_ms = 0;
  std::int64_t receipts_within_ms = 0;
  std::vector<std::pair<std::string, Span>> flows;  // that a message may start: the first that takes it
  Span span;
};

struct Template {
  std::string name;
  ChannelId channel{};
  std::vector<std::pair<std::string, Type>> parameters;
  std::string purpose;
  std::vector<std::string> languages;  // its own, else the workspace's; the first is the default
  std::string body;                    // as written
  std::int64_t ttl_min_ms = 0;         // valid 30s..15m
  std::int64_t ttl_max_ms = 0;
  Span span;
};

// What a message costs, by the recipient's region; of an SMS each part.
struct Price {
  ChannelKind kind{};
  std::string purpose;                                        // empty: every purpose that has no price of its own
  std::vector<std::pair<std::string, std::int64_t>> regions;  // 10^-6 of the currency
  std::optional<std::int64_t> otherwise;
  Span span;
};

// `quiet hours 21:00..08:00 for PURPOSE`: what is for these purposes waits, by the flow's zone. Over midnight when
// `from_ms` is the later.
inline constexpr std::string_view kQuietHours = "quiet hours";  // Step::component of what they put before a message
struct QuietHours {
  std::int64_t from_ms = 0;           // of the day
  std::int64_t to_ms = 0;             // the first that is not quiet
  std::vector<std::string> purposes;  // empty: all
  Span span;
};

// `limit each recipient 5 messages within 1h for PURPOSE …`
struct Limit : program::MessageLimit {
  Span span;
};

// `function NAME at "URL"`: a request with its arguments as JSON.
struct RemoteFunction {
  std::string name;
  std::string address;
  bool secure = false;  // https
  Span span;
};

// `model NAME: openai { name "…"; base "https://…" }`
struct Model {
  std::string name;
  std::string provider_name;  // as the one who runs it calls it
  std::string base;           // of its addresses
  bool secure = false;        // https
  Span span;
};

// Where persons take over; what is behind it is bound by the runtime.
struct Desk {
  std::string name;
  Span span;
};

// What flows share.
struct WorkspaceSettings {
  std::vector<std::string> languages;
  std::string zone;  // empty: none
  bool all_regions = false;
  std::vector<std::string> allowed_regions;
  std::vector<std::string> allowed_hosts;  // as in addresses: a name, perhaps with a port
  std::vector<Channel> channels;
  std::vector<Template> templates;
  std::vector<Price> prices;
  program::Currency currency = 0;  // of all prices
  std::vector<Limit> limits;
  std::vector<QuietHours> quiet_hours;
  std::vector<std::string> allowed_recipients;  // as messages name them; empty: everybody
  std::string environment;                      // whose settings these are; empty: none
  std::vector<RemoteFunction> functions;
  std::vector<Desk> desks;
  std::vector<Model> models;
};

struct Workspace : WorkspaceSettings {
  std::vector<std::unique_ptr<Flow>> flows;  // by name
};

}  // namespace flow::check
