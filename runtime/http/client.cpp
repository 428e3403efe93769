#include "runtime/http/client.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "base/check.h"
#include "runtime/http/client_internal.h"
#include "runtime/http/head_internal.h"

namespace flow::http {
namespace {

constexpr std::size_t kUrlsKeptMax = 1024;
constexpr std::size_t kHostsKeptMax = 256;
constexpr std::size_t kCallsKeptMax = 1024;
constexpr std::chrono::milliseconds kTimerStep{5};  // deadlines may be late by this

const ClientFailure& shutting_down() {
  static const ClientFailure failure{{ErrorCode::unavailable, "this program is shutting down"}, false};
  return failure;
}

bool is_sendable(const ClientRequest& request) {
  const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto good = [](const auto& header) { return is_header_name(header.first) && is_header_text(header.second); };
  return !request.method.empty() && std::ranges::all_of(request.method, letter) &&
         std::ranges::all_of(request.headers, good);
}

}  // namespace

ClientCore::ClientCore(ClientOptions options, Loop& loop)
    : options_(std::move(options)), loop_(loop), resolver_(loop, options_.look_up) {}

ClientCore::~ClientCore() = default;

void ClientCore::send(ClientRequest request, ClientDone done) {
  if (loop_.inside()) return submit(std::move(request), std::move(done));
  const std::lock_guard lock(mutex_);
  incoming_.push_back({std::move(request), std::move(done)});
  if (incoming_.size() == 1 && !over_) {
    loop_.post([self = shared_from_this()] { self->take_incoming(); });
  }
}

void ClientCore::take_incoming() {
  std::vector<Incoming> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(incoming_);
  }
  for (auto& [request, done] : batch) submit(std::move(request), std::move(done));
}

void ClientCore::submit(ClientRequest request, ClientDone done) {
  if (closing_) return fail_later(std::move(done), shutting_down());
  if (calls_.size() >= options_.requests_max) {
    return fail_later(std::move(done), {{ErrorCode::resource_exhausted, "too many requests are under way"}, false});
  }
  auto url = find_url(request.url);
  if (url == nullptr || !is_sendable(request)) {
    const char* why = url == nullptr ? "not a URL of http or https" : "not a request that can be sent: bad header";
    return fail_later(std::move(done), {{ErrorCode::invalid_argument, why}, false});
  }
  ClientHost& host = find_host(url);
  if (host.requests >= options_.requests_per_host_max) {
    return fail_later(
        std::move(done),
        {{ErrorCode::resource_exhausted, fmt::format("{}: too many requests are under way", host.name())}, false});
  }
  std::unique_ptr<Call> call;
  if (free_calls_.empty()) {
    call = std::make_unique<Call>();
  } else {
    call = std::move(free_calls_.back());
    free_calls_.pop_back();
  }
  call->request = std::move(request);
  call->done = std::move(done);
  call->deadline = loop_.now() + call->request.timeout;
  call->url = std::move(url);
  call->host = &host;
  call->index = calls_.size();
  Call& added = *call;
  calls_.push_back(std::move(call));
  ++host.requests;
  look_again_at(added.deadline);
  host.enqueue(added);
}

// The same URLs come again and again.
std::shared_ptr<const Url> ClientCore::find_url(const std::string& text) {
  if (const auto found = urls_.find(text); found != urls_.end()) return found->second;
  auto parsed = parse_url(text);
  if (!parsed) return nullptr;
  if (urls_.size() >= kUrlsKeptMax) urls_.clear();
  return urls_.emplace(text, std::make_shared<const Url>(std::move(*parsed))).first->second;
}

ClientHost& ClientCore::find_host(const std::shared_ptr<const Url>& url) {
  scratch_.assign(url->host).push_back(' ');
  append_number(scratch_, url->port);
  if (url->tls) scratch_.push_back('s');
  if (const auto found = hosts_.find(scratch_); found != hosts_.end()) return *found->second;
  if (hosts_.size() >= kHostsKeptMax && !std::exchange(prune_posted_, true)) {
    // Not now: one of them may be on the stack.
    loop_.post([self = shared_from_this()] {
      self->prune_posted_ = false;
      std::erase_if(self->hosts_, [](const auto& entry) { return entry.second->is_unused(); });
    });
  }
  return *hosts_.emplace(scratch_, std::make_unique<ClientHost>(*this, url)).first->second;
}

const TlsContext* ClientCore::tls() {
  if (!std::exchange(tls_tried_, true)) {
    if (auto made = TlsContext::client(options_.authorities_file)) tls_ = std::move(*made);
  }
  return tls_.get();
}

std::unique_ptr<Call> ClientCore::forget(Call& call) {
  const std::size_t index = call.index;
  std::unique_ptr<Call> owned = std::move(calls_[index]);
  if (index + 1 < calls_.size()) {
    calls_[index] = std::move(calls_.back());
    calls_[index]->index = index;
  }
  calls_.pop_back();
  --owned->host->requests;
  return owned;
}

void ClientCore::finish(Call& call, ClientOutcome outcome) {
  std::unique_ptr<Call> owned = forget(call);
  ClientDone done = std::move(owned->done);
  if (free_calls_.size() < kCallsKeptMax) {
    *owned = Call{};
    free_calls_.push_back(std::move(owned));
  }
  done(std::move(outcome));
}

