#include "runtime/core/flat_json.h"

namespace flow::core {

namespace {

struct TakeAll {
  bool operator()(std::string_view, std::string_view, FlatMember::Kind) const { return true; }
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  // Calls `add(name, value, kind)` for each member; false when it, or the text, says no.
  template <typename Add>
  bool object(int depth, Add add) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!string(name) || !take(':') || !member(name, depth, add)) return false;
    } while (take(','));
    return take('}');
  }

 private:
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }

  // Printable ASCII between quotes, nothing escaped.
  bool string(std::string_view& value) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        value = text_.substr(begin, at_++ - begin);
        return true;
      }
      if (c < ' ' || c > '~' || c == '\\') return false;
    }
    return false;
  }

  template <typename Add>
  bool member(std::string_view name, int depth, Add& add) {
    using Kind = FlatMember::Kind;
    skip_space();
    if (at_ == text_.size()) return false;
    const std::size_t begin = at_;
    std::string_view value;
    switch (text_[at_]) {
      case '"':
        return string(value) && add(name, value, Kind::text);
      case 't':
        return word("true") && add(name, text_.substr(begin, 4), Kind::boolean);
      case 'f':
        return word("false") && add(name, text_.substr(begin, 5), Kind::boolean);
      case 'n':
        return word("null") && add(name, std::string_view(), Kind::null);
      case '{':
        return depth > 0 && object(depth - 1, TakeAll()) && add(name, text_.substr(begin, at_ - begin), Kind::object);
      default:
        return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<FlatJson> FlatJson::read(std::string_view json) {
  FlatJson made;
  Scanner scanner(json);
  const bool good = scanner.object(1, [&](std::string_view name, std::string_view value, FlatMember::Kind kind) {
    if (made.count_ == kMembersMax) return false;
    made.members_[made.count_++] = {name, value, kind};
    return true;
  });
  if (!good || !scanner.at_end()) return std::nullopt;
  return made;
}

}  // namespace flow::core
