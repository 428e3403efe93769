#include "compiler/import/json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "compiler/diagnostics/display.h"
#include "compiler/source/source.h"

namespace flow::importing {
namespace {

constexpr std::size_t kShownBytesMax = 80;

// Makes the value while it watches what the library's own reader lets pass.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto [member, first] = open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name));
    if (!first) {
      return refuse(fmt::format("{} has `{}` twice", open_.size() == 1 ? "the outermost object" : "`" + place() + "`",
                                shown(member->first)));
    }
    names_.back() = &member->first;
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    at_ = position;
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …"
    const std::string_view all = error.what();
    const std::size_t colon = all.find(": ");
    return refuse(std::string(colon == std::string_view::npos ? all : all.substr(colon + 2)));
  }

  Json take() { return std::move(root_); }
  const std::string& error() const { return error_; }
  std::optional<std::size_t> position() const { return at_; }

 private:
  template <typename Value>
  bool put(Value&& value) {
    return add(std::forward<Value>(value)) != nullptr;
  }

  Json* add(Json value) {
    if (++values_ > limits::kImportValuesMax) {
      refuse(fmt::format("it has more than {} values", limits::kImportValuesMax));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(*member_ = std::move(value));
  }

  bool open(Json value) {
    if (open_.size() == limits::kImportDepthMax)
      return refuse(fmt::format("it nests deeper than {} levels at `{}`", limits::kImportDepthMax, shown(place())));
    Json* added = add(std::move(value));
    if (added == nullptr) return false;
    open_.push_back(added);
    names_.push_back(nullptr);
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  std::string place() const {
    std::string pointer;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      pointer = open_[i]->is_array() ? at(pointer, open_[i]->size() - 1) : at(pointer, *names_[i]);
    }
    return pointer;
  }

  bool refuse(std::string why) {
    error_ = std::move(why);
    return false;
  }

  Json root_;
  // Open containers from the outermost; growing one never moves those above it, and none below it grows meanwhile.
  std::vector<Json*> open_;
  std::vector<const std::string*> names_;  // by open container: the member that is being read; null in a list
  Json* member_ = nullptr;                 // where the value of the name that was read last belongs
  std::size_t values_ = 0;
  std::string error_;
  std::optional<std::size_t> at_;
};

// What people write where JSON has nothing of the kind; empty: something else. `at`: behind what cannot be read.
std::string_view known_mistake(std::string_view text, std::size_t at) {
  if (at == 0 || at > text.size()) return {};
  const char c = text[at - 1];
  if (c == '/' && at < text.size() && (text[at] == '/' || text[at] == '*'))
    return "a comment, and JSON has none: take it out";
  if (c != '}' && c != ']') return {};
  const std::size_t last = text.substr(0, at - 1).find_last_not_of(" \t\r\n");
  return last != std::string_view::npos && text[last] == ',' ? "behind a comma that nothing may follow: take it out"
                                                             : std::string_view();
}

}  // namespace

Result<Json> read_json(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > limits::kImportBytesMax) {
    return fail(ErrorCode::resource_exhausted, "it has {} bytes, and {} are read at most", text.size(),
                limits::kImportBytesMax);
  }
  Reader reader;
  if (Json::sax_parse(text.begin(), text.end(), &reader)) return reader.take();
  if (!reader.position()) return fail(ErrorCode::invalid_argument, "{}", reader.error());
  const std::string_view before = text.substr(0, std::min(*reader.position(), text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? before.size() : before.size() - start - 1;
  const std::string_view mistake = known_mistake(text, *reader.position());
  if (!mistake.empty()) {
    return fail(ErrorCode::invalid_argument, "line {}, column {} is {}", line, std::max<std::size_t>(column, 1),
                mistake);
  }
  return fail(ErrorCode::invalid_argument, "line {}, column {} is no JSON: {}", line, std::max<std::size_t>(column, 1),
              shown(reader.error()));
}

void discard(Json& json) {
  if (auto* list = json.get_ptr<Json::array_t*>()) {
    for (Json& each : *list)
      if (each.is_structured()) discard(each);
    list->clear();
  } else if (auto* object = json.get_ptr<Json::object_t*>()) {
    for (auto& [name, each] : *object)
      if (each.is_structured()) discard(each);
    object->clear();
  }
  json = nullptr;
}

std::string at(std::string_view pointer, std::string_view member) {
  std::string out(pointer);
  out += '/';
  for (const char c : member) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string at(std::string_view pointer, std::size_t element) {
  return fmt::format("{}/{}", pointer, element);
}

const Json* member_of(const Json& object, std::string_view member) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(member);
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json& object, std::string_view member, std::string_view otherwise) {
  const Json* found = member_of(object, member);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

std::optional<std::string> word_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.size() >= kShownBytesMax && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U)
      return diagnostics::printable(out) + "…";
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return diagnostics::printable(out);
}

std::string shown_value(const Json& value) {
  if (value.is_string()) return shown(std::string_view(value.get_ref<const std::string&>()));
  if (value.is_object()) return fmt::format("an object of {} members", value.size());
  if (value.is_array()) return fmt::format("a list of {} elements", value.size());
  return shown(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace flow::importing
