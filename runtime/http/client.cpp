#include "runtime/http/client.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include <curl/curl.h>

#include "base/check.h"

namespace flow::http {
namespace {

constexpr std::size_t kAnswerHeaderBytesMax = std::size_t{64} * 1024;

void initialise_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_ALL);
  FLOW_CHECK(code == CURLE_OK, "libcurl does not start");
}

// curl_easy_setopt is variadic, so the argument's type must be exactly what the option takes.
template <typename Value>
bool set(CURL* handle, CURLoption option, Value value) {
  return curl_easy_setopt(handle, option, value) == CURLE_OK;
}

// One request under way; curl holds pointers into it.
struct Transfer {
  CURL* handle = nullptr;
  curl_slist* header_list = nullptr;
  ClientRequest request;
  ClientDone done;
  Response response;
  std::size_t header_bytes = 0;
  std::size_t answer_bytes_max = 0;
  bool too_large = false;

  ~Transfer() {
    curl_slist_free_all(header_list);
    if (handle != nullptr) curl_easy_cleanup(handle);
  }
};

std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const auto at = url.rfind('@');
  return at == std::string_view::npos ? url : url.substr(at + 1);
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer.response.body.size() + bytes > transfer.answer_bytes_max) {
    transfer.too_large = true;
    return 0;  // not `bytes`: curl breaks off
  }
  transfer.response.body.append(data, bytes);
  return bytes;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  transfer.header_bytes += bytes;
  if (transfer.header_bytes > kAnswerHeaderBytesMax) {
    transfer.too_large = true;
    return 0;
  }
  std::string_view line(data, bytes);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    transfer.response.headers.clear();  // an interim answer (100) came before
    return bytes;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bytes;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  transfer.response.headers.emplace_back(lower_case(line.substr(0, colon)), std::string(value));
  return bytes;
}

// A header with a line break in it would be two.
bool good_header(const std::pair<std::string, std::string>& header) {
  const auto bad = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !header.first.empty() && std::ranges::none_of(header.first, bad) && std::ranges::none_of(header.second, bad);
}

bool prepare_body(Transfer& transfer) {
  CURL* handle = transfer.handle;
  const std::string& method = transfer.request.method;
  if (method == "GET") return set(handle, CURLOPT_HTTPGET, 1L);
  if (method == "DELETE" && transfer.request.body.empty()) return set(handle, CURLOPT_CUSTOMREQUEST, "DELETE");
  return set(handle, CURLOPT_POST, 1L) && set(handle, CURLOPT_CUSTOMREQUEST, method.c_str()) &&
         set(handle, CURLOPT_POSTFIELDS, transfer.request.body.data()) &&
         set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.body.size()));
}

bool prepare(Transfer& transfer, const ClientOptions& options) {
  transfer.handle = curl_easy_init();
  CURL* handle = transfer.handle;
  FLOW_CHECK(handle != nullptr, "libcurl gives no handle");
  if (!std::ranges::all_of(transfer.request.headers, good_header)) return false;
  for (const auto& [name, value] : transfer.request.headers) {
    // "name;" is how curl is told to send an empty header.
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    transfer.header_list = curl_slist_append(transfer.header_list, line.c_str());
  }
  // No waiting for "100 Continue": it costs a second where the other side does not know it.
  transfer.header_list = curl_slist_append(transfer.header_list, "Expect:");
  const auto connect = static_cast<long>(std::min(options.connect_time, transfer.request.timeout).count());
  return set(handle, CURLOPT_PROTOCOLS_STR, "http,https") && set(handle, CURLOPT_URL, transfer.request.url.c_str()) &&
         set(handle, CURLOPT_PROXY, "") && set(handle, CURLOPT_NOSIGNAL, 1L) &&
         set(handle, CURLOPT_FOLLOWLOCATION, 0L) && set(handle, CURLOPT_USERAGENT, options.user_agent.c_str()) &&
         set(handle, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(transfer.request.timeout.count()))) &&
         set(handle, CURLOPT_CONNECTTIMEOUT_MS, std::max(1L, connect)) &&
         set(handle, CURLOPT_HTTPHEADER, transfer.header_list) && set(handle, CURLOPT_WRITEFUNCTION, &on_body) &&
         set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&transfer)) &&
         set(handle, CURLOPT_HEADERFUNCTION, &on_header) &&
         set(handle, CURLOPT_HEADERDATA, static_cast<void*>(&transfer)) &&
         set(handle, CURLOPT_PRIVATE, static_cast<void*>(&transfer)) && prepare_body(transfer);
}

ClientFailure failure_of(const Transfer& transfer, CURLcode code) {
  long request_bytes = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_REQUEST_SIZE, &request_bytes);
  // A body may go out in the same write as the header, so any byte of the request counts as sent.
  const bool sent = request_bytes > 0;
  const std::string_view host = host_of(transfer.request.url);
  if (transfer.too_large) {
    return {{ErrorCode::resource_exhausted, fmt::format("{}: the answer is too large", host)}, sent};
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {{ErrorCode::invalid_argument, "not a URL of http or https"}, false};
  }
  return {{ErrorCode::unavailable, fmt::format("{}: {}", host, lower_case(curl_easy_strerror(code)))}, sent};
}

}  // namespace

