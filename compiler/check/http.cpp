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

using catalogue::OperationSetting;
using catalogue::OutcomeId;

constexpr auto kMethods = std::to_array<std::string_view>({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"});
// What the request's own framing says.
constexpr auto kOwnHeaders =
    std::to_array<std::string_view>({"host", "content-length", "transfer-encoding", "connection", "idempotency-key"});

bool is_header_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

constexpr std::array kRequired = {OutcomeId::ok, OutcomeId::failed, OutcomeId::late};
constexpr OperationWays kWays{kRequired, true, false,
                              "its outcomes are `ok`, `status NUMBER`, `failed` and `late after`",
                              "ok => STEP; failed, late after 5s => STEP"};

class HttpChecker : OperationChecker {
 public:
  HttpChecker(FlowScope& scope, const syntax::Entry& entry)
      : OperationChecker(scope, entry, "http", program::OperationKind::http) {}

  std::optional<StepBody> run(const syntax::Expr& method, const syntax::Expr& url) {
    take_method(method);
    bool secure = true;
    fine_ &= url_arguments(values_, scope_.shared.workspace.allowed_hosts, url, operation_.arguments, secure);
    read_block(catalogue::http_settings(), http_setting_patterns(), kWays);
    refuse_open_secrets(secure);
    report_late_retries();
    return take();
  }

 private:
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

  bool apply(OperationSetting id, const syntax::Entry& line, const Match& found) override {
    switch (id) {
      case OperationSetting::header:
        return header(line, *found.holes[0]);
      case OperationSetting::query:
        return query(line, *found.holes[0]);
      case OperationSetting::body:
        return body(*found.holes[0]);
      case OperationSetting::retry:
        return retry(*found.holes[0], *found.holes[1]);
      case OperationSetting::read:
        return read(line, *found.holes[0], "body");
      default:
        return false;
    }
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
    const syntax::Expr* value = value_of(line, "`header \"X-Shop\" = \"1\"`");
    return value != nullptr && text_arguments(values_, *value, "header " + *name, operation_.arguments);
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
    retry_span_ = source::join(times.span, pause.span);
    return count && ms;
  }

  // Each begins its pause after the one before, and when the step is late nothing is tried again.
  void report_late_retries() {
    if (operation_.retry_after_ms == 0 || !operation_.late) return;
    const std::int64_t in_time = (operation_.late->after_ms - 1) / operation_.retry_after_ms;
    if (in_time >= operation_.retries) return;
    sink_
        .report(Code::late_retry, retry_span_, "of these retries {} in time",
                in_time == 0 ? "none comes" : fmt::format("only {} come{}", in_time, in_time == 1 ? "s" : ""))
        .also(operation_.late->span, "then it is late")
        .hint("a shorter pause, fewer retries, or a longer `late after`");
  }

  std::map<std::string, Span> headers_;
  Span retry_span_{};
};

}  // namespace

std::optional<StepBody> check_http(FlowScope& scope, const WrittenStep& step) {
  return HttpChecker(scope, step.entry).run(step.hole(0), step.hole(1));
}

}  // namespace flow::check
