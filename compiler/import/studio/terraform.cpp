#include "compiler/import/studio/terraform.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/studio/conditions.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

constexpr std::string_view kResource = "twilio_studio_flow";
constexpr std::string_view kEncode = "jsonencode";
constexpr std::string_view kLocal = "local.";
constexpr std::string_view kOpen = "{{terraform.";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kTwiceMax = 20;  // told of one file: each line is counted

// Reads HCL from a place in it: values, and what has to be skipped to find them.
class Hcl {
 public:
  Hcl(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::size_t place() const { return at_; }
  bool at_end() const { return at_ >= text_.size(); }
  std::size_t left() const { return left_; }
  const std::vector<std::string>& twice() const { return twice_; }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void move(std::size_t count) { at_ = std::min(at_ + count, text_.size()); }
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  // Spaces and comments; ends of lines, too, when asked.
  void skip(bool lines) {
    while (!at_end()) {
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
        ++at_;
      } else if (c == '#' || starts("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (starts("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  std::string name() {
    const std::size_t from = at_;
    while (!at_end() && is_name_char(peek())) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  Result<Json> value(int depth) {
    if (depth > static_cast<int>(limits::kImportDepthMax)) return wrong("it nests too deep");
    skip(true);
    if (peek() == '{') return object(depth);
    if (peek() == '[') return list(depth);
    const std::size_t from = at_;
    if (peek() == '"') {
      auto text = quoted();
      if (!text) return std::unexpected(text.error());
      skip(false);
      if (ends_value()) return Json(*std::move(text));
      at_ = from;  // the beginning of an expression
    } else if (starts("<<")) {
      auto text = heredoc();
      if (!text) return std::unexpected(text.error());
      return Json(named(*text));
    }
    return expression();
  }

  // Of the block that begins here: where each of its members has its value, as far as it can be followed.
  std::map<std::string, std::size_t, std::less<>> members() {
    std::map<std::string, std::size_t, std::less<>> out;
    for (move(1);;) {
      skip(true);
      std::string key = name();
      skip(false);
      if (key.empty() || peek() != '=') return out;
      move(1);
      skip(false);
      out.emplace(std::move(key), at_);
      if (starts("<<") ? !heredoc().has_value() : !expression().has_value()) return out;
    }
  }

  Result<std::string> heredoc() {
    move(2);
    const bool indented = peek() == '-';
    if (indented) move(1);
    const std::string word = name();
    const std::size_t start = text_.find('\n', at_);
    if (word.empty() || start == std::string_view::npos) return wrong("a text that does not end");
    std::vector<std::string_view> lines;
    for (std::size_t from = start + 1; from < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', from), text_.size());
      const std::string_view line = text_.substr(from, end - from);
      if (program::trim(line) == word) {
        at_ = end;
        return joined(lines, indented);
      }
      lines.push_back(line);
      from = end + 1;
    }
    return wrong("a text that does not end");
  }

  Result<std::string> quoted() {
    std::string out;
    ++at_;
    while (!at_end()) {
      const char c = peek();
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c == '\n') break;
      if (starts("$${") || starts("%%{")) {
        out += text_.substr(at_ + 1, 2);
        move(3);
      } else if (starts("${{")) {
        out += c;  // a dollar before a value of Liquid
        ++at_;
      } else if (starts("${") || is_directive(text_.substr(at_))) {
        out += named(placeholder());
      } else if (c == '\\') {
        if (!escape(out)) return wrong("an escape that is not known");
      } else {
        out += c;
        ++at_;
      }
    }
    return wrong("a text that does not end");
  }

 private:
  std::ptrdiff_t line() const {
    return 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
  }
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorCode::invalid_argument, "line {}: {}", line(), what);
  }

  bool ends_value() const {
    const char c = peek();
    return at_end() || c == '\n' || c == ',' || c == '}' || c == ']' || c == ')' || c == '#';
  }

  std::string_view placeholder() {
    const std::string_view out = placeholder_at(text_, at_);
    at_ += out.size();
    return out;
  }

  bool escape(std::string& out) {
    constexpr std::string_view known = "nrt\"\\";
    constexpr std::string_view meant = "\n\r\t\"\\";
    if (at_ + 1 >= text_.size()) return false;
    const char c = text_[at_ + 1];
    if (const std::size_t i = known.find(c); i != std::string_view::npos) {
      out += meant[i];
      move(2);
      return true;
    }
    const std::size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0 || at_ + 2 + digits > text_.size()) return false;
    std::string code(text_.substr(at_ + 2, digits));
    if (!std::all_of(code.begin(), code.end(),
                     [](char d) { return std::isxdigit(static_cast<unsigned char>(d)) != 0; }))
      return false;
    std::uint32_t point = static_cast<std::uint32_t>(std::stoul(code, nullptr, 16));
    move(2 + digits);
    // Pairs of surrogates, as JSON has them.
    if (point >= 0xD800 && point < 0xDC00 && starts("\\u") && at_ + 6 <= text_.size()) {
      const Json low = Json::parse("\"\\u" + fmt::format("{:04x}", point) + std::string(text_.substr(at_, 6)) + "\"",
                                   nullptr, false);
      if (!low.is_string()) return false;
      out += low.get<std::string>();
      move(6);
      return true;
    }
    append_utf8(out, point);
    return true;
  }

  static void append_utf8(std::string& out, std::uint32_t point) {
    if ((point >= 0xD800 && point < 0xE000) || point > 0x10FFFF) point = 0xFFFD;
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 | point >> 6);
      put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      put(0xE0 | point >> 12);
      put(0x80 | (point >> 6 & 0x3F));
      put(0x80 | (point & 0x3F));
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
      put(0x80 | (point >> 6 & 0x3F));
      put(0x80 | (point & 0x3F));
    }
  }

  static std::string joined(const std::vector<std::string_view>& lines, bool indented) {
    std::size_t indent = std::string_view::npos;
    for (const std::string_view line : lines)
      if (!program::trim(line).empty()) indent = std::min(indent, line.find_first_not_of(" \t"));
    if (!indented || indent == std::string_view::npos) indent = 0;
    std::string out;
    for (const std::string_view line : lines) {
      out += line.substr(std::min(indent, line.size()));
      out += '\n';
    }
    return out;
  }

  Result<Json> list(int depth) {
    move(1);
    Json out = Json::array();
    for (;;) {
      skip(true);
      if (peek() == ']') {
        move(1);
        return out;
      }
      if (at_end()) return wrong("a list that does not end");
      auto one = value(depth + 1);
      if (!one) return one;
      out.push_back(*std::move(one));
      skip(true);
      if (peek() == ',') move(1);
    }
  }

  Result<Json> object(int depth) {
    move(1);
    Json out = Json::object();
    for (;;) {
      skip(true);
      if (peek() == '}') {
        move(1);
        return out;
      }
      if (at_end()) return wrong("an object that does not end");
      std::string key;
      if (peek() == '"') {
        auto text = quoted();
        if (!text) return std::unexpected(text.error());
        key = *std::move(text);
      } else {
        const bool brackets = peek() == '(';
        if (brackets) move(1);
        key = name();
        if (brackets && peek() == ')') move(1);
        if (key.empty()) return wrong("a member without a name");
      }
      skip(true);
      if (peek() != '=' && peek() != ':') return wrong(fmt::format("`=` is missing behind `{}`", shown(key)));
      move(1);
      auto one = value(depth + 1);
      if (!one) return one;
      Json& member = out[key];
      if (!member.is_null() && member != *one && twice_.size() < kTwiceMax)
        twice_.push_back(fmt::format("line {}: `{}`", line(), shown(key)));
      member = *std::move(one);
      skip(true);
      if (peek() == ',') move(1);
    }
  }

  // What is no object, list or text: a constant, or something that Terraform computes.
  Result<Json> expression() {
    const std::size_t from = at_;
    int depth = 0;
    while (!at_end()) {
      const char c = peek();
      if (depth == 0 && (c == '\n' || c == ',' || c == '}' || c == ']' || c == ')' || c == '#')) break;
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (c == '"') {
        auto text = quoted();
        if (!text) return std::unexpected(text.error());
      } else {
        ++at_;
      }
    }
    const std::string_view written = program::trim(text_.substr(from, at_ - from));
    if (written.empty()) return wrong("a value is missing");
    if (written == "true" || written == "false") return Json(written == "true");
    if (written == "null") return Json(nullptr);
    const Json number = Json::parse(written, nullptr, false);
    if (number.is_number()) return number;
    return Json(named(fmt::format("${{{}}}", written)));
  }

  // `${var.x}` as Liquid.
  std::string named(std::string_view written) {
    Json json = std::string(written);
    left_ += name_placeholders(json);
    return json.get<std::string>();
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t left_ = 0;            // expressions that do not end
  std::vector<std::string> twice_;  // members whose last value counts, as in Terraform: "line 7: `type`"
};

