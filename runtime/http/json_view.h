// JSON from strangers on hot paths: validated as a whole, read without copies or allocations. As strict as
// http/json.h, and stricter in that whole numbers beyond 64 bits are refused. Only for .cpp files: it brings the
// parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <simdjson.h>

namespace flow::http {

// A value, or none, of a document in the calling thread's parser: valid until this thread parses the next one.
class JsonView {
 public:
  JsonView() = default;

  // Nothing when the text is no JSON, nests deeper than kJsonDepthMax (empty brackets not counted), or is not UTF-8.
  static std::optional<JsonView> parse(std::string_view text);

  bool is_object() const { return value_ && value_->is_object(); }
  bool is_array() const { return value_ && value_->is_array(); }
  bool is_true() const {
    bool value = false;
    return value_ && value_->get(value) == simdjson::SUCCESS && value;
  }
  bool is_number() const { return value_ && value_->is_number(); }
  // The member of that name; none when this is no object. Of repeated names the first one.
  JsonView member(std::string_view name) const;
  // A text member, and this as a text; empty for anything else.
  std::string_view text(std::string_view name) const { return member(name).text(); }
  std::string_view text() const;
  // A whole number, also one written as text (providers differ); nothing for anything else.
  std::optional<std::int64_t> whole_number() const;
  // A number as the nearest double; nothing for anything else.
  std::optional<double> real_number() const;
  // Calls `each` with the elements of a list member; not at all for anything else.
  template <typename Each>
  void for_each(std::string_view name, Each each) const {
    simdjson::dom::array list;
    const JsonView found = member(name);
    if (!found.value_ || found.value_->get(list) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element element : list) each(JsonView(element));
  }
  // The first element of a list member, or none.
  JsonView first(std::string_view name) const;

 private:
  explicit JsonView(simdjson::dom::element value) : value_(value) {}

  std::optional<simdjson::dom::element> value_;
};

}  // namespace flow::http
