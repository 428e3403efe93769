// What a send carries besides its text or template: reads the settings, then holds the whole against what the channel
// takes (catalogue/messages.h). For send.cpp.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "compiler/catalogue/messages.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {

class MessageReader {
 public:
  MessageReader(FlowScope& scope, ChannelKind kind)
      : scope_(scope), values_(scope), kind_(kind), channel_(catalogue::channel(kind)) {}

  // A setting that makes parts, and what stands in its block.
  void read(const syntax::Entry& line, const catalogue::Setting& known, const Match& found);

  // A part of its own, beside those of settings.
  void add(program::PartKind part, const syntax::Expr& written);

  // Some part makes a kind of its own: the message needs no text to be one.
  bool has_kind() const { return kind_setting_ != nullptr; }

  // Where the message's text is and how it is called; none: it has none.
  struct Text {
    const Expr* body = nullptr;
    Span span;
  };
  // Tells the kind and fills `send` with parts; false when something was reported. `step`: where what is missing is
  // missed.
  bool finish(Send& send, const Text& text, const std::optional<Span>& message_template, Span step);

 private:
  bool is_escaped(const syntax::Expr& written, const Expr& value);
  struct Read {
    program::PartKind kind{};
    Expr value;
    Span span;
  };

  void add_address(program::PartKind part, const syntax::Expr& written);
  void add_number(program::PartKind part, const syntax::Expr& written);
  void add_duration(program::PartKind part, const syntax::Expr& written);
  void add_bytes(program::PartKind part, const syntax::Expr& written);
  void add_text(program::PartKind part, const syntax::Expr& written, ValueType type);
  void add_location(const syntax::Entry& line, const Match& found);
  void read_block(const syntax::Entry& line, const catalogue::Setting& known);
  void read_row(const syntax::Entry& line);
  void read_detail(const syntax::Entry& line, const catalogue::Setting& known);
  void refuse_double(const syntax::Expr& word, program::PartKind part);
  bool choose_kind(const syntax::Expr& word, const catalogue::Setting& known);

  const catalogue::MessageRule* rule_of(const std::optional<Span>& message_template, Span step);
  bool check_allowed(const catalogue::MessageRule& rule);
  void check_required(const catalogue::MessageRule& rule, const Text& text, Span step);
  void check_counts();
  void check_titles();
  void check_cards();
  void check_lengths();
  void check_alone(const catalogue::MessageRule& rule);
  std::string kind_name() const;

  FlowScope& scope_;
  FlowValues values_;
  ChannelKind kind_;
  const catalogue::Channel& channel_;
  std::vector<Read> parts_;
  program::MessageKind message_ = program::MessageKind::text;
  const catalogue::Setting* kind_setting_ = nullptr;  // what made the kind
  Span kind_span_;
  std::map<program::PartKind, Span> single_;  // of the block or card being read
  bool bad_ = false;                          // a setting could not be read
  bool fine_ = false;                         // nothing was reported of the whole
};

// text_length.cpp: `value` may have at most so many characters. `what`: "the header".
void check_characters(FlowScope& scope, const Expr& value, Span place, const catalogue::Channel& channel,
                      std::uint32_t most, std::string_view what);

}  // namespace flow::check