// What is told of a definition.
struct Told {
  std::size_t left = 0;
  std::vector<std::string> twice;
  bool chosen = false;  // Terraform chooses between it and another
};

// From `<<WORD` to the line of its word; 2 when it is none.
std::size_t heredoc_size(std::string_view text) {
  std::size_t at = text.starts_with("<<-") ? 3 : 2;
  const std::size_t from = at;
  while (at < text.size() && is_name_char(text[at])) ++at;
  const std::string_view word = text.substr(from, at - from);
  if (word.empty()) return 2;
  for (std::size_t line = text.find('\n', at); line != std::string_view::npos; line = text.find('\n', line + 1)) {
    const std::size_t end = std::min(text.find('\n', line + 1), text.size());
    if (program::trim(text.substr(line + 1, end - line - 1)) == word) return end;
  }
  return 2;
}

// The same with spaces where comments stand.
std::string without_comments(std::string_view text) {
  std::string out(text);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"' || (quoted && text[i] == '\n')) {
      quoted = text[i] == '"' && !quoted;
    } else if (!quoted && rest.starts_with("<<")) {
      i += heredoc_size(rest) - 1;
    } else if (!quoted && (text[i] == '#' || rest.starts_with("//") || rest.starts_with("/*"))) {
      const bool block = rest.starts_with("/*");
      const std::size_t end = text.find(block ? "*/" : "\n", i + 1);
      const std::size_t last = end == std::string_view::npos ? text.size() : end + (block ? 2 : 0);
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(i), out.begin() + static_cast<std::ptrdiff_t>(last), ' ');
      i = last - 1;
    }
  }
  return out;
}

