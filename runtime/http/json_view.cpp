#include "runtime/http/json_view.h"

#include "runtime/http/json.h"
#include "runtime/http/text.h"

namespace flow::http {
namespace {

// What a thread's parser keeps between documents; a larger document's memory goes when the next one is parsed.
constexpr std::size_t kKeptBytesMax = std::size_t{64} * 1024;

struct ThreadParser {
  std::optional<simdjson::dom::parser> parser;

  simdjson::dom::parser& get() {
    if (!parser || parser->capacity() > kKeptBytesMax) {
      parser.emplace();
      // Its depth counts the value in the innermost brackets as well.
      if (parser->allocate(1024, kJsonDepthMax + 1) != simdjson::SUCCESS) parser->set_max_capacity(0);
    }
    return *parser;
  }
};

}  // namespace

std::optional<JsonView> JsonView::parse(std::string_view text) {
  thread_local ThreadParser mine;
  simdjson::dom::element root;
  if (mine.get().parse(text.data(), text.size(), true).get(root) != simdjson::SUCCESS) return std::nullopt;
  return JsonView(root);
}

JsonView JsonView::member(std::string_view name) const {
  simdjson::dom::object object;
  simdjson::dom::element found;
  if (!value_ || value_->get(object) != simdjson::SUCCESS) return {};
  return object.at_key(name).get(found) == simdjson::SUCCESS ? JsonView(found) : JsonView();
}

std::string_view JsonView::text() const {
  std::string_view found;
  if (!value_ || value_->get(found) != simdjson::SUCCESS) return {};
  return found;
}

std::optional<std::int64_t> JsonView::whole_number() const {
  std::int64_t number = 0;
  if (!value_) return std::nullopt;
  if (value_->is_string()) return http::whole_number(text());
  if (value_->type() == simdjson::dom::element_type::DOUBLE || value_->get(number) != simdjson::SUCCESS)
    return std::nullopt;
  return number;
}

std::optional<double> JsonView::real_number() const {
  double number = 0;
  if (!is_number() || value_->get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

JsonView JsonView::first(std::string_view name) const {
  simdjson::dom::array list;
  const JsonView found = member(name);
  if (!found.value_ || found.value_->get(list) != simdjson::SUCCESS || list.begin() == list.end()) return {};
  return JsonView(*list.begin());
}

}  // namespace flow::http
