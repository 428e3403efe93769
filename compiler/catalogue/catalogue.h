// The vocabulary of the language as data: components, settings, outcomes, channels, header and workspace entries,
// guarantees, functions, types. Checks, reference page, completion and "did you mean" all read it; nothing here knows
// the syntax tree. Everything the language has is listed; what this release lacks is marked `not_yet` and is refused
// by name, never ignored. All data is constant and lives for the whole program; any thread may read it.
//
// A pattern is the words of a clause side by side. Words in capitals are holes that stand for one expression:
//   NAME a new name · STEP CHANNEL TEMPLATE OUTCOME SIGNAL a known name · REGION LANGUAGE a code · CALL a name, perhaps
//   with (…) · DURATION NUMBER TEXT RANGE constants of these kinds · PHONE VALUE CONDITION any value · REPLY `reply`,
//   or a condition that begins with it
// A last word `…` says that more of the hole before it follow after commas. The pattern with most words is tried
// first; patterns of one table never tie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/program/functions.h"
#include "runtime/program/info.h"

namespace flow::catalogue {

enum class Support : std::uint8_t { supported, not_yet };

// How often an entry may or must stand where it can stand.
enum class Presence : std::uint8_t {
  required,
  optional,
  repeated,  // any number of times
  one_of,    // exactly one entry of its group
};

// ---- Channels ----------------------------------------------------------------------------------------------------

// How a channel counts the text it carries.
struct TextRule {
  std::uint32_t characters_max = 0;  // 0: not counted in characters
  bool sms_parts = false;            // GSM 03.38 or UCS-2 parts
};

// SMS: characters of a text alone, and of each part when there are several. What is sent as one message has at most as
// many as Twilio takes (twilio.com/docs/api/errors/21617), each of them a place of UCS-2: so many parts at most.
inline constexpr std::uint32_t kSmsGsmSingle = 160;
inline constexpr std::uint32_t kSmsGsmPart = 153;
inline constexpr std::uint32_t kSmsUcs2Single = 70;
inline constexpr std::uint32_t kSmsUcs2Part = 67;
inline constexpr std::uint32_t kSmsCharactersMax = 1600;
inline constexpr std::uint32_t kSmsPartsMax = (kSmsCharactersMax + kSmsUcs2Part - 1) / kSmsUcs2Part;

struct Channel {
  std::string_view name;  // viber
  Support support;
  std::optional<program::ChannelKind> kind;  // of supported ones
  std::string_view sender_setting;           // `service` of `channel x: viber { service "4501" }`
  bool reports_sent;
  bool reports_delivered;
  bool reports_read;
  TextRule text;
  bool templates;  // approved templates exist
  bool typing;     // it can show that an answer is being written
  // What the provider takes as time to live of one message; 0..0: it cannot be told. For a template its `valid` counts.
  std::int64_t ttl_min_ms;
  std::int64_t ttl_max_ms;
  std::string_view doc;
};

std::span<const Channel> channels();
const Channel& channel(program::ChannelKind kind);

// ---- Components --------------------------------------------------------------------------------------------------

enum class Component : std::uint8_t {
  none,
#define FLOW_COMPONENT(id) id,
#include "compiler/catalogue/components.def"
#undef FLOW_COMPONENT
};

// What stands after a component's head.
enum class Body : std::uint8_t {
  none,           // nothing: `jump sms max 2 else end` is whole
  arrow,          // => TARGET
  regions,        // { PH, MM => a; else => b }
  codes,          // { 63, 95 => a; else => b }
  languages,      // { en, ms => a; else => b }
  found,          // { found => a; else => b }
  table,          // { sms: send sms { … }; PH => viber then sms; else => sms; reached => a; exhausted => b }
  events,         // { say "Hello"; done => a }
  shares,         // { 50% => a; 50% => b }
  conditions,     // { x == 1 => a; else => b }
  times,          // { mon..fri 09:00..18:00 => a; else => b }
  clock,          // => TARGET, or { reached => a; past => b }
  assignments,    // { x = 1 } => TARGET
  outcomes,       // { settings, and arms for outcomes }
  labels,         // { billing "invoices, refunds" => a; else => b; failed, late after 8s => c }
  question,       // { settings, arms as of replies, and `failed` }
  call_outcomes,  // { verified => a; failed, expired, late after 15m => b }
  whole,          // nothing: it ends the flow
  replies,        // { "yes", containing "ok" => a; image => b; else => c; silent after 1d => d }
};

enum class SettingId : std::uint8_t {
  none,
  from,
  to,
  text,
  message_template,
  purpose,
  image,
  video,
  audio,
  file,
  sticker,
  location,
  contact,
  header,
  footer,
  button_opens,
  button_replies,
  buttons,
  list,
  products,
  card,
  subject,
  html,
  report_to,
  track,
};

struct Setting {
  std::string_view pattern;  // "from CHANNEL"
  SettingId id;
  Support support;
  Presence presence;
  std::string_view group;  // of one_of: "what is sent"
  std::string_view doc;
  // Of what a message has besides its text (messages.h).
  std::optional<program::PartKind> part = {};      // of its first value
  std::optional<program::PartKind> second = {};    // of its second
  std::optional<program::MessageKind> makes = {};  // the kind that it makes of the message
};

enum class OutcomeId : std::uint8_t {
  none,
  failed,
  undelivered,
  unread,
  sent,
  delivered,
  read,
  received,
  silent,
  ok,
  status,
  late,
  wait_reached,
  past,
  accepted,
  opted_out,
  done,
  expired,
};

enum class OutcomeOf : std::uint8_t { message, signal, operation, clock, desk, call };

enum class OutcomeKind : std::uint8_t {
  failure,    // must have an arm or an `otherwise`
  timer,      // must, when the milestone waited for lies after what it times
  milestone,  // what the step waits for: exactly one
};

struct Outcome {
  std::string_view pattern;  // "undelivered after DURATION"
  OutcomeId id;
  Support support;
  OutcomeKind kind;
  OutcomeOf of;
  std::string_view doc;
};

// Settings of what asks the outside.
enum class OperationSetting : std::uint8_t {
  header,
  query,
  body,
  retry,
  read,
  prompt,
  input,
  history,
  max,
  set,
  tag,
  untag,
};

struct OperationSettingEntry {
  std::string_view pattern;  // "header TEXT"
  OperationSetting id;
  Support support;
  Presence presence;
  std::string_view after;  // "= VALUE"
  std::string_view doc;
};

struct ComponentInfo {
  std::string_view pattern;  // "recognize region of VALUE as NAME"
  Component id;
  Support support;
  Body body;
  std::optional<program::ChannelKind> channel;  // of `send` and `ask`
  std::string_view name;                        // how steps, timelines and diagnostics call it: "recognize region"
  std::string_view doc;
  // The variable of `as NAME`, always the pattern's last hole, where all steps make one of this type.
  std::optional<program::ValueType> makes = {};
  std::uint32_t makes_chars_max = 0;  // of a text; 0: any
  bool reads_clock = false;           // it looks at what time it is when it is entered
};

std::span<const ComponentInfo> components();
// Settings of `send`, outcomes of all components; not_yet ones included.
std::span<const Setting> send_settings();
std::span<const Outcome> outcomes();
std::span<const OperationSettingEntry> http_settings();
std::span<const OperationSettingEntry> function_settings();
std::span<const OperationSettingEntry> generate_settings();
std::span<const OperationSettingEntry> contact_settings();
std::string_view pattern_of(OutcomeId id);
std::string_view word_of(OutcomeId id);  // "undelivered"

// Words that no step may be called: they are targets.
std::span<const std::string_view> reserved_step_names();

// ---- Header and workspace ----------------------------------------------------------------------------------------

enum class Header : std::uint8_t {
  none,
  flow,
  trigger_manual,
  trigger_extern,
  trigger_message,
  trigger_call,
  purpose,
  language,
  expires,
  zone,
  otherwise,
  on_signal,
  on_delivered,
  on_read,
  on_reply,
  input,
  output,
  let,
  outcome,
  guarantee,
  wording,
  start,
};

struct HeaderEntry {
  std::string_view pattern;  // "on signal SIGNAL"
  Header id;
  Support support;
  Presence presence;
  std::string_view after;  // what follows the words: ": TYPE", "= VALUE", "=> TARGET"
  std::string_view doc;
};

std::span<const HeaderEntry> header_entries();

// Variables that a trigger other than `manual` brings.
std::span<const std::string_view> trigger_variables();

enum class Workspace : std::uint8_t {
  none,
  edition,
  languages,
  allow_regions,
  allow_hosts,
  channel,
  message_template,
  let,
  zone,
  wording,
  price,
  limit,
  quiet_hours,
  allow_recipients,
  environment,
  function,
  model,
  desk,
  secret,
};

struct WorkspaceEntry {
  std::string_view pattern;
  Workspace id;
  Support support;
  Presence presence;
  std::string_view after;
  std::string_view doc;
};

std::span<const WorkspaceEntry> workspace_entries();
std::span<const WorkspaceEntry> environment_entries();  // of the block of an environment

enum class WorkspaceSetting : std::uint8_t {
  none,
  sender,
  receipts_within,
  handover_within,
  flows,
  template_purpose,
  template_languages,
  template_valid,
  template_body,
  model_name,
  model_base,
};

struct WorkspaceSettingEntry {
  std::string_view pattern;
  WorkspaceSetting id;
  Support support;
  Presence presence;
  std::string_view doc;
};

std::span<const WorkspaceSettingEntry> channel_settings();  // the sender's word is the channel's own
std::span<const WorkspaceSettingEntry> template_settings();
std::span<const WorkspaceSettingEntry> model_settings();

std::span<const std::string_view> purposes();  // authentication, transaction, marketing
inline constexpr int kEditionNewest = 1;

enum class Guarantee : std::uint8_t {
  none,
  messages,
  channel_messages,
  last_send,
  end,
  no_double_charge,
  every_region_reaches,
  cost
};

struct GuaranteeEntry {
  std::string_view pattern;  // "CHANNELKIND messages <= NUMBER"
  Guarantee id;
  Support support;
  std::string_view doc;
};

std::span<const GuaranteeEntry> guarantees();

// ---- Values ------------------------------------------------------------------------------------------------------

struct TypeEntry {
  std::string_view name;  // "text"
  std::string_view form;  // "text(4..8)"
  Support support;
  std::optional<program::ValueType> type;
  bool personal;  // by itself
  std::string_view doc;
};

std::span<const TypeEntry> types();
std::string_view name_of(program::ValueType type);

inline constexpr std::size_t kArgumentsMax = 2;

// Functions that the checker reads in their own way.
enum class Special : std::uint8_t { none, reveal, json, form, count, item, each };

// A name may have several rows, told apart by the type of the first argument.
struct FunctionEntry {
  std::string_view name;
  std::optional<program::FunctionId> id;
  Support support;
  std::size_t arguments;
  program::ValueType argument[kArgumentsMax];
  program::ValueType result;
  std::string_view extras;  // operands that are not written: `z` the flow's zone, `l` its language
  std::string_view doc;
  Special special = Special::none;
  std::string_view form = "";  // of special ones, for people
};

std::span<const FunctionEntry> functions();

struct Unit {
  std::string_view name;  // "ms"
  std::int64_t ms;        // 0: not a duration
  Support support;
  std::string_view doc;
};

std::span<const Unit> units();

struct Operator {
  std::string_view name;
  Support support;
  std::string_view operands;  // for people
  std::string_view result;
  std::string_view doc;
};

std::span<const Operator> operators();

// ---- Currencies ----------------------------------------------------------------------------------------------------

struct CurrencyEntry {
  std::string_view code;  // "USD", ISO 4217
  std::string_view name;  // "US Dollar"
};

std::span<const CurrencyEntry> currencies();                // by code
const CurrencyEntry* find_currency(std::string_view code);  // exact

// ---- Regions and languages ---------------------------------------------------------------------------------------

struct Region {
  std::string_view code;   // "MY"
  std::string_view code3;  // "MYS"
  std::string_view name;   // "Malaysia"
};

std::span<const Region> regions();                 // by code
const Region* find_region(std::string_view code);  // exact

// Other names that people write: common names, short forms, codes that are not ISO's (UK). Lower case.
struct RegionAlias {
  std::string_view alias;
  std::string_view code;
};
std::span<const RegionAlias> region_aliases();

struct Language {
  std::string_view code;  // "ms", or three letters where there are no two
  std::string_view name;
};

std::span<const Language> languages();                 // by code
const Language* find_language(std::string_view code);  // `ms`, or the part before `_` or `-` of `ms_MY`

std::span<const std::string_view> weekdays();  // mon … sun

}  // namespace flow::catalogue