// The place behind `NAME =`, from `from` on, where NAME begins a line.
std::optional<std::size_t> behind(std::string_view text, std::string_view name, std::size_t from) {
  for (std::size_t at = text.find(name, from); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !(is_name_char(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '"');
    Hcl reader(text, at + name.size());
    reader.skip(false);
    if (begins && reader.peek() == '=' && !reader.starts("==")) return reader.place() + 1;
  }
  return std::nullopt;
}

// JSON around `${…}`: outside of texts it becomes one, and its quotes are such as JSON lets stand in a text.
std::optional<Json> read_template(std::string_view text) {
  std::string out;
  bool in_text = false;
  bool found = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '$' && text.substr(i).starts_with("${") && !text.substr(i).starts_with("${{")) {
      std::string inner(placeholder_at(text, i, in_text));
      i += inner.size() - 1;
      for (std::size_t quote = 0; (quote = inner.find("\\\"", quote)) != std::string::npos;) inner.erase(quote, 1);
      std::replace(inner.begin(), inner.end(), '"', '\'');
      out += in_text ? inner : "\"" + inner + "\"";
      found = true;
      continue;
    }
    if (in_text && c == '\\' && i + 1 < text.size()) {
      out += c;
      ++i;
    } else if (c == '"') {
      in_text = !in_text;
    }
    out += text[i];
  }
  if (!found) return std::nullopt;
  auto read = read_json(out);
  return read ? std::optional(*std::move(read)) : std::nullopt;
}

