// `http METHOD "URL" { header …; query …; body …; retry …; read …; arms }`.
#include <algorithm>
#include <array>
#include <map>

#include "base/limits.h"
#include "compiler/check/operation.h"
#include "compiler/check/pattern.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using catalogue::HttpSetting;

constexpr auto kMethods = std::to_array<std::string_view>({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"});
// What the request's own framing says.
constexpr auto kOwnHeaders =
    std::to_array<std::string_view>({"host", "content-length", "transfer-encoding", "connection", "idempotency-key"});

bool is_header_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

class HttpChecker {
 public:
  HttpChecker(FlowScope& scope, const syntax::Entry& entry)
      : scope_(scope), entry_(entry), sink_(scope.sink()), values_(scope) {}

  std::optional<StepBody> run(const syntax::Expr& method, const syntax::Expr& url) {
    refuse_other_parts(sink_, entry_, kColon | kBlock, "http");
    operation_.kind = program::OperationKind::http;
    take_method(method);
    fine_ &= url_arguments(scope_, url, operation_.arguments, secure_);
    if (!entry_.block) {
      sink_.report(Code::missing_part, entry_.colon->span, "`http` has no arms")
          .hint("a block: `{ ok => STEP; failed, late after 5s => STEP }`");
      return std::nullopt;
    }
    std::vector<const syntax::Entry*> arms;
    for (const syntax::Entry& line : entry_.block->entries) {
      if (is_arm(line))
        arms.push_back(&line);
      else
        setting(line);
    }
    refuse_open_secrets();
    fine_ &= check_operation_arms(scope_, entry_, "http", arms, operation_);
    if (!fine_) return std::nullopt;
    return std::move(operation_);
  }

 private:
  // An outcome without its arrow is better said as such than as an unknown setting; `read` is a setting here.
  static bool is_arm(const syntax::Entry& line) {
    if (line.arrow || std::ranges::any_of(line.head.items, &syntax::Item::is_else)) return true;
    return line.head.items[0].exprs[0].kind == syntax::ExprKind::name && !match(line.head, http_setting_patterns()) &&
           match(line.head.items[0].exprs, outcome_patterns());
  }

  void take_method(const syntax::Expr& method) {
    operation_.target = method.text;
    if (std::ranges::find(kMethods, method.text) != kMethods.end()) return;
    fine_ = false;
    std::string upper = method.text;
    std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    const bool meant = std::ranges::find(kMethods, upper) != kMethods.end();
    sink_.report(Code::malformed_value, method.span, "there is no method `{}`", method.text)
        .hint(meant ? fmt::format("did you mean `{}`?", upper) : fmt::format("one of {}", fmt::join(kMethods, ", ")));
  }

  void setting(const syntax::Entry& line) {
    const Patterns& patterns = http_setting_patterns();
    const auto found = match(line.head, patterns);
    if (!found) {
      fine_ = false;
      report_unmatched(sink_, line.head, patterns, Code::unknown_setting, "setting",
                       "docs/language/reference.md lists the settings");
      return;
    }
    const auto& known = catalogue::http_settings()[found->entry];
    const syntax::Expr& word = line.head.items[0].exprs[0];
    unsigned parts = kNoPart;
    if (known.after.starts_with("=")) parts = kValue;
    if (known.after.starts_with(":")) parts = kColon | kValue;
    fine_ &= refuse_other_parts(sink_, line, parts, word.text);
    if (known.presence != catalogue::Presence::repeated) {
      const auto [place, is_new] = once_.emplace(known.id, word.span);
      if (!is_new) {
        fine_ = false;
        sink_.report(Code::repeated_setting, word.span, "`{}` stands here a second time", word.text)
            .also(place->second, "first here")
            .hint("keep one of them");
        return;
      }
    }
    fine_ &= apply(known.id, line, *found);
  }

  bool apply(HttpSetting id, const syntax::Entry& line, const Match& found) {
    switch (id) {
      case HttpSetting::header:
        return header(line, *found.holes[0]);
      case HttpSetting::query:
        return query(line, *found.holes[0]);
      case HttpSetting::body:
        return body(*found.holes[0]);
      case HttpSetting::retry:
        return retry(*found.holes[0], *found.holes[1]);
      case HttpSetting::read:
        return read(line, *found.holes[0]);
    }
    return false;
  }

  // The value behind `=`; null when there is not one, which is reported.
  const syntax::Expr* value_of(const syntax::Entry& line, std::string_view example) {
    const syntax::Expr* written = line.value ? single(*line.value) : nullptr;
    if (written == nullptr)
      sink_.report(Code::missing_part, line.head.span, "this setting has no single value").hint(std::string(example));
    return written;
  }

  std::optional<Expr> text_value(const syntax::Entry& line, std::string_view example) {
    const syntax::Expr* written = value_of(line, example);
    if (written == nullptr) return std::nullopt;
    auto value = check_value(values_, *written, {});
    if (!value) return std::nullopt;
    return as_text(values_, std::move(*value));
  }

  bool header(const syntax::Entry& line, const syntax::Expr& written) {
    const auto name = check_text(values_, written, "`header`");
    if (!name) return false;
    std::string lower;
    program::append_lower(lower, *name);
    if (name->empty() || name->size() > limits::kNameCharsMax || !std::ranges::all_of(*name, is_header_character)) {
      sink_.report(Code::malformed_value, written.span, "this is no name of a header")
          .hint("letters, digits and `-`: `header \"X-Shop\" = \"1\"`");
      return false;
    }
    if (std::ranges::find(kOwnHeaders, lower) != kOwnHeaders.end()) {
      sink_.report(Code::malformed_value, written.span, "the header `{}` is the request's own", *name)
          .hint("take it out");
      return false;
    }
    const auto [place, is_new] = headers_.emplace(lower, written.span);
    if (!is_new) {
      sink_.report(Code::repeated_setting, written.span, "the header `{}` stands here a second time", *name)
          .also(place->second, "first here")
          .hint("keep one of them");
      return false;
    }
    auto value = text_value(line, "`header \"X-Shop\" = \"1\"`");
    if (!value) return false;
    operation_.arguments.push_back({"header " + *name, std::move(*value)});
    return true;
  }

  bool query(const syntax::Entry& line, const syntax::Expr& name) {
    auto value = text_value(line, "`query page = 2`");
    if (!value) return false;
    if (value->type.secret) {
      sink_.report(Code::secret_use, value->span, "an address cannot have a secret in it: logs and proxies show it")
          .hint("secrets go into a header or the body");
      return false;
    }
    operation_.arguments.push_back({"query " + name.text, std::move(*value)});
    return true;
  }

  bool body(const syntax::Expr& written) {
    if (operation_.target == "GET" || operation_.target == "HEAD") {
      sink_.report(Code::unexpected_part, written.span, "a request `{}` has no body", operation_.target)
          .hint("`query NAME = VALUE`, or another method: `POST`");
      return false;
    }
    return body_arguments(values_, written, operation_.arguments);
  }

  bool retry(const syntax::Expr& times, const syntax::Expr& pause) {
    const auto count = check_whole(values_, times, "`retry`", 1, limits::kOperationRetriesMax);
    const auto ms = check_duration(values_, pause, "`retry … after`", 100, 60'000);
    operation_.retries = static_cast<std::uint32_t>(count.value_or(0));
    operation_.retry_after_ms = ms.value_or(0);
    return count && ms;
  }

  bool read(const syntax::Entry& line, const syntax::Expr& name) {
    constexpr std::string_view kExample = "`read eta: text? = body.delivery.eta`";
    if (!line.colon) {
      sink_.report(Code::missing_part, line.head.span, "`read {}` does not say what type it has", name.text)
          .hint(std::string(kExample));
      return false;
    }
    const auto type = check_type(sink_, *line.colon);
    const syntax::Expr* written = value_of(line, kExample);
    if (!type || written == nullptr) return false;
    std::string path;
    if (!path_of(*written, path)) {
      sink_.report(Code::malformed_value, written->span, "this is no place in the answer")
          .hint("members by name: `body.delivery.eta`");
      return false;
    }
    const auto id = result_variable(scope_, name, type->kind);
    if (!id) return false;
    if (type->secret && !scope_.flow.variables[index(*id)].type.secret) {
      sink_.report(Code::secret_use, name.span, "this is a secret, and `{}` is not", name.text)
          .also(scope_.flow.variables[index(*id)].span, "its first value is no secret")
          .hint("keep secrets in a variable of their own");
      return false;
    }
    operation_.reads.push_back({*id, std::move(path), type->optional, name.span});
    return true;
  }

  // `body`, or members of it.
  static bool path_of(const syntax::Expr& written, std::string& path) {
    if (written.kind == syntax::ExprKind::name) return written.text == "body";
    if (written.kind != syntax::ExprKind::member || !path_of(written.children[0], path)) return false;
    path += (path.empty() ? "" : ".") + written.text;
    return true;
  }

  void refuse_open_secrets() {
    if (secure_) return;
    for (const auto& argument : operation_.arguments) {
      if (!argument.value.type.secret) continue;
      fine_ = false;
      sink_.report(Code::secret_use, argument.value.span, "without `https` a secret can be read on its way")
          .hint("an address that begins with `https://`");
    }
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  Sink& sink_;
  FlowValues values_;
  Operation operation_;
  std::map<HttpSetting, Span> once_;
  std::map<std::string, Span> headers_;
  bool secure_ = true;
  bool fine_ = true;
};

}  // namespace

const syntax::Expr* read_name(const syntax::Entry& line) {
  if (!line.colon || line.head.items.size() != 1 || line.head.items[0].is_else) return nullptr;
  const auto& words = line.head.items[0].exprs;
  const bool fits = words.size() == 2 && words[0].kind == syntax::ExprKind::name && words[0].text == "read" &&
                    words[1].kind == syntax::ExprKind::name;
  return fits ? &words[1] : nullptr;
}

std::optional<StepBody> check_http(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& method,
                                   const syntax::Expr& url) {
  return HttpChecker(scope, entry).run(method, url);
}

}  // namespace flow::check