void ClientCore::finish_later(Call& call, ClientFailure failure) {
  fail_later(std::move(forget(call)->done), std::move(failure));
}

void ClientCore::fail_later(ClientDone done, ClientFailure failure) {
  late_.emplace_back(std::move(done), std::move(failure));
  if (late_.size() == 1) loop_.post([self = shared_from_this()] { self->run_late(); });
}

void ClientCore::run_late() {
  std::vector<std::pair<ClientDone, ClientFailure>> late;
  late.swap(late_);
  for (auto& [done, failure] : late) done(std::unexpected(std::move(failure)));
}

// The last eighth is for hosts that have little, so that a few slow ones cannot take everything.
bool ClientCore::may_open(ClientHost& host) {
  if (host.connections() >= options_.connections_per_host_max) return false;
  const bool has_little = host.connections() < std::max<std::size_t>(1, options_.connections_per_host_max / 8);
  const std::size_t max =
      has_little ? options_.connections_max : options_.connections_max - options_.connections_max / 8;
  if (connections_ < max) return true;
  for (const auto& [name, other] : hosts_) {
    if (connections_ <= max && other.get() != &host && other->close_an_idle_one()) return true;
  }
  starved_ = true;
  return false;
}

void ClientCore::closed(std::unique_ptr<ClientConnection> connection) {
  --connections_;
  buried_.push_back(std::move(connection));
  if (std::exchange(bury_posted_, true)) return;
  loop_.post([self = shared_from_this()] {
    self->bury_posted_ = false;
    self->buried_.clear();
    self->serve_starved();
  });
}

void ClientCore::serve_starved() {
  if (!std::exchange(starved_, false) || closing_) return;
  for (const auto& [name, host] : hosts_) {
    if (host->is_waiting()) host->serve();
  }
}

// One timer for all deadlines: it is moved only to the earlier, and finds out what comes next when it runs.
void ClientCore::look_again_at(Loop::Clock::time_point when) {
  if (timer_ != 0 && timer_at_ <= when + kTimerStep) return;
  if (timer_ != 0) loop_.cancel(timer_);
  timer_at_ = when;
  timer_ = loop_.after(when - Loop::Clock::now(), [this] {
    timer_ = 0;
    sweep();
  });
}

void ClientCore::sweep() {
  const auto now = Loop::Clock::now();
  auto next = now + std::chrono::hours(1);
  for (std::size_t i = 0; i < calls_.size();) {
    Call& call = *calls_[i];
    if (call.deadline <= now) {
      expire(call);  // another one has its place now, or more have come
      continue;
    }
    next = std::min(next, call.deadline);
    ++i;
  }
  std::vector<ClientHost*> hosts;  // a `done` may add one
  for (const auto& [name, host] : hosts_) hosts.push_back(host.get());
  for (ClientHost* host : hosts) next = std::min(next, host->expire(now));
  if (connections_ > 0 || !calls_.empty()) look_again_at(std::max(next, now + kTimerStep));
}

void ClientCore::expire(Call& call) {
  const std::string_view what = call.connection != nullptr ? "did not answer in time" : "no connection in time";
  ClientFailure failure{{ErrorCode::unavailable, fmt::format("{}: {}", call.host->name(), what)}, call.sent};
  if (call.connection != nullptr) {
    call.connection->close();
  } else {
    call.host->remove(call);
  }
  finish(call, std::unexpected(std::move(failure)));
}

void ClientCore::shut() {
  closing_ = true;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  for (bool more = true; more;) {
    take_incoming();
    run_late();
    while (!calls_.empty()) {
      Call& call = *calls_.back();
      ClientFailure failure = shutting_down();
      failure.sent = call.sent;
      call.connection != nullptr ? call.connection->close() : void(call.host->remove(call));
      finish(call, std::unexpected(std::move(failure)));
    }
    const std::lock_guard lock(mutex_);
    more = !late_.empty() || !incoming_.empty();
  }
  resolver_.stop();
  for (const auto& [name, host] : hosts_) host->close_all();
  buried_.clear();
  if (timer_ != 0) loop_.cancel(std::exchange(timer_, 0));
}

struct Client::Own {
  Loop loop;
  std::thread thread;
};

Client::Client(ClientOptions options) : own_(std::make_unique<Own>()) {
  core_ = std::make_shared<ClientCore>(std::move(options), own_->loop);
  own_->thread = std::thread([own = own_.get()] { own->loop.run(); });
}

Client::Client(ClientOptions options, Loop& loop) : core_(std::make_shared<ClientCore>(std::move(options), loop)) {}

Client::~Client() {
  core_->loop().call([this] { core_->shut(); });
  if (own_ == nullptr) return;
  own_->loop.stop();
  own_->thread.join();
  core_.reset();
}

void Client::send(ClientRequest request, ClientDone done) {
  core_->send(std::move(request), std::move(done));
}

ClientOutcome Client::perform(ClientRequest request) {
  FLOW_CHECK(!core_->loop().inside(), "perform() would wait for its own thread");
  std::promise<ClientOutcome> promise;
  auto outcome = promise.get_future();
  send(std::move(request), [&promise](ClientOutcome result) { promise.set_value(std::move(result)); });
  return outcome.get();
}

}  // namespace flow::http