// What `locals { … }` of a file says.
class Locals {
 public:
  // `code`: `text` without its comments.
  Locals(std::string_view text, std::string_view code) : text_(text) {
    constexpr std::string_view kWord = "locals";
    for (std::size_t at = code.find(kWord); at != std::string_view::npos;) {
      const bool begins = at == 0 || program::trim(code.substr(at - 1, 1)).empty();
      Hcl reader(code, at + kWord.size());
      reader.skip(false);
      if (begins && reader.peek() == '{') places_.merge(reader.members());
      at = code.find(kWord, reader.place());
    }
  }

  // Where the value of `local.NAME` stands.
  std::optional<std::size_t> place(std::string_view name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

  // Writes the values that are plain literals into the texts where Terraform puts them.
  void put_into(Json& json) {
    if (json.is_structured())
      for (Json& one : json) put_into(one);
    if (json.is_string()) json = put_into(json.get_ref<const std::string&>());
  }

 private:
  std::string put_into(std::string_view text) {
    std::string out;
    for (;;) {
      const std::size_t open = text.find("{{terraform.local.");
      const std::size_t name = open == std::string_view::npos ? open : open + kOpen.size() + kLocal.size();
      const std::size_t close = open == std::string_view::npos ? open : text.find(kClose, name);
      if (close == std::string_view::npos) return out.append(text);
      const auto value = literal(text.substr(name, close - name));
      const std::size_t end = close + kClose.size();
      out.append(text.substr(0, open)).append(value ? *value : text.substr(open, end - open));
      text.remove_prefix(end);
    }
  }

  std::optional<std::string_view> literal(std::string_view name) {
    const auto at = place(name);
    if (!at) return std::nullopt;
    const auto [known, is_new] = literals_.try_emplace(*at);
    if (is_new) {
      const auto value = Hcl(text_, *at).value(0);
      if (value && value->is_primitive() && !value->is_null())
        known->second = value->is_string() ? value->get<std::string>() : value->dump();
      if (known->second && known->second->find(kOpen) != std::string::npos) known->second.reset();
    }
    return known->second ? std::optional<std::string_view>(*known->second) : std::nullopt;
  }

  std::string_view text_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::map<std::size_t, std::optional<std::string>> literals_;  // by place
};

std::unexpected<Error> elsewhere(std::string_view written) {
  return fail(ErrorCode::invalid_argument,
              "the definition is not in this file: Terraform makes it of `{}`; import the file that it reads",
              shown(written));
}

// `jsonencode(…)`, where the reader stands before it; `local.x` in it is what `locals` says of it.
Result<Json> encoded(Hcl& reader, std::string_view text, const Locals* locals, Told& told) {
  reader.move(kEncode.size());
  reader.skip(true);
  if (reader.peek() != '(') return fail(ErrorCode::invalid_argument, "`(` is missing behind `jsonencode`");
  reader.move(1);
  auto value = reader.value(0);
  told = {reader.left(), reader.twice()};
  if (!value || !value->is_string()) return value;
  const std::string written = as_terraform(value->get_ref<const std::string&>());
  const std::string_view local = std::string_view(written).substr(0, written.size() - 1);
  const bool named = local.starts_with("${") && local.substr(2).starts_with(kLocal);
  const auto place =
      named && locals != nullptr ? locals->place(local.substr(2 + kLocal.size())) : std::optional<std::size_t>();
  if (!place) return elsewhere(fmt::format("{}({})", kEncode, written.starts_with("${") ? local.substr(2) : written));
  Hcl other(text, *place);
  value = other.value(0);
  told = {other.left(), other.twice()};
  if (value && !value->is_object()) return elsewhere(local.substr(2));
  return value;
}

// What stands behind `definition =`.
Result<Json> definition_at(std::string_view text, std::size_t at, const Locals& locals, Told& told) {
  Hcl reader(text, at);
  reader.skip(true);
  if (reader.starts(kEncode)) return encoded(reader, text, &locals, told);
  // One of two: the definition that stands here.
  const std::string_view choice = text.substr(reader.place(), text.find('\n', reader.place()) - reader.place());
  if (const std::size_t here = choice.find(kEncode); here != std::string_view::npos && choice.find('?') < here) {
    reader.move(here);
    auto definition = encoded(reader, text, &locals, told);
    told.chosen = true;
    return definition;
  }
  const std::size_t from = reader.place();
  const bool heredoc = reader.starts("<<");
  std::string written;
  if (heredoc) {
    auto lines = reader.heredoc();
    if (!lines) return std::unexpected(lines.error());
    written = *std::move(lines);
  } else {
    auto value = reader.value(0);
    if (!value || !value->is_string()) return value;
    written = value->get<std::string>();
  }
  if (!heredoc && program::trim(text.substr(from)).front() != '"')
    return elsewhere(program::trim(text.substr(from, reader.place() - from)));
  auto read = read_json(written);
  if (!read) {
    auto more = read_template(written);
    if (more) read = *std::move(more);
  }
  if (read && heredoc) told.left = name_placeholders(*read);
  return read;
}

Json wrapped(Json definition, const Told& told) {
  Json out = {{"definition", std::move(definition)}, {"terraform", told.left}};
  if (!told.twice.empty()) out["terraform_twice"] = told.twice;
  if (told.chosen) out["terraform_chosen"] = true;
  return out;
}

}  // namespace

