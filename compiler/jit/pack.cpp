// KnownBundle as bytes: each type's members in their order, once for both directions.
#include <concepts>
#include <type_traits>
#include <utility>

#include "base/varint.h"
#include "compiler/jit/known_bundle.h"

namespace flow::jit {
namespace {

class Writer {
 public:
  template <typename... Members>
  void members(const Members&... members) {
    (value(members), ...);
  }
  std::string take() { return std::move(out_); }

 private:
  void value(const std::string& text) {
    put_varint(out_, text.size());
    out_ += text;
  }
  template <typename Number>
    requires std::integral<Number> || std::is_enum_v<Number>
  void value(Number number) {
    put_signed_varint(out_, static_cast<std::int64_t>(number));
  }
  template <typename Item>
  void value(const std::vector<Item>& list) {
    put_varint(out_, list.size());
    for (const Item& item : list) value(item);
  }
  template <typename Item>
  void value(const std::optional<Item>& item) {
    put_varint(out_, item ? 1 : 0);
    if (item) value(*item);
  }
  template <typename Struct>
    requires std::is_class_v<Struct>
  void value(const Struct& whole) {
    visit(*this, whole);
  }

  std::string out_;
};

// What does not fit makes everything after it fail, too.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename... Members>
  void members(Members&... members) {
    (value(members), ...);
  }
  bool done() const { return good_ && rest_.empty(); }

 private:
  std::size_t size() {
    std::uint64_t count = 0;
    good_ = good_ && take_varint(rest_, count) && count <= rest_.size();  // each item has a byte at least
    return good_ ? count : 0;
  }
  void value(std::string& text) {
    const std::size_t bytes = size();
    text.assign(rest_.substr(0, bytes));
    rest_.remove_prefix(bytes);
  }
  template <typename Number>
    requires std::integral<Number> || std::is_enum_v<Number>
  void value(Number& number) {
    std::int64_t wide = 0;
    good_ = good_ && take_signed_varint(rest_, wide);
    number = static_cast<Number>(wide);
    good_ = good_ && static_cast<std::int64_t>(number) == wide;
  }
  template <typename Item>
  void value(std::vector<Item>& list) {
    list.resize(size());
    for (Item& item : list) {
      if (!good_) return;
      value(item);
    }
  }
  template <typename Item>
  void value(std::optional<Item>& item) {
    if (size() != 0) value(item.emplace());
  }
  template <typename Struct>
    requires std::is_class_v<Struct>
  void value(Struct& whole) {
    visit(*this, whole);
  }

  std::string_view rest_;
  bool good_ = true;
};

// `As` is the type, const or not.
template <typename T, typename As>
concept Is = std::same_as<std::remove_const_t<T>, As>;

void visit(auto& way, Is<program::FieldInfo> auto& one) {
  way.members(one.name, one.type, one.role, one.optional, one.secret, one.personal, one.chars_min, one.chars_max,
              one.choices, one.currency, one.items_max, one.parts);
}
void visit(auto& way, Is<program::StepInfo> auto& one) {
  way.members(one.name, one.component, one.report_to);
}
void visit(auto& way, Is<program::ChannelInfo> auto& one) {
  way.members(one.name, one.kind, one.sender, one.handover_ms);
}
void visit(auto& way, Is<program::TemplateInfo> auto& one) {
  way.members(one.name, one.parameters, one.languages);
}
void visit(auto& way, Is<program::OperationOutcome> auto& one) {
  way.members(one.kind, one.status, one.name);
}
void visit(auto& way, Is<program::OperationRead> auto& one) {
  way.members(one.field, one.path, one.optional);
}
void visit(auto& way, Is<program::OperationInfo> auto& one) {
  way.members(one.step, one.kind, one.target, one.arguments, one.outcomes, one.reads, one.retries, one.retry_after_ms,
              one.secret);
}
void visit(auto& way, Is<program::ContentInfo> auto& one) {
  way.members(one.kind, one.purpose, one.parts);
}
void visit(auto& way, Is<program::MessageLimit> auto& one) {
  way.members(one.prefix, one.messages, one.within_ms, one.purposes);
}
void visit(auto& way, Is<program::TriggerInfo> auto& one) {
  way.members(one.channel, one.position);
}
void visit(auto& way, Is<program::FlowInfo> auto& one) {
  way.members(one.name, one.title, one.purpose, one.expires_ms, one.fields, one.steps, one.signals, one.outcomes,
              one.channels, one.templates, one.operations, one.secrets, one.contents, one.counters, one.handlers,
              one.allowed_regions, one.allowed_hosts, one.message_limits, one.trigger, one.replies, one.called,
              one.outputs);
}
void visit(auto& way, Is<KnownFlow> auto& one) {
  way.members(one.info, one.texts, one.identity);
}
void visit(auto& way, Is<KnownBundle> auto& one) {
  way.members(one.version, one.flows);
}

// A member that is added must be added above as well: then these sizes change with it.
static_assert(sizeof(program::FlowInfo) == 480 && sizeof(program::FieldInfo) == 104 &&
              sizeof(program::OperationInfo) == 136 && sizeof(program::StepInfo) == 96 &&
              sizeof(program::ChannelInfo) == 80 && sizeof(program::TemplateInfo) == 80 &&
              sizeof(program::ContentInfo) == 64 && sizeof(program::MessageLimit) == 40 &&
              sizeof(program::TriggerInfo) == 40 && sizeof(program::OperationOutcome) == 40 &&
              sizeof(program::OperationRead) == 48);

}  // namespace

std::string pack(const KnownBundle& known) {
  Writer writer;
  writer.members(known);
  return writer.take();
}

std::optional<KnownBundle> unpack(std::string_view bytes) {
  Reader reader(bytes);
  KnownBundle known;
  reader.members(known);
  if (!reader.done()) return std::nullopt;
  return known;
}

}  // namespace flow::jit