struct Client::Core {
  ClientOptions options;
  CURLM* multi = nullptr;
  std::thread thread;

  std::mutex mutex;  // guards what follows
  std::vector<std::unique_ptr<Transfer>> incoming;
  bool stopping = false;

  std::unordered_map<Transfer*, std::unique_ptr<Transfer>> active;  // of the thread only

  void run();
  bool take_incoming();
  void collect();
  void finish(std::unique_ptr<Transfer> transfer, ClientOutcome outcome);
};

Client::Client(ClientOptions options) : core_(std::make_unique<Core>()) {
  initialise_curl();
  core_->options = std::move(options);
  core_->multi = curl_multi_init();
  FLOW_CHECK(core_->multi != nullptr, "libcurl gives no multi handle");
  curl_multi_setopt(core_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, core_->options.connections_max);
  curl_multi_setopt(core_->multi, CURLMOPT_MAX_HOST_CONNECTIONS, core_->options.connections_per_host_max);
  curl_multi_setopt(core_->multi, CURLMOPT_MAXCONNECTS, core_->options.connections_max);
  core_->thread = std::thread([core = core_.get()] { core->run(); });
}

Client::~Client() {
  {
    const std::lock_guard lock(core_->mutex);
    core_->stopping = true;
  }
  curl_multi_wakeup(core_->multi);
  core_->thread.join();
  curl_multi_cleanup(core_->multi);
}

void Client::send(ClientRequest request, ClientDone done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  transfer->answer_bytes_max = core_->options.answer_bytes_max;
  {
    const std::lock_guard lock(core_->mutex);
    core_->incoming.push_back(std::move(transfer));
  }
  curl_multi_wakeup(core_->multi);
}

ClientOutcome Client::perform(ClientRequest request) {
  std::promise<ClientOutcome> promise;
  auto outcome = promise.get_future();
  send(std::move(request), [&promise](ClientOutcome result) { promise.set_value(std::move(result)); });
  return outcome.get();
}

void Client::Core::run() {
  while (take_incoming()) {
    int running = 0;
    curl_multi_perform(multi, &running);
    collect();
    bool idle = true;
    {
      const std::lock_guard lock(mutex);
      idle = incoming.empty() && !stopping;
    }
    if (idle) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  const ClientFailure over{{ErrorCode::unavailable, "this program is shutting down"}, true};
  while (!active.empty()) {
    auto node = active.extract(active.begin());
    curl_multi_remove_handle(multi, node.key()->handle);
    finish(std::move(node.mapped()), std::unexpected(over));
  }
  // What a `done` of these sent once more.
  for (bool more = true; more;) {
    take_incoming();
    const std::lock_guard lock(mutex);
    more = !incoming.empty();
  }
}

// Hands what was submitted to curl. False: time to end.
bool Client::Core::take_incoming() {
  std::vector<std::unique_ptr<Transfer>> batch;
  bool end = false;
  {
    const std::lock_guard lock(mutex);
    batch.swap(incoming);
    end = stopping;
  }
  for (auto& transfer : batch) {
    if (end || active.size() >= options.requests_max) {
      const ErrorCode code = end ? ErrorCode::unavailable : ErrorCode::resource_exhausted;
      const char* why = end ? "this program is shutting down" : "too many requests are under way";
      finish(std::move(transfer), std::unexpected(ClientFailure{{code, why}, false}));
      continue;
    }
    if (!prepare(*transfer, options)) {
      const Error error{ErrorCode::invalid_argument, "not a request that can be sent: bad URL or header"};
      finish(std::move(transfer), std::unexpected(ClientFailure{error, false}));
      continue;
    }
    curl_multi_add_handle(multi, transfer->handle);
    Transfer* key = transfer.get();
    active.emplace(key, std::move(transfer));
  }
  return !end;
}

void Client::Core::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* handle = message->easy_handle;
    char* user = nullptr;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &user);
    curl_multi_remove_handle(multi, handle);  // `message` is gone with it
    auto node = active.extract(static_cast<Transfer*>(static_cast<void*>(user)));
    FLOW_CHECK(!node.empty(), "curl finished a request that nobody sent");
    std::unique_ptr<Transfer> transfer = std::move(node.mapped());
    if (code != CURLE_OK) {
      auto failure = failure_of(*transfer, code);
      finish(std::move(transfer), std::unexpected(std::move(failure)));
      continue;
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    transfer->response.status = static_cast<int>(status);
    Response response = std::move(transfer->response);
    finish(std::move(transfer), std::move(response));
  }
}

void Client::Core::finish(std::unique_ptr<Transfer> transfer, ClientOutcome outcome) {
  ClientDone done = std::move(transfer->done);
  transfer.reset();
  done(std::move(outcome));
}

}  // namespace flow::http