std::optional<Result<Json>> read_terraform(std::string_view text) {
  if (text.size() > limits::kImportBytesMax) return std::nullopt;
  const std::string_view begin = program::trim(text);
  if (begin.starts_with('{')) {
    auto read = read_template(begin);
    return read ? std::optional<Result<Json>>(*std::move(read)) : std::nullopt;
  }
  // A file that `templatefile` reads, all of which is computed.
  if (Hcl reader(begin, 2); begin.starts_with("${")) {
    reader.skip(true);
    if (!reader.starts(kEncode)) return std::nullopt;
    Told told;
    auto definition = encoded(reader, begin, nullptr, told);
    if (!definition) return definition;
    return wrapped(*std::move(definition), told);
  }
  // Positions are the same in both.
  const std::string code = without_comments(text);
  const std::size_t resource = code.find(kResource);
  const std::size_t from = resource == std::string_view::npos ? 0 : resource;
  std::optional<std::size_t> at;
  for (const std::string_view name : {"flow_definition", "definition"}) {
    const auto found = behind(code, name, from);
    if (found && (!at || *found < *at)) at = found;
  }
  Locals locals(text, code);
  if (at && program::trim(std::string_view(code).substr(*at)).starts_with(kLocal)) {
    const std::string_view value = program::trim(std::string_view(code).substr(*at)).substr(kLocal.size());
    const auto end = std::find_if_not(value.begin(), value.end(), is_name_char);
    if (const auto found = locals.place(value.substr(0, static_cast<std::size_t>(end - value.begin())))) at = found;
  }
  if (!at || (resource == std::string_view::npos && code.find(kEncode) == std::string::npos)) return std::nullopt;
  Told told;
  auto definition = definition_at(text, *at, locals, told);
  if (!definition) return definition;
  locals.put_into(*definition);
  Json out = wrapped(*std::move(definition), told);
  const std::string_view declared = R"(resource "twilio_studio_flow)";
  std::size_t resources = 0;
  for (std::size_t one = code.find(declared); one != std::string::npos; one = code.find(declared, one + 1)) ++resources;
  if (resources > 1) out["terraform_flows"] = resources;
  if (const auto name = behind(code, "friendly_name", from)) {
    Hcl reader(text, *name);
    reader.skip(false);
    if (reader.peek() == '"') {
      Json friendly = reader.quoted().value_or("");
      locals.put_into(friendly);
      const std::string label = friendly.get<std::string>();
      if (as_terraform(label) == label) out["friendly_name"] = label;
    }
  }
  return out;
}

}  // namespace flow::importing::studio
