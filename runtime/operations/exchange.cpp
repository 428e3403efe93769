#include "runtime/operations/exchange.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "runtime/core/clock.h"
#include "runtime/http/text.h"

namespace flow::operations {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t kRetryAfterMsMax = 24LL * 3600 * 1000;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_worth_repeating(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// Seconds, or a date; 0 when there is none.
std::int64_t retry_after_ms(const http::Response& response) {
  const auto header = response.header("retry-after");
  if (!header) return 0;
  std::int64_t ms = 0;
  if (const auto seconds = http::whole_number(*header)) {
    ms = std::clamp<std::int64_t>(*seconds, 0, kRetryAfterMsMax / 1000) * 1000;
  } else {
    std::tm date{};
    const std::string text(*header);
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (end != nullptr && *end == '\0') ms = std::int64_t{::timegm(&date)} * 1000 - core::real_now_ms();
  }
  return std::clamp<std::int64_t>(ms, 0, kRetryAfterMsMax);
}

bool same_origin(const http::Url& a, const http::Url& b) {
  return a.tls == b.tls && a.host == b.host && a.port == b.port;
}

// Of the headers only what says what the body is, and what makes a repetition harmless.
bool goes_everywhere(std::string_view name) {
  const std::string lower = http::lower_case(name);
  return lower == "content-type" || lower == "accept" || lower == "idempotency-key";
}

bool is_credential(std::string_view name) {
  const std::string lower = http::lower_case(name);
  return lower == "authorization" || lower == "cookie" || lower == "proxy-authorization";
}

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(http::Client& client, Hosts& breakers, std::shared_ptr<const Rules> rules, Question question, Done done)
      : client_(client),
        breakers_(breakers),
        rules_(std::move(rules)),
        question_(std::move(question)),
        done_(std::move(done)),
        until_(Clock::now() + question_.time) {}

  void ask() {
    const auto url = http::parse_url(question_.call.url);
    if (!url) return refuse("the address is none of http");
    if (!is_among(*url, question_.hosts)) return refuse(fmt::format("{}: no host that may be asked", url->host));
    if (!url->tls && !is_among(*url, rules_->plain_hosts))
      return refuse(fmt::format("{}: may only be asked by https", url->host));
    const auto left = std::chrono::duration_cast<milliseconds>(until_ - Clock::now());
    if (left <= milliseconds(0)) return fail(fmt::format("{}: did not answer in time", url->host));
    const Hosts::Admission admission = breakers_.admit(*url);
    if (admission.wait_ms > 0) {
      return done_({.status = 0,
                    .body = "",
                    .reason = fmt::format("{}: does not answer lately, and is not asked for a moment", url->host),
                    .again = true,
                    .retry_after_ms = admission.wait_ms});
    }
    http::ClientRequest request;
    request.method = question_.call.method;
    request.url = question_.call.url;
    request.headers = question_.call.headers;
    request.body = question_.call.body;
    request.timeout = left;
    client_.send(std::move(request),
                 [self = shared_from_this(), url = *url, admission](http::ClientOutcome outcome) mutable {
                   self->answered(url, admission, std::move(outcome));
                 });
  }

 private:
  void refuse(std::string why) { done_({.status = 0, .body = "", .reason = std::move(why), .again = false}); }
  void fail(std::string why) { done_({.status = 0, .body = "", .reason = std::move(why), .again = true}); }

  void answered(const http::Url& url, const Hosts::Admission& admission, http::ClientOutcome outcome) {
    breakers_.report(admission, outcome);
    if (!outcome) {
      const Error& error = outcome.error().error;
      const bool full = error.code == ErrorCode::resource_exhausted && !outcome.error().sent;
      return full || error.code == ErrorCode::unavailable ? fail(error.message) : refuse(error.message);
    }
    const int status = outcome->status;
    const auto location = outcome->header("location");
    if (is_redirect(status) && location && std::ranges::count(question_.own_statuses, status) == 0) {
      if (++redirects_ > limits::kOperationRedirectsMax)
        return refuse(fmt::format("{}: more than {} redirects", url.host, limits::kOperationRedirectsMax));
      return follow(url, status, *location);
    }
    Answer answer;
    answer.status = status;
    answer.again = is_worth_repeating(status);
    if (status < 200 || status >= 300) answer.reason = fmt::format("{} answered {}", url.host, status);
    if (answer.again) answer.retry_after_ms = retry_after_ms(*outcome);
    answer.body = std::move(outcome->body);
    done_(std::move(answer));
  }

  // RFC 9110, 15.4: after 303, and as everybody does after 301 and 302 to a POST, the other place is only read.
  void follow(const http::Url& from, int status, std::string_view location) {
    program::HttpCall& call = question_.call;
    call.url = http::resolve(from, location);
    const bool read_only = status == 303 || ((status == 301 || status == 302) && call.method == "POST");
    if (read_only && call.method != "GET" && call.method != "HEAD") {
      call.method = "GET";
      call.body.clear();
      std::erase_if(call.headers, [](const auto& each) { return http::lower_case(each.first) == "content-type"; });
    }
    const auto to = http::parse_url(call.url);
    if (to && !same_origin(from, *to)) {
      if (question_.secret && !call.body.empty())
        return refuse(fmt::format("{}: redirects a body with a secret to another host", from.host));
      std::erase_if(call.headers, [&](const auto& each) {
        return is_credential(each.first) || (question_.secret && !goes_everywhere(each.first));
      });
    }
    ask();
  }

  http::Client& client_;
  Hosts& breakers_;
  std::shared_ptr<const Rules> rules_;
  Question question_;
  Done done_;
  Clock::time_point until_;
  int redirects_ = 0;
};

}  // namespace

bool is_among(const http::Url& url, const std::vector<std::string>& hosts) {
  const bool v6 = url.host.find(':') != std::string::npos;
  const std::string name = v6 ? "[" + url.host + "]" : url.host;
  const std::string with_port = fmt::format("{}:{}", name, url.port);
  const bool usual = url.port == (url.tls ? 443 : 80);
  return std::ranges::any_of(hosts, [&](const std::string& each) {
    const std::string lower = http::lower_case(each);
    return lower == with_port || (usual && lower == name);
  });
}

void exchange(http::Client& client, Hosts& breakers, std::shared_ptr<const Rules> rules, Question question, Done done) {
  std::make_shared<Exchange>(client, breakers, std::move(rules), std::move(question), std::move(done))->ask();
}

}  // namespace flow::operations
