#include "compiler/check/message.h"

#include <algorithm>

#include "base/limits.h"

namespace flow::check {
namespace {

using catalogue::SettingId;
using program::MessageKind;
using program::PartKind;

// Parts that are added to another kind of message rather than making one, so both may stand: a picture above buttons.
bool yields(MessageKind kind) {
  switch (kind) {
    case MessageKind::image:
    case MessageKind::video:
    case MessageKind::file:
      return true;
    default:
      return false;
  }
}

// What a button does, and a place's longitude: they come with another part.
bool is_second(PartKind part) {
  for (const catalogue::Setting& setting : catalogue::send_settings())
    if (setting.second == part) return true;
  return std::ranges::any_of(catalogue::details(),
                             [&](const catalogue::Detail& detail) { return detail.second == part; });
}

// What belongs to a row, a contact or a card, and is counted in each.
std::span<const PartKind> members_of(PartKind head) {
  static constexpr PartKind kRow[] = {PartKind::row_description};
  static constexpr PartKind kContact[] = {PartKind::contact_phone, PartKind::contact_email, PartKind::contact_company};
  static constexpr PartKind kCard[] = {PartKind::card_subtitle, PartKind::card_image, PartKind::card_button,
                                       PartKind::card_opens, PartKind::card_replies};
  switch (head) {
    case PartKind::row:
      return kRow;
    case PartKind::contact:
      return kContact;
    case PartKind::card:
      return kCard;
    default:
      return {};
  }
}

bool belongs(PartKind part, PartKind head) {
  return std::ranges::find(members_of(head), part) != members_of(head).end();
}

bool is_address(PartKind part) {
  switch (part) {
    case PartKind::image:
    case PartKind::video:
    case PartKind::audio:
    case PartKind::file:
    case PartKind::sticker:
    case PartKind::thumbnail:
    case PartKind::button_opens:
    case PartKind::card_image:
    case PartKind::card_opens:
      return true;
    default:
      return false;
  }
}

// What is known before the start of how an address begins.
std::string_view known_begin(const Expr& value) {
  if (is_constant(value)) return value.text;
  if (value.kind == ExprKind::interpolate && !value.children.empty() && is_constant(value.children[0]))
    return value.children[0].text;
  return {};
}

// A scheme, a host, and, unless that is all there is, the slash that ends it: nothing a value brings can change them.
bool fixes_host(std::string_view begin, bool whole) {
  constexpr std::string_view kScheme = "https://";
  if (!begin.starts_with(kScheme)) return false;
  const std::string_view rest = begin.substr(kScheme.size());
  const std::size_t end = rest.find_first_of("/?#");
  if (end == std::string_view::npos ? !whole || rest.empty() : end == 0) return false;
  return rest.substr(0, end).find_first_of(" @\\\t\n") == std::string_view::npos;
}

const std::vector<Patterns>& detail_patterns() {
  static const std::vector<Patterns> all = [] {
    std::vector<Patterns> made;
    for (int id = 0; id <= static_cast<int>(SettingId::track); ++id) {
      std::vector<std::string_view> texts;
      for (const catalogue::Detail& detail : catalogue::details())
        if (detail.of == static_cast<SettingId>(id)) texts.push_back(detail.pattern);
      made.emplace_back(texts);
    }
    return made;
  }();
  return all;
}

const catalogue::Detail& detail_of(SettingId id, std::size_t place) {
  for (const catalogue::Detail& detail : catalogue::details())
    if (detail.of == id && place-- == 0) return detail;
  return catalogue::details().front();
}

}  // namespace

// ---- Reading

void MessageReader::read(const syntax::Entry& line, const catalogue::Setting& known, const Match& found) {
  const syntax::Expr& word = line.head.items[0].exprs[0];
  if (known.makes && !choose_kind(word, known)) return;
  const bool block =
      known.id == SettingId::list || !detail_patterns()[static_cast<std::size_t>(known.id)].all().empty();
  refuse_other_parts(scope_.sink(), line, block ? kBlock : kNoPart, word.text);
  if (known.id == SettingId::location) {
    add_location(line, found);
  } else if (known.second) {
    add(*known.part, *found.holes[0]);
    add(*known.second, *found.holes[1]);
  } else {
    add(*known.part, *found.holes[0]);
    for (const syntax::Expr* more : found.more) add(*known.part, *more);
  }
  if (block) read_block(line, known);
}

// False: it was reported that the message is of another kind already.
bool MessageReader::choose_kind(const syntax::Expr& word, const catalogue::Setting& known) {
  const MessageKind wanted = *known.makes;
  if (kind_setting_ == nullptr || (yields(message_) && !yields(wanted))) {
    kind_setting_ = &known;
    message_ = wanted;
    kind_span_ = word.span;
    return true;
  }
  if (wanted == message_ && known.presence == catalogue::Presence::repeated) return true;
  if (yields(wanted) && !yields(message_)) return true;  // above it, if the kind may have one
  bad_ = true;
  scope_.sink()
      .report(Code::message_kinds, word.span, "the message is {} already, so it cannot be {}",
              catalogue::name_of(message_), catalogue::name_of(wanted))
      .also(kind_span_, "by this")
      .hint("keep one of them, or send two messages");
  return false;
}

void MessageReader::add(PartKind part, const syntax::Expr& written) {
  if (is_address(part)) return add_address(part, written);
  switch (part) {
    case PartKind::latitude:
    case PartKind::longitude:
      return add_number(part, written);
    case PartKind::lasts:
      return add_duration(part, written);
    case PartKind::bytes:
      return add_bytes(part, written);
    case PartKind::contact_phone:
      return add_text(part, written, ValueType::phone);
    default:
      return add_text(part, written, ValueType::text);
  }
}

void MessageReader::add_text(PartKind part, const syntax::Expr& written, ValueType type) {
  const Context context = part == PartKind::html      ? Context::html
                          : part == PartKind::subject ? Context::header
                                                      : Context::text;
  auto value = check_value(values_, written, {type, fmt::format("`{}`", catalogue::name_of(part)), 0, context});
  if (!value) {
    bad_ = true;
    return;
  }
  if (part == PartKind::html && !is_escaped(written, *value)) {
    bad_ = true;
    return;
  }
  if (is_constant(*value) && value->text.empty() && part != PartKind::row_description) {
    bad_ = true;
    scope_.sink().report(Code::out_of_range, written.span, "`{}` is empty", catalogue::name_of(part));
    return;
  }
  parts_.push_back({part, std::move(*value), written.span});
}

// A text that is made elsewhere was not made for HTML.
bool MessageReader::is_escaped(const syntax::Expr& written, const Expr& value) {
  if (written.kind == syntax::ExprKind::string || is_constant(value)) return true;
  scope_.sink()
      .report(Code::type_mismatch, written.span, "this text was not made for HTML: its values are not escaped")
      .hint("write it where it stands: `html \"<p>{{name}}</p>\"`");
  return false;
}

void MessageReader::add_address(PartKind part, const syntax::Expr& written) {
  auto value =
      check_value(values_, written, {ValueType::text, fmt::format("`{}`", catalogue::name_of(part)), 0, Context::url});
  if (!value) {
    bad_ = true;
    return;
  }
  // What is shown is what a provider fetches; where a button leads to is for people.
  const bool opens = part == PartKind::button_opens || part == PartKind::card_opens;
  if (value->type.kind == ValueType::url && !opens) {
    parts_.push_back({part, std::move(*value), written.span});
    return;
  }
  if (!fixes_host(known_begin(*value), is_constant(*value))) {
    bad_ = true;
    scope_.sink()
        .report(Code::open_address, written.span, "this address does not begin with `https://`, a host and `/`")
        .hint("\"https://host.example/path/{{…}}\": where it leads to is fixed, what may vary comes after");
    return;
  }
  parts_.push_back({part, std::move(*value), written.span});
}

void MessageReader::add_number(PartKind part, const syntax::Expr& written) {
  auto value = check_value(values_, written, {ValueType::number, fmt::format("`{}`", catalogue::name_of(part))});
  if (!value) {
    bad_ = true;
    return;
  }
  const std::int64_t most = (part == PartKind::latitude ? 90 : 180) * limits::kNumberScale;
  if (is_constant(*value) && (value->scalar < -most || value->scalar > most)) {
    bad_ = true;
    scope_.sink()
        .report(Code::out_of_range, written.span, "a {} lies within {} degrees", program::to_string(part),
                most / limits::kNumberScale)
        .hint("`location LATITUDE, LONGITUDE`, north and east positive");
    return;
  }
  parts_.push_back({part, as_text(scope_.sink(), std::move(*value)), written.span});
}

void MessageReader::add_duration(PartKind part, const syntax::Expr& written) {
  const std::int64_t most = std::max<std::int64_t>(catalogue::find_rule(kind_, part).most, 1);
  const auto ms = check_duration(values_, written, "`lasts`", 1000, most * 1000);
  if (!ms) bad_ = true;
  if (ms) parts_.push_back({part, constant_text(std::to_string(*ms / 1000), written.span), written.span});
}

void MessageReader::add_bytes(PartKind part, const syntax::Expr& written) {
  const std::int64_t most = std::max<std::int64_t>(catalogue::find_rule(kind_, part).most, 1);
  const auto bytes = check_whole(values_, written, "`bytes`", 1, most);
  if (!bytes) bad_ = true;
  if (bytes) parts_.push_back({part, constant_text(std::to_string(*bytes), written.span), written.span});
}

void MessageReader::add_location(const syntax::Entry& line, const Match& found) {
  if (found.more.size() != 1) {
    bad_ = true;
    scope_.sink()
        .report(Code::missing_part, line.head.span, "a place has two numbers")
        .hint("`location LATITUDE, LONGITUDE`: `location 14.5547, 121.0244`");
    return;
  }
  add(PartKind::latitude, *found.holes[0]);
  add(PartKind::longitude, *found.more[0]);
}

void MessageReader::read_block(const syntax::Entry& line, const catalogue::Setting& known) {
  single_.clear();
  if (!line.block) {
    if (known.id != SettingId::list) return;
    bad_ = true;
    scope_.sink()
        .report(Code::missing_part, line.head.span, "a list has rows")
        .hint("`list \"Choose\" { \"Shoes\" \"All sizes\"; \"Bags\" }`");
    return;
  }
  for (const syntax::Entry& inner : line.block->entries) {
    if (known.id == SettingId::list)
      read_row(inner);
    else
      read_detail(inner, known);
  }
}

// `"Shoes" "All sizes"`.
void MessageReader::read_row(const syntax::Entry& line) {
  refuse_other_parts(scope_.sink(), line, kNoPart, "a row");
  const auto& items = line.head.items;
  if (items.size() != 1 || items[0].is_else || items[0].exprs.empty() || items[0].exprs.size() > 2) {
    bad_ = true;
    scope_.sink()
        .report(Code::unexpected_part, line.head.span, "a row has a title, and perhaps a description")
        .hint("`\"Shoes\" \"All sizes\"`, a line each");
    return;
  }
  add(PartKind::row, items[0].exprs[0]);
  if (items[0].exprs.size() == 2) add(PartKind::row_description, items[0].exprs[1]);
}

void MessageReader::read_detail(const syntax::Entry& line, const catalogue::Setting& known) {
  const Patterns& patterns = detail_patterns()[static_cast<std::size_t>(known.id)];
  const auto found = match(line.head, patterns);
  if (!found) {
    bad_ = true;
    report_unmatched(scope_.sink(), line.head, patterns, Code::unknown_setting, "setting");
    return;
  }
  const catalogue::Detail& detail = detail_of(known.id, found->entry);
  const syntax::Expr& word = line.head.items[0].exprs[0];
  refuse_other_parts(scope_.sink(), line, kNoPart, word.text);
  if (detail.presence != catalogue::Presence::repeated) refuse_double(word, detail.part);
  add(detail.part, *found->holes[0]);
  if (detail.second) add(*detail.second, *found->holes[1]);
}

void MessageReader::refuse_double(const syntax::Expr& word, PartKind part) {
  const auto [place, is_new] = single_.emplace(part, word.span);
  if (is_new) return;
  bad_ = true;
  scope_.sink()
      .report(Code::repeated_setting, word.span, "`{}` stands here a second time", word.text)
      .also(place->second, "first here")
      .hint("keep one of them");
}

// ---- Holding it against the channel

std::string MessageReader::kind_name() const {
  return std::string(catalogue::name_of(message_));
}

bool MessageReader::finish(Send& send, const Text& text, const std::optional<Span>& message_template, Span step) {
  fine_ = !bad_;
  if (bad_) return false;
  const catalogue::MessageRule* rule = rule_of(message_template, step);
  if (rule == nullptr || !check_allowed(*rule)) return false;
  send.kind = message_;
  check_required(*rule, text, step);
  check_counts();
  check_titles();
  check_cards();
  check_lengths();
  if (fine_) check_alone(*rule);
  if (text.body != nullptr) send.sms_parts = check_text_length(scope_, *text.body, text.span, kind_, rule->text_max);
  if (catalogue::only_marketing(kind_, message_) && !send.purpose.empty() && send.purpose != "marketing")
    scope_.sink()
        .report(Code::media_purpose, kind_setting_ == nullptr ? step : kind_span_,
                "{} takes {} only for marketing, and this message is for {}", channel_.name, kind_name(), send.purpose)
        .hint("send a `text`, or say `purpose marketing` in this step if that is what it is");
  for (Read& part : parts_) send.parts.push_back({part.kind, std::move(part.value)});
  return fine_;
}

const catalogue::MessageRule* MessageReader::rule_of(const std::optional<Span>& message_template, Span step) {
  if (message_template) {
    if (kind_setting_ != nullptr && !yields(message_) && message_ != MessageKind::location) {
      scope_.sink()
          .report(Code::message_kinds, kind_span_, "the message is a template already, so it cannot be {}", kind_name())
          .also(*message_template, "by this")
          .hint("what the template has is fixed by its approval; keep one of them");
      return nullptr;
    }
    message_ = MessageKind::message_template;
  }
  const catalogue::MessageRule* rule = catalogue::find_rule(kind_, message_);
  if (rule != nullptr || message_template) return rule;  // a template elsewhere is send.cpp's
  std::string kinds;
  for (const catalogue::MessageRule& other : catalogue::message_rules())
    if (other.channel == kind_) kinds += (kinds.empty() ? "" : ", ") + std::string(catalogue::name_of(other.kind));
  scope_.sink()
      .report(Code::kind_elsewhere, kind_setting_ == nullptr ? step : kind_span_, "{} carries no message that is {}",
              channel_.name, kind_name())
      .hint(fmt::format("it carries {}", kinds));
  return nullptr;
}

bool MessageReader::check_allowed(const catalogue::MessageRule& rule) {
  for (const Read& part : parts_) {
    if (rule.parts.has(part.kind)) continue;
    const std::string_view name = catalogue::name_of(part.kind);
    auto report = catalogue::has_part(kind_, part.kind)
                      ? scope_.sink().report(Code::message_kinds, part.span, "{} on {} cannot have `{}`", kind_name(),
                                             channel_.name, name)
                      : scope_.sink().report(Code::kind_elsewhere, part.span, "{} has no `{}`", channel_.name, name);
    report.hint("leave it out, or send it as a message of its own");
    return false;
  }
  return true;
}

void MessageReader::check_required(const catalogue::MessageRule& rule, const Text& text, Span step) {
  using catalogue::Need;
  const Span place = kind_setting_ == nullptr ? step : kind_span_;
  const bool lacks_text = rule.text == Need::required && text.body == nullptr;
  const bool has_text = rule.text == Need::none && text.body != nullptr && message_ != MessageKind::message_template;
  fine_ &= !lacks_text && !has_text;
  if (lacks_text && kind_setting_ != nullptr)  // else send.cpp's
    scope_.sink()
        .report(Code::missing_setting, place, "{} on {} must have a text", kind_name(), channel_.name)
        .hint("`text \"…\"`");
  if (has_text)
    scope_.sink()
        .report(Code::message_kinds, text.span, "{} on {} cannot have a text", kind_name(), channel_.name)
        .also(place, "what is sent")
        .hint("send the text as a message of its own");
  const bool several = std::ranges::count(parts_, PartKind::product, &Read::kind) > 1;
  std::vector<std::string> missing;
  for (int i = 0; i < program::kPartKindCount; ++i) {
    const auto part = static_cast<PartKind>(i);
    const bool needed = rule.required.has(part) || (several && rule.several.has(part)) ||
                        std::ranges::any_of(parts_, [&](const Read& other) {
                          return catalogue::find_rule(kind_, other.kind).needs.has(part);
                        });
    if (needed && std::ranges::find(parts_, part, &Read::kind) == parts_.end())
      missing.emplace_back(catalogue::name_of(part));
  }
  if (missing.empty()) return;
  fine_ = false;
  scope_.sink()
      .report(Code::missing_setting, place, "{} on {} must have {}", kind_name(), channel_.name, quoted(missing, "and"))
      .hint("docs/language/reference.md lists what each kind has");
}

void MessageReader::check_counts() {
  std::map<PartKind, std::uint32_t> counts;
  PartKind head{};  // what the parts now belong to
  for (const Read& part : parts_) {
    if (const auto members = members_of(part.kind); !members.empty()) {
      head = part.kind;
      for (const PartKind member : members) counts.erase(member);
    }
    if (is_second(part.kind)) continue;  // counted with what it belongs to
    const std::uint32_t count = ++counts[part.kind];
    const std::uint32_t most = catalogue::find_rule(kind_, part.kind).count_max;
    fine_ &= count <= most;
    if (count == most + 1)
      scope_.sink()
          .report(Code::too_many_parts, part.span, "{} takes at most {} of `{}` in a {}", channel_.name, most,
                  catalogue::name_of(part.kind), belongs(part.kind, head) ? program::to_string(head) : "message")
          .hint(part.kind == PartKind::choice ? "a `list` takes more, where the channel has one" : "leave some out");
  }
  if (parts_.size() > limits::kMessagePartsMax)
    scope_.sink()
        .report(Code::too_many_parts, parts_.back().span, "a message has at most {} parts", limits::kMessagePartsMax)
        .hint("leave some out");
}

// An answer tells which title was chosen, so no two may be the same.
void MessageReader::check_titles() {
  std::map<std::pair<PartKind, std::string>, Span> titles;
  for (const Read& part : parts_) {
    if (part.kind == PartKind::card)
      std::erase_if(titles, [](const auto& each) { return each.first.first == PartKind::card_button; });
    const bool title = part.kind == PartKind::choice || part.kind == PartKind::button || part.kind == PartKind::row ||
                       part.kind == PartKind::card_button;
    if (!title || !is_constant(part.value)) continue;
    const auto [place, is_new] = titles.emplace(std::pair(part.kind, part.value.text), part.span);
    if (is_new) continue;
    scope_.sink()
        .report(Code::repeated_setting, part.span, "\"{}\" is there a second time", part.value.text)
        .also(place->second, "first here")
        .hint("an answer would not tell which of them was chosen");
  }
}

// Providers show no card that is a title alone.
void MessageReader::check_cards() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].kind != PartKind::card || (i + 1 < parts_.size() && belongs(parts_[i + 1].kind, PartKind::card)))
      continue;
    fine_ = false;
    scope_.sink()
        .report(Code::missing_setting, parts_[i].span, "this card has nothing but a title")
        .hint("`card \"…\" { subtitle \"…\" }`, an `image` or a `button`");
  }
}

void MessageReader::check_lengths() {
  for (const Read& part : parts_) {
    if (part.kind == PartKind::lasts || part.kind == PartKind::bytes) continue;
    const std::uint32_t most = catalogue::find_rule(kind_, part.kind).most;
    if (most != 0)
      check_characters(scope_, part.value, part.span, channel_, most,
                       fmt::format("`{}`", catalogue::name_of(part.kind)));
  }
}

void MessageReader::check_alone(const catalogue::MessageRule& rule) {
  if (!rule.alone) return;
  const auto opens = std::ranges::find(parts_, PartKind::button_opens, &Read::kind);
  const auto buttons = std::ranges::count(parts_, PartKind::button, &Read::kind);
  if (opens == parts_.end() || buttons == 1) return;
  fine_ = false;
  scope_.sink()
      .report(Code::too_many_parts, opens->span, "on {} a button that opens an address is the only one", channel_.name)
      .hint("leave the others out, or let all of them answer: `button \"…\" replies \"…\"`");
}

}  // namespace flow::check
